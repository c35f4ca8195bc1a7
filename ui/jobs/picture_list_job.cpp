#include "ui/jobs/picture_list_job.h"

#include "core/data/dataset/picture_files.h"

#include <utility>

namespace thaw::ui {

namespace {

void addListed(std::vector<ListedPicture>& pictures, const std::filesystem::path& chosen,
               const std::stop_token& stop)
{
    const std::filesystem::path clean = chosen.has_filename() ? chosen : chosen.parent_path();
    for (const PictureFile& file : pictureFiles({clean}, stop)) {
        const bool isInside = file.path != clean;
        const std::size_t from =
            isInside ? clean.native().size() + 1 : clean.native().size() - clean.filename().native().size();
        pictures.push_back({file.path.native(), static_cast<std::uint32_t>(from), file.problem});
    }
}

} // namespace

PictureListJob::PictureListJob(QObject* parent) : JobThread(parent)
{
    qRegisterMetaType<ListedPictures>();
    connect(this, &PictureListJob::found, this, [this](int serial, const ListedPictures& pictures) {
        if (serial == m_serial) {
            Q_EMIT listed(pictures);
        }
    });
    connect(this, &JobThread::finished, this, &PictureListJob::startNext);
}

PictureListJob::~PictureListJob()
{
    stopAndWait();
}

void PictureListJob::list(const std::vector<std::filesystem::path>& paths)
{
    m_next.push_back(paths);
    if (!isRunning()) {
        startNext();
    }
}

void PictureListJob::cancel()
{
    m_next.clear();
    ++m_serial;
    requestStop();
}

void PictureListJob::startNext()
{
    if (m_next.empty()) {
        return;
    }
    const std::vector<std::filesystem::path> paths = std::move(m_next.front());
    m_next.erase(m_next.begin());
    start([this, paths, serial = m_serial](const std::stop_token& stop) {
        std::vector<ListedPicture> pictures;
        for (const std::filesystem::path& path : paths) {
            addListed(pictures, path, stop);
        }
        if (!stop.stop_requested()) {
            Q_EMIT found(serial, std::make_shared<const std::vector<ListedPicture>>(std::move(pictures)));
        }
    });
}

} // namespace thaw::ui
