#include "core/model/weights.h"
#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <fstream>

using namespace thaw::test;

/// What can be done with a run once it is trained.
class TestCliResults : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void evaluatesTheTestSplit();
    void evaluatesAnotherSplitAndAFile();
    void saysWhenThereIsNoSuchSplit();
    void predictsFilesAndFolders();
    void predictsLinkedFoldersOnce();
    void predictsIntoACsv();
    void goesOnPastABrokenPicture();
    void exportsBothFormats();
    void exportLeavesNothingBehindOnFailure();
    void listsRuns();
    void listsNothingWhereThereIsNothing();
    void showsARun();
    void findsARunByName();
    void refusesWhatIsNoModel();

private:
    TemporaryFolder m_folder;
    std::filesystem::path m_data;
    std::filesystem::path m_root;
    std::filesystem::path m_run;
};

void TestCliResults::initTestCase()
{
    isolateUserFolders(m_folder.path());
    m_data = m_folder / "hues";
    SyntheticSpec spec;
    spec.perClass = 10;
    spec.splitFolders = true;
    writeSyntheticDataset(m_data, spec);
    m_root = m_folder / "runs";
    m_run = m_root / "first";
    const CliResult result = runCli(quickTraining(m_data, m_run));
    QVERIFY2(result.exitStatus == 0, result.err.constData());
}

void TestCliResults::evaluatesTheTestSplit()
{
    const CliResult result = runCli({"evaluate", text(m_run), text(m_data), "--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QJsonObject evaluation = result.object();
    QCOMPARE(evaluation.keys(), (QStringList{"accuracy", "by_class", "classes", "confusion", "images",
                                             "left_out", "loss", "split"}));
    QCOMPARE(evaluation["left_out"].toArray().size(), 0);
    QCOMPARE(evaluation["split"].toString(), QString("test"));
    QCOMPARE(evaluation["images"].toInt(), 20);
    QCOMPARE(evaluation["classes"].toArray(), (QJsonArray{"blue", "red"}));
    const QJsonArray confusion = evaluation["confusion"].toArray();
    int right = 0;
    for (int truth = 0; truth < 2; ++truth) {
        const QJsonArray row = confusion[truth].toArray();
        QCOMPARE(row[0].toInt() + row[1].toInt(), 10);
        right += row[truth].toInt();
    }
    QCOMPARE(evaluation["accuracy"].toDouble(), right / 20.0);
    const QJsonArray byClass = evaluation["by_class"].toArray();
    QCOMPARE(byClass.size(), 2);
    for (int truth = 0; truth < 2; ++truth) {
        const QJsonObject metrics = byClass[truth].toObject();
        QCOMPARE(metrics.keys(), (QStringList{"class", "f1", "images", "precision", "recall"}));
        QCOMPARE(metrics["class"], evaluation["classes"][truth]);
        QCOMPARE(metrics["images"].toInt(), 10);
    }
    // The run was tested on the same pictures with the same weights.
    const QJsonObject test = runCli({"runs", "show", text(m_run), "--json"}).object()["test"].toObject();
    QCOMPARE(test["images"].toInt(), 20);
    QCOMPARE(evaluation["accuracy"].toDouble(), test["accuracy"].toDouble());
}

void TestCliResults::evaluatesAnotherSplitAndAFile()
{
    const CliResult words =
        runCli({"evaluate", text(m_run / "best.safetensors"), text(m_data), "--split", "validation"});
    QVERIFY2(words.exitStatus == 0, words.err.constData());
    QVERIFY2(words.out.startsWith("validation: 20 pictures, accuracy "), words.out.constData());
    QCOMPARE(runCli({"evaluate", text(m_run), "--json"}).object()["images"].toInt(), 20);
}

void TestCliResults::saysWhenThereIsNoSuchSplit()
{
    const auto data = m_folder / "no test";
    std::filesystem::copy(m_data, data, std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(data / "test");
    const CliResult fallback = runCli({"evaluate", text(m_run), text(data), "--json"});
    QCOMPARE(fallback.object()["split"].toString(), QString("validation"));
    const CliResult missing = runCli({"evaluate", text(m_run), text(data), "--split", "test"});
    QCOMPARE(missing.exitStatus, 3);
}

void TestCliResults::predictsFilesAndFolders()
{
    const QString file = text(m_data / "test" / "red" / "red.3.png");
    const QString folder = text(m_data / "test" / "blue");
    const CliResult result = runCli({"predict", text(m_run), file, folder, "--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QList<QJsonObject> predictions = result.lines();
    QCOMPARE(predictions.size(), 11);
    QCOMPARE(predictions[0]["path"].toString(), file);
    QCOMPARE(predictions[1]["path"].toString(), folder + "/blue.0.png");
    QCOMPARE(predictions[10]["path"].toString(), folder + "/blue.9.png");
    for (const QJsonObject& prediction : predictions) {
        QCOMPARE(prediction.keys(), (QStringList{"label", "path", "probabilities", "probability"}));
        const QJsonObject shares = prediction["probabilities"].toObject();
        const double sum = shares["blue"].toDouble() + shares["red"].toDouble();
        QVERIFY(std::abs(sum - 1) < 1e-6); // two numbers that come from one float32 sigmoid
        QCOMPARE(prediction["probability"].toDouble(), shares[prediction["label"].toString()].toDouble());
        QVERIFY(prediction["probability"].toDouble() >= 0.5);
    }
    const CliResult words = runCli({"predict", text(m_run), file});
    QVERIFY2(words.out.startsWith(file.toUtf8() + "  "), words.out.constData());
}

// As scanning does: a link is a folder like another, and one that leads back up is no way round.
void TestCliResults::predictsLinkedFoldersOnce()
{
    const auto folder = m_folder / "links";
    std::filesystem::create_directories(folder / "own");
    std::filesystem::create_directory_symlink(m_data / "test" / "blue", folder / "linked");
    std::filesystem::create_directory_symlink(m_data / "test" / "blue", folder / "own" / "again");
    std::filesystem::create_directory_symlink(folder, folder / "own" / "back");
    const CliResult result = runCli({"predict", text(m_run), text(folder), "--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QCOMPARE(result.lines().size(), 10);
}

void TestCliResults::predictsIntoACsv()
{
    const auto pictures = m_folder / "odd, \"names\"";
    std::filesystem::create_directories(pictures);
    std::filesystem::copy_file(m_data / "test" / "red" / "red.0.png", pictures / "a.png");
    std::ofstream(pictures / "b.png") << "no picture";
    const auto csv = m_folder / "out.csv";
    const CliResult result = runCli({"predict", text(m_run), text(pictures), "--csv", text(csv)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QFile file(text(csv));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = file.readAll().replace("\r", "").split('\n');
    QCOMPARE(lines.size(), 4); // header, two pictures, nothing after the last line's end
    QCOMPARE(lines[0], QByteArray("path,label,probability,blue,red,error"));
    const QByteArray quoted = "\"" + text(pictures).toUtf8().replace("\"", "\"\"");
    QVERIFY2(lines[1].startsWith(quoted + "/a.png\","), lines[1].constData());
    QVERIFY2(lines[2].startsWith(quoted + "/b.png\",,,,,"), lines[2].constData());

    const CliResult unwritable =
        runCli({"predict", text(m_run), text(pictures), "--csv", text(csv / "below a file.csv")});
    QCOMPARE(unwritable.exitStatus, 4);
}

void TestCliResults::goesOnPastABrokenPicture()
{
    const auto broken = m_folder / "broken.jpg";
    std::ofstream(broken) << "\xFF\xD8\xFF and no more";
    const QString good = text(m_data / "test" / "red" / "red.0.png");
    const QString missing = text(m_folder / "missing.png");
    const CliResult result = runCli({"predict", text(m_run), text(broken), good, missing, "--json"});
    QCOMPARE(result.exitStatus, 0);
    QCOMPARE(result.lines().size(), 3);
    QCOMPARE(result.lines()[0].keys(), (QStringList{"error", "path"}));
    QCOMPARE(result.lines()[1]["path"].toString(), good);
    QVERIFY(result.lines()[1].contains("label"));
    QCOMPARE(result.lines()[2]["path"].toString(), missing);
    QVERIFY(!result.lines()[2]["error"].toString().isEmpty());
    QCOMPARE(runCli({"predict", text(m_run), text(broken)}).exitStatus, 3);

    std::filesystem::create_directories(m_folder / "nothing");
    QCOMPARE(runCli({"predict", text(m_run), text(m_folder / "nothing")}).exitStatus, 3);
}

void TestCliResults::exportsBothFormats()
{
    const auto weights = m_folder / "model.safetensors";
    QCOMPARE(runCli({"export", text(m_run), "--format", "safetensors", "--out", text(weights)}).exitStatus,
             0);
    const thaw::ModelWeights model = thaw::readModelWeights(weights);
    QCOMPARE(model.classes, (std::vector<std::string>{"blue", "red"}));
    QCOMPARE(model.transform.inputSize, 32);
    // A model that was exported answers as the run does.
    const QJsonObject ofRun = runCli({"evaluate", text(m_run), text(m_data), "--json"}).object();
    const QJsonObject ofFile = runCli({"evaluate", text(weights), text(m_data), "--json"}).object();
    QCOMPARE(ofFile["confusion"].toArray(), ofRun["confusion"].toArray());

    const auto script = m_folder / "model.pt";
    const CliResult result =
        runCli({"export", text(m_run), "--format", "torchscript", "--out", text(script)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QVERIFY(result.out.startsWith(text(script).toUtf8()));
    QVERIFY(std::filesystem::file_size(script) > 1000);
}

void TestCliResults::exportLeavesNothingBehindOnFailure()
{
    const auto target = m_folder / "no folder" / "model.pt";
    QCOMPARE(runCli({"export", text(m_run), "--format", "torchscript", "--out", text(target)}).exitStatus, 4);
    QVERIFY(!std::filesystem::exists(target.parent_path()));
    const CliResult self =
        runCli({"export", text(m_run), "--format", "safetensors", "--out", text(m_run / "best.safetensors")});
    QCOMPARE(self.exitStatus, 2);
    QCOMPARE(
        runCli({"export", text(m_run), "--format", "safetensors", "--out", text(m_folder.path())}).exitStatus,
        2);
}

void TestCliResults::listsRuns()
{
    std::filesystem::create_directories(m_root / "damaged");
    std::ofstream(m_root / "damaged" / "run.json") << "{";
    const CliResult result = runCli({"runs", "list", "--root", text(m_root), "--json"});
    QCOMPARE(result.exitStatus, 0);
    const QJsonArray runs = result.object()["runs"].toArray();
    QCOMPARE(runs.size(), 1);
    QCOMPARE(runs[0]["run"].toString(), text(m_run));
    QCOMPARE(runs[0]["state"].toString(), QString("finished"));
    QCOMPARE(runs[0]["epochs"].toInt(), 4);
    QVERIFY(runs[0]["best_val_accuracy"].isDouble());
    QVERIFY(runs[0]["test_accuracy"].isDouble());
    const QJsonArray broken = result.object()["broken"].toArray();
    QCOMPARE(broken.size(), 1);
    QCOMPARE(broken[0]["run"].toString(), text(m_root / "damaged"));

    const CliResult words = runCli({"runs", "list", "--root", text(m_root)});
    QVERIFY2(words.out.contains("first") && words.out.contains("finished"), words.out.constData());
    QVERIFY2(words.err.contains("damaged"), words.err.constData());
    std::filesystem::remove_all(m_root / "damaged");
}

void TestCliResults::listsNothingWhereThereIsNothing()
{
    const CliResult result = runCli({"runs", "list", "--root", text(m_folder / "absent"), "--json"});
    QCOMPARE(result.exitStatus, 0);
    QCOMPARE(result.object()["runs"].toArray().size(), 0);
    QCOMPARE(runCli({"runs", "list"}).exitStatus, 0);
}

void TestCliResults::showsARun()
{
    const CliResult result = runCli({"runs", "show", text(m_run), "--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QJsonObject run = result.object();
    QCOMPARE(run["settings"].toObject()["input_size"].toInt(), 32);
    QCOMPARE(run["best"].toArray().size(), 2);
    QCOMPARE(run["history"].toArray().size(), 4);
    QCOMPARE(run["images"].toObject()["train"].toArray(), (QJsonArray{10, 10}));
    const CliResult words = runCli({"runs", "show", text(m_run)});
    const QString shown = QString::fromUtf8(words.out).simplified();
    QVERIFY2(shown.contains("state finished"), words.out.constData());
    QVERIFY(shown.contains("pictures 20 train, 20 validation, 20 test"));
    QVERIFY(shown.contains("test: accuracy"));
}

void TestCliResults::findsARunByName()
{
    QCOMPARE(runCli({"runs", "show", "first", "--root", text(m_root)}).exitStatus, 0);
    QCOMPARE(runCli({"runs", "show", "second", "--root", text(m_root)}).exitStatus, 3);
}

void TestCliResults::refusesWhatIsNoModel()
{
    const auto junk = m_folder / "junk.safetensors";
    std::ofstream(junk) << "not weights at all";
    for (const auto& run : {junk, m_data, m_folder / "missing"}) {
        const CliResult result = runCli({"evaluate", text(run), text(m_data)});
        QCOMPARE(result.exitStatus, 3);
        QCOMPARE(result.errorLines(), 1);
    }
}

THAW_TEST(TestCliResults)
#include "test_cli_results.moc"
