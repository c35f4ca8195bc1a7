#include "ui/text/training_words.h"

#include "core/base/percent_text.h"
#include "core/data/dataset/trainable.h"
#include "core/experiment/run_coverage.h"
#include "core/train/cost/run_needs.h"
#include "core/train/cost/run_time.h"
#include "core/train/trainer.h"
#include "ui/jobs/preflight_job.h"
#include "ui/session.h"
#include "ui/text/plain_text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace thaw::ui {

namespace {

struct TrainingWords
{
    Q_DECLARE_TR_FUNCTIONS(TrainingWords)
};

/// "cats, dogs and 3 others"
QString namesText(const std::vector<std::string>& names)
{
    constexpr std::size_t shown = 5;
    QStringList words;
    for (std::size_t i = 0; i < std::min(names.size(), shown); ++i) {
        words << plainLine(bytesToText(names[i]));
    }
    if (names.size() > shown) {
        words << TrainingWords::tr("%n other(s)", nullptr, int(names.size() - shown));
    }
    return QLocale().createSeparatedList(words);
}

QString classesText(const RunRecord& record, const std::vector<std::string>& unmeasured)
{
    const std::size_t all = record.classes.size();
    return unmeasured.empty() ? QString()
                              : TrainingWords::tr("over %1 of %2 classes")
                                    .arg(all - std::min(all, unmeasured.size()))
                                    .arg(all);
}

QString testText(const RunRecord& record)
{
    const TestResult& test = *record.test;
    const QString accuracy = accuracyText(test.score.accuracy, test.score.images);
    const QString loss = lossText(test.score.loss);
    QStringList words{
        test.split == "test"
            ? TrainingWords::tr("Test accuracy %1, loss %2 on %n picture(s).", nullptr, test.score.images)
                  .arg(accuracy, loss)
            : TrainingWords::tr("Validation accuracy %1, loss %2 on %n picture(s); there is no test split.",
                                nullptr, test.score.images)
                  .arg(accuracy, loss)};
    if (const auto unmeasured = unmeasuredInResult(record); !unmeasured.empty()) {
        words << TrainingWords::tr("That is %1: no picture of %2 was measured.", "over 2 of 3 classes")
                     .arg(coverageText(record), namesText(unmeasured));
    }
    if (test.splitImages > std::size_t(test.score.images)) {
        words << TrainingWords::tr("%n picture(s) of the split could not be read any more.", nullptr,
                                   int(test.splitImages - std::size_t(test.score.images)));
    }
    return words.join(' ');
}

/// A finding of core's as a sentence.
QString sentenceOf(const std::string& message)
{
    QString text = plainLine(message);
    text[0] = text[0].toUpper();
    return text.endsWith('.') ? text : text + '.';
}

/// What the split means for the classes: core's obstacles, and classes that nothing measures.
void addClassCautions(const DatasetIndex& dataset, TrainingPlan& plan)
{
    for (const Problem& obstacle : obstaclesToTraining(dataset)) {
        plan.cautions << sentenceOf(obstacle.message);
        plan.isBlocked = true;
    }
    const auto train = dataset.countsOf(Split::Train);
    const auto validation = dataset.countsOf(Split::Validation);
    const auto test = dataset.countsOf(Split::Test);
    const auto sum = [](const std::vector<std::size_t>& counts) {
        return std::accumulate(counts.begin(), counts.end(), std::size_t(0));
    };
    const std::vector<std::size_t>& measured = sum(test) > 0 ? test : validation;
    std::vector<std::string> unmeasured;
    for (std::size_t i = 0; sum(measured) > 0 && i < dataset.classes.size(); ++i) {
        if (train[i] > 0 && measured[i] == 0) {
            unmeasured.push_back(dataset.classes[i]);
        }
    }
    if (!unmeasured.empty()) {
        plan.cautions
            << TrainingWords::tr(
                   "The result will be over %1 of %2 classes: there is no picture to measure %3 by.")
                   .arg(dataset.classes.size() - unmeasured.size())
                   .arg(dataset.classes.size())
                   .arg(namesText(unmeasured));
    }
}

QStringList countWords(const SplitCounts& counts, int batchSize)
{
    const auto number = [](std::size_t count) { return QLocale().toString(qulonglong(count)); };
    const auto steps = int((counts.train + std::size_t(batchSize) - 1) / std::size_t(batchSize));
    return {TrainingWords::tr("%1 training, %2 validation and %3 test pictures.")
                .arg(number(counts.train), number(counts.validation), number(counts.test)),
            TrainingWords::tr("%n step(s) an epoch.", nullptr, steps)};
}

} // namespace

QString roughDurationText(double seconds)
{
    const int minutes = std::max(1, int(std::lround(seconds / 60)));
    if (minutes < 60) {
        return TrainingWords::tr("%n minute(s)", nullptr, minutes);
    }
    const int rest = minutes % 60 / 10 * 10;
    return rest > 0 ? TrainingWords::tr("%1 h %2 min").arg(minutes / 60).arg(rest)
                    : TrainingWords::tr("%1 h").arg(minutes / 60);
}

QString runPlanText(const RunRecord& record, const Recipe& recipe)
{
    const auto pictures = [&](Split split) { return std::size_t(pictureCount(record, split)); };
    const SplitCounts counts{pictures(Split::Train), pictures(Split::Validation), pictures(Split::Test)};
    return countWords(counts, recipe.batchSize).join(' ');
}

TrainingPlan planOf(const Session& session, const ComputeSpeed& speed,
                    const std::optional<Preflight>& preflight)
{
    TrainingPlan plan;
    const DatasetPointer& dataset = session.dataset();
    if (!dataset) {
        return plan;
    }
    const Recipe& recipe = session.recipe();
    const RunPlan run = planRun(recipe, dataset->counts(), session.classCount());
    QStringList words = countWords(run.counts, recipe.batchSize);
    if (preflight && recipe.weights == "imagenet") {
        words << (preflight->hasImageNet ? TrainingWords::tr("ImageNet weights are ready.")
                                         : TrainingWords::tr("ImageNet weights will be fetched first."));
    }
    const RunNeeds needs = estimateRunNeeds(run);
    if (const double stored = needs.views + needs.measured; stored > 0) {
        words << TrainingWords::tr("Stored features take %1 of the cache.").arg(sizeText(stored));
    }
    if (const double seconds = estimateRunSeconds(run, speed); seconds > 0) {
        words << TrainingWords::tr("About %1 on this machine.").arg(roughDurationText(seconds));
    }
    if (!session.isDatasetReady()) {
        words << TrainingWords::tr("The pictures will be checked first.");
    }
    plan.words = words.join(' ');
    plan.isBlocked = false;
    addClassCautions(*dataset, plan);
    if (preflight) {
        plan.cautions << preflight->cautions;
        plan.isBlocked = plan.isBlocked || preflight->isBlocked;
    }
    return plan;
}

QString withoutWeightsText()
{
    return TrainingWords::tr(
        "Without pretrained weights the base starts from random numbers: expect poor results. "
        "Choose ImageNet to learn from few pictures.");
}

bool isWithoutWeights(const Recipe& recipe)
{
    return recipe.weights == "none";
}

QString headOfFileText()
{
    return TrainingWords::tr("As in the weights' file");
}

QString sizeText(double bytes)
{
    return QString::fromStdString(byteText(bytes)).replace('.', QLocale().decimalPoint());
}

QString percentText(double share, int decimals)
{
    return std::isfinite(share)
               ? TrainingWords::tr("%1 %").arg(QLocale().toString(share * 100, 'f', decimals))
               : TrainingWords::tr("not measured");
}

QString accuracyText(double share, std::int64_t images)
{
    const int decimals = percentDecimals(images);
    return percentText(share >= 0 && share <= 1 ? shownPercent(share, decimals) / 100 : share, decimals);
}

QString lossText(double loss)
{
    return std::isfinite(loss) ? QLocale().toString(loss, 'g', 4) : TrainingWords::tr("not measured");
}

QString coverageText(const RunRecord& record)
{
    return classesText(record, unmeasuredInResult(record));
}

QString validationCoverageText(const RunRecord& record)
{
    return classesText(record, unmeasuredInValidation(record));
}

std::int64_t pictureCount(const RunRecord& record, Split split)
{
    const std::vector<std::size_t>& counts = record.counts[std::size_t(split)];
    return std::accumulate(counts.begin(), counts.end(), std::int64_t(0));
}

QString endTitle(const RunRecord& record, bool paused)
{
    switch (record.state) {
    case RunState::Finished:
        return TrainingWords::tr("Finished");
    case RunState::Stopped:
        return paused ? TrainingWords::tr("Paused") : TrainingWords::tr("Stopped");
    default:
        return TrainingWords::tr("Failed");
    }
}

QString endText(const RunRecord& record, bool paused, const std::filesystem::path& folder, bool hasCheckpoint)
{
    QStringList words;
    switch (record.state) {
    case RunState::Finished:
        words << (record.finishedEarly
                      ? TrainingWords::tr("The training was stopped and then finished as it was.")
                      : TrainingWords::tr("The training is finished."));
        break;
    case RunState::Stopped:
        words << (paused ? TrainingWords::tr(
                               "The training is paused and saved. You may also close the window and "
                               "continue another day.")
                         : TrainingWords::tr(
                               "The training was stopped and is saved. Continue it from the Runs page "
                               "at any time."));
        break;
    default:
        words << TrainingWords::tr("The training failed: %1.").arg(plainLines(record.error));
        if (hasCheckpoint) {
            words << TrainingWords::tr("What was trained is kept.");
        }
        break;
    }
    if (record.test) {
        words << testText(record);
    }
    if (!record.excluded.empty()) {
        words << TrainingWords::tr("%n picture(s) were left out.", nullptr, int(record.excluded.size()));
    }
    words << TrainingWords::tr("Saved in %1").arg(plainLine(folder.native()));
    return words.join(' ');
}

} // namespace thaw::ui
