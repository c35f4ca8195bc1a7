#include "core/base/error.h"
#include "tests/support/notices.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/jobs/preflight_job.h"
#include "ui/text/notice_words.h"
#include "ui/text/training_words.h"
#include "ui/widgets/run_actions.h"

#include <QRegularExpression>
#include <QTest>

#include <memory>

using namespace thaw;
using namespace thaw::ui;

class TestTrainingWords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateProgram(m_folder.path());
        m_dataset = test::makeDataset(m_folder / "pictures");
    }

    void nothingToPlanWithoutPictures()
    {
        const TrainingPlan plan = planOf(Session(), {}, std::nullopt);
        QVERIFY(plan.isBlocked);
        QVERIFY(plan.words.isEmpty() && plan.cautions.isEmpty());
    }

    void plansInWords()
    {
        Session session;
        session.setRunsRoot(m_folder / "runs");
        session.setDataset(m_dataset);
        const TrainingPlan plan = planOf(session, {}, lookAhead(preflightRequest(session)));
        QVERIFY(!plan.isBlocked);
        const auto train = m_dataset->indicesOf(Split::Train).size();
        QVERIFY2(plan.words.startsWith(QString("%1 training, ").arg(train)), qPrintable(plan.words));
        QVERIFY(plan.words.contains("ImageNet weights will be fetched first."));
        QVERIFY(!plan.words.contains("checked first"));
        // A batch of 32 is more than there is.
        QCOMPARE(plan.cautions.size(), 1);
        QVERIFY(plan.cautions[0].contains("fewer training pictures"));
    }

    void everyNoticeHasWords()
    {
        for (const NoticeCode code : allNoticeCodes()) {
            const QString text = noticeText(test::madeNotice(code));
            QVERIFY2(!text.isEmpty() && !text.contains('{'), qPrintable(text));
        }
    }

    void saysHowLongItWillTake()
    {
        Session session;
        session.setRunsRoot(m_folder / "runs");
        session.setDataset(m_dataset);
        QVERIFY(!planOf(session, {}, lookAhead(preflightRequest(session))).words.contains("on this machine"));
        QVERIFY(planOf(session, {1e15, 1e15, 1e15}, lookAhead(preflightRequest(session)))
                    .words.contains("About 1 minute(s) on this machine."));
        // 16 pictures, 3 + 3 epochs, 9.7 G each, and a few more: some 1,000 G.
        const QString hours = planOf(session, {2e8, 2e8, 2e8}, lookAhead(preflightRequest(session))).words;
        QVERIFY2(hours.contains(QRegularExpression("About [1-9] h [0-5]0 min on this machine")),
                 qPrintable(hours));
    }

    void saysThatPicturesWillBeChecked()
    {
        Session session;
        DatasetIndex quick = *m_dataset;
        quick.checked = false;
        session.setDataset(std::make_shared<const DatasetIndex>(quick));
        QVERIFY(planOf(session, {}, lookAhead(preflightRequest(session))).words.contains("checked first"));
    }

    void isBlockedWithoutTrainingPictures()
    {
        Session session;
        DatasetIndex index = *m_dataset;
        for (Sample& sample : index.samples) {
            sample.split = Split::Test;
        }
        session.setDataset(std::make_shared<const DatasetIndex>(index));
        const TrainingPlan plan = planOf(session, {}, lookAhead(preflightRequest(session)));
        QVERIFY(plan.isBlocked);
        // Core's own words, as the scan and a refused run have them.
        QVERIFY2(plan.cautions[0].startsWith("There are no training pictures: "),
                 qPrintable(plan.cautions.join('\n')));
    }

    void isBlockedWhereRunsCannotBeKept()
    {
        Session session;
        session.setDataset(m_dataset);
        session.setRunsRoot("/proc/none/runs"); // no room there, ever
        const TrainingPlan plan = planOf(session, {}, lookAhead(preflightRequest(session)));
        QVERIFY(plan.isBlocked);
        QVERIFY2(plan.cautions.join(' ').contains("/proc"), qPrintable(plan.cautions.join(' ')));
    }

    void knowsARecipeWithoutWeights()
    {
        Recipe recipe = quickRecipe();
        QVERIFY(!isWithoutWeights(recipe));
        recipe.weights = "none";
        QVERIFY(isWithoutWeights(recipe));
        QVERIFY(withoutWeightsText().contains("poor results"));
    }

    void saysWhichClassesCannotBeMeasuredOrTrained()
    {
        Session session;
        session.setRunsRoot(m_folder / "runs");
        DatasetIndex index = *m_dataset;
        const auto without = [&](Split split, Split instead) {
            DatasetIndex changed = *m_dataset;
            for (Sample& sample : changed.samples) {
                if (sample.label == 0 && sample.split == split) {
                    sample.split = instead;
                }
            }
            session.setDataset(std::make_shared<const DatasetIndex>(changed));
            return planOf(session, {}, std::nullopt);
        };
        const QString name = QString::fromStdString(index.classes[0]);
        const TrainingPlan unmeasured = without(Split::Test, Split::Train);
        QVERIFY(!unmeasured.isBlocked);
        QVERIFY2(unmeasured.cautions.join('\n').contains("over 1 of 2 classes") &&
                     unmeasured.cautions.join('\n').contains(name),
                 qPrintable(unmeasured.cautions.join('\n')));
        const TrainingPlan untrained = without(Split::Train, Split::Test);
        QVERIFY(untrained.isBlocked);
        QVERIFY2(untrained.cautions.join('\n').contains(name + "' has no training pictures"),
                 qPrintable(untrained.cautions.join('\n')));
        session.setDataset(m_dataset);
        QVERIFY(!planOf(session, {}, std::nullopt).cautions.join('\n').contains("class"));
    }

    void aResultOverSomeClassesSaysSo()
    {
        RunRecord record;
        record.state = RunState::Finished;
        record.classes = {"cats", "dogs", "hens"};
        record.counts = {std::vector<std::size_t>{9, 9, 9}, {2, 2, 2}, {3, 3, 3}};
        record.test = TestResult{"test", {0.1, 1, 6}, 1};
        QCOMPARE(coverageText(record), QString());
        QVERIFY(!endText(record, false, "/runs/one", false).contains("classes"));
        record.test->unmeasured = {"hens"};
        QCOMPARE(coverageText(record), "over 2 of 3 classes");
        const QString words = endText(record, false, "/runs/one", false);
        QVERIFY2(words.contains("over 2 of 3 classes") && words.contains("hens"), qPrintable(words));
        // A run of before it was noted.
        record.test->unmeasured.clear();
        record.counts[2] = {6, 0, 0};
        QCOMPARE(coverageText(record), "over 1 of 3 classes");
        QCOMPARE(validationCoverageText(record), QString());
        record.counts[1] = {4, 0, 2};
        QCOMPARE(validationCoverageText(record), "over 2 of 3 classes");
        record.counts[1] = {2, 2, 2};
        record.test->split = "validation";
        QCOMPARE(coverageText(record), QString());
        // A record without counts says nothing.
        record.counts = {};
        QCOMPARE(coverageText(record), QString());
    }

    void offersWhatCanBeDoneWithARun()
    {
        using enum RunAction;
        RunRecord record;
        QVERIFY(actionsFor(record, true).isEmpty()); // trains
        record.state = RunState::Finished;
        QVERIFY(actionsFor(record, true).isEmpty());
        record.state = RunState::Stopped;
        QCOMPARE(actionsFor(record, true), QList{Continue});
        record.best = {{1, 1, 0.5, 0.5}};
        QCOMPARE(actionsFor(record, true), (QList{Continue, FinishNow}));
        record.state = RunState::Failed;
        record.errorCode = nameOf(ErrorCode::DiskFull);
        QCOMPARE(actionsFor(record, true), (QList{Continue, ContinueSlower, StartAgain, FinishNow}));
        record.errorCode = nameOf(ErrorCode::TrainingDiverged);
        QCOMPARE(actionsFor(record, true), (QList{ContinueSlower, StartAgain, FinishNow}));
        record.best.clear();
        QCOMPARE(actionsFor(record, false), QList{StartAgain});
    }

    void everyEndHasItsWords_data()
    {
        QTest::addColumn<RunState>("state");
        QTest::addColumn<bool>("paused");
        QTest::addColumn<QString>("title");
        QTest::addColumn<QString>("text");
        QTest::newRow("finished") << RunState::Finished << false << "Finished"
                                  << "is finished";
        QTest::newRow("finished before the pause") << RunState::Finished << true << "Finished"
                                                   << "is finished";
        QTest::newRow("stopped") << RunState::Stopped << false << "Stopped"
                                 << "Runs page";
        QTest::newRow("paused") << RunState::Stopped << true << "Paused"
                                << "paused and saved";
        QTest::newRow("failed") << RunState::Failed << false << "Failed"
                                << "failed: the disk is full. ";
    }

    void everyEndHasItsWords()
    {
        QFETCH(RunState, state);
        QFETCH(bool, paused);
        QFETCH(QString, text);
        RunRecord record;
        record.state = state;
        record.error = "the disk is full";
        QTEST(endTitle(record, paused), "title");
        const QString words = endText(record, paused, "/runs/one", false);
        QVERIFY2(words.contains(text), qPrintable(words));
        QVERIFY(words.endsWith("Saved in /runs/one"));
        QCOMPARE(endText(record, paused, "/runs/one", true).contains("is kept"), state == RunState::Failed);
    }

    void sizesFollowTheLocale()
    {
        constexpr double gibibyte = 1024.0 * 1024 * 1024;
        QCOMPARE(sizeText(1.25 * gibibyte), "1.2 GiB");
        const QLocale before;
        QLocale::setDefault(QLocale(QLocale::German));
        const QString german = sizeText(1.25 * gibibyte);
        QLocale::setDefault(before);
        QCOMPARE(german, "1,2 GiB");
    }

    void theEndHoldsResultAndLosses()
    {
        RunRecord record;
        record.state = RunState::Finished;
        record.test = TestResult{"test", {0.25, 0.9755, 2000}, 2};
        record.excluded = {{"a.jpg", "torn"}, {"b.jpg", "torn"}};
        QString words = endText(record, false, "/runs/one", true);
        QVERIFY2(words.contains("Test accuracy 97.55\u00a0%, loss 0.25 on 2000 picture"), qPrintable(words));
        QVERIFY(words.contains("2 picture"));
        record.test->split = "validation";
        words = endText(record, false, "/runs/one", true);
        QVERIFY(words.contains("there is no test split"));
    }

private:
    test::TemporaryFolder m_folder;
    DatasetPointer m_dataset;
};

THAW_TEST(TestTrainingWords)
#include "test_training_words.moc"
