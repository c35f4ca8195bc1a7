#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace thaw {

/// How and where a run keeps things on disk. Decides no result, so it is no part of the recipe.
struct SaveOptions
{
    double checkpointAtMostEvery = 10;  ///< seconds, at the ends of epochs
    double checkpointAtLeastEvery = 60; ///< seconds of work, within an epoch
    /// Share of the time that checkpoints may take: slow ones are made less often, down to
    /// checkpointAtLeastEvery.
    double largestStall = 0.02;
    /// Seconds between attempts to write while there is no room, and to read while the pictures are gone.
    double retryAfter = 5;
    /// Where stored features are kept and looked for; empty: featureBanksFolder().
    std::filesystem::path featureBanks = {};
    /// Bytes: features stored by other runs are kept up to this total; the longest unused are removed first.
    std::uint64_t otherBanksLimit = 20ull << 30;

    std::filesystem::path banksFolder() const; ///< featureBanks, or what stands for it

    /// A checkpoint at least that often, and at the ends of epochs also if that is more often than otherwise.
    static SaveOptions atLeastEvery(double seconds);
};

/// Says when a checkpoint is due, from how long ago the last one was and how long it took.
class CheckpointClock
{
public:
    using Clock = std::chrono::steady_clock;

    /// @param now as if a checkpoint had been made then
    explicit CheckpointClock(const SaveOptions& options, Clock::time_point now = Clock::now());

    void written(Clock::time_point begun, Clock::time_point ended);
    bool isDueAtEpochEnd(Clock::time_point now = Clock::now()) const;
    bool isDueWithinEpoch(Clock::time_point now = Clock::now()) const;

private:
    SaveOptions m_options;
    Clock::time_point m_last;
    double m_cost = 0; ///< seconds that the last one took
};

} // namespace thaw
