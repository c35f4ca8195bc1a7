#include "core/base/random.h"
#include "core/data/input/resize.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace thaw;

namespace {

RgbImage noise(int width, int height, std::uint64_t seed)
{
    RandomStream random(seed);
    RgbImage image{width, height, {}};
    for (int i = 0; i < width * height * 3; ++i) {
        image.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
    return image;
}

double levelAt(const RgbImage& image, int x, int y, int channel)
{
    return image.pixels[static_cast<std::size_t>((y * image.width + x) * 3 + channel)];
}

struct Box
{
    double x, y, width, height;
};

/// Which part of the picture is shown, and where: the rules in words, not in code shared with the program.
struct Layout
{
    Box shown;  ///< of the source
    Box filled; ///< of the result; the rest is black
};

Layout layoutOf(const RgbImage& image, int size, ResizeRule rule)
{
    Layout layout{{0, 0, double(image.width), double(image.height)}, {0, 0, double(size), double(size)}};
    if (rule == ResizeRule::CenterCrop) {
        const double side = std::min(image.width, image.height);
        layout.shown = {std::floor((image.width - side) / 2), std::floor((image.height - side) / 2), side,
                        side};
    } else if (rule == ResizeRule::Letterbox) {
        const double longest = std::max(image.width, image.height);
        layout.filled.width = std::max(1.0, std::round(image.width * size / longest));
        layout.filled.height = std::max(1.0, std::round(image.height * size / longest));
        layout.filled.x = std::floor((size - layout.filled.width) / 2);
        layout.filled.y = std::floor((size - layout.filled.height) / 2);
    }
    return layout;
}

/// The weight of source pixel `j` for result pixel `i`: a tent at the result's centre, or the share covered.
double weightOf(int i, int j, double source, double target, bool area)
{
    const double scale = source / target;
    if (area && scale > 1) {
        return std::max(0.0, std::min(j + 1.0, (i + 1) * scale) - std::max(double(j), i * scale)) / scale;
    }
    const double centre = std::clamp((i + 0.5) * scale - 0.5, 0.0, source - 1);
    return std::max(0.0, 1 - std::abs(centre - j));
}

/// One value of the result as a double sum over all pixels shown.
double reference(const RgbImage& image, int size, ResizeRule rule, int x, int y, int channel)
{
    const Layout layout = layoutOf(image, size, rule);
    const Box& to = layout.filled;
    const Box& from = layout.shown;
    if (x < to.x || y < to.y || x >= to.x + to.width || y >= to.y + to.height) {
        return 0;
    }
    const bool area = rule == ResizeRule::Antialiased;
    double sum = 0;
    for (int v = 0; v < static_cast<int>(from.height); ++v) {
        const double row = weightOf(y - int(to.y), v, from.height, to.height, area);
        for (int u = 0; row > 0 && u < static_cast<int>(from.width); ++u) {
            sum += row * weightOf(x - int(to.x), u, from.width, to.width, area) *
                   levelAt(image, int(from.x) + u, int(from.y) + v, channel);
        }
    }
    return sum;
}

const std::vector<ResizeRule> rules{ResizeRule::Stretch, ResizeRule::CenterCrop, ResizeRule::Letterbox,
                                    ResizeRule::Antialiased};

} // namespace

/// Every rule against a slow sum in double precision, and what must hold for any picture.
class TestResizeReference : public QObject
{
    Q_OBJECT

private slots:
    void equalsTheSlowSum_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("size");
        const std::vector<std::array<int, 3>> shapes{{1, 1, 5},   {2, 1, 4},   {7, 13, 7},   {31, 17, 12},
                                                     {13, 40, 9}, {40, 13, 9}, {33, 32, 32}, {5, 6, 32},
                                                     {64, 2, 10}, {2, 64, 10}, {50, 49, 25}, {3, 100, 16}};
        for (const auto& [width, height, size] : shapes) {
            QTest::addRow("%d x %d to %d", width, height, size) << width << height << size;
        }
    }

    void equalsTheSlowSum()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, size);
        const RgbImage image = noise(width, height, static_cast<std::uint64_t>(width * 1000 + height));
        for (const ResizeRule rule : rules) {
            const FloatImage fast = resizeImage(image, size, rule);
            QCOMPARE(fast.width, size);
            QCOMPARE(fast.height, size);
            for (int y = 0; y < size; ++y) {
                for (int x = 0; x < size; ++x) {
                    for (int c = 0; c < 3; ++c) {
                        const double found = fast.pixels[static_cast<std::size_t>((y * size + x) * 3 + c)];
                        const double expected = reference(image, size, rule, x, y, c);
                        // A position near 100 in float32 is off by 8e-6; times 255 levels a pixel.
                        QVERIFY2(std::abs(found - expected) < 0.01,
                                 qPrintable(QString("%1 at %2,%3: %4 instead of %5")
                                                .arg(nameOf(rule))
                                                .arg(x)
                                                .arg(y)
                                                .arg(found)
                                                .arg(expected)));
                    }
                }
            }
        }
    }

    void neverLeavesTheRangeOfThePicture()
    {
        for (std::uint64_t seed = 1; seed <= 40; ++seed) {
            RandomStream random(seed);
            RgbImage image = noise(1 + int(random.below(60)), 1 + int(random.below(60)), seed);
            for (std::uint8_t& level : image.pixels) {
                level = static_cast<std::uint8_t>(60 + level % 100);
            }
            const int size = 1 + static_cast<int>(random.below(50));
            for (const ResizeRule rule : rules) {
                const FloatImage result = resizeImage(image, size, rule);
                const auto [low, high] = std::minmax_element(result.pixels.begin(), result.pixels.end());
                // Weights of float32 sum to 1 within 1e-5 or so.
                QVERIFY(*high <= 159.01f);
                QVERIFY(rule == ResizeRule::Letterbox || *low >= 59.99f);
            }
        }
    }

    void aMirroredPictureGivesTheMirroredResult()
    {
        const RgbImage image = noise(37, 23, 5);
        RgbImage mirrored = image;
        for (int y = 0; y < image.height; ++y) {
            for (int x = 0; x < image.width; ++x) {
                std::copy_n(image.pixels.begin() + (y * image.width + x) * 3, 3,
                            mirrored.pixels.begin() + (y * image.width + image.width - 1 - x) * 3);
            }
        }
        constexpr int size = 16;
        // An odd margin cannot be halved, so the two rules that place a window are left out.
        for (const ResizeRule rule : {ResizeRule::Stretch, ResizeRule::Antialiased}) {
            const FloatImage one = resizeImage(image, size, rule);
            const FloatImage other = resizeImage(mirrored, size, rule);
            for (int y = 0; y < size; ++y) {
                for (int x = 0; x < size; ++x) {
                    const auto at = static_cast<std::size_t>((y * size + x) * 3);
                    const auto opposite = static_cast<std::size_t>((y * size + size - 1 - x) * 3);
                    QVERIFY(std::abs(one.pixels[at] - other.pixels[opposite]) < 0.01f);
                }
            }
        }
    }

    void letterboxLosesNothingAndCropNoShape()
    {
        const RgbImage wide = noise(60, 20, 9);
        const FloatImage boxed = resizeImage(wide, 30, ResizeRule::Letterbox);
        for (int y = 0; y < 30; ++y) {
            const auto row = boxed.pixels.begin() + y * 90;
            const bool isBlack = std::all_of(row, row + 90, [](float level) { return level == 0; });
            QCOMPARE(isBlack, y < 10 || y >= 20);
        }
        // The crop of a picture is the stretch of its middle square.
        RgbImage middle{20, 20, {}};
        for (int y = 0; y < 20; ++y) {
            const auto from = wide.pixels.begin() + (y * 60 + 20) * 3;
            middle.pixels.insert(middle.pixels.end(), from, from + 60);
        }
        QCOMPARE(resizeImage(wide, 30, ResizeRule::CenterCrop), resizeImage(middle, 30, ResizeRule::Stretch));
    }

    void emptySizesAreRefused()
    {
        QVERIFY_THROWS_EXCEPTION(std::exception, resizeImage(noise(4, 4, 1), 0, ResizeRule::Stretch));
        QVERIFY_THROWS_EXCEPTION(std::exception, resizeImage(noise(4, 4, 1), -3, ResizeRule::Letterbox));
    }
};

THAW_TEST(TestResizeReference)
#include "test_resize_reference.moc"
