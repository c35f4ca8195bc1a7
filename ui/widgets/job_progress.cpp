#include "ui/widgets/job_progress.h"

#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

namespace thaw::ui {

namespace {

constexpr int progressSteps = 1000;
/// Before that the pace says nothing.
constexpr qint64 paceMilliseconds = 2000;

} // namespace

JobProgress::JobProgress(const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_text(new QLabel(this))
    , m_left(makeMuted({}, this))
    , m_bar(new QProgressBar(this))
    , m_cancel(new QPushButton(tr("Cance&l"), this))
{
    setObjectName(name);
    m_text->setObjectName(name + "Text");
    letShrink(m_text);
    m_left->setObjectName(name + "Left");
    m_left->setWordWrap(false);
    m_bar->setObjectName(name + "Bar");
    m_bar->setAccessibleName(tr("Progress"));
    m_bar->setTextVisible(false);
    m_cancel->setObjectName(name + "Cancel");
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        m_cancel->setEnabled(false);
        Q_EMIT cancelClicked();
    });
    auto* words = new QHBoxLayout;
    words->addWidget(m_text, 1);
    words->addWidget(m_left);
    auto* column = new QVBoxLayout;
    column->setSpacing(spacing::small);
    column->addLayout(words);
    column->addWidget(m_bar);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::wide);
    layout->addLayout(column, 1);
    layout->addWidget(m_cancel);
    hide();
}

void JobProgress::begin(const QString& text)
{
    m_text->setText(plainLine(text));
    m_left->clear();
    m_bar->setRange(0, 0);
    m_cancel->setEnabled(true);
    m_clock.start();
    show();
}

void JobProgress::showProgress(qint64 done, qint64 total)
{
    m_bar->setRange(0, total > 0 ? progressSteps : 0);
    m_bar->setValue(total > 0 ? int(double(done) / double(total) * progressSteps) : 0);
    QString left =
        total > 0 ? tr("%1 of %2").arg(QLocale().toString(done), QLocale().toString(total)) : QString();
    if (done > 0 && done < total && m_clock.elapsed() > paceMilliseconds) {
        const double seconds = double(m_clock.elapsed()) / 1000 / double(done) * double(total - done);
        left += ", " + tr("%1 left").arg(roughDurationText(seconds));
    }
    m_left->setText(left);
}

void JobProgress::end()
{
    hide();
}

} // namespace thaw::ui
