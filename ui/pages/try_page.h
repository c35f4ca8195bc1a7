#pragma once

#include "ui/jobs/ask_job.h"
#include "ui/jobs/picture_list_job.h"
#include "ui/jobs/run_list_job.h"

#include <QWidget>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

class QMimeData;
class QPushButton;
class QStackedWidget;

namespace thaw {
class ScratchFolder;
}

namespace thaw::ui {

class AnswerList;
class AnswerModel;
class AnswerPanel;
class DropFrame;
class ExplainJob;
class JobProgress;
class MapControls;
class MessageBanner;
class ModelChoice;
class PictureJob;
class Session;
struct ShownMap;

/// Shows a trained model pictures and says what it takes them for. Pictures come by drop, paste or choice and
/// stay in a list, which can be saved as a table or copied into folders by class.
class TryPage : public QWidget
{
    Q_OBJECT

public:
    explicit TryPage(Session* session, QWidget* parent = nullptr);
    ~TryPage() override;

    /// Files and folders, as dropped.
    void addPaths(const std::vector<std::filesystem::path>& paths);
    /// Whether anything is at work.
    bool isBusy() const;

public Q_SLOTS:
    void choosePictures();
    void chooseFolder();
    void paste();
    void clearList();
    void saveTable();
    void copyIntoFolders();
    void cancel();

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void build();
    void connectJobs();
    bool take(const QMimeData* offered);
    void keepPasted(const QImage& picture);
    void listRuns();
    void changeModel();
    void ask();
    void showListed(const ListedPictures& pictures);
    void showModel(const OpenedModelPointer& model);
    void showAnswers(const GivenAnswers& answers);
    void showPicture(qint64 key);
    void showPictureAgain();
    void wantMap();
    void showMap(qint64 key, const ShownMap& map);
    void endWork();
    void showState();

    Session* m_session;
    AnswerModel* m_model;
    RunListJob* m_runJob;
    PictureListJob* m_listJob;
    AskJob* m_askJob;
    PictureJob* m_pictureJob;
    ExplainJob* m_explainJob;
    JobThread* m_fileJob; ///< writes what is saved, copied or pasted

    ModelChoice* m_choice = nullptr;
    MessageBanner* m_banner = nullptr;
    QPushButton* m_goOn = nullptr; ///< in it
    JobProgress* m_progress = nullptr;
    QStackedWidget* m_stack = nullptr;
    DropFrame* m_drop = nullptr;
    AnswerList* m_list = nullptr;
    AnswerPanel* m_view = nullptr;
    MapControls* m_map = nullptr; ///< in it

    OpenedModelPointer m_opened;
    qint64 m_shownKey = -1;
    qint64 m_picturedKey = -1;  ///< whose picture is in the view
    qint64 m_newKey = -1;       ///< the first of those that came last, which are asked first
    bool m_isListAgain = false; ///< the runs may have changed while they were listed
    bool m_isAgain = false;     ///< there is more to ask than the job knows
    bool m_isStale = false;     ///< what the job still tells is about another model, or of a list cleared
    bool m_isStopped = false;   ///< by the user
    int m_pastedCount = 0;
    std::shared_ptr<ScratchFolder> m_pasted; ///< of pasted pictures; shared with the job that makes it
};

} // namespace thaw::ui
