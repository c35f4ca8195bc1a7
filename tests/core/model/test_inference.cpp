#include "core/base/error.h"
#include "core/model/inference_torch.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <new>
#include <numeric>

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
        const std::vector<at::Tensor> results =
            inParts(7, parts, [&](std::int64_t first, std::int64_t count) {
                if (count > 3) {
                    throw std::bad_alloc();
                }
                computed.push_back(count);
                const at::Tensor part = rows.narrow(0, first, count);
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
        const auto compute = [&](std::int64_t first, std::int64_t count) {
            if (++calls == 2) {
                throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, "CUDA out of memory.");
            }
            return std::vector{rows.narrow(0, first, count) + 1};
        };
        QVERIFY(inParts(8, parts, compute)[0].equal(rows + 1));
        QCOMPARE(calls, 2 + 4);
    }

    // Laid out as convolutions on tensor cores want them, all the way, so that nothing is moved on the
    // device.
    void picturesStayChannelsLast()
    {
        const Network network(randomBaseWeights(scaledBackbone(1.0 / 16), 1),
                              {HeadKind::Pooled, 2, 0, 1, scaledBackbone(1.0 / 16).channels.back()},
                              c10::Device(at::kCPU));
        Batch batch;
        batch.labels = {0, 1, 0};
        batch.inputs.resize(3 * 32 * 32 * 3);
        std::iota(batch.inputs.begin(), batch.inputs.end(), 0.0f);
        const BatchInputs inputs(batch, 32, network);
        QCOMPARE(inputs.size(), std::int64_t(3));
        const at::Tensor part = inputs.part(1, 2);
        QVERIFY(part.is_contiguous(at::MemoryFormat::ChannelsLast));
        QVERIFY(part.equal(inputTensor(batch.inputs, 3, 32, c10::Device(at::kCPU)).narrow(0, 1, 2)));
        for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
            const FrozenPrefix prefix(network, 11, type);
            QVERIFY(prefix.forward(part).is_contiguous(at::MemoryFormat::ChannelsLast));
        }
        for (const NamedParameter& parameter : network.parameters()) {
            QVERIFY(parameter.tensor.dim() != 4 ||
                    parameter.tensor.is_contiguous(at::MemoryFormat::ChannelsLast));
        }
    }

    // Page-locked memory is for CUDA devices alone; what is there already is not copied.
    void nothingIsCopiedOnTheProcessor()
    {
        const at::Tensor values = hostTensor({4, 3}, at::kHalf, c10::Device(at::kCPU));
        QVERIFY(values.sizes() == at::IntArrayRef({4, 3}) && values.scalar_type() == at::kHalf);
        QVERIFY(toDevice(values, c10::Device(at::kCPU)).is_same(values));
    }
};

THAW_TEST(TestInference)
#include "test_inference.moc"
