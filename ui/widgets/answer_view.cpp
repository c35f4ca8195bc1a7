#include "ui/widgets/answer_view.h"

#include "core/data/image/image_io.h"
#include "ui/jobs/errand.h"
#include "ui/jobs/image_convert.h"
#include "ui/text/evaluation_words.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/picture_view.h"
#include "ui/widgets/probability_bars.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <vector>

namespace thaw::ui {

namespace {

constexpr int largestSide = 4096; ///< see PictureCanvas::setPicture()

QImage loadedPicture(const std::filesystem::path& file)
{
    const QImage picture = toQImage(loadImage(file));
    return std::max(picture.width(), picture.height()) > largestSide
               ? picture.scaled(largestSide, largestSide, Qt::KeepAspectRatio, Qt::SmoothTransformation)
               : picture;
}

} // namespace

AnswerView::AnswerView(QWidget* parent)
    : QWidget(parent)
    , m_picture(new PictureView(this))
    , m_place(makeMuted({}, this))
    , m_verdict(makeSectionTitle({}, this))
    , m_name(makeMuted({}, this))
    , m_bars(new ProbabilityBars(this))
{
    setObjectName("answerLarge");
    setFocusProxy(m_picture);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    auto* bar = new QHBoxLayout;
    const auto addButton = [&](const QString& text, const char* name, const QString& tip, auto signal) {
        auto* button = new QPushButton(text, this);
        setNames(button, name, tip);
        button->setToolTip(tip);
        connect(button, &QPushButton::clicked, this, signal);
        bar->addWidget(button);
        return button;
    };
    m_back =
        addButton(tr("← &Back"), "answerBack", tr("Back to the pictures (Esc)"), &AnswerView::backWanted);
    bar->addStretch(1);
    bar->addWidget(m_place);
    m_previous = addButton(tr("&Previous"), "answerPrevious", tr("The picture before (Page up)"),
                           &AnswerView::previousWanted);
    m_next =
        addButton(tr("Ne&xt"), "answerNext", tr("The picture after (Page down)"), &AnswerView::nextWanted);
    m_place->setObjectName("answerPlace");
    m_place->setWordWrap(false);
    layout->addLayout(bar);

    auto* whole = new QHBoxLayout;
    whole->setSpacing(spacing::wide);
    whole->addWidget(m_picture, 3);
    auto* side = new QVBoxLayout;
    side->setSpacing(spacing::normal);
    m_verdict->setObjectName("answerVerdict");
    m_verdict->setWordWrap(true);
    letShrink(m_verdict);
    m_name->setObjectName("answerName");
    letShrink(m_name);
    side->addWidget(m_verdict);
    side->addWidget(m_bars);
    side->addWidget(m_name);
    side->addStretch(1);
    whole->addLayout(side, 2);
    layout->addLayout(whole, 1);

    connect(m_picture, &PictureView::previousWanted, this, &AnswerView::previousWanted);
    connect(m_picture, &PictureView::nextWanted, this, &AnswerView::nextWanted);
}

void AnswerView::showPicture(const ShownEvaluationPointer& evaluation, std::size_t picture, int place,
                             int count)
{
    const Answers& answers = evaluation->answers;
    const QString truth = className(*evaluation, answers.truth(picture));
    const QString label = className(*evaluation, answers.label(picture));
    const bool isRight = answers.isRight(picture);
    m_verdict->setText(isRight ? tr("✓ %1, rightly").arg(truth) : tr("✗ %1, taken for %2").arg(truth, label));
    const auto row = answers.row(picture);
    m_bars->setAnswer(evaluation->evaluation().classes, std::vector<double>(row.begin(), row.end()),
                      int(answers.truth(picture)));
    m_name->setText(plainLine(evaluation->paths[picture]));
    m_place->setText(tr("%1 of %2").arg(QLocale().toString(place + 1), QLocale().toString(count)));
    m_previous->setEnabled(place > 0);
    m_next->setEnabled(place + 1 < count);
    load(evaluation->paths[picture]);
}

void AnswerView::load(const std::filesystem::path& file)
{
    if (m_job) {
        JobThread::abandon(m_job);
    }
    const QString name = plainLine(file.filename().native());
    m_job = runErrand(
        this, [file] { return loadedPicture(file); },
        [this, name](const QImage& picture) { m_picture->setPicture(picture, name); },
        [this](const ErrorReport& error) {
            m_picture->setMessage(tr("This picture cannot be shown.\n%1").arg(errorText(error)));
        });
}

void AnswerView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Escape:
    case Qt::Key_Backspace:
        Q_EMIT backWanted();
        return;
    case Qt::Key_PageUp:
        Q_EMIT previousWanted();
        return;
    case Qt::Key_PageDown:
        Q_EMIT nextWanted();
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace thaw::ui
