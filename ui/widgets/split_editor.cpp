#include "ui/widgets/split_editor.h"

#include "ui/session.h"
#include "ui/theme.h"

#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include <cmath>

namespace thaw::ui {

namespace {

int percentOf(double share)
{
    return static_cast<int>(std::lround(share * 100));
}

} // namespace

SplitEditor::SplitEditor(Session* session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_words(makeMuted({}, this))
    , m_fields(new QWidget(this))
    , m_validation(new QSpinBox(m_fields))
    , m_test(new QSpinBox(m_fields))
    , m_seed(new QDoubleSpinBox(m_fields))
{
    setObjectName("splitEditor");
    m_words->setObjectName("splitWords");
    setNames(m_validation, "splitValidation", tr("Share set aside for validation"));
    setNames(m_test, "splitTest", tr("Share set aside for the test"));
    setNames(m_seed, "splitSeed", tr("Seed of the split"));
    for (QSpinBox* box : {m_validation, m_test}) {
        box->setSuffix(tr(" %"));
        box->setRange(0, 90);
        box->setSingleStep(5);
        box->setKeyboardTracking(false);
    }
    m_seed->setDecimals(0);
    m_seed->setRange(0, static_cast<double>(maxSeed));
    m_seed->setKeyboardTracking(false);
    m_seed->setMaximumWidth(140);
    m_seed->setToolTip(
        tr("Another seed puts other pictures into validation and test. Training has a seed of its own."));

    auto* grid = new QGridLayout(m_fields);
    grid->setContentsMargins({});
    grid->setHorizontalSpacing(spacing::wide);
    grid->setVerticalSpacing(spacing::small);
    const std::tuple<QString, QWidget*> columns[] = {
        {tr("Va&lidation"), m_validation}, {tr("&Test"), m_test}, {tr("&Seed of the split"), m_seed}};
    int column = 0;
    for (const auto& [title, field] : columns) {
        auto* label = new QLabel(title, m_fields);
        label->setBuddy(field);
        grid->addWidget(label, 0, column);
        grid->addWidget(field, 1, column++);
    }
    grid->setColumnStretch(column, 1);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    layout->addWidget(m_words);
    layout->addWidget(m_fields);

    connect(m_validation, &QSpinBox::valueChanged, this, [this](int percent) {
        edit([percent](Recipe& recipe) { recipe.split.validation = percent / 100.0; }, "split.validation");
    });
    connect(m_test, &QSpinBox::valueChanged, this, [this](int percent) {
        edit([percent](Recipe& recipe) { recipe.split.test = percent / 100.0; }, "split.test");
    });
    connect(m_seed, &QDoubleSpinBox::valueChanged, this, [this](double seed) {
        edit([seed](Recipe& recipe) { recipe.split.seed = static_cast<std::uint64_t>(seed); }, "split.seed");
    });
    for (QAbstractSpinBox* box : std::initializer_list<QAbstractSpinBox*>{m_validation, m_test, m_seed}) {
        connect(box, &QAbstractSpinBox::editingFinished, session, &Session::endEdit);
    }
    connect(session, &Session::recipeChanged, this, &SplitEditor::showSession);
    connect(session, &Session::datasetChanged, this, &SplitEditor::showSession);
    showSession();
}

void SplitEditor::showSession()
{
    const QSignalBlocker validationBlocker(m_validation);
    const QSignalBlocker testBlocker(m_test);
    const QSignalBlocker seedBlocker(m_seed);
    const Recipe& recipe = m_session->recipe();
    m_validation->setValue(percentOf(recipe.split.validation));
    m_test->setValue(percentOf(recipe.split.test));
    m_seed->setValue(static_cast<double>(recipe.split.seed));
    m_fields->setVisible(m_session->isSplitOurs());
    m_words->setText(m_session->isSplitOurs()
                         ? tr("Set aside at random, by class. What is left is for training.")
                         : tr("This data set says itself what is for training, validation and test."));
}

void SplitEditor::edit(const std::function<void(Recipe&)>& change, const QString& mergeKey)
{
    const auto changeSplit = [&change](Recipe& recipe) {
        change(recipe);
        recipe.split.order = SplitOrder::TestFirst; // what is split anew need not follow an old run's order
    };
    const auto issues = m_session->editRecipe(tr("change the split"), changeSplit, mergeKey);
    if (!issues.empty()) {
        m_session->notify(tr("Validation and test together must leave something for training."));
        showSession();
    }
}

} // namespace thaw::ui
