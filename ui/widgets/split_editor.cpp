#include "ui/widgets/split_editor.h"

#include "ui/session.h"
#include "ui/theme.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/number_box.h"

#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <tuple>

namespace thaw::ui {

namespace {

NumberRange percentRange(const char* field)
{
    NumberRange range = rangeOf(field);
    range.low *= 100;
    range.high *= 100;
    return range;
}

} // namespace

SplitEditor::SplitEditor(Session* session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_words(makeMuted({}, this))
    , m_fields(new QWidget(this))
    , m_validation(new NumberBox(percentRange("split.validation"), m_fields))
    , m_test(new NumberBox(percentRange("split.test"), m_fields))
    , m_seed(new NumberBox(rangeOf("split.seed"), m_fields))
{
    setObjectName("splitEditor");
    m_words->setObjectName("splitWords");
    setNames(m_validation, "splitValidation", tr("Share set aside for validation"));
    setNames(m_test, "splitTest", tr("Share set aside for the test"));
    setNames(m_seed, "splitSeed", tr("Seed of the split"));
    const auto leaveSomething = [session](double SplitShares::*other) {
        return [session, other](double percent) {
            return percent / 100 + session->recipe().split.*other < 1
                       ? QString()
                       : tr("validation and test together must leave something for training.");
        };
    };
    m_validation->setCheck(leaveSomething(&SplitShares::test));
    m_test->setCheck(leaveSomething(&SplitShares::validation));
    for (NumberBox* box : {m_validation, m_test}) {
        box->setUnit(tr("%"));
        box->setStep(5);
        box->setFixedWidth(88);
    }
    m_seed->setMaximumWidth(148);
    m_seed->setExplanation(
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
    auto* issue = new IssueLabel("issue.split", this);
    layout->addWidget(issue);
    issue->follow(m_validation, tr("Validation"));
    issue->follow(m_test, tr("Test"));
    issue->follow(m_seed, tr("Seed"));

    connect(m_validation, &NumberBox::valueChanged, this, [this](double percent) {
        edit([percent](Recipe& recipe) { recipe.split.validation = percent / 100; }, "split.validation");
    });
    connect(m_test, &NumberBox::valueChanged, this, [this](double percent) {
        edit([percent](Recipe& recipe) { recipe.split.test = percent / 100; }, "split.test");
    });
    connect(m_seed, &NumberBox::valueChanged, this, [this](double seed) {
        edit([seed](Recipe& recipe) { recipe.split.seed = static_cast<std::uint64_t>(seed); }, "split.seed");
    });
    for (NumberBox* box : {m_validation, m_test, m_seed}) {
        connect(box, &NumberBox::editingFinished, session, &Session::endEdit);
    }
    connect(session, &Session::recipeChanged, this, &SplitEditor::showSession);
    connect(session, &Session::datasetChanged, this, &SplitEditor::showSession);
    showSession();
}

void SplitEditor::showSession()
{
    const Recipe& recipe = m_session->recipe();
    m_validation->showValue(recipe.split.validation * 100);
    m_test->showValue(recipe.split.test * 100);
    m_seed->showValue(static_cast<double>(recipe.split.seed));
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
    if (!m_session->editRecipe(tr("change the split"), changeSplit, mergeKey).empty()) {
        showSession();
    }
}

} // namespace thaw::ui
