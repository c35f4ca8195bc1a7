#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/experiment/recipe.h"
#include "core/experiment/recipe_fields.h"
#include "core/experiment/run_record.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace thaw;

namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

struct Mistake
{
    const char* field;
    std::function<void(Recipe&)> make;
};

std::string joined(const std::vector<RecipeIssue>& issues)
{
    std::string text;
    for (const RecipeIssue& issue : issues) {
        text += issue.field + " " + issue.message + "\n";
    }
    return text;
}

} // namespace

class TestRecipe : public QObject
{
    Q_OBJECT

private slots:
    void bookIsTheSource();
    void quickIsShort();
    void phasesFreezeWhatTheySay();
    void findsEachMistake();
    void acceptsTheBounds();
    void everyNumberTellsItsRange();
    void everyWordTellsItsChoices();
    void resetsWhatMeansNothing();
    void cautionsHighLearningRates();
    void findsAllMistakesAtOnce();
    void setsFields();
    void setsWhichLayersTrain();
    void refusesFieldsThatAreNotThere();
    void refusesValuesOfAnotherType();
    void bestIsTheOneOfTheResults();
    void loadsByNameAndFile();
    void namesWords();
};

void TestRecipe::bookIsTheSource()
{
    const Recipe book = bookRecipe();
    QVERIFY(checkRecipe(book).empty());
    QCOMPARE(book.name, std::string("book"));
    QCOMPARE(book.inputSize, 180);
    QCOMPARE(book.batchSize, 32);
    QVERIFY(book.precision == Precision::Float32 && book.keepValidationFeatures);
    QVERIFY(book.head == HeadKind::Book && book.dropout == 0.5 && book.width == 1);
    QVERIFY(book.resize == ResizeRule::Stretch && book.exif);
    QVERIFY((book.augmentation == AugmentationSpec{0.5, 0.1, 0.2, 0}));
    QCOMPARE(book.phases.size(), std::size_t(2));
    QVERIFY(book.phases[0].name == "head" && book.phases[1].name == "joint");
    QVERIFY(book.phases[0].epochs == 50 && book.phases[1].epochs == 30);
    QVERIFY(book.phases[0].learningRate == 1e-3 && book.phases[1].learningRate == 1e-5);
    QVERIFY(book.phases[0].unfreeze == 0 && book.phases[1].unfreeze == 4);
    QVERIFY(book.phases[1].startFrom == StartFrom::End);
}

void TestRecipe::quickIsShort()
{
    Recipe quick = quickRecipe();
    QVERIFY(checkRecipe(quick).empty());
    QVERIFY(quick.precision == Precision::Auto && quick.keepValidationFeatures);
    QVERIFY(quick.phases[0].epochs == 3 && quick.phases[1].epochs == 3);

    const Recipe book = bookRecipe();
    quick.name = book.name;
    quick.precision = book.precision;
    quick.phases[0].epochs = 50;
    quick.phases[1].epochs = 30;
    QVERIFY2(quick == book, "nothing else differs");
}

void TestRecipe::phasesFreezeWhatTheySay()
{
    PhaseRecipe phase;
    phase.unfreeze = 4;
    QVERIFY(phase.freezePlan() == FreezePlan::unfreezeLast(4));
    phase.usesTrainable = true;
    phase.trainable = {"block3_conv2"};
    QCOMPARE(phase.freezePlan().names(), phase.trainable);
    phase.trainable = {"block9_conv9"};
    QVERIFY_EXCEPTION_THROWN(phase.freezePlan(), Error);
}

void TestRecipe::findsEachMistake()
{
    const std::vector<Mistake> mistakes{
        {"version", [](Recipe& r) { r.version = 0; }},
        {"name", [](Recipe& r) { r.name = ""; }},
        {"input_size", [](Recipe& r) { r.inputSize = 31; }},
        {"input_size", [](Recipe& r) { r.inputSize = 513; }},
        {"batch_size", [](Recipe& r) { r.batchSize = 0; }},
        {"batch_size", [](Recipe& r) { r.batchSize = 1025; }},
        {"seed", [](Recipe& r) { r.seed = std::uint64_t(1) << 53; }},
        {"seed", [](Recipe& r) { r.seed = std::numeric_limits<std::uint64_t>::max(); }},
        {"threads", [](Recipe& r) { r.threads = -1; }},
        {"device", [](Recipe& r) { r.device = "gpu"; }},
        {"device", [](Recipe& r) { r.device = "cuda:"; }},
        {"device", [](Recipe& r) { r.device = "cuda:x"; }},
        {"weights", [](Recipe& r) { r.weights = ""; }},
        {"weights_hash", [](Recipe& r) { r.weightsHash = "abc"; }},
        {"width",
         [](Recipe& r) {
             r.width = 0;
             r.weights = "none";
         }},
        {"width",
         [](Recipe& r) {
             r.width = 1.5;
             r.weights = "none";
         }},
        {"width", [](Recipe& r) { r.width = 0.5; }},
        {"with_head", [](Recipe& r) { r.withHead = true; }},
        {"dropout", [](Recipe& r) { r.dropout = 0.96; }},
        {"dropout", [](Recipe& r) { r.dropout = notANumber; }},
        {"split.validation", [](Recipe& r) { r.split.validation = -0.1; }},
        {"split.validation", [](Recipe& r) { r.split.validation = 1; }},
        {"split.test", [](Recipe& r) { r.split.test = notANumber; }},
        {"split.test",
         [](Recipe& r) {
             r.split = {0.5, 0.5};
         }},
        {"augmentation.flip", [](Recipe& r) { r.augmentation.flip = 1.1; }},
        {"augmentation.rotation", [](Recipe& r) { r.augmentation.rotation = 0.51; }},
        {"augmentation.zoom", [](Recipe& r) { r.augmentation.zoom = 0.95; }},
        {"augmentation.vertical_flip", [](Recipe& r) { r.augmentation.verticalFlip = 1.1; }},
        {"augmentation.shear", [](Recipe& r) { r.augmentation.shear = -0.1; }},
        {"augmentation.saturation", [](Recipe& r) { r.augmentation.saturation = 1.1; }},
        {"augmentation.erasing", [](Recipe& r) { r.augmentation.erasing = std::nan(""); }},
        {"augmentation.views", [](Recipe& r) { r.augmentation.views = -1; }},
        {"phases", [](Recipe& r) { r.phases.clear(); }},
        {"phases", [](Recipe& r) { r.phases.resize(101, r.phases[0]); }},
        {"phases.0.name", [](Recipe& r) { r.phases[0].name = ""; }},
        {"phases.0.epochs", [](Recipe& r) { r.phases[0].epochs = 0; }},
        {"phases.1.epochs", [](Recipe& r) { r.phases[1].epochs = 10001; }},
        {"phases.1.momentum", [](Recipe& r) { r.phases[1].momentum = 0.9; }}, // RMSprop's has none here
        {"phases.1.nesterov", [](Recipe& r) { r.phases[1].nesterov = true; }},
        {"phases.1.weight_decay", [](Recipe& r) { r.phases[1].weightDecay = -0.1; }},
        {"phases.0.early_stopping.patience", [](Recipe& r) { r.phases[0].earlyStopping.patience = -1; }},
        {"phases.0.reduce_on_plateau.factor", [](Recipe& r) { r.phases[0].reduceOnPlateau.factor = 1; }},
        {"phases.0.reduce_on_plateau.patience",
         [](Recipe& r) {
             r.phases[0].reduceOnPlateau.patience = 2;
             r.phases[0].schedule = RateSchedule::Cosine;
         }},
        {"label_smoothing", [](Recipe& r) { r.labelSmoothing = 1; }},
        {"phases.0.learning_rate", [](Recipe& r) { r.phases[0].learningRate = 0; }},
        {"phases.0.learning_rate",
         [](Recipe& r) { r.phases[0].learningRate = std::numeric_limits<double>::infinity(); }},
        {"phases.1.unfreeze", [](Recipe& r) { r.phases[1].unfreeze = 19; }},
        {"phases.1.trainable",
         [](Recipe& r) {
             r.phases[1].usesTrainable = true;
             r.phases[1].trainable = {"block5_conv1", "input"};
         }},
    };
    for (const Mistake& mistake : mistakes) {
        Recipe recipe = bookRecipe();
        mistake.make(recipe);
        const auto issues = checkRecipe(recipe);
        QVERIFY2(issues.size() == 1 && issues[0].field == mistake.field,
                 (mistake.field + std::string(" expected, found:\n") + joined(issues)).c_str());
        QVERIFY(issues[0].message.starts_with("must "));
    }
}

void TestRecipe::acceptsTheBounds()
{
    Recipe recipe = bookRecipe();
    recipe.inputSize = 512;
    recipe.batchSize = 1;
    recipe.seed = (std::uint64_t(1) << 53) - 1;
    recipe.device = "cuda:12";
    recipe.weights = "none";
    recipe.width = 0.01;
    recipe.dropout = 0.95;
    recipe.split = {0, 0};
    recipe.augmentation = {1, 0.5, 0.9, 4};
    recipe.phases = {recipe.phases[0], recipe.phases[0], recipe.phases[1]};
    recipe.phases[1].epochs = 10000;
    recipe.phases[2].unfreeze = 18;
    QCOMPARE(joined(checkRecipe(recipe)), std::string());
}

/// What a field says of its range is what its check goes by.
void TestRecipe::everyNumberTellsItsRange()
{
    const auto test = [](const auto& fields, auto target, const std::string& prefix) {
        int numbers = 0;
        for (const auto& field : fields) {
            const bool isNumber = field.type == FieldType::Integer || field.type == FieldType::Number;
            QCOMPARE(field.range.has_value(), isNumber);
            if (!isNumber) {
                continue;
            }
            ++numbers;
            const NumberRange range = rangeOf(prefix + field.name);
            QCOMPARE(range.isWhole, field.type == FieldType::Integer);
            const double step = range.isWhole ? 1 : 1e-9;
            for (const double value :
                 {range.low - step, range.low, range.low + step, range.high - step, range.high}) {
                auto changed = target;
                if (!std::isfinite(value) || !field.set(changed, value).empty()) {
                    continue; // below zero, where the member has no sign
                }
                QVERIFY2(field.check(changed).empty() == range.contains(value), field.name.c_str());
                QVERIFY(range.contains(value) || field.check(changed).starts_with("must be " + range.rule()));
            }
            QVERIFY(!range.contains(notANumber));
        }
        QVERIFY(numbers >= 4);
    };
    test(recipeFields(), bookRecipe(), "");
    test(phaseFields(), bookRecipe().phases[0], "phases.1.");
    QCOMPARE(rangeOf("input_size").rule(), std::string("between 32 and 512"));
    QCOMPARE(rangeOf("seed").rule(), std::string("between 0 and 9007199254740991"));
    QCOMPARE(rangeOf("split.test").rule(), std::string("at least 0 and below 1"));
    QCOMPARE(rangeOf("phases.0.learning_rate").rule(), std::string("above 0"));
    QVERIFY(!rangeOf("phases.0.learning_rate").contains(std::numeric_limits<double>::infinity()));
    QVERIFY(!rangeOf("input_size").contains(100.5));
    // Each kind of end, in and out.
    QVERIFY(!rangeOf("phases.0.learning_rate").contains(0));
    QVERIFY(rangeOf("split.test").contains(0) && !rangeOf("split.test").contains(1));
    QVERIFY(rangeOf("input_size").contains(32) && rangeOf("input_size").contains(512));
    QVERIFY(!rangeOf("input_size").contains(31) && !rangeOf("input_size").contains(513));
    for (const char* path : {"device", "phases.0", "phases.0.name", "nothing", ""}) {
        QVERIFY_EXCEPTION_THROWN(rangeOf(path), Error);
    }
}

/// What the window offers for a word is what it takes, and the first table says so.
void TestRecipe::everyWordTellsItsChoices()
{
    int words = 0;
    const auto test = [&words](const auto& fields, auto target) {
        for (const auto& field : fields) {
            words += field.choices.empty() ? 0 : 1;
            for (const std::string& choice : field.choices) {
                QCOMPARE(field.set(target, choice), std::string());
                QVERIFY(field.get(target) == FieldValue(choice));
            }
        }
    };
    test(recipeFields(), bookRecipe());
    test(phaseFields(), bookRecipe().phases[0]);
    QVERIFY(words >= 11);
    QCOMPARE(findField(phaseFields(), "optimizer")->choices,
             (std::vector<std::string>{"rmsprop", "sgd", "adam", "adamw"}));
    QCOMPARE(findField(recipeFields(), "split.test")->group(), std::string("split"));
    QVERIFY(!findField(recipeFields(), "nothing") && findField(recipeFields(), "seed")->group().empty());
}

void TestRecipe::resetsWhatMeansNothing()
{
    PhaseRecipe phase;
    phase.name = "head";
    phase.optimizer = OptimizerKind::Sgd;
    phase.momentum = 0.9;
    phase.nesterov = true;
    phase.weightDecay = 0.1;
    phase.reduceOnPlateau = {0.5, 3, 0.1, 2, 1e-6};
    phase.usesTrainable = true;
    phase.trainable = {"block5_conv3"};
    PhaseRecipe expected = phase;
    expected.weightDecay = PhaseRecipe{}.weightDecay;
    resetUnused(phase);
    QVERIFY(phase == expected); // with SGD and a constant rate the others mean something
    phase.schedule = RateSchedule::Cosine;
    phase.optimizer = OptimizerKind::Adam;
    resetUnused(phase);
    QVERIFY(phase.momentum == 0 && !phase.nesterov);
    QVERIFY(phase.reduceOnPlateau == ReduceOnPlateau{});
    QVERIFY(phase.usesTrainable && phase.trainable == expected.trainable);
    Recipe recipe = bookRecipe();
    recipe.phases = {phase};
    QCOMPARE(joined(checkRecipe(recipe)), std::string());
}

void TestRecipe::cautionsHighLearningRates()
{
    Recipe recipe = bookRecipe();
    QVERIFY(cautionsOf(recipe).empty());
    recipe.phases[0].learningRate = 0.1;
    QVERIFY(cautionsOf(recipe).empty());
    recipe.phases[1].learningRate = 0.5;
    const auto cautions = cautionsOf(recipe);
    QCOMPARE(cautions.size(), std::size_t(1));
    QCOMPARE(cautions[0].field, std::string("phases.1.learning_rate"));
    QVERIFY(cautions[0].message.ends_with("is 0.5"));
    QVERIFY(checkRecipe(recipe).empty()); // it can be run
}

void TestRecipe::findsAllMistakesAtOnce()
{
    Recipe recipe = bookRecipe();
    recipe.batchSize = 0;
    recipe.augmentation.zoom = 2;
    recipe.phases[1].epochs = 0;
    const auto issues = checkRecipe(recipe);
    QCOMPARE(issues.size(), std::size_t(3));
    QVERIFY((issues[0] == RecipeIssue{"batch_size", "must be between 1 and 1024, is 0"}));
    QVERIFY((issues[1] == RecipeIssue{"augmentation.zoom", "must be between 0 and 0.9, is 2"}));
    QVERIFY((issues[2] == RecipeIssue{"phases.1.epochs", "must be between 1 and 10000, is 0"}));

    const Error error = recipeError(issues, "my.json");
    QCOMPARE(error.code(), ErrorCode::RecipeInvalid);
    const std::string text = error.what();
    for (const char* part : {"my.json", "batch_size", "augmentation.zoom", "phases.1.epochs"}) {
        QVERIFY2(text.find(part) != std::string::npos, text.c_str());
    }
}

void TestRecipe::setsFields()
{
    Recipe recipe = bookRecipe();
    setRecipeField(recipe, "phases.0.epochs", "3");
    setRecipeField(recipe, "phases.1.learning_rate", "2e-5");
    setRecipeField(recipe, "phases.1.start_from", "best");
    setRecipeField(recipe, "augmentation.rotation", "0");
    setRecipeField(recipe, "precision", "bfloat16");
    setRecipeField(recipe, "resize", "\"letterbox\"");
    setRecipeField(recipe, "exif", "false");
    setRecipeField(recipe, "weights", "my weights.h5");
    setRecipeField(recipe, "name", "7");
    setRecipeField(recipe, "seed", "9007199254740991");

    Recipe expected = bookRecipe();
    expected.phases[0].epochs = 3;
    expected.phases[1].learningRate = 2e-5;
    expected.phases[1].startFrom = StartFrom::Best;
    expected.augmentation.rotation = 0;
    expected.precision = Precision::Bfloat16;
    expected.resize = ResizeRule::Letterbox;
    expected.exif = false;
    expected.weights = "my weights.h5";
    expected.name = "7";
    expected.seed = 9007199254740991;
    QVERIFY(recipe == expected);
}

void TestRecipe::setsWhichLayersTrain()
{
    Recipe recipe = bookRecipe();
    setRecipeField(recipe, "phases.1.trainable", "block5_conv3,block5_pool");
    QVERIFY(recipe.phases[1].freezePlan() == FreezePlan::trainableLayers({"block5_conv3", "block5_pool"}));
    setRecipeField(recipe, "phases.1.trainable", "[\"block4_conv1\"]");
    QVERIFY(recipe.phases[1].freezePlan() == FreezePlan::trainableLayers({"block4_conv1"}));
    setRecipeField(recipe, "phases.1.unfreeze", "8");
    QVERIFY(recipe.phases[1].freezePlan() == FreezePlan::unfreezeLast(8));
    setRecipeField(recipe, "phases.1.trainable", "");
    QVERIFY(recipe.phases[1].freezePlan() == FreezePlan());
}

void TestRecipe::refusesFieldsThatAreNotThere()
{
    const std::vector<std::pair<const char*, const char*>> typos{
        {"epochs", "phases.0.epochs"},
        {"batch-size", "batch_size"},
        {"phases.1.learningrate", "phases.1.learning_rate"},
        {"augmentation.rotations", "augmentation.rotation"},
        {"phases.2.epochs", "2 phases"},
        {"phases", ""},
        {"phases.x.epochs", ""},
        {"phases.99999999999999999999.epochs", ""},
        {"split", ""},
        {"", ""},
        {"phases.0", ""},
        {"phases.0.", ""},
        {"phases.-1.epochs", ""},
    };
    for (const auto& [path, hint] : typos) {
        Recipe recipe = bookRecipe();
        try {
            setRecipeField(recipe, path, "1");
            QFAIL(path);
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::Usage);
            QVERIFY2(error.advice().find(hint) != std::string::npos, error.what());
        }
        QVERIFY(recipe == bookRecipe());
    }
}

void TestRecipe::refusesValuesOfAnotherType()
{
    const std::vector<std::pair<const char*, const char*>> wrong{
        {"batch_size", "many"},
        {"batch_size", "2.5"},
        {"batch_size", "99999999999"},
        {"seed", "-1"},
        {"batch_size", ""},
        {"seed", "1e300"},
        {"exif", "yes"},
        {"exif", "1"},
        {"precision", "half"},
        {"dropout", "\"0.5\""},
        {"dropout", "NaN"},
        {"dropout", "1e999"},
        {"head", ""},
        {"phases.0.epochs", "[]"},
        {"phases.0.trainable", "[1]"},
        {"dropout", "null"},
    };
    for (const auto& [path, value] : wrong) {
        Recipe recipe = bookRecipe();
        try {
            setRecipeField(recipe, path, value);
            QFAIL((std::string(path) + "=" + value).c_str());
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RecipeInvalid);
            // Whoever shows it names the field.
            QVERIFY2(error.detail().starts_with("must be "), error.what());
        }
        QVERIFY(recipe == bookRecipe());
    }
    Recipe recipe = bookRecipe();
    setRecipeField(recipe, "phases.0.epochs", "0");
    QVERIFY2(checkRecipe(recipe).size() == 1, "what is out of range is stored, and found by the check");
}

void TestRecipe::bestIsTheOneOfTheResults()
{
    // docs/results.md has what it reaches; other settings reach something else.
    const Recipe best = bestRecipe();
    QCOMPARE(best.inputSize, 288);
    QVERIFY(best.head == HeadKind::AverageMax && best.outputInitializer == OutputInitializer::GlorotUniform);
    QCOMPARE(best.augmentation.views, 8);
    QCOMPARE(best.augmentation.rotation, 0.05);
    QCOMPARE(best.phases.size(), std::size_t(2));
    QCOMPARE(best.phases[0].epochs, 30);
    QCOMPARE(best.phases[1].epochs, 8);
    QCOMPARE(best.phases[1].unfreeze, 4);
    for (const PhaseRecipe& phase : best.phases) {
        QVERIFY(phase.schedule == RateSchedule::Cosine && phase.emaMomentum == 0.99);
    }
}

void TestRecipe::loadsByNameAndFile()
{
    QVERIFY(loadRecipe("book") == bookRecipe());
    QVERIFY(loadRecipe("quick") == quickRecipe());
    std::vector<std::string> names;
    for (const Recipe& recipe : builtInRecipes()) {
        names.push_back(recipe.name);
        QVERIFY(loadRecipe(recipe.name) == recipe);
        QVERIFY(checkRecipe(recipe).empty());
    }
    QCOMPARE(names, (std::vector<std::string>{"quick", "book", "fast", "best"}));

    const test::TemporaryFolder folder;
    const auto file = folder / "mine.json";
    writeFileAtomically(file, formatRecipe(quickRecipe()));
    QVERIFY(loadRecipe(file.string()) == quickRecipe());
    writeFileAtomically(file, R"({"batch_size": 8})");
    QCOMPARE(loadRecipe(file.string()).name, std::string("mine"));

    const auto codeOf = [&](const std::string& name) {
        try {
            loadRecipe(name);
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::Internal;
    };
    QCOMPARE(codeOf((folder / "absent.json").string()), ErrorCode::FileNotFound);
    QCOMPARE(codeOf(folder.path().string()), ErrorCode::FileUnreadable);
    writeFileAtomically(file, R"({"batch_size": 0})");
    QCOMPARE(codeOf(file.string()), ErrorCode::RecipeInvalid);
    writeFileAtomically(file, std::string((1 << 20) + 1, ' '));
    QCOMPARE(codeOf(file.string()), ErrorCode::FileUnreadable);
}

void TestRecipe::namesWords()
{
    for (const Precision precision :
         {Precision::Auto, Precision::Float32, Precision::Bfloat16, Precision::Float16})
    {
        QVERIFY(precisionFromName(nameOf(precision)) == precision);
    }
    QVERIFY(!precisionFromName("half"));
    QCOMPARE(std::string(nameOf(StartFrom::Best)), std::string("best"));
    QCOMPARE(std::string(nameOf(StartFrom::End)), std::string("end"));
    QCOMPARE(std::string(nameOf(RunState::Running)), std::string("running"));
    QCOMPARE(std::string(nameOf(RunState::Finished)), std::string("finished"));
    QCOMPARE(std::string(nameOf(RunState::Stopped)), std::string("stopped"));
    QCOMPARE(std::string(nameOf(RunState::Failed)), std::string("failed"));
}

THAW_TEST(TestRecipe)
#include "test_recipe.moc"
