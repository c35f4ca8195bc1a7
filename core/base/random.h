#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace thaw {

/// Mixes any number of words into one key (SplitMix64's finaliser over a running sum; Steele et al. 2014).
/// The order of the words matters. Never changes: runs are repeated by it.
std::uint64_t mixKey(std::initializer_list<std::uint64_t> words);

/// A counter-based generator: value n of a stream depends on its key and n alone, so a stream has no state
/// worth saving and needs no order between threads. Not for cryptography.
class RandomStream
{
public:
    explicit RandomStream(std::uint64_t key) : m_key(key) {}

    std::uint64_t next();                    ///< 64 random bits
    double uniform();                        ///< in [0, 1)
    double uniform(double low, double high); ///< in [low, high)
    std::uint64_t below(std::uint64_t n);    ///< in [0, n), without bias; n > 0
    double normal();                         ///< mean 0, deviation 1 (Box–Muller)

private:
    std::uint64_t m_key;
    std::uint64_t m_counter = 0;
};

/// A permutation of 0 … n−1 (Fisher–Yates) that depends on the key alone.
std::vector<std::uint32_t> permutation(std::uint32_t n, std::uint64_t key);

} // namespace thaw
