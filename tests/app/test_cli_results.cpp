#include "core/base/printable.h"
#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/model/weights/format/safetensors_file.h"
#include "core/model/weights/weights.h"
#include "core/run/run_record_json.h"
#include "core/run/run_split.h"
#include "core/run/run_store.h"
#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <csignal>
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
    void otherPicturesAreAllMeasured();
    void aMixtureIsNotMeasuredOnWhatWasTrainedOn();
    void classesAreMatchedByName();
    void findingsAreOfTheRunsSplits();
    void onlyTheRunsOwnResultIsKept();
    void aThresholdIsKept();
    void labelsOfARunAndOfAFolder();
    void predictsFilesAndFolders();
    void predictNamesWhatItDoesNotRead();
    void predictInterruptedSaysSo();
    void nothingSpeaksToTheTerminal();
    void predictsLinkedFoldersOnce();
    void predictsIntoACsv();
    void goesOnPastABrokenPicture();
    void exportsBothFormats();
    void exportsAreVerified();
    void exportLeavesNothingBehindOnFailure();
    void listsRuns();
    void listsNothingWhereThereIsNothing();
    void showsARun();
    void showsTheSettingsThatAreNotAsByDefault();
    void showsWhatTheFilesSay();
    void findsARunByName();
    void refusesWhatIsNoModel();
    void refusesAModelThatWasChangedOrExchanged();

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
    QCOMPARE(evaluation.keys(), (QStringList{"accuracy",
                                             "accuracy_interval",
                                             "balanced_accuracy",
                                             "baseline",
                                             "brier",
                                             "by_class",
                                             "classes",
                                             "confusion",
                                             "ece",
                                             "images",
                                             "left_out",
                                             "loss",
                                             "macro",
                                             "mce",
                                             "split",
                                             "threshold",
                                             "top5",
                                             "total",
                                             "unknown_classes",
                                             "unmeasured",
                                             "weighted"}));
    QCOMPARE(evaluation["total"].toInt(), 60);
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
        QCOMPARE(metrics.keys(),
                 (QStringList{"auc", "average_precision", "class", "f1", "images", "most_confused_with",
                              "precision", "precision_interval", "recall", "recall_interval"}));
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
    QVERIFY2(words.out.startsWith("validation: 20 of 60 pictures, accuracy "), words.out.constData());
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

void TestCliResults::otherPicturesAreAllMeasured()
{
    const auto other = m_folder / "other";
    SyntheticSpec spec;
    spec.perClass = 6;
    spec.seed = 77;
    writeSyntheticDataset(other, spec);
    const CliResult words = runCli({"evaluate", text(m_run), text(other)});
    QVERIFY2(words.exitStatus == 0, words.err.constData());
    QVERIFY2(words.out.startsWith("all: 12 of 12 pictures, accuracy "), words.out.constData());
    QVERIFY2(!words.err.contains("training pictures"), words.err.constData());
    QVERIFY2(words.err.contains("not kept in the run"), words.err.constData());
    QCOMPARE(runCli({"evaluate", text(m_run), text(other), "--split", "all", "--json"}).object()["images"],
             12);
    // A part that nobody defined is measured when asked for, and it is said who dealt it.
    const CliResult test = runCli({"evaluate", text(m_run), text(other), "--split", "test"});
    QVERIFY2(test.out.startsWith("test: 2 of 12 pictures"), test.out.constData());
    QVERIFY2(test.err.contains("no splits of their own"), test.err.constData());
    // One class is a result too.
    std::filesystem::remove_all(other / "red");
    const CliResult one = runCli({"evaluate", text(m_run), text(other)});
    QVERIFY2(one.exitStatus == 0, one.err.constData());
    QVERIFY2(one.out.startsWith("all: 6 of 6 pictures") && one.out.contains(" over 1 of 2 classes"),
             one.out.constData());
}

void TestCliResults::aMixtureIsNotMeasuredOnWhatWasTrainedOn()
{
    const auto mixture = m_folder / "mixture";
    for (const char* name : {"blue", "red"}) {
        std::filesystem::create_directories(mixture / name);
        for (const char* split : {"train", "validation", "test"}) {
            for (const auto& entry : std::filesystem::directory_iterator(m_data / split / name)) {
                std::filesystem::copy_file(entry.path(),
                                           mixture / name / (split + entry.path().filename().string()));
            }
        }
    }
    SyntheticSpec spec;
    spec.perClass = 3;
    spec.seed = 78;
    writeSyntheticDataset(mixture, spec);
    const CliResult result = runCli({"evaluate", text(m_run), text(mixture)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QVERIFY2(result.out.startsWith("unseen: 26 of 66 pictures"), result.out.constData());
    QVERIFY2(result.err.contains("40 pictures left out that the run has seen"), result.err.constData());
    const CliResult all = runCli({"evaluate", text(m_run), text(mixture), "--split", "all"});
    QVERIFY2(all.out.startsWith("all: 66 of 66 pictures"), all.out.constData());
    QVERIFY2(all.err.contains("trained on 20 pictures of the 66"), all.err.constData());
}

void TestCliResults::classesAreMatchedByName()
{
    const auto other = m_folder / "more classes";
    SyntheticSpec spec;
    spec.classes = {"Blue", "green", "red"};
    spec.perClass = 4;
    spec.seed = 79;
    writeSyntheticDataset(other, spec);
    const CliResult result = runCli({"evaluate", text(m_run), text(other)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QVERIFY2(result.out.startsWith("all: 4 of 12 pictures"), result.out.constData());
    QVERIFY2(result.err.contains("8 pictures left out, of classes that the model does not know"),
             result.err.constData());
    QVERIFY2(result.err.contains("Blue: 4 pictures; perhaps it is blue?"), result.err.constData());
    QVERIFY2(result.err.contains("The model's classes: blue, red"), result.err.constData());
    const QJsonObject json = runCli({"evaluate", text(m_run), text(other), "--json"}).object();
    QCOMPARE(json["left_out"].toArray().size(), 8);
    QCOMPARE(json["unknown_classes"].toArray().size(), 2);
    std::filesystem::remove_all(other / "red");
    const CliResult none = runCli({"evaluate", text(m_run), text(other)});
    QCOMPARE(none.exitStatus, 3);
    QVERIFY2(none.err.contains("Blue (perhaps blue)"), none.err.constData());
    QVERIFY2(none.err.contains("the model's classes are blue, red"), none.err.constData());
}

// Pictures of a run with what it noted of them, dealt otherwise by the rule: no copy is told to be in two
// splits.
void TestCliResults::findingsAreOfTheRunsSplits()
{
    const auto data = m_folder / "twice";
    SyntheticSpec spec;
    spec.perClass = 10;
    writeSyntheticDataset(data, spec);
    for (int i = 0; i < 10; ++i) {
        const std::string name = "red." + std::to_string(i);
        std::filesystem::copy_file(data / "red" / (name + ".png"),
                                   data / "red" / ("copy of " + name + ".png"));
    }
    thaw::DatasetIndex index = thaw::scanDataset(data, {}).value();
    for (thaw::Sample& sample : index.samples) {
        sample.split = sample.label == 0 ? thaw::Split::Test : thaw::Split::Train;
    }
    const auto run = m_folder / "noted";
    std::filesystem::copy(m_run, run, std::filesystem::copy_options::recursive);
    thaw::SavedRun saved = thaw::loadRun(run);
    saved.record.datasetPath = data.string();
    thaw::writeRunRecord(thaw::RunFiles{run}.record(), saved.record);
    thaw::writeRunSplit(thaw::RunFiles{run}.split(), thaw::splitEntriesOf(index));
    const CliResult own = runCli({"evaluate", text(run)});
    QVERIFY2(own.exitStatus == 0, own.err.constData());
    QVERIFY2(own.err.contains("the same picture as"), own.err.constData());
    QVERIFY2(!own.err.contains("split\n"), own.err.constData());
    // Another data set is not the run's, even with the same names in it.
    const auto other = m_folder / "twice, elsewhere";
    std::filesystem::copy(data, other, std::filesystem::copy_options::recursive);
    const CliResult copied = runCli({"evaluate", text(run), text(other)});
    QVERIFY2(copied.err.contains("which is in the "), copied.err.constData());
}

void TestCliResults::onlyTheRunsOwnResultIsKept()
{
    const auto run = m_folder / "kept";
    std::filesystem::copy(m_run, run, std::filesystem::copy_options::recursive);
    std::filesystem::remove(run / "evaluation.json");
    std::filesystem::remove(run / "predictions.csv");
    const auto isKept = [&](const QStringList& how) {
        const CliResult result = runCli(QStringList{"evaluate", text(run)} + how);
        return result.exitStatus == 0 && std::filesystem::exists(run / "evaluation.json");
    };
    const auto other = m_folder / "kept other";
    SyntheticSpec spec;
    spec.perClass = 4;
    spec.seed = 80;
    writeSyntheticDataset(other, spec);
    QVERIFY(!isKept({text(other)}));
    QVERIFY(!isKept({"--split", "train"}));
    QVERIFY(!isKept({"--split", "all"}));
    QVERIFY(isKept({}));
    QVERIFY(std::filesystem::exists(run / "predictions.csv"));
    const auto kept = [&] {
        QFile file(text(run / "evaluation.json"));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray before = kept();
    QVERIFY(isKept({text(other)}));
    QCOMPARE(kept(), before);
}

void TestCliResults::aThresholdIsKept()
{
    const auto evaluated = [&](const QStringList& more) {
        return runCli(QStringList{"evaluate", text(m_run), text(m_data)} + more);
    };
    const QJsonObject before = evaluated({"--json"}).object();
    QVERIFY(before["threshold"].isNull());
    const QJsonObject given = evaluated({"--json", "--threshold", "0.9"}).object();
    QCOMPARE(given["threshold"]["value"].toDouble(), 0.9);
    QCOMPARE(given["threshold"]["chosen_on"].toString(), QString("given"));
    // It is asked for by itself from now on, and changes nothing else.
    const QJsonObject again = evaluated({"--json"}).object();
    QCOMPARE(again, given);
    QJsonObject without = given;
    without["threshold"] = QJsonValue();
    QCOMPARE(without, before);
    QVERIFY(evaluated({}).out.contains("At the threshold 0.9000 for red"));
    QVERIFY(evaluated({"--json", "--threshold", "none"}).object()["threshold"].isNull());
    QVERIFY(evaluated({"--json"}).object()["threshold"].isNull());
}

void TestCliResults::labelsOfARunAndOfAFolder()
{
    const auto data = m_folder / "mislabelled";
    SyntheticSpec spec;
    spec.perClass = 20;
    writeSyntheticDataset(data, spec);
    const auto wrong = data / "red" / "in truth blue.png";
    std::filesystem::rename(std::filesystem::directory_iterator(data / "blue")->path(), wrong);
    const CliResult checked =
        runCli({"labels", text(data), "--weights", text(RunFiles{m_run}.best()), "--json"});
    QVERIFY2(checked.exitStatus == 0, checked.err.constData());
    const QJsonObject json = checked.object();
    QCOMPARE(json.keys(), (QStringList{"agreement", "classes", "images", "left_out", "suspects"}));
    QCOMPARE(json["images"].toInt(), 40);
    const QJsonObject first = json["suspects"][0].toObject();
    QCOMPARE(first["path"].toString(), text(wrong));
    QCOMPARE(first["given"].toString(), QString("red"));
    QCOMPARE(first["suggested"].toString(), QString("blue"));
    QVERIFY(first["self_confidence"].toDouble() < 0.5);
    // A run names its data set, and the weights that it began with.
    const CliResult ofRun = runCli({"labels", text(m_run)});
    QVERIFY2(ofRun.exitStatus == 0, ofRun.err.constData());
    QVERIFY2(ofRun.out.contains("in 60 pictures"), ofRun.out.constData());
    QVERIFY(ofRun.err.contains("without pretrained weights"));
    QCOMPARE(runCli({"labels", text(m_folder / "nowhere")}).exitStatus, 3);
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
        QCOMPARE(prediction.keys(), (QStringList{"label", "path", "probabilities", "probability", "top"}));
        QCOMPARE(prediction["top"].toArray(),
                 (QJsonArray{QJsonObject{{"class", prediction["label"]},
                                         {"probability", prediction["probability"]}}}));
        const QJsonObject shares = prediction["probabilities"].toObject();
        const double sum = shares["blue"].toDouble() + shares["red"].toDouble();
        QVERIFY(std::abs(sum - 1) < 1e-6); // two numbers that come from one float32 sigmoid
        QCOMPARE(prediction["probability"].toDouble(), shares[prediction["label"].toString()].toDouble());
        QVERIFY(prediction["probability"].toDouble() >= 0.5);
    }
    const CliResult words = runCli({"predict", text(m_run), file});
    QVERIFY2(words.out.startsWith(file.toUtf8() + "  "), words.out.constData());
    QCOMPARE(words.out.count('%'), 1);
    const CliResult two = runCli({"predict", text(m_run), file, "--top", "5", "--json"});
    const QJsonArray top = two.lines().at(0)["top"].toArray();
    QCOMPARE(top.size(), 2); // there are no more classes
    QVERIFY(top[0]["probability"].toDouble() >= top[1]["probability"].toDouble());
    QCOMPARE(runCli({"predict", text(m_run), file, "--top", "2"}).out.count('%'), 2);
    QCOMPARE(runCli({"predict", text(m_run), file, "--top", "0"}).exitStatus, 2);
}

// Half of a folder may be of a kind that cannot be read: its results must not look like those of the whole.
void TestCliResults::predictNamesWhatItDoesNotRead()
{
    const auto folder = m_folder / "mixed";
    std::filesystem::create_directories(folder / "below");
    const auto picture = m_data / "test" / "red" / "red.0.png";
    std::filesystem::copy_file(picture, folder / "b.png");
    for (const char* name : {"a.cr2", "below/notes.txt", "z.pdf", ".hidden", "Thumbs.db"}) {
        std::ofstream(folder / name) << "no picture";
    }
    const CliResult result = runCli({"predict", text(m_run), text(folder), "--json"});
    QCOMPARE(result.exitStatus, 0);
    QStringList told;
    for (const QJsonObject& line : result.lines()) {
        told << QFileInfo(line["path"].toString()).fileName() + (line.contains("error") ? " !" : "");
    }
    QCOMPARE(told, (QStringList{"a.cr2 !", "b.png", "notes.txt !", "z.pdf !"}));
    QVERIFY(result.lines()[0]["error"].toString().startsWith("cr2 files are not supported"));
    QVERIFY(result.lines()[3]["error"].toString().contains("PDF"));
    QVERIFY2(result.err.contains("3 files of 4 could not be classified"), result.err.constData());
    const auto csv = m_folder / "mixed.csv";
    const CliResult words = runCli({"predict", text(m_run), text(folder), "--csv", text(csv)});
    QVERIFY2(words.out.contains("notes.txt  cannot be classified: "), words.out.constData());
    QFile file(text(csv));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll().count('\n'), 5);
    std::filesystem::remove(folder / "b.png");
    const CliResult none = runCli({"predict", text(m_run), text(folder), "--json"});
    QCOMPARE(none.exitStatus, 3);
    QCOMPARE(none.lines().size(), 3);
}

// A script must not take the first part of a list for the whole.
void TestCliResults::predictInterruptedSaysSo()
{
    const auto csv = m_folder / "interrupted.csv";
    QStringList arguments{"predict", text(m_run), "--json", "--csv", text(csv)};
    for (int i = 0; i < 150; ++i) {
        arguments << text(m_data);
    }
    QProcess process;
    startCli(process, arguments);
    QByteArray read;
    QVERIFY(waitForOutput(process, "path", read));
    kill(static_cast<pid_t>(process.processId()), SIGINT);
    const CliResult result = finishCli(process);
    QVERIFY(result.out.count('\n') < 9'000 - 1);
    QCOMPARE(result.exitStatus, 130);
    QVERIFY(!std::filesystem::exists(csv));
}

// The names of files and classes come from strangers.
void TestCliResults::nothingSpeaksToTheTerminal()
{
    const auto folder = m_folder / "\x1b[31mevil\u202E";
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(m_data / "test" / "red" / "red.0.png", folder / "a\u009B\x9B\u200B.png");
    std::ofstream(folder / "=1+1\x07.txt") << "no picture";
    const auto csv = m_folder / "evil.csv";
    for (const QStringList& how : {QStringList{}, QStringList{"--json"}, QStringList{"--csv", text(csv)}}) {
        const CliResult result =
            runCli(QStringList{"predict", text(m_run), QString::fromStdString(folder.string())} + how);
        QByteArray all = result.out + result.err;
        if (QFile file(text(csv)); file.open(QIODevice::ReadOnly)) {
            all += file.readAll().replace("\r\n", "\n");
        }
        QVERIFY(all.contains("evil"));
        QCOMPARE(QByteArray::fromStdString(thaw::printableLines(all.toStdString())), all);
    }
    for (const QStringList& words :
         {QStringList{"\x1b[2J"}, QStringList{"train", "--\x1b[2J"},
          QStringList{"runs", "show", "\x1b[2J\u202E"}, QStringList{"evaluate", text(m_run), "\u009B2J"}})
    {
        const CliResult result = runCli(words);
        QVERIFY(result.exitStatus == 2 || result.exitStatus == 3);
        QVERIFY2(result.err.contains("\\"), result.err.constData());
        QCOMPARE(QByteArray::fromStdString(thaw::printableLines(result.err.toStdString())), result.err);
    }
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
    QCOMPARE(lines[0], QByteArray("path,label,probability,error,p:blue,p:red"));
    const QByteArray quoted = "\"" + text(pictures).toUtf8().replace("\"", "\"\"");
    QVERIFY2(lines[1].startsWith(quoted + "/a.png\","), lines[1].constData());
    QVERIFY2(lines[2].startsWith(quoted + "/b.png\",,,"), lines[2].constData());
    QVERIFY2(lines[2].endsWith(",,"), lines[2].constData());
    QCOMPARE(lines[1].count(','), 6); // one of them in the name

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

void TestCliResults::exportsAreVerified()
{
    const auto graph = m_folder / "model.onnx";
    const CliResult result = runCli({"export", text(m_run), "--format", "onnx-image", "--out", text(graph)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QVERIFY2(result.out.contains("compared on ") && !result.out.contains("made"), result.out.constData());
    const CliResult verified = runCli({"export", text(m_run), "--verify", text(graph), "--json"});
    QCOMPARE(verified.exitStatus, 0);
    QVERIFY(verified.object()["agrees"].toBool() && verified.object()["pictures"].toInt() > 0);

    // Another head is another model.
    thaw::ModelWeights model = thaw::readModelWeights(m_run / "best.safetensors");
    for (thaw::NamedTensor& tensor : model.head) {
        std::fill(tensor.values.begin(), tensor.values.end(), 0.0f);
    }
    thaw::writeModelWeights(m_folder / "other.safetensors", model);
    const CliResult other =
        runCli({"export", text(m_folder / "other.safetensors"), "--verify", text(graph), "--json"});
    QCOMPARE(other.exitStatus, 1);
    QVERIFY(!other.object()["agrees"].toBool());
    std::filesystem::resize_file(graph, std::filesystem::file_size(graph) / 2);
    QCOMPARE(runCli({"export", text(m_run), "--verify", text(graph)}).exitStatus, 3);
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
    const QJsonObject test = run["test"].toObject();
    QCOMPARE(test["images_by_class"].toArray(), (QJsonArray{10, 10}));
    int right = 0;
    for (const QJsonValue& each : test["correct_by_class"].toArray()) {
        right += each.toInt();
    }
    QCOMPARE(right / 20.0, test["accuracy"].toDouble());
}

void TestCliResults::showsTheSettingsThatAreNotAsByDefault()
{
    const auto folder = m_folder / "runs of others" / "changed";
    std::filesystem::create_directories(folder.parent_path());
    std::filesystem::copy(m_run, folder, std::filesystem::copy_options::recursive);
    thaw::SavedRun run = thaw::loadRun(folder);
    run.recipe.labelSmoothing = 0.125;
    run.recipe.phases[1].optimizer = thaw::OptimizerKind::Sgd;
    run.recipe.phases[1].momentum = 0.75;
    std::ofstream(folder / "recipe.json") << thaw::formatRecipe(run.recipe);
    const CliResult words = runCli({"runs", "show", text(folder)});
    QVERIFY2(words.exitStatus == 0, words.err.constData());
    QVERIFY2(words.out.contains("label_smoothing 0.125"), words.out.constData());
    QVERIFY2(words.out.contains("optimizer sgd, momentum 0.75"), words.out.constData());
    QCOMPARE(words.out.count("momentum"), 1);
    QVERIFY(!words.out.contains("weight_decay")); // which means nothing there
}

void TestCliResults::showsWhatTheFilesSay()
{
    const QJsonArray history = runCli({"runs", "show", text(m_run), "--json"}).object()["history"].toArray();
    QFile file(text(m_run / "history.csv"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> rows = file.readAll().trimmed().split('\n');
    const QList<QByteArray> columns = rows[0].trimmed().split(',');
    QCOMPARE(columns.size(), 8);
    QCOMPARE(history.size(), rows.size() - 1);
    for (qsizetype i = 0; i < history.size(); ++i) {
        const QList<QByteArray> values = rows[i + 1].trimmed().split(',');
        const QJsonObject epoch = history[i].toObject();
        QCOMPARE(epoch.size(), columns.size());
        for (qsizetype column = 0; column < columns.size(); ++column) {
            const QJsonValue value = epoch[QString::fromUtf8(columns[column])];
            QVERIFY2(value.isDouble(), columns[column].constData());
            QCOMPARE(value.toDouble(), values[column].toDouble());
        }
        QVERIFY(epoch["loss"] != epoch["val_loss"]);
    }
    // A run.json that somebody changed is shown as it is, whole.
    const auto run = m_folder / "changed";
    std::filesystem::copy(m_run, run, std::filesystem::copy_options::recursive);
    QFile record(text(run / "run.json"));
    QVERIFY(record.open(QIODevice::ReadWrite));
    QJsonObject json = QJsonDocument::fromJson(record.readAll()).object();
    QJsonObject test = json["test"].toObject();
    test["loss"] = 1e308;
    test["accuracy"] = 1e308;
    json["test"] = test;
    json["notes"] = "\x1b[2J";
    json["error"] = "\u202E\u009B";
    record.seek(0);
    record.resize(0);
    record.write(QJsonDocument(json).toJson());
    record.close();
    for (const QStringList& how : {QStringList{"show"}, QStringList{"show", "--json"}}) {
        const CliResult shown = runCli(QStringList{"runs"} + how + QStringList{text(run)});
        QVERIFY2(shown.exitStatus == 0, shown.err.constData());
        QVERIFY2(shown.out.contains("1e+308"), shown.out.constData());
        QVERIFY(shown.out.contains("\\u202e\\u009b"));
        QCOMPARE(QByteArray::fromStdString(thaw::printableLines(shown.out.toStdString())), shown.out);
    }
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

// It would be measured, exported and shown under the run's name.
void TestCliResults::refusesAModelThatWasChangedOrExchanged()
{
    const auto run = m_root / "to be changed";
    std::filesystem::copy(m_run, run);
    const auto best = run / "best.safetensors";
    std::filesystem::remove(best); // it may share its bytes with the phase's file
    thaw::SafetensorsFile changed = thaw::readSafetensors(m_run / "best.safetensors");
    QVERIFY(changed.tensors.back().name.starts_with("head."));
    changed.tensors.back().values[0] += 1;
    const auto refused = [&](const char* words) {
        for (const QStringList& verb : {QStringList{"evaluate", text(run), text(m_data)},
                                        QStringList{"predict", text(run), text(m_data / "test")},
                                        QStringList{"export", text(run), "--format", "safetensors", "--out",
                                                    text(m_folder / "changed.safetensors")}})
        {
            const CliResult result = runCli(verb);
            QCOMPARE(result.exitStatus, 3);
            QVERIFY2(result.err.contains("best.safetensors") && result.err.contains(words),
                     result.err.constData());
        }
    };
    thaw::writeSafetensors(best, changed);
    refused("was changed after it was written");
    std::filesystem::copy_file(m_run / "phase1.safetensors", best,
                               std::filesystem::copy_options::overwrite_existing);
    refused("is not the file that this run wrote");
    const CliResult byItself = runCli({"evaluate", text(best), text(m_data)});
    QVERIFY2(byItself.exitStatus == 0, byItself.err.constData());
}

THAW_TEST(TestCliResults)
#include "test_cli_results.moc"
