#include "ui/widgets/recipe_form.h"

#include "core/compute/compute_device.h"
#include "ui/dialogs.h"
#include "ui/session.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/phase_table.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QFormLayout>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace thaw::ui {

namespace {

void choose(QComboBox* combo, const QString& value)
{
    combo->setCurrentIndex(combo->findData(value));
}

} // namespace

RecipeForm::RecipeForm(QWidget* parent) : QWidget(parent)
{
    setObjectName("recipeForm");
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, spacing::normal, 0);
    layout->setSpacing(spacing::normal);
    const auto makeForm = [] {
        auto* form = new QFormLayout;
        form->setContentsMargins(0, 0, 0, 0);
        form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
        form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
        form->setVerticalSpacing(spacing::normal);
        return form;
    };
    QFormLayout* basics = makeForm();
    buildBasics(basics);
    layout->addLayout(basics);

    layout->addSpacing(spacing::small);
    layout->addWidget(makeSectionTitle(tr("Phases"), this));
    m_phases = new PhaseTable(this, this);
    layout->addWidget(m_phases);
    connect(m_phases, &PhaseTable::layersWanted, this, &RecipeForm::layersWanted);
    connect(m_phases, &PhaseTable::epochsEdited, this, [this](int phase, int epochs) {
        m_draft.phases[std::size_t(phase)].epochs = epochs;
        change(tr("change the epochs"), QStringLiteral("phases.%1.epochs").arg(phase));
    });
    connect(m_phases, &PhaseTable::learningRateEdited, this, [this](int phase, double rate) {
        m_draft.phases[std::size_t(phase)].learningRate = rate;
        change(tr("change the learning rate"), QStringLiteral("phases.%1.learning_rate").arg(phase));
    });

    connect(m_phases, &PhaseTable::scheduleEdited, this, [this](int phase, RateSchedule schedule) {
        m_draft.phases[std::size_t(phase)].schedule = schedule;
        change(tr("change the schedule"), {});
    });
    connect(m_phases, &PhaseTable::emaMomentumEdited, this, [this](int phase, double momentum) {
        m_draft.phases[std::size_t(phase)].emaMomentum = momentum;
        change(tr("change weight averaging"), QStringLiteral("phases.%1.ema_momentum").arg(phase));
    });
    connect(m_phases, &PhaseTable::editEnded, this, &RecipeForm::editEnded);
    connect(m_phases, &PhaseTable::refusalChanged, this, &RecipeForm::refusalChanged);
    connect(this, &RecipeForm::recipeChosen, this, [this] {
        for (NumberBox* box : numbers()) {
            box->dropTyped();
        }
    });

    m_fold = new QToolButton(this);
    setNames(m_fold, "recipeAdvanced", tr("Show more settings"));
    m_fold->setText(tr("&More settings"));
    m_fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_fold->setArrowType(Qt::RightArrow);
    m_fold->setAutoRaise(true);
    m_fold->setCheckable(true);
    layout->addWidget(m_fold);
    m_advanced = new QWidget(this);
    QFormLayout* advanced = makeForm();
    buildAdvanced(advanced);
    m_advanced->setLayout(advanced);
    m_advanced->hide();
    layout->addWidget(m_advanced);
    connect(m_fold, &QToolButton::toggled, this, &RecipeForm::fold);
    connect(m_phases, &PhaseTable::fieldsMade, this, &RecipeForm::orderTabs);
    m_otherIssues = new IssueLabel("recipeOtherIssues", this);
    layout->addWidget(m_otherIssues);
    layout->addStretch(1);
    setRecipe(quickRecipe());
}

void RecipeForm::showChoices()
{
    const std::vector<Recipe>& builtIns = builtInRecipes();
    // The split is the data set's, whichever recipe was chosen.
    const auto preset = std::find_if(builtIns.begin(), builtIns.end(), [this](Recipe recipe) {
        recipe.split = m_draft.split;
        return recipe == m_draft;
    });
    choose(m_recipe, preset == builtIns.end() ? QString::fromLatin1(ownSettings)
                                              : QString::fromStdString(preset->name));

    const QString weights = bytesToText(m_draft.weights);
    m_weights->clear();
    m_weights->addItem(tr("ImageNet"), "imagenet");
    m_weights->addItem(tr("None (random)"), "none");
    if (m_draft.hasWeightsFile()) {
        m_weights->addItem(plainLine(weights.section('/', -1)), weights);
        m_weights->setItemData(m_weights->count() - 1, plainToolTip(plainLine(weights)), Qt::ToolTipRole);
    }
    m_weights->addItem(tr("From a file…"), fromFile);
    choose(m_weights, weights);

    const QString device = QString::fromStdString(m_draft.device);
    m_device->clear();
    m_device->addItem(tr("Automatic"), "auto");
    for (const DeviceInfo& info : availableDevices()) {
        const QString memory = sizeText(double(info.memoryBytes));
        const QString name = plainLine(info.name);
        m_device->addItem(info.memoryBytes > 0 ? tr("%1 (%2)", "device, memory").arg(name, memory) : name,
                          QString::fromStdString(info.id));
    }
    if (device == "cuda") {
        m_device->addItem(tr("First NVIDIA graphics card"), device);
    }
    if (m_device->findData(device) < 0) {
        m_device->addItem(plainLine(device), device);
    }
    choose(m_device, device);
}

void RecipeForm::setRecipe(const Recipe& recipe)
{
    m_showing = true;
    m_draft = recipe;
    showChoices();
    m_inputSize->showValue(recipe.inputSize);
    m_batchSize->showValue(recipe.batchSize);
    choose(m_head, nameOf(recipe.head));
    m_dropout->showValue(recipe.dropout);
    choose(m_outputInitializer,
           recipe.withHead ? QString::fromLatin1(headOfFile) : nameOf(recipe.outputInitializer));
    choose(m_precision, nameOf(recipe.precision));
    choose(m_trainedPrecision, nameOf(recipe.trainedPrecision));
    m_seed->showValue(double(recipe.seed));
    choose(m_resize, nameOf(recipe.resize));
    m_validationShare->showValue(recipe.split.validation);
    m_testShare->showValue(recipe.split.test);
    m_exif->setChecked(recipe.exif);
    choose(m_dctMethod, nameOf(recipe.dctMethod));
    m_keepValidation->setChecked(recipe.keepValidationFeatures);
    m_views->showValue(recipe.augmentation.views);
    m_phases->showPhases(recipe.phases);
    m_showing = false;
    showCautions();
    setIssues({});
}

QList<NumberBox*> RecipeForm::numbers() const
{
    return m_numbers + m_phases->numbers();
}

bool RecipeForm::hasRefusals() const
{
    const QList<NumberBox*> all = numbers();
    return std::any_of(all.begin(), all.end(),
                       [](const NumberBox* box) { return !box->refusal().isEmpty(); });
}

void RecipeForm::fold(bool open)
{
    // What is refused stays in sight.
    for (const NumberBox* box : numbers()) {
        const bool isFolded = m_advanced->isAncestorOf(box) || box->objectName().endsWith("EmaMomentum");
        open = open || (isFolded && !box->refusal().isEmpty());
    }
    const QSignalBlocker blocker(m_fold);
    m_fold->setChecked(open);
    m_fold->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
    m_advanced->setVisible(open);
    m_phases->setDetailed(open);
}

bool RecipeForm::commit()
{
    for (NumberBox* box : numbers()) {
        if (!box->commit()) {
            m_fold->setChecked(m_fold->isChecked() || !box->isVisibleTo(this));
            box->setFocus();
            box->selectAll();
            return false;
        }
    }
    return true;
}

void RecipeForm::showCautions()
{
    m_phases->setCautions(cautionsOf(m_draft));
}

/// Tab goes by the order of making, and the phases are made last, or anew: puts them where they stand.
void RecipeForm::orderTabs()
{
    QWidget* before = m_head;
    const QList<QWidget*> fields = m_phases->fields();
    for (QWidget* field : fields) {
        setTabOrder(before, field);
        before = field;
    }
    setTabOrder(before, m_fold);
}

void RecipeForm::setIssues(const std::vector<RecipeIssue>& issues)
{
    for (IssueLabel* label : std::as_const(m_issueLabels)) {
        label->reset();
    }
    m_phases->resetIssues();
    m_otherIssues->reset();
    for (const RecipeIssue& issue : issues) {
        const QString field = QString::fromStdString(issue.field);
        const QString message = plainLine(issue.message);
        if (m_phases->addIssue(issue)) {
            continue;
        }
        if (IssueLabel* label = m_issueLabels.value(field)) {
            label->add(message);
            if (m_advanced->isAncestorOf(label)) {
                m_fold->setChecked(true);
            }
        } else {
            m_otherIssues->add(plainLine(field) + ": " + message);
        }
    }
}

void RecipeForm::change(const QString& what, const QString& path)
{
    if (!m_showing) {
        showCautions();
        Q_EMIT edited(m_draft, what, path);
    }
}

void RecipeForm::chooseWeights(int index)
{
    const QString value = m_weights->itemData(index).toString();
    if (value != fromFile) {
        m_draft.weights = textToBytes(value);
        m_draft.withHead = m_draft.withHead && m_draft.hasWeightsFile();
        change(tr("change the starting weights"), {});
        return;
    }
    const std::optional<QString> file = Dialogs::chooseFile(
        this, tr("Choose weights"),
        tr("Weights (*.safetensors *.h5 *.hdf5 *.keras *.pth *.pt *.onnx *.whl *.zip);;All files (*)"));
    if (file) {
        m_draft.weights = textToBytes(*file);
        change(tr("change the starting weights"), {});
    } else {
        choose(m_weights, bytesToText(m_draft.weights));
    }
}

void RecipeForm::chooseRecipe(int index)
{
    const QString value = m_recipe->itemData(index).toString();
    std::optional<QString> chosen = value;
    if (value == fromFile) {
        chosen = Dialogs::chooseFile(this, tr("Choose a recipe"), tr("Recipes (*.json);;All files (*)"));
    } else if (value == ownSettings) {
        chosen.reset();
    }
    showChoices();
    if (chosen) {
        Q_EMIT recipeChosen(*chosen);
    }
}

/// The wheel scrolls the form and changes a value only where the focus is; leaving a field ends its edit.
bool RecipeForm::eventFilter(QObject* watched, QEvent* event)
{
    auto* field = qobject_cast<QWidget*>(watched);
    if (field && event->type() == QEvent::Wheel && !field->hasFocus()) {
        event->ignore();
        return true;
    }
    if (event->type() == QEvent::FocusOut) {
        Q_EMIT editEnded();
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace thaw::ui
