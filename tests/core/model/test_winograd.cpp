#include "core/base/random.h"
#include "core/compute/processor.h"
#include "core/model/kernels/frozen_chain.h"
#include "core/model/kernels/winograd.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

using namespace thaw;

namespace {

using Values = std::vector<float>;

Values randomValues(std::int64_t count, std::uint64_t key, double from = -1)
{
    RandomStream random(key);
    Values values(static_cast<std::size_t>(count));
    for (float& value : values) {
        value = static_cast<float>(random.uniform(from, 1));
    }
    return values;
}

/// A convolution's numbers, kernels and pictures as winograd.h lays them.
struct Case
{
    explicit Case(const ConvolutionShape& s) : shape(s) {}

    ConvolutionShape shape;
    Values input = randomValues(shape.images * shape.height * shape.width * shape.inputs, 1);
    Values kernel = randomValues(shape.outputs * 9 * shape.inputs, 2);
    Values bias = randomValues(shape.outputs, 3);
    Values gradient = randomValues(shape.images * shape.height * shape.width * shape.outputs, 4);

    /// Calls `each(x, w, y)` with the indices of an input, a kernel's value and the output they contribute
    /// to.
    template <typename Each>
    void forEachProduct(Each each) const
    {
        for (std::int64_t n = 0; n < shape.images; ++n) {
            for (std::int64_t h = 0; h < shape.height; ++h) {
                for (std::int64_t w = 0; w < shape.width; ++w) {
                    for (std::int64_t k = 0; k < 9; ++k) {
                        const std::int64_t y = h + k / 3 - 1;
                        const std::int64_t x = w + k % 3 - 1;
                        if (y < 0 || x < 0 || y >= shape.height || x >= shape.width) {
                            continue;
                        }
                        const std::int64_t from = ((n * shape.height + y) * shape.width + x) * shape.inputs;
                        const std::int64_t to = ((n * shape.height + h) * shape.width + w) * shape.outputs;
                        for (std::int64_t o = 0; o < shape.outputs; ++o) {
                            for (std::int64_t i = 0; i < shape.inputs; ++i) {
                                each(std::size_t(from + i), std::size_t((o * 9 + k) * shape.inputs + i),
                                     std::size_t(to + o));
                            }
                        }
                    }
                }
            }
        }
    }

    std::vector<double> plainForward() const
    {
        std::vector<double> output(gradient.size());
        for (std::size_t i = 0; i < output.size(); ++i) {
            output[i] = bias[i % bias.size()];
        }
        forEachProduct(
            [&](std::size_t x, std::size_t w, std::size_t y) { output[y] += double(input[x]) * kernel[w]; });
        return output;
    }
};

Values rectified(const std::vector<double>& values)
{
    Values result;
    for (const double value : values) {
        result.push_back(static_cast<float>(std::max(0.0, value)));
    }
    return result;
}

/// The greatest difference, as a share of the greatest value.
template <typename Reference>
double differenceOf(const Values& values, const Reference& reference)
{
    double greatest = 0;
    double difference = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        greatest = std::max(greatest, std::abs(double(reference[i])));
        difference = std::max(difference, std::abs(double(values[i]) - double(reference[i])));
    }
    return difference / greatest;
}

/// Sums of a few hundred float32 products carry about 1e-6; a wrong tile, row or sign shows as 0.01 or more.
constexpr double tolerance = 5e-6;

} // namespace

/// Against plain sums in double. Skips on processors that have no Winograd convolutions. Run twice: as the
/// processor is, and as test_winograd_avx2 as if it had no AVX-512.
class TestWinograd : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!winogradFor({1, 16, 16, 8, 8})) {
            QSKIP("this processor has neither AVX-512 nor AVX2");
        }
        if (qEnvironmentVariable("ONEDNN_MAX_CPU_ISA") == "AVX2") {
            QVERIFY(winogradKind() == WinogradKind::Avx2);
            QVERIFY(processorBfloat16() == Bfloat16Support::None);
        }
    }

    void agreesWithPlainSums_data()
    {
        QTest::addColumn<int>("images");
        QTest::addColumn<int>("inputs");
        QTest::addColumn<int>("outputs");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::newRow("one tile") << 1 << 16 << 16 << 4 << 4;
        QTest::newRow("parts of tiles") << 3 << 32 << 16 << 11 << 7;
        QTest::newRow("less than a tile") << 2 << 16 << 32 << 2 << 2;
        // 96 MiB hold the tiles of some 340 such pictures.
        QTest::newRow("more pictures than at once") << 350 << 16 << 16 << 32 << 32;
        QTest::newRow("a row of one") << 2 << 32 << 48 << 1 << 9;
    }

    void agreesWithPlainSums()
    {
        QFETCH(int, images);
        QFETCH(int, inputs);
        QFETCH(int, outputs);
        QFETCH(int, height);
        QFETCH(int, width);
        const Case c({images, inputs, outputs, height, width});
        QVERIFY(winogradFor(c.shape));

        Values output(c.gradient.size(), NAN);
        winogradFor(c.shape)->forward(c.shape, c.input.data(), c.kernel.data(), c.bias.data(), output.data());
        QVERIFY(differenceOf(output, c.plainForward()) < tolerance);

        std::vector<double> inputReference(c.input.size());
        std::vector<double> kernelReference(c.kernel.size());
        std::vector<double> biasReference(c.bias.size());
        c.forEachProduct([&](std::size_t x, std::size_t w, std::size_t y) {
            inputReference[x] += double(c.gradient[y]) * c.kernel[w];
            kernelReference[w] += double(c.gradient[y]) * c.input[x];
        });
        for (std::size_t i = 0; i < c.gradient.size(); ++i) {
            biasReference[i % c.bias.size()] += c.gradient[i];
        }
        Values inputGradient(c.input.size(), NAN);
        winogradFor(c.shape)->inputGradient(c.shape, c.gradient.data(), c.kernel.data(),
                                            inputGradient.data());
        QVERIFY(differenceOf(inputGradient, inputReference) < tolerance);
        Values kernelGradient(c.kernel.size(), NAN);
        Values biasGradient(c.bias.size(), NAN);
        winogradFor(c.shape)->kernelGradient(c.shape, c.input.data(), c.gradient.data(),
                                             kernelGradient.data(), biasGradient.data());
        QVERIFY(differenceOf(kernelGradient, kernelReference) < tolerance);
        // Hundreds of thousands of terms that nearly cancel out, summed in float32.
        QVERIFY(differenceOf(biasGradient, biasReference) < 1e-4);
    }

    void refusesOtherChannels()
    {
        QVERIFY(!winogradFor({1, 3, 16, 8, 8}));
        QVERIFY(!winogradFor({1, 16, 24, 8, 8}));
        QVERIFY(!winogradFor({0, 16, 16, 8, 8}));
    }

    void aChainIsItsLayers()
    {
        // With AVX2 alone the third convolution, on maps of nine tiles, is in a part of its own.
        constexpr int side = 20;
        constexpr int pooled = side / 2;
        Case first({5, 3, 16, side, side});
        Case second({5, 16, 32, side, side});
        Case third({5, 32, 16, pooled, pooled});
        const std::vector<ChainLayer> layers{{false, 3, 16, first.kernel.data(), first.bias.data()},
                                             {false, 16, 32, second.kernel.data(), second.bias.data()},
                                             {true, 0, 0, nullptr, nullptr},
                                             {false, 32, 16, third.kernel.data(), third.bias.data()}};
        QVERIFY(FrozenChain::fits(layers, side, ChainType::Float32));
        FrozenChain chain(layers, side, ChainType::Float32, 2);
        Values afterFirst(first.gradient.size());
        Values afterPool(third.input.size());
        Values afterThird(third.gradient.size());
        const int taps[] = {1, 3, 4};
        void* const outputs[] = {afterFirst.data(), afterPool.data(), afterThird.data()};
        chain.run(first.input.data(), 5, taps, outputs);

        second.input = rectified(first.plainForward());
        QVERIFY(differenceOf(afterFirst, second.input) < tolerance);
        const Values before = rectified(second.plainForward());
        std::fill(third.input.begin(), third.input.end(), 0.0F);
        for (std::size_t i = 0; i < before.size(); ++i) {
            const std::size_t channel = i % 32;
            const std::size_t w = i / 32 % side;
            const std::size_t h = i / 32 / side % side;
            const std::size_t n = i / 32 / side / side;
            float& target = third.input[((n * pooled + h / 2) * pooled + w / 2) * 32 + channel];
            target = std::max(target, before[i]);
        }
        QVERIFY(differenceOf(afterPool, third.input) < tolerance);
        QVERIFY(differenceOf(afterThird, rectified(third.plainForward())) < tolerance);
    }

    // What frozen layers make of a picture must not depend on who else is in the batch: stored once, used
    // always.
    void aChainKnowsNeitherBatchesNorThreads_data()
    {
        QTest::addColumn<bool>("bfloat16");
        QTest::newRow("float32") << false;
        QTest::newRow("bfloat16") << true;
    }

    void aChainKnowsNeitherBatchesNorThreads()
    {
        QFETCH(bool, bfloat16);
        const ChainType type = bfloat16 ? ChainType::Bfloat16 : ChainType::Float32;
        // More than go from one part to the next at once.
        constexpr int pictures = 70;
        constexpr int side = 20;
        const Case c({pictures, 3, 16, side, side});
        const Case next({1, 16, 16, side, side});
        const std::vector<ChainLayer> layers{{false, 3, 16, c.kernel.data(), c.bias.data()},
                                             {true, 0, 0, nullptr, nullptr},
                                             {false, 16, 16, next.kernel.data(), next.bias.data()}};
        if (!FrozenChain::fits(layers, side, type)) {
            QSKIP("this processor has no instructions for it");
        }
        FrozenChain chain(layers, side, type, 1);
        FrozenChain shared(layers, side, type, 3);
        const std::size_t each = std::size_t(side) * side / 4 * 16 * (bfloat16 ? 2 : sizeof(float));
        using Bytes = std::vector<std::byte>;
        const int taps[] = {2, 3};
        const auto run = [&](FrozenChain& by, std::size_t first, std::size_t count) {
            std::array<Bytes, 2> features{Bytes(count * each), Bytes(count * each)};
            void* const outputs[] = {features[0].data(), features[1].data()};
            by.run(c.input.data() + first * side * side * 3, std::int64_t(count), taps, outputs);
            return features;
        };
        const std::array<Bytes, 2> together = run(chain, 0, pictures);
        QVERIFY(run(shared, 0, pictures) == together);
        for (const std::size_t i : {0, 3, 17, 63, 64, 69}) {
            const std::array<Bytes, 2> alone = run(shared, i, 1);
            for (std::size_t tap = 0; tap < 2; ++tap) {
                QVERIFY(std::equal(alone[tap].begin(), alone[tap].end(),
                                   together[tap].begin() + std::ptrdiff_t(i * each)));
            }
        }
    }
};

THAW_TEST(TestWinograd)
#include "test_winograd.moc"
