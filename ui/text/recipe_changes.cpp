#include "ui/text/recipe_changes.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

#include <algorithm>

namespace thaw::ui {

namespace {

struct ChangeWords
{
    Q_DECLARE_TR_FUNCTIONS(RecipeChanges)
};

bool trainAlike(const PhaseRecipe& a, const PhaseRecipe& b)
{
    return a.usesTrainable == b.usesTrainable && a.unfreeze == b.unfreeze && a.trainable == b.trainable;
}

/// But for the layers that train.
bool goAlike(PhaseRecipe a, const PhaseRecipe& b)
{
    a.usesTrainable = b.usesTrainable;
    a.unfreeze = b.unfreeze;
    a.trainable = b.trainable;
    return a == b;
}

bool alike(const std::vector<PhaseRecipe>& a, const std::vector<PhaseRecipe>& b,
           bool (*areAlike)(const PhaseRecipe&, const PhaseRecipe&))
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), areAlike);
}

} // namespace

QString recipeChanges(const Recipe& before, const Recipe& after)
{
    QStringList changes;
    if (!alike(before.phases, after.phases, trainAlike)) {
        changes << ChangeWords::tr("which layers train");
    }
    if (before.augmentation != after.augmentation) {
        changes << ChangeWords::tr("the augmentation");
    }
    if (!alike(before.phases, after.phases,
               [](const PhaseRecipe& a, const PhaseRecipe& b) { return goAlike(a, b); }))
    {
        changes << ChangeWords::tr("the phases");
    }
    if (before.weights != after.weights || before.withHead != after.withHead) {
        changes << ChangeWords::tr("the starting weights");
    }
    Recipe rest = after;
    rest.version = before.version;
    rest.name = before.name;
    rest.phases = before.phases;
    rest.augmentation = before.augmentation;
    rest.weights = before.weights;
    rest.weightsHash = before.weightsHash;
    rest.withHead = before.withHead;
    rest.split = before.split;
    rest.unknownKeys = before.unknownKeys;
    if (rest != before) {
        changes << ChangeWords::tr("other settings");
    }
    return QLocale().createSeparatedList(changes);
}

} // namespace thaw::ui
