#include "core/base/error.h"
#include "core/compute/part_size.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace thaw;

class TestPartSize : public QObject
{
    Q_OBJECT

private slots:
    void allAtOnceWhileTheyFit()
    {
        PartSize parts;
        std::vector<std::int64_t> tried;
        parts.run(32, [&](std::int64_t part) { tried.push_back(part); });
        QCOMPARE(tried, (std::vector<std::int64_t>{32}));
        QCOMPARE(parts.largest(), std::int64_t(0));
    }

    void halvesUntilTheyFitAndKeepsThat()
    {
        std::vector<std::pair<std::int64_t, std::int64_t>> told;
        PartSize parts("memory",
                       [&](std::int64_t count, std::int64_t part) { told.emplace_back(count, part); });
        std::vector<std::int64_t> tried;
        const auto compute = [&](std::int64_t part) {
            tried.push_back(part);
            if (part > 8) {
                throw std::runtime_error("CUDA out of memory. Tried to allocate 2.00 GiB");
            }
        };
        parts.run(32, compute);
        parts.run(32, compute);
        parts.run(5, compute);
        QCOMPARE(tried, (std::vector<std::int64_t>{32, 16, 8, 8, 5}));
        QCOMPARE(told, (std::vector<std::pair<std::int64_t, std::int64_t>>{{32, 8}}));
        QCOMPARE(parts.largest(), std::int64_t(8));
    }

    void goesOnWithALimitOfBefore()
    {
        PartSize parts;
        parts.limitTo(4);
        std::int64_t used = 0;
        parts.run(32, [&](std::int64_t part) { used = part; });
        QCOMPARE(used, std::int64_t(4));
    }

    void everyKindOfShortageCounts()
    {
        const auto partAfter = [](auto thrown) {
            PartSize parts;
            parts.run(2, [&](std::int64_t part) {
                if (part == 2) {
                    throw thrown;
                }
            });
            return parts.largest();
        };
        QCOMPARE(partAfter(std::bad_alloc()), std::int64_t(1));
        QCOMPARE(partAfter(std::runtime_error("DefaultCPUAllocator: can't allocate memory: you tried")),
                 std::int64_t(1));
        for (const char* text : {"CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
                                 "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
                                 "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
                                 "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
                                 "FIND was unable to find an engine to execute this computation",
                                 "GET was unable to find an engine to execute this computation",
                                 "Unable to find a valid cuDNN algorithm to run convolution"})
        {
            QCOMPARE(partAfter(std::runtime_error(text)), std::int64_t(1));
        }
    }

    // cuDNN says the same on a card that it has nothing for.
    void noWayToComputeOneIsNotCalledAShortage()
    {
        PartSize parts("the memory of Card 10");
        const std::string said = "FIND was unable to find an engine to execute this computation";
        std::vector<std::int64_t> tried;
        try {
            parts.run(4, [&](std::int64_t part) {
                tried.push_back(part);
                throw std::runtime_error(said + "\nException raised from somewhere");
            });
            QFAIL("went on");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::DeviceUnavailable);
            QVERIFY2(error.detail().find("(" + said + ")") != std::string::npos, error.what());
            QVERIFY2(error.detail().find("does not hold") == std::string::npos, error.what());
            QVERIFY2(error.detail().find("Card 10") != std::string::npos, error.what());
            QVERIFY(!error.advice().empty());
        }
        QCOMPARE(tried, (std::vector<std::int64_t>{4, 2, 1}));
        QCOMPARE(parts.largest(), std::int64_t(0));
    }

    void oneThatDoesNotFitIsAnErrorInPlainWords()
    {
        PartSize parts("the memory of Card 10");
        try {
            parts.run(3, [](std::int64_t) { throw std::bad_alloc(); });
            QFAIL("went on");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::OutOfMemory);
            QVERIFY(error.detail().starts_with("the memory of Card 10 does not hold what one picture takes"));
            QVERIFY(!error.advice().empty());
        }
    }

    void otherErrorsPass()
    {
        PartSize parts;
        int calls = 0;
        QVERIFY_THROWS_EXCEPTION(std::logic_error, parts.run(8, [&](std::int64_t) {
            ++calls;
            throw std::logic_error("a mistake");
        }));
        QCOMPARE(calls, 1);
    }
};

THAW_TEST(TestPartSize)
#include "test_part_size.moc"
