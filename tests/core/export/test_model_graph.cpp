#include "core/export/model_graph.h"
#include "tests/core/export/small_models.h"
#include "tests/support/error_code.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;

namespace {

/// One letter an operation.
std::string lettersOf(const ModelGraph& graph)
{
    std::string letters;
    for (const Operation& operation : graph.operations) {
        letters += "pcmfaxddss"[operation.index()];
        if (std::holds_alternative<DropoutOperation>(operation)) {
            letters.back() = 'o';
        }
    }
    return letters;
}

} // namespace

/// The network as a list of operations.
class TestModelGraph : public QObject
{
    Q_OBJECT

private slots:
    void operationsComeInOrder()
    {
        const std::string base = "pccmccmcccmcccmcccm";
        for (const int classes : {2, 5}) {
            QCOMPARE(lettersOf(modelGraphOf(test::smallModel(HeadKind::Book, classes))), base + "fdods");
            QCOMPARE(lettersOf(modelGraphOf(test::smallModel(HeadKind::Pooled, classes))), base + "aods");
            QCOMPARE(lettersOf(modelGraphOf(test::smallModel(HeadKind::AverageMax, classes))), base + "xods");
        }
        const ModelWeights two = test::smallModel(HeadKind::Pooled, 2);
        QVERIFY(std::holds_alternative<SigmoidOperation>(modelGraphOf(two).operations.back()));
        const ModelWeights five = test::smallModel(HeadKind::Pooled, 5);
        QVERIFY(std::holds_alternative<SoftmaxOperation>(modelGraphOf(five).operations.back()));
    }

    void tensorsAreTheModelsOwn()
    {
        const ModelWeights model = test::smallModel(HeadKind::Book, 2);
        const ModelGraph graph = modelGraphOf(model);
        const auto& first = std::get<ConvolutionOperation>(graph.operations.at(1));
        QCOMPARE(first.name, std::string("block1_conv1"));
        QCOMPARE(first.kernel.name, std::string("features.0.weight"));
        QVERIFY(first.kernel.values.data() == model.base.layers.front().kernel.data());
        QCOMPARE(first.kernel.shape, (std::vector<std::int64_t>{2, 3, 3, 3}));
        const auto& last = std::get<DenseOperation>(graph.operations.at(graph.operations.size() - 2));
        QCOMPARE(last.kernel.name, std::string("head.dense2.weight"));
        QVERIFY(last.bias.values.data() == model.head.back().values.data());
    }

    void rgbInputTurnsTheFirstKernel()
    {
        ModelWeights model = test::smallModel(HeadKind::Pooled, 2);
        const std::vector<float>& kernel = model.base.layers.front().kernel;
        const RgbInput turned = rgbInputOf(model); // Keras's convention is BGR
        QCOMPARE(turned.mean, (std::array<float, 3>{123.68f, 116.779f, 103.939f}));
        for (std::size_t output = 0; output < 2; ++output) {
            for (std::size_t channel = 0; channel < 3; ++channel) {
                for (std::size_t i = 0; i < 9; ++i) {
                    QCOMPARE(turned.firstKernel[(output * 3 + channel) * 9 + i],
                             kernel[(output * 3 + 2 - channel) * 9 + i]);
                }
            }
        }
        model.base.preprocessing = torchvisionPreprocessing();
        const RgbInput same = rgbInputOf(model);
        QVERIFY(same.firstKernel == kernel && same.mean == model.base.preprocessing.mean);
    }

    void aHeadOfAnotherShapeIsRefused()
    {
        ModelWeights model = test::smallModel(HeadKind::Pooled, 2);
        model.head.front().shape = {2, 8};
        const std::string said = test::refusalOf(ErrorCode::WeightsInvalid, [&] { modelGraphOf(model); });
        QVERIFY2(said.find("head.dense.weight") != std::string::npos, said.c_str());
    }
};

THAW_TEST(TestModelGraph)
#include "test_model_graph.moc"
