#include "core/base/error.h"
#include "core/run/run_event.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "tests/support/error_code.h"
#include "tests/support/notices.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <set>

using namespace thaw;

namespace {

RunRecord finishedRecord()
{
    RunRecord record;
    record.state = RunState::Finished;
    record.name = "a run";
    record.classes = {"cat", "dog"};
    record.counts = {{{3, 4}, {1, 1}, {2, 2}}};
    record.best = {{1, 2, 0.25, 0.5, 2, false}};
    record.test = TestResult{"test", {0.125, 0.75, 4}, 1, 4, {}};
    return record;
}

template <typename Event>
Event throughALine(const Event& event)
{
    const std::string line = toJsonLine(event);
    if (line.find('\n') != std::string::npos) {
        throw std::runtime_error("an event of two lines");
    }
    return std::get<Event>(parseRunEvent(line).value());
}

} // namespace

/// The lines of `train --json`: what is written reads back to the same values.
class TestRunEvent : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyNoticeReadsBack()
    {
        std::set<std::string> names;
        for (const NoticeCode code : allNoticeCodes()) {
            const Notice made = test::madeNotice(code);
            QVERIFY2(throughALine(made) == made, nameOf(code));
            QCOMPARE(throughALine(NoticeEnded{code}).code, code);
            names.insert(nameOf(code));
        }
        QCOMPARE(names.size(), allNoticeCodes().size());
    }

    void aRunReadsBack()
    {
        const RunStarted started = throughALine(RunStarted{"/runs/ä run", finishedRecord(), true});
        QCOMPARE(started.folder, std::filesystem::path("/runs/ä run"));
        QVERIFY(started.resumed);
        QCOMPARE(formatRunRecord(started.record), formatRunRecord(finishedRecord()));
        QCOMPARE(started.version, runEventVersion);
        QCOMPARE(throughALine(RunStarted{"/runs/1", finishedRecord(), false, 7}).version, 7);
        const RunEnded ended = throughALine(RunEnded{"/runs/1", finishedRecord(), true});
        QVERIFY(ended.hasCheckpoint);
        QVERIFY(!throughALine(RunEnded{"/runs/1", finishedRecord(), false}).hasCheckpoint);
        QCOMPARE(formatRunRecord(ended.record), formatRunRecord(finishedRecord()));
        // Names that scripts rely on.
        const std::string line = toJsonLine(RunEnded{"/runs/1", finishedRecord()});
        QVERIFY2(line.starts_with(R"({"event":"finished","run":"/runs/1","state":"finished",)"
                                  R"("test_accuracy":0.75,"test_loss":0.125)"),
                 line.c_str());
    }

    void progressReadsBack()
    {
        const BatchProgress told{TrainStage::Storing, 2, 3, 4, 5, 6, 7, 0.1, 0.2, 30.5, 0.7, 12.25};
        const BatchProgress read = throughALine(told);
        QCOMPARE(toJsonLine(read), toJsonLine(told));
        QCOMPARE(read.stage, TrainStage::Storing);
        QCOMPARE(read.step, 6);
        QCOMPARE(read.secondsLeft, 12.25);
        QCOMPARE(throughALine(BatchProgress{}).secondsLeft, -1.0);
        for (const TrainStage stage : {TrainStage::Preparing, TrainStage::Storing, TrainStage::Training,
                                       TrainStage::Validating, TrainStage::Testing})
        {
            QCOMPARE(trainStageFromName(nameOf(stage)), std::optional(stage));
        }
    }

    void anEpochReadsBack()
    {
        EpochDone done;
        done.metrics = {1, 2, 0.1, 0.9, 0.3, 0.8, 1e-5, 12.5, 40};
        done.isBest = true;
        QCOMPARE(toJsonLine(throughALine(done)), toJsonLine(done));
        QVERIFY(throughALine(done).isBest);
        // What was not measured is null, and no number again.
        done.metrics.valLoss = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(std::isnan(throughALine(done).metrics.valLoss));
    }

    void whatIsNewerIsLeftOut()
    {
        QVERIFY(!parseRunEvent(R"({"event":"something of next year","run":7})"));
        QVERIFY(!parseRunEvent(R"({"event":"message_ended","code":"something-of-next-year"})"));
        QVERIFY(!parseRunEvent(R"({"event":"message","code":"something-of-next-year","arguments":7})"));
        QVERIFY(!parseRunEvent(R"({"event":"progress","stage":"dreaming"})"));
    }

    void whatIsNoEventIsRefused_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("no JSON") << QByteArray("Training …");
        QTest::newRow("no object") << QByteArray("[1]");
        QTest::newRow("no kind") << QByteArray(R"({"run":"x"})");
        QTest::newRow("kind of another type") << QByteArray(R"({"event":7})");
        QTest::newRow("cut short") << QByteArray(R"({"event":"progress","stage":"training")");
        QTest::newRow("keys missing") << QByteArray(R"({"event":"progress","stage":"training"})");
        QTest::newRow("a count that is none") << QByteArray(R"({"event":"epoch","phase":1e300,"epoch":1})");
        QTest::newRow("a negative count") << QByteArray(R"({"event":"epoch","phase":-1,"epoch":1})");
        QTest::newRow("a code of another type") << QByteArray(R"({"event":"message_ended","code":7})");
        QTest::newRow("a version of another type")
            << QByteArray(R"({"event":"started","run":"x","resumed":false,"version":"1","record":{}})");
        QTest::newRow("a checkpoint that is none")
            << QByteArray(R"({"event":"finished","run":"x","has_checkpoint":7,"record":{}})");
        QTest::newRow("arguments of another type") << QByteArray(
            R"({"event":"message","code":"rate-changed","arguments":{"rate":"x","phase":1,"epoch":1}})");
        QTest::newRow("arguments missing") << QByteArray(R"({"event":"message","code":"rate-changed"})");
        QTest::newRow("a record that is none")
            << QByteArray(R"({"event":"finished","run":"x","record":{"state":"flying"}})");
        QTest::newRow("nested deeply")
            << QByteArray("{\"event\":") + QByteArray(100'000, '[') + QByteArray(100'000, ']') + "}";
    }

    void whatIsNoEventIsRefused()
    {
        QFETCH(QByteArray, line);
        QCOMPARE(test::codeOf([&] { parseRunEvent(line.toStdString()); }),
                 std::optional(ErrorCode::RunInvalid));
    }

    void argumentsSuitTheirCode()
    {
        QVERIFY(suits(NoticeCode::RateChanged, {0.5, std::int64_t(1), std::int64_t(2)}));
        QVERIFY(!suits(NoticeCode::RateChanged, {0.5, std::int64_t(1)}));
        QVERIFY(!suits(NoticeCode::RateChanged, {std::int64_t(1), std::int64_t(1), std::int64_t(2)}));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, notice(NoticeCode::NoValidation, {1.0}));
    }
};

THAW_TEST(TestRunEvent)
#include "test_run_event.moc"
