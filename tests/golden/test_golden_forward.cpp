#include "core/data/input/preprocessing.h"
#include "core/evaluate/evaluation.h"
#include "core/model/weights/format/safetensors_file.h"
#include "core/model/weights/weights.h"
#include "tests/support/golden.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

/// Keras's own block outputs of one picture, in float32.
class TestGoldenForward : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_golden = test::sharedPath("golden");
        m_weights = test::imageNetWeights();
        if (!m_golden || !m_weights) {
            QSKIP(
                "needs the reference values and the ImageNet weights, which are kept outside the repository");
        }
    }

    void preprocessingIsExact()
    {
        const SafetensorsFile file = test::readGolden(*m_golden / "forward.safetensors");
        const NamedTensor& image = *file.find("image");
        const NamedTensor& expected = *file.find("preprocessed");
        const FloatImage picture{static_cast<int>(image.shape[1]), static_cast<int>(image.shape[0]),
                                 image.values};
        std::vector<float> output(image.values.size());
        preprocess(picture, caffePreprocessing(), output);
        QVERIFY(output == expected.values);
    }

    void blockOutputs_data()
    {
        QTest::addColumn<QString>("layer");
        for (int block = 1; block <= 5; ++block) {
            QTest::newRow(qPrintable(QString::number(block))) << QStringLiteral("block%1_pool").arg(block);
        }
    }

    void blockOutputs()
    {
        QFETCH(QString, layer);
        const SafetensorsFile file = test::readGolden(*m_golden / "forward.safetensors");
        const NamedTensor& expected = *file.find(layer.toStdString());
        ComputeOptions options;
        options.precision = Precision::Float32;
        const BaseWeights weights = readBaseWeights(*m_weights);
        const auto maps = computeFeatures(weights, TransformSpec{}, layer.toStdString(),
                                          {*m_golden / "images" / "cat.0.png"}, options);
        QVERIFY(maps && maps->size() == 1);
        const test::Difference difference = test::differenceOf(maps->front().values, expected.values);
        const double share = difference.largest / difference.largestExpected;
        qInfo("%s: largest %g, difference %.2g of it", qPrintable(layer), difference.largestExpected, share);
        // Two correct float32 programs that sum in another order differ by about 1.2e-6 of the largest value.
        QVERIFY2(share <= 5e-6, qPrintable(QString::number(share)));
    }

private:
    std::optional<std::filesystem::path> m_golden;
    std::optional<std::filesystem::path> m_weights;
};

THAW_TEST(TestGoldenForward)
#include "test_golden_forward.moc"
