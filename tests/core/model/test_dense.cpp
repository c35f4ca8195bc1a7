#include "core/model/kernels/dense_torch.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <ATen/Parallel.h>

using namespace thaw;

namespace {

struct Result
{
    at::Tensor output;
    at::Tensor x;
    at::Tensor weight;
    at::Tensor bias;
};

/// What a layer gives, and the gradients that go back from it.
template <typename Layer>
Result through(Layer layer, at::Tensor x, at::Tensor weight, at::Tensor bias, const at::Tensor& gradient)
{
    x = x.detach().requires_grad_();
    weight = weight.detach().requires_grad_();
    bias = bias.detach().requires_grad_();
    const at::Tensor output = layer(x, weight, bias);
    output.backward(gradient);
    return {output.detach(), x.grad(), weight.grad(), bias.grad()};
}

/// Sums of thousands of products in another order: 1e-5 of the largest is a few dozen roundings.
bool isClose(const at::Tensor& a, const at::Tensor& b)
{
    return a.sizes() == b.sizes() &&
           (a - b).abs().max().item<float>() <= 1e-5f * std::max(1e-3f, b.abs().max().item<float>());
}

} // namespace

class TestDense : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isLibTorchsLinear_data()
    {
        QTest::addColumn<int>("images");
        QTest::addColumn<int>("inputs");
        QTest::addColumn<int>("outputs");
        QTest::newRow("book's first") << 32 << 12800 << 256;
        QTest::newRow("last of two") << 32 << 256 << 1;
        QTest::newRow("odd") << 7 << 1001 << 333;
        QTest::newRow("one picture") << 1 << 12800 << 256;
    }

    void isLibTorchsLinear()
    {
        QFETCH(int, images);
        QFETCH(int, inputs);
        QFETCH(int, outputs);
        at::manual_seed(1);
        const at::Tensor x = at::randn({images, inputs});
        const at::Tensor weight = at::randn({outputs, inputs});
        const at::Tensor bias = at::randn({outputs});
        const at::Tensor gradient = at::randn({images, outputs});
        const int before = at::get_num_threads();
        at::set_num_threads(3);
        const Result ours = through(dense, x, weight, bias, gradient);
        const Result again = through(dense, x, weight, bias, gradient);
        at::set_num_threads(before);
        const auto linear = [](const at::Tensor& a, const at::Tensor& w, const at::Tensor& b) {
            return at::linear(a, w, b);
        };
        const Result theirs = through(linear, x, weight, bias, gradient);
        QVERIFY(isClose(ours.output, theirs.output));
        QVERIFY(isClose(ours.x, theirs.x));
        QVERIFY(isClose(ours.weight, theirs.weight));
        QVERIFY(isClose(ours.bias, theirs.bias));
        QVERIFY(ours.output.equal(again.output) && ours.weight.equal(again.weight) && ours.x.equal(again.x));
    }

    void computesOnlyWhatIsAskedFor()
    {
        const at::Tensor x = at::randn({4, 6}); // features of frozen layers: no gradient
        const at::Tensor weight = at::randn({2, 6}).requires_grad_();
        const at::Tensor bias = at::randn({2}).requires_grad_();
        dense(x, weight, bias).sum().backward();
        QVERIFY(!x.grad().defined());
        QVERIFY(weight.grad().defined() && bias.grad().defined());
    }

    void strangeLayoutsAreRead()
    {
        const at::Tensor x = at::randn({6, 4}).t();
        const at::Tensor weight = at::randn({6, 2}).t();
        const at::Tensor bias = at::zeros({2});
        QVERIFY(isClose(dense(x, weight, bias), at::linear(x, weight, bias)));
    }
};

THAW_TEST(TestDense)
#include "test_dense.moc"
