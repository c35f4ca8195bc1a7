#pragma once

#include "core/run/run_event.h"

#include <QCoreApplication>
#include <QSet>
#include <QStringList>

#include <utility>
#include <vector>

namespace thaw::ui {

/// What there is to mind about a training, as a few lines: what speaks against the one planned, and what was
/// said of the run shown.
class WarningLines
{
    Q_DECLARE_TR_FUNCTIONS(thaw::ui::WarningLines)

public:
    /// The recipe planned, or the run shown, has no pretrained weights.
    void setWithoutWeights(bool is) { m_isWithoutWeights = is; }
    /// Of the training planned; none while one runs.
    void setCautions(const QStringList& cautions) { m_cautions = cautions; }

    /// Takes up warnings, and those that no longer hold. What was said before is not said again.
    /// @return whether that changed anything
    bool follow(const RunEvent& event);
    void clearRun();

    /// Each line once. Of what was said of the run the first few: there may be one for each picture.
    QString text() const;

private:
    bool add(const Notice& notice);
    bool remove(NoticeCode code);

    bool m_isWithoutWeights = false;
    QStringList m_cautions;
    std::vector<std::pair<NoticeCode, QString>> m_ofRun; ///< each once, in the order they came
    QSet<QString> m_known;
};

} // namespace thaw::ui
