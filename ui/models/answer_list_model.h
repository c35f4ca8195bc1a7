#pragma once

#include "core/evaluate/metrics/error_order.h"
#include "ui/jobs/shown_evaluation.h"
#include "ui/jobs/thumbnail_job.h"

#include <QAbstractListModel>
#include <QCache>
#include <QPixmap>
#include <QSet>

#include <map>
#include <optional>
#include <vector>

namespace thaw::ui {

/// Which pictures of an evaluation are listed. Nothing: all.
struct AnswerFilter
{
    std::optional<int> truth;
    std::optional<int> label; ///< the answer

    bool isEmpty() const { return !truth && !label; }
    bool operator==(const AnswerFilter&) const = default;
};

/// Measured pictures in an order, with truth, answer and probability. Thumbnails are made when a view asks
/// for them, on a worker's thread; at most 48 MB of them are kept, so that memory does not grow with the
/// pictures.
class AnswerListModel : public QAbstractListModel
{
    Q_OBJECT

public:
    static constexpr int side = 104; ///< of a thumbnail, in pixels
    enum Role {
        CaptionRole = Qt::UserRole, ///< "cats → dogs"
        ProbabilityRole,            ///< of the answer: "98.2 %"
        IsRightRole,
        IsMissingRole, ///< the file cannot be shown; known once it was looked for
    };

    explicit AnswerListModel(QObject* parent = nullptr);

    /// Null: empty. Keeps the order, forgets the filter.
    void setEvaluation(const ShownEvaluationPointer& evaluation);
    void setShown(ErrorOrder order, const AnswerFilter& filter);
    ErrorOrder order() const { return m_order; }
    const AnswerFilter& filter() const { return m_filter; }
    const ShownEvaluationPointer& evaluation() const { return m_evaluation; }
    /// Index of a row's picture in the evaluation.
    std::size_t pictureAt(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    /// The rows as a file for spreadsheets: path, truth, answer, the two probabilities, loss.
    QString csv() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    void rebuild();
    const std::vector<std::size_t>& inOrder();
    QString caption(std::size_t picture) const;
    QString description(std::size_t picture) const;
    QVariant thumbnail(std::size_t picture) const;
    void store(qint64 key, const QImage& image);
    qint64 keyOf(std::size_t picture) const { return (m_generation << 32) + static_cast<qint64>(picture); }

    ShownEvaluationPointer m_evaluation;
    std::map<ErrorOrder, std::vector<std::size_t>> m_orders; ///< those that were asked for
    ErrorOrder m_order = ErrorOrder::WrongAndSure;
    AnswerFilter m_filter;
    std::vector<std::size_t> m_rows;
    QPixmap m_placeholder;
    qint64 m_generation = 0; ///< tells a late picture of another evaluation
    // Filled while views read.
    mutable QCache<qint64, QPixmap> m_cache;
    mutable QSet<qint64> m_asked;
    QSet<qint64> m_missing;
    mutable ThumbnailJob m_job;
};

} // namespace thaw::ui
