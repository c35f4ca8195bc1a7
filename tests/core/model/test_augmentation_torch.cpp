#include "core/base/random.h"
#include "core/data/image/image_io.h"
#include "core/data/input/augmentation_operations.h"
#include "core/data/input/transform.h"
#include "core/model/augmentation_torch.h"
#include "core/model/inference_torch.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace thaw;

namespace {

at::Tensor tensorOf(const FloatImage& image)
{
    return inputTensor(image.pixels, 1, image.width, c10::Device(at::kCPU));
}

/// Values without any order: nothing makes a misplaced pixel show more.
FloatImage noise(int side)
{
    FloatImage image{side, side, std::vector<float>(static_cast<std::size_t>(side) * side * 3)};
    RandomStream random(1);
    std::generate(image.pixels.begin(), image.pixels.end(),
                  [&] { return static_cast<float>(random.uniform(0, 255)); });
    return image;
}

FloatImage wavesOf(int side)
{
    FloatImage image{side, side, {}};
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            for (int c = 0; c < 3; ++c) {
                image.pixels.push_back(
                    static_cast<float>(127 + 60 * std::sin(x * 0.1 + c) + 60 * std::cos(y * 0.07 * (c + 1))));
            }
        }
    }
    return image;
}

struct Difference
{
    double mean = 0;
    double largest = 0;
};

/// Between what the loader and the device make of a picture, over several draws.
Difference differenceOn(const FloatImage& image, const std::vector<AugmentationDraw>& draws)
{
    std::vector<at::Tensor> expected;
    std::vector<at::Tensor> pictures;
    for (const AugmentationDraw& draw : draws) {
        expected.push_back(tensorOf(augment(image, draw)));
        pictures.push_back(tensorOf(image));
    }
    const at::Tensor found = augment(at::cat(pictures), draws);
    const at::Tensor difference = (found - at::cat(expected)).abs();
    return {difference.mean().item<double>(), difference.max().item<double>()};
}

std::vector<AugmentationDraw> drawsOf(const AugmentationSpec& spec, int count)
{
    std::vector<AugmentationDraw> draws;
    for (int i = 0; i < count; ++i) {
        draws.push_back(drawAugmentation(spec, 5, 1, static_cast<std::uint64_t>(i)));
    }
    return draws;
}

} // namespace

class TestAugmentationTorch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { initialiseImageLibrary(); }

    void flipsTurnsAndZoomsAsTheLoaderDoes_data()
    {
        QTest::addColumn<double>("rotation");
        QTest::addColumn<double>("zoom");
        QTest::addColumn<int>("side");
        QTest::newRow("flips alone") << 0.0 << 0.0 << 180;
        QTest::newRow("as the book has it") << 0.1 << 0.2 << 180;
        // Nearly twice the picture's size: reflected at both borders, and reflected again in the corners.
        QTest::newRow("as far as recipes go") << 0.5 << 0.9 << 180;
        QTest::newRow("the largest pictures") << 0.1 << 0.2 << 512;
        QTest::newRow("the smallest, an odd side") << 0.5 << 0.9 << 33;
    }

    // Both say in float32 where a pixel comes from, the one in pixels, the other in halves of the side:
    // numbers up to twice the side, rounded a few times by 6e-8 of themselves, which is up to 1e-4 of a
    // pixel. In soft pictures a pixel's neighbour is 10 grey levels away, in noise up to 255.
    void flipsTurnsAndZoomsAsTheLoaderDoes()
    {
        QFETCH(double, rotation);
        QFETCH(double, zoom);
        QFETCH(int, side);
        const std::vector<AugmentationDraw> draws = drawsOf({0.5, rotation, zoom}, side > 180 ? 2 : 6);
        const Difference soft = differenceOn(wavesOf(side), draws);
        const Difference rough = differenceOn(noise(side), draws);
        qInfo("soft: mean %.2g, largest %.2g; noise: mean %.2g, largest %.2g grey levels", soft.mean,
              soft.largest, rough.mean, rough.largest);
        QVERIFY(soft.mean < 1e-3);
        QVERIFY(soft.largest < 1e-2);
        QVERIFY(rough.mean < 1e-2);
        QVERIFY(rough.largest < 0.1);
    }

    void eachOperationIsTheLoaders_data()
    {
        QTest::addColumn<QString>("name");
        for (const AugmentationOperation& operation : augmentationOperations()) {
            QTest::newRow(operation.name) << QString(operation.name);
        }
        QTest::newRow("all") << QString();
    }

    // Shapes as above. Before a change of colour the device samples a picture where it stands, which rounds
    // as a flip alone does; the change itself is a few roundings by 6e-8 of 255.
    void eachOperationIsTheLoaders()
    {
        QFETCH(QString, name);
        AugmentationSpec spec{0, 0, 0};
        bool isShape = name.isEmpty();
        for (const AugmentationOperation& operation : augmentationOperations()) {
            if (name.isEmpty() || name == operation.name) {
                spec.*operation.strength = operation.most;
                isShape = isShape || operation.group == AugmentationGroup::Shape;
            }
        }
        const std::vector<AugmentationDraw> draws = drawsOf(spec, 12);
        QVERIFY(std::ranges::any_of(draws, [](const auto& draw) { return !draw.isIdentity(); }));
        const Difference rough = differenceOn(noise(60), draws);
        const Difference soft = differenceOn(wavesOf(60), draws);
        qInfo("soft: mean %.2g, largest %.2g; noise: mean %.2g, largest %.2g grey levels", soft.mean,
              soft.largest, rough.mean, rough.largest);
        QVERIFY(soft.largest < (name.isEmpty() ? 0.04 : isShape ? 1e-2 : 1e-3));
        QVERIFY(rough.largest < (name.isEmpty() ? 0.4 : isShape ? 0.1 : 1e-2));
    }

    void everyFillModeIsTheLoaders_data()
    {
        QTest::addColumn<FillMode>("fill");
        for (const FillMode fill : {FillMode::Reflect, FillMode::Constant, FillMode::Nearest, FillMode::Wrap})
        {
            QTest::newRow(nameOf(fill)) << fill;
        }
    }

    void everyFillModeIsTheLoaders()
    {
        QFETCH(FillMode, fill);
        AugmentationSpec spec{0.5, 0.5, 0.9};
        spec.translation = 1;
        spec.shear = 0.5;
        spec.fill = fill;
        const Difference rough = differenceOn(noise(61), drawsOf(spec, 12));
        QVERIFY(rough.mean < 1e-2);
        QVERIFY(rough.largest < 0.1);
    }

    // Pictures of a batch that a change does not touch stay as they are.
    void neighboursInABatchStay()
    {
        const at::Tensor picture = tensorOf(wavesOf(40));
        AugmentationDraw grey;
        grey.isGrey = true;
        AugmentationDraw erased;
        erased.erased = {0.2, 0.2, 0.5, 0.5, 3};
        const std::vector<AugmentationDraw> draws{{}, grey, {}, erased};
        const at::Tensor found = augment(at::cat({picture, picture, picture, picture}), draws);
        for (const int place : {0, 2}) {
            QVERIFY((found[place] - picture[0]).abs().max().item<double>() < 1e-2);
        }
        QVERIFY((found[1].select(0, 0) - found[1].select(0, 2)).abs().max().item<double>() == 0);
        QVERIFY((found[3] - picture[0]).abs().mean().item<double>() > 10);
        QVERIFY(found.is_contiguous(at::MemoryFormat::ChannelsLast));
    }

    void preprocessesToTheBit()
    {
        const FloatImage image = noise(40);
        for (const Preprocessing& preprocessing : {caffePreprocessing(), torchvisionPreprocessing()}) {
            std::vector<float> expected(image.pixels.size());
            preprocess(image, preprocessing, expected);
            const at::Tensor found = preprocess(tensorOf(image), preprocessing);
            QVERIFY(found.equal(inputTensor(expected, 1, 40, c10::Device(at::kCPU))));
            QVERIFY(found.is_contiguous(at::MemoryFormat::ChannelsLast));
        }
    }

    // The same pictures with the same variations, whoever varies them, in whatever parts.
    void aBatchVariedOnTheDeviceIsTheLoaders()
    {
        constexpr int side = 40;
        std::vector<LoadItem> items;
        for (int i = 0; i < 7; ++i) {
            const auto path = m_folder / ("p" + std::to_string(i) + ".png");
            writePng(path, test::gradient(50 + i, 60));
            items.push_back({path, i % 2});
        }
        // One that cannot be read: draws have to close ranks with the pictures.
        items.insert(items.begin() + 2, {m_folder / "missing.png", 1});
        const Network network(randomBaseWeights(scaledBackbone(1.0 / 16), 1),
                              {HeadKind::Pooled, 2, 0, 1, scaledBackbone(1.0 / 16).channels.back()},
                              c10::Device(at::kCPU));
        BatchLoaderOptions options = inferenceLoader(network, {side}, 8);
        options.augmentation = AugmentationKey{{}, 3, 2};
        QVERIFY(!options.leaveVariation);
        BatchLoader varied(items, options);
        const std::optional<Batch> expected = varied.next();
        QVERIFY(expected->draws.empty());
        options.leaveVariation = true;
        BatchLoader left(items, options);
        const std::optional<Batch> found = left.next();
        QCOMPARE(found->draws.size(), std::size_t(7));
        QCOMPARE(found->items, expected->items);

        const at::Tensor loaders = BatchInputs(*expected, side, network).part(0, 7);
        const BatchInputs inputs(*found, side, network);
        const at::Tensor devices = at::cat({inputs.part(0, 3), inputs.part(3, 4)});
        QVERIFY(devices.is_contiguous(at::MemoryFormat::ChannelsLast));
        // Neighbours are 5 levels apart here; see above.
        QVERIFY((devices - loaders).abs().max().item<double>() < 1e-2);
        // That another draw would show:
        QVERIFY((devices.flip(0) - loaders).abs().mean().item<double>() > 1);
    }

private:
    test::TemporaryFolder m_folder;
};

THAW_TEST(TestAugmentationTorch)
#include "test_augmentation_torch.moc"
