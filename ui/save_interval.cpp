#include "ui/save_interval.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QMenu>
#include <QSettings>

namespace thaw::ui::saveInterval {

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(SaveInterval)
};

constexpr auto key = "training/saveEverySeconds";
constexpr int choices[] = {15, 60, 300, 900};

int seconds()
{
    const int kept = QSettings().value(key).toInt();
    return kept > 0 ? kept : int(SaveOptions{}.checkpointAtLeastEvery);
}

} // namespace

SaveOptions options()
{
    return SaveOptions::atLeastEvery(seconds());
}

QMenu* makeMenu(QWidget* parent)
{
    auto* menu = new QMenu(Words::tr("Sa&ve training every"), parent);
    menu->setObjectName("saveIntervalMenu");
    auto* group = new QActionGroup(menu);
    for (const int choice : choices) {
        QAction* action = menu->addAction(choice < 60 ? Words::tr("%n second(s)", nullptr, choice)
                                                      : Words::tr("%n minute(s)", nullptr, choice / 60));
        action->setCheckable(true);
        action->setChecked(choice == seconds());
        action->setData(choice);
        group->addAction(action);
    }
    QObject::connect(group, &QActionGroup::triggered, menu,
                     [](const QAction* action) { QSettings().setValue(key, action->data()); });
    return menu;
}

} // namespace thaw::ui::saveInterval
