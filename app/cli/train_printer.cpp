#include "app/cli/train_printer.h"

#include "app/cli/notice_words.h"
#include "app/cli/run_summary.h"
#include "app/cli/text.h"
#include "core/base/error.h"
#include "core/base/percent_text.h"
#include "core/evaluate/class_metrics.h"
#include "core/run/run_files.h"
#include "core/train/checkpoint/checkpoint_file.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace thaw::cli {

namespace {

/// Between two events of progress: whoever reads lines needs no more.
constexpr auto progressInterval = std::chrono::seconds(1);

const char* verbOf(TrainStage stage)
{
    switch (stage) {
    case TrainStage::Preparing:
        return "preparing";
    case TrainStage::Storing:
        return "storing views";
    case TrainStage::Validating:
        return "validating";
    case TrainStage::Testing:
        return "testing";
    case TrainStage::Training:
        break;
    }
    return "training";
}

std::string ofTotal(int number, int total)
{
    return std::to_string(number) + (total > 0 ? "/" + std::to_string(total) : "");
}

std::int64_t sumOf(const std::vector<std::size_t>& counts)
{
    std::int64_t sum = 0;
    for (const std::size_t count : counts) {
        sum += static_cast<std::int64_t>(count);
    }
    return sum;
}

/// Whether one class has over twice the measured pictures of another: then the accuracy is mostly that of the
/// large ones.
bool isUneven(const std::vector<std::size_t>& images)
{
    const auto [least, most] = std::minmax_element(images.begin(), images.end());
    return !images.empty() && *most > 2 * *least;
}

/// The classes by their recall, the lowest first; nothing where the accuracy tells it all.
std::string recallText(const RunRecord& record)
{
    constexpr std::size_t longest = 20;
    const std::vector<std::size_t>& images = record.test->imagesByClass;
    const std::vector<std::size_t>& correct = record.test->correctByClass;
    if (images.size() != record.classes.size() || !isUneven(images)) {
        return {};
    }
    const auto recall = [&](std::size_t label) {
        return images[label] > 0 ? double(correct[label]) / double(images[label])
                                 : std::numeric_limits<double>::quiet_NaN();
    };
    std::vector<std::size_t> order;
    for (std::size_t label = 0; label < images.size(); ++label) {
        if (images[label] > 0) {
            order.push_back(label);
        }
    }
    std::ranges::stable_sort(order, {}, recall);
    Table table({{"class"}, {"pictures", Align::Right}, {"recall", Align::Right}});
    for (std::size_t i = 0; i < std::min(order.size(), longest); ++i) {
        const auto count = static_cast<std::int64_t>(images[order[i]]);
        table.addRow(
            {printable(record.classes[order[i]]), grouped(count), accuracyText(recall(order[i]), count)});
    }
    const std::size_t rest = order.size() - std::min(order.size(), longest);
    return "balanced accuracy  " +
           accuracyText(balancedAccuracy(correct, images), record.test->score.images) +
           ", the mean of the classes' recall\n\n" + table.text() +
           (rest > 0 ? "and " + counted(static_cast<std::int64_t>(rest), "class", "classes") +
                           " with a higher recall\n"
                     : std::string()) +
           "\n";
}

} // namespace

std::string progressText(const BatchProgress& progress, std::size_t columns)
{
    const bool inEpoch = progress.stage != TrainStage::Preparing && progress.stage != TrainStage::Testing;
    std::string text = inEpoch ? "phase " + ofTotal(progress.phase, progress.phases) + ", epoch " +
                                     ofTotal(progress.epoch, progress.epochs)
                               : std::string();
    if (progress.stage != TrainStage::Training) {
        text += (text.empty() ? "" : ", ") + std::string(verbOf(progress.stage));
    }
    std::vector<std::string> parts;
    if (progress.steps > 0) {
        parts.push_back("step " + ofTotal(progress.step, progress.steps));
    }
    if (progress.stage == TrainStage::Training && progress.step > 0) {
        parts.push_back("loss " + decimal(progress.loss));
        parts.push_back("accuracy " + percent(progress.accuracy));
    }
    if (progress.imagesPerSecond > 0) {
        parts.push_back(std::to_string(static_cast<long>(std::lround(progress.imagesPerSecond))) +
                        " images/s");
    }
    if (progress.secondsLeft >= 0) {
        parts.push_back(duration(progress.secondsLeft) + " left");
    }
    std::string tail;
    constexpr std::size_t barWidth = 12;
    const std::size_t room = columns > barWidth + 2 ? columns - barWidth - 2 : 0;
    for (const std::string& part : parts) {
        if (displayWidth(text) + displayWidth(tail) + 2 + displayWidth(part) < room) {
            tail += "  " + part;
        }
    }
    const double share = progress.steps > 0 ? double(progress.step) / progress.steps : 0;
    return text + "  " + progressBar(share, barWidth) + tail;
}

TrainPrinter::TrainPrinter(Context& context, const Events& events, const Recipe& recipe)
    : m_context(context), m_events(events)
{
    for (const PhaseRecipe& phase : recipe.phases) {
        m_epochs.push_back(phase.epochs);
    }
}

void TrainPrinter::event(const RunEvent& event, const std::string& text)
{
    if (!m_events.areWanted || m_broken) {
        return;
    }
    m_context.status.clear();
    try {
        m_context.out.write(toJsonLine(event, text) + "\n");
        m_context.out.flush();
    } catch (const Error& error) {
        m_broken = true;
        m_context.status.print(std::string("thaw-cli: ") + error.what());
    }
}

void TrainPrinter::runStarted(const RunStarted& started)
{
    m_isReplay = started.resumed;
    m_trainImages = sumOf(started.record.counts[static_cast<std::size_t>(Split::Train)]);
    m_validationImages = sumOf(started.record.counts[static_cast<std::size_t>(Split::Validation)]);
    m_context.status.print((started.resumed ? "Going on with " : "Training into ") + started.folder.string());
    event(started);
}

void TrainPrinter::noticeGiven(const Notice& notice)
{
    const bool isWarning = notice.level() == NoticeLevel::Warning;
    if (isWarning) {
        m_warnings.push_back(notice.code);
    }
    const std::string text = noticeText(notice);
    m_context.status.print((isWarning ? "Warning: " : "") + text);
    event(notice, text);
}

void TrainPrinter::noticeEnded(NoticeCode code)
{
    std::erase(m_warnings, code);
    event(NoticeEnded{code});
}

void TrainPrinter::batchDone(const BatchProgress& progress)
{
    m_isReplay = false;
    const bool isNewStage = m_stage != progress.stage;
    m_stage = progress.stage;
    const auto now = std::chrono::steady_clock::now();
    if (m_events.withProgress && (isNewStage || !m_lastProgress || now - *m_lastProgress >= progressInterval))
    {
        m_lastProgress = now;
        event(progress);
    }
    if (m_context.status.isLive()) {
        m_context.status.show(progressText(progress, m_context.status.columns()));
    } else if (isNewStage &&
               (progress.stage == TrainStage::Preparing || progress.stage == TrainStage::Testing)) {
        m_context.status.print(progress.stage == TrainStage::Testing ? "Testing …" : "Preparing …");
    }
}

void TrainPrinter::epochDone(const EpochMetrics& metrics, bool isBest)
{
    if (m_isReplay) {
        return;
    }
    const auto phase = static_cast<std::size_t>(metrics.phase) - 1;
    const int epochs = phase < m_epochs.size() ? m_epochs[phase] : 0;
    m_context.status.print("phase " + std::to_string(metrics.phase) + " epoch " +
                           ofTotal(metrics.epoch, epochs) + "  loss " + decimal(metrics.loss) +
                           "  accuracy " + accuracyText(metrics.accuracy, m_trainImages) + "  val loss " +
                           decimal(metrics.valLoss) + "  val accuracy " +
                           accuracyText(metrics.valAccuracy, m_validationImages) + "  " +
                           duration(metrics.seconds) + (isBest ? "  best" : ""));
    event(EpochDone{metrics, isBest});
}

void TrainPrinter::finished(const RunRecord& record, const std::filesystem::path& folder)
{
    if (m_events.areWanted) {
        event(RunEnded{folder, record, hasCheckpoint(RunFiles{folder})});
    } else {
        m_context.status.clear();
        printTable(record, folder);
    }
    if (!m_warnings.empty()) {
        m_context.status.print(counted(static_cast<std::int64_t>(m_warnings.size()), "warning", "warnings") +
                               ", see above");
    }
}

void TrainPrinter::printTable(const RunRecord& record, const std::filesystem::path& folder)
{
    Output& out = m_context.out;
    const std::int64_t validation = sumOf(record.counts[static_cast<std::size_t>(Split::Validation)]);
    Table phases({{"phase"},
                  {"best epoch", Align::Right},
                  {validation > 0 ? "val loss" : "train loss", Align::Right},
                  {"val accuracy", Align::Right}});
    bool hasBest = false;
    std::string notes;
    for (const BestEpoch& best : record.best) {
        if (best.epoch == 0) {
            continue;
        }
        phases.addRow({std::to_string(best.phase), std::to_string(best.epoch), decimal(best.valLoss),
                       printable(validationText(record, best))});
        hasBest = true;
        if (best.images > 0 && best.images < validation) {
            notes += "phase " + std::to_string(best.phase) + ": on " + grouped(best.images) + " of " +
                     grouped(validation) + " validation pictures\n";
        }
        if (best.measuredAgain) {
            notes += "phase " + std::to_string(best.phase) +
                     ": measured again, since the validation pictures are others than when it was chosen\n";
        }
    }
    out.write("\n" + (hasBest ? phases.text() + notes + "\n" : std::string()));
    if (record.test) {
        const std::string split = printable(record.test->split);
        out.write(split + " accuracy  " +
                  accuracyText(record.test->score.accuracy, record.test->score.images) +
                  printable(measuredText(record)) + "\n" + split + " loss      " +
                  decimal(record.test->score.loss) + "\n" + recallText(record));
    }
    if (record.finishedEarly) {
        out.write("finished early, before its last epoch\n");
    }
    out.write("pictures       " + grouped(sumOf(record.counts[0])) + " train, " +
              grouped(sumOf(record.counts[1])) + " validation, " + grouped(sumOf(record.counts[2])) +
              " test, " + grouped(static_cast<std::int64_t>(record.excluded.size())) + " left out\n");
    out.write("run folder     " + printable(folder.string()) + "\n");
    if (record.state == RunState::Finished && hasBest) {
        out.write("\nExport the model: thaw-cli export " + printable(shellWord(folder)) +
                  " --format torchscript --out model.pt\n");
    }
}

} // namespace thaw::cli
