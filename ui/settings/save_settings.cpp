#include "ui/settings/save_settings.h"

#include "core/train/features/feature_bank.h"
#include "ui/dialogs.h"
#include "ui/jobs/errand.h"
#include "ui/text/error_text.h"
#include "ui/text/training_words.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QMenu>
#include <QSettings>

#include <functional>
#include <span>

namespace thaw::ui::saveSettings {

namespace {

struct SaveWords
{
    Q_DECLARE_TR_FUNCTIONS(SaveSettings)
};

constexpr auto secondsKey = "training/saveEverySeconds";
constexpr int secondsChoices[] = {15, 60, 300, 900};
constexpr auto gibibytesKey = "training/storedFeaturesGibibytes";
constexpr int gibibytesChoices[] = {5, 10, 20, 50, 200};

int seconds()
{
    const int kept = QSettings().value(secondsKey).toInt();
    return kept > 0 ? kept : int(SaveOptions{}.checkpointAtLeastEvery);
}

int gibibytes()
{
    const int kept = QSettings().value(gibibytesKey).toInt();
    return kept > 0 ? kept : int(SaveOptions{}.otherBanksLimit >> 30);
}

/// One of which is chosen, and kept under `key`.
void addChoices(QMenu* menu, const char* key, std::span<const int> choices, int chosen,
                const std::function<QString(int)>& textOf)
{
    auto* group = new QActionGroup(menu);
    for (const int choice : choices) {
        QAction* action = menu->addAction(textOf(choice));
        action->setCheckable(true);
        action->setChecked(choice == chosen);
        action->setData(choice);
        group->addAction(action);
    }
    QObject::connect(group, &QActionGroup::triggered, menu,
                     [key](const QAction* action) { QSettings().setValue(key, action->data()); });
}

auto showingFailures(QWidget* window)
{
    return [window](const ErrorReport& error) { Dialogs::showError(window, error); };
}

void askToRemove(QWidget* window, std::uint64_t bytes)
{
    const QString title = SaveWords::tr("Remove stored features");
    if (bytes == 0) {
        Dialogs::inform(window, title, SaveWords::tr("There are none."));
        return;
    }
    if (!Dialogs::confirm(window, title,
                          SaveWords::tr("They take %1. Runs that need them compute them anew; no result is "
                                        "lost.")
                              .arg(sizeText(double(bytes))),
                          SaveWords::tr("Remove"), SaveWords::tr("Keep")))
    {
        return;
    }
    const auto remove = [] { return removeFeatureBanks(featureBanksFolder()); };
    const auto tell = [window, title, bytes](std::uint64_t freed) {
        if (freed < bytes) {
            Dialogs::inform(
                window, title,
                SaveWords::tr("%1 are in use and were kept.").arg(sizeText(double(bytes - freed))));
        }
    };
    runErrand(window, remove, tell, showingFailures(window));
}

void removeStored(QWidget* window)
{
    const auto measure = [] { return featureBanksBytes(featureBanksFolder()); };
    runErrand(
        window, measure, [window](std::uint64_t bytes) { askToRemove(window, bytes); },
        showingFailures(window));
}

} // namespace

SaveOptions options()
{
    SaveOptions options = SaveOptions::atLeastEvery(seconds());
    options.otherBanksLimit = std::uint64_t(gibibytes()) << 30;
    return options;
}

QMenu* makeIntervalMenu(QWidget* parent)
{
    auto* menu = new QMenu(SaveWords::tr("Sa&ve training every"), parent);
    menu->setObjectName("saveIntervalMenu");
    addChoices(menu, secondsKey, secondsChoices, seconds(), [](int choice) {
        return choice < 60 ? SaveWords::tr("%n second(s)", nullptr, choice)
                           : SaveWords::tr("%n minute(s)", nullptr, choice / 60);
    });
    return menu;
}

QMenu* makeFeaturesMenu(QWidget* parent)
{
    auto* menu = new QMenu(SaveWords::tr("Stored &features"), parent);
    menu->setObjectName("storedFeaturesMenu");
    addChoices(menu, gibibytesKey, gibibytesChoices, gibibytes(),
               [](int choice) { return SaveWords::tr("Keep up to %1 GiB").arg(choice); });
    menu->addSeparator();
    QAction* remove = menu->addAction(SaveWords::tr("&Remove them…"));
    remove->setObjectName("removeFeaturesAction");
    QObject::connect(remove, &QAction::triggered, menu, [menu] { removeStored(menu->window()); });
    return menu;
}

} // namespace thaw::ui::saveSettings
