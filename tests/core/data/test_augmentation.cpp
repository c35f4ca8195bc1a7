#include "core/data/augmentation.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace thaw;

namespace {

/// A picture with a different value everywhere.
FloatImage ramp(int width, int height)
{
    FloatImage image{width, height, {}};
    for (int i = 0; i < width * height; ++i) {
        for (int c = 0; c < 3; ++c) {
            image.pixels.push_back(static_cast<float>(i % 251 + c));
        }
    }
    return image;
}

float valueAt(const FloatImage& image, int x, int y)
{
    return image.pixels[static_cast<std::size_t>((y * image.width + x) * 3)];
}

/// The same warp, written for clearness: double precision, each tap through the border rule on its own.
float slowWarp(const FloatImage& image, const AugmentationDraw& draw, int x, int y)
{
    const double cx = (image.width - 1) / 2.0;
    const double cy = (image.height - 1) / 2.0;
    const double angle = 2 * std::numbers::pi * draw.rotationTurns;
    const double zx = (x - cx) * (1 + draw.zoom);
    const double zy = (y - cy) * (1 + draw.zoom);
    const double rx = std::cos(angle) * zx - std::sin(angle) * zy;
    const double ry = std::sin(angle) * zx + std::cos(angle) * zy;
    const double sx = cx + (draw.flip ? -rx : rx);
    const double sy = cy + ry;
    const auto border = [](int i, int n) {
        while (i < 0 || i >= n) {
            i = i < 0 ? -1 - i : 2 * n - 1 - i;
        }
        return i;
    };
    const int x0 = static_cast<int>(std::floor(sx));
    const int y0 = static_cast<int>(std::floor(sy));
    double sum = 0;
    for (int dy = 0; dy < 2; ++dy) {
        for (int dx = 0; dx < 2; ++dx) {
            const double weight = (dx ? sx - x0 : 1 - (sx - x0)) * (dy ? sy - y0 : 1 - (sy - y0));
            sum += weight * valueAt(image, border(x0 + dx, image.width), border(y0 + dy, image.height));
        }
    }
    return static_cast<float>(sum);
}

} // namespace

class TestAugmentation : public QObject
{
    Q_OBJECT

private slots:
    void drawsDependOnSeedEpochAndContentAlone()
    {
        const AugmentationSpec spec;
        const AugmentationDraw draw = drawAugmentation(spec, 1, 2, 3);
        QCOMPARE(drawAugmentation(spec, 1, 2, 3), draw);
        QVERIFY(drawAugmentation(spec, 2, 2, 3) != draw);
        QVERIFY(drawAugmentation(spec, 1, 3, 3) != draw);
        QVERIFY(drawAugmentation(spec, 1, 2, 4) != draw);
    }

    void oneSettingDoesNotMoveTheOthers()
    {
        const AugmentationDraw all = drawAugmentation({0.5, 0.1, 0.2, 0}, 9, 1, 77);
        const AugmentationDraw noFlip = drawAugmentation({0, 0.1, 0.2, 0}, 9, 1, 77);
        const AugmentationDraw half = drawAugmentation({0.5, 0.05, 0.2, 0}, 9, 1, 77);
        QCOMPARE(noFlip.rotationTurns, all.rotationTurns);
        QCOMPARE(noFlip.zoom, all.zoom);
        QCOMPARE(half.rotationTurns * 2, all.rotationTurns);
        QCOMPARE(half.flip, all.flip);
    }

    void drawsFillTheirRanges()
    {
        const AugmentationSpec spec{0.25, 0.1, 0.2, 0};
        int flips = 0;
        double leastTurn = 1;
        double mostTurn = -1;
        double sumZoom = 0;
        constexpr int n = 10'000;
        for (int i = 0; i < n; ++i) {
            const auto draw = drawAugmentation(spec, 5, 1, static_cast<std::uint64_t>(i));
            QVERIFY(std::abs(draw.rotationTurns) <= 0.1 && std::abs(draw.zoom) <= 0.2);
            flips += draw.flip;
            leastTurn = std::min(leastTurn, draw.rotationTurns);
            mostTurn = std::max(mostTurn, draw.rotationTurns);
            sumZoom += draw.zoom;
        }
        // Five standard deviations: 5·√(n·¼·¾) = 217 flips; 5·(0.4/√12)/√n = 0.0058 for the mean zoom.
        QVERIFY(std::abs(flips - n / 4) < 217);
        QVERIFY(leastTurn < -0.0995 && mostTurn > 0.0995);
        QVERIFY(std::abs(sumZoom / n) < 0.0058);
    }

    void storedViewsRepeat()
    {
        const AugmentationSpec spec{0.5, 0.1, 0.2, 3, 17};
        const AugmentationSpec fresh{0.5, 0.1, 0.2, 0};
        for (int epoch = 1; epoch <= 12; ++epoch) {
            // What training reads from the bank: views are drawn once, from their own seed.
            const int view = viewOf(3, 1, epoch, 8);
            QCOMPARE(drawAugmentation(spec, 1, epoch, 8), drawAugmentation(fresh, 17, view + 1, 8));
        }
        for (int epoch = 1; epoch <= 3; ++epoch) {
            QCOMPARE(drawAugmentation(spec, 1, epoch, 8), drawAugmentation(spec, 2, epoch, 8));
        }
    }

    void identityAndFlipAreExact()
    {
        const FloatImage image = ramp(7, 5);
        QCOMPARE(warp(image, {}), image);
        const FloatImage flipped = warp(image, {true, 0, 0});
        for (int y = 0; y < 5; ++y) {
            for (int x = 0; x < 7; ++x) {
                QCOMPARE(valueAt(flipped, x, y), valueAt(image, 6 - x, y));
            }
        }
    }

    void quarterTurnIsCounterClockwise()
    {
        const FloatImage image = ramp(9, 9);
        const FloatImage turned = warp(image, {false, 0.25, 0});
        for (int i = 0; i < 9; ++i) {
            // The top row becomes the left column, read from the bottom up.
            QVERIFY(std::abs(valueAt(turned, 0, 8 - i) - valueAt(image, i, 0)) < 0.02f);
        }
    }

    void flipComesBeforeRotation()
    {
        const FloatImage image = ramp(15, 15);
        const FloatImage once = warp(image, {true, 0.07, 0});
        const FloatImage twice = warp(warp(image, {true, 0, 0}), {false, 0.07, 0});
        for (std::size_t i = 0; i < once.pixels.size(); ++i) {
            QVERIFY(std::abs(once.pixels[i] - twice.pixels[i]) < 0.05f);
        }
    }

    void equalsTheSlowWarp_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<bool>("flip");
        QTest::addColumn<double>("turns");
        QTest::addColumn<double>("zoom");
        QTest::newRow("typical") << 48 << 48 << true << 0.083 << -0.13;
        QTest::newRow("far out, many reflections") << 31 << 31 << false << 0.5 << 0.9;
        QTest::newRow("far in") << 32 << 32 << false << -0.3 << -0.9;
        QTest::newRow("not square") << 40 << 11 << true << 0.21 << 0.4;
        QTest::newRow("narrow") << 1 << 20 << false << 0.1 << 0.2;
        QTest::newRow("one pixel") << 1 << 1 << true << 0.1 << 0.9;
    }

    void equalsTheSlowWarp()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(bool, flip);
        QFETCH(double, turns);
        QFETCH(double, zoom);
        const FloatImage image = ramp(width, height);
        const AugmentationDraw draw{flip, turns, zoom};
        const FloatImage fast = warp(image, draw);
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                // Coordinates of some 50 in float32 are off by 1e-5, times steps of up to 250 levels.
                QVERIFY(std::abs(valueAt(fast, x, y) - slowWarp(image, draw, x, y)) < 0.02f);
            }
        }
    }

    void speed()
    {
        const FloatImage image = ramp(180, 180);
        QBENCHMARK
        {
            warp(image, {true, 0.08, 0.15});
        }
    }
};

THAW_TEST(TestAugmentation)
#include "test_augmentation.moc"
