#include "ui/jobs/scan_job.h"

#include "core/data/dataset/dataset_scan.h"

#include <algorithm>

namespace thaw::ui {

namespace {

/// With no shares every picture that the data set leaves open goes to training: what differs is ours.
bool decidesSplit(const std::filesystem::path& path, const DatasetIndex& index, const std::stop_token& stop)
{
    if (index.layout == DatasetLayout::ClassFolders) {
        return true;
    }
    ScanOptions options;
    options.shares = {0, 0};
    options.deep = false;
    const auto other = scanDataset(path, options, {}, stop);
    return other && !std::ranges::equal(index.samples, other->samples, [](const Sample& a, const Sample& b) {
               return a.path == b.path && a.split == b.split;
           });
}

} // namespace

ScanJob::ScanJob(QObject* parent) : JobThread(parent)
{
    qRegisterMetaType<ScannedDataset>();
}

ScanJob::~ScanJob()
{
    stopAndWait();
}

bool ScanJob::scan(const std::filesystem::path& path, const SplitShares& shares)
{
    return start([this, path, shares](const std::stop_token& stop) {
        ScanOptions options;
        options.shares = shares;
        options.deep = false;
        auto quick = scanDataset(path, options, progressCallback(), stop);
        if (!quick) {
            return;
        }
        ScannedDataset result{nullptr, shares, decidesSplit(path, *quick, stop)};
        if (stop.stop_requested()) {
            return;
        }
        result.index = std::make_shared<const DatasetIndex>(std::move(*quick));
        Q_EMIT found(result);

        options.deep = true;
        auto deep = scanDataset(path, options, progressCallback(), stop);
        if (deep) {
            result.index = std::make_shared<const DatasetIndex>(std::move(*deep));
            Q_EMIT checked(result);
        }
    });
}

} // namespace thaw::ui
