#include "ui/pages/layers_page.h"

#include "ui/models/layer_table_model.h"
#include "ui/session.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/cell_delegate.h"
#include "ui/widgets/layer_strip.h"

#include <QComboBox>
#include <QEvent>
#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMouseEvent>
#include <QSignalBlocker>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace thaw::ui {

namespace {

/// What a preset asks for, by how many of the base's last layers train.
struct Preset
{
    const char* text;
    int unfreeze;
};

constexpr Preset presets[] = {
    {QT_TRANSLATE_NOOP("thaw::ui::LayersPage", "Head only"), 0},
    {QT_TRANSLATE_NOOP("thaw::ui::LayersPage", "Last four layers (book)"), 4},
    {QT_TRANSLATE_NOOP("thaw::ui::LayersPage", "Last two blocks"), 8},
    {QT_TRANSLATE_NOOP("thaw::ui::LayersPage", "Everything"), baseLayerCount},
};

/// A click anywhere in a cell with a check box toggles it.
class ToggleDelegate : public CellDelegate
{
public:
    using CellDelegate::CellDelegate;

protected:
    bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                     const QModelIndex& index) override
    {
        if (event->type() == QEvent::KeyPress) {
            return CellDelegate::editorEvent(event, model, option, index);
        }
        if (event->type() != QEvent::MouseButtonRelease ||
            static_cast<QMouseEvent*>(event)->button() != Qt::LeftButton ||
            !(model->flags(index) & Qt::ItemIsUserCheckable))
        {
            return false;
        }
        const bool checked = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
        return model->setData(index, checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
    }
};

QString counted(std::int64_t number)
{
    return QLocale().toString(qlonglong(number));
}

} // namespace

LayersPage::LayersPage(Session* session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_model(new LayerTableModel(this))
    , m_strip(new LayerStrip(this))
    , m_table(new QTableView(this))
    , m_phase(new QComboBox(this))
    , m_preset(new QComboBox(this))
    , m_modelTotals(new QLabel(this))
    , m_phaseTotals(new QLabel(this))
{
    setObjectName("layersPage");
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(spacing::page, spacing::page, spacing::page, spacing::wide);
    layout->setSpacing(spacing::normal);

    auto* controls = new QHBoxLayout;
    controls->addWidget(makeHeading(tr("Layers"), this));
    controls->addStretch(1);
    auto* phaseLabel = new QLabel(tr("&Phase"), this);
    phaseLabel->setBuddy(m_phase);
    setNames(m_phase, "layersPhase", tr("Phase to change"));
    letShrink(m_phase);
    auto* presetLabel = new QLabel(tr("What &trains"), this);
    presetLabel->setBuddy(m_preset);
    setNames(m_preset, "layersPreset", tr("Preset for what trains in this phase"));
    m_preset->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    for (const Preset& preset : presets) {
        m_preset->addItem(tr(preset.text), preset.unfreeze);
    }
    m_preset->addItem(tr("Your own choice"), -1);
    controls->addWidget(phaseLabel);
    controls->addWidget(m_phase);
    controls->addSpacing(spacing::normal);
    controls->addWidget(presetLabel);
    controls->addWidget(m_preset);
    layout->addLayout(controls);
    layout->addWidget(
        makeMuted(tr("Click a block, or a layer in the table, to freeze it or to let it train."), this));
    layout->addWidget(m_strip);

    setNames(m_table, "layersTable", tr("Layers of the network"));
    m_table->setModel(m_model);
    m_table->setItemDelegate(new ToggleDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectItems);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setTabKeyNavigation(false);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().lineSpacing() + 6);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setMinimumSectionSize(fontMetrics().averageCharWidth() * 8);
    layout->addWidget(m_table, 1);

    auto* totals = makeCard(this);
    auto* totalsLayout = new QHBoxLayout(totals);
    setNames(m_modelTotals, "layersModelTotals", tr("Parameters in all"));
    setNames(m_phaseTotals, "layersPhaseTotals", tr("Parameters that train in each phase"));
    for (QLabel* label : {m_modelTotals, m_phaseTotals}) {
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        label->setTextFormat(Qt::RichText);
        label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    }
    m_phaseTotals->setWordWrap(true); // its headings, where the window is narrow
    totalsLayout->addWidget(m_modelTotals);
    totalsLayout->addSpacing(spacing::page);
    totalsLayout->addWidget(m_phaseTotals, 1);
    layout->addWidget(totals);

    connect(m_strip, &LayerStrip::blockToggled, this, [this](int block, bool trainable) {
        FreezePlan plan = m_session->freezePlan(selectedPhase());
        plan.setBlockTrainable(block, trainable);
        applyPlan(selectedPhase(), plan);
    });
    connect(m_model, &LayerTableModel::layerToggled, this, [this](int phase, int layer, bool trainable) {
        FreezePlan plan = m_session->freezePlan(phase);
        plan.setTrainable(layer, trainable);
        // A pool has nothing to train, but counts in "the last N layers": it goes with the convolution before
        // it.
        if (m_session->layers()[std::size_t(layer) + 1].kind == LayerKind::Pool) {
            plan.setTrainable(layer + 1, trainable);
        }
        selectPhase(phase);
        applyPlan(phase, plan);
    });
    connect(m_phase, &QComboBox::currentIndexChanged, this, &LayersPage::refresh);
    connect(m_preset, &QComboBox::activated, this, [this](int index) {
        const int unfreeze = m_preset->itemData(index).toInt();
        if (unfreeze >= 0) {
            applyPlan(selectedPhase(), FreezePlan::unfreezeLast(unfreeze));
        } else {
            refresh();
        }
    });
    connect(m_session, &Session::recipeChanged, this, &LayersPage::refresh);
    connect(m_session, &Session::datasetChanged, this, &LayersPage::refresh);
    refresh();
    if (m_phase->count() > 1) {
        m_phase->setCurrentIndex(m_phase->count() - 1);
    }
    setTabOrder(m_phase, m_preset);
}

int LayersPage::selectedPhase() const
{
    return std::max(0, m_phase->currentIndex());
}

void LayersPage::selectPhase(int phase)
{
    m_phase->setCurrentIndex(phase);
}

void LayersPage::applyPlan(int phase, const FreezePlan& plan)
{
    if (!m_session->setFreezePlan(phase, plan).empty()) {
        refresh();
    }
}

void LayersPage::refresh()
{
    const Recipe& recipe = m_session->recipe();
    std::vector<PhaseColumn> columns;
    QStringList names;
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        const QString name = plainLine(recipe.phases[i].name);
        columns.push_back({name, m_session->freezePlan(int(i))});
        names << tr("Phase %1: %2").arg(i + 1).arg(name);
    }
    {
        const QSignalBlocker blocker(m_phase);
        const int selected = selectedPhase();
        m_phase->clear();
        m_phase->addItems(names);
        m_phase->setCurrentIndex(std::clamp(selected, 0, std::max(0, int(names.size()) - 1)));
    }
    const int columnsBefore = m_model->columnCount();
    m_model->setPalette(palette());
    m_model->setLayers(m_session->layers(), m_session->headSpec());
    m_model->setPhases(columns);
    if (m_model->columnCount() != columnsBefore) {
        QHeaderView* header = m_table->horizontalHeader();
        for (int column = 0; column < m_model->columnCount(); ++column) {
            // A layer's name is never cut.
            header->setSectionResizeMode(column,
                                         column == 0 ? QHeaderView::ResizeToContents : QHeaderView::Stretch);
        }
    }
    m_strip->setLayers(m_session->layers(), m_session->headSpec());
    const FreezePlan plan = m_session->freezePlan(selectedPhase());
    m_strip->setPlan(plan);
    const int preset = m_preset->findData(plan.asUnfreezeLast());
    m_preset->setCurrentIndex(preset >= 0 ? preset : m_preset->findData(-1));
    refreshTotals();
}

void LayersPage::refreshTotals()
{
    const std::vector<LayerInfo>& layers = m_session->layers();
    std::int64_t base = 0;
    double multiplyAdds = 0;
    for (const LayerInfo& layer : layers) {
        base += layer.parameters;
        multiplyAdds += double(layer.multiplyAdds);
    }
    const std::int64_t head = headParameters(m_session->headSpec());
    const auto row = [](const QStringList& cells, bool heading) {
        QString text = "<tr>";
        for (qsizetype i = 0; i < cells.size(); ++i) {
            const QString inner = heading ? "<b>" + cells[i] + "</b>" : cells[i];
            text += QStringLiteral("<td align='%1' style='padding-right:18px'>%2</td>")
                        .arg(i == 0 ? "left" : "right", inner);
        }
        return text + "</tr>";
    };
    m_modelTotals->setText("<table>" + row({tr("Parameters"), QString()}, true) +
                           row({tr("Base"), counted(base)}, false) + row({tr("Head"), counted(head)}, false) +
                           row({tr("In all"), counted(base + head)}, false) + "</table>");

    QString table = "<table>" + row({QString(), tr("Trainable"), tr("of these in the base"),
                                     tr("Not trainable"), tr("Work with gradients")},
                                    true);
    const Recipe& recipe = m_session->recipe();
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        const FreezePlan plan = m_session->freezePlan(int(i));
        const std::int64_t inBase = plan.trainableParameters(layers);
        double withGradients = 0;
        for (std::size_t layer = std::size_t(plan.firstTrainableConvolution()); layer < layers.size();
             ++layer) {
            withGradients += double(layers[layer].multiplyAdds);
        }
        const double share = multiplyAdds > 0 ? withGradients / multiplyAdds : 0;
        // A name of any length may stand in a recipe; the numbers are what the table is for.
        const QString name = fontMetrics().elidedText(plainLine(recipe.phases[i].name), Qt::ElideMiddle,
                                                      fontMetrics().averageCharWidth() * 24);
        const QString title = tr("Phase %1: %2").arg(i + 1).arg(name.toHtmlEscaped());
        table += row({QString(title).replace(' ', QChar::Nbsp), counted(inBase + head), counted(inBase),
                      counted(base - inBase), tr("%1 %").arg(QLocale().toString(share * 100, 'f', 1))},
                     false);
    }
    m_phaseTotals->setText(table + "</table>");
    m_phaseTotals->setToolTip(
        tr("Work with gradients: the share of the base's multiply-adds (%1 a picture in all) "
           "from the first layer that trains on. What lies before runs faster.")
            .arg(multiplyAddsText(multiplyAdds)));
}

void LayersPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        m_model->setPalette(palette());
    }
}

} // namespace thaw::ui
