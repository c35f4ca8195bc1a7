#include "core/base/random.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace thaw {

namespace {

constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ull;

std::uint64_t finalise(std::uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

} // namespace

std::uint64_t mixKey(std::initializer_list<std::uint64_t> words)
{
    std::uint64_t state = golden;
    for (std::uint64_t word : words) {
        state = finalise((state + golden) ^ finalise(word + golden));
    }
    return state;
}

std::uint64_t RandomStream::next()
{
    return finalise(m_key + golden * ++m_counter);
}

double RandomStream::uniform()
{
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

double RandomStream::uniform(double low, double high)
{
    return low + (high - low) * uniform();
}

std::uint64_t RandomStream::below(std::uint64_t n)
{
    // Values under the threshold would make the first residues likelier (Lemire 2019 describes the bias).
    const std::uint64_t threshold = (0 - n) % n;
    std::uint64_t value = next();
    while (value < threshold) {
        value = next();
    }
    return value % n;
}

double RandomStream::normal()
{
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

std::vector<std::uint32_t> permutation(std::uint32_t n, std::uint64_t key)
{
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    RandomStream random(key);
    for (std::uint32_t i = n; i > 1; --i) {
        std::swap(order[i - 1], order[random.below(i)]);
    }
    return order;
}

} // namespace thaw
