#include "core/experiment/recipe_fields.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/number_text.h"
#include "core/data/input/augmentation_operations.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>

namespace thaw {

namespace {

std::string shortest(double value)
{
    return std::isnan(value) ? "not a number" : numberText(value);
}

std::string describe(const FieldValue& value)
{
    struct Visitor
    {
        std::string operator()(std::monostate) const { return "of another type"; }
        std::string operator()(bool truth) const { return truth ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return shortest(number); }
        std::string operator()(const std::string& text) const { return jsonQuoted(text); }
        std::string operator()(const std::vector<std::string>&) const { return "a list"; }
    };
    return std::visit(Visitor{}, value);
}

std::string mustBe(const std::string& rule, const FieldValue& value)
{
    return "must be " + rule + ", is " + describe(value);
}

template <typename T>
bool always(const T&)
{
    return true;
}

/// An int or std::uint64_t member between two bounds.
template <typename T, typename Access>
Field<T> wholeNumber(std::string name, Decides decides, Access access, std::int64_t low, std::int64_t high)
{
    using Member = std::remove_cvref_t<std::invoke_result_t<Access, T&>>;
    const NumberRange range{static_cast<double>(low), static_cast<double>(high), true, true, true};
    const std::string rule = range.rule();
    auto set = [=](T& target, const FieldValue& value) -> std::string {
        if (const auto* real = std::get_if<double>(&value)) {
            if (std::trunc(*real) != *real) {
                return mustBe("a whole number", value);
            }
            if (std::abs(*real) > static_cast<double>(maxSeed) ||
                !std::in_range<Member>(static_cast<std::int64_t>(*real)))
            {
                return mustBe(rule, value);
            }
            access(target) = static_cast<Member>(*real);
            return {};
        }
        const auto* whole = std::get_if<std::int64_t>(&value);
        if (!whole) {
            return mustBe("a whole number", value);
        }
        if (!std::in_range<Member>(*whole)) {
            return mustBe(rule, value);
        }
        access(target) = static_cast<Member>(*whole);
        return {};
    };
    auto check = [=](const T& source) -> std::string {
        const Member value = access(source);
        const bool inside = std::cmp_less_equal(low, value) && std::cmp_less_equal(value, high);
        return inside ? std::string() : "must be " + rule + ", is " + std::to_string(value);
    };
    auto get = [=](const T& source) { return FieldValue(static_cast<std::int64_t>(access(source))); };
    return {std::move(name), decides, FieldType::Integer, get, set, check, always<T>, range};
}

template <typename T, typename Access>
Field<T> number(std::string name, Decides decides, Access access, const NumberRange& range)
{
    auto set = [=](T& target, const FieldValue& value) -> std::string {
        if (const auto* whole = std::get_if<std::int64_t>(&value)) {
            access(target) = static_cast<double>(*whole);
            return {};
        }
        if (const auto* real = std::get_if<double>(&value)) {
            access(target) = *real;
            return {};
        }
        return mustBe("a number", value);
    };
    auto check = [=](const T& source) -> std::string {
        const double value = access(source);
        return range.contains(value) ? std::string() : mustBe(range.rule(), value);
    };
    auto get = [=](const T& source) { return FieldValue(access(source)); };
    return {std::move(name), decides, FieldType::Number, get, set, check, always<T>, range};
}

template <typename T, typename Access>
Field<T> truth(std::string name, Decides decides, Access access)
{
    auto set = [=](T& target, const FieldValue& value) -> std::string {
        const auto* given = std::get_if<bool>(&value);
        if (!given) {
            return mustBe("true or false", value);
        }
        access(target) = *given;
        return {};
    };
    auto get = [=](const T& source) { return FieldValue(access(source)); };
    auto check = [](const T&) { return std::string(); };
    return {std::move(name), decides, FieldType::Truth, get, set, check, always<T>};
}

/// @param check is given the text and returns what is wrong with it, or ""
template <typename T, typename Access, typename Check>
Field<T> text(std::string name, Decides decides, Access access, Check check)
{
    auto set = [=](T& target, const FieldValue& value) -> std::string {
        const auto* given = std::get_if<std::string>(&value);
        if (!given) {
            return mustBe("a text", value);
        }
        access(target) = *given;
        return {};
    };
    auto get = [=](const T& source) { return FieldValue(access(source)); };
    auto checkField = [=](const T& source) -> std::string { return check(access(source)); };
    return {std::move(name), decides, FieldType::Text, get, set, checkField, always<T>};
}

/// One of an enumeration's words.
template <typename T, typename Access, typename Enum>
Field<T> word(std::string name, Decides decides, Access access, std::vector<Enum> values)
{
    std::string rule = values.size() > 1 ? "one of " : "";
    for (std::size_t i = 0; i < values.size(); ++i) {
        rule += (i ? ", " : "") + jsonQuoted(nameOf(values[i]));
    }
    auto set = [=](T& target, const FieldValue& value) -> std::string {
        if (const auto* given = std::get_if<std::string>(&value)) {
            for (const Enum candidate : values) {
                if (*given == nameOf(candidate)) {
                    access(target) = candidate;
                    return {};
                }
            }
        }
        return mustBe(rule, value);
    };
    auto get = [=](const T& source) { return FieldValue(std::string(nameOf(access(source)))); };
    auto check = [](const T&) { return std::string(); };
    Field<T> field{std::move(name), decides, FieldType::Text, get, set, check, always<T>};
    std::transform(values.begin(), values.end(), std::back_inserter(field.choices),
                   [](Enum value) { return std::string(nameOf(value)); });
    return field;
}

NumberRange closed(double low, double high)
{
    return {low, high};
}

NumberRange fromZeroBelowOne()
{
    return {.low = 0, .high = 1, .hasHigh = false};
}

NumberRange aboveZeroUpToOne()
{
    return {.low = 0, .high = 1, .hasLow = false};
}

NumberRange aboveZero()
{
    return {.low = 0, .high = std::numeric_limits<double>::infinity(), .hasLow = false, .hasHigh = false};
}

NumberRange fromZero()
{
    return {.low = 0, .high = std::numeric_limits<double>::infinity(), .hasHigh = false};
}

NumberRange insideZeroAndOne()
{
    return {.low = 0, .high = 1, .hasLow = false, .hasHigh = false};
}

std::string checkName(const std::string& name)
{
    constexpr std::size_t longest = 200;
    if (name.empty()) {
        return "must not be empty";
    }
    return name.size() > longest ? "must not be longer than " + std::to_string(longest) + " bytes"
                                 : std::string();
}

std::string checkDevice(const std::string& device)
{
    const std::string prefix = "cuda:";
    const bool numbered = device.starts_with(prefix) && device.size() > prefix.size() && device.size() < 9 &&
                          std::all_of(device.begin() + static_cast<std::ptrdiff_t>(prefix.size()),
                                      device.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool known = numbered || device == "auto" || device == "cpu" || device == "cuda";
    return known ? std::string() : mustBe(R"("auto", "cpu", "cuda" or "cuda:N")", device);
}

std::string checkWeights(const std::string& weights)
{
    return weights.empty() ? R"(must be "imagenet", "none" or a file, is empty)" : "";
}

std::string checkHash(const std::string& hash)
{
    const bool hexadecimal = std::all_of(
        hash.begin(), hash.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    const bool good = hash.empty() || (hash.size() == 64 && hexadecimal);
    return good ? std::string() : mustBe("empty or 64 hexadecimal digits", hash);
}

template <typename T>
Field<T> counting(Unit unit, Field<T> field)
{
    field.unit = unit;
    return field;
}

using PhaseTest = std::function<bool(const PhaseRecipe&)>;

Field<PhaseRecipe> applyingWhere(Field<PhaseRecipe> field, PhaseTest applies)
{
    field.applies = std::move(applies);
    return field;
}

/// A field that says something only in some phases is left out of the others' recipe.json.
Field<PhaseRecipe> writtenWhere(Field<PhaseRecipe> field, const PhaseTest& isWritten)
{
    field.isWritten = isWritten;
    return applyingWhere(std::move(field), isWritten);
}

Field<PhaseRecipe> unfreezeField()
{
    auto field = wholeNumber<PhaseRecipe>(
        "unfreeze", Decides::Result, [](auto& phase) -> auto& { return phase.unfreeze; }, 0, baseLayerCount);
    field.set = [inner = field.set](PhaseRecipe& phase, const FieldValue& value) {
        std::string problem = inner(phase, value);
        if (problem.empty()) {
            phase.usesTrainable = false;
            phase.trainable.clear();
        }
        return problem;
    };
    field.check = [inner = field.check](const PhaseRecipe& phase) {
        return phase.usesTrainable ? std::string() : inner(phase);
    };
    field.isWritten = [](const PhaseRecipe& phase) { return !phase.usesTrainable; };
    return field;
}

Field<PhaseRecipe> trainableField()
{
    auto set = [](PhaseRecipe& phase, const FieldValue& value) -> std::string {
        const auto* names = std::get_if<std::vector<std::string>>(&value);
        if (!names) {
            return mustBe("a list of layer names", value);
        }
        phase.trainable = *names;
        phase.usesTrainable = true;
        phase.unfreeze = 0;
        return {};
    };
    auto check = [](const PhaseRecipe& phase) -> std::string {
        if (phase.usesTrainable) {
            for (const std::string& name : phase.trainable) {
                if (layerIndex(name) < 1) {
                    return "must name layers of the base (block1_conv1 to block5_pool), has " +
                           jsonQuoted(name);
                }
            }
        }
        return {};
    };
    return {"trainable",
            Decides::Result,
            FieldType::TextList,
            [](const PhaseRecipe& phase) { return FieldValue(phase.trainable); },
            set,
            check,
            [](const PhaseRecipe& phase) { return phase.usesTrainable; }};
}

/// A row for each augmentation. What draws by its own name came later than stored features did.
std::vector<Field<Recipe>> withAugmentations(std::vector<Field<Recipe>> fields)
{
    for (const AugmentationOperation& operation : augmentationOperations()) {
        const auto access = [strength = operation.strength](auto& recipe) -> auto&
        {
            return recipe.augmentation.*strength;
        };
        Field<Recipe>& field =
            fields.emplace_back(number<Recipe>("augmentation." + std::string(operation.name),
                                               Decides::Features, access, closed(0, operation.most)));
        if (operation.stream == DrawStream::Own) {
            field.unkeyed = FieldValue(0.0);
        }
    }
    Field<Recipe>& fill = fields.emplace_back(word<Recipe>(
        "augmentation.fill", Decides::Features,
        [](auto& recipe) -> auto& { return recipe.augmentation.fill; },
        std::vector{FillMode::Reflect, FillMode::Constant, FillMode::Nearest, FillMode::Wrap}));
    fill.unkeyed = FieldValue(std::string(nameOf(FillMode::Reflect)));
    fields.push_back(wholeNumber<Recipe>(
        "augmentation.views", Decides::Result,
        [](auto& recipe) -> auto& { return recipe.augmentation.views; }, 0, 1000));
    fields.push_back(wholeNumber<Recipe>(
        "augmentation.views_seed", Decides::Features,
        [](auto& recipe) -> auto& { return recipe.augmentation.viewsSeed; }, 0, maxSeed));
    return fields;
}

} // namespace

std::string valueText(const FieldValue& value)
{
    if (const auto* text = std::get_if<std::string>(&value)) {
        return *text;
    }
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        std::string list;
        for (const std::string& text : *texts) {
            list += (list.empty() ? "" : ",") + text;
        }
        return list;
    }
    return describe(value);
}

bool NumberRange::contains(double value) const
{
    const bool isAbove = hasLow ? value >= low : value > low;
    const bool isBelow = hasHigh ? value <= high : value < high;
    return isAbove && isBelow && (!isWhole || std::trunc(value) == value);
}

std::string NumberRange::rule() const
{
    const auto text = [this](double bound) {
        return isWhole ? std::to_string(static_cast<std::int64_t>(bound)) : shortest(bound);
    };
    if (hasLow && hasHigh) {
        return "between " + text(low) + " and " + text(high);
    }
    const std::string from = (hasLow ? "at least " : "above ") + text(low);
    return std::isinf(high) ? from : from + " and " + (hasHigh ? "at most " : "below ") + text(high);
}

const std::vector<Field<Recipe>>& recipeFields()
{
    using R = Recipe;
    static const std::vector<Field<Recipe>> fields = withAugmentations({
        wholeNumber<R>(
            "version", Decides::Nothing, [](auto& r) -> auto& { return r.version; }, 1, recipeVersion),
        text<R>(
            "name", Decides::Nothing, [](auto& r) -> auto& { return r.name; }, checkName),
        counting(Unit::Pixels, wholeNumber<R>(
                                   "input_size", Decides::Features,
                                   [](auto& r) -> auto& { return r.inputSize; }, minInputSize, maxInputSize)),
        wholeNumber<R>(
            "batch_size", Decides::Features, [](auto& r) -> auto& { return r.batchSize; }, 1, 1024),
        wholeNumber<R>(
            "seed", Decides::Result, [](auto& r) -> auto& { return r.seed; }, 0, maxSeed),
        wholeNumber<R>(
            "threads", Decides::Features, [](auto& r) -> auto& { return r.threads; }, 0, 1024),
        text<R>(
            "device", Decides::Features, [](auto& r) -> auto& { return r.device; }, checkDevice),
        word<R>(
            "precision", Decides::Features, [](auto& r) -> auto& { return r.precision; },
            std::vector{Precision::Auto, Precision::Float32, Precision::Bfloat16, Precision::Float16}),
        word<R>(
            "trained_precision", Decides::Result, [](auto& r) -> auto& { return r.trainedPrecision; },
            std::vector{Precision::Auto, Precision::Float32, Precision::Bfloat16, Precision::Float16}),
        text<R>(
            "weights", Decides::Result, [](auto& r) -> auto& { return r.weights; }, checkWeights),
        text<R>(
            "weights_hash", Decides::Result, [](auto& r) -> auto& { return r.weightsHash; }, checkHash),
        truth<R>(
            "with_head", Decides::Result, [](auto& r) -> auto& { return r.withHead; }),
        number<R>(
            "width", Decides::Result, [](auto& r) -> auto& { return r.width; }, aboveZeroUpToOne()),
        word<R>(
            "head", Decides::Result, [](auto& r) -> auto& { return r.head; },
            std::vector(std::begin(headKinds), std::end(headKinds))),
        number<R>(
            "dropout", Decides::Result, [](auto& r) -> auto& { return r.dropout; }, closed(0, 0.95)),
        word<R>(
            "output_initializer", Decides::Result, [](auto& r) -> auto& { return r.outputInitializer; },
            std::vector{OutputInitializer::GlorotUniform, OutputInitializer::Zeros}),
        word<R>(
            "resize", Decides::Features, [](auto& r) -> auto& { return r.resize; },
            std::vector{ResizeRule::Stretch, ResizeRule::CenterCrop, ResizeRule::Letterbox,
                        ResizeRule::Antialiased}),
        truth<R>(
            "exif", Decides::Features, [](auto& r) -> auto& { return r.exif; }),
        word<R>(
            "dct_method", Decides::Features, [](auto& r) -> auto& { return r.dctMethod; },
            std::vector{DctMethod::Accurate, DctMethod::Fast}),
        truth<R>(
            "keep_validation_features", Decides::Nothing,
            [](auto& r) -> auto& { return r.keepValidationFeatures; }),
        word<R>(
            "class_weights", Decides::Result, [](auto& r) -> auto& { return r.classWeights; },
            std::vector{ClassWeights::None, ClassWeights::Balanced}),
        number<R>(
            "label_smoothing", Decides::Result, [](auto& r) -> auto& { return r.labelSmoothing; },
            fromZeroBelowOne()),
        number<R>(
            "split.validation", Decides::Result, [](auto& r) -> auto& { return r.split.validation; },
            fromZeroBelowOne()),
        number<R>(
            "split.test", Decides::Result, [](auto& r) -> auto& { return r.split.test; }, fromZeroBelowOne()),
        wholeNumber<R>(
            "split.seed", Decides::Result, [](auto& r) -> auto& { return r.split.seed; }, 0, maxSeed),
        word<R>(
            "split.order", Decides::Result, [](auto& r) -> auto& { return r.split.order; },
            std::vector{SplitOrder::TestFirst, SplitOrder::ValidationFirst}),
    });
    return fields;
}

const std::vector<Field<PhaseRecipe>>& phaseFields()
{
    using P = PhaseRecipe;
    const auto isSgd = [](const P& p) { return p.optimizer == OptimizerKind::Sgd; };
    const auto isReducing = [](const P& p) { return p.reduceOnPlateau.patience > 0; };
    static const std::vector<Field<PhaseRecipe>> fields{
        text<P>(
            "name", Decides::Nothing, [](auto& p) -> auto& { return p.name; }, checkName),
        counting(Unit::Epochs,
                 wholeNumber<P>(
                     "epochs", Decides::Result, [](auto& p) -> auto& { return p.epochs; }, 1, mostEpochs)),
        word<P>(
            "optimizer", Decides::Result, [](auto& p) -> auto& { return p.optimizer; },
            std::vector{OptimizerKind::Rmsprop, OptimizerKind::Sgd, OptimizerKind::Adam,
                        OptimizerKind::Adamw}),
        writtenWhere(
            number<P>(
                "momentum", Decides::Result, [](auto& p) -> auto& { return p.momentum; }, fromZeroBelowOne()),
            isSgd),
        applyingWhere(
            writtenWhere(truth<P>(
                             "nesterov", Decides::Result, [](auto& p) -> auto& { return p.nesterov; }),
                         isSgd),
            [](const P& p) { return p.optimizer == OptimizerKind::Sgd && p.momentum > 0; }),
        writtenWhere(
            number<P>(
                "weight_decay", Decides::Result, [](auto& p) -> auto& { return p.weightDecay; }, fromZero()),
            [](const P& p) { return p.optimizer == OptimizerKind::Adamw; }),
        number<P>(
            "learning_rate", Decides::Result, [](auto& p) -> auto& { return p.learningRate; }, aboveZero()),
        word<P>(
            "schedule", Decides::Result, [](auto& p) -> auto& { return p.schedule; },
            std::vector{RateSchedule::Constant, RateSchedule::Cosine}),
        number<P>(
            "ema_momentum", Decides::Result, [](auto& p) -> auto& { return p.emaMomentum; },
            fromZeroBelowOne()),
        counting(Unit::Epochs, wholeNumber<P>(
                                   "early_stopping.patience", Decides::Result,
                                   [](auto& p) -> auto& { return p.earlyStopping.patience; }, 0, mostEpochs)),
        writtenWhere(number<P>(
                         "early_stopping.min_delta", Decides::Result,
                         [](auto& p) -> auto& { return p.earlyStopping.minDelta; }, fromZero()),
                     [](const P& p) { return p.earlyStopping.patience > 0; }),
        applyingWhere(counting(Unit::Epochs, wholeNumber<P>(
                                                 "reduce_on_plateau.patience", Decides::Result,
                                                 [](auto& p) -> auto& { return p.reduceOnPlateau.patience; },
                                                 0, mostEpochs)),
                      [](const P& p) { return p.schedule == RateSchedule::Constant; }),
        writtenWhere(number<P>(
                         "reduce_on_plateau.factor", Decides::Result,
                         [](auto& p) -> auto& { return p.reduceOnPlateau.factor; }, insideZeroAndOne()),
                     isReducing),
        writtenWhere(number<P>(
                         "reduce_on_plateau.min_delta", Decides::Result,
                         [](auto& p) -> auto& { return p.reduceOnPlateau.minDelta; }, fromZero()),
                     isReducing),
        writtenWhere(counting(Unit::Epochs, wholeNumber<P>(
                                                "reduce_on_plateau.cooldown", Decides::Result,
                                                [](auto& p) -> auto& { return p.reduceOnPlateau.cooldown; },
                                                0, mostEpochs)),
                     isReducing),
        writtenWhere(number<P>(
                         "reduce_on_plateau.min_rate", Decides::Result,
                         [](auto& p) -> auto& { return p.reduceOnPlateau.minRate; }, fromZero()),
                     isReducing),
        unfreezeField(),
        trainableField(),
        word<P>(
            "start_from", Decides::Result, [](auto& p) -> auto& { return p.startFrom; },
            std::vector{StartFrom::End, StartFrom::Best}),
    };
    return fields;
}

void resetUnused(PhaseRecipe& phase)
{
    // In the order of the table: what one needs stands before it.
    for (const Field<PhaseRecipe>& field : phaseFields()) {
        if (!field.applies(phase)) {
            field.set(phase, field.get(PhaseRecipe{}));
        }
    }
}

NumberRange rangeOf(std::string_view path)
{
    constexpr std::string_view phases = "phases.";
    const auto find = [](const auto& fields, std::string_view name) {
        const auto* field = findField(fields, name);
        return field ? field->range : std::nullopt;
    };
    const std::size_t dot = path.starts_with(phases) ? path.find('.', phases.size()) : path.npos;
    const auto range =
        dot == path.npos ? find(recipeFields(), path) : find(phaseFields(), path.substr(dot + 1));
    if (!range) {
        throw Error(ErrorCode::Usage, {}, "the recipe has no number \"" + std::string(path) + '"');
    }
    return *range;
}

} // namespace thaw
