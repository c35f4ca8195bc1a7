#include "core/base/hash.h"
#include "core/data/image/image_io.h"
#include "core/data/input/preprocessing.h"
#include "core/data/input/transform.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QSize>
#include <QTest>

#include <cmath>

using namespace thaw;

class TestTransform : public QObject
{
    Q_OBJECT

private slots:
    void caffeSwapsChannelsAndSubtracts()
    {
        const FloatImage image{1, 1, {10, 20, 30}};
        std::vector<float> output(3);
        preprocess(image, caffePreprocessing(), output);
        QCOMPARE(output, (std::vector<float>{30 - 103.939f, 20 - 116.779f, 10 - 123.68f}));
    }

    void conventionsHaveALineEach()
    {
        QCOMPARE(formulaOf(caffePreprocessing()), std::string("BGR, pixel − (103.939, 116.779, 123.68)"));
        QCOMPARE(formulaOf(torchvisionPreprocessing()),
                 std::string("RGB, (pixel × 0.003921569 − (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)"));
        Preprocessing nearly = caffePreprocessing();
        nearly.mean[2] = std::nextafter(nearly.mean[2], 0.0f);
        QVERIFY(formulaOf(nearly) != formulaOf(caffePreprocessing()));
    }

    void torchvisionScales()
    {
        const FloatImage image{1, 1, {0, 255, 127.5f}};
        std::vector<float> output(3);
        preprocess(image, torchvisionPreprocessing(), output);
        const std::vector<float> expected{-0.485f / 0.229f, (1 - 0.456f) / 0.224f, (0.5f - 0.406f) / 0.225f};
        for (std::size_t i = 0; i < 3; ++i) {
            QVERIFY(std::abs(output[i] - expected[i]) < 1e-6f);
        }
        QVERIFY(caffePreprocessing() != torchvisionPreprocessing());
        std::vector<float> wrong(4);
        QVERIFY(test::codeOf([&] { preprocess(image, caffePreprocessing(), wrong); }).has_value());
    }

    void orientationIsASetting()
    {
        const test::Bytes tiff = test::tiffOf(test::gradient(40, 40), 3);
        TransformSpec spec{40, ResizeRule::Stretch, true};
        const FloatImage upright = transformImage(tiff, "a.tif", spec);
        spec.applyOrientation = false;
        const FloatImage stored = transformImage(tiff, "a.tif", spec);
        QVERIFY(upright != stored);
        QCOMPARE(toRgbImage(stored), test::gradient(40, 40));
    }

    void decodingIsASetting()
    {
        const test::Bytes jpeg = test::waveJpeg(64, 48);
        TransformSpec spec{40, ResizeRule::Stretch, true, DctMethod::Fast};
        const FloatImage fast = transformImage(jpeg, "a.jpg", spec);
        spec.dctMethod = DctMethod::Accurate;
        QVERIFY(transformImage(jpeg, "a.jpg", spec) != fast);
    }

    void largeJpegsMayComeSmaller_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::addColumn<int>("enough");
        QTest::addColumn<int>("reduction");
        QTest::newRow("all of them") << QSize(1600, 1200) << 0 << 1;
        QTest::newRow("more than half") << QSize(1600, 1200) << 601 << 1;
        QTest::newRow("half") << QSize(1600, 1200) << 600 << 2;
        QTest::newRow("quarter") << QSize(1600, 1200) << 300 << 4;
        QTest::newRow("eighth") << QSize(1600, 1200) << 150 << 8;
        QTest::newRow("no further") << QSize(1600, 1200) << 10 << 8;
        QTest::newRow("divides by two") << QSize(1602, 1200) << 10 << 2;
        QTest::newRow("does not divide") << QSize(1600, 1201) << 10 << 1;
    }

    void largeJpegsMayComeSmaller()
    {
        QFETCH(QSize, size);
        QFETCH(int, enough);
        QFETCH(int, reduction);
        const test::Bytes jpeg = test::waveJpeg(size.width(), size.height());
        for (const DctMethod method : {DctMethod::Accurate, DctMethod::Fast}) {
            const RgbImage image = decodeImage(jpeg, "a.jpg", {true, enough, method});
            QCOMPARE(image.width, size.width() / reduction);
            QCOMPARE(image.height, size.height() / reduction);
        }
    }

    void onlyAntialiasedMakesThemSmaller()
    {
        const test::Bytes jpeg = test::waveJpeg(1600, 1200);
        for (const ResizeRule rule : {ResizeRule::Stretch, ResizeRule::Antialiased}) {
            TransformSpec spec{150, rule, true};
            const FloatImage usual = transformImage(jpeg, "a.jpg", spec);
            spec.decodeWhole = true;
            const FloatImage whole = transformImage(jpeg, "a.jpg", spec);
            if (rule == ResizeRule::Stretch) {
                QCOMPARE(usual, whole);
                continue;
            }
            double sum = 0;
            for (std::size_t i = 0; i < whole.pixels.size(); ++i) {
                sum += std::abs(double(whole.pixels[i]) - double(usual.pixels[i]));
            }
            const double mean = sum / double(whole.pixels.size());
            // Different, or nothing was saved; and not by more than rounding twice explains.
            QVERIFY2(mean > 0 && mean < 1, qPrintable(QString::number(mean)));
        }
    }

    void augmentationIsKeyedByTheBytes()
    {
        test::TemporaryFolder folder;
        const test::Bytes png = test::pngOf(test::gradient(50, 40));
        test::writeBytes(folder / "a.png", png);
        test::writeBytes(folder / "other name.png", png);
        const TransformSpec spec{32, ResizeRule::Stretch, true};
        const AugmentationKey key{{}, 4, 2};
        const FloatImage varied = transformFile(folder / "a.png", spec, key);
        QCOMPARE(transformFile(folder / "other name.png", spec, key), varied);
        QCOMPARE(varied, warp(transformImage(png, "a", spec), drawAugmentation({}, 4, 2, contentKey(png))));
        QVERIFY(transformFile(folder / "a.png", spec, AugmentationKey{{}, 4, 3}) != varied);
        QCOMPARE(transformFile(folder / "a.png", spec, AugmentationKey{{0, 0, 0, 0}, 4, 2}),
                 transformFile(folder / "a.png", spec));
    }

    void toEightBitsRoundsAndClamps()
    {
        const FloatImage image{2, 1, {-3, 0.49f, 0.5f, 254.6f, 256, 300}};
        QCOMPARE(toRgbImage(image).pixels, (std::vector<std::uint8_t>{0, 0, 1, 255, 255, 255}));
    }
};

THAW_TEST(TestTransform)
#include "test_transform.moc"
