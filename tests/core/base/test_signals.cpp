#include "core/base/signals.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cerrno>
#include <csignal>
#include <unistd.h>

using namespace thaw;

namespace {

constexpr std::int64_t after(std::int64_t milliseconds)
{
    return 1'000'000'000 + milliseconds * 1'000'000;
}

} // namespace

class TestSignals : public QObject
{
    Q_OBJECT

private slots:
    void whatComesTogetherIsOneRequest()
    {
        StopRequests requests;
        QVERIFY(!requests.isInsisted(SIGINT, after(0)));
        for (const int milliseconds : {0, 3, 50, 499}) {
            for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
                QVERIFY(!requests.isInsisted(signal, after(milliseconds)));
            }
        }
        QVERIFY(requests.isInsisted(SIGINT, after(500)));
        QVERIFY(requests.isInsisted(SIGINT, after(90'000)));
    }

    void onlyCtrlCIsSomebodyInAHurry()
    {
        StopRequests requests;
        QVERIFY(!requests.isInsisted(SIGTERM, after(0)));
        QVERIFY(!requests.isInsisted(SIGTERM, after(60'000)));
        QVERIFY(!requests.isInsisted(SIGHUP, after(60'000)));
        QVERIFY(requests.isInsisted(SIGINT, after(60'000)));
    }

    void goesByTheClock()
    {
        StopRequests requests;
        QVERIFY(!requests.isInsisted(SIGINT));
        QVERIFY(!requests.isInsisted(SIGINT));
        QTRY_VERIFY(requests.isInsisted(SIGINT));
    }

    void failedWritesAreErrorsOfTheirs()
    {
        reportFailedWrites();
        int ends[2] = {-1, -1};
        QCOMPARE(pipe(ends), 0);
        close(ends[0]);
        QCOMPARE(write(ends[1], "x", 1), ssize_t(-1));
        QCOMPARE(errno, EPIPE);
        close(ends[1]);
        QCOMPARE(raise(SIGXFSZ), 0);
    }
};

THAW_TEST(TestSignals)
#include "test_signals.moc"
