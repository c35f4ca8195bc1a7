// A trained model asked about pictures, by drop, paste and choice.

#include "core/base/atomic_file.h"
#include "core/evaluate/evaluation.h"
#include "core/run/run_record_json.h"
#include "core/run/run_weights.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/models/answer_model.h"
#include "ui/pages/try_page.h"
#include "ui/theme.h"
#include "ui/widgets/message_banner.h"
#include "ui/widgets/model_choice.h"
#include "ui/widgets/picture_view.h"
#include "ui/widgets/probability_bars.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QTableView>
#include <QTest>
#include <QUrl>

#include <cmath>
#include <filesystem>
#include <memory>

using namespace thaw;
using namespace thaw::ui;

namespace {

namespace fs = std::filesystem;

class NoObserver : public TrainObserver
{
};

/// A run of a few steps may say the same of every picture. Its last layer is set so that it says `first` of
/// one and the other class of the other, both quite surely.
void tellApart(const fs::path& run, const fs::path& first, const fs::path& second)
{
    const RunFiles files{run};
    ModelWeights model = readModelWeights(files.best());
    std::vector<float>& bias = model.head.back().values;
    std::vector<float>& weight = model.head[model.head.size() - 2].values;
    const auto scale = [&](double factor) {
        for (float& value : weight) {
            value = float(value * factor);
        }
    };
    // Far from where the sigmoid is flat.
    scale(1e-4);
    bias = {0};
    std::vector<double> logits;
    predictFiles(model, {first, second}, {}, [&](const Prediction& answer) {
        logits.push_back(std::log(answer.probabilities[1] / answer.probabilities[0]));
    });
    const double factor = 6 / (logits[1] - logits[0]);
    scale(factor);
    bias = {float(-factor * (logits[0] + logits[1]) / 2)};
    writeModelWeights(files.best(), model);
    RunRecord record = loadRun(run).record;
    for (BestEpoch& best : record.best) {
        best.contentHash.clear(); // of the file as it was
    }
    writeRunRecord(files.record(), record);
}

} // namespace

class TestTryPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void saysWhenThereIsNoModel();
    void answersAsTheCommandLineDoes();
    void takesDropsPastesAndChoices();
    void namesWhatIsNoPicture();
    void sortsAndFilters();
    void savesATable();
    void copiesIntoFolders();
    void asksAnotherModel();
    void remembersTheModel();
    void saysThatTheModelIsGone();
    void stopsAndGoesOn();
    void showsWhatTheNetworkSees();
    void showsAMapOnDemand();
    void forgetsTheList();

private:
    template <typename T>
    T* find(const char* name) const
    {
        return m_page->findChild<T*>(name);
    }
    void open();
    /// Nothing is at work any more, and all pictures have been asked about.
    void waitForAnswers(std::size_t pictures);
    QString cell(int row, int column) const { return m_model->index(row, column).data().toString(); }
    void click(const char* name) { QTest::mouseClick(find<QPushButton>(name), Qt::LeftButton); }
    void drop(const std::vector<fs::path>& paths);
    fs::path picture(const std::string& name) const { return m_folder / ("pictures/" + name); }

    test::TemporaryFolder m_folder;
    fs::path m_runs;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<TryPage> m_page;
    AnswerModel* m_model = nullptr;
};

void TestTryPage::initTestCase()
{
    test::isolateProgram(m_folder / "user");
    applyTheme(*qApp, ThemeMode::Light);
    m_runs = m_folder / "runs";
    // Two runs, of which the classes differ.
    for (const std::vector<std::string>& classes :
         {std::vector<std::string>{"blue", "red"}, {"cold", "warm", "zero"}})
    {
        test::SyntheticSpec spec;
        spec.classes = classes;
        spec.side = 32;
        const fs::path data = m_folder / ("data " + classes.front());
        test::writeSyntheticDataset(data, spec);
        Recipe recipe = test::narrowRecipe(1, 1);
        recipe.precision = Precision::Float32;
        NoObserver nobody;
        const RunRecord record = trainRun(
            test::narrowRequest(recipe, data, m_runs / ("2026-11-2" + std::to_string(classes.size()))),
            nobody);
        QCOMPARE(record.state, RunState::Finished);
    }
    // Two classes are the newer run.
    const fs::path three = m_runs / "2026-11-23/run.json";
    std::string text = readTextFile(three, 1 << 20);
    const auto at = text.find("\"started_at\": \"") + 15;
    text.replace(at, 4, "2020");
    writeFileAtomically(three, text);
    fs::create_directories(m_folder / "pictures/sub");
    const fs::path source = m_folder / "data blue";
    fs::copy_file(source / "blue/blue.1.png", picture("cold.png"));
    fs::copy_file(source / "red/red.1.png", picture("hot.png"));
    fs::copy_file(source / "red/red.2.png", picture("sub/hot.png"));
    tellApart(m_runs / "2026-11-22", picture("cold.png"), picture("hot.png"));
    writeFileAtomically(picture("notes.pdf"), "%PDF-1.4 no picture");
    writeFileAtomically(picture("torn.png"), readTextFile(picture("hot.png"), 1 << 20).substr(0, 200));
}

void TestTryPage::init()
{
    QSettings().clear();
    Dialogs::script();
    m_session = std::make_unique<Session>();
    m_session->setRunsRoot(m_runs);
}

void TestTryPage::cleanup()
{
    m_page.reset();
    m_session.reset();
    Dialogs::unscript();
}

void TestTryPage::open()
{
    m_page = std::make_unique<TryPage>(m_session.get());
    m_page->resize(1080, 760);
    m_page->show();
    m_model = m_page->findChild<AnswerModel*>();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    QTRY_VERIFY_WITH_TIMEOUT(!find<ModelChoice>("modelChoice")->source().empty(), test::patienceMs);
}

void TestTryPage::waitForAnswers(std::size_t pictures)
{
    QTRY_VERIFY_WITH_TIMEOUT(m_model->pictureCount() == pictures &&
                                 m_model->count(AnswerModel::State::Waiting) == 0 && !m_page->isBusy(),
                             test::patienceMs);
}

void TestTryPage::drop(const std::vector<fs::path>& paths)
{
    QMimeData data;
    QList<QUrl> urls;
    for (const fs::path& path : paths) {
        urls << fileUrl(path);
    }
    data.setUrls(urls);
    QDragEnterEvent enter({50, 200}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_page.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(50, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_page.get(), &drop);
    QVERIFY(drop.isAccepted());
}

void TestTryPage::saysWhenThereIsNoModel()
{
    m_session->setRunsRoot(m_folder / "nothing");
    m_page = std::make_unique<TryPage>(m_session.get());
    m_model = m_page->findChild<AnswerModel*>();
    m_page->show();
    m_page->addPaths({picture("hot.png")});
    QTRY_VERIFY_WITH_TIMEOUT(find<MessageBanner>("tryBanner")->title().contains("no model"),
                             test::patienceMs);
    // Training one is enough.
    m_session->setRunsRoot(m_runs);
    waitForAnswers(1);
    QCOMPARE(cell(0, AnswerModel::AnswerColumn), "red");
    QVERIFY(find<MessageBanner>("tryBanner")->isHidden());
}

void TestTryPage::answersAsTheCommandLineDoes()
{
    open();
    drop({picture("cold.png"), picture("hot.png")});
    waitForAnswers(2);
    const ModelWeights model = readBestWeights(loadRun(m_runs / "2026-11-22"));
    ComputeOptions options;
    options.batchSize = 8; // as the page asks, so that the head sums in the same order
    int row = 0;
    predictFiles(model, {picture("cold.png"), picture("hot.png")}, options, [&](const Prediction& expected) {
        const Prediction shown = m_model->predictionOf(row++);
        QCOMPARE(shown, expected);
    });
    QCOMPARE(row, 2);
    QCOMPARE(cell(0, AnswerModel::AnswerColumn), "blue");
    QCOMPARE(cell(1, AnswerModel::AnswerColumn), "red");
    // The first of those that came is shown large, with its bars.
    QVERIFY(find<QLabel>("answerText")->text().startsWith("blue, "));
    QVERIFY(find<ProbabilityBars>("probabilityBars")->text().startsWith("blue\t"));
    QTest::keyClick(find<PictureCanvas>("pictureCanvas"), Qt::Key_PageDown);
    QVERIFY(find<QLabel>("answerText")->text().startsWith("red, "));
    QTest::keyClick(find<PictureCanvas>("pictureCanvas"), Qt::Key_PageUp);
    QVERIFY(find<QLabel>("answerText")->text().startsWith("blue, "));
}

void TestTryPage::takesDropsPastesAndChoices()
{
    open();
    QVERIFY(find<QWidget>("tryDrop")->isVisible());
    drop({picture("cold.png")});
    waitForAnswers(1);
    QVERIFY(!find<QWidget>("tryDrop")->isVisible());
    QVERIFY(!find<QWidget>("answerList")->isVisible()); // one picture needs no list
    // A picture, as from a screenshot.
    QApplication::clipboard()->setImage(QImage(QString::fromStdString(picture("hot.png").string())));
    QTest::keyClick(m_page.get(), Qt::Key_V, Qt::ControlModifier);
    waitForAnswers(2);
    QVERIFY(find<QWidget>("answerList")->isVisible());
    QCOMPARE(cell(1, AnswerModel::NameColumn), "Pasted picture 1.png");
    QCOMPARE(cell(1, AnswerModel::AnswerColumn), "red");
    // Files, as from a file manager.
    auto* files = new QMimeData;
    files->setUrls({fileUrl(picture("sub/hot.png"))});
    QApplication::clipboard()->setMimeData(files);
    m_page->paste();
    waitForAnswers(3);
    Dialogs::answerPath(toText(picture("hot.png")));
    m_page->choosePictures();
    waitForAnswers(4);
    QCOMPARE(cell(3, AnswerModel::NameColumn), "hot.png");
    m_page->choosePictures(); // cancelled
    QVERIFY(!m_page->isBusy());
    // What is there already is not there twice.
    Dialogs::answerPath(toText(m_folder / "pictures"));
    m_page->chooseFolder();
    waitForAnswers(6);
    QApplication::clipboard()->setText("no picture");
    m_page->paste();
    QCOMPARE(find<MessageBanner>("tryBanner")->title(), "Nothing to paste");
}

void TestTryPage::namesWhatIsNoPicture()
{
    open();
    drop({m_folder / "pictures"});
    waitForAnswers(5);
    QStringList broken;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        if (m_model->stateOf(row) == AnswerModel::State::Failed) {
            broken << cell(row, AnswerModel::NameColumn);
            QVERIFY(!m_model->errorOf(row).isEmpty());
        }
    }
    broken.sort();
    QCOMPARE(broken, (QStringList{"notes.pdf", "torn.png"}));
    // Shown in the picture's place, too.
    auto* table = find<QTableView>("answerTable");
    for (int row = 0; row < m_model->rowCount(); ++row) {
        if (cell(row, AnswerModel::NameColumn) == "torn.png") {
            table->selectRow(row);
            QCOMPARE(find<QLabel>("answerNote")->text(), m_model->errorOf(m_model->keyAt(row)));
            QCOMPARE(find<QLabel>("answerText")->text(), "Cannot be read");
        }
    }
    // A file that is gone.
    m_page->addPaths({picture("gone.png")});
    waitForAnswers(6);
    QCOMPARE(m_model->count(AnswerModel::State::Failed), std::size_t(3));
    // A folder with nothing in it.
    fs::create_directories(m_folder / "empty");
    m_page->addPaths({m_folder / "empty"});
    QTRY_COMPARE_WITH_TIMEOUT(find<MessageBanner>("tryBanner")->title(), "No pictures", test::patienceMs);
}

void TestTryPage::sortsAndFilters()
{
    open();
    drop({m_folder / "pictures"});
    waitForAnswers(5);
    auto* answers = find<QComboBox>("answerClass");
    QCOMPARE(answers->itemText(0), "All answers (5)");
    QCOMPARE(answers->itemText(answers->findData(1)), "red (2)");
    QCOMPARE(answers->itemText(answers->findData(AnswerModel::failed)), "Cannot be read (2)");
    answers->setCurrentIndex(answers->findData(1));
    Q_EMIT answers->activated(answers->currentIndex());
    QCOMPARE(m_model->rowCount(), 2);
    QVERIFY(find<QLabel>("answerCount")->text().startsWith("2 of 5"));
    find<QLineEdit>("answerFilter")->setText("SUB");
    QTRY_COMPARE(m_model->rowCount(), 1);
    QCOMPARE(cell(0, AnswerModel::NameColumn), "sub/hot.png");
    // The one listed is the one shown.
    QVERIFY(find<QLabel>("answerName")->text().contains("sub/hot.png"));
    find<QLineEdit>("answerFilter")->clear();
    answers->setCurrentIndex(0);
    Q_EMIT answers->activated(0);
    QTRY_COMPARE(m_model->rowCount(), 5);
    find<QTableView>("answerTable")->sortByColumn(AnswerModel::AnswerColumn, Qt::AscendingOrder);
    QCOMPARE(cell(0, AnswerModel::AnswerColumn), "blue");
    QCOMPARE(cell(1, AnswerModel::AnswerColumn), "red");
}

void TestTryPage::savesATable()
{
    open();
    drop({m_folder / "pictures"});
    waitForAnswers(5);
    const fs::path file = m_folder / "answers.csv";
    Dialogs::answerPath(toText(file));
    click("answerSave");
    QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy() && fs::exists(file), test::patienceMs);
    const QStringList lines = QString::fromStdString(readTextFile(file, 1 << 20)).split("\r\n");
    QCOMPARE(lines.size(), 7); // a head, five pictures, and the end of the last line
    QCOMPARE(lines[0], "path,label,probability,error,p:blue,p:red");
    QVERIFY(lines[1].startsWith(QString::fromStdString(picture("cold.png").string()) + ",blue,0."));
    QVERIFY(lines.filter("torn.png").first().contains(",,,"));
    // A place that cannot be written is said, and nothing stays there.
    Dialogs::answerPath(toText(m_folder / "no such folder/answers.csv"));
    click("answerSave");
    QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy() && !find<MessageBanner>("tryBanner")->isHidden(),
                             test::patienceMs);
    QVERIFY(!fs::exists(m_folder / "no such folder"));
}

void TestTryPage::copiesIntoFolders()
{
    open();
    drop({m_folder / "pictures"});
    waitForAnswers(5);
    const fs::path target = m_folder / "sorted";
    Dialogs::answerPath(toText(target));
    click("answerCopy");
    QTRY_VERIFY_WITH_TIMEOUT(find<MessageBanner>("tryBanner")->title() == "Copied", test::patienceMs);
    QVERIFY(fs::exists(target / "blue/cold.png"));
    QVERIFY(fs::exists(target / "red/hot.png"));
    QVERIFY(fs::exists(target / "red/hot (2).png")); // two are called so
    QVERIFY(fs::exists(picture("hot.png")));
    QVERIFY(find<MessageBanner>("tryBanner")->text().contains("3 picture"));
}

void TestTryPage::asksAnotherModel()
{
    open();
    drop({picture("hot.png"), picture("cold.png")});
    waitForAnswers(2);
    QCOMPARE(m_model->classes().size(), std::size_t(2));
    auto* choice = find<ModelChoice>("modelChoice");
    const int other = choice->findData(toText(m_runs / "2026-11-23"));
    QVERIFY(other >= 0);
    choice->setCurrentIndex(other);
    Q_EMIT choice->activated(other);
    waitForAnswers(2);
    QCOMPARE(m_model->classes(), (std::vector<std::string>{"cold", "warm", "zero"}));
    // A model file, without its run.
    const fs::path file = m_folder / "model.safetensors";
    fs::copy_file(m_runs / "2026-11-22/best.safetensors", file, fs::copy_options::overwrite_existing);
    Dialogs::answerPath(toText(file));
    choice->setCurrentIndex(choice->count() - 1);
    Q_EMIT choice->activated(choice->count() - 1);
    QCOMPARE(choice->source(), file);
    waitForAnswers(2);
    QCOMPARE(cell(0, AnswerModel::AnswerColumn), "red");
}

void TestTryPage::remembersTheModel()
{
    open();
    QCOMPARE(find<ModelChoice>("modelChoice")->source(), m_runs / "2026-11-22"); // the newest
    find<ModelChoice>("modelChoice")->choose(m_runs / "2026-11-23");
    m_page.reset();
    open();
    QCOMPARE(find<ModelChoice>("modelChoice")->source(), m_runs / "2026-11-23");
    find<ModelChoice>("modelChoice")->choose({});
    QTRY_COMPARE_WITH_TIMEOUT(find<ModelChoice>("modelChoice")->source(), m_runs / "2026-11-22",
                              test::patienceMs);
}

void TestTryPage::saysThatTheModelIsGone()
{
    const fs::path file = m_folder / "gone.safetensors";
    fs::copy_file(m_runs / "2026-11-22/best.safetensors", file);
    open();
    find<ModelChoice>("modelChoice")->choose(file);
    drop({picture("hot.png")});
    waitForAnswers(1);
    fs::remove(file);
    drop({picture("cold.png")});
    QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy() && !find<MessageBanner>("tryBanner")->isHidden(),
                             test::patienceMs);
    QVERIFY(find<MessageBanner>("tryBanner")->text().contains("gone.safetensors"));
    QCOMPARE(m_model->count(AnswerModel::State::Waiting), std::size_t(1));
    // Another one answers what is left.
    find<ModelChoice>("modelChoice")->choose({});
    waitForAnswers(2);
}

void TestTryPage::stopsAndGoesOn()
{
    const fs::path many = m_folder / "many";
    fs::create_directories(many);
    for (int i = 0; i < 400; ++i) {
        fs::create_hard_link(picture("hot.png"), many / (std::to_string(i) + ".png"));
    }
    open();
    // As if the button were pressed with the first answer: so narrow a network has answered all before one
    // could look.
    auto* job = m_page->findChild<AskJob*>();
    const auto stopAtOnce = [this, job] {
        job->requestStop();
        QMetaObject::invokeMethod(m_page.get(), &TryPage::cancel, Qt::QueuedConnection);
    };
    const auto stopping = connect(job, &AskJob::answersGiven, job, stopAtOnce, Qt::DirectConnection);
    drop({many});
    QTRY_COMPARE_WITH_TIMEOUT(find<MessageBanner>("tryBanner")->title(), "Stopped", test::patienceMs);
    QVERIFY(!m_page->isBusy());
    const std::size_t left = m_model->count(AnswerModel::State::Waiting);
    QVERIFY(left > 0 && left < 400);
    QVERIFY(!find<QWidget>("tryProgress")->isVisible());
    QVERIFY(find<QPushButton>("tryGoOn")->isVisible());
    click("tryGoOn");
    QTRY_VERIFY_WITH_TIMEOUT(m_model->count(AnswerModel::State::Waiting) < left && !m_page->isBusy(),
                             test::patienceMs);
    QVERIFY(m_model->count(AnswerModel::State::Waiting) > 0);
    disconnect(stopping);
    // Another picture is answered, and the rest with it.
    drop({picture("cold.png")});
    waitForAnswers(401);
    QCOMPARE(cell(400, AnswerModel::AnswerColumn), "blue");
}

void TestTryPage::showsWhatTheNetworkSees()
{
    open();
    drop({picture("hot.png")});
    waitForAnswers(1);
    auto* view = find<PictureView>("pictureView");
    auto* asNetwork = find<QCheckBox>("pictureAsNetwork");
    QTRY_VERIFY_WITH_TIMEOUT(asNetwork->isEnabled(), test::patienceMs);
    asNetwork->setChecked(true);
    QCOMPARE(view->canvas()->picture().size(), QSize(32, 32));
}

void TestTryPage::showsAMapOnDemand()
{
    open();
    drop({picture("hot.png"), picture("cold.png")});
    waitForAnswers(2);
    const PictureCanvas* canvas = find<PictureCanvas>("pictureCanvas");
    auto* method = find<QComboBox>("mapMethod");
    QTRY_VERIFY_WITH_TIMEOUT(!canvas->picture().isNull(), test::patienceMs);
    QVERIFY(canvas->overlay().isNull());
    QVERIFY(!find<QSlider>("mapOpacity")->isVisible());
    auto* words = find<QLabel>("mapWords");
    // Occlusion has a sign only, and its map is of no layer: something is always said.
    for (int way = 1; way < method->count(); ++way) {
        method->setCurrentIndex(way);
        QTRY_VERIFY_WITH_TIMEOUT(words->text().contains("speaks for th"), test::patienceMs);
        // An empty map is said, and nothing is drawn.
        QCOMPARE(canvas->overlay().isNull(), words->text().startsWith("Nothing"));
    }
    // Of one of two classes a map has something, since the other's is its negative.
    method->setCurrentIndex(1);
    auto* label = find<QComboBox>("mapClass");
    QCOMPARE(label->count(), 2);
    int shown = 0;
    for (int i = 0; i < 2; ++i) {
        label->setCurrentIndex(i);
        QTRY_VERIFY_WITH_TIMEOUT(words->text().contains("speaks for th"), test::patienceMs);
        shown += canvas->overlay().isNull() ? 0 : 1;
    }
    QVERIFY(shown > 0);
    // The next picture has its own.
    find<QTableView>("answerTable")->selectRow(1);
    QVERIFY(canvas->overlay().isNull());
    QTRY_VERIFY_WITH_TIMEOUT(words->text().contains("speaks for th"), test::patienceMs);
    method->setCurrentIndex(0);
    QVERIFY(canvas->overlay().isNull());
    QVERIFY(!words->isVisible());
}

void TestTryPage::forgetsTheList()
{
    open();
    drop({m_folder / "pictures"});
    waitForAnswers(5);
    click("tryClear");
    QCOMPARE(m_model->pictureCount(), std::size_t(0));
    QVERIFY(find<QWidget>("tryDrop")->isVisible());
    drop({picture("hot.png")});
    waitForAnswers(1);
    // Cleared while it works: nothing late comes back.
    drop({m_folder / "pictures"});
    click("tryClear");
    QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy(), test::patienceMs);
    QCOMPARE(m_model->pictureCount(), std::size_t(0));
}

THAW_TEST(TestTryPage)
#include "test_try_page.moc"
