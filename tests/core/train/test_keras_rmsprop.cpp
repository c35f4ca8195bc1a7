#include "core/train/optimizer/keras_rmsprop_torch.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

class TestKerasRmsprop : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // The formula by hand in double: v ← 0.9 v + 0.1 g², w ← w − lr g / √(v + 1e-7). Float keeps 7 digits.
    void followsKerasFormula()
    {
        at::Tensor weight = at::full({1}, 2.0f).set_requires_grad(true);
        KerasRmsprop optimizer({{"w", weight}}, 0.01);
        double w = 2;
        double v = 0;
        for (int i = 0; i < 20; ++i) {
            (weight * weight * 1e-4).sum().backward();
            optimizer.step();
            const double g = 2 * w * 1e-4;
            v = 0.9 * v + 0.1 * g * g;
            w -= 0.01 * g / std::sqrt(v + 1e-7);
            QVERIFY2(std::abs(weight.item<double>() - w) < 2e-6 * w, std::to_string(i).c_str());
        }
        QVERIFY(std::abs(optimizer.state()[0].values[0].tensor.item<double>() - v) < 1e-5 * v);
    }

    void leavesParametersWithoutGradientAlone()
    {
        at::Tensor weight = at::ones({3}).set_requires_grad(true);
        KerasRmsprop optimizer({{"w", weight}}, 1.0);
        optimizer.step();
        QVERIFY(weight.equal(at::ones({3})));
    }

    void gradientsDoNotPileUp()
    {
        at::Tensor weight = at::ones({1}).set_requires_grad(true);
        KerasRmsprop optimizer({{"w", weight}}, 0.0);
        for (int i = 0; i < 3; ++i) {
            weight.sum().backward();
            QCOMPARE(weight.grad().item<float>(), 1.0f);
            optimizer.step();
        }
    }
};

THAW_TEST(TestKerasRmsprop)
#include "test_keras_rmsprop.moc"
