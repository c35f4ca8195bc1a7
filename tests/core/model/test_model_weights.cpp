#include "core/base/error.h"
#include "core/model/weights/weights.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <limits>
#include <numeric>

using namespace thaw;

namespace {

NamedTensor rampTensor(const std::string& name, std::vector<std::int64_t> shape)
{
    std::size_t count = 1;
    for (const std::int64_t size : shape) {
        count *= static_cast<std::size_t>(size);
    }
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), 0.5f);
    return {name, std::move(shape), std::move(values)};
}

/// 64 px give 2 × 2 × 3 features; every setting is another than the default.
ModelWeights bookModel()
{
    ModelWeights model;
    model.base = randomBaseWeights({{2, 2, 2, 2, 3}}, 4);
    model.base.preprocessing = torchvisionPreprocessing();
    model.headSpec = {HeadKind::Book, 2, 0.3, 2, 3};
    model.head = {rampTensor("head.dense1.weight", {256, 12}), rampTensor("head.dense1.bias", {256}),
                  rampTensor("head.dense2.weight", {1, 256}), rampTensor("head.dense2.bias", {1})};
    model.transform = {64, ResizeRule::Letterbox, false, DctMethod::Fast};
    model.classes = {"cät", "dog, \"big\""};
    model.recipeJson = "{\"name\":\"book\"}";
    model.otherMetadata = {{"note", "from someone else"}};
    return model;
}

ModelWeights pooledModel()
{
    ModelWeights model = bookModel();
    model.headSpec = {HeadKind::Pooled, 4, 0.0, 2, 3};
    model.head = {rampTensor("head.dense.weight", {4, 3}), rampTensor("head.dense.bias", {4})};
    model.classes = {"a", "b", "c", "d"};
    model.recipeJson.clear();
    return model;
}

void compareModels(const ModelWeights& read, const ModelWeights& written)
{
    QCOMPARE(read.base, written.base);
    QCOMPARE(read.head, written.head);
    QCOMPARE(read.headSpec, written.headSpec);
    QCOMPARE(read.transform, written.transform);
    QCOMPARE(read.classes, written.classes);
    QCOMPARE(read.recipeJson, written.recipeJson);
    QCOMPARE(read.otherMetadata, written.otherMetadata);
}

} // namespace

class TestModelWeights : public QObject
{
    Q_OBJECT

    QString failure()
    {
        writeSafetensors(m_folder / "changed", m_file);
        return QString::fromStdString(
            test::refusalOf(ErrorCode::WeightsInvalid, [&] { readModelWeights(m_folder / "changed"); }));
    }

private slots:
    void init()
    {
        m_hash = writeModelWeights(m_folder / "model", bookModel());
        m_file = readSafetensors(m_folder / "model");
        m_file.metadata.erase(contentHashKey); // else each change is told as that
    }

    void roundTrips()
    {
        compareModels(readModelWeights(m_folder / "model"), bookModel());
        writeModelWeights(m_folder / "pooled", pooledModel());
        compareModels(readModelWeights(m_folder / "pooled"), pooledModel());
    }

    // Another head or other names of classes are a model that gives answers, only wrong ones.
    void anythingChangedIsNoticed()
    {
        QCOMPARE(readModelWeights(m_folder / "model").contentHash, m_hash);
        m_file.metadata[contentHashKey] = m_hash;
        SafetensorsFile head = m_file;
        QCOMPARE(head.tensors.back().name, std::string("head.dense2.bias"));
        head.tensors.back().values[0] += 1;
        SafetensorsFile classes = m_file;
        std::string& names = classes.metadata["classes"];
        names = "[\"dog, \\\"big\\\"\",\"cät\"]";
        QVERIFY(names != m_file.metadata["classes"]);
        const SafetensorsFile whole = m_file;
        for (const SafetensorsFile& changed : {head, classes}) {
            m_file = changed;
            const QString said = failure();
            QVERIFY2(said.contains("was changed after it was written"), qPrintable(said));
        }
        m_file = whole;
        writeSafetensors(m_folder / "whole", m_file);
        compareModels(readModelWeights(m_folder / "whole"), bookModel());
    }

    void olderModelsHaveNoHash()
    {
        writeSafetensors(m_folder / "older", m_file);
        compareModels(readModelWeights(m_folder / "older"), bookModel());
        QCOMPARE(readModelWeights(m_folder / "older").contentHash, std::string());
    }

    // What other people's programs rely on.
    void metadataAreAsDocumented()
    {
        const std::map<std::string, std::string> expected{
            {"format", "thaw-weights"},
            {"format_version", "1"},
            {"preprocessing.order", "rgb"},
            {"preprocessing.scale", "0.003921569"},
            {"preprocessing.mean", "[0.485,0.456,0.406]"},
            {"preprocessing.std", "[0.229,0.224,0.225]"},
            {"input_size", "64"},
            {"resize", "letterbox"},
            {"exif", "false"},
            {"dct_method", "fast"},
            {"classes", "[\"cät\",\"dog, \\\"big\\\"\"]"},
            {"head", "book"},
            {"dropout", "0.3"},
            {"flatten", "HWC"},
            {"recipe", "{\"name\":\"book\"}"},
            {"source", "random (He)"},
            {"weights_hash", bookModel().base.hash},
            {"note", "from someone else"},
        };
        QCOMPARE(m_file.metadata, expected);
        QCOMPARE(readSafetensorsMetadata(m_folder / "model").at("content_sha256"), m_hash);
        QCOMPARE(m_file.tensors.front().name, std::string("features.0.weight"));
        QCOMPARE(m_file.tensors.size(), std::size_t(26 + 4));
    }

    void olderModelsAreDecodedAccurately()
    {
        QCOMPARE(m_file.metadata.erase("dct_method"), std::size_t(1));
        writeSafetensors(m_folder / "older", m_file);
        QCOMPARE(readModelWeights(m_folder / "older").transform.dctMethod, DctMethod::Accurate);
        m_file.metadata["dct_method"] = "quick";
        QVERIFY(failure().contains("\"dct_method\""));
    }

    void itsBaseCanBeTakenAlone() { QCOMPARE(readBaseWeights(m_folder / "model"), bookModel().base); }

    void laterVersionIsRefused()
    {
        m_file.metadata["format_version"] = "2";
        QVERIFY(failure().contains("newer version of Thaw"));
        QVERIFY_THROWS_EXCEPTION(Error, readBaseWeights(m_folder / "changed"));
    }

    void foreignFileIsNoModel()
    {
        m_file.metadata.erase("format");
        QVERIFY(failure().contains("trained by Thaw"));
    }

    void badMetadataNamesTheKey_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        const auto row = [](const char* key, const char* value) {
            QTest::addRow("%s=%s", key, value) << QString(key) << QString(value);
        };
        row("format_version", "one");
        row("format_version", "0");
        row("preprocessing.order", "grb");
        row("preprocessing.scale", "0");
        row("preprocessing.scale", "inf");
        row("preprocessing.mean", "[1,2]");
        row("preprocessing.mean", "[1,2,1e99]");
        row("preprocessing.mean", "[1,2,");
        row("preprocessing.std", "[1,2,0]");
        row("input_size", "31");
        row("input_size", "513");
        row("input_size", "64px");
        row("resize", "squeeze");
        row("exif", "yes");
        row("classes", "[\"one\"]");
        row("classes", "[1,2]");
        row("classes", "{}");
        row("head", "other");
        row("dropout", "1");
        row("dropout", "-0.1");
        row("dropout", "nan");
        row("flatten", "CHW");
    }

    void badMetadataNamesTheKey()
    {
        QFETCH(QString, key);
        QFETCH(QString, value);
        m_file.metadata[key.toStdString()] = value.toStdString();
        const QString bad = failure();
        QVERIFY2(bad.contains("\"" + key + "\""), qPrintable(bad));
        m_file.metadata.erase(key.toStdString());
        const QString absent = failure();
        QVERIFY2(absent.contains("\"" + key + "\""), qPrintable(absent));
    }

    void badHeadNamesTheTensor()
    {
        const SafetensorsFile good = m_file;
        NamedTensor& kernel = m_file.tensors[26];
        QCOMPARE(kernel.name, std::string("head.dense1.weight"));
        kernel.shape = {12, 256};
        QVERIFY(failure().contains("head.dense1.weight"));

        m_file = good;
        m_file.tensors.back().values[0] = std::numeric_limits<float>::infinity();
        QVERIFY(failure().contains("head.dense2.bias"));

        m_file = good;
        m_file.tensors.pop_back();
        QVERIFY(failure().contains("head.dense2.bias is missing"));

        // Another size of picture asks for another first layer.
        m_file = good;
        m_file.metadata["input_size"] = "96";
        QVERIFY(failure().contains("head.dense1.weight"));

        m_file = good;
        m_file.metadata["classes"] = "[\"a\",\"b\",\"c\"]";
        QVERIFY(failure().contains("head.dense2.weight"));
    }

    void inconsistentModelsAreNotWritten()
    {
        ModelWeights shape = bookModel();
        shape.head[0].shape = {12, 256};
        ModelWeights missing = bookModel();
        missing.head.pop_back();
        ModelWeights classes = bookModel();
        classes.classes.push_back("third");
        ModelWeights size = bookModel();
        size.transform.inputSize = 128;
        for (const ModelWeights& model : {shape, missing, classes, size}) {
            QVERIFY_THROWS_EXCEPTION(Error, writeModelWeights(m_folder / "bad", model));
            QVERIFY(!std::filesystem::exists(m_folder / "bad"));
        }
    }

private:
    test::TemporaryFolder m_folder;
    SafetensorsFile m_file;
    std::string m_hash;
};

THAW_TEST(TestModelWeights)
#include "test_model_weights.moc"
