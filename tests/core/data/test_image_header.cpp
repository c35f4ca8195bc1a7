#include "core/base/random.h"
#include "core/data/image/image_io.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;
using test::bytesOf;

namespace {

const auto unreadable = std::optional(ErrorCode::ImageUnreadable);
const auto tooLarge = std::optional(ErrorCode::ImageTooLarge);

ImageHeader probe(const test::Bytes& bytes)
{
    return probeImage(bytes, "picture");
}

std::optional<ErrorCode> probeError(const test::Bytes& bytes)
{
    return test::codeOf([&] { probe(bytes); });
}

std::string little(std::uint32_t value, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i) {
        text += static_cast<char>(value >> 8 * i & 0xFF);
    }
    return text;
}

std::string big(std::uint32_t value, int bytes)
{
    const std::string text = little(value, bytes);
    return {text.rbegin(), text.rend()};
}

/// A TIFF of nothing but a directory: tags, each with a single LONG.
test::Bytes tiffDirectory(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& entries)
{
    std::string text = std::string("II*\0", 4) + little(8, 4);
    text += little(static_cast<std::uint32_t>(entries.size()), 2);
    for (const auto& [tag, value] : entries) {
        text += little(tag, 2) + little(4, 2) + little(1, 4) + little(value, 4);
    }
    return bytesOf(text + little(0, 4));
}

/// The start of a JPEG 2000 picture, which begins with its size.
std::string codestream(std::uint32_t width, std::uint32_t height, std::uint32_t channels = 3)
{
    std::string text = "\xFF\x4F\xFF\x51" + big(38 + 3 * channels, 2) + big(0, 2);
    for (int i = 0; i < 2; ++i) { // of the picture, then of its only tile
        text += big(width, 4) + big(height, 4) + std::string(8, '\0');
    }
    text += big(channels, 2);
    for (std::uint32_t i = 0; i < channels; ++i) {
        text += "\x07\x01\x01";
    }
    return text;
}

std::string box(const std::string& type, const std::string& content)
{
    return big(static_cast<std::uint32_t>(content.size()) + 8, 4) + type + content;
}

std::string imageHeader(std::uint32_t width, std::uint32_t height)
{
    return box("ihdr", big(height, 4) + big(width, 4) + big(3, 2) + std::string("\x07\x07\0\0", 4));
}

/// A JPEG 2000 file of those boxes.
test::Bytes jp2(const std::string& boxes)
{
    return bytesOf(box("jP  ", "\r\n\x87\n") + box("ftyp", "jp2 " + big(0, 4) + "jp2 ") + boxes);
}

std::string extendedWebP(int width, int height, int orientation)
{
    const std::string exif = std::string("II*\0", 4) + little(8, 4) + little(1, 2) + little(274, 2) +
                             little(3, 2) + little(1, 4) +
                             little(static_cast<std::uint32_t>(orientation), 4) + little(0, 4);
    return "RIFF" + little(100, 4) + "WEBPVP8X" + little(10, 4) + little(8, 4) +
           little(static_cast<std::uint32_t>(width - 1), 3) +
           little(static_cast<std::uint32_t>(height - 1), 3) + "EXIF" +
           little(static_cast<std::uint32_t>(exif.size()), 4) + exif;
}

} // namespace

class TestImageHeader : public QObject
{
    Q_OBJECT

private slots:
    void sizesAndOrientations()
    {
        QCOMPARE(probe(test::jpegHeader(640, 480, 6)), (ImageHeader{ImageFormat::Jpeg, 640, 480, 6}));
        QCOMPARE(probe(test::pngOf(test::gradient(7, 5))), (ImageHeader{ImageFormat::Png, 7, 5, 1}));
        QCOMPARE(probe(test::tiffOf(test::gradient(7, 5), 8)), (ImageHeader{ImageFormat::Tiff, 7, 5, 8}));
        QCOMPARE(probe(test::bmpOf(test::gradient(7, 5), 24, true)),
                 (ImageHeader{ImageFormat::Bmp, 7, 5, 1}));
        QCOMPARE(probe(bytesOf(extendedWebP(5000, 3, 5))), (ImageHeader{ImageFormat::WebP, 5000, 3, 5}));
        QCOMPARE(probe(bytesOf("P6 # a comment\n# another\n12 34\n255\n")),
                 (ImageHeader{ImageFormat::Pnm, 12, 34, 1}));
        QCOMPARE(probe(bytesOf("GIF89a" + little(12, 2) + little(34, 2) + little(0, 3))),
                 (ImageHeader{ImageFormat::Gif, 12, 34, 1}));
        const ImageHeader jpeg2000{ImageFormat::Jpeg2000, 12, 34, 1};
        QCOMPARE(probe(bytesOf(codestream(12, 34))), jpeg2000);
        QCOMPARE(probe(jp2(box("jp2h", imageHeader(12, 34)) + box("jp2c", codestream(12, 34)))), jpeg2000);
        // Lengths of 64 bits, and one that goes on to the end of the file.
        QCOMPARE(probe(jp2(box("jp2h", box("res ", "x") + imageHeader(12, 34)) + big(1, 4) + "xml " +
                           big(0, 4) + big(20, 4) + "text" + big(0, 4) + "jp2c" + codestream(12, 34))),
                 jpeg2000);
    }

    void theFirstOfATiffsRepeatedTagsCounts()
    {
        const test::Bytes bomb = tiffDirectory({{256, 32768}, {256, 100}, {257, 32768}, {257, 100}});
        QCOMPARE(probe(bomb), (ImageHeader{ImageFormat::Tiff, 32768, 32768, 1}));
        QCOMPARE(test::codeOf([&] { decodeImage(bomb, "x"); }), tooLarge);
        QCOMPARE(probe(tiffDirectory({{256, 7}, {257, 5}, {274, 6}, {274, 8}})),
                 (ImageHeader{ImageFormat::Tiff, 7, 5, 6}));
        // Nonsense is no orientation, and what follows is none either.
        QCOMPARE(probe(tiffDirectory({{256, 7}, {257, 5}, {274, 9}, {274, 8}})).orientation, 1);
    }

    void theSizeOfAJpeg2000IsThatOfItsPicture()
    {
        const std::string picture = box("jp2c", codestream(30000, 30000));
        const std::string header = box("jp2h", imageHeader(30000, 30000));
        // The decoder passes over an image header that is not in "jp2h".
        const test::Bytes bomb = jp2(imageHeader(4, 4) + header + picture);
        QCOMPARE(probe(bomb), (ImageHeader{ImageFormat::Jpeg2000, 30000, 30000, 1}));
        QCOMPARE(test::codeOf([&] { decodeImage(bomb, "x"); }), tooLarge);
        QCOMPARE(probeError(jp2(imageHeader(30000, 30000) + picture)), unreadable);
        QCOMPARE(probeError(jp2(box("jp2h", imageHeader(4, 4)) + picture)), unreadable);
        QCOMPARE(probeError(jp2(header)), unreadable);
        QCOMPARE(probeError(jp2(picture + header)), unreadable);
        QCOMPARE(test::codeOf([] { decodeImage(bytesOf(codestream(4, 4, 5)), "x"); }),
                 std::optional(ErrorCode::ImageFormatUnsupported));
    }

    void orientationOutsideOneToEightIsNone()
    {
        QCOMPARE(probe(test::jpegHeader(4, 4, 0)).orientation, 1);
        QCOMPARE(probe(test::jpegHeader(4, 4, 9)).orientation, 1);
    }

    void unsupportedKindsAreRecognised()
    {
        QCOMPARE(probe(bytesOf(std::string("\0\0\0\x18"
                                           "ftypheic",
                                           12)))
                     .format,
                 ImageFormat::Heif);
        QCOMPARE(probe(bytesOf(std::string("\0\0\0\x18"
                                           "ftypmif1....avif",
                                           20)))
                     .format,
                 ImageFormat::Avif);
        QCOMPARE(probe(bytesOf(std::string("\0\0\1\0\1\0", 6))).format, ImageFormat::Ico);
        QCOMPARE(probe(bytesOf("8BPS")).format, ImageFormat::Psd);
        const auto unsupported = std::optional(ErrorCode::ImageFormatUnsupported);
        QCOMPARE(test::codeOf([] { decodeImage(bytesOf("8BPS"), "x.jpg"); }), unsupported);
        QCOMPARE(test::codeOf([] { decodeImage(test::jpegHeader(4, 4, 1, 12), "x.jpg"); }), unsupported);
    }

    void whatIsNoPictureSaysWhat_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("word");
        QTest::newRow("empty") << QByteArray() << "empty";
        QTest::newRow("web page") << QByteArray("\n<!DOCTYPE html><html>") << "web page";
        QTest::newRow("pdf") << QByteArray("%PDF-1.4") << "PDF";
        QTest::newRow("text") << QByteArray("hello") << "not a picture";
        QTest::newRow("text like BMP")
            << QByteArray("BMW is a maker of cars, not a picture") << "not a picture";
        QTest::newRow("text like PNM") << QByteArray("P3rhaps") << "not a picture";
        QTest::newRow("PNM without numbers") << QByteArray("P3 rhaps") << "numbers";
        QTest::newRow("half a JPEG header") << QByteArray("\xFF\xD8\xFF\xE0") << "cut short";
    }

    void whatIsNoPictureSaysWhat()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, word);
        try {
            probe(bytesOf(bytes.toStdString()));
            QFAIL("it was taken for a picture");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::ImageUnreadable);
            QVERIFY2(QString::fromStdString(error.detail()).contains(word), error.what());
            QCOMPARE(error.path().string(), std::string("picture"));
        }
    }

    void sizesWithoutPixelsAreRefused()
    {
        QCOMPARE(probeError(test::jpegHeader(0, 0, 1)), unreadable);
        QCOMPARE(probeError(test::jpegHeader(0, 5, 1)), unreadable);
        QCOMPARE(probeError(bytesOf("P6 0 5 255 ")), unreadable);
        QCOMPARE(probeError(bytesOf("P6 5 5 70000 ")), unreadable);
        QCOMPARE(probeError(bytesOf("GIF89a" + little(0, 2) + little(34, 2) + little(0, 3))), unreadable);
    }

    void bombsAreRefusedByTheHeader()
    {
        QCOMPARE(test::codeOf([] { decodeImage(test::jpegHeader(65500, 65500, 1), "x"); }), tooLarge);
        QCOMPARE(test::codeOf([] { decodeImage(bytesOf("P6 99999999999999999999 9 255 "), "x"); }), tooLarge);
        QCOMPARE(test::codeOf([] { decodeImage(bytesOf(extendedWebP(16'000'000, 16'000'000, 1)), "x"); }),
                 tooLarge);
        test::Bytes png = test::pngOf(test::gradient(2, 2));
        png[18] = std::byte(0x75);
        png[22] = std::byte(0x75);
        QCOMPARE(test::codeOf([&] { decodeImage(png, "x"); }), tooLarge);
    }

    void aClaimBeyondTheFileIsRefusedBeforeAllocating()
    {
        // 10,000 × 10,000 pixels is within the limit, but the bytes are not there.
        QCOMPARE(test::codeOf([] { decodeImage(bytesOf("P6 10000 10000 255 abc"), "x"); }), unreadable);
        test::Bytes bmp = test::bmpOf(test::gradient(4, 4), 24, false);
        bmp[19] = std::byte(0x20);
        QCOMPARE(test::codeOf([&] { decodeImage(bmp, "x"); }), unreadable);
    }

    /// Every prefix and a thousand damaged copies of each kind: an Error or a header, never a crash. Address
    /// sanitizer builds give this its teeth.
    void damagedHeadersNeverCrash()
    {
        const std::vector<test::Bytes> pictures{
            test::jpegHeader(40, 30, 3),
            test::pngOf(test::gradient(9, 9)),
            test::tiffOf(test::gradient(9, 9), 2),
            test::bmpOf(test::gradient(9, 9), 32, false),
            bytesOf(extendedWebP(40, 30, 6)),
            bytesOf("P5 9 9 255 " + std::string(81, 'x')),
            jp2(box("jp2h", imageHeader(9, 9)) + box("jp2c", codestream(9, 9)))};
        const auto tryProbe = [](const test::Bytes& bytes) {
            const auto code = probeError(bytes);
            return !code || code == unreadable;
        };
        RandomStream random(5);
        for (const test::Bytes& picture : pictures) {
            for (std::size_t size = 0; size < picture.size(); ++size) {
                QVERIFY(tryProbe({picture.begin(), picture.begin() + static_cast<std::ptrdiff_t>(size)}));
            }
            for (int round = 0; round < 1000; ++round) {
                test::Bytes damaged = picture;
                for (int i = 0; i < 4; ++i) {
                    const std::uint64_t at = random.below(std::min<std::size_t>(damaged.size(), 120));
                    damaged[at] = static_cast<std::byte>(random.below(2) ? 0xFF : random.below(256));
                }
                QVERIFY(tryProbe(damaged));
            }
        }
    }
};

THAW_TEST(TestImageHeader)
#include "test_image_header.moc"
