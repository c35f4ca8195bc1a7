#include "core/export/onnx_interpreter.h"
#include "core/export/onnx_operations.h"
#include "tests/support/error_code.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;

namespace {

using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

Floats floatsFrom(const char* type, const OnnxNode& node, const std::vector<OnnxTensor>& inputs)
{
    std::vector<const OnnxTensor*> places;
    for (const OnnxTensor& input : inputs) {
        places.push_back(input.shape == Integers{-1} ? nullptr : &input);
    }
    return floatsOf(onnxOperation(type)(node, places));
}

const OnnxTensor leftOut{{-1}, Floats{}};

} // namespace

/// Single operations beside values worked out by hand from the standard.
class TestOnnxOperations : public QObject
{
    Q_OBJECT

private slots:
    void convolutionSumsNeighbours()
    {
        OnnxNode node;
        node.numbers = {{"kernel_shape", {3, 3}}, {"pads", {1, 1, 1, 1}}, {"strides", {1, 1}}};
        // Ones everywhere: the sum of what is there, of two channels, and the bias.
        const Floats sums = floatsFrom("Conv", node,
                                       {{{1, 2, 2, 3}, Floats{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60}},
                                        {{1, 2, 3, 3}, Floats(18, 1.0f)},
                                        {{1}, Floats{0.5f}}});
        QCOMPARE(sums, (Floats{132.5f, 231.5f, 176.5f, 132.5f, 231.5f, 176.5f}));
        // Which neighbour a tap is: the one to the right and below.
        Floats kernel(9, 0.0f);
        kernel[8] = 1;
        QCOMPARE(floatsFrom("Conv", node,
                            {{{1, 1, 2, 2}, Floats{1, 2, 3, 4}}, {{1, 1, 3, 3}, kernel}, {{1}, Floats{0}}}),
                 (Floats{4, 0, 0, 0}));
    }

    void resizingGoesByHalfPixels()
    {
        OnnxNode node;
        node.texts = {{"mode", "linear"}, {"coordinate_transformation_mode", "half_pixel"}};
        // Centres at -0.25, 0.25, 0.75 and 1.25 of a row of two; those outside take the edge.
        QCOMPARE(floatsFrom("Resize", node,
                            {{{1, 1, 1, 2}, Floats{0, 4}}, leftOut, leftOut, {{4}, Integers{1, 1, 1, 4}}}),
                 (Floats{0, 1, 3, 4}));
        // Of a third of the size the middle ones, without averaging.
        QCOMPARE(
            floatsFrom(
                "Resize", node,
                {{{1, 1, 6, 1}, Floats{0, 1, 2, 3, 4, 9}}, leftOut, leftOut, {{4}, Integers{1, 1, 2, 1}}}),
            (Floats{1, 4}));
    }

    void poolingDropsWhatIsLeftOver()
    {
        OnnxNode node;
        node.numbers = {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}};
        QCOMPARE(floatsFrom("MaxPool", node, {{{1, 1, 3, 3}, Floats{1, 2, 9, 4, 3, 9, 9, 9, 9}}}),
                 (Floats{4}));
    }

    void denseMultipliesByRows()
    {
        OnnxNode node;
        node.numbers = {{"transB", {1}}};
        QCOMPARE(floatsFrom("Gemm", node,
                            {{{1, 2}, Floats{3, 4}}, {{2, 2}, Floats{1, 0, 10, 100}}, {{2}, Floats{1, 2}}}),
                 (Floats{4, 432}));
    }

    void softmaxBearsLargeNumbers()
    {
        OnnxNode node;
        node.numbers = {{"axis", {1}}};
        QCOMPARE(floatsFrom("Softmax", node, {{{1, 2}, Floats{1000, 1000}}}), (Floats{0.5f, 0.5f}));
    }

    void combiningStretchesSizesOfOne()
    {
        QCOMPARE(floatsFrom("Sub", {}, {{{1, 2, 1, 2}, Floats{1, 2, 3, 4}}, {{1, 2, 1, 1}, Floats{1, 3}}}),
                 (Floats{0, 1, 0, 1}));
        QCOMPARE(floatsFrom("Sub", {}, {{{1}, Floats{1}}, {{2, 1}, Floats{0.25f, 1}}}), (Floats{0.75f, 0}));
    }

    void turningMovesChannels()
    {
        OnnxNode node;
        node.numbers = {{"perm", {0, 3, 1, 2}}};
        QCOMPARE(floatsFrom("Transpose", node, {{{1, 1, 2, 3}, Floats{1, 2, 3, 4, 5, 6}}}),
                 (Floats{1, 4, 2, 5, 3, 6}));
    }

    void cuttingTakesTheMiddle()
    {
        QCOMPARE(
            floatsFrom(
                "Slice", {},
                {{{1, 4}, Floats{1, 2, 3, 4}}, {{1}, Integers{1}}, {{1}, Integers{3}}, {{1}, Integers{1}}}),
            (Floats{2, 3}));
    }

    void shapesThatDoNotFitAreRefused()
    {
        OnnxNode dense;
        dense.numbers = {{"transB", {1}}};
        const auto refuses = [](const char* type, const OnnxNode& node,
                                const std::vector<OnnxTensor>& inputs) {
            return test::codeOf([&] { floatsFrom(type, node, inputs); }) == ErrorCode::WeightsInvalid;
        };
        QVERIFY(refuses("Gemm", dense,
                        {{{1, 3}, Floats{1, 2, 3}}, {{2, 2}, Floats{1, 0, 10, 100}}, {{2}, Floats{1, 2}}}));
        QVERIFY(refuses("Sub", {}, {{{2}, Floats{1, 2}}, {{3}, Floats{1, 2, 3}}}));
        QVERIFY(refuses("Sub", {}, {{{1}, Floats{1}}, {{1}, Integers{1}}}));
        QVERIFY(
            refuses("Conv", {}, {{{1, 1, 1, 1}, Floats{1}}, {{1, 1, 3, 3}, Floats(9)}, {{1}, Floats{1}}}));
        QVERIFY(refuses("Transpose", {}, {{{1, 2}, Floats{1, 2}}}));
        QVERIFY(refuses("MaxPool", {}, {{{1, 1, 2, 2}, Floats{1, 2, 3, 4}}}));
        QVERIFY(refuses("Relu", {}, {}));
    }

    void whatIsNotKnownIsRefused()
    {
        OnnxGraph graph;
        graph.opset = 13;
        graph.input = "x";
        graph.inputShape = {-1};
        graph.output = "y";
        graph.nodes = {{"Relu", {"x"}, "y", {}, {}}};
        QCOMPARE(floatsOf(OnnxInterpreter(graph).run({{2}, Floats{-1, 2}})), (Floats{0, 2}));
        graph.nodes.front().inputs = {"z"};
        QVERIFY(test::refusalOf(ErrorCode::WeightsInvalid, [&] {
                    OnnxInterpreter(graph).run({{2}, Floats{-1, 2}});
                }).find("nothing makes the value z") != std::string::npos);
        graph.nodes.front().type = "Loop";
        QVERIFY(test::refusalOf(ErrorCode::WeightsInvalid, [&] { OnnxInterpreter{graph}; }).find("Loop") !=
                std::string::npos);
        graph.nodes.front().type = "Relu";
        graph.opset = 18;
        QVERIFY(test::refusalOf(ErrorCode::WeightsInvalid, [&] {
                    OnnxInterpreter{graph};
                }).find("opset 18") != std::string::npos);
    }
};

THAW_TEST(TestOnnxOperations)
#include "test_onnx_operations.moc"
