#pragma once

#include "ui/models/answer_model.h"

#include <QWidget>

class QBoxLayout;
class QLabel;

namespace thaw::ui {

class PictureView;
class ProbabilityBars;

/// One picture large, with what a model says of it: beside it where there is room, else below.
class AnswerPanel : public QWidget
{
    Q_OBJECT

public:
    explicit AnswerPanel(QWidget* parent = nullptr);

    /// The words and bars for a picture. @param threshold of the model's run, if it has one
    void showAnswer(const AnswerModel& model, qint64 key, const std::optional<ChosenThreshold>& threshold);
    void clear();
    PictureView* pictureView() const { return m_picture; }
    /// For what belongs below the bars.
    void addBelow(QWidget* widget);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    PictureView* m_picture;
    QLabel* m_name;
    QLabel* m_answer;
    QLabel* m_note;
    ProbabilityBars* m_bars;
    QWidget* m_side;
    QBoxLayout* m_sideLayout;
    QBoxLayout* m_layout;
};

} // namespace thaw::ui
