#include "ui/widgets/problem_list.h"

#include "ui/theme.h"
#include "ui/widgets/cell_delegate.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QTableView>
#include <QVBoxLayout>

namespace thaw::ui {

ProblemList::ProblemList(QWidget* parent)
    : QWidget(parent)
    , m_model(new ProblemListModel(this))
    , m_filter(new ProblemFilter(this))
    , m_summary(makeMuted({}, this))
    , m_severity(new QComboBox(this))
    , m_text(new QLineEdit(this))
    , m_table(new QTableView(this))
{
    setObjectName("problemList");
    m_filter->setSourceModel(m_model);
    m_summary->setObjectName("problemSummary");
    setNames(m_severity, "problemSeverity", tr("Which findings to show"));
    m_severity->addItem(tr("All findings"));
    m_severity->addItem(tr("Errors"), static_cast<int>(ProblemSeverity::Error));
    m_severity->addItem(tr("Warnings"), static_cast<int>(ProblemSeverity::Warning));
    m_severity->addItem(tr("Notes"), static_cast<int>(ProblemSeverity::Info));
    setNames(m_text, "problemFilter", tr("Filter findings by file or text"));
    m_text->setPlaceholderText(tr("Filter"));
    m_text->setClearButtonEnabled(true);

    setNames(m_table, "problemTable", tr("Findings in this data set"));
    m_table->setModel(m_filter);
    m_table->setItemDelegate(new CellDelegate(m_table));
    m_table->setTabKeyNavigation(false);
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    // The ends of file names tell them apart.
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(2 * fontMetrics().lineSpacing() + spacing::normal);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->setColumnWidth(ProblemListModel::File, 150);
    m_table->setMinimumHeight(fontMetrics().height() * 5);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::normal);
    row->addWidget(m_severity);
    row->addWidget(m_text, 1);
    layout->addWidget(m_summary);
    layout->addLayout(row);
    layout->addWidget(m_table, 1);
    layout->addStretch(0); // keeps the words at the top while the table is hidden

    connect(m_severity, &QComboBox::currentIndexChanged, this, &ProblemList::filter);
    connect(m_text, &QLineEdit::textChanged, this, &ProblemList::filter);
}

void ProblemList::setProblems(const std::vector<Problem>& problems, bool complete)
{
    m_model->setProblems(problems);
    const bool any = !problems.empty();
    for (QWidget* widget :
         {static_cast<QWidget*>(m_severity), static_cast<QWidget*>(m_text), static_cast<QWidget*>(m_table)})
    {
        widget->setVisible(any);
    }
    if (any) {
        QStringList parts;
        if (const int errors = m_model->countOf(ProblemSeverity::Error)) {
            parts << tr("%Ln error(s)", nullptr, errors);
        }
        if (const int warnings = m_model->countOf(ProblemSeverity::Warning)) {
            parts << tr("%Ln warning(s)", nullptr, warnings);
        }
        if (const int notes = m_model->countOf(ProblemSeverity::Info)) {
            parts << tr("%Ln note(s)", nullptr, notes);
        }
        m_summary->setText(parts.join(tr(", ")));
    } else {
        m_summary->setText(complete ? tr("Every picture can be read. Nothing to worry about.")
                                    : tr("Nothing found so far."));
    }
}

void ProblemList::filter()
{
    const QVariant severity = m_severity->currentData();
    m_filter->setSeverity(severity.isValid() ? std::optional(static_cast<ProblemSeverity>(severity.toInt()))
                                             : std::nullopt);
    m_filter->setText(m_text->text());
}

} // namespace thaw::ui
