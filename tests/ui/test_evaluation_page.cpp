#include "core/base/atomic_file.h"
#include "core/evaluate/evaluation_files.h"
#include "core/run/run_files.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/models/answer_list_model.h"
#include "ui/models/class_figures_model.h"
#include "ui/pages/evaluation_page.h"
#include "ui/widgets/answer_gallery.h"
#include "ui/widgets/confusion_matrix.h"
#include "ui/widgets/message_banner.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QScrollBar>
#include <QTableView>
#include <QtTest>

#include <memory>

using namespace thaw;
using namespace thaw::ui;

namespace {

/// Of each class `each` pictures, all right but the first, which is taken for the next class with 0.9.
Evaluation evaluationOfClasses(int classes, int each, const std::filesystem::path& root)
{
    Evaluation evaluation;
    evaluation.split = "test";
    const auto count = std::size_t(classes);
    evaluation.confusion.assign(count, std::vector<int>(count, 0));
    for (std::size_t truth = 0; truth < count; ++truth) {
        evaluation.classes.push_back("class " + std::to_string(truth + 10));
        for (int i = 0; i < each; ++i) {
            Prediction prediction;
            const std::size_t label = i == 0 ? (truth + 1) % count : truth;
            prediction.path = (root / evaluation.classes[truth] / (std::to_string(i) + ".png")).string();
            prediction.truth = int(truth);
            prediction.label = int(label);
            const float sure = 0.9f;
            prediction.probabilities.assign(count, double((1 - sure) / float(count - 1)));
            prediction.probabilities[label] = double(sure);
            ++evaluation.confusion[truth][label];
            evaluation.predictions.push_back(prediction);
        }
    }
    evaluation.score = {0.5, double(each - 1) / each, classes * each};
    evaluation.total = classes * each;
    return evaluation;
}

} // namespace

class TestEvaluationPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<test::TemporaryFolder>();
        test::isolateProgram(m_folder->path());
        Dialogs::script();
        m_session = std::make_unique<Session>();
        m_session->setRunsRoot(*m_folder / "runs");
    }

    void cleanup()
    {
        m_page.reset();
        m_session.reset();
        m_folder.reset();
    }

    void saysWhenThereAreNoRuns()
    {
        open();
        QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("evaluationWords")->text().contains("no runs yet"),
                                 test::patienceMs);
        QVERIFY(!find<QPushButton>("evaluationMeasureNow")->isVisible());
    }

    void showsWhatARunKeepsWithoutComputing()
    {
        keep("one", 3, 4); // without weights: nothing could be computed
        show();
        QVERIFY(find<QLabel>("evaluationSubject")->text().startsWith("Test: 12 picture"));
        QCOMPARE(m_page->evaluation()->wrong(), std::size_t(3));
        QVERIFY(!find<QPushButton>("evaluationMeasure")->isEnabled());
        QCOMPARE(gallery()->rowCount(), 3); // mistakes first
        QCOMPARE(gallery()->index(0).data(AnswerListModel::CaptionRole).toString(), "class 10 → class 11");
        // The pictures of these paths never were.
        QVERIFY(find<MessageBanner>("evaluationBanner")->isVisible());
    }

    void aCellFiltersByMouseAndByKeyboard()
    {
        keep("one", 3, 4);
        show();
        auto* matrix = find<ConfusionMatrix>("confusionMatrix");
        QTest::mouseClick(matrix->viewport(), Qt::LeftButton, {}, matrix->cellRect(1, 1).center());
        QCOMPARE(gallery()->filter(), (AnswerFilter{1, 1}));
        QCOMPARE(gallery()->rowCount(), 3);
        matrix->setFocus();
        QTest::keyClick(matrix, Qt::Key_Right);
        QVERIFY(matrix->accessibleName().contains("class 11 taken for class 12: 1 picture"));
        QTest::keyClick(matrix, Qt::Key_Return);
        QCOMPARE(gallery()->filter(), (AnswerFilter{1, 2}));
        QCOMPARE(gallery()->rowCount(), 1);
        QTest::keyClick(matrix, Qt::Key_Escape);
        QVERIFY(gallery()->filter().isEmpty());
        QCOMPARE(gallery()->rowCount(), 3);
        QTest::keyClick(matrix, Qt::Key_C, Qt::ControlModifier);
        QVERIFY(QApplication::clipboard()->text().contains("class 11\t0\t3\t1"));
    }

    void classesSortAndCopy()
    {
        keep("one", 12, 2);
        show();
        auto* table = find<QTableView>("evaluationClasses");
        const QAbstractItemModel* model = table->model();
        table->sortByColumn(ClassFiguresModel::ClassName, Qt::DescendingOrder);
        QCOMPARE(model->index(0, 0).data().toString(), "class 21");
        QCOMPARE(model->index(0, ClassFiguresModel::ConfusedWith).data().toString(), "class 10 (1)");
        const QString csv = m_page->findChild<ClassFiguresModel*>()->csv();
        QCOMPARE(csv.count('\n'), 13);
        QVERIFY(csv.contains("class 10,2,2,1,0.5,"));
    }

    void twoHundredClassesScroll()
    {
        keep("many", 200, 2);
        show();
        auto* matrix = find<ConfusionMatrix>("confusionMatrix");
        QVERIFY(matrix->verticalScrollBar()->maximum() > 0);
        matrix->setFocus();
        QTest::keyClick(matrix, Qt::Key_End, Qt::ControlModifier);
        QCOMPARE(matrix->verticalScrollBar()->value(), matrix->verticalScrollBar()->maximum());
        QVERIFY(matrix->viewport()->rect().contains(matrix->cellRect(199, 199).center()));
    }

    void saysWhatCannotBeRead()
    {
        keep("one", 3, 4);
        writeFileAtomically(RunFiles{*m_folder / "runs/one"}.predictions(), "nonsense");
        show();
        QVERIFY(find<MessageBanner>("evaluationBanner")->title().contains("cannot be read"));
        QCOMPARE(gallery()->rowCount(), 0);
        writeFileAtomically(RunFiles{*m_folder / "runs/one"}.evaluation(), "nonsense");
        m_page.reset();
        open();
        QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("evaluationWords")->text().contains("cannot be read"),
                                 test::patienceMs);
    }

    void itsModelsAreModels()
    {
        AnswerListModel answers;
        ClassFiguresModel classes;
        const QAbstractItemModelTester first(&answers,
                                             QAbstractItemModelTester::FailureReportingMode::QtTest);
        const QAbstractItemModelTester second(&classes,
                                              QAbstractItemModelTester::FailureReportingMode::QtTest);
        KeptEvaluation kept;
        kept.evaluation = evaluationOfClasses(3, 4, "/nowhere");
        const auto shown = makeShown("/run", kept, true);
        answers.setEvaluation(shown);
        classes.setEvaluation(shown);
        answers.setShown(ErrorOrder::Loss, {0, {}});
        QCOMPARE(answers.rowCount(), 4);
        QVERIFY(!answers.index(0).data(AnswerListModel::IsRightRole).toBool());
        QVERIFY(answers.index(1).data(AnswerListModel::IsRightRole).toBool());
        QCOMPARE(answers.csv().count('\n'), 5);
        answers.setEvaluation(nullptr);
        classes.setEvaluation(nullptr);
        QCOMPARE(answers.rowCount() + classes.rowCount(), 0);
    }

private:
    template <typename T>
    T* find(const char* name) const
    {
        return m_page->findChild<T*>(name);
    }
    AnswerListModel* gallery() const { return m_page->findChild<AnswerGallery*>()->model(); }

    void keep(const char* name, int classes, int each)
    {
        const auto folder = test::writeRun(*m_folder / "runs" / name, RunState::Finished);
        DatasetIndex dataset;
        dataset.source = dataset.root = "/nowhere/pictures";
        writeEvaluation(folder, evaluationOfClasses(classes, each, dataset.root), dataset);
    }

    void open()
    {
        m_page = std::make_unique<EvaluationPage>(m_session.get());
        m_page->resize(1060, 760);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    }

    void show()
    {
        open();
        QTRY_VERIFY_WITH_TIMEOUT(m_page->evaluation(), test::patienceMs);
    }

    std::unique_ptr<test::TemporaryFolder> m_folder;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<EvaluationPage> m_page;
};

THAW_TEST(TestEvaluationPage)
#include "test_evaluation_page.moc"
