#include "core/base/atomic_file.h"
#include "core/base/random.h"
#include "core/data/image/image_io.h"
#include "core/data/image/pixel_conversion.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <opencv2/imgcodecs.hpp>

#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

using namespace thaw;
using test::bytesOf;

namespace {

test::Bytes encoded(const std::string& extension, const cv::Mat& mat)
{
    std::vector<std::uint8_t> bytes;
    cv::imencode(extension, mat, bytes);
    return bytesOf(std::string(bytes.begin(), bytes.end()));
}

using Pixel = std::vector<int>;
using test::pixelAt;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool isSanitized = true;
#else
constexpr bool isSanitized = false;
#endif

/// What `call` throws where it can have no more than so many bytes of memory beyond what this process has.
std::string refusalWithin(std::uint64_t bytes, ErrorCode code, const std::function<void()>& call)
{
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    struct rlimit before
    {
    };
    getrlimit(RLIMIT_AS, &before);
    const rlimit small{pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + bytes, before.rlim_max};
    setrlimit(RLIMIT_AS, &small);
    const std::string refusal = test::refusalOf(code, call);
    setrlimit(RLIMIT_AS, &before);
    return refusal;
}

/// The rule of EXIF's orientation, written the other way round: where a stored pixel goes.
RgbImage uprightByRule(const RgbImage& stored, int orientation)
{
    const int w = stored.width;
    const int h = stored.height;
    RgbImage upright{orientation >= 5 ? h : w, orientation >= 5 ? w : h, {}};
    upright.pixels.resize(stored.pixels.size());
    for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
            const int targets[8][2] = {{x, y}, {w - 1 - x, y}, {w - 1 - x, h - 1 - y}, {x, h - 1 - y},
                                       {y, x}, {h - 1 - y, x}, {h - 1 - y, w - 1 - x}, {y, w - 1 - x}};
            const auto& [tx, ty] = targets[orientation - 1];
            std::copy_n(stored.pixels.begin() + (y * w + x) * 3, 3,
                        upright.pixels.begin() + (ty * upright.width + tx) * 3);
        }
    }
    return upright;
}

} // namespace

class TestImageIo : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { initialiseImageLibrary(); }

    void pngRoundTrip()
    {
        test::TemporaryFolder folder;
        const RgbImage image = test::gradient(23, 17);
        writePng(folder / "a.png", image);
        QCOMPARE(loadImage(folder / "a.png"), image);
        QCOMPARE(test::codeOf([&] { writePng(folder / "no" / "a.png", image); }),
                 std::optional(ErrorCode::WriteFailed));
        QCOMPARE(test::codeOf([&] { loadImage(folder / "b.png"); }), std::optional(ErrorCode::FileNotFound));
    }

    void writtenJpegsAreNearlyThePicture()
    {
        test::TemporaryFolder folder;
        const RgbImage image = test::gradient(32, 24);
        writeJpeg(folder / "a.jpg", image);
        const RgbImage read = loadImage(folder / "a.jpg");
        QCOMPARE(read.width, image.width);
        QCOMPARE(read.height, image.height);
        double difference = 0;
        for (std::size_t i = 0; i < image.pixels.size(); ++i) {
            difference += std::abs(int(image.pixels[i]) - int(read.pixels[i]));
        }
        // Colours swapped would be tens of grey levels off, quality 95 is one or two.
        const double mean = difference / double(image.pixels.size());
        QVERIFY2(mean < 4, qPrintable(QString::number(mean)));
    }

    void orientationTurnsUpright()
    {
        const RgbImage stored = test::gradient(5, 3);
        for (int orientation = 1; orientation <= 8; ++orientation) {
            const test::Bytes tiff = test::tiffOf(stored, orientation);
            QCOMPARE(decodeImage(tiff, "a.tif", {false}), stored);
            QCOMPARE(decodeImage(tiff, "a.tif", {true}), uprightByRule(stored, orientation));
            QCOMPARE(orientUpright(stored, orientation), uprightByRule(stored, orientation));
        }
    }

    void theFirstOrientationOfATiffCounts()
    {
        const RgbImage stored = test::gradient(5, 3);
        test::Bytes tiff = test::tiffOf(stored, 6);
        // The fourth entry, the compression, may be absent: it becomes an orientation in front of the other.
        const std::size_t entry = std::to_integer<std::size_t>(tiff[4]) + 2 + std::size_t(3) * 12;
        QVERIFY(tiff[entry] == std::byte(259 & 0xFF));
        tiff[entry] = std::byte(274 & 0xFF);
        tiff[entry + 8] = std::byte(3);
        QCOMPARE(probeImage(tiff, "a.tif").orientation, 3);
        QCOMPARE(decodeImage(tiff, "a.tif", {false}), stored);
        QCOMPARE(decodeImage(tiff, "a.tif", {true}), uprightByRule(stored, 3));
    }

    void aLargePictureThatMemoryDoesNotHoldIsNamed()
    {
        if (isSanitized) {
            QSKIP("where memory is short a sanitizer ends the program");
        }
        test::Bytes jpeg = test::waveJpeg(16, 16);
        QCOMPARE(decodeImage(jpeg, "a.jpg").width, 16); // and what OpenCV loads only once is there
        // 9,000 × 9,000 pixels, 243 MB: the limit allows them, this process has no room for them.
        const std::string marker("\xFF\xC0", 2);
        const std::string text(reinterpret_cast<const char*>(jpeg.data()), jpeg.size());
        const std::size_t frame = text.find(marker);
        QVERIFY(frame != std::string::npos);
        for (const std::size_t side : {frame + 5, frame + 7}) {
            jpeg[side] = std::byte(9000 >> 8);
            jpeg[side + 1] = std::byte(9000 & 0xFF);
        }
        for (const DctMethod method : {DctMethod::Accurate, DctMethod::Fast}) {
            const std::string refusal = refusalWithin(100 << 20, ErrorCode::ImageTooLarge, [&] {
                decodeImage(jpeg, "a.jpg", {.dctMethod = method});
            });
            QVERIFY2(refusal.starts_with("a.jpg: there is not enough memory"), refusal.c_str());
        }
    }

    void bmpByRowsOrderAndDepth()
    {
        const RgbImage image = test::gradient(5, 3);
        for (const int bits : {24, 32}) {
            for (const bool topDown : {false, true}) {
                // The fourth byte is 0 and means nothing: the picture must not turn white.
                QCOMPARE(decodeImage(test::bmpOf(image, bits, topDown), "a.bmp"), image);
            }
        }
    }

    void deepSamplesAreScaledNotClipped()
    {
        cv::Mat grey(1, 4, CV_16UC1);
        grey.at<std::uint16_t>(0, 0) = 0;
        grey.at<std::uint16_t>(0, 1) = 128;
        grey.at<std::uint16_t>(0, 2) = 129 * 257;
        grey.at<std::uint16_t>(0, 3) = 65535;
        const RgbImage image = decodeImage(encoded(".png", grey), "a.png");
        QCOMPARE(pixelAt(image, 0, 0), (Pixel{0, 0, 0}));
        QCOMPARE(pixelAt(image, 1, 0), (Pixel{0, 0, 0}));
        QCOMPARE(pixelAt(image, 2, 0), (Pixel{129, 129, 129}));
        QCOMPARE(pixelAt(image, 3, 0), (Pixel{255, 255, 255}));
        QCOMPARE(decodeImage(encoded(".tif", grey), "a.tif"), image);
    }

    void transparencyIsLaidOnWhite()
    {
        cv::Mat bgra(1, 3, CV_8UC4);
        bgra.at<cv::Vec4b>(0, 0) = {30, 20, 10, 255};
        bgra.at<cv::Vec4b>(0, 1) = {30, 20, 10, 0};
        bgra.at<cv::Vec4b>(0, 2) = {0, 100, 200, 51}; // a fifth
        const RgbImage image = decodeImage(encoded(".png", bgra), "a.png");
        QCOMPARE(pixelAt(image, 0, 0), (Pixel{10, 20, 30}));
        QCOMPARE(pixelAt(image, 1, 0), (Pixel{255, 255, 255}));
        QCOMPARE(pixelAt(image, 2, 0), (Pixel{244, 224, 204}));
    }

    void pnmWithAnyGreatestValue()
    {
        const std::string rows = std::string("\0\x07\x0F", 3);
        for (const std::string& text : {"P5 3 1 15\n" + rows, std::string("P2 3 1 15\n0 7 15\n")}) {
            const RgbImage image = decodeImage(bytesOf(text), "a.pgm");
            QCOMPARE(pixelAt(image, 0, 0), (Pixel{0, 0, 0}));
            QCOMPARE(pixelAt(image, 1, 0), (Pixel{119, 119, 119}));
            QCOMPARE(pixelAt(image, 2, 0), (Pixel{255, 255, 255}));
        }
        const RgbImage bits = decodeImage(bytesOf("P1\n3 1\n1 0 1\n"), "a.pbm");
        QCOMPARE(pixelAt(bits, 0, 0), (Pixel{0, 0, 0}));
        QCOMPARE(pixelAt(bits, 1, 0), (Pixel{255, 255, 255}));
        const RgbImage packed = decodeImage(bytesOf("P4\n3 1\n\xA0"), "a.pbm");
        QCOMPARE(packed, bits);
        const std::string deep = std::string("\0\0\x03\xE8\x01\xF4", 6); // 0, 1000, 500 of 1000
        QCOMPARE(pixelAt(decodeImage(bytesOf("P6 1 1 1000\n" + deep), "a.ppm"), 0, 0), (Pixel{0, 255, 128}));
        const RgbImage colour = decodeImage(bytesOf("P3 1 1 255 1 2 3"), "a.ppm");
        QCOMPARE(pixelAt(colour, 0, 0), (Pixel{1, 2, 3}));
    }

    void aJpegThatEndsEarlyIsRefused()
    {
        const RgbImage made = test::gradient(64, 64);
        const cv::Mat bgr(64, 64, CV_8UC3, const_cast<std::uint8_t*>(made.pixels.data()));
        const test::Bytes jpeg = encoded(".jpg", bgr);
        QCOMPARE(decodeImage(jpeg, "a.jpg").width, 64);
        test::Bytes longer = jpeg;
        longer.insert(longer.end(), 100, std::byte(0xFF));
        QCOMPARE(decodeImage(longer, "a.jpg"), decodeImage(jpeg, "a.jpg"));
        for (std::size_t cut = 3; cut < jpeg.size(); cut += 7) { // two bytes are the end marker alone
            const test::Bytes shorter(jpeg.begin(), jpeg.end() - static_cast<std::ptrdiff_t>(cut));
            QCOMPARE(test::codeOf([&] { decodeImage(shorter, "a.jpg"); }),
                     std::optional(ErrorCode::ImageUnreadable));
        }
    }

    void damagedFilesGiveAPictureOrAnError()
    {
        const RgbImage made = test::gradient(16, 16);
        const cv::Mat bgr(16, 16, CV_8UC3, const_cast<std::uint8_t*>(made.pixels.data()));
        RandomStream random(11);
        for (const char* extension : {".png", ".jpg", ".bmp", ".tif", ".webp", ".ppm"}) {
            const test::Bytes whole = encoded(extension, bgr);
            QCOMPARE(decodeImage(whole, "a").width, 16);
            for (int round = 0; round < 150; ++round) {
                test::Bytes damaged = whole;
                damaged[random.below(damaged.size())] = static_cast<std::byte>(random.below(256));
                damaged.resize(damaged.size() - random.below(2) * random.below(damaged.size()));
                for (const DctMethod method : {DctMethod::Accurate, DctMethod::Fast}) {
                    const auto code = test::codeOf([&] { decodeImage(damaged, "a", {.dctMethod = method}); });
                    QVERIFY(!code || kindOf(*code) == ErrorKind::Input);
                }
            }
        }
    }

    void extensions()
    {
        for (const char* name : {"a.jpg", "a.JPEG", "b/c.WebP", "x.heic", "x.mpo", "x.jfif", ".a.png"}) {
            QVERIFY2(hasImageExtension(name), name);
        }
        for (const char* name : {"a.txt", "jpg", ".jpg", "a.jpg.part", "Thumbs.db", "a"}) {
            QVERIFY2(!hasImageExtension(name), name);
        }
    }
};

THAW_TEST(TestImageIo)
#include "test_image_io.moc"
