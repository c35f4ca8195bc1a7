#pragma once

#include <filesystem>

namespace thaw {

/// What a user names as the place of results may be no file that can be replaced by another: a pipe, the
/// terminal, /dev/null, or a descriptor that this process was started with (/dev/stdout, a shell's >(…)).
/// These are written into.
///
/// @return a descriptor to write to and to close; −1 for a regular file, a link to one, or a name that
/// nothing has yet.
///         That of a pipe does not wait: see waitForReader()
/// @throws Error WriteFailed for what is neither: folders, sockets, block devices, devices that do other
/// things than to
///         show or drop what they are given (opening some is enough to restart the machine), and pipes that
///         nobody reads
int openStream(const std::filesystem::path& path);

/// Whether openStream() would open it or refuse it. Opens nothing.
bool isStream(const std::filesystem::path& path);

/// Waits until a pipe takes more. @throws Error WriteFailed when its reader takes nothing for a minute
void waitForReader(int descriptor, const std::filesystem::path& path);

} // namespace thaw
