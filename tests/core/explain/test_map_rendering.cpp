#include "core/base/error.h"
#include "core/data/image/image_io.h"
#include "core/explain/map_rendering.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace thaw;

namespace {

/// OKLab's lightness of a colour (Ottosson 2020).
double lightnessOf(const HeatColour& colour)
{
    const auto linear = [](std::uint8_t byte) {
        const double value = byte / 255.0;
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    const double r = linear(colour[0]);
    const double g = linear(colour[1]);
    const double b = linear(colour[2]);
    const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
}

RgbImage plain(int width, int height, std::uint8_t level)
{
    return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), level)};
}

HeatColour pixelOf(const RgbImage& image, int x, int y)
{
    const std::uint8_t* pixel = image.pixels.data() + static_cast<std::size_t>(y * image.width + x) * 3;
    return {pixel[0], pixel[1], pixel[2]};
}

Explanation withEvidence(PlaceMap evidence)
{
    Explanation explanation;
    setEvidence(explanation, std::move(evidence));
    return explanation;
}

} // namespace

class TestMapRendering : public QObject
{
    Q_OBJECT

private slots:
    void heatIsLightnessInEvenSteps()
    {
        for (int i = 0; i <= 16; ++i) {
            const double expected = 0.2 + 0.75 * i / 16;
            const double lightness = lightnessOf(heatColour(i / 16.0));
            // Bytes of dark colours, and the nearest of 256 entries: under a hundredth each.
            QVERIFY2(std::abs(lightness - expected) < 0.01, qPrintable(QString::number(lightness)));
        }
        QVERIFY(heatColour(-1) == heatColour(0));
        QVERIFY(heatColour(2) == heatColour(1));
        QVERIFY(heatColour(std::numeric_limits<double>::quiet_NaN()) == heatColour(0));
    }

    void enlargesAsHalfPixelCentresHaveIt()
    {
        const PlaceMap map{2, 2, {0, 4, 8, 12}};
        const PlaceMap larger = enlarged(map, 4, 4);
        QCOMPARE(larger.height, 4);
        // OpenCV's and Keras's for two values to four: 0, a quarter, three quarters, 1.
        const std::vector<float> expected{0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12};
        QCOMPARE(larger.values, expected);
        QVERIFY(enlarged(map, 2, 2) == map);
        QVERIFY(enlarged({1, 1, {5}}, 3, 2).values == std::vector<float>(6, 5.0f));
    }

    void theReluAndSizesFollowFromTheEvidence()
    {
        const Explanation some = withEvidence({1, 4, {-3, 0, 2, 1}});
        QCOMPARE(some.map.values, (std::vector<float>{0, 0, 2, 1}));
        QCOMPARE(some.largest, 2.0f);
        QCOMPARE(some.largestAgainst, 3.0f);
        QVERIFY(!some.isEmpty());
        const Explanation none = withEvidence({1, 3, {-3, 0, -1}});
        QVERIFY(none.isEmpty());
        QCOMPARE(none.largest, 0.0f);
        Explanation occlusion;
        occlusion.method = ExplainMethod::Occlusion;
        QVERIFY(setEvidence(occlusion, {1, 2, {-3, 1}}));
        QCOMPARE(occlusion.map.values, (std::vector<float>{-3, 1}));
        const float infinity = std::numeric_limits<float>::infinity();
        QVERIFY(!setEvidence(occlusion, {1, 2, {infinity, 1}}));
        QVERIFY(!setEvidence(occlusion, {1, 2, {std::nanf(""), 1}}));
        QVERIFY(!setEvidence(occlusion, {}));
    }

    void scalesAreCommon()
    {
        const std::vector<Explanation> shown{withEvidence({1, 2, {-9, 2}}), withEvidence({1, 2, {5, -1}})};
        QCOMPARE(commonScale(shown), 5.0f);
        QCOMPARE(commonScale({}), 0.0f);
        QCOMPARE(scaleOf(shown[0], false), 2.0f);
        QCOMPARE(scaleOf(shown[0], true), 9.0f);
    }

    // Nothing positive: dark all over, however small the numbers are.
    void anEmptyMapIsNotStretched()
    {
        const Explanation none = withEvidence({2, 2, {-1e-3f, -2, -1e-6f, 0}});
        const RgbImage overlay =
            overlaid(plain(4, 4, 100), none.map, ResizeRule::Stretch, commonScale({&none, 1}), 1);
        QVERIFY(overlay == overlaid(plain(4, 4, 100), {1, 1, {0}}, ResizeRule::Stretch, 1, 1));
        QVERIFY(pixelOf(overlay, 2, 2) == heatColour(0));
        // On the other class's scale as well.
        QVERIFY(overlay == overlaid(plain(4, 4, 100), none.map, ResizeRule::Stretch, scaleOf(none, true), 1));
    }

    void opacityMixesColourAndPicture()
    {
        RgbImage picture = plain(2, 1, 0);
        picture.pixels = {200, 100, 50, 200, 100, 50};
        const PlaceMap hot{1, 1, {3}};
        QVERIFY(overlaid(picture, hot, ResizeRule::Stretch, 3, 0) == picture);
        QVERIFY(pixelOf(overlaid(picture, hot, ResizeRule::Stretch, 3, 1), 0, 0) == heatColour(1));
        QVERIFY(pixelOf(overlaid(picture, hot, ResizeRule::Stretch, 6, 1), 0, 0) == heatColour(0.5));
        // From a half on the picture is grey: 0.2126 · 200 + 0.7152 · 100 + 0.0722 · 50.
        const HeatColour half = pixelOf(overlaid(picture, hot, ResizeRule::Stretch, 3, 0.5), 0, 0);
        for (std::size_t channel = 0; channel < 3; ++channel) {
            QCOMPARE(int(half[channel]), int(std::lround((117.65 + heatColour(1)[channel]) / 2)));
        }
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(overlaid(picture, hot, ResizeRule::Stretch, 3, nan) == picture);
    }

    // A map's right column is hot: where that lies in a picture of 40 × 20 is the resizing rule's matter.
    void theMapLiesWhereTheNetworkLooked()
    {
        const PlaceMap map{1, 2, {0, 1}};
        const RgbImage picture = plain(40, 20, 100);
        const auto at = [&](ResizeRule rule, int x) {
            return pixelOf(overlaid(picture, map, rule, 1, 1), x, 10);
        };
        for (const ResizeRule rule : {ResizeRule::Stretch, ResizeRule::Antialiased, ResizeRule::Letterbox}) {
            QVERIFY(at(rule, 0) == heatColour(0));
            QVERIFY(at(rule, 39) == heatColour(1));
        }
        // Only the middle 20 columns were seen.
        QVERIFY(at(ResizeRule::CenterCrop, 9) == pixelOf(picture, 9, 10));
        QVERIFY(at(ResizeRule::CenterCrop, 10) == heatColour(0));
        QVERIFY(at(ResizeRule::CenterCrop, 29) == heatColour(1));
        QVERIFY(at(ResizeRule::CenterCrop, 30) == pixelOf(picture, 30, 10));
        // Of a letterboxed picture the square's upper and lower quarters are black, not the picture's: the
        // middle row of three covers it all, but for what is mixed at its edges.
        const PlaceMap rows{4, 1, {1, 0, 0, 1}};
        const RgbImage boxed = overlaid(picture, rows, ResizeRule::Letterbox, 1, 1);
        QVERIFY(pixelOf(boxed, 5, 10) == heatColour(0));
        QVERIFY(pixelOf(overlaid(picture, rows, ResizeRule::Stretch, 1, 1), 5, 0) == heatColour(1));
        QVERIFY(pixelOf(boxed, 5, 0) != heatColour(1));
    }

    void picturesToShowAreShrunkByMeans()
    {
        RgbImage large{4, 2, {}};
        for (int i = 0; i < 8; ++i) {
            large.pixels.insert(large.pixels.end(), {std::uint8_t(10 * i), std::uint8_t(i), 7});
        }
        const auto file = m_folder / "large.png";
        writePng(file, large);
        QVERIFY(pictureToShow(file, {}, 4) == large);
        // (0 + 10 + 40 + 50) / 4 and (20 + 30 + 60 + 70) / 4; (0 + 1 + 4 + 5) / 4 = 2.5 and 4.5 round up.
        QVERIFY(pictureToShow(file, {}, 2) == (RgbImage{2, 1, {25, 3, 7, 45, 5, 7}}));
        QVERIFY(pictureToShow(file, {}, 1).width == 1);
        QVERIFY(test::codeOf([&] { pictureToShow(m_folder / "none.png", {}, 8); }) ==
                ErrorCode::FileNotFound);
    }

private:
    test::TemporaryFolder m_folder;
};

THAW_TEST(TestMapRendering)
#include "test_map_rendering.moc"
