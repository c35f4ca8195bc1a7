#include "core/train/start/prepare_run.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/model/weights/weights_catalog.h"
#include "core/train/start/former_split.h"
#include "core/train/start/picture_losses.h"

#include <system_error>
#include <utility>

namespace thaw {

namespace {

namespace fs = std::filesystem;

/// What would keep the run from being written is told before its pictures are read. Leaves nothing behind.
void requireWritable(const RunOrder& order)
{
    std::error_code ignored;
    const fs::path& folder = order.folder;
    const bool isUsed =
        fs::exists(folder, ignored) && !(fs::is_directory(folder, ignored) && fs::is_empty(folder, ignored));
    if (!folder.empty() && isUsed) {
        throw Error(ErrorCode::OutputExists, folder, "it exists and is not an empty folder",
                    "choose another folder");
    }
    fs::path existing = fs::absolute(folder.empty() ? order.runsRoot : folder, ignored);
    while (!fs::exists(existing, ignored) && existing.has_relative_path()) {
        existing = existing.parent_path();
    }
    ensureWritableFolder(existing);
}

/// The split of the run that the new one is like, by resume's rule: who compares the two means the same
/// pictures.
void takeSplitOf(const SavedRun& like, const RunOrder& order, DatasetIndex& dataset,
                 const PrepareObserver& observer)
{
    const auto tell = [&](const Notice& notice) {
        if (observer.noticed) {
            observer.noticed(notice);
        }
    };
    const auto former = formerSplitOf(like, dataset);
    if (!former) {
        tell(notice(NoticeCode::FormerSplitUnknown));
        return;
    }
    keepFormerSplit(dataset, *former, like.recipe);
    const PictureLosses losses = lossesSince(*former, dataset);
    if (losses.areSerious() && !order.acceptLosses) {
        throw Error(ErrorCode::PicturesLost, dataset.source, losses.text(),
                    "put them back, or train without them");
    }
    if (const PictureChanges changes = changesSince(*former, dataset); changes.any()) {
        tell(notice(NoticeCode::PicturesChangedSince, {changes.text()}));
    }
}

std::optional<BaseWeights> weightsFor(Recipe& recipe, const RunOrder& order, const PrepareObserver& observer,
                                      const std::stop_token& stop)
{
    const WeightsObserver told{[&](const std::string& text) {
                                   if (observer.noticed) {
                                       observer.noticed(notice(NoticeCode::WeightsTold, {text}));
                                   }
                               },
                               observer.progressed};
    const BackboneSpec backbone = scaledBackbone(recipe.width);
    try {
        return resolveWeights(recipe.weights, backbone, recipe.seed, told, stop);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::NetworkUnavailable || !order.mayDoWithoutWeights) {
            throw;
        }
    }
    recipe.weights = "none";
    auto weights = resolveWeights(recipe.weights, backbone, recipe.seed, told, stop);
    if (weights) {
        weights->source += ", because the ImageNet weights could not be fetched";
        if (observer.noticed) {
            observer.noticed(notice(NoticeCode::WeightsNotFetched));
        }
    }
    return weights;
}

} // namespace

ClaimedFolder::ClaimedFolder(const fs::path& folder, const fs::path& runsRoot, const fs::path& dataset,
                             const std::string& recipeName)
    : m_path(folder)
{
    if (!folder.empty()) {
        return; // somebody's own choice, which trainRun() makes
    }
    ensureWritableFolder(runsRoot);
    while (!m_isMade) {
        m_path = newRunFolder(runsRoot, dataset, recipeName);
        std::error_code error;
        m_isMade = fs::create_directory(m_path, error);
        if (error) {
            throw Error(ErrorCode::WriteFailed, m_path, "cannot be made: " + error.message(),
                        "choose another place for the run");
        }
    }
}

ClaimedFolder::~ClaimedFolder()
{
    std::error_code ignored;
    if (m_isMade && !isRunFolder(m_path)) {
        fs::remove(m_path, ignored); // an empty folder alone
    }
}

std::optional<PreparedRun> prepareRun(const RunOrder& order, const PrepareObserver& observer,
                                      const std::stop_token& stop)
{
    const auto begin = [&](Preparation what) {
        if (observer.begun) {
            observer.begun(what);
        }
    };
    TrainRequest request;
    request.recipe = order.recipe;
    // A recipe kept with the run means the same from any working folder.
    request.recipe.weights = lastingWeights(request.recipe.weights);
    request.saving = order.saving;
    request.acceptLosses = order.acceptLosses;
    requireWritable(order);
    if (order.scanned) {
        request.dataset = *order.scanned;
    } else {
        begin(Preparation::Dataset);
        ScanOptions options;
        options.shares = request.recipe.split;
        auto scanned = scanDataset(order.dataset, options, observer.progressed, stop);
        if (!scanned) {
            return std::nullopt;
        }
        request.dataset = std::move(*scanned);
    }
    if (observer.scanned) {
        observer.scanned(request.dataset);
    }
    if (order.like) {
        takeSplitOf(*order.like, order, request.dataset, observer);
    }
    if (!order.acceptLosses) {
        requireNoSeriousLosses(request.dataset); // before weights are fetched for nothing
    }
    begin(Preparation::Weights);
    auto weights = weightsFor(request.recipe, order, observer, stop);
    if (!weights) {
        return std::nullopt;
    }
    request.weights = std::move(*weights);
    auto folder = std::make_unique<ClaimedFolder>(order.folder, order.runsRoot, fs::absolute(order.dataset),
                                                  request.recipe.name);
    request.folder = folder->path();
    begin(Preparation::Run);
    return PreparedRun{std::move(request), std::move(folder)};
}

} // namespace thaw
