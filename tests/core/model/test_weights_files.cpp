#include "core/base/error.h"
#include "tests/core/model/weights_files.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

/// Files written by the programs themselves (files/make_weights_files.py), to the last bit.
class TestWeightsFiles : public QObject
{
    Q_OBJECT

    QString failure(const std::string& name)
    {
        return QString::fromStdString(test::refusalOf(ErrorCode::WeightsInvalid, [&] {
            readBaseWeights(test::writtenWeightsFile(name, m_folder.path()));
        }));
    }

private slots:
    void everyFormat_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("caffe");
        QTest::addColumn<QString>("format");
        const QString h5 = "Keras weights (HDF5)";
        const QString h5v3 = "Keras 3 weights (HDF5)";
        const auto keras = [](const char* name, const QString& format) {
            QTest::newRow(name) << name << true << format;
        };
        keras("keras2_notop.h5", h5);
        keras("keras2_top.h5", h5);
        keras("keras2_finetuned.h5", h5);
        keras("keras2.weights.h5", h5v3);
        keras("keras2_finetuned.keras", "Keras archive (.keras)");
        keras("keras2_tf2onnx.onnx", "ONNX with Keras's names");
        keras("keras3_legacy_notop.h5", h5);
        keras("keras3_sequential.h5", h5);
        keras("keras3.weights.h5", h5v3);
        keras("keras3_top.weights.h5", h5v3);
        keras("keras3_finetuned.weights.h5", h5v3);
        keras("keras3_finetuned.keras", "Keras archive (.keras)");
        const auto torchvision = [](const char* name, const QString& format) {
            QTest::newRow(name) << name << false << format;
        };
        for (const char* name : {"torchvision_base.safetensors", "torchvision_classifier.safetensors",
                                 "torchvision_bfloat16.safetensors"})
        {
            torchvision(name, "safetensors with torchvision's names");
        }
        for (const char* name :
             {"torch_classifier.pth", "torch_protocol4.pth", "torch_half.pth", "torch_bfloat16.pth",
              "torch_double.pth", "torch_channels_last.pth", "torch_checkpoint.pth", "torch_views.pth"})
        {
            torchvision(name, "PyTorch state dict (zip)");
        }
        torchvision("torch.onnx", "ONNX with torchvision's names");
    }

    void everyFormat()
    {
        QFETCH(QString, name);
        QFETCH(bool, caffe);
        QFETCH(QString, format);
        const WeightsFile read =
            readWeightsFile(test::writtenWeightsFile(name.toStdString(), m_folder.path()));
        for (std::size_t i = 0; i < convolutionCount; ++i) {
            QVERIFY2(read.base.layers[i] == test::writtenLayers()[i], convolutionNames()[i].c_str());
        }
        QCOMPARE(read.base.preprocessing, caffe ? caffePreprocessing() : torchvisionPreprocessing());
        QCOMPARE(QString::fromStdString(read.format), format);
        QCOMPARE(read.base.source, name.toStdString());
        QCOMPARE(read.base.hash, hashOf(test::writtenLayers()));
    }

    void whatIsRefusedSaysWhatToDo()
    {
        QVERIFY2(failure("torch_old_format.pth").contains("before version 1.6"),
                 qPrintable(failure("torch_old_format.pth")));
        QVERIFY(failure("torch_old_format.pth").contains("torch.save"));
        QVERIFY2(failure("torch_whole_module.pth").contains("torch.nn.modules.container.Sequential"),
                 qPrintable(failure("torch_whole_module.pth")));
        QVERIFY(failure("torch_whole_module.pth").contains("state_dict()"));
        QVERIFY2(failure("torch_batch_norm.pth").contains("batch normalisation"),
                 qPrintable(failure("torch_batch_norm.pth")));
    }

private:
    test::TemporaryFolder m_folder;
};

THAW_TEST(TestWeightsFiles)
#include "test_weights_files.moc"
