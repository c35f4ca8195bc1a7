#include "core/model/weights/format/weights_formats.h"
#include "core/model/weights/weights_archive.h"

#include <optional>
#include <string_view>

namespace thaw {

namespace {

bool isNamed(std::string_view entry, std::string_view file)
{
    return entry == file || (entry.size() > file.size() && entry.ends_with(file) &&
                             entry[entry.size() - file.size() - 1] == '/');
}

} // namespace

WeightsFile readZipped(const std::filesystem::path& path)
{
    const WeightsArchive archive(path);
    std::optional<std::size_t> onnx;
    for (std::size_t entry = 0; entry < archive.size(); ++entry) {
        const std::string name = archive.name(entry);
        if (isNamed(name, "data.pkl")) {
            return readPyTorch(archive, name.substr(0, name.size() - std::string_view("data.pkl").size()));
        }
        if (name == "model.weights.h5") {
            return parseKerasH5(archive.read(entry, weightsFileLimit), path);
        }
        if (name.ends_with(".onnx")) {
            if (onnx) {
                throwWeightsInvalid(path, "holds more than one ONNX file", "unpack it and choose one");
            }
            onnx = entry;
        }
    }
    if (!onnx) {
        throwWeightsInvalid(path, "is an archive without weights in it",
                            "use a PyTorch .pth, a .keras file, or an archive with one ONNX file");
    }
    return parseOnnx(archive.read(*onnx, weightsFileLimit), path);
}

} // namespace thaw
