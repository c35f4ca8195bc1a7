#include "core/run/history_csv.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/number_text.h"
#include "core/run/run_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

namespace thaw {

namespace {

constexpr std::string_view header = "epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds";
constexpr std::size_t columns = 8;
constexpr std::uint64_t fileLimit = 64 << 20;
constexpr int mostPhases = 1'000'000; // leaves room to count on from what was read

std::string cell(double value)
{
    return std::isnan(value) ? std::string() : numberText(value);
}

class HistoryReader
{
public:
    explicit HistoryReader(const std::filesystem::path& file) : m_file(file) {}

    std::vector<EpochMetrics> read(std::string_view text)
    {
        std::vector<EpochMetrics> history;
        while (!text.empty()) {
            const auto end = text.find('\n');
            std::string_view line = text.substr(0, end);
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            if (line.ends_with('\r')) {
                line.remove_suffix(1);
            }
            ++m_line;
            if (m_line > 1) {
                history.push_back(row(line, history));
            } else if (line != header) {
                fail("should be the header " + std::string(header));
            }
        }
        if (m_line == 0) {
            fail("is missing: the file is empty");
        }
        return history;
    }

private:
    [[noreturn]] void fail(const std::string& problem) const
    {
        throw Error(ErrorCode::RunInvalid, m_file,
                    "line " + std::to_string(std::max(m_line, 1)) + " " + problem);
    }

    EpochMetrics row(std::string_view line, const std::vector<EpochMetrics>& before) const
    {
        std::array<std::string_view, columns> cells;
        for (std::size_t i = 0; i < columns; ++i) {
            const auto comma = line.find(',');
            if ((comma == std::string_view::npos) != (i + 1 == columns)) {
                fail("should have " + std::to_string(columns) + " values");
            }
            cells[i] = line.substr(0, comma);
            line.remove_prefix(std::min(cells[i].size() + 1, line.size()));
        }
        EpochMetrics metrics;
        metrics.epoch = whole(cells[0], mostEpochs);
        metrics.phase = whole(cells[1], mostPhases);
        metrics.loss = real(cells[2]);
        metrics.accuracy = real(cells[3]);
        metrics.valLoss = real(cells[4]);
        metrics.valAccuracy = real(cells[5]);
        metrics.learningRate = real(cells[6]);
        metrics.seconds = real(cells[7]);

        const EpochMetrics previous = before.empty() ? EpochMetrics{1, 0} : before.back();
        const bool nextEpoch = metrics.phase == previous.phase && metrics.epoch == previous.epoch + 1;
        const bool nextPhase = !before.empty() && metrics.phase == previous.phase + 1 && metrics.epoch == 1;
        if (!nextEpoch && !nextPhase) {
            fail("does not follow the epoch before it");
        }
        return metrics;
    }

    int whole(std::string_view text, int highest) const
    {
        int value = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
        if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < 1 ||
            value > highest) {
            fail("should have whole numbers from 1 for epoch and phase");
        }
        return value;
    }

    double real(std::string_view text) const
    {
        double value = std::numeric_limits<double>::quiet_NaN();
        if (text.empty()) {
            return value;
        }
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
        if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || std::isnan(value)) {
            fail("should have numbers only");
        }
        return value;
    }

    const std::filesystem::path& m_file;
    int m_line = 0;
};

} // namespace

void writeHistory(const std::filesystem::path& file, const std::vector<EpochMetrics>& history)
{
    std::string text = std::string(header) + "\n";
    for (const EpochMetrics& row : history) {
        text += std::to_string(row.epoch) + ',' + std::to_string(row.phase);
        for (const double value :
             {row.loss, row.accuracy, row.valLoss, row.valAccuracy, row.learningRate, row.seconds})
        {
            text += ',';
            text += cell(value);
        }
        text += "\n";
    }
    writeFileAtomically(file, text);
}

std::vector<EpochMetrics> readHistory(const std::filesystem::path& file)
{
    return HistoryReader(file).read(readTextFile(file, fileLimit));
}

} // namespace thaw
