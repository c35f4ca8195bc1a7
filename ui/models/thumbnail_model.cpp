#include "ui/models/thumbnail_model.h"

#include "ui/text/plain_text.h"

#include <QColor>

#include <algorithm>

namespace thaw::ui {

namespace {

constexpr int cacheKilobytes = 48 * 1024;

/// Whether every index stands for the same file in both.
bool haveSameFiles(const DatasetIndex& one, const DatasetIndex& other)
{
    return one.source == other.source &&
           std::ranges::equal(one.samples, other.samples, [](const Sample& a, const Sample& b) {
               return a.path == b.path && a.byteSize == b.byteSize;
           });
}

} // namespace

ThumbnailModel::ThumbnailModel(QObject* parent)
    : QAbstractListModel(parent), m_placeholder(side, side), m_cache(cacheKilobytes)
{
    m_placeholder.fill(QColor(128, 128, 128, 40));
    connect(&m_job, &ThumbnailJob::thumbnailMade, this, &ThumbnailModel::store);
    connect(&m_job, &ThumbnailJob::dropped, this, [this](qint64 key) { m_asked.remove(key); });
}

void ThumbnailModel::setDataset(const DatasetPointer& dataset)
{
    // A deep check of the same files may drop samples, which shifts the keys.
    if (!dataset || !m_dataset || !haveSameFiles(*dataset, *m_dataset)) {
        m_job.clear();
        m_cache.clear();
        m_asked.clear();
        ++m_generation;
        m_label.reset();
        m_split.reset();
    }
    m_dataset = dataset;
    rebuild();
}

void ThumbnailModel::setFilter(std::optional<int> label, std::optional<Split> split)
{
    m_label = label;
    m_split = split;
    rebuild();
}

const Sample& ThumbnailModel::sampleAt(int row) const
{
    return m_dataset->samples[m_rows[static_cast<std::size_t>(row)]];
}

void ThumbnailModel::rebuild()
{
    beginResetModel();
    m_rows.clear();
    for (std::size_t i = 0; m_dataset && i < m_dataset->samples.size(); ++i) {
        const Sample& sample = m_dataset->samples[i];
        if ((!m_label || sample.label == *m_label) && (!m_split || sample.split == *m_split)) {
            m_rows.push_back(i);
        }
    }
    endResetModel();
}

void ThumbnailModel::store(qint64 key, const QImage& image)
{
    if (!m_asked.remove(key)) {
        return;
    }
    auto* pixmap = new QPixmap(image.isNull() ? m_placeholder : QPixmap::fromImage(image));
    m_cache.insert(key, pixmap, std::max(1, pixmap->width() * pixmap->height() * 4 / 1024));
    const auto sample = static_cast<std::size_t>(key & 0xffffffff);
    const auto found = std::ranges::lower_bound(m_rows, sample);
    if (found != m_rows.end() && *found == sample) {
        const QModelIndex changed = index(static_cast<int>(found - m_rows.begin()));
        Q_EMIT dataChanged(changed, changed, {Qt::DecorationRole});
    }
}

int ThumbnailModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant ThumbnailModel::data(const QModelIndex& index, int role) const
{
    const Sample& sample = sampleAt(index.row());
    switch (role) {
    case Qt::DecorationRole: {
        const qint64 key = keyOf(m_rows[static_cast<std::size_t>(index.row())]);
        if (const QPixmap* pixmap = m_cache.object(key)) {
            return *pixmap;
        }
        if (!m_asked.contains(key)) {
            m_asked.insert(key);
            m_job.request(key, m_dataset->pathOf(sample), side);
        }
        return m_placeholder;
    }
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return plainToolTip(sample.width > 0 ? tr("%1, %2 × %3 pixels")
                                                   .arg(plainLine(sample.path), QString::number(sample.width),
                                                        QString::number(sample.height))
                                             : plainLine(sample.path));
    default:
        return {};
    }
}

} // namespace thaw::ui
