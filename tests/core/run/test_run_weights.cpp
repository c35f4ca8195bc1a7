#include "core/base/atomic_file.h"
#include "core/run/run_weights.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;

namespace {

/// @param seed of its base
ModelWeights smallModel(std::uint64_t seed)
{
    ModelWeights model;
    model.base = randomBaseWeights({{2, 2, 2, 2, 3}}, seed);
    model.headSpec = {HeadKind::Pooled, 2, 0.0, 2, 3};
    model.head = {{"head.dense.weight", {1, 3}, {1, 2, 3}}, {"head.dense.bias", {1}, {4}}};
    model.transform.inputSize = 64;
    model.classes = {"cat", "dog"};
    return model;
}

} // namespace

/// Whether the files with weights are those that the run wrote.
class TestRunWeights : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<test::TemporaryFolder>();
        m_run = {};
        m_run.folder = m_folder->path();
        m_files = RunFiles{m_run.folder};
        m_run.record.endedAt = "2026-11-23T14:25:09Z";
        for (const int phase : {1, 2}) {
            BestEpoch& best = m_run.record.best.emplace_back();
            best.phase = phase;
            best.epoch = 1;
            best.contentHash =
                writeModelWeights(m_files.phase(phase), smallModel(static_cast<std::uint64_t>(phase)));
        }
        shareFile(m_files.phase(2), m_files.best());
    }

    void ownFilesAreRead()
    {
        QCOMPARE(readBestWeights(m_run).base, smallModel(2).base);
        QVERIFY(exchangedWeights(m_run).empty());
    }

    // A good model of the same classes, which would be measured and exported under this run's name.
    void anothersFileIsRefused()
    {
        writeModelWeights(m_files.best(), smallModel(3));
        const std::string said = test::refusalOf(ErrorCode::RunInvalid, [&] { readBestWeights(m_run); });
        QVERIFY2(said.find("best.safetensors") != std::string::npos, said.c_str());
        QVERIFY2(said.find("is not the file that this run wrote") != std::string::npos, said.c_str());
        // Nor one of before, without a hash of its own.
        SafetensorsFile older = readSafetensors(m_files.phase(2));
        older.metadata.erase(contentHashKey);
        writeSafetensors(m_files.best(), older);
        QCOMPARE(test::codeOf([&] { readBestWeights(m_run); }), ErrorCode::RunInvalid);
        QVERIFY(exchangedWeights(m_run).empty());
        writeModelWeights(m_files.phase(1), smallModel(3));
        QCOMPARE(exchangedWeights(m_run), std::vector<std::string>{"phase1.safetensors"});
        noteWeightsThere(m_files, m_run.record.best);
        QVERIFY(exchangedWeights(m_run).empty());
    }

    void whatTheRecordCannotTellIsRead()
    {
        writeModelWeights(m_files.best(), smallModel(3));
        writeModelWeights(m_files.phase(1), smallModel(3));
        SavedRun killed = m_run;
        killed.record.endedAt.clear();
        SavedRun ofBefore = m_run;
        for (BestEpoch& best : ofBefore.record.best) {
            best.contentHash.clear();
        }
        for (const SavedRun& run : {killed, ofBefore}) {
            QCOMPARE(readBestWeights(run).base, smallModel(3).base);
            QVERIFY(exchangedWeights(run).empty());
        }
    }

    void missingAndBrokenFilesAreNotExchangedOnes()
    {
        std::filesystem::remove(m_files.phase(1));
        writeFileAtomically(m_files.phase(2), "cut short");
        QVERIFY(exchangedWeights(m_run).empty());
        std::filesystem::remove(m_files.best());
        const std::string said = test::refusalOf(ErrorCode::RunInvalid, [&] { readBestWeights(m_run); });
        QVERIFY2(said.find("finished no epoch") != std::string::npos, said.c_str());
        noteWeightsThere(m_files, m_run.record.best);
        QCOMPARE(m_run.record.best[0].contentHash, std::string());
    }

private:
    std::unique_ptr<test::TemporaryFolder> m_folder;
    SavedRun m_run;
    RunFiles m_files;
};

THAW_TEST(TestRunWeights)
#include "test_run_weights.moc"
