#include "tests/support/run_outcome.h"

#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "tests/support/narrow_network.h"

#include <sstream>

namespace thaw::test {

std::string historyWithoutSeconds(const std::filesystem::path& run)
{
    std::istringstream lines(bytesOf(RunFiles{run}.history()));
    std::string result;
    for (std::string line; std::getline(lines, line);) {
        result += line.substr(0, line.rfind(',')) + "\n";
    }
    return result;
}

RunOutcome outcomeOf(const std::filesystem::path& run)
{
    const RunFiles files{run};
    const RunRecord record = readRunRecord(files.record());
    RunOutcome outcome;
    for (int phase = 1; std::filesystem::exists(files.phase(phase)); ++phase) {
        outcome.weights[files.phase(phase).filename().string()] = bytesOf(files.phase(phase));
    }
    outcome.weights[files.best().filename().string()] = bytesOf(files.best());
    outcome.history = historyWithoutSeconds(run);
    if (record.test) {
        // Written with as many digits as bring the same double back.
        std::ostringstream text;
        text.precision(17);
        text << record.test->split << ' ' << record.test->score.images << ' ' << record.test->score.loss
             << ' ' << record.test->score.accuracy;
        outcome.test = text.str();
    }
    return outcome;
}

} // namespace thaw::test
