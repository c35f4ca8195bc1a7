#include "ui/widgets/phase_table.h"

#include "core/base/error.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/number_box.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>

namespace thaw::ui {

namespace {

constexpr int fieldWidth = 76;
constexpr int linesPerPhase = 4;
/// A recipe may hold more; whoever types more means something else.
constexpr double highestTypedRate = 100;

/// What an issue is about, for the beginning of its sentence.
QString fieldText(const RecipeIssue& issue)
{
    const QString name = plainLine(issue.field).section('.', 2);
    return name == "learning_rate"  ? PhaseTable::tr("The learning rate")
           : name == "epochs"       ? PhaseTable::tr("The number of epochs")
           : name == "ema_momentum" ? PhaseTable::tr("Weight averaging")
                                    : name;
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
    const QStringList headings{tr("Phase"), tr("Epochs"), tr("Learning rate"), tr("What trains")};
    for (int column = 0; column < headings.size(); ++column) {
        m_grid->addWidget(makeMuted(headings[column], this), 0, column);
    }
    m_grid->setColumnStretch(3, 1);
}

void PhaseTable::showPhases(const std::vector<PhaseRecipe>& phases)
{
    if (m_rows.size() != phases.size()) {
        rebuild(int(phases.size()));
    }
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const PhaseRecipe& phase = phases[i];
        m_rows[i].name->setText(tr("%1 %2").arg(i + 1).arg(plainLine(phase.name)));
        m_rows[i].epochs->showValue(phase.epochs);
        m_rows[i].learningRate->showValue(phase.learningRate);
        m_rows[i].trains->setText(trainsText(phase));
        m_rows[i].schedule->setCurrentIndex(m_rows[i].schedule->findData(QString(nameOf(phase.schedule))));
        m_rows[i].emaMomentum->showValue(phase.emaMomentum);
    }
}

void PhaseTable::rebuild(int count)
{
    for (const Row& row : m_rows) {
        // Later: this may be running inside a signal of one of them.
        for (QWidget* widget : std::initializer_list<QWidget*>{
                 row.name, row.epochs, row.learningRate, row.trains, row.details, row.caution, row.issue})
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
        all << row.epochs << row.learningRate << row.trains << row.schedule << row.emaMomentum;
    }
    return all;
}

QList<NumberBox*> PhaseTable::numbers() const
{
    QList<NumberBox*> all;
    for (const Row& row : m_rows) {
        all << row.epochs << row.learningRate << row.emaMomentum;
    }
    return all;
}

PhaseTable::Row PhaseTable::makeRow(int phase)
{
    const int number = phase + 1;
    Row row{};
    row.name = new QLabel(this);
    letShrink(row.name);
    row.name->setMinimumWidth(64);
    const auto range = [phase](const char* field) {
        return rangeOf("phases." + std::to_string(phase) + "." + field);
    };
    row.epochs = new NumberBox(range("epochs"), this);
    row.epochs->setFixedWidth(fieldWidth);
    row.epochs->installEventFilter(m_fieldFilter);
    setNames(row.epochs, qPrintable(QStringLiteral("phase%1Epochs").arg(number)),
             tr("Epochs of phase %1").arg(number));
    NumberRange rates = range("learning_rate");
    rates.high = highestTypedRate;
    rates.hasHigh = true;
    row.learningRate = new NumberBox(rates, this);
    row.learningRate->setStep(0);
    row.learningRate->setFixedWidth(fieldWidth);
    row.learningRate->installEventFilter(m_fieldFilter);
    setNames(row.learningRate, qPrintable(QStringLiteral("phase%1LearningRate").arg(number)),
             tr("Learning rate of phase %1").arg(number));
    row.trains = new QPushButton(this);
    row.trains->setFlat(true);
    row.trains->setProperty("link", true);
    row.trains->setCursor(Qt::PointingHandCursor);
    row.trains->setToolTip(tr("Choose on the Layers page"));
    setNames(row.trains, qPrintable(QStringLiteral("phase%1Trains").arg(number)),
             tr("What trains in phase %1").arg(number));
    row.issue = new IssueLabel(QStringLiteral("issue.phases.%1").arg(phase), this);

    makeDetails(row, phase);

    row.caution = new QLabel(this);
    row.caution->setObjectName(QStringLiteral("caution.phases.%1").arg(phase));
    row.caution->setTextFormat(Qt::PlainText);
    row.caution->setWordWrap(true);
    row.caution->setProperty("role", "warning");
    row.caution->hide();
    row.issue->follow(row.epochs, tr("Epochs"));
    row.issue->follow(row.learningRate, tr("Learning rate"));
    row.issue->follow(row.emaMomentum, tr("Averaging"));

    const int line = 1 + linesPerPhase * phase;
    m_grid->addWidget(row.name, line, 0);
    m_grid->addWidget(row.epochs, line, 1);
    m_grid->addWidget(row.learningRate, line, 2);
    m_grid->addWidget(row.trains, line, 3);
    m_grid->addWidget(row.details, line + 1, 1, 1, 3);
    m_grid->addWidget(row.caution, line + 2, 0, 1, 4);
    m_grid->addWidget(row.issue, line + 3, 0, 1, 4);
    connect(row.epochs, &NumberBox::valueChanged, this,
            [this, phase](double value) { Q_EMIT epochsEdited(phase, int(value)); });
    connect(row.learningRate, &NumberBox::valueChanged, this,
            [this, phase](double value) { Q_EMIT learningRateEdited(phase, value); });
    for (NumberBox* box : {row.epochs, row.learningRate, row.emaMomentum}) {
        connect(box, &NumberBox::editingFinished, this, &PhaseTable::editEnded);
        connect(box, &NumberBox::refusalChanged, this, &PhaseTable::refusalChanged);
    }
    connect(row.trains, &QPushButton::clicked, this, &PhaseTable::layersWanted);
    return row;
}

void PhaseTable::makeDetails(Row& row, int phase)
{
    const int number = phase + 1;
    row.details = new QWidget(this);
    row.details->setVisible(m_isDetailed);
    row.schedule = new QComboBox(row.details);
    row.schedule->addItem(tr("Constant rate"), nameOf(RateSchedule::Constant));
    row.schedule->addItem(tr("Cosine to zero"), nameOf(RateSchedule::Cosine));
    row.schedule->setToolTip(tr("How the learning rate changes within the phase"));
    setNames(row.schedule, qPrintable(QStringLiteral("phase%1Schedule").arg(number)),
             tr("Schedule of the learning rate of phase %1").arg(number));
    row.emaMomentum =
        new NumberBox(rangeOf("phases." + std::to_string(phase) + ".ema_momentum"), row.details);
    row.emaMomentum->setStep(0.01);
    row.emaMomentum->setLowestText(tr("off"));
    row.emaMomentum->setExplanation(
        tr("Above zero, the phase keeps a moving average of its weights over the last steps: 0.99 over about "
           "a hundred. Validation and the saved model use the average."));
    setNames(row.emaMomentum, qPrintable(QStringLiteral("phase%1EmaMomentum").arg(number)),
             tr("Weight averaging of phase %1").arg(number));
    auto* label = makeMuted(tr("Averaging"), row.details);
    label->setBuddy(row.emaMomentum);
    auto* line = new QHBoxLayout(row.details);
    line->setContentsMargins({});
    line->setSpacing(spacing::normal);
    line->addWidget(row.schedule);
    line->addWidget(label);
    line->addWidget(row.emaMomentum);
    line->addStretch(1);
    for (QWidget* field : std::initializer_list<QWidget*>{row.schedule, row.emaMomentum}) {
        field->setFocusPolicy(Qt::StrongFocus);
        field->installEventFilter(m_fieldFilter);
    }
    connect(row.schedule, &QComboBox::activated, this, [this, phase, box = row.schedule] {
        const bool isCosine = box->currentData().toString() == nameOf(RateSchedule::Cosine);
        Q_EMIT scheduleEdited(phase, isCosine ? RateSchedule::Cosine : RateSchedule::Constant);
    });
    connect(row.emaMomentum, &NumberBox::valueChanged, this,
            [this, phase](double value) { Q_EMIT emaMomentumEdited(phase, value); });
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
                                      : tr("%1 %2").arg(fieldText(caution), plainLine(caution.message)));
            row->caution->show();
        }
    }
}

bool PhaseTable::addIssue(const RecipeIssue& issue)
{
    const Row* row = rowOf(issue);
    if (row) {
        row->issue->add(tr("%1 %2").arg(fieldText(issue), plainLine(issue.message)).trimmed());
    }
    return row != nullptr;
}

PhaseTable::Row* PhaseTable::rowOf(const RecipeIssue& issue)
{
    const QStringList parts = QString::fromStdString(issue.field).split('.');
    const int phase = parts.size() > 1 && parts[0] == "phases" ? parts[1].toInt() : -1;
    return phase < 0 || phase >= int(m_rows.size()) ? nullptr : &m_rows[std::size_t(phase)];
}

} // namespace thaw::ui
