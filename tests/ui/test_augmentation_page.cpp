#include "core/data/dataset/dataset_scan.h"
#include "core/data/input/transform.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "ui/jobs/image_convert.h"
#include "ui/pages/augmentation_page.h"
#include "ui/widgets/message_banner.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/preview_grid.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalSpy>
#include <QSlider>
#include <QtTest>

#include <optional>

using namespace thaw;
using namespace thaw::ui;

class TestAugmentationPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "home");
        test::writeSyntheticDataset(m_folder / "data");
        ScanOptions options;
        m_dataset = std::make_shared<const DatasetIndex>(*scanDataset(m_folder / "data", options));
    }

    void init()
    {
        m_session.emplace();
        Recipe recipe = quickRecipe();
        recipe.phases[0].epochs = 20;
        QVERIFY(m_session->restoreRecipe(recipe).empty());
        m_page.emplace(&*m_session);
        m_page->resize(1080, 720);
        m_page->show();
    }

    void cleanup()
    {
        m_page.reset();
        m_session.reset();
    }

    void saysWhatIsNeededWithoutADataset()
    {
        QVERIFY(m_page->findChild<MessageBanner*>()->isVisible());
        QVERIFY(!m_page->findChild<QWidget*>("previewGrid")->isVisible());
        QVERIFY(!m_page->findChild<QPushButton*>("nextPictureButton")->isEnabled());
    }

    void showsExactlyWhatTrainingSees()
    {
        openAndWait();
        auto* grid = m_page->findChild<PreviewGrid*>();
        const auto path = m_dataset->pathOf(trainingSample(0));
        const Recipe& recipe = m_session->recipe();
        QCOMPARE(grid->picture(0), toQImage(toRgbImage(transformFile(path, recipe.transform()))));
        for (const int epoch : {1, 5, 11}) {
            const AugmentationKey key{recipe.augmentation, recipe.seed, epoch};
            QCOMPARE(grid->picture(epoch),
                     toQImage(toRgbImage(transformFile(path, recipe.transform(), key))));
        }
    }

    void slidersAndBoxesEditTheRecipe()
    {
        openAndWait();
        QSignalSpy ready(&*m_page, &AugmentationPage::previewReady);
        auto* box = m_page->findChild<NumberBox*>("rotationBox");
        QCOMPARE(box->value(), 36.0);
        m_page->findChild<QSlider*>("rotationSlider")->setValue(90);
        QCOMPARE(box->value(), 90.0);
        QCOMPARE(m_session->recipe().augmentation.rotation, 0.25);
        m_page->findChild<NumberBox*>("flipBox")->setValue(100);
        QCOMPARE(m_session->recipe().augmentation.flip, 1.0);
        m_page->findChild<NumberBox*>("zoomBox")->setValue(0);
        QCOMPARE(m_session->recipe().augmentation.zoom, 0.0);
        QCOMPARE(m_page->findChild<QSlider*>("zoomSlider")->value(), 0);
        QTRY_VERIFY(ready.count() >= 1);
        const Recipe& recipe = m_session->recipe();
        const auto path = m_dataset->pathOf(trainingSample(0));
        const AugmentationKey key{recipe.augmentation, recipe.seed, 3};
        const QImage expected = toQImage(toRgbImage(transformFile(path, recipe.transform(), key)));
        QTRY_COMPARE(m_page->findChild<PreviewGrid*>()->picture(3), expected);
    }

    void everyOperationHasItsSlider()
    {
        openAndWait();
        for (const AugmentationOperation& operation : augmentationOperations()) {
            auto* slider = m_page->findChild<QSlider*>(QString(operation.name) + "Slider");
            QVERIFY2(slider && !slider->accessibleName().isEmpty(), operation.name);
            QVERIFY2(slider->accessibleName() != operation.name, operation.name); // has words of its own
            QVERIFY(!slider->accessibleDescription().isEmpty());
            AugmentationSpec expected = m_session->recipe().augmentation;
            slider->setValue(slider->maximum());
            expected.*operation.strength = operation.most;
            QCOMPARE(m_session->recipe().augmentation, expected);
        }
        auto* fill = m_page->findChild<QComboBox*>("augmentationFill");
        fill->setCurrentIndex(3);
        QCOMPARE(m_session->recipe().augmentation.fill, FillMode::Wrap);
        const Recipe& recipe = m_session->recipe();
        const AugmentationKey key{recipe.augmentation, recipe.seed, 11};
        const auto path = m_dataset->pathOf(trainingSample(0));
        const QImage expected = toQImage(toRgbImage(transformFile(path, recipe.transform(), key)));
        QTRY_COMPARE(m_page->findChild<PreviewGrid*>()->picture(11), expected);
        m_session->undoStack()->undo();
        QCOMPARE(fill->currentIndex(), 0);
        m_page->resetToBook();
        QCOMPARE(m_session->recipe().augmentation, bookRecipe().augmentation);
        QCOMPARE(m_page->findChild<QSlider*>("hueSlider")->value(), 0);
    }

    // Beside the sidebar of a window of 1280 × 800, nothing of the controls has to be scrolled to.
    void everythingIsInSight()
    {
        m_page->resize(1080, 724);
        QCoreApplication::processEvents();
        auto* scroll = m_page->findChild<QScrollArea*>();
        QVERIFY2(scroll->widget()->height() <= scroll->viewport()->height(),
                 qPrintable(QString::number(scroll->widget()->height() - scroll->viewport()->height())));
        QVERIFY(scroll->widget()->minimumSizeHint().width() <= scroll->viewport()->width());
        for (const auto* label : m_page->findChildren<QLabel*>()) {
            if (label->isVisible() && !label->wordWrap() && label->buddy()) {
                QVERIFY2(label->sizeHint().width() <= label->width(), qPrintable(label->text()));
            }
        }
    }

    void showsNoEpochsThatTheRecipeHasNot()
    {
        openAndWait();
        auto* grid = m_page->findChild<PreviewGrid*>();
        QVERIFY(!grid->picture(11).isNull());
        QSignalSpy ready(&*m_page, &AugmentationPage::previewReady);
        QVERIFY(m_session->setRecipe(quickRecipe(), "quick").empty());
        QTRY_COMPARE(ready.count(), 1);
        QCOMPARE(grid->epochs(), 6);
        QVERIFY(!grid->picture(6).isNull());
        for (int tile = 7; tile < PreviewGrid::columns * PreviewGrid::rows; ++tile) {
            QVERIFY(grid->picture(tile).isNull());
        }
    }

    void noAugmentationLeavesThePictureAlone()
    {
        openAndWait();
        QSignalSpy ready(&*m_page, &AugmentationPage::previewReady);
        m_session->setAugmentation({0, 0, 0, 0});
        QTRY_COMPARE(ready.count(), 1);
        auto* grid = m_page->findChild<PreviewGrid*>();
        for (int tile = 1; tile < PreviewGrid::columns * PreviewGrid::rows; ++tile) {
            QCOMPARE(grid->picture(tile), grid->picture(0));
        }
    }

    void aBurstOfEditsEndsWithTheLast()
    {
        openAndWait();
        auto* slider = m_page->findChild<QSlider*>("zoomSlider");
        for (int value = 0; value <= 80; ++value) {
            slider->setValue(value);
        }
        const Recipe& recipe = m_session->recipe();
        QCOMPARE(recipe.augmentation.zoom, 0.8);
        QCOMPARE(m_session->undoStack()->count(), 1);
        const AugmentationKey key{recipe.augmentation, recipe.seed, 11};
        const auto path = m_dataset->pathOf(trainingSample(0));
        const QImage expected = toQImage(toRgbImage(transformFile(path, recipe.transform(), key)));
        QTRY_COMPARE(m_page->findChild<PreviewGrid*>()->picture(11), expected);
    }

    void resetsToTheBook()
    {
        openAndWait();
        m_session->setAugmentation({0.1, 0.3, 0.4, 0});
        QTest::mouseClick(m_page->findChild<QPushButton*>("resetAugmentationButton"), Qt::LeftButton);
        QCOMPARE(m_session->recipe().augmentation, bookRecipe().augmentation);
        QCOMPARE(m_page->findChild<NumberBox*>("zoomBox")->value(), 20.0);
        m_session->undoStack()->undo();
        QCOMPARE(m_page->findChild<NumberBox*>("zoomBox")->value(), 40.0);
    }

    void oneControlLeavesTheOthersAlone()
    {
        // Values that the controls show rounded.
        const AugmentationSpec fine{0.1251, 0.0123, 0.1251, 3, 7};
        QVERIFY(m_session->setAugmentation(fine).empty());
        AugmentationSpec expected = fine;
        m_page->findChild<QSlider*>("rotationSlider")->setValue(90);
        expected.rotation = 0.25;
        QCOMPARE(m_session->recipe().augmentation, expected);
        m_page->findChild<NumberBox*>("flipBox")->setValue(100);
        expected.flip = 1;
        QCOMPARE(m_session->recipe().augmentation, expected);
        m_page->findChild<QSlider*>("zoomSlider")->setValue(50);
        expected.zoom = 0.5;
        QCOMPARE(m_session->recipe().augmentation, expected);
    }

    void resetKeepsTheStoredViews()
    {
        QVERIFY(m_session->setAugmentation({0.1, 0.3, 0.4, 3, 7}).empty());
        m_page->resetToBook();
        AugmentationSpec expected = bookRecipe().augmentation;
        expected.views = 3;
        expected.viewsSeed = 7;
        QCOMPARE(m_session->recipe().augmentation, expected);
    }

    void everyControlIsUndoneByItself()
    {
        m_page->findChild<QSlider*>("zoomSlider")->setValue(40);
        m_page->findChild<QSlider*>("zoomSlider")->setValue(50);
        m_page->findChild<QSlider*>("flipSlider")->setValue(20);
        m_page->findChild<QSlider*>("rotationSlider")->setValue(90);
        auto* seed = m_page->findChild<NumberBox*>("augmentationSeed");
        seed->setValue(3);
        seed->setValue(4);
        QCOMPARE(m_session->undoStack()->count(), 4);
        QTest::keyClick(seed, Qt::Key_Return);
        seed->setValue(5);
        QCOMPARE(m_session->undoStack()->count(), 5);
        m_session->undoStack()->undo();
        QCOMPARE(m_session->recipe().seed, std::uint64_t(4));
        m_session->undoStack()->undo();
        m_session->undoStack()->undo();
        QCOMPARE(m_session->recipe().augmentation.rotation, quickRecipe().augmentation.rotation);
        QCOMPARE(m_session->recipe().augmentation.flip, 0.2);
    }

    void walksThroughTrainingPicturesOnly()
    {
        openAndWait();
        auto* caption = m_page->findChild<QLabel*>("previewCaption");
        const int count = static_cast<int>(m_dataset->indicesOf(Split::Train).size());
        QCOMPARE(caption->text(), QString::fromStdString(trainingSample(0).path));
        QTest::mouseClick(m_page->findChild<QPushButton*>("previousPictureButton"), Qt::LeftButton);
        QCOMPARE(caption->text(), QString::fromStdString(trainingSample(count - 1).path));
        QTest::mouseClick(m_page->findChild<QPushButton*>("nextPictureButton"), Qt::LeftButton);
        QTest::mouseClick(m_page->findChild<QPushButton*>("nextPictureButton"), Qt::LeftButton);
        QCOMPARE(caption->text(), QString::fromStdString(trainingSample(1).path));
    }

    void aPictureThatHasGoneIsNamed()
    {
        test::TemporaryFolder gone;
        test::writeSyntheticDataset(gone.path());
        auto dataset = std::make_shared<const DatasetIndex>(*scanDataset(gone.path(), {}));
        std::filesystem::remove_all(gone.path() / "blue");
        m_session->setDataset(dataset);
        auto* banner = m_page->findChild<MessageBanner*>();
        QTRY_VERIFY(banner->isVisible());
        QVERIFY(banner->text().contains("blue"));
        QVERIFY(m_page->findChild<PreviewGrid*>()->picture(0).isNull());
    }

private:
    void openAndWait()
    {
        QSignalSpy ready(&*m_page, &AugmentationPage::previewReady);
        m_session->setDataset(m_dataset);
        QTRY_COMPARE(ready.count(), 1);
    }

    const Sample& trainingSample(int position) const
    {
        return m_dataset->samples[m_dataset->indicesOf(Split::Train)[static_cast<std::size_t>(position)]];
    }

    test::TemporaryFolder m_folder;
    DatasetPointer m_dataset;
    std::optional<Session> m_session;
    std::optional<AugmentationPage> m_page;
};

THAW_TEST(TestAugmentationPage)
#include "test_augmentation_page.moc"
