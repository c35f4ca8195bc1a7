#include "ui/widgets/answer_panel.h"

#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/picture_view.h"
#include "ui/widgets/probability_bars.h"

#include <QLabel>
#include <QResizeEvent>
#include <QVBoxLayout>

namespace thaw::ui {

namespace {

constexpr int sideWidth = 340;
/// From this width on the words stand beside the picture.
constexpr int wideFrom = 860;

QString uncertainText(const ChosenThreshold& threshold)
{
    return AnswerPanel::tr(
               "The likeliest class has less than %1, which is what this run's threshold asks for.")
        .arg(probabilityText(threshold.value));
}

QString decidedText(const ChosenThreshold& threshold, const QString& second)
{
    return AnswerPanel::tr("By this run's threshold, %1 is the answer from %2 on.")
        .arg(second, probabilityText(threshold.value));
}

} // namespace

AnswerPanel::AnswerPanel(QWidget* parent)
    : QWidget(parent)
    , m_picture(new PictureView(this))
    , m_name(makeMuted({}, this))
    , m_answer(makeHeading({}, this))
    , m_note(makeMuted({}, this))
    , m_bars(new ProbabilityBars(this))
    , m_side(new QWidget(this))
    , m_sideLayout(new QVBoxLayout(m_side))
    , m_layout(new QBoxLayout(QBoxLayout::TopToBottom, this))
{
    setObjectName("answerView");
    m_name->setObjectName("answerName");
    m_answer->setObjectName("answerText");
    m_note->setObjectName("answerNote");
    for (QLabel* label : {m_name, m_answer, m_note}) {
        letShrink(label);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_layout->setContentsMargins({});
    m_layout->setSpacing(spacing::wide);
    m_layout->addWidget(m_picture, 1);
    m_layout->addWidget(m_side);
    m_sideLayout->setContentsMargins({});
    m_sideLayout->setSpacing(spacing::normal);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_answer, m_name, m_bars, m_note}) {
        m_sideLayout->addWidget(widget);
    }
    m_sideLayout->addStretch(1);
    clear();
}

void AnswerPanel::addBelow(QWidget* widget)
{
    m_sideLayout->insertWidget(m_sideLayout->count() - 1, widget);
}

void AnswerPanel::resizeEvent(QResizeEvent* event)
{
    const bool isWide = event->size().width() >= wideFrom;
    m_layout->setDirection(isWide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_side->setFixedWidth(isWide ? sideWidth : QWIDGETSIZE_MAX);
    if (!isWide) {
        m_side->setMinimumWidth(0);
    }
}

void AnswerPanel::clear()
{
    m_picture->setMessage({});
    for (QLabel* label : {m_name, m_answer, m_note}) {
        label->clear();
    }
    m_bars->clear();
    m_note->hide();
}

void AnswerPanel::showAnswer(const AnswerModel& model, qint64 key,
                             const std::optional<ChosenThreshold>& threshold)
{
    m_name->setText(model.nameOf(key));
    m_name->setToolTip(plainToolTip(QString::fromStdString(model.pathOf(key))));
    QString note;
    switch (model.stateOf(key)) {
    case AnswerModel::State::Waiting:
        m_answer->setText(tr("No answer yet"));
        m_bars->clear();
        break;
    case AnswerModel::State::Failed:
        m_answer->setText(model.labelText(AnswerModel::failed));
        m_bars->clear();
        note = model.errorOf(key);
        break;
    default: {
        const std::span<const float> values = model.probabilitiesOf(key);
        const int label = model.labelOf(key);
        m_answer->setText(label < 0 ? model.labelText(label)
                                    : tr("%1, %2").arg(model.labelText(label),
                                                       probabilityText(double(values[std::size_t(label)]))));
        m_bars->setAnswer(model.classes(), {values.begin(), values.end()});
        if (threshold) {
            note = label == AnswerModel::uncertain ? uncertainText(*threshold)
                   : model.classes().size() == 2   ? decidedText(*threshold, model.labelText(1))
                                                   : QString();
        }
        break;
    }
    }
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
}

} // namespace thaw::ui
