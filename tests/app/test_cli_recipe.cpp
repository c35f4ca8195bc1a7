#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <fstream>

using namespace thaw::test;

class TestCliRecipe : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void showsBuiltInRecipes();
    void showReadsBackTheSame();
    void acceptsAGoodRecipe();
    void listsEveryMistake();
    void trainingListsEveryMistakeToo();
    void flagsBeatSettingsWhichBeatTheFile();
    void refusesWhatIsNoRecipe();

private:
    TemporaryFolder m_folder;
};

void TestCliRecipe::initTestCase()
{
    isolateUserFolders(m_folder.path());
    // Three mistakes, each in another field.
    QJsonObject bad = runCli({"recipe", "show", "book"}).object();
    bad["input_size"] = 8;
    bad["dropout"] = 2.0;
    QJsonArray phases = bad["phases"].toArray();
    QJsonObject phase = phases[0].toObject();
    phase["epochs"] = 0;
    phases[0] = phase;
    bad["phases"] = phases;
    std::ofstream(m_folder / "bad.json") << QJsonDocument(bad).toJson().toStdString();
}

void TestCliRecipe::showsBuiltInRecipes()
{
    const CliResult result = runCli({"recipe", "show", "book"});
    QCOMPARE(result.exitStatus, 0);
    const QJsonObject book = result.object();
    QCOMPARE(book["input_size"].toInt(), 180);
    const QJsonArray phases = book["phases"].toArray();
    QCOMPARE(phases.size(), 2);
    QCOMPARE(phases[0]["epochs"].toInt(), 50);
    QCOMPARE(phases[1]["epochs"].toInt(), 30);
    QCOMPARE(phases[1]["unfreeze"].toInt(), 4);
    QCOMPARE(phases[1]["learning_rate"].toDouble(), 1e-5);
    QCOMPARE(runCli({"recipe", "show", "quick"}).object()["phases"].toArray().at(0)["epochs"].toInt(), 3);
}

void TestCliRecipe::showReadsBackTheSame()
{
    const CliResult shown = runCli({"recipe", "show", "quick"});
    std::ofstream(m_folder / "copy.json") << shown.out.toStdString();
    QCOMPARE(runCli({"recipe", "show", text(m_folder / "copy.json")}).out, shown.out);
}

void TestCliRecipe::acceptsAGoodRecipe()
{
    QCOMPARE(runCli({"recipe", "check", "book"}).exitStatus, 0);
    const CliResult json = runCli({"recipe", "check", "quick", "--json"});
    QCOMPARE(json.exitStatus, 0);
    QCOMPARE(json.object(), (QJsonObject{{"issues", QJsonArray{}}}));
}

void TestCliRecipe::listsEveryMistake()
{
    const QString bad = text(m_folder / "bad.json");
    const CliResult result = runCli({"recipe", "check", bad});
    QCOMPARE(result.exitStatus, 3);
    QCOMPARE(result.out.count('\n'), 3);
    for (const char* field : {"input_size: ", "dropout: ", "phases.0.epochs: "}) {
        QVERIFY2(result.out.contains(field), result.out.constData());
    }
    QVERIFY2(result.err.contains("3 mistakes"), result.err.constData());

    const CliResult json = runCli({"recipe", "check", bad, "--json"});
    QCOMPARE(json.exitStatus, 3);
    const QJsonArray issues = json.object()["issues"].toArray();
    QCOMPARE(issues.size(), 3);
    QCOMPARE(issues[0].toObject().keys(), (QStringList{"field", "message"}));

    QCOMPARE(runCli({"recipe", "show", bad}).exitStatus, 3);
}

void TestCliRecipe::trainingListsEveryMistakeToo()
{
    const auto data = m_folder / "data";
    writeSyntheticDataset(data, {});
    const auto run = m_folder / "run";
    const CliResult fromFile =
        runCli({"train", text(data), "--recipe", text(m_folder / "bad.json"), "--out", text(run)});
    const CliResult fromSettings = runCli({"train", text(data), "--out", text(run), "--set", "input_size=8",
                                           "--set", "dropout=2", "--set", "phases.0.epochs=0"});
    for (const CliResult& result : {fromFile, fromSettings}) {
        QCOMPARE(result.exitStatus, 3);
        QCOMPARE(result.errorLines(), 1);
        for (const char* field : {"input_size", "dropout", "phases.0.epochs"}) {
            QVERIFY2(result.err.contains(field), result.err.constData());
        }
    }
    QVERIFY(!std::filesystem::exists(run));
}

void TestCliRecipe::flagsBeatSettingsWhichBeatTheFile()
{
    const auto data = m_folder / "precedence data";
    SyntheticSpec spec;
    spec.perClass = 8;
    writeSyntheticDataset(data, spec);
    QJsonObject file = runCli({"recipe", "show", "quick"}).object();
    file["seed"] = 1;
    file["dropout"] = 0.1;
    file["batch_size"] = 4;
    std::ofstream(m_folder / "mine.json") << QJsonDocument(file).toJson().toStdString();
    const auto run = m_folder / "precedence run";
    QStringList arguments = quickTraining(data, run, 1);
    arguments[arguments.indexOf("quick")] = text(m_folder / "mine.json");
    const CliResult result = runCli(arguments + QStringList{"--set", "seed=2", "--set", "dropout=0.2"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QJsonObject used = runCli({"recipe", "show", text(run / "recipe.json")}).object();
    QCOMPARE(used["seed"].toInt(), 3); // --seed 3 of quickTraining over --set over the file
    QCOMPARE(used["split"].toObject()["seed"].toInt(), 0); // none of the training's
    QCOMPARE(used["dropout"].toDouble(), 0.2);
    QCOMPARE(used["batch_size"].toInt(), 8); // --set of quickTraining over the file
}

void TestCliRecipe::refusesWhatIsNoRecipe()
{
    std::ofstream(m_folder / "broken.json") << "{\"input_size\": ";
    const CliResult broken = runCli({"recipe", "check", text(m_folder / "broken.json")});
    QCOMPARE(broken.exitStatus, 3);
    QCOMPARE(broken.errorLines(), 1);
    QVERIFY(broken.err.contains("broken.json"));
    QCOMPARE(runCli({"recipe", "check", text(m_folder / "missing.json")}).exitStatus, 3);
    QCOMPARE(runCli({"recipe", "show", "/dev/zero"}).exitStatus, 3);
}

THAW_TEST(TestCliRecipe)
#include "test_cli_recipe.moc"
