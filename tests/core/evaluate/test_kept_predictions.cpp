#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/evaluate/evaluation_files.h"
#include "core/evaluate/kept_evaluation.h"
#include "core/run/run_files.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <string>

using namespace thaw;

namespace {

KeptEvaluation keptWith(std::vector<std::string> classes, std::vector<std::vector<int>> confusion)
{
    KeptEvaluation kept;
    kept.root = "/data/set";
    for (const std::vector<int>& row : confusion) {
        for (const int count : row) {
            kept.evaluation.score.images += count;
        }
    }
    kept.evaluation.classes = std::move(classes);
    kept.evaluation.confusion = std::move(confusion);
    return kept;
}

const std::string twoRows = "path,truth,label,probability,p:a,p:b\r\n"
                            "a/1.jpg,a,a,0.75,0.75,0.25\r\n"
                            "b/2.jpg,b,b,1,0,1\r\n";

KeptEvaluation keptOfTwoRows()
{
    return keptWith({"a", "b"}, {{1, 0}, {0, 1}});
}

void expectRefused(const std::string& text, const KeptEvaluation& kept, const char* about)
{
    test::TemporaryFolder folder;
    writeFileAtomically(RunFiles{folder.path()}.predictions(), text);
    try {
        readPredictions(folder.path(), kept);
        QFAIL("took it");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInvalid);
        QVERIFY2(std::string(error.what()).find(about) != std::string::npos, error.what());
    }
}

} // namespace

class TestKeptPredictions : public QObject
{
    Q_OBJECT

private slots:
    // Names that a spreadsheet or a terminal would act on are written otherwise, and found again.
    void comeBackAsTheyWere()
    {
        const std::filesystem::path root = "/data/set";
        Evaluation evaluation;
        evaluation.classes = {"label", "=cmd", "dog, \"big\"", "caf\u00e9\x1b"};
        evaluation.confusion = {{1, 1, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 0}};
        evaluation.score = {0.5, 0.5, 4};
        // Float32 numbers, as a network gives them: a third has no short decimal.
        const double third = 1.0F / 3;
        evaluation.predictions = {
            {"/data/set/label/a b.jpg", 0, 0, {1, 0, 0, 0}, {}},
            {"/elsewhere/b, c.jpg", 1, 0, {third, 0.5, 1e-30F, 0.16666667F}, {}},
            {"/data/set/=1+1/new\nline \x1b[2J.jpg", 1, 1, {0, 1.0F - 1e-7F, 1e-7F, 0}, {}},
            {"/data/set/dog/\xE9.jpg", 3, 2, {0.25, 0.25, 0.0625, 0.4375}, {}}};
        test::TemporaryFolder folder;
        writeFileAtomically(RunFiles{folder.path()}.predictions(), formatPredictions(evaluation, root));
        KeptEvaluation kept = keptWith(evaluation.classes, evaluation.confusion);
        // JSON cannot have every name exactly.
        kept.evaluation.classes[3] = "caf\u00e9\x1b";
        std::vector<SplitEntry> entries;
        for (const char* path : {"label/a b.jpg", "=1+1/new\nline \x1b[2J.jpg", "dog/\xE9.jpg"}) {
            entries.push_back({path, "label", Split::Test, "", false});
        }
        const auto read = readPredictions(folder.path(), kept, entries);
        QVERIFY(read);
        QCOMPARE(*read, evaluation.predictions);

        const auto shown = readPredictions(folder.path(), kept);
        QCOMPARE(shown->at(2).path, std::string("/data/set/=1+1/new\\x0aline \\x1b[2J.jpg"));
    }

    void noneIsNoError()
    {
        test::TemporaryFolder folder;
        QVERIFY(!readPredictions(folder.path(), keptOfTwoRows()));
    }

    // Columns of classes had no prefix, and names stood as they are.
    void anOldFileIsRead()
    {
        test::TemporaryFolder folder;
        writeFileAtomically(RunFiles{folder.path()}.predictions(), "path,truth,label,probability,=a,b\n"
                                                                   "=a/1.jpg,=a,=a,0.75,0.75,0.25\n"
                                                                   "\"b\n/2.jpg\",b,b,1,0,1\n");
        const auto read = readPredictions(folder.path(), keptWith({"=a", "b"}, {{1, 0}, {0, 1}}));
        QVERIFY(read);
        QCOMPARE(read->at(0).path, std::string("/data/set/=a/1.jpg"));
        QCOMPARE(read->at(1).path, std::string("/data/set/b\n/2.jpg"));
        QCOMPARE(read->at(1).label, 1);
    }

    void whatCannotBeIsRefused_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<QString>("about");
        QTest::newRow("no header") << "path,truth"
                                   << "truth,path"
                                   << "columns";
        QTest::newRow("a class too many") << ",p:b"
                                          << ",p:b,p:c"
                                          << "more than 6 fields";
        QTest::newRow("another class") << ",p:b"
                                       << ",p:c"
                                       << "classes";
        QTest::newRow("not a number") << "0.75,0.75"
                                      << "nan,nan"
                                      << "probability";
        QTest::newRow("infinite") << "0.75,0.75"
                                  << "0.75,inf"
                                  << "probability";
        QTest::newRow("beyond one") << "1,0,1"
                                    << "1.5,0,1.5"
                                    << "probability";
        QTest::newRow("negative") << "1,0,1"
                                  << "1,-0.5,1"
                                  << "probability";
        QTest::newRow("a decimal comma") << "0.75,0.75,0.25"
                                         << "0.75,\"0,75\",0.25"
                                         << "probability";
        QTest::newRow("what follows a number") << "0.25"
                                               << "0.25x"
                                               << "probability";
        QTest::newRow("a sum") << "0.25"
                               << "0.5"
                               << "add up";
        QTest::newRow("not the likeliest") << "a,a,0.75"
                                           << "a,b,0.25"
                                           << "largest";
        QTest::newRow("not its probability") << "a,a,0.75"
                                             << "a,a,0.5"
                                             << "largest";
        QTest::newRow("an unknown class") << "a,a,0.75"
                                          << "c,a,0.75"
                                          << "class that there is not";
        QTest::newRow("a value too few") << ",0.25\r"
                                         << "\r"
                                         << "values";
        QTest::newRow("a value too many") << "0.25"
                                          << "0.25,0"
                                          << "fields";
        QTest::newRow("no path") << "a/1.jpg"
                                 << ""
                                 << "picture";
        QTest::newRow("an open quote") << "b/2.jpg"
                                       << "\"b/2.jpg"
                                       << "quote";
        QTest::newRow("another confusion") << "b,b,1,0,1"
                                           << "a,b,1,0,1"
                                           << "agree";
        QTest::newRow("a picture too many") << "b/2.jpg"
                                            << "a/0.jpg,a,a,1,1,0\r\nb/2.jpg"
                                            << "more pictures";
        QTest::newRow("a picture too few") << "b/2.jpg,b,b,1,0,1\r\n"
                                           << ""
                                           << "agree";
        QTest::newRow("nothing at all") << QString::fromStdString(twoRows) << ""
                                        << "columns";
    }

    void whatCannotBeIsRefused()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(QString, about);
        QString text = QString::fromStdString(twoRows);
        const auto at = text.indexOf(from);
        QVERIFY(at >= 0);
        text.replace(at, from.size(), to);
        expectRefused(text.toStdString(), keptOfTwoRows(), qPrintable(about));
    }

    void bytesThatAreNoTextAreRefused()
    {
        expectRefused(twoRows + std::string("x\0y", 3) + ",a,a,1,1,0\r\n",
                      keptWith({"a", "b"}, {{2, 0}, {0, 1}}), "NUL");
    }

    void classesOfTheSameNameAreRefused()
    {
        expectRefused("path,truth,label,probability,p:a,p:a\na.jpg,a,a,1,1,0\n",
                      keptWith({"a", "a"}, {{1, 0}, {0, 0}}), "same name");
    }

    void aFileTooLargeIsNotRead()
    {
        test::TemporaryFolder folder;
        const std::filesystem::path file = RunFiles{folder.path()}.predictions();
        writeFileAtomically(file, twoRows);
        std::filesystem::resize_file(file, maxPredictionsSize + 1); // of holes: takes no room
        try {
            readPredictions(folder.path(), keptOfTwoRows());
            QFAIL("read it");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunInvalid);
        }
    }
};

THAW_TEST(TestKeptPredictions)
#include "test_kept_predictions.moc"
