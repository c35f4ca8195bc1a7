#include "core/model/weights/weights.h"
#include "tests/app/cli_process.h"
#include "tests/support/golden.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <cmath>

using namespace thaw::test;

/// The true network with its true weights through all that a user does, from pictures to an exported model.
class TestTrueVgg16 : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void trainsAndLearns();
    void keepsTheWholeRun();
    void frozenLayersStayTheImageNetBase();
    void evaluatesAsItWasTested();
    void predictsEveryPictureRightly();
    void exportsBothFormats();

private:
    TemporaryFolder m_folder;
    std::filesystem::path m_weights;
    std::filesystem::path m_data;
    std::filesystem::path m_run;
};

void TestTrueVgg16::initTestCase()
{
    const auto weights = imageNetWeights(); // before the user's folders are hidden
    if (!weights) {
        QSKIP(
            "The ImageNet weights are not here: thaw-cli weights fetch imagenet, or set THAW_TEST_WEIGHTS.");
    }
    m_weights = *weights;
    isolateUserFolders(m_folder.path());
    m_data = m_folder / "hues";
    SyntheticSpec spec;
    spec.perClass = 4;
    spec.side = 180;
    spec.splitFolders = true;
    writeSyntheticDataset(m_data, spec);
    m_run = m_folder / "run";
}

void TestTrueVgg16::trainsAndLearns()
{
    const CliResult result =
        runCli({"train",    text(m_data),   "--out", text(m_run),         "--weights", text(m_weights),
                "--recipe", "book",         "--set", "phases.0.epochs=2", "--set",     "phases.1.epochs=1",
                "--set",    "batch_size=4", "--set", "input_size=96",     "--seed",    "1",
                "--device", "cpu",          "--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QList<QJsonObject> epochs;
    for (const QJsonObject& event : result.lines()) {
        if (event["event"] == "epoch") {
            epochs.append(event);
        }
    }
    QCOMPARE(epochs.size(), 3);
    const auto place = [&epochs](int i) {
        return std::pair(epochs[i]["phase"].toInt(), epochs[i]["epoch"].toInt());
    };
    QCOMPARE(place(0), std::pair(1, 1));
    QCOMPARE(place(1), std::pair(1, 2));
    QCOMPARE(place(2), std::pair(2, 1));
    QCOMPARE(epochs[0]["learning_rate"].toDouble(), 1e-3);
    QCOMPARE(epochs[2]["learning_rate"].toDouble(), 1e-5);
    for (const QJsonObject& epoch : epochs) {
        QVERIFY(std::isfinite(epoch["loss"].toDouble(NAN)) && std::isfinite(epoch["val_loss"].toDouble(NAN)));
    }
    const QJsonObject finished = result.lines().last();
    QCOMPARE(finished["state"].toString(), QString("finished"));
    // Blue against red in stripes: with ImageNet's features a few steps tell them apart without fail.
    QCOMPARE(finished["test_accuracy"].toDouble(), 1.0);
}

void TestTrueVgg16::keepsTheWholeRun()
{
    for (const char* name : {"recipe.json", "run.json", "history.csv", "phase1.safetensors",
                             "phase2.safetensors", "best.safetensors", "last.safetensors"})
    {
        QVERIFY2(std::filesystem::exists(m_run / name), name);
    }
    const QJsonObject run = runCli({"runs", "show", text(m_run), "--json"}).object();
    QCOMPARE(run["history"].toArray().size(), 3);
    QCOMPARE(run["best"].toArray().size(), 2);
    QCOMPARE(run["images"].toObject()["train"].toArray(), (QJsonArray{4, 4}));
    QCOMPARE(run["precision"].toString(), QString("float32"));
}

void TestTrueVgg16::frozenLayersStayTheImageNetBase()
{
    const thaw::BaseWeights start = thaw::readBaseWeights(m_weights);
    const thaw::ModelWeights head = thaw::readModelWeights(m_run / "phase1.safetensors");
    const thaw::ModelWeights joint = thaw::readModelWeights(m_run / "best.safetensors");
    QCOMPARE(start.layers.size(), std::size_t(13));
    constexpr std::size_t firstOfBlock5 = 10;
    for (std::size_t layer = 0; layer < start.layers.size(); ++layer) {
        QVERIFY(head.base.layers[layer] == start.layers[layer]);
        QCOMPARE(joint.base.layers[layer] == start.layers[layer], layer < firstOfBlock5);
    }
    QVERIFY(head.head != joint.head);
    QCOMPARE(joint.classes, (std::vector<std::string>{"blue", "red"}));
    QVERIFY(joint.base.preprocessing == thaw::caffePreprocessing());
}

void TestTrueVgg16::evaluatesAsItWasTested()
{
    const CliResult result = runCli({"evaluate", text(m_run), text(m_data), "--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QJsonObject test = runCli({"runs", "show", text(m_run), "--json"}).object()["test"].toObject();
    QCOMPARE(result.object()["accuracy"].toDouble(), test["accuracy"].toDouble());
    // Batches of 32 here and 4 there: float32 sums in another order, on losses near 0.
    QVERIFY(std::abs(result.object()["loss"].toDouble() - test["loss"].toDouble()) <
            1e-4 + 1e-3 * test["loss"].toDouble());
    QVERIFY(std::filesystem::exists(m_run / "evaluation.json"));
    QVERIFY(std::filesystem::exists(m_run / "predictions.csv"));
}

void TestTrueVgg16::predictsEveryPictureRightly()
{
    for (const QString& name : {QString("blue"), QString("red")}) {
        const CliResult result =
            runCli({"predict", text(m_run), text(m_data / "test" / name.toStdString()), "--json"});
        QVERIFY2(result.exitStatus == 0, result.err.constData());
        QCOMPARE(result.lines().size(), 4);
        for (const QJsonObject& prediction : result.lines()) {
            QCOMPARE(prediction["label"].toString(), name);
        }
    }
}

void TestTrueVgg16::exportsBothFormats()
{
    const auto weights = m_folder / "model.safetensors";
    const CliResult plain =
        runCli({"export", text(m_run), "--format", "safetensors", "--out", text(weights)});
    QVERIFY2(plain.exitStatus == 0, plain.err.constData());
    const CliResult ofFile = runCli({"evaluate", text(weights), text(m_data), "--json"});
    QCOMPARE(ofFile.object()["accuracy"].toDouble(), 1.0);
    // The export is loaded again and compared with the model before it takes its place.
    const auto script = m_folder / "model.pt";
    const CliResult scripted =
        runCli({"export", text(m_run), "--format", "torchscript", "--out", text(script)});
    QVERIFY2(scripted.exitStatus == 0, scripted.err.constData());
    // 14,714,688 parameters of the base alone, four bytes each.
    QVERIFY(std::filesystem::file_size(script) > 4u * 14'714'688u);
    QVERIFY(std::filesystem::file_size(weights) > 4u * 14'714'688u);
}

THAW_TEST(TestTrueVgg16)
#include "test_true_vgg16.moc"
