#include "core/base/error.h"
#include "core/model/weights_formats.h"

#include <zip.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

namespace thaw {

namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Member = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

constexpr std::size_t pieceSize = std::size_t(1) << 20;
// Weights hardly shrink when packed: what unfolds further is made to fill the memory.
constexpr std::uint64_t packingLimit = 8;

bool endsIn(std::string_view text, std::string_view end)
{
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// The one ONNX file inside.
std::uint64_t findOnnx(zip_t* archive, const std::filesystem::path& path)
{
    std::optional<std::uint64_t> found;
    const auto count = static_cast<std::uint64_t>(std::max<zip_int64_t>(zip_get_num_entries(archive, 0), 0));
    for (std::uint64_t i = 0; i < count; ++i) {
        const char* text = zip_get_name(archive, i, 0);
        const std::string_view name = text ? text : "";
        if (endsIn(name, "/data.pkl")) {
            throwWeightsInvalid(path, "is a PyTorch file, which is not supported yet",
                                "save its tensors as safetensors");
        }
        if (endsIn(name, "model.weights.h5")) {
            throwWeightsInvalid(path, "is a .keras file, which is not supported yet",
                                "take the model.weights.h5 out of it");
        }
        if (endsIn(name, ".onnx")) {
            if (found) {
                throwWeightsInvalid(path, "holds more than one ONNX file", "unpack it and choose one");
            }
            found = i;
        }
    }
    if (!found) {
        throwWeightsInvalid(path, "is an archive without an ONNX file in it", "choose another file");
    }
    return *found;
}

/// Read piece by piece: what the archive says of its sizes may be a lie.
std::vector<std::byte> readMember(zip_t* archive, std::uint64_t index, const std::filesystem::path& path)
{
    const Member member(zip_fopen_index(archive, index, 0), zip_fclose);
    if (!member) {
        throwWeightsInvalid(path, std::string("cannot be unpacked (") + zip_strerror(archive) + ")");
    }
    const std::uint64_t limit =
        std::min(weightsFileLimit, pieceSize + packingLimit * std::filesystem::file_size(path));
    std::vector<std::byte> bytes;
    for (;;) {
        const std::size_t done = bytes.size();
        bytes.resize(done + pieceSize);
        const zip_int64_t count = zip_fread(member.get(), bytes.data() + done, pieceSize);
        if (count < 0) {
            throwWeightsInvalid(path, "is damaged: the ONNX file in it cannot be unpacked");
        }
        bytes.resize(done + static_cast<std::size_t>(count));
        if (count == 0) {
            return bytes;
        }
        if (bytes.size() > limit) {
            throwWeightsInvalid(path, "holds an ONNX file that unfolds to more than weights would",
                                "choose another file");
        }
    }
}

} // namespace

BaseWeights readZipped(const std::filesystem::path& path)
{
    int code = 0;
    const Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code), zip_discard);
    if (!archive) {
        throwWeightsInvalid(path, "is a damaged archive");
    }
    const std::vector<std::byte> bytes = readMember(archive.get(), findOnnx(archive.get(), path), path);
    return parseOnnx(bytes, path);
}

} // namespace thaw
