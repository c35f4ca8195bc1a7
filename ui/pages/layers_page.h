#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QTableView;

namespace thaw {
class FreezePlan;
}

namespace thaw::ui {

class LayerStrip;
class LayerTableModel;
class Session;

/// The network's layers: shapes, sizes, and which of them train in which phase. Edits go through the session.
class LayersPage : public QWidget
{
    Q_OBJECT

public:
    explicit LayersPage(Session* session, QWidget* parent = nullptr);

    /// The phase that the strip and the presets change, from 0.
    int selectedPhase() const;
    void selectPhase(int phase);

protected:
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    void refreshTotals();
    void applyPlan(int phase, const FreezePlan& plan);

    Session* m_session;
    LayerTableModel* m_model;
    LayerStrip* m_strip;
    QTableView* m_table;
    QComboBox* m_phase;
    QComboBox* m_preset;
    QLabel* m_modelTotals;
    QLabel* m_phaseTotals;
};

} // namespace thaw::ui
