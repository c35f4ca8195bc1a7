#include "tests/support/faulty_file_system.h"

#include "core/base/random.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace thaw::test {

namespace fs = std::filesystem;

const char* nameOf(FileAction action)
{
    static constexpr const char* names[] = {"create", "write",  "sync",        "close",      "rename",
                                            "link",   "remove", "make folder", "sync folder"};
    return names[static_cast<std::size_t>(action)];
}

void FaultyFileSystem::failFrom(std::size_t first, std::size_t count, int number)
{
    m_first = first;
    m_count = count;
    m_number = number;
}

bool FaultyFileSystem::fails(FileAction action)
{
    const std::size_t call = m_calls++;
    m_actions.push_back(action);
    if (call >= m_first && call - m_first < m_count && (!m_hasOnly || m_only == action)) {
        ++m_failures;
        errno = m_number;
        return true;
    }
    const bool isInterruptible = action == FileAction::Write || action == FileAction::Sync ||
                                 action == FileAction::Rename || action == FileAction::SyncFolder;
    if (m_hampers && isInterruptible && call % 3 == 0 && !std::exchange(m_interruptedLast, true)) {
        errno = EINTR;
        return true;
    }
    m_interruptedLast = false;
    return false;
}

template <typename Result>
Result FaultyFileSystem::noted(Result result, FileEvent event)
{
    if (result >= 0 && m_records) {
        m_events.push_back(std::move(event));
    }
    return result;
}

int FaultyFileSystem::createTemporary(std::string& pattern)
{
    if (fails(FileAction::Create)) {
        return -1;
    }
    const int descriptor = FileSystem::createTemporary(pattern);
    if (descriptor >= 0) {
        m_open[descriptor] = pattern;
    }
    return noted(descriptor, {FileAction::Create, pattern, {}, {}});
}

std::ptrdiff_t FaultyFileSystem::write(int descriptor, const void* data, std::size_t size)
{
    if (fails(FileAction::Write)) {
        return -1;
    }
    if (m_hampers && size > 1 && m_calls % 2 == 0) {
        size = std::max<std::size_t>(1, m_calls % 4 == 0 ? 1 : size / 2);
    }
    const std::ptrdiff_t written = FileSystem::write(descriptor, data, size);
    FileEvent event{FileAction::Write, m_open[descriptor], {}, {}};
    if (m_records && written > 0) {
        event.bytes.assign(static_cast<const char*>(data), static_cast<std::size_t>(written));
    }
    return noted(written, std::move(event));
}

int FaultyFileSystem::sync(int descriptor)
{
    return fails(FileAction::Sync)
               ? -1
               : noted(FileSystem::sync(descriptor), {FileAction::Sync, m_open[descriptor], {}, {}});
}

int FaultyFileSystem::close(int descriptor)
{
    // As Linux does: the descriptor is gone whatever close says.
    const int number = fails(FileAction::Close) ? errno : 0;
    const int result = FileSystem::close(descriptor);
    if (number != 0) {
        errno = number;
        return -1;
    }
    return noted(result, {FileAction::Close, m_open[descriptor], {}, {}});
}

int FaultyFileSystem::rename(const fs::path& from, const fs::path& to)
{
    return fails(FileAction::Rename)
               ? -1
               : noted(FileSystem::rename(from, to), {FileAction::Rename, from, to, {}});
}

int FaultyFileSystem::link(const fs::path& existing, const fs::path& added)
{
    return fails(FileAction::Link)
               ? -1
               : noted(FileSystem::link(existing, added), {FileAction::Link, existing, added, {}});
}

int FaultyFileSystem::remove(const fs::path& path)
{
    return fails(FileAction::Remove) ? -1
                                     : noted(FileSystem::remove(path), {FileAction::Remove, path, {}, {}});
}

int FaultyFileSystem::makeFolder(const fs::path& path)
{
    return fails(FileAction::MakeFolder)
               ? -1
               : noted(FileSystem::makeFolder(path), {FileAction::MakeFolder, path, {}, {}});
}

int FaultyFileSystem::syncFolder(const fs::path& path)
{
    return fails(FileAction::SyncFolder)
               ? -1
               : noted(FileSystem::syncFolder(path), {FileAction::SyncFolder, path, {}, {}});
}

namespace {

struct Inode
{
    std::string bytes;
    std::size_t synced = 0; ///< of the bytes
};

using Names = std::map<fs::path, std::shared_ptr<Inode>>;

/// A name given or taken since its folder was last synced. A rename is one of them, as it is on disks.
struct NameChange
{
    fs::path folder;
    fs::path removed; ///< empty: none
    fs::path added;   ///< empty: none
    std::shared_ptr<Inode> inode;

    void applyTo(Names& names) const
    {
        if (!removed.empty()) {
            names.erase(removed);
        }
        if (!added.empty()) {
            names[added] = inode;
        }
    }
};

} // namespace

PowerCut::Files PowerCut::after(const std::vector<FileEvent>& events, std::size_t moment, std::uint64_t key)
{
    Names seen;    // as programs saw them
    Names durable; // as the disk is bound to keep them
    std::vector<NameChange> pending;
    std::map<fs::path, std::shared_ptr<Inode>> created; // by the name at creation, which events go by
    const auto change = [&](NameChange made) {
        made.applyTo(seen);
        pending.push_back(std::move(made));
    };
    for (std::size_t i = 0; i < moment; ++i) {
        const FileEvent& event = events[i];
        switch (event.action) {
        case FileAction::Create:
            created[event.path] = std::make_shared<Inode>();
            change({event.path.parent_path(), {}, event.path, created[event.path]});
            break;
        case FileAction::Write:
            created[event.path]->bytes += event.bytes;
            break;
        case FileAction::Sync:
            created[event.path]->synced = created[event.path]->bytes.size();
            break;
        case FileAction::Rename:
            change({event.other.parent_path(), event.path, event.other, seen.at(event.path)});
            break;
        case FileAction::Link:
            change({event.other.parent_path(), {}, event.other, seen.at(event.path)});
            break;
        case FileAction::Remove:
            change({event.path.parent_path(), event.path, {}, nullptr});
            break;
        case FileAction::SyncFolder:
            for (const NameChange& kept : pending) {
                if (kept.folder == event.path) {
                    kept.applyTo(durable);
                }
            }
            std::erase_if(pending, [&](const NameChange& kept) { return kept.folder == event.path; });
            break;
        case FileAction::Close:
        case FileAction::MakeFolder:
            break;
        }
    }
    // Key 0 keeps nothing that was not promised and key 1 all of it; others draw.
    RandomStream random(key);
    for (const NameChange& unsynced : pending) {
        if (key == 1 || (key > 1 && random.below(2) == 0)) {
            unsynced.applyTo(durable);
        }
    }
    Files files;
    for (const auto& [path, inode] : durable) {
        std::string bytes = inode->bytes;
        if (key == 0) {
            bytes.resize(inode->synced);
        } else if (key > 1 && inode->synced < bytes.size()) {
            // Either the length has arrived and the bytes have not, or not even the length.
            const auto from = inode->synced + random.below(bytes.size() - inode->synced);
            random.below(2) == 0
                ? bytes.resize(from)
                : static_cast<void>(bytes.replace(from, std::string::npos, bytes.size() - from, '\0'));
        }
        files[path] = std::move(bytes);
    }
    return files;
}

} // namespace thaw::test
