#pragma once

#include "core/train/observer.h"

#include <QElapsedTimer>
#include <QFrame>
#include <QTimer>

class QLabel;
class QProgressBar;

namespace thaw::ui {

/// How a training goes: what it is busy with in words, a bar over the whole run, speed, time gone and time
/// left.
class TrainingProgress : public QFrame
{
    Q_OBJECT

public:
    explicit TrainingProgress(QWidget* parent = nullptr);

    /// The clock starts at zero.
    void begin();
    /// What the run had trained before it was gone on with.
    void addEarlier(double seconds);
    /// The clock stops. @param text how it ended
    void end(const QString& text);
    void showText(const QString& text);
    /// Of a step before training, with a bar of its own. @param total 0: unknown
    void showStep(qint64 done, qint64 total);
    void showBatch(const BatchProgress& progress);
    /// A second line in quiet letters.
    void showDetail(const QString& text);
    QString text() const;

private:
    void showClock();

    QLabel* m_text;
    QLabel* m_detail;
    QLabel* m_speed;
    QLabel* m_elapsed;
    QLabel* m_left;
    QProgressBar* m_bar;
    QElapsedTimer m_clock;
    double m_earlierSeconds = 0;
    QTimer m_tick;
};

/// "Training phase 1 of 2, epoch 3 of 50".
QString stageText(const BatchProgress& progress);
/// "1 h 23 min", "4 min 10 s", "12 s".
QString durationText(double seconds);

} // namespace thaw::ui
