#pragma once

#include "core/experiment/recipe.h"

#include <QHash>
#include <QWidget>

#include <vector>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QToolButton;

namespace thaw::ui {

class IssueLabel;
class NumberBox;
class PhaseTable;

/// The settings of a training. Shows a recipe and tells each change as a whole new recipe; whether that is
/// accepted, and by whom, is the owner's affair: issues handed back are shown at their fields, the typed
/// values stay. What is typed and cannot be a value at all is refused at the field and no edit.
class RecipeForm : public QWidget
{
    Q_OBJECT

public:
    explicit RecipeForm(QWidget* parent = nullptr);

    /// Takes what stands typed in a field. Where that is refused, shows the field and returns false.
    bool commit();
    bool hasRefusals() const; ///< something is typed that cannot be taken
    /// Shows it and forgets all issues.
    void setRecipe(const Recipe& recipe);
    /// What the fields show, accepted or not.
    const Recipe& draft() const { return m_draft; }
    void setIssues(const std::vector<RecipeIssue>& issues);

Q_SIGNALS:
    /// @param what for an undo menu @param mergeKey the field's name: edits in a row belong together
    void edited(const thaw::Recipe& draft, const QString& what, const QString& mergeKey);
    void editEnded();
    void refusalChanged(); ///< hasRefusals() may have changed
    /// "book", "quick", "fast", "best" or a file.
    void recipeChosen(const QString& nameOrFile);
    void layersWanted();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    // What choices hold beside the values they stand for.
    static constexpr const char* ownSettings = "own";
    static constexpr const char* headOfFile = "file";
    static constexpr const char* fromFile = "file…";

    void buildBasics(QFormLayout* form);
    void buildAdvanced(QFormLayout* form);
    void addField(QFormLayout* form, const QString& label, QWidget* field, const char* objectName,
                  const QString& path);
    NumberBox* addNumber(QFormLayout* form, const QString& label, const char* objectName,
                         const QString& path);
    QComboBox* makePrecisionBox(Precision Recipe::*field);
    QList<NumberBox*> numbers() const;
    void fold(bool open);
    void showChoices();
    void showCautions();
    void orderTabs();
    void change(const QString& what, const QString& path);
    void chooseWeights(int index);
    void chooseRecipe(int index);

    Recipe m_draft;
    bool m_showing = false; ///< values are being put into fields: no edit
    QComboBox* m_recipe = nullptr;
    QComboBox* m_weights = nullptr;
    NumberBox* m_inputSize = nullptr;
    NumberBox* m_batchSize = nullptr;
    QComboBox* m_head = nullptr;
    NumberBox* m_dropout = nullptr;
    QComboBox* m_outputInitializer = nullptr;
    QComboBox* m_precision = nullptr;
    QComboBox* m_trainedPrecision = nullptr;
    QComboBox* m_device = nullptr;
    NumberBox* m_seed = nullptr;
    QComboBox* m_resize = nullptr;
    QCheckBox* m_exif = nullptr;
    QComboBox* m_dctMethod = nullptr;
    QCheckBox* m_keepValidation = nullptr;
    NumberBox* m_views = nullptr;
    NumberBox* m_validationShare = nullptr;
    NumberBox* m_testShare = nullptr;
    PhaseTable* m_phases = nullptr;
    QList<NumberBox*> m_numbers; ///< but for the phases'
    QToolButton* m_fold = nullptr;
    QWidget* m_advanced = nullptr;
    QHash<QString, IssueLabel*> m_issueLabels; ///< by field path
    IssueLabel* m_otherIssues = nullptr;
};

} // namespace thaw::ui
