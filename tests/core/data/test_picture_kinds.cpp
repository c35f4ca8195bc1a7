#include "core/data/image/image_io.h"
#include "core/data/image/pixel_conversion.h"
#include "tests/core/data/odd_pictures.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <opencv2/imgcodecs.hpp>

#include <cmath>

using namespace thaw;
using test::Bytes;

namespace {

Bytes encoded(const std::string& extension, const RgbImage& image, const std::vector<int>& how = {})
{
    cv::Mat bgr(image.height, image.width, CV_8UC3);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
        bgr.data[i] = image.pixels[i / 3 * 3 + 2 - i % 3];
    }
    std::vector<std::uint8_t> bytes;
    cv::imencode(extension, bgr, bytes, how);
    return test::bytesOf(std::string(bytes.begin(), bytes.end()));
}

using Pixel = std::vector<int>;
using test::pixelAt;
using Levels = std::vector<int>;

/// The red channel of the first row.
Levels rowOf(const RgbImage& image)
{
    Levels levels;
    for (int x = 0; x < image.width; ++x) {
        levels.push_back(pixelAt(image, x, 0)[0]);
    }
    return levels;
}

/// A level blended on white as a person would compute it.
int blended(int level, int alpha)
{
    return static_cast<int>(std::lround((level * alpha + 255.0 * (255 - alpha)) / 255));
}

constexpr int madeWidth = 24;
constexpr int madeHeight = 16;

} // namespace

/// Kinds of pictures that cameras, scanners and old programs write.
class TestPictureKinds : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { initialiseImageLibrary(); }

    void exifTurnsEveryFormat_data()
    {
        QTest::addColumn<QByteArray>("stored");
        QTest::addColumn<QString>("format");
        const RgbImage image = test::gradient(madeWidth, madeHeight);
        const auto add = [](const char* name, const QString& format, const Bytes& bytes) {
            QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(bytes.data()),
                                              static_cast<qsizetype>(bytes.size()))
                                << format;
        };
        add("JPEG", "jpeg", encoded(".jpg", image));
        add("PNG", "png", encoded(".png", image));
        add("WebP", "webp", encoded(".webp", image, {cv::IMWRITE_WEBP_QUALITY, 80}));
        add("WebP without loss", "webp", encoded(".webp", image, {cv::IMWRITE_WEBP_QUALITY, 101}));
    }

    void exifTurnsEveryFormat()
    {
        QFETCH(QByteArray, stored);
        QFETCH(QString, format);
        const Bytes plain = test::bytesOf(stored.toStdString());
        const RgbImage asStored = decodeImage(plain, "a");
        QCOMPARE(asStored.width, madeWidth);
        for (int orientation = 0; orientation <= 9; ++orientation) {
            for (const bool little : {false, true}) {
                const Bytes turned =
                    format == "jpeg"  ? test::jpegWithExif(plain, orientation, little)
                    : format == "png" ? test::pngWithExif(plain, orientation, little)
                                      : test::webpWithExif(plain, madeWidth, madeHeight, orientation, little);
                const bool counts = orientation >= 1 && orientation <= 8;
                const ImageHeader header = probeImage(turned, "a");
                QCOMPARE(header.orientation, counts ? orientation : 1);
                QCOMPARE(header.width, madeWidth);
                QCOMPARE(header.height, madeHeight);
                // The stored pixels are the same to the last bit; only the turn differs.
                QCOMPARE(decodeImage(turned, "a", {false}), asStored);
                QCOMPARE(decodeImage(turned, "a", {true}), orientUpright(asStored, orientation));
            }
        }
    }

    void fourTurnsOrTwoMirrorsComeBack()
    {
        const RgbImage image = test::gradient(madeWidth, madeHeight);
        for (const int orientation : {2, 3, 4, 5, 7}) {
            QCOMPARE(orientUpright(orientUpright(image, orientation), orientation), image);
        }
        QCOMPARE(orientUpright(orientUpright(image, 6), 8), image);
        RgbImage turned = image;
        for (int i = 0; i < 4; ++i) {
            turned = orientUpright(turned, 6);
            QCOMPARE(turned.width, i % 2 ? madeWidth : madeHeight);
        }
        QCOMPARE(turned, image);
        // 6: the camera was held upright, so the stored left edge is the top, its bottom end on the left.
        QCOMPARE(pixelAt(orientUpright(image, 6), 0, 0), pixelAt(image, 0, madeHeight - 1));
        QCOMPARE(pixelAt(orientUpright(image, 8), 0, 0), pixelAt(image, madeWidth - 1, 0));
    }

    void greyOfEveryDepth_data()
    {
        QTest::addColumn<int>("depth");
        QTest::addColumn<std::vector<unsigned>>("samples");
        QTest::addColumn<Levels>("expected");
        QTest::newRow("1 bit") << 1 << std::vector<unsigned>{0, 1, 1, 0} << Levels{0, 255, 255, 0};
        QTest::newRow("2 bits") << 2 << std::vector<unsigned>{0, 1, 2, 3} << Levels{0, 85, 170, 255};
        QTest::newRow("4 bits") << 4 << std::vector<unsigned>{0, 1, 8, 15} << Levels{0, 17, 136, 255};
        QTest::newRow("8 bits") << 8 << std::vector<unsigned>{0, 1, 128, 255} << Levels{0, 1, 128, 255};
        // 65535/255 = 257 steps to a level, rounded to the nearest.
        QTest::newRow("16 bits") << 16 << std::vector<unsigned>{0, 128, 129, 65535} << Levels{0, 0, 1, 255};
    }

    void greyOfEveryDepth()
    {
        QFETCH(int, depth);
        QFETCH(std::vector<unsigned>, samples);
        QFETCH(Levels, expected);
        const RgbImage image = decodeImage(test::pngOf({4, 1, depth, 0, samples, {}, {}}), "a.png");
        QCOMPARE(rowOf(image), expected);
        for (int x = 0; x < 4; ++x) {
            QCOMPARE(pixelAt(image, x, 0), (Pixel(3, expected[static_cast<std::size_t>(x)])));
        }
    }

    void palettesOfEveryDepth()
    {
        const std::string palette("\xFF\0\0\0\xFF\0\0\0\xFF", 9);
        for (const int depth : {2, 4, 8}) {
            const RgbImage image =
                decodeImage(test::pngOf({3, 1, depth, 3, {2, 0, 1}, palette, {}}), "a.png");
            QCOMPARE(pixelAt(image, 0, 0), (Pixel{0, 0, 255}));
            QCOMPARE(pixelAt(image, 1, 0), (Pixel{255, 0, 0}));
            QCOMPARE(pixelAt(image, 2, 0), (Pixel{0, 255, 0}));
        }
        const RgbImage bits =
            decodeImage(test::pngOf({2, 1, 1, 3, {1, 0}, palette.substr(0, 6), {}}), "a.png");
        QCOMPARE(pixelAt(bits, 0, 0), (Pixel{0, 255, 0}));
        QCOMPARE(pixelAt(bits, 1, 0), (Pixel{255, 0, 0}));
    }

    void paletteEntriesCanBeTransparent()
    {
        const std::string palette("\xFF\0\0\0\x64\0", 6);
        const std::string alpha("\0\x33", 2); // nothing, a fifth
        const RgbImage image = decodeImage(test::pngOf({2, 1, 8, 3, {0, 1}, palette, alpha}), "a.png");
        QCOMPARE(pixelAt(image, 0, 0), (Pixel{255, 255, 255}));
        QCOMPARE(pixelAt(image, 1, 0), (Pixel{blended(0, 51), blended(100, 51), blended(0, 51)}));
    }

    void alphaIsLaidOnWhite()
    {
        for (const unsigned alpha : {0u, 1u, 127u, 128u, 254u, 255u}) {
            const int a = static_cast<int>(alpha);
            const RgbImage grey =
                decodeImage(test::pngOf({2, 1, 8, 4, {0, alpha, 90, alpha}, {}, {}}), "a.png");
            QCOMPARE(rowOf(grey), (Levels{blended(0, a), blended(90, a)}));
            const RgbImage colour =
                decodeImage(test::pngOf({1, 1, 8, 6, {200, 100, 0, alpha}, {}, {}}), "a.png");
            QCOMPARE(pixelAt(colour, 0, 0), (Pixel{blended(200, a), blended(100, a), blended(0, a)}));
        }
        const RgbImage deep =
            decodeImage(test::pngOf({1, 1, 16, 6, {200 * 257, 100 * 257, 0, 51 * 257}, {}, {}}), "a.png");
        QCOMPARE(pixelAt(deep, 0, 0), (Pixel{blended(200, 51), blended(100, 51), blended(0, 51)}));
    }

    void oneColourCanStandForTransparency()
    {
        const std::string grey("\0\x05", 2);
        QCOMPARE(rowOf(decodeImage(test::pngOf({3, 1, 8, 0, {4, 5, 6}, {}, grey}), "a.png")),
                 (Levels{4, 255, 6}));
        const std::string rgb("\0\x01\0\x02\0\x03", 6);
        const RgbImage image = decodeImage(test::pngOf({2, 1, 8, 2, {1, 2, 3, 1, 2, 4}, {}, rgb}), "a.png");
        QCOMPARE(pixelAt(image, 0, 0), (Pixel{255, 255, 255}));
        QCOMPARE(pixelAt(image, 1, 0), (Pixel{1, 2, 4}));
        // A key is at the file's depth: of sixteen bits all must match.
        const std::string deep("\x12\x34", 2);
        const RgbImage grey16 = decodeImage(test::pngOf({2, 1, 16, 0, {0x1234, 0x1235}, {}, deep}), "a.png");
        QCOMPARE(rowOf(grey16), (Levels{255, 0x12}));
    }

    void cmykIsConverted()
    {
        const RgbImage image = decodeImage(test::redCmykJpeg(), "a.jpg");
        QCOMPARE(decodeImage(test::redCmykJpeg(), "a.jpg", {.dctMethod = DctMethod::Fast}), image);
        QCOMPARE(image.width, 8);
        const Pixel pixel = pixelAt(image, 3, 3);
        // The conversion is without colour profiles; red stays red within the coding's rounding.
        QVERIFY(pixel[0] >= 250 && pixel[1] <= 5 && pixel[2] <= 5);
    }

    void greyJpegHasThreeEqualChannels()
    {
        cv::Mat grey(8, 8, CV_8UC1, cv::Scalar(77));
        std::vector<std::uint8_t> bytes;
        cv::imencode(".jpg", grey, bytes);
        const RgbImage image = decodeImage(test::bytesOf(std::string(bytes.begin(), bytes.end())), "a.jpg");
        QCOMPARE(image.pixels.size(), std::size_t(8 * 8 * 3));
        for (const std::uint8_t level : image.pixels) {
            QVERIFY(std::abs(level - 77) <= 1); // one step of the coding
        }
    }

    void aProgressiveJpegOfTooManyScansIsRefused()
    {
        const Bytes whole =
            encoded(".jpg", test::gradient(madeWidth, madeHeight), {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
        const std::string text(reinterpret_cast<const char*>(whole.data()), whole.size());
        QVERIFY(text.find("\xFF\xC2") != std::string::npos);
        // The first scan goes on to the tables of the second. Coded data never hold a marker by chance.
        const std::size_t first = text.find("\xFF\xDA");
        const std::size_t second = text.find("\xFF\xC4", first);
        QVERIFY(second != std::string::npos);
        const std::string scan = text.substr(first, second - first);
        // A reserved code in front of each other scan, as if that were its segment.
        const std::string hiding = std::string("\xFF\x02\0", 3) + static_cast<char>(scan.size() + 2);
        QVERIFY(scan.size() < 250);
        const auto repeated = [&](const std::string& part, int times) {
            std::string made = text.substr(0, first);
            for (int i = 0; i < times; ++i) {
                made += part;
            }
            return test::bytesOf(made + text.substr(first));
        };
        for (const DctMethod method : {DctMethod::Accurate, DctMethod::Fast}) {
            const DecodeOptions options{.dctMethod = method};
            const RgbImage image = decodeImage(whole, "a.jpg", options);
            QCOMPARE(image.width, madeWidth);
            QCOMPARE(decodeImage(repeated(scan, 400), "a.jpg", options), image);
            for (const Bytes& bomb : {repeated(scan, 600), repeated(scan + hiding + scan, 300)}) {
                const std::string refusal =
                    test::refusalOf(ErrorCode::ImageUnreadable, [&] { decodeImage(bomb, "a.jpg", options); });
                QVERIFY2(refusal.find("scans, more than the 500 allowed") != std::string::npos,
                         refusal.c_str());
            }
        }
    }

    void jpeg2000IsRead()
    {
        constexpr int side = 64;
        const RgbImage made = test::gradient(side, side);
        const Bytes file = encoded(".jp2", made);
        QCOMPARE(probeImage(file, "a.jp2"), (ImageHeader{ImageFormat::Jpeg2000, side, side, 1}));
        const RgbImage image = decodeImage(file, "a.jp2");
        QCOMPARE(image.pixels.size(), made.pixels.size());
        for (std::size_t i = 0; i < image.pixels.size(); ++i) {
            QVERIFY(std::abs(image.pixels[i] - made.pixels[i]) <= 8); // compressed to a quarter
        }
    }

    void gifFrames()
    {
        const std::string palette("\xFF\0\0\0\xFF\0\0\0\xFF\x10\x20\x30", 12);
        test::GifSpec gif{4, 2, 0, 0, 4, 2, {0, 1, 2, 3, 3, 2, 1, 0}, palette};
        const RgbImage image = decodeImage(test::gifOf(gif), "a.gif");
        QCOMPARE(pixelAt(image, 0, 0), (Pixel{255, 0, 0}));
        QCOMPARE(pixelAt(image, 3, 0), (Pixel{16, 32, 48}));
        QCOMPARE(pixelAt(image, 2, 1), (Pixel{0, 255, 0}));
        gif.ownPalette = true;
        QCOMPARE(decodeImage(test::gifOf(gif), "a.gif"), image);
        gif.transparent = 3;
        const RgbImage clear = decodeImage(test::gifOf(gif), "a.gif");
        QCOMPARE(pixelAt(clear, 3, 0), (Pixel{255, 255, 255}));
        QCOMPARE(pixelAt(clear, 0, 0), (Pixel{255, 0, 0}));
    }

    void aSmallGifFrameLiesOnWhite()
    {
        const std::string palette("\xFF\0\0\0\xFF\0", 6);
        const RgbImage image = decodeImage(test::gifOf({5, 4, 2, 1, 2, 2, {0, 1, 1, 0}, palette}), "a.gif");
        QCOMPARE(image.width, 5);
        QCOMPARE(image.height, 4);
        QCOMPARE(pixelAt(image, 0, 0), (Pixel{255, 255, 255}));
        QCOMPARE(pixelAt(image, 2, 1), (Pixel{255, 0, 0}));
        QCOMPARE(pixelAt(image, 3, 1), (Pixel{0, 255, 0}));
        QCOMPARE(pixelAt(image, 2, 2), (Pixel{0, 255, 0}));
        QCOMPARE(pixelAt(image, 4, 1), (Pixel{255, 255, 255}));
    }

    void aGifFrameOfTooManyPixelsIsRefused()
    {
        // On a canvas of one pixel.
        const std::string palette("\xFF\0\0\0\xFF\0", 6);
        const Bytes gif = test::gifOf({1, 1, 0, 0, 65535, 65535, {0}, palette});
        QCOMPARE(test::codeOf([&] { decodeImage(gif, "a.gif"); }), std::optional(ErrorCode::ImageTooLarge));
    }

    void interlacedRowsFindTheirPlace()
    {
        constexpr int rows = 13;
        std::string palette;
        for (int i = 0; i < 16; ++i) {
            palette += std::string(3, static_cast<char>(i * 10));
        }
        test::GifSpec gif{1, rows, 0, 0, 1, rows, {0, 8, 4, 12, 2, 6, 10, 1, 3, 5, 7, 9, 11}, palette, true};
        const RgbImage image = decodeImage(test::gifOf(gif), "a.gif");
        for (int y = 0; y < rows; ++y) {
            QCOMPARE(pixelAt(image, 0, y)[0], y * 10);
        }
    }

    void gifsCutAnywhereAreRefused()
    {
        const std::string palette("\xFF\0\0\0\xFF\0", 6);
        const Bytes whole = test::gifOf({4, 4, 0, 0, 4, 4, std::vector<int>(16, 1), palette});
        QVERIFY(!test::codeOf([&] { decodeImage(whole, "a.gif"); }).has_value());
        // The last two bytes end the blocks and the file; the pixels are whole without them.
        for (std::size_t length = 1; length + 4 < whole.size(); ++length) {
            const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            QCOMPARE(test::codeOf([&] { decodeImage(cut, "a.gif"); }),
                     std::optional(ErrorCode::ImageUnreadable));
        }
    }

    void aPngWithoutDataIsRefused()
    {
        const Bytes whole = test::pngOf({2, 2, 8, 0, {1, 2, 3, 4}, {}, {}});
        std::string text(reinterpret_cast<const char*>(whole.data()), whole.size());
        const std::size_t data = text.find("IDAT") - 4;
        const std::size_t end = text.find("IEND") - 4;
        const Bytes hollow = test::bytesOf(text.substr(0, data) + text.substr(end));
        QCOMPARE(test::codeOf([&] { decodeImage(hollow, "a.png"); }),
                 std::optional(ErrorCode::ImageUnreadable));
        const Bytes endless = test::bytesOf(text.substr(0, end));
        QCOMPARE(test::codeOf([&] { decodeImage(endless, "a.png"); }),
                 std::optional(ErrorCode::ImageUnreadable));
    }
};

THAW_TEST(TestPictureKinds)
#include "test_picture_kinds.moc"
