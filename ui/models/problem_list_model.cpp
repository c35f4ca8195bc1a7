#include "ui/models/problem_list_model.h"

#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"

#include <QGuiApplication>

#include <algorithm>

namespace thaw::ui {

namespace {

QIcon iconOf(ProblemSeverity severity)
{
    const ThemeColours colours = themeColours(QGuiApplication::palette());
    QPalette palette;
    switch (severity) {
    case ProblemSeverity::Info:
        palette.setColor(QPalette::WindowText, colours.muted);
        return themeIcon("info", palette);
    case ProblemSeverity::Warning:
        palette.setColor(QPalette::WindowText, colours.warning);
        return themeIcon("warning", palette);
    case ProblemSeverity::Error:
        palette.setColor(QPalette::WindowText, colours.bad);
        return themeIcon("error", palette);
    }
    return {};
}

} // namespace

void ProblemListModel::setProblems(std::vector<Problem> problems)
{
    std::ranges::stable_sort(problems,
                             [](const Problem& a, const Problem& b) { return a.severity > b.severity; });
    beginResetModel();
    m_problems = std::move(problems);
    endResetModel();
}

int ProblemListModel::countOf(ProblemSeverity severity) const
{
    return static_cast<int>(std::ranges::count(m_problems, severity, &Problem::severity));
}

int ProblemListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_problems.size());
}

int ProblemListModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ProblemListModel::data(const QModelIndex& index, int role) const
{
    const Problem& problem = m_problems[static_cast<std::size_t>(index.row())];
    const QString file = problem.path.empty() ? tr("Data set") : plainLine(problem.path);
    const QString message = plainLine(problem.message);
    switch (role) {
    case Qt::DisplayRole:
        return index.column() == File ? file : message;
    case Qt::ToolTipRole:
        return plainToolTip(file + '\n' + bytesToText(problem.message));
    case Qt::DecorationRole:
        return index.column() == File ? QVariant(iconOf(problem.severity)) : QVariant();
    case Qt::AccessibleTextRole: {
        const QString severities[] = {tr("Note"), tr("Warning"), tr("Error")};
        return index.column() == File ? severities[static_cast<int>(problem.severity)] + ": " + file
                                      : message;
    }
    case SeverityRole:
        return static_cast<int>(problem.severity);
    default:
        return {};
    }
}

QVariant ProblemListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return QAbstractTableModel::headerData(section, orientation, role);
    }
    return section == File ? tr("File") : tr("Finding");
}

void ProblemFilter::setSeverity(std::optional<ProblemSeverity> severity)
{
    m_severity = severity;
    invalidateFilter();
}

void ProblemFilter::setText(const QString& text)
{
    m_text = text;
    invalidateFilter();
}

bool ProblemFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    const QModelIndex file = sourceModel()->index(row, ProblemListModel::File, parent);
    if (m_severity && file.data(ProblemListModel::SeverityRole).toInt() != static_cast<int>(*m_severity)) {
        return false;
    }
    const QModelIndex message = sourceModel()->index(row, ProblemListModel::Message, parent);
    return m_text.isEmpty() || file.data().toString().contains(m_text, Qt::CaseInsensitive) ||
           message.data().toString().contains(m_text, Qt::CaseInsensitive);
}

} // namespace thaw::ui
