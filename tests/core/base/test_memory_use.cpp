#include "core/base/memory_use.h"
#include "tests/support/error_code.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cstring>
#include <memory>
#include <sys/resource.h>
#include <unistd.h>

using namespace thaw;

class TestMemoryUse : public QObject
{
    Q_OBJECT

private slots:
    // Sixty-four mebibytes, filled, and let go of: a peak stays.
    void thePeakGrowsByWhatIsFilledAndStays()
    {
        const double before = peakOwnMemory();
        if (before == 0) {
            QSKIP("this system does not say");
        }
        constexpr std::size_t bytes = 64u << 20;
        {
            const auto block = std::make_unique<char[]>(bytes);
            std::memset(block.get(), 1, bytes);
            QVERIFY(block[bytes - 1] == 1);
        }
        const double grown = peakOwnMemory() - before;
        // Sanitizers keep notes of their own: an eighth of a byte for each, or four.
#ifdef __SANITIZE_THREAD__
        constexpr double most = 6.0;
#else
        constexpr double most = 1.5;
#endif
        QVERIFY2(grown > 0.9 * bytes && grown < most * bytes, qPrintable(QString::number(grown)));
    }

    void theStartIsPartOfThePeak()
    {
        const double atStart = ownMemoryAtStart();
        if (atStart == 0) {
            QSKIP("this system does not say");
        }
        QVERIFY2(atStart <= peakOwnMemory(), qPrintable(QString::number(atStart)));
    }

    void aSmallStackIsRefusedInWords()
    {
        rlimit before{};
        QCOMPARE(getrlimit(RLIMIT_STACK, &before), 0);
        if (before.rlim_cur < rlim_t(1024) * 1024) {
            QSKIP("the stack is too small to begin with");
        }
        requireStack();
        const rlimit small{rlim_t(128) * 1024, before.rlim_max};
        QCOMPARE(setrlimit(RLIMIT_STACK, &small), 0);
        const std::string refusal = test::refusalOf(ErrorCode::OutOfMemory, requireStack);
        setrlimit(RLIMIT_STACK, &before);
        QVERIFY2(refusal.find("128 KiB") != std::string::npos &&
                     refusal.find("ulimit -s") != std::string::npos,
                 refusal.c_str());
    }

    void lessIsAvailableThanThereIs()
    {
        const double there = double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGESIZE));
        const double available = availableMemory();
        QVERIFY2(available >= 0 && available < there, qPrintable(QString::number(available)));
    }
};

THAW_TEST(TestMemoryUse)
#include "test_memory_use.moc"
