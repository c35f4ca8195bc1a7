#pragma once

#include "core/run/run_store.h"
#include "ui/jobs/job_thread.h"

#include <QMetaType>

#include <filesystem>
#include <memory>
#include <set>

namespace thaw::ui {

using RunListingPointer = std::shared_ptr<const RunListing>;

/// Which of the runs listed have kept what: looked up where a disk may be slow to answer.
struct KeptFiles
{
    std::set<std::filesystem::path> best;        ///< weights to export
    std::set<std::filesystem::path> checkpoints; ///< something to go on from
    std::set<std::filesystem::path> evaluations; ///< how the model does
};

/// Reads all run folders: hundreds of small files, perhaps on a slow disk.
class RunListJob : public JobThread
{
    Q_OBJECT

public:
    explicit RunListJob(QObject* parent = nullptr);
    ~RunListJob() override;

    /// @param extra a run that lies elsewhere and is to be listed too; may be empty
    bool list(const std::filesystem::path& root, const std::filesystem::path& extra = {});

Q_SIGNALS:
    void listed(const thaw::ui::RunListingPointer& runs, const thaw::ui::KeptFiles& kept);
};

} // namespace thaw::ui

Q_DECLARE_METATYPE(thaw::ui::RunListingPointer)
Q_DECLARE_METATYPE(thaw::ui::KeptFiles)
