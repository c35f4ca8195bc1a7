#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/timestamp.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QRegularExpression>
#include <QtTest>

#include <unistd.h>

using namespace thaw;

namespace {

std::optional<ErrorCode> codeOfCreating(const std::filesystem::path& folder)
{
    try {
        createRunFolder(folder);
    } catch (const Error& error) {
        return error.code();
    }
    return std::nullopt;
}

} // namespace

class TestRunFolders : public QObject
{
    Q_OBJECT

private slots:
    void namesFoldersByDateDataAndRecipe();
    void cleansNames_data();
    void cleansNames();
    void numbersNamesThatAreTaken();
    void createsFolders();
    void refusesWhatIsThere();
    void leavesNothingHalfMade();
    void refusesAReadOnlyParent();
    void writesTimestamps();
};

void TestRunFolders::namesFoldersByDateDataAndRecipe()
{
    const test::TemporaryFolder root;
    const auto folder = newRunFolder(root.path(), "/data/catsdogs", "quick");
    QCOMPARE(folder.parent_path(), root.path());
    const QRegularExpression pattern("^\\d{4}-\\d\\d-\\d\\d_\\d{4}_catsdogs_quick$");
    const auto name = QString::fromStdString(folder.filename().string());
    QVERIFY2(pattern.match(name).hasMatch(), qPrintable(name));
    QVERIFY2(!std::filesystem::exists(folder), "nothing is created");
}

void TestRunFolders::cleansNames_data()
{
    QTest::addColumn<QByteArray>("dataset");
    QTest::addColumn<QByteArray>("recipe");
    QTest::addColumn<QString>("tail");
    QTest::newRow("slash at the end") << QByteArray("/data/cats/") << QByteArray("book") << "_cats_book";
    QTest::newRow("manifest") << QByteArray("/data/list.csv") << QByteArray("book") << "_list_book";
    QTest::newRow("dots") << QByteArray("/data/x/../cats/.") << QByteArray("v1.2") << "_cats_v1.2";
    QTest::newRow("spaces and quotes")
        << QByteArray("/a/my 'cats'") << QByteArray("a/b\\c\n") << "_my-cats_a-b-c";
    QTest::newRow("letters beyond ASCII")
        << QByteArray("/a/Hündchen") << QByteArray("猫") << "_H-ndchen_unnamed";
    QTest::newRow("nothing") << QByteArray("/") << QByteArray("") << "_unnamed_unnamed";
    QTest::newRow("long") << QByteArray("/a/b") << QByteArray(500, 'x') << "_b_" + QString(40, 'x');
    QTest::newRow("climbing") << QByteArray("/a/b") << QByteArray("../../etc") << "_b_..-..-etc";
}

void TestRunFolders::cleansNames()
{
    QFETCH(QByteArray, dataset);
    QFETCH(QByteArray, recipe);
    QFETCH(QString, tail);
    const test::TemporaryFolder root;
    const auto folder = newRunFolder(root.path(), dataset.toStdString(), recipe.toStdString());
    QCOMPARE(folder.parent_path(), root.path());
    QCOMPARE(QString::fromStdString(folder.filename().string()).mid(15), tail);
}

void TestRunFolders::numbersNamesThatAreTaken()
{
    const test::TemporaryFolder root;
    const auto first = newRunFolder(root.path(), "/data/cats", "book");
    createRunFolder(first);
    const auto second = newRunFolder(root.path(), "/data/cats", "book");
    QVERIFY(second != first);
    std::filesystem::create_symlink("nowhere", second);
    const auto third = newRunFolder(root.path(), "/data/cats", "book");
    // Unless a minute has just passed, the names differ by their number alone.
    if (second.string().starts_with(first.string())) {
        QCOMPARE(second.string(), first.string() + "-2");
    }
    QVERIFY2(third != second, "a dangling link takes a name as well");
}

void TestRunFolders::createsFolders()
{
    const test::TemporaryFolder root;
    createRunFolder(root / "a" / "b" / "c");
    QVERIFY(std::filesystem::is_empty(root / "a" / "b" / "c"));
    QVERIFY2(!codeOfCreating(root / "a" / "b" / "c"), "an empty folder is taken");
    QVERIFY(!codeOfCreating((root / "slash").string() + "/"));
}

void TestRunFolders::refusesWhatIsThere()
{
    const test::TemporaryFolder root;
    const auto file = root / "file";
    writeFileAtomically(file, "kept");
    QCOMPARE(codeOfCreating(file), ErrorCode::OutputExists);
    QCOMPARE(codeOfCreating(root.path()), ErrorCode::OutputExists);
    QCOMPARE(readTextFile(file, 10), std::string("kept"));
}

void TestRunFolders::leavesNothingHalfMade()
{
    const test::TemporaryFolder root;
    const auto file = root / "file";
    writeFileAtomically(file, "kept");
    QCOMPARE(codeOfCreating(file / "run"), ErrorCode::WriteFailed);
    // The last part is longer than any file system takes: its parents can be made, it cannot.
    QCOMPARE(codeOfCreating(root / "new" / "deeper" / std::string(300, 'x')), ErrorCode::WriteFailed);
    QVERIFY(!std::filesystem::exists(root / "new"));
}

void TestRunFolders::refusesAReadOnlyParent()
{
    if (geteuid() == 0) {
        QSKIP("root may write anywhere");
    }
    const test::TemporaryFolder root;
    const auto parent = root / "locked";
    std::filesystem::create_directory(parent);
    std::filesystem::permissions(parent,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    QCOMPARE(codeOfCreating(parent / "run"), ErrorCode::WriteFailed);
    QCOMPARE(codeOfCreating(parent), ErrorCode::WriteFailed);
    std::filesystem::permissions(parent, std::filesystem::perms::owner_all);
    QVERIFY(std::filesystem::is_empty(parent));
}

void TestRunFolders::writesTimestamps()
{
    const auto now = QDateTime::currentDateTimeUtc();
    const auto written = QDateTime::fromString(QString::fromStdString(timestampNow()), Qt::ISODate);
    QVERIFY(written.isValid() && written.timeSpec() == Qt::UTC);
    // Whole seconds are cut off, and a slow machine may pause between the two lines.
    QVERIFY(written.secsTo(now) <= 1 && written.secsTo(now) > -60);
}

THAW_TEST(TestRunFolders)
#include "test_run_folders.moc"
