#include "core/data/input/resize.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>
#include <numeric>

using namespace thaw;

namespace {

RgbImage grey(int width, int height, const std::vector<int>& levels)
{
    RgbImage image{width, height, {}};
    for (const int level : levels) {
        image.pixels.insert(image.pixels.end(), 3, static_cast<std::uint8_t>(level));
    }
    return image;
}

/// One channel of one row.
std::vector<float> rowOf(const FloatImage& image, int y, int channel = 0)
{
    std::vector<float> row;
    for (int x = 0; x < image.width; ++x) {
        row.push_back(image.pixels[static_cast<std::size_t>((y * image.width + x) * 3 + channel)]);
    }
    return row;
}

using Row = std::vector<float>;

} // namespace

class TestResize : public QObject
{
    Q_OBJECT

private slots:
    void namesReadBack()
    {
        for (const ResizeRule rule :
             {ResizeRule::Stretch, ResizeRule::CenterCrop, ResizeRule::Letterbox, ResizeRule::Antialiased})
        {
            QCOMPARE(resizeRuleFromName(nameOf(rule)), std::optional(rule));
        }
        QVERIFY(!resizeRuleFromName("Stretch"));
    }

    void sameSizeChangesNothing()
    {
        const RgbImage image = test::gradient(40, 40);
        const FloatImage same = resizeImage(image, 40, ResizeRule::Stretch);
        for (std::size_t i = 0; i < image.pixels.size(); ++i) {
            QCOMPARE(same.pixels[i], static_cast<float>(image.pixels[i]));
        }
    }

    void halfPixelCentresAndClampedEdges()
    {
        // Twice as large: samples at −¼, ¼, ¾, 1¼ of two pixels.
        const FloatImage larger = resizeImage(grey(2, 2, {0, 100, 0, 100}), 4, ResizeRule::Stretch);
        QCOMPARE(rowOf(larger, 0), (Row{0, 25, 75, 100}));
        // Half as large: the middle between two pixels each.
        const FloatImage smaller =
            resizeImage(grey(4, 2, {0, 10, 20, 40, 0, 10, 20, 40}), 2, ResizeRule::Stretch);
        QCOMPARE(rowOf(smaller, 1), (Row{5, 30}));
    }

    void stretchDoesNotAverage()
    {
        // 9 → 3 takes the middle one of three; averaging takes all.
        const RgbImage image = grey(9, 1, {0, 90, 0, 0, 60, 0, 0, 30, 0});
        QCOMPARE(rowOf(resizeImage(image, 3, ResizeRule::Stretch), 0), (Row{90, 60, 30}));
        const Row averaged = rowOf(resizeImage(image, 3, ResizeRule::Antialiased), 0);
        for (std::size_t i = 0; i < 3; ++i) {
            QVERIFY(std::abs(averaged[i] - Row{30, 20, 10}[i]) < 1e-3f);
        }
    }

    void averagingKeepsTheMean()
    {
        // 50 → 12 cuts pixels at odd places; what one loses the next gains.
        const RgbImage image = test::gradient(50, 31);
        const FloatImage small = resizeImage(image, 12, ResizeRule::Antialiased);
        const double before = std::accumulate(image.pixels.begin(), image.pixels.end(), 0.0) /
                              static_cast<double>(image.pixels.size());
        const double after = std::accumulate(small.pixels.begin(), small.pixels.end(), 0.0) /
                             static_cast<double>(small.pixels.size());
        QVERIFY(std::abs(before - after) < 1e-3);
    }

    void centreCropTakesTheMiddle()
    {
        const RgbImage wide = grey(6, 2, {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6});
        QCOMPARE(rowOf(resizeImage(wide, 2, ResizeRule::CenterCrop), 0), (Row{3, 4}));
        const RgbImage tall = grey(1, 5, {1, 2, 3, 4, 5});
        QCOMPARE(rowOf(resizeImage(tall, 1, ResizeRule::CenterCrop), 0), (Row{3}));
    }

    void letterboxKeepsTheShapeOnBlack()
    {
        const FloatImage boxed = resizeImage(grey(4, 2, std::vector<int>(8, 80)), 4, ResizeRule::Letterbox);
        QCOMPARE(rowOf(boxed, 0), (Row{0, 0, 0, 0}));
        QCOMPARE(rowOf(boxed, 1), (Row{80, 80, 80, 80}));
        QCOMPARE(rowOf(boxed, 2), (Row{80, 80, 80, 80}));
        QCOMPARE(rowOf(boxed, 3), (Row{0, 0, 0, 0}));
        const FloatImage tall =
            resizeImage(grey(1, 1000, std::vector<int>(1000, 80)), 32, ResizeRule::Letterbox);
        QCOMPARE(std::count(tall.pixels.begin(), tall.pixels.end(), 80.0f), std::ptrdiff_t(32 * 3));
    }

    void channelsStayApart()
    {
        RgbImage image{3, 1, {1, 2, 3, 1, 2, 3, 1, 2, 3}};
        for (const ResizeRule rule : {ResizeRule::Stretch, ResizeRule::CenterCrop, ResizeRule::Antialiased}) {
            const FloatImage resized = resizeImage(image, 2, rule);
            for (int channel = 0; channel < 3; ++channel) {
                QCOMPARE(rowOf(resized, 1, channel), (Row{float(channel + 1), float(channel + 1)}));
            }
        }
    }

    void anEmptyPictureIsRefused()
    {
        QVERIFY(test::codeOf([] { resizeImage({}, 10, ResizeRule::Stretch); }).has_value());
    }
};

THAW_TEST(TestResize)
#include "test_resize.moc"
