#pragma once

#include "core/experiment/recipe_fields.h"

#include <QHash>
#include <QWidget>

#include <vector>

class QComboBox;
class QFormLayout;
class QFrame;
class QLabel;
class QPushButton;
class QToolButton;

namespace thaw::ui {

class FieldEditor;
class IssueLabel;
class NumberBox;
class PhaseTable;
struct FieldWords;

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
    /// The data set's classes differ much in size: proposes balanced weights, or says that they are used.
    void setUneven(bool isUneven);

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

    void addFields(QFormLayout* basics, QFormLayout* advanced);
    /// A row of one's own, for what core's table alone does not tell.
    QComboBox* addBox(QFormLayout* form, const FieldWords& words, const char* objectName);
    void addEditor(QFormLayout* form, const FieldWords& words);
    void addRow(QFormLayout* form, const FieldWords& words, const QString& objectName, QWidget* field,
                bool hasOwnLabel);
    void addRecipes(QFormLayout* form, const FieldWords& words);
    void addHeadStart(QFormLayout* form, const FieldWords& words);
    void makeProposal(QFormLayout* form);
    void showProposal();
    void connectPhases();
    QList<NumberBox*> numbers() const;
    QToolButton* makeFold(const char* objectName, const QString& text, const QString& accessibleName);
    QToolButton* foldOf(const QWidget* widget) const; ///< that hides it when closed; null for none
    void fold(QToolButton* button, bool open);
    void unfold(const QWidget* widget);
    void showChoices();
    void showCautions();
    void changePhase(int phase, const QString& name, const FieldValue& value);
    void orderTabs();
    void change(const QString& what, const QString& path);
    void chooseWeights(int index);
    void chooseRecipe(int index);

    Recipe m_draft;
    bool m_showing = false; ///< values are being put into fields: no edit
    QComboBox* m_recipe = nullptr;
    QComboBox* m_weights = nullptr;
    QComboBox* m_outputInitializer = nullptr;
    QComboBox* m_device = nullptr;
    QHash<QString, FieldEditor*> m_editors; ///< by field path: all but the boxes above
    QFrame* m_proposal = nullptr;           ///< to balance the classes; says also that they are
    QLabel* m_proposalText = nullptr;
    QPushButton* m_balance = nullptr;
    bool m_isUneven = false;
    PhaseTable* m_phases = nullptr;
    QList<NumberBox*> m_numbers; ///< but for the phases'
    QToolButton* m_phaseFold = nullptr;
    QToolButton* m_fold = nullptr;
    QWidget* m_advanced = nullptr;
    QHash<QString, IssueLabel*> m_issueLabels; ///< by field path
    IssueLabel* m_otherIssues = nullptr;
};

} // namespace thaw::ui
