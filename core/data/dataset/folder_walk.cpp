#include "core/data/dataset/folder_walk.h"

#include "core/data/dataset/folder_names.h"
#include "core/data/image/image_header.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <system_error>

namespace thaw {

namespace {

using namespace std::string_view_literals;

std::string lowerExtension(const std::string& name)
{
    std::string extension = std::filesystem::path(name).extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return extension;
}

template <std::size_t N>
bool isOneOf(std::string_view word, const std::array<std::string_view, N>& words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool isRawExtension(std::string_view extension)
{
    return isOneOf(extension, std::array{".cr2"sv, ".cr3"sv, ".nef"sv, ".nrw"sv, ".arw"sv, ".dng"sv, ".orf"sv,
                                         ".rw2"sv, ".raf"sv, ".pef"sv, ".srw"sv, ".3fr"sv, ".iiq"sv, ".kdc"sv,
                                         ".dcr"sv, ".mrw"sv, ".x3f"sv, ".erf"sv, ".jxl"sv, ".tga"sv});
}

/// What nobody put there.
bool isSystemLitter(const std::string& name)
{
    return name.starts_with('.') || name == "Thumbs.db" || name == "ehthumbs.db" || name == "desktop.ini" ||
           name == "Icon\r";
}

/// What programs and people leave beside pictures.
bool isLitter(const std::string& name)
{
    return isSystemLitter(name) ||
           isOneOf(lowerExtension(name),
                   std::array{".txt"sv,  ".md"sv,  ".rst"sv, ".csv"sv,  ".tsv"sv,   ".json"sv, ".jsonl"sv,
                              ".xml"sv,  ".xmp"sv, ".yml"sv, ".yaml"sv, ".toml"sv,  ".ini"sv,  ".log"sv,
                              ".html"sv, ".htm"sv, ".py"sv,  ".sh"sv,   ".ipynb"sv, ".aae"sv,  ".db"sv});
}

/// Of a file whose name does not tell. Never opens what is no file: a pipe would wait for its other end.
bool beginsLikeAPicture(const std::filesystem::path& path)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        return false;
    }
    std::array<char, 512> start{};
    std::ifstream file(path, std::ios::binary);
    file.read(start.data(), start.size());
    const auto size = static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0));
    return imageFormatOf(std::as_bytes(std::span(start).first(size))) != ImageFormat::Unknown;
}

bool isLitterFolder(std::string_view name)
{
    return name.starts_with('.') || name == "__MACOSX"sv || name == "@eaDir"sv;
}

/// The split's and the class's folder of a path, or the class's alone.
std::string startOf(const std::string& folder)
{
    const std::size_t first = folder.find('/');
    return folder.substr(0, first == std::string::npos ? first : folder.find('/', first + 1));
}

std::string join(const std::string& folder, const std::string& name)
{
    return folder.empty() ? name : folder + "/" + name;
}

} // namespace

std::vector<std::string> FolderContents::allFolders() const
{
    std::vector<std::string> all = folders;
    all.insert(all.end(), linkedFolders.begin(), linkedFolders.end());
    std::sort(all.begin(), all.end());
    return all;
}

FolderWalk::FolderWalk(std::filesystem::path root, std::vector<Problem>& problems, std::stop_token stop)
    : m_root(std::move(root)), m_problems(problems), m_stop(std::move(stop))
{
}

const FolderContents& FolderWalk::contentsOf(const std::string& folder)
{
    auto found = m_read.find(folder);
    if (found == m_read.end()) {
        found = m_read.emplace(folder, read(folder)).first;
    }
    return found->second;
}

FolderContents FolderWalk::read(const std::string& folder)
{
    FolderContents contents;
    std::error_code error;
    std::filesystem::directory_iterator entry(m_root / folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::error_code ignored;
        if (entry->is_directory(ignored)) {
            if (!isLitterFolder(name)) {
                (entry->is_symlink(ignored) ? contents.linkedFolders : contents.folders).push_back(name);
            }
            continue;
        }
        if (isLitter(name)) {
            ++contents.litter;
            if (!isSystemLitter(name)) {
                contents.others.push_back(name);
            }
            continue;
        }
        if (hasImageExtension(name)) {
            contents.pictures.push_back(name);
            continue;
        }
        const std::string extension = lowerExtension(name);
        const bool isKnown = extension == ".pdf" || isRawExtension(extension);
        if (!isKnown && beginsLikeAPicture(m_root / folder / name)) {
            contents.pictures.push_back(name);
            continue;
        }
        contents.others.push_back(name);
        if (extension == ".pdf") {
            m_problems.push_back({join(folder, name), ProblemCode::Unreadable, ProblemSeverity::Warning,
                                  "left out: this is a PDF document, not a picture"});
        } else if (isRawExtension(extension)) {
            m_problems.push_back(
                {join(folder, name), ProblemCode::FormatUnsupported, ProblemSeverity::Warning,
                 "left out: " + extension.substr(1) + " files are not supported; convert it to JPEG or PNG"});
        } else {
            contents.unrecognised.push_back(name);
        }
    }
    if (error == std::errc::filename_too_long) {
        // The whole path would be as unreadable as the folder.
        m_problems.push_back({startOf(folder), ProblemCode::Unreadable, ProblemSeverity::Error,
                              "the folders in it are nested too deep: those whose path is longer than 4,095 "
                              "bytes cannot be read; move what they hold further up"});
    } else if (error) {
        m_problems.push_back({folder, ProblemCode::Unreadable, ProblemSeverity::Error,
                              "the folder cannot be read (" + error.message() + ")"});
    }
    for (auto* names : {&contents.folders, &contents.linkedFolders, &contents.pictures,
                        &contents.unrecognised, &contents.others})
    {
        std::sort(names->begin(), names->end());
    }
    return contents;
}

FoundFiles FolderWalk::filesUnder(const std::string& folder, MaskFolders masks)
{
    std::set<FileId> entered;
    for (std::string above = folder; !above.empty();) {
        const std::size_t slash = above.rfind('/');
        above.resize(slash == std::string::npos ? 0 : slash);
        enter(above, entered);
    }
    FoundFiles found;
    // Not by recursion: folders may be nested two thousand deep, and a thread's stack may be small. The next
    // one is the last.
    std::vector<std::string> waiting{folder};
    while (!waiting.empty() && !m_stop.stop_requested()) {
        const std::string at = std::move(waiting.back());
        waiting.pop_back();
        if (!enter(at, entered)) {
            continue;
        }
        const FolderContents& contents = contentsOf(at);
        for (const std::string& name : contents.pictures) {
            found.pictures.push_back(join(at, name));
        }
        for (const std::string& name : contents.unrecognised) {
            found.unrecognised.push_back(join(at, name));
        }
        for (const std::string& name : contents.others) {
            found.others.push_back(join(at, name));
        }
        found.litter += contents.pictures.empty() ? 0 : contents.litter;
        std::vector<std::string> inside = contents.folders;
        inside.insert(inside.end(), contents.linkedFolders.begin(), contents.linkedFolders.end());
        for (auto name = inside.rbegin(); name != inside.rend(); ++name) {
            const bool isLeftOut = masks == MaskFolders::LeaveOut && isMaskFolderName(*name);
            (isLeftOut ? found.maskFolders : waiting).push_back(join(at, *name));
        }
    }
    std::sort(found.maskFolders.begin(), found.maskFolders.end());
    return found;
}

std::vector<std::string> FolderWalk::picturesUnder(const std::string& folder,
                                                   std::vector<std::string>* others)
{
    FoundFiles found = filesUnder(folder);
    if (others) {
        others->insert(others->end(), found.others.begin(), found.others.end());
    }
    return std::move(found.pictures);
}

bool FolderWalk::enter(const std::string& folder, std::set<FileId>& entered) const
{
    struct stat status
    {
    };
    if (stat((m_root / folder).c_str(), &status) != 0) {
        // contentsOf will say why it cannot be read.
        return true;
    }
    return entered.emplace(status.st_dev, status.st_ino).second;
}

} // namespace thaw
