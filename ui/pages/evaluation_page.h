#pragma once

#include "ui/jobs/run_list_job.h"
#include "ui/jobs/shown_evaluation.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QWidget>

#include <filesystem>

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;
class QTableView;

namespace thaw::ui {

class AnswerGallery;
class AnswerView;
class ClassFiguresModel;
class ConfusionMatrix;
class EvaluationJob;
class FigureRow;
class MessageBanner;
class Session;

/// How the model of a run does: its figures, its classes, and the pictures that it gets wrong. Shows what the
/// run keeps, which takes no computing; measures when asked.
class EvaluationPage : public QWidget
{
    Q_OBJECT

public:
    explicit EvaluationPage(Session* session, QWidget* parent = nullptr);
    ~EvaluationPage() override;

    /// Null while nothing is shown.
    const ShownEvaluationPointer& evaluation() const { return m_shown; }
    bool isMeasuring() const { return m_isMeasuring; }

public Q_SLOTS:
    /// A run of any folder. It is read when the page is looked at.
    void showRun(const QString& folder);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildTop();
    QWidget* buildProgress();
    QWidget* buildContent();
    QWidget* buildClasses();
    QWidget* buildConfusion();
    void refresh();
    void showListing(const RunListingPointer& listing, const KeptFiles& kept);
    const SavedRun* chosenRun() const;
    void openChosen();
    void fillParts();
    void measure();
    void measureOn(const std::string& part, const std::filesystem::path& dataset);
    void endJob();
    void showProgress(qint64 done, qint64 total);
    void showEvaluation(const ShownEvaluationPointer& evaluation);
    void showWords(const QString& text, bool canMeasure);
    void openPicture(int row);
    void step(int by);
    void updateState();
    void copyFigures();
    void copyClasses();
    void save(const QString& title, const QString& name, const QString& text);

    Session* m_session;
    RunListJob* m_listJob;
    QPointer<EvaluationJob> m_job; ///< opening or measuring
    RunListingPointer m_listing;
    KeptFiles m_kept;
    std::filesystem::path m_wanted; ///< to be chosen when it has been listed
    std::filesystem::path m_extra;  ///< a run outside the runs root
    ShownEvaluationPointer m_shown;
    bool m_isStale = true; ///< runs have changed since they were listed
    bool m_again = false;
    bool m_isFilling = false;
    bool m_isMeasuring = false;
    QElapsedTimer m_clock; ///< since the first picture was measured
    bool m_isScanning = false;

    QComboBox* m_runs = nullptr;
    QComboBox* m_part = nullptr;
    QPushButton* m_measure = nullptr;
    QPushButton* m_save = nullptr;
    MessageBanner* m_banner = nullptr;
    QWidget* m_progress = nullptr;
    QLabel* m_progressText = nullptr;
    QProgressBar* m_bar = nullptr;
    QPushButton* m_cancel = nullptr;
    QStackedWidget* m_stack = nullptr; ///< words, or the content
    QLabel* m_words = nullptr;
    QPushButton* m_measureNow = nullptr;
    QLabel* m_subject = nullptr;
    FigureRow* m_figures = nullptr;
    QLabel* m_advice = nullptr;
    QWidget* m_head = nullptr;
    QStackedWidget* m_views = nullptr; ///< figures and gallery, or the large picture
    ClassFiguresModel* m_classModel = nullptr;
    QSortFilterProxyModel* m_classProxy = nullptr;
    QTableView* m_classes = nullptr;
    ConfusionMatrix* m_matrix = nullptr;
    AnswerGallery* m_gallery = nullptr;
    AnswerView* m_large = nullptr;
};

} // namespace thaw::ui
