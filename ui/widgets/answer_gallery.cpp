#include "ui/widgets/answer_gallery.h"

#include "ui/text/evaluation_words.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QPainter>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace thaw::ui {

namespace {

constexpr int tileMargin = 6;

/// A thumbnail, below it truth and answer and how sure that was.
class AnswerDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    static QSize tileSize(const QFontMetrics& metrics)
    {
        return {AnswerListModel::side + 3 * tileMargin,
                AnswerListModel::side + 2 * metrics.lineSpacing() + 4 * tileMargin};
    }

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override
    {
        return tileSize(option.fontMetrics) - QSize(tileMargin, tileMargin);
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const ThemeColours colours = themeColours(option.palette);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const bool isChosen = option.state & QStyle::State_Selected;
        if (isChosen || option.state & QStyle::State_MouseOver) {
            painter->setPen(isChosen ? colours.accent : QColor(Qt::transparent));
            painter->setBrush(colours.accentSoft);
            painter->drawRoundedRect(QRectF(option.rect).adjusted(.5, .5, -.5, -.5), 6, 6);
        }
        QRect picture(0, 0, AnswerListModel::side, AnswerListModel::side);
        picture.moveCenter({option.rect.center().x(), 0});
        picture.moveTop(option.rect.top() + tileMargin);
        painter->drawPixmap(picture, index.data(Qt::DecorationRole).value<QPixmap>());
        if (index.data(AnswerListModel::IsMissingRole).toBool()) {
            painter->setPen(colours.muted);
            painter->drawText(picture.adjusted(4, 4, -4, -4), Qt::AlignCenter | Qt::TextWordWrap,
                              AnswerGallery::tr("Cannot be shown"));
        }
        // A sign as well as a colour.
        const bool isRight = index.data(AnswerListModel::IsRightRole).toBool();
        QRect line(option.rect.left() + tileMargin, picture.bottom() + tileMargin,
                   option.rect.width() - 2 * tileMargin, option.fontMetrics.lineSpacing());
        painter->setPen(colours.text);
        painter->drawText(line, Qt::AlignHCenter | Qt::AlignVCenter,
                          elidedCaption(option.fontMetrics, index, line.width()));
        line.translate(0, line.height());
        painter->setPen(isRight ? colours.good : colours.bad);
        painter->drawText(line, Qt::AlignHCenter | Qt::AlignVCenter,
                          (isRight ? QStringLiteral("✓ ") : QStringLiteral("✗ ")) +
                              index.data(AnswerListModel::ProbabilityRole).toString());
        painter->restore();
    }

private:
    /// Of two long names each keeps its beginning.
    static QString elidedCaption(const QFontMetrics& metrics, const QModelIndex& index, int width)
    {
        const QString whole = index.data(AnswerListModel::CaptionRole).toString();
        const QString arrow = QStringLiteral(" → ");
        const qsizetype at = whole.indexOf(arrow);
        if (metrics.horizontalAdvance(whole) <= width || at < 0) {
            return metrics.elidedText(whole, Qt::ElideRight, width);
        }
        const int half = (width - metrics.horizontalAdvance(arrow)) / 2;
        const QString truth = whole.left(at);
        const QString label = whole.mid(at + arrow.size());
        const int truthWidth = metrics.horizontalAdvance(truth);
        const int labelWidth = metrics.horizontalAdvance(label);
        return metrics.elidedText(truth, Qt::ElideRight, half + std::max(0, half - labelWidth)) + arrow +
               metrics.elidedText(label, Qt::ElideRight, half + std::max(0, half - truthWidth));
    }
};

} // namespace

AnswerGallery::AnswerGallery(QWidget* parent)
    : QWidget(parent)
    , m_model(new AnswerListModel(this))
    , m_mode(new QComboBox(this))
    , m_filterText(new QLabel(this))
    , m_clear(new QPushButton(tr("Show all classes"), this))
    , m_count(makeMuted({}, this))
    , m_empty(makeMuted({}, this))
    , m_view(new QListView(this))
{
    setObjectName("answerGallery");
    setNames(m_mode, "answerMode", tr("Which pictures to show"));
    m_mode->addItem(tr("Wrong and sure"), int(ErrorOrder::WrongAndSure));
    m_mode->addItem(tr("Right and unsure"), int(ErrorOrder::RightAndUnsure));
    m_mode->addItem(tr("Perhaps labelled wrongly"), int(ErrorOrder::LikelyMislabelled));
    m_mode->addItem(tr("All, the worst first"), int(ErrorOrder::Loss));
    const QString tips[] = {tr("Mistakes, the surest first"), tr("Right answers, the least sure first"),
                            tr("Pictures that are given less for their label than is usual for it"),
                            tr("Every picture, the largest loss first")};
    for (int i = 0; i < m_mode->count(); ++i) {
        m_mode->setItemData(i, tips[i], Qt::ToolTipRole);
    }
    m_count->setObjectName("answerCount");
    m_count->setWordWrap(false);
    m_filterText->setObjectName("answerFilter");
    letShrink(m_filterText);
    setNames(m_clear, "answerClear", tr("Show all classes again"));
    m_clear->setProperty("flat", true);
    m_empty->setObjectName("answerEmpty");
    m_empty->setAlignment(Qt::AlignCenter);

    setNames(m_view, "answerView", tr("Measured pictures"));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new AnswerDelegate(m_view));
    m_view->setViewMode(QListView::IconMode);
    m_view->setResizeMode(QListView::Adjust);
    m_view->setMovement(QListView::Static);
    m_view->setUniformItemSizes(true);
    m_view->setIconSize({AnswerListModel::side, AnswerListModel::side});
    m_view->setGridSize(AnswerDelegate::tileSize(fontMetrics()));
    m_view->setLayoutMode(QListView::Batched);
    m_view->setBatchSize(500);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    m_view->setMouseTracking(true);
    m_view->setMinimumHeight(AnswerDelegate::tileSize(fontMetrics()).height() + tileMargin);
    m_view->installEventFilter(this);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::normal);
    row->addWidget(m_mode);
    row->addWidget(m_count);
    row->addStretch(1);
    layout->addLayout(row);
    auto* filterRow = new QHBoxLayout;
    filterRow->setSpacing(spacing::normal);
    filterRow->addWidget(m_filterText, 1);
    filterRow->addWidget(m_clear);
    layout->addLayout(filterRow);
    layout->addWidget(m_view, 1);
    layout->addWidget(m_empty, 1);

    connect(m_mode, &QComboBox::currentIndexChanged, this, &AnswerGallery::showMode);
    connect(m_clear, &QPushButton::clicked, this, [this] {
        setFilter({});
        m_view->setFocus();
        Q_EMIT filterCleared();
    });
    connect(m_view, &QListView::doubleClicked, this,
            [this](const QModelIndex& index) { Q_EMIT opened(index.row()); });
    showWords();
}

void AnswerGallery::setEvaluation(const ShownEvaluationPointer& evaluation)
{
    {
        const QSignalBlocker blocker(m_mode);
        // Where nothing is wrong, there is something to see all the same.
        const bool isAllRight = evaluation && evaluation->hasAnswers() && evaluation->wrong() == 0;
        m_mode->setCurrentIndex(isAllRight ? 1 : 0);
    }
    m_model->setEvaluation(evaluation);
    showMode();
}

void AnswerGallery::setFilter(const AnswerFilter& filter)
{
    const int all = m_mode->findData(int(ErrorOrder::Loss));
    if (m_model->filter().isEmpty() && !filter.isEmpty()) {
        m_modeBefore = m_mode->currentIndex();
    }
    const QSignalBlocker blocker(m_mode);
    m_mode->setCurrentIndex(filter.isEmpty() ? m_modeBefore : all);
    m_model->setShown(static_cast<ErrorOrder>(m_mode->currentData().toInt()), filter);
    showWords();
}

int AnswerGallery::currentRow() const
{
    return m_view->currentIndex().isValid() ? m_view->currentIndex().row() : -1;
}

void AnswerGallery::setCurrentRow(int row)
{
    m_view->setCurrentIndex(m_model->index(row));
}

void AnswerGallery::setFocusBack()
{
    m_view->setFocus();
}

void AnswerGallery::showMode()
{
    m_model->setShown(static_cast<ErrorOrder>(m_mode->currentData().toInt()), m_model->filter());
    showWords();
}

void AnswerGallery::showWords()
{
    const int rows = m_model->rowCount();
    const ShownEvaluationPointer& shown = m_model->evaluation();
    m_count->setText(tr("%Ln picture(s)", nullptr, rows));
    const AnswerFilter& filter = m_model->filter();
    const auto name = [&](int label) { return className(*shown, static_cast<std::size_t>(label)); };
    QString words;
    if (filter.truth && filter.label) {
        words = *filter.truth == *filter.label
                    ? tr("%1, answered rightly").arg(name(*filter.truth))
                    : tr("%1, taken for %2").arg(name(*filter.truth), name(*filter.label));
    } else if (filter.truth) {
        words = tr("Pictures of %1").arg(name(*filter.truth));
    } else if (filter.label) {
        words = tr("Taken for %1").arg(name(*filter.label));
    }
    m_filterText->setText(words);
    m_filterText->setVisible(!words.isEmpty());
    m_clear->setVisible(!words.isEmpty());
    m_view->setVisible(rows > 0);
    m_empty->setVisible(rows == 0);
    m_empty->setText(
        !shown ? QString()
        : !shown->hasAnswers()
            ? tr("The answers for each picture were not kept with this evaluation. Measure again "
                 "to see the pictures.")
            : tr("There is no such picture."));
}

bool AnswerGallery::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_view && event->type() == QEvent::KeyPress && currentRow() >= 0) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Return || key == Qt::Key_Enter) {
            Q_EMIT opened(currentRow());
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace thaw::ui
