#include "core/data/input/augmentation.h"
#include "core/data/input/augmentation_operations.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

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
    const double tx = rx + draw.shearX * ry - draw.shiftX * image.width;
    const double ty = ry + draw.shearY * rx - draw.shiftY * image.height;
    const double sx = cx + (draw.flip ? -tx : tx);
    const double sy = cy + (draw.verticalFlip ? -ty : ty);
    const auto border = [&draw](int i, int n) {
        while (i < 0 || i >= n) {
            switch (draw.fill) {
            case FillMode::Reflect:
                i = i < 0 ? -1 - i : 2 * n - 1 - i;
                break;
            case FillMode::Nearest:
                i = i < 0 ? 0 : n - 1;
                break;
            case FillMode::Wrap:
                i += i < 0 ? n : -n;
                break;
            case FillMode::Constant:
                return -1;
            }
        }
        return i;
    };
    const int x0 = static_cast<int>(std::floor(sx));
    const int y0 = static_cast<int>(std::floor(sy));
    double sum = 0;
    for (int dy = 0; dy < 2; ++dy) {
        for (int dx = 0; dx < 2; ++dx) {
            const double weight = (dx ? sx - x0 : 1 - (sx - x0)) * (dy ? sy - y0 : 1 - (sy - y0));
            const int column = border(x0 + dx, image.width);
            const int row = border(y0 + dy, image.height);
            sum += column < 0 || row < 0 ? 0 : weight * valueAt(image, column, row);
        }
    }
    return static_cast<float>(sum);
}

AugmentationSpec everythingOn()
{
    AugmentationSpec spec;
    for (const AugmentationOperation& operation : augmentationOperations()) {
        spec.*operation.strength = operation.most;
    }
    return spec;
}

AugmentationSpec nothingOn()
{
    return {0, 0, 0};
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

    // The draws that runs before the list of operations made.
    void theFirstThreeDrawAsEver()
    {
        const AugmentationDraw first = drawAugmentation({}, 1, 2, 3);
        QCOMPARE(first.flip, false);
        QCOMPARE(first.rotationTurns, -0.083289618197948626);
        QCOMPARE(first.zoom, 0.18297689595033748);
        const AugmentationDraw stored = drawAugmentation({0.5, 0.1, 0.2, 3, 17}, 1, 7, 8);
        QCOMPARE(stored.rotationTurns, 0.032163761165306996);
        QCOMPARE(stored.zoom, -0.16070714821034449);
        QVERIFY(augment(ramp(6, 6), AugmentationDraw{}) == ramp(6, 6));
    }

    void noOperationMovesAnother()
    {
        for (const AugmentationOperation& operation : augmentationOperations()) {
            AugmentationSpec alone = nothingOn();
            alone.*operation.strength = operation.most;
            AugmentationSpec others = everythingOn();
            others.*operation.strength = 0;
            const AugmentationDraw all = drawAugmentation(everythingOn(), 4, 2, 99);
            const AugmentationDraw left = drawAugmentation(others, 4, 2, 99);
            const AugmentationDraw single = drawAugmentation(alone, 4, 2, 99);
            int moved = 0;
            const auto compare = [&](auto member, auto off) {
                const bool isOwn = left.*member == off && all.*member == single.*member;
                const bool isOthers = left.*member == all.*member && single.*member == off;
                moved += isOwn && !isOthers;
                QVERIFY2(isOwn || isOthers, operation.name);
            };
            compare(&AugmentationDraw::flip, false);
            compare(&AugmentationDraw::rotationTurns, 0.0);
            compare(&AugmentationDraw::zoom, 0.0);
            compare(&AugmentationDraw::verticalFlip, false);
            compare(&AugmentationDraw::shiftX, 0.0);
            compare(&AugmentationDraw::shiftY, 0.0);
            compare(&AugmentationDraw::shearX, 0.0);
            compare(&AugmentationDraw::shearY, 0.0);
            compare(&AugmentationDraw::brightness, 0.0);
            compare(&AugmentationDraw::contrast, 1.0);
            compare(&AugmentationDraw::saturation, 1.0);
            compare(&AugmentationDraw::hueTurns, 0.0);
            compare(&AugmentationDraw::isGrey, false);
            compare(&AugmentationDraw::erased, ErasedBox{});
            QVERIFY2(moved > 0 && !alone.isIdentity() && !single.isIdentity(), operation.name);
        }
        QVERIFY(nothingOn().isIdentity());
        QVERIFY(drawAugmentation(nothingOn(), 4, 2, 99).isIdentity());
    }

    void newerDrawsFillTheirRanges()
    {
        AugmentationSpec spec = everythingOn();
        spec.verticalFlip = 0.25;
        spec.translation = 0.3;
        spec.shear = 0.4;
        spec.contrast = 0.5;
        spec.grayscale = 0.25;
        spec.erasing = 0.25;
        constexpr int n = 10'000;
        std::array<int, 3> hits{};
        std::array<double, 7> least;
        std::array<double, 7> most;
        least.fill(1e9);
        most.fill(-1e9);
        double sumArea = 0;
        for (int i = 0; i < n; ++i) {
            const auto draw = drawAugmentation(spec, 5, 1, static_cast<std::uint64_t>(i));
            hits[0] += draw.verticalFlip;
            hits[1] += draw.isGrey;
            hits[2] += draw.erased.width > 0;
            const std::array<double, 7> values{draw.shiftX,           draw.shiftY,       draw.shearX,
                                               draw.brightness / 255, draw.contrast - 1, draw.saturation - 1,
                                               draw.hueTurns};
            for (std::size_t k = 0; k < values.size(); ++k) {
                least[k] = std::min(least[k], values[k]);
                most[k] = std::max(most[k], values[k]);
            }
            const ErasedBox& box = draw.erased;
            sumArea += box.width * box.height;
            QVERIFY(box.left >= 0 && box.left + box.width <= 1 && box.top >= 0 && box.top + box.height <= 1);
        }
        const std::array<double, 7> limits{0.3, 0.3, 0.4, 1, 0.5, 1, 0.5};
        for (std::size_t k = 0; k < limits.size(); ++k) {
            QVERIFY(most[k] <= limits[k] && most[k] > 0.995 * limits[k]);
            QVERIFY(least[k] >= -limits[k] && least[k] < -0.995 * limits[k]);
        }
        for (const int count : hits) {
            QVERIFY(std::abs(count - n / 4) < 217); // five standard deviations, as above
        }
        // The mean of √a is 0.403 for a from 0.02 to 0.33, so the mean area 0.162, with a deviation of 0.06.
        QVERIFY(std::abs(sumArea / hits[2] - 0.162) < 5 * 0.06 / std::sqrt(n / 4));
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

    void upsideDownIsExact()
    {
        const FloatImage image = ramp(7, 5);
        AugmentationDraw draw;
        draw.verticalFlip = true;
        const FloatImage flipped = warp(image, draw);
        for (int y = 0; y < 5; ++y) {
            for (int x = 0; x < 7; ++x) {
                QCOMPARE(valueAt(flipped, x, y), valueAt(image, x, 4 - y));
            }
        }
    }

    void shiftsShowWhatTheFillModeSays()
    {
        const FloatImage image = ramp(8, 4);
        AugmentationDraw draw;
        draw.shiftX = 0.25; // two pixels to the right
        const auto rowOf = [&](FillMode fill) {
            draw.fill = fill;
            const FloatImage shifted = warp(image, draw);
            std::vector<float> row;
            for (int x = 0; x < 8; ++x) {
                row.push_back(valueAt(shifted, x, 0));
            }
            return row;
        };
        QCOMPARE(rowOf(FillMode::Reflect), (std::vector<float>{1, 0, 0, 1, 2, 3, 4, 5}));
        QCOMPARE(rowOf(FillMode::Constant), (std::vector<float>{0, 0, 0, 1, 2, 3, 4, 5}));
        QCOMPARE(rowOf(FillMode::Nearest), (std::vector<float>{0, 0, 0, 1, 2, 3, 4, 5}));
        QCOMPARE(rowOf(FillMode::Wrap), (std::vector<float>{6, 7, 0, 1, 2, 3, 4, 5}));
        draw.shiftX = 0;
        draw.shiftY = -0.25; // one up: the last row is new
        draw.fill = FillMode::Nearest;
        QCOMPARE(valueAt(warp(image, draw), 3, 3), valueAt(image, 3, 3));
        QCOMPARE(valueAt(warp(image, draw), 3, 0), valueAt(image, 3, 1));
        draw.fill = FillMode::Constant;
        QCOMPARE(valueAt(warp(image, draw), 3, 3), 0.0f);
    }

    void allShapesTogetherEqualTheSlowWarp_data()
    {
        QTest::addColumn<FillMode>("fill");
        for (const FillMode fill : {FillMode::Reflect, FillMode::Constant, FillMode::Nearest, FillMode::Wrap})
        {
            QTest::newRow(nameOf(fill)) << fill;
        }
    }

    void allShapesTogetherEqualTheSlowWarp()
    {
        QFETCH(FillMode, fill);
        AugmentationSpec spec = everythingOn();
        spec.fill = fill;
        const FloatImage image = ramp(23, 17);
        for (std::uint64_t content = 0; content < 8; ++content) {
            const AugmentationDraw draw = drawAugmentation(spec, 3, 1, content);
            const FloatImage fast = warp(image, draw);
            for (int y = 0; y < image.height; ++y) {
                for (int x = 0; x < image.width; ++x) {
                    QVERIFY(std::abs(valueAt(fast, x, y) - slowWarp(image, draw, x, y)) < 0.02f);
                }
            }
        }
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

    // Budget: a millisecond a picture on one thread.
    void speedOfAllTogether()
    {
        const FloatImage image = ramp(180, 180);
        AugmentationSpec spec = everythingOn();
        spec.rotation = 0.1;
        spec.zoom = 0.2;
        const AugmentationDraw draw = drawAugmentation(spec, 1, 1, 1);
        QBENCHMARK
        {
            augment(image, draw);
        }
    }
};

THAW_TEST(TestAugmentation)
#include "test_augmentation.moc"
