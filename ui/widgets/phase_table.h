#pragma once

#include "core/experiment/recipe.h"

#include <QList>
#include <QWidget>

#include <vector>

class QComboBox;
class QGridLayout;
class QLabel;
class QPushButton;

namespace thaw::ui {

class IssueLabel;
class NumberBox;

/// The phases of a recipe, a row each: epochs, learning rate, what trains; below it, where wanted, how the
/// rate changes and whether weights are averaged; then the issues of the phase.
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
    /// False, and nothing happens, when it is not about a phase shown.
    bool addIssue(const RecipeIssue& issue);
    /// All that takes the focus, in the order of reading.
    QList<QWidget*> fields() const;
    QList<NumberBox*> numbers() const;

Q_SIGNALS:
    // By the user; phases count from 0.
    void epochsEdited(int phase, int epochs);
    void learningRateEdited(int phase, double rate);
    void scheduleEdited(int phase, thaw::RateSchedule schedule);
    void emaMomentumEdited(int phase, double momentum);
    void editEnded(); ///< of a number
    void refusalChanged();
    void layersWanted();
    void fieldsMade(); ///< fields() are others than before

private:
    struct Row
    {
        QLabel* name;
        NumberBox* epochs;
        NumberBox* learningRate;
        QPushButton* trains;
        QWidget* details;
        QComboBox* schedule;
        NumberBox* emaMomentum;
        QLabel* caution;
        IssueLabel* issue;
    };

    void rebuild(int count);
    Row makeRow(int phase);
    void makeDetails(Row& row, int phase);
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
