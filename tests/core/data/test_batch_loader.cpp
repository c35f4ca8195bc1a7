#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/data/image/image_io.h"
#include "core/data/input/batch_loader.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/open_file_limit.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <chrono>
#include <thread>

using namespace thaw;

namespace {

constexpr int pictureSide = 32;
constexpr std::size_t valuesPerItem = pictureSide * pictureSide * 3;

BatchLoaderOptions optionsFor(int threads)
{
    BatchLoaderOptions options;
    options.transform.inputSize = pictureSide;
    options.batchSize = 4;
    options.threads = threads;
    options.prefetch = 2;
    return options;
}

std::vector<Batch> allBatches(BatchLoader& loader)
{
    std::vector<Batch> batches;
    while (auto batch = loader.next()) {
        batches.push_back(*std::move(batch));
    }
    return batches;
}

} // namespace

class TestBatchLoader : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        initialiseImageLibrary();
        for (int i = 0; i < 18; ++i) {
            const auto path = m_folder / ("p" + std::to_string(i) + ".png");
            writePng(path, test::gradient(20 + i, 30));
            m_items.push_back({path, i % 3});
        }
    }

    void batchesComeInOrderWhateverTheThreads()
    {
        BatchLoaderOptions options = optionsFor(1);
        options.augmentation = AugmentationKey{{}, 3, 1};
        BatchLoader one(m_items, options);
        const auto expected = allBatches(one);
        QCOMPARE(one.batchCount(), std::size_t(5));
        QCOMPARE(expected.size(), std::size_t(5));
        QCOMPARE(expected.back().size(), std::size_t(2));
        options.threads = 4;
        BatchLoader four(m_items, options);
        const auto found = allBatches(four);
        QCOMPARE(found.size(), expected.size());
        for (std::size_t b = 0; b < found.size(); ++b) {
            QCOMPARE(found[b].index, b);
            QCOMPARE(found[b].first, b * 4);
            QCOMPARE(found[b].items, expected[b].items);
            QCOMPARE(found[b].inputs, expected[b].inputs);
            for (std::size_t i = 0; i < found[b].size(); ++i) {
                QCOMPARE(found[b].items[i], b * 4 + i);
                QCOMPARE(found[b].labels[i], m_items[b * 4 + i].label);
            }
        }
        QVERIFY(!four.next().has_value());
        QVERIFY(one.waitedSeconds() >= 0);
    }

    void inputsAreTheTransformedPictures()
    {
        BatchLoader loader(m_items, optionsFor(2));
        const auto batch = loader.next();
        QVERIFY(batch.has_value());
        std::vector<float> expected(valuesPerItem);
        preprocess(transformFile(m_items[2].path, optionsFor(1).transform), {}, expected);
        QVERIFY(std::equal(expected.begin(), expected.end(), batch->inputs.begin() + 2 * valuesPerItem));
    }

    void aLaterStartSkipsWholeBatches()
    {
        BatchLoader whole(m_items, optionsFor(2));
        BatchLoader late(m_items, optionsFor(2), 3);
        const auto all = allBatches(whole);
        const auto rest = allBatches(late);
        QCOMPARE(rest.size(), std::size_t(2));
        QCOMPARE(rest[0].index, std::size_t(3));
        QCOMPARE(rest[0].inputs, all[3].inputs);
        BatchLoader beyond(m_items, optionsFor(2), 9);
        QVERIFY(!beyond.next().has_value());
        BatchLoader nothing({}, optionsFor(2));
        QVERIFY(!nothing.next().has_value());
    }

    void brokenPicturesAreLeftOutAndNamed()
    {
        auto items = m_items;
        test::writeBytes(m_folder / "broken.jpg", test::bytesOf("not a picture"));
        items[1].path = m_folder / "broken.jpg";
        items[2].path = m_folder / "absent.jpg";
        BatchLoader good(m_items, optionsFor(1));
        BatchLoader loader(items, optionsFor(3));
        const auto whole = good.next();
        const auto batch = loader.next();
        QCOMPARE(batch->items, (std::vector<std::size_t>{0, 3}));
        QCOMPARE(batch->labels, (std::vector<int>{0, 0}));
        QCOMPARE(batch->inputs.size(), 2 * valuesPerItem);
        QVERIFY(std::equal(batch->inputs.begin() + valuesPerItem, batch->inputs.end(),
                           whole->inputs.begin() + 3 * valuesPerItem));
        QCOMPARE(batch->failures.size(), std::size_t(2));
        QCOMPARE(batch->failures[0].item, std::size_t(1));
        QCOMPARE(batch->failures[0].error.code(), ErrorCode::ImageUnreadable);
        QCOMPARE(batch->failures[1].error.code(), ErrorCode::FileNotFound);
        QCOMPARE(loader.next()->size(), std::size_t(4));
    }

    // The first fails after it was decoded, the others at once: with two threads these are told of first.
    void brokenPicturesAreToldInTheListsOrder()
    {
        // 24 million pixels take a hundred milliseconds to decode, and only that shows that the last data are
        // missing (a PNG's lengths show it at once): the other thread would have to stand still for as long
        // not to be first.
        const auto slow = m_folder / "slow.jpg";
        writeJpeg(slow, test::gradient(6000, 4000));
        std::filesystem::resize_file(slow, std::filesystem::file_size(slow) - 100);
        std::vector<LoadItem> items{{slow, 0},
                                    {m_items[0].path, 1},
                                    {m_folder / "absent.png", 2},
                                    {m_items[1].path, 3},
                                    {m_folder / "absent too.png", 4},
                                    {m_items[2].path, 5}};
        BatchLoaderOptions options = optionsFor(2);
        options.batchSize = static_cast<int>(items.size());
        BatchLoader good({items[1], items[3], items[5]}, options);
        const std::vector<float> expected = good.next()->inputs;
        BatchLoader loader(items, options);
        const auto batch = loader.next();
        QCOMPARE(batch->failures.size(), std::size_t(3));
        QCOMPARE(batch->failures[0].item, std::size_t(0));
        QCOMPARE(batch->failures[0].error.code(), ErrorCode::ImageUnreadable);
        QCOMPARE(batch->failures[1].item, std::size_t(2));
        QCOMPARE(batch->failures[2].item, std::size_t(4));
        QCOMPARE(batch->items, (std::vector<std::size_t>{1, 3, 5}));
        QCOMPARE(batch->labels, (std::vector<int>{1, 3, 5}));
        QCOMPARE(batch->inputs, expected);
    }

    void aBatchOfBrokenPicturesIsEmptyNotTheEnd()
    {
        std::vector<LoadItem> items(6, {m_folder / "absent.jpg", 0});
        items.back().path = m_items.back().path;
        BatchLoader loader(items, optionsFor(2));
        const auto first = loader.next();
        QVERIFY(first.has_value());
        QCOMPARE(first->size(), std::size_t(0));
        QCOMPARE(first->failures.size(), std::size_t(4));
        QCOMPARE(loader.next()->size(), std::size_t(1));
    }

    // The mount point of a lost drive is still there, and empty.
    void aFolderThatIsGoneEndsThePassWhereItMustStay()
    {
        std::filesystem::create_directories(m_folder / "unmounted");
        for (const char* name : {"unmounted/p.png", "nowhere/p.png"}) {
            BatchLoaderOptions options = optionsFor(2);
            const std::vector<LoadItem> items{{m_folder / name, 0}};
            BatchLoader lenient(items, options);
            QCOMPARE(lenient.next()->failures.size(), std::size_t(1));
            options.foldersMustStay = true;
            BatchLoader strict(items, options);
            QCOMPARE(test::codeOf([&] { strict.next(); }), std::optional(ErrorCode::DatasetInvalid));
        }
        // One picture missing among others is no more than that.
        BatchLoaderOptions options = optionsFor(1);
        options.foldersMustStay = true;
        BatchLoader loader({{m_folder / "absent.jpg", 0}}, options);
        QCOMPARE(loader.next()->failures.size(), std::size_t(1));
    }

    // A drive that fails may still answer for the folder itself. Where no file can be opened it looks the
    // same.
    void aFolderThatCannotBeReadIsGone()
    {
        QVERIFY(isPictureFolderThere(m_folder.path()));
        bool isThere = true;
        {
            const test::OpenFileLimit none(0);
            isThere = isPictureFolderThere(m_folder.path());
        }
        QVERIFY(!isThere);
    }

    void aPictureThatHasChangedIsLeftOutWhereThatMatters()
    {
        auto items = m_items;
        items[0].contentKey = contentKey(readFile(items[0].path, maxImageFileSize));
        items[1].contentKey = items[0].contentKey;
        for (const bool isLeft : {false, true}) {
            BatchLoaderOptions options = optionsFor(2);
            options.leaveVariation = isLeft;
            options.foldersMustStay = true;
            options.augmentation.emplace();
            BatchLoader loader(items, options);
            const auto batch = loader.next();
            QCOMPARE(batch->items, (std::vector<std::size_t>{0, 2, 3}));
            QCOMPARE(batch->failures.size(), std::size_t(1));
            QCOMPARE(batch->failures[0].item, std::size_t(1));
            const Error& error = batch->failures[0].error;
            QCOMPARE(error.code(), ErrorCode::FileUnreadable);
            QVERIFY(error.path() == items[1].path);
            QVERIFY2(error.detail().find("has changed since the data set was read") != std::string::npos,
                     error.what());
        }
    }

    void otherErrorsEndThePass()
    {
        BatchLoaderOptions options = optionsFor(2);
        options.transform.inputSize = 0;
        BatchLoader loader(m_items, options);
        QCOMPARE(test::codeOf([&] { loader.next(); }), std::optional(ErrorCode::Internal));
        QCOMPARE(test::codeOf([&] { loader.next(); }), std::optional(ErrorCode::Internal));
    }

    void aStopEndsTheWait()
    {
        std::stop_source source;
        source.request_stop();
        BatchLoader loader(m_items, optionsFor(1));
        QVERIFY(!loader.next(source.get_token()).has_value());
        // It was a pause, not an end: nothing is lost.
        QCOMPARE(loader.next()->index, std::size_t(0));
    }

    void aStopFromAnotherThreadEndsTheWait()
    {
        writePng(m_folder / "large.png", test::gradient(3000, 2000));
        std::vector<LoadItem> items(200, {m_folder / "large.png", 0});
        BatchLoaderOptions options = optionsFor(1);
        options.batchSize = 200;
        auto start = std::chrono::steady_clock::now();
        transformFile(items[0].path, options.transform);
        const auto one = std::chrono::steady_clock::now() - start;
        start = std::chrono::steady_clock::now();
        {
            BatchLoader loader(items, options);
            std::stop_source source;
            std::jthread stopper([&] { source.request_stop(); });
            QVERIFY(!loader.next(source.get_token()).has_value());
        }
        // Only the one in work when the loader is destroyed has to end; half of all leaves room for a busy
        // machine.
        QVERIFY(std::chrono::steady_clock::now() - start < 100 * one);
    }

    void destroyedUnreadItJoins()
    {
        for (int i = 0; i < 20; ++i) {
            BatchLoader loader(m_items, optionsFor(1 + i % 4));
            if (i % 2) {
                loader.next();
            }
        }
    }

private:
    test::TemporaryFolder m_folder;
    std::vector<LoadItem> m_items;
};

THAW_TEST(TestBatchLoader)
#include "test_batch_loader.moc"
