#include "core/compute/compute_device.h"
#include "tests/app/cli_process.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;
using namespace thaw::test;

/// The figures are those of the machine, so only their presence and their sense are asserted.
class TestCliBench : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { isolateUserFolders(m_folder.path()); }
    void helpSaysWhatAnEpochIs();
    void quickMeasuresRates();
    void wholeMeasuresEverything();

private:
    static void requirePositive(const QJsonObject& object, const QStringList& names);
    static void requireBfloat16(const QJsonObject& object, const QStringList& names);

    TemporaryFolder m_folder;
};

void TestCliBench::requirePositive(const QJsonObject& object, const QStringList& names)
{
    for (const QString& name : names) {
        QVERIFY2(object[name].toDouble() > 0, qPrintable(name));
    }
}

/// Where the processor has it; else nothing is told, since LibTorch takes seventy times as long.
void TestCliBench::requireBfloat16(const QJsonObject& object, const QStringList& names)
{
    if (availableDevices().front().bfloat16 != Bfloat16Support::None) {
        requirePositive(object, names);
        return;
    }
    for (const QString& name : names) {
        QVERIFY2(!object.contains(name), qPrintable(name));
    }
}

void TestCliBench::helpSaysWhatAnEpochIs()
{
    const CliResult result = runCli({"bench", "--help"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QVERIFY2(result.out.contains("\"fresh\" computes the former"), result.out.constData());
    QVERIFY2(result.out.contains("validation pictures is kept"), result.out.constData());
}

void TestCliBench::quickMeasuresRates()
{
    const CliResult result = runCli({"bench", "--quick", "--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QJsonObject figures = result.object();
    requirePositive(figures["raw"].toObject(), {"float32_nchw", "float32_nhwc", "float32_thaw"});
    requireBfloat16(figures["raw"].toObject(), {"bfloat16_nchw", "bfloat16_nhwc", "bfloat16_thaw"});
    requirePositive(figures, {"features"});
    QVERIFY(!figures.contains("decode"));
}

void TestCliBench::wholeMeasuresEverything()
{
    QProcess process;
    startCli(process, {"bench", "--json"});
    QVERIFY(process.waitForFinished(1'500'000));
    const CliResult result = finishCli(process);
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QJsonObject figures = result.object();
    requirePositive(figures, {"features", "decode", "warp", "batch", "bank_build", "peak_memory_mib"});
    // Half precision, 11 × 11 × 512 values for phase 2 and 5 × 5 × 512 for phase 1, of 2,000 pictures.
    const double size = (11 * 11 * 512 + 5 * 5 * 512) * 2 * 2000.0 / (1 << 20);
    const double told = figures["bank_size"].toDouble();
    QVERIFY2(told > size && told < 1.02 * size, qPrintable(QString::number(told)));
    requirePositive(figures["peak"].toObject(), {"float32"});
    requireBfloat16(figures["peak"].toObject(), {"bfloat16"});
    requirePositive(figures["block"].toObject(), {"1", "2", "3", "4", "5", "5_training"});
    requirePositive(figures["phase1_epoch"].toObject(), {"fresh", "bank"});
    requirePositive(figures["phase2_epoch"].toObject(), {"fresh", "bank"});
    const double share = figures["network_wait_share"].toDouble(-1);
    QVERIFY2(share >= 0 && share <= 1, qPrintable(QString::number(share)));
    // Stored views and validation features went with the work folder: neither run used the user's.
    QVERIFY(!std::filesystem::exists(m_folder / "XDG_CACHE_HOME" / "thaw" / "features"));
}

THAW_TEST(TestCliBench)
#include "test_cli_bench.moc"
