#pragma once

#include "core/run/run_store.h"

#include <QTabWidget>

class QLabel;
class QTableView;
class QTableWidget;

namespace thaw::ui {

class LayerTableModel;
class MetricsPlot;

/// Whether the review of both reads the same, so that it need not be shown again.
bool isShownAlike(const SavedRun& a, const SavedRun& b);

/// A saved run to read: curves, result, settings, layers as trained, pictures left out.
class RunReview : public QTabWidget
{
    Q_OBJECT

public:
    explicit RunReview(QWidget* parent = nullptr);

    void showRun(const SavedRun& run);

protected:
    void changeEvent(QEvent* event) override;

private:
    void showResult(const SavedRun& run);
    void showSettings(const SavedRun& run);
    void showLayers(const SavedRun& run);
    void showExcluded(const RunRecord& record);

    MetricsPlot* m_plot;
    QLabel* m_result;
    QTableWidget* m_settings;
    LayerTableModel* m_layerModel;
    QTableView* m_layers;
    QTableWidget* m_excluded;
};

} // namespace thaw::ui
