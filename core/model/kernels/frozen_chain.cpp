#include "core/model/kernels/frozen_chain.h"

#include "core/compute/processor.h"
#include "core/model/kernels/chain_part_onednn.h"
#include "core/model/kernels/winograd.h"

#include <algorithm>
#include <optional>

namespace thaw {

namespace {

/// Enough for all the speed there is, where maps are large: more only takes memory.
constexpr std::int64_t fewPictures = 4;
/// For small maps where each place of their tiles has a kernel of its own to be read, a megabyte each in the
/// base's last block: four pictures are too few to be worth it.
constexpr std::int64_t manyPictures = 16;
/// A part with fewer tiles of 4 × 4 takes manyPictures.
constexpr std::int64_t enoughTiles = 72;

/// Pictures between one part and the next: so many that all threads have some to take.
constexpr std::int64_t mostBetween = 64;

/// More of them only take memory: beyond that each computes with several threads.
constexpr int mostLanes = 8;

/// Before each layer, and after the last one.
std::vector<ChainMap> mapsOf(const std::vector<ChainLayer>& layers, int side)
{
    std::vector<ChainMap> maps{{3, side}};
    for (const ChainLayer& layer : layers) {
        const ChainMap& before = maps.back();
        maps.push_back(layer.isPool ? ChainMap{before.channels, before.side / 2}
                                    : ChainMap{layer.outputs, before.side});
    }
    return maps;
}

/// How many layers come before those for which few pictures are too few.
std::size_t splitOf(const std::vector<ChainLayer>& layers, const std::vector<ChainMap>& maps, ChainType type)
{
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::int64_t tiles = fewPictures * winogradTiles(maps[i].side, maps[i].side);
        if (isOwnConvolution(layers[i], type) && tiles < enoughTiles) {
            return i;
        }
    }
    return layers.size();
}

/// Threads that take pictures of their own.
ChainPartShape fewAtATime(const ChainMap& map, int threads)
{
    const int each = (std::max(threads, 1) + mostLanes - 1) / mostLanes;
    return {map, fewPictures, std::max(threads, 1) / each, each};
}

/// All threads take the same ones.
ChainPartShape manyAtATime(const ChainMap& map, int threads)
{
    return {map, manyPictures, 1, std::max(threads, 1)};
}

} // namespace

struct FrozenChain::Parts
{
    Parts(const std::vector<ChainLayer>& layers, int side, ChainType type, int threads)
        : maps(mapsOf(layers, side))
        , split(splitOf(layers, maps, type))
        , first(std::span(layers).first(split), fewAtATime(maps.front(), threads), type)
    {
        if (split < layers.size()) {
            last.emplace(std::span(layers).subspan(split), manyAtATime(maps[split], threads), type);
        }
    }

    std::size_t betweenValues(std::int64_t pictures) const
    {
        return static_cast<std::size_t>(pictures * maps[split].values());
    }

    std::vector<ChainMap> maps;
    std::size_t split; ///< layers in the first part
    ChainPart first;
    std::optional<ChainPart> last;
    std::vector<float> between; ///< what `first` gives to `last`
};

FrozenChain::FrozenChain(const std::vector<ChainLayer>& layers, int side, ChainType type, int threads)
    : m_parts(std::make_unique<Parts>(layers, side, type, threads))
{
    Parts& parts = *m_parts;
    parts.first.load(std::span(layers).first(parts.split));
    if (parts.last) {
        parts.last->load(std::span(layers).subspan(parts.split));
    }
}

FrozenChain::~FrozenChain() = default;

bool FrozenChain::fits(const std::vector<ChainLayer>& layers, int side, ChainType type)
{
    const std::vector<ChainMap> maps = mapsOf(layers, side);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (!fitsStep(layers[i], fewPictures, maps[i].side, type)) {
            return false;
        }
    }
    return type == ChainType::Float32 || processorBfloat16() != Bfloat16Support::None;
}

std::size_t FrozenChain::bytes(const std::vector<ChainLayer>& layers, int side, ChainType type, int threads)
{
    const Parts parts(layers, side, type, threads);
    const std::size_t first = parts.first.bytes();
    return parts.last ? first + parts.last->bytes() + parts.betweenValues(mostBetween) * sizeof(float)
                      : first;
}

void FrozenChain::run(const float* pictures, std::int64_t count, std::span<const int> taps,
                      std::span<void* const> outputs)
{
    Parts& parts = *m_parts;
    const int split = static_cast<int>(parts.split);
    const auto early = static_cast<std::size_t>(std::ranges::upper_bound(taps, split) - taps.begin());
    if (early == taps.size()) {
        parts.first.run(pictures, count, taps, outputs);
        return;
    }
    std::vector<int> firstTaps(taps.begin(), taps.begin() + std::ptrdiff_t(early));
    std::vector<int> lastTaps;
    for (const int tap : taps.subspan(early)) {
        lastTaps.push_back(tap - split);
    }
    firstTaps.push_back(split);
    for (std::int64_t done = 0; done < count; done += mostBetween) {
        const std::int64_t some = std::min(mostBetween, count - done);
        parts.between.resize(parts.betweenValues(some));
        std::vector<void*> targets;
        for (std::size_t i = 0; i < taps.size(); ++i) {
            const std::int64_t each = parts.maps[static_cast<std::size_t>(taps[i])].values();
            targets.push_back(static_cast<float*>(outputs[i]) + done * each); // two parts: float32
        }
        const std::vector<void*> lastTargets(targets.begin() + std::ptrdiff_t(early), targets.end());
        targets.resize(early);
        targets.push_back(parts.between.data());
        parts.first.run(pictures + done * parts.maps.front().values(), some, firstTaps, targets);
        parts.last->run(parts.between.data(), some, lastTaps, lastTargets);
    }
}

} // namespace thaw
