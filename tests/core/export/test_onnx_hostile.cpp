#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/compute/compute_device.h"
#include "core/export/export.h"
#include "core/export/onnx_interpreter.h"
#include "core/export/onnx_writer.h"
#include "tests/core/export/small_models.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;

/// Exported files that were cut, swapped or edited.
class TestOnnxHostile : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        setThreadCount(1);
        writeOnnxImage(m_model, m_folder / "whole.onnx", {});
        m_bytes = readTextFile(m_folder / "whole.onnx", 1 << 24);
    }

    void cutFilesAreRefused()
    {
        for (const std::size_t share : {0, 1, 10, 50, 90, 99}) {
            writeFileAtomically(m_folder / "cut.onnx", m_bytes.substr(0, m_bytes.size() * share / 100));
            const std::string said = refusal("cut.onnx");
            QVERIFY2(said.find("no ONNX file") != std::string::npos, said.c_str());
        }
    }

    void otherFilesAreRefused()
    {
        for (const std::string& bytes :
             {std::string("not a model"), std::string(5000, '\0'), std::string("\x89PNG")}) {
            writeFileAtomically(m_folder / "other.onnx", bytes);
            QCOMPARE(verdict("other.onnx"), ErrorCode::WeightsInvalid);
        }
        QCOMPARE(verdict("gone.onnx"), ErrorCode::FileNotFound);
    }

    // Whatever bytes are changed: an error, or an answer; never a crash.
    void editedFilesEndWell()
    {
        RandomStream random(5);
        for (int round = 0; round < 300; ++round) {
            std::string bytes = m_bytes;
            // The structure is at the beginning and at the end; between them lie the weights.
            const std::size_t reach = std::min<std::size_t>(bytes.size(), 6000);
            for (int change = 0; change < 3; ++change) {
                const auto place = static_cast<std::size_t>(random.uniform(0, double(reach)));
                bytes[round % 2 == 0 ? place : bytes.size() - 1 - place] =
                    static_cast<char>(random.uniform(0, 256));
            }
            writeFileAtomically(m_folder / "edited.onnx", bytes);
            try {
                const OnnxInterpreter interpreter(readOnnxGraph(m_folder / "edited.onnx"));
                interpreter.run({{1, 3, 5, 3}, std::vector<std::uint8_t>(45, 9)});
            } catch (const Error& error) {
                QVERIFY2(error.code() == ErrorCode::WeightsInvalid, error.what());
            }
        }
    }

    // A shape that asks for far more than the file holds.
    void shapesAreCheckedAgainstBytes()
    {
        for (const std::vector<std::int64_t>& shape :
             {std::vector<std::int64_t>{1 << 20, 1 << 20}, std::vector<std::int64_t>{-1},
              std::vector<std::int64_t>(20, 1)})
        {
            QCOMPARE(test::codeOf([&] { elementCount(shape); }), ErrorCode::WeightsInvalid);
        }
    }

    void aSwappedFileIsSeen()
    {
        // Of another size: the graph cannot take the run's pictures.
        ModelWeights other = m_model;
        other.transform.inputSize = 96;
        writeOnnx(other, m_folder / "other.onnx", {});
        QCOMPARE(verdict("other.onnx"), ErrorCode::WeightsInvalid);
        // Of more classes.
        writeOnnx(test::smallModel(HeadKind::Book, 5), m_folder / "other.onnx", {});
        QVERIFY(!verifyExport(m_folder / "other.onnx", m_model, {}).isMet());
    }

private:
    std::string refusal(const std::string& name)
    {
        return test::refusalOf(ErrorCode::WeightsInvalid,
                               [&] { verifyExport(m_folder / name, m_model, {}); });
    }

    std::optional<ErrorCode> verdict(const std::string& name)
    {
        return test::codeOf([&] { verifyExport(m_folder / name, m_model, {}); });
    }

    test::TemporaryFolder m_folder;
    ModelWeights m_model = test::smallModel(HeadKind::Book, 2);
    std::string m_bytes;
};

THAW_TEST(TestOnnxHostile)
#include "test_onnx_hostile.moc"
