#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <algorithm>
#include <fstream>

using namespace thaw::test;

class TestCliTrain : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void tellsARunInEvents();
    void tellsARunInWords();
    void validationIsNotCalledTest();
    void aHighLearningRateIsCautioned();
    void makesARunFolderOfItsOwn();
    void leavesOutABrokenPicture();
    void manyBrokenPicturesStopTheStart();
    void aClassThatIsNotMeasuredIsSaid();
    void tellsTheReasonInItsStatus_data();
    void tellsTheReasonInItsStatus();
    void refusesAFolderInUse();
    void refusesPlacesThatCannotBeWritten_data();
    void refusesPlacesThatCannotBeWritten();
    void refusesUnusableData_data();
    void refusesUnusableData();
    void refusesWeightsThatAreNotThere();
    void refusesToResumeWhatIsNoRun();

private:
    TemporaryFolder m_folder;
    std::filesystem::path m_data;
};

void TestCliTrain::initTestCase()
{
    isolateUserFolders(m_folder.path());
    m_data = m_folder / "hues";
    SyntheticSpec spec;
    spec.perClass = 10;
    writeSyntheticDataset(m_data, spec);
}

void TestCliTrain::tellsARunInEvents()
{
    const auto run = m_folder / "events";
    const CliResult result = runCli(quickTraining(m_data, run) + QStringList{"--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QList<QJsonObject> events = result.lines();
    QVERIFY(events.size() >= 7);

    QList<QPair<int, int>> epochs;
    int started = 0;
    bool isWarned = false;
    for (const QJsonObject& event : events) {
        const QString kind = event["event"].toString();
        if (kind == "started") {
            QCOMPARE(event["run"].toString(), text(run));
            QVERIFY(epochs.isEmpty());
            ++started;
        } else if (kind == "epoch") {
            epochs.append({event["phase"].toInt(), event["epoch"].toInt()});
            for (const char* key : {"loss", "val_loss", "learning_rate", "seconds", "images_per_second"}) {
                QVERIFY2(event[key].isDouble(), key);
            }
            for (const char* key : {"accuracy", "val_accuracy"}) {
                QVERIFY2(event[key].toDouble(-1) >= 0 && event[key].toDouble(2) <= 1, key);
            }
        } else if (kind == "message") {
            isWarned = isWarned || event["text"].toString().contains("ithout pretrained weights");
        } else {
            QCOMPARE(kind, QString("finished"));
        }
    }
    QCOMPARE(started, 1);
    QVERIFY(isWarned);
    QCOMPARE(epochs, (QList<QPair<int, int>>{{1, 1}, {1, 2}, {2, 1}, {2, 2}}));
    const QJsonObject last = events.last();
    QCOMPARE(last["event"].toString(), QString("finished"));
    QCOMPARE(last["run"].toString(), text(run));
    QCOMPARE(last["state"].toString(), QString("finished"));
    QVERIFY(last["test_loss"].isDouble());
    QVERIFY(last["test_accuracy"].toDouble(-1) >= 0);
    for (const char* file : {"recipe.json", "run.json", "history.csv", "best.safetensors"}) {
        QVERIFY2(std::filesystem::exists(run / file), file);
    }
}

// Train and validation folders without a test: the figures of the pictures that stand in have names of their
// own.
void TestCliTrain::validationIsNotCalledTest()
{
    const auto data = m_folder / "no test";
    SyntheticSpec spec;
    spec.perClass = 6;
    spec.splitFolders = true;
    writeSyntheticDataset(data, spec);
    std::filesystem::remove_all(data / "test");
    const CliResult result = runCli(quickTraining(data, m_folder / "untested") + QStringList{"--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QJsonObject last = result.lines().last();
    QVERIFY(last["test_accuracy"].isNull() && last["test_loss"].isNull());
    QVERIFY(last["validation_accuracy"].isDouble() && last["validation_loss"].isDouble());
}

void TestCliTrain::tellsARunInWords()
{
    const auto run = m_folder / "it's words";
    const CliResult result = runCli(quickTraining(m_data, run));
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QString words = QString::fromUtf8(result.out).simplified();
    QVERIFY2(words.contains("phase best epoch val loss val accuracy"), result.out.constData());
    QVERIFY(words.contains("test accuracy"));
    QVERIFY(words.contains(text(run)));
    QVERIFY(words.contains("12 train, 4 validation, 4 test, 0 left out"));
    QCOMPARE(result.err.count("Without pretrained weights"), 1);
    QVERIFY(!result.out.contains("Without pretrained weights"));
    QVERIFY2(result.err.contains("\n1 warning, see above"), result.err.constData());
    // Pasted into a shell, the hint must mean this folder.
    QVERIFY2(words.contains("'" + text(m_folder.path()) + "/it'\\''s words'"), result.out.constData());
    QVERIFY2(result.err.contains("phase 1 epoch 1/2"), result.err.constData());
    QVERIFY(result.err.contains("phase 2 epoch 2/2"));
    QVERIFY(!result.err.contains('\r'));
    QVERIFY(!result.err.contains('\x1b'));
}

// As the window does.
void TestCliTrain::aHighLearningRateIsCautioned()
{
    const CliResult result = runCli(quickTraining(m_data, m_folder / "hasty", 1) +
                                    QStringList{"--set", "phases.0.learning_rate=0.5", "--json"});
    const QByteArray caution = "phases.0.learning_rate is very high";
    QCOMPARE(result.err.count("Warning: " + caution), 1);
    QVERIFY(result.err.indexOf(caution) < result.err.indexOf("Training into"));
    const QList<QJsonObject> events = result.lines();
    QCOMPARE(std::ranges::count_if(events,
                                   [&](const QJsonObject& event) {
                                       return event["level"] == "warning" &&
                                              event["text"].toString().contains(caution);
                                   }),
             std::ptrdiff_t(1));
}

void TestCliTrain::makesARunFolderOfItsOwn()
{
    QStringList arguments = quickTraining(m_data, {}, 1);
    const auto out = arguments.indexOf("--out");
    arguments.remove(out, 2);
    const CliResult result = runCli(arguments + QStringList{"--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const std::filesystem::path run = result.lines().last()["run"].toString().toStdString();
    QCOMPARE(run.parent_path(),
             std::filesystem::path(qEnvironmentVariable("XDG_DATA_HOME").toStdString()) / "thaw" / "runs");
    QVERIFY(run.filename().string().find("hues_quick") != std::string::npos);
}

void TestCliTrain::leavesOutABrokenPicture()
{
    const auto data = m_folder / "broken";
    SyntheticSpec spec;
    spec.perClass = 8;
    writeSyntheticDataset(data, spec);
    std::ofstream(data / "blue" / "torn.png") << "\x89PNG\r\n\x1a\n and no more";
    const auto run = m_folder / "broken run";
    const CliResult result = runCli(quickTraining(data, run, 1));
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QVERIFY2(result.err.contains("blue/torn.png"), result.err.constData());
    QVERIFY(result.out.contains("1 left out"));
    const QJsonArray excluded = runCli({"runs", "show", text(run), "--json"}).object()["excluded"].toArray();
    QCOMPARE(excluded.size(), 1);
    QCOMPARE(excluded[0]["path"].toString(), QString("blue/torn.png"));
    QVERIFY(!excluded[0]["reason"].toString().isEmpty());
}

void TestCliTrain::manyBrokenPicturesStopTheStart()
{
    const auto data = m_folder / "torn";
    SyntheticSpec spec;
    spec.perClass = 8;
    writeSyntheticDataset(data, spec);
    for (const char* name : {"1.png", "2.png"}) {
        std::ofstream(data / "blue" / name) << "\x89PNG\r\n\x1a\n and no more";
    }
    const auto run = m_folder / "torn run";
    const CliResult refused = runCli(quickTraining(data, run, 1));
    QCOMPARE(refused.exitStatus, 3);
    QVERIFY2(refused.err.contains("2 of 18 pictures") && refused.err.contains("--accept-losses"),
             refused.err.constData());
    QVERIFY(!std::filesystem::exists(run));
    const CliResult accepted = runCli(quickTraining(data, run, 1) + QStringList{"--accept-losses"});
    QVERIFY2(accepted.exitStatus == 0, accepted.err.constData());
    QVERIFY(accepted.out.contains("2 left out"));
}

// It said "100.00 %", though the class was in no measured split.
void TestCliTrain::aClassThatIsNotMeasuredIsSaid()
{
    const auto data = m_folder / "unmeasured";
    SyntheticSpec spec;
    spec.splitFolders = true;
    spec.perClass = 6;
    writeSyntheticDataset(data, spec);
    std::filesystem::remove_all(data / "test" / "red");
    std::filesystem::remove_all(data / "validation" / "red");
    const auto run = m_folder / "unmeasured run";
    const CliResult result = runCli(quickTraining(data, run, 1));
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QByteArray words = result.out.simplified();
    QVERIFY2(words.contains(" % over 1 of 2 classes (none of red)"), words.constData());
    const QByteArray kept = "% over 1 of 2 classes (none of red)";
    QCOMPARE(words.count(kept), 3); // two best epochs and the test
    const QJsonObject shown = runCli({"runs", "show", text(run), "--json"}).object();
    QCOMPARE(shown["test"]["unmeasured"].toArray(), QJsonArray{"red"});
    QCOMPARE(shown["unmeasured_in_validation"].toArray(), QJsonArray{"red"});
    QCOMPARE(runCli({"runs", "show", text(run)}).out.count("over 1 of 2 classes"), 3);
    const QByteArray list = runCli({"runs", "list", "--root", text(m_folder.path())}).out;
    QVERIFY2(list.count(kept) == 2, list.constData()); // kept validation and test
    const QByteArray compared = runCli({"runs", "compare", text(run), text(run)}).out;
    QVERIFY2(compared.count(kept) == 6, compared.constData());
}

void TestCliTrain::tellsTheReasonInItsStatus_data()
{
    QTest::addColumn<QString>("setting");
    QTest::addColumn<bool>("isSpoilt"); // all pictures are, once the first epoch is told
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("code");
    QTest::newRow("broken pictures") << "phases.0.epochs=40" << true << 3 << "dataset-invalid";
    QTest::newRow("divergence") << "phases.1.learning_rate=1e30" << false << 1 << "training-diverged";
}

void TestCliTrain::tellsTheReasonInItsStatus()
{
    QFETCH(QString, setting);
    QFETCH(bool, isSpoilt);
    QFETCH(int, status);
    QFETCH(QString, code);
    const auto data = m_folder / ("data of " + std::string(QTest::currentDataTag()));
    SyntheticSpec spec;
    spec.perClass = 8;
    writeSyntheticDataset(data, spec);
    const auto run = m_folder / ("run of " + std::string(QTest::currentDataTag()));
    QProcess process;
    startCli(process, quickTraining(data, run) + QStringList{"--set", setting, "--json"});
    QByteArray read;
    QVERIFY2(waitForOutput(process, "\"epoch\"", read), process.readAllStandardError().constData());
    if (isSpoilt) {
        for (const auto& file : std::filesystem::recursive_directory_iterator(data)) {
            if (file.is_regular_file()) {
                std::ofstream(file.path()) << "no longer a picture";
            }
        }
    }
    const CliResult result = finishCli(process);
    QVERIFY2(result.exitStatus == status, result.err.constData());
    QCOMPARE(result.lines().last()["state"].toString(), QString("failed"));
    QFile record(text(run / "run.json"));
    QVERIFY(record.open(QIODevice::ReadOnly));
    QCOMPARE(QJsonDocument::fromJson(record.readAll()).object()["error_code"].toString(), code);
}

void TestCliTrain::refusesAFolderInUse()
{
    const auto run = m_folder / "occupied";
    std::filesystem::create_directories(run);
    std::ofstream(run / "note.txt") << "mine";
    const CliResult result = runCli(quickTraining(m_data, run));
    QCOMPARE(result.exitStatus, 2);
    QCOMPARE(result.errorLines(), 1);
    QVERIFY(result.err.contains("occupied"));
    QVERIFY(std::filesystem::exists(run / "note.txt"));
    QVERIFY(!std::filesystem::exists(run / "run.json"));
}

void TestCliTrain::refusesPlacesThatCannotBeWritten_data()
{
    // Not by permissions, which do not bind a test that runs as root.
    QTest::addColumn<QString>("run");
    std::ofstream(m_folder / "plain file") << "text";
    QTest::newRow("below a file") << text(m_folder / "plain file" / "run");
    QTest::newRow("below /proc") << QString("/proc/thaw/run");
}

void TestCliTrain::refusesPlacesThatCannotBeWritten()
{
    QFETCH(QString, run);
    const CliResult result = runCli(quickTraining(m_data, run.toStdString()));
    QVERIFY2(result.exitStatus == 4, result.err.constData());
    QCOMPARE(result.errorLines(), 1); // before any work: no word about the pictures
    QVERIFY(result.out.isEmpty());
}

void TestCliTrain::refusesUnusableData_data()
{
    QTest::addColumn<QString>("folder");
    std::filesystem::create_directories(m_folder / "empty");
    SyntheticSpec one;
    one.classes = {"only"};
    one.perClass = 2;
    writeSyntheticDataset(m_folder / "one", one);
    QTest::newRow("empty") << text(m_folder / "empty");
    QTest::newRow("one class") << text(m_folder / "one");
    QTest::newRow("missing") << text(m_folder / "missing");
}

void TestCliTrain::refusesUnusableData()
{
    QFETCH(QString, folder);
    const auto run = m_folder / "never";
    const CliResult result = runCli(quickTraining(folder.toStdString(), run));
    QCOMPARE(result.exitStatus, 3);
    QCOMPARE(result.errorLines(), 1);
    QVERIFY2(result.err.contains(folder.toUtf8()), result.err.constData());
    QVERIFY(!std::filesystem::exists(run));
}

void TestCliTrain::refusesWeightsThatAreNotThere()
{
    const auto run = m_folder / "without weights";
    QStringList arguments = quickTraining(m_data, run);
    arguments[arguments.indexOf("none")] = text(m_folder / "missing.h5");
    const CliResult result = runCli(arguments);
    QCOMPARE(result.exitStatus, 3);
    QVERIFY2(result.err.contains("missing.h5"), result.err.constData());
    QVERIFY(!std::filesystem::exists(run));
}

void TestCliTrain::refusesToResumeWhatIsNoRun()
{
    const CliResult result = runCli({"train", "--resume", text(m_folder / "no run")});
    QCOMPARE(result.exitStatus, 3);
    QCOMPARE(result.errorLines(), 1);
    QCOMPARE(runCli({"train", "--resume", text(m_data)}).exitStatus, 3);
}

THAW_TEST(TestCliTrain)
#include "test_cli_train.moc"
