#include "core/base/atomic_file.h"
#include "core/compute/compute_device.h"
#include "core/export/export.h"
#include "core/export/onnx_interpreter.h"
#include "core/export/onnx_writer.h"
#include "tests/core/export/small_models.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <nlohmann/json.hpp>

using namespace thaw;

/// What is inside the ONNX files. That they answer as the model does is exportModel()'s own check.
class TestOnnxExport : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { setThreadCount(1); }

    void openCvLoadsThePlainFile()
    {
        const test::TemporaryFolder folder;
        for (const HeadKind kind : headKinds) {
            const ParityReport report =
                exportModel(test::smallModel(kind, 2), *exporterNamed("onnx"), folder / "m.onnx");
            QVERIFY2(report.reader.starts_with("OpenCV "), report.reader.c_str());
            // Float32 in another order: a probability's rounding is 6e-8.
            QVERIFY(report.largest < 1e-5);
        }
    }

    // OpenCV computes what the interpreter does: the two share nothing.
    void bothConventionsAndBothRules()
    {
        const test::TemporaryFolder folder;
        ModelWeights model = test::smallModel(HeadKind::Book, 4);
        for (const Preprocessing& convention : {caffePreprocessing(), torchvisionPreprocessing()}) {
            model.base.preprocessing = convention;
            for (const ResizeRule rule : {ResizeRule::Stretch, ResizeRule::CenterCrop}) {
                model.transform.resize = rule;
                for (const char* format : {"onnx", "onnx-image"}) {
                    QVERIFY(exportModel(model, *exporterNamed(format), folder / "m.onnx").largest < 1e-5);
                }
            }
        }
    }

    void rulesThatTheImageFileCannotHold()
    {
        const test::TemporaryFolder folder;
        ModelWeights model = test::smallModel(HeadKind::Pooled, 2);
        for (const ResizeRule rule : {ResizeRule::Letterbox, ResizeRule::Antialiased}) {
            model.transform.resize = rule;
            const std::string said = test::refusalOf(
                ErrorCode::Usage, [&] { exportModel(model, *exporterNamed("onnx-image"), folder / "m"); });
            QVERIFY2(said.find(nameOf(rule)) != std::string::npos, said.c_str());
            exportModel(model, *exporterNamed("onnx"), folder / "plain");
        }
        QVERIFY(!std::filesystem::exists(folder / "m"));
    }

    void aBatchIsAnsweredPictureByPicture()
    {
        const test::TemporaryFolder folder;
        const ModelWeights model = test::smallModel(HeadKind::Pooled, 3);
        writeOnnxImage(model, folder / "m.onnx", {});
        const OnnxInterpreter interpreter(readOnnxGraph(folder / "m.onnx"));
        std::vector<std::uint8_t> bytes;
        for (int i = 0; i < 2 * 5 * 7 * 3; ++i) {
            bytes.push_back(static_cast<std::uint8_t>(i * i));
        }
        const OnnxTensor both = interpreter.run({{2, 5, 7, 3}, bytes});
        const OnnxTensor second =
            interpreter.run({{1, 5, 7, 3}, std::vector<std::uint8_t>(bytes.begin() + 105, bytes.end())});
        QCOMPARE(both.shape, (std::vector<std::int64_t>{2, 3}));
        const auto& answers = std::get<std::vector<float>>(both.values);
        QCOMPARE(std::vector<float>(answers.begin() + 3, answers.end()),
                 std::get<std::vector<float>>(second.values));
    }

    void propertiesTellHowToUseIt()
    {
        const test::TemporaryFolder folder;
        ModelWeights model = test::smallModel(HeadKind::Pooled, 4);
        model.classes = {"it's", "a \"dog\"", "back\\slash", "d\xC3\xB6g\n"};
        ExportFacts facts;
        facts.dataFingerprint = "f1";
        facts.licence = "CC BY 4.0";
        facts.threshold = 0.25;
        facts.thresholdFrom = "validation";
        exportModel(model, *exporterNamed("onnx-image"), folder / "m.onnx", facts);
        auto properties = readOnnxGraph(folder / "m.onnx").properties;
        QCOMPARE(properties["names"],
                 std::string("{0: 'it\\'s', 1: 'a \"dog\"', 2: 'back\\\\slash', 3: 'd\xC3\xB6g\\n'}"));
        QCOMPARE(properties["imgsz"], std::string("[64, 64]"));
        QCOMPARE(properties["license"], std::string("CC BY 4.0"));
        QCOMPARE(properties["Image.BitmapPixelFormat"], std::string("Rgb8"));
        const auto json = nlohmann::json::parse(properties["thaw.preprocess"]);
        QVERIFY(json["classes"] == model.classes);
        QVERIFY(json["input"]["layout"] == "NHWC" && json["input"]["resize_is_inside"] == true);
        QVERIFY(json["data_fingerprint"] == "f1" && json["threshold"] == 0.25);
        QVERIFY(json["threshold_chosen_on"] == "validation" && json["temperature"] == 1);
        // Measured on the file before it was written with this note.
        QVERIFY(json["parity"]["largest_difference"] < 1e-5 && json["parity"]["made_pictures"] == true);
    }
};

THAW_TEST(TestOnnxExport)
#include "test_onnx_export.moc"
