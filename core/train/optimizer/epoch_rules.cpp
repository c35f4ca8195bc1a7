#include "core/train/optimizer/epoch_rules.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace thaw {

namespace {

/// The state's number of that name; @throws Error RunInvalid where it is missing or none
double numberOf(const EpochRule& rule, const EpochRule::State& state, const char* name)
{
    const auto found = state.find(name);
    if (found == state.end() || !std::isfinite(found->second)) {
        throw Error(ErrorCode::RunInvalid, {},
                    "the checkpoint's state of " + rule.name() + " has no usable " + name);
    }
    return found->second;
}

int countOf(const EpochRule& rule, const EpochRule::State& state, const char* name)
{
    const double number = numberOf(rule, state, name);
    if (number < 0 || number > mostEpochs || std::trunc(number) != number) {
        throw Error(ErrorCode::RunInvalid, {},
                    "the checkpoint's state of " + rule.name() + " makes no sense: " + name);
    }
    return static_cast<int>(number);
}

/// The best loss so far, and whether another one is better: strictly, by more than `minDelta`.
struct BestLoss
{
    std::optional<double> value; ///< none before the first epoch, which always counts as better

    /// Keras adds in double precision and compares in float32: 0.7 + 0.1 is then not below 0.8.
    bool improvedBy(double loss, double minDelta) const
    {
        return !value || static_cast<float>(loss + minDelta) < static_cast<float>(*value);
    }
};

/// keras.callbacks.EarlyStopping with restore_best_weights.
class EarlyStoppingRule : public EpochRule
{
public:
    explicit EarlyStoppingRule(const EarlyStopping& settings) : m_settings(settings) {}

    std::string name() const override { return "early_stopping"; }
    void epochEnded(double loss) override
    {
        ++m_wait;
        if (m_best.improvedBy(loss, m_settings.minDelta)) {
            m_best.value = loss;
            m_wait = 0;
        }
    }
    bool wantsToStop() const override { return m_wait >= m_settings.patience; }
    void bestMeasuredAgain(double loss) override { m_best.value = loss; }

    State state() const override
    {
        State state{{"wait", m_wait}};
        if (m_best.value) {
            state["best"] = *m_best.value;
        }
        return state;
    }
    void restore(const State& state) override
    {
        m_wait = countOf(*this, state, "wait");
        m_best.value = state.contains("best") ? std::optional(numberOf(*this, state, "best")) : std::nullopt;
    }

private:
    EarlyStopping m_settings;
    BestLoss m_best;
    int m_wait = 0; ///< epochs since the best
};

/// keras.callbacks.ReduceLROnPlateau.
class ReduceOnPlateauRule : public EpochRule
{
public:
    ReduceOnPlateauRule(const ReduceOnPlateau& settings, double learningRate)
        // Keras holds the rate in float32.
        : m_settings(settings), m_rate(static_cast<float>(learningRate))
    {
    }

    std::string name() const override { return "reduce_on_plateau"; }
    void epochEnded(double loss) override
    {
        if (m_cooldown > 0) {
            --m_cooldown;
            m_wait = 0;
        }
        if (m_best.improvedBy(loss, m_settings.minDelta)) {
            m_best.value = loss;
            m_wait = 0;
        } else if (m_cooldown == 0) {
            ++m_wait;
            if (m_wait >= m_settings.patience && m_rate > static_cast<float>(m_settings.minRate)) {
                m_rate = static_cast<float>(
                    std::max(static_cast<double>(m_rate) * m_settings.factor, m_settings.minRate));
                m_cooldown = m_settings.cooldown;
                m_wait = 0;
                m_isReduced = true;
            }
        }
    }
    std::optional<double> learningRate() const override
    {
        return m_isReduced ? std::optional<double>(m_rate) : std::nullopt;
    }
    void bestMeasuredAgain(double loss) override { m_best.value = loss; }

    State state() const override
    {
        State state{{"wait", m_wait}, {"cooldown", m_cooldown}};
        if (m_isReduced) {
            state["learning_rate"] = m_rate;
        }
        if (m_best.value) {
            state["best"] = *m_best.value;
        }
        return state;
    }
    void restore(const State& state) override
    {
        m_wait = countOf(*this, state, "wait");
        m_cooldown = countOf(*this, state, "cooldown");
        m_isReduced = state.contains("learning_rate");
        if (m_isReduced) {
            m_rate = static_cast<float>(numberOf(*this, state, "learning_rate"));
            if (!(m_rate > 0)) {
                throw Error(ErrorCode::RunInvalid, {},
                            "the checkpoint's state of " + name() + " makes no sense: learning_rate");
            }
        }
        m_best.value = state.contains("best") ? std::optional(numberOf(*this, state, "best")) : std::nullopt;
    }

private:
    ReduceOnPlateau m_settings;
    BestLoss m_best;
    int m_wait = 0;
    int m_cooldown = 0; ///< epochs left in which nothing is counted
    float m_rate;
    bool m_isReduced = false;
};

} // namespace

std::vector<std::unique_ptr<EpochRule>> rulesOf(const PhaseRecipe& settings)
{
    std::vector<std::unique_ptr<EpochRule>> rules;
    if (settings.earlyStopping.patience > 0) {
        rules.push_back(std::make_unique<EarlyStoppingRule>(settings.earlyStopping));
    }
    if (settings.reduceOnPlateau.patience > 0) {
        rules.push_back(
            std::make_unique<ReduceOnPlateauRule>(settings.reduceOnPlateau, settings.learningRate));
    }
    return rules;
}

} // namespace thaw
