#include "app/cli/output.h"

#include "core/base/error.h"
#include "core/base/printable.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace thaw::cli {

void Output::check(bool written)
{
    if (written) {
        return;
    }
    const int reason = errno;
    std::clearerr(stdout);
    if (reason == EPIPE) {
        m_closed = true;
        return;
    }
    m_closed = true; // said once; the closing flush must not say it again
    throw Error(reason == ENOSPC ? ErrorCode::DiskFull : ErrorCode::WriteFailed, "standard output",
                std::string("cannot be written: ") + std::strerror(reason), "send it somewhere else");
}

void refuseFolder(const std::filesystem::path& file)
{
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) {
        throw Error(ErrorCode::Usage, file, "this is a folder", "name a file");
    }
}

void refuseUsedFolder(const std::filesystem::path& folder)
{
    std::error_code ignored;
    if (std::filesystem::exists(folder, ignored) &&
        !(std::filesystem::is_directory(folder, ignored) && std::filesystem::is_empty(folder, ignored)))
    {
        throw Error(ErrorCode::OutputExists, folder, "it exists and is not an empty folder",
                    "choose another --out");
    }
}

void Output::write(std::string_view given)
{
    if (!m_closed) {
        const std::string text = printableLines(given);
        check(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
    }
}

void Output::writeObject(const Json& object)
{
    write(object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void Output::writeLine(const Json& object)
{
    write(object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    flush();
}

void Output::flush()
{
    if (!m_closed) {
        check(std::fflush(stdout) == 0);
    }
}

} // namespace thaw::cli
