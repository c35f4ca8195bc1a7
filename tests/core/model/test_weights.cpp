#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/model/weights/format/weights_formats.h"
#include "core/model/weights/weights.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>

using namespace thaw;

namespace {

BaseWeights narrowBase(std::uint64_t seed = 1)
{
    return randomBaseWeights({{2, 3, 4, 3, 5}}, seed);
}

/// As torchvision saves: its names, a classifier, no metadata.
SafetensorsFile torchvisionFile(const BaseWeights& base)
{
    SafetensorsFile file;
    for (std::size_t i = 0; i < base.layers.size(); ++i) {
        const auto& layer = base.layers[i];
        const std::string stem = "features." + std::to_string(torchvisionIndices()[i]);
        file.tensors.push_back({stem + ".weight", {layer.outputs, layer.inputs, 3, 3}, layer.kernel});
        file.tensors.push_back({stem + ".bias", {layer.outputs}, layer.bias});
    }
    file.tensors.push_back({"classifier.0.bias", {2}, {1, 2}});
    return file;
}

/// A first layer that has every mark of Keras's, and else nothing of it: the largest values of kernel and
/// bias, and the sum in which each value counts by its place. The layers above are narrow.
BaseWeights likeKerasBase()
{
    BaseWeights base = randomBaseWeights({{64, 2, 2, 2, 2}}, 1);
    ConvolutionWeights& first = base.layers.front();
    std::vector<double> factors;
    std::uint32_t scattered = 0;
    for (std::size_t i = 0; i < first.kernel.size() + first.bias.size(); ++i) {
        factors.push_back(scattered * 0x1p-32 - 0.5);
        scattered += 2654435761u;
    }
    std::fill(first.bias.begin(), first.bias.end(), 0.0f);
    first.kernel.front() = 0.67140f;
    first.bias.front() = 2.06404f;
    const double missing = -1.581755 - 0.67140 * factors.front() - 2.06404 * factors[first.kernel.size()];
    double squares = 0;
    for (std::size_t i = 1; i < first.kernel.size(); ++i) {
        squares += factors[i] * factors[i];
    }
    for (std::size_t i = 1; i < first.kernel.size(); ++i) {
        first.kernel[i] = static_cast<float>(missing * factors[i] / squares);
    }
    base.hash = hashOf(base.layers);
    return base;
}

NamedTensor& tensorOf(SafetensorsFile& file, const std::string& name)
{
    return const_cast<NamedTensor&>(*file.find(name));
}

QString failureOf(const std::filesystem::path& path, ErrorCode expected = ErrorCode::WeightsInvalid)
{
    return QString::fromStdString(test::refusalOf(expected, [&] { readBaseWeights(path); }));
}

} // namespace

class TestWeights : public QObject
{
    Q_OBJECT

private slots:
    void randomIsHeNormalAndRepeats()
    {
        const BaseWeights weights = randomBaseWeights({}, 7);
        QVERIFY(weights.backbone().isPublished());
        QCOMPARE(weights.preprocessing, caffePreprocessing());
        std::int64_t parameters = 0;
        for (const ConvolutionWeights& layer : weights.layers) {
            double sum = 0;
            double squares = 0;
            for (const float value : layer.kernel) {
                sum += value;
                squares += double(value) * value;
            }
            const auto count = static_cast<double>(layer.kernel.size());
            const double variance = 2.0 / static_cast<double>(layer.inputs * 9);
            // Five standard errors of a normal sample's mean and variance.
            QVERIFY(std::abs(sum / count) < 5 * std::sqrt(variance / count));
            QVERIFY(std::abs(squares / count / variance - 1) < 5 * std::sqrt(2 / count));
            QVERIFY(std::all_of(layer.bias.begin(), layer.bias.end(), [](float b) { return b == 0; }));
            parameters += static_cast<std::int64_t>(layer.kernel.size() + layer.bias.size());
        }
        QCOMPARE(parameters, std::int64_t(14'714'688));
        QCOMPARE(narrowBase(1), narrowBase(1));
        QVERIFY(narrowBase(1).hash != narrowBase(2).hash);
    }

    void hashSeesEveryValue()
    {
        BaseWeights weights = narrowBase();
        QCOMPARE(weights.hash, hashOf(weights.layers));
        QCOMPARE(weights.hash.size(), std::size_t(64));
        weights.layers[12].bias[4] = 1e-30f;
        QVERIFY(hashOf(weights.layers) != weights.hash);
    }

    void baseRoundTrip()
    {
        BaseWeights weights = narrowBase();
        weights.preprocessing = torchvisionPreprocessing();
        weights.preprocessing.std[1] = 0.1f + 0.2f;
        weights.source = "made by \"a test\"";
        writeBaseWeights(m_folder / "w", weights);
        QCOMPARE(readBaseWeights(m_folder / "w"), weights);
    }

    void torchvisionNamesHaveItsConvention()
    {
        writeSafetensors(m_folder / "tv", torchvisionFile(narrowBase()));
        const BaseWeights read = readBaseWeights(m_folder / "tv");
        QCOMPARE(read.layers, narrowBase().layers);
        QCOMPARE(read.preprocessing, torchvisionPreprocessing());
        QCOMPARE(read.source, std::string("tv"));
    }

    // A description must not contradict the first layer in anything.
    void conventionAndFirstLayer_data()
    {
        QTest::addColumn<Preprocessing>("described");
        QTest::addColumn<QString>("difference"); // null: none
        const auto row = [](const char* name, const Preprocessing& described, const QString& difference) {
            QTest::newRow(name) << described << difference;
        };
        const auto bgr = ChannelOrder::Bgr;
        row("the published", caffePreprocessing(), {});
        row("rounded", {bgr, 1, {104, 117, 124}, {1, 1, 1}}, {});
        row("no means", {bgr, 1, {0, 0, 0}, {1, 1, 1}}, "(means)");
        row("means of another order", {bgr, 1, {123.68f, 116.779f, 103.939f}, {1, 1, 1}}, "(means)");
        row("one mean", {bgr, 1, {103.939f, 116.779f, 126.0f}, {1, 1, 1}}, "(means)");
        row("deviations", {bgr, 1, {103.939f, 116.779f, 123.68f}, {58, 57, 57}}, "(deviations)");
        row("scaled", {bgr, 1.0f / 255, {0.408f, 0.458f, 0.485f}, {1, 1, 1}}, "(scale)");
        row("torchvision's", torchvisionPreprocessing(), "(order of channels)");
    }

    void conventionAndFirstLayer()
    {
        QFETCH(Preprocessing, described);
        QFETCH(QString, difference);
        BaseWeights base = likeKerasBase();
        base.preprocessing = described;
        writeBaseWeights(m_folder / "w", base);
        if (difference.isNull()) {
            QCOMPARE(readBaseWeights(m_folder / "w"), base);
        } else {
            QVERIFY2(failureOf(m_folder / "w").contains(difference), qPrintable(failureOf(m_folder / "w")));
        }
    }

    void damageNamesTheTensor()
    {
        SafetensorsFile file = torchvisionFile(narrowBase());
        tensorOf(file, "features.12.bias").values[1] = std::numeric_limits<float>::quiet_NaN();
        writeSafetensors(m_folder / "nan", file);
        QVERIFY(failureOf(m_folder / "nan").contains("features.12.bias"));

        file = torchvisionFile(narrowBase());
        tensorOf(file, "features.7.weight").name = "features.8.weight";
        writeSafetensors(m_folder / "missing", file);
        QVERIFY(failureOf(m_folder / "missing").contains("features.7.weight is missing"));

        file = torchvisionFile(narrowBase());
        tensorOf(file, "features.10.weight").shape = {3, 4, 3, 3};
        writeSafetensors(m_folder / "transposed", file);
        QVERIFY(failureOf(m_folder / "transposed").contains("features.10.weight"));

        file = torchvisionFile(narrowBase());
        tensorOf(file, "features.0.weight").shape = {54};
        writeSafetensors(m_folder / "flat", file);
        QVERIFY(failureOf(m_folder / "flat").contains("features.0.weight"));

        file = torchvisionFile(narrowBase());
        tensorOf(file, "features.0.bias").shape = {2, 1};
        writeSafetensors(m_folder / "bias", file);
        QVERIFY(failureOf(m_folder / "bias").contains("features.0.bias"));
    }

    // Fewer digits are no other convention.
    void kerasLayerInHalfPrecisionKeepsItsConvention()
    {
        BaseWeights base = likeKerasBase();
        for (auto* values : {&base.layers.front().kernel, &base.layers.front().bias}) {
            for (float& value : *values) {
                // To bfloat16's eight digits, half up.
                value = std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) + 0x8000u) & 0xFFFF0000u);
            }
        }
        QVERIFY(base.layers.front() != likeKerasBase().layers.front());
        writeSafetensors(m_folder / "half", torchvisionFile(base));
        QCOMPARE(readBaseWeights(m_folder / "half").preprocessing, caffePreprocessing());
        // As large as torchvision's, whose pixels are divided by 255 and by deviations of .225.
        for (float& value : base.layers.front().kernel) {
            value *= 57;
        }
        writeSafetensors(m_folder / "scaled", torchvisionFile(base));
        QCOMPARE(readBaseWeights(m_folder / "scaled").preprocessing, torchvisionPreprocessing());
    }

    // The first tensor of a block says how wide the block is, but it may be the very one that is wrong.
    void theTensorThatDisagreesIsNamed_data()
    {
        QTest::addColumn<QString>("tensor");
        for (const int index : {0, 5, 10, 17, 24, 28}) {
            for (const char* kind : {"weight", "bias"}) {
                const QString name = QStringLiteral("features.%1.%2").arg(index).arg(QLatin1String(kind));
                QTest::newRow(qPrintable(name)) << name;
            }
        }
    }

    void theTensorThatDisagreesIsNamed()
    {
        QFETCH(QString, tensor);
        SafetensorsFile file = torchvisionFile(narrowBase());
        NamedTensor& cut = tensorOf(file, tensor.toStdString());
        // One output less.
        cut.values.resize(cut.values.size() - cut.values.size() / static_cast<std::size_t>(cut.shape[0]));
        --cut.shape[0];
        writeSafetensors(m_folder / "cut", file);
        const QString message = failureOf(m_folder / "cut");
        QVERIFY2(message.contains("tensor " + tensor + " has the shape"), qPrintable(message));
    }

    void normalisationIsToldApart()
    {
        SafetensorsFile file = torchvisionFile(narrowBase());
        file.tensors.push_back({"features.1.weight", {2}, {1, 1}});
        tensorOf(file, "features.2.weight").name = "features.3.weight";
        writeSafetensors(m_folder / "bn", file);
        QVERIFY(failureOf(m_folder / "bn").contains("batch normalisation"));
    }

    // What training programs keep beside the weights.
    void tensorsThatAreNotWantedMayBeOfAnyType()
    {
        SafetensorsFile file = torchvisionFile(narrowBase());
        file.tensors.insert(file.tensors.begin(), {"epoch", {2}, {0, 0}});
        const auto path = m_folder / "counter";
        writeSafetensors(path, file);
        std::string bytes = readTextFile(path, 1 << 20);
        // Two floats are as many bytes as one 64-bit number.
        const std::string before = R"("epoch":{"dtype":"F32","shape":[2])";
        bytes.replace(bytes.find(before), before.size(), R"("epoch":{"dtype":"I64","shape":[1])");
        std::ofstream(path, std::ios::binary) << bytes;
        QCOMPARE(readBaseWeights(path).layers, narrowBase().layers);
        QVERIFY_THROWS_EXCEPTION(Error, readSafetensors(path));
    }

    void changedBytesAreNoticed()
    {
        writeBaseWeights(m_folder / "w", narrowBase());
        std::fstream stream(m_folder / "w", std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(-3, std::ios::end);
        stream.put('\x21');
        stream.close();
        QVERIFY(failureOf(m_folder / "w").contains("damaged"));
    }

    void otherFilesAreToldApart_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("word");
        QTest::newRow("empty") << QByteArray() << "empty";
        QTest::newRow("text") << QByteArray("hello, world, how are you") << "known format";
        QTest::newRow("one byte") << QByteArray("\x08", 1) << "ONNX";
        QTest::newRow("pickle") << QByteArray("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20") << "PyTorch";
        QTest::newRow("HDF5 start alone") << QByteArray("\x89HDF\r\n\x1a\n") << "HDF5";
        QTest::newRow("zip start alone") << QByteArray("PK\x03\x04 and no more") << "archive";
        QTest::newRow("ONNX start alone") << QByteArray("\x08\x07\x12\xff\xff\xff\xff\x0f") << "ONNX";
    }

    void otherFilesAreToldApart()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, word);
        std::ofstream(m_folder / "file", std::ios::binary) << content.toStdString();
        const QString message = failureOf(m_folder / "file");
        QVERIFY2(message.contains(word), qPrintable(message));
        QVERIFY(message.contains(QString::fromStdString((m_folder / "file").string())));
    }

    void absentAndEnormousFiles()
    {
        QVERIFY(failureOf(m_folder / "absent", ErrorCode::FileNotFound).contains("no such file"));
        QVERIFY(failureOf(m_folder.path(), ErrorCode::FileUnreadable).contains("not a file"));
        std::ofstream(m_folder / "sparse") << "x";
        std::filesystem::resize_file(m_folder / "sparse", (std::uintmax_t(1) << 30) + 1);
        QVERIFY(failureOf(m_folder / "sparse").contains("1 GiB"));
    }

    void fingerprintSaysWhatDiffers()
    {
        QVERIFY(checkImageNetFingerprint(narrowBase()).detail.find("channels") != std::string::npos);
        const FingerprintReport report = checkImageNetFingerprint(randomBaseWeights({}, 3));
        QVERIFY(!report.matches);
        QVERIFY(report.detail.starts_with("block1_conv1: largest kernel"));
        QVERIFY(report.detail.ends_with("instead of 0.67140"));
    }

    // Without the published file: by a layer that has its marks.
    void theFirstLayerTellsTheConvention()
    {
        const ConvolutionWeights published = likeKerasBase().layers.front();
        const auto forBgr = conventionOfFirstLayer(published);
        QVERIFY(forBgr.has_value());
        QVERIFY(*forBgr == caffePreprocessing());
        QVERIFY(forBgr->order == ChannelOrder::Bgr);
        QCOMPARE(forBgr->mean, (std::array<float, 3>{103.939f, 116.779f, 123.68f}));

        ConvolutionWeights reversed = published;
        for (auto kernel = reversed.kernel.begin(); kernel != reversed.kernel.end(); kernel += 27) {
            std::swap_ranges(kernel, kernel + 9, kernel + 18);
        }
        const auto forRgb = conventionOfFirstLayer(reversed);
        QVERIFY(forRgb.has_value());
        QVERIFY(forRgb->order == ChannelOrder::Rgb);
        QCOMPARE(forRgb->mean, (std::array<float, 3>{123.68f, 116.779f, 103.939f}));
        QCOMPARE(forRgb->scale, 1.0f);

        // Rounded to bfloat16 it is still that layer; with a value out of place, or twice as large, not.
        ConvolutionWeights rounded = published;
        for (float& value : rounded.kernel) {
            value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xffff0000u);
        }
        QVERIFY(conventionOfFirstLayer(rounded) == caffePreprocessing());
        ConvolutionWeights moved = published;
        std::swap(moved.kernel[0], moved.kernel[300]);
        QVERIFY(!conventionOfFirstLayer(moved).has_value());
        ConvolutionWeights scaled = published;
        for (float& value : scaled.kernel) {
            value *= 2;
        }
        QVERIFY(!conventionOfFirstLayer(scaled).has_value());
        ConvolutionWeights biased = published;
        biased.bias[0] *= 1.02f;
        QVERIFY(!conventionOfFirstLayer(biased).has_value());
        ConvolutionWeights narrowed = published;
        narrowed.outputs = 32;
        QVERIFY(!conventionOfFirstLayer(narrowed).has_value());
    }

private:
    test::TemporaryFolder m_folder;
};

THAW_TEST(TestWeights)
#include "test_weights.moc"
