#include "core/base/error.h"
#include "core/base/random.h"
#include "core/data/input/augmentation_operations.h"
#include "core/experiment/recipe.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;

namespace {

std::string linesOf(const std::vector<RecipeIssue>& issues)
{
    std::string text;
    for (const RecipeIssue& issue : issues) {
        text += issue.field + " " + issue.message + "\n";
    }
    return text;
}

bool names(const std::vector<RecipeIssue>& issues, const std::string& field)
{
    return std::any_of(issues.begin(), issues.end(),
                       [&](const RecipeIssue& each) { return each.field == field; });
}

template <typename T>
T pick(RandomStream& random, const std::vector<T>& values)
{
    return values[random.below(values.size())];
}

PhaseRecipe randomPhase(RandomStream& random)
{
    PhaseRecipe phase;
    phase.name = pick<std::string>(random, {"head", "joint", "dernière", "a \"quoted\" \\ name\n"});
    phase.epochs = 1 + static_cast<int>(random.below(10000));
    phase.learningRate = std::exp(random.uniform(-300, 10));
    phase.schedule = pick<RateSchedule>(random, {RateSchedule::Constant, RateSchedule::Cosine});
    phase.emaMomentum = pick<double>(random, {0.0, 0.5, 0.999});
    phase.optimizer = pick<OptimizerKind>(
        random, {OptimizerKind::Rmsprop, OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::Adamw});
    if (phase.optimizer == OptimizerKind::Sgd) {
        phase.momentum = pick<double>(random, {0.0, 0.9});
        phase.nesterov = phase.momentum > 0 && random.below(2) == 0;
    } else if (phase.optimizer == OptimizerKind::Adamw) {
        phase.weightDecay = random.uniform(0, 2);
    }
    if (random.below(2) == 0) {
        phase.earlyStopping = {1 + static_cast<int>(random.below(9)), random.uniform()};
    }
    if (phase.schedule == RateSchedule::Constant && random.below(2) == 0) {
        phase.reduceOnPlateau = {random.uniform(0.1, 0.9), 1 + static_cast<int>(random.below(9)),
                                 random.uniform(), static_cast<int>(random.below(9)), random.uniform()};
    }
    phase.startFrom = pick<StartFrom>(random, {StartFrom::End, StartFrom::Best});
    const auto plan = FreezePlan::unfreezeLast(static_cast<int>(random.below(19)));
    if (random.below(2) == 0) {
        phase.usesTrainable = true;
        phase.trainable = plan.names();
    } else {
        phase.unfreeze = plan.asUnfreezeLast();
    }
    return phase;
}

/// Every field drawn anew, within its range.
Recipe randomRecipe(std::uint64_t key)
{
    RandomStream random(key);
    Recipe recipe;
    recipe.name = pick<std::string>(random, {"book", "Ünïcode 猫", "x", "tab\tand\x01"});
    recipe.inputSize = 32 + static_cast<int>(random.below(481));
    recipe.batchSize = 1 + static_cast<int>(random.below(1024));
    recipe.seed = random.below(std::uint64_t(1) << 53);
    recipe.threads = static_cast<int>(random.below(65));
    recipe.device = pick<std::string>(random, {"auto", "cpu", "cuda", "cuda:3"});
    recipe.precision = pick<Precision>(
        random, {Precision::Auto, Precision::Float32, Precision::Bfloat16, Precision::Float16});
    recipe.trainedPrecision = pick<Precision>(
        random, {Precision::Auto, Precision::Float32, Precision::Bfloat16, Precision::Float16});
    recipe.weights = pick<std::string>(random, {"none", "a/b.h5"});
    recipe.withHead = recipe.weights != "none" && random.below(2) == 0;
    recipe.weightsHash = pick<std::string>(random, {"", std::string(64, 'a')});
    recipe.width = 1 - random.uniform();
    recipe.head = pick<HeadKind>(random, {HeadKind::Book, HeadKind::Pooled, HeadKind::AverageMax});
    recipe.dropout = random.uniform(0, 0.95);
    recipe.outputInitializer =
        pick<OutputInitializer>(random, {OutputInitializer::GlorotUniform, OutputInitializer::Zeros});
    recipe.resize = pick<ResizeRule>(random, {ResizeRule::Stretch, ResizeRule::CenterCrop,
                                              ResizeRule::Letterbox, ResizeRule::Antialiased});
    recipe.exif = random.below(2) == 0;
    recipe.dctMethod = pick<DctMethod>(random, {DctMethod::Accurate, DctMethod::Fast});
    recipe.keepValidationFeatures = random.below(2) == 0;
    recipe.classWeights = pick<ClassWeights>(random, {ClassWeights::None, ClassWeights::Balanced});
    recipe.labelSmoothing = pick<double>(random, {0, 0.1, random.uniform()});
    recipe.split = {random.uniform(0, 0.5), random.uniform(0, 0.5), random.below(std::uint64_t(1) << 53),
                    pick<SplitOrder>(random, {SplitOrder::TestFirst, SplitOrder::ValidationFirst})};
    recipe.augmentation = {random.uniform(), random.uniform(0, 0.5), random.uniform(0, 0.9),
                           static_cast<int>(random.below(1001)), random.below(std::uint64_t(1) << 53)};
    for (const AugmentationOperation& operation : augmentationOperations()) {
        if (operation.stream == DrawStream::Own) {
            recipe.augmentation.*operation.strength = random.uniform(0, operation.most);
        }
    }
    recipe.augmentation.fill =
        pick<FillMode>(random, {FillMode::Reflect, FillMode::Constant, FillMode::Nearest, FillMode::Wrap});
    const auto phases = 1 + random.below(4);
    for (std::uint64_t i = 0; i < phases; ++i) {
        recipe.phases.push_back(randomPhase(random));
    }
    recipe.unknownKeys =
        pick<std::string>(random, {"", R"({"colour":"blue"})",
                                   R"({"phases":{"0":{"note":[1,2]}},"split":{"fold":3},"z":null})"});
    return recipe;
}

} // namespace

class TestRecipeJson : public QObject
{
    Q_OBJECT

private slots:
    void writesTheFieldsOfTheContract();
    void readsWhatItWrote();
    void fillsGapsFromTheBook();
    void collectsAllMistakes();
    void listsAllowedWords();
    void refusesBothWaysToUnfreeze();
    void readsWholeNumbersWrittenAsReals();
    void keepsUnknownKeys();
    void splitsVersion1AsItDid();
    void refusesNewerVersions();
    void refusesWhatIsNotARecipe();
    void neverFailsToWrite();
};

void TestRecipeJson::writesTheFieldsOfTheContract()
{
    const std::string expected = R"({
  "version": 2,
  "name": "quick",
  "input_size": 180,
  "batch_size": 32,
  "seed": 0,
  "threads": 0,
  "device": "auto",
  "precision": "auto",
  "trained_precision": "float32",
  "weights": "imagenet",
  "weights_hash": "",
  "with_head": false,
  "width": 1.0,
  "head": "book",
  "dropout": 0.5,
  "output_initializer": "glorot_uniform",
  "resize": "stretch",
  "exif": true,
  "dct_method": "accurate",
  "keep_validation_features": true,
  "class_weights": "none",
  "label_smoothing": 0.0,
  "split": {
    "validation": 0.2,
    "test": 0.2,
    "seed": 0,
    "order": "test-first"
  },
  "augmentation": {
    "flip": 0.5,
    "rotation": 0.1,
    "zoom": 0.2,
    "vertical_flip": 0.0,
    "translation": 0.0,
    "shear": 0.0,
    "brightness": 0.0,
    "contrast": 0.0,
    "saturation": 0.0,
    "hue": 0.0,
    "grayscale": 0.0,
    "erasing": 0.0,
    "fill": "reflect",
    "views": 0,
    "views_seed": 0
  },
  "phases": [
    {
      "name": "head",
      "epochs": 3,
      "optimizer": "rmsprop",
      "learning_rate": 0.001,
      "schedule": "constant",
      "ema_momentum": 0.0,
      "early_stopping": {
        "patience": 0
      },
      "reduce_on_plateau": {
        "patience": 0
      },
      "unfreeze": 0,
      "start_from": "end"
    },
    {
      "name": "joint",
      "epochs": 3,
      "optimizer": "rmsprop",
      "learning_rate": 1e-05,
      "schedule": "constant",
      "ema_momentum": 0.0,
      "early_stopping": {
        "patience": 0
      },
      "reduce_on_plateau": {
        "patience": 0
      },
      "trainable": [
        "block5_conv3"
      ],
      "start_from": "end"
    }
  ]
}
)";
    Recipe recipe = quickRecipe();
    recipe.phases[1].unfreeze = 0;
    recipe.phases[1].usesTrainable = true;
    recipe.phases[1].trainable = {"block5_conv3"};
    QCOMPARE(QString::fromStdString(formatRecipe(recipe)), QString::fromStdString(expected));
}

void TestRecipeJson::readsWhatItWrote()
{
    for (std::uint64_t key = 0; key < 500; ++key) {
        const Recipe recipe = randomRecipe(key);
        const std::string text = formatRecipe(recipe);
        const RecipeReading reading = parseRecipe(text);
        QVERIFY2(reading.issues.empty(), (linesOf(reading.issues) + text).c_str());
        QVERIFY2(reading.recipe == recipe, text.c_str());
        QCOMPARE(formatRecipe(reading.recipe), text);
    }
}

void TestRecipeJson::fillsGapsFromTheBook()
{
    const auto reading = parseRecipe("{}");
    QVERIFY(reading.issues.empty());
    Recipe expected = bookRecipe();
    expected.name = "unnamed";
    QVERIFY(reading.recipe == expected);

    const auto phases = parseRecipe(R"({"phases": [{}, {"epochs": 7}]})", "folder/mine.json");
    QVERIFY2(phases.issues.empty(), linesOf(phases.issues).c_str());
    QCOMPARE(phases.recipe.name, std::string("mine"));
    QCOMPARE(phases.recipe.phases.size(), std::size_t(2));
    QCOMPARE(phases.recipe.phases[0].name, std::string("phase 1"));
    QCOMPARE(phases.recipe.phases[1].epochs, 7);
}

void TestRecipeJson::collectsAllMistakes()
{
    const auto reading = parseRecipe(R"({
        "input_size": "big", "batch_size": 0, "seed": -1, "threads": 1.5, "exif": 1, "name": null, "width": [],
        "split": 3, "augmentation": {"zoom": "x", "views": 99999999999}, "dropout": 1e300,
        "phases": [{"epochs": true, "optimizer": "adamax"}, 7, {"trainable": ["block5_conv1", 3]},
                   {"trainable": ["head"]}, {"unfreeze": 40}]})");
    const std::vector<std::string> fields{
        "input_size",
        "batch_size",
        "seed",
        "threads",
        "exif",
        "name",
        "width",
        "split",
        "dropout",
        "augmentation.zoom",
        "augmentation.views",
        "phases.0.epochs",
        "phases.0.optimizer",
        "phases.1",
        "phases.2.trainable",
        "phases.3.trainable",
        "phases.4.unfreeze",
    };
    for (const std::string& field : fields) {
        QVERIFY2(names(reading.issues, field),
                 (field + " is missing from\n" + linesOf(reading.issues)).c_str());
    }
    QVERIFY2(reading.issues.size() == fields.size(), linesOf(reading.issues).c_str());

    QVERIFY(names(parseRecipe(R"({"phases": []})").issues, "phases"));
    QVERIFY(names(parseRecipe(R"({"phases": {}})").issues, "phases"));
    std::string many = R"({"phases": [{})";
    for (int i = 0; i < 50000; ++i) {
        many += ",{}";
    }
    const auto tooMany = parseRecipe(many + "]}");
    QVERIFY(names(tooMany.issues, "phases") && tooMany.recipe.phases.size() < 200);
}

void TestRecipeJson::listsAllowedWords()
{
    const auto issues = parseRecipe(R"({"precision": "half", "resize": "Stretch", "head": 3})").issues;
    QCOMPARE(issues.size(), std::size_t(3));
    QCOMPARE(issues[0].message,
             std::string(R"(must be one of "auto", "float32", "bfloat16", "float16", is "half")"));
    QCOMPARE(issues[1].message, std::string(R"(must be one of "book", "pooled", "average-max", is 3)"));
    QVERIFY(issues[2].message.find("\"letterbox\"") != std::string::npos);
}

void TestRecipeJson::refusesBothWaysToUnfreeze()
{
    const auto reading =
        parseRecipe(R"({"phases": [{"unfreeze": 4, "trainable": ["block5_conv1"]}, {"unfreeze": 4}]})");
    QCOMPARE(reading.issues.size(), std::size_t(1));
    QCOMPARE(reading.issues[0].field, std::string("phases.0.trainable"));
    QVERIFY(reading.recipe.unknownKeys.empty());
}

void TestRecipeJson::readsWholeNumbersWrittenAsReals()
{
    const auto reading = parseRecipe(R"({"batch_size": 16.0, "dropout": 0, "seed": 1e3})");
    QVERIFY2(reading.issues.empty(), linesOf(reading.issues).c_str());
    QCOMPARE(reading.recipe.batchSize, 16);
    QCOMPARE(reading.recipe.seed, std::uint64_t(1000));
}

void TestRecipeJson::keepsUnknownKeys()
{
    const auto reading = parseRecipe(
        R"({"mood": "good", "split": {"fold": 3}, "phases": [{"note": {"by": "me"}}], "x": [1, 2.50, null]})");
    QVERIFY2(reading.issues.empty(), linesOf(reading.issues).c_str());
    QCOMPARE(
        reading.recipe.unknownKeys,
        std::string(
            R"({"mood":"good","phases":{"0":{"note":{"by":"me"}}},"split":{"fold":3},"x":[1,2.5,null]})"));
    const auto again = parseRecipe(formatRecipe(reading.recipe));
    QVERIFY(again.recipe == reading.recipe);
}

void TestRecipeJson::splitsVersion1AsItDid()
{
    const auto reading = parseRecipe(R"({"version": 1, "seed": 7, "split": {"validation": 0.1}})");
    QVERIFY2(reading.issues.empty(), joined(reading.issues).c_str());
    QVERIFY(reading.recipe.split == (SplitShares{0.1, 0.2, 7, SplitOrder::ValidationFirst}));
    QCOMPARE(reading.recipe.version, recipeVersion);
    QVERIFY(parseRecipe(formatRecipe(reading.recipe)).recipe == reading.recipe);

    // What the text names counts, whatever its version.
    const auto named =
        parseRecipe(R"({"version": 1, "seed": 7, "split": {"seed": 3, "order": "test-first"}})");
    QVERIFY(named.recipe.split == (SplitShares{0.2, 0.2, 3, SplitOrder::TestFirst}));
    // Without a version it is of today's.
    QVERIFY(parseRecipe(R"({"seed": 7})").recipe.split == SplitShares{});
    const auto greater = parseRecipe(R"({"version": 1, "seed": 9007199254740992})");
    QCOMPARE(greater.issues.size(), std::size_t(1));
    QCOMPARE(greater.issues[0].field, std::string("seed"));
}

void TestRecipeJson::refusesNewerVersions()
{
    for (const char* text : {R"({"version": 3})", R"({"version": 18446744073709551615})"}) {
        try {
            parseRecipe(text, "new.json");
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RecipeInvalid);
            QVERIFY(std::string(error.what()).find("version") != std::string::npos);
        }
    }
    QVERIFY(names(parseRecipe(R"({"version": 0})").issues, "version"));
    QVERIFY(names(parseRecipe(R"({"version": "3"})").issues, "version"));
}

void TestRecipeJson::refusesWhatIsNotARecipe()
{
    for (const std::string& text :
         {std::string(), std::string("[]"), std::string("{"), std::string("{\"seed\":1e999}"),
          std::string("\x00\x01", 2), std::string("{\"a\":") + std::string(100000, '[')})
    {
        try {
            parseRecipe(text, "bad.json");
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RecipeInvalid);
            QCOMPARE(error.path().string(), std::string("bad.json"));
        }
    }
}

void TestRecipeJson::neverFailsToWrite()
{
    Recipe recipe = bookRecipe();
    recipe.weights = "latin-1 \xe9.h5";
    recipe.dropout = std::numeric_limits<double>::quiet_NaN();
    recipe.unknownKeys = "{rubbish";
    recipe.phases.clear();
    const auto reading = parseRecipe(formatRecipe(recipe));
    QVERIFY(names(reading.issues, "dropout") && names(reading.issues, "phases"));
}

THAW_TEST(TestRecipeJson)
#include "test_recipe_json.moc"
