#pragma once

#include "core/model/freeze_plan.h"
#include "core/model/head.h"
#include "core/model/layer_info.h"

#include <QAbstractTableModel>
#include <QPalette>
#include <QString>

#include <vector>

namespace thaw::ui {

/// A phase as the layer table shows it: one column of frozen and trainable.
struct PhaseColumn
{
    QString name;
    FreezePlan plan;

    bool operator==(const PhaseColumn&) const = default;
};

/// The 19 rows of the base, then the head's dense layers. Values in, values out: an edit is a signal, and
/// shows once setPhases() brings it back.
class LayerTableModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { LayerColumn, OutputColumn, ParametersColumn, MultiplyAddsColumn, FirstPhaseColumn };
    /// The number behind a formatted cell.
    static constexpr int ValueRole = Qt::UserRole + 1;
    /// The block 1–5 of a row, 0 for the input, −1 for the head.
    static constexpr int BlockRole = Qt::UserRole + 2;

    explicit LayerTableModel(QObject* parent = nullptr);

    void setLayers(const std::vector<LayerInfo>& layers, const HeadSpec& head);
    void setPhases(const std::vector<PhaseColumn>& phases);
    void setReadOnly(bool readOnly);
    void setPalette(const QPalette& palette);

    const std::vector<LayerInfo>& layers() const { return m_layers; }
    const std::vector<PhaseColumn>& phases() const { return m_phases; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;

Q_SIGNALS:
    /// @param phase from 0 @param layer 1–18 in the order of baseLayers()
    void layerToggled(int phase, int layer, bool trainable);

private:
    bool isHeadRow(int row) const { return row >= int(m_layers.size()); }
    bool canTrain(int row) const;
    bool isTrained(int row, int phase) const;
    QString textOf(int row, int column) const;
    QString toolTipOf(int row, int column) const;

    std::vector<LayerInfo> m_layers;
    std::vector<DenseInfo> m_headLayers;
    HeadSpec m_head;
    std::vector<PhaseColumn> m_phases;
    QPalette m_palette;
    bool m_readOnly = false;
};

/// "22×22×512".
QString shapeText(int height, int width, int channels);
/// Multiply-adds in millions or thousands of millions: "1.85 G", "5.3 M".
QString multiplyAddsText(double count);

} // namespace thaw::ui
