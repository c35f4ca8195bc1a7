#include "tests/support/archive.h"

#include <zip.h>

#include <stdexcept>

namespace thaw::test {

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

} // namespace thaw::test
