#pragma once

#include "ui/jobs/thumbnail_job.h"
#include "ui/session.h"

#include <QAbstractListModel>
#include <QCache>
#include <QPixmap>
#include <QSet>

#include <optional>

namespace thaw::ui {

/// Pictures of a data set, of one class and split or of all. A picture is loaded when a view asks for it, on
/// a worker thread; at most 48 MB of them are kept.
class ThumbnailModel : public QAbstractListModel
{
    Q_OBJECT

public:
    static constexpr int side = 104; ///< pixels

    explicit ThumbnailModel(QObject* parent = nullptr);

    void setDataset(const DatasetPointer& dataset);
    /// @param label nothing: all classes
    void setFilter(std::optional<int> label, std::optional<Split> split);
    const Sample& sampleAt(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    void rebuild();
    qint64 keyOf(std::size_t sample) const { return (m_generation << 32) + static_cast<qint64>(sample); }
    void store(qint64 key, const QImage& image);

    DatasetPointer m_dataset;
    std::optional<int> m_label;
    std::optional<Split> m_split;
    std::vector<std::size_t> m_rows; ///< indices into the data set's samples
    QPixmap m_placeholder;
    qint64 m_generation = 0; ///< tells a late picture of another data set
    // Filled while views read; keys are keyOf() an index into the samples.
    mutable QCache<qint64, QPixmap> m_cache;
    mutable QSet<qint64> m_asked;
    mutable ThumbnailJob m_job;
};

} // namespace thaw::ui
