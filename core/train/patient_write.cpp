#include "core/train/patient_write.h"

#include "core/base/error.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

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

} // namespace

void writePatiently(const std::function<void()>& write, TrainObserver& observer, const std::stop_token& stop,
                    double retryAfter)
{
    for (bool isWaiting = false;; isWaiting = true) {
        try {
            write();
            if (isWaiting) {
                observer.messageGiven(MessageLevel::Info, "The run could be saved; training goes on.");
            }
            return;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::DiskFull && error.code() != ErrorCode::WriteFailed) {
                throw;
            }
            if (!isWaiting && !stop.stop_requested()) {
                observer.messageGiven(MessageLevel::Warning,
                                      std::string("Training waits, because the run cannot be saved: ") +
                                          error.what() + ". It goes on as soon as that is mended.");
            }
            if (!wait(stop, retryAfter)) {
                throw;
            }
        }
    }
}

bool readPatiently(const std::function<bool()>& read, TrainObserver& observer, const std::stop_token& stop,
                   double retryAfter)
{
    for (bool isWaiting = false;; isWaiting = true) {
        try {
            return read();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::DatasetInvalid) {
                throw;
            }
            if (!isWaiting && !stop.stop_requested()) {
                observer.messageGiven(MessageLevel::Warning,
                                      std::string("Training waits for its pictures: ") + error.what() +
                                          ". It goes on as soon as they are back.");
            }
            if (!wait(stop, retryAfter)) {
                return false;
            }
        }
    }
}

} // namespace thaw
