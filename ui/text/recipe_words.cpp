#include "ui/text/recipe_words.h"

#include "ui/text/plain_text.h"

#include <QCoreApplication>
#include <QHash>
#include <QLocale>

#include <algorithm>

namespace thaw::ui {

namespace {

constexpr double shareStep = 0.05;

struct FieldTexts
{
    Q_DECLARE_TR_FUNCTIONS(RecipeWords)
};

QList<FieldWords> makeRecipeWords()
{
    const QString share = FieldTexts::tr("Of pictures that the data set does not assign itself.");
    const QString off = FieldTexts::tr("off");
    return {
        {.field = "name",
         .label = FieldTexts::tr("&Recipe"),
         .undo = FieldTexts::tr("choose a recipe"),
         .isBasic = true},
        {.field = "weights",
         .label = FieldTexts::tr("Starti&ng weights"),
         .undo = FieldTexts::tr("change the starting weights"),
         .isBasic = true},
        {.field = "input_size",
         .label = FieldTexts::tr("&Input size"),
         .undo = FieldTexts::tr("change the input size"),
         .isBasic = true},
        {.field = "batch_size",
         .label = FieldTexts::tr("&Batch size"),
         .undo = FieldTexts::tr("change the batch size"),
         .isBasic = true},
        {.field = "head",
         .label = FieldTexts::tr("He&ad"),
         .undo = FieldTexts::tr("change the head"),
         .isBasic = true},
        {.field = "dropout",
         .label = FieldTexts::tr("Dropout"),
         .undo = FieldTexts::tr("change the dropout"),
         .tooltip = FieldTexts::tr("Share of the head's inputs that are left out at random in each step."),
         .step = shareStep},
        {.field = "output_initializer",
         .label = FieldTexts::tr("Head initialisation"),
         .undo = FieldTexts::tr("change the head's initialisation"),
         .tooltip =
             FieldTexts::tr("Where the head's last layer begins; or the whole head, as Thaw trained it "
                            "before for the same classes.")},
        {.field = "class_weights",
         .label = FieldTexts::tr("Class weights"),
         .undo = FieldTexts::tr("change the class weights"),
         .tooltip = FieldTexts::tr("Balanced: every class counts the same in training, however few pictures "
                                   "it has. None: each picture counts the same. Keras: class_weight.")},
        {.field = "label_smoothing",
         .label = FieldTexts::tr("Label smoothing"),
         .undo = FieldTexts::tr("change label smoothing"),
         .tooltip =
             FieldTexts::tr("Above zero, training aims a little below full certainty, which helps where "
                            "some pictures are in the wrong class. Keras: label_smoothing."),
         .lowest = off,
         .step = shareStep},
        {.field = "precision",
         .label = FieldTexts::tr("Precision (frozen)"),
         .undo = FieldTexts::tr("change the precision"),
         .tooltip = FieldTexts::tr("Arithmetic of the frozen layers.")},
        {.field = "trained_precision",
         .label = FieldTexts::tr("Precision (trained)"),
         .undo = FieldTexts::tr("change the precision"),
         .tooltip =
             FieldTexts::tr("Arithmetic of the base's layers that train. Their weights and the head stay "
                            "in 32 bits.")},
        {.field = "device", .label = FieldTexts::tr("Device"), .undo = FieldTexts::tr("change the device")},
        {.field = "seed",
         .label = FieldTexts::tr("Random seed"),
         .undo = FieldTexts::tr("change the seed"),
         .tooltip = FieldTexts::tr("The same seed, settings and pictures give the same run.")},
        {.field = "resize",
         .label = FieldTexts::tr("Resize by"),
         .undo = FieldTexts::tr("change the resize rule")},
        {.field = "dct_method",
         .label = FieldTexts::tr("JPEG decoding"),
         .undo = FieldTexts::tr("change JPEG decoding"),
         .tooltip = FieldTexts::tr("TensorFlow, and so Keras, decodes JPEGs by the fast method. Most other "
                                   "programs, and those that run an exported model, use the accurate one.")},
        {.field = "split.validation",
         .label = FieldTexts::tr("Validation share"),
         .undo = FieldTexts::tr("change the validation share"),
         .tooltip = share,
         .step = shareStep},
        {.field = "split.test",
         .label = FieldTexts::tr("Test share"),
         .undo = FieldTexts::tr("change the test share"),
         .tooltip = share,
         .step = shareStep},
        {.field = "exif",
         .label = FieldTexts::tr("Turn photographs upright"),
         .undo = FieldTexts::tr("change turning upright")},
        {.field = "keep_validation_features",
         .label = FieldTexts::tr("Keep validation features"),
         .undo = FieldTexts::tr("change keeping validation features"),
         .tooltip =
             FieldTexts::tr("Compute what frozen layers make of validation pictures once, not every epoch.")},
        {.field = "augmentation.views",
         .label = FieldTexts::tr("Stored views"),
         .undo = FieldTexts::tr("change the stored views"),
         .tooltip = FieldTexts::tr("How many variations of each picture are computed once and stored. Later "
                                   "epochs then take seconds; more of them learn better."),
         .lowest = FieldTexts::tr("New ones every epoch")},
    };
}

QList<FieldWords> makePhaseWords()
{
    const QString off = FieldTexts::tr("off");
    const QString better = FieldTexts::tr("A loss counts as better only if it is lower by more than this. "
                                          "Keras: min_delta.");
    return {
        {.field = "epochs",
         .label = FieldTexts::tr("Epochs"),
         .undo = FieldTexts::tr("change the epochs"),
         .isBasic = true},
        {.field = "learning_rate",
         .label = FieldTexts::tr("Learning rate"),
         .undo = FieldTexts::tr("change the learning rate"),
         .step = 0,
         .isBasic = true},
        {.field = "optimizer",
         .label = FieldTexts::tr("Optimizer"),
         .undo = FieldTexts::tr("change the optimizer"),
         .tooltip =
             FieldTexts::tr("How weights follow from what a step has found. RMSprop suits most; SGD wants "
                            "a higher learning rate.")},
        {.field = "momentum",
         .label = FieldTexts::tr("Momentum"),
         .undo = FieldTexts::tr("change the momentum"),
         .tooltip =
             FieldTexts::tr("Share of each step that goes on into the next one: 0.9 is usual with SGD."),
         .lowest = off,
         .step = shareStep},
        {.field = "nesterov",
         .label = FieldTexts::tr("Nesterov momentum"),
         .undo = FieldTexts::tr("change Nesterov momentum"),
         .tooltip =
             FieldTexts::tr("Nesterov's momentum: a step looks where the momentum will have led. Keras: "
                            "nesterov.")},
        {.field = "weight_decay",
         .label = FieldTexts::tr("Weight decay"),
         .undo = FieldTexts::tr("change weight decay"),
         .tooltip =
             FieldTexts::tr("Each step makes the weights smaller by this times the learning rate, against "
                            "learning by heart."),
         .lowest = off,
         .step = 0},
        {.field = "schedule",
         .label = FieldTexts::tr("Schedule"),
         .undo = FieldTexts::tr("change the schedule"),
         .tooltip = FieldTexts::tr("How the learning rate changes within the phase. Keras: CosineDecay.")},
        {.field = "ema_momentum",
         .label = FieldTexts::tr("Weight averaging"),
         .undo = FieldTexts::tr("change weight averaging"),
         .tooltip = FieldTexts::tr(
             "Above zero, the phase keeps a moving average of its weights over the last steps: "
             "0.99 over about a hundred. Validation and the saved model use the average. Keras: "
             "ema_momentum."),
         .lowest = off,
         .step = 0.01},
        {.field = "early_stopping.patience",
         .label = FieldTexts::tr("Early stopping"),
         .undo = FieldTexts::tr("change early stopping"),
         .tooltip = FieldTexts::tr("The phase ends after so many epochs in which the validation loss was not "
                                   "better. Keras: EarlyStopping."),
         .lowest = off},
        {.field = "early_stopping.min_delta",
         .label = FieldTexts::tr("Stopping: smallest gain"),
         .undo = FieldTexts::tr("change early stopping"),
         .tooltip = better,
         .lowest = FieldTexts::tr("any"),
         .step = 0},
        {.field = "reduce_on_plateau.patience",
         .label = FieldTexts::tr("Reduce on plateau"),
         .undo = FieldTexts::tr("change reducing on a plateau"),
         .tooltip =
             FieldTexts::tr("The learning rate is lowered after so many epochs in which the validation "
                            "loss was not better. Keras: ReduceLROnPlateau."),
         .lowest = off},
        {.field = "reduce_on_plateau.factor",
         .label = FieldTexts::tr("Plateau: factor"),
         .undo = FieldTexts::tr("change reducing on a plateau"),
         .tooltip = FieldTexts::tr("What the learning rate is multiplied by. Keras: factor."),
         .step = shareStep},
        {.field = "reduce_on_plateau.min_delta",
         .label = FieldTexts::tr("Plateau: smallest gain"),
         .undo = FieldTexts::tr("change reducing on a plateau"),
         .tooltip = better,
         .lowest = FieldTexts::tr("any"),
         .step = 0},
        {.field = "reduce_on_plateau.cooldown",
         .label = FieldTexts::tr("Plateau: cooldown"),
         .undo = FieldTexts::tr("change reducing on a plateau"),
         .tooltip =
             FieldTexts::tr("Epochs after the rate was lowered that are not counted. Keras: cooldown."),
         .lowest = FieldTexts::tr("none")},
        {.field = "reduce_on_plateau.min_rate",
         .label = FieldTexts::tr("Plateau: lowest rate"),
         .undo = FieldTexts::tr("change reducing on a plateau"),
         .tooltip = FieldTexts::tr("The learning rate does not fall below it. Keras: min_lr."),
         .lowest = FieldTexts::tr("none"),
         .step = 0},
        {.field = "start_from",
         .label = FieldTexts::tr("Starts from"),
         .undo = FieldTexts::tr("change what the phase starts from"),
         .tooltip = FieldTexts::tr("Weights of the phase before: those at its end, or its best ones."),
         .isOfLaterPhases = true},
    };
}

/// By "field=choice"; a choice of several fields by "=choice".
QHash<QString, QString> makeChoiceTexts()
{
    return {
        {"head=book", FieldTexts::tr("Book: two dense layers")},
        {"head=pooled", FieldTexts::tr("Pooled: small")},
        {"head=average-max", FieldTexts::tr("Average and maximum: small")},
        {"output_initializer=glorot_uniform", FieldTexts::tr("At random (Glorot)")},
        {"output_initializer=zeros", FieldTexts::tr("At zero")},
        {"class_weights=none", FieldTexts::tr("None")},
        {"class_weights=balanced", FieldTexts::tr("Balanced")},
        {"=auto", FieldTexts::tr("Automatic")},
        {"=float32", FieldTexts::tr("32-bit (exact)")},
        {"=bfloat16", FieldTexts::tr("bfloat16")},
        {"=float16", FieldTexts::tr("float16 (NVIDIA)")},
        {"resize=stretch", FieldTexts::tr("Stretch")},
        {"resize=center-crop", FieldTexts::tr("Centre crop")},
        {"resize=letterbox", FieldTexts::tr("Letterbox")},
        {"resize=antialiased", FieldTexts::tr("Stretch, antialiased")},
        {"dct_method=accurate", FieldTexts::tr("Accurate")},
        {"dct_method=fast", FieldTexts::tr("Fast, as in TensorFlow")},
        {"optimizer=rmsprop", FieldTexts::tr("RMSprop")},
        {"optimizer=sgd", FieldTexts::tr("SGD")},
        {"optimizer=adam", FieldTexts::tr("Adam")},
        {"optimizer=adamw", FieldTexts::tr("AdamW")},
        {"schedule=constant", FieldTexts::tr("Constant rate")},
        {"schedule=cosine", FieldTexts::tr("Cosine to zero")},
        {"start_from=end", FieldTexts::tr("Last weights")},
        {"start_from=best", FieldTexts::tr("Best weights")},
    };
}

} // namespace

QString FieldWords::name() const
{
    return QString(label).remove('&');
}

const QList<FieldWords>& recipeWords()
{
    static const QList<FieldWords> words = makeRecipeWords();
    return words;
}

const QList<FieldWords>& phaseWords()
{
    static const QList<FieldWords> words = makePhaseWords();
    return words;
}

FieldWords wordsOf(const QList<FieldWords>& all, const std::string& field)
{
    const QString name = QString::fromStdString(field);
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const FieldWords& each) { return each.field == name; });
    return found != all.end() ? *found : FieldWords{.field = name, .label = plainLine(name), .undo = {}};
}

QString choiceText(const QString& field, const QString& choice)
{
    static const QHash<QString, QString> texts = makeChoiceTexts();
    return texts.value(field + '=' + choice, texts.value('=' + choice, plainLine(choice)));
}

QString unitText(Unit unit)
{
    switch (unit) {
    case Unit::Pixels:
        return FieldTexts::tr("px");
    case Unit::Epochs:
        return FieldTexts::tr("epochs");
    case Unit::None:
        break;
    }
    return {};
}

QString fieldText(const FieldValue& value, const FieldWords& words, Unit unit)
{
    const QLocale locale;
    if (const auto* truth = std::get_if<bool>(&value)) {
        return *truth ? FieldTexts::tr("Yes") : FieldTexts::tr("No");
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return choiceText(words.field, QString::fromStdString(*text));
    }
    const auto* whole = std::get_if<std::int64_t>(&value);
    const auto* real = std::get_if<double>(&value);
    const bool isZero = (whole && *whole == 0) || (real && *real == 0);
    if (isZero && !words.lowest.isEmpty()) {
        return words.lowest;
    }
    if (whole && unit == Unit::Epochs) {
        return FieldTexts::tr("%n epoch(s)", nullptr, int(*whole));
    }
    if (whole && unit == Unit::Pixels) {
        return FieldTexts::tr("%1 px").arg(locale.toString(qlonglong(*whole)));
    }
    // Whole numbers without groups, which a seed is not read in.
    return whole ? QString::number(*whole) : real ? locale.toString(*real, 'g', 6) : QString();
}

} // namespace thaw::ui
