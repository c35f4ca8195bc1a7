#pragma once

#include <QLabel>

namespace thaw::ui {

/// Which run on which data set, in one line: where there is no room, both are cut in the middle. The tooltip
/// has them whole.
class RunSubject : public QLabel
{
    Q_OBJECT

public:
    explicit RunSubject(QWidget* parent = nullptr);

    /// Hidden without a name. The data set may not be known yet.
    void showRun(const QString& name, const QString& dataset);
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit();

    QString m_name;
    QString m_dataset;
};

} // namespace thaw::ui
