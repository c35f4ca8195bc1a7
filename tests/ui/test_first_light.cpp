// The whole way through the window, as a person would go it.

#include "core/compute/compute_device.h"
#include "core/model/weights/weights.h"
#include "core/run/run_store.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/main_window.h"
#include "ui/pages/augmentation_page.h"
#include "ui/pages/dataset_page.h"
#include "ui/pages/runs_page.h"
#include "ui/pages/training_page.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/preview_grid.h"

#include <QAbstractSpinBox>
#include <QAction>
#include <QComboBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QListView>
#include <QListWidget>
#include <QPushButton>
#include <QSlider>
#include <QTableView>
#include <QTest>

using namespace thaw;
using namespace thaw::ui;

class TestFirstLight : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void fromADroppedFolderToAnExportedModel();

private:
    template <typename T>
    T* find(const char* name) const
    {
        T* widget = m_window->findChild<T*>(name);
        if (!widget) {
            qFatal("no widget %s", name);
        }
        return widget;
    }
    void click(const char* button) { QTest::mouseClick(find<QWidget>(button), Qt::LeftButton); }
    void goTo(Page page)
    {
        auto* sidebar = find<QListWidget>("sidebar");
        const QRect item = sidebar->visualItemRect(sidebar->item(int(page)));
        QTest::mouseClick(sidebar->viewport(), Qt::LeftButton, {}, item.center());
        QCOMPARE(m_window->page(), page);
    }
    void type(const char* spinBox, const QString& text)
    {
        auto* box = find<QAbstractSpinBox>(spinBox);
        box->setFocus();
        box->selectAll();
        QTest::keyClicks(box, text);
        QTest::keyClick(box, Qt::Key_Return);
    }
    void choose(const char* combo, const QString& data)
    {
        auto* box = find<QComboBox>(combo);
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Home);
        for (int i = 0; i < box->count() && box->currentData().toString() != data; ++i) {
            QTest::keyClick(box, Qt::Key_Down);
        }
        QCOMPARE(box->currentData().toString(), data);
        Q_EMIT box->activated(box->currentIndex());
    }
    std::size_t epochsShown() const { return find<MetricsPlot>("trainingPlot")->history().size(); }

    MainWindow* m_window = nullptr;
};

void TestFirstLight::fromADroppedFolderToAnExportedModel()
{
    QElapsedTimer clock;
    clock.start();
    test::TemporaryFolder folder;
    test::isolateProgram(folder.path());
    setThreadCount(1);
    Dialogs::script();
    test::SyntheticSpec pictures;
    pictures.side = 32;
    test::writeSyntheticDataset(folder / "pictures", pictures);
    Session session;
    test::useFixedSpeed(session);
    session.setRunsRoot(folder / "runs");
    MainWindow window(&session);
    m_window = &window;
    window.resize(1280, 800);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));

    // Data set: dropped, counted, seen.
    goTo(Page::Dataset);
    QVERIFY(test::dropOnto(find<QWidget>("dropArea"), folder / "pictures"));
    QTRY_VERIFY_WITH_TIMEOUT(session.isDatasetReady() && !window.datasetPage()->isBusy(), test::patienceMs);
    QVERIFY(find<QLabel>("datasetTotals")->text().contains("40"));
    QCOMPARE(find<QListView>("thumbnailView")->model()->rowCount(), 40);

    // Augmentation: less rotation, seen in the previews.
    goTo(Page::Augmentation);
    auto* grid = window.findChild<PreviewGrid*>();
    QTRY_VERIFY_WITH_TIMEOUT(!grid->picture(1).isNull(), test::patienceMs);
    const double rotation = session.recipe().augmentation.rotation;
    auto* slider = find<QSlider>("rotationSlider");
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_PageDown);
    QVERIFY(session.recipe().augmentation.rotation < rotation);

    // Layers: one more block thaws in the second phase, by a click.
    goTo(Page::Layers);
    const int thawedBefore = int(session.freezePlan(1).names().size());
    auto* phase = find<QComboBox>("layersPhase");
    phase->setFocus();
    QTest::keyClick(phase, Qt::Key_End);
    click("stripBlock4");
    QCOMPARE(int(session.freezePlan(1).names().size()), thawedBefore + 4); // with its pool
    QVERIFY(session.freezePlan(0).names().empty());

    // Training: a narrow network without pretrained weights, the rest typed by hand.
    QVERIFY(session
                .editRecipe("narrow",
                            [](Recipe& recipe) {
                                recipe.weights = "none"; // the only base of another width
                                recipe.width = 0.0625;
                                recipe.threads = 1;
                            })
                .empty());
    goTo(Page::Training);
    QVERIFY(find<QWidget>("trainingWarning")->isVisible());
    type("recipeInputSize", "32");
    type("recipeBatchSize", "8");
    type("phase1Epochs", "400");
    type("phase2Epochs", "2");
    choose("recipeDevice", "cpu");
    QCOMPARE(session.recipe().phases[0].epochs, 400);
    click("trainingStart");
    QTRY_VERIFY_WITH_TIMEOUT(epochsShown() >= 3, test::patienceMs);
    QVERIFY(find<QLabel>("trainingSpeed")->text().contains("images/s"));

    // Space pauses, Space continues, where it was.
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QTRY_COMPARE_WITH_TIMEOUT(window.trainingPage()->state(), TrainingState::Paused, test::patienceMs);
    const auto run = window.trainingPage()->runFolder();
    QCOMPARE(loadRun(run).record.state, RunState::Stopped);
    const std::size_t paused = epochsShown();
    QCOMPARE(loadRun(run).history.size(), paused);
    QVERIFY(find<QWidget>("trainingContinue")->isVisible());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QTRY_VERIFY_WITH_TIMEOUT(epochsShown() > paused, test::patienceMs);
    QCOMPARE(window.trainingPage()->runFolder(), run);

    // Stop: a model that can be used stays behind.
    click("trainingStop");
    QTRY_COMPARE_WITH_TIMEOUT(window.trainingPage()->state(), TrainingState::Idle, test::patienceMs);
    QVERIFY(find<QWidget>("trainingWarning")->isVisible()); // and the warning about its weights stays too
    click("trainingShowRun");
    QCOMPARE(window.page(), Page::Runs);
    QTRY_VERIFY_WITH_TIMEOUT(window.runsPage()->selectedRun() &&
                                 window.runsPage()->selectedRun()->folder == run,
                             test::patienceMs);
    // The list may still show what it read at the pause.
    QTRY_COMPARE_WITH_TIMEOUT(find<MetricsPlot>("runPlot")->history().size(), loadRun(run).history.size(),
                              test::patienceMs);
    QVERIFY(loadRun(run).history.size() > paused);

    const auto model = folder / "model.safetensors";
    Dialogs::answerPath(toText(model));
    find<QAction>("export.safetensors")->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(model), test::patienceMs);
    const ModelWeights exported = readModelWeights(model);
    QCOMPARE(exported.classes, (std::vector<std::string>{"blue", "red"}));
    QCOMPARE(exported.transform.inputSize, 32);
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("runExport")->isEnabled(), test::patienceMs);
    qInfo("from drop to export: %.1f s", double(clock.elapsed()) / 1000);
}

THAW_TEST(TestFirstLight)
#include "test_first_light.moc"
