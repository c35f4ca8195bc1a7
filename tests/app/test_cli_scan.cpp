#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <fstream>

using namespace thaw::test;

class TestCliScan : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void countsClassesBySplit();
    void printsCounts();
    void classesStandAsPeopleCount();
    void namesABrokenPicture();
    void cannotBeTrickedByNames();
    void refusesUnusableData_data();
    void refusesUnusableData();

private:
    TemporaryFolder m_folder;
};

void TestCliScan::initTestCase()
{
    isolateUserFolders(m_folder.path());
    SyntheticSpec spec;
    spec.perClass = 3;
    spec.splitFolders = true;
    writeSyntheticDataset(m_folder / "split", spec);
}

void TestCliScan::countsClassesBySplit()
{
    const CliResult result = runCli({"scan", text(m_folder / "split"), "--json"});
    QCOMPARE(result.exitStatus, 0);
    const QJsonObject scan = result.object();
    QCOMPARE(scan.keys(), (QStringList{"classes", "images", "problems", "splits"}));
    QCOMPARE(scan["classes"].toArray(), (QJsonArray{"blue", "red"}));
    QCOMPARE(scan["images"].toInt(), 18);
    const QJsonObject splits = scan["splits"].toObject();
    QCOMPARE(splits.keys(), (QStringList{"test", "train", "validation"}));
    for (const QString& split : splits.keys()) {
        QCOMPARE(splits[split].toObject(), (QJsonObject{{"blue", 3}, {"red", 3}}));
    }
    for (const QJsonValue problem : scan["problems"].toArray()) {
        QCOMPARE(problem.toObject().keys(), (QStringList{"code", "message", "path", "severity"}));
    }
}

void TestCliScan::printsCounts()
{
    const CliResult result = runCli({"scan", text(m_folder / "split")});
    QCOMPARE(result.exitStatus, 0);
    const QString table = QString::fromUtf8(result.out).simplified();
    QVERIFY2(table.contains("class train validation test all"), result.out.constData());
    QVERIFY(table.contains("blue 3 3 3 9"));
    QVERIFY(table.contains("all 6 6 6 18"));
}

// The order of the classes in the model is another, which --json tells.
void TestCliScan::classesStandAsPeopleCount()
{
    const auto root = m_folder / "counted";
    SyntheticSpec spec;
    spec.classes = {"1", "10", "2", "2 "};
    spec.perClass = 12;
    writeSyntheticDataset(root, spec);
    const QString table = QString::fromUtf8(runCli({"scan", text(root)}).out);
    QStringList first;
    for (const QString& line : table.split('\n').mid(3, 4)) {
        first.push_back(line.section("  ", 0, 0));
    }
    QCOMPARE(first, (QStringList{"1", "2", "'2 '", "10"}));
    QCOMPARE(runCli({"scan", text(root), "--json"}).object()["classes"].toArray(),
             (QJsonArray{"1", "10", "2", "2 "}));
}

void TestCliScan::namesABrokenPicture()
{
    const auto root = m_folder / "broken";
    writeSyntheticDataset(root, {});
    std::ofstream(root / "red" / "cut.jpg") << "\xFF\xD8\xFF\xE0 cut short";
    const CliResult result = runCli({"scan", text(root), "--json"});
    QCOMPARE(result.exitStatus, 0);
    int named = 0;
    for (const QJsonValue problem : result.object()["problems"].toArray()) {
        if (problem["path"].toString() == "red/cut.jpg") {
            QCOMPARE(problem["code"].toString(), QString("unreadable"));
            ++named;
        }
    }
    QCOMPARE(named, 1);
    QCOMPARE(result.object()["images"].toInt(), 40);

    const CliResult words = runCli({"scan", text(root)});
    QCOMPARE(words.exitStatus, 0);
    QVERIFY2(words.out.contains("1 picture left out because unreadable"), words.out.constData());
    QVERIFY(words.out.contains("red/cut.jpg"));
}

void TestCliScan::cannotBeTrickedByNames()
{
    const auto root = m_folder / "names";
    writeSyntheticDataset(root, {});
    std::ofstream(root / "red" / "a\n\x1b[2Jb.png") << "no picture";
    const CliResult result = runCli({"scan", text(root)});
    QCOMPARE(result.exitStatus, 0);
    QVERIFY2(result.out.contains("red/a\\x0a\\x1b[2Jb.png"), result.out.constData());
    QVERIFY(!result.out.contains('\x1b'));
}

void TestCliScan::refusesUnusableData_data()
{
    QTest::addColumn<QString>("folder");
    std::filesystem::create_directories(m_folder / "empty");
    SyntheticSpec one;
    one.classes = {"only"};
    one.perClass = 2;
    writeSyntheticDataset(m_folder / "one class", one);
    std::ofstream(m_folder / "file.txt") << "not a folder";
    QTest::newRow("empty folder") << text(m_folder / "empty");
    QTest::newRow("one class") << text(m_folder / "one class");
    QTest::newRow("missing") << text(m_folder / "missing");
    QTest::newRow("not a folder") << text(m_folder / "file.txt");
}

void TestCliScan::refusesUnusableData()
{
    QFETCH(QString, folder);
    const CliResult result = runCli({"scan", folder, "--json"});
    QCOMPARE(result.exitStatus, 3);
    QCOMPARE(result.errorLines(), 1);
    QVERIFY(result.out.isEmpty());
    QVERIFY2(result.err.contains(folder.toUtf8()), result.err.constData());
}

THAW_TEST(TestCliScan)
#include "test_cli_scan.moc"
