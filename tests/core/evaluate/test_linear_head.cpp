#include "core/base/random.h"
#include "core/evaluate/labels/linear_head_torch.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

class TestLinearHead : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // At the minimum the slope is 0: for one feature of ±1 with odds of 3, the logits of the two classes, w/2
    // and −w/2, differ by w where sigmoid(w) − 3/4 + decay · w/2 = 0.
    void findsTheMinimum()
    {
        std::vector<float> values;
        std::vector<int> labels;
        for (int i = 0; i < 80; ++i) {
            const bool isHigh = i % 2 == 0;
            values.push_back(isHigh ? 5.0F : 1.0F);
            labels.push_back((i / 2) % 4 == 0 ? !isHigh : isHigh);
        }
        const at::Tensor features = at::tensor(values).view({80, 1});
        const double decay = 0.2;
        const at::Tensor shares = LinearHead::fit(features, labels, 2, decay).probabilities(features);
        const double high = shares[0][1].item<double>();
        const double logit = std::log(high / (1 - high));
        QVERIFY2(std::abs(high - 0.75 + decay * logit / 2) < 2e-4, std::to_string(high).c_str());
        QVERIFY(std::abs(shares[1][1].item<double>() - (1 - high)) < 2e-4);
    }

    void separatesClassesItCanSeparate()
    {
        RandomStream random(3);
        std::vector<float> values;
        std::vector<int> labels;
        constexpr int classes = 5;
        constexpr int width = 20;
        for (int i = 0; i < 300; ++i) {
            labels.push_back(i % classes);
            for (int k = 0; k < width; ++k) {
                values.push_back(static_cast<float>(random.normal() + (k == i % classes ? 6 : 0)));
            }
        }
        const at::Tensor features = at::tensor(values).view({300, width});
        const at::Tensor shares = LinearHead::fit(features, labels, classes, 0.01).probabilities(features);
        const at::Tensor answers = shares.argmax(1);
        int right = 0;
        for (int i = 0; i < 300; ++i) {
            right += answers[i].item<int>() == labels[static_cast<std::size_t>(i)];
        }
        QVERIFY2(right >= 297, std::to_string(right).c_str()); // six deviations apart
        QVERIFY((shares.sum(1) - 1).abs().max().item<double>() < 1e-5);
        const at::Tensor again = LinearHead::fit(features, labels, classes, 0.01).probabilities(features);
        QVERIFY(at::equal(shares, again));
    }

    void whatIsTheSameEverywhereTellsNothing()
    {
        const at::Tensor features = at::full({8, 3}, 2.5F);
        const std::vector<int> labels{0, 0, 0, 0, 0, 0, 1, 1};
        const at::Tensor shares = LinearHead::fit(features, labels, 3, 0.1).probabilities(features);
        QVERIFY(shares.isfinite().all().item<bool>());
        QVERIFY(std::abs(shares[0][0].item<double>() - 0.75) < 1e-2); // the bias alone: shares of the labels
        QVERIFY(shares[0][2].item<double>() < 1e-2);
        const at::Tensor one = LinearHead::fit(features.narrow(0, 0, 1), {1}, 2, 0.1).probabilities(features);
        QVERIFY(one.isfinite().all().item<bool>());
    }
};

THAW_TEST(TestLinearHead)
#include "test_linear_head.moc"
