#include "ui/widgets/run_review.h"

#include "core/base/error.h"
#include "core/run/run_record_json.h"
#include "ui/models/layer_table_model.h"
#include "ui/models/run_list_model.h"
#include "ui/session.h"
#include "ui/text/augmentation_words.h"
#include "ui/text/plain_text.h"
#include "ui/text/recipe_words.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"
#include "ui/widgets/cell_delegate.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/phase_table.h"
#include "ui/widgets/training_progress.h"

#include <QCheckBox>
#include <QDateTime>
#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QScrollArea>
#include <QTableView>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <variant>

namespace thaw::ui {

namespace {

constexpr int excludedTab = 4;
constexpr std::size_t mostExcludedShown = 1000;

bool same(double a, double b)
{
    return a == b || (std::isnan(a) && std::isnan(b));
}

bool sameEpoch(const EpochMetrics& a, const EpochMetrics& b)
{
    return a.phase == b.phase && a.epoch == b.epoch && same(a.loss, b.loss) && same(a.accuracy, b.accuracy) &&
           same(a.valLoss, b.valLoss) && same(a.valAccuracy, b.valAccuracy) &&
           same(a.learningRate, b.learningRate) && same(a.seconds, b.seconds);
}

QString whenText(const std::string& iso)
{
    const QString text = plainLine(iso);
    const QDateTime time = QDateTime::fromString(text, Qt::ISODate).toLocalTime();
    return time.isValid() ? QLocale().toString(time, QLocale::ShortFormat) : text;
}

QString phaseText(const PhaseRecipe& phase)
{
    return RunReview::tr("%n epoch(s), learning rate %1, trains %2", nullptr, phase.epochs)
        .arg(QLocale().toString(phase.learningRate, 'g', 6), trainsText(phase));
}

/// A row for each setting of a phase that means something there and is not off. @param phase from 0
QList<std::pair<QString, QString>> phaseSettings(const PhaseRecipe& recipe, std::size_t phase)
{
    QList<std::pair<QString, QString>> rows;
    for (const FieldWords& words : phaseWords()) {
        const Field<PhaseRecipe>& field = *findField(phaseFields(), words.field.toStdString());
        const QString value = fieldText(field, words, recipe);
        const bool isSaid = words.isBasic || (phase == 0 && words.isOfLaterPhases);
        if (!isSaid && field.applies(recipe) && value != words.lowest) {
            rows << std::pair(
                RunReview::tr("Phase %1: %2", "a setting of a phase").arg(phase + 1).arg(words.name()),
                value);
        }
    }
    return rows;
}

/// A row for each augmentation that is on, beside those of the first recipes.
QList<std::pair<QString, QString>> newerAugmentations(const AugmentationSpec& spec)
{
    QList<std::pair<QString, QString>> rows;
    for (const AugmentationOperation& operation : augmentationOperations()) {
        const double strength = spec.*operation.strength;
        if (operation.stream == DrawStream::Own && strength > 0) {
            rows << std::pair(augmentationWords(operation).title.remove('&'),
                              strengthText(operation, strength));
        }
    }
    if (spec.fill != FillMode::Reflect) {
        rows << std::pair(RunReview::tr("Beyond the edges"), fillModeText(spec.fill));
    }
    return rows;
}

/// What was used, and what was asked for where that was something else.
/// @param asked "auto", or as `used`; empty where it is not known
QString besideAsked(const std::string& used, const std::string& asked)
{
    if (asked.empty() || asked == used) {
        return plainLine(used);
    }
    return RunReview::tr("%1 (asked for: %2)", "a device, a precision or a number of threads")
        .arg(plainLine(used), asked == "auto" ? RunReview::tr("automatic") : plainLine(asked));
}

QTableWidget* makeTable(QWidget* parent, const QStringList& headings)
{
    auto* table = new QTableWidget(0, int(headings.size()), parent);
    table->setHorizontalHeaderLabels(headings);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setItemDelegate(new CellDelegate(table));
    table->setTabKeyNavigation(false);
    table->setShowGrid(false);
    table->setAlternatingRowColors(true);
    table->setFrameShape(QFrame::NoFrame);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().lineSpacing() + 8);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setHighlightSections(false);
    return table;
}

void fill(QTableWidget* table, const QList<std::pair<QString, QString>>& rows)
{
    table->setRowCount(int(rows.size()));
    for (int row = 0; row < int(rows.size()); ++row) {
        table->setItem(row, 0, new QTableWidgetItem(rows[row].first));
        auto* value = new QTableWidgetItem(rows[row].second);
        value->setToolTip(plainToolTip(rows[row].second));
        table->setItem(row, 1, value);
    }
    table->resizeColumnToContents(0);
    table->setColumnWidth(0, std::min(table->columnWidth(0) + spacing::wide, 420));
}

QString tableRow(const QStringList& cells, bool heading)
{
    QString text = "<tr>";
    for (const QString& cell : cells) {
        const QString inner = heading ? "<b>" + cell.toHtmlEscaped() + "</b>" : cell.toHtmlEscaped();
        text += "<td style='padding-right:24px; padding-bottom:3px'>" + inner + "</td>";
    }
    return text + "</tr>";
}

} // namespace

bool isShownAlike(const SavedRun& a, const SavedRun& b)
{
    // As text, since a record's numbers that were not measured are equal to none.
    return a.folder == b.folder && a.recipe == b.recipe &&
           formatRunRecord(a.record) == formatRunRecord(b.record) &&
           std::equal(a.history.begin(), a.history.end(), b.history.begin(), b.history.end(), sameEpoch);
}

RunReview::RunReview(QWidget* parent)
    : QTabWidget(parent)
    , m_plot(new MetricsPlot(this))
    , m_result(new QLabel(this))
    , m_settings(makeTable(this, {tr("Setting"), tr("Value")}))
    , m_layerModel(new LayerTableModel(this))
    , m_layers(new QTableView(this))
    , m_excluded(makeTable(this, {tr("Picture"), tr("Reason")}))
{
    setNames(this, "runReview", tr("The selected run"));
    setDocumentMode(true);

    auto* curves = new QWidget(this);
    auto* curvesLayout = new QVBoxLayout(curves);
    curvesLayout->setContentsMargins(spacing::small, spacing::normal, spacing::small, spacing::small);
    m_plot->setObjectName("runPlot");
    auto* log = new QCheckBox(tr("&Log scale for loss"), curves);
    setNames(log, "runLogLoss", tr("Log scale for loss"));
    log->setChecked(m_plot->isLogLoss());
    connect(log, &QCheckBox::toggled, m_plot, &MetricsPlot::setLogLoss);
    connect(m_plot, &MetricsPlot::logLossChanged, log, &QCheckBox::setChecked);
    curvesLayout->addWidget(m_plot, 1);
    curvesLayout->addWidget(log);
    addTab(curves, tr("Curves"));

    setNames(m_result, "runResult", tr("Result of the run"));
    m_result->setWordWrap(true);
    m_result->setTextFormat(Qt::RichText);
    m_result->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_result->setMargin(spacing::normal);
    m_result->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setWidget(m_result);
    addTab(scroll, tr("Result"));

    setNames(m_settings, "runSettings", tr("Settings of the run"));
    addTab(m_settings, tr("Settings"));

    setNames(m_layers, "runLayers", tr("Layers as trained"));
    m_layerModel->setReadOnly(true);
    m_layers->setModel(m_layerModel);
    m_layers->setSelectionMode(QAbstractItemView::SingleSelection);
    m_layers->setItemDelegate(new CellDelegate(m_layers));
    m_layers->setTabKeyNavigation(false);
    m_layers->setShowGrid(false);
    m_layers->setFrameShape(QFrame::NoFrame);
    m_layers->setAlternatingRowColors(true);
    m_layers->verticalHeader()->hide();
    m_layers->verticalHeader()->setDefaultSectionSize(fontMetrics().lineSpacing() + 6);
    m_layers->horizontalHeader()->setHighlightSections(false);
    m_layers->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    addTab(m_layers, tr("Layers"));

    setNames(m_excluded, "runExcluded", tr("Pictures left out"));
    addTab(m_excluded, tr("Left out"));
}

void RunReview::showRun(const SavedRun& run)
{
    std::vector<PlotPhase> phases;
    for (const PhaseRecipe& phase : run.recipe.phases) {
        phases.push_back({plainLine(phase.name), phase.epochs});
    }
    m_plot->clear();
    m_plot->setPhases(phases);
    m_plot->setPictures(pictureCount(run.record, Split::Train), pictureCount(run.record, Split::Validation));
    m_plot->setHistory(run.history);
    m_plot->markBest(run.record.best);
    showResult(run);
    showSettings(run);
    showLayers(run);
    showExcluded(run.record);
}

void RunReview::showResult(const SavedRun& run)
{
    const RunRecord& record = run.record;
    QString html;
    if (!record.error.empty()) {
        html += "<p><b>" + tr("It failed:") + "</b> " + plainLines(record.error).toHtmlEscaped() + "</p>";
    }
    if (isWithoutWeights(run.recipe)) {
        html += "<p>" + withoutWeightsText().toHtmlEscaped() + "</p>";
    }
    if (record.test) {
        const QString title =
            record.test->split == "test" ? tr("Test accuracy %1") : tr("Validation accuracy %1");
        const QString coverage = coverageText(record);
        const QString after = coverage.isEmpty() ? QString() : ' ' + coverage.toHtmlEscaped();
        html += "<p style='font-size:large'><b>" +
                title.arg(accuracyText(record.test->score.accuracy, record.test->score.images)) + after +
                "</b></p><p>" +
                tr("Loss %1 on %n picture(s), with the best weights of phase %2.", nullptr,
                   record.test->score.images)
                    .arg(lossText(record.test->score.loss))
                    .arg(record.test->phase) +
                "</p>";
    } else {
        html += "<p>" + tr("Not tested yet: the test comes at the end of a run.") + "</p>";
    }
    if (!record.best.empty()) {
        html += "<p><b>" + tr("Best epochs") + "</b></p><table>" +
                tableRow({tr("Phase"), tr("Epoch"), tr("Validation loss"), tr("Validation accuracy")}, true);
        for (const BestEpoch& best : record.best) {
            html +=
                tableRow({QString::number(best.phase), QString::number(best.epoch), lossText(best.valLoss),
                          accuracyText(best.valAccuracy, validationImages(record, best))},
                         false);
        }
        html += "</table>";
        if (const QString coverage = validationCoverageText(record); !coverage.isEmpty()) {
            //: %1 is "over 2 of 3 classes"
            html += "<p>" + tr("Validation was %1.").arg(coverage).toHtmlEscaped() + "</p>";
        }
    }
    html += "<p>" + tr("Started %1.").arg(whenText(record.startedAt)).toHtmlEscaped();
    if (!record.endedAt.empty()) {
        html += ' ' + tr("Ended %1.").arg(whenText(record.endedAt)).toHtmlEscaped();
    }
    html += ' ' + tr("Trained for %1.").arg(durationText(record.trainedSeconds)).toHtmlEscaped() + "</p>";
    m_result->setText(html);
}

void RunReview::showSettings(const SavedRun& run)
{
    const Recipe& recipe = run.recipe;
    const RunRecord& record = run.record;
    const QLocale locale;
    const auto text = [](const std::string& value) { return plainLine(value); };
    const std::optional<AskedSettings>& asked = record.asked;
    const std::string askedThreads = !asked               ? std::string()
                                     : asked->threads > 0 ? std::to_string(asked->threads)
                                                          : std::string("auto");
    QList<std::pair<QString, QString>> rows{
        {tr("Recipe"), text(recipe.name)},
        {tr("Data set"), text(record.datasetPath)},
    };
    QStringList classes;
    for (const std::string& name : record.classes) {
        classes << text(name);
    }
    rows << std::pair(tr("Classes"), classes.join(tr(", ")));
    const QStringList splits{tr("Training pictures"), tr("Validation pictures"), tr("Test pictures")};
    for (const Split split : allSplits) {
        rows << std::pair(splits[qsizetype(split)], locale.toString(qlonglong(pictureCount(record, split))));
    }
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        const PhaseRecipe& phase = recipe.phases[i];
        rows << std::pair(tr("Phase %1: %2").arg(i + 1).arg(text(phase.name)), phaseText(phase))
             << phaseSettings(phase, i);
    }
    for (const FieldWords& words : recipeWords()) {
        if (words.field == "name") {
            continue; // the first row
        }
        const Field<Recipe>& field = *findField(recipeFields(), words.field.toStdString());
        const std::string value = std::holds_alternative<std::string>(field.get(recipe))
                                      ? std::get<std::string>(field.get(recipe))
                                      : std::string();
        QString shown = fieldText(field, words, recipe);
        if (words.field == "weights") {
            shown = text(record.weightsSource.empty() ? value : record.weightsSource);
        } else if (words.field == "output_initializer" && recipe.withHead) {
            shown = headOfFileText();
        } else if (words.field == "precision") {
            shown = besideAsked(record.precision.empty() ? value : record.precision,
                                asked ? asked->precision : std::string());
        } else if (words.field == "trained_precision") {
            shown = besideAsked(value, asked ? asked->trainedPrecision : std::string());
        } else if (words.field == "device") {
            shown = besideAsked(record.device.empty() ? value : record.device,
                                asked ? asked->device : std::string());
        }
        rows << std::pair(words.name(), shown);
    }
    rows << std::pair(tr("Augmentation"), tr("flip %1, rotation ±%2°, zoom ±%3 %")
                                              .arg(locale.toString(recipe.augmentation.flip),
                                                   locale.toString(recipe.augmentation.rotation * 360),
                                                   locale.toString(recipe.augmentation.zoom * 100)))
         << newerAugmentations(recipe.augmentation) << std::pair(tr("Machine"), text(record.machine))
         << std::pair(tr("Threads"), besideAsked(std::to_string(record.threads), askedThreads))
         << std::pair(tr("Versions"),
                      tr("Thaw %1, LibTorch %2").arg(text(record.thawVersion), text(record.torchVersion)));
    if (!record.notes.empty()) {
        rows << std::pair(tr("Notes"), text(record.notes));
    }
    fill(m_settings, rows);
}

void RunReview::showLayers(const SavedRun& run)
{
    const Recipe& recipe = run.recipe;
    const BackboneSpec backbone = scaledBackbone(recipe.width);
    const HeadSpec head = recipe.headSpec(int(run.record.classes.size()));
    std::vector<PhaseColumn> columns;
    for (const PhaseRecipe& phase : recipe.phases) {
        FreezePlan plan;
        try {
            plan = phase.freezePlan();
        } catch (const Error&) {
            plan = FreezePlan(); // loadRun has checked the recipe: everything frozen is what cannot happen
        }
        columns.push_back({plainLine(phase.name), plan});
    }
    m_layerModel->setPalette(palette());
    m_layerModel->setLayers(baseLayers(recipe.inputSize, backbone), head);
    m_layerModel->setPhases(columns);
}

void RunReview::showExcluded(const RunRecord& record)
{
    const std::size_t shown = std::min(record.excluded.size(), mostExcludedShown);
    QList<std::pair<QString, QString>> rows;
    for (std::size_t i = 0; i < shown; ++i) {
        const ExcludedImage& image = record.excluded[i];
        rows << std::pair(plainLine(image.path), plainLine(image.reason));
    }
    if (const std::size_t rest = record.excluded.size() - shown; rest > 0) {
        rows << std::pair(tr("%Ln more", nullptr, int(rest)), tr("All are in the run's file run.json."));
    }
    fill(m_excluded, rows);
    setTabVisible(excludedTab, !rows.isEmpty());
    setTabText(excludedTab, tr("Left out (%1)").arg(record.excluded.size()));
}

void RunReview::changeEvent(QEvent* event)
{
    QTabWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        m_layerModel->setPalette(palette());
    }
}

} // namespace thaw::ui
