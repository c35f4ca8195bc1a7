#include "core/base/random.h"
#include "core/data/input/colour_changes.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>

using namespace thaw;

namespace {

using Rgb = std::array<double, 3>;

FloatImage pictureOf(const std::vector<Rgb>& colours)
{
    FloatImage image{static_cast<int>(colours.size()), 1, {}};
    for (const Rgb& colour : colours) {
        for (const double value : colour) {
            image.pixels.push_back(static_cast<float>(value));
        }
    }
    return image;
}

FloatImage colourNoise()
{
    FloatImage image{40, 30, std::vector<float>(40 * 30 * 3)};
    RandomStream random(7);
    std::ranges::generate(image.pixels, [&] { return static_cast<float>(random.uniform(0, 255)); });
    return image;
}

/// By way of hue, saturation and value, as textbooks have it.
Rgb throughHsv(const Rgb& rgb, double saturationFactor, double turns)
{
    const double value = std::ranges::max(rgb);
    const double range = value - std::ranges::min(rgb);
    double hue = 0;
    if (range > 0) {
        const auto [red, green, blue] = rgb;
        hue = value == red     ? (green - blue) / range / 6
              : value == green ? (blue - red) / range / 6 + 1.0 / 3
                               : (red - green) / range / 6 + 2.0 / 3;
    }
    hue += turns;
    hue -= std::floor(hue);
    const double saturation = std::clamp(value > 0 ? range / value * saturationFactor : 0, 0.0, 1.0);
    const int sector = static_cast<int>(hue * 6) % 6;
    const double part = hue * 6 - std::floor(hue * 6);
    const double low = value * (1 - saturation);
    const double falling = value * (1 - saturation * part);
    const double rising = value * (1 - saturation * (1 - part));
    switch (sector) {
    case 0:
        return {value, rising, low};
    case 1:
        return {falling, value, low};
    case 2:
        return {low, value, rising};
    case 3:
        return {low, falling, value};
    case 4:
        return {rising, low, value};
    default:
        return {value, low, falling};
    }
}

double distance(const FloatImage& found, const FloatImage& expected)
{
    double largest = found.pixels.size() == expected.pixels.size() ? 0 : 1e9;
    for (std::size_t i = 0; i < expected.pixels.size() && i < found.pixels.size(); ++i) {
        const auto difference = static_cast<double>(std::abs(found.pixels[i] - expected.pixels[i]));
        largest = difference <= largest ? largest : difference;
    }
    return largest;
}

} // namespace

class TestColourChanges : public QObject
{
    Q_OBJECT

private slots:
    void brightnessIsAddedAndClipped()
    {
        FloatImage image = pictureOf({{0, 100, 250}, {30, 60, 90}});
        changeBrightness(image, 20);
        QCOMPARE(image, pictureOf({{20, 120, 255}, {50, 80, 110}}));
        changeBrightness(image, -60);
        QCOMPARE(image, pictureOf({{0, 60, 195}, {0, 20, 50}}));
    }

    void contrastTurnsAboutEachChannelsMean()
    {
        FloatImage image = pictureOf({{100, 0, 10}, {140, 200, 10}});
        changeContrast(image, 1.5);
        QCOMPARE(image, pictureOf({{90, 0, 10}, {150, 250, 10}}));
        changeContrast(image, 0);
        QCOMPARE(image, pictureOf({{120, 125, 10}, {120, 125, 10}}));
    }

    void saturationIsAPlainFactorUpToFullColour()
    {
        FloatImage image = pictureOf({{200, 150, 160}, {80, 80, 80}, {0, 0, 0}, {255, 0, 10}});
        changeSaturation(image, 2);
        QVERIFY(distance(image, pictureOf({{200, 100, 120}, {80, 80, 80}, {0, 0, 0}, {255, 0, 10}})) < 1e-4);
        image = pictureOf({{200, 50, 100}});
        changeSaturation(image, 100);
        QVERIFY(distance(image, pictureOf({{200, 0, 200 * (1 - 100.0 / 150)}})) < 1e-4);
        changeSaturation(image, 0);
        QVERIFY(distance(image, pictureOf({{200, 200, 200}})) < 1e-4);
    }

    void aThirdOfATurnExchangesChannels()
    {
        FloatImage image = pictureOf({{255, 0, 0}, {10, 200, 90}, {70, 70, 70}});
        turnHue(image, 1.0 / 3);
        QVERIFY(distance(image, pictureOf({{0, 255, 0}, {90, 10, 200}, {70, 70, 70}})) < 1e-3);
        turnHue(image, -1.0 / 3);
        QVERIFY(distance(image, pictureOf({{255, 0, 0}, {10, 200, 90}, {70, 70, 70}})) < 1e-3);
    }

    // Hues are numbers up to 8 in float32, times ranges of up to 255 levels: 8 · 6e-8 · 255 = 1.2e-4.
    void equalTheWayThroughHsv()
    {
        const FloatImage image = colourNoise();
        for (const double turns : {-0.5, -0.21, 0.07, 0.4, 0.5}) {
            for (const double factor : {0.3, 1.0, 1.8}) {
                FloatImage found = image;
                changeSaturation(found, factor);
                turnHue(found, turns);
                FloatImage expected = image;
                for (std::size_t i = 0; i < expected.pixels.size(); i += 3) {
                    const float* pixel = &image.pixels[i];
                    const Rgb wanted = throughHsv({pixel[0], pixel[1], pixel[2]}, factor, turns);
                    std::ranges::transform(wanted, &expected.pixels[i],
                                           [](double value) { return static_cast<float>(value); });
                }
                QVERIFY(distance(found, expected) < 1e-3);
            }
        }
    }

    void greyIsWhatTheEyeSees()
    {
        FloatImage image = pictureOf({{100, 200, 50}, {255, 255, 255}});
        removeColour(image);
        const double grey = 0.2989 * 100 + 0.587 * 200 + 0.114 * 50;
        QVERIFY(distance(image, pictureOf({{grey, grey, grey}, {254.97, 254.97, 254.97}})) < 0.01);
    }

    void aRectangleBecomesNoiseAndTheRestStays()
    {
        const FloatImage image{200, 100, std::vector<float>(200 * 100 * 3, 77.5f)};
        FloatImage erased = image;
        const ErasedBox box{0.25, 0.5, 0.5, 0.4, 9};
        eraseBox(erased, box);
        int inside = 0;
        int black = 0;
        int white = 0;
        for (int y = 0; y < 100; ++y) {
            for (int x = 0; x < 200 * 3; ++x) {
                const float value = erased.pixels[static_cast<std::size_t>(y * 200 * 3 + x)];
                const bool isInside = x >= 50 * 3 && x < 150 * 3 && y >= 50 && y < 90;
                QCOMPARE(value != 77.5f, isInside);
                QVERIFY(!isInside || (value >= 0 && value <= 255));
                inside += isInside;
                black += isInside && value == 0;
                white += isInside && value == 255;
            }
        }
        // Half and 15.9 % of clipped normal noise, within five deviations of 12,000 draws and a step of
        // 1/256.
        QVERIFY(std::abs(black - inside / 2.0) < 5 * std::sqrt(inside / 4.0) + inside / 256.0);
        QVERIFY(std::abs(white - inside * 0.159) < 5 * std::sqrt(inside * 0.134) + inside / 256.0);
        FloatImage other = image;
        eraseBox(other, {box.left, box.top, box.width, box.height, 10});
        QVERIFY(other != erased);
        FloatImage same = image;
        eraseBox(same, box);
        QCOMPARE(same, erased);
    }

    void aBoxAtTheEdgeStaysInside()
    {
        FloatImage image{9, 5, std::vector<float>(9 * 5 * 3, 77.5f)};
        eraseBox(image, {1 - 0.57, 1 - 0.57, 0.57, 0.57, 1});
        QVERIFY(image.pixels.back() != 77.5f);
        QCOMPARE(image.pixels.front(), 77.5f);
        eraseBox(image, {});
    }
};

THAW_TEST(TestColourChanges)
#include "test_colour_changes.moc"
