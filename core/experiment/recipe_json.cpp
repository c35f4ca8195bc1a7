#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/near_names.h"
#include "core/experiment/recipe.h"
#include "core/experiment/recipe_fields.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace thaw {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

FieldValue toFieldValue(const Json& json)
{
    switch (json.type()) {
    case Json::value_t::boolean:
        return json.get<bool>();
    case Json::value_t::number_integer:
        return json.get<std::int64_t>();
    case Json::value_t::number_unsigned: {
        const auto value = json.get<std::uint64_t>();
        const bool fits = std::in_range<std::int64_t>(value);
        return fits ? FieldValue(static_cast<std::int64_t>(value)) : FieldValue(static_cast<double>(value));
    }
    case Json::value_t::number_float:
        return json.get<double>();
    case Json::value_t::string:
        return json.get<std::string>();
    case Json::value_t::array: {
        std::vector<std::string> texts;
        for (const Json& element : json) {
            if (!element.is_string()) {
                return std::monostate{};
            }
            texts.push_back(element.get<std::string>());
        }
        return texts;
    }
    default:
        return std::monostate{};
    }
}

OrderedJson toJson(const FieldValue& value)
{
    struct Visitor
    {
        OrderedJson operator()(std::monostate) const { return nullptr; }
        OrderedJson operator()(bool truth) const { return truth; }
        OrderedJson operator()(std::int64_t number) const { return number; }
        OrderedJson operator()(double number) const { return number; }
        OrderedJson operator()(const std::string& text) const { return text; }
        OrderedJson operator()(const std::vector<std::string>& texts) const
        {
            auto list = OrderedJson::array();
            for (const std::string& text : texts) {
                list.push_back(text);
            }
            return list;
        }
    };
    return std::visit(Visitor{}, value);
}

/// The place of a field in a document: `document[group][rest]` or `document[name]`.
template <typename T>
OrderedJson& placeOf(OrderedJson& document, const Field<T>& field)
{
    const std::string group = field.group();
    return group.empty() ? document[field.name] : document[group][field.name.substr(group.size() + 1)];
}

template <typename T>
void writeFields(OrderedJson& document, const T& source, const std::vector<Field<T>>& fields,
                 bool all = false)
{
    for (const Field<T>& field : fields) {
        if (all || field.isWritten(source)) {
            placeOf(document, field) = toJson(field.get(source));
        }
    }
}

/// Every known key, for unknownKeysOf.
const std::string& knownKeys()
{
    static const std::string keys = [] {
        OrderedJson document;
        writeFields(document, Recipe{}, recipeFields(), true);
        OrderedJson phase;
        writeFields(phase, PhaseRecipe{}, phaseFields(), true);
        document["phases"] = OrderedJson::array({phase});
        return document.dump();
    }();
    return keys;
}

class Reader
{
public:
    explicit Reader(std::vector<RecipeIssue>& issues) : m_issues(issues) {}

    template <typename T>
    void readFields(const Json& document, T& target, const std::vector<Field<T>>& fields,
                    const std::string& prefix)
    {
        std::string badGroup;
        for (const Field<T>& field : fields) {
            const std::string group = field.group();
            const Json* holder = &document;
            std::string key = field.name;
            if (!group.empty()) {
                const auto found = document.find(group);
                if (found == document.end() || group == badGroup) {
                    continue;
                }
                if (!found->is_object()) {
                    add(prefix + group, "must be an object");
                    badGroup = group;
                    continue;
                }
                holder = &*found;
                key = field.name.substr(group.size() + 1);
            }
            if (const auto value = holder->find(key); value != holder->end()) {
                add(prefix + field.name, field.set(target, toFieldValue(*value)));
            }
        }
    }

    void readPhases(const Json& phases, Recipe& recipe)
    {
        if (!phases.is_array()) {
            add("phases", "must be a list of phases");
            return;
        }
        recipe.phases.clear();
        for (std::size_t i = 0; i < phases.size(); ++i) {
            const std::string prefix = "phases." + std::to_string(i);
            PhaseRecipe& phase = recipe.phases.emplace_back();
            phase.name = "phase " + std::to_string(i + 1);
            if (i >= maxPhases) {
                return; // one too many is enough for checkRecipe to say so
            }
            if (!phases[i].is_object()) {
                add(prefix, "must be an object");
                continue;
            }
            if (phases[i].contains("unfreeze") && phases[i].contains("trainable")) {
                add(prefix + ".trainable", "must not be given together with unfreeze");
            }
            readFields(phases[i], phase, phaseFields(), prefix + ".");
        }
    }

private:
    void add(const std::string& field, const std::string& message)
    {
        if (!message.empty()) {
            m_issues.push_back({field, message});
        }
    }

    std::vector<RecipeIssue>& m_issues;
};

void refuseNewerVersion(const Json& document, const std::filesystem::path& path)
{
    const auto version = document.find("version");
    if (version != document.end() && version->is_number() && version->get<double>() > recipeVersion) {
        throw Error(ErrorCode::RecipeInvalid, path,
                    "the recipe is of version " + version->dump() + ", this program reads up to version " +
                        std::to_string(recipeVersion),
                    "use a newer Thaw");
    }
}

/// Gives a recipe of version 1 the rule of the split that held then, where the text names no other.
void readAsVersion1(Recipe& recipe, const Json& document)
{
    const auto split = document.find("split");
    const auto names = [&](const char* key) { return split != document.end() && split->contains(key); };
    if (!names("seed")) {
        recipe.split.seed =
            std::min<std::uint64_t>(recipe.seed, maxSeed); // a greater one is an issue by itself
    }
    if (!names("order")) {
        recipe.split.order = SplitOrder::ValidationFirst;
    }
    recipe.version = recipeVersion;
}

std::vector<std::string> splitAt(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

/// What was typed after `--set PATH=`: JSON; a text may stand bare, a list of texts with commas.
FieldValue parseSetValue(FieldType type, std::string_view value)
{
    const Json json = Json::parse(value, nullptr, false);
    if (type == FieldType::Text && !json.is_string()) {
        return std::string(value);
    }
    if (type == FieldType::TextList && !json.is_array()) {
        return value.empty() ? std::vector<std::string>() : splitAt(value, ',');
    }
    return json.is_discarded() ? FieldValue(std::string(value)) : toFieldValue(json);
}

std::vector<std::string> settablePaths(const Recipe& recipe)
{
    std::vector<std::string> paths;
    for (const auto& field : recipeFields()) {
        paths.push_back(field.name);
    }
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        for (const auto& field : phaseFields()) {
            paths.push_back("phases." + std::to_string(i) + "." + field.name);
        }
    }
    return paths;
}

[[noreturn]] void throwNoSuchField(const Recipe& recipe, std::string_view path)
{
    const auto near = nearNames(path, settablePaths(recipe));
    std::string advice;
    for (const std::string& name : near) {
        advice += (advice.empty() ? "did you mean " : " or ") + name;
    }
    if (near.empty()) {
        advice =
            "the fields are those of recipe.json, such as batch_size, augmentation.zoom or phases.0.epochs";
    }
    throw Error(ErrorCode::Usage, {}, "a recipe has no field " + jsonQuoted(path), advice);
}

template <typename T>
bool setField(T& target, const std::vector<Field<T>>& fields, std::string_view name, std::string_view value)
{
    const Field<T>* field = findField(fields, name);
    if (!field) {
        return false;
    }
    const std::string problem = field->set(target, parseSetValue(field->type, value));
    if (!problem.empty()) {
        throw Error(ErrorCode::RecipeInvalid, {}, problem);
    }
    return true;
}

} // namespace

RecipeReading parseRecipe(std::string_view json, const std::filesystem::path& path)
{
    requireJsonObject(json, ErrorCode::RecipeInvalid, path);
    const Json document = Json::parse(json);
    refuseNewerVersion(document, path);

    RecipeReading reading;
    Recipe& recipe = reading.recipe;
    recipe = bookRecipe();
    recipe.name = path.empty() ? "unnamed" : path.stem().string();
    Reader reader(reading.issues);
    reader.readFields(document, recipe, recipeFields(), "");
    if (const auto phases = document.find("phases"); phases != document.end()) {
        reader.readPhases(*phases, recipe);
    }
    if (recipe.version == 1) {
        readAsVersion1(recipe, document);
    }
    recipe.unknownKeys = unknownKeysOf(json, knownKeys());
    for (RecipeIssue& issue : checkRecipe(recipe)) {
        reading.issues.push_back(std::move(issue));
    }
    return reading;
}

std::string formatRecipe(const Recipe& recipe)
{
    OrderedJson document;
    writeFields(document, recipe, recipeFields());
    auto& phases = document["phases"] = OrderedJson::array();
    for (const PhaseRecipe& phase : recipe.phases) {
        writeFields(phases.emplace_back(OrderedJson::object()), phase, phaseFields());
    }
    // File names need not be UTF-8; JSON must be.
    const std::string text = document.dump(2, ' ', false, OrderedJson::error_handler_t::replace);
    return withUnknownKeys(text, recipe.unknownKeys) + "\n";
}

void setRecipeField(Recipe& recipe, std::string_view path, std::string_view value)
{
    constexpr std::string_view prefix = "phases.";
    bool known = false;
    if (path.starts_with(prefix)) {
        const std::string_view rest = path.substr(prefix.size());
        std::size_t index = 0;
        const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), index);
        const auto length = static_cast<std::size_t>(parsed.ptr - rest.data());
        const bool numbered = parsed.ec == std::errc() && length < rest.size() && rest[length] == '.';
        if (numbered && index >= recipe.phases.size()) {
            throw Error(ErrorCode::Usage, {}, "a recipe has no field " + jsonQuoted(path),
                        "this one has " + std::to_string(recipe.phases.size()) + " phases, counted from 0");
        }
        known = numbered && setField(recipe.phases[index], phaseFields(), rest.substr(length + 1), value);
    } else {
        known = setField(recipe, recipeFields(), path, value);
    }
    if (!known) {
        throwNoSuchField(recipe, path);
    }
}

} // namespace thaw
