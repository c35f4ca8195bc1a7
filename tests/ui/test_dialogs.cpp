// The real boxes, answered as a person would.

#include "core/base/error.h"
#include "tests/support/test_registry.h"
#include "ui/dialogs.h"
#include "ui/text/error_text.h"

#include <QApplication>
#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QTest>
#include <QTimer>

#include <functional>
#include <optional>

using namespace thaw;
using namespace thaw::ui;

namespace {

/// Looks at the box that comes up next, and has it answered.
void onceShown(const std::function<void(QMessageBox*)>& answer)
{
    auto* timer = new QTimer(qApp);
    QObject::connect(timer, &QTimer::timeout, timer, [timer, answer] {
        if (auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget())) {
            timer->deleteLater();
            timer->stop();
            answer(box);
        }
    });
    timer->start(5);
}

QAbstractButton* buttonCalled(const QMessageBox* box, const QString& text)
{
    for (QAbstractButton* button : box->buttons()) {
        if (button->text() == text) {
            return button;
        }
    }
    return nullptr;
}

} // namespace

class TestDialogs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { Dialogs::unscript(); }

    void confirmsWithButtonsThatSayWhatTheyDo_data()
    {
        QTest::addColumn<QString>("pressed");
        QTest::addColumn<bool>("answer");
        QTest::newRow("yes") << "Throw it away" << true;
        QTest::newRow("no") << "Keep it" << false;
    }

    void confirmsWithButtonsThatSayWhatTheyDo()
    {
        QFETCH(QString, pressed);
        bool looked = false;
        onceShown([&](QMessageBox* box) {
            looked = box->text() == "Throw this away?" && box->informativeText() == "It is the only one." &&
                     box->buttons().size() == 2;
            buttonCalled(box, pressed)->click();
        });
        const bool answer =
            Dialogs::confirm(nullptr, "Throw this away?", "It is the only one.", "Throw it away", "Keep it");
        QVERIFY(looked);
        QTEST(answer, "answer");
    }

    void theSafeAnswerIsTheEasyOne()
    {
        QString byDefault;
        onceShown([&](QMessageBox* box) {
            byDefault = box->defaultButton()->text();
            QTest::keyClick(box, Qt::Key_Escape);
        });
        QVERIFY(!Dialogs::confirm(nullptr, "Sure?", "", "Yes, do it", "Leave it"));
        QCOMPARE(byDefault, "Leave it");
    }

    void showsErrorsInWholeSentences()
    {
        QString title;
        QString text;
        onceShown([&](QMessageBox* box) {
            title = box->text();
            text = box->informativeText();
            box->accept();
        });
        Dialogs::showError(nullptr, {ErrorCode::DiskFull, "/full", "no room is left", "make some"});
        QCOMPARE(title, errorTitle(ErrorCode::DiskFull));
        QCOMPARE(text, "/full\nNo room is left.\nMake some.");
    }

    void informs()
    {
        QString text;
        onceShown([&](QMessageBox* box) {
            text = box->text() + ": " + box->informativeText();
            box->accept();
        });
        Dialogs::inform(nullptr, "Exported", "All is well.");
        QCOMPARE(text, "Exported: All is well.");
    }

    void aCancelledFileDialogIsNothing()
    {
        QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        const auto cancel = [] {
            auto* timer = new QTimer(qApp);
            connect(timer, &QTimer::timeout, timer, [timer] {
                if (auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget())) {
                    timer->deleteLater();
                    timer->stop();
                    dialog->reject();
                }
            });
            timer->start(5);
        };
        cancel();
        QVERIFY(!Dialogs::chooseFolder(nullptr, "Folder"));
        cancel();
        QVERIFY(!Dialogs::chooseFile(nullptr, "File", "Recipes (*.json)"));
        cancel();
        QVERIFY(!Dialogs::chooseSaveFile(nullptr, "Save", "CSV (*.csv)", "a.csv"));
    }

    void scriptedAnswersComeInOrderAndNothingIsShown()
    {
        Dialogs::script();
        Dialogs::answerConfirm(true);
        Dialogs::answerPath("/one");
        Dialogs::answerPath(std::nullopt);
        Dialogs::answerPath("/three");
        QVERIFY(Dialogs::confirm(nullptr, "A", "a", "yes", "no"));
        QVERIFY(!Dialogs::confirm(nullptr, "B", "b", "yes", "no")); // none left: declined
        QCOMPARE(Dialogs::chooseFolder(nullptr, "C").value(), "/one");
        QVERIFY(!Dialogs::chooseFile(nullptr, "D", "*"));
        QCOMPARE(Dialogs::chooseSaveFile(nullptr, "E", "*").value(), "/three");
        Dialogs::inform(nullptr, "F", "f");
        QCOMPARE(Dialogs::asked().size(), 6);
        QCOMPARE(Dialogs::asked()[0], "A: a");
        QCOMPARE(Dialogs::asked()[5], "F: f");
        Dialogs::script();
        QVERIFY(Dialogs::asked().isEmpty());
    }
};

THAW_TEST(TestDialogs)
#include "test_dialogs.moc"
