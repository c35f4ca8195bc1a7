#pragma once

#include "app/cli/verbs.h"
#include "core/experiment/recipe.h"
#include "core/train/observer.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace thaw::cli {

/// Tells a training as it happens: a bar where there is a terminal and a line an epoch on standard error, or
/// with `json` one event a line on standard output.
class TrainPrinter : public TrainObserver
{
public:
    struct Events
    {
        bool areWanted = false; ///< on standard output, in place of the closing table
        bool withProgress = false;
    };

    TrainPrinter(Context& context, const Events& events, const Recipe& recipe);

    void runStarted(const RunStarted& started) override;
    void noticeGiven(const Notice& notice) override;
    void noticeEnded(NoticeCode code) override;
    void batchDone(const BatchProgress& progress) override;
    void epochDone(const EpochMetrics& metrics, bool isBest) override;

    /// The closing table, or the event "finished". @param folder of the run
    void finished(const RunRecord& record, const std::filesystem::path& folder);

private:
    void event(const RunEvent& event, const std::string& text = {});
    void printTable(const RunRecord& record, const std::filesystem::path& folder);

    Context& m_context;
    Events m_events;
    bool m_broken = false; ///< standard output failed; a training does not end for that
    bool m_isReplay =
        false; ///< a resumed run tells its earlier epochs first; they were told when they were trained
    std::vector<int> m_epochs; ///< of each phase
    std::int64_t m_trainImages = 0;
    std::int64_t m_validationImages = 0;
    std::optional<TrainStage> m_stage;
    std::vector<NoticeCode> m_warnings; ///< that still hold: counted below the results
    std::optional<std::chrono::steady_clock::time_point> m_lastProgress; ///< told as an event
};

/// One line for a terminal of that many columns; what has no room is left out, least important first.
std::string progressText(const BatchProgress& progress, std::size_t columns);

} // namespace thaw::cli
