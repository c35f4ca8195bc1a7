#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/phase_table.h"
#include "ui/widgets/recipe_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

#include <functional>
#include <memory>

using namespace thaw;
using namespace thaw::ui;

namespace {

/// What the field of a path is set to, and how the recipe then looks.
struct Edit
{
    const char* field;
    std::function<void(QWidget*)> type;
    std::function<void(Recipe&)> expected;
};

std::function<void(QWidget*)> number(double value)
{
    return [value](QWidget* field) { qobject_cast<NumberBox*>(field)->setValue(value); };
}

std::function<void(QWidget*)> choice(const char* data)
{
    return [data](QWidget* field) {
        auto* combo = qobject_cast<QComboBox*>(field);
        combo->setCurrentIndex(combo->findData(QString(data)));
        Q_EMIT combo->activated(combo->currentIndex());
    };
}

void tick(QWidget* field)
{
    qobject_cast<QCheckBox*>(field)->click();
}

void typeRate(QWidget* field)
{
    auto* box = qobject_cast<NumberBox*>(field);
    box->selectAll();
    QTest::keyClicks(box, "0.0007");
    QTest::keyClick(box, Qt::Key_Return);
}

const std::vector<Edit>& edits()
{
    static const std::vector<Edit> all{
        {"recipeInputSize", number(96), [](Recipe& r) { r.inputSize = 96; }},
        {"recipeBatchSize", number(17), [](Recipe& r) { r.batchSize = 17; }},
        {"recipeHead", choice("pooled"), [](Recipe& r) { r.head = HeadKind::Pooled; }},
        {"recipeWeights", choice("none"), [](Recipe& r) { r.weights = "none"; }},
        {"recipeDropout", number(0.25), [](Recipe& r) { r.dropout = 0.25; }},
        {"recipeOutputInitializer", choice("zeros"),
         [](Recipe& r) { r.outputInitializer = OutputInitializer::Zeros; }},
        {"recipeOutputInitializer", choice("file"), [](Recipe& r) { r.withHead = true; }},
        {"recipePrecision", choice("bfloat16"), [](Recipe& r) { r.precision = Precision::Bfloat16; }},
        {"recipeTrainedPrecision", choice("bfloat16"),
         [](Recipe& r) { r.trainedPrecision = Precision::Bfloat16; }},
        {"recipeDevice", choice("cpu"), [](Recipe& r) { r.device = "cpu"; }},
        {"recipeSeed", number(9007199254740991.0), [](Recipe& r) { r.seed = 9007199254740991ull; }},
        {"recipeResize", choice("letterbox"), [](Recipe& r) { r.resize = ResizeRule::Letterbox; }},
        {"recipeSplitValidation", number(0.3), [](Recipe& r) { r.split.validation = 0.3; }},
        {"recipeSplitTest", number(0.1), [](Recipe& r) { r.split.test = 0.1; }},
        {"recipeDctMethod", choice("fast"), [](Recipe& r) { r.dctMethod = DctMethod::Fast; }},
        {"recipeExif", tick, [](Recipe& r) { r.exif = !r.exif; }},
        {"recipeKeepValidationFeatures", tick,
         [](Recipe& r) { r.keepValidationFeatures = !r.keepValidationFeatures; }},
        {"recipeAugmentationViews", number(4), [](Recipe& r) { r.augmentation.views = 4; }},
        {"phase1Epochs", number(7), [](Recipe& r) { r.phases[0].epochs = 7; }},
        {"phase2Epochs", number(8), [](Recipe& r) { r.phases[1].epochs = 8; }},
        {"phase1LearningRate", typeRate, [](Recipe& r) { r.phases[0].learningRate = 0.0007; }},
        {"phase2LearningRate", typeRate, [](Recipe& r) { r.phases[1].learningRate = 0.0007; }},
        {"phase1EmaMomentum", number(0.95), [](Recipe& r) { r.phases[0].emaMomentum = 0.95; }},
        {"recipeClassWeights", choice("balanced"),
         [](Recipe& r) { r.classWeights = ClassWeights::Balanced; }},
        {"recipeLabelSmoothing", number(0.1), [](Recipe& r) { r.labelSmoothing = 0.1; }},
        {"phase1Optimizer", choice("adamw"), [](Recipe& r) { r.phases[0].optimizer = OptimizerKind::Adamw; }},
        {"phase1EarlyStoppingPatience", number(5), [](Recipe& r) { r.phases[0].earlyStopping.patience = 5; }},
        {"phase2ReduceOnPlateauPatience", number(3),
         [](Recipe& r) { r.phases[1].reduceOnPlateau.patience = 3; }},
        {"phase2StartFrom", choice("best"), [](Recipe& r) { r.phases[1].startFrom = StartFrom::Best; }},
        {"phase2Schedule", choice("cosine"), [](Recipe& r) { r.phases[1].schedule = RateSchedule::Cosine; }},
    };
    return all;
}

} // namespace

class TestRecipeForm : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        Dialogs::script();
        m_form = std::make_unique<RecipeForm>();
        m_form->show();
        m_edited = std::make_unique<QSignalSpy>(m_form.get(), &RecipeForm::edited);
    }

    void everyFieldEdits_data()
    {
        QTest::addColumn<int>("which");
        for (int i = 0; i < int(edits().size()); ++i) {
            QTest::addRow("%d %s", i, edits()[std::size_t(i)].field) << i;
        }
    }

    void everyFieldEdits()
    {
        QFETCH(int, which);
        const Edit& edit = edits()[std::size_t(which)];
        auto* field = m_form->findChild<QWidget*>(edit.field);
        QVERIFY(field);
        QVERIFY(!field->accessibleName().isEmpty());
        const Recipe before = m_form->draft();
        Recipe expected = before;
        edit.expected(expected);
        QVERIFY(expected != before);
        edit.type(field);
        QCOMPARE(m_edited->count(), 1);
        QVERIFY(m_form->draft() == expected);
        QVERIFY(m_edited->first()[0].value<Recipe>() == expected);
        QVERIFY(!m_edited->first()[1].toString().isEmpty()); // for the undo menu
        // What the form shows of the recipe is what it would tell of it.
        m_form->setRecipe(before);
        m_form->setRecipe(expected);
        QVERIFY(m_form->draft() == expected);
        QCOMPARE(m_edited->count(), 1); // showing is no edit
    }

    void everyIssueStandsAtItsField_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("label");
        for (const char* path : {"class_weights", "label_smoothing", "weights", "input_size", "batch_size",
                                 "head", "dropout", "output_initializer", "precision", "trained_precision",
                                 "device", "seed", "resize", "dct_method", "exif", "keep_validation_features",
                                 "augmentation.views", "split.validation", "split.test"})
        {
            QTest::newRow(path) << QString(path) << QStringLiteral("issue.%1").arg(path);
        }
        QTest::newRow("epochs") << "phases.1.epochs"
                                << "issue.phases.1";
        QTest::newRow("learning rate") << "phases.0.learning_rate"
                                       << "issue.phases.0";
        QTest::newRow("optimizer") << "phases.1.optimizer"
                                   << "issue.phases.1.optimizer";
        QTest::newRow("patience") << "phases.0.early_stopping.patience"
                                  << "issue.phases.0.early_stopping.patience";
        QTest::newRow("what means nothing there") << "phases.0.momentum"
                                                  << "issue.phases.0";
        QTest::newRow("with_head") << "with_head"
                                   << "issue.output_initializer";
        QTest::newRow("what has no field") << "augmentation.zoom"
                                           << "recipeOtherIssues";
        QTest::newRow("a phase that is not shown") << "phases.7.epochs"
                                                   << "recipeOtherIssues";
        QTest::newRow("the phases as such") << "phases"
                                            << "recipeOtherIssues";
    }

    void everyIssueStandsAtItsField()
    {
        QFETCH(QString, path);
        QFETCH(QString, label);
        m_form->setIssues({{path.toStdString(), "is quite wrong"}});
        const auto shown = shownIssues();
        QCOMPARE(shown.size(), 1);
        QCOMPARE(shown.first()->objectName(), label);
        QVERIFY2(shown.first()->text().contains("is quite wrong"), qPrintable(shown.first()->text()));
        QVERIFY(shown.first()->isVisible()); // also among the folded settings
        m_form->setIssues({});
        QVERIFY(shownIssues().isEmpty());
    }

    void severalIssuesAtOnce()
    {
        m_form->setIssues({{"phases.0.epochs", "is 0"},
                           {"phases.0.learning_rate", "is negative"},
                           {"dropout", "is too large"},
                           {"nobody.knows", "what this is"}});
        QCOMPARE(shownIssues().size(), 3);
        const QString phase = m_form->findChild<QLabel*>("issue.phases.0")->text();
        QCOMPARE(phase, "Epochs: is 0\nLearning rate: is negative");
        m_form->setRecipe(bookRecipe());
        QVERIFY(shownIssues().isEmpty());
    }

    void foldsWhatIsRarelyChanged()
    {
        auto* fold = m_form->findChild<QToolButton*>("recipeAdvanced");
        auto* seed = m_form->findChild<QWidget*>("recipeSeed");
        QVERIFY(!seed->isVisible());
        fold->click();
        QVERIFY(seed->isVisible());
        fold->click();
        QVERIFY(!seed->isVisible());
        auto* phases = m_form->findChild<QToolButton*>("recipePhaseSettings");
        auto* optimizer = m_form->findChild<QWidget*>("phase2Optimizer");
        const QPoint place = phases->pos();
        QVERIFY(!optimizer->isVisible());
        phases->click();
        QVERIFY(optimizer->isVisible() && !seed->isVisible());
        QCOMPARE(phases->pos(), place); // under the pointer, for the next click
        phases->click();
        QVERIFY(!optimizer->isVisible());
    }

    void namesThePresetThatIsShown()
    {
        auto* preset = m_form->findChild<QComboBox*>("recipePreset");
        m_form->setRecipe(bookRecipe());
        QCOMPARE(preset->currentData().toString(), "book");
        m_form->setRecipe(quickRecipe());
        QCOMPARE(preset->currentData().toString(), "quick");
        m_form->setRecipe(fastRecipe());
        QCOMPARE(preset->currentData().toString(), "fast");
        for (const Recipe& recipe : builtInRecipes()) { // each has its entry
            m_form->setRecipe(recipe);
            QCOMPARE(preset->currentData().toString(), QString::fromStdString(recipe.name));
        }
        Recipe own = quickRecipe();
        own.split = {0.3, 0.1, 5}; // the data set's
        m_form->setRecipe(own);
        QCOMPARE(preset->currentData().toString(), "quick");
        own.seed = 4;
        m_form->setRecipe(own);
        QCOMPARE(preset->currentText(), "Your own settings");
    }

    void asksForRecipes()
    {
        QSignalSpy chosen(m_form.get(), &RecipeForm::recipeChosen);
        auto* preset = m_form->findChild<QComboBox*>("recipePreset");
        Q_EMIT preset->activated(preset->findData("book"));
        Dialogs::answerPath("/recipes/mine.json");
        Q_EMIT preset->activated(preset->count() - 1);
        Dialogs::answerPath(std::nullopt); // cancelled
        Q_EMIT preset->activated(preset->count() - 1);
        QCOMPARE(chosen.count(), 2);
        QCOMPARE(chosen[0][0].toString(), "book");
        QCOMPARE(chosen[1][0].toString(), "/recipes/mine.json");
        // Until its owner shows another recipe the form says what it holds.
        QCOMPARE(preset->currentData().toString(), "quick");
    }

    void showsWeightsAndDevicesItDoesNotKnow()
    {
        Recipe recipe = quickRecipe();
        recipe.weights = "/models/birds/base.safetensors";
        recipe.device = "cuda:3";
        m_form->setRecipe(recipe);
        auto* weights = m_form->findChild<QComboBox*>("recipeWeights");
        QCOMPARE(weights->currentText(), "base.safetensors");
        QCOMPARE(weights->itemData(weights->currentIndex(), Qt::ToolTipRole).toString(),
                 "/models/birds/base.safetensors");
        QCOMPARE(m_form->findChild<QComboBox*>("recipeDevice")->currentData().toString(), "cuda:3");
    }

    void fitsAnyNumberOfPhases()
    {
        Recipe recipe = bookRecipe();
        recipe.phases.push_back(recipe.phases[1]);
        recipe.phases.back().name = "all";
        recipe.phases.back().unfreeze = 18;
        m_form->setRecipe(recipe);
        QCOMPARE(m_form->findChild<QPushButton*>("phase3Trains")->text(), "Trains: everything");
        m_form->findChild<NumberBox*>("phase3Epochs")->setValue(11);
        QCOMPARE(m_form->draft().phases[2].epochs, 11);
        recipe.phases.resize(1);
        m_form->setRecipe(recipe);
        QVERIFY(!m_form->findChild<NumberBox*>("phase2Epochs"));
        m_form->findChild<NumberBox*>("phase1Epochs")->setValue(5);
        QCOMPARE(m_form->draft().phases.size(), 1u);
        QCOMPARE(m_form->draft().phases[0].epochs, 5);
    }

    void saysWhatTrains()
    {
        PhaseRecipe phase;
        QCOMPARE(trainsText(phase), "head");
        phase.unfreeze = 18;
        QCOMPARE(trainsText(phase), "everything");
        phase.unfreeze = 0;
        phase.usesTrainable = true;
        phase.trainable = {"block1_conv1", "block3_conv2"};
        QVERIFY(trainsText(phase).contains('2'));
        phase.trainable = {"no_such_layer"};
        QCOMPARE(trainsText(phase), "not clear");
    }

    void rateThatIsNoNumberIsRefused()
    {
        auto* rate = m_form->findChild<NumberBox*>("phase1LearningRate");
        rate->selectAll();
        QTest::keyClicks(rate, "quite fast");
        QTest::keyClick(rate, Qt::Key_Return);
        QCOMPARE(m_edited->count(), 0);
        QCOMPARE(rate->text(), "quite fast");
        QCOMPARE(shownIssues().size(), 1);
        QVERIFY(shownIssues().first()->text().startsWith("Learning rate: “quite fast”"));
        QVERIFY(!m_form->commit());
        // Another field's edit, accepted or not, leaves it as it is: it still stands there.
        m_form->setIssues({});
        m_form->setRecipe(m_form->draft());
        QCOMPARE(rate->text(), "quite fast");
        QCOMPARE(shownIssues().size(), 1);
        // Another recipe does not.
        auto* preset = m_form->findChild<QComboBox*>("recipePreset");
        Q_EMIT preset->activated(preset->findData("book"));
        QCOMPARE(rate->value(), m_form->draft().phases[0].learningRate);
        QVERIFY(shownIssues().isEmpty());
        QVERIFY(m_form->commit());
    }

    void highRatesAreCautioned()
    {
        auto* caution = m_form->findChild<QLabel*>("caution.phases.1");
        auto* rate = m_form->findChild<NumberBox*>("phase2LearningRate");
        rate->setValue(0.1);
        QVERIFY(caution->isHidden());
        rate->setValue(0.11);
        QVERIFY(caution->isVisible());
        QVERIFY(caution->text().startsWith("The learning rate is very high"));
        QVERIFY(shownIssues().isEmpty());
        QVERIFY(m_form->findChild<QLabel*>("caution.phases.0")->isHidden());
        m_form->setRecipe(bookRecipe());
        QVERIFY(caution->isHidden());
    }

    void whatIsTypedAmongFoldedSettingsIsShownWhenRefused()
    {
        QVERIFY(QTest::qWaitForWindowActive(m_form.get()));
        auto* fold = m_form->findChild<QToolButton*>("recipeAdvanced");
        auto* seed = m_form->findChild<NumberBox*>("recipeSeed");
        fold->setChecked(true);
        seed->selectAll();
        QTest::keyClicks(seed, "seven");
        fold->setChecked(false);
        QVERIFY(!m_form->commit());
        QVERIFY(seed->isVisible());
        QVERIFY(seed->hasFocus());
    }

    void theWheelChangesOnlyWhatHasTheFocus()
    {
        QVERIFY(QTest::qWaitForWindowActive(m_form.get()));
        auto* size = m_form->findChild<NumberBox*>("recipeInputSize");
        auto* batch = m_form->findChild<NumberBox*>("recipeBatchSize");
        batch->setFocus();
        turnWheel(size);
        QCOMPARE(m_edited->count(), 0);
        turnWheel(batch);
        QCOMPARE(m_edited->count(), 1);
        QVERIFY(m_form->draft().batchSize != quickRecipe().batchSize);
    }

    void leavingAFieldEndsItsEdit()
    {
        QVERIFY(QTest::qWaitForWindowActive(m_form.get()));
        QSignalSpy ended(m_form.get(), &RecipeForm::editEnded);
        m_form->findChild<NumberBox*>("recipeBatchSize")->setFocus();
        m_form->findChild<NumberBox*>("recipeInputSize")->setFocus();
        QVERIFY(ended.count() >= 1);
    }

    void tabGoesByWhatIsSeen_data()
    {
        QTest::addColumn<int>("phases");
        QTest::newRow("as made") << 2;
        QTest::newRow("a phase more") << 3;
        QTest::newRow("a phase less") << 1;
    }

    void tabGoesByWhatIsSeen()
    {
        QFETCH(int, phases);
        QVERIFY(QTest::qWaitForWindowActive(m_form.get()));
        Recipe recipe = quickRecipe();
        recipe.phases.resize(std::size_t(phases), recipe.phases.back());
        m_form->setRecipe(recipe);
        m_form->findChild<QToolButton*>("recipePhaseSettings")->setChecked(true);
        m_form->findChild<QToolButton*>("recipeAdvanced")->setChecked(true);
        // A layout shows what it is given in a while.
        QTRY_VERIFY(m_form->findChild<QWidget*>(QStringLiteral("phase%1Epochs").arg(phases))->isVisible());
        QStringList expected{"recipePreset",    "recipeWeights", "recipeInputSize",
                             "recipeBatchSize", "recipeHead",    "recipePhaseSettings"};
        for (int phase = 1; phase <= phases; ++phase) {
            for (const char* field :
                 {"Epochs", "LearningRate", "Trains", "Optimizer", "Schedule", "EmaMomentum",
                  "EarlyStoppingPatience", "ReduceOnPlateauPatience", "StartFrom"})
            {
                if (phase > 1 || QString(field) != "StartFrom") {
                    expected << QStringLiteral("phase%1%2").arg(phase).arg(field);
                }
            }
        }
        expected << QStringList{
            "recipeAdvanced",         "recipeDropout",        "recipeOutputInitializer",
            "recipeClassWeights",     "recipeLabelSmoothing", "recipePrecision",
            "recipeTrainedPrecision", "recipeDevice",         "recipeSeed",
            "recipeResize",           "recipeDctMethod",      "recipeSplitValidation",
            "recipeSplitTest",        "recipeExif",           "recipeKeepValidationFeatures",
            "recipeAugmentationViews"};
        m_form->findChild<QWidget*>("recipePreset")->setFocus();
        QStringList visited;
        for (int step = 0; step < expected.size(); ++step) {
            QWidget* focus = QApplication::focusWidget();
            QVERIFY(focus);
            visited << focus->objectName();
            QTest::keyClick(focus, Qt::Key_Tab);
        }
        QCOMPARE(visited, expected);
    }

    void showsOnlyWhatMeansSomething()
    {
        m_form->findChild<QToolButton*>("recipePhaseSettings")->setChecked(true);
        const auto isShown = [this](const char* name) {
            return m_form->findChild<QWidget*>(name)->isVisibleTo(m_form.get());
        };
        auto* optimizer = m_form->findChild<QWidget*>("phase1Optimizer");
        QVERIFY(!isShown("phase1Momentum") && !isShown("phase1Nesterov") && !isShown("phase1WeightDecay"));
        choice("sgd")(optimizer);
        QVERIFY(isShown("phase1Momentum") && !isShown("phase1Nesterov") && !isShown("phase2Momentum"));
        m_form->findChild<NumberBox*>("phase1Momentum")->setValue(0.9);
        QVERIFY(isShown("phase1Nesterov"));
        m_form->findChild<QCheckBox*>("phase1Nesterov")->click();
        QVERIFY(m_form->draft().phases[0].nesterov);
        // What means nothing any more does not stay behind, where it would be refused.
        choice("adamw")(optimizer);
        QVERIFY(!isShown("phase1Momentum") && !isShown("phase1Nesterov") && isShown("phase1WeightDecay"));
        QVERIFY(m_form->draft().phases[0].momentum == 0 && !m_form->draft().phases[0].nesterov);
        QVERIFY(!isShown("phase1EarlyStoppingMinDelta") && !isShown("phase1ReduceOnPlateauFactor"));
        m_form->findChild<NumberBox*>("phase1EarlyStoppingPatience")->setValue(4);
        m_form->findChild<NumberBox*>("phase1ReduceOnPlateauPatience")->setValue(2);
        QVERIFY(isShown("phase1EarlyStoppingMinDelta") && isShown("phase1ReduceOnPlateauFactor"));
        choice("cosine")(m_form->findChild<QWidget*>("phase1Schedule"));
        QVERIFY(!isShown("phase1ReduceOnPlateauPatience") && !isShown("phase1ReduceOnPlateauFactor"));
        QVERIFY(checkRecipe(m_form->draft()).empty());
    }

    void whatIsRefusedDoesNotStayHidden()
    {
        m_form->findChild<QToolButton*>("recipePhaseSettings")->setChecked(true);
        auto* optimizer = m_form->findChild<QWidget*>("phase1Optimizer");
        choice("sgd")(optimizer);
        auto* momentum = m_form->findChild<NumberBox*>("phase1Momentum");
        momentum->selectAll();
        QTest::keyClicks(momentum, "7");
        QTest::keyClick(momentum, Qt::Key_Return);
        QVERIFY(m_form->hasRefusals());
        QCOMPARE(shownIssues().first()->objectName(), "issue.phases.0.momentum");
        choice("adam")(optimizer);
        QVERIFY(!m_form->hasRefusals());
        QVERIFY(shownIssues().isEmpty());
    }

    void proposesToBalanceUnevenClasses()
    {
        auto* proposal = m_form->findChild<QWidget*>("recipeUneven");
        QVERIFY(proposal->isHidden());
        m_form->setUneven(true);
        QVERIFY(proposal->isVisible());
        m_form->findChild<QPushButton*>("recipeBalance")->click();
        QCOMPARE(m_edited->count(), 1);
        QVERIFY(m_form->draft().classWeights == ClassWeights::Balanced);
        QCOMPARE(m_form->findChild<QComboBox*>("recipeClassWeights")->currentData().toString(), "balanced");
        auto* balance = m_form->findChild<QPushButton*>("recipeBalance");
        QVERIFY(proposal->isVisible() && !balance->isVisible()); // says that they are balanced now
        m_form->setRecipe(quickRecipe());                        // as by undoing
        QVERIFY(balance->isVisible());
        m_form->setUneven(false);
        QVERIFY(proposal->isHidden());
    }

    void leadsToTheLayersPage()
    {
        QSignalSpy wanted(m_form.get(), &RecipeForm::layersWanted);
        m_form->findChild<QPushButton*>("phase2Trains")->click();
        QCOMPARE(wanted.count(), 1);
    }

private:
    QList<QLabel*> shownIssues() const
    {
        QList<QLabel*> labels;
        for (QLabel* label : m_form->findChildren<QLabel*>()) {
            if (label->property("role") == "bad" && !label->isHidden()) {
                labels << label;
            }
        }
        return labels;
    }

    static void turnWheel(QWidget* field)
    {
        const QPoint centre = field->rect().center();
        QWheelEvent event(centre, field->mapToGlobal(centre), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(field, &event);
    }

    std::unique_ptr<RecipeForm> m_form;
    std::unique_ptr<QSignalSpy> m_edited;
};

THAW_TEST(TestRecipeForm)
#include "test_recipe_form.moc"
