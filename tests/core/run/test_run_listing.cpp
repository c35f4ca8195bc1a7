#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/run/history_csv.h"
#include "core/run/run_lock.h"
#include "core/run/run_record_json.h"
#include "core/run/run_split.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <cmath>
#include <sys/stat.h>
#include <system_error>

using namespace thaw;

namespace {

/// A whole run folder.
std::filesystem::path makeRun(const std::filesystem::path& folder, const std::string& startedAt,
                              RunState state = RunState::Finished)
{
    std::filesystem::create_directories(folder);
    const RunFiles files{folder};
    RunRecord record;
    record.state = state;
    record.startedAt = startedAt;
    record.best = {{1, 1, 0.5, 0.9}};
    writeRunRecord(files.record(), record);
    writeFileAtomically(files.recipe(), formatRecipe(quickRecipe()));
    writeHistory(files.history(), {EpochMetrics{1, 1, 0.5, 0.9}, EpochMetrics{2, 1, 0.25, 0.95}});
    return folder;
}

std::optional<Error> errorOfLoading(const std::filesystem::path& folder)
{
    try {
        loadRun(folder);
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

} // namespace

class TestRunListing : public QObject
{
    Q_OBJECT

private slots:
    void loadsAWholeRun();
    void listsNewestFirst();
    void survivesRubbish();
    void settlesInterruptedRuns();
    void tellsRunningRuns();
    void loadsARunWithoutCurves();
    void namesTheFileAtFault_data();
    void namesTheFileAtFault();
    void refusesWhatIsNotARun();
    void refusesLinksOutOfTheFolder_data();
    void refusesLinksOutOfTheFolder();
    void theKeptEpochIsOfTheLatestPhase();
    void aSplitReadsBack();
    void aDamagedSplitIsRefused_data();
    void aDamagedSplitIsRefused();
};

void TestRunListing::loadsAWholeRun()
{
    const test::TemporaryFolder root;
    const auto folder = makeRun(root / "run", "2026-01-01T00:00:00Z");
    QVERIFY(isRunFolder(folder));
    const SavedRun run = loadRun(folder);
    QCOMPARE(run.folder, folder);
    QVERIFY(run.recipe == quickRecipe());
    QVERIFY(run.record.state == RunState::Finished);
    QCOMPARE(run.history.size(), std::size_t(2));
    QCOMPARE(run.history[1].loss, 0.25);
}

void TestRunListing::listsNewestFirst()
{
    const test::TemporaryFolder root;
    makeRun(root / "b", "2026-01-02T00:00:00Z");
    makeRun(root / "a", "2026-01-03T00:00:00Z");
    makeRun(root / "c", "2025-12-31T00:00:00Z");
    makeRun(root / "d", "2026-01-02T00:00:00Z");
    const auto listing = listRuns(root.path());
    QStringList names;
    for (const SavedRun& run : listing.runs) {
        names.append(QString::fromStdString(run.folder.filename().string()));
    }
    QCOMPARE(names, (QStringList{"a", "d", "b", "c"}));
    QVERIFY(listing.broken.empty());
}

void TestRunListing::survivesRubbish()
{
    const test::TemporaryFolder root;
    makeRun(root / "good", "2026-01-01T00:00:00Z");
    writeFileAtomically(root / "file.txt", "not a run");
    std::filesystem::create_directories(root / "empty" / "deeper");
    std::filesystem::create_symlink("loop", root / "loop");
    std::filesystem::create_symlink("nowhere", root / "dangling");
    makeRun(root / "broken-record", "");
    writeFileAtomically(root / "broken-record" / "run.json", "{\"state\": ");
    makeRun(root / "broken-recipe", "");
    writeFileAtomically(root / "broken-recipe" / "recipe.json", "{\"batch_size\": 0}");
    makeRun(root / "broken-history", "");
    writeFileAtomically(root / "broken-history" / "history.csv", "epoch\n");
    std::filesystem::create_directories(root / "folder-for-a-file" / "run.json");
    std::filesystem::create_directories(root / "pipe-for-a-file");
    QCOMPARE(mkfifo((root / "pipe-for-a-file" / "run.json").c_str(), 0600), 0);

    const auto listing = listRuns(root.path());
    QCOMPARE(listing.runs.size(), std::size_t(1));
    std::map<std::string, std::string> reasons;
    for (const BrokenRun& broken : listing.broken) {
        reasons[broken.folder.filename().string()] = broken.reason;
    }
    QCOMPARE(reasons.size(), std::size_t(5));
    QVERIFY(reasons["broken-record"].starts_with("run.json"));
    QVERIFY(reasons["broken-recipe"].find("batch_size") != std::string::npos);
    QVERIFY(reasons["broken-history"].find("line 1") != std::string::npos);
    QVERIFY(reasons.contains("folder-for-a-file") && reasons.contains("pipe-for-a-file"));

    const auto absent = listRuns(root / "absent");
    QVERIFY(absent.runs.empty() && absent.broken.empty());
    QCOMPARE(listRuns(root / "file.txt").broken.size(), std::size_t(1));
}

void TestRunListing::settlesInterruptedRuns()
{
    const test::TemporaryFolder root;
    const auto folder = makeRun(root / "run", "2026-01-01T00:00:00Z", RunState::Running);
    const RunFiles files{folder};
    const auto before = readTextFile(files.record(), 10000);

    const SavedRun early = loadRun(folder);
    QVERIFY(early.record.state == RunState::Failed);
    QCOMPARE(early.record.error, std::string("interrupted, and its checkpoint is missing"));

    writeHistory(files.history(), {});
    QVERIFY2(loadRun(folder).record.state == RunState::Stopped, "nothing is lost by beginning anew");

    writeHistory(files.history(), {EpochMetrics{1, 1, 0.5, 0.9}});
    writeFileAtomically(files.last(), "a checkpoint");
    const SavedRun late = loadRun(folder);
    QVERIFY(late.record.state == RunState::Stopped);
    QVERIFY(late.record.error.empty());
    std::filesystem::rename(files.last(), files.previousLast());
    QVERIFY(loadRun(folder).record.state == RunState::Stopped);
    QCOMPARE(readTextFile(files.record(), 10000), before);
}

void TestRunListing::tellsRunningRuns()
{
    const test::TemporaryFolder root;
    const auto folder = makeRun(root / "run", "2026-01-01T00:00:00Z", RunState::Running);
    {
        const RunLock lock(folder);
        QVERIFY(loadRun(folder).record.state == RunState::Running);
        QVERIFY(listRuns(root.path()).runs.at(0).record.state == RunState::Running);
    }
    QVERIFY(loadRun(folder).record.state == RunState::Failed);
}

void TestRunListing::loadsARunWithoutCurves()
{
    const test::TemporaryFolder root;
    const auto folder = makeRun(root / "run", "2026-01-01T00:00:00Z");
    std::filesystem::remove(folder / "history.csv");
    QVERIFY(loadRun(folder).history.empty());
}

void TestRunListing::namesTheFileAtFault_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, const char* file, const char* text) {
        QTest::newRow(name) << QByteArray(file) << QByteArray(text);
    };
    row("empty record", "run.json", "");
    row("recipe is a list", "recipe.json", "[]");
    row("recipe with a mistake", "recipe.json", R"({"phases": [{"epochs": 0}]})");
    row("recipe of a newer version", "recipe.json", R"({"version": 7})");
    row("cut history", "history.csv",
        "epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds\n1,1");
    row("best of a phase beyond the recipe", "run.json",
        R"({"state": "finished", "best": [{"phase": 3, "epoch": 1}]})");
    row("test of a phase beyond the recipe", "run.json",
        R"({"state": "finished", "test": {"phase": 2147483647}})");
    row("best of phase 0", "run.json", R"({"state": "finished", "best": [{"phase": 0, "epoch": 1}]})");
    row("more best epochs than phases", "run.json",
        R"({"state": "finished", "best": [{"phase": 1, "epoch": 1}, {"phase": 1, "epoch": 2},)"
        R"( {"phase": 2, "epoch": 1}]})");
    row("history beyond the recipe", "history.csv",
        "epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds\n1,1,,,,,,\n1,2,,,,,,\n1,3,,,,"
        ",,\n");
}

void TestRunListing::namesTheFileAtFault()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, text);
    const test::TemporaryFolder root;
    const auto folder = makeRun(root / "run", "2026-01-01T00:00:00Z");
    writeFileAtomically(folder / file.toStdString(), text.toStdString());
    const auto error = errorOfLoading(folder);
    QVERIFY(error);
    QCOMPARE(error->code(), ErrorCode::RunInvalid);
    QCOMPARE(error->path(), folder / file.toStdString());
}

void TestRunListing::refusesWhatIsNotARun()
{
    const test::TemporaryFolder root;
    QCOMPARE(errorOfLoading(root / "absent")->code(), ErrorCode::FileNotFound);
    QCOMPARE(errorOfLoading(root.path())->code(), ErrorCode::RunInvalid);
    QVERIFY(!isRunFolder(root.path()));
    const auto folder = makeRun(root / "run", "2026-01-01T00:00:00Z");
    std::filesystem::remove(folder / "recipe.json");
    QCOMPARE(errorOfLoading(folder)->code(), ErrorCode::RunInvalid);
    QVERIFY2(isRunFolder(folder), "run.json makes a run folder");
}

void TestRunListing::refusesLinksOutOfTheFolder_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"recipe.json", "run.json", "history.csv", "best.safetensors", "last.safetensors",
                             "last.previous.safetensors", "phase2.safetensors", "split.csv", "run.lock"})
    {
        QTest::newRow(name) << name;
    }
}

void TestRunListing::refusesLinksOutOfTheFolder()
{
    QFETCH(QString, name);
    const test::TemporaryFolder root;
    const auto folder = makeRun(root / "run", "2026-01-01T00:00:00Z");
    const auto file = folder / name.toStdString();
    const auto outside = root / "outside";
    std::error_code error;
    std::filesystem::rename(file, outside, error);
    writeFileAtomically(root / "whole", "");
    std::filesystem::create_symlink(error ? root / "whole" : outside, file);
    const auto refused = errorOfLoading(folder);
    QVERIFY(refused && refused->code() == ErrorCode::RunInvalid);
    QCOMPARE(refused->path(), file);
    QVERIFY2(refused->detail().find("link") != std::string::npos, refused->what());
    QCOMPARE(listRuns(root.path()).broken.size(), std::size_t(1));

    std::filesystem::remove(file);
    std::filesystem::create_symlink(root / "nowhere", file);
    QVERIFY2(errorOfLoading(folder), "a link that leads nowhere would be made a file there");

    // Within the folder, and of files that are not Thaw's, links are the user's own affair.
    std::filesystem::remove(file);
    std::filesystem::rename(outside, folder / "kept", error);
    std::filesystem::create_symlink(error ? "history.csv" : "kept", file);
    std::filesystem::create_symlink(root.path(), folder / "pictures");
    QVERIFY(!errorOfLoading(folder));
}

// Which is neither the highest accuracy of the run nor its lowest loss.
void TestRunListing::theKeptEpochIsOfTheLatestPhase()
{
    RunRecord record;
    QVERIFY(!keptEpoch(record) && std::isnan(keptValAccuracy(record)));
    record.best = {{1, 3, 0.125, 0.98}, {2, 1, 0.25, 0.95}};
    QCOMPARE(keptEpoch(record)->phase, 2);
    QCOMPARE(keptValAccuracy(record), 0.95);
    record.best.push_back({3, 0});
    QCOMPARE(keptValAccuracy(record), 0.95); // phase 3 has begun and ended no epoch
}

void TestRunListing::aSplitReadsBack()
{
    const test::TemporaryFolder root;
    const std::vector<SplitEntry> entries{
        {"cat/a, \"b\".png", "cat", Split::Train, std::string(64, 'a')},
        {"=dog/\n.png", "=dog", Split::Test, std::string(64, '0')},
        {"dog/\xFF.png", "dog", Split::Validation, "", true},
    };
    writeRunSplit(root / "split.csv", entries);
    QVERIFY(readRunSplit(root / "split.csv") == entries);
    QVERIFY(readTextFile(root / "split.csv", 1000).starts_with("path,label,split,sha256,gone\n"));
}

void TestRunListing::aDamagedSplitIsRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("words");
    const QByteArray head = "path,label,split,sha256,gone\n";
    QTest::newRow("empty") << QByteArray() << QByteArray("columns");
    QTest::newRow("other columns") << QByteArray("path,label\n") << QByteArray("columns");
    QTest::newRow("cut short") << head + "a.png,cat,train\n" << QByteArray("line 2");
    QTest::newRow("no split") << head + "a.png,cat,,,no\n" << QByteArray("line 2");
    QTest::newRow("no hash") << head + "a.png,cat,train,xyz,no\n" << QByteArray("SHA-256");
    QTest::newRow("neither yes nor no") << head + "a.png,cat,train,,maybe\n" << QByteArray("yes or no");
    QTest::newRow("a quote left open") << head + "\"a.png,cat" << QByteArray("quote");
}

void TestRunListing::aDamagedSplitIsRefused()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, words);
    const test::TemporaryFolder root;
    writeFileAtomically(root / "split.csv", text.toStdString());
    try {
        readRunSplit(root / "split.csv");
        QFAIL("was read");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInvalid);
        QVERIFY2(error.detail().find(words.toStdString()) != std::string::npos, error.what());
    }
}

THAW_TEST(TestRunListing)
#include "test_run_listing.moc"
