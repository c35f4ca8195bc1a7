#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/pages/dataset_page.h"
#include "ui/widgets/class_table.h"
#include "ui/widgets/message_banner.h"
#include "ui/widgets/number_box.h"

#include <QComboBox>
#include <QDropEvent>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QUndoStack>
#include <QUrl>
#include <QtTest>

#include <fstream>

using namespace thaw;
using namespace thaw::ui;

class TestDatasetPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_home.path());
        qputenv("THAW_OFFLINE", "1");
    }

    void init()
    {
        Dialogs::script();
        m_folder.emplace();
        m_session.emplace();
        m_page.emplace(&*m_session);
        m_page->resize(1080, 720);
        m_page->show();
    }

    void cleanup()
    {
        m_page.reset();
        m_session.reset();
        m_folder.reset();
    }

    void everyControlHasAName()
    {
        openMade();
        for (const QWidget* widget : m_page->findChildren<QWidget*>()) {
            const bool isControl = qobject_cast<const QAbstractButton*>(widget) ||
                                   qobject_cast<const QComboBox*>(widget) ||
                                   (qobject_cast<const QAbstractItemView*>(widget) &&
                                    !qobject_cast<const QHeaderView*>(widget)) ||
                                   qobject_cast<const QAbstractSpinBox*>(widget);
            if (isControl && widget->isVisible() && !widget->objectName().startsWith("qt_")) {
                QVERIFY2(!widget->objectName().isEmpty(), widget->metaObject()->className());
                QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
            }
        }
    }

    void theNarrowestWindowShowsAllColumns()
    {
        openMade();
        m_page->resize(764, 580); // beside the sidebar of a window of 960
        QApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
        const auto* table = m_page->findChild<QTableView*>("classTable");
        QCOMPARE(table->horizontalScrollBar()->maximum(), 0);
        const auto* classes = m_page->findChild<QComboBox*>("thumbnailClass");
        QVERIFY(classes->width() >= classes->fontMetrics().horizontalAdvance(classes->currentText()) + 40);
    }

    void dropsAFolder()
    {
        test::writeSyntheticDataset(m_folder->path());
        auto* area = m_page->findChild<QWidget*>("dropArea");
        QVERIFY(area->isVisible());
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(toText(m_folder->path()))});
        QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(area, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(area, &drop);
        QTRY_VERIFY(m_session->isDatasetReady());
        QVERIFY(!area->isVisible());
        QCOMPARE(label("datasetPath"), toText(std::filesystem::canonical(m_folder->path())));
        QVERIFY(label("datasetTotals").startsWith("40 "));
        // And what comes next is said.
        auto* next = m_page->findChild<QPushButton*>("goToTrainingButton");
        QTRY_VERIFY(next->isVisible());
        QSignalSpy wanted(&*m_session, &Session::pageRequested);
        QTest::mouseClick(next, Qt::LeftButton);
        QCOMPARE(wanted.count(), 1);
        QCOMPARE(wanted[0][0].value<Page>(), Page::Training);
    }

    void refusesADropThatIsNoFile()
    {
        auto* area = m_page->findChild<QWidget*>("dropArea");
        QMimeData data;
        data.setText("just words");
        QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        enter.ignore();
        QApplication::sendEvent(area, &enter);
        QVERIFY(!enter.isAccepted());
    }

    void showsCountsByClassAndSplit()
    {
        test::SyntheticSpec spec;
        spec.classes = {"apple", "pear", "plum"};
        spec.perClass = 5;
        spec.splitFolders = true;
        test::writeSyntheticDataset(m_folder->path(), spec);
        open(m_folder->path());
        const auto* model = m_page->findChild<QTableView*>("classTable")->model();
        QCOMPARE(model->rowCount(), 4);
        QCOMPARE(model->index(1, ClassTableModel::ClassName).data().toString(), QString("pear"));
        QCOMPARE(model->index(1, ClassTableModel::Validation).data().toString(), QString("5"));
        QCOMPARE(model->index(1, ClassTableModel::Total).data(ClassTableModel::ShareRole).toDouble(), 1.0);
        QCOMPARE(model->index(3, ClassTableModel::Total).data().toString(), QString("45"));
        // The folders say what is for training: the split cannot be edited.
        QVERIFY(!m_page->findChild<NumberBox*>("splitValidation")->isVisible());
    }

    void aNewSplitIsScannedAgain()
    {
        openMade();
        auto* validation = m_page->findChild<NumberBox*>("splitValidation");
        QVERIFY(validation->isVisible());
        QCOMPARE(m_session->dataset()->countsOf(Split::Validation)[0], std::size_t(4));
        QCOMPARE(validation->value(), 20.0);
        validation->setValue(40);
        QCOMPARE(m_session->recipe().split.validation, 0.4);
        QVERIFY(!m_session->isDatasetReady());
        QTRY_VERIFY(m_session->isDatasetReady());
        QCOMPARE(m_session->dataset()->countsOf(Split::Validation)[0], std::size_t(8));
        m_session->undoStack()->undo();
        QTRY_VERIFY(m_session->isDatasetReady());
        QCOMPARE(m_session->dataset()->countsOf(Split::Validation)[0], std::size_t(4));
    }

    void sharesThatLeaveNothingAreRefused()
    {
        openMade();
        auto* validation = m_page->findChild<NumberBox*>("splitValidation");
        auto* issue = m_page->findChild<QLabel*>("issue.split");
        m_page->findChild<NumberBox*>("splitTest")->setValue(40);
        validation->selectAll();
        QTest::keyClicks(validation, "60");
        QTest::keyClick(validation, Qt::Key_Return);
        QVERIFY(issue->isVisible());
        QCOMPARE(issue->text(), "Validation: “60” is not taken: validation and test together must leave "
                                "something for training.");
        QCOMPARE(m_session->recipe().split.validation, 0.2);
        validation->selectAll();
        QTest::keyClicks(validation, "59,5");
        QTest::keyClick(validation, Qt::Key_Return);
        QVERIFY(!issue->isVisible());
        QCOMPARE(m_session->recipe().split.validation, 0.595);
    }

    void aPartlySplitManifestMayBeEdited()
    {
        test::writeSyntheticDataset(m_folder->path());
        std::ofstream manifest(*m_folder / "split.csv");
        manifest << "path,label\n";
        for (int i = 0; i < 20; ++i) {
            manifest << "blue/blue." << i << ".png,blue\nred/red." << i << ".png,red\n";
        }
        manifest.close();
        open(m_folder->path());
        QCOMPARE(m_session->dataset()->layout, DatasetLayout::SplitCsv);
        QVERIFY(m_session->isSplitOurs());
    }

    void listsProblems()
    {
        test::writeSyntheticDataset(m_folder->path());
        std::ofstream(*m_folder / "blue/broken.png") << "not a picture";
        std::filesystem::copy_file(*m_folder / "red/red.0.png", *m_folder / "red/twin.png");
        open(m_folder->path());
        auto* table = m_page->findChild<QTableView*>("problemTable");
        QVERIFY(table->isVisible());
        const int all = table->model()->rowCount();
        QVERIFY(all >= 2);
        m_page->findChild<QLineEdit*>("problemFilter")->setText("BROKEN");
        QCOMPARE(table->model()->rowCount(), 1);
        QCOMPARE(table->model()->index(0, 0).data().toString(), QString("blue/broken.png"));
        m_page->findChild<QLineEdit*>("problemFilter")->clear();
        int bySeverity = 0;
        for (int entry = 1; entry <= 3; ++entry) {
            m_page->findChild<QComboBox*>("problemSeverity")->setCurrentIndex(entry);
            bySeverity += table->model()->rowCount();
        }
        QCOMPARE(bySeverity, all);
        QVERIFY(label("datasetTotals").contains("1 left out"));
    }

    void showsThumbnailsOfAClassAndSplit()
    {
        openMade();
        auto* view = m_page->findChild<QListView*>("thumbnailView");
        QCOMPARE(view->model()->rowCount(), 40);
        m_page->findChild<QComboBox*>("thumbnailClass")->setCurrentText("red");
        QCOMPARE(view->model()->rowCount(), 20);
        m_page->findChild<QComboBox*>("thumbnailSplit")->setCurrentIndex(3);
        QCOMPARE(view->model()->rowCount(), 4);
        // The first picture arrives, in the hue that is drawn for the second of two classes: half a turn from
        // red.
        const auto colour = [view] {
            const auto pixmap = view->model()->index(0, 0).data(Qt::DecorationRole).value<QPixmap>();
            return pixmap.toImage().pixelColor(50, 50);
        };
        QTRY_VERIFY(colour().alpha() == 255);
        QVERIFY(colour().blue() > colour().red() + 40);
    }

    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("code");
        QTest::newRow("missing") << "missing" << int(ErrorCode::FileNotFound);
        QTest::newRow("empty") << "empty" << int(ErrorCode::DatasetEmpty);
        QTest::newRow("one class") << "one" << int(ErrorCode::DatasetOneClass);
    }

    void saysWhatIsWrong()
    {
        QFETCH(QString, kind);
        QFETCH(int, code);
        auto path = m_folder->path();
        if (kind == "missing") {
            path /= "nowhere";
        } else if (kind == "one") {
            test::SyntheticSpec spec;
            spec.classes = {"only"};
            test::writeSyntheticDataset(path, spec);
        }
        m_page->openDataset(toText(path));
        auto* banner = m_page->findChild<MessageBanner*>();
        QTRY_VERIFY(!m_page->isBusy());
        QVERIFY(banner->isVisible());
        QCOMPARE(banner->title(), errorTitle(ErrorCode(code)));
        QVERIFY(!banner->text().isEmpty());
        QVERIFY(m_page->findChild<QWidget*>("dropArea")->isVisible());
        QVERIFY(Dialogs::asked().isEmpty());
    }

    void aFailedOpenKeepsTheDataset()
    {
        openMade();
        const DatasetPointer before = m_session->dataset();
        m_page->openDataset(toText(*m_folder / "nowhere"));
        QTRY_VERIFY(!m_page->isBusy());
        QVERIFY(m_page->findChild<MessageBanner*>()->isVisible());
        QCOMPARE(m_session->dataset(), before);
    }

    void aSplitChangedAfterAFailedOpenIsOfTheDatasetShown()
    {
        openMade();
        m_page->openDataset(toText(*m_folder / "nowhere"));
        QTRY_VERIFY(!m_page->isBusy());
        m_page->findChild<NumberBox*>("splitTest")->setValue(0);
        QTRY_VERIFY(m_session->isDatasetReady());
        QVERIFY(m_session->dataset()->indicesOf(Split::Test).empty());
    }

    void otherEditsDoNotScanAgain()
    {
        openMade();
        QSignalSpy changed(&*m_session, &Session::datasetChanged);
        QSignalSpy busy(&*m_page, &DatasetPage::busyChanged);
        m_session->editRecipe("epochs", [](Recipe& recipe) { recipe.phases[0].epochs = 9; });
        QVERIFY(!m_page->findChild<QTimer*>("rescanTimer")->isActive());
        QCOMPARE(changed.count(), 0);
        QCOMPARE(busy.count(), 0);
        m_session->editRecipe("seed", [](Recipe& recipe) { recipe.seed = 9; });
        QVERIFY(!m_page->findChild<QTimer*>("rescanTimer")->isActive());
        m_session->editRecipe("split", [](Recipe& recipe) { recipe.split.seed = 9; });
        QVERIFY(m_page->findChild<QTimer*>("rescanTimer")->isActive());
    }

    void theLastOpenWins()
    {
        const test::TemporaryFolder other;
        test::SyntheticSpec spec;
        spec.classes = {"left", "right"};
        test::writeSyntheticDataset(m_folder->path());
        test::writeSyntheticDataset(other.path(), spec);
        m_page->openDataset(toText(m_folder->path()));
        m_page->openDataset(toText(other.path()));
        QTRY_VERIFY(!m_page->isBusy());
        QVERIFY(m_session->isDatasetReady());
        QCOMPARE(m_session->dataset()->classes, spec.classes);
    }

    void cancelLeavesNothingHalfDone()
    {
        test::writeSyntheticDataset(m_folder->path());
        m_page->openDataset(toText(m_folder->path()));
        auto* cancel = m_page->findChild<QPushButton*>("cancelScanButton");
        QVERIFY(cancel->isVisible());
        QTest::mouseClick(cancel, Qt::LeftButton);
        QTRY_VERIFY(!m_page->isBusy());
        QVERIFY(!m_page->findChild<QWidget*>("datasetProgress")->isVisible());
        // Stopped before or after the headers were read: either way it can be gone on with.
        m_page->openDataset(toText(m_folder->path()));
        QTRY_VERIFY(m_session->isDatasetReady());
    }

    void aDroppedRunIsShownAsOne()
    {
        const auto run = test::writeRun(*m_folder / "run", RunState::Finished);
        QSignalSpy wanted(&*m_session, &Session::runRequested);
        QVERIFY(test::dropOnto(m_page->findChild<QWidget*>("dropArea"), run / ""));
        QTRY_COMPARE(wanted.count(), 1);
        QCOMPARE(wanted[0][0].toString(), toText(run));
        QVERIFY(!m_page->isBusy());
    }

    void manifestsInOneFolderAreDataSetsOfTheirOwn()
    {
        test::writeSyntheticDataset(m_folder->path());
        for (const char* name : {"few.csv", "all.csv"}) {
            std::ofstream manifest(*m_folder / name);
            manifest << "path,label\n";
            for (int i = 0; i < (name[0] == 'f' ? 12 : 20); ++i) {
                manifest << "blue/blue." << i << ".png,blue\nred/red." << i << ".png,red\n";
            }
        }
        open(*m_folder / "few.csv");
        QCOMPARE(m_session->dataset()->samples.size(), std::size_t(24));
        QSignalSpy changed(&*m_session, &Session::datasetChanged);
        m_page->openDataset(toText(*m_folder / "all.csv"));
        QTRY_VERIFY(!m_page->isBusy());
        QCOMPARE(m_session->dataset()->samples.size(), std::size_t(40));
        QCOMPARE(changed.count(), 2); // shown at once, not only when every picture has been checked
    }

    void opensWhatIsNotUtf8()
    {
        const auto folder = *m_folder / "caf\xe9";
        test::SyntheticSpec spec;
        spec.classes = {"th\xe9", "rosé"};
        test::writeSyntheticDataset(folder, spec);
        QVERIFY(test::dropOnto(m_page->findChild<QWidget*>("dropArea"), folder));
        QTRY_VERIFY(m_session->isDatasetReady() && !m_page->isBusy());
        QCOMPARE(m_session->dataset()->source, std::filesystem::canonical(folder));
        QVERIFY2(label("datasetPath").endsWith("/caf\\xe9"), qPrintable(label("datasetPath")));
        const auto* model = m_page->findChild<QTableView*>("classTable")->model();
        QSet<QString> names{model->index(0, 0).data().toString(), model->index(1, 0).data().toString()};
        QCOMPARE(names, QSet<QString>({"th\\xe9", "rosé"}));
        QVERIFY(label("datasetTotals").startsWith("40 "));
    }

    void choosesAFolder()
    {
        test::writeSyntheticDataset(m_folder->path());
        Dialogs::answerPath(std::nullopt);
        Dialogs::answerPath(toText(m_folder->path()));
        auto* choose = m_page->findChild<QPushButton*>("chooseFolderButton");
        QTest::mouseClick(choose, Qt::LeftButton);
        QVERIFY(!m_page->isBusy());
        QTest::mouseClick(choose, Qt::LeftButton);
        QTRY_VERIFY(m_session->isDatasetReady());
        QCOMPARE(Dialogs::asked().size(), 2);
    }

    void triesSamplePictures()
    {
        QTest::mouseClick(m_page->findChild<QPushButton*>("samplePicturesButton"), Qt::LeftButton);
        QVERIFY(m_page->isBusy());
        QVERIFY(m_page->findChild<QWidget*>("datasetProgress")->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isDatasetReady() && !m_page->isBusy(), 30000);
        // The note says what the pictures are worth.
        auto* banner = m_page->findChild<MessageBanner*>();
        QVERIFY(banner->isVisible());
        QVERIFY(!banner->text().isEmpty());
    }

    void whatIsOpenedMeanwhileWinsOverSamplePictures()
    {
        test::writeSyntheticDataset(m_folder->path());
        m_page->trySamplePictures();
        m_page->openDataset(toText(m_folder->path()));
        QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy(), 30000);
        QVERIFY(m_session->isDatasetReady());
        QCOMPARE(m_session->dataset()->source, std::filesystem::canonical(m_folder->path()));
    }

private:
    void open(const std::filesystem::path& path)
    {
        m_page->openDataset(toText(path));
        QTRY_VERIFY(m_session->isDatasetReady() && !m_page->isBusy());
    }

    void openMade()
    {
        test::writeSyntheticDataset(m_folder->path());
        open(m_folder->path());
    }

    QString label(const char* name) const { return m_page->findChild<QLabel*>(name)->text(); }

    test::TemporaryFolder m_home;
    std::optional<test::TemporaryFolder> m_folder;
    std::optional<Session> m_session;
    std::optional<DatasetPage> m_page;
};

THAW_TEST(TestDatasetPage)
#include "test_dataset_page.moc"
