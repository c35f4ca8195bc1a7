#include "core/data/image/image_io.h"
#include "core/data/input/resize.h"
#include "tests/support/golden.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

class TestGoldenResize : public QObject
{
    Q_OBJECT

private slots:
    void stretchEqualsKeras()
    {
        const auto folder = test::sharedPath("golden");
        if (!folder) {
            QSKIP("reference values are not on this machine");
        }
        const SafetensorsFile reference = test::readGolden(*folder / "resize.safetensors");
        QVERIFY(reference.tensors.size() >= 6);
        for (const NamedTensor& tensor : reference.tensors) {
            const RgbImage image = loadImage(*folder / "images" / (tensor.name + ".png"));
            const FloatImage resized = resizeImage(image, 180, ResizeRule::Stretch);
            const double worst = test::differenceOf(resized.pixels, tensor.values).largest;
            // Both work in float32; what may differ is the order of a few additions near 255.
            QVERIFY2(worst <= 0.02, (tensor.name + ": " + std::to_string(worst)).c_str());
        }
    }
};

THAW_TEST(TestGoldenResize)
#include "test_golden_resize.moc"
