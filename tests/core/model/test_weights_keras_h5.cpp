#include "core/base/error.h"
#include "core/model/weights/weights.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>

using namespace thaw;

namespace {

using Path = std::filesystem::path;

/// An HDF5 file under construction. Every identifier of these small files lives until the end of the test.
class H5File
{
public:
    explicit H5File(const Path& path)
        : m_file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT))
        , m_links(H5Pcreate(H5P_LINK_CREATE))
    {
        H5Pset_create_intermediate_group(m_links, 1);
    }
    ~H5File()
    {
        H5Pclose(m_links);
        H5Fclose(m_file);
    }

    void add(const std::string& name, const std::vector<hsize_t>& shape, const std::vector<float>& values,
             hid_t type = H5T_IEEE_F32LE, hid_t creation = H5P_DEFAULT) const
    {
        const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
        const hid_t dataset = H5Dcreate2(m_file, name.c_str(), type, space, m_links, creation, H5P_DEFAULT);
        if (!values.empty()) {
            H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        }
        H5Dclose(dataset);
        H5Sclose(space);
    }

    void addGroup(const std::string& name) const
    {
        H5Gclose(H5Gcreate2(m_file, name.c_str(), m_links, H5P_DEFAULT, H5P_DEFAULT));
    }

private:
    hid_t m_file;
    hid_t m_links;
};

const BaseWeights& kerasBase()
{
    static const BaseWeights base = [] {
        BaseWeights made = randomBaseWeights({{2, 3, 4, 2, 3}}, 5);
        for (ConvolutionWeights& layer : made.layers) {
            std::fill(layer.bias.begin(), layer.bias.end(), layer.kernel.front());
        }
        return made;
    }();
    return base;
}

/// [out, in, 3, 3] as Keras keeps it: [3, 3, in, out].
std::vector<float> kerasKernel(const ConvolutionWeights& layer)
{
    std::vector<float> values;
    for (std::int64_t tap = 0; tap < 9; ++tap) {
        for (std::int64_t in = 0; in < layer.inputs; ++in) {
            for (std::int64_t out = 0; out < layer.outputs; ++out) {
                values.push_back(layer.kernel[static_cast<std::size_t>((out * layer.inputs + in) * 9 + tap)]);
            }
        }
    }
    return values;
}

using Naming = std::function<std::pair<std::string, std::string>(std::size_t)>;

void addConvolutions(const H5File& file, const Naming& naming, std::size_t count = convolutionCount,
                     hid_t type = H5T_IEEE_F32LE, hid_t creation = H5P_DEFAULT)
{
    for (std::size_t i = 0; i < count; ++i) {
        const ConvolutionWeights& layer = kerasBase().layers[i];
        const auto [kernel, bias] = naming(i);
        file.add(kernel, {3, 3, hsize_t(layer.inputs), hsize_t(layer.outputs)}, kerasKernel(layer), type,
                 creation);
        file.add(bias, {hsize_t(layer.outputs)}, layer.bias, type);
    }
}

std::pair<std::string, std::string> legacyNames(std::size_t i)
{
    const std::string& name = convolutionNames()[i];
    return {name + "/" + name + "_W_1:0", name + "/" + name + "_b_1:0"};
}

std::pair<std::string, std::string> numberedNames(std::size_t i)
{
    const std::string layer = "layers/functional/layers/conv2d" + (i ? "_" + std::to_string(i) : "");
    return {layer + "/vars/0", layer + "/vars/1"};
}

} // namespace

class TestWeightsKerasH5 : public QObject
{
    Q_OBJECT

    QString failure()
    {
        return QString::fromStdString(
            test::refusalOf(ErrorCode::WeightsInvalid, [&] { readBaseWeights(m_path); }));
    }

private slots:
    void publishedLayout()
    {
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames);
        }
        const BaseWeights read = readBaseWeights(m_path);
        QCOMPARE(read.layers, kerasBase().layers);
        QCOMPARE(read.preprocessing, caffePreprocessing());
        QCOMPARE(read.source, std::string("w.h5"));
    }

    // model.save() in the older format: a group above, an optimizer that repeats the names, other layers.
    void wholeModel()
    {
        {
            const H5File file(m_path);
            addConvolutions(file, [](std::size_t i) {
                const std::string stem = "model_weights/vgg16/" + convolutionNames()[i];
                return std::pair(stem + "/kernel:0", stem + "/bias:0");
            });
            addConvolutions(file, [](std::size_t i) {
                const std::string stem = "optimizer_weights/RMSprop/" + convolutionNames()[i];
                return std::pair(stem + "/kernel:0", stem + "/bias:0");
            });
            file.add("model_weights/fc1/fc1/kernel:0", {2, 2}, {1, 2, 3, 4});
        }
        QCOMPARE(readBaseWeights(m_path).layers, kerasBase().layers);
    }

    // Keras 3: layers by number, so that "conv2d_10" comes after "conv2d_9" although not by its letters.
    void kerasThree()
    {
        {
            const H5File file(m_path);
            addConvolutions(file, numberedNames);
            file.add("layers/dense/vars/0", {2, 2}, {1, 2, 3, 4});
        }
        QCOMPARE(readBaseWeights(m_path).layers, kerasBase().layers);
    }

    void doublesInChunks()
    {
        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        const hsize_t chunk[4] = {3, 3, 2, 2};
        H5Pset_chunk(creation, 4, chunk);
        {
            const H5File file(m_path);
            // A chunk may not be larger than the dataset: the first layer has three inputs, all have two.
            addConvolutions(file, legacyNames, convolutionCount, H5T_IEEE_F64LE, creation);
        }
        H5Pclose(creation);
        QCOMPARE(readBaseWeights(m_path).layers, kerasBase().layers);
    }

    // What unfolds when it is read may be of any size.
    void compressedValuesAreRefused()
    {
        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        const hsize_t chunk[4] = {3, 3, 3, 3};
        H5Pset_chunk(creation, 4, chunk);
        H5Pset_deflate(creation, 6);
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames, 12);
            file.add("block5_conv3/kernel", {3, 3, 3, 3}, std::vector<float>(81, 1.0f), H5T_IEEE_F32LE,
                     creation);
            file.add("block5_conv3/bias", {3}, {1, 2, 3});
        }
        H5Pclose(creation);
        QVERIFY2(failure().contains("block5_conv3/kernel is compressed"), qPrintable(failure()));
    }

    // The file's index says how many bytes each chunk has. Too few are no reason to read what lies behind
    // them in memory.
    void sizesOfChunksAreNotBelieved()
    {
        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        const hsize_t chunk[4] = {3, 3, 3, 2};
        H5Pset_chunk(creation, 4, chunk);
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames, 12);
            file.add("block5_conv3/kernel", {3, 3, 3, 3}, std::vector<float>(81, 1.0f), H5T_IEEE_F32LE,
                     creation);
            file.add("block5_conv3/bias", {3}, {1, 2, 3});
        }
        H5Pclose(creation);
        std::ifstream stream(m_path, std::ios::binary);
        std::string bytes((std::istreambuf_iterator<char>(stream)), {});
        // The B-tree of the only dataset in chunks: 24 bytes, and then for each chunk its size, 44 bytes of
        // where it belongs, and where it lies in 8. Both have 216 bytes.
        const std::size_t tree = bytes.find(std::string("TREE\x01\x00\x02\x00", 8));
        QVERIFY(tree != std::string::npos);
        for (const auto& [at, size] : {std::pair(tree + 24, 16u), std::pair(tree + 80, 416u)}) {
            std::uint32_t there = 0;
            std::memcpy(&there, bytes.data() + at, sizeof there);
            QCOMPARE(there, 216u);
            std::memcpy(bytes.data() + at, &size, sizeof size);
        }
        std::ofstream(m_path, std::ios::binary) << bytes;
        QCOMPARE(readBaseWeights(m_path).layers[12].kernel, std::vector<float>(81, 1.0f));
    }

    // The library follows groups into groups by recursion.
    void deepOrManyGroupsAreRefused()
    {
        std::string deep;
        for (int i = 0; i < 200; ++i) {
            deep += "g/";
        }
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames);
            file.addGroup(deep + "last");
        }
        QVERIFY2(failure().contains("nested more than 64 deep"), qPrintable(failure()));
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames);
            for (int i = 0; i < 10'000; ++i) {
                file.addGroup("group" + std::to_string(i));
            }
        }
        QVERIFY2(failure().contains("more than 10000 groups and datasets"), qPrintable(failure()));
    }

    void incompleteOrDoubled()
    {
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames, 12);
        }
        QVERIFY(failure().contains("layer block5_conv3 is missing"));
        {
            const H5File file(m_path);
            addConvolutions(file, numberedNames, 12);
        }
        QVERIFY(failure().contains("layer layers/functional/layers/conv2d_12 is missing"));
        {
            const H5File file(m_path);
            addConvolutions(
                file, [](std::size_t i) { return numberedNames(i < 5 ? i : i + 1); }, 12);
        }
        QVERIFY(failure().contains("layer layers/functional/layers/conv2d_5 is missing"));
        {
            const H5File file(m_path);
            addConvolutions(file, numberedNames);
            addConvolutions(
                file, [](std::size_t) { return numberedNames(13); }, 1);
        }
        QVERIFY(failure().contains("14 convolutions in layers/functional/layers/"));
        {
            const H5File file(m_path);
            addConvolutions(file, [](std::size_t i) {
                const auto names = legacyNames(i);
                return i == 6 ? std::pair<std::string, std::string>("mine/kernel:0", "mine/bias:0") : names;
            });
        }
        QVERIFY(failure().contains("layer block3_conv3 is missing"));
        {
            const H5File file(m_path);
            file.add("dense/kernel:0", {2, 2}, {1, 2, 3, 4});
        }
        QVERIFY(failure().contains("thirteen convolutions"));
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames);
            file.add("block3_conv2/again", {3, 3, 4, 4}, {});
        }
        QVERIFY(failure().contains("block3_conv2"));
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames);
            addConvolutions(file, [](std::size_t i) {
                const auto [kernel, bias] = legacyNames(i);
                return std::pair("other/" + kernel, "other/" + bias);
            });
        }
        QVERIFY(failure().contains("two sets"));
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames, 12);
            file.add("block5_conv3/kernel", {3, 3, 3, 3}, std::vector<float>(81, 1.0f));
        }
        QVERIFY(failure().contains("0 biases"));
    }

    // VGG19 has all of VGG16's layers under the same names, and three more.
    void otherNetworksAreRefused()
    {
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames);
            file.add("block3_conv4/block3_conv4_W_1:0", {3, 3, 4, 4}, std::vector<float>(144, 1.0f));
        }
        QVERIFY2(failure().contains("block3_conv4, which VGG16 has not"), qPrintable(failure()));
    }

    void valuesThatAreNoNumbersAreNamed()
    {
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames, 12);
            file.add("block5_conv3/kernel", {3, 3, 3, 3}, std::vector<float>(81, std::nanf("")));
            file.add("block5_conv3/bias", {3}, {1, 2, 3});
        }
        QVERIFY2(failure().contains("block5_conv3/kernel holds values that are not finite"),
                 qPrintable(failure()));
    }

    void shapesOfOtherKinds()
    {
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames, 12);
            file.add("block5_conv3/kernel", {5, 5, 3, 3}, {});
            file.add("block5_conv3/bias", {3}, {1, 2, 3});
        }
        QVERIFY(failure().contains("block5_conv3/kernel"));
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames, 12);
            // Says 36 GB and keeps nothing: must be refused before it is allocated.
            file.add("block5_conv3/kernel", {3, 3, 1'000'000, 1000}, {}, H5T_IEEE_F32LE);
            file.add("block5_conv3/bias", {3}, {1, 2, 3});
        }
        QVERIFY(failure().contains("impossible shape"));
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames, 12);
            file.add("block5_conv3/kernel", {3, 3, 3, 3}, {}, H5T_STD_I32LE);
            file.add("block5_conv3/bias", {3}, {1, 2, 3});
        }
        QVERIFY(failure().contains("floating-point"));
    }

    void valuesInAnotherFileAreRefused()
    {
        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_external(creation, (m_folder / "secret").c_str(), 0, 81 * 4);
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames, 12);
            file.add("block5_conv3/kernel", {3, 3, 3, 3}, {}, H5T_IEEE_F32LE, creation);
            file.add("block5_conv3/bias", {3}, {1, 2, 3});
        }
        H5Pclose(creation);
        QVERIFY(failure().contains("another file"));
    }

    void cutFilesAreRefused()
    {
        {
            const H5File file(m_path);
            addConvolutions(file, legacyNames);
        }
        const auto size = std::filesystem::file_size(m_path);
        for (const auto part : {size - 1, size / 2, size / 7}) {
            std::filesystem::resize_file(m_path, part);
            QVERIFY(failure().contains("HDF5"));
        }
    }

private:
    test::TemporaryFolder m_folder;
    Path m_path = m_folder / "w.h5";
};

THAW_TEST(TestWeightsKerasH5)
#include "test_weights_keras_h5.moc"
