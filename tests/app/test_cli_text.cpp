#include "app/cli/notice_words.h"
#include "app/cli/status_line.h"
#include "app/cli/text.h"
#include "app/cli/train_printer.h"
#include "core/base/atomic_file.h"
#include "tests/support/notices.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <cstdio>
#include <fcntl.h>
#include <limits>
#include <unistd.h>

using namespace thaw;
using namespace thaw::cli;

namespace {

/// What the process writes to standard output and standard error goes into a file while it lives.
class Redirected
{
public:
    explicit Redirected(const std::filesystem::path& file)
    {
        const int target = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
            std::fflush(nullptr);
            m_before.push_back(dup(stream));
            dup2(target, stream);
        }
        close(target);
    }
    ~Redirected()
    {
        std::fflush(nullptr);
        int stream = STDOUT_FILENO;
        for (const int before : m_before) {
            dup2(before, stream++);
            close(before);
        }
    }
    Redirected(const Redirected&) = delete;
    Redirected& operator=(const Redirected&) = delete;

private:
    std::vector<int> m_before;
};

QByteArray contentOf(const std::filesystem::path& file)
{
    return QByteArray::fromStdString(readTextFile(file, 1 << 20));
}

} // namespace

class TestCliText : public QObject
{
    Q_OBJECT

private slots:
    void groupsThousands();
    void numbersAreWhole();
    void namesClassesInOrder();
    void writesNumbersThatAreNone();
    void writesDurations();
    void quotesForTheShell();
    void shortensWholeCharacters();
    void alignsTables();
    void drawsBars();
    void fitsProgressIntoTheTerminal();
    void keepsTheOrderOfProgressParts();
    void everyNoticeHasWords();
    void countsOnlyWarningsThatLast_data();
    void countsOnlyWarningsThatLast();
    void tellsTheRecallOfUnevenClasses();
};

void TestCliText::groupsThousands()
{
    QCOMPARE(grouped(0), std::string("0"));
    QCOMPARE(grouped(999), std::string("999"));
    QCOMPARE(grouped(1000), std::string("1,000"));
    QCOMPARE(grouped(14714688), std::string("14,714,688"));
    QCOMPARE(grouped(-123), std::string("-123"));
    QCOMPARE(grouped(-1234), std::string("-1,234"));
    QCOMPARE(counted(1, "picture", "pictures"), std::string("1 picture"));
    QCOMPARE(counted(2000, "picture", "pictures"), std::string("2,000 pictures"));
}

void TestCliText::numbersAreWhole()
{
    QCOMPARE(decimal(1e308), std::string("1e+308"));
    QCOMPARE(decimal(-1.5e12), std::string("-1.5e+12"));
    QCOMPARE(decimal(3e-7), std::string("3e-07"));
    QCOMPARE(decimal(1.0 / (1 << 25)), std::string("2.98e-08"));
    QCOMPARE(decimal(1234567890.5), std::string("1.23e+09"));
    QCOMPARE(decimal(0), std::string("0.0000"));
    QCOMPARE(decimal(0.25), std::string("0.2500"));
    QCOMPARE(percent(1e308), std::string("1e+308"));
}

void TestCliText::namesClassesInOrder()
{
    QCOMPARE(shownClasses({"1", "10", "2", "cat "}), std::string("1, 2, 10, 'cat '"));
    QCOMPARE(shownName(" a"), std::string("' a'"));
    QCOMPARE(shownName(""), std::string("''"));
}

void TestCliText::writesNumbersThatAreNone()
{
    const double none = std::numeric_limits<double>::quiet_NaN();
    const double infinite = std::numeric_limits<double>::infinity();
    QCOMPARE(percent(0.9755), std::string("97.55 %"));
    QCOMPARE(percent(none), std::string("–"));
    QCOMPARE(decimal(14.5), std::string("14.5000"));
    QCOMPARE(decimal(infinite), std::string("–"));
}

void TestCliText::writesDurations()
{
    QCOMPARE(duration(0.2), std::string("0:00"));
    QCOMPARE(duration(154), std::string("2:34"));
    QCOMPARE(duration(3723), std::string("1:02:03"));
    QCOMPARE(duration(-1), std::string("–"));
    QCOMPARE(duration(1e300), std::string("–"));
}

void TestCliText::quotesForTheShell()
{
    QCOMPARE(shellWord("/runs/2026-11-23_1405_cats"), std::string("/runs/2026-11-23_1405_cats"));
    QCOMPARE(shellWord("my run"), std::string("'my run'"));
    QCOMPARE(shellWord("it's; rm"), std::string("'it'\\''s; rm'"));
    QCOMPARE(shellWord(""), std::string("''"));
}

void TestCliText::shortensWholeCharacters()
{
    QCOMPARE(displayWidth("11×11"), std::size_t(5));
    QCOMPARE(shortened("épée", 4), std::string("épée"));
    QCOMPARE(shortened("épées", 4), std::string("épé…"));
    QCOMPARE(shortened("abc", 1), std::string("…"));
    QCOMPARE(shortened("abc", 0), std::string());
}

void TestCliText::alignsTables()
{
    Table table({{"layer"}, {"output", Align::Right}});
    table.addRow({"a", "1×1"});
    table.addRow({"longer"});
    QCOMPARE(table.text(), std::string("layer   output\n"
                                       "a          1×1\n"
                                       "longer\n"));
    Table facts({{}, {}});
    facts.addRow({"run", "x"});
    QCOMPARE(facts.text(), std::string("run  x\n"));
}

void TestCliText::drawsBars()
{
    QCOMPARE(progressBar(0, 12), std::string("[          ]"));
    QCOMPARE(progressBar(0.5, 12), std::string("[=====>    ]"));
    QCOMPARE(progressBar(1, 12), std::string("[==========]"));
    QCOMPARE(progressBar(7, 12), progressBar(1, 12));
    QCOMPARE(progressBar(std::numeric_limits<double>::quiet_NaN(), 12), progressBar(0, 12));
    QCOMPARE(progressBar(0.5, 4), std::string());
}

void TestCliText::fitsProgressIntoTheTerminal()
{
    BatchProgress progress;
    progress.step = 34;
    progress.steps = 63;
    progress.epochs = 3;
    progress.loss = 14.5;
    progress.accuracy = 0.97;
    progress.imagesPerSecond = 41;
    progress.secondsLeft = 154;
    for (const std::size_t columns : {50, 60, 80, 100, 200}) {
        const std::string text = progressText(progress, columns);
        QVERIFY2(displayWidth(text) < columns, text.c_str());
        QVERIFY(text.starts_with("phase 1/2, epoch 1/3"));
    }
}

void TestCliText::keepsTheOrderOfProgressParts()
{
    BatchProgress progress;
    progress.phase = 2;
    progress.epoch = 2;
    progress.epochs = 3;
    progress.step = 1;
    progress.steps = 2;
    progress.loss = 0.25;
    progress.accuracy = 0.5;
    progress.imagesPerSecond = 40.6;
    progress.secondsLeft = 154;
    QCOMPARE(progressText(progress, 200),
             std::string("phase 2/2, epoch 2/3  [=====>    ]  step 1/2  loss 0.2500  accuracy 50.00 %  "
                         "41 images/s  2:34 left"));
    progress.stage = TrainStage::Validating;
    QVERIFY(progressText(progress, 200).starts_with("phase 2/2, epoch 2/3, validating  ["));
    progress.stage = TrainStage::Testing;
    QVERIFY(progressText(progress, 200).starts_with("testing  ["));
}

void TestCliText::everyNoticeHasWords()
{
    for (const NoticeCode code : allNoticeCodes()) {
        const std::string text = noticeText(test::madeNotice(code));
        QVERIFY2(!text.empty() && text.find_first_of("{}") == std::string::npos, text.c_str());
    }
    QCOMPARE(noticeText(notice(NoticeCode::ExpectedTime, {12'345.0})),
             std::string("It should be done in about 3 h 20 min."));
    QCOMPARE(noticeText(notice(NoticeCode::RateChanged, {1e-5, std::int64_t(2), std::int64_t(1)})),
             std::string("The learning rate is 1e-05 from phase 2, epoch 1 on."));
}

void TestCliText::countsOnlyWarningsThatLast_data()
{
    QTest::addColumn<bool>("json");
    QTest::newRow("in words") << false;
    QTest::newRow("in events") << true;
}

void TestCliText::countsOnlyWarningsThatLast()
{
    QFETCH(bool, json);
    const test::TemporaryFolder folder;
    Output out;
    StatusLine status;
    Context context{out, status, {}};
    QByteArray during;
    QByteArray after;
    {
        Recipe recipe;
        TrainPrinter printer(context, {json}, recipe);
        {
            const Redirected streams(folder / "during");
            printer.noticeGiven(notice(NoticeCode::WaitsToSaveRun, {std::string("the disk is full")}));
            printer.noticeGiven(notice(NoticeCode::FewerThanABatch, {std::int64_t(3), std::int64_t(32)}));
            printer.noticeGiven(notice(NoticeCode::RunSaved));
            printer.noticeEnded(NoticeCode::WaitsToSaveRun);
        }
        {
            const Redirected streams(folder / "after");
            printer.finished({}, folder.path());
        }
        during = contentOf(folder / "during");
        after = contentOf(folder / "after");
    }
    QVERIFY2(during.contains("the disk is full"), during.constData());
    QVERIFY2(during.contains("fewer training pictures (3)"), during.constData());
    QVERIFY2(after.contains("1 warning, see above"), after.constData());
    QVERIFY2(!after.contains("fewer training"), after.constData()); // told once is enough
}

void TestCliText::tellsTheRecallOfUnevenClasses()
{
    const auto printed = [](const RunRecord& record) {
        const test::TemporaryFolder folder;
        Output out;
        StatusLine status;
        Context context{out, status, {}};
        TrainPrinter printer(context, {}, {});
        {
            const Redirected streams(folder / "out");
            printer.finished(record, folder.path());
        }
        return contentOf(folder / "out");
    };
    RunRecord record;
    record.classes = {"cat", "dog", "wren"};
    record.test = TestResult{"test", {0.25, 0.9, 50}, 2, 50, {}, {40, 10, 0}, {40, 5, 0}};
    const QByteArray text = printed(record);
    QVERIFY2(text.contains("balanced accuracy  75 %"), text.constData());
    const auto dog = text.indexOf("dog ");
    QVERIFY2(dog > 0 && dog < text.indexOf("cat "), text.constData()); // the lowest first
    QVERIFY2(!text.contains("wren"), text.constData());
    record.classes = {"cat", "dog"};
    record.test->imagesByClass = {26, 24};
    record.test->correctByClass = {25, 20};
    QVERIFY(!printed(record).contains("balanced")); // the accuracy tells it
    record.test->imagesByClass.clear();             // an older run
    record.test->correctByClass.clear();
    QVERIFY(!printed(record).contains("balanced"));
}

THAW_TEST(TestCliText)
#include "test_cli_text.moc"
