#pragma once

#include "core/model/freeze_plan.h"
#include "core/model/head.h"
#include "core/model/layer_info.h"

#include <QAbstractButton>
#include <QWidget>

#include <array>
#include <vector>

namespace thaw::ui {

/// One block of the base, or the head, drawn as its layers: a bar a convolution, a wedge for the pool, as
/// high as their outputs are wide and deep. A real button: focus, keys and screen readers come with it.
class LayerStripButton : public QAbstractButton
{
    Q_OBJECT

public:
    /// @param block 1–5, or 0 for the head
    LayerStripButton(int block, QWidget* parent);

    int block() const { return m_block; }
    /// @param layers of this block; empty for the head
    void setLayers(const std::vector<LayerInfo>& layers, const HeadSpec& head);
    /// @param trained for each of its convolutions, whether it trains
    void setTrained(std::vector<bool> trained);
    bool isFullyTrained() const { return trainedCount() == m_convolutions; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void describe();
    QString stateText() const;
    int trainedCount() const;

    int m_block;
    std::vector<LayerInfo> m_layers;
    HeadSpec m_head;
    int m_convolutions = 1;
    std::vector<bool> m_trained; ///< by convolution
};

/// The network from left to right: five blocks and the head. Left and Right move between them.
class LayerStrip : public QWidget
{
    Q_OBJECT

public:
    explicit LayerStrip(QWidget* parent = nullptr);

    void setLayers(const std::vector<LayerInfo>& layers, const HeadSpec& head);
    void setPlan(const FreezePlan& plan);

Q_SIGNALS:
    /// A block was clicked: all of it is to train, or none.
    void blockToggled(int block, bool trainable);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    std::array<LayerStripButton*, 5> m_blocks{};
    LayerStripButton* m_head = nullptr;
};

} // namespace thaw::ui
