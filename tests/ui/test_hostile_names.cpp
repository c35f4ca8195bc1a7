// A name that Qt would take for HTML, and one that nobody can read, in every field that a file can fill.

#include "core/base/atomic_file.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/jobs/interrupted_run_job.h"
#include "ui/main_window.h"
#include "ui/pages/dataset_page.h"
#include "ui/pages/runs_page.h"
#include "ui/pages/training_page.h"
#include "ui/widgets/message_banner.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QMenu>
#include <QSettings>
#include <QTabWidget>
#include <QTest>
#include <QTextDocument>
#include <QTextFragment>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/stat.h>

using namespace thaw;
using namespace thaw::ui;

namespace {

const std::string unseenBytes = "\x1b[31m\xe2\x80\xae\xe2\x80\x8b\xe9\x01\n";

/// Whether rich text of ours shows a picture or text in a size or colour that we do not use.
bool holdsForeignMarkup(const QString& html)
{
    QTextDocument document;
    document.setHtml(html);
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
        for (auto fragment = block.begin(); !fragment.atEnd(); ++fragment) {
            const QTextCharFormat format = fragment.fragment().charFormat();
            if (format.isImageFormat() || format.fontItalic() || format.isAnchor()) {
                return true;
            }
        }
    }
    return false;
}

QString unreadableIn(const QString& text)
{
    for (const QChar character : text) {
        const bool isOurs = character == '\n' || character == '\t' || character == QChar(0x2060);
        if (!isOurs && (character.category() == QChar::Other_Control ||
                        character.category() == QChar::Other_Format || character.isSurrogate()))
        {
            return text;
        }
    }
    return {};
}

} // namespace

class TestHostileNames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateProgram(m_folder.path());
        Dialogs::script();
        // Read without an end: who opens it waits for ever.
        QCOMPARE(mkfifo((m_folder / "fifo").c_str(), 0600), 0);
        m_image = "<img src=\"" + (m_folder / "fifo").string() + "\"><i>i</i>&amp;%1%2%3";
    }

    void init()
    {
        m_session.emplace();
        test::useFixedSpeed(*m_session);
        m_session->setRunsRoot(m_folder / "runs");
        m_window.emplace(&*m_session);
        m_window->show();
    }

    void cleanup()
    {
        QElapsedTimer clock;
        clock.start();
        QVERIFY(m_window->close());
        m_window.reset();
        m_session.reset();
        std::filesystem::remove_all(m_folder / "runs");
        QSettings().clear();
    }

    void inTheDataSet()
    {
        const std::string file = "<img src=x><i>&amp;%1%2" + unseenBytes;
        const auto folder = m_folder / ("pictures " + file);
        test::SyntheticSpec spec;
        spec.classes = {"a" + file, "b" + file};
        spec.perClass = 8;
        test::writeSyntheticDataset(folder, spec);
        std::ofstream(folder / spec.classes[0] / ("broken" + file + ".png")) << "no picture";
        m_window->open(toText(folder));
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isDatasetReady() && !m_window->datasetPage()->isBusy(),
                                 test::patienceMs);
        QCOMPARE(m_session->dataset()->classes.size(), std::size_t(2));
        expectPlain();
        m_window->open(toText(folder / "nowhere"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->datasetPage()->findChild<MessageBanner*>()->isVisible(),
                                 test::patienceMs);
        expectPlain();
    }

    void inTheRecipe()
    {
        QVERIFY(m_session->editRecipe("names", [this](Recipe& recipe) { fill(recipe); }).empty());
        expectPlain();
    }

    void inARun_data()
    {
        QTest::addColumn<RunState>("state");
        QTest::newRow("running") << RunState::Running; // told about at every start, until it is dismissed
        QTest::newRow("stopped") << RunState::Stopped;
        QTest::newRow("failed") << RunState::Failed;
        QTest::newRow("finished") << RunState::Finished;
    }

    void inARun()
    {
        QFETCH(RunState, state);
        const auto folder = m_folder / ("runs/<img src=x><i>" + unseenBytes);
        const RunFiles files{test::writeRun(folder, state)};
        Recipe recipe = quickRecipe();
        fill(recipe);
        writeFileAtomically(files.recipe(), formatRecipe(recipe));
        RunRecord record = readRunRecord(files.record());
        for (std::string* field :
             {&record.name, &record.notes, &record.startedAt, &record.endedAt, &record.thawVersion,
              &record.torchVersion, &record.onednnVersion, &record.machine, &record.device, &record.precision,
              &record.datasetPath, &record.weightsSource, &record.weightsInput, &record.featureBank,
              &record.error, &record.errorCode})
        {
            *field = m_image + unseenBytes;
        }
        record.classes = {m_image + unseenBytes, m_image};
        record.excluded = {{m_image + unseenBytes, m_image + unseenBytes}};
        record.test = TestResult{m_image + unseenBytes, {0.5, 0.5, 10}, 1};
        writeRunRecord(files.record(), record);
        test::writeRun(m_folder / "runs" / ("broken" + unseenBytes), state);
        writeFileAtomically(RunFiles{m_folder / "runs" / ("broken" + unseenBytes)}.recipe(),
                            "{\"version\": \"<img src='x'>\"}");

        m_window->lookBack();
        m_window->runsPage()->refresh();
        m_window->showRun(toText(folder));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->runsPage()->selectedRun() != nullptr, test::patienceMs);
        auto* notice = m_window->findChild<QWidget*>("interruptedNotice");
        if (state == RunState::Running) {
            QTRY_VERIFY_WITH_TIMEOUT(notice->isVisible(), test::patienceMs);
        }
        expectPlain();
        // The broken one.
        auto* table = m_window->findChild<QAbstractItemView*>("runsTable");
        QCOMPARE(table->model()->rowCount(), 2);
        m_window->showRun(toText(m_folder / "runs" / ("broken" + unseenBytes)));
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->runsPage()->selectedRun(), test::patienceMs);
        expectPlain();
    }

private:
    void fill(Recipe& recipe) const
    {
        recipe.name = m_image + unseenBytes;
        recipe.weights = "/" + m_image + "/" + unseenBytes + ".safetensors";
        for (PhaseRecipe& phase : recipe.phases) {
            phase.name = m_image + unseenBytes;
        }
    }

    /// Every page and tab shown, every label, tooltip, cell and choice looked at.
    void expectPlain()
    {
        for (const Page page :
             {Page::Dataset, Page::Augmentation, Page::Layers, Page::Training, Page::Runs, Page::TryIt})
        {
            m_window->showPage(page);
            QCoreApplication::processEvents();
            for (QTabWidget* tabs : m_window->findChildren<QTabWidget*>()) {
                for (int tab = 0; tab < tabs->count() && tabs->isVisible(); ++tab) {
                    tabs->setCurrentIndex(tab);
                    m_window->grab();
                }
            }
            m_window->grab();
            for (const QWidget* widget : m_window->findChildren<QWidget*>()) {
                const QByteArray name =
                    widget->objectName().toUtf8() + ' ' + widget->metaObject()->className();
                QVERIFY2(!Qt::mightBeRichText(widget->toolTip()), name + ' ' + widget->toolTip().toUtf8());
                QVERIFY2(unreadableIn(widget->toolTip()).isEmpty(), name);
                if (const auto* label = qobject_cast<const QLabel*>(widget)) {
                    expectPlainLabel(*label, name);
                } else if (const auto* view = qobject_cast<const QAbstractItemView*>(widget)) {
                    expectPlainModel(view->model(), name);
                } else if (const auto* box = qobject_cast<const QComboBox*>(widget)) {
                    expectPlainModel(box->model(), name);
                }
            }
            QString widest; // names what would have to shrink
            for (const QWidget* widget : m_window->findChildren<QWidget*>()) {
                if (widget->minimumSizeHint().width() > 1000) {
                    widest += widget->objectName() + ' ';
                }
            }
            QVERIFY2(m_window->minimumSizeHint().width() <= 1280, qPrintable(widest));
        }
    }

    static void expectPlainLabel(const QLabel& label, const QByteArray& name)
    {
        if (!label.isVisible()) {
            return;
        }
        QVERIFY2(label.textFormat() != Qt::AutoText, name);
        QVERIFY2(label.textFormat() == Qt::PlainText || !holdsForeignMarkup(label.text()), name);
        QVERIFY2(unreadableIn(label.text()).isEmpty(), name + ' ' + label.text().toUtf8());
    }

    static void expectPlainModel(const QAbstractItemModel* model, const QByteArray& name)
    {
        if (!model) {
            return;
        }
        for (int row = 0; row < model->rowCount(); ++row) {
            for (int column = 0; column < model->columnCount(); ++column) {
                const QString tip = model->index(row, column).data(Qt::ToolTipRole).toString();
                const QString text = model->index(row, column).data().toString();
                QVERIFY2(!Qt::mightBeRichText(tip), name + ' ' + tip.toUtf8());
                QVERIFY2(unreadableIn(tip).isEmpty() && unreadableIn(text).isEmpty(),
                         name + ' ' + text.toUtf8());
                QVERIFY2(!text.contains('\n'), name + ' ' + text.toUtf8());
            }
        }
        for (int column = 0; column < model->columnCount(); ++column) {
            const QString heading = model->headerData(column, Qt::Horizontal).toString();
            QVERIFY2(unreadableIn(heading).isEmpty() && !heading.contains('\n'),
                     name + ' ' + heading.toUtf8());
        }
    }

    test::TemporaryFolder m_folder;
    std::string m_image;
    std::optional<Session> m_session;
    std::optional<MainWindow> m_window;
};

THAW_TEST(TestHostileNames)
#include "test_hostile_names.moc"
