#include "ui/widgets/recipe_form.h"

#include "core/train/compute_device.h"
#include "core/train/run_needs.h"
#include "ui/dialogs.h"
#include "ui/session.h"
#include "ui/theme.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/phase_table.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QFormLayout>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

namespace thaw::ui {

namespace {

constexpr double largestSeed = 9007199254740991.0; // 2^53 − 1: what JSON and a double keep exactly

const char* ownSettings = "own";
const char* fromFile = "file…";

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
        // What is no number becomes a rate that the check objects to, at this field.
        m_draft.phases[std::size_t(phase)].learningRate = rate;
        change(tr("change the learning rate"), {});
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
    connect(m_fold, &QToolButton::toggled, this, [this](bool open) {
        m_fold->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        m_advanced->setVisible(open);
    });
    m_otherIssues = new IssueLabel("recipeOtherIssues", this);
    layout->addWidget(m_otherIssues);
    layout->addStretch(1);
    setRecipe(quickRecipe());
}

void RecipeForm::addField(QFormLayout* form, const QString& label, QWidget* field, const char* objectName,
                          const QString& path)
{
    setNames(field, objectName, QString(label).remove('&'));
    field->setFocusPolicy(Qt::StrongFocus);
    field->installEventFilter(this);
    if (label.isEmpty()) {
        form->addRow(field);
    } else {
        form->addRow(label, field);
    }
    auto* issue = new IssueLabel(QStringLiteral("issue.%1").arg(path), this);
    form->addRow(issue);
    m_issueLabels.insert(path, issue);
}

void RecipeForm::buildBasics(QFormLayout* form)
{
    m_recipe = new QComboBox(this);
    m_recipe->addItem(tr("Quick: a first result"), "quick");
    m_recipe->addItem(tr("Book: the full recipe"), "book");
    m_recipe->addItem(tr("Fast: its length, on stored views"), "fast");
    m_recipe->addItem(tr("Your own settings"), ownSettings);
    m_recipe->addItem(tr("From a file…"), fromFile);
    addField(form, tr("&Recipe"), m_recipe, "recipePreset", "name");
    connect(m_recipe, &QComboBox::activated, this, &RecipeForm::chooseRecipe);

    m_weights = new QComboBox(this);
    addField(form, tr("Starti&ng weights"), m_weights, "recipeWeights", "weights");
    connect(m_weights, &QComboBox::activated, this, &RecipeForm::chooseWeights);

    m_inputSize = new QSpinBox(this);
    m_inputSize->setRange(minInputSize, maxInputSize);
    m_inputSize->setSuffix(tr(" px"));
    m_inputSize->setKeyboardTracking(false);
    addField(form, tr("&Input size"), m_inputSize, "recipeInputSize", "input_size");
    connect(m_inputSize, &QSpinBox::valueChanged, this, [this](int value) {
        m_draft.inputSize = value;
        change(tr("change the input size"), "input_size");
    });

    m_batchSize = new QSpinBox(this);
    m_batchSize->setRange(1, 1024);
    m_batchSize->setKeyboardTracking(false);
    addField(form, tr("&Batch size"), m_batchSize, "recipeBatchSize", "batch_size");
    connect(m_batchSize, &QSpinBox::valueChanged, this, [this](int value) {
        m_draft.batchSize = value;
        change(tr("change the batch size"), "batch_size");
    });

    m_head = new QComboBox(this);
    m_head->addItem(tr("Book: two dense layers"), nameOf(HeadKind::Book));
    m_head->addItem(tr("Pooled: small"), nameOf(HeadKind::Pooled));
    addField(form, tr("He&ad"), m_head, "recipeHead", "head");
    connect(m_head, &QComboBox::activated, this, [this] {
        m_draft.head =
            headKindFromName(m_head->currentData().toString().toStdString()).value_or(HeadKind::Book);
        change(tr("change the head"), {});
    });
}

QComboBox* RecipeForm::makePrecisionBox(Precision Recipe::*field)
{
    auto* box = new QComboBox(this);
    box->addItem(tr("Automatic"), nameOf(Precision::Auto));
    box->addItem(tr("32-bit (exact)"), nameOf(Precision::Float32));
    box->addItem(tr("bfloat16"), nameOf(Precision::Bfloat16));
    connect(box, &QComboBox::activated, this, [this, box, field] {
        m_draft.*field =
            precisionFromName(box->currentData().toString().toStdString()).value_or(Precision::Auto);
        change(tr("change the precision"), {});
    });
    return box;
}

void RecipeForm::buildAdvanced(QFormLayout* form)
{
    const auto share = [this](double highest) {
        auto* box = new QDoubleSpinBox(this);
        box->setRange(0, highest);
        box->setSingleStep(0.05);
        box->setDecimals(2);
        box->setKeyboardTracking(false);
        return box;
    };
    m_dropout = share(0.95);
    addField(form, tr("Dropout"), m_dropout, "recipeDropout", "dropout");
    connect(m_dropout, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        m_draft.dropout = value;
        change(tr("change the dropout"), "dropout");
    });

    m_precision = makePrecisionBox(&Recipe::precision);
    m_precision->setToolTip(tr("Arithmetic of the frozen layers."));
    addField(form, tr("Precision"), m_precision, "recipePrecision", "precision");
    m_trainedPrecision = makePrecisionBox(&Recipe::trainedPrecision);
    m_trainedPrecision->setToolTip(
        tr("Arithmetic of the base's layers that train. Their weights and the head stay in 32 bits."));
    addField(form, tr("Where it trains"), m_trainedPrecision, "recipeTrainedPrecision", "trained_precision");

    m_device = new QComboBox(this);
    addField(form, tr("Device"), m_device, "recipeDevice", "device");
    connect(m_device, &QComboBox::activated, this, [this] {
        m_draft.device = m_device->currentData().toString().toStdString();
        change(tr("change the device"), {});
    });

    m_seed = new QDoubleSpinBox(this);
    m_seed->setDecimals(0);
    m_seed->setRange(0, largestSeed);
    m_seed->setKeyboardTracking(false);
    m_seed->setToolTip(tr("The same seed, settings and pictures give the same run."));
    addField(form, tr("Random seed"), m_seed, "recipeSeed", "seed");
    connect(m_seed, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        m_draft.seed = std::uint64_t(value);
        change(tr("change the seed"), "seed");
    });

    m_resize = new QComboBox(this);
    m_resize->addItem(tr("Stretch"), nameOf(ResizeRule::Stretch));
    m_resize->addItem(tr("Centre crop"), nameOf(ResizeRule::CenterCrop));
    m_resize->addItem(tr("Letterbox"), nameOf(ResizeRule::Letterbox));
    m_resize->addItem(tr("Stretch, antialiased"), nameOf(ResizeRule::Antialiased));
    addField(form, tr("Resize by"), m_resize, "recipeResize", "resize");
    connect(m_resize, &QComboBox::activated, this, [this] {
        m_draft.resize = resizeRuleFromName(m_resize->currentData().toString().toStdString())
                             .value_or(ResizeRule::Stretch);
        change(tr("change the resize rule"), {});
    });

    m_validationShare = share(0.9);
    addField(form, tr("Validation share"), m_validationShare, "recipeValidationShare", "split.validation");
    connect(m_validationShare, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        m_draft.split.validation = value;
        change(tr("change the validation share"), "split.validation");
    });
    m_testShare = share(0.9);
    addField(form, tr("Test share"), m_testShare, "recipeTestShare", "split.test");
    connect(m_testShare, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        m_draft.split.test = value;
        change(tr("change the test share"), "split.test");
    });
    for (QDoubleSpinBox* box : {m_validationShare, m_testShare}) {
        box->setToolTip(tr("Of pictures that the data set does not assign itself."));
    }

    m_exif = new QCheckBox(tr("Turn photographs upright"), this);
    addField(form, {}, m_exif, "recipeExif", "exif");
    m_exif->setAccessibleName(m_exif->text());
    connect(m_exif, &QCheckBox::clicked, this, [this](bool on) {
        m_draft.exif = on;
        change(tr("change turning upright"), {});
    });
    m_keepValidation = new QCheckBox(tr("Keep validation features"), this);
    addField(form, {}, m_keepValidation, "recipeKeepValidation", "keep_validation_features");
    m_keepValidation->setAccessibleName(m_keepValidation->text());
    m_keepValidation->setToolTip(
        tr("Compute what frozen layers make of validation pictures once, not every epoch."));
    connect(m_keepValidation, &QCheckBox::clicked, this, [this](bool on) {
        m_draft.keepValidationFeatures = on;
        change(tr("change keeping validation features"), {});
    });

    m_views = new QSpinBox(this);
    m_views->setRange(0, 1000);
    m_views->setSpecialValueText(tr("New ones every epoch"));
    m_views->setKeyboardTracking(false);
    m_views->setToolTip(tr("How many variations of each picture are computed once and stored. "
                           "Later epochs then take seconds; more of them learn better."));
    addField(form, tr("Stored views"), m_views, "recipeViews", "augmentation.views");
    connect(m_views, &QSpinBox::valueChanged, this, [this](int value) {
        m_draft.augmentation.views = value;
        change(tr("change the stored views"), "augmentation.views");
    });
}

void RecipeForm::showChoices()
{
    const QString preset = m_draft == quickRecipe()  ? QStringLiteral("quick")
                           : m_draft == bookRecipe() ? QStringLiteral("book")
                           : m_draft == fastRecipe() ? QStringLiteral("fast")
                                                     : QString::fromLatin1(ownSettings);
    choose(m_recipe, preset);

    const QString weights = QString::fromStdString(m_draft.weights);
    m_weights->clear();
    m_weights->addItem(tr("ImageNet"), "imagenet");
    m_weights->addItem(tr("None (random)"), "none");
    if (weights != "imagenet" && weights != "none") {
        m_weights->addItem(weights.section('/', -1), weights);
        m_weights->setItemData(m_weights->count() - 1, weights, Qt::ToolTipRole);
    }
    m_weights->addItem(tr("From a file…"), fromFile);
    choose(m_weights, weights);

    const QString device = QString::fromStdString(m_draft.device);
    m_device->clear();
    m_device->addItem(tr("Automatic"), "auto");
    for (const DeviceInfo& info : availableDevices()) {
        const QString memory = QString::fromStdString(byteText(static_cast<double>(info.memoryBytes)));
        const QString name = QString::fromStdString(info.name);
        m_device->addItem(info.memoryBytes > 0 ? tr("%1 (%2)", "device, memory").arg(name, memory) : name,
                          QString::fromStdString(info.id));
    }
    if (device == "cuda") {
        m_device->addItem(tr("First NVIDIA graphics card"), device);
    }
    if (m_device->findData(device) < 0) {
        m_device->addItem(device, device);
    }
    choose(m_device, device);
}

void RecipeForm::setRecipe(const Recipe& recipe)
{
    m_showing = true;
    m_draft = recipe;
    showChoices();
    m_inputSize->setValue(recipe.inputSize);
    m_batchSize->setValue(recipe.batchSize);
    choose(m_head, nameOf(recipe.head));
    m_dropout->setValue(recipe.dropout);
    choose(m_precision, nameOf(recipe.precision));
    choose(m_trainedPrecision, nameOf(recipe.trainedPrecision));
    m_seed->setValue(double(recipe.seed));
    choose(m_resize, nameOf(recipe.resize));
    m_validationShare->setValue(recipe.split.validation);
    m_testShare->setValue(recipe.split.test);
    m_exif->setChecked(recipe.exif);
    m_keepValidation->setChecked(recipe.keepValidationFeatures);
    m_views->setValue(recipe.augmentation.views);
    m_phases->showPhases(recipe.phases);
    m_showing = false;
    setIssues({});
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
        const QString message = QString::fromStdString(issue.message);
        if (m_phases->addIssue(issue)) {
            continue;
        }
        if (IssueLabel* label = m_issueLabels.value(field)) {
            label->add(message);
            if (m_advanced->isAncestorOf(label)) {
                m_fold->setChecked(true);
            }
        } else {
            m_otherIssues->add(field + ": " + message);
        }
    }
}

void RecipeForm::change(const QString& what, const QString& path)
{
    if (!m_showing) {
        Q_EMIT edited(m_draft, what, path);
    }
}

void RecipeForm::chooseWeights(int index)
{
    const QString value = m_weights->itemData(index).toString();
    if (value != fromFile) {
        m_draft.weights = value.toStdString();
        change(tr("change the starting weights"), {});
        return;
    }
    const std::optional<QString> file =
        Dialogs::chooseFile(this, tr("Choose weights"),
                            tr("Weights (*.safetensors *.h5 *.hdf5 *.onnx *.whl *.zip);;All files (*)"));
    if (file) {
        m_draft.weights = toPath(*file).string();
        change(tr("change the starting weights"), {});
    } else {
        choose(m_weights, QString::fromStdString(m_draft.weights));
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
