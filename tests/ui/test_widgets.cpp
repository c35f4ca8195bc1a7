// The small parts, used by mouse and keyboard.

#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/models/thumbnail_model.h"
#include "ui/theme.h"
#include "ui/widgets/cell_delegate.h"
#include "ui/widgets/class_table.h"
#include "ui/widgets/drop_area.h"
#include "ui/widgets/layer_strip.h"
#include "ui/widgets/message_banner.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/number_slider.h"
#include "ui/widgets/preview_grid.h"
#include "ui/widgets/problem_list.h"
#include "ui/widgets/split_editor.h"
#include "ui/widgets/thumbnail_grid.h"

#include <QApplication>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QStandardItemModel>
#include <QTableView>
#include <QTest>

using namespace thaw;
using namespace thaw::ui;

class TestWidgets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ThemeMode::Light); }

    // Drop area.
    void takesLocalPathsOnly()
    {
        DropArea area;
        area.resize(400, 300);
        QSignalSpy dropped(&area, &DropArea::pathDropped);
        QVERIFY(test::dropOnto(&area, "/pictures/cats & dogs"));
        QCOMPARE(dropped.count(), 1);
        QCOMPARE(dropped[0][0].toString(), "/pictures/cats & dogs");
        QMimeData far;
        far.setUrls({QUrl("https://example.org/cats.zip")});
        QDragEnterEvent enter({5, 5}, Qt::CopyAction, &far, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&area, &enter);
        QVERIFY(!enter.isAccepted());
        QMimeData text;
        text.setText("not a path");
        QCOMPARE(droppedPath(&text), QString());
        QMimeData several;
        several.setUrls({QUrl("https://example.org"), QUrl::fromLocalFile("/b"), QUrl::fromLocalFile("/c")});
        QCOMPARE(droppedPath(&several), "/b");
    }

    void showsThatItWouldTakeADrag()
    {
        DropArea area;
        area.resize(400, 300);
        const QImage resting = area.grab().toImage();
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile("/pictures")});
        QDragEnterEvent enter({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&area, &enter);
        QVERIFY(area.grab().toImage() != resting);
        QDragLeaveEvent leave;
        QApplication::sendEvent(&area, &leave);
        QCOMPARE(area.grab().toImage(), resting);
    }

    void dropAreaHasButtonsForTheKeyboard()
    {
        DropArea area;
        area.show();
        QSignalSpy choose(&area, &DropArea::chooseClicked);
        QSignalSpy sample(&area, &DropArea::sampleClicked);
        auto* button = area.findChild<QPushButton*>("chooseFolderButton");
        button->setFocus();
        QTest::keyClick(button, Qt::Key_Space);
        QTest::mouseClick(area.findChild<QPushButton*>("samplePicturesButton"), Qt::LeftButton);
        QCOMPARE(choose.count(), 1);
        QCOMPARE(sample.count(), 1);
    }

    // Thumbnail grid.
    void thumbnailsAreChosenByClassAndSplit()
    {
        const test::TemporaryFolder folder;
        const DatasetPointer dataset = test::makeDataset(folder / "pictures", 10);
        ThumbnailGrid grid;
        grid.setDataset(dataset);
        auto* label = grid.findChild<QComboBox*>("thumbnailClass");
        auto* split = grid.findChild<QComboBox*>("thumbnailSplit");
        const auto* model = grid.findChild<QListView*>("thumbnailView")->model();
        QCOMPARE(label->count(), 3);
        QCOMPARE(model->rowCount(), 20);
        label->setCurrentIndex(2);
        QCOMPARE(model->rowCount(), 10);
        split->setCurrentIndex(3);
        QCOMPARE(model->rowCount(), int(dataset->countsOf(Split::Test)[1]));
        QVERIFY(
            grid.findChild<QLabel*>("thumbnailCount")->text().contains(QString::number(model->rowCount())));
        // A check of the same classes keeps the choice, another data set does not.
        grid.setDataset(std::make_shared<const DatasetIndex>(*dataset));
        QCOMPARE(label->currentIndex(), 2);
        QCOMPARE(split->currentIndex(), 3);
        DatasetIndex other = *dataset;
        other.classes = {"apples", "pears"};
        grid.setDataset(std::make_shared<const DatasetIndex>(other));
        QCOMPARE(label->currentIndex(), 0);
        QCOMPARE(split->currentIndex(), 0);
        QCOMPARE(label->itemText(1), "apples");
        grid.setDataset(nullptr);
        QCOMPARE(model->rowCount(), 0);
    }

    // Split editor.
    void splitIsEditedInPercent()
    {
        Session session;
        session.setDataset(dataset(DatasetLayout::ClassFolders), session.recipe().split);
        SplitEditor editor(&session);
        editor.show();
        auto* validation = editor.findChild<NumberBox*>("splitValidation");
        auto* testShare = editor.findChild<NumberBox*>("splitTest");
        auto* seed = editor.findChild<NumberBox*>("splitSeed");
        QCOMPARE(validation->value(), 20.0);
        validation->setValue(35);
        QCOMPARE(session.recipe().split.validation, 0.35);
        testShare->setValue(5);
        QCOMPARE(session.recipe().split.test, 0.05);
        seed->setValue(42);
        QCOMPARE(session.recipe().split.seed, std::uint64_t(42));
        QCOMPARE(session.recipe().seed, std::uint64_t(0)); // of training
        session.undoStack()->undo();
        QCOMPARE(seed->value(), 0.0);
        QCOMPARE(testShare->value(), 5.0); // every field is undone by itself
        session.undoStack()->undo();
        session.undoStack()->undo();
        QCOMPARE(validation->value(), 20.0);
    }

    void leavingAFieldOfTheSplitEndsItsEdit()
    {
        Session session;
        session.setDataset(dataset(DatasetLayout::ClassFolders), session.recipe().split);
        SplitEditor editor(&session);
        editor.show();
        auto* validation = editor.findChild<NumberBox*>("splitValidation");
        validation->setValue(25);
        validation->setValue(30); // edits in a row are one step
        QCOMPARE(session.undoStack()->count(), 1);
        QTest::keyClick(validation, Qt::Key_Return);
        validation->setValue(35);
        QCOMPARE(session.undoStack()->count(), 2);
        session.undoStack()->undo();
        QCOMPARE(validation->value(), 30.0);
    }

    void splitMustLeaveSomethingForTraining()
    {
        Session session;
        session.setDataset(dataset(DatasetLayout::ClassFolders), session.recipe().split);
        SplitEditor editor(&session);
        auto* validation = editor.findChild<NumberBox*>("splitValidation");
        validation->selectAll();
        QTest::keyClicks(validation, "80");
        QTest::keyClick(validation, Qt::Key_Return);
        QVERIFY(validation->refusal().contains("leave something for training"));
        QCOMPARE(session.recipe().split.validation, 0.2);
        QTest::keyClick(validation, Qt::Key_Escape);
        for (int i = 0; i < 20; ++i) {
            validation->stepBy(1);
        }
        QCOMPARE(session.recipe().split.validation, 0.75);
    }

    void splitKeepsSharesThatPercentCannotSay()
    {
        Session session;
        session.editRecipe("thirds", [](Recipe& recipe) { recipe.split = {1.0 / 3, 1.0 / 3}; });
        session.setDataset(dataset(DatasetLayout::ClassFolders), session.recipe().split);
        SplitEditor editor(&session);
        editor.findChild<NumberBox*>("splitSeed")->setValue(3);
        QCOMPARE(session.recipe().split.validation, 1.0 / 3);
    }

    void splitIsNotOfferedWhereTheDataSetDecides()
    {
        Session session;
        session.setDataset(dataset(DatasetLayout::SplitCsv));
        SplitEditor editor(&session);
        editor.show();
        QVERIFY(!editor.findChild<NumberBox*>("splitValidation")->isVisible());
        QVERIFY(editor.findChild<QLabel*>("splitWords")->text().contains("says itself"));
        session.setDataset(dataset(DatasetLayout::ClassFolders));
        QVERIFY(editor.findChild<NumberBox*>("splitValidation")->isVisible());
    }

    // Layer strip.
    void blocksAreToggledByMouseAndKeys()
    {
        LayerStrip strip;
        fill(strip);
        strip.show();
        QVERIFY(QTest::qWaitForWindowActive(&strip));
        QSignalSpy toggled(&strip, &LayerStrip::blockToggled);
        QTest::mouseClick(block(strip, 5), Qt::LeftButton);
        QCOMPARE(toggled.takeFirst(), (QVariantList{5, false})); // all of it trains: freeze it
        block(strip, 2)->setFocus();
        QTest::keyClick(block(strip, 2), Qt::Key_Space);
        QCOMPARE(toggled.takeFirst(), (QVariantList{2, true}));
        QTest::mouseClick(strip.findChild<QWidget*>("stripHead"), Qt::LeftButton);
        QCOMPARE(toggled.count(), 0);
    }

    void arrowsWalkAlongTheStrip()
    {
        LayerStrip strip;
        fill(strip);
        strip.show();
        QVERIFY(QTest::qWaitForWindowActive(&strip));
        block(strip, 1)->setFocus();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Left); // nothing before the first
        QVERIFY(block(strip, 1)->hasFocus());
        for (int number = 2; number <= 5; ++number) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right);
            QVERIFY(block(strip, number)->hasFocus());
        }
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right); // the head takes no focus
        QVERIFY(block(strip, 5)->hasFocus());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Left);
        QVERIFY(block(strip, 4)->hasFocus());
    }

    void stripSaysItsStateInWords()
    {
        LayerStrip strip;
        fill(strip);
        QCOMPARE(block(strip, 5)->accessibleName(), "Block 5: Trains");
        QCOMPARE(block(strip, 1)->accessibleName(), "Block 1: Frozen");
        FreezePlan plan;
        plan.setTrainable(12, true); // block4_conv2
        strip.setPlan(plan);
        QCOMPARE(block(strip, 4)->accessibleName(), "Block 4: 1 of 3 train");
        QVERIFY(!block(strip, 4)->isFullyTrained());
        QVERIFY(block(strip, 4)->toolTip().contains("let it train"));
    }

    void stripColoursTheLayersThatTrain()
    {
        LayerStrip strip;
        strip.resize(900, 160);
        fill(strip);
        const auto draw = [&](int layer) {
            FreezePlan plan;
            plan.setTrainable(layer, true);
            strip.setPlan(plan);
            return block(strip, 1)->grab().toImage();
        };
        const QImage first = draw(1); // block1_conv1
        const QImage second = draw(2);
        const QColor card = second.pixelColor(second.width() / 2, 6);
        const auto strength = [&card](const QColor& colour) {
            return std::abs(colour.red() - card.red()) + std::abs(colour.green() - card.green()) +
                   std::abs(colour.blue() - card.blue());
        };
        // The bars are all that differs: where it is stronger, there is the layer that trains.
        int left = first.width();
        int right = 0;
        for (int x = 0; x < first.width(); ++x) {
            for (int y = 0; y < first.height(); ++y) {
                if (first.pixelColor(x, y) != second.pixelColor(x, y)) {
                    left = std::min(left, x);
                    right = std::max(right, x);
                }
            }
        }
        QVERIFY(left < right);
        const int middle = block(strip, 1)->height() / 3;
        QVERIFY(strength(first.pixelColor(left + 4, middle)) > strength(second.pixelColor(left + 4, middle)));
        QVERIFY(strength(first.pixelColor(right - 4, middle)) <
                strength(second.pixelColor(right - 4, middle)));
        QCOMPARE(block(strip, 1)->accessibleName(), "Block 1: 1 of 2 train");
    }

    // Tables.
    void classNamesKeepALeastWidth()
    {
        DatasetIndex index;
        index.classes = {"Golden retriever", "Labrador"};
        ClassTable table;
        table.setDataset(std::make_shared<const DatasetIndex>(index));
        for (const int width : {120, 240, 700}) {
            table.resize(width, 200);
            table.show();
            QCoreApplication::processEvents();
            const int name = table.columnWidth(ClassTableModel::ClassName);
            QVERIFY2(name >= 16 * table.fontMetrics().averageCharWidth(), qPrintable(QString::number(width)));
        }
        // All the room there is, and no more.
        QCOMPARE(table.horizontalHeader()->length(), table.viewport()->width());
    }

    void stripIsDrawnDifferentlyWhenItTrains()
    {
        LayerStrip strip;
        strip.resize(900, 160);
        fill(strip);
        const QImage before = strip.grab().toImage();
        strip.setPlan(FreezePlan());
        QVERIFY(strip.grab().toImage() != before);
    }

    // Number slider.
    void sliderAndBoxStayInStep()
    {
        NumberSlider number("zoom", "&Zoom", "How far.", {0, 50}, 5, "%");
        auto* slider = number.findChild<QSlider*>("zoomSlider");
        auto* box = number.findChild<NumberBox*>("zoomBox");
        QSignalSpy edited(&number, &NumberSlider::valueEdited);
        slider->setValue(3);
        QCOMPARE(box->value(), 15.0);
        box->setValue(40);
        QCOMPARE(slider->value(), 8);
        QCOMPARE(edited.count(), 2);
        number.setValue(20); // not by the user
        QCOMPARE(edited.count(), 2);
        QCOMPARE(number.value(), 20.0);
        box->setValue(33); // between two steps of the slider: the box keeps it
        QCOMPARE(number.value(), 33.0);
        QCOMPARE(slider->accessibleName(), "Zoom");
    }

    // Message banner.
    void bannerShowsClosesAndHasButtons()
    {
        QWidget page;
        MessageBanner banner(&page);
        QPushButton* more = banner.addButton("&More", "bannerMore");
        page.show();
        QVERIFY(banner.isHidden());
        banner.showError({ErrorCode::DatasetEmpty, "/empty", "there is nothing", "add pictures"});
        QVERIFY(banner.isVisible());
        QCOMPARE(banner.title(), errorTitle(ErrorCode::DatasetEmpty));
        QVERIFY(banner.text().contains("Add pictures."));
        QVERIFY(banner.accessibleDescription().contains("/empty"));
        QCOMPARE(more->accessibleName(), "More");
        auto* close = banner.findChild<QPushButton*>("closeBannerButton");
        QTest::mouseClick(close, Qt::LeftButton);
        QVERIFY(banner.isHidden());
        banner.setCloseable(false);
        banner.showMessage(MessageBanner::Kind::Info, "Only a title", {});
        QVERIFY(!close->isVisible());
        QVERIFY(!banner.findChild<QLabel*>("bannerText")->isVisible());
    }

    // Problem list.
    void tablesDrawTheirMarksOnceAndWithAir()
    {
        const QColor ink(200, 0, 200);
        QPixmap mark(12, 12);
        mark.fill(ink);
        auto* item = new QStandardItem(mark, {});
        item->setCheckable(true);
        QStandardItemModel model;
        model.appendRow(item);
        QTableView table;
        table.setItemDelegate(new CellDelegate(&table));
        table.setModel(&model);
        table.show();
        const QImage cell = table.viewport()->grab(table.visualRect(model.index(0, 0))).toImage();
        int inked = 0;
        for (int y = 0; y < cell.height(); ++y) {
            for (int x = 0; x < cell.width(); ++x) {
                inked += cell.pixelColor(x, y) == ink;
            }
            QCOMPARE(cell.pixelColor(4, y), cell.pixelColor(4, 0));
        }
        QCOMPARE(inked, mark.width() * mark.height());
    }

    void findingsAreCountedAndFiltered()
    {
        ProblemList list;
        list.show();
        auto* summary = list.findChild<QLabel*>("problemSummary");
        auto* table = list.findChild<QTableView*>("problemTable");
        list.setProblems({}, false);
        QCOMPARE(summary->text(), "Nothing found so far.");
        list.setProblems({}, true);
        QVERIFY(summary->text().startsWith("Every picture can be read"));
        QVERIFY(!table->isVisible());
        list.setProblems({{"a.jpg", ProblemCode::Unreadable, ProblemSeverity::Error, "cut short"},
                          {"b.jpg", ProblemCode::Leak, ProblemSeverity::Warning, "in two splits"}},
                         true);
        QVERIFY(table->isVisible());
        QVERIFY(summary->text().contains('1'));
        list.findChild<QComboBox*>("problemSeverity")->setCurrentIndex(2);
        QCOMPARE(table->model()->rowCount(), 1);
        list.findChild<QLineEdit*>("problemFilter")->setText("cut");
        QCOMPARE(table->model()->rowCount(), 0);
        list.findChild<QComboBox*>("problemSeverity")->setCurrentIndex(0);
        QCOMPARE(table->model()->rowCount(), 1);
    }

    // Preview grid.
    void previewsKeepWhatTheyWereGiven()
    {
        PreviewGrid grid;
        grid.resize(grid.sizeHint());
        const QImage empty = grid.grab().toImage();
        QImage red(20, 20, QImage::Format_RGB888);
        red.fill(Qt::red);
        grid.setPicture(0, red);
        grid.setPicture(PreviewGrid::columns * PreviewGrid::rows - 1, red);
        QCOMPARE(grid.picture(0), red);
        QVERIFY(grid.picture(1).isNull());
        QVERIFY(grid.grab().toImage() != empty);
        grid.clear();
        QVERIFY(grid.picture(0).isNull());
    }

private:
    static DatasetPointer dataset(DatasetLayout layout)
    {
        DatasetIndex index;
        index.classes = {"a", "b"};
        index.layout = layout;
        return std::make_shared<const DatasetIndex>(index);
    }

    static void fill(LayerStrip& strip)
    {
        HeadSpec head;
        head.featureSide = featureSide(180);
        strip.setLayers(baseLayers(180), head);
        strip.setPlan(bookRecipe().phases[1].freezePlan());
    }

    static LayerStripButton* block(const LayerStrip& strip, int number)
    {
        return strip.findChild<LayerStripButton*>(QStringLiteral("stripBlock%1").arg(number));
    }
};

THAW_TEST(TestWidgets)
#include "test_widgets.moc"
