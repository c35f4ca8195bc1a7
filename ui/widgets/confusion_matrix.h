#pragma once

#include "core/evaluate/metrics/confusion_order.h"

#include <QAbstractScrollArea>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace thaw::ui {

/// How often each class was taken for each: truth from top to bottom, answers from left to right. Cells
/// shrink down to where numbers cannot be read, then the matrix scrolls; + and − and Ctrl with the wheel
/// zoom. Arrows move the current cell, Enter chooses it, Escape takes the choice away, Ctrl+C copies the
/// table. A click on a name chooses its row or column.
class ConfusionMatrix : public QAbstractScrollArea
{
    Q_OBJECT

public:
    enum class Values { Counts, ByRow, ByColumn, Errors };

    explicit ConfusionMatrix(QWidget* parent = nullptr);

    /// @param confusion [true][answered], square
    void setConfusion(const std::vector<std::string>& classes,
                      const std::vector<std::vector<int>>& confusion);
    void setOrder(ClassOrder order);
    void setValues(Values values);
    /// Nothing is chosen any more.
    void clearChoice();
    /// The table in its order, names in the first row and column.
    QString text() const;
    /// Where a cell is on the viewport; of classes, not of places.
    QRect cellRect(std::size_t truth, std::size_t label) const;

Q_SIGNALS:
    /// Nothing: a whole row or column.
    void chosen(std::optional<int> truth, std::optional<int> label);
    void choiceCleared();

public Q_SLOTS:
    void copy() const;

protected:
    bool event(QEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Place
    {
        int row = -1; ///< −1: the heads above
        int column = -1;
    };

    int count() const { return static_cast<int>(m_order.size()); }
    std::size_t classAt(int place) const { return m_order[static_cast<std::size_t>(place)]; }
    int images(int row, int column) const;
    double share(int row, int column) const;
    QString cellText(int row, int column) const;
    QString description(int row, int column) const;
    QRect rectOf(int row, int column) const;
    std::optional<Place> placeAt(const QPoint& point) const;
    void layOut();
    void moveTo(int row, int column);
    void choose(const Place& place);
    void zoomBy(int steps);
    void paintCells(QPainter& painter, const QRect& cells);
    void paintHeads(QPainter& painter, const QRect& cells);

    std::vector<std::string> m_names;
    std::vector<std::vector<int>> m_confusion;
    std::vector<int> m_rowSums;
    std::vector<int> m_columnSums;
    int m_largest = 1;
    int m_largestError = 1;
    std::vector<std::size_t> m_order;
    ClassOrder m_classOrder = ClassOrder::Name;
    Values m_values = Values::Counts;
    int m_cell = 24;
    int m_zoom = 0; ///< steps from what fits
    int m_rowHead = 0;
    int m_columnHead = 0;
    bool m_isTurned = false; ///< the heads above are written upwards
    int m_row = 0;           ///< the current cell
    int m_column = 0;
    std::optional<Place> m_choice;
};

} // namespace thaw::ui
