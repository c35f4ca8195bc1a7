#include "core/data/input/augmentation.h"
#include "tests/support/golden.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

namespace {

double meanDifference(const FloatImage& a, const FloatImage& b)
{
    return test::differenceOf(a.pixels, b.pixels).mean;
}

} // namespace

class TestGoldenAugment : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto file = test::sharedPath("golden/augment.safetensors");
        if (!file) {
            QSKIP("reference values are not on this machine");
        }
        m_reference = test::readGolden(*file);
        m_image = test::imageOf(m_reference, "image");
    }

    void equalsKeras_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("flip");
        QTest::addColumn<double>("turns");
        QTest::addColumn<double>("zoom");
        QTest::newRow("flip") << "flip" << true << 0.0 << 0.0;
        QTest::newRow("rotate") << "rotate" << false << 0.05 << 0.0;
        QTest::newRow("zoom in") << "zoom_in" << false << 0.0 << -0.2;
        QTest::newRow("zoom out") << "zoom_out" << false << 0.0 << 0.2;
    }

    void equalsKeras()
    {
        QFETCH(QString, name);
        QFETCH(bool, flip);
        QFETCH(double, turns);
        QFETCH(double, zoom);
        const double difference = meanDifference(warp(m_image, {flip, turns, zoom}),
                                                 test::imageOf(m_reference, name.toStdString()));
        // Keras computes the coordinates in float32: their last bits move a few pixels by a fraction of a
        // level. A wrong direction or a shift by half a pixel gives several levels.
        QVERIFY2(difference <= 0.05, std::to_string(difference).c_str());
    }

    void aWrongDirectionWouldShow()
    {
        const FloatImage reference = test::imageOf(m_reference, "rotate");
        QVERIFY(meanDifference(warp(m_image, {false, -0.05, 0}), reference) > 5);
        QVERIFY(meanDifference(warp(m_image, {false, 0.0505, 0}), reference) > 0.5);
    }

private:
    SafetensorsFile m_reference;
    FloatImage m_image;
};

THAW_TEST(TestGoldenAugment)
#include "test_golden_augment.moc"
