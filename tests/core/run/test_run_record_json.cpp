#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <cmath>

using namespace thaw;

namespace {

using Json = nlohmann::json;

RunRecord fullRecord()
{
    RunRecord record;
    record.state = RunState::Finished;
    record.name = "first try";
    record.notes = "line one\nline two";
    record.startedAt = "2026-11-23T14:05:09Z";
    record.endedAt = "2026-11-23T14:25:09Z";
    record.trainedSeconds = 1200.1;
    record.thawVersion = "0.1.0";
    record.torchVersion = "1.13.1";
    record.onednnVersion = "2.6.3";
    record.featureBank = "0f3a";
    record.machine = "A processor";
    record.device = "cpu";
    record.precision = "bfloat16";
    record.threads = 2;
    record.asked = {"auto", "bfloat16", "float32", 3};
    record.datasetPath = "/data/cats and dogs";
    record.datasetFingerprint = std::string(64, 'f');
    record.classes = {"cat", "dog"};
    record.counts = {{{1000, 1001}, {500, 0}, {20, 21}}};
    record.excluded = {{"dog/1.jpg", "it is cut short"}, {"cat/2.png", "it is too large"}};
    record.weightsSource = "Keras, ImageNet";
    record.weightsHash = std::string(64, 'a');
    record.weightsInput = "BGR, pixel − (1, 2, 3)";
    record.best = {{1, 3, 0.25, 0.97}, {2, 1, 0.125, 0.98, 499, true, "9d3e"}};
    record.test = TestResult{"test", {0.1, 0.985, 40}, 2, 41, {"cat"}, {0, 40}, {0, 39}};
    record.finishedEarly = true;
    record.rateChanges = {{2, 1, 0.1}};
    record.networkWaitShare = 0.015;
    return record;
}

} // namespace

class TestRunRecordJson : public QObject
{
    Q_OBJECT

private slots:
    void writesTheFieldsOfTheContract();
    void readsWhatItWrote();
    void writesNotANumberAsNull();
    void keepsUnknownKeys();
    void takesAbsentFieldsAsUnset();
    void oldRecordsTellWhatWasMeasuredByTheirCounts();
    void refusesWrongTypes_data();
    void refusesWrongTypes();
    void refusesNewerVersions();
    void survivesNamesThatAreNotUtf8();
    void mutantsAreReadOrRefused();

private:
    RunRecord read(const std::string& text) const
    {
        writeFileAtomically(m_file, text);
        return readRunRecord(m_file);
    }

    test::TemporaryFolder m_folder;
    std::filesystem::path m_file = m_folder / "run.json";
};

void TestRunRecordJson::writesTheFieldsOfTheContract()
{
    const Json json = Json::parse(formatRunRecord(fullRecord()));
    QCOMPARE(json["state"].get<std::string>(), std::string("finished"));
    QCOMPARE(json["started_at"].get<std::string>(), std::string("2026-11-23T14:05:09Z"));
    QVERIFY(json["dataset"] == Json::parse(R"({"path": "/data/cats and dogs", "classes": ["cat", "dog"],
        "counts": {"train": {"cat": 1000, "dog": 1001}, "validation": {"cat": 500, "dog": 0},
                   "test": {"cat": 20, "dog": 21}},
        "fingerprint": "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"})"));
    QVERIFY(json["asked"] == Json::parse(R"({"device": "auto", "precision": "bfloat16",
        "trained_precision": "float32", "threads": 3})"));
    QVERIFY(json["excluded"][0] == Json::parse(R"({"path": "dog/1.jpg", "reason": "it is cut short"})"));
    QVERIFY(json["best"][1] ==
            Json::parse(R"({"phase": 2, "epoch": 1, "val_loss": 0.125, "val_accuracy": 0.98, "images": 499,
                "measured_again": true, "content_sha256": "9d3e"})"));
    QVERIFY(json["test"] == Json::parse(R"({"split": "test", "loss": 0.1, "accuracy": 0.985, "images": 40,
                "split_images": 41, "unmeasured": ["cat"], "images_by_class": [0, 40],
                "correct_by_class": [0, 39], "phase": 2})"));
    QVERIFY(json["rate_changes"] == Json::parse(R"([{"phase": 2, "epoch": 1, "factor": 0.1}])"));
    QVERIFY(json["finished_early"] == true);
    for (const char* key :
         {"version", "name", "notes", "ended_at", "trained_seconds", "thaw_version", "torch_version",
          "onednn_version", "machine", "device", "precision", "threads", "weights_source", "weights_hash",
          "weights_input", "network_wait_share", "error", "error_code"})
    {
        QVERIFY2(json.contains(key), key);
    }
}

void TestRunRecordJson::readsWhatItWrote()
{
    const RunRecord record = fullRecord();
    const std::string text = formatRunRecord(record);
    const RunRecord again = read(text);
    // The text holds every field (see above), so that equal texts mean equal records.
    QCOMPARE(formatRunRecord(again), text);
    QVERIFY(again.state == record.state && again.classes == record.classes && again.counts == record.counts);
    QVERIFY(again.excluded == record.excluded && again.asked == record.asked);
    QCOMPARE(again.best.size(), std::size_t(2));
    QCOMPARE(again.best[1].valLoss, 0.125);
    QCOMPARE(again.best[1].contentHash, std::string("9d3e"));
    QCOMPARE(again.test->score.images, 40);
    QCOMPARE(again.trainedSeconds, 1200.1);
    QVERIFY(again.unknownKeys.empty());

    for (const RunState state : {RunState::Running, RunState::Stopped, RunState::Failed}) {
        RunRecord other = record;
        other.state = state;
        other.test.reset();
        other.error = "the disk is full";
        other.errorCode = "disk-full";
        const RunRecord back = read(formatRunRecord(other));
        QVERIFY(back.state == state && !back.test && back.error == other.error &&
                back.errorCode == "disk-full");
    }
}

void TestRunRecordJson::writesNotANumberAsNull()
{
    RunRecord record = fullRecord();
    record.best[0].valLoss = std::numeric_limits<double>::quiet_NaN();
    record.test->score.loss = std::numeric_limits<double>::infinity();
    const std::string text = formatRunRecord(record);
    const Json json = Json::parse(text);
    QVERIFY(json["best"][0]["val_loss"].is_null() && json["test"]["loss"].is_null());
    const RunRecord again = read(text);
    QVERIFY(std::isnan(again.best[0].valLoss) && std::isnan(again.test->score.loss));
}

void TestRunRecordJson::keepsUnknownKeys()
{
    Json json = Json::parse(formatRunRecord(fullRecord()));
    json["mood"] = {{"good", true}};
    json["dataset"]["licence"] = "CC0";
    json["best"][1]["note"] = "lucky";
    json["test"]["f1"] = 0.5;
    const RunRecord record = read(json.dump());
    QVERIFY(Json::parse(formatRunRecord(record)) == json);
    QVERIFY(Json::parse(formatRunRecord(read(formatRunRecord(record)))) == json);
}

void TestRunRecordJson::takesAbsentFieldsAsUnset()
{
    const RunRecord record =
        read(R"({"state": "stopped", "dataset": {"classes": ["a", "b", "c"]}, "test": null})");
    QVERIFY(record.state == RunState::Stopped && !record.test && record.name.empty());
    QVERIFY(!record.asked && !read(R"({"state": "stopped", "asked": null})").asked);
    for (const auto& ofSplit : record.counts) {
        QCOMPARE(ofSplit, std::vector<std::size_t>(3, 0));
    }
}

// Written before it was noted that the class c is in no measured split.
void TestRunRecordJson::oldRecordsTellWhatWasMeasuredByTheirCounts()
{
    const RunRecord record = read(R"({"state": "finished", "dataset": {"classes": ["a", "b", "c"],
        "counts": {"train": {"a": 8, "b": 8, "c": 1}, "test": {"a": 2, "b": 3, "c": 0}}},
        "test": {"split": "test", "images": 5, "loss": 0, "accuracy": 1, "phase": 1}})");
    QCOMPARE(record.test->unmeasured, std::vector<std::string>{"c"});
    QCOMPARE(record.test->splitImages, std::size_t(5));
}

void TestRunRecordJson::refusesWrongTypes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("field");
    const auto row = [](const char* text, const char* field) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(field);
    };
    row("[]", "JSON");
    row("{", "JSON");
    row("{}", "state");
    row(R"({"state": "asleep"})", "state");
    row(R"({"state": 3})", "state");
    row(R"({"state": "failed", "threads": "two"})", "threads");
    row(R"({"state": "failed", "threads": 99999999999})", "threads");
    row(R"({"state": "failed", "threads": 1.5})", "threads");
    row(R"({"state": "failed", "asked": "auto"})", "asked");
    row(R"({"state": "failed", "asked": {"threads": "two"}})", "asked.threads");
    row(R"({"state": "failed", "trained_seconds": "long"})", "trained_seconds");
    row(R"({"state": "failed", "dataset": []})", "dataset");
    row(R"({"state": "failed", "dataset": {"classes": ["a", 1]}})", "dataset.classes");
    row(R"({"state": "failed", "dataset": {"classes": ["a"], "counts": {"train": {"a": -1}}}})",
        "dataset.counts.train.a");
    row(R"({"state": "failed", "dataset": {"path": "a%2", "path_encoding": "percent"}})", "dataset.path");
    row(R"({"state": "failed", "dataset": {"path": "a%", "path_encoding": "percent"}})", "dataset.path");
    row(R"({"state": "failed", "dataset": {"path": "a%-1", "path_encoding": "percent"}})", "dataset.path");
    row(R"({"state": "failed", "dataset": {"path": "a%00", "path_encoding": "percent"}})", "dataset.path");
    row(R"({"state": "failed", "dataset": {"path": "a", "path_encoding": "rot13"}})", "dataset.path");
    row(R"({"state": "failed", "best": {}})", "best");
    row(R"({"state": "failed", "best": [3]})", "best");
    row(R"({"state": "failed", "excluded": [{"path": 3}]})", "excluded.path");
    row(R"({"state": "failed", "test": {"images": null}})", "test.images");
    row(R"({"state": "failed", "dataset": {"classes": ["a", "b"]}, "test": {"images_by_class": [1, -1]}})",
        "test.images_by_class");
    row(R"({"state": "failed", "dataset": {"classes": ["a", "b"]}, "test": {"images_by_class": [1], "correct_by_class": [1]}})",
        "test.correct_by_class");
    row(R"({"state": "failed", "dataset": {"classes": ["a", "b"]}, "test": {"images_by_class": [1, 2], "correct_by_class": [1, 3]}})",
        "test.correct_by_class");
    row(R"({"state": "failed", "dataset": {"classes": ["a", "b"]}, "test": {"images_by_class": [1, 2]}})",
        "test.correct_by_class");
}

void TestRunRecordJson::refusesWrongTypes()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, field);
    try {
        read(text.toStdString());
        QFAIL("accepted");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInvalid);
        QCOMPARE(error.path(), m_file);
        QVERIFY2(error.detail().find(field.toStdString()) != std::string::npos, error.what());
    }
}

void TestRunRecordJson::refusesNewerVersions()
{
    try {
        read(R"({"version": 2, "state": "finished"})");
        QFAIL("accepted");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInvalid);
        QVERIFY(error.detail().find("newer") != std::string::npos);
    }
}

void TestRunRecordJson::survivesNamesThatAreNotUtf8()
{
    RunRecord record = fullRecord();
    record.datasetPath = "/data/\xe9t\xe9/100%";
    record.excluded[0].path = "\xff.jpg";
    record.classes[1] = "\xfe";
    const std::string text = formatRunRecord(record);
    const Json json = Json::parse(text);
    QCOMPARE(json["dataset"]["path"].get<std::string>(), std::string("/data/%E9t%E9/100%25"));
    QCOMPARE(json["dataset"]["path_encoding"].get<std::string>(), std::string("percent"));
    QVERIFY(!json["excluded"][1].contains("path_encoding"));
    const RunRecord again = read(text);
    QCOMPARE(again.classes.size(), std::size_t(2));
    // Else the run would not find its data any more.
    QCOMPARE(again.datasetPath, record.datasetPath);
    QVERIFY(again.excluded == record.excluded);
    QVERIFY2(again.unknownKeys.empty(), again.unknownKeys.c_str());
    // All others stand there as they are.
    record.datasetPath = "/data/\u00e9t\u00e9/100%25";
    QCOMPARE(read(formatRunRecord(record)).datasetPath, record.datasetPath);
    QVERIFY(!Json::parse(formatRunRecord(record))["dataset"].contains("path_encoding"));
}

void TestRunRecordJson::mutantsAreReadOrRefused()
{
    const std::string good = formatRunRecord(fullRecord());
    int refused = 0;
    for (std::uint64_t key = 0; key < 600; ++key) {
        RandomStream random(key);
        std::string text = good;
        for (std::uint64_t i = 0; i <= random.below(3); ++i) {
            const auto at = random.below(text.size());
            if (random.below(2) == 0) {
                text[at] = static_cast<char>(random.below(256));
            } else {
                text.erase(at, random.below(20));
            }
        }
        const auto file = m_folder / "mutant.json";
        // Not synced to the disk as AtomicFile would: there are many.
        QFile out(QString::fromStdString(file.string()));
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(QByteArray::fromStdString(text)) >= 0);
        out.close();
        try {
            formatRunRecord(readRunRecord(file));
        } catch (const Error& error) {
            ++refused;
            QCOMPARE(error.code(), ErrorCode::RunInvalid);
        }
    }
    QVERIFY(refused > 200);
}

THAW_TEST(TestRunRecordJson)
#include "test_run_record_json.moc"
