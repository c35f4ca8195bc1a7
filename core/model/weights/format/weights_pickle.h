#pragma once

// Internal to core/model: what torch.save() says of a dictionary of tensors, without running any of it.

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace thaw {

/// A tensor as a view of a storage, whose values lie elsewhere. Texts are parts of the pickle.
struct PickledTensor
{
    std::string_view name;             ///< its key in the dictionary
    std::string_view storage;          ///< the storage's key: its values are the archive's entry "data/KEY"
    std::string_view storageType;      ///< "FloatStorage", "HalfStorage" …
    std::uint64_t storageValues = 0;   ///< how many values the storage has
    std::uint64_t offset = 0;          ///< of the tensor's first value in the storage, in values
    std::vector<std::int64_t> shape;   ///< up to eight dimensions, each ≥ 0
    std::vector<std::int64_t> strides; ///< as many, each ≥ 0, in values
};

/// A dictionary with names of tensors in it.
struct PickledDictionary
{
    std::string_view
        name; ///< its own key in the dictionary around it ("state_dict"); empty for the outermost
    std::vector<PickledTensor> tensors;
};

inline constexpr std::uint64_t pickleLimit = std::uint64_t(1) << 20;

/// Interprets the opcodes that pickle's protocols 2 to 5 need for dictionaries, lists, tuples, numbers, texts
/// and tensors. Three callables are known: collections.OrderedDict, torch._utils._rebuild_tensor_v2 and the
/// types of storages; they are recognised by name and only noted. Whatever else a pickle asks for is refused
/// by name, and nothing is ever looked up, imported or run. Memory is bounded by a multiple of the pickle's
/// length, which may be pickleLimit; nothing recurses.
/// @param path named in errors
/// @param pickle must outlive the result
/// @return every dictionary that holds a tensor under a text, in the order in which they were begun
/// @throws Error WeightsInvalid
std::vector<PickledDictionary> readPickledTensors(std::string_view pickle, const std::filesystem::path& path);

} // namespace thaw
