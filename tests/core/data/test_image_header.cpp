#include "core/base/random.h"
#include "core/data/image_io.h"
#include "tests/core/data/made_pictures.h"

#include <QTest>

using namespace thaw;
using test::bytesOf;

namespace {

const auto unreadable = std::optional(ErrorCode::ImageUnreadable);

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
        const auto tooLarge = std::optional(ErrorCode::ImageTooLarge);
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
            test::jpegHeader(40, 30, 3),           test::pngOf(test::gradient(9, 9)),
            test::tiffOf(test::gradient(9, 9), 2), test::bmpOf(test::gradient(9, 9), 32, false),
            bytesOf(extendedWebP(40, 30, 6)),      bytesOf("P5 9 9 255 " + std::string(81, 'x'))};
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

QTEST_GUILESS_MAIN(TestImageHeader)
#include "test_image_header.moc"
