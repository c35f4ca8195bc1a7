#ifndef ONNX_ML
#define ONNX_ML 1
#endif

#include "core/base/error.h"
#include "core/model/weights/weights.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <onnx/onnx_pb.h>
#include <zip.h>

#include <fstream>

using namespace thaw;

namespace {

BaseWeights smallBase()
{
    BaseWeights base = randomBaseWeights({{2, 3, 2, 4, 3}}, 6);
    for (ConvolutionWeights& layer : base.layers) {
        layer.bias.front() = 0.25f;
    }
    return base;
}

void addTensor(onnx::GraphProto& graph, const std::string& name, const std::vector<std::int64_t>& shape,
               const std::vector<float>& values, bool raw)
{
    onnx::TensorProto& tensor = *graph.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t size : shape) {
        tensor.add_dims(size);
    }
    if (raw) {
        tensor.set_raw_data(values.data(), values.size() * sizeof(float));
    } else {
        for (const float value : values) {
            tensor.add_float_data(value);
        }
    }
}

/// Named as a converter from Keras names them, among tensors of other layers.
onnx::ModelProto narrowModel()
{
    const BaseWeights base = smallBase();
    onnx::ModelProto model;
    model.set_ir_version(7);
    onnx::GraphProto& graph = *model.mutable_graph();
    for (std::size_t i = 0; i < base.layers.size(); ++i) {
        const ConvolutionWeights& layer = base.layers[i];
        const std::string stem = "functional_1/" + convolutionNames()[i] + "_1/";
        addTensor(graph, stem + "Squeeze:0", {layer.outputs}, layer.bias, i % 2 == 0);
        addTensor(graph, stem + "convolution/ReadVariableOp:0", {layer.outputs, layer.inputs, 3, 3},
                  layer.kernel, i % 3 != 0);
    }
    addTensor(graph, "functional_1/dense_1/MatMul/ReadVariableOp:0", {2, 2}, {1, 2, 3, 4}, true);
    addTensor(graph, "const_fold_opt__93", {1}, {1}, true);
    return model;
}

onnx::TensorProto& tensorOf(onnx::ModelProto& model, const std::string& name)
{
    for (onnx::TensorProto& tensor : *model.mutable_graph()->mutable_initializer()) {
        if (tensor.name() == name) {
            return tensor;
        }
    }
    throw std::runtime_error("no tensor " + name);
}

/// A message, a text or bytes as a field of another message.
std::string fieldOf(int number, const std::string& content)
{
    std::string field(1, static_cast<char>(number << 3 | 2));
    std::size_t size = content.size();
    for (; size >= 128; size /= 128) {
        field += static_cast<char>(128 + size % 128);
    }
    field += static_cast<char>(size);
    return field + content;
}

std::string repeated(const std::string& text, std::size_t count)
{
    std::string result;
    for (std::size_t i = 0; i < count; ++i) {
        result += text;
    }
    return result;
}

void writeZip(const std::filesystem::path& path,
              const std::vector<std::pair<std::string, std::string>>& members)
{
    std::filesystem::remove(path);
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, nullptr);
    for (const auto& [name, content] : members) {
        zip_file_add(archive, name.c_str(), zip_source_buffer(archive, content.data(), content.size(), 0),
                     ZIP_FL_ENC_UTF_8);
    }
    if (zip_close(archive) != 0) {
        throw std::runtime_error("no archive written");
    }
}

} // namespace

class TestWeightsOnnx : public QObject
{
    Q_OBJECT

    QString failure()
    {
        return QString::fromStdString(
            test::refusalOf(ErrorCode::WeightsInvalid, [&] { readBaseWeights(m_path); }));
    }

    QString failure(const onnx::ModelProto& model)
    {
        std::ofstream(m_path, std::ios::binary) << model.SerializeAsString();
        return failure();
    }

private slots:
    void bothKindsOfData()
    {
        std::ofstream(m_path, std::ios::binary) << narrowModel().SerializeAsString();
        const BaseWeights read = readBaseWeights(m_path);
        QCOMPARE(read.layers, smallBase().layers);
        QCOMPARE(read.preprocessing, caffePreprocessing());
        QCOMPARE(read.source, std::string("w"));
    }

    void insideAWheel()
    {
        writeZip(m_path, {{"package/__init__.py", "import os"},
                          {"package/models/net.onnx", narrowModel().SerializeAsString()}});
        QCOMPARE(readBaseWeights(m_path).layers, smallBase().layers);
    }

    // A name that climbs out of the archive is only ever a name.
    void climbingNamesWriteNothing()
    {
        writeZip(m_path, {{"../escaped.onnx", narrowModel().SerializeAsString()}});
        QCOMPARE(readBaseWeights(m_path).layers, smallBase().layers);
        QVERIFY(!std::filesystem::exists(m_folder.path().parent_path() / "escaped.onnx"));
    }

    void otherArchives()
    {
        writeZip(m_path, {{"archive/data.pkl", "x"}, {"archive/data/0", "y"}});
        QVERIFY(failure().contains("description of the tensors is damaged"));
        writeZip(m_path, {{"config.json", "{}"}, {"model.weights.h5", "y"}});
        QVERIFY(failure().contains("damaged HDF5"));
        writeZip(m_path, {{"a.txt", "x"}});
        QVERIFY(failure().contains("without weights in it"));
        const std::string model = narrowModel().SerializeAsString();
        writeZip(m_path, {{"a.onnx", model}, {"b.onnx", model}});
        QVERIFY(failure().contains("more than one"));
        writeZip(m_path, {{"a.onnx", "not an onnx file"}});
        QVERIFY(failure().contains("not a whole ONNX"));
    }

    void archivesThatUnfoldTooFar()
    {
        // 40 MB of zeros pack into 40 kB.
        writeZip(m_path, {{"a.onnx", std::string(40'000'000, '\0')}});
        QVERIFY(failure().contains("unfolds"));
    }

    void damagedArchives()
    {
        writeZip(m_path, {{"a.onnx", narrowModel().SerializeAsString()}});
        // Within the packed bytes, behind the member's own header.
        std::fstream stream(m_path, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(2000);
        stream << "????????";
        stream.close();
        QVERIFY(failure().contains("damaged"));
        std::filesystem::resize_file(m_path, std::filesystem::file_size(m_path) / 2);
        QVERIFY(failure().contains("damaged archive"));
    }

    void cutModel()
    {
        const std::string bytes = narrowModel().SerializeAsString();
        for (const std::size_t size : {bytes.size() - 1, bytes.size() / 2, std::size_t(3)}) {
            std::ofstream(m_path, std::ios::binary) << bytes.substr(0, size);
            QVERIFY(failure().contains("ONNX"));
        }
    }

    // Two bytes are a whole message, for which protobuf makes an object of hundreds.
    void bulkIsBounded_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("word");
        const std::string version("\x08\x07", 2);
        const std::size_t many = 1'000'000;
        const auto row = [&](const char* name, const std::string& content, const char* word) {
            QTest::newRow(name) << QByteArray::fromStdString(version + content) << QString(word);
        };
        row("of the model", repeated(fieldOf(8, ""), many), "more than 100000 parts");
        row("nodes", fieldOf(7, repeated(fieldOf(1, ""), many)), "more than 100000 parts");
        row("initializers", fieldOf(7, repeated(fieldOf(5, ""), many)), "more than 100000 parts");
        row("of a tensor", fieldOf(7, fieldOf(5, repeated(fieldOf(13, ""), many))), "more than 100000 parts");
        // In tensors, further down, and as numbers that grow eightfold.
        row("deep", fieldOf(7, fieldOf(5, fieldOf(3, repeated(fieldOf(4, ""), 9 * many)))), "16 MiB");
        row("numbers", fieldOf(7, fieldOf(5, fieldOf(7, std::string(17 * many, '\0')))), "16 MiB");
    }

    void bulkIsBounded()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, word);
        std::ofstream(m_path, std::ios::binary) << content.toStdString();
        QVERIFY2(failure().contains(word), qPrintable(failure()));
    }

    // A graph's other parts are not looked into, however they are written.
    void otherPartsArePassedOver()
    {
        const std::string model = narrowModel().SerializeAsString();
        const std::string node = fieldOf(7, repeated(fieldOf(1, "not a node"), 100));
        std::ofstream(m_path, std::ios::binary) << model << node << std::string("\x29????????\x35????", 14);
        QCOMPARE(readBaseWeights(m_path).layers, smallBase().layers);
    }

    void hostileTensors()
    {
        const std::string name = "functional_1/block4_conv2_1/convolution/ReadVariableOp:0";
        const std::string bias = "functional_1/block4_conv2_1/Squeeze:0";

        onnx::ModelProto model = narrowModel();
        tensorOf(model, name).set_name("functional_1/block9_conv2_1/x");
        QVERIFY(failure(model).contains("block4_conv2"));

        model = narrowModel();
        tensorOf(model, name).set_dims(0, 1000);
        tensorOf(model, name).set_dims(1, 1000);
        QVERIFY(failure(model).contains("other bytes"));

        model = narrowModel();
        tensorOf(model, name).set_dims(0, std::int64_t(1) << 62);
        QVERIFY(failure(model).contains("impossible shape"));

        model = narrowModel();
        tensorOf(model, name).set_dims(0, -4);
        QVERIFY(failure(model).contains("impossible shape"));

        model = narrowModel();
        tensorOf(model, name).set_data_type(onnx::TensorProto::DOUBLE);
        QVERIFY(failure(model).contains("32-bit"));

        model = narrowModel();
        onnx::TensorProto& elsewhere = tensorOf(model, name);
        elsewhere.clear_raw_data();
        elsewhere.clear_float_data();
        elsewhere.set_data_location(onnx::TensorProto::EXTERNAL);
        QVERIFY(failure(model).contains("other bytes"));

        model = narrowModel();
        tensorOf(model, bias).add_dims(1);
        tensorOf(model, bias).add_dims(1);
        tensorOf(model, bias).add_dims(1);
        QVERIFY(failure(model).contains("both claim"));

        model = narrowModel();
        tensorOf(model, "functional_1/block4_conv2_1/convolution/ReadVariableOp:0").set_dims(2, 9);
        tensorOf(model, "functional_1/block4_conv2_1/convolution/ReadVariableOp:0").set_dims(3, 1);
        QVERIFY(failure(model).contains("[4, 4, 9, 1]"));

        // VGG19 has VGG16's layers, and more.
        model = narrowModel();
        addTensor(*model.mutable_graph(), "functional_1/block4_conv4_1/Squeeze:0", {4}, {1, 2, 3, 4}, true);
        QVERIFY(failure(model).contains("block4_conv4"));

        QVERIFY(failure(onnx::ModelProto()).contains("empty"));
    }

private:
    test::TemporaryFolder m_folder;
    std::filesystem::path m_path = m_folder / "w";
};

THAW_TEST(TestWeightsOnnx)
#include "test_weights_onnx.moc"
