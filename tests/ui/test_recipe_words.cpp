#include "tests/support/test_registry.h"
#include "ui/text/recipe_words.h"

#include <QSet>
#include <QTest>

using namespace thaw;
using namespace thaw::ui;

namespace {

/// Not edited on the training page: set by the program, by another page, or in a file alone.
const QSet<QString> elsewhere{"version", "weights_hash", "with_head", "width",      "threads",
                              "name",    "unfreeze",     "trainable", "split.seed", "split.order"};

template <typename T>
QStringList fieldsWithoutWords(const std::vector<Field<T>>& fields, const QList<FieldWords>& all)
{
    QStringList lacking;
    for (const Field<T>& field : fields) {
        const QString name = QString::fromStdString(field.name);
        const bool isOther = elsewhere.contains(name) || name.startsWith("augmentation.");
        const FieldWords words = wordsOf(all, field.name);
        if (!isOther && (words.undo.isEmpty() || words.name() == name)) {
            lacking << name;
        }
        for (const std::string& choice : field.choices) {
            const QString word = QString::fromStdString(choice);
            // bfloat16 has no other name.
            if (!isOther && word != "bfloat16" && choiceText(name, word) == word) {
                lacking << name + '=' + word;
            }
        }
    }
    return lacking;
}

} // namespace

class TestRecipeWords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyFieldAndChoiceHasWords()
    {
        QCOMPARE(fieldsWithoutWords(recipeFields(), recipeWords()), QStringList());
        QCOMPARE(fieldsWithoutWords(phaseFields(), phaseWords()), QStringList());
    }

    void wordsAreOfFields()
    {
        for (const FieldWords& words : recipeWords()) {
            QVERIFY2(findField(recipeFields(), words.field.toStdString()), qPrintable(words.field));
        }
        for (const FieldWords& words : phaseWords()) {
            const auto* field = findField(phaseFields(), words.field.toStdString());
            QVERIFY2(field, qPrintable(words.field));
            QVERIFY2(words.isBasic || !words.tooltip.isEmpty(), qPrintable(words.field));
        }
    }

    void whatHasNoWordsGoesByItsName()
    {
        const FieldWords words = wordsOf(recipeWords(), "augmentation.sharpness");
        QCOMPARE(words.name(), "augmentation.sharpness");
        QCOMPARE(choiceText("augmentation.fill", "mirror"), "mirror");
    }

    void tellsValues()
    {
        Recipe recipe = bookRecipe();
        const auto text = [&recipe](const char* name) {
            return fieldText(*findField(recipeFields(), name), wordsOf(recipeWords(), name), recipe);
        };
        recipe.seed = 9007199254740991;
        QCOMPARE(text("seed"), "9007199254740991");
        QCOMPARE(text("input_size"), "180 px");
        QCOMPARE(text("dropout"), "0.5");
        QCOMPARE(text("exif"), "Yes");
        QCOMPARE(text("precision"), "32-bit (exact)");
        QCOMPARE(text("label_smoothing"), "off");
        QCOMPARE(text("augmentation.views"), "New ones every epoch");
        const auto& patience = *findField(phaseFields(), "early_stopping.patience");
        PhaseRecipe phase;
        phase.earlyStopping.patience = 3;
        QCOMPARE(fieldText(patience, wordsOf(phaseWords(), patience.name), phase), "3 epoch(s)");
    }
};

THAW_TEST(TestRecipeWords)
#include "test_recipe_words.moc"
