#include "core/base/error.h"
#include "core/model/inference_torch.h"

#include <QTest>

#include <new>

using namespace thaw;

class TestInference : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void partsArePutTogetherInOrder()
    {
        const at::Tensor rows = at::arange(21, at::kFloat).view({7, 3});
        PartSize parts;
        std::vector<std::int64_t> computed;
        const std::vector<at::Tensor> results = inParts(rows, parts, [&](const at::Tensor& part) {
            if (part.size(0) > 3) {
                throw std::bad_alloc();
            }
            computed.push_back(part.size(0));
            return std::vector{part * 2, part.sum(1)};
        });
        QCOMPARE(computed, (std::vector<std::int64_t>{3, 3, 1}));
        QCOMPARE(results.size(), std::size_t(2));
        QVERIFY(results[0].equal(rows * 2));
        QVERIFY(results[1].equal(rows.sum(1)));
    }

    // What an attempt had computed before memory ran short must not be there twice.
    void aFailureInTheMiddleLeavesNothing()
    {
        const at::Tensor rows = at::arange(8, at::kFloat);
        PartSize parts;
        parts.limitTo(4);
        int calls = 0;
        QVERIFY(
            inParts(
                rows, parts,
                [&](const at::Tensor& part) {
                    if (++calls == 2) {
                        throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, "CUDA out of memory.");
                    }
                    return std::vector{part + 1};
                })[0]
                .equal(rows + 1));
        QCOMPARE(calls, 2 + 4);
    }
};

QTEST_GUILESS_MAIN(TestInference)
#include "test_inference.moc"
