#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/image/image_io.h"
#include "tests/core/data/made_pictures.h"
#include "tests/core/data/odd_pictures.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <opencv2/imgcodecs.hpp>

#include <algorithm>

using namespace thaw;

namespace {

/// Two classes of three plain pictures each.
void addUsualPictures(const std::filesystem::path& root)
{
    for (int i = 0; i < 6; ++i) {
        test::writeBytes(root / (i % 2 ? "a" : "b") / (std::to_string(i) + ".png"),
                         test::pngOf(test::gradient(20 + i, 20)));
    }
}

/// A grey PNG of 16 bits whose values go up to `most`.
test::Bytes deepPng(unsigned most, unsigned seed)
{
    test::PngSpec spec;
    spec.width = 16;
    spec.height = 16;
    spec.bitDepth = 16;
    for (unsigned i = 0; i < 256; ++i) {
        spec.samples.push_back((i * most + seed) / 256);
    }
    spec.samples.back() = most;
    return test::pngOf(spec);
}

test::Bytes deepTiff(int most)
{
    cv::Mat grey(16, 16, CV_16UC1);
    for (int i = 0; i < 256; ++i) {
        grey.at<std::uint16_t>(i / 16, i % 16) = static_cast<std::uint16_t>(i * most / 255);
    }
    std::vector<std::uint8_t> encoded;
    cv::imencode(".tif", grey, encoded);
    return test::bytesOf(std::string(encoded.begin(), encoded.end()));
}

test::Bytes jpegWith(const std::vector<int>& parameters)
{
    cv::Mat bgr(64, 80, CV_8UC3);
    for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 80; ++x) {
            bgr.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(3 * x), static_cast<std::uint8_t>(4 * y),
                                       static_cast<std::uint8_t>(x * y % 97)};
        }
    }
    std::vector<std::uint8_t> encoded;
    cv::imencode(".jpg", bgr, encoded, parameters);
    return test::bytesOf(std::string(encoded.begin(), encoded.end()));
}

std::optional<Problem> findingOf(const DatasetIndex& index, ProblemCode code)
{
    const auto found = std::ranges::find(index.problems, code, &Problem::code);
    return found == index.problems.end() ? std::nullopt : std::optional(*found);
}

} // namespace

/// What decoding the pictures shows.
class TestPictureFindings : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { initialiseImageLibrary(); }

    // 12 bits of a microscope in 16 of a file: all but black for the network.
    void picturesThatUseAPartOfTheirRangeAreTold()
    {
        const test::TemporaryFolder root;
        addUsualPictures(root.path());
        test::writeBytes(root / "a/full.png", deepPng(65535, 1));
        QVERIFY(!findingOf(scanDataset(root.path(), {}).value(), ProblemCode::LowRange));
        test::writeBytes(root / "a/twelve.png", deepPng(4095, 2));
        test::writeBytes(root / "b/twelve.tif", deepTiff(4095));
        test::writeBytes(root / "b/thirteen.png", deepPng(8191, 3));
        const auto found = findingOf(scanDataset(root.path(), {}).value(), ProblemCode::LowRange);
        QVERIFY(found.has_value());
        QCOMPARE(found->files, (std::vector<std::string>{"a/twelve.png", "b/twelve.tif"}));
        QVERIFY2(found->message.starts_with("2 pictures of 16 bits use 1/16 of their range"),
                 found->message.c_str());
    }

    void howSmallThePartIsIsTold()
    {
        const test::TemporaryFolder root;
        addUsualPictures(root.path());
        test::writeBytes(root / "a/ten.png", deepPng(1023, 1));
        const auto found = findingOf(scanDataset(root.path(), {}).value(), ProblemCode::LowRange);
        QVERIFY(found.has_value());
        QVERIFY2(found->message.starts_with("1 picture of 16 bits uses 1/64 of its range"),
                 found->message.c_str());
    }

    void aJpegWithoutItsEndMarkerIsWhole_data()
    {
        QTest::addColumn<QList<int>>("parameters");
        QTest::newRow("one scan") << QList<int>{};
        QTest::newRow("progressive") << QList<int>{cv::IMWRITE_JPEG_PROGRESSIVE, 1};
        QTest::newRow("restarts") << QList<int>{cv::IMWRITE_JPEG_RST_INTERVAL, 3};
    }

    void aJpegWithoutItsEndMarkerIsWhole()
    {
        QFETCH(QList<int>, parameters);
        const test::Bytes whole = jpegWith({parameters.begin(), parameters.end()});
        test::Bytes open(whole.begin(), whole.end() - 2);
        for (const DctMethod method : {DctMethod::Accurate, DctMethod::Fast}) {
            QCOMPARE(decodeImage(open, "a.jpg", {.dctMethod = method}),
                     decodeImage(whole, "a.jpg", {.dctMethod = method}));
        }
        // A phone's own data in its place.
        test::Bytes trailed = open;
        const test::Bytes trailer = test::bytesOf("SEFH" + std::string(5000, '\1') + "SEFT");
        trailed.insert(trailed.end(), trailer.begin(), trailer.end());
        QCOMPARE(decodeImage(trailed, "a.jpg"), decodeImage(whole, "a.jpg"));
        // Less than that is cut short, wherever it ends: between two scans too.
        while (open.size() > 2) {
            open.resize(open.size() - std::min<std::size_t>(open.size(), open.size() > 700 ? 7 : 1));
            QCOMPARE(test::codeOf([&] { decodeImage(open, "a.jpg"); }),
                     std::optional(ErrorCode::ImageUnreadable));
        }
    }

    void jpegsWithoutEndMarkersAreToldAndUsed()
    {
        const test::TemporaryFolder root;
        addUsualPictures(root.path());
        const test::Bytes whole = test::waveJpeg(32, 32);
        test::writeBytes(root / "a/open.jpg", {whole.begin(), whole.end() - 2});
        test::writeBytes(root / "a/cut.jpg", {whole.begin(), whole.end() - 40});
        const DatasetIndex index = scanDataset(root.path(), {}).value();
        QCOMPARE(index.samples.size(), std::size_t(7));
        QCOMPARE(index.unreadableCount(), std::size_t(1));
        const auto found = findingOf(index, ProblemCode::NoEndMarker);
        QVERIFY(found.has_value());
        QCOMPARE(found->severity, ProblemSeverity::Info);
        QCOMPARE(found->files, std::vector<std::string>{"a/open.jpg"});
    }
};

THAW_TEST(TestPictureFindings)
#include "test_picture_findings.moc"
