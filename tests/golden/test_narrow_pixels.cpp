#include "core/base/atomic_file.h"
#include "core/data/image/image_io.h"
#include "core/data/input/augmentation.h"
#include "core/data/input/preprocessing.h"
#include "core/data/input/resize.h"
#include "tests/support/golden.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace thaw;

namespace {

/// Moved to the right by a share of a pixel, as a wrong centre would.
FloatImage shifted(const FloatImage& image, float share)
{
    FloatImage result = image;
    for (std::size_t i = 3; i < image.pixels.size(); ++i) {
        result.pixels[i] = (1 - share) * image.pixels[i] + share * image.pixels[i - 3];
    }
    return result;
}

} // namespace

/// What Keras's layers and loader make of made pictures, kept in the repository.
class TestNarrowPixels : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_augment = test::readGolden(test::goldenData() / "augment.safetensors");
        m_image = test::imageOf(m_augment, "image");
        const auto draws = nlohmann::json::parse(m_augment.metadata.at("draws"));
        for (const auto& [name, draw] : draws.items()) {
            m_draws[name] = {draw.at(0) != 0, draw.at(1), draw.at(2)};
        }
    }

    void preprocessingIsExact()
    {
        const SafetensorsFile file = test::readGolden(test::goldenData() / "forward.safetensors");
        const FloatImage image = test::imageOf(file, "image");
        std::vector<float> output(image.pixels.size());
        preprocess(image, caffePreprocessing(), output);
        QVERIFY(!output.empty());
        QVERIFY(output == file.find("preprocessed")->values);
    }

    void resizingEqualsKerasLoader()
    {
        const SafetensorsFile file = test::readGolden(test::goldenData() / "resize.safetensors");
        QCOMPARE(file.tensors.size(), std::size_t(5));
        for (const NamedTensor& tensor : file.tensors) {
            const RgbImage image = loadImage(test::goldenData() / "resize" / (tensor.name + ".png"));
            const FloatImage resized = resizeImage(image, 24, ResizeRule::Stretch);
            // Both work in float32; what may differ is the order of a few additions near 255.
            const double worst = test::differenceOf(resized.pixels, tensor.values).largest;
            QVERIFY2(worst <= 0.02, (tensor.name + ": " + std::to_string(worst)).c_str());
            // The other rules are others.
            for (const ResizeRule rule : {ResizeRule::CenterCrop, ResizeRule::Letterbox}) {
                const FloatImage other = resizeImage(image, 24, rule);
                QVERIFY(image.width == image.height ||
                        test::differenceOf(other.pixels, tensor.values).mean > 1);
            }
        }
    }

    void decodingEqualsTensorFlows_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"halved", "full", "progressive", "grey"}) {
            QTest::newRow(name) << name;
        }
    }

    // Both programs decode by libjpeg-turbo, whose integers leave nothing to rounding.
    void decodingEqualsTensorFlows()
    {
        QFETCH(QString, name);
        const SafetensorsFile file = test::readGolden(test::goldenData() / "jpeg.safetensors");
        const auto jpeg = test::goldenData() / "jpeg" / (name.toStdString() + ".jpg");
        const auto bytes = readFile(jpeg, maxImageFileSize);
        RgbImage decoded[2];
        for (const DctMethod method : {DctMethod::Accurate, DctMethod::Fast}) {
            const FloatImage expected = test::imageOf(file, name.toStdString() + " " + nameOf(method));
            const RgbImage ours = decodeImage(bytes, jpeg, {.dctMethod = method});
            QCOMPARE(ours.width, 45);
            QVERIFY(std::ranges::equal(ours.pixels, expected.pixels));
            decoded[method == DctMethod::Fast] = ours;
        }
        QVERIFY(decoded[0] != decoded[1]);
    }

    void warpEqualsKeras_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"flip", "rotate 0.05", "rotate -0.1", "zoom -0.2", "zoom 0.07", "zoom 0.2"})
        {
            QTest::newRow(name) << name;
        }
    }

    void warpEqualsKeras()
    {
        QFETCH(QString, name);
        const AugmentationDraw draw = m_draws.at(name.toStdString());
        const FloatImage expected = test::imageOf(m_augment, name.toStdString());
        const FloatImage ours = warp(m_image, draw);
        const double difference = test::differenceOf(ours.pixels, expected.pixels).mean;
        qInfo("%s: mean %.2g grey levels", qPrintable(name), difference);
        // Keras computes the coordinates in float32: their last bits move a few pixels by a fraction of a
        // level. The issue allows 0.5.
        QVERIFY2(difference <= 0.05, qPrintable(QString::number(difference)));

        // What the limit of 0.5 must exclude: the other direction, and a centre half a pixel off.
        const AugmentationDraw mirrored{draw.flip, -draw.rotationTurns, -draw.zoom};
        if (mirrored != draw) {
            QVERIFY(test::differenceOf(warp(m_image, mirrored).pixels, expected.pixels).mean > 1);
        }
        QVERIFY(test::differenceOf(shifted(ours, 0.5f).pixels, expected.pixels).mean > 0.5);
    }

    // Keras resamples after each step and thereby blurs; one warp must show the same picture, only sharper.
    void oneWarpIsKerasTwoWithLessBlur()
    {
        const FloatImage expected = test::imageOf(m_augment, "all");
        const AugmentationDraw draw = m_draws.at("all");
        const double one = test::differenceOf(warp(m_image, draw).pixels, expected.pixels).mean;
        const AugmentationDraw flip{draw.flip, 0, 0};
        const AugmentationDraw turn{false, draw.rotationTurns, 0};
        const AugmentationDraw zoom{false, 0, draw.zoom};
        const FloatImage inSteps = warp(warp(warp(m_image, flip), turn), zoom);
        const double steps = test::differenceOf(inSteps.pixels, expected.pixels).mean;
        qInfo("one warp: mean %.2g grey levels from Keras; step by step: %.2g", one, steps);
        QVERIFY2(steps <= 0.05, qPrintable(QString::number(steps)));
        const AugmentationDraw order{draw.flip, -draw.rotationTurns, draw.zoom};
        const double wrong = test::differenceOf(warp(m_image, order).pixels, expected.pixels).mean;
        QVERIFY2(one < wrong / 4, qPrintable(QString("%1 against %2").arg(one).arg(wrong)));
    }

private:
    SafetensorsFile m_augment;
    FloatImage m_image;
    std::map<std::string, AugmentationDraw> m_draws;
};

THAW_TEST(TestNarrowPixels)
#include "test_narrow_pixels.moc"
