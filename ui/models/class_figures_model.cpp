#include "ui/models/class_figures_model.h"

#include "core/data/dataset/csv.h"
#include "core/evaluate/metrics/confusion_order.h"
#include "ui/text/evaluation_words.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"

#include <QLocale>

#include <cmath>
#include <limits>

namespace thaw::ui {

namespace {

QString csvNumber(double value)
{
    return std::isfinite(value) ? QString::number(value, 'g', 12) : QString();
}

} // namespace

void ClassFiguresModel::setEvaluation(const ShownEvaluationPointer& evaluation)
{
    beginResetModel();
    m_evaluation = evaluation;
    endResetModel();
}

int ClassFiguresModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_evaluation ? 0 : static_cast<int>(m_evaluation->figures.classes.size());
}

int ClassFiguresModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

double ClassFiguresModel::figure(std::size_t row, int column) const
{
    const ClassMetrics& metrics = m_evaluation->figures.classes[row];
    const RankingFigures& ranking = m_evaluation->figures.ranking;
    const auto ofClass = [&](const std::vector<double>& values) {
        return row < values.size() ? values[row] : std::numeric_limits<double>::quiet_NaN();
    };
    switch (column) {
    case Images:
        return metrics.images;
    case Recall:
        return metrics.recall;
    case Precision:
        return metrics.precision;
    case F1:
        return metrics.f1;
    case AveragePrecision:
        return ofClass(ranking.averagePrecision);
    case Auc:
        return ofClass(ranking.auc);
    default:
        return std::numeric_limits<double>::quiet_NaN();
    }
}

QString ClassFiguresModel::confusedWith(std::size_t row) const
{
    const auto& confusion = m_evaluation->evaluation().confusion;
    const auto other = mostConfusedWith(confusion, row);
    return other ? tr("%1 (%2)", "a class and a count of pictures")
                       .arg(className(*m_evaluation, *other), QLocale().toString(confusion[row][*other]))
                 : QString();
}

QString ClassFiguresModel::text(std::size_t row, int column) const
{
    const ClassMetrics& metrics = m_evaluation->figures.classes[row];
    switch (column) {
    case ClassName:
        return className(*m_evaluation, row);
    case Images:
        return QLocale().toString(metrics.images);
    case Recall:
    case Precision: {
        const double share = figure(row, column);
        return std::isfinite(share)
                   ? accuracyText(share, column == Recall ? metrics.images : metrics.predicted)
                   : QStringLiteral("–");
    }
    case ConfusedWith:
        return confusedWith(row);
    default:
        return figureText(figure(row, column));
    }
}

QVariant ClassFiguresModel::sortValue(std::size_t row, int column) const
{
    if (column == ClassName || column == ConfusedWith) {
        return text(row, column);
    }
    const double value = figure(row, column);
    return std::isfinite(value) ? value : -1.0;
}

QString ClassFiguresModel::toolTip(std::size_t row, int column) const
{
    const ClassMetrics& metrics = m_evaluation->figures.classes[row];
    switch (column) {
    case Recall:
        return tr("%1 of %2 pictures of this class were found: %3")
            .arg(QLocale().toString(metrics.right), QLocale().toString(metrics.images),
                 intervalText(metrics.recallInterval, metrics.images));
    case Precision:
        return tr("%1 of %2 pictures taken for this class are of it: %3")
            .arg(QLocale().toString(metrics.right), QLocale().toString(metrics.predicted),
                 intervalText(metrics.precisionInterval, metrics.predicted));
    default:
        return text(row, column);
    }
}

QVariant ClassFiguresModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid()) {
        return {};
    }
    const auto row = static_cast<std::size_t>(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::ToolTipRole:
        return plainToolTip(toolTip(row, index.column()));
    case Qt::TextAlignmentRole:
        return index.column() == ClassName || index.column() == ConfusedWith
                   ? QVariant()
                   : QVariant(Qt::AlignRight | Qt::AlignVCenter);
    case SortRole:
        return sortValue(row, index.column());
    default:
        return {};
    }
}

QVariant ClassFiguresModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) {
        return {};
    }
    switch (role) {
    case Qt::DisplayRole: {
        const QString titles[ColumnCount] = {tr("Class"),     tr("Pictures"), tr("Recall"),
                                             tr("Precision"), tr("F1"),       tr("Most confused with"),
                                             tr("AP"),        tr("AUC")};
        return titles[section];
    }
    case Qt::ToolTipRole: {
        const QString tips[ColumnCount] = {
            {},
            tr("Pictures of the class that were measured"),
            tr("Share of the class's pictures that were found"),
            tr("Share of the pictures taken for the class that are of it"),
            tr("Harmonic mean of precision and recall"),
            tr("The class that most of its pictures were wrongly taken for"),
            tr("Average precision: the area below the precision-recall curve, in steps"),
            tr("How often a picture of the class is given more for it than another one")};
        return plainToolTip(tips[section]);
    }
    case Qt::TextAlignmentRole:
        return static_cast<int>(
            (section == ClassName || section == ConfusedWith ? Qt::AlignLeft : Qt::AlignRight) |
            Qt::AlignVCenter);
    default:
        return {};
    }
}

QString ClassFiguresModel::csv() const
{
    QString csv = "class,images,predicted,right,recall,recall_low,recall_high,precision,precision_low,"
                  "precision_high,f1,average_precision,auc\n";
    for (int i = 0; i < rowCount(); ++i) {
        const auto row = static_cast<std::size_t>(i);
        const ClassMetrics& metrics = m_evaluation->figures.classes[row];
        QStringList fields{QString::fromStdString(csvName(m_evaluation->evaluation().classes[row])),
                           QString::number(metrics.images), QString::number(metrics.predicted),
                           QString::number(metrics.right)};
        for (const double value :
             {metrics.recall, metrics.recallInterval.low, metrics.recallInterval.high, metrics.precision,
              metrics.precisionInterval.low, metrics.precisionInterval.high, metrics.f1,
              figure(row, AveragePrecision), figure(row, Auc)})
        {
            fields << csvNumber(value);
        }
        csv += fields.join(',') + '\n';
    }
    return csv;
}

} // namespace thaw::ui
