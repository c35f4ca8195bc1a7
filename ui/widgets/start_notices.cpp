#include "ui/widgets/start_notices.h"

#include "core/base/paths.h"
#include "ui/session.h"
#include "ui/settings/crash_reports.h"
#include "ui/settings/run_memory.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/message_banner.h"

#include <QDesktopServices>
#include <QEvent>
#include <QFileInfo>
#include <QPushButton>
#include <QUrl>
#include <QVBoxLayout>

namespace thaw::ui {

StartNotices::StartNotices(QWidget* parent)
    : QWidget(parent)
    , m_job(new InterruptedRunJob(this))
    , m_crash(new MessageBanner(this))
    , m_interrupted(new MessageBanner(this))
    , m_unopened(new MessageBanner(this))
{
    setObjectName("startNotices");
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(spacing::page, spacing::wide, spacing::page, 0);
    layout->setSpacing(spacing::normal);
    layout->addWidget(m_crash);
    layout->addWidget(m_interrupted);
    layout->addWidget(m_unopened);

    m_crash->setObjectName("crashNotice");
    QPushButton* openLogs = m_crash->addButton(tr("Open the lo&g's folder"), "crashOpenFolder");
    connect(openLogs, &QPushButton::clicked, this, [] { QDesktopServices::openUrl(fileUrl(stateFolder())); });

    m_interrupted->setObjectName("interruptedNotice");
    QPushButton* goOn = m_interrupted->addButton(tr("C&ontinue"), "interruptedContinue");
    setPrimary(goOn);
    QPushButton* show = m_interrupted->addButton(tr("Sho&w"), "interruptedShow");
    QPushButton* dismiss = m_interrupted->addButton(tr("&Dismiss"), "interruptedDismiss");
    dismiss->setToolTip(tr("Do not offer this run again. It stays on the Runs page."));
    connect(goOn, &QPushButton::clicked, this, [this] { Q_EMIT continueRequested(m_folder); });
    connect(show, &QPushButton::clicked, this, [this] { Q_EMIT showRequested(m_folder); });
    connect(dismiss, &QPushButton::clicked, this, [this] {
        runMemory::dismiss(m_folder);
        m_interrupted->hide();
    });
    connect(m_job, &InterruptedRunJob::found, this, &StartNotices::showRun);
    m_interrupted->setCloseable(false);

    m_unopened->setObjectName("unopenedNotice");
    QPushButton* open = m_unopened->addButton(tr("Open it all the same"), "unopenedOpen");
    connect(open, &QPushButton::clicked, this, [this] {
        m_unopened->hide();
        Q_EMIT openRequested(m_dataset);
    });
    hide();
}

void StartNotices::look(const std::filesystem::path& runsRoot)
{
    showCrash();
    m_job->find(runsRoot, runMemory::unfinished(), runMemory::dismissed());
}

void StartNotices::forgetRun(const QString& folder)
{
    if (folder == m_folder) {
        m_interrupted->hide();
    }
}

/// Its margins must not stay behind when the last notice is closed.
bool StartNotices::event(QEvent* event)
{
    if (event->type() == QEvent::LayoutRequest) {
        setVisible(!m_crash->isHidden() || !m_interrupted->isHidden() || !m_unopened->isHidden());
    }
    return QWidget::event(event);
}

void StartNotices::tellUnopened(const QString& dataset)
{
    m_dataset = dataset;
    m_unopened->showMessage(MessageBanner::Kind::Warning, tr("The data set of last time was not opened"),
                            tr("Thaw ended twice while it looked through %1").arg(dataset));
    show();
}

void StartNotices::showCrash()
{
    if (const auto log = untoldCrashLog(stateFolder())) {
        m_crash->showMessage(MessageBanner::Kind::Warning, tr("Thaw crashed the last time"),
                             tr("A log that helps to find the mistake is in %1").arg(plainLine(*log)));
        markCrashLogTold(*log);
        show();
    }
}

void StartNotices::showRun(const InterruptedRun& run)
{
    m_folder = run.folder;
    m_interrupted->showMessage(MessageBanner::Kind::Info,
                               tr("The run %1 was interrupted at phase %2, epoch %3")
                                   .arg(run.name, QString::number(run.phase), QString::number(run.epoch)),
                               tr("Nothing is lost: it can go on from where it was."));
    show();
}

} // namespace thaw::ui
