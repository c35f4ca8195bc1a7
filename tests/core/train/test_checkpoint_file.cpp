#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/train/checkpoint/checkpoint_file.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

using namespace thaw;

namespace {

Checkpoint checkpointOfStep(std::int64_t step)
{
    Checkpoint checkpoint;
    checkpoint.state.step = step;
    checkpoint.baseHash = "abc";
    checkpoint.weights = {{"head.dense.weight", {1, 2}, {0.5f, static_cast<float>(step)}}};
    checkpoint.optimizer = {{"momentum", {{"head.dense.weight", {1, 2}, {1.5f, -2.0f}}}},
                            {"velocity", {{"head.dense.weight", {1, 2}, {0.25f, 0.125f}}}}};
    return checkpoint;
}

void flipByte(const std::filesystem::path& path, std::streamoff fromEnd)
{
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(-fromEnd, std::ios::end);
    const char byte = static_cast<char>(file.peek() ^ 1);
    file.seekp(-fromEnd, std::ios::end);
    file.put(byte);
}

/// A disk that takes everything and keeps one bit of the last write wrong.
class LyingFileSystem : public FileSystem
{
public:
    std::ptrdiff_t write(int descriptor, const void* data, std::size_t size) override
    {
        std::string bytes(static_cast<const char*>(data), size);
        // The other eight bytes written are the length of the header, a small number.
        if (isLying && size == 8 && bytes[3] != 0) {
            bytes[3] = static_cast<char>(bytes[3] ^ 4);
        }
        return FileSystem::write(descriptor, bytes.data(), size);
    }
    bool isLying = false;
};

std::ptrdiff_t filesIn(const std::filesystem::path& folder)
{
    return std::distance(std::filesystem::directory_iterator(folder), {});
}

/// Notes how many files a folder holds at most whenever one has been written.
class CountingFileSystem : public FileSystem
{
public:
    explicit CountingFileSystem(std::filesystem::path folder) : m_folder(std::move(folder)) {}
    int sync(int descriptor) override
    {
        most = std::max(most, filesIn(m_folder));
        return FileSystem::sync(descriptor);
    }
    std::ptrdiff_t most = 0;

private:
    std::filesystem::path m_folder;
};

} // namespace

class TestCheckpointFile : public QObject
{
    Q_OBJECT

private slots:
    void readsBackWhatWasWritten()
    {
        const test::TemporaryFolder folder;
        const RunFiles files{folder.path()};
        QVERIFY(!hasCheckpoint(files));
        writeCheckpoint(files, checkpointOfStep(3));
        QVERIFY(hasCheckpoint(files));
        const Checkpoint read = loadCheckpoint(files);
        QCOMPARE(read.state.step, std::int64_t(3));
        QCOMPARE(read.baseHash, std::string("abc"));
        QVERIFY(read.weights == checkpointOfStep(3).weights);
        QVERIFY(read.optimizer == checkpointOfStep(3).optimizer);
        QVERIFY(!read.fromPrevious);
    }

    void keepsTheOneBeforeAndNoMore()
    {
        const test::TemporaryFolder folder;
        const RunFiles files{folder.path()};
        for (int step = 1; step <= 4; ++step) {
            writeCheckpoint(files, checkpointOfStep(step));
        }
        QCOMPARE(filesIn(folder.path()), std::ptrdiff_t(2));
        std::filesystem::remove(files.last());
        QVERIFY(hasCheckpoint(files));
        const Checkpoint previous = loadCheckpoint(files);
        QCOMPARE(previous.state.step, std::int64_t(3));
        QVERIFY(previous.fromPrevious);
    }

    // In the values a flipped bit leaves a file that every other check takes for good.
    void anyFlippedBitIsNoticed()
    {
        const test::TemporaryFolder folder;
        const RunFiles files{folder.path()};
        writeCheckpoint(files, checkpointOfStep(1));
        writeCheckpoint(files, checkpointOfStep(2));
        const auto size = static_cast<std::streamoff>(std::filesystem::file_size(files.last()));
        for (std::streamoff at = 1; at <= size; ++at) {
            flipByte(files.last(), at);
            const Checkpoint checkpoint = loadCheckpoint(files);
            // A bit of the padding behind the header's JSON may flip to other white space.
            QVERIFY2(checkpoint.fromPrevious || checkpoint.weights == checkpointOfStep(2).weights,
                     qPrintable(QString::number(at)));
            flipByte(files.last(), at);
        }
        flipByte(files.last(), 1);
        flipByte(files.previousLast(), 1);
        QVERIFY_THROWS_EXCEPTION(Error, loadCheckpoint(files));
    }

    void aDiskThatLiesDoesNotReplaceTheGoodOne()
    {
        const test::TemporaryFolder folder;
        const RunFiles files{folder.path()};
        writeCheckpoint(files, checkpointOfStep(1));
        LyingFileSystem lying;
        const FileSystemScope scope(lying);
        lying.isLying = true;
        QVERIFY_THROWS_EXCEPTION(Error, writeCheckpoint(files, checkpointOfStep(2)));
        QCOMPARE(loadCheckpoint(files).state.step, std::int64_t(1));
        lying.isLying = false;
        writeCheckpoint(files, checkpointOfStep(2));
        QCOMPARE(loadCheckpoint(files).state.step, std::int64_t(2));
    }

    // A kill between writing and verifying leaves as much as a file that does not read back.
    void whatWasNeverVerifiedDoesNotStay()
    {
        const test::TemporaryFolder folder;
        const RunFiles files{folder.path()};
        const auto cutOff = [&files](std::int64_t step) {
            LyingFileSystem lying;
            const FileSystemScope scope(lying);
            lying.isLying = true;
            QVERIFY_THROWS_EXCEPTION(Error, writeCheckpoint(files, checkpointOfStep(step)));
        };
        writeCheckpoint(files, checkpointOfStep(1));
        writeCheckpoint(files, checkpointOfStep(2));
        cutOff(3);
        QCOMPARE(filesIn(folder.path()), std::ptrdiff_t(3));
        {
            CountingFileSystem counting(folder.path());
            const FileSystemScope scope(counting);
            writeCheckpoint(files, checkpointOfStep(3));
            QCOMPARE(counting.most, std::ptrdiff_t(3));
        }
        QCOMPARE(filesIn(folder.path()), std::ptrdiff_t(2));
        cutOff(4);
        QCOMPARE(filesIn(folder.path()), std::ptrdiff_t(3));
        removeLeftovers(folder.path());
        QCOMPARE(filesIn(folder.path()), std::ptrdiff_t(2));
        QCOMPARE(loadCheckpoint(files).state.step, std::int64_t(3));
    }

    // Nothing would tell then whether the rest is what was saved.
    void oneWithoutItsHashIsRefused()
    {
        const test::TemporaryFolder folder;
        const RunFiles files{folder.path()};
        writeCheckpoint(files, checkpointOfStep(1));
        writeCheckpoint(files, checkpointOfStep(2));
        const auto removeHash = [](const std::filesystem::path& path) {
            SafetensorsFile file = readSafetensors(path);
            QCOMPARE(file.metadata.erase("content_sha256"), std::size_t(1));
            writeSafetensors(path, file);
        };
        removeHash(files.last());
        const Checkpoint previous = loadCheckpoint(files);
        QCOMPARE(previous.state.step, std::int64_t(1));
        QVERIFY(previous.fromPrevious);
        QVERIFY2(previous.whyPrevious.find("has lost the hash") != std::string::npos,
                 previous.whyPrevious.c_str());
        removeHash(files.previousLast());
        QVERIFY_THROWS_EXCEPTION(Error, loadCheckpoint(files));
    }

    void impossiblePositionsAreRefused_data()
    {
        // The recipe has two phases of three and two epochs, and 20 pictures in batches of 8.
        QTest::addColumn<int>("phase");
        QTest::addColumn<int>("epoch");
        QTest::addColumn<qint64>("step");
        QTest::addColumn<qint64>("steps");
        QTest::addColumn<int>("rows");
        QTest::addColumn<bool>("isPossible");
        QTest::newRow("the first") << 1 << 1 << qint64(0) << qint64(3) << 0 << true;
        QTest::newRow("within an epoch") << 2 << 2 << qint64(2) << qint64(3) << 1 << true;
        QTest::newRow("before a validation") << 1 << 3 << qint64(3) << qint64(3) << 2 << true;
        QTest::newRow("the end of a phase") << 1 << 4 << qint64(0) << qint64(3) << 3 << true;
        QTest::newRow("only the test is left") << 3 << 1 << qint64(0) << qint64(3) << 0 << true;
        QTest::newRow("steps not noted") << 1 << 1 << qint64(3) << qint64(0) << 0 << true;
        QTest::newRow("phase too high") << 4 << 1 << qint64(0) << qint64(3) << 0 << false;
        QTest::newRow("huge phase") << 2147483647 << 1 << qint64(0) << qint64(3) << 0 << false;
        QTest::newRow("epoch too high") << 1 << 5 << qint64(0) << qint64(3) << 4 << false;
        QTest::newRow("huge epoch") << 2 << 2147483647 << qint64(0) << qint64(3) << 0 << false;
        QTest::newRow("epochs that have no rows") << 1 << 3 << qint64(0) << qint64(3) << 0 << false;
        QTest::newRow("step too high") << 1 << 1 << qint64(4) << qint64(3) << 0 << false;
        QTest::newRow("step too high, not noted") << 1 << 1 << qint64(4) << qint64(0) << 0 << false;
        QTest::newRow("huge step") << 1 << 1 << qint64(9'000'000'000'000) << qint64(9'000'000'000'000) << 0
                                   << false;
        QTest::newRow("a step of the test") << 3 << 1 << qint64(1) << qint64(3) << 0 << false;
    }

    void impossiblePositionsAreRefused()
    {
        QFETCH(int, phase);
        QFETCH(int, epoch);
        QFETCH(qint64, step);
        QFETCH(qint64, steps);
        QFETCH(int, rows);
        QFETCH(bool, isPossible);
        const test::TemporaryFolder folder;
        const RunFiles files{folder.path()};
        Recipe recipe = bookRecipe();
        recipe.batchSize = 8;
        recipe.phases[0].epochs = 3;
        recipe.phases[1].epochs = 2;
        writeCheckpoint(files, checkpointOfStep(1));
        Checkpoint checkpoint = checkpointOfStep(step);
        checkpoint.state.phase = phase;
        checkpoint.state.epoch = epoch;
        checkpoint.state.steps = steps;
        for (int row = 1; row <= rows; ++row) {
            EpochMetrics& metrics = checkpoint.state.history.emplace_back();
            metrics.phase = phase;
            metrics.epoch = row;
        }
        writeCheckpoint(files, std::move(checkpoint));
        const Checkpoint loaded = loadCheckpoint(files, CheckpointTerms{recipe, 20});
        QCOMPARE(loaded.fromPrevious, !isPossible);
        QCOMPARE(loaded.state.step, isPossible ? std::int64_t(step) : std::int64_t(1));
        QVERIFY2(isPossible || loaded.whyPrevious.find("makes no sense") != std::string::npos,
                 loaded.whyPrevious.c_str());
    }
};

THAW_TEST(TestCheckpointFile)
#include "test_checkpoint_file.moc"
