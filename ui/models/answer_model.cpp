#include "ui/models/answer_model.h"

#include "core/base/natural_order.h"
#include "core/evaluate/threshold_answer.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/probability_bars.h"

#include <QColor>

#include <algorithm>
#include <numeric>
#include <utility>

namespace thaw::ui {

namespace {

constexpr int answerCacheKilobytes = 24 * 1024;

} // namespace

AnswerModel::AnswerModel(QObject* parent)
    : QAbstractTableModel(parent), m_placeholder(thumbnailSide, thumbnailSide), m_cache(answerCacheKilobytes)
{
    m_placeholder.fill(QColor(128, 128, 128, 40));
    connect(&m_job, &ThumbnailJob::thumbnailMade, this, &AnswerModel::storeThumbnail);
    connect(&m_job, &ThumbnailJob::dropped, this, [this](qint64 key) { m_asked.remove(key); });
}

void AnswerModel::clear()
{
    beginResetModel();
    m_job.clear();
    m_cache.clear();
    m_asked.clear();
    ++m_generation;
    m_rows.clear();
    m_keys.clear();
    m_errors.clear();
    m_probabilities.clear();
    std::fill(std::begin(m_counts), std::end(m_counts), std::size_t(0));
    std::fill(m_labelCounts.begin(), m_labelCounts.end(), std::size_t(0));
    m_uncertain = 0;
    m_shown.clear();
    m_place.clear();
    endResetModel();
}

void AnswerModel::setState(Row& row, State state)
{
    const auto counted = [&](std::size_t by) {
        m_counts[std::size_t(row.state)] += by;
        if (row.state == State::Answered) {
            (row.label == uncertain ? m_uncertain : m_labelCounts[std::size_t(row.label)]) += by;
        }
    };
    counted(std::size_t(-1)); // one less
    row.state = state;
    if (state != State::Answered) {
        row.label = failed;
        row.first = row.second = -1;
        counted(1);
    }
}

qint64 AnswerModel::add(const std::vector<ListedPicture>& pictures)
{
    qint64 first = -1;
    std::vector<int> added;
    for (const ListedPicture& picture : pictures) {
        const auto [known, isNew] = m_keys.emplace(picture.path, m_rows.size());
        const std::size_t key = known->second;
        first = first < 0 ? qint64(key) : first;
        if (isNew) {
            m_rows.push_back({picture.path, picture.shownFrom, State::Waiting, failed, -1, -1});
            m_probabilities.resize(m_rows.size() * m_classes.size());
            m_place.push_back(-1);
            ++m_counts[std::size_t(State::Waiting)];
        } else { // the file may be another one by now
            setState(m_rows[key], State::Waiting);
            m_errors.erase(key);
            m_cache.remove((m_generation << 32) + qint64(key));
        }
        if (!picture.problem.empty()) {
            setState(m_rows[key], State::Failed);
            m_errors[key] = picture.problem;
        }
        if (isNew && isWanted(key)) {
            added.push_back(int(key));
        }
    }
    if (!added.empty()) {
        const int row = int(m_shown.size());
        beginInsertRows({}, row, row + int(added.size()) - 1);
        for (const int key : added) {
            m_place[std::size_t(key)] = int(m_shown.size());
            m_shown.push_back(key);
        }
        endInsertRows();
    }
    if (added.size() < pictures.size() && !m_shown.empty()) {
        Q_EMIT dataChanged(index(0, 0), index(int(m_shown.size()) - 1, ColumnCount - 1));
    }
    return first;
}

void AnswerModel::setModel(const OpenedModelPointer& model)
{
    if (m_model != model) {
        m_model = model;
        forgetAnswers();
    }
}

void AnswerModel::forgetAnswers()
{
    beginResetModel();
    m_classes = m_model ? m_model->weights.classes : std::vector<std::string>{};
    m_probabilities.assign(m_rows.size() * m_classes.size(), 0);
    m_labelCounts.assign(m_classes.size(), 0);
    m_uncertain = 0;
    std::fill(std::begin(m_counts), std::end(m_counts), std::size_t(0));
    for (Row& row : m_rows) {
        // What is no picture is none for any model.
        row.state = row.state == State::Failed ? State::Failed : State::Waiting;
        row.label = failed;
        row.first = row.second = -1;
        ++m_counts[std::size_t(row.state)];
    }
    m_shown = sortedKeys();
    place();
    endResetModel();
}

void AnswerModel::answer(std::size_t key, const Prediction& prediction)
{
    Row& row = m_rows[key];
    if (!prediction.error.empty() || prediction.probabilities.size() != m_classes.size()) {
        setState(row, State::Failed);
        m_errors[key] = prediction.error;
        return;
    }
    float* values = m_probabilities.data() + key * m_classes.size();
    std::transform(prediction.probabilities.begin(), prediction.probabilities.end(), values,
                   [](double share) { return static_cast<float>(share); });
    setState(row, State::Answered);
    row.first = prediction.label;
    row.second = -1;
    for (int label = 0; std::cmp_less(label, m_classes.size()); ++label) {
        if (label != row.first && (row.second < 0 || values[label] > values[row.second])) {
            row.second = label;
        }
    }
    row.label = answerBy(m_model->threshold, {values, m_classes.size()});
    ++m_counts[std::size_t(State::Answered)];
    ++(row.label == uncertain ? m_uncertain : m_labelCounts[std::size_t(row.label)]);
}

void AnswerModel::store(const std::vector<GivenAnswer>& answers)
{
    int first = int(m_shown.size());
    int last = -1;
    std::vector<int> joining;
    for (const GivenAnswer& given : answers) {
        const auto key = std::size_t(given.key);
        if (given.key < 0 || key >= m_rows.size()) {
            continue;
        }
        answer(key, given.prediction);
        if (m_place[key] >= 0) {
            first = std::min(first, m_place[key]);
            last = std::max(last, m_place[key]);
        } else if (isWanted(key)) {
            joining.push_back(int(key));
        }
    }
    if (last >= first) {
        Q_EMIT dataChanged(index(first, 0), index(last, ColumnCount - 1));
    }
    if (!joining.empty()) {
        const int row = int(m_shown.size());
        beginInsertRows({}, row, row + int(joining.size()) - 1);
        for (const int key : joining) {
            m_place[std::size_t(key)] = int(m_shown.size());
            m_shown.push_back(key);
        }
        endInsertRows();
    }
}

std::vector<AskedPicture> AnswerModel::waiting(qint64 first) const
{
    std::vector<AskedPicture> pictures;
    const std::size_t count = m_rows.size();
    const std::size_t start = first > 0 && std::cmp_less(first, count) ? std::size_t(first) : 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t key = (start + i) % count;
        if (m_rows[key].state == State::Waiting) {
            pictures.push_back({qint64(key), m_rows[key].path});
        }
    }
    return pictures;
}

bool AnswerModel::isWanted(std::size_t key) const
{
    const Row& row = m_rows[key];
    if (m_label) {
        const bool isFailed = row.state == State::Failed;
        if (*m_label == failed ? !isFailed : row.state != State::Answered || row.label != *m_label) {
            return false;
        }
    }
    return m_text.isEmpty() || bytesToText(shownName(key)).contains(m_text, Qt::CaseInsensitive);
}

bool AnswerModel::isBefore(std::size_t a, std::size_t b) const
{
    const Row& one = m_rows[a];
    const Row& other = m_rows[b];
    if (m_sortColumn == NameColumn) {
        return naturalLess(shownName(a), shownName(b));
    }
    const auto byLabel = [&](int left, int right) {
        return naturalLess(m_classes[std::size_t(left)], m_classes[std::size_t(right)]);
    };
    switch (m_sortColumn) {
    case AnswerColumn:
        return one.label < 0 || other.label < 0 ? one.label > other.label : byLabel(one.label, other.label);
    case ProbabilityColumn:
        return probability(a, one.label < 0 ? one.first : one.label) <
               probability(b, other.label < 0 ? other.first : other.label);
    default:
        return one.second < 0 || other.second < 0 ? one.second > other.second
                                                  : byLabel(one.second, other.second);
    }
}

/// What has no answer comes last, whichever way it is sorted.
std::vector<int> AnswerModel::sortedKeys() const
{
    std::vector<int> keys;
    for (std::size_t key = 0; key < m_rows.size(); ++key) {
        if (isWanted(key)) {
            keys.push_back(int(key));
        }
    }
    if (m_sortColumn < 0) {
        return keys;
    }
    const auto answered = m_sortColumn == NameColumn
                              ? keys.end()
                              : std::stable_partition(keys.begin(), keys.end(), [&](int key) {
                                    return m_rows[std::size_t(key)].state == State::Answered;
                                });
    std::stable_sort(keys.begin(), answered, [&](int a, int b) {
        return m_order == Qt::AscendingOrder ? isBefore(std::size_t(a), std::size_t(b))
                                             : isBefore(std::size_t(b), std::size_t(a));
    });
    return keys;
}

void AnswerModel::place()
{
    std::fill(m_place.begin(), m_place.end(), -1);
    for (std::size_t row = 0; row < m_shown.size(); ++row) {
        m_place[std::size_t(m_shown[row])] = int(row);
    }
}

void AnswerModel::setFilter(std::optional<int> label, const QString& text)
{
    beginResetModel();
    m_label = label;
    m_text = text;
    m_shown = sortedKeys();
    place();
    endResetModel();
}

void AnswerModel::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_order = order;
    settle();
}

void AnswerModel::settle()
{
    std::vector<int> shown = sortedKeys();
    if (shown == m_shown) {
        return;
    }
    Q_EMIT layoutAboutToBeChanged();
    const QModelIndexList before = persistentIndexList();
    std::vector<int> keys;
    for (const QModelIndex& index : before) {
        keys.push_back(m_shown[std::size_t(index.row())]);
    }
    m_shown = std::move(shown);
    place();
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i) {
        const int row = m_place[std::size_t(keys[std::size_t(i)])];
        after << (row < 0 ? QModelIndex() : index(row, before[i].column()));
    }
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged();
}

int AnswerModel::rowOf(qint64 key) const
{
    return key < 0 || std::cmp_greater_equal(key, m_place.size()) ? -1 : m_place[std::size_t(key)];
}

std::size_t AnswerModel::countOf(int label) const
{
    return label == failed      ? count(State::Failed)
           : label == uncertain ? m_uncertain
                                : m_labelCounts.at(std::size_t(label));
}

std::string_view AnswerModel::shownName(std::size_t key) const
{
    const Row& row = m_rows[key];
    return std::string_view(row.path).substr(std::min<std::size_t>(row.shownFrom, row.path.size()));
}

QString AnswerModel::nameOf(qint64 key) const
{
    return plainLine(shownName(std::size_t(key)));
}

QString AnswerModel::errorOf(qint64 key) const
{
    const auto found = m_errors.find(std::size_t(key));
    return found == m_errors.end() ? QString() : plainLines(found->second);
}

std::span<const float> AnswerModel::probabilitiesOf(qint64 key) const
{
    return {m_probabilities.data() + std::size_t(key) * m_classes.size(), m_classes.size()};
}

float AnswerModel::probability(std::size_t key, int label) const
{
    return label < 0 ? 0 : m_probabilities[key * m_classes.size() + std::size_t(label)];
}

QString AnswerModel::labelText(int label) const
{
    return label == failed      ? tr("Cannot be read")
           : label == uncertain ? tr("Uncertain")
                                : plainLine(m_classes.at(std::size_t(label)));
}

Prediction AnswerModel::predictionOf(qint64 key) const
{
    const Row& row = m_rows[std::size_t(key)];
    Prediction prediction;
    prediction.path = row.path;
    if (row.state == State::Answered) {
        const std::span<const float> values = probabilitiesOf(key);
        prediction.label = row.first;
        prediction.probabilities.assign(values.begin(), values.end());
    } else {
        const auto found = m_errors.find(std::size_t(key));
        prediction.error = found == m_errors.end() ? "not asked" : found->second;
    }
    return prediction;
}

int AnswerModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_shown.size());
}

int AnswerModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString AnswerModel::text(std::size_t key, int column) const
{
    const Row& row = m_rows[key];
    if (column == NameColumn) {
        return nameOf(qint64(key));
    }
    if (row.state == State::Waiting) {
        return column == AnswerColumn ? QString(QChar(0x2026)) : QString();
    }
    if (row.state == State::Failed) {
        return column == AnswerColumn ? labelText(failed) : QString();
    }
    switch (column) {
    case AnswerColumn:
        return labelText(row.label);
    case ProbabilityColumn:
        return probabilityText(double(probability(key, row.label < 0 ? row.first : row.label)));
    default:
        break;
    }
    // Where the threshold decides against the likeliest class, that is the other one.
    const int other = row.label == row.first ? row.second : row.first;
    return other < 0 ? QString()
                     : tr("%1, %2").arg(labelText(other), probabilityText(double(probability(key, other))));
}

QVariant AnswerModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid()) {
        return {};
    }
    const auto key = std::size_t(m_shown[std::size_t(index.row())]);
    const Row& row = m_rows[key];
    switch (role) {
    case Qt::DisplayRole:
        return text(key, index.column());
    case Qt::DecorationRole:
        return index.column() == NameColumn ? picture(key) : QVariant();
    case Qt::ToolTipRole:
        return plainToolTip(row.state == State::Failed ? bytesToText(row.path) + '\n' + errorOf(qint64(key))
                                                       : bytesToText(row.path));
    case Qt::AccessibleTextRole:
        return row.state == State::Failed && index.column() == AnswerColumn
                   ? labelText(failed) + ": " + errorOf(qint64(key))
                   : text(key, index.column());
    case Qt::TextAlignmentRole:
        return index.column() == ProbabilityColumn ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case Qt::ForegroundRole: {
        const ThemeColours colours = themeColours(m_palette);
        return row.state == State::Failed && index.column() == AnswerColumn ? QVariant(colours.bad)
               : index.column() == SecondColumn || row.state == State::Waiting || row.label == uncertain
                   ? QVariant(colours.muted)
                   : QVariant();
    }
    default:
        return {};
    }
}

QVariant AnswerModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return QAbstractTableModel::headerData(section, orientation, role);
    }
    switch (section) {
    case NameColumn:
        return tr("Picture");
    case AnswerColumn:
        return tr("Answer");
    case ProbabilityColumn:
        return tr("Probability");
    default:
        return tr("Second answer");
    }
}

QVariant AnswerModel::picture(std::size_t key) const
{
    if (m_rows[key].state == State::Failed) {
        return m_placeholder;
    }
    const qint64 asked = (m_generation << 32) + qint64(key);
    if (const QPixmap* pixmap = m_cache.object(asked)) {
        return *pixmap;
    }
    if (!m_asked.contains(asked)) {
        m_asked.insert(asked);
        m_job.request(asked, m_rows[key].path, thumbnailSide);
    }
    return m_placeholder;
}

void AnswerModel::storeThumbnail(qint64 key, const QImage& image)
{
    if (!m_asked.remove(key) || (key >> 32) != m_generation) {
        return;
    }
    auto* pixmap = new QPixmap(image.isNull() ? m_placeholder : QPixmap::fromImage(image));
    m_cache.insert(key, pixmap, std::max(1, pixmap->width() * pixmap->height() * 4 / 1024));
    const int row = rowOf(key & 0xffffffff);
    if (row >= 0) {
        Q_EMIT dataChanged(index(row, 0), index(row, 0), {Qt::DecorationRole});
    }
}

} // namespace thaw::ui
