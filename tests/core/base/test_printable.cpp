#include "core/base/printable.h"
#include "tests/support/test_registry.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace thaw;

/// What reaches a terminal or a table of names from outside.
class TestPrintable : public QObject
{
    Q_OBJECT

private slots:
    void whatIsSeenStays();
    void theUnseenIsWrittenOut_data();
    void theUnseenIsWrittenOut();
    void everyPointOfTheBasicPlaneIsOneOrTheOther();
    void linesStayLinesAndJsonTheSameJson();
};

void TestPrintable::whatIsSeenStays()
{
    for (const char* text : {"", "a b.jpg", "été.jpg", "katze-ä-🐱", "ثعلب", "❤\uFE0F", "a\\b", "\\x1b", "ﬀ"})
    {
        QCOMPARE(printable(text), std::string(text));
        QCOMPARE(printableLines(text), std::string(text));
    }
}

void TestPrintable::theUnseenIsWrittenOut_data()
{
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("new line") << QByteArray("a\nb") << QByteArray("a\\x0ab");
    QTest::newRow("escape") << QByteArray("\x1b[2J") << QByteArray("\\x1b[2J");
    QTest::newRow("delete") << QByteArray("\x7f") << QByteArray("\\x7f");
    QTest::newRow("zero") << QByteArray("a\0b", 3) << QByteArray("a\\x00b");
    QTest::newRow("C1 sequence introducer") << QByteArray("\xC2\x9B") << QByteArray("\\u009b");
    QTest::newRow("the same as one byte") << QByteArray("a\x9B") << QByteArray("a\\x9b");
    QTest::newRow("cut short") << QByteArray("\xC2") << QByteArray("\\xc2");
    QTest::newRow("overlong") << QByteArray("\xC0\x9B") << QByteArray("\\xc0\\x9b");
    QTest::newRow("Latin-1") << QByteArray("caf\xE9.jpg") << QByteArray("caf\\xe9.jpg");
    QTest::newRow("right to left override") << QByteArray("gpj.\u202Eexe") << QByteArray("gpj.\\u202eexe");
    QTest::newRow("isolate") << QByteArray("\u2066a\u2069") << QByteArray("\\u2066a\\u2069");
    QTest::newRow("Arabic mark") << QByteArray("\u061C") << QByteArray("\\u061c");
    QTest::newRow("zero width") << QByteArray("c\u200Bat\uFEFF") << QByteArray("c\\u200bat\\ufeff");
    QTest::newRow("soft hyphen") << QByteArray("c\u00ADat") << QByteArray("c\\u00adat");
    QTest::newRow("word joiner") << QByteArray("c\u2060at") << QByteArray("c\\u2060at");
    QTest::newRow("blank letter") << QByteArray("\u3164") << QByteArray("\\u3164");
    QTest::newRow("line separator") << QByteArray("a\u2028b\u0085c") << QByteArray("a\\u2028b\\u0085c");
    QTest::newRow("tag") << QByteArray("a\U000E0041") << QByteArray("a\\U000e0041");
}

void TestPrintable::theUnseenIsWrittenOut()
{
    QFETCH(QByteArray, given);
    QFETCH(QByteArray, expected);
    const std::string shown = printable(given.toStdString());
    QCOMPARE(QByteArray::fromStdString(shown), expected);
    QCOMPARE(printable(shown), shown);
}

// Qt's own table of categories is the judge.
void TestPrintable::everyPointOfTheBasicPlaneIsOneOrTheOther()
{
    for (char16_t point = 1; point < 0xFFFF; ++point) {
        if (point >= 0xD800 && point <= 0xDFFF) {
            continue;
        }
        const std::string text = QString(QChar(point)).toStdString();
        const QChar::Category category = QChar::category(point);
        // Signs over numbers in Arabic and Syriac: to be seen, whatever their category.
        const bool isSign = (point >= 0x600 && point <= 0x605) || point == 0x6DD || point == 0x70F ||
                            (point >= 0x890 && point <= 0x891) || point == 0x8E2;
        const bool isHidden = category == QChar::Other_Control ||
                              (category == QChar::Other_Format && !isSign) ||
                              category == QChar::Separator_Line || category == QChar::Separator_Paragraph;
        if (isHidden) {
            QVERIFY2(printable(text) != text, qPrintable(QString::number(point, 16)));
        }
        QCOMPARE(printableLines(text) != text, printable(text) != text && point != '\n');
    }
}

void TestPrintable::linesStayLinesAndJsonTheSameJson()
{
    QCOMPARE(printableLines("a\nb\x1b"), std::string("a\nb\\u001b"));
    const QByteArray json = "{\"a\u202E\x7F\": \"\u009B[2J \U000E0041\",\n \"b\": \"é\"}";
    const QByteArray shown = QByteArray::fromStdString(printableLines(json.toStdString()));
    QVERIFY(shown != json);
    for (const char* hidden : {"\u202E", "\x7F", "\u009B", "\U000E0041"}) {
        QVERIFY(!shown.contains(hidden));
    }
    const QJsonObject object = QJsonDocument::fromJson(shown).object();
    QCOMPARE(object, QJsonDocument::fromJson(json).object());
    QCOMPARE(object["b"].toString(), QString("é"));
}

THAW_TEST(TestPrintable)
#include "test_printable.moc"
