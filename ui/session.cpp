#include "ui/session.h"

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/train/cost/run_time.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/text/recipe_changes.h"

#include <QUndoCommand>

#include <utility>

namespace thaw::ui {

/// One accepted edit: whole recipes before and after, which are small.
class Session::RecipeCommand : public QUndoCommand
{
public:
    RecipeCommand(Session& session, Recipe after, const QString& what, QString mergeKey, int serial)
        : QUndoCommand(what)
        , m_session(session)
        , m_before(session.m_recipe)
        , m_after(std::move(after))
        , m_mergeKey(std::move(mergeKey))
        , m_serial(serial)
    {
    }

    int id() const override { return m_mergeKey.isEmpty() ? -1 : 1; }
    void redo() override { m_session.accept(m_after); }
    void undo() override { m_session.accept(m_before); }

    bool mergeWith(const QUndoCommand* other) override
    {
        const auto& next = static_cast<const RecipeCommand&>(*other);
        if (next.m_mergeKey != m_mergeKey || next.m_serial != m_serial) {
            return false;
        }
        m_after = next.m_after;
        setObsolete(m_after == m_before);
        return true;
    }

private:
    Session& m_session;
    Recipe m_before;
    Recipe m_after;
    QString m_mergeKey;
    int m_serial;
};

Session::Session(QObject* parent)
    : QObject(parent)
    , m_recipe(quickRecipe())
    , m_layers(baseLayers(m_recipe.inputSize))
    , m_runsRoot(defaultRunsFolder())
    , m_speedMeasure(&measureSpeed)
{
}

Session::~Session() = default;

std::vector<RecipeIssue> Session::setRecipe(const Recipe& recipe, const QString& what,
                                            const QString& mergeKey)
{
    if (recipe == m_recipe) {
        return {};
    }
    auto issues = checkRecipe(recipe);
    if (issues.empty()) {
        m_undoStack.push(new RecipeCommand(*this, recipe, what, mergeKey, m_editSerial));
    }
    return issues;
}

std::vector<RecipeIssue> Session::editRecipe(const QString& what, const std::function<void(Recipe&)>& change,
                                             const QString& mergeKey)
{
    Recipe recipe = m_recipe;
    change(recipe);
    return setRecipe(recipe, what, mergeKey);
}

void Session::endEdit()
{
    ++m_editSerial;
}

std::vector<RecipeIssue> Session::takeRecipe(Recipe recipe, const QString& what, const QString& source)
{
    const bool splitsAlike = recipe.split == m_recipe.split;
    recipe.split = m_recipe.split;
    const QString changes = recipeChanges(m_recipe, recipe);
    auto issues = setRecipe(recipe, what);
    if (issues.empty() && !changes.isEmpty()) {
        QString words = tr("%1 changed %2.", "the recipe quick, the augmentation").arg(source, changes);
        if (!splitsAlike) {
            words += ' ' + tr("The split stays the data set's.");
        }
        Q_EMIT recipeTaken(words);
    }
    return issues;
}

std::vector<RecipeIssue> Session::restoreRecipe(const Recipe& recipe)
{
    auto issues = checkRecipe(recipe);
    if (issues.empty()) {
        m_undoStack.clear();
        accept(recipe);
    }
    return issues;
}

std::vector<RecipeIssue> Session::setFreezePlan(int phase, const FreezePlan& plan)
{
    if (phase < 0 || phase >= static_cast<int>(m_recipe.phases.size()) || plan == freezePlan(phase)) {
        return {};
    }
    return editRecipe(tr("freeze or thaw layers"), [&](Recipe& recipe) {
        PhaseRecipe& edited = recipe.phases[static_cast<std::size_t>(phase)];
        const int last = plan.asUnfreezeLast();
        edited.usesTrainable = last < 0;
        edited.unfreeze = last < 0 ? 0 : last;
        edited.trainable = last < 0 ? plan.names() : std::vector<std::string>{};
    });
}

FreezePlan Session::freezePlan(int phase) const
{
    if (phase < 0 || phase >= static_cast<int>(m_recipe.phases.size())) {
        return {};
    }
    return m_recipe.phases[static_cast<std::size_t>(phase)].freezePlan();
}

std::vector<RecipeIssue> Session::setAugmentation(const AugmentationSpec& spec, const QString& mergeKey)
{
    return editRecipe(
        tr("change the augmentation"), [&](Recipe& recipe) { recipe.augmentation = spec; }, mergeKey);
}

std::vector<RecipeIssue> Session::setWeights(const QString& weights)
{
    return editRecipe(tr("choose weights"), [&](Recipe& recipe) {
        recipe.weights = textToBytes(weights);
        recipe.weightsHash.clear();
    });
}

void Session::accept(const Recipe& recipe)
{
    if (recipe == m_recipe) {
        return;
    }
    m_recipe = recipe;
    m_layers = baseLayers(m_recipe.inputSize, scaledBackbone(m_recipe.width));
    Q_EMIT recipeChanged();
}

int Session::classCount() const
{
    return m_dataset ? static_cast<int>(m_dataset->classes.size()) : 2;
}

HeadSpec Session::headSpec() const
{
    return m_recipe.headSpec(classCount());
}

bool Session::isDatasetReady() const
{
    const bool sameSplit = !m_splitIsOurs || m_scannedShares == m_recipe.split;
    return m_dataset && m_dataset->checked && sameSplit;
}

void Session::setDataset(DatasetPointer dataset, const SplitShares& shares, std::optional<bool> splitIsOurs)
{
    m_dataset = std::move(dataset);
    m_scannedShares = shares;
    m_splitIsOurs = m_dataset && splitIsOurs.value_or(m_dataset->layout == DatasetLayout::ClassFolders);
    Q_EMIT datasetChanged();
}

void Session::setRunsRoot(const std::filesystem::path& root)
{
    if (root != m_runsRoot) {
        m_runsRoot = root;
        Q_EMIT runsRootChanged();
    }
}

} // namespace thaw::ui
