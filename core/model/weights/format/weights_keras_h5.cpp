#include "core/base/error.h"
#include "core/model/weights/format/weights_formats.h"

#include <hdf5.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <tuple>

namespace thaw {

namespace {

/// Groups and datasets; a VGG16's file has a few hundred of them, and groups some levels deep.
constexpr std::size_t objectLimit = 10'000;
constexpr std::ptrdiff_t depthLimit = 64;
constexpr const char* kerasAdvice =
    "use Keras's VGG16 weights, saved with model.save_weights() or model.save()";

/// An HDF5 identifier that closes itself.
class Handle
{
public:
    Handle(hid_t id, herr_t (*close)(hid_t)) : m_id(id), m_close(close) {}
    ~Handle()
    {
        if (m_id >= 0) {
            m_close(m_id);
        }
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    operator hid_t() const { return m_id; }
    bool valid() const { return m_id >= 0; }

private:
    hid_t m_id;
    herr_t (*m_close)(hid_t);
};

/// HDF5 prints its own error stack otherwise.
class QuietErrors
{
public:
    QuietErrors()
    {
        H5Eget_auto2(H5E_DEFAULT, &m_print, &m_data);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    }
    ~QuietErrors() { H5Eset_auto2(H5E_DEFAULT, m_print, m_data); }
    QuietErrors(const QuietErrors&) = delete;
    QuietErrors& operator=(const QuietErrors&) = delete;

private:
    H5E_auto2_t m_print = nullptr;
    void* m_data = nullptr;
};

struct Dataset
{
    std::string name; ///< the whole path in the file
    std::vector<std::int64_t> shape;
};

/// The layer a dataset belongs to: how its layers are ordered, and where.
struct LayerKey
{
    std::string parent; ///< path before the layer's own group
    int number = 0;     ///< its place: 0–12 under VGG16's names, else the number in "conv2d_N"
    bool published = false;

    auto
    operator<=>(const LayerKey&) const = default; // NOLINT(modernize-use-nullptr): takes its own 0 for it
};

struct LayerDatasets
{
    std::vector<Dataset> kernels; ///< four-dimensional
    std::vector<Dataset> biases;  ///< one-dimensional
};

using Layers = std::map<LayerKey, LayerDatasets>;

/// N of "conv2d_N", 0 of "conv2d".
std::optional<int> anonymousConvolution(std::string_view text)
{
    constexpr std::string_view stem = "conv2d";
    if (text.substr(0, stem.size()) != stem) {
        return std::nullopt;
    }
    text.remove_prefix(stem.size());
    if (text.empty()) {
        return 0;
    }
    int number = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    const bool whole = text.size() > 1 && text.front() == '_' && error == std::errc() && number >= 0;
    return whole && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<LayerKey> layerOf(const std::string& name, const std::filesystem::path& path)
{
    // What an optimizer keeps repeats the layers' names.
    if (name.find("optimizer") != std::string::npos) {
        return std::nullopt;
    }
    for (std::size_t begin = 0; begin < name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        const std::string_view part = std::string_view(name).substr(begin, end - begin);
        if (const int convolution = convolutionStartingAt(part); convolution >= 0) {
            return LayerKey{name.substr(0, begin), convolution, true};
        }
        refuseForeignConvolution(part, path);
        if (const auto number = anonymousConvolution(part)) {
            return LayerKey{name.substr(0, begin), *number, false};
        }
        begin = end + 1;
    }
    return std::nullopt;
}

struct Visit
{
    const std::filesystem::path& path;
    Layers layers;
    bool numberedVariables = false; ///< "…/vars/0", Keras 3's manner
    std::size_t seen = 0;
    std::optional<Error> error; ///< may not be thrown through the library
};

/// The library calls itself for each group in a group, down to the end of the stack; before it does, it asks
/// about the group.
void requireModest(std::string_view name, Visit& visit)
{
    if (std::count(name.begin(), name.end(), '/') > depthLimit) {
        throwWeightsInvalid(visit.path, "has groups nested more than " + std::to_string(depthLimit) + " deep",
                            kerasAdvice);
    }
    if (++visit.seen > objectLimit) {
        throwWeightsInvalid(visit.path,
                            "holds more than " + std::to_string(objectLimit) + " groups and datasets",
                            kerasAdvice);
    }
}

herr_t onObject(hid_t file, const char* name, const H5O_info_t* info, void* user)
{
    auto& visit = *static_cast<Visit*>(user);
    try {
        requireModest(name, visit);
        if (info->type != H5O_TYPE_DATASET) {
            return 0;
        }
        const auto key = layerOf(name, visit.path);
        if (!key) {
            return 0;
        }
        visit.numberedVariables |= std::string_view(name).ends_with("/vars/0");
        const Handle dataset(H5Dopen2(file, name, H5P_DEFAULT), H5Dclose);
        const Handle space(dataset.valid() ? H5Dget_space(dataset) : -1, H5Sclose);
        const int rank = space.valid() ? H5Sget_simple_extent_ndims(space) : -1;
        if (rank != 1 && rank != 4) {
            return 0;
        }
        hsize_t sizes[4] = {};
        H5Sget_simple_extent_dims(space, sizes, nullptr);
        auto& layer = visit.layers[*key];
        auto& list = rank == 4 ? layer.kernels : layer.biases;
        list.push_back({name, {sizes, sizes + rank}});
        return 0;
    } catch (...) {
        visit.error = currentError(visit.path);
        return -1;
    }
}

using Members = std::map<int, LayerDatasets>; ///< by number
using Group = std::pair<std::string, bool>;   ///< parent, published

[[noreturn]] void throwIncomplete(const Group& group, const Members& members,
                                  const std::filesystem::path& path)
{
    for (int i = 0; group.second && i < convolutionCount; ++i) {
        if (!members.contains(i)) {
            throwWeightsInvalid(path,
                                "layer " + convolutionNames()[static_cast<std::size_t>(i)] + " is missing",
                                kerasAdvice);
        }
    }
    // Keras numbers them without gaps: conv2d, conv2d_1 …
    for (int i = 0, number = members.begin()->first;
         members.size() < convolutionCount && i < convolutionCount; ++i, ++number)
    {
        if (!members.contains(number)) {
            throwWeightsInvalid(path,
                                "layer " + group.first + "conv2d" +
                                    (number > 0 ? "_" + std::to_string(number) : "") + " is missing",
                                kerasAdvice);
        }
    }
    throwWeightsInvalid(path,
                        "has " + std::to_string(members.size()) + " convolutions in " +
                            (group.first.empty() ? "its uppermost group" : group.first) +
                            " where VGG16 has thirteen convolutions",
                        kerasAdvice);
}

/// The thirteen layers in order: under VGG16's own names, or else thirteen numbered convolutions of one
/// group.
std::vector<LayerDatasets> chooseLayers(Layers&& layers, const std::filesystem::path& path)
{
    std::map<Group, Members> groups;
    for (auto& [key, layer] : layers) {
        groups[{key.parent, key.published}][key.number] = std::move(layer);
    }
    const auto rank = [](const auto& entry) {
        const auto& [group, members] = entry;
        return std::tuple(members.size() == convolutionCount, group.second, members.size());
    };
    const auto best = std::max_element(groups.begin(), groups.end(),
                                       [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    if (best == groups.end()) {
        throwWeightsInvalid(path, "does not hold the thirteen convolutions of VGG16", kerasAdvice);
    }
    auto& [group, members] = *best;
    if (members.size() != convolutionCount) {
        throwIncomplete(group, members, path);
    }
    if (std::count_if(groups.begin(), groups.end(),
                      [&](const auto& other) { return rank(other) == rank(*best); }) > 1)
    {
        throwWeightsInvalid(path, "holds two sets of thirteen convolutions", "save the VGG16 base alone");
    }
    std::vector<LayerDatasets> chosen;
    for (auto& [number, layer] : members) {
        chosen.push_back(std::move(layer));
    }
    return chosen;
}

const Dataset& only(const std::vector<Dataset>& found, const char* what, const LayerDatasets& layer,
                    const std::filesystem::path& path)
{
    if (found.size() != 1) {
        const auto& known = layer.kernels.empty() ? layer.biases : layer.kernels;
        throwWeightsInvalid(path, std::to_string(found.size()) + " " + what + " for the layer of " +
                                      known.front().name + " where one is expected");
    }
    return found.front();
}

NamedTensor readDataset(hid_t file, const Dataset& info, const std::filesystem::path& path)
{
    std::uint64_t count = 1;
    for (const std::int64_t size : info.shape) {
        if (size < 1 || size > channelLimit) {
            throwWeightsInvalid(path, "dataset " + info.name + " has an impossible shape");
        }
        count *= static_cast<std::uint64_t>(size);
    }
    if (info.shape.size() == 4 && (info.shape[0] != 3 || info.shape[1] != 3)) {
        throwWeightsInvalid(path, "dataset " + info.name + " is not a kernel of shape [3, 3, in, out]",
                            "use weights of the TensorFlow kind (\"tf_kernels\")");
    }
    // Without a cache the library takes a chunk's values straight from the file. Through the cache it
    // believes what the file says of the chunk's bytes, and reads memory behind them where they are too few.
    const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    const bool uncached = H5Pset_chunk_cache(access, 0, 0, 0) >= 0;
    const Handle dataset(uncached ? H5Dopen2(file, info.name.c_str(), access) : -1, H5Dclose);
    const Handle type(dataset.valid() ? H5Dget_type(dataset) : -1, H5Tclose);
    const Handle creation(dataset.valid() ? H5Dget_create_plist(dataset) : -1, H5Pclose);
    if (!type.valid() || !creation.valid() || H5Tget_class(type) != H5T_FLOAT) {
        throwWeightsInvalid(path, "dataset " + info.name + " does not hold floating-point numbers");
    }
    // Either would take the values from files elsewhere on this machine.
    if (H5Pget_layout(creation) == H5D_VIRTUAL || H5Pget_external_count(creation) != 0) {
        throwWeightsInvalid(path, "dataset " + info.name + " lies in another file", "save it in one file");
    }
    // Keras packs nothing. What a packed chunk unfolds to is bounded neither by the shape nor by the chunk's
    // size: a deflated one of 20 MB fills 20 GB, and one that unfolds to too little is read beyond its end.
    if (H5Pget_nfilters(creation) != 0) {
        throwWeightsInvalid(path, "dataset " + info.name + " is compressed, which is not read",
                            "save it without compression (h5repack -f NONE)");
    }
    // A few bytes can claim any size: no more values are asked for than lie in the file.
    const std::uint64_t stored = H5Dget_storage_size(dataset);
    const std::uint64_t valueSize = H5Tget_size(type);
    hsize_t fileSize = 0;
    if (valueSize == 0 || H5Fget_filesize(file, &fileSize) < 0 || stored > fileSize ||
        count > stored / valueSize) {
        throwWeightsInvalid(path, "dataset " + info.name + " has fewer bytes than its shape asks for");
    }
    std::vector<float> values(count);
    if (H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
        throwWeightsInvalid(path, "dataset " + info.name + " cannot be read: the file is damaged");
    }
    return {info.name, info.shape, std::move(values)};
}

/// [3, 3, in, out] → [out, in, 3, 3].
NamedTensor toOutputsFirst(NamedTensor kernel)
{
    const auto inputs = static_cast<std::size_t>(kernel.shape[2]);
    const auto outputs = static_cast<std::size_t>(kernel.shape[3]);
    std::vector<float> values(kernel.values.size());
    for (std::size_t tap = 0; tap < 9; ++tap) {
        for (std::size_t in = 0; in < inputs; ++in) {
            const float* row = kernel.values.data() + (tap * inputs + in) * outputs;
            for (std::size_t out = 0; out < outputs; ++out) {
                values[(out * inputs + in) * 9 + tap] = row[out];
            }
        }
    }
    return {std::move(kernel.name), {kernel.shape[3], kernel.shape[2], 3, 3}, std::move(values)};
}

/// Reads a file that `open` opens.
template <class Open>
WeightsFile readOpened(Open open, const std::filesystem::path& path)
{
    // The library keeps global state and is not built for threads everywhere.
    static std::mutex library;
    const std::lock_guard lock(library);
    const QuietErrors quiet;
    const Handle file(open(), H5Fclose);
    Visit visit{path, {}, false, 0, {}};
    const bool whole = file.valid() && H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, onObject, &visit) >= 0;
    if (visit.error) {
        throw Error(*visit.error);
    }
    if (!whole) {
        throwWeightsInvalid(path, "is a damaged HDF5 file");
    }
    const std::vector<LayerDatasets> layers = chooseLayers(std::move(visit.layers), path);
    FoundConvolutions found;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const LayerDatasets& layer = layers[i];
        found[i].kernel =
            toOutputsFirst(readDataset(file, only(layer.kernels, "kernels", layer, path), path));
        found[i].bias = readDataset(file, only(layer.biases, "biases", layer, path), path);
    }
    return {namedBySource(assembleBase(std::move(found), path)),
            visit.numberedVariables ? "Keras 3 weights (HDF5)" : "Keras weights (HDF5)"};
}

} // namespace

WeightsFile readKerasH5(const std::filesystem::path& path)
{
    return readOpened([&path] { return H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT); }, path);
}

WeightsFile parseKerasH5(std::span<const std::byte> bytes, const std::filesystem::path& path)
{
    const auto open = [bytes]() -> hid_t {
        const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
        constexpr std::size_t growth = 4096;
        // The library copies the image; it takes a pointer to changeable bytes for other uses.
        void* image = const_cast<std::byte*>(bytes.data());
        if (H5Pset_fapl_core(access, growth, 0) < 0 || H5Pset_file_image(access, image, bytes.size()) < 0) {
            return -1;
        }
        return H5Fopen("model.weights.h5", H5F_ACC_RDONLY, access);
    };
    WeightsFile file = readOpened(open, path);
    file.format = "Keras archive (.keras)";
    return file;
}

} // namespace thaw
