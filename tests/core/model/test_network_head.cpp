#include "core/model/network_torch.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

using namespace thaw;

namespace {

constexpr BackboneSpec narrow{{4, 8, 16, 32, 32}};

Network networkWith(HeadKind kind, int classes)
{
    return {randomBaseWeights(narrow, 1), HeadSpec{kind, classes, 0.5, 3, 32}, c10::Device(at::kCPU)};
}

} // namespace

/// What a head starts from and computes.
class TestNetworkHead : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void startsGlorotUniform_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("classes");
        QTest::newRow("book, two classes") << int(HeadKind::Book) << 2;
        QTest::newRow("book, ten classes") << int(HeadKind::Book) << 10;
        QTest::newRow("pooled, two classes") << int(HeadKind::Pooled) << 2;
        QTest::newRow("average and maximum, two classes") << int(HeadKind::AverageMax) << 2;
    }

    void startsGlorotUniform()
    {
        QFETCH(int, kind);
        QFETCH(int, classes);
        Network network = networkWith(static_cast<HeadKind>(kind), classes);
        // One start is few numbers for a small layer: many seeds together show the distribution.
        std::map<std::string, std::vector<double>> shares;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            network.initialiseHead(seed);
            for (const NamedTensor& tensor : network.copyHead()) {
                if (tensor.name.ends_with(".bias")) {
                    QVERIFY(std::all_of(tensor.values.begin(), tensor.values.end(),
                                        [](float value) { return value == 0; }));
                    continue;
                }
                const double limit = std::sqrt(6.0 / static_cast<double>(tensor.shape[0] + tensor.shape[1]));
                for (std::size_t i = 0; i < std::min<std::size_t>(tensor.values.size(), 500); ++i) {
                    shares[tensor.name].push_back(tensor.values[i] / limit);
                }
            }
        }
        QCOMPARE(shares.size(),
                 static_cast<HeadKind>(kind) == HeadKind::Book ? std::size_t(2) : std::size_t(1));
        for (const auto& [name, values] : shares) {
            checkUniform(name, values);
        }
    }

    void otherSeedsAndLayersStartElsewhere()
    {
        Network network = networkWith(HeadKind::Book, 2);
        network.initialiseHead(1);
        const HeadWeights first = network.copyHead();
        network.initialiseHead(2);
        const HeadWeights second = network.copyHead();
        QVERIFY(first[0].values != second[0].values);
        QVERIFY(first[2].values != second[2].values);
        // Layers must not share a stream: their kernels would be the same numbers but for the limit.
        const double ratio = first[0].values[0] / first[2].values[0];
        QVERIFY(std::abs(first[0].values[1] / first[2].values[1] - ratio) > 1e-3);
        network.initialiseHead(1);
        QVERIFY(network.copyHead() == first);
    }

    void theLastLayerCanStartAtZero()
    {
        for (const HeadKind kind : headKinds) {
            Network random = networkWith(kind, 3);
            random.initialiseHead(4);
            Network zero = networkWith(kind, 3);
            zero.initialiseHead(4, OutputInitializer::Zeros);
            const HeadWeights expected = random.copyHead();
            const HeadWeights found = zero.copyHead();
            const std::size_t last = expected.size() - 2; // its kernel, before its bias
            for (std::size_t i = 0; i < expected.size(); ++i) {
                if (i < last) {
                    QVERIFY(found[i] == expected[i]); // others start as ever, or nothing would train
                } else {
                    QVERIFY(std::all_of(found[i].values.begin(), found[i].values.end(),
                                        [](float value) { return value == 0; }));
                }
            }
        }
    }

    // The scale multiplies what goes into the last dense layer, and inference has none.
    void dropoutScalesTheLastLayersInput()
    {
        for (const HeadKind kind : headKinds) {
            Network network = networkWith(kind, 3);
            network.initialiseHead(5);
            const at::Tensor features = at::arange(2 * 32 * 9, at::kFloat).reshape({2, 32, 3, 3}).sin();
            const at::Tensor plain = network.forwardHead(features);
            const auto scaled = [&](double value) {
                return network.forwardHead(features, at::full({2, network.dropoutUnits()}, value));
            };
            QVERIFY(scaled(1).equal(plain));
            QVERIFY(scaled(2).allclose(2 * plain, 1e-5, 1e-6)); // biases are zero at the start
            QVERIFY(scaled(0).equal(at::zeros({2, 3})));
            QCOMPARE(network.dropoutUnits(), std::int64_t(headLayers(network.headSpec()).back().inputs));
        }
    }

    void lossIsNotCapped()
    {
        const at::Tensor zero = at::zeros({1}, at::kLong);
        const at::Tensor one = at::ones({1}, at::kLong);
        QCOMPARE(lossOf(at::full({1, 1}, 1000.0f), zero).item<float>(), 1000.0f);
        QCOMPARE(lossOf(at::full({1, 1}, -1000.0f), one).item<float>(), 1000.0f);
        QCOMPARE(lossOf(at::full({1, 1}, 1000.0f), one).item<float>(), 0.0f);
        QCOMPARE(lossOf(at::tensor({1000.0f, 0.0f, 0.0f}).unsqueeze(0), one).item<float>(), 1000.0f);
        // Nor does its slope vanish where the sigmoid is flat.
        at::Tensor logit = at::full({1, 1}, 1000.0f).set_requires_grad(true);
        lossOf(logit, zero).backward();
        QCOMPARE(logit.grad().item<float>(), 1.0f);
    }

    void severalClassesUseSoftmax()
    {
        const std::array<double, 3> logits{2.0, -1.0, 0.5};
        double sum = 0;
        for (double logit : logits) {
            sum += std::exp(logit);
        }
        const at::Tensor tensor = at::tensor({2.0f, -1.0f, 0.5f}).unsqueeze(0);
        const at::Tensor probabilities = probabilitiesOf(tensor);
        for (std::int64_t i = 0; i < 3; ++i) {
            const double expected = std::exp(logits[static_cast<std::size_t>(i)]) / sum;
            QVERIFY(std::abs(probabilities[0][i].item<double>() - expected) < 1e-6);
            const double loss = lossOf(tensor, at::full({1}, i, at::kLong)).item<double>();
            QVERIFY(std::abs(loss + std::log(expected)) < 1e-6);
            QCOMPARE(correctOf(tensor, at::full({1}, i, at::kLong)), std::int64_t(i == 0 ? 1 : 0));
        }
    }

    void twoClassesUseSigmoidOfTheSecond()
    {
        const at::Tensor logits = at::tensor({-2.0f, 0.0f, 3.0f}).unsqueeze(1);
        const at::Tensor probabilities = probabilitiesOf(logits);
        QVERIFY(std::abs(probabilities[2][1].item<double>() - 1 / (1 + std::exp(-3.0))) < 1e-6);
        QVERIFY(probabilities.sum(1).allclose(at::ones({3})));
        // Accuracy at 0.5: a probability of exactly a half is the first class, as Keras's threshold has it.
        QCOMPARE(correctOf(logits, at::tensor({0, 0, 1}, at::kLong)), std::int64_t(3));
        QCOMPARE(correctOf(logits, at::tensor({1, 1, 0}, at::kLong)), std::int64_t(0));
    }

private:
    /// Values uniform in ±1: bounds, moments and ten equal drawers, each within five standard errors.
    static void checkUniform(const std::string& name, const std::vector<double>& values)
    {
        const auto count = static_cast<double>(values.size());
        double sum = 0;
        double squares = 0;
        std::array<double, 10> drawers{};
        for (const double value : values) {
            QVERIFY2(std::abs(value) <= 1 + 1e-6, name.c_str());
            sum += value;
            squares += value * value;
            ++drawers[static_cast<std::size_t>(std::clamp((value + 1) * 5, 0.0, 9.0))];
        }
        QVERIFY2(std::abs(sum / count) < 5 * std::sqrt(1 / (3 * count)), name.c_str());
        // The square of such a value has variance 1/5 − 1/9.
        QVERIFY2(std::abs(squares / count - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / count), name.c_str());
        for (const double drawer : drawers) {
            QVERIFY2(std::abs(drawer / count - 0.1) < 5 * std::sqrt(0.09 / count), name.c_str());
        }
    }
};

THAW_TEST(TestNetworkHead)
#include "test_network_head.moc"
