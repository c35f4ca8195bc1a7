#pragma once

#include "ui/jobs/preview_job.h"
#include "ui/session.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace thaw::ui {

class MessageBanner;
class NumberBox;
class NumberSlider;
class PreviewGrid;

/// How training pictures are varied, with live variations of one of them, made by the code that training
/// uses.
class AugmentationPage : public QWidget
{
    Q_OBJECT

public:
    explicit AugmentationPage(Session* session, QWidget* parent = nullptr);
    ~AugmentationPage() override;

public Q_SLOTS:
    void showNextPicture();
    void showPreviousPicture();
    void resetToBook();

Q_SIGNALS:
    void previewReady(); ///< the grid shows what the controls say

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildControls();
    QWidget* buildPreviews();
    void edit(double AugmentationSpec::*field, double value, const QString& mergeKey);
    void editSeed(double seed);
    void step(int by);
    void showRecipe();
    void showDataset();
    void requestPreview();

    Session* m_session;
    PreviewJob m_job;
    std::vector<std::size_t> m_pictures; ///< training pictures: indices into the data set's samples
    int m_position = 0;
    bool m_stale = true; ///< asked for while hidden

    NumberSlider* m_flip = nullptr;
    NumberSlider* m_rotation = nullptr;
    NumberSlider* m_zoom = nullptr;
    NumberBox* m_seed = nullptr;
    PreviewGrid* m_grid = nullptr;
    MessageBanner* m_banner = nullptr;
    QPushButton* m_choose = nullptr; ///< a data set, in the banner
    QLabel* m_caption = nullptr;
    QPushButton* m_previous = nullptr;
    QPushButton* m_next = nullptr;
};

} // namespace thaw::ui
