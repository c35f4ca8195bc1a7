#include "ui/widgets/phase_table.h"

#include "core/base/error.h"
#include "ui/text/plain_text.h"
#include "ui/text/recipe_words.h"
#include "ui/theme.h"
#include "ui/widgets/field_editor.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/number_box.h"

#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>

#include <algorithm>
#include <cmath>

namespace thaw::ui {

namespace {

constexpr int epochsWidth = 84;
constexpr int rateWidth = 96;
constexpr int linesPerPhase = 5;
/// Where core has no upper bound: whoever types more means something else.
constexpr double highestTyped = 100;

/// "momentum" of "phases.1.momentum".
QString nameIn(const RecipeIssue& issue)
{
    return QString::fromStdString(issue.field).section('.', 2);
}

/// An issue at the end of a row that shows several fields.
QString issueText(const RecipeIssue& issue)
{
    const QString name = nameIn(issue);
    const QString message = plainLine(issue.message);
    return name.isEmpty() ? message
                          : PhaseTable::tr("%1: %2", "field, issue")
                                .arg(wordsOf(phaseWords(), name.toStdString()).name(), message);
}

} // namespace

QString trainsText(const PhaseRecipe& phase)
{
    try {
        const FreezePlan plan = phase.freezePlan();
        const int last = plan.asUnfreezeLast();
        if (plan.firstTrainableConvolution() > baseLayerCount) {
            return PhaseTable::tr("head");
        }
        if (last == baseLayerCount) {
            return PhaseTable::tr("everything");
        }
        return last >= 0 ? PhaseTable::tr("head + last %n layer(s)", nullptr, last)
                         : PhaseTable::tr("head + %n layer(s)", nullptr, int(plan.names().size()));
    } catch (const Error&) {
        return PhaseTable::tr("not clear");
    }
}

PhaseTable::PhaseTable(QObject* fieldFilter, QWidget* parent)
    : QWidget(parent), m_fieldFilter(fieldFilter), m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins({});
    m_grid->setHorizontalSpacing(spacing::normal);
    m_grid->setVerticalSpacing(spacing::small);
    const QStringList headings{tr("Phase"), tr("Epochs"), tr("Learning rate")};
    for (int column = 0; column < headings.size(); ++column) {
        m_grid->addWidget(makeMuted(headings[column], this), 0, column);
    }
    m_grid->setColumnStretch(0, 1);
}

void PhaseTable::showPhases(const std::vector<PhaseRecipe>& phases)
{
    if (m_rows.size() != phases.size()) {
        rebuild(int(phases.size()));
    }
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        m_rows[i].name->setText(tr("%1 %2").arg(i + 1).arg(plainLine(phases[i].name)));
        m_rows[i].trains->setText(tr("Trains: %1").arg(trainsText(phases[i])));
        showRow(m_rows[i], phases[i]);
    }
}

void PhaseTable::showRow(const Row& row, const PhaseRecipe& phase)
{
    row.epochs->show(FieldValue(std::int64_t(phase.epochs)));
    row.learningRate->show(FieldValue(phase.learningRate));
    for (const Detail& detail : row.detail) {
        const bool applies = detail.field->applies(phase);
        detail.editor->show(detail.field->get(phase));
        detail.editor->widget()->setVisible(applies);
        if (detail.label) {
            detail.label->setVisible(applies);
        }
        if (NumberBox* box = detail.editor->number(); box && !applies) {
            box->dropTyped(); // nobody could mend what is refused there
        }
    }
}

void PhaseTable::rebuild(int count)
{
    for (const Row& row : m_rows) {
        // Later: this may be running inside a signal of one of them.
        for (QWidget* widget :
             std::initializer_list<QWidget*>{row.name, row.epochs->widget(), row.learningRate->widget(),
                                             row.trains, row.details, row.caution, row.issue})
        {
            m_grid->removeWidget(widget);
            widget->hide();
            widget->setObjectName({});
            widget->deleteLater();
        }
    }
    m_rows.clear();
    for (int phase = 0; phase < count; ++phase) {
        m_rows.push_back(makeRow(phase));
    }
    Q_EMIT fieldsMade();
}

QList<QWidget*> PhaseTable::fields() const
{
    QList<QWidget*> all;
    for (const Row& row : m_rows) {
        all << row.epochs->widget() << row.learningRate->widget() << row.trains;
        for (const Detail& detail : row.detail) {
            all << detail.editor->widget();
        }
    }
    return all;
}

QList<NumberBox*> PhaseTable::numbers() const
{
    QList<NumberBox*> all;
    for (const Row& row : m_rows) {
        all << row.epochs->number() << row.learningRate->number();
        for (const Detail& detail : row.detail) {
            if (NumberBox* box = detail.editor->number()) {
                all << box;
            }
        }
    }
    return all;
}

FieldEditor* PhaseTable::makeEditor(const FieldWords& words, int phase, QWidget* parent)
{
    Field<PhaseRecipe> field = *findField(phaseFields(), words.field.toStdString());
    if (field.range && std::isinf(field.range->high)) {
        field.range->high = highestTyped;
        field.range->hasHigh = true;
    }
    auto* editor = new FieldEditor(field, words, parent);
    QWidget* widget = editor->widget();
    widget->installEventFilter(m_fieldFilter);
    setNames(widget, qPrintable(QStringLiteral("phase%1%2").arg(phase + 1).arg(widgetNameOf(words.field))),
             tr("%1 of phase %2", "a field").arg(words.name()).arg(phase + 1));
    if (NumberBox* box = editor->number()) {
        connect(box, &NumberBox::editingFinished, this, &PhaseTable::editEnded);
        connect(box, &NumberBox::refusalChanged, this, &PhaseTable::refusalChanged);
    }
    connect(editor, &FieldEditor::edited, this, [this, phase, name = words.field](const FieldValue& value) {
        Q_EMIT fieldEdited(phase, name, value);
    });
    return editor;
}

PhaseTable::Row PhaseTable::makeRow(int phase)
{
    const int number = phase + 1;
    Row row{};
    row.name = new QLabel(this);
    letShrink(row.name);
    row.issue = new IssueLabel(QStringLiteral("issue.phases.%1").arg(phase), this);
    const auto makeNumber = [&](const char* name, int width) {
        const FieldWords words = wordsOf(phaseWords(), name);
        FieldEditor* editor = makeEditor(words, phase, this);
        editor->number()->setUnit({}); // the column says it
        editor->number()->setFixedWidth(width);
        row.issue->follow(editor->number(), words.name());
        return editor;
    };
    row.epochs = makeNumber("epochs", epochsWidth);
    row.learningRate = makeNumber("learning_rate", rateWidth);
    row.trains = new QPushButton(this);
    row.trains->setFlat(true);
    row.trains->setProperty("link", true);
    row.trains->setCursor(Qt::PointingHandCursor);
    row.trains->setToolTip(tr("Choose on the Layers page"));
    setNames(row.trains, qPrintable(QStringLiteral("phase%1Trains").arg(number)),
             tr("What trains in phase %1").arg(number));
    connect(row.trains, &QPushButton::clicked, this, &PhaseTable::layersWanted);

    makeDetails(row, phase);

    row.caution = new QLabel(this);
    row.caution->setObjectName(QStringLiteral("caution.phases.%1").arg(phase));
    row.caution->setTextFormat(Qt::PlainText);
    letShrink(row.caution);
    row.caution->setProperty("role", "warning");
    row.caution->hide();
    place(row, phase);
    return row;
}

void PhaseTable::place(const Row& row, int phase)
{
    const int line = 1 + linesPerPhase * phase;
    m_grid->addWidget(row.name, line, 0);
    m_grid->addWidget(row.epochs->widget(), line, 1);
    m_grid->addWidget(row.learningRate->widget(), line, 2);
    // In a line of its own, with room for the words of any language.
    m_grid->addWidget(row.trains, line + 1, 0, 1, 3, Qt::AlignLeft);
    m_grid->addWidget(row.details, line + 2, 0, 1, 3);
    m_grid->addWidget(row.caution, line + 3, 0, 1, 3);
    m_grid->addWidget(row.issue, line + 4, 0, 1, 3);
    m_grid->setRowMinimumHeight(line + 4, spacing::normal); // parts it from the next one
}

void PhaseTable::makeDetails(Row& row, int phase)
{
    row.details = new QWidget(this);
    row.details->setVisible(m_isDetailed);
    auto* grid = new QGridLayout(row.details);
    grid->setContentsMargins(spacing::wide, 0, 0, spacing::normal);
    grid->setHorizontalSpacing(spacing::normal);
    grid->setVerticalSpacing(spacing::small);
    // Half each: long labels wrap.
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    for (const FieldWords& words : phaseWords()) {
        if (words.isBasic || (phase == 0 && words.isOfLaterPhases)) {
            continue;
        }
        Detail detail{
            findField(phaseFields(), words.field.toStdString()), makeEditor(words, phase, row.details),
            nullptr,
            new IssueLabel(QStringLiteral("issue.phases.%1.%2").arg(phase).arg(words.field), row.details)};
        const int line = 2 * int(row.detail.size());
        if (detail.editor->hasOwnLabel()) {
            grid->addWidget(detail.editor->widget(), line, 0, 1, 2);
        } else {
            detail.label = makeMuted(words.label, row.details);
            letShrink(detail.label);
            detail.label->setBuddy(detail.editor->widget());
            grid->addWidget(detail.label, line, 0);
            grid->addWidget(detail.editor->widget(), line, 1);
        }
        grid->addWidget(detail.issue, line + 1, 0, 1, 2);
        if (NumberBox* box = detail.editor->number()) {
            detail.issue->follow(box);
        }
        row.detail.push_back(detail);
    }
}

bool PhaseTable::isDetail(const QWidget* field) const
{
    return std::any_of(m_rows.begin(), m_rows.end(),
                       [field](const Row& row) { return row.details->isAncestorOf(field); });
}

void PhaseTable::setDetailed(bool detailed)
{
    m_isDetailed = detailed;
    for (const Row& row : m_rows) {
        row.details->setVisible(detailed);
    }
}

void PhaseTable::resetIssues()
{
    for (const Row& row : m_rows) {
        row.issue->reset();
        for (const Detail& detail : row.detail) {
            detail.issue->reset();
        }
    }
}

void PhaseTable::setCautions(const std::vector<RecipeIssue>& cautions)
{
    for (const Row& row : m_rows) {
        row.caution->hide();
    }
    for (const RecipeIssue& caution : cautions) {
        if (const Row* row = rowOf(caution)) {
            const bool isRate = caution.field.ends_with(".learning_rate");
            row->caution->setText(isRate
                                      ? tr("The learning rate is very high: above %1 training seldom works.")
                                            .arg(QLocale().toString(highLearningRate))
                                      : issueText(caution));
            row->caution->show();
        }
    }
}

IssueLabel* PhaseTable::addIssue(const RecipeIssue& issue)
{
    const Row* row = rowOf(issue);
    if (!row) {
        return nullptr;
    }
    for (const Detail& detail : row->detail) {
        // What is hidden, since it means nothing there, cannot be shown at its field.
        if (detail.field->name == nameIn(issue).toStdString() && !detail.editor->widget()->isHidden()) {
            detail.issue->add(plainLine(issue.message));
            return detail.issue;
        }
    }
    row->issue->add(issueText(issue));
    return row->issue;
}

PhaseTable::Row* PhaseTable::rowOf(const RecipeIssue& issue)
{
    const QStringList parts = QString::fromStdString(issue.field).split('.');
    const int phase = parts.size() > 1 && parts[0] == "phases" ? parts[1].toInt() : -1;
    return phase < 0 || phase >= int(m_rows.size()) ? nullptr : &m_rows[std::size_t(phase)];
}

} // namespace thaw::ui
