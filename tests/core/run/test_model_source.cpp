#include "core/run/model_source.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <fstream>

using namespace thaw;

namespace {

ModelWeights threeChannelModel()
{
    ModelWeights model;
    model.base = randomBaseWeights({{2, 2, 2, 2, 3}}, 1);
    model.headSpec = {HeadKind::Pooled, 2, 0.0, 2, 3};
    model.head = {{"head.dense.weight", {1, 3}, {1, 2, 3}}, {"head.dense.bias", {1}, {4}}};
    model.transform.inputSize = 64;
    model.classes = {"cat", "dog"};
    return model;
}

} // namespace

/// What may be named as a model, and what is found there.
class TestModelSource : public QObject
{
    Q_OBJECT

private slots:
    void aRunIsFoundByName()
    {
        const test::TemporaryFolder root;
        std::filesystem::create_directories(root / "cats");
        std::ofstream(root / "cats" / "run.json") << "{}";
        QCOMPARE(findRun("cats", root.path()), root / "cats");
        // A path is no name, and what is no run is left as it was named.
        QCOMPARE(findRun("other/cats", root.path()), std::filesystem::path("other/cats"));
        QCOMPARE(findRun("dogs", root.path()), std::filesystem::path("dogs"));
        QCOMPARE(findRun(root / "cats", "/nowhere"), root / "cats");
    }

    void aFileWithoutARecipeHasTheBooks()
    {
        const test::TemporaryFolder folder;
        writeModelWeights(folder / "model.safetensors", threeChannelModel());
        const ModelSource source = openModel(folder / "model.safetensors");
        QVERIFY(!source.run);
        QCOMPARE(source.file, folder / "model.safetensors");
        QCOMPARE(source.model.base, threeChannelModel().base);
        QCOMPARE(source.recipe.name, bookRecipe().name);
    }

    void aFilesOwnRecipeIsTaken()
    {
        const test::TemporaryFolder folder;
        ModelWeights model = threeChannelModel();
        Recipe recipe = bookRecipe();
        recipe.seed = 77;
        model.recipeJson = formatRecipe(recipe);
        writeModelWeights(folder / "model.safetensors", model);
        QCOMPARE(openModel(folder / "model.safetensors").recipe.seed, recipe.seed);
    }

    void whatIsNotThereIsNamed()
    {
        const test::TemporaryFolder folder;
        const std::string said =
            test::refusalOf(ErrorCode::FileNotFound, [&] { openModel(folder / "gone.safetensors"); });
        QVERIFY2(said.find("no such run or model file") != std::string::npos, said.c_str());
        const std::string empty = test::refusalOf(ErrorCode::RunInvalid, [&] { openModel(folder.path()); });
        QVERIFY2(empty.find("run.json") != std::string::npos, empty.c_str());
    }
};

THAW_TEST(TestModelSource)
#include "test_model_source.moc"
