#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/run/history_csv.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <bit>
#include <limits>

using namespace thaw;

namespace {

const std::string header = "epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds\n";
const std::string firstRow = "1,1,0.5,0.75,0.25,0.875,0.001,2.5\n";

/// Bit for bit, not-a-number included.
bool same(double a, double b)
{
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

double anyFinite(RandomStream& random)
{
    double value = 0;
    do {
        value = std::bit_cast<double>(random.next());
    } while (!std::isfinite(value));
    return value;
}

} // namespace

class TestHistoryCsv : public QObject
{
    Q_OBJECT

private slots:
    void writesTheFixedColumns();
    void readsBackTheSameDoubles();
    void readsNoRows();
    void readsNoMoreEpochsThanAPhaseMayHave();
    void refusesDamage_data();
    void refusesDamage();
    void readsOtherLineEnds();

private:
    test::TemporaryFolder m_folder;
    std::filesystem::path m_file = m_folder / "history.csv";
};

void TestHistoryCsv::writesTheFixedColumns()
{
    EpochMetrics first{1, 1, 14.5, 0.75, 0.1, 0.875, 1e-5, 2.5, 17};
    EpochMetrics second{1, 2, 0.25, 1};
    writeHistory(m_file, {first, second});
    QCOMPARE(QString::fromStdString(readTextFile(m_file, 1000)),
             QString::fromStdString(header + "1,1,14.5,0.75,0.1,0.875,1e-05,2.5\n2,1,0.25,1,,,0,0\n"));
}

void TestHistoryCsv::readsBackTheSameDoubles()
{
    RandomStream random(1);
    std::vector<EpochMetrics> history;
    for (int phase = 1; phase <= 3; ++phase) {
        for (int epoch = 1; epoch <= 200; ++epoch) {
            EpochMetrics row{phase, epoch, anyFinite(random), random.uniform()};
            row.valLoss = epoch % 7 ? anyFinite(random) : std::numeric_limits<double>::quiet_NaN();
            row.valAccuracy = random.uniform();
            row.learningRate = std::numeric_limits<double>::denorm_min();
            row.seconds = epoch % 5 ? random.uniform(0, 1e6) : std::numeric_limits<double>::infinity();
            history.push_back(row);
        }
    }
    writeHistory(m_file, history);
    const auto read = readHistory(m_file);
    QCOMPARE(read.size(), history.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        QCOMPARE(read[i].phase, history[i].phase);
        QCOMPARE(read[i].epoch, history[i].epoch);
        QVERIFY(same(read[i].loss, history[i].loss) && same(read[i].accuracy, history[i].accuracy));
        QVERIFY(same(read[i].valLoss, history[i].valLoss) &&
                same(read[i].valAccuracy, history[i].valAccuracy));
        QVERIFY(same(read[i].learningRate, history[i].learningRate) &&
                same(read[i].seconds, history[i].seconds));
    }
}

void TestHistoryCsv::readsNoRows()
{
    writeHistory(m_file, {});
    QVERIFY(readHistory(m_file).empty());
}

void TestHistoryCsv::readsNoMoreEpochsThanAPhaseMayHave()
{
    std::vector<EpochMetrics> history;
    for (int epoch = 1; epoch <= 10'000; ++epoch) {
        history.push_back({1, epoch, 0.5, 0.75});
    }
    writeHistory(m_file, history);
    QCOMPARE(readHistory(m_file).size(), history.size());
    history.push_back({1, 10'001, 0.5, 0.75});
    writeHistory(m_file, history);
    try {
        readHistory(m_file);
        QFAIL("accepted");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInvalid);
        QVERIFY2(error.detail().starts_with("line 10002 "), error.what());
    }
}

void TestHistoryCsv::refusesDamage_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    const auto row = [](const char* name, const std::string& text, int line) {
        QTest::newRow(name) << QByteArray::fromStdString(text) << line;
    };
    row("an empty file", "", 1);
    row("no header", firstRow, 1);
    row("another header", "phase,epoch\n", 1);
    row("a header with more columns", header.substr(0, header.size() - 1) + ",extra\n", 1);
    row("too few values", header + "1,1,0.5\n", 2);
    row("too many values", header + "1,1,0.5,0.75,0.25,0.875,0.001,2.5,9\n", 2);
    row("an empty line", header + firstRow + "\n" + "2,1,0.5,0.75,0.25,0.875,0.001,2.5\n", 3);
    row("a word for a number", header + "1,1,low,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("a number with a tail", header + "1,1,0.5x,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("a number with a space", header + "1,1, 0.5,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("nan in letters", header + "1,1,nan,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("too large a number", header + "1,1,1e999,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("a broken epoch", header + "1.5,1,0.5,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("no epoch", header + ",1,0.5,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("a huge epoch", header + "99999999999,1,0.5,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("a start at epoch 2", header + "2,1,0.5,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("a start at phase 2", header + "1,2,0.5,0.75,0.25,0.875,0.001,2.5\n", 2);
    row("an epoch twice", header + firstRow + firstRow, 3);
    row("an epoch left out", header + firstRow + "3,1,0.5,0.75,0.25,0.875,0.001,2.5\n", 3);
    row("a phase left out", header + firstRow + "1,3,0.5,0.75,0.25,0.875,0.001,2.5\n", 3);
    row("a row cut short", header + firstRow + "2,1,0.5,0.7", 3);
    row("zero bytes", header + std::string("\0\0\0", 3), 2);
}

void TestHistoryCsv::refusesDamage()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    writeFileAtomically(m_file, text.toStdString());
    try {
        readHistory(m_file);
        QFAIL("accepted");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInvalid);
        QVERIFY2(error.detail().starts_with("line " + std::to_string(line) + " "), error.what());
    }
}

void TestHistoryCsv::readsOtherLineEnds()
{
    const auto text =
        QString::fromStdString(header + firstRow + "1,2,0.5,0.75,,,0.001,2.5").replace("\n", "\r\n");
    writeFileAtomically(m_file, text.toStdString());
    const auto history = readHistory(m_file);
    QCOMPARE(history.size(), std::size_t(2));
    QCOMPARE(history[1].phase, 2);
    QCOMPARE(history[0].seconds, 2.5);
}

THAW_TEST(TestHistoryCsv)
#include "test_history_csv.moc"
