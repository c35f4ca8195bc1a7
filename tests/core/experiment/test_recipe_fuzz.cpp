#include "core/base/error.h"
#include "core/base/random.h"
#include "core/experiment/recipe.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;

namespace {

/// A few random edits: bytes changed, stretches removed, doubled or replaced by things that parsers dislike.
std::string mutated(std::string text, std::uint64_t key)
{
    static const std::vector<std::string> nasty{
        "null", "[]",   "{}",     "-1",         "1e400", "NaN",  "\"\"",    "\"\\ud800\"",     "{\"a\":",
        "[[[[", "true", "0.0001", "4294967296", "-0",    "\xff", "\\u0000", "\"unfreeze\":3,", "1e-400",
    };
    RandomStream random(key);
    const auto edits = 1 + random.below(3);
    for (std::uint64_t i = 0; i < edits && !text.empty(); ++i) {
        const auto at = random.below(text.size());
        const auto length = random.below(std::min<std::uint64_t>(30, text.size() - at) + 1);
        switch (random.below(8)) {
        case 0:
            text[at] = static_cast<char>(random.below(256));
            break;
        case 1:
            text.erase(at, length);
            break;
        case 2:
            text.insert(at, text.substr(random.below(text.size()), length));
            break;
        case 3:
            text.replace(at, length, nasty[random.below(nasty.size())]);
            break;
        default:
            // A whole value, so that many mutants stay JSON and reach the fields.
            if (const auto colon = text.find(':', at); colon != std::string::npos) {
                const auto end = text.find_first_of(",\n", colon);
                text.replace(colon + 1, end - colon - 1, nasty[random.below(nasty.size())]);
            }
        }
    }
    return text;
}

} // namespace

class TestRecipeFuzz : public QObject
{
    Q_OBJECT

private slots:
    void mutantsAreReadOrRefused();
    void mutantPathsAndValuesAreSetOrRefused();
};

void TestRecipeFuzz::mutantsAreReadOrRefused()
{
    const std::string good = formatRecipe(quickRecipe());
    int read = 0;
    int withIssues = 0;
    for (std::uint64_t key = 0; key < 4000; ++key) {
        const std::string text = mutated(good, key);
        try {
            const RecipeReading reading = parseRecipe(text);
            ++read;
            withIssues += reading.issues.empty() ? 0 : 1;
            // Whatever was read without a mistake can be run, and survives a rewrite.
            if (reading.issues.empty()) {
                QVERIFY2(checkRecipe(reading.recipe).empty(), text.c_str());
                for (const PhaseRecipe& phase : reading.recipe.phases) {
                    phase.freezePlan();
                }
                QVERIFY2(parseRecipe(formatRecipe(reading.recipe)).recipe == reading.recipe, text.c_str());
            }
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RecipeInvalid);
            QVERIFY(std::string(error.what()).find('\n') == std::string::npos);
        }
    }
    // The mutants must be good enough to reach beyond the parser, and bad enough to be caught.
    QVERIFY2(read > 400 && withIssues > 200,
             (std::to_string(read) + " " + std::to_string(withIssues)).c_str());
}

void TestRecipeFuzz::mutantPathsAndValuesAreSetOrRefused()
{
    const std::vector<std::string> paths{"phases.0.epochs", "augmentation.zoom", "phases.1.trainable", "name",
                                         "precision"};
    for (std::uint64_t key = 0; key < 4000; ++key) {
        Recipe recipe = bookRecipe();
        const std::string& path = paths[key % paths.size()];
        try {
            setRecipeField(recipe, key % 2 ? mutated(path, key) : path, mutated("\"0.5\"", key + 1));
        } catch (const Error& error) {
            QVERIFY(error.code() == ErrorCode::Usage || error.code() == ErrorCode::RecipeInvalid);
        }
        formatRecipe(recipe);
    }
}

THAW_TEST(TestRecipeFuzz)
#include "test_recipe_fuzz.moc"
