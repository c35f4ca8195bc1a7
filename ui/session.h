#pragma once

#include "core/data/dataset/dataset_index.h"
#include "core/experiment/recipe.h"
#include "core/model/head.h"
#include "core/model/layer_info.h"
#include "core/train/cost/compute_work.h"
#include "ui/page_table.h"
#include "ui/text/path_text.h"

#include <QObject>
#include <QString>
#include <QUndoStack>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace thaw::ui {

/// Tells how fast the machine computes in a recipe's arithmetic, on a job's thread: see measureSpeed().
using SpeedMeasure = std::function<ComputeSpeed(const Recipe& recipe, const std::stop_token& stop)>;

/// A scanned data set, shared with worker threads: never changed once made.
using DatasetPointer = std::shared_ptr<const DatasetIndex>;

/// The one source of truth for what is being edited: the accepted recipe, the data set it will be trained on,
/// and where runs go. Lives in the window's thread. Pages read it, change it through the functions below, and
/// redraw on its signals; they never talk to one another.
///
/// The recipe held is always valid: a change that checkRecipe() objects to is refused and comes back as
/// issues. Accepted changes go on the undo stack.
class Session : public QObject
{
    Q_OBJECT

public:
    /// Starts with the quick recipe, no data set, and the default runs folder.
    explicit Session(QObject* parent = nullptr);
    ~Session() override;

    // The recipe.
    const Recipe& recipe() const { return m_recipe; }
    /// Replaces the recipe as one undo step.
    /// @param what shown in the Edit menu: tr("change the learning rate")
    /// @param mergeKey edits in a row with the same key that is not empty become one undo step (a slider
    /// being
    ///        dragged), until endEdit()
    /// @return what is wrong with it; empty when accepted. recipeChanged() only when it differs.
    std::vector<RecipeIssue> setRecipe(const Recipe& recipe, const QString& what,
                                       const QString& mergeKey = {});
    /// Changes a copy and sets that: editRecipe(tr("change the seed"), [&](Recipe& r) { r.seed = 7; })
    std::vector<RecipeIssue> editRecipe(const QString& what, const std::function<void(Recipe&)>& change,
                                        const QString& mergeKey = {});
    /// The next edit starts an undo step of its own, whatever its key (the slider was let go).
    void endEdit();
    /// Takes up a whole recipe from elsewhere as one undo step. The split stays, which is the data set's;
    /// recipeTaken() tells what did not.
    /// @param what for the Edit menu @param source begins a sentence: tr("The recipe %1")
    /// @return as setRecipe()
    std::vector<RecipeIssue> takeRecipe(Recipe recipe, const QString& what, const QString& source);

    /// Takes up a recipe of an earlier session: where undoing ends.
    /// @return as setRecipe()
    std::vector<RecipeIssue> restoreRecipe(const Recipe& recipe);

    /// @param phase from 0; out of range is ignored
    std::vector<RecipeIssue> setFreezePlan(int phase, const FreezePlan& plan);
    FreezePlan freezePlan(int phase) const;
    std::vector<RecipeIssue> setAugmentation(const AugmentationSpec& spec, const QString& mergeKey = {});
    /// "imagenet", "none", a catalog name or a file.
    std::vector<RecipeIssue> setWeights(const QString& weights);

    QUndoStack* undoStack() { return &m_undoStack; }

    // What follows from recipe and data set.
    /// The 19 rows for the recipe's input size and width.
    const std::vector<LayerInfo>& layers() const { return m_layers; }
    /// Of the data set; 2 without one.
    int classCount() const;
    /// The head as it would be trained now.
    HeadSpec headSpec() const;

    // The data set.
    /// Null until one has been scanned.
    const DatasetPointer& dataset() const { return m_dataset; }
    bool hasDataset() const { return m_dataset != nullptr; }
    /// Scanned deeply, and split by the recipe's rule: training may start.
    bool isDatasetReady() const;
    /// What was scanned: the index, and by which rule it was split. Null takes the data set away.
    /// @param splitIsOurs see isSplitOurs(); by default true for class folders only
    void setDataset(DatasetPointer dataset, const SplitShares& shares = {},
                    std::optional<bool> splitIsOurs = std::nullopt);
    /// Whether the recipe's rule decides any picture's split, so that changing it needs a new scan.
    bool isSplitOurs() const { return m_splitIsOurs; }

    // Runs.
    const std::filesystem::path& runsRoot() const { return m_runsRoot; }
    void setRunsRoot(const std::filesystem::path& root);

    // The machine.
    const SpeedMeasure& speedMeasure() const { return m_speedMeasure; }
    /// In place of measureSpeed(), which takes a second: before the pages are made.
    void setSpeedMeasure(SpeedMeasure measure) { m_speedMeasure = std::move(measure); }

    // What pages ask of the window.
    void requestPage(Page page) { Q_EMIT pageRequested(page); }
    /// Shows a run on the Runs page.
    void requestRun(const std::filesystem::path& folder) { Q_EMIT runRequested(toText(folder)); }
    /// Shows a run on the Evaluation page.
    void requestEvaluation(const std::filesystem::path& folder)
    {
        Q_EMIT evaluationRequested(toText(folder));
    }
    /// A short line for the status bar.
    void notify(const QString& text) { Q_EMIT notified(text); }
    /// A run folder under the runs root was made or changed.
    void notifyRunsChanged() { Q_EMIT runsChanged(); }

Q_SIGNALS:
    void recipeChanged(); ///< layers() and headSpec() may have changed too
    /// After recipeChanged(): a whole recipe was taken up, which changed this, in words.
    void recipeTaken(const QString& words);
    void datasetChanged(); ///< classCount() and headSpec() may have changed too
    void runsRootChanged();
    void runsChanged();
    void pageRequested(thaw::ui::Page page);
    void runRequested(const QString& folder);
    void evaluationRequested(const QString& folder);
    void notified(const QString& text);

private:
    class RecipeCommand;
    void accept(const Recipe& recipe);

    Recipe m_recipe;
    std::vector<LayerInfo> m_layers;
    DatasetPointer m_dataset;
    SplitShares m_scannedShares;
    bool m_splitIsOurs = false;
    std::filesystem::path m_runsRoot;
    SpeedMeasure m_speedMeasure;
    QUndoStack m_undoStack;
    int m_editSerial = 0;
};

} // namespace thaw::ui
