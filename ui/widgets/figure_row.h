#pragma once

#include <QList>
#include <QString>
#include <QWidget>

class QLabel;

namespace thaw::ui {

/// A number with its name and what more there is to say of it.
struct Figure
{
    QString value;
    QString name;
    QString detail; ///< below the name; may be empty
    QString tip;
};

/// Numbers side by side, large, with their names below. The text of each can be selected and copied.
class FigureRow : public QWidget
{
    Q_OBJECT

public:
    explicit FigureRow(QWidget* parent = nullptr);

    void setFigures(const QList<Figure>& figures);
    /// A line each: name, tabulator, value, tabulator, detail.
    QString text() const;

private:
    struct Labels
    {
        QWidget* tile = nullptr;
        QLabel* value = nullptr;
        QLabel* name = nullptr;
        QLabel* detail = nullptr;
    };

    Labels addTile();

    QList<Figure> m_figures;
    QList<Labels> m_tiles;
};

} // namespace thaw::ui
