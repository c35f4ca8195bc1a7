#include "core/data/input/batch_loader.h"

#include "core/base/atomic_file.h"
#include "core/data/image/image_io.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

namespace thaw {

namespace {

bool isBrokenPicture(ErrorCode code)
{
    switch (code) {
    case ErrorCode::FileNotFound:
    case ErrorCode::FileUnreadable:
    case ErrorCode::ImageUnreadable:
    case ErrorCode::ImageTooLarge:
    case ErrorCode::ImageFormatUnsupported:
        return true;
    default:
        return false;
    }
}

/// @throws Error DatasetInvalid when it is gone
void requireFolderOf(const std::filesystem::path& picture)
{
    const std::filesystem::path folder = picture.parent_path();
    if (!isPictureFolderThere(folder)) {
        throw Error(ErrorCode::DatasetInvalid, folder, "the folder of the pictures is gone",
                    "connect its drive again, or put it back");
    }
}

} // namespace

bool isPictureFolderThere(const std::filesystem::path& folder)
{
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
        return false;
    }
    // Not empty, it says, of a folder that cannot be read either.
    const bool isEmpty = std::filesystem::is_empty(folder, error);
    return !error && !isEmpty;
}

struct BatchLoader::State
{
    /// A batch being filled: place i of its tensor belongs to item first + i until the batch is complete.
    struct Slot
    {
        Batch batch;
        std::size_t count = 0;
        std::size_t done = 0;
    };

    struct Claim
    {
        std::size_t item;
        Slot* slot;
        std::span<float> output;
        AugmentationDraw* draw; ///< null unless it is left
    };

    std::vector<LoadItem> items;
    BatchLoaderOptions options;
    std::size_t batchSize = 1;
    std::size_t batchCount = 0;
    std::size_t valuesPerItem = 0;

    std::mutex mutex;
    std::condition_variable_any changed;
    std::vector<Slot> slots;    ///< batch b lives in slot b modulo their number
    std::size_t nextItem = 0;   ///< first item that nobody has claimed
    std::size_t nextBatch = 0;  ///< first batch that next() has not handed out
    std::exception_ptr failure; ///< ends the pass
    double waited = 0;

    std::vector<std::jthread> threads; // last: joined before anything above goes

    std::optional<Claim> claim(const std::stop_token& stop);
    void load(const Claim& claim);
    void finish(Slot& slot, std::optional<Batch::Failure> failed);
    void work(const std::stop_token& stop);
    Batch takeNext();
};

std::optional<BatchLoader::State::Claim> BatchLoader::State::claim(const std::stop_token& stop)
{
    std::unique_lock lock(mutex);
    const auto ready = [this] {
        return failure || nextItem == items.size() || nextItem / batchSize < nextBatch + slots.size();
    };
    if (!changed.wait(lock, stop, ready) || stop.stop_requested() || failure || nextItem == items.size()) {
        return std::nullopt;
    }
    const std::size_t item = nextItem;
    const std::size_t batch = item / batchSize;
    const std::size_t place = item % batchSize;
    Slot& slot = slots[batch % slots.size()];
    if (place == 0) {
        const std::size_t first = batch * batchSize;
        slot = Slot{};
        slot.count = std::min(batchSize, items.size() - first);
        slot.batch.index = batch;
        slot.batch.first = first;
        slot.batch.inputs.resize(slot.count * valuesPerItem);
        slot.batch.draws.resize(options.leaveVariation && options.augmentation ? slot.count : 0);
    }
    ++nextItem;
    return Claim{item, &slot, std::span(slot.batch.inputs).subspan(place * valuesPerItem, valuesPerItem),
                 slot.batch.draws.empty() ? nullptr : &slot.batch.draws[place]};
}

void BatchLoader::State::load(const Claim& claim)
{
    std::optional<Batch::Failure> failed;
    try {
        const LoadItem& item = items[claim.item];
        if (claim.draw) {
            const DrawnImage drawn =
                drawFile(item.path, options.transform, options.augmentation, item.contentKey);
            std::copy(drawn.image.pixels.begin(), drawn.image.pixels.end(), claim.output.begin());
            *claim.draw = drawn.draw;
        } else {
            preprocess(transformFile(item.path, options.transform, options.augmentation, item.contentKey),
                       options.preprocessing, claim.output);
        }
    } catch (const Error& error) {
        if (!isBrokenPicture(error.code())) {
            throw;
        }
        if (options.foldersMustStay) {
            requireFolderOf(items[claim.item].path);
        }
        failed = Batch::Failure{claim.item, error};
    }
    finish(*claim.slot, std::move(failed));
}

void BatchLoader::State::finish(Slot& slot, std::optional<Batch::Failure> failed)
{
    const std::lock_guard lock(mutex);
    if (failed) {
        slot.batch.failures.push_back(*std::move(failed));
    }
    if (++slot.done == slot.count) {
        changed.notify_all();
    }
}

void BatchLoader::State::work(const std::stop_token& stop)
{
    try {
        while (const auto claimed = claim(stop)) {
            load(*claimed);
        }
    } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) {
            failure = std::make_exception_ptr(currentError());
        }
        changed.notify_all();
    }
}

Batch BatchLoader::State::takeNext()
{
    Slot& slot = slots[nextBatch % slots.size()];
    Batch batch = std::move(slot.batch);
    const std::size_t count = slot.count;
    slot = Slot{};
    ++nextBatch;
    // Which thread failed first must not show.
    std::sort(batch.failures.begin(), batch.failures.end(),
              [](const auto& a, const auto& b) { return a.item < b.item; });
    auto failed = batch.failures.begin();
    for (std::size_t place = 0; place < count; ++place) {
        const std::size_t item = batch.first + place;
        if (failed != batch.failures.end() && failed->item == item) {
            ++failed;
            continue;
        }
        const std::size_t target = batch.items.size();
        if (target != place) {
            std::copy_n(batch.inputs.begin() + static_cast<std::ptrdiff_t>(place * valuesPerItem),
                        valuesPerItem,
                        batch.inputs.begin() + static_cast<std::ptrdiff_t>(target * valuesPerItem));
            if (!batch.draws.empty()) {
                batch.draws[target] = batch.draws[place];
            }
        }
        batch.items.push_back(item);
        batch.labels.push_back(items[item].label);
    }
    batch.inputs.resize(batch.items.size() * valuesPerItem);
    batch.draws.resize(std::min(batch.draws.size(), batch.items.size()));
    return batch;
}

BatchLoader::BatchLoader(std::vector<LoadItem> items, const BatchLoaderOptions& options,
                         std::size_t firstBatch)
    : m_state(std::make_unique<State>())
{
    State& state = *m_state;
    state.items = std::move(items);
    state.options = options;
    state.batchSize = static_cast<std::size_t>(std::max(state.options.batchSize, 1));
    state.batchCount = (state.items.size() + state.batchSize - 1) / state.batchSize;
    const auto side = static_cast<std::size_t>(state.options.transform.inputSize);
    state.valuesPerItem = side * side * 3;
    state.slots.resize(static_cast<std::size_t>(std::max(state.options.prefetch, 1)));
    state.nextBatch = std::min(firstBatch, state.batchCount);
    state.nextItem = std::min(state.nextBatch * state.batchSize, state.items.size());
    for (int i = 0; i < std::max(state.options.threads, 1); ++i) {
        state.threads.emplace_back([&state](const std::stop_token& stop) { state.work(stop); });
    }
}

BatchLoader::~BatchLoader()
{
    for (std::jthread& thread : m_state->threads) {
        thread.request_stop();
    }
}

std::optional<Batch> BatchLoader::next(const std::stop_token& stop)
{
    State& state = *m_state;
    const auto start = std::chrono::steady_clock::now();
    std::unique_lock lock(state.mutex);
    if (state.nextBatch == state.batchCount && !state.failure) {
        return std::nullopt;
    }
    const auto ready = [&state] {
        const State::Slot& slot = state.slots[state.nextBatch % state.slots.size()];
        return state.failure || (slot.count > 0 && slot.done == slot.count);
    };
    const bool came = state.changed.wait(lock, stop, ready);
    state.waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!came || stop.stop_requested()) {
        return std::nullopt;
    }
    if (state.failure) {
        std::rethrow_exception(state.failure);
    }
    Batch batch = state.takeNext();
    state.changed.notify_all();
    return batch;
}

std::size_t BatchLoader::batchCount() const
{
    return m_state->batchCount;
}

double BatchLoader::waitedSeconds() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->waited;
}

} // namespace thaw
