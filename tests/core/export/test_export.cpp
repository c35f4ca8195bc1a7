#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/export/export.h"
#include "tests/core/evaluate/comma_locale.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <fstream>

using namespace thaw;

namespace {

ModelWeights smallModel(HeadKind kind, int classes)
{
    ModelWeights model;
    model.base = randomBaseWeights(scaledBackbone(1.0 / 32), 3);
    model.headSpec = {kind, classes, 0.5, featureSide(64), model.base.backbone().channels.back()};
    model.transform.inputSize = 64;
    for (int i = 0; i < classes; ++i) {
        model.classes.push_back("class " + std::to_string(i));
    }
    float value = 0.01f;
    for (const DenseInfo& dense : headLayers(model.headSpec)) {
        NamedTensor kernel{"head." + dense.name + ".weight", {dense.outputs, dense.inputs}, {}};
        kernel.values.resize(static_cast<std::size_t>(dense.outputs) * dense.inputs);
        for (float& weight : kernel.values) {
            weight = value;
            value = -value * 1.0001f;
        }
        model.head.push_back(std::move(kernel));
        model.head.push_back(
            {"head." + dense.name + ".bias", {dense.outputs}, std::vector<float>(dense.outputs)});
    }
    return model;
}

} // namespace

class TestExport : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { setThreadCount(1); }

    void formatsHaveNames()
    {
        for (const Exporter& format : exporters()) {
            QCOMPARE(exporterNamed(format.name), &format);
        }
        QVERIFY(!exporterNamed("pickle"));
    }

    void everyHeadExports_data()
    {
        QTest::addColumn<QByteArray>("format");
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("classes");
        for (const Exporter& format : exporters()) {
            for (HeadKind kind : headKinds) {
                for (int classes : {2, 5}) {
                    QTest::addRow("%s %s %d", format.name, nameOf(kind), classes)
                        << QByteArray(format.name) << static_cast<int>(kind) << classes;
                }
            }
        }
    }

    // exportModel compares the reloaded file with the model itself and throws if they differ.
    void everyHeadExports()
    {
        QFETCH(QByteArray, format);
        QFETCH(int, kind);
        QFETCH(int, classes);
        test::TemporaryFolder folder;
        const ModelWeights model = smallModel(static_cast<HeadKind>(kind), classes);
        exportModel(model, *exporterNamed(format.toStdString()), folder / "model.bin");
        QVERIFY(std::filesystem::file_size(folder / "model.bin") > 10'000);
        QCOMPARE(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
    }

    // The module is code, and code has decimal points; its head's factor of 1/16 is such a number.
    void exportsUnderADecimalComma()
    {
        const test::CommaLocale locale;
        if (!locale.isInForce()) {
            QSKIP("this C library knows no decimal comma");
        }
        test::TemporaryFolder folder;
        for (const Exporter& format : exporters()) {
            const auto file = folder / format.name;
            exportModel(smallModel(HeadKind::AverageMax, 5), format, file);
            QVERIFY(std::filesystem::exists(file));
        }
    }

    void safetensorsKeepsEverything()
    {
        test::TemporaryFolder folder;
        ModelWeights model = smallModel(HeadKind::Book, 3);
        model.base.preprocessing = torchvisionPreprocessing();
        model.transform.resize = ResizeRule::Letterbox;
        model.recipeJson = "{\"version\":1}";
        exportModel(model, *exporterNamed("safetensors"), folder / "m.safetensors");
        const ModelWeights again = readModelWeights(folder / "m.safetensors");
        QVERIFY(again.base.preprocessing == model.base.preprocessing);
        QVERIFY(again.transform == model.transform);
        QVERIFY(again.headSpec == model.headSpec);
        QCOMPARE(again.recipeJson, model.recipeJson);
    }

    // What is handed on says nothing of the machine that it was trained on.
    void exportsTellOfNoFolder()
    {
        const test::TemporaryFolder folder;
        ModelWeights model = smallModel(HeadKind::Pooled, 2);
        model.base.source = "/home/someone/secret/kaggle.h5";
        model.recipeJson = R"({"version":1,"weights":"/home/someone/secret/kaggle.h5","other":1})";
        for (const Exporter& format : exporters()) {
            const auto file = folder / format.name;
            exportModel(model, format, file);
            QFile whole(QString::fromStdString(file.string()));
            QVERIFY(whole.open(QIODevice::ReadOnly));
            const QByteArray bytes = whole.readAll();
            for (const std::string& word : {std::string("/home/"), std::string("secret"),
                                            folder.path().string(), std::filesystem::current_path().string()})
            {
                QVERIFY2(!bytes.contains(QByteArray::fromStdString(word)), word.c_str());
            }
            if (format.name == std::string_view("safetensors")) {
                const ModelWeights again = readModelWeights(file);
                QCOMPARE(again.base.source, std::string("kaggle.h5"));
                const QJsonObject recipe =
                    QJsonDocument::fromJson(QByteArray::fromStdString(again.recipeJson)).object();
                QCOMPARE(recipe, (QJsonObject{{"version", 1}, {"weights", "kaggle.h5"}, {"other", 1}}));
            }
        }
    }

    // A file of a whole model's size, and hidden: nobody would find it.
    void aFailedExportLeavesNothing()
    {
        const test::TemporaryFolder folder;
        const auto target = folder / "model.bin";
        std::filesystem::create_directories(target / "a folder in its place");
        for (const Exporter& format : exporters()) {
            QVERIFY_THROWS_EXCEPTION(Error, exportModel(smallModel(HeadKind::Pooled, 2), format, target));
            QCOMPARE(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
        }
    }

    void aFolderThatCannotBeWrittenIsNamed()
    {
        test::TemporaryFolder folder;
        std::ofstream(folder / "file") << "x";
        const auto target = folder.path() / "file" / "m.pt";
        for (const Exporter& format : exporters()) {
            try {
                exportModel(smallModel(HeadKind::Book, 2), format, target);
                QFAIL("wrote under a file");
            } catch (const Error& error) {
                QCOMPARE(error.code(), ErrorCode::WriteFailed);
                QCOMPARE(error.path(), target);
            }
        }
    }
};

THAW_TEST(TestExport)
#include "test_export.moc"
