#include "tests/support/golden.h"

#include "core/base/atomic_file.h"
#include "core/base/paths.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace thaw::test {

std::filesystem::path goldenData()
{
    return THAW_GOLDEN_DATA;
}

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

FloatImage imageOf(const SafetensorsFile& file, const std::string& name)
{
    const NamedTensor* tensor = file.find(name);
    if (!tensor) {
        return {};
    }
    return {static_cast<int>(tensor->shape[1]), static_cast<int>(tensor->shape[0]), tensor->values};
}

Difference differenceOf(const std::vector<float>& values, const std::vector<float>& expected)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (values.size() != expected.size() || values.empty()) {
        return {infinity, infinity, 0};
    }
    Difference result;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double difference = std::abs(static_cast<double>(values[i]) - expected[i]);
        // Written so that not-a-number counts as far off.
        result.largest = difference <= result.largest ? result.largest : difference;
        result.mean += difference / static_cast<double>(values.size());
        result.largestExpected = std::max(result.largestExpected, std::abs(static_cast<double>(expected[i])));
    }
    return result;
}

double relativeDifference(double value, double expected)
{
    return std::abs(value - expected) / std::abs(expected);
}

std::optional<std::filesystem::path> imageNetWeights()
{
    const char* named = std::getenv("THAW_TEST_WEIGHTS");
    const std::filesystem::path file = named && *named ? named : weightsFolder() / "imagenet.safetensors";
    return std::filesystem::exists(file) ? std::optional(file) : std::nullopt;
}

} // namespace thaw::test
