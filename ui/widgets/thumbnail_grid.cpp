#include "ui/widgets/thumbnail_grid.h"

#include "ui/text/plain_text.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace thaw::ui {

ThumbnailGrid::ThumbnailGrid(QWidget* parent)
    : QWidget(parent)
    , m_model(new ThumbnailModel(this))
    , m_class(new QComboBox(this))
    , m_split(new QComboBox(this))
    , m_count(makeMuted({}, this))
    , m_view(new QListView(this))
{
    setObjectName("thumbnailGrid");
    setNames(m_class, "thumbnailClass", tr("Class to show"));
    setNames(m_split, "thumbnailSplit", tr("Split to show"));
    m_count->setObjectName("thumbnailCount");
    m_count->setWordWrap(false);
    letShrink(m_class);
    m_class->setMinimumWidth(fontMetrics().averageCharWidth() * 17);
    m_split->addItem(tr("All splits"));
    m_split->addItem(tr("Training"), static_cast<int>(Split::Train));
    m_split->addItem(tr("Validation"), static_cast<int>(Split::Validation));
    m_split->addItem(tr("Test"), static_cast<int>(Split::Test));

    setNames(m_view, "thumbnailView", tr("Pictures"));
    m_view->setModel(m_model);
    m_view->setViewMode(QListView::IconMode);
    m_view->setResizeMode(QListView::Adjust);
    m_view->setMovement(QListView::Static);
    m_view->setUniformItemSizes(true);
    m_view->setIconSize({ThumbnailModel::side, ThumbnailModel::side});
    m_view->setGridSize({ThumbnailModel::side + spacing::normal, ThumbnailModel::side + spacing::normal});
    m_view->setLayoutMode(QListView::Batched);
    m_view->setBatchSize(500);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    m_view->setFrameShape(QFrame::NoFrame);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::normal);
    row->addWidget(m_class);
    row->addWidget(m_split);
    row->addStretch(1);
    layout->addLayout(row);
    layout->addWidget(m_view, 1);
    layout->addWidget(m_count); // in the row above it would have no room in a narrow window

    connect(m_class, &QComboBox::currentIndexChanged, this, &ThumbnailGrid::filter);
    connect(m_split, &QComboBox::currentIndexChanged, this, &ThumbnailGrid::filter);
}

void ThumbnailGrid::setDataset(const DatasetPointer& dataset)
{
    m_model->setDataset(dataset);
    const auto classes = dataset ? dataset->classes : std::vector<std::string>{};
    if (classes != m_classes) {
        m_classes = classes;
        const QSignalBlocker classBlocker(m_class);
        const QSignalBlocker splitBlocker(m_split);
        m_class->clear();
        m_class->addItem(tr("All classes"));
        for (std::size_t i = 0; i < classes.size(); ++i) {
            m_class->addItem(plainLine(classes[i]), static_cast<int>(i));
        }
        m_split->setCurrentIndex(0);
    }
    filter();
}

void ThumbnailGrid::filter()
{
    const QVariant label = m_class->currentData();
    const QVariant split = m_split->currentData();
    m_model->setFilter(label.isValid() ? std::optional(label.toInt()) : std::nullopt,
                       split.isValid() ? std::optional(static_cast<Split>(split.toInt())) : std::nullopt);
    m_count->setText(tr("%Ln picture(s)", nullptr, m_model->rowCount()));
}

} // namespace thaw::ui
