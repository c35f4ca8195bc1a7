#include "core/base/atomic_file.h"
#include "core/data/image/image_io.h"
#include "core/data/input/preprocessing.h"
#include "core/data/input/transform.h"
#include "core/model/weights/format/safetensors_file.h"
#include "core/model/weights/weights.h"
#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <algorithm>
#include <fstream>

using namespace thaw;
using namespace thaw::test;

/// augment, features, sample: verbs that turn pictures into files.
class TestCliPictures : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void augmentsAsTrainingDoes();
    void augmentsByTheRecipe();
    void augmentNumbersItsFiles();
    void augmentRefusesABrokenPicture();
    void featuresNameTensorsByPath();
    void featuresOfTheInputArePreprocessedPixels();
    void featuresOfANarrowNetwork();
    void featuresFailWhole();
    void sampleRefusesAFolderInUse();
    void sampleWorksOffline();

private:
    TemporaryFolder m_folder;
    std::filesystem::path m_data;
    std::filesystem::path m_image;
};

void TestCliPictures::initTestCase()
{
    isolateUserFolders(m_folder.path());
    m_data = m_folder / "hues";
    SyntheticSpec spec;
    spec.perClass = 2;
    writeSyntheticDataset(m_data, spec);
    m_image = m_data / "red" / "red.0.png";
}

void TestCliPictures::augmentsAsTrainingDoes()
{
    const auto out = m_folder / "new" / "variations";
    const CliResult result =
        runCli({"augment", text(m_image), "--count", "3", "--seed", "5", "--out", text(out)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QCOMPARE(result.out.count('\n'), 3);
    for (int epoch = 1; epoch <= 3; ++epoch) {
        const AugmentationKey key{AugmentationSpec{}, 5, epoch};
        const RgbImage expected = toRgbImage(transformFile(m_image, TransformSpec{}, key));
        const auto file = out / ("augment-0" + std::to_string(epoch) + ".png");
        QVERIFY2(loadImage(file) == expected, file.c_str());
    }
}

void TestCliPictures::augmentsByTheRecipe()
{
    QJsonObject recipe = runCli({"recipe", "show", "book"}).object();
    recipe["input_size"] = 64;
    recipe["augmentation"] = QJsonObject{{"flip", 0.0}, {"rotation", 0.0}, {"zoom", 0.0}, {"views", 0}};
    std::ofstream(m_folder / "still.json") << QJsonDocument(recipe).toJson().toStdString();
    const auto out = m_folder / "still";
    const CliResult result = runCli({"augment", text(m_image), "--recipe", text(m_folder / "still.json"),
                                     "--count", "2", "--out", text(out)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const RgbImage plain = toRgbImage(transformFile(m_image, TransformSpec{.inputSize = 64}));
    QVERIFY(loadImage(out / "augment-01.png") == plain);
    QVERIFY(loadImage(out / "augment-02.png") == plain);
}

void TestCliPictures::augmentNumbersItsFiles()
{
    const auto out = m_folder / "nine";
    QCOMPARE(runCli({"augment", text(m_image), "--out", text(out)}).exitStatus, 0);
    QVERIFY(std::filesystem::exists(out / "augment-09.png"));
    const auto many = std::filesystem::directory_iterator(out);
    QCOMPARE(std::distance(begin(many), end(many)), 9);
}

void TestCliPictures::augmentRefusesABrokenPicture()
{
    std::ofstream(m_folder / "broken.png") << "no picture";
    const auto out = m_folder / "untouched";
    const CliResult result = runCli({"augment", text(m_folder / "broken.png"), "--out", text(out)});
    QCOMPARE(result.exitStatus, 3);
    QVERIFY(result.err.contains("broken.png"));
    QVERIFY(!std::filesystem::exists(out));
    QCOMPARE(runCli({"augment", text(m_image), "--out", "/proc/thaw/out"}).exitStatus, 4);
    // What lies in a folder is not written over.
    const auto used = m_folder / "used";
    std::filesystem::create_directory(used);
    std::ofstream(used / "augment-01.png") << "mine";
    QCOMPARE(runCli({"augment", text(m_image), "--out", text(used)}).exitStatus, 2);
    QCOMPARE(std::filesystem::file_size(used / "augment-01.png"), std::uintmax_t(4));
}

void TestCliPictures::featuresNameTensorsByPath()
{
    const auto out = m_folder / "features.safetensors";
    // The file comes first as given, then the folder's; the file is also in the folder and is not written
    // twice.
    const CliResult result =
        runCli({"features", text(m_image), text(m_data), "--weights", "none", "--input-size", "64", "--layer",
                "block2_pool", "--threads", "1", "--out", text(out)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const SafetensorsFile file = readSafetensors(out);
    QCOMPARE(file.tensors.size(), std::size_t(4));
    for (const char* name : {"blue/blue.0.png", "blue/blue.1.png", "red/red.0.png", "red/red.1.png"}) {
        const NamedTensor* tensor = file.find((m_data / name).string());
        QVERIFY2(tensor, name);
        QCOMPARE(tensor->shape, (std::vector<std::int64_t>{16, 16, 128}));
        QVERIFY(*std::max_element(tensor->values.begin(), tensor->values.end()) > 0);
        QVERIFY(*std::min_element(tensor->values.begin(), tensor->values.end()) >= 0); // after the ReLU
    }
    QVERIFY(file.tensors[0].values != file.tensors[3].values);
    QCOMPARE(file.metadata.at("layer"), std::string("block2_pool"));
}

void TestCliPictures::featuresOfTheInputArePreprocessedPixels()
{
    const auto out = m_folder / "input.safetensors";
    const CliResult result = runCli({"features", text(m_image), "--weights", "none", "--input-size", "32",
                                     "--layer", "input", "--out", text(out)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const FloatImage image = transformFile(m_image, TransformSpec{.inputSize = 32});
    std::vector<float> expected(image.pixels.size());
    preprocess(image, caffePreprocessing(), expected);
    QCOMPARE(readSafetensors(out).tensors.at(0).values, expected);
}

void TestCliPictures::featuresOfANarrowNetwork()
{
    const auto weights = m_folder / "narrow.safetensors";
    writeBaseWeights(weights, randomBaseWeights(BackboneSpec{{2, 3, 4, 5, 6}}, 1));
    const auto out = m_folder / "narrow features.safetensors";
    const CliResult result = runCli({"features", text(m_image), "--weights", text(weights), "--input-size",
                                     "32", "--layer", "block3_conv2", "--no-exif", "--out", text(out)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const SafetensorsFile file = readSafetensors(out);
    QCOMPARE(file.tensors.at(0).shape, (std::vector<std::int64_t>{8, 8, 4}));
    QCOMPARE(file.metadata.at("exif"), std::string("false"));
}

void TestCliPictures::featuresFailWhole()
{
    const auto out = m_folder / "none.safetensors";
    std::ofstream(m_folder / "bad.png") << "no picture";
    const CliResult result =
        runCli({"features", text(m_image), text(m_folder / "bad.png"), "--weights", "none", "--input-size",
                "32", "--layer", "block1_pool", "--out", text(out)});
    QCOMPARE(result.exitStatus, 3);
    QVERIFY2(result.err.contains("bad.png"), result.err.constData());
    QVERIFY(!std::filesystem::exists(out));
    const CliResult unwritable = runCli({"features", text(m_image), "--weights", "none", "--input-size", "32",
                                         "--out", text(m_folder / "no folder" / "x.safetensors")});
    QCOMPARE(unwritable.exitStatus, 4);
}

void TestCliPictures::sampleRefusesAFolderInUse()
{
    const CliResult result = runCli({"sample", "--out", text(m_data)});
    QCOMPARE(result.exitStatus, 2);
    QCOMPARE(result.errorLines(), 1);
}

void TestCliPictures::sampleWorksOffline()
{
    const auto copy = m_folder / "copy";
    const auto called = m_folder / "called";
    const auto programs = m_folder / "programs";
    std::filesystem::create_directory(programs);
    for (const char* program : {"apt-get", "dpkg-deb", "python3", "pip", "curl"}) {
        writeFileAtomically(programs / program, "#!/bin/sh\ntouch '" + called.string() + "'\n");
        std::filesystem::permissions(programs / program, std::filesystem::perms::owner_all);
    }
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", programs.string().c_str() + QByteArray(":") + path);
    const CliResult result = runCli({"sample", "--out", text(copy)});
    const CliResult weights = runCli({"weights", "fetch", "imagenet"});
    qputenv("PATH", path);
    QCOMPARE(weights.exitStatus, 4);
    QVERIFY(!std::filesystem::exists(called));
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QCOMPARE(result.out, text(copy).toUtf8() + "\n");
    QVERIFY(!result.err.isEmpty()); // says what it is
    QVERIFY(runCli({"scan", text(copy), "--json"}).object()["images"].toInt() > 20);
    const CliResult again = runCli({"sample"});
    QCOMPARE(again.exitStatus, 0);
    QVERIFY(std::filesystem::is_directory(again.out.trimmed().toStdString()));
}

THAW_TEST(TestCliPictures)
#include "test_cli_pictures.moc"
