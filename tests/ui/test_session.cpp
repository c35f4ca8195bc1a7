#include "tests/support/test_registry.h"
#include "ui/session.h"
#include "ui/text/recipe_changes.h"

#include <QLocale>
#include <QSignalSpy>
#include <QtTest>

#include <functional>

using namespace thaw;
using namespace thaw::ui;

namespace {

DatasetPointer datasetWith(std::vector<std::string> classes, DatasetLayout layout, bool checked)
{
    auto dataset = std::make_shared<DatasetIndex>();
    dataset->classes = std::move(classes);
    dataset->layout = layout;
    dataset->checked = checked;
    return dataset;
}

/// As the training page does with a recipe that was chosen.
void take(Session& session, const Recipe& recipe)
{
    QVERIFY(session.takeRecipe(recipe, "choose a recipe", "The recipe " + bytesToText(recipe.name)).empty());
}

} // namespace

class TestSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void startsWithARunnableRecipe()
    {
        const Session session;
        QCOMPARE(session.recipe(), quickRecipe());
        QVERIFY(checkRecipe(session.recipe()).empty());
        QCOMPARE(session.layers().size(), std::size_t(19));
        QCOMPARE(session.classCount(), 2);
        QVERIFY(!session.hasDataset());
    }

    void refusesAnInvalidRecipe()
    {
        Session session;
        QSignalSpy changed(&session, &Session::recipeChanged);
        const auto issues = session.editRecipe("break it", [](Recipe& recipe) {
            recipe.batchSize = 0;
            recipe.phases[0].epochs = 0;
        });
        QCOMPARE(issues.size(), std::size_t(2));
        QCOMPARE(session.recipe(), quickRecipe());
        QCOMPARE(changed.count(), 0);
        QVERIFY(!session.undoStack()->canUndo());
    }

    void takesUpARecipeWithoutAnUndoStep()
    {
        Session session;
        session.editRecipe("change the seed", [](Recipe& recipe) { recipe.seed = 7; });
        QSignalSpy changed(&session, &Session::recipeChanged);
        Recipe recipe = bookRecipe();
        recipe.batchSize = 17;
        QVERIFY(session.restoreRecipe(recipe).empty());
        QCOMPARE(session.recipe(), recipe);
        QCOMPARE(changed.count(), 1);
        QVERIFY(!session.undoStack()->canUndo());
        Recipe broken = recipe;
        broken.batchSize = 0;
        QCOMPARE(session.restoreRecipe(broken).size(), std::size_t(1));
        QCOMPARE(session.recipe(), recipe);
    }

    void undoesAndRedoes()
    {
        Session session;
        QSignalSpy changed(&session, &Session::recipeChanged);
        QVERIFY(session.editRecipe("change the seed", [](Recipe& recipe) { recipe.seed = 7; }).empty());
        QCOMPARE(session.recipe().seed, std::uint64_t(7));
        session.undoStack()->undo();
        QCOMPARE(session.recipe(), quickRecipe());
        session.undoStack()->redo();
        QCOMPARE(session.recipe().seed, std::uint64_t(7));
        QCOMPARE(changed.count(), 3);
    }

    void noChangeIsNoStep()
    {
        Session session;
        QSignalSpy changed(&session, &Session::recipeChanged);
        QVERIFY(session.setRecipe(session.recipe(), "nothing").empty());
        QCOMPARE(session.undoStack()->count(), 0);
        QCOMPARE(changed.count(), 0);
    }

    void mergesADraggedSlider()
    {
        Session session;
        AugmentationSpec spec = session.recipe().augmentation;
        const double before = spec.zoom;
        for (const double zoom : {0.3, 0.4, 0.5}) {
            spec.zoom = zoom;
            session.setAugmentation(spec, "zoom");
        }
        QCOMPARE(session.undoStack()->count(), 1);
        session.endEdit();
        spec.zoom = 0.6;
        session.setAugmentation(spec, "zoom");
        QCOMPARE(session.undoStack()->count(), 2);
        session.undoStack()->undo();
        QCOMPARE(session.recipe().augmentation.zoom, 0.5);
        session.undoStack()->undo();
        QCOMPARE(session.recipe().augmentation.zoom, before);
    }

    void aDragBackToTheStartLeavesNoStep()
    {
        Session session;
        AugmentationSpec spec = session.recipe().augmentation;
        const AugmentationSpec before = spec;
        spec.flip = 0.9;
        session.setAugmentation(spec, "flip");
        session.setAugmentation(before, "flip");
        QCOMPARE(session.recipe().augmentation, before);
        QCOMPARE(session.undoStack()->count(), 0);
    }

    void setsFreezePlans()
    {
        Session session;
        QVERIFY(session.setFreezePlan(1, FreezePlan::unfreezeLast(8)).empty());
        QVERIFY(!session.recipe().phases[1].usesTrainable);
        QCOMPARE(session.recipe().phases[1].unfreeze, 8);
        const auto odd = FreezePlan::trainableLayers({"block1_conv1"});
        QVERIFY(session.setFreezePlan(1, odd).empty());
        QVERIFY(session.recipe().phases[1].usesTrainable);
        QCOMPARE(session.freezePlan(1), odd);
        QVERIFY(session.setFreezePlan(9, odd).empty());
        QCOMPARE(session.recipe().phases.size(), std::size_t(2));
    }

    void derivesLayersAndHead()
    {
        Session session;
        session.editRecipe("size", [](Recipe& recipe) { recipe.inputSize = 96; });
        QCOMPARE(session.layers()[0].height, 96);
        QCOMPARE(session.headSpec().featureSide, featureSide(96));
        session.setDataset(datasetWith({"a", "b", "c"}, DatasetLayout::SplitFolders, true));
        QCOMPARE(session.headSpec().classes, 3);
        QCOMPARE(session.headSpec().outputs(), 3);
    }

    void knowsWhetherADatasetSuitsTheRecipe()
    {
        Session session;
        const Recipe& recipe = session.recipe();
        session.setDataset(datasetWith({"a", "b"}, DatasetLayout::ClassFolders, false), recipe.split);
        QVERIFY(session.isSplitOurs());
        QVERIFY(!session.isDatasetReady());
        session.setDataset(datasetWith({"a", "b"}, DatasetLayout::ClassFolders, true), recipe.split);
        QVERIFY(session.isDatasetReady());
        session.editRecipe("seed", [](Recipe& edited) { edited.seed += 1; });
        QVERIFY(session.isDatasetReady()); // of training alone
        session.editRecipe("split", [](Recipe& edited) { edited.split.seed += 1; });
        QVERIFY(!session.isDatasetReady());
        session.setDataset(session.dataset(), recipe.split);
        QVERIFY(session.isDatasetReady());
        session.editRecipe("order", [](Recipe& edited) { edited.split.order = SplitOrder::ValidationFirst; });
        QVERIFY(!session.isDatasetReady());
        session.setDataset(datasetWith({"a", "b"}, DatasetLayout::SplitFolders, true));
        QVERIFY(!session.isSplitOurs());
        QVERIFY(session.isDatasetReady());
        session.setDataset(nullptr);
        QVERIFY(!session.isSplitOurs());
        QVERIFY(!session.isDatasetReady());
    }

    void otherWeightsHaveAnotherHash()
    {
        Session session;
        const std::string hash(64, 'a');
        session.editRecipe("as a run left it", [&](Recipe& recipe) { recipe.weightsHash = hash; });
        session.setWeights("none");
        QCOMPARE(session.recipe().weights, std::string("none"));
        QCOMPARE(session.recipe().weightsHash, std::string());
        session.undoStack()->undo();
        QCOMPARE(session.recipe().weightsHash, hash);
    }

    void aChosenRecipeKeepsTheSplitAndTellsWhatItChanged()
    {
        Session session;
        session.editRecipe("the split", [](Recipe& recipe) { recipe.split = {0.3, 0.1, 5}; });
        session.setFreezePlan(1, FreezePlan::unfreezeLast(8));
        AugmentationSpec spec = session.recipe().augmentation;
        spec.zoom = 0.4;
        session.setAugmentation(spec);
        const Recipe before = session.recipe();
        QSignalSpy taken(&session, &Session::recipeTaken);
        const int steps = session.undoStack()->count();

        take(session, bookRecipe());
        Recipe expected = bookRecipe();
        expected.split = before.split;
        QCOMPARE(session.recipe(), expected);
        QCOMPARE(taken.count(), 1);
        const QString words = taken[0][0].toString();
        for (const char* part : {"book", "layers", "augmentation", "phases", "other settings", "split stays"})
        {
            QVERIFY2(words.contains(part), qPrintable(words));
        }
        QVERIFY2(!words.contains("weights"), qPrintable(words));
        QCOMPARE(session.undoStack()->count(), steps + 1);
        session.undoStack()->undo();
        QCOMPARE(session.recipe(), before);

        // So does one of the user's own, and one that changes nothing tells nothing.
        Recipe own = before;
        own.name = "own";
        own.split = {};
        own.weights = "none";
        take(session, own);
        QCOMPARE(session.recipe().split, before.split);
        QCOMPARE(session.recipe().weights, std::string("none"));
        QCOMPARE(taken.count(), 2);
        QVERIFY2(taken[1][0].toString().startsWith("The recipe own changed the starting weights."),
                 qPrintable(taken[1][0].toString()));
        take(session, own);
        QCOMPARE(taken.count(), 2);
    }

    void namesWhatDiffersBetweenRecipes()
    {
        const Recipe before = quickRecipe();
        const auto changed = [&](const std::function<void(Recipe&)>& change) {
            Recipe after = before;
            change(after);
            return recipeChanges(before, after);
        };
        QCOMPARE(changed([](Recipe& recipe) { recipe.name = "other"; }), QString());
        QCOMPARE(changed([](Recipe& recipe) { recipe.split.validation = 0.1; }), QString());
        QCOMPARE(changed([](Recipe& recipe) { recipe.phases[0].epochs += 1; }), "the phases");
        QCOMPARE(changed([](Recipe& recipe) { recipe.phases[1].unfreeze = 8; }), "which layers train");
        QCOMPARE(changed([](Recipe& recipe) { recipe.augmentation.flip = 0.1; }), "the augmentation");
        QCOMPARE(changed([](Recipe& recipe) { recipe.withHead = true; }), "the starting weights");
        QCOMPARE(changed([](Recipe& recipe) { recipe.dropout = 0.1; }), "other settings");
        QCOMPARE(changed([](Recipe& recipe) { recipe.phases.pop_back(); }),
                 QLocale().createSeparatedList({"which layers train", "the phases"}));
    }

    void keepsPathsThatAreNotAscii()
    {
        const QString name = QString::fromUtf8("/tmp/Größe 猫");
        QCOMPARE(toText(toPath(name)), name);
    }
};

THAW_TEST(TestSession)
#include "test_session.moc"
