#include "core/model/kernels/float_conversion.h"
#include "core/model/weights/format/weights_formats.h"
#include "core/model/weights/format/weights_pickle.h"
#include "core/model/weights/weights_archive.h"

#include <algorithm>
#include <functional>
#include <map>

namespace thaw {

namespace {

/// Of a kernel; no tensor of a base has more. All tensors may be views of one storage, so the file's size
/// alone would let each of them be as large as the file.
constexpr auto valueLimit = static_cast<std::uint64_t>(channelLimit * channelLimit * 9);

std::optional<NumberType> storedType(std::string_view storage)
{
    static const std::map<std::string_view, NumberType> types{{"HalfStorage", NumberType::Float16},
                                                              {"BFloat16Storage", NumberType::BFloat16},
                                                              {"FloatStorage", NumberType::Float32},
                                                              {"DoubleStorage", NumberType::Float64}};
    const auto found = types.find(storage);
    return found == types.end() ? std::nullopt : std::optional(found->second);
}

/// The dictionary with most of a base's names; a checkpoint has others around and beside it.
const PickledDictionary& chooseDictionary(const std::vector<PickledDictionary>& dictionaries,
                                          const std::filesystem::path& path)
{
    std::multimap<std::ptrdiff_t, const PickledDictionary*, std::greater<>> byCount;
    for (const PickledDictionary& dictionary : dictionaries) {
        byCount.emplace(std::count_if(dictionary.tensors.begin(), dictionary.tensors.end(),
                                      [](const PickledTensor& tensor) {
                                          return torchvisionName(tensor.name).has_value();
                                      }),
                        &dictionary);
    }
    if (byCount.empty() || byCount.begin()->first == 0) {
        throwNoTorchvisionNames(path);
    }
    const auto best = byCount.begin();
    if (const auto second = std::next(best); second != byCount.end() && second->first == best->first) {
        throwWeightsInvalid(path,
                            "holds two networks (\"" + std::string(best->second->name) + "\" and \"" +
                                std::string(second->second->name) + "\")",
                            "in PyTorch, save one of them alone");
    }
    return *best->second;
}

/// Reads tensors; the storage of the last one is kept, because all may be parts of one.
class StorageReader
{
public:
    StorageReader(const WeightsArchive& archive, std::string prefix)
        : m_archive(archive), m_prefix(std::move(prefix))
    {
    }

    NamedTensor read(const PickledTensor& tensor)
    {
        NamedTensor result{std::string(tensor.name), tensor.shape, {}};
        std::uint64_t count = 1;
        for (const std::int64_t size : tensor.shape) {
            if (size < 1 || size > channelLimit || tensor.shape.size() > 4) {
                throwWeightsInvalid(m_archive.path(), "tensor " + result.name + " has an impossible shape");
            }
            count *= static_cast<std::uint64_t>(size);
        }
        requireWithin(tensor, count);
        load(tensor);
        result.values.reserve(count);
        std::vector<std::int64_t> place(tensor.shape.size(), 0);
        for (std::uint64_t done = 0; done < count; ++done) {
            std::uint64_t index = tensor.offset;
            for (std::size_t axis = 0; axis < place.size(); ++axis) {
                index += static_cast<std::uint64_t>(place[axis] * tensor.strides[axis]);
            }
            result.values.push_back(m_values[index]);
            for (std::size_t axis = place.size(); axis-- > 0;) {
                if (++place[axis] < tensor.shape[axis]) {
                    break;
                }
                place[axis] = 0;
            }
        }
        return result;
    }

private:
    /// All places that the tensor takes its `count` values from lie in its storage.
    void requireWithin(const PickledTensor& tensor, std::uint64_t count) const
    {
        // With strides of 0 a few bytes would claim any number of values.
        if (count > tensor.storageValues) {
            throwWeightsInvalid(m_archive.path(), "tensor " + std::string(tensor.name) +
                                                      " claims more values than its storage has");
        }
        if (count > valueLimit) {
            throwWeightsInvalid(m_archive.path(),
                                "tensor " + std::string(tensor.name) + " has an impossible shape");
        }
        bool fits = tensor.storageValues <= weightsFileLimit && tensor.offset < tensor.storageValues;
        std::uint64_t last = tensor.offset;
        for (std::size_t axis = 0; fits && axis < tensor.shape.size(); ++axis) {
            const auto stride = static_cast<std::uint64_t>(tensor.strides[axis]);
            fits = stride <= tensor.storageValues;
            last += fits ? static_cast<std::uint64_t>(tensor.shape[axis] - 1) * stride : 0;
            fits = fits && last < tensor.storageValues;
        }
        if (!fits) {
            throwWeightsInvalid(m_archive.path(),
                                "tensor " + std::string(tensor.name) + " lies outside its storage");
        }
    }

    void load(const PickledTensor& tensor)
    {
        const std::string entryName = m_prefix + "data/" + std::string(tensor.storage);
        const auto type = storedType(tensor.storageType);
        if (!type) {
            throwWeightsInvalid(m_archive.path(),
                                "tensor " + std::string(tensor.name) + " is kept as " +
                                    std::string(tensor.storageType) + ", which is not read",
                                "save it as 32-bit floating-point numbers");
        }
        if (m_loaded == entryName && m_type == *type && m_values.size() == tensor.storageValues) {
            return;
        }
        const auto entry = m_archive.find(entryName);
        if (!entry) {
            throwWeightsInvalid(m_archive.path(), "the values of tensor " + std::string(tensor.name) +
                                                      " are missing (there is no " + entryName + ")");
        }
        const std::vector<std::byte> bytes = m_archive.read(*entry, weightsFileLimit);
        if (bytes.size() % sizeOf(*type) != 0 || bytes.size() / sizeOf(*type) != tensor.storageValues) {
            throwWeightsInvalid(m_archive.path(), "the values of tensor " + std::string(tensor.name) +
                                                      " are " + std::to_string(bytes.size()) +
                                                      " bytes instead of " +
                                                      std::to_string(tensor.storageValues) + " numbers");
        }
        m_values = toFloats(bytes, *type);
        m_loaded = entryName;
        m_type = *type;
    }

    const WeightsArchive& m_archive;
    std::string m_prefix;
    std::string m_loaded;
    NumberType m_type = NumberType::Float32;
    std::vector<float> m_values;
};

void requireStateDict(const WeightsArchive& archive, const std::string& prefix)
{
    if (archive.find(prefix + "constants.pkl")) {
        throwWeightsInvalid(archive.path(), "is a TorchScript program",
                            "in PyTorch, save its tensors: torch.save(model.state_dict(), \"FILE.pth\")");
    }
    const auto order = archive.find(prefix + "byteorder");
    if (order && archive.unpackedSize(*order) != std::string_view("little").size()) {
        throwWeightsInvalid(archive.path(), "was written by a machine with another order of bytes",
                            "save it as safetensors");
    }
}

} // namespace

WeightsFile readPyTorch(const WeightsArchive& archive, const std::string& prefix)
{
    requireStateDict(archive, prefix);
    const std::vector<std::byte> pickle = archive.read(*archive.find(prefix + "data.pkl"), pickleLimit);
    const auto dictionaries =
        readPickledTensors({reinterpret_cast<const char*>(pickle.data()), pickle.size()}, archive.path());
    const PickledDictionary& chosen = chooseDictionary(dictionaries, archive.path());
    std::vector<std::string> names;
    for (const PickledTensor& tensor : chosen.tensors) {
        names.emplace_back(tensor.name);
    }
    StorageReader reader(archive, prefix);
    FoundConvolutions found;
    const TorchvisionPlaces places = findTorchvisionBase(names, archive.path());
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i] = {reader.read(chosen.tensors[places[i].kernel]),
                    reader.read(chosen.tensors[places[i].bias])};
    }
    return {withTorchvisionConvention(assembleBase(std::move(found), archive.path())),
            "PyTorch state dict (zip)"};
}

} // namespace thaw
