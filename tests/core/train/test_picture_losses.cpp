#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/image/image_io.h"
#include "core/train/start/picture_losses.h"
#include "tests/support/error_code.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <fstream>

using namespace thaw;

namespace {

namespace fs = std::filesystem;

using Groups = std::vector<std::string>;

Groups groupsLost(const fs::path& dataset)
{
    return lossesAtStart(scanDataset(dataset, {}).value()).groups;
}

void tear(const fs::path& file)
{
    fs::resize_file(file, 60);
}

} // namespace

/// What a run asks about before it starts with fewer pictures than it should have.
class TestPictureLosses : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { initialiseImageLibrary(); }

    void init()
    {
        fs::remove_all(m_data);
        test::SyntheticSpec spec;
        spec.perClass = 8;
        spec.side = 16;
        spec.splitFolders = true;
        test::writeSyntheticDataset(m_data, spec);
        for (int i = 1; i < 8; ++i) { // one test picture of red is left, of 41
            fs::remove(redTest(i));
        }
    }

    void nothingIsLost()
    {
        const PictureLosses losses = lossesAtStart(scanDataset(m_data, {}).value());
        QCOMPARE(losses.count, std::size_t(0));
        QCOMPARE(losses.of, std::size_t(41));
        QVERIFY(!losses.areSerious());
    }

    void aClassOfASplitWhoseFilesCannotBeRead_data()
    {
        QTest::addColumn<QString>("name"); ///< in place of its picture
        QTest::newRow("torn") << "torn.png";
        QTest::newRow("raw") << "photo.cr2";
        QTest::newRow("unknown") << "photo.xyz";
        QTest::newRow("deeper") << "in/there/torn.jpg";
    }

    void aClassOfASplitWhoseFilesCannotBeRead()
    {
        QFETCH(QString, name);
        fs::remove(redTest(0));
        const fs::path file = m_data / "test" / "red" / name.toStdString();
        fs::create_directories(file.parent_path());
        std::ofstream(file) << "II*no picture";
        const DatasetIndex index = scanDataset(m_data, {}).value();
        QCOMPARE(lossesAtStart(index).groups, Groups{"all test pictures of red"});
        QCOMPARE(test::codeOf([&] { requireNoSeriousLosses(index); }),
                 std::optional(ErrorCode::PicturesLost));
        fs::copy_file(m_data / "train/red/red.0.png", redTest(7));
        QCOMPARE(groupsLost(m_data), Groups());
    }

    // The folders do not tell what a list means.
    void aClassOfASplitOfAList()
    {
        std::ofstream list(m_data / "split.csv");
        list << "path,label,split\ntest/red/red.0.png,rot,test\ntest/blue/gone.png,blau,val\n";
        for (int i = 0; i < 8; ++i) {
            list << "train/red/red." << i << ".png,rot,train\ntrain/blue/blue." << i << ".png,blau,train\n"
                 << "test/blue/blue." << i << ".png,blau,test\n";
        }
        list << "validation/red/red.0.png,rot,val\n";
        list.close();
        QCOMPARE(groupsLost(m_data), Groups{"all validation pictures of blau"});
        tear(redTest(0));
        QCOMPARE(groupsLost(m_data), (Groups{"all validation pictures of blau", "all test pictures of rot"}));
    }

    void aWholeClassOfNoSplit()
    {
        const fs::path root = m_folder / "classes";
        test::writeSyntheticDataset(root, {{"blue", "green", "red"}, 8, 16, false, 3});
        for (int i = 1; i < 8; ++i) {
            fs::remove(root / "green" / ("green." + std::to_string(i) + ".png"));
        }
        QCOMPARE(groupsLost(root), Groups());
        tear(root / "green/green.0.png");
        QCOMPARE(groupsLost(root), Groups{"all pictures of green"});
        // Films beside the class folders were never pictures of a class.
        fs::remove_all(root / "green");
        fs::create_directories(root / "films");
        std::ofstream(root / "films/one.mp4") << "film";
        QCOMPARE(groupsLost(root), Groups());
    }

    // Between the scan and the start.
    void picturesThatVanishOrChangeTheirSize()
    {
        const DatasetIndex index = scanDataset(m_data, {}).value();
        tear(redTest(0));
        const PictureLosses torn = lossesAtStart(index);
        QCOMPARE(torn.pictures, (std::vector<std::string>{"test/red/red.0.png"}));
        QCOMPARE(torn.groups, Groups{"all test pictures of red"});
        QVERIFY(torn.areSerious());
        std::ofstream(redTest(0), std::ios::trunc).close(); // emptied
        QCOMPARE(lossesAtStart(index).count, std::size_t(1));
        fs::remove(redTest(0));
        QCOMPARE(lossesAtStart(index).groups, torn.groups);
    }

    // What the scan left out and what went since are together all of a class.
    void someUnreadableAndTheRestGone()
    {
        std::ofstream(m_data / "test/red/torn.png") << "no picture";
        const DatasetIndex index = scanDataset(m_data, {}).value();
        QCOMPARE(lossesAtStart(index).groups, Groups());
        fs::remove(redTest(0));
        const PictureLosses losses = lossesAtStart(index);
        QCOMPARE(losses.groups, Groups{"all test pictures of red"});
        QCOMPARE(losses.count, std::size_t(2));
    }

private:
    fs::path redTest(int i) const { return m_data / "test" / "red" / ("red." + std::to_string(i) + ".png"); }

    test::TemporaryFolder m_folder;
    fs::path m_data = m_folder / "data";
};

THAW_TEST(TestPictureLosses)
#include "test_picture_losses.moc"
