#include "tests/ui/ui_fixtures.h"

#include "core/base/atomic_file.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/run/history_csv.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"

#include <QApplication>
#include <QDropEvent>
#include <QMimeData>
#include <QSettings>
#include <QUrl>
#include <QWidget>

namespace thaw::test {

void isolateProgram(const std::filesystem::path& root)
{
    isolateUserFolders(root);
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, ui::toText(root / "settings"));
    QCoreApplication::setOrganizationName("thaw-test");
    QCoreApplication::setApplicationName("thaw-test");
}

void makeNarrow(Recipe& recipe, int headEpochs, int jointEpochs)
{
    recipe.name = "narrow";
    recipe.weights = "none";
    recipe.width = 0.0625;
    recipe.inputSize = 32;
    recipe.batchSize = 8;
    recipe.precision = Precision::Float32;
    recipe.device = "cpu";
    recipe.threads = 1;
    recipe.phases[0].epochs = headEpochs;
    recipe.phases[1].epochs = jointEpochs;
}

bool makeNarrow(ui::Session& session, int headEpochs, int jointEpochs)
{
    return session.editRecipe("narrow", [&](Recipe& recipe) { makeNarrow(recipe, headEpochs, jointEpochs); })
        .empty();
}

void useFixedSpeed(ui::Session& session)
{
    session.setSpeedMeasure([](const Recipe&, const std::stop_token&) {
        return ComputeSpeed{1e12, 1e12, 1e9};
    });
}

ui::DatasetPointer makeDataset(const std::filesystem::path& folder, int perClass)
{
    SyntheticSpec spec;
    spec.perClass = perClass;
    spec.side = 32;
    writeSyntheticDataset(folder, spec);
    ScanOptions options;
    options.threads = 1;
    return std::make_shared<const DatasetIndex>(scanDataset(folder, options).value());
}

EpochMetrics makeEpoch(int phase, int epoch, double loss)
{
    EpochMetrics metrics;
    metrics.phase = phase;
    metrics.epoch = epoch;
    metrics.loss = loss;
    metrics.accuracy = 0.8;
    metrics.valLoss = loss * 1.1;
    metrics.valAccuracy = 0.9;
    metrics.learningRate = 1e-3;
    metrics.seconds = 1;
    return metrics;
}

std::filesystem::path writeRun(const std::filesystem::path& folder, RunState state,
                               const std::string& started)
{
    createRunFolder(folder);
    const RunFiles files{folder};
    writeFileAtomically(files.recipe(), formatRecipe(quickRecipe()));
    RunRecord record;
    record.state = state;
    record.name = folder.filename().string();
    record.startedAt = started;
    record.endedAt = state == RunState::Running ? "" : started;
    record.classes = {"cats", "dogs"};
    record.counts = {std::vector<std::size_t>{10, 10}, {4, 4}, {4, 4}};
    record.best = {{1, 2, .33, .925}};
    writeRunRecord(files.record(), record);
    writeHistory(files.history(), {makeEpoch(1, 1), makeEpoch(1, 2)});
    writeFileAtomically(files.last(), "a checkpoint");
    return folder;
}

bool dropOnto(QWidget* target, const std::filesystem::path& path)
{
    QMimeData data;
    data.setUrls({ui::fileUrl(path)});
    const QPoint centre = target->rect().center();
    QDragEnterEvent enter(centre, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &enter);
    if (!enter.isAccepted()) {
        return false;
    }
    QDropEvent drop(QPointF(centre), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &drop);
    return drop.isAccepted();
}

} // namespace thaw::test
