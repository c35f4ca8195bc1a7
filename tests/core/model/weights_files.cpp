#include "tests/core/model/weights_files.h"

#include <zip.h>

#include <fstream>
#include <stdexcept>

namespace thaw::test {

namespace {

float writtenValue(std::size_t layer, std::size_t place)
{
    return static_cast<float>(static_cast<int>((place * 7919 + layer * 104729) % 509) - 254) / 1024.0f;
}

} // namespace

ArchiveEntries readArchive(const std::filesystem::path& path)
{
    ArchiveEntries entries;
    zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, nullptr);
    if (!archive) {
        throw std::runtime_error("no archive " + path.string());
    }
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
        zip_stat_t facts;
        zip_stat_index(archive, static_cast<zip_uint64_t>(i), 0, &facts);
        std::string content(facts.size, '\0');
        zip_file_t* file = zip_fopen_index(archive, static_cast<zip_uint64_t>(i), 0);
        if (zip_fread(file, content.data(), facts.size) != static_cast<zip_int64_t>(facts.size)) {
            throw std::runtime_error(std::string("cannot unpack ") + facts.name);
        }
        zip_fclose(file);
        entries[facts.name] = std::move(content);
    }
    zip_discard(archive);
    return entries;
}

void writeArchive(const std::filesystem::path& path, const ArchiveEntries& entries, bool packed)
{
    std::filesystem::remove(path);
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, nullptr);
    for (const auto& [name, content] : entries) {
        const auto index =
            zip_file_add(archive, name.c_str(), zip_source_buffer(archive, content.data(), content.size(), 0),
                         ZIP_FL_ENC_UTF_8);
        zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                                 packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
    }
    if (zip_close(archive) != 0) {
        throw std::runtime_error("no archive written");
    }
}

const ArchiveEntries& writtenWeightsFiles()
{
    static const ArchiveEntries files = readArchive(THAW_WEIGHTS_FILES);
    return files;
}

std::filesystem::path writtenWeightsFile(const std::string& name, const std::filesystem::path& folder)
{
    std::ofstream(folder / name, std::ios::binary) << writtenWeightsFiles().at(name);
    return folder / name;
}

const std::array<ConvolutionWeights, convolutionCount>& writtenLayers()
{
    static const auto layers = [] {
        auto made = randomBaseWeights({{2, 3, 4, 5, 6}}, 0).layers;
        for (std::size_t i = 0; i < made.size(); ++i) {
            std::size_t place = 0;
            for (auto* values : {&made[i].kernel, &made[i].bias}) {
                for (float& value : *values) {
                    value = writtenValue(i, place++);
                }
            }
        }
        return made;
    }();
    return layers;
}

} // namespace thaw::test
