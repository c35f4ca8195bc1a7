#include "core/run/run_event_reader.h"
#include "tests/support/notices.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <string>
#include <vector>

using namespace thaw;

namespace {

/// A reader and the lines that its events would be written as.
struct ListeningReader
{
    std::vector<std::string> lines;
    RunEventReader reader{[this](const RunEvent& event) { lines.push_back(toJsonLine(event)); }};
};

std::vector<std::string> linesOfARun()
{
    RunRecord record;
    record.classes = {"cat", "dög"};
    record.counts = {{{3, 4}, {1, 1}, {2, 2}}};
    return {toJsonLine(RunStarted{"/runs/ä run", record, false}),
            toJsonLine(test::madeNotice(NoticeCode::PicturesLeftOut)), toJsonLine(BatchProgress{}),
            toJsonLine(EpochDone{{1, 1, 0.1, 0.9, 0.3, 0.8, 1e-5, 12.5, 40}, true}),
            toJsonLine(RunEnded{"/runs/ä run", record, true})};
}

std::string textOf(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines) {
        text += line + '\n';
    }
    return text;
}

const std::string oneEpoch = toJsonLine(EpochDone{{1, 1, 0.5, 0.5, 0.5, 0.5, 1e-3, 1, 1}, false});

} // namespace

/// The output of another process as events: pieces of any size, and whatever else comes.
class TestRunEventReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void piecesOfAnySizeAreTheSame()
    {
        const std::vector<std::string> lines = linesOfARun();
        const std::string text = textOf(lines);
        for (const std::size_t size : {std::size_t(1), std::size_t(7), std::size_t(100), text.size()}) {
            ListeningReader listening;
            for (std::size_t begin = 0; begin < text.size(); begin += size) {
                listening.reader.read(std::string_view(text).substr(begin, size));
            }
            listening.reader.finish();
            QCOMPARE(listening.lines, lines);
            QCOMPARE(listening.reader.badLines(), std::size_t(0));
            QVERIFY(listening.reader.firstFault().empty());
            QVERIFY(!listening.reader.isNewer());
        }
    }

    void whatIsNoEventIsLeftOut_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("words") << QByteArray("Warning: the disk is nearly full");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("bytes") << QByteArray("\xff\x00\x1b[2J\x80", 6);
        QTest::newRow("half an event") << QByteArray::fromStdString(oneEpoch).left(20);
        QTest::newRow("two in a line") << QByteArray::fromStdString(oneEpoch + oneEpoch);
        QTest::newRow("brackets") << QByteArray(200'000, '[');
        QTest::newRow("a number beyond all") << QByteArray(R"({"event":"epoch","phase":1e999,"epoch":1})");
    }

    void whatIsNoEventIsLeftOut()
    {
        QFETCH(QByteArray, line);
        ListeningReader listening;
        listening.reader.read(oneEpoch + "\n" + line.toStdString() + "\n" + oneEpoch + "\n");
        listening.reader.finish();
        QCOMPARE(listening.lines, (std::vector{oneEpoch, oneEpoch}));
        QCOMPARE(listening.reader.badLines(), std::size_t(1));
        QVERIFY(!listening.reader.firstFault().empty());
        // Fit to be shown: it may quote what came, all of it escaped four times over.
        QVERIFY(listening.reader.firstFault().size() <= 800);
        QCOMPARE(listening.reader.firstFault().find_first_of("\n\x1b"), std::string::npos);
    }

    void onlyTheFirstFaultIsKept()
    {
        ListeningReader listening;
        listening.reader.read("no JSON\n");
        const std::string first = listening.reader.firstFault();
        for (int i = 0; i < 1000; ++i) {
            listening.reader.read("{}\n");
        }
        QCOMPARE(listening.reader.badLines(), std::size_t(1001));
        QCOMPARE(listening.reader.firstFault(), first);
    }

    void aLastLineWithoutEndWasCut()
    {
        ListeningReader listening;
        listening.reader.read(oneEpoch); // all of it, but for the end of the line
        QVERIFY(listening.lines.empty());
        listening.reader.finish();
        QVERIFY(listening.lines.empty());
        QCOMPARE(listening.reader.badLines(), std::size_t(1));
        // What comes afterwards, of another process, begins anew.
        listening.reader.read(oneEpoch + "\n");
        QCOMPARE(listening.lines.size(), std::size_t(1));
    }

    void aLineWithoutEndIsNotKept()
    {
        ListeningReader listening;
        const std::string piece(runEventLineLimit / 4 + 1, 'x');
        for (int i = 0; i < 8; ++i) {
            listening.reader.read(piece);
        }
        listening.reader.read("\n" + oneEpoch + "\n");
        QCOMPARE(listening.reader.badLines(), std::size_t(1));
        QCOMPARE(listening.lines, std::vector{oneEpoch});
    }

    void aNewerProgramIsUnderstoodAsFarAsItGoes()
    {
        ListeningReader listening;
        RunStarted started{"/runs/1", {}, false, runEventVersion + 1};
        listening.reader.read(toJsonLine(started) + "\n" + R"({"event":"thought","depth":7})" + "\n" +
                              R"({"event":"progress","stage":"dreaming"})" + "\n" + oneEpoch + "\n");
        QVERIFY(listening.reader.isNewer());
        QCOMPARE(listening.lines.size(), std::size_t(2));
        QCOMPARE(listening.reader.badLines(), std::size_t(0));
    }
};

THAW_TEST(TestRunEventReader)
#include "test_run_event_reader.moc"
