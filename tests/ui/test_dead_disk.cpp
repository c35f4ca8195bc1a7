// Whatever is pressed, the window's thread asks nothing of a disk that may never answer.

#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/pages/training_page.h"
#include "ui/session.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/recipe_form.h"

#include <QFile>
#include <QProcess>
#include <QTest>

#include <cstdlib>

using namespace thaw;
using namespace thaw::ui;

class TestDeadDisk : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// The disk is preloaded, so that the work is done by another process of this test.
    void whatIsPressedDoesNotFreezeTheWindow()
    {
        const QString log = qEnvironmentVariable("THAW_TEST_DEAD_LOG");
        if (!log.isEmpty()) {
            press(log);
            // The jobs hang for good, and so would the end of their objects.
            std::_Exit(QTest::currentTestFailed() ? 1 : 0);
        }
        const test::TemporaryFolder folder;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("LD_PRELOAD", THAW_DEAD_MOUNT);
        environment.insert("THAW_TEST_DEAD_LOG", toText(folder / "log"));
        QProcess process;
        process.setProcessEnvironment(environment);
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QCoreApplication::applicationFilePath(),
                      {"test_dead_disk", "whatIsPressedDoesNotFreezeTheWindow"});
        const bool ended = process.waitForFinished(test::patienceMs);
        process.kill();
        process.waitForFinished();
        QVERIFY2(ended && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0,
                 process.readAll() + textIn(toText(folder / "log")));
    }

private:
    static QByteArray textIn(const QString& path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    static void press(const QString& log)
    {
        const test::TemporaryFolder folder;
        test::isolateProgram(folder.path());
        const DatasetPointer pictures = test::makeDataset(folder / "pictures");
        const QString dead = toText(folder / "dead");
        qputenv("THAW_TEST_DEAD_MOUNT", dead.toUtf8() + ':' + qgetenv("XDG_DATA_HOME") +
                                            "/thaw:" + qgetenv("XDG_CACHE_HOME") + "/thaw");
        Dialogs::script();
        auto* session = new Session;
        test::useFixedSpeed(*session);
        session->setRunsRoot(toPath(dead + "/runs"));
        session->setDataset(pictures);
        auto* page = new TrainingPage(session);
        page->show();
        const auto asked = [&](const char* file) {
            return textIn(log).contains("other " + dead.toUtf8() + file);
        };

        auto* plot = page->findChild<MetricsPlot*>("trainingPlot");
        plot->setHistory({test::makeEpoch(1, 1)});
        Dialogs::answerPath(dead + "/history.csv");
        plot->saveCsv();
        QTRY_VERIFY_WITH_TIMEOUT(asked("/history.csv") || asked("\n"), test::patienceMs);

        Q_EMIT page->findChild<RecipeForm*>()->recipeChosen(dead + "/recipe.json");
        QTRY_VERIFY_WITH_TIMEOUT(asked("/recipe.json"), test::patienceMs);

        QVERIFY(test::makeNarrow(*session, 1));
        const QByteArray runs = "other " + dead.toUtf8() + "/runs";
        const qsizetype before = textIn(log).count(runs); // by who looks for room there
        page->startTraining();
        QVERIFY(page->isTraining());
        QTRY_VERIFY_WITH_TIMEOUT(textIn(log).count(runs) > before, test::patienceMs);
        QVERIFY2(!textIn(log).contains("main "), textIn(log));
    }
};

THAW_TEST(TestDeadDisk)
#include "test_dead_disk.moc"
