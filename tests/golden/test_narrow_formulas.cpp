#include "core/base/atomic_file.h"
#include "core/train/optimizer/keras_rmsprop_torch.h"
#include "tests/support/golden.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>

using namespace thaw;
using nlohmann::json;

/// Keras's optimizer and losses as numbers.
class TestNarrowFormulas : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_truth = json::parse(readTextFile(test::goldenData() / "formulas.json", 1 << 20));
    }

    // Gradients from 0 to 100: where epsilon stands shows in the small ones.
    void rmspropEqualsKeras()
    {
        const json& trace = m_truth.at("rmsprop");
        at::Tensor weight =
            at::tensor(trace.at("start").get<std::vector<float>>(), at::kFloat).set_requires_grad(true);
        KerasRmsprop optimizer({{"w", weight}}, trace.at("rate"));
        for (std::size_t step = 0; step < trace.at("gradients").size(); ++step) {
            weight.mutable_grad() =
                at::tensor(trace.at("gradients").at(step).get<std::vector<float>>(), at::kFloat);
            optimizer.step();
            const auto expected = trace.at("weights").at(step).get<std::vector<double>>();
            for (std::size_t i = 0; i < expected.size(); ++i) {
                const double value = weight[static_cast<std::int64_t>(i)].item<double>();
                // A few roundings of a step of at most 0.03, and of the weight itself.
                const double tolerance = 1e-8 + 2.5e-7 * std::abs(expected[i]);
                QVERIFY2(std::abs(value - expected[i]) <= tolerance,
                         qPrintable(QString("step %1, weight %2: %3 instead of %4")
                                        .arg(step)
                                        .arg(i)
                                        .arg(value, 0, 'g', 9)
                                        .arg(expected[i], 0, 'g', 9)));
            }
        }
    }

    // Keras goes back to the logits behind a sigmoid or softmax: 1000 the wrong way costs 1000, not 16.
    void lossesEqualKeras()
    {
        for (const json& row : m_truth.at("losses")) {
            const auto logits = row.at("logits").get<std::vector<float>>();
            const std::int64_t label = row.at("label");
            const at::Tensor tensor = at::tensor(logits, at::kFloat).unsqueeze(0);
            const double loss = lossOf(tensor, at::tensor({label}, at::kLong)).item<double>();
            const double expected = row.at("loss");
            QVERIFY2(std::abs(loss - expected) <= 1e-7 + 1e-6 * expected,
                     qPrintable(QString::fromStdString(row.dump()) + QString(": %1").arg(loss)));
        }
    }

    // Two classes behind a sigmoid and five behind a softmax: what fit() reports, and what it learns from.
    void smoothedAndWeightedLossesEqualKeras()
    {
        const json learning = json::parse(readTextFile(test::goldenData() / "learning.json", 1 << 20));
        for (const json& row : learning.at("losses")) {
            const at::Tensor logits = tensorOf(row.at("logits")).set_requires_grad(true);
            LossOptions options;
            options.labelSmoothing = row.at("label_smoothing");
            if (const json& weights = row.at("class_weights"); !weights.is_null()) {
                options.classWeights = at::tensor(weights.get<std::vector<float>>(), at::kFloat);
            }
            const auto labels = row.at("labels").get<std::vector<std::int64_t>>();
            const at::Tensor loss = lossOf(logits, at::tensor(labels, at::kLong), options);
            loss.backward();
            const double difference = test::relativeDifference(loss.item<double>(), row.at("loss"));
            // Gradients are at most one weight over the number of pictures; a value near zero is what is left
            // of greater ones.
            const double worst = (logits.grad() - tensorOf(row.at("gradient"))).abs().max().item<double>();
            const std::string what = row.dump() + ": " + std::to_string(loss.item<double>());
            QVERIFY2(difference <= 1e-6, what.c_str());
            QVERIFY2(worst <= 1e-7, (what + ", gradient off by " + std::to_string(worst)).c_str());
        }
    }

private:
    static at::Tensor tensorOf(const json& rows)
    {
        std::vector<at::Tensor> tensors;
        for (const json& row : rows) {
            tensors.push_back(at::tensor(row.get<std::vector<float>>(), at::kFloat));
        }
        return at::stack(tensors);
    }

    json m_truth;
};

THAW_TEST(TestNarrowFormulas)
#include "test_narrow_formulas.moc"
