#include "core/train/features/feature_key.h"

#include "core/base/hash.h"
#include "core/base/number_text.h"

#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

namespace thaw {

namespace {

std::string keyText(const FieldValue& value)
{
    struct Visitor
    {
        std::string operator()(std::monostate) const { return {}; }
        std::string operator()(bool truth) const { return truth ? "1" : "0"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return numberText(number); }
        std::string operator()(const std::string& text) const { return text; }
        std::string operator()(const std::vector<std::string>& texts) const
        {
            std::string all;
            for (const std::string& text : texts) {
                all += std::to_string(text.size()) + ":" + text;
            }
            return all;
        }
    };
    return std::visit(Visitor{}, value);
}

template <typename T>
void addFields(std::string& key, const std::string& prefix, const T& source,
               const std::vector<Field<T>>& fields)
{
    for (const Field<T>& field : fields) {
        const FieldValue value = field.get(source);
        if (field.decides == Decides::Features && value != field.unkeyed) {
            key += prefix + field.name + " " + keyText(value) + "\n";
        }
    }
}

} // namespace

std::string featureKey(const Recipe& recipe, const FeatureSource& source,
                       const std::vector<Field<Recipe>>& fields,
                       const std::vector<Field<PhaseRecipe>>& fieldsOfPhases)
{
    // By position, so that a member added to FeatureSource and not here is an error of the compiler's.
    const auto& [weights, input, valueBytes, card, processor, thaw, computation, decoder, libtorch, onednn,
                 pictures] = source;
    std::string key;
    addFields(key, {}, recipe, fields);
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        addFields(key, "phases." + std::to_string(i) + ".", recipe.phases[i], fieldsOfPhases);
    }
    Hasher hashes(HashKind::Sha256);
    for (const std::string& hash : pictures) {
        hashes.add(hash.data(), hash.size());
    }
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"weights", weights},
                                                          {"input", input},
                                                          {"value_bytes", std::to_string(valueBytes)},
                                                          {"card", card},
                                                          {"processor", processor},
                                                          {"thaw", thaw},
                                                          {"computation", std::to_string(computation)},
                                                          {"decoder", decoder},
                                                          {"libtorch", libtorch},
                                                          {"onednn", onednn},
                                                          {"pictures", std::to_string(pictures.size())},
                                                          {"pictures_hash", hashes.hex()}})
    {
        key += name + " " + value + "\n";
    }
    return key;
}

} // namespace thaw
