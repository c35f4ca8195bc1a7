#pragma once

#include "ui/jobs/shown_evaluation.h"

#include <QPointer>
#include <QWidget>

class QLabel;
class QPushButton;

namespace thaw::ui {

class JobThread;
class PictureView;
class ProbabilityBars;

/// One measured picture, large: truth, answer and the likeliest classes beside it. Escape goes back.
class AnswerView : public QWidget
{
    Q_OBJECT

public:
    explicit AnswerView(QWidget* parent = nullptr);

    /// @param place of the picture among those listed, from 0  @param count of these
    void showPicture(const ShownEvaluationPointer& evaluation, std::size_t picture, int place, int count);

Q_SIGNALS:
    void previousWanted();
    void nextWanted();
    void backWanted();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void load(const std::filesystem::path& file);

    PictureView* m_picture;
    QLabel* m_place;
    QLabel* m_verdict;
    QLabel* m_name;
    ProbabilityBars* m_bars;
    QPushButton* m_back;
    QPushButton* m_previous;
    QPushButton* m_next;
    QPointer<JobThread> m_job;
};

} // namespace thaw::ui
