#pragma once

#include "core/data/input/augmentation_operations.h"
#include "ui/jobs/preview_job.h"
#include "ui/session.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;
class QVBoxLayout;

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
    /// The slider of an operation; it shows the strength times `scale`.
    struct Control
    {
        const AugmentationOperation* operation;
        NumberSlider* slider;
        double scale;
    };

    QWidget* buildControls();
    void addSliders(QVBoxLayout* layout, AugmentationGroup group);
    void addFill(QVBoxLayout* layout);
    void addSeed(QVBoxLayout* layout);
    QWidget* buildPreviews();
    void edit(const AugmentationOperation& operation, double strength);
    void editFill(int index);
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

    std::vector<Control> m_controls;
    QComboBox* m_fill = nullptr;
    NumberBox* m_seed = nullptr;
    PreviewGrid* m_grid = nullptr;
    MessageBanner* m_banner = nullptr;
    QPushButton* m_choose = nullptr; ///< a data set, in the banner
    QLabel* m_caption = nullptr;
    QPushButton* m_previous = nullptr;
    QPushButton* m_next = nullptr;
};

} // namespace thaw::ui
