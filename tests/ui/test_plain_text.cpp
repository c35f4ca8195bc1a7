// Text from outside means nothing but its characters, and a path's bytes survive the way through the window.

#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"

#include <QLabel>
#include <QMessageBox>
#include <QTest>
#include <QToolTip>

using namespace thaw;
using namespace thaw::ui;

namespace {

const QString imageTag = "<img src=\"/dev/zero\">";

} // namespace

class TestPlainText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneLineShowsWhatCannotBeSeen_data()
    {
        QTest::addColumn<QString>("raw");
        QTest::addColumn<QString>("shown");
        QTest::newRow("ordinary") << "Kätzchen & Hündchen, 猫 😀 10 %"
                                  << "Kätzchen & Hündchen, 猫 😀 10 %";
        QTest::newRow("empty") << QString() << QString();
        QTest::newRow("markup") << imageTag << imageTag;
        QTest::newRow("breaks") << "a\nb\rc\td"
                                << "a\\x0ab\\x0dc\\x09d";
        QTest::newRow("control") << QString("a\x1b[31m\x7f") << "a\\x1b[31m\\x7f";
        QTest::newRow("C1") << QString(QChar(0x9b)) << "\\u009b";
        QTest::newRow("null") << QString(QChar(0)) << "\\x00";
        QTest::newRow("bidi") << QString::fromUtf8("cat\u202egnp.exe") << "cat\\u202egnp.exe";
        QTest::newRow("isolate") << QString::fromUtf8("\u2066a\u2069") << "\\u2066a\\u2069";
        QTest::newRow("no width") << QString::fromUtf8("a\u200bb\ufeff") << "a\\u200bb\\ufeff";
        QTest::newRow("separators") << QString::fromUtf8("a\u2028b\u2029") << "a\\u2028b\\u2029";
        QTest::newRow("tag") << QString::fromUtf8("\U000e0041") << "\\U000e0041";
        QTest::newRow("half a character") << QString(QChar(0xd83d)) << "?";
        QTest::newRow("byte") << bytesToText("caf\xe9") << "caf\\xe9";
    }

    void oneLineShowsWhatCannotBeSeen()
    {
        QFETCH(QString, raw);
        QTEST(plainLine(raw), "shown");
        QCOMPARE(plainLine(plainLine(raw)), plainLine(raw));
    }

    void longTextLosesItsMiddle()
    {
        const QString shown = plainLine("begin" + QString(10'000'000, 'x') + "end");
        QVERIFY(shown.size() <= 201);
        QVERIFY(shown.startsWith("begin") && shown.endsWith("end") && shown.contains(QChar(0x2026)));
        const QString faces = plainLine(QString::fromUtf8("😀").repeated(1000));
        QVERIFY(!faces.contains("\\u")); // none was cut in two
        const QStringList lines = plainLines(QString("a line\n").repeated(100'000)).split('\n');
        QCOMPARE(lines.size(), 41);
        QCOMPARE(lines.last(), QString(QChar(0x2026)));
        QVERIFY(plainLines(QString(5000, 'y')).size() <= 401);
    }

    void severalLinesKeepTheirBreaks()
    {
        QCOMPARE(plainLines(QString("one\n\ttwo\n")), "one\n\ttwo\n");
        QCOMPARE(plainLines(QString("a\x1b\r\nb")), "a\\x1b\\x0d\nb");
    }

    void captionsHaveNoKeys()
    {
        QCOMPARE(plainCaption("Q&A\n"), "Q&&A\\x0a");
        QCOMPARE(plainHtml("<b>&\n"), "&lt;b&gt;&amp;\\x0a");
    }

    void toolTipsAreNeverRich_data()
    {
        QTest::addColumn<QString>("raw");
        for (const char* raw : {"<img src=\"/dev/zero\">", "a <b>b</b>", "&lt;", "<?xml version='1'?><p>",
                                "<qt>", "plain\n<b>", "<!-- --><b>", "&lt;<br/>"})
        {
            QTest::newRow(raw) << QString(raw);
        }
    }

    void toolTipsAreNeverRich()
    {
        QFETCH(QString, raw);
        const QString tip = plainToolTip(raw);
        QVERIFY2(!Qt::mightBeRichText(tip), qPrintable(tip));
        QCOMPARE(QString(tip).remove(QChar(0x2060)), raw);
    }

    void longToolTipsAreBroken()
    {
        for (const QString& line : plainToolTip(QString("folder/").repeated(28)).split('\n')) {
            QVERIFY(line.size() <= 100 && line.endsWith('/'));
        }
        QCOMPARE(plainToolTip(QString(150, 'x')).split('\n').size(), 2);
    }

    void labelsArePlainByThemselves()
    {
        QLabel label(imageTag);
        label.show();
        QCOMPARE(label.textFormat(), Qt::PlainText);
        QLabel ours;
        ours.setTextFormat(Qt::RichText);
        ours.setText("<b>ours</b>");
        ours.show();
        QCOMPARE(ours.textFormat(), Qt::RichText);
        QMessageBox box(QMessageBox::Information, imageTag, imageTag);
        box.setInformativeText(imageTag);
        box.show();
        for (const QLabel* part : box.findChildren<QLabel*>()) {
            QVERIFY(part->text().isEmpty() || part->textFormat() == Qt::PlainText);
        }
    }

    void toolTipsOnTheScreenArePlain()
    {
        QWidget window;
        window.show();
        QToolTip::showText({10, 10}, imageTag, &window);
        bool found = false;
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            auto* tip = qobject_cast<QLabel*>(widget);
            if (tip && tip->text() == imageTag) {
                found = true;
                QCOMPARE(tip->textFormat(), Qt::PlainText);
            }
        }
        QVERIFY(found);
    }

    void pathsKeepTheirBytes_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("ordinary") << QByteArray("/data/K\xc3\xa4tzchen \xf0\x9f\x98\x80");
        QTest::newRow("Latin-1") << QByteArray("/data/caf\xe9/\xe9");
        QTest::newRow("after four bytes") << QByteArray("\xf0\x9f\x98\x80\x80\xff");
        // U+1F480, whose second half in UTF-16 is what stands for the byte 0x80.
        QTest::newRow("half of it like a byte") << QByteArray("a\xf0\x9f\x92\x80z");
        QTest::newRow("cut") << QByteArray("a\xf0\x9f\x98");
        QTest::newRow("a surrogate as UTF-8") << QByteArray("\xed\xb2\x80");
        QByteArray all;
        for (int byte = 1; byte < 256; ++byte) {
            all += char(byte);
        }
        QTest::newRow("all") << all;
    }

    void pathsKeepTheirBytes()
    {
        QFETCH(QByteArray, bytes);
        const std::string path = bytes.toStdString();
        QCOMPARE(textToBytes(bytesToText(path)), path);
        QCOMPARE(toPath(toText(std::filesystem::path(path))).native(), path);
    }

    void utf8IsAsQtHasIt()
    {
        const QString text = QString::fromUtf8("Kätzchen 猫 😀");
        QCOMPARE(bytesToText(text.toStdString()), text);
        QCOMPARE(textToBytes(text), text.toStdString());
    }
};

THAW_TEST(TestPlainText)
#include "test_plain_text.moc"
