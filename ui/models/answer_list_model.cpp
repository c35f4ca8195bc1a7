#include "ui/models/answer_list_model.h"

#include "core/data/dataset/csv.h"
#include "core/evaluate/metrics/probability_scores.h"
#include "ui/text/evaluation_words.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/widgets/probability_bars.h"

#include <QColor>

#include <algorithm>
#include <filesystem>

namespace thaw::ui {

namespace {

constexpr int galleryCacheKilobytes = 48 * 1024;

} // namespace

AnswerListModel::AnswerListModel(QObject* parent)
    : QAbstractListModel(parent), m_placeholder(side, side), m_cache(galleryCacheKilobytes)
{
    m_placeholder.fill(QColor(128, 128, 128, 40));
    connect(&m_job, &ThumbnailJob::thumbnailMade, this, &AnswerListModel::store);
    connect(&m_job, &ThumbnailJob::dropped, this, [this](qint64 key) { m_asked.remove(key); });
}

void AnswerListModel::setEvaluation(const ShownEvaluationPointer& evaluation)
{
    m_job.clear();
    m_cache.clear();
    m_asked.clear();
    m_missing.clear();
    m_orders.clear();
    ++m_generation;
    beginResetModel();
    m_evaluation = evaluation;
    m_filter = {};
    rebuild();
    endResetModel();
}

void AnswerListModel::setShown(ErrorOrder order, const AnswerFilter& filter)
{
    beginResetModel();
    m_order = order;
    m_filter = filter;
    rebuild();
    endResetModel();
}

const std::vector<std::size_t>& AnswerListModel::inOrder()
{
    const auto found = m_orders.find(m_order);
    return found != m_orders.end()
               ? found->second
               : m_orders.emplace(m_order, picturesInOrder(m_evaluation->answers, m_order)).first->second;
}

void AnswerListModel::rebuild()
{
    m_rows.clear();
    if (!m_evaluation) {
        return;
    }
    for (const std::size_t picture : inOrder()) {
        if ((!m_filter.truth || m_evaluation->answers.truths[picture] == *m_filter.truth) &&
            (!m_filter.label || m_evaluation->labels[picture] == *m_filter.label))
        {
            m_rows.push_back(picture);
        }
    }
}

int AnswerListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QString AnswerListModel::caption(std::size_t picture) const
{
    const QString truth = className(*m_evaluation, m_evaluation->answers.truth(picture));
    const QString label = className(*m_evaluation, static_cast<std::size_t>(m_evaluation->labels[picture]));
    return m_evaluation->answers.isRight(picture) ? truth : truth + QStringLiteral(" → ") + label;
}

QString AnswerListModel::description(std::size_t picture) const
{
    const QString truth = className(*m_evaluation, m_evaluation->answers.truth(picture));
    const QString label = className(*m_evaluation, static_cast<std::size_t>(m_evaluation->labels[picture]));
    const QString probability = probabilityText(m_evaluation->answers.confidence(picture));
    return m_evaluation->answers.isRight(picture)
               ? tr("%1, answered rightly with %2", "a class and a probability").arg(truth, probability)
               : tr("%1, taken for %2 with %3", "two classes and a probability")
                     .arg(truth, label, probability);
}

QVariant AnswerListModel::thumbnail(std::size_t picture) const
{
    const qint64 key = keyOf(picture);
    if (const QPixmap* pixmap = m_cache.object(key)) {
        return *pixmap;
    }
    if (!m_asked.contains(key)) {
        m_asked.insert(key);
        m_job.request(key, std::filesystem::path(m_evaluation->paths[picture]), side);
    }
    return m_placeholder;
}

void AnswerListModel::store(qint64 key, const QImage& image)
{
    if (!m_asked.remove(key)) {
        return;
    }
    if (image.isNull()) {
        m_missing.insert(key);
    }
    auto* pixmap = new QPixmap(image.isNull() ? m_placeholder : QPixmap::fromImage(image));
    m_cache.insert(key, pixmap, std::max(1, pixmap->width() * pixmap->height() * 4 / 1024));
    const auto found = std::ranges::find(m_rows, static_cast<std::size_t>(key & 0xffffffff));
    if (found != m_rows.end()) {
        const QModelIndex changed = index(static_cast<int>(found - m_rows.begin()));
        Q_EMIT dataChanged(changed, changed, {Qt::DecorationRole, IsMissingRole});
    }
}

QVariant AnswerListModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount()) {
        return {};
    }
    const std::size_t picture = pictureAt(index.row());
    switch (role) {
    case Qt::DecorationRole:
        return thumbnail(picture);
    case CaptionRole:
        return caption(picture);
    case ProbabilityRole:
        return probabilityText(m_evaluation->answers.confidence(picture));
    case IsRightRole:
        return m_evaluation->answers.isRight(picture);
    case IsMissingRole:
        return m_missing.contains(keyOf(picture));
    case Qt::AccessibleTextRole:
        return description(picture);
    case Qt::ToolTipRole:
        return plainToolTip(description(picture) + '\n' + plainLine(m_evaluation->paths[picture]));
    default:
        return {};
    }
}

QString AnswerListModel::csv() const
{
    QString csv = "path,truth,answer,probability,probability_of_truth,loss\n";
    const auto name = [](const std::string& text) { return bytesToText(csvName(text)); };
    for (const std::size_t picture : m_rows) {
        const Answers& answers = m_evaluation->answers;
        const auto& classes = m_evaluation->evaluation().classes;
        const QStringList fields{
            bytesToText(csvPath(m_evaluation->paths[picture])),
            name(classes[answers.truth(picture)]),
            name(classes[static_cast<std::size_t>(m_evaluation->labels[picture])]),
            QString::number(double(answers.confidence(picture)), 'g', 9),
            QString::number(double(answers.probability(picture, answers.truth(picture))), 'g', 9),
            QString::number(pictureLoss(answers, picture), 'g', 9)};
        csv += fields.join(',') + '\n';
    }
    return csv;
}

} // namespace thaw::ui
