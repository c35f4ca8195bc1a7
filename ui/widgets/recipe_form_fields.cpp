#include "ui/text/recipe_words.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"
#include "ui/widgets/field_editor.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/recipe_form.h"

#include <QComboBox>
#include <QFormLayout>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

// The form's rows, but for the phases. Each field of the window's table is a row; four of them need a box of
// their own, which offers more than core's table tells.
namespace thaw::ui {

void RecipeForm::addFields(QFormLayout* basics, QFormLayout* advanced)
{
    for (const FieldWords& words : recipeWords()) {
        QFormLayout* form = words.isBasic ? basics : advanced;
        if (words.field == "name") {
            addRecipes(form, words);
        } else if (words.field == "weights") {
            m_weights = addBox(form, words, "recipeWeights");
            connect(m_weights, &QComboBox::activated, this, &RecipeForm::chooseWeights);
        } else if (words.field == "output_initializer") {
            addHeadStart(form, words);
        } else if (words.field == "device") {
            m_device = addBox(form, words, "recipeDevice");
            connect(m_device, &QComboBox::activated, this, [this, undo = words.undo] {
                m_draft.device = m_device->currentData().toString().toStdString();
                change(undo, {});
            });
        } else {
            addEditor(form, words);
        }
    }
}

void RecipeForm::addRow(QFormLayout* form, const FieldWords& words, const QString& objectName, QWidget* field,
                        bool hasOwnLabel)
{
    setNames(field, qPrintable(objectName), words.name());
    field->setFocusPolicy(Qt::StrongFocus);
    field->installEventFilter(this);
    if (hasOwnLabel) {
        form->addRow(field);
    } else {
        form->addRow(words.label, field);
    }
    auto* issue = new IssueLabel(QStringLiteral("issue.%1").arg(words.field), this);
    form->addRow(issue);
    m_issueLabels.insert(words.field, issue);
}

QComboBox* RecipeForm::addBox(QFormLayout* form, const FieldWords& words, const char* objectName)
{
    auto* box = new QComboBox(this);
    letShrink(box);
    if (!words.tooltip.isEmpty()) {
        box->setToolTip(words.tooltip);
    }
    addRow(form, words, objectName, box, false);
    return box;
}

void RecipeForm::addEditor(QFormLayout* form, const FieldWords& words)
{
    const Field<Recipe>& field = *findField(recipeFields(), words.field.toStdString());
    auto* editor = new FieldEditor(field, words, this);
    addRow(form, words, "recipe" + widgetNameOf(words.field), editor->widget(), editor->hasOwnLabel());
    m_editors.insert(words.field, editor);
    if (NumberBox* box = editor->number()) {
        m_issueLabels.value(words.field)->follow(box);
        connect(box, &NumberBox::editingFinished, this, &RecipeForm::editEnded);
        connect(box, &NumberBox::refusalChanged, this, &RecipeForm::refusalChanged);
        m_numbers << box;
    }
    // Steps of a number become one edit.
    const QString mergeKey = editor->number() ? words.field : QString();
    connect(editor, &FieldEditor::edited, this,
            [this, set = field.set, undo = words.undo, mergeKey](const FieldValue& value) {
                set(m_draft, value);
                change(undo, mergeKey);
            });
}

void RecipeForm::addRecipes(QFormLayout* form, const FieldWords& words)
{
    m_recipe = addBox(form, words, "recipePreset");
    m_recipe->addItem(tr("Quick: a first result"), "quick");
    m_recipe->addItem(tr("Book: the full recipe"), "book");
    m_recipe->addItem(tr("Fast: its length, on stored views"), "fast");
    m_recipe->addItem(tr("Best: the highest accuracy"), "best");
    m_recipe->addItem(tr("Your own settings"), ownSettings);
    m_recipe->addItem(tr("From a file…"), fromFile);
    connect(m_recipe, &QComboBox::activated, this, &RecipeForm::chooseRecipe);
}

void RecipeForm::addHeadStart(QFormLayout* form, const FieldWords& words)
{
    m_outputInitializer = addBox(form, words, "recipeOutputInitializer");
    const Field<Recipe>& field = *findField(recipeFields(), words.field.toStdString());
    for (const std::string& choice : field.choices) {
        const QString word = QString::fromStdString(choice);
        m_outputInitializer->addItem(choiceText(words.field, word), word);
    }
    m_outputInitializer->addItem(headOfFileText(), headOfFile);
    m_issueLabels.insert("with_head", m_issueLabels.value(words.field));
    connect(m_outputInitializer, &QComboBox::activated, this,
            [this, set = field.set, undo = words.undo](int index) {
                const QString value = m_outputInitializer->itemData(index).toString();
                m_draft.withHead = value == headOfFile;
                if (!m_draft.withHead) {
                    set(m_draft, value.toStdString());
                }
                change(undo, {});
            });
}

void RecipeForm::makeProposal(QFormLayout* form)
{
    m_proposal = new QFrame(this);
    m_proposal->setObjectName("recipeUneven");
    auto* layout = new QHBoxLayout(m_proposal);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    m_proposalText = makeMuted({}, m_proposal);
    letShrink(m_proposalText);
    layout->addWidget(m_proposalText, 1);
    m_balance = new QPushButton(tr("Balance"), m_proposal);
    setNames(m_balance, "recipeBalance", tr("Balance the classes"));
    layout->addWidget(m_balance);
    connect(m_balance, &QPushButton::clicked, this, [this] {
        m_draft.classWeights = ClassWeights::Balanced;
        m_editors.value("class_weights")->show(std::string(nameOf(m_draft.classWeights)));
        change(tr("balance the classes"), {});
    });
    form->addRow(m_proposal);
    m_proposal->hide();
}

void RecipeForm::showProposal()
{
    const bool isBalanced = m_draft.classWeights == ClassWeights::Balanced;
    m_proposalText->setText(isBalanced ? tr("Classes are balanced: each counts the same in training.")
                                       : tr("Some classes have far more pictures than others. Balanced, "
                                            "each counts the same in training."));
    m_balance->setVisible(!isBalanced);
    m_proposal->setVisible(m_isUneven);
}

} // namespace thaw::ui
