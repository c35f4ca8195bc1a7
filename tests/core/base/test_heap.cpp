#include "core/base/heap.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cstring>
#include <sys/resource.h>
#include <thread>
#include <vector>

using namespace thaw;

namespace {

long pageFaults()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

/// Takes, uses and gives back 24 MiB, as a training step does with its tensors.
void useSomeMemory()
{
    std::vector<std::vector<char>> blocks;
    for (int i = 0; i < 3; ++i) {
        blocks.emplace_back(8 << 20, 'x');
    }
}

/// Of 50 such steps, after a first one.
long faultsOfSteps()
{
    useSomeMemory();
    const long before = pageFaults();
    for (int i = 0; i < 50; ++i) {
        useSomeMemory();
    }
    return pageFaults() - before;
}

} // namespace

class TestHeap : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("sanitizers have an allocator of their own");
#endif
        keepFreedMemory();
    }

    // New memory each time would be 6,144 pages a step, 307,200 in all.
    void freedMemoryIsUsedAgain()
    {
        const long faults = faultsOfSteps();
        QVERIFY2(faults < 3000, qPrintable(QString::number(faults)));
        long ofThread = 0;
        std::jthread([&] { ofThread = faultsOfSteps(); }).join();
        QVERIFY2(ofThread < 3000, qPrintable(QString::number(ofThread)));
    }

    void whatIsGivenBackCanBeHadAgain()
    {
        returnFreedMemory();
        const long faults = faultsOfSteps();
        QVERIFY2(faults < 3000, qPrintable(QString::number(faults)));
    }
};

THAW_TEST(TestHeap)
#include "test_heap.moc"
