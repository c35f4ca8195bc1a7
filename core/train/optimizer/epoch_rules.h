#pragma once

#include "core/experiment/recipe.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

/// A rule that follows a phase's loss from epoch to epoch (the validation loss; without validation pictures
/// the training loss) and acts on the epochs to come. Rules are Keras 3's callbacks, to the letter.
class EpochRule
{
public:
    /// Numbers by name: all that a resume needs.
    using State = std::map<std::string, double>;

    virtual ~EpochRule() = default;
    virtual std::string name() const = 0; ///< as in the recipe: "early_stopping"
    virtual void epochEnded(double loss) = 0;
    /// The phase shall end here.
    virtual bool wantsToStop() const { return false; }
    /// Of the epochs to come; nothing: as the recipe says.
    virtual std::optional<double> learningRate() const { return std::nullopt; }
    /// The best loss is another one, measured on other pictures.
    virtual void bestMeasuredAgain(double loss) = 0;

    virtual State state() const = 0;
    /// @throws Error RunInvalid for numbers that it cannot have had
    virtual void restore(const State& state) = 0;
};

/// The rules that a phase asks for, as its first epoch begins.
std::vector<std::unique_ptr<EpochRule>> rulesOf(const PhaseRecipe& settings);

} // namespace thaw
