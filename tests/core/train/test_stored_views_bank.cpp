#include "core/base/atomic_file.h"
#include "core/base/file_system.h"
#include "core/base/version.h"
#include "core/data/image/image_io.h"
#include "core/train/features/stored_views_torch.h"
#include "tests/support/error_code.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cerrno>
#include <utility>

using namespace thaw;

namespace {

namespace fs = std::filesystem;

/// A disk that has no room for anything as long as something else lies on it.
class FullDisk : public FileSystem
{
public:
    explicit FullDisk(fs::path culprit) : m_culprit(std::move(culprit)) {}

    int createTemporary(std::string& pattern) override
    {
        return isFull() ? -1 : FileSystem::createTemporary(pattern);
    }
    std::ptrdiff_t write(int descriptor, const void* data, std::size_t size) override
    {
        return isFull() ? -1 : FileSystem::write(descriptor, data, size);
    }
    int makeFolder(const fs::path& path) override { return isFull() ? -1 : FileSystem::makeFolder(path); }

private:
    bool isFull() const
    {
        const bool isThere = fs::exists(m_culprit);
        errno = isThere ? ENOSPC : 0;
        return isThere;
    }

    fs::path m_culprit;
};

} // namespace

/// What StoredViews makes of the disk that its bank lies on, and what it takes for the same content.
class TestStoredViewsBank : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        initialiseImageLibrary();
        test::writeSyntheticDataset(m_folder / "data", {{"blue", "red"}, 12, 40, false, 1});
        m_recipe = test::narrowRecipe(2, 1);
        m_recipe.device = "cpu";
        m_recipe.augmentation.views = 2;
        m_request = test::narrowRequest(m_recipe, m_folder / "data", m_folder / "run");
        const HeadSpec head{HeadKind::Book, 2, 0.5, 1, scaledBackbone(m_recipe.width).channels.back()};
        m_network = std::make_unique<Network>(m_request.weights, head, c10::Device(at::kCPU));
        m_prefix = std::make_unique<FrozenPrefix>(*m_network, 19, at::kFloat);
        DatasetIndex dataset = m_request.dataset;
        for (Sample& sample : dataset.samples) {
            sample.split = Split::Train;
        }
        m_pictures = picturesOf(dataset).train;
    }
    void init()
    {
        m_saving = {};
        m_saving.featureBanks = m_folder / ("banks" + std::to_string(++m_number));
        m_broken.clear();
    }

    void roomIsMadeBeforeAnythingIsWritten()
    {
        const fs::path unused = unusedBank("of another run");
        m_saving.otherBanksLimit = 0;
        FullDisk full(unused);
        const FileSystemScope scope(full);
        const auto views = open(m_recipe);
        QVERIFY(!fs::exists(unused));
        QVERIFY(fs::exists(views->folder() / "content.txt"));
    }

    void aDiskThatFillsUpIsTriedAgainWithoutWhatIsUnused()
    {
        m_saving.otherBanksLimit = 0;
        const auto views = open(m_recipe);
        {
            const fs::path unused = unusedBank("stored meanwhile");
            FullDisk full(unused);
            const FileSystemScope scope(full);
            QVERIFY(fill(*views, 0));
            QVERIFY(!fs::exists(unused));
        }
        QVERIFY(views->has(0, 15) && views->has(0, 19));
        // Where that is no help, whoever fills it hears of it.
        const fs::path foreign = m_folder / "no bank";
        fs::create_directories(foreign);
        FullDisk full(foreign);
        const FileSystemScope scope(full);
        QCOMPARE(test::codeOf([&] { fill(*views, 1); }), std::optional(ErrorCode::DiskFull));
        views->discardUnfinished();
        QVERIFY(views->has(0, 15) && !views->has(1, 15));
    }

    void onlyItsOwnFilesCountAsPresent()
    {
        const auto views = open(m_recipe);
        const std::uint64_t whole = views->missingBytes();
        QCOMPARE(whole, planOf(m_recipe).viewBytes());
        QVERIFY(whole > 3000);
        for (const char* name : {"view-0-layer-15.partial-abcdef", "view-2-layer-15.features",
                                 "view-0-layer-11.features", "something.else"})
        {
            writeFileAtomically(views->folder() / name, std::string(1000, 'x'));
        }
        QCOMPARE(views->missingBytes(), whole);
        writeFileAtomically(views->folder() / "view-1-layer-15.partial", std::string(300, 'x'));
        QCOMPARE(views->missingBytes(), whole - 300);
        writeFileAtomically(views->folder() / "view-1-layer-15.features", std::string(500, 'x'));
        QCOMPARE(views->missingBytes(), whole - 500);
    }

    void whatIsFilledIsNotMissing()
    {
        const auto views = open(m_recipe);
        QVERIFY(fill(*views, 0) && fill(*views, 1));
        QCOMPARE(views->missingBytes(), std::uint64_t(0));
        QCOMPARE(open(m_recipe)->missingBytes(), std::uint64_t(0));
    }

    void theKeyTellsApartWhatGivesOtherNumbers()
    {
        const auto views = open(m_recipe);
        const std::string content = test::bytesOf(views->folder() / "content.txt");
        for (const std::string& line :
             {std::string("augmentation.rotation 0.1"), std::string("augmentation.zoom 0.2"),
              "thaw " + std::string(thawVersion), "decoder " + imageLibraryVersion(),
              std::string("computation 2")})
        {
            QVERIFY2(content.find("\n" + line + "\n") != std::string::npos, line.c_str());
        }
        QVERIFY(imageLibraryVersion().starts_with("OpenCV 4."));
        Recipe other = m_recipe;
        other.augmentation.rotation += 1e-9;
        QVERIFY(open(other)->folder() != views->folder());
        QVERIFY(open(m_recipe)->folder() == views->folder());
    }

    // Its features would be found under the hash of what it was.
    void aPictureThatHasChangedIsNotKept()
    {
        const fs::path changed = m_pictures.items[5].path;
        const fs::path before = m_folder / "before.png";
        fs::copy_file(changed, before);
        fs::copy_file(m_pictures.items[6].path, changed, fs::copy_options::overwrite_existing);
        fs::path folder;
        {
            const auto views = open(m_recipe);
            folder = views->folder();
            QVERIFY(fill(*views, 0));
            QCOMPARE(m_broken, std::vector<std::size_t>{5});
            const std::vector<std::uint32_t> batch{4, 5, 6};
            const StoredViews::Gathered found = views->gather(15, batch, views->viewsIn(1));
            QCOMPARE(found.labels, (std::vector<int>{m_pictures.items[4].label, m_pictures.items[6].label}));
        }
        for (const auto& file : fs::directory_iterator(folder)) {
            QVERIFY2(!file.path().filename().string().starts_with("view-"), file.path().c_str());
        }
        fs::copy_file(before, changed, fs::copy_options::overwrite_existing);
        const auto views = open(m_recipe);
        m_broken.clear();
        QVERIFY(fill(*views, 0));
        QVERIFY(m_broken.empty());
    }

private:
    /// A bank of another run, which has ended. @return its folder
    fs::path unusedBank(const std::string& content) const
    {
        return FeatureBank(m_saving.featureBanks, content).folder();
    }
    std::unique_ptr<StoredViews> open(const Recipe& recipe) const
    {
        return std::make_unique<StoredViews>(m_saving, planOf(recipe), StoredViews::Purpose::Training,
                                             *m_network, m_request.weights.hash, m_pictures);
    }
    RunPlan planOf(const Recipe& recipe) const { return planRun(recipe, {m_pictures.items.size()}); }
    bool fill(StoredViews& views, int view)
    {
        PartSize parts;
        StoredViews::FillCallbacks callbacks;
        callbacks.batchDone = [this](const Batch& batch, int, int) {
            for (const Batch::Failure& failure : batch.failures) {
                m_broken.push_back(failure.item);
            }
        };
        callbacks.save = [](const std::function<void()>& write) { write(); };
        return views.fill(view, {15, 19}, *m_network, *m_prefix,
                          inferenceLoader(*m_network, m_recipe.transform(), m_recipe.batchSize), parts,
                          callbacks, {});
    }

    test::TemporaryFolder m_folder;
    int m_number = 0;
    Recipe m_recipe;
    TrainRequest m_request;
    std::unique_ptr<Network> m_network;
    std::unique_ptr<FrozenPrefix> m_prefix;
    SplitPictures m_pictures;
    SaveOptions m_saving;
    std::vector<std::size_t> m_broken; ///< that filling met
};

THAW_TEST(TestStoredViewsBank)
#include "test_stored_views_bank.moc"
