#include "core/data/sample/zip_unpack.h"

#include "core/base/error.h"
#include "core/data/image/image_io.h"

#include <zip.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace thaw {

namespace fs = std::filesystem;

namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Entry = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;
using OutputFile = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

[[noreturn]] void refuse(const fs::path& archive, const std::string& detail)
{
    throw Error(ErrorCode::DatasetInvalid, archive, detail, "fetch the archive again");
}

[[noreturn]] void writeFailed(const fs::path& file)
{
    const int number = errno;
    if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
        throw Error(ErrorCode::DiskFull, file, "the disk is full", "make room and try again");
    }
    throw Error(ErrorCode::WriteFailed, file,
                std::string("it could not be written (") + std::strerror(number) + ")",
                "check the folder's permissions");
}

Archive openArchive(const fs::path& path)
{
    int code = 0;
    Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code), &zip_discard);
    if (!archive) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        const std::string detail = zip_error_strerror(&error);
        zip_error_fini(&error);
        refuse(path, "not a zip archive that can be read (" + detail + ")");
    }
    return archive;
}

/// True when the name, taken as it is, stays inside the folder it is unpacked in.
bool staysInside(const fs::path& name)
{
    if (name.empty() || name.is_absolute() || name.native().find('\\') != std::string::npos) {
        return false;
    }
    for (const fs::path& part : name) {
        if (part == "..") {
            return false;
        }
    }
    return true;
}

/// Adds to `total` what was written.
void unpackEntry(const fs::path& path, zip_t* archive, zip_uint64_t index, const fs::path& target,
                 std::uint64_t limit, std::uint64_t& total)
{
    const Entry entry(zip_fopen_index(archive, index, 0), &zip_fclose);
    if (!entry) {
        refuse(path, target.filename().string() + " in it cannot be read (" + zip_strerror(archive) + ")");
    }
    fs::create_directories(target.parent_path());
    // "x": a name listed twice must not overwrite what was there.
    OutputFile file(std::fopen(target.c_str(), "wbxe"), &std::fclose);
    if (!file) {
        if (errno == EEXIST) {
            refuse(path, target.filename().string() + " is in it twice");
        }
        writeFailed(target);
    }
    std::vector<char> buffer(std::size_t(64) * 1024);
    for (;;) {
        const zip_int64_t count = zip_fread(entry.get(), buffer.data(), buffer.size());
        if (count < 0) {
            refuse(path,
                   target.filename().string() + " in it is damaged (" + zip_file_strerror(entry.get()) + ")");
        }
        if (count == 0) {
            break;
        }
        total += static_cast<std::uint64_t>(count);
        if (total > limit) {
            refuse(path, "it unpacks to more than " + std::to_string(limit) + " bytes");
        }
        if (std::fwrite(buffer.data(), 1, static_cast<std::size_t>(count), file.get()) !=
            static_cast<std::size_t>(count))
        {
            writeFailed(target);
        }
    }
    if (std::fclose(file.release()) != 0) {
        writeFailed(target);
    }
}

} // namespace

bool unpackPictures(const fs::path& archive, const fs::path& folder, const UnpackLimits& limits,
                    const ProgressCallback& progress, const std::stop_token& stop)
{
    const Archive opened = openArchive(archive);
    const zip_int64_t count = zip_get_num_entries(opened.get(), 0);
    if (count > limits.entries) {
        refuse(archive, "it holds " + std::to_string(count) + " files, which is too many");
    }
    fs::create_directories(folder);
    std::uint64_t total = 0;
    for (zip_int64_t i = 0; i < count; ++i) {
        if (stop.stop_requested()) {
            return false;
        }
        const auto index = static_cast<zip_uint64_t>(i);
        const char* text = zip_get_name(opened.get(), index, ZIP_FL_ENC_RAW);
        const fs::path name = text ? text : "";
        if (!staysInside(name)) {
            refuse(archive, "an entry in it would be written outside its folder");
        }
        if (name.has_filename() && hasImageExtension(name)) {
            unpackEntry(archive, opened.get(), index, folder / name, limits.bytes, total);
        }
        if (progress && (i % 100 == 99 || i + 1 == count)) {
            progress({i + 1, count});
        }
    }
    return true;
}

} // namespace thaw
