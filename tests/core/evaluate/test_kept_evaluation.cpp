#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/evaluate/evaluation_files.h"
#include "core/evaluate/kept_evaluation.h"
#include "core/run/run_files.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

namespace {

Evaluation evaluationToKeep()
{
    Evaluation evaluation;
    evaluation.split = "test";
    evaluation.score = {0.25, 2.0 / 3, 3};
    evaluation.total = 9;
    evaluation.classes = {"cat", "dog, \"big\"", "=none"};
    evaluation.confusion = {{1, 1, 0}, {0, 1, 0}, {0, 0, 0}};
    evaluation.leftOut = {{"/data/set/cat/b.jpg", "there is no such file"}};
    evaluation.unknownClasses = {{"Cat", 1, {"cat"}}};
    evaluation.notKnown = {{"/data/set/Cat/c.jpg", "the model does not know the class Cat"}};
    evaluation.unreadable = {{"/data/set/dog/d.jpg", "the file is cut short"}};
    evaluation.threshold = {0.625, "validation"};
    return evaluation;
}

DatasetIndex datasetToKeep()
{
    DatasetIndex dataset;
    dataset.source = "/data/set/list.csv";
    dataset.root = "/data/set";
    dataset.fingerprint = "abc";
    return dataset;
}

/// What a run of before Thaw wrote thresholds and totals has.
const char* const oldText = R"({
  "version": 1, "evaluated_at": "2026-11-23T14:05:09Z", "dataset": {"path": "/old", "fingerprint": "f"},
  "split": "validation", "images": 3, "loss": null, "accuracy": 1.0,
  "classes": ["a", "b"], "confusion": [[1, 0], [0, 2]],
  "by_class": [], "left_out": [{"path": "/old/a/x.jpg", "error": "gone"}]})";

} // namespace

class TestKeptEvaluation : public QObject
{
    Q_OBJECT

private slots:
    void comesBackAsItWas()
    {
        test::TemporaryFolder folder;
        QVERIFY(!readEvaluation(folder.path())); // none yet
        const Evaluation written = evaluationToKeep();
        writeFileAtomically(RunFiles{folder.path()}.evaluation(),
                            formatEvaluation(written, datasetToKeep(), "2026-11-23T14:05:09Z"));
        const std::optional<KeptEvaluation> kept = readEvaluation(folder.path());
        QVERIFY(kept);
        QCOMPARE(kept->evaluatedAt, std::string("2026-11-23T14:05:09Z"));
        QCOMPARE(kept->dataset.string(), std::string("/data/set/list.csv"));
        QCOMPARE(kept->root.string(), std::string("/data/set"));
        QCOMPARE(kept->fingerprint, std::string("abc"));
        const Evaluation& read = kept->evaluation;
        QCOMPARE(read.split, written.split);
        QCOMPARE(read.score.loss, written.score.loss);
        QCOMPARE(read.score.accuracy, written.score.accuracy); // to the bit
        QCOMPARE(read.score.images, written.score.images);
        QCOMPARE(read.total, written.total);
        QCOMPARE(read.classes, written.classes);
        QCOMPARE(read.confusion, written.confusion);
        QCOMPARE(read.leftOut, written.leftOut);
        QCOMPARE(read.unknownClasses, written.unknownClasses);
        QCOMPARE(read.notKnown, written.notKnown);
        QCOMPARE(read.unreadable, written.unreadable);
        QCOMPARE(read.threshold, written.threshold);
        QVERIFY(read.predictions.empty());
    }

    void anOldFileIsRead()
    {
        test::TemporaryFolder folder;
        writeFileAtomically(RunFiles{folder.path()}.evaluation(), oldText);
        const std::optional<KeptEvaluation> kept = readEvaluation(folder.path());
        QVERIFY(kept);
        QCOMPARE(kept->root.string(), std::string("/old"));
        QCOMPARE(kept->evaluation.total, 4);
        QVERIFY(std::isnan(kept->evaluation.score.loss));
        QCOMPARE(kept->evaluation.leftOut.size(), std::size_t(1));
        QVERIFY(!kept->evaluation.threshold);
    }

    void whatCannotBeIsRefused_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("no object") << "{"
                                   << "[";
        QTest::newRow("cut short") << "}]}"
                                   << "}]";
        QTest::newRow("classes that are no list") << R"(["a", "b"])"
                                                  << R"({"a": "b"})";
        QTest::newRow("no classes") << R"(["a", "b"])"
                                    << "[]";
        QTest::newRow("a class that is no text") << R"(["a", "b"])"
                                                 << R"(["a", 1])";
        QTest::newRow("a class more") << R"(["a", "b"])"
                                      << R"(["a", "b", "c"])";
        QTest::newRow("a row short") << "[0, 2]"
                                     << "[2]";
        QTest::newRow("a row too few") << "[[1, 0], [0, 2]]"
                                       << "[[1, 0]]";
        QTest::newRow("a negative count") << "[1, 0]"
                                          << "[1, -1]";
        QTest::newRow("a broken count") << "[1, 0]"
                                        << "[1, 0.5]";
        QTest::newRow("a count beyond all") << "[1, 0]"
                                            << "[1, 4294967296]";
        QTest::newRow("counts that do not add up") << "[1, 0]"
                                                   << "[1, 1]";
        QTest::newRow("more than one") << R"("accuracy": 1.0)"
                                       << R"("accuracy": 1.5)";
        QTest::newRow("a text for a number") << R"("accuracy": 1.0)"
                                             << R"("accuracy": "1")";
        QTest::newRow("a negative loss") << R"("loss": null)"
                                         << R"("loss": -1)";
        QTest::newRow("images as a text") << R"("images": 3)"
                                          << R"("images": "3")";
        QTest::newRow("fewer than measured") << R"("by_class")"
                                             << R"("total": 2, "by_class")";
        QTest::newRow("a threshold beyond 1") << R"("by_class")"
                                              << R"("threshold": {"value": 2}, "by_class")";
        QTest::newRow("a threshold without value") << R"("by_class")"
                                                   << R"("threshold": {}, "by_class")";
        QTest::newRow("a threshold that is none") << R"("by_class")"
                                                  << R"("threshold": 0.5, "by_class")";
        QTest::newRow("nameless left out") << R"("path": "/old/a/x.jpg", )"
                                           << "";
        QTest::newRow("a data set that is none") << R"({"path": "/old", "fingerprint": "f"})"
                                                 << "[]";
    }

    void whatCannotBeIsRefused()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QString text = QString(oldText);
        const auto at = text.indexOf(from);
        QVERIFY(at >= 0);
        text.replace(at, from.size(), to);
        test::TemporaryFolder folder;
        writeFileAtomically(RunFiles{folder.path()}.evaluation(), text.toStdString());
        try {
            readEvaluation(folder.path());
            QFAIL("took it");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunInvalid);
            QVERIFY(std::string(error.what()).find("evaluation.json") != std::string::npos);
        }
    }

    void aFileTooLargeIsNotRead()
    {
        test::TemporaryFolder folder;
        const std::filesystem::path file = RunFiles{folder.path()}.evaluation();
        writeFileAtomically(file, oldText);
        std::filesystem::resize_file(file, maxEvaluationSize + 1); // of holes: takes no room
        try {
            readEvaluation(folder.path());
            QFAIL("read it");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunInvalid);
        }
    }
};

THAW_TEST(TestKeptEvaluation)
#include "test_kept_evaluation.moc"
