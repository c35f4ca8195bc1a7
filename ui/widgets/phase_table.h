#pragma once

#include "core/experiment/recipe_fields.h"

#include <QList>
#include <QWidget>

#include <vector>

class QGridLayout;
class QLabel;
class QPushButton;

namespace thaw::ui {

class FieldEditor;
class IssueLabel;
class NumberBox;
struct FieldWords;

/// The phases of a recipe, a row each: epochs, learning rate, what trains; below it, where wanted, all else
/// that means something in the phase, each with its issues; then the issues of the phase.
class PhaseTable : public QWidget
{
    Q_OBJECT

public:
    /// @param fieldFilter is installed on every field
    explicit PhaseTable(QObject* fieldFilter, QWidget* parent = nullptr);

    void showPhases(const std::vector<PhaseRecipe>& phases);
    void setDetailed(bool detailed); ///< shows all that a phase has to set
    void resetIssues();
    /// Said below the phases, in place of those before. Those about something else are left out.
    void setCautions(const std::vector<RecipeIssue>& cautions);
    /// @return where it now stands; null, and nothing happens, when it is not about a phase shown
    IssueLabel* addIssue(const RecipeIssue& issue);
    bool isDetail(const QWidget* field) const; ///< shown where details are wanted
    /// All that takes the focus, in the order of reading.
    QList<QWidget*> fields() const;
    QList<NumberBox*> numbers() const;

Q_SIGNALS:
    // By the user; phases count from 0.
    void fieldEdited(int phase, const QString& name, const thaw::FieldValue& value);
    void editEnded(); ///< of a number
    void refusalChanged();
    void layersWanted();
    void fieldsMade(); ///< fields() are others than before

private:
    struct Detail
    {
        const Field<PhaseRecipe>* field;
        FieldEditor* editor;
        QLabel* label; ///< null where the editor has its own
        IssueLabel* issue;
    };
    struct Row
    {
        QLabel* name;
        FieldEditor* epochs;
        FieldEditor* learningRate;
        QPushButton* trains;
        QWidget* details;
        std::vector<Detail> detail;
        QLabel* caution;
        IssueLabel* issue;
    };

    void rebuild(int count);
    Row makeRow(int phase);
    FieldEditor* makeEditor(const FieldWords& words, int phase, QWidget* parent);
    void makeDetails(Row& row, int phase);
    void place(const Row& row, int phase);
    void showRow(const Row& row, const PhaseRecipe& phase);
    /// The row that an issue is about; null where there is none.
    Row* rowOf(const RecipeIssue& issue);

    QObject* m_fieldFilter;
    QGridLayout* m_grid;
    std::vector<Row> m_rows;
    bool m_isDetailed = false;
};

/// What trains in a phase, in a few words: "head + last 4 layers".
QString trainsText(const PhaseRecipe& phase);

} // namespace thaw::ui
