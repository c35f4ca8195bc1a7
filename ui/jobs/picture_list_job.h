#pragma once

#include "ui/jobs/job_thread.h"

#include <QMetaType>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace thaw::ui {

/// A file that was chosen or met in a chosen folder.
struct ListedPicture
{
    std::string path;
    std::uint32_t shownFrom = 0; ///< where its name begins, or its path below the chosen folder
    std::string problem;         ///< why it is not asked about; empty otherwise

    bool operator==(const ListedPicture&) const = default;
};

using ListedPictures = std::shared_ptr<const std::vector<ListedPicture>>;

/// Looks for pictures in files and folders: see core's pictureFiles().
class PictureListJob : public JobThread
{
    Q_OBJECT

public:
    explicit PictureListJob(QObject* parent = nullptr);
    ~PictureListJob() override;

    /// Asked again while it works, it goes on with these afterwards.
    void list(const std::vector<std::filesystem::path>& paths);
    /// Ends what it does and forgets what is to come.
    void cancel();

Q_SIGNALS:
    /// For each list() that was not cancelled.
    void listed(const thaw::ui::ListedPictures& pictures);
    void found(int serial, const thaw::ui::ListedPictures& pictures); ///< ours

private:
    void startNext();

    std::vector<std::vector<std::filesystem::path>> m_next;
    int m_serial = 0; ///< tells what was found before cancel() and arrives after it
};

} // namespace thaw::ui

Q_DECLARE_METATYPE(thaw::ui::ListedPictures)
