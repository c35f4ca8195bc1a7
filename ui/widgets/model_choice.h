#pragma once

#include "ui/jobs/run_list_job.h"

#include <QComboBox>

#include <filesystem>

namespace thaw::ui {

/// Which trained model is asked: the newest finished run, another one with weights, or a model file. The
/// choice is remembered.
class ModelChoice : public QComboBox
{
    Q_OBJECT

public:
    /// @param settingsKey under which it is remembered
    explicit ModelChoice(const QString& settingsKey, QWidget* parent = nullptr);

    void setListing(const RunListing& runs, const KeptFiles& kept);
    /// A run folder or a model file; empty where there is none.
    std::filesystem::path source() const;
    void choose(const std::filesystem::path& source);

Q_SIGNALS:
    void sourceChanged();

private:
    void fill();
    void fillItems();
    void take(int index);

    struct Entry
    {
        std::filesystem::path folder;
        QString text;
    };

    QString m_settingsKey;
    QString m_chosen; ///< a path; empty: the newest
    std::vector<Entry> m_runs;
    std::filesystem::path m_newest;
    std::filesystem::path m_told; ///< the source last signalled
};

} // namespace thaw::ui
