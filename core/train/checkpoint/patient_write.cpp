#include "core/train/checkpoint/patient_write.h"

#include "core/base/error.h"
#include "core/data/input/batch_loader.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace thaw {

namespace {

/// @return false when a stop was requested
bool wait(const std::stop_token& stop, double seconds)
{
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
    return !stop.stop_requested();
}

/// Says that training waits, and takes it back when it does so no longer.
class Waiting
{
public:
    Waiting(TrainObserver& observer, NoticeCode code, const Error& reason)
        : m_observer(observer), m_code(code)
    {
        m_observer.noticeGiven(notice(code, {std::string(reason.what())}));
    }
    ~Waiting() { m_observer.noticeEnded(m_code); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    TrainObserver& m_observer;
    NoticeCode m_code;
};

/// @param gone names the folder
/// @return false when a stop was requested
bool waitForFolder(const Error& gone, TrainObserver& observer, const std::stop_token& stop, double retryAfter)
{
    if (stop.stop_requested()) {
        return false;
    }
    const Waiting waiting(observer, NoticeCode::WaitsForPictures, gone);
    do {
        if (!wait(stop, retryAfter)) {
            return false;
        }
    } while (!isPictureFolderThere(gone.path()));
    return true;
}

} // namespace

void writePatiently(const std::function<void()>& write, TrainObserver& observer, const std::stop_token& stop,
                    double retryAfter, Saved what)
{
    std::optional<Waiting> waiting;
    for (;;) {
        try {
            write();
            break;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::DiskFull && error.code() != ErrorCode::WriteFailed) {
                throw;
            }
            if (!waiting && !stop.stop_requested()) {
                waiting.emplace(
                    observer, what == Saved::Run ? NoticeCode::WaitsToSaveRun : NoticeCode::WaitsToSaveViews,
                    error);
            }
            if (!wait(stop, retryAfter)) {
                throw;
            }
        }
    }
    if (waiting) {
        waiting.reset();
        observer.noticeGiven(notice(what == Saved::Run ? NoticeCode::RunSaved : NoticeCode::ViewsSaved));
    }
}

bool readPatiently(const std::function<bool()>& read, TrainObserver& observer, const std::stop_token& stop,
                   double retryAfter)
{
    for (;;) {
        try {
            return read();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::DatasetInvalid) {
                throw;
            }
            if (!waitForFolder(error, observer, stop, retryAfter)) {
                return false;
            }
            observer.noticeGiven(notice(NoticeCode::PicturesBack));
        }
    }
}

} // namespace thaw
