// Pictures and answers as a table.

#include "tests/support/test_registry.h"
#include "ui/models/answer_model.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QPersistentModelIndex>
#include <QTest>

#include <algorithm>
#include <memory>

using namespace thaw;
using namespace thaw::ui;

namespace {

OpenedModelPointer modelOf(std::vector<std::string> classes, std::optional<double> threshold = {})
{
    OpenedModel model;
    model.weights.classes = std::move(classes);
    if (threshold) {
        model.threshold = ChosenThreshold{*threshold, "validation"};
    }
    return std::make_shared<const OpenedModel>(std::move(model));
}

std::vector<ListedPicture> listed(const std::vector<std::string>& names)
{
    std::vector<ListedPicture> pictures;
    for (const std::string& name : names) {
        pictures.push_back({"/p/" + name, 3, {}});
    }
    return pictures;
}

GivenAnswer given(qint64 key, std::vector<double> probabilities)
{
    Prediction prediction;
    prediction.label =
        int(std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin());
    prediction.probabilities = std::move(probabilities);
    return {key, prediction};
}

} // namespace

class TestAnswerModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_model = std::make_unique<AnswerModel>();
        m_tester = std::make_unique<QAbstractItemModelTester>(
            m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    }
    void cleanup()
    {
        m_tester.reset();
        m_model.reset();
    }

    void listsThenAnswers()
    {
        QCOMPARE(m_model->add(listed({"a.png", "b.png"})), 0);
        QCOMPARE(cell(0, AnswerModel::NameColumn), "a.png");
        QCOMPARE(cell(0, AnswerModel::AnswerColumn), "…");
        QCOMPARE(m_model->waiting(0).size(), std::size_t(2));
        m_model->setModel(modelOf({"cat", "dog", "owl"}));
        m_model->store({given(1, {0.1, 0.7, 0.2})});
        QCOMPARE(cell(1, AnswerModel::AnswerColumn), "dog");
        QCOMPARE(cell(1, AnswerModel::ProbabilityColumn), "70.0\u00a0%");
        QCOMPARE(cell(1, AnswerModel::SecondColumn), "owl, 20.0\u00a0%");
        QCOMPARE(m_model->waiting(0).size(), std::size_t(1));
        QCOMPARE(m_model->countOf(1), std::size_t(1));
        GivenAnswer broken{0, {}};
        broken.prediction.error = "the file is cut short";
        m_model->store({broken});
        QCOMPARE(cell(0, AnswerModel::AnswerColumn), "Cannot be read");
        QCOMPARE(m_model->errorOf(0), "the file is cut short");
        QCOMPARE(m_model->countOf(AnswerModel::failed), std::size_t(1));
        QCOMPARE(m_model->predictionOf(0).error, std::string("the file is cut short"));
        QCOMPARE(m_model->predictionOf(1).label, 1);
    }

    void asksTheNewestFirst()
    {
        m_model->add(listed({"a", "b", "c"}));
        const qint64 key = m_model->add(listed({"d", "e"}));
        QCOMPARE(key, 3);
        const auto waiting = m_model->waiting(key);
        QCOMPARE(waiting.size(), std::size_t(5));
        QCOMPARE(waiting[0].path, std::string("/p/d"));
        QCOMPARE(waiting[2].path, std::string("/p/a"));
    }

    void asksAgainAboutWhatIsThereAlready()
    {
        m_model->setModel(modelOf({"cat", "dog"}));
        m_model->add(listed({"a", "b"}));
        m_model->store({given(0, {1, 0}), given(1, {0, 1})});
        QCOMPARE(m_model->add(listed({"b", "c"})), 1);
        QCOMPARE(m_model->rowCount(), 3);
        QCOMPARE(m_model->countOf(1), std::size_t(0));
        QCOMPARE(m_model->waiting(0).size(), std::size_t(2));
    }

    void namesWhatIsNoPicture()
    {
        std::vector<ListedPicture> pictures = listed({"notes.txt", "a.png"});
        pictures[0].problem = "by its name this is not a picture";
        m_model->add(pictures);
        QCOMPARE(cell(0, AnswerModel::AnswerColumn), "Cannot be read");
        QVERIFY(m_model->index(0, 0).data(Qt::ToolTipRole).toString().contains("not a picture"));
        QCOMPARE(m_model->waiting(0).size(), std::size_t(1));
        m_model->forgetAnswers(); // another model does not make it one
        QCOMPARE(m_model->waiting(0).size(), std::size_t(1));
    }

    void sortsByEveryColumn()
    {
        fill();
        m_model->sort(AnswerModel::NameColumn, Qt::AscendingOrder);
        QCOMPARE(names(), "2.png 10.png a.png b.png x.txt");
        m_model->sort(AnswerModel::ProbabilityColumn, Qt::AscendingOrder);
        QCOMPARE(names(), "b.png a.png 2.png 10.png x.txt");
        m_model->sort(AnswerModel::ProbabilityColumn, Qt::DescendingOrder);
        QCOMPARE(names(), "10.png 2.png a.png b.png x.txt"); // without an answer: last all the same
        m_model->sort(AnswerModel::AnswerColumn, Qt::AscendingOrder);
        QCOMPARE(names(), "10.png b.png 2.png a.png x.txt"); // cat dog owl; of equal ones as they came
        m_model->sort(AnswerModel::SecondColumn, Qt::AscendingOrder);
        QCOMPARE(names(), "b.png 2.png a.png 10.png x.txt"); // cat, cat; dog; owl
        m_model->sort(-1, Qt::AscendingOrder);
        QCOMPARE(names(), "b.png 10.png 2.png a.png x.txt"); // as they came
    }

    void keepsTheCurrentRowWhenSorted()
    {
        fill();
        const QPersistentModelIndex current = m_model->index(1, AnswerModel::AnswerColumn);
        m_model->sort(AnswerModel::NameColumn, Qt::DescendingOrder);
        QCOMPARE(m_model->keyAt(current.row()), 1);
        QCOMPARE(current.column(), int(AnswerModel::AnswerColumn));
    }

    void filtersByAnswerAndName()
    {
        fill();
        m_model->setFilter(2, {});
        QCOMPARE(names(), "2.png a.png");
        m_model->setFilter(2, "A.P");
        QCOMPARE(names(), "a.png");
        m_model->setFilter(AnswerModel::failed, {});
        QCOMPARE(names(), "x.txt");
        m_model->setFilter({}, "0");
        QCOMPARE(names(), "10.png");
        QCOMPARE(m_model->rowOf(0), -1);
        // What comes later joins where it fits.
        m_model->setFilter(0, {});
        m_model->add(listed({"new.png"}));
        QCOMPARE(m_model->rowCount(), 1);
        m_model->store({given(5, {0.9, 0.05, 0.05})});
        QCOMPARE(m_model->rowCount(), 2);
        m_model->sort(AnswerModel::NameColumn, Qt::DescendingOrder);
        QCOMPARE(names(), "new.png 10.png");
    }

    void leavesUncertainWhatIsBelowTheThreshold()
    {
        m_model->setModel(modelOf({"cat", "dog", "owl"}, 0.6));
        m_model->add(listed({"a", "b"}));
        m_model->store({given(0, {0.5, 0.3, 0.2}), given(1, {0.2, 0.6, 0.2})});
        QCOMPARE(cell(0, AnswerModel::AnswerColumn), "Uncertain");
        QCOMPARE(cell(0, AnswerModel::SecondColumn), "cat, 50.0\u00a0%");
        QCOMPARE(m_model->countOf(AnswerModel::uncertain), std::size_t(1));
        m_model->setFilter(AnswerModel::uncertain, {});
        QCOMPARE(names(), "a");
        m_model->setFilter({}, {});
        // Of two classes the threshold decides between them: float32 has .6 as a little more.
        m_model->setModel(modelOf({"cat", "dog"}, 0.3));
        m_model->store({given(0, {0.6, 0.4}), given(1, {0.8, 0.2})});
        QCOMPARE(cell(0, AnswerModel::AnswerColumn), "dog");
        QCOMPARE(cell(0, AnswerModel::ProbabilityColumn), "40.0\u00a0%");
        QCOMPARE(cell(0, AnswerModel::SecondColumn), "cat, 60.0\u00a0%");
        QCOMPARE(cell(1, AnswerModel::AnswerColumn), "cat");
    }

    void forgetsForAnotherModel()
    {
        fill();
        m_model->setModel(modelOf({"x", "y"}));
        QCOMPARE(m_model->rowCount(), 5);
        QCOMPARE(m_model->waiting(0).size(), std::size_t(4));
        QCOMPARE(cell(0, AnswerModel::AnswerColumn), "…");
        m_model->store({given(0, {0.2, 0.8})});
        QCOMPARE(cell(0, AnswerModel::AnswerColumn), "y");
        // An answer of a model with other classes, or about a picture that is gone, changes nothing.
        m_model->store({given(99, {0.2, 0.8}), given(-1, {0.2, 0.8})});
        m_model->clear();
        QCOMPARE(m_model->rowCount(), 0);
        QCOMPARE(m_model->pictureCount(), std::size_t(0));
        QCOMPARE(m_model->countOf(1), std::size_t(0));
    }

    void takesAHundredThousand()
    {
        m_tester.reset(); // it looks at every row
        std::vector<std::string> files;
        for (int i = 0; i < 100000; ++i) {
            files.push_back("folder/picture " + std::to_string(i * 7919 % 100000) + ".jpg");
        }
        m_model->setModel(modelOf({"cat", "dog"}));
        m_model->add(listed(files));
        std::vector<GivenAnswer> answers;
        for (int i = 0; i < 100000; ++i) {
            answers.push_back(given(i, {double(i) / 1e5, 1 - double(i) / 1e5}));
        }
        m_model->store(answers);
        QElapsedTimer clock;
        clock.start();
        m_model->sort(AnswerModel::ProbabilityColumn, Qt::DescendingOrder);
        m_model->sort(AnswerModel::NameColumn, Qt::AscendingOrder);
        m_model->setFilter({}, "99");
        // Two sorts and a filter take a quarter of a second here; a proxy model's take many seconds.
        QVERIFY2(clock.elapsed() < 5000, qPrintable(QString::number(clock.elapsed())));
        QCOMPARE(cell(0, AnswerModel::NameColumn), "folder/picture 99.jpg");
    }

private:
    QString cell(int row, int column) const { return m_model->index(row, column).data().toString(); }

    QString names() const
    {
        QStringList list;
        for (int row = 0; row < m_model->rowCount(); ++row) {
            list << cell(row, AnswerModel::NameColumn);
        }
        return list.join(' ');
    }

    void fill()
    {
        m_model->setModel(modelOf({"cat", "dog", "owl"}));
        std::vector<ListedPicture> pictures = listed({"b.png", "10.png", "2.png", "a.png", "x.txt"});
        pictures.back().problem = "no picture";
        m_model->add(pictures);
        m_model->store({given(0, {0.3, 0.5, 0.2}), given(1, {0.9, 0.02, 0.08}), given(2, {0.2, 0.1, 0.7}),
                        given(3, {0.1, 0.3, 0.6})});
    }

    std::unique_ptr<AnswerModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
};

THAW_TEST(TestAnswerModel)
#include "test_answer_model.moc"
