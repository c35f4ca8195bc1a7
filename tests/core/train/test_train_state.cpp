#include "core/base/error.h"
#include "core/train/checkpoint/train_state.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <bit>

using namespace thaw;

class TestTrainState : public QObject
{
    Q_OBJECT

private slots:
    void readsBackBitForBit()
    {
        TrainState state;
        state.phase = 2;
        state.epoch = 17;
        state.step = 41;
        state.lossSum = 0.1 + 0.2;
        state.correct = 1'234;
        state.images = 1'312;
        state.totalSeconds = 1.0 / 3;
        state.partSize = 4;
        state.lossScale = {32768, 1999};
        state.averagedSteps = 1'900;
        EpochMetrics row;
        row.loss = 14.523437123456789;
        state.history.push_back(row);
        state.best.push_back({1, 3, 0.06543210987654321, 0.971, 12, true, "9d3e"});
        state.best.push_back({});
        const TrainState again = parseTrainState(formatTrainState(state));
        QCOMPARE(again.phase, 2);
        QCOMPARE(again.step, std::int64_t(41));
        QCOMPARE(again.partSize, std::int64_t(4));
        QVERIFY(again.lossScale == state.lossScale);
        QVERIFY(again.averagedSteps == 1'900);
        QCOMPARE(std::bit_cast<std::uint64_t>(again.lossSum), std::bit_cast<std::uint64_t>(state.lossSum));
        QCOMPARE(std::bit_cast<std::uint64_t>(again.history[0].loss), std::bit_cast<std::uint64_t>(row.loss));
        QVERIFY(std::isnan(again.history[0].valLoss));
        QCOMPARE(again.best[0].epoch, 3);
        QCOMPARE(again.best[0].contentHash, std::string("9d3e"));
        QVERIFY(std::isinf(again.best[1].valLoss));
        QCOMPARE(formatTrainState(again), formatTrainState(state));
    }

    // As written before averages counted their steps, and by a version that is still to come.
    void otherVersionsAreRead()
    {
        TrainState state;
        state.step = 7;
        state.averagedSteps = 3;
        QString text = QString::fromStdString(formatTrainState(state));
        QVERIFY(text.contains("\"averaged_steps\":3,"));
        const TrainState older = parseTrainState(text.remove("\"averaged_steps\":3,").toStdString());
        QCOMPARE(older.step, std::int64_t(7));
        QVERIFY(!older.averagedSteps);
        QVERIFY(!parseTrainState(formatTrainState({})).averagedSteps);
        const QString newer = QString::fromStdString(formatTrainState(state))
                                  .replace("{\"averaged", "{\"a_key\":[1],\"averaged");
        QVERIFY(newer.contains("a_key"));
        QVERIFY(parseTrainState(newer.toStdString()).averagedSteps == 3);
    }

    void rubbishIsRefused_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << "";
        QTest::newRow("other type") << "[1, 2]";
        QTest::newRow("no fields") << "{\"version\": 1}";
        QTest::newRow("newer") << "{\"version\": 2}";
        QTest::newRow("cut short") << QString::fromStdString(formatTrainState({})).chopped(5);
        QTest::newRow("phase 0")
            << QString::fromStdString(formatTrainState({})).replace("\"phase\":1", "\"phase\":0");
        QTest::newRow("no integer holds it")
            << QString::fromStdString(formatTrainState({})).replace("\"epoch\":1", "\"epoch\":1e300");
        QTest::newRow("a scale of nothing")
            << QString::fromStdString(formatTrainState({})).replace("\"factor\":65536.0", "\"factor\":0.0");
        QTest::newRow("a count below zero")
            << QString::fromStdString(formatTrainState({}))
                   .replace("\"averaged_steps\":null", "\"averaged_steps\":-1");
        QTest::newRow("a fraction")
            << QString::fromStdString(formatTrainState({})).replace("\"step\":0", "\"step\":0.5");
    }

    void rubbishIsRefused()
    {
        QFETCH(QString, text);
        QVERIFY_THROWS_EXCEPTION(Error, parseTrainState(text.toStdString()));
    }
};

THAW_TEST(TestTrainState)
#include "test_train_state.moc"
