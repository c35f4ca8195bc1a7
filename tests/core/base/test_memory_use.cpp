#include "core/base/memory_use.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cstring>
#include <memory>
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

    void lessIsAvailableThanThereIs()
    {
        const double there = double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGESIZE));
        const double available = availableMemory();
        QVERIFY2(available >= 0 && available < there, qPrintable(QString::number(available)));
    }
};

THAW_TEST(TestMemoryUse)
#include "test_memory_use.moc"
