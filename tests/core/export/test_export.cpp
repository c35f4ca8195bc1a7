#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/export/export.h"
#include "tests/core/evaluate/comma_locale.h"
#include "tests/core/export/small_models.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <fstream>

using namespace thaw;

using test::smallModel;

namespace {

/// What makes a file that is not the model's.
void writeAnotherModel(const ModelWeights& model, const std::filesystem::path& file, const ExportFacts& facts)
{
    ModelWeights other = model;
    other.head.back().values.front() += 0.5f;
    exporterNamed("onnx")->write(other, file, facts);
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

    void theFilesThemselvesTellTheirFormat()
    {
        const test::TemporaryFolder folder;
        const ModelWeights model = smallModel(HeadKind::Pooled, 3);
        for (const Exporter& written : exporters()) {
            exportModel(model, written, folder / "model");
            for (const Exporter& asked : exporters()) {
                if (asked.name == written.name) {
                    QVERIFY2(asked.recognises(folder / "model"), asked.name);
                    break; // those after it are not asked
                }
                bool isTaken = false;
                try {
                    isTaken = asked.recognises(folder / "model");
                } catch (const Error&) {
                }
                QVERIFY2(!isTaken, asked.name);
            }
            const ParityReport report = verifyExport(folder / "model", model, {});
            QVERIFY2(report.isMet() && report.areMade && report.pictures > 3, written.name);
        }
    }

    void anExportOfAnotherModelIsSeen()
    {
        const test::TemporaryFolder folder;
        const ModelWeights model = smallModel(HeadKind::Book, 2);
        ModelWeights other = model;
        other.head.back().values.front() += 0.01f;
        for (const Exporter& format : exporters()) {
            exportModel(other, format, folder / "model");
            const ParityReport report = verifyExport(folder / "model", model, {});
            // A logit's change moves a probability by a quarter of it at most, near even odds.
            QVERIFY2(!report.isMet() && report.largest < 0.0026, format.name);
            QVERIFY(!report.worst.empty());
        }
    }

    void whatDiffersIsNotDelivered()
    {
        const test::TemporaryFolder folder;
        Exporter wrong = *exporterNamed("onnx");
        wrong.write = writeAnotherModel;
        const std::string said = test::refusalOf(ErrorCode::Internal, [&] {
            exportModel(smallModel(HeadKind::Book, 2), wrong, folder / "model.onnx");
        });
        QVERIFY2(said.find(".png differs from the model's by ") != std::string::npos, said.c_str());
        QVERIFY(std::filesystem::is_empty(folder.path()));
    }

    void theRunsPicturesAreCompared()
    {
        const test::TemporaryFolder folder;
        ExportFacts facts;
        for (const int side : {20, 90}) {
            RgbImage image{side, 2 * side, std::vector<std::uint8_t>(std::size_t(6) * side * side)};
            for (std::size_t i = 0; i < image.pixels.size(); ++i) {
                image.pixels[i] = static_cast<std::uint8_t>(i * 7 / 3);
            }
            facts.pictures.push_back(folder / (std::to_string(side) + ".png"));
            writePng(facts.pictures.back(), image);
        }
        facts.pictures.push_back(folder / "gone.png");
        for (const Exporter& format : exporters()) {
            const ParityReport report =
                exportModel(smallModel(HeadKind::Pooled, 3), format, folder / "model", facts);
            QVERIFY(!report.areMade);
            QCOMPARE(report.pictures, 2);
        }
        facts.pictures.erase(facts.pictures.begin(), facts.pictures.begin() + 2);
        QVERIFY(exportModel(smallModel(HeadKind::Pooled, 3), *exporterNamed("onnx"), folder / "model", facts)
                    .areMade);
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
