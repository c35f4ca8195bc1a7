#include "tests/support/golden.h"

#include "core/base/atomic_file.h"
#include "core/base/paths.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <cstring>

namespace thaw::test {

SafetensorsFile readGolden(const std::filesystem::path& file)
{
    const std::vector<std::byte> bytes = readFile(file, 1ull << 30);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    const char* text = reinterpret_cast<const char*>(bytes.data()) + sizeof length;
    const auto header = nlohmann::json::parse(text, text + length);
    SafetensorsFile result;
    for (const auto& [name, entry] : header.items()) {
        if (name == "__metadata__") {
            result.metadata = entry.get<std::map<std::string, std::string>>();
            continue;
        }
        NamedTensor tensor{name, entry.at("shape").get<std::vector<std::int64_t>>(), {}};
        const auto begin = entry.at("data_offsets").at(0).get<std::uint64_t>();
        const auto end = entry.at("data_offsets").at(1).get<std::uint64_t>();
        const char* data = text + length + begin;
        if (entry.at("dtype") == "U8") {
            for (const char* value = data; value < text + length + end; ++value) {
                tensor.values.push_back(static_cast<unsigned char>(*value));
            }
        } else {
            tensor.values.resize((end - begin) / sizeof(float));
            std::memcpy(tensor.values.data(), data, end - begin);
        }
        result.tensors.push_back(std::move(tensor));
    }
    return result;
}

std::optional<std::filesystem::path> imageNetWeights()
{
    const char* named = std::getenv("THAW_TEST_WEIGHTS");
    const std::filesystem::path file = named && *named ? named : weightsFolder() / "imagenet.safetensors";
    return std::filesystem::exists(file) ? std::optional(file) : std::nullopt;
}

} // namespace thaw::test
