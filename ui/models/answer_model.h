#pragma once

#include "ui/jobs/ask_job.h"
#include "ui/jobs/picture_list_job.h"
#include "ui/jobs/thumbnail_job.h"

#include <QAbstractTableModel>
#include <QCache>
#include <QPalette>
#include <QPixmap>
#include <QSet>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thaw::ui {

/// Pictures and what a model says of them, a row each: sorted and filtered here, since a proxy would take
/// seconds for 100,000. A picture has a key, its place in the order in which they came. Small pictures are
/// loaded when a view asks for them, on a worker thread; at most 24 MB of them are kept.
class AnswerModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { NameColumn, AnswerColumn, ProbabilityColumn, SecondColumn, ColumnCount };
    enum class State { Waiting, Answered, Failed };
    /// In place of a class in setFilter().
    static constexpr int uncertain = -1;
    static constexpr int failed = -2;
    static constexpr int thumbnailSide = 40; ///< pixels

    explicit AnswerModel(QObject* parent = nullptr);

    void setPalette(const QPalette& palette) { m_palette = palette; }
    void clear();
    /// Those that are there already are asked anew. @return the key of the first of them, −1 for none
    qint64 add(const std::vector<ListedPicture>& pictures);
    /// Forgets all answers where the model or its threshold is another one.
    void setModel(const OpenedModelPointer& model);
    /// Forgets all answers: another model will be asked.
    void forgetAnswers();
    void store(const std::vector<GivenAnswer>& answers);
    /// Those without an answer, from `first` on and then those before it.
    std::vector<AskedPicture> waiting(qint64 first) const;

    /// @param label a class, uncertain or failed; nothing: all @param text that the name has to have in it
    void setFilter(std::optional<int> label, const QString& text);
    void sort(int column, Qt::SortOrder order) override;
    /// Sorts and filters what has come since.
    void settle();

    qint64 keyAt(int row) const { return m_shown[std::size_t(row)]; }
    int rowOf(qint64 key) const; ///< −1 when it is not shown
    std::size_t pictureCount() const { return m_rows.size(); }
    std::size_t count(State state) const { return m_counts[std::size_t(state)]; }
    /// Pictures answered with a class, or uncertain.
    std::size_t countOf(int label) const;
    State stateOf(qint64 key) const { return m_rows[std::size_t(key)].state; }
    const std::string& pathOf(qint64 key) const { return m_rows[std::size_t(key)].path; }
    QString nameOf(qint64 key) const;
    /// The class that counts as the answer, uncertain, or failed.
    int labelOf(qint64 key) const { return m_rows[std::size_t(key)].label; }
    QString errorOf(qint64 key) const;
    std::span<const float> probabilitiesOf(qint64 key) const;
    const std::vector<std::string>& classes() const { return m_classes; }
    QString labelText(int label) const;
    /// As core has it, for files.
    Prediction predictionOf(qint64 key) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Row
    {
        std::string path;
        std::uint32_t shownFrom = 0;
        State state = State::Waiting;
        int label = failed; ///< counts as the answer; of State::Answered
        int first = -1;     ///< the likeliest class
        int second = -1;
    };

    bool isWanted(std::size_t key) const;
    bool isBefore(std::size_t a, std::size_t b) const;
    std::vector<int> sortedKeys() const;
    void place();
    void setState(Row& row, State state);
    void answer(std::size_t key, const Prediction& prediction);
    float probability(std::size_t key, int label) const;
    QVariant picture(std::size_t key) const;
    void storeThumbnail(qint64 key, const QImage& image);
    QString text(std::size_t key, int column) const;
    std::string_view shownName(std::size_t key) const;

    std::vector<Row> m_rows;
    std::map<std::string, std::size_t, std::less<>> m_keys; ///< by path
    std::map<std::size_t, std::string> m_errors;
    std::vector<float> m_probabilities; ///< a row a picture, a column a class
    OpenedModelPointer m_model;
    std::vector<std::string> m_classes;
    std::size_t m_counts[3]{};
    std::vector<std::size_t> m_labelCounts;
    std::size_t m_uncertain = 0;

    std::vector<int> m_shown; ///< keys, by row of the view
    std::vector<int> m_place; ///< rows, by key; −1: not shown
    std::optional<int> m_label;
    QString m_text;
    int m_sortColumn = -1; ///< as they came
    Qt::SortOrder m_order = Qt::AscendingOrder;

    QPalette m_palette;
    QPixmap m_placeholder;
    qint64 m_generation = 0; ///< tells a late picture of a list cleared meanwhile
    // Filled while views read.
    mutable QCache<qint64, QPixmap> m_cache;
    mutable QSet<qint64> m_asked;
    mutable ThumbnailJob m_job;
};

} // namespace thaw::ui
