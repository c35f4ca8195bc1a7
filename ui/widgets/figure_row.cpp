#include "ui/widgets/figure_row.h"

#include "ui/text/plain_text.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace thaw::ui {

FigureRow::FigureRow(QWidget* parent) : QWidget(parent)
{
    setObjectName("figureRow");
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::wide);
}

FigureRow::Labels FigureRow::addTile()
{
    Labels labels;
    labels.tile = new QWidget(this);
    auto* column = new QVBoxLayout(labels.tile);
    column->setContentsMargins({});
    column->setSpacing(0);
    labels.value = makeSectionTitle({}, labels.tile);
    QFont font = labels.value->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    labels.value->setFont(font);
    labels.name = makeMuted({}, labels.tile);
    labels.detail = makeMuted({}, labels.tile);
    for (QLabel* label : {labels.value, labels.name, labels.detail}) {
        label->setWordWrap(false);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        column->addWidget(label);
    }
    column->addStretch(1);
    static_cast<QHBoxLayout*>(layout())->addWidget(labels.tile, 1);
    return labels;
}

void FigureRow::setFigures(const QList<Figure>& figures)
{
    m_figures = figures;
    while (m_tiles.size() < figures.size()) {
        m_tiles << addTile();
    }
    for (qsizetype i = 0; i < m_tiles.size(); ++i) {
        const Figure figure = figures.value(i);
        m_tiles[i].value->setText(figure.value);
        m_tiles[i].name->setText(figure.name);
        m_tiles[i].detail->setText(figure.detail);
        m_tiles[i].detail->setVisible(!figure.detail.isEmpty());
        m_tiles[i].tile->setToolTip(plainToolTip(figure.tip));
        m_tiles[i].tile->setVisible(i < figures.size());
    }
}

QString FigureRow::text() const
{
    QString text;
    for (const Figure& figure : m_figures) {
        text += figure.name + '\t' + figure.value + '\t' + figure.detail + '\n';
    }
    return text;
}

} // namespace thaw::ui
