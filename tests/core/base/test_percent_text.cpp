#include "core/base/percent_text.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <limits>
#include <set>

using namespace thaw;

class TestPercentText : public QObject
{
    Q_OBJECT

private slots:
    void digitsFollowTheCount_data()
    {
        QTest::addColumn<double>("share");
        QTest::addColumn<qint64>("count");
        QTest::addColumn<QString>("expected");
        QTest::newRow("26 of 40") << 26 / 40.0 << qint64(40) << "65 %";
        QTest::newRow("2 of 3") << 2 / 3.0 << qint64(3) << "67 %";
        QTest::newRow("99 of 100") << 0.99 << qint64(100) << "99 %";
        QTest::newRow("100 of 101") << 100 / 101.0 << qint64(101) << "99.0 %";
        QTest::newRow("492 of 500") << 0.984 << qint64(500) << "98.4 %";
        QTest::newRow("985 of 1000") << 0.985 << qint64(1000) << "98.5 %";
        QTest::newRow("986 of 1001") << 986 / 1001.0 << qint64(1001) << "98.50 %";
        QTest::newRow("not known") << 0.9755 << qint64(0) << "97.55 %";
        QTest::newRow("all") << 1.0 << qint64(40) << "100 %";
        QTest::newRow("none") << 0.0 << qint64(40) << "0 %";
        QTest::newRow("all but one of many") << 99'999 / 100'000.0 << qint64(100'000) << "99.99 %";
        QTest::newRow("one of many") << 1 / 100'000.0 << qint64(100'000) << "0.01 %";
        QTest::newRow("not measured") << std::numeric_limits<double>::quiet_NaN() << qint64(0) << "–";
        QTest::newRow("tampered with") << 1e308 << qint64(40) << "1e+308";
        QTest::newRow("less than nothing") << -0.5 << qint64(40) << "-0.5";
    }

    void digitsFollowTheCount()
    {
        QFETCH(double, share);
        QFETCH(qint64, count);
        QFETCH(QString, expected);
        QCOMPARE(QString::fromStdString(accuracyText(share, count)), expected);
    }

    // One picture more is another text, up to where two decimals end.
    void onePictureShows()
    {
        for (const int count : {1, 2, 3, 40, 99, 100, 101, 333, 1000, 1001, 2000, 10'000}) {
            std::set<std::string> texts;
            for (int right = 0; right <= count; ++right) {
                texts.insert(accuracyText(static_cast<double>(right) / count, count));
            }
            QCOMPARE(texts.size(), static_cast<std::size_t>(count) + 1);
        }
    }
};

THAW_TEST(TestPercentText)
#include "test_percent_text.moc"
