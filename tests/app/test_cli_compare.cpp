#include "app/cli/runs_compare.h"
#include "core/run/history_csv.h"
#include "core/run/run_record_json.h"
#include "tests/app/cli_process.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <cmath>

using namespace thaw;
using namespace thaw::cli;
using namespace thaw::test;

namespace {

/// As read from a folder that was never written.
SavedRun madeRun(const std::filesystem::path& folder, const Recipe& recipe)
{
    SavedRun run;
    run.folder = folder;
    run.recipe = recipe;
    run.record.state = RunState::Finished;
    run.record.name = folder.filename().string();
    run.record.datasetPath = "/data/pets";
    run.record.weightsSource = "Keras";
    run.record.best = {{1, 3, 0.25, 0.9}};
    run.record.test = TestResult{"test", {0.125, 0.875, 40}, 1};
    run.record.trainedSeconds = 61;
    for (int epoch = 1; epoch <= 3; ++epoch) {
        EpochMetrics& metrics = run.history.emplace_back();
        metrics.phase = 1;
        metrics.epoch = epoch;
    }
    return run;
}

const Difference* find(const std::vector<Difference>& differences, const std::string& field)
{
    for (const Difference& difference : differences) {
        if (difference.field == field) {
            return &difference;
        }
    }
    return nullptr;
}

/// A run folder with all that `runs` reads.
void writeRun(const SavedRun& run)
{
    std::filesystem::create_directories(run.folder);
    const RunFiles files{run.folder};
    QFile recipe(text(files.recipe()));
    QVERIFY(recipe.open(QIODevice::WriteOnly));
    recipe.write(QByteArray::fromStdString(formatRecipe(run.recipe)));
    writeRunRecord(files.record(), run.record);
    writeHistory(files.history(), run.history);
}

} // namespace

class TestCliCompare : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void sameRecipesDifferInNothing();
    void namesFieldsAsSetWritesThem();
    void aPhaseThatIsMissingIsNull();
    void tellsWhatElseDecides();
    void tellsUnknownKeys();
    void printsResultsThenSettings();
    void theKeptAccuracyIsTheLatestPhases();
    void printsNothingMeasuredAsADash();
    void comparesFoldersAndNames();
    void comparesThree();
    void refusesOneRun();
    void namesTheRunThatCannotBeRead();

private:
    TemporaryFolder m_folder;
    std::filesystem::path m_root;
};

void TestCliCompare::initTestCase()
{
    isolateUserFolders(m_folder.path());
    m_root = m_folder / "runs";
    writeRun(madeRun(m_root / "first", bookRecipe()));
    Recipe other = bookRecipe();
    other.batchSize = 16;
    SavedRun second = madeRun(m_root / "second", other);
    second.record.test->score.accuracy = 0.5;
    writeRun(second);
    writeRun(madeRun(m_root / "third", quickRecipe()));
}

void TestCliCompare::sameRecipesDifferInNothing()
{
    const SavedRun a = madeRun("/runs/a", bookRecipe());
    SavedRun b = madeRun("/runs/b", bookRecipe());
    b.record.name = "another name";
    b.recipe.name = "renamed"; // a name decides nothing
    QVERIFY(differencesOf({a, b}).empty());
    QVERIFY(comparisonText({a, b}).find("The settings are the same.") != std::string::npos);
}

void TestCliCompare::namesFieldsAsSetWritesThem()
{
    Recipe changed = bookRecipe();
    changed.seed = 7;
    changed.augmentation.zoom = 0.5;
    changed.phases[1].learningRate = 1e-6;
    const auto differences = differencesOf({madeRun("/a", bookRecipe()), madeRun("/b", changed)});
    QCOMPARE(differences.size(), std::size_t(3));
    for (const auto& [field, was, is] : std::vector<std::tuple<std::string, Json, Json>>{
             {"seed", 0, 7}, {"augmentation.zoom", 0.2, 0.5}, {"phases.1.learning_rate", 1e-5, 1e-6}})
    {
        const Difference* difference = find(differences, field);
        QVERIFY2(difference, field.c_str());
        QVERIFY(difference->values == (std::vector<Json>{was, is}));
        // What is called differing can be set under that name.
        Recipe recipe = bookRecipe();
        setRecipeField(recipe, field, is.dump());
        QVERIFY(recipe != bookRecipe());
    }
}

void TestCliCompare::aPhaseThatIsMissingIsNull()
{
    Recipe shorter = bookRecipe();
    shorter.phases.pop_back();
    const auto differences = differencesOf({madeRun("/a", shorter), madeRun("/b", bookRecipe())});
    const Difference* epochs = find(differences, "phases.1.epochs");
    QVERIFY(epochs);
    QVERIFY(epochs->values == (std::vector<Json>{nullptr, 30}));
    QVERIFY(!find(differences, "phases.0.epochs"));
    // Beside its neighbours, not at the end.
    const auto isRunField = [](const Difference& difference) { return difference.field.starts_with("run."); };
    QVERIFY(std::none_of(differences.begin(), differences.end(), isRunField));
    Recipe byName = bookRecipe();
    byName.phases[1].usesTrainable = true;
    byName.phases[1].trainable = {"block5_conv3", "block5_conv2"};
    const auto lists = differencesOf({madeRun("/a", byName), madeRun("/b", bookRecipe())});
    QVERIFY(find(lists, "phases.1.trainable")->values[0] == (Json{"block5_conv3", "block5_conv2"}));
    QVERIFY(find(lists, "phases.1.unfreeze")->values[0].is_null());
}

void TestCliCompare::tellsWhatElseDecides()
{
    const SavedRun a = madeRun("/a", bookRecipe());
    SavedRun b = a;
    b.record.datasetFingerprint = "other";
    b.record.weightsSource = "random (He)";
    b.record.excluded = {{"x.jpg", "cut short"}};
    b.record.torchVersion = "2.6";
    std::vector<std::string> fields;
    for (const Difference& difference : differencesOf({a, b})) {
        fields.push_back(difference.field);
    }
    QCOMPARE(fields, (std::vector<std::string>{"run.data_set_fingerprint", "run.weights", "run.excluded",
                                               "run.torch_version"}));
}

void TestCliCompare::tellsUnknownKeys()
{
    SavedRun a = madeRun("/a", bookRecipe());
    SavedRun b = a;
    b.recipe.unknownKeys = R"({"later": {"idea": [1, 2]}})";
    const auto differences = differencesOf({a, b});
    QCOMPARE(differences.size(), std::size_t(1));
    QCOMPARE(differences[0].field, std::string("later.idea"));
    QVERIFY(differences[0].values == (std::vector<Json>{nullptr, Json{1, 2}}));
}

void TestCliCompare::printsResultsThenSettings()
{
    const CliResult result =
        runCli({"runs", "compare", text(m_root / "first"), text(m_root / "second") + "/"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QVERIFY(result.err.isEmpty());
    const QString words = QString::fromUtf8(result.out).simplified();
    QVERIFY2(words.startsWith("first second state finished finished recipe book book epochs 3 3 "),
             result.out.constData());
    QVERIFY(words.contains("phase 1 val accuracy 90.00 %, epoch 3 90.00 %, epoch 3"));
    QVERIFY(words.contains("phase 2 val accuracy – –"));
    QVERIFY(words.contains("test accuracy 88 % 50 %"));
    QVERIFY(words.contains("test loss 0.1250 0.1250"));
    QVERIFY(words.contains("trained for 1:01 1:01"));
    QVERIFY(words.endsWith("Settings that differ: first second batch_size 32 16"));
}

// Of the weights in best.safetensors, in each list: phase 1 was once more accurate.
void TestCliCompare::theKeptAccuracyIsTheLatestPhases()
{
    SavedRun run = madeRun("/a", bookRecipe());
    run.record.best = {{1, 3, 0.25, 0.98}, {2, 2, 0.125, 0.95}};
    QCOMPARE(comparisonOf({run, run})["runs"][0]["best_val_accuracy"].get<double>(), 0.95);
}

void TestCliCompare::printsNothingMeasuredAsADash()
{
    SavedRun run = madeRun("/a", bookRecipe());
    run.record.test->split = "validation"; // stood in: no test result
    run.record.best.clear();
    const std::string words = comparisonText({run, run});
    QVERIFY(words.find("87.50") == std::string::npos);
    const Json json = comparisonOf({run, run});
    QVERIFY(std::isnan(json["runs"][0]["test_accuracy"].get<double>())); // written as null
    QVERIFY(std::isnan(json["runs"][0]["best_val_accuracy"].get<double>()));
}

void TestCliCompare::comparesFoldersAndNames()
{
    const CliResult result = runCli({"runs", "compare", "first", "second", "--root", text(m_root), "--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QJsonObject object = result.object();
    QCOMPARE(object.keys(), (QStringList{"differences", "runs"}));
    const QJsonArray runs = object["runs"].toArray();
    QCOMPARE(runs.size(), 2);
    QCOMPARE(runs[0]["run"].toString(), text(m_root / "first"));
    QCOMPARE(runs[1]["test_accuracy"].toDouble(), 0.5);
    QCOMPARE(runs[1]["test_loss"].toDouble(), 0.125);
    QCOMPARE(runs[1]["best"][0]["val_accuracy"].toDouble(), 0.9);
    QCOMPARE(object["differences"].toArray(),
             (QJsonArray{QJsonObject{{"field", "batch_size"}, {"values", QJsonArray{32, 16}}}}));
}

void TestCliCompare::comparesThree()
{
    const CliResult result =
        runCli({"runs", "compare", "first", "second", "third", "--json", "--root", text(m_root)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QCOMPARE(result.object()["runs"].toArray().size(), 3);
    for (const QJsonValue difference : result.object()["differences"].toArray()) {
        QCOMPARE(difference["values"].toArray().size(), 3);
        if (difference["field"] == "phases.0.epochs") {
            QCOMPARE(difference["values"].toArray(), (QJsonArray{50, 50, 3}));
        }
    }
}

void TestCliCompare::refusesOneRun()
{
    for (const QStringList& runs : {QStringList{}, QStringList{text(m_root / "first")}}) {
        const CliResult result = runCli(QStringList{"runs", "compare"} + runs);
        QCOMPARE(result.exitStatus, 2);
        QCOMPARE(result.errorLines(), 1);
        QVERIFY(result.out.isEmpty());
    }
}

void TestCliCompare::namesTheRunThatCannotBeRead()
{
    const CliResult result = runCli({"runs", "compare", text(m_root / "first"), text(m_root / "absent")});
    QCOMPARE(result.exitStatus, 3);
    QCOMPARE(result.errorLines(), 1);
    QVERIFY2(result.err.contains("absent"), result.err.constData());
    QVERIFY(result.out.isEmpty());
}

THAW_TEST(TestCliCompare)
#include "test_cli_compare.moc"
