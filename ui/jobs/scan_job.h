#pragma once

#include "ui/jobs/job_thread.h"
#include "ui/session.h"

namespace thaw::ui {

/// What a scan found, and by which split.
struct ScannedDataset
{
    DatasetPointer index;
    SplitShares shares;
    bool splitIsOurs = false; ///< they decide some picture's split
};

/// Scans a data set twice: the headers first, so that there is something to show at once, then every picture.
/// After scan(): found(), checked(), or failed() in their place, or neither when stopped; then finished().
class ScanJob : public JobThread
{
    Q_OBJECT

public:
    explicit ScanJob(QObject* parent = nullptr);
    ~ScanJob() override;

    /// False while one runs.
    bool scan(const std::filesystem::path& path, const SplitShares& shares);

Q_SIGNALS:
    void found(const thaw::ui::ScannedDataset& dataset);
    void checked(const thaw::ui::ScannedDataset& dataset);
};

} // namespace thaw::ui

Q_DECLARE_METATYPE(thaw::ui::ScannedDataset)
