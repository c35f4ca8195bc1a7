#include "ui/models/run_list_model.h"

#include "core/data/dataset/split.h"
#include "core/experiment/run_coverage.h"
#include "ui/session.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"

#include <QDateTime>
#include <QLocale>
#include <QPainter>
#include <QPixmap>

#include <algorithm>
#include <cmath>
#include <limits>

namespace thaw::ui {

namespace {

enum class Mark { Running, Finished, Partial, Stopped, Failed };

Mark markOf(const RunRecord& record)
{
    switch (record.state) {
    case RunState::Running:
        return Mark::Running;
    case RunState::Finished:
        return unmeasuredInResult(record).empty() ? Mark::Finished : Mark::Partial;
    case RunState::Stopped:
        return Mark::Stopped;
    default:
        return Mark::Failed;
    }
}

/// A tick, an exclamation mark, a pause sign, a cross, a triangle: told apart without colour.
QPixmap stateMark(Mark mark, const QPalette& palette)
{
    const ThemeColours colours = themeColours(palette);
    QPixmap pixmap(32, 32);
    pixmap.setDevicePixelRatio(2);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto pen = [&](const QColor& colour) {
        painter.setPen(QPen(colour, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    };
    switch (mark) {
    case Mark::Finished:
        pen(colours.good);
        painter.drawPolyline(QPolygonF({{3, 8.5}, {6.5, 12}, {13, 4.5}}));
        break;
    case Mark::Partial:
        pen(colours.warning);
        painter.drawLine(QPointF(8, 3), QPointF(8, 9));
        painter.drawPoint(QPointF(8, 12.5));
        break;
    case Mark::Running:
        pen(colours.accent);
        painter.setBrush(colours.accent);
        painter.drawPolygon(QPolygonF({{5, 3.5}, {12.5, 8}, {5, 12.5}}));
        break;
    case Mark::Stopped:
        pen(colours.warning);
        painter.drawLine(QPointF(5.5, 4), QPointF(5.5, 12));
        painter.drawLine(QPointF(10.5, 4), QPointF(10.5, 12));
        break;
    case Mark::Failed:
        pen(colours.bad);
        painter.drawLine(QPointF(4, 4), QPointF(12, 12));
        painter.drawLine(QPointF(12, 4), QPointF(4, 12));
        break;
    }
    return pixmap;
}

/// "50 %", or "50 % over 2 of 3 classes".
QString withCoverage(const QString& accuracy, const QString& coverage)
{
    return coverage.isEmpty() ? accuracy : accuracy + ' ' + coverage;
}

QString keptText(const RunRecord& record)
{
    const BestEpoch* kept = keptEpoch(record);
    return kept && std::isfinite(kept->valAccuracy)
               ? withCoverage(accuracyText(kept->valAccuracy, validationImages(record, *kept)),
                              validationCoverageText(record))
               : QStringLiteral("–");
}

/// @param accuracy of the test split; not-a-number where there was none
QString testText(const RunRecord& record, double accuracy)
{
    return std::isfinite(accuracy)
               ? withCoverage(accuracyText(accuracy, record.test->score.images), coverageText(record))
               : QStringLiteral("–");
}

QVariant sortable(double share)
{
    return std::isfinite(share) ? share : -1.0;
}

QString folderName(const std::filesystem::path& folder)
{
    return plainLine(folder.filename().native());
}

} // namespace

QString stateText(RunState state)
{
    switch (state) {
    case RunState::Running:
        return RunListModel::tr("Running");
    case RunState::Finished:
        return RunListModel::tr("Finished");
    case RunState::Stopped:
        return RunListModel::tr("Stopped");
    default:
        return RunListModel::tr("Failed");
    }
}

RunListModel::RunListModel(QObject* parent)
    : QAbstractTableModel(parent), m_listing(std::make_shared<const RunListing>())
{
}

void RunListModel::setListing(std::shared_ptr<const RunListing> listing)
{
    beginResetModel();
    m_listing = std::move(listing);
    endResetModel();
}

void RunListModel::setPalette(const QPalette& palette)
{
    m_palette = palette;
    if (rowCount() > 0) {
        Q_EMIT dataChanged(index(0, StateColumn), index(rowCount() - 1, StateColumn), {Qt::DecorationRole});
    }
}

const SavedRun* RunListModel::runAt(int row) const
{
    return row >= 0 && row < int(m_listing->runs.size()) ? &m_listing->runs[std::size_t(row)] : nullptr;
}

const BrokenRun* RunListModel::brokenAt(int row) const
{
    const int at = row - int(m_listing->runs.size());
    return at >= 0 && at < int(m_listing->broken.size()) ? &m_listing->broken[std::size_t(at)] : nullptr;
}

int RunListModel::rowOf(const std::filesystem::path& folder) const
{
    for (int row = 0; row < rowCount(); ++row) {
        const SavedRun* run = runAt(row);
        const auto* broken = brokenAt(row);
        if ((run && run->folder == folder) || (broken && broken->folder == folder)) {
            return row;
        }
    }
    return -1;
}

int RunListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_listing->runs.size() + m_listing->broken.size());
}

int RunListModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant RunListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const bool number = index.column() == ValidationColumn || index.column() == TestColumn;
        return int((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    if (const SavedRun* run = runAt(index.row())) {
        return runData(*run, index.column(), role);
    }
    return brokenData(*brokenAt(index.row()), index.column(), role);
}

QVariant RunListModel::runData(const SavedRun& run, int column, int role) const
{
    const RunRecord& record = run.record;
    // Without a test split the record holds validation's, which has a column of its own.
    const bool isTested = record.test && record.test->split == nameOf(Split::Test);
    const double test = isTested ? record.test->score.accuracy : std::numeric_limits<double>::quiet_NaN();
    const QString name = record.name.empty() ? folderName(run.folder) : plainLine(record.name);
    if (role == FolderRole) {
        return toText(run.folder);
    }
    if (role == Qt::ToolTipRole) {
        return plainToolTip(column == StateColumn && !record.error.empty() ? bytesToText(record.error)
                                                                           : plainLine(run.folder.native()));
    }
    if (role == Qt::DecorationRole) {
        return column == StateColumn ? QVariant(stateMark(markOf(record), m_palette)) : QVariant();
    }
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    const bool sorting = role == SortRole;
    switch (column) {
    case NameColumn:
        return name;
    case StateColumn:
        return stateText(record.state);
    case RecipeColumn:
        return plainLine(run.recipe.name);
    case ValidationColumn:
        return sorting ? sortable(keptValAccuracy(record)) : keptText(record);
    case TestColumn:
        return sorting ? sortable(test) : testText(record, test);
    default: {
        const QString started = plainLine(record.startedAt);
        const QDateTime time = QDateTime::fromString(started, Qt::ISODate).toLocalTime();
        return sorting || !time.isValid() ? started : QLocale().toString(time, QLocale::ShortFormat);
    }
    }
}

QVariant RunListModel::brokenData(const BrokenRun& run, int column, int role) const
{
    if (role == FolderRole) {
        return toText(run.folder);
    }
    if (role == Qt::ToolTipRole) {
        return plainToolTip(
            tr("%1\nCannot be read: %2").arg(plainLine(run.folder.native()), plainLines(run.reason)));
    }
    if (role == Qt::DecorationRole) {
        return column == StateColumn ? QVariant(stateMark(Mark::Failed, m_palette)) : QVariant();
    }
    if (role != Qt::DisplayRole && role != SortRole) {
        return {};
    }
    switch (column) {
    case NameColumn:
        return folderName(run.folder);
    case StateColumn:
        return tr("Cannot be read");
    case ValidationColumn:
    case TestColumn:
        return role == SortRole ? QVariant(-1.0) : QVariant(QStringLiteral("–"));
    default:
        return QString();
    }
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const bool number = section == ValidationColumn || section == TestColumn;
        return int((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    if (role == Qt::ToolTipRole && section == ValidationColumn) {
        return tr(
            "Validation accuracy of the weights that are kept: those of the lowest validation loss in the "
            "latest phase. Another epoch may have had a higher accuracy.");
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case NameColumn:
        return tr("Run");
    case StateColumn:
        return tr("State");
    case RecipeColumn:
        return tr("Recipe");
    case ValidationColumn:
        return tr("Validation, kept");
    case TestColumn:
        return tr("Test");
    default:
        return tr("Started");
    }
}

} // namespace thaw::ui
