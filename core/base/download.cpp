#include "core/base/download.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/hash.h"

#include <curl/curl.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>

namespace thaw {

namespace {

/// All that libcurl's callbacks need. They must not throw through C code, so failures wait here.
struct Transfer
{
    const DownloadRequest& request;
    const ProgressCallback& progress;
    std::stop_token stop;
    AtomicFile file;
    Hasher md5{HashKind::Md5};
    Hasher sha256{HashKind::Sha256};
    std::uint64_t received = 0;
    std::chrono::steady_clock::time_point reported{};
    std::exception_ptr failure = nullptr;

    void add(const char* data, std::size_t size)
    {
        received += size;
        if (request.sizeLimit != 0 && received > request.sizeLimit) {
            throw Error(ErrorCode::WeightsInvalid, request.target,
                        request.url + " sends more than the " + std::to_string(request.sizeLimit) +
                            " bytes expected");
        }
        file.write(std::as_bytes(std::span(data, size)));
        md5.add(data, size);
        sha256.add(data, size);
    }

    void report(std::int64_t total)
    {
        const auto now = std::chrono::steady_clock::now();
        if (progress && now - reported >= std::chrono::milliseconds(100)) {
            reported = now;
            progress({static_cast<std::int64_t>(received), total});
        }
    }
};

std::size_t onData(char* data, std::size_t, std::size_t size, void* user)
{
    auto& transfer = *static_cast<Transfer*>(user);
    try {
        transfer.add(data, size);
        return size;
    } catch (...) {
        transfer.failure = std::current_exception();
        return 0;
    }
}

int onProgress(void* user, curl_off_t total, curl_off_t, curl_off_t, curl_off_t)
{
    auto& transfer = *static_cast<Transfer*>(user);
    try {
        transfer.report(total);
        return transfer.stop.stop_requested() ? 1 : 0;
    } catch (...) {
        transfer.failure = std::current_exception();
        return 1;
    }
}

std::shared_ptr<CURL> openCurl()
{
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL* curl = ready == CURLE_OK ? curl_easy_init() : nullptr;
    if (!curl) {
        throw Error(ErrorCode::Internal, {}, "libcurl could not be started");
    }
    return {curl, curl_easy_cleanup};
}

void configure(CURL* curl, Transfer& transfer, char* errorText)
{
    const DownloadRequest& request = transfer.request;
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    // Between this machine and itself nobody listens or answers in another's place; tests serve files there.
    const bool isFromHere = request.url.starts_with("http://127.0.0.1:");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, isFromHere ? "http" : "https,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "thaw");
    // Signals would interrupt other threads of the program.
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(request.connectTimeoutSeconds));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1000L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stallTimeoutSeconds));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, onData);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, onProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, errorText);
}

} // namespace

bool isOffline()
{
    const char* value = std::getenv("THAW_OFFLINE");
    return value && std::string_view(value) == "1";
}

bool download(const DownloadRequest& request, const ProgressCallback& progress, const std::stop_token& stop)
{
    if (stop.stop_requested()) {
        return false;
    }
    const auto curl = openCurl();
    char errorText[CURL_ERROR_SIZE] = "";
    Transfer transfer{request, progress, stop, AtomicFile(request.target)};
    configure(curl.get(), transfer, errorText);
    const CURLcode result = curl_easy_perform(curl.get());
    if (transfer.failure) {
        std::rethrow_exception(transfer.failure);
    }
    if (stop.stop_requested()) {
        return false;
    }
    if (result != CURLE_OK) {
        throw Error(ErrorCode::NetworkUnavailable, {},
                    request.url + " cannot be fetched (" +
                        (errorText[0] ? errorText : curl_easy_strerror(result)) + ")",
                    "check the network connection and try again");
    }
    for (const auto& [kind, hasher, expected] : {std::tuple("MD5", &transfer.md5, &request.md5),
                                                 std::tuple("SHA-256", &transfer.sha256, &request.sha256)})
    {
        if (!expected->empty() && hasher->hex() != *expected) {
            throw Error(ErrorCode::WeightsInvalid, request.target,
                        "what " + request.url + " sent does not have the expected " + kind + " sum",
                        "try again later");
        }
    }
    transfer.file.commit();
    if (progress) {
        const auto size = static_cast<std::int64_t>(transfer.received);
        progress({size, size});
    }
    return true;
}

} // namespace thaw
