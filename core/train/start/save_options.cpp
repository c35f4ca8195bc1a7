#include "core/train/start/save_options.h"

#include "core/train/features/feature_bank.h"

#include <algorithm>

namespace thaw {

namespace {

double seconds(CheckpointClock::Clock::duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

} // namespace

std::filesystem::path SaveOptions::banksFolder() const
{
    return featureBanks.empty() ? featureBanksFolder() : featureBanks;
}

SaveOptions SaveOptions::atLeastEvery(double seconds)
{
    SaveOptions options;
    options.checkpointAtLeastEvery = seconds;
    options.checkpointAtMostEvery = std::min(options.checkpointAtMostEvery, seconds);
    return options;
}

CheckpointClock::CheckpointClock(const SaveOptions& options, Clock::time_point now)
    : m_options(options), m_last(now)
{
}

void CheckpointClock::written(Clock::time_point begun, Clock::time_point ended)
{
    m_last = ended;
    m_cost = seconds(ended - begun);
}

bool CheckpointClock::isDueAtEpochEnd(Clock::time_point now) const
{
    const double affordable = m_options.largestStall > 0 ? m_cost / m_options.largestStall : 0;
    const double wait =
        std::max(m_options.checkpointAtMostEvery, std::min(affordable, m_options.checkpointAtLeastEvery));
    return seconds(now - m_last) >= wait;
}

bool CheckpointClock::isDueWithinEpoch(Clock::time_point now) const
{
    return seconds(now - m_last) >= m_options.checkpointAtLeastEvery;
}

} // namespace thaw
