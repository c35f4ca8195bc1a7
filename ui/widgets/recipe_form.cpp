#include "ui/widgets/recipe_form.h"

#include "core/compute/compute_device.h"
#include "ui/dialogs.h"
#include "ui/session.h"
#include "ui/text/plain_text.h"
#include "ui/text/recipe_words.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"
#include "ui/widgets/field_editor.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/phase_table.h"

#include <QComboBox>
#include <QEvent>
#include <QFormLayout>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
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
        form->setRowWrapPolicy(QFormLayout::WrapLongRows);
        form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
        form->setVerticalSpacing(spacing::normal);
        return form;
    };
    QFormLayout* basics = makeForm();
    QFormLayout* advanced = makeForm();
    addFields(basics, advanced);
    makeProposal(basics);
    layout->addLayout(basics);

    layout->addSpacing(spacing::small);
    // Beside the title it stays where it is when it opens.
    m_phaseFold = makeFold("recipePhaseSettings", tr("Optimi&zer and stopping"),
                           tr("Show the optimizer and when each phase stops"));
    auto* phasesTitle = new QHBoxLayout;
    phasesTitle->addWidget(makeSectionTitle(tr("Phases"), this), 1);
    phasesTitle->addWidget(m_phaseFold);
    layout->addLayout(phasesTitle);
    m_phases = new PhaseTable(this, this);
    layout->addWidget(m_phases);
    connectPhases();

    m_fold = makeFold("recipeAdvanced", tr("&More settings"), tr("Show more settings"));
    layout->addWidget(m_fold);
    m_advanced = new QWidget(this);
    m_advanced->setLayout(advanced);
    m_advanced->hide();
    layout->addWidget(m_advanced);
    connect(m_phases, &PhaseTable::fieldsMade, this, &RecipeForm::orderTabs);
    m_otherIssues = new IssueLabel("recipeOtherIssues", this);
    layout->addWidget(m_otherIssues);
    layout->addStretch(1);
    setRecipe(quickRecipe());
}

QToolButton* RecipeForm::makeFold(const char* objectName, const QString& text, const QString& accessibleName)
{
    auto* button = new QToolButton(this);
    setNames(button, objectName, accessibleName);
    button->setText(text);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setArrowType(Qt::RightArrow);
    button->setProperty("fold", true); // for the theme
    button->setCheckable(true);
    button->setFocusPolicy(Qt::StrongFocus);
    connect(button, &QToolButton::toggled, this, [this, button](bool open) { fold(button, open); });
    return button;
}

void RecipeForm::connectPhases()
{
    connect(m_phases, &PhaseTable::layersWanted, this, &RecipeForm::layersWanted);
    connect(m_phases, &PhaseTable::fieldEdited, this, &RecipeForm::changePhase);
    connect(m_phases, &PhaseTable::editEnded, this, &RecipeForm::editEnded);
    connect(m_phases, &PhaseTable::refusalChanged, this, &RecipeForm::refusalChanged);
    connect(this, &RecipeForm::recipeChosen, this, [this] {
        for (NumberBox* box : numbers()) {
            box->dropTyped();
        }
    });
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
    choose(m_outputInitializer,
           recipe.withHead ? QString::fromLatin1(headOfFile) : nameOf(recipe.outputInitializer));
    for (const Field<Recipe>& field : recipeFields()) {
        if (FieldEditor* editor = m_editors.value(QString::fromStdString(field.name))) {
            editor->show(field.get(recipe));
        }
    }
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

QToolButton* RecipeForm::foldOf(const QWidget* widget) const
{
    return m_advanced->isAncestorOf(widget) ? m_fold : m_phases->isDetail(widget) ? m_phaseFold : nullptr;
}

void RecipeForm::fold(QToolButton* button, bool open)
{
    // What is refused stays in sight.
    for (const NumberBox* box : numbers()) {
        open = open || (!box->refusal().isEmpty() && foldOf(box) == button);
    }
    const QSignalBlocker blocker(button);
    button->setChecked(open);
    button->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
    if (button == m_fold) {
        m_advanced->setVisible(open);
    } else {
        m_phases->setDetailed(open);
    }
}

void RecipeForm::unfold(const QWidget* widget)
{
    if (QToolButton* button = foldOf(widget)) {
        button->setChecked(true);
    }
}

bool RecipeForm::commit()
{
    for (NumberBox* box : numbers()) {
        if (!box->commit()) {
            unfold(box);
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
    showProposal();
}

void RecipeForm::setUneven(bool isUneven)
{
    m_isUneven = isUneven;
    showProposal();
}

/// Tab goes by the order of making, and the phases are made last, or anew: puts them where they stand.
void RecipeForm::orderTabs()
{
    QWidget* before = m_editors.value("head")->widget();
    const QList<QWidget*> fields = QList<QWidget*>{m_balance, m_phaseFold} + m_phases->fields();
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
        IssueLabel* label = m_phases->addIssue(issue);
        if (!label && m_issueLabels.contains(field)) {
            label = m_issueLabels.value(field);
            label->add(message);
        }
        if (label) {
            unfold(label);
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

void RecipeForm::changePhase(int phase, const QString& name, const FieldValue& value)
{
    const Field<PhaseRecipe>& field = *findField(phaseFields(), name.toStdString());
    PhaseRecipe& edited = m_draft.phases[std::size_t(phase)];
    field.set(edited, value);
    resetUnused(edited);
    m_phases->showPhases(m_draft.phases);
    // Steps of a number become one edit.
    const QString path = field.range ? QStringLiteral("phases.%1.%2").arg(phase).arg(name) : QString();
    change(wordsOf(phaseWords(), field.name).undo, path);
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
