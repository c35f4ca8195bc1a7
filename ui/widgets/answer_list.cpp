#include "ui/widgets/answer_list.h"

#include "ui/models/answer_model.h"
#include "ui/theme.h"
#include "ui/widgets/cell_delegate.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableView>
#include <QVBoxLayout>

namespace thaw::ui {

namespace {

constexpr int filterMilliseconds = 150;

} // namespace

AnswerList::AnswerList(AnswerModel* model, QWidget* parent)
    : QFrame(parent)
    , m_model(model)
    , m_text(new QLineEdit(this))
    , m_class(new QComboBox(this))
    , m_table(new QTableView(this))
    , m_count(makeMuted({}, this))
    , m_save(new QPushButton(tr("Save as &table…"), this))
    , m_copy(new QPushButton(tr("&Copy into folders…"), this))
{
    setObjectName("answerList");
    setNames(m_text, "answerFilter", tr("Filter by name"));
    m_text->setPlaceholderText(tr("Filter by name"));
    m_text->setClearButtonEnabled(true);
    setNames(m_class, "answerClass", tr("Answers to show"));
    letShrink(m_class);
    setNames(m_table, "answerTable", tr("Pictures and answers"));
    m_count->setObjectName("answerCount");
    letShrink(m_count);
    setNames(m_save, "answerSave", tr("Save the pictures listed as a table"));
    m_save->setToolTip(tr("Writes a CSV file with an answer and all probabilities for each picture listed"));
    setNames(m_copy, "answerCopy", tr("Copy the pictures listed into folders by class"));
    m_copy->setToolTip(
        tr("Copies each picture listed into a folder named after its answer. Nothing is moved."));

    m_table->setModel(model);
    m_table->setItemDelegate(new CellDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setIconSize({AnswerModel::thumbnailSide, AnswerModel::thumbnailSide});
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(AnswerModel::thumbnailSide + spacing::normal);
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setSortIndicatorClearable(true);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setSectionResizeMode(AnswerModel::NameColumn, QHeaderView::Stretch);
    const int letter = fontMetrics().averageCharWidth();
    m_table->setColumnWidth(AnswerModel::AnswerColumn, letter * 14);
    m_table->setColumnWidth(AnswerModel::ProbabilityColumn, letter * 13);
    m_table->setColumnWidth(AnswerModel::SecondColumn, letter * 18);
    m_table->setSortingEnabled(true);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    auto* filters = new QHBoxLayout;
    filters->setSpacing(spacing::normal);
    filters->addWidget(m_text, 1);
    filters->addWidget(m_class, 1);
    layout->addLayout(filters);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_count);
    auto* bottom = new QHBoxLayout;
    bottom->setSpacing(spacing::normal);
    bottom->addStretch(1);
    bottom->addWidget(m_save);
    bottom->addWidget(m_copy);
    layout->addLayout(bottom);

    m_filterSoon.setSingleShot(true);
    m_filterSoon.setInterval(filterMilliseconds);
    connect(&m_filterSoon, &QTimer::timeout, this, &AnswerList::filter);
    connect(m_text, &QLineEdit::textChanged, this, [this] { m_filterSoon.start(); });
    connect(m_class, &QComboBox::activated, this, &AnswerList::filter);
    connect(m_save, &QPushButton::clicked, this, &AnswerList::saveClicked);
    connect(m_copy, &QPushButton::clicked, this, &AnswerList::copyClicked);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, [this] {
        if (currentKey() >= 0) {
            Q_EMIT currentChanged(currentKey());
        }
    });
    fillClasses();
}

/// In a narrow window names matter more than second answers, which stand beside the picture too.
void AnswerList::resizeEvent(QResizeEvent*)
{
    constexpr int letters = 66;
    m_table->setColumnHidden(AnswerModel::SecondColumn, width() < fontMetrics().averageCharWidth() * letters);
}

qint64 AnswerList::currentKey() const
{
    const QModelIndex current = m_table->currentIndex();
    return current.isValid() ? m_model->keyAt(current.row()) : -1;
}

void AnswerList::select(qint64 key)
{
    const QModelIndex index = m_model->index(m_model->rowOf(key), 0);
    if (index.isValid()) {
        m_table->setCurrentIndex(index);
        m_table->scrollTo(index);
    }
}

void AnswerList::step(int rows)
{
    const int row = m_table->currentIndex().row() + rows;
    if (row >= 0 && row < m_model->rowCount()) {
        select(m_model->keyAt(row));
    }
}

void AnswerList::filter()
{
    const qint64 key = currentKey();
    const QVariant label = m_class->currentData();
    m_model->setFilter(label.isValid() ? std::optional(label.toInt()) : std::nullopt, m_text->text());
    select(m_model->rowOf(key) >= 0 ? key : m_model->rowCount() > 0 ? m_model->keyAt(0) : -1);
    showState(!m_save->isEnabled());
}

/// Items stay as they are where only their numbers change, so that a list that is open stays open.
void AnswerList::fillClasses()
{
    std::vector<std::pair<QString, QVariant>> items;
    const auto counted = [](const QString& text, std::size_t count) {
        return tr("%1 (%2)").arg(text, QLocale().toString(qulonglong(count)));
    };
    items.emplace_back(counted(tr("All answers"), m_model->pictureCount()), QVariant());
    for (int label = 0; std::cmp_less(label, m_model->classes().size()); ++label) {
        items.emplace_back(counted(m_model->labelText(label), m_model->countOf(label)), label);
    }
    for (const int special : {AnswerModel::uncertain, AnswerModel::failed}) {
        if (m_model->countOf(special) > 0 || m_class->currentData() == QVariant(special)) {
            items.emplace_back(counted(m_model->labelText(special), m_model->countOf(special)), special);
        }
    }
    const QSignalBlocker blocker(m_class);
    const QVariant current = m_class->currentData();
    while (m_class->count() > int(items.size())) {
        m_class->removeItem(m_class->count() - 1);
    }
    for (int i = 0; i < int(items.size()); ++i) {
        const auto& [text, value] = items[std::size_t(i)];
        if (i >= m_class->count()) {
            m_class->addItem(text, value);
        } else if (m_class->itemText(i) != text || m_class->itemData(i) != value) {
            m_class->setItemText(i, text);
            m_class->setItemData(i, value);
        }
    }
    m_class->setCurrentIndex(std::max(0, m_class->findData(current)));
}

void AnswerList::showState(bool isBusy)
{
    fillClasses();
    const int shown = m_model->rowCount();
    const auto all = int(m_model->pictureCount());
    m_count->setText(shown == all ? tr("%Ln picture(s)", nullptr, all)
                                  : tr("%1 of %Ln picture(s)", nullptr, all).arg(QLocale().toString(shown)));
    m_save->setEnabled(!isBusy && shown > 0);
    m_copy->setEnabled(!isBusy && shown > 0 && m_model->count(AnswerModel::State::Answered) > 0);
}

} // namespace thaw::ui
