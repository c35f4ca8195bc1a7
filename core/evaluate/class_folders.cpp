#include "core/evaluate/class_folders.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/printable.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <system_error>

namespace thaw {

namespace fs = std::filesystem;

namespace {

/// "cat (2).jpg": what a number makes of a name.
std::string numbered(const fs::path& name, std::size_t number)
{
    return number < 2
               ? name.string()
               : name.stem().string() + " (" + std::to_string(number) + ")" + name.extension().string();
}

/// Places in one folder that nothing has yet.
class FreeNames
{
public:
    explicit FreeNames(fs::path folder) : m_folder(std::move(folder)) {}

    fs::path place(const fs::path& name)
    {
        // Thousands of pictures may have the same name: not all numbers are tried each time.
        std::size_t& number = m_numbers[name.string()];
        fs::path place;
        std::error_code ignored;
        do {
            place = m_folder / numbered(name, ++number);
        } while (fs::symlink_status(place, ignored).type() != fs::file_type::not_found);
        return place;
    }

private:
    fs::path m_folder;
    std::map<std::string, std::size_t> m_numbers;
};

/// One folder a class, made with its first picture.
class ClassPlaces
{
public:
    explicit ClassPlaces(fs::path target) : m_target(std::move(target)) {}

    FreeNames& of(const std::string& className)
    {
        const auto known = m_places.find(className);
        if (known != m_places.end()) {
            return known->second;
        }
        const std::string wanted = folderNameOf(className);
        std::string name = wanted;
        for (std::size_t number = 2; !m_taken.insert(name).second; ++number) {
            name = wanted + " (" + std::to_string(number) + ")";
        }
        ensureWritableFolder(m_target / name);
        return m_places.emplace(className, m_target / name).first->second;
    }

private:
    fs::path m_target;
    std::set<std::string> m_taken;
    std::map<std::string, FreeNames> m_places;
};

/// False when stopped. @throws Error FileNotFound, FileUnreadable of the source, WriteFailed, DiskFull
bool copyWhole(const fs::path& source, const fs::path& place, const std::stop_token& stop)
{
    std::error_code error;
    const fs::file_status status = fs::status(source, error);
    if (status.type() == fs::file_type::not_found) {
        throw Error(ErrorCode::FileNotFound, source, "there is no such file any more");
    }
    std::ifstream in;
    if (status.type() == fs::file_type::regular) { // a pipe would never end
        in.open(source, std::ios::binary);
    }
    if (!in.is_open()) {
        throw Error(ErrorCode::FileUnreadable, source, "cannot be read");
    }
    AtomicFile copy(place);
    std::array<char, std::size_t(1) << 16> piece;
    while (in && !stop.stop_requested()) {
        in.read(piece.data(), piece.size());
        copy.write(std::string_view(piece.data(), static_cast<std::size_t>(in.gcount())));
    }
    if (stop.stop_requested()) {
        return false;
    }
    if (!in.eof()) {
        throw Error(ErrorCode::FileUnreadable, source, "cannot be read to its end");
    }
    copy.commit();
    const fs::file_time_type time = fs::last_write_time(source, error);
    if (!error) {
        fs::last_write_time(place, time, error);
    }
    return true;
}

} // namespace

std::string folderNameOf(const std::string& className)
{
    std::string name = printable(className);
    for (char& c : name) {
        c = c == '/' || c == '\\' || c == '\0' ? '_' : c;
    }
    if (name.empty()) {
        return "_";
    }
    if (name.front() == '.') { // hidden, or a way out
        name.front() = '_';
    }
    // A file system takes 255 bytes; no character is cut in two.
    constexpr std::size_t longest = 200;
    if (name.size() > longest) {
        std::size_t end = longest;
        while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) {
            --end;
        }
        name.resize(end);
    }
    return name;
}

ClassCopies copyIntoClassFolders(const std::vector<ClassCopy>& pictures, const fs::path& target,
                                 const ProgressCallback& progress, const std::stop_token& stop)
{
    ensureWritableFolder(target);
    ClassCopies result;
    ClassPlaces places(target);
    std::chrono::steady_clock::time_point told{};
    std::int64_t done = 0;
    const auto total = static_cast<std::int64_t>(pictures.size());
    for (const ClassCopy& picture : pictures) {
        if (stop.stop_requested()) {
            result.isStopped = true;
            return result;
        }
        try {
            const fs::path place = places.of(picture.folder).place(picture.source.filename());
            if (!copyWhole(picture.source, place, stop)) {
                result.isStopped = true;
                return result;
            }
            ++result.copied;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::Input) {
                throw;
            }
            result.unreadable.push_back({picture.source, error.detail()});
        }
        ++done;
        const auto now = std::chrono::steady_clock::now();
        if (progress && (done == total || now - told >= std::chrono::milliseconds(100))) {
            told = now;
            progress({done, total});
        }
    }
    return result;
}

} // namespace thaw
