#include "core/model/weights/format/safetensors_file.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/base/utf8.h"
#include "core/model/weights/format/safetensors_header.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <span>
#include <string_view>

namespace thaw {

namespace {

constexpr std::uint64_t headerLimit = 100'000'000;
constexpr std::uint64_t lengthBytes = 8;

struct OpenFile
{
    std::ifstream stream;
    SafetensorsHeader header;
    std::uint64_t dataStart = 0;
};

void readExactly(std::ifstream& stream, const std::filesystem::path& path, void* target, std::uint64_t size)
{
    if (!stream.read(static_cast<char*>(target), static_cast<std::streamsize>(size))) {
        throw Error(ErrorCode::FileUnreadable, path, "could not be read to its end");
    }
}

OpenFile openSafetensors(const std::filesystem::path& path)
{
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found) {
        throw Error(ErrorCode::FileNotFound, path, "there is no such file");
    }
    // Looked at before opening, because opening a pipe would wait for a writer.
    if (!std::filesystem::is_regular_file(status)) {
        throw Error(ErrorCode::FileUnreadable, path, "is not a file");
    }
    OpenFile file;
    file.stream.open(path, std::ios::binary);
    const std::uint64_t size = std::filesystem::file_size(path, error);
    if (!file.stream || error) {
        throw Error(ErrorCode::FileUnreadable, path, "cannot be opened", "check its permissions");
    }
    std::uint64_t headerSize = 0;
    if (size < lengthBytes) {
        throw Error(ErrorCode::WeightsInvalid, path, "is too short for a safetensors file",
                    "get the file again from where it came");
    }
    readExactly(file.stream, path, &headerSize, lengthBytes);
    if (headerSize > headerLimit || headerSize > size - lengthBytes) {
        throw Error(ErrorCode::WeightsInvalid, path,
                    "is not a safetensors file, or is cut short within its header",
                    "get the file again from where it came");
    }
    std::string json(headerSize, '\0');
    readExactly(file.stream, path, json.data(), headerSize);
    file.dataStart = lengthBytes + headerSize;
    file.header = parseSafetensorsHeader(json, size - file.dataStart, path);
    return file;
}

std::vector<float> readValues(OpenFile& file, const SafetensorsEntry& entry,
                              const std::filesystem::path& path)
{
    const std::uint64_t size = entry.end - entry.begin;
    file.stream.seekg(static_cast<std::streamoff>(file.dataStart + entry.begin));
    const auto type = numberTypeOf(entry.type);
    if (!type) {
        throwTypeNotRead(entry, path);
    }
    if (type == NumberType::Float32) {
        std::vector<float> values(size / sizeof(float));
        readExactly(file.stream, path, values.data(), size);
        return values;
    }
    std::vector<std::byte> bytes(size);
    readExactly(file.stream, path, bytes.data(), size);
    return toFloats(bytes, *type);
}

/// A byte that is no UTF-8 (in names of pictures, say) becomes the text \xE8, so that names which differ in
/// nothing else still differ.
std::string asUtf8(std::string_view text)
{
    std::string readable;
    while (!text.empty()) {
        const std::size_t length = utf8Length(text);
        if (length == 0) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\x%02X", static_cast<unsigned char>(text.front()));
            readable += escape;
        } else {
            readable += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return readable;
}

std::string inQuotes(std::string_view text)
{
    return nlohmann::json(asUtf8(text)).dump();
}

void addText(Hasher& hasher, std::string_view text)
{
    const std::string written = asUtf8(text);
    const std::uint64_t size = written.size();
    hasher.add(&size, sizeof size);
    hasher.add(written.data(), written.size());
}

std::string headerText(const SafetensorsFile& file, const std::filesystem::path& path)
{
    std::string text = "{";
    if (!file.metadata.empty()) {
        text += "\"__metadata__\":{";
        for (const auto& [key, value] : file.metadata) {
            text += inQuotes(key) + ":" + inQuotes(value) + ",";
        }
        text.back() = '}';
        text += ",";
    }
    std::set<std::string> names{"\"__metadata__\""};
    std::uint64_t offset = 0;
    for (const NamedTensor& tensor : file.tensors) {
        std::uint64_t count = 1;
        for (const std::int64_t size : tensor.shape) {
            count *= static_cast<std::uint64_t>(size);
        }
        const std::string name = inQuotes(tensor.name);
        if (count != tensor.values.size() || !names.insert(name).second) {
            throw Error(ErrorCode::Internal, path,
                        "tensor " + tensor.name +
                            " has a name used twice or values that do not fit its shape");
        }
        const std::uint64_t end = offset + tensor.values.size() * sizeof(float);
        text += name + ":{\"dtype\":\"F32\",\"shape\":" + nlohmann::json(tensor.shape).dump() +
                ",\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(end) + "]},";
        offset = end;
    }
    if (text.size() > 1) {
        text.pop_back();
    }
    text += "}";
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
}

} // namespace

const NamedTensor* SafetensorsFile::find(const std::string& name) const
{
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const auto& tensor) { return tensor.name == name; });
    return found == tensors.end() ? nullptr : &*found;
}

std::string contentHashOf(const SafetensorsFile& file)
{
    Hasher hasher(HashKind::Sha256);
    for (const auto& [key, value] : file.metadata) {
        if (key != contentHashKey) {
            addText(hasher, key);
            addText(hasher, value);
        }
    }
    for (const NamedTensor& tensor : file.tensors) {
        addText(hasher, tensor.name);
        const std::uint64_t dimensions = tensor.shape.size();
        hasher.add(&dimensions, sizeof dimensions);
        hasher.add(std::as_bytes(std::span(tensor.shape)));
        hasher.add(std::as_bytes(std::span(tensor.values)));
    }
    return hasher.hex();
}

SafetensorsFile readSafetensors(const std::filesystem::path& path,
                                const std::function<bool(const std::string&)>& wanted)
{
    OpenFile file = openSafetensors(path);
    SafetensorsFile result;
    for (SafetensorsEntry& entry : file.header.entries) {
        if (wanted && !wanted(entry.name)) {
            continue;
        }
        std::vector<float> values = readValues(file, entry, path);
        result.tensors.push_back({std::move(entry.name), std::move(entry.shape), std::move(values)});
    }
    result.metadata = std::move(file.header.metadata);
    return result;
}

std::map<std::string, std::string> readSafetensorsMetadata(const std::filesystem::path& path)
{
    return openSafetensors(path).header.metadata;
}

void writeSafetensors(const std::filesystem::path& path, const SafetensorsFile& file)
{
    const std::string header = headerText(file, path);
    const std::uint64_t headerSize = header.size();
    AtomicFile target(path);
    target.write(std::as_bytes(std::span(&headerSize, 1)));
    target.write(header);
    for (const NamedTensor& tensor : file.tensors) {
        target.write(std::as_bytes(std::span(tensor.values)));
    }
    target.commit();
}

} // namespace thaw
