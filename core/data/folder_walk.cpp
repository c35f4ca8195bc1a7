#include "core/data/folder_walk.h"

#include "core/data/image_io.h"

#include <algorithm>
#include <array>
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

bool isRawExtension(std::string_view extension)
{
    static constexpr std::array raw{".cr2"sv, ".cr3"sv, ".nef"sv, ".arw"sv, ".dng"sv,
                                    ".orf"sv, ".rw2"sv, ".raf"sv, ".jxl"sv, ".tga"sv};
    return std::find(raw.begin(), raw.end(), extension) != raw.end();
}

bool isLitterFolder(std::string_view name)
{
    return name.starts_with('.') || name == "__MACOSX"sv || name == "@eaDir"sv;
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

FolderContents FolderWalk::contentsOf(const std::string& folder)
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
        if (name.starts_with('.')) {
            continue;
        }
        if (hasImageExtension(name)) {
            contents.pictures.push_back(name);
            continue;
        }
        const std::string extension = lowerExtension(name);
        if (extension == ".pdf") {
            m_problems.push_back({join(folder, name), ProblemCode::Unreadable, ProblemSeverity::Warning,
                                  "left out: this is a PDF document, not a picture"});
        } else if (isRawExtension(extension)) {
            m_problems.push_back(
                {join(folder, name), ProblemCode::FormatUnsupported, ProblemSeverity::Warning,
                 "left out: " + extension.substr(1) + " files are not supported; convert it to JPEG or PNG"});
        }
        if (name != "Thumbs.db" && name != "desktop.ini") {
            contents.others.push_back(name);
        }
    }
    if (error) {
        m_problems.push_back({folder, ProblemCode::Unreadable, ProblemSeverity::Error,
                              "the folder cannot be read (" + error.message() + ")"});
    }
    for (auto* names : {&contents.folders, &contents.linkedFolders, &contents.pictures, &contents.others}) {
        std::sort(names->begin(), names->end());
    }
    return contents;
}

std::vector<std::string> FolderWalk::picturesUnder(const std::string& folder,
                                                   std::vector<std::string>* others)
{
    std::set<FileId> entered;
    for (std::string above = folder; !above.empty();) {
        const std::size_t slash = above.rfind('/');
        above.resize(slash == std::string::npos ? 0 : slash);
        enter(above, entered);
    }
    std::vector<std::string> pictures;
    collect(folder, entered, pictures, others);
    return pictures;
}

void FolderWalk::collect(const std::string& folder, std::set<FileId>& entered,
                         std::vector<std::string>& pictures, std::vector<std::string>* others)
{
    // Not by recursion: folders may be nested two thousand deep, and a thread's stack may be small. The last comes out
    // first, so what is to come first goes in last.
    std::vector<std::string> waiting{folder};
    while (!waiting.empty() && !m_stop.stop_requested()) {
        const std::string next = std::move(waiting.back());
        waiting.pop_back();
        if (!enter(next, entered)) {
            continue;
        }
        const FolderContents contents = contentsOf(next);
        for (const std::string& name : contents.pictures) {
            pictures.push_back(join(next, name));
        }
        for (const std::string& name : contents.others) {
            if (others) {
                others->push_back(join(next, name));
            }
        }
        for (const auto* folders : {&contents.linkedFolders, &contents.folders}) {
            for (auto name = folders->rbegin(); name != folders->rend(); ++name) {
                waiting.push_back(join(next, *name));
            }
        }
    }
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
