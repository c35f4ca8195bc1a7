#include "core/train/features/feature_key.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <set>

using namespace thaw;

namespace {

Recipe resolvedRecipe()
{
    Recipe recipe = fastRecipe();
    recipe.device = "cpu";
    recipe.precision = Precision::Float32;
    recipe.threads = 2;
    return recipe;
}

FeatureSource someSource()
{
    return {"hash",
            "BGR",
            2,
            "",
            "a processor",
            "0.1",
            1,
            "a decoder",
            "1.13",
            "2.6",
            {"picture 1", "picture 2"}};
}

/// Whether the field could be given another value.
template <typename T>
bool change(T& target, const Field<T>& field)
{
    const FieldValue before = field.get(target);
    std::vector<FieldValue> others;
    switch (field.type) {
    case FieldType::Truth:
        others = {true, false};
        break;
    case FieldType::Integer:
        others = {std::int64_t(3), std::int64_t(1)};
        break;
    case FieldType::Number:
        others = {0.125, 0.25};
        break;
    case FieldType::Text:
        others = {std::string("cuda:1"),  std::string("bfloat16"),    std::string("letterbox"),
                  std::string("fast"),    std::string("average-max"), std::string("zeros"),
                  std::string("cosine"),  std::string("best"),        std::string("pooled"),
                  std::string("stretch"), std::string("rmsprop"),     std::string("wrap")};
        break;
    case FieldType::TextList:
        others = {std::vector<std::string>{"block5_conv1"}, std::vector<std::string>{}};
        break;
    }
    return std::any_of(others.begin(), others.end(), [&](const FieldValue& other) {
        return other != before && field.set(target, other).empty() && field.get(target) != before;
    });
}

} // namespace

class TestFeatureKey : public QObject
{
    Q_OBJECT

private slots:
    // A field whose mark is changed changes this list: may other features be found now, or old ones no more?
    void theseFieldsDecideFeatures()
    {
        std::set<std::string> names;
        for (const auto& field : recipeFields()) {
            if (field.decides == Decides::Features) {
                names.insert(field.name);
            }
        }
        QCOMPARE(names, (std::set<std::string>{"augmentation.brightness",
                                               "augmentation.contrast",
                                               "augmentation.erasing",
                                               "augmentation.fill",
                                               "augmentation.flip",
                                               "augmentation.grayscale",
                                               "augmentation.hue",
                                               "augmentation.rotation",
                                               "augmentation.saturation",
                                               "augmentation.shear",
                                               "augmentation.translation",
                                               "augmentation.vertical_flip",
                                               "augmentation.views_seed",
                                               "augmentation.zoom",
                                               "batch_size",
                                               "dct_method",
                                               "device",
                                               "exif",
                                               "input_size",
                                               "precision",
                                               "resize",
                                               "threads"}));
        // Where a phase begins to train is in the files' names, and what it has trained in the weights' hash.
        for (const auto& field : phaseFields()) {
            QVERIFY2(field.decides != Decides::Features, field.name.c_str());
        }
    }

    void everyFieldThatDecidesThemChangesTheKey()
    {
        const std::string before = featureKey(resolvedRecipe(), someSource());
        for (const auto& field : recipeFields()) {
            Recipe recipe = resolvedRecipe();
            const bool isChanged = change(recipe, field);
            const bool decides = field.decides == Decides::Features;
            QVERIFY2(isChanged || !decides, field.name.c_str());
            QVERIFY2((featureKey(recipe, someSource()) != before) == decides, field.name.c_str());
        }
        for (const auto& field : phaseFields()) {
            Recipe recipe = resolvedRecipe();
            change(recipe.phases[0], field);
            QVERIFY2(featureKey(recipe, someSource()) == before, field.name.c_str());
        }
    }

    // Features stored before these fields existed are still found.
    void fieldsThatCameLaterAreInTheKeyOnceUsed()
    {
        const std::string key = featureKey(resolvedRecipe(), someSource());
        const std::string fields = key.substr(0, key.find("weights "));
        QCOMPARE(fields, std::string("input_size 180\nbatch_size 32\nthreads 2\ndevice cpu\n"
                                     "precision float32\nresize stretch\nexif 1\ndct_method accurate\n"
                                     "augmentation.flip 0.5\naugmentation.rotation 0.1\n"
                                     "augmentation.zoom 0.2\naugmentation.views_seed 0\n"));
        Recipe recipe = resolvedRecipe();
        recipe.augmentation.shear = 0.25;
        recipe.augmentation.fill = FillMode::Wrap;
        const std::string used = featureKey(recipe, someSource());
        QVERIFY(used.find("augmentation.shear 0.25\naugmentation.fill wrap\n") != used.npos);
    }

    void aFieldThatIsAddedIsInTheKey()
    {
        std::int64_t sharpening = 1;
        Field<Recipe> added = recipeFields().front();
        added.name = "sharpening";
        added.decides = Decides::Features;
        added.get = [&sharpening](const Recipe&) { return FieldValue(sharpening); };
        auto fields = recipeFields();
        fields.push_back(added);
        const std::string first = featureKey(resolvedRecipe(), someSource(), fields);
        QVERIFY(first != featureKey(resolvedRecipe(), someSource()));
        sharpening = 2;
        QVERIFY(featureKey(resolvedRecipe(), someSource(), fields) != first);
        fields.back().decides = Decides::Result;
        QCOMPARE(featureKey(resolvedRecipe(), someSource(), fields),
                 featureKey(resolvedRecipe(), someSource()));

        // Of a phase likewise, in any phase.
        auto ofPhases = phaseFields();
        const auto epochs = std::find_if(ofPhases.begin(), ofPhases.end(),
                                         [](const auto& field) { return field.name == "epochs"; });
        epochs->decides = Decides::Features;
        Recipe longer = resolvedRecipe();
        longer.phases.back().epochs += 1;
        QVERIFY(featureKey(longer, someSource(), recipeFields(), ofPhases) !=
                featureKey(resolvedRecipe(), someSource(), recipeFields(), ofPhases));
    }

    void everythingElseThatDecidesThemChangesTheKey()
    {
        std::set<std::string> keys{featureKey(resolvedRecipe(), someSource())};
        const std::vector<std::function<void(FeatureSource&)>> changes{
            [](FeatureSource& s) { s.weights += "x"; },
            [](FeatureSource& s) { s.input += "x"; },
            [](FeatureSource& s) { s.valueBytes = 4; },
            [](FeatureSource& s) { s.card += "x"; },
            [](FeatureSource& s) { s.processor += "x"; },
            [](FeatureSource& s) { s.thaw += "x"; },
            [](FeatureSource& s) { ++s.computation; },
            [](FeatureSource& s) { s.decoder += "x"; },
            [](FeatureSource& s) { s.libtorch += "x"; },
            [](FeatureSource& s) { s.onednn += "x"; },
            [](FeatureSource& s) { s.pictures[1] += "x"; },
            [](FeatureSource& s) { s.pictures.pop_back(); },
            [](FeatureSource& s) { std::swap(s.pictures[0], s.pictures[1]); }};
        for (const auto& change : changes) {
            FeatureSource source = someSource();
            change(source);
            keys.insert(featureKey(resolvedRecipe(), source));
        }
        QCOMPARE(keys.size(), changes.size() + 1);
    }
};

THAW_TEST(TestFeatureKey)
#include "test_feature_key.moc"
