#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/dataset/folder_names.h"
#include "core/data/image/image_io.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QProcess>
#include <QTest>

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace thaw;

namespace {

namespace fs = std::filesystem;

/// `count` pictures that no other call with another `seed` writes.
void addPictures(const fs::path& folder, int count, int seed)
{
    for (int i = 0; i < count; ++i) {
        RgbImage image = test::gradient(8, 8);
        image.pixels[0] = static_cast<std::uint8_t>(i);
        image.pixels[1] = static_cast<std::uint8_t>(seed);
        test::writeBytes(folder / (std::to_string(100 + i) + ".png"), test::pngOf(image));
    }
}

/// Classes "a" and "b" in a folder, with so many pictures each.
void addClasses(const fs::path& folder, int count, int seed)
{
    addPictures(folder / "a", count, seed);
    addPictures(folder / "b", count, seed + 1);
}

DatasetIndex scanned(const fs::path& root, ScanPurpose purpose = ScanPurpose::Training)
{
    ScanOptions options;
    options.purpose = purpose;
    return scanDataset(root, options).value();
}

std::vector<Problem> findings(const DatasetIndex& index, ProblemCode code)
{
    std::vector<Problem> found;
    std::ranges::copy_if(index.problems, std::back_inserter(found),
                         [code](const Problem& problem) { return problem.code == code; });
    return found;
}

using Names = std::vector<std::string>;
using Numbers = std::vector<std::size_t>;

} // namespace

/// Folders as people have them.
class TestFolderLayouts : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { initialiseImageLibrary(); }

    void wordsOfSplits_data()
    {
        QTest::addColumn<QString>("train");
        QTest::addColumn<QString>("other");
        QTest::addColumn<int>("split");
        const auto row = [](const char* train, const char* other, Split split) {
            QTest::addRow("%s and %s", train, other) << train << other << int(split);
        };
        row("train", "eval", Split::Validation);
        row("train", "Evaluation", Split::Validation);
        row("training", "food_evaluation_set", Split::Validation);
        row("train", "validate", Split::Validation);
        row("Train", "HoldOut", Split::Test);
        row("train", "hold-out", Split::Test);
        row("trainval", "test", Split::Test);
        row("train_val", "my_test", Split::Test);
        row("TrainVal2012", "holdout", Split::Test);
        row("seg_train/seg_train", "seg_eval/seg_eval", Split::Validation);
    }

    void wordsOfSplits()
    {
        QFETCH(QString, train);
        QFETCH(QString, other);
        QFETCH(int, split);
        const test::TemporaryFolder root;
        addClasses(root / train.toStdString(), 10, 1);
        addClasses(root / other.toStdString(), 3, 11);
        const DatasetIndex index = scanned(root.path());
        QCOMPARE(index.layout, DatasetLayout::SplitFolders);
        QCOMPARE(index.classes, (Names{"a", "b"}));
        QVERIFY(index.given[static_cast<std::size_t>(split)]);
        for (const Sample& sample : index.samples) {
            if (sample.path.starts_with(other.toStdString())) {
                QCOMPARE(int(sample.split), split);
            } else { // validation is taken from training where none is given
                QVERIFY(sample.split == Split::Train ||
                        (split == int(Split::Test) && sample.split == Split::Validation));
            }
        }
    }

    // As of Food-11: the third folder is the test.
    void evaluationBesideValidationIsTheTest()
    {
        const test::TemporaryFolder root;
        addClasses(root / "training", 10, 1);
        addClasses(root / "validation", 2, 11);
        addClasses(root / "evaluation", 3, 21);
        QCOMPARE(scanned(root.path()).countsOf(Split::Test), (Numbers{3, 3}));
        addClasses(root / "test", 4, 31);
        const DatasetIndex index = scanned(root.path());
        QCOMPARE(index.countsOf(Split::Test), (Numbers{4, 4}));
        const test::TemporaryFolder inside;
        for (const char* label : {"a", "b"}) {
            addPictures(inside / label / "train", 5, label[0]);
            addPictures(inside / label / "val", 2, label[0] + 10);
            addPictures(inside / label / "eval", 3, label[0] + 20);
        }
        QCOMPARE(scanned(inside.path()).countsOf(Split::Validation), (Numbers{2, 2}));
        QCOMPARE(scanned(inside.path()).countsOf(Split::Test), (Numbers{3, 3}));
    }

    // Else its pictures would be trained on twice.
    void partsOfASplitAreLeftOutAndNamed()
    {
        const test::TemporaryFolder root;
        addClasses(root / "train", 10, 1);
        addClasses(root / "train_small", 4, 1);
        addClasses(root / "trainval", 4, 1);
        addClasses(root / "test", 3, 11);
        const DatasetIndex index = scanned(root.path());
        QCOMPARE(index.samples.size(), std::size_t(26));
        const auto left = findings(index, ProblemCode::Unlisted);
        QCOMPARE(left.size(), std::size_t(2));
        QCOMPARE(left[0].path, std::string("train_small"));
        QCOMPARE(left[1].path, std::string("trainval"));
    }

    void aWrappingFolderIsFollowed_data()
    {
        QTest::addColumn<QString>("inner");
        QTest::addColumn<bool>("hasSplits");
        QTest::newRow("splits") << "data" << true;
        QTest::newRow("classes") << "data" << false;
        QTest::newRow("twice") << "download/data" << true;
        QTest::newRow("classes twice") << "download/data" << false;
    }

    void aWrappingFolderIsFollowed()
    {
        QFETCH(QString, inner);
        QFETCH(bool, hasSplits);
        const test::TemporaryFolder root;
        const fs::path set = root / inner.toStdString();
        test::writeBytes(root / "readme.txt", test::bytesOf("notes"));
        addClasses(hasSplits ? set / "train" : set, 10, 1);
        if (hasSplits) {
            addClasses(set / "test", 3, 11);
        }
        const DatasetIndex index = scanned(root.path());
        QCOMPARE(index.classes, (Names{"a", "b"}));
        QCOMPARE(index.root, set);
        QCOMPARE(index.source, set); // what a run notes is what is read again
        QCOMPARE(index.layout, hasSplits ? DatasetLayout::SplitFolders : DatasetLayout::ClassFolders);
        const auto told = findings(index, ProblemCode::InnerFolder);
        QCOMPARE(told.size(), std::size_t(1));
        QCOMPARE(told[0].severity, ProblemSeverity::Info);
        QVERIFY2(told[0].message.find("'" + inner.toStdString() + "'") != std::string::npos,
                 told[0].message.c_str());
        QCOMPARE(index.samples, scanned(set).samples);
        QVERIFY(findings(scanned(set), ProblemCode::InnerFolder).empty());
    }

    void aWrappedListIsFollowed()
    {
        const test::TemporaryFolder root;
        addClasses(root / "set", 10, 1);
        test::writeBytes(root / "set/split.csv", test::bytesOf("path,label\na/100.png,x\nb/100.png,y\n"));
        const DatasetIndex index = scanned(root.path());
        QCOMPARE(index.manifest, root / "set/split.csv");
        QCOMPARE(index.classes, (Names{"x", "y"}));
    }

    // A folder that is one of the class folders of a model stays so where it is measured.
    void oneClassWithFoldersOfItsOwnCanBeMeasured()
    {
        const test::TemporaryFolder root;
        addClasses(root / "cat", 2, 1);
        const DatasetIndex index = scanned(root.path(), ScanPurpose::Measuring);
        QCOMPARE(index.classes, Names{"cat"});
        QCOMPARE(index.root, root.path());
    }

    void aForgottenPictureDoesNotUndoTheSplit()
    {
        const test::TemporaryFolder root;
        for (const char* label : {"cat", "dog"}) {
            addPictures(root / label / "train", 6, label[0]);
            addPictures(root / label / "test", 2, label[0] + 10);
        }
        addPictures(root / "cat", 1, 99);
        const DatasetIndex index = scanned(root.path());
        QCOMPARE(index.layout, DatasetLayout::SplitFolders);
        QCOMPARE(index.countsOf(Split::Test), (Numbers{2, 2}));
        QVERIFY(findings(index, ProblemCode::SplitLikeFolders).empty());
        const auto left = findings(index, ProblemCode::Unlisted);
        QCOMPARE(left.size(), std::size_t(1));
        QCOMPARE(left[0].path, std::string("cat/100.png"));
        // As many as in them are no oversight, and the reason given is the true one.
        addPictures(root / "cat", 8, 99);
        const DatasetIndex mixed = scanned(root.path());
        QCOMPARE(mixed.layout, DatasetLayout::ClassFolders);
        const auto doubts = findings(mixed, ProblemCode::SplitLikeFolders);
        QCOMPARE(doubts.size(), std::size_t(1));
        QVERIFY2(doubts[0].message.find("other pictures lie beside them in 'cat'") != std::string::npos,
                 doubts[0].message.c_str());
    }

    void manyForgottenPicturesAreOneFinding()
    {
        const test::TemporaryFolder root;
        for (const char* label : {"cat", "dog"}) {
            addPictures(root / label / "train", 70, label[0]);
            addPictures(root / label / "test", 10, label[0] + 10);
        }
        addPictures(root / "cat", 8, 99);
        const auto left = findings(scanned(root.path()), ProblemCode::Unlisted);
        QCOMPARE(left.size(), std::size_t(1));
        QCOMPARE(left[0].path, std::string("cat"));
        QCOMPARE(left[0].files.size(), std::size_t(8));
    }

    void foldersTooDeepAreToldInPlaceOfOneClass()
    {
        const test::TemporaryFolder root;
        addPictures(root / "a", 10, 1);
        int folder = open(root.path().c_str(), O_RDONLY | O_DIRECTORY);
        for (int level = 0; level < 3000; ++level) {
            QCOMPARE(mkdirat(folder, "b", 0700), 0);
            const int next = openat(folder, "b", O_RDONLY | O_DIRECTORY);
            close(std::exchange(folder, next));
        }
        close(folder);
        std::string refusal;
        try {
            scanned(root.path());
        } catch (const Error& error) {
            refusal = error.what();
        }
        addPictures(root / "c", 10, 2);
        const DatasetIndex index = scanned(root.path());
        // The library's own removal is recursive, and follows paths.
        QProcess::execute("rm", {"-rf", QString::fromStdString((root / "b").string())});
        QVERIFY2(refusal.find("nested too deep") != std::string::npos, refusal.c_str());
        QVERIFY2(refusal.find("of one class") == std::string::npos, refusal.c_str());
        QCOMPARE(index.classes, (Names{"a", "c"}));
        const auto deep = findings(index, ProblemCode::Unreadable);
        QCOMPARE(deep.size(), std::size_t(1));
        QCOMPARE(deep[0].path, std::string("b/b"));
        QVERIFY2(deep[0].message.find("nested too deep") != std::string::npos, deep[0].message.c_str());
    }

    void unusablePicturesAreOfTheirClassAndSplit()
    {
        const test::TemporaryFolder root;
        addClasses(root / "train", 10, 1);
        addClasses(root / "test", 3, 11);
        test::writeBytes(root / "test/a/torn.jpg", test::bytesOf("no picture"));
        test::writeBytes(root / "test/a/raw.cr2", test::bytesOf("II*"));
        test::writeBytes(root / "train/b/in/film.mp4", test::bytesOf("film"));
        const DatasetIndex index = scanned(root.path());
        int found = 0;
        for (const Problem& problem : index.problems) {
            const bool isTest = problem.path.starts_with("test/a/");
            if (isTest || problem.path == "train/b") {
                QCOMPARE(problem.label, std::string(isTest ? "a" : "b"));
                QVERIFY(problem.split == (isTest ? Split::Test : Split::Train));
                ++found;
            }
        }
        QCOMPARE(found, 3);
    }
};

THAW_TEST(TestFolderLayouts)
#include "test_folder_layouts.moc"
