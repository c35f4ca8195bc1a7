// Preloaded into the program under test: whatever lies under one of the folders in $THAW_TEST_DEAD_MOUNT
// (separated by ':') never answers, as on a network disk whose server is gone. Each caller's thread is noted
// in $THAW_TEST_DEAD_LOG: "main PATH" or "other PATH".

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace {

bool isDead(const char* path)
{
    const char* folders = std::getenv("THAW_TEST_DEAD_MOUNT");
    while (path && folders && *folders) {
        const std::size_t length = std::strcspn(folders, ":");
        if (std::strncmp(path, folders, length) == 0 && (path[length] == '\0' || path[length] == '/')) {
            return true;
        }
        folders += length + (folders[length] == ':' ? 1 : 0);
    }
    return false;
}

template <typename F>
F* next(const char* name)
{
    return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

void hangIfDead(const char* path)
{
    if (!isDead(path)) {
        return;
    }
    if (const char* log = std::getenv("THAW_TEST_DEAD_LOG")) {
        char line[600];
        const int length =
            std::snprintf(line, sizeof line, "%s %s\n", gettid() == getpid() ? "main" : "other", path);
        const int file = next<int(const char*, int, ...)>("open")(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        [[maybe_unused]] const auto written = write(file, line, std::size_t(length));
        close(file);
    }
    for (;;) {
        pause();
    }
}

} // namespace

extern "C" {

#define OPENS(name)                                                                                          \
    int name(const char* path, int flags, ...)                                                               \
    {                                                                                                        \
        hangIfDead(path);                                                                                    \
        va_list list;                                                                                        \
        va_start(list, flags);                                                                               \
        const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                        \
        va_end(list);                                                                                        \
        return next<int(const char*, int, ...)>(#name)(path, flags, mode);                                   \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                                                                       \
    int name(int folder, const char* path, int flags, ...)                                                   \
    {                                                                                                        \
        hangIfDead(path);                                                                                    \
        va_list list;                                                                                        \
        va_start(list, flags);                                                                               \
        const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                        \
        va_end(list);                                                                                        \
        return next<int(int, const char*, int, ...)>(#name)(folder, path, flags, mode);                      \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

#define TAKES_PATH(result, name, type)                                                                       \
    result name(const char* path, type argument)                                                             \
    {                                                                                                        \
        hangIfDead(path);                                                                                    \
        return next<result(const char*, type)>(#name)(path, argument);                                       \
    }
TAKES_PATH(int, stat, struct stat*)
TAKES_PATH(int, stat64, struct stat64*)
TAKES_PATH(int, lstat, struct stat*)
TAKES_PATH(int, lstat64, struct stat64*)
TAKES_PATH(int, statfs, struct statfs*)
TAKES_PATH(int, statfs64, struct statfs64*)
TAKES_PATH(int, statvfs, struct statvfs*)
TAKES_PATH(int, statvfs64, struct statvfs64*)
TAKES_PATH(int, access, int)
TAKES_PATH(int, mkdir, mode_t)
TAKES_PATH(char*, realpath, char*)
TAKES_PATH(FILE*, fopen, const char*)
TAKES_PATH(FILE*, fopen64, const char*)

#define TAKES_PATH_AT(name, type)                                                                            \
    int name(int folder, const char* path, type argument, int flags)                                         \
    {                                                                                                        \
        hangIfDead(path);                                                                                    \
        return next<int(int, const char*, type, int)>(#name)(folder, path, argument, flags);                 \
    }
TAKES_PATH_AT(fstatat, struct stat*)
TAKES_PATH_AT(fstatat64, struct stat64*)
TAKES_PATH_AT(faccessat, int)

int statx(int folder, const char* path, int flags, unsigned mask, struct statx* result)
{
    hangIfDead(path);
    return next<int(int, const char*, int, unsigned, struct statx*)>("statx")(folder, path, flags, mask,
                                                                              result);
}

DIR* opendir(const char* path)
{
    hangIfDead(path);
    return next<DIR*(const char*)>("opendir")(path);
}

ssize_t readlink(const char* path, char* buffer, size_t size)
{
    hangIfDead(path);
    return next<ssize_t(const char*, char*, size_t)>("readlink")(path, buffer, size);
}

} // extern "C"
