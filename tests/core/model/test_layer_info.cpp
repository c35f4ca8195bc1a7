#include "core/base/error.h"
#include "core/model/layer_info.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <cmath>
#include <numeric>

using namespace thaw;

namespace {

struct Row
{
    const char* name;
    int side;
    int channels;
    std::int64_t parameters;
};

/// The table of Simonyan & Zisserman's configuration D at 180 pixels.
const std::vector<Row> publishedRows{
    {"input", 180, 3, 0},
    {"block1_conv1", 180, 64, 1792},
    {"block1_conv2", 180, 64, 36928},
    {"block1_pool", 90, 64, 0},
    {"block2_conv1", 90, 128, 73856},
    {"block2_conv2", 90, 128, 147584},
    {"block2_pool", 45, 128, 0},
    {"block3_conv1", 45, 256, 295168},
    {"block3_conv2", 45, 256, 590080},
    {"block3_conv3", 45, 256, 590080},
    {"block3_pool", 22, 256, 0},
    {"block4_conv1", 22, 512, 1180160},
    {"block4_conv2", 22, 512, 2359808},
    {"block4_conv3", 22, 512, 2359808},
    {"block4_pool", 11, 512, 0},
    {"block5_conv1", 11, 512, 2359808},
    {"block5_conv2", 11, 512, 2359808},
    {"block5_conv3", 11, 512, 2359808},
    {"block5_pool", 5, 512, 0},
};

std::int64_t totalParameters(const std::vector<LayerInfo>& layers)
{
    return std::accumulate(layers.begin(), layers.end(), std::int64_t(0),
                           [](std::int64_t sum, const LayerInfo& layer) { return sum + layer.parameters; });
}

std::int64_t totalMultiplyAdds(const std::vector<LayerInfo>& layers, int block = 0)
{
    std::int64_t sum = 0;
    for (const LayerInfo& layer : layers) {
        sum += block == 0 || layer.block == block ? layer.multiplyAdds : 0;
    }
    return sum;
}

} // namespace

class TestLayerInfo : public QObject
{
    Q_OBJECT

private slots:
    void hasThePublishedRowsAt180();
    void countsMultiplyAdds();
    void floorsPoolsAtOtherSizes_data();
    void floorsPoolsAtOtherSizes();
    void refusesSizesOutsideTheRange();
    void namesConvolutions();
    void findsLayersByName();
    void scalesWidths();
};

void TestLayerInfo::hasThePublishedRowsAt180()
{
    const auto layers = baseLayers(180);
    QCOMPARE(layers.size(), publishedRows.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Row& expected = publishedRows[i];
        QCOMPARE(layers[i].name, std::string(expected.name));
        QCOMPARE(layers[i].height, expected.side);
        QCOMPARE(layers[i].width, expected.side);
        QCOMPARE(layers[i].channels, expected.channels);
        QCOMPARE(layers[i].parameters, expected.parameters);
    }
    QCOMPARE(totalParameters(layers), std::int64_t(14714688));
    QVERIFY(layers[0].kind == LayerKind::Input && layers[0].block == 0);
    QVERIFY(layers[1].kind == LayerKind::Convolution && layers[1].block == 1);
    QVERIFY(layers[18].kind == LayerKind::Pool && layers[18].block == 5);
}

void TestLayerInfo::countsMultiplyAdds()
{
    const auto layers = baseLayers(180);
    const double total = static_cast<double>(totalMultiplyAdds(layers));
    QCOMPARE(std::round(total / 1e7), 974.0);
    const std::array<double, 5> shares{12.8, 18.4, 30.7, 29.3, 8.8};
    for (int block = 1; block <= 5; ++block) {
        const double share = 100.0 * static_cast<double>(totalMultiplyAdds(layers, block)) / total;
        QCOMPARE(std::round(share * 10), std::round(shares[static_cast<std::size_t>(block - 1)] * 10));
    }
    // One product for each output value, input channel and kernel cell.
    QCOMPARE(layers[1].multiplyAdds, std::int64_t(180) * 180 * 64 * 3 * 9);
}

void TestLayerInfo::floorsPoolsAtOtherSizes_data()
{
    QTest::addColumn<int>("inputSize");
    QTest::addColumn<QList<int>>("poolSides");
    QTest::newRow("smallest") << 32 << QList<int>{16, 8, 4, 2, 1};
    QTest::newRow("largest") << 512 << QList<int>{256, 128, 64, 32, 16};
    QTest::newRow("ImageNet's") << 224 << QList<int>{112, 56, 28, 14, 7};
    QTest::newRow("odd") << 255 << QList<int>{127, 63, 31, 15, 7};
    QTest::newRow("just under two") << 63 << QList<int>{31, 15, 7, 3, 1};
}

void TestLayerInfo::floorsPoolsAtOtherSizes()
{
    QFETCH(int, inputSize);
    QFETCH(QList<int>, poolSides);
    const auto layers = baseLayers(inputSize);
    QCOMPARE(layers.size(), std::size_t(19));
    QList<int> sides;
    for (const LayerInfo& layer : layers) {
        QCOMPARE(layer.height, layer.width);
        if (layer.kind == LayerKind::Pool) {
            sides.append(layer.height);
        }
    }
    QCOMPARE(sides, poolSides);
    QCOMPARE(featureSide(inputSize), poolSides.last());
    QCOMPARE(totalParameters(layers), std::int64_t(14714688));
}

void TestLayerInfo::refusesSizesOutsideTheRange()
{
    for (const int size : {31, 513, 0, -180}) {
        try {
            baseLayers(size);
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::Usage);
        }
    }
}

void TestLayerInfo::namesConvolutions()
{
    QCOMPARE(convolutionNames().front(), std::string("block1_conv1"));
    QCOMPARE(convolutionNames()[4], std::string("block3_conv1"));
    QCOMPARE(convolutionNames().back(), std::string("block5_conv3"));
    const std::array<int, convolutionCount> published{0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28};
    QVERIFY(torchvisionIndices() == published);
}

void TestLayerInfo::findsLayersByName()
{
    const auto layers = baseLayers(64);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        QCOMPARE(layerIndex(layers[i].name), static_cast<int>(i));
    }
    QCOMPARE(layerIndex("block6_conv1"), -1);
    QCOMPARE(layerIndex("Block5_pool"), -1);
    QCOMPARE(layerIndex(""), -1);
}

void TestLayerInfo::scalesWidths()
{
    QVERIFY(scaledBackbone(1.0).isPublished());
    QVERIFY((scaledBackbone(0.25) == BackboneSpec{{16, 32, 64, 128, 128}}));
    QVERIFY((scaledBackbone(1e-6) == BackboneSpec{{2, 2, 2, 2, 2}}));
    const auto layers = baseLayers(32, scaledBackbone(0.25));
    QCOMPARE(layers[1].parameters, std::int64_t(3 * 9 * 16 + 16));
    QCOMPARE(layers[15].parameters, std::int64_t(128 * 9 * 128 + 128));
    QCOMPARE(layers.back().channels, 128);
}

THAW_TEST(TestLayerInfo)
#include "test_layer_info.moc"
