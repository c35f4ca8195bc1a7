#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/image/image_io.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <set>

using namespace thaw;

namespace {

/// A folder with images/a00.png … images/a09.png and b00 … b09, and a list of them.
class ListedFolder
{
public:
    ListedFolder()
    {
        for (int i = 0; i < 20; ++i) {
            test::writeBytes(path() / "images" / (idOf(i) + ".png"), test::pngOf(test::gradient(5 + i, 5)));
        }
    }

    static std::string idOf(int i) { return (i < 10 ? "a0" : "b0") + std::to_string(i % 10); }

    const std::filesystem::path& path() const { return m_folder.path(); }

    DatasetIndex scan(const std::string& list, const std::string& name) const
    {
        test::writeBytes(path() / name, test::bytesOf(list));
        return scanDataset(path() / name, {}).value();
    }

private:
    test::TemporaryFolder m_folder;
};

/// A line for each picture: `before`, its id, `middle`, its class, `after`.
std::string linesWith(const std::string& before, const std::string& middle, const std::string& after = {},
                      const char* classes[2] = nullptr)
{
    std::string text;
    for (int i = 0; i < 20; ++i) {
        const std::string label = classes ? classes[i / 10] : i < 10 ? "cat" : "dog";
        text += before + ListedFolder::idOf(i) + middle + label + after + "\n";
    }
    return text;
}

std::vector<Problem> toldBy(const DatasetIndex& index, ProblemCode code)
{
    std::vector<Problem> found;
    std::ranges::copy_if(index.problems, std::back_inserter(found),
                         [code](const Problem& problem) { return problem.code == code; });
    return found;
}

std::string refusalOf(const ListedFolder& folder, const std::string& list)
{
    try {
        folder.scan(list, "refused.csv");
    } catch (const Error& error) {
        return error.code() == ErrorCode::DatasetInvalid ? error.what() : "another error";
    }
    return "it was accepted";
}

} // namespace

/// Lists that other tools write.
class TestOtherLists : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { initialiseImageLibrary(); }

    void columnsAreFoundAndTold_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("list");
        QTest::addColumn<QString>("told");
        const auto row = [](const char* what, const char* name, const std::string& list, const char* told) {
            QTest::newRow(what) << name << QString::fromStdString(list) << told;
        };
        const std::string plain = linesWith("images/", ".png,");
        row("filename, class", "l.csv", "filename,class\n" + plain, "'filename' was taken for the path");
        row("file, target", "l.csv", "file,target\n" + plain, "'target' for the label");
        row("other cases", "l.csv", "File Name,Class-Name\n" + plain, "'Class-Name' for the label");
        row("id, breed", "l.csv", "id,breed\n" + linesWith("", ","), "'id' was taken for the path");
        row("one unknown column", "l.csv", "image,weather\n" + plain, "'weather' for the label");
        row("unknown path", "l.csv", "where,label\n" + plain, "'where' was taken for the path");
        row("no header", "l.csv", plain, "the first line is no header; column 1");
        row(
            "no header, label first", "l.csv",
            [] {
                std::string text;
                for (int i = 0; i < 20; ++i) {
                    text += (i < 10 ? "cat,images/" : "dog,images/") + ListedFolder::idOf(i) + ".png\n";
                }
                return text;
            }(),
            "column 2 was taken for the path, 1 for the label");
        row("semicolons", "l.csv", "path;label\n" + linesWith("images/", ".png;"), "separated by ';'");
        row("tabs", "l.tsv", "path\tlabel\n" + linesWith("images/", ".png\t"), "separated by tabs");
        row("bars", "l.txt", "path|label\n" + linesWith("images/", ".png|"), "separated by '|'");
        row("bars, no header", "l.txt", linesWith("images/", ".png|"), "separated by '|'");
        row("blanks", "l.txt", linesWith("images/", ".png  "), "separated by blanks");
        row("commas in a text file", "l.txt", "path,label,x\n" + linesWith("images/", ".png,", ",1"), "");
        const char* flags[2]{"1,0", "0,1"};
        row("one column a class", "l.csv", "path,cat,dog\n" + linesWith("images/", ".png,", "", flags),
            "2 columns for a class each ('cat', 'dog')");
        const char* points[2]{"1.0,0.0", "0.0,1.0"};
        row("the same with ids", "l.csv", "image_id,cat,dog\n" + linesWith("", ",", "", points),
            "2 columns for a class each");
    }

    void columnsAreFoundAndTold()
    {
        QFETCH(QString, name);
        QFETCH(QString, list);
        QFETCH(QString, told);
        const ListedFolder folder;
        const DatasetIndex index = folder.scan(list.toStdString(), name.toStdString());
        QCOMPARE(index.classes, (std::vector<std::string>{"cat", "dog"}));
        QCOMPARE(index.samples.size(), std::size_t(20));
        for (const Sample& sample : index.samples) {
            QCOMPARE(sample.label, sample.path.starts_with("images/a") ? 0 : 1);
        }
        const auto columns = toldBy(index, ProblemCode::ListColumns);
        if (told.isEmpty()) {
            QVERIFY(columns.empty());
            return;
        }
        QCOMPARE(columns.size(), std::size_t(1));
        QCOMPARE(columns[0].severity, ProblemSeverity::Info);
        QVERIFY2(columns[0].message.find(told.toStdString()) != std::string::npos,
                 columns[0].message.c_str());
    }

    void splitsWithoutAHeaderAreFound()
    {
        const ListedFolder folder;
        std::string list;
        for (int i = 0; i < 20; ++i) {
            list += "images/" + ListedFolder::idOf(i) + ".png," + (i % 2 ? "holdout" : "train") +
                    (i < 10 ? ",cat\n" : ",dog\n");
        }
        const DatasetIndex index = folder.scan(list, "l.csv");
        QCOMPARE(index.countsOf(Split::Test), (std::vector<std::size_t>{5, 5}));
        QVERIFY2(toldBy(index, ProblemCode::ListColumns)
                         .at(0)
                         .message.find("column 1 was taken for the path, 3 for the label, 2 for the split") !=
                     std::string::npos,
                 index.problems.front().message.c_str());
    }

    void evaluationIsTheTestWhereValidationIsThere()
    {
        const ListedFolder folder;
        const auto list = [](const char* last) {
            std::string text = "path,label,split\n";
            for (int i = 0; i < 20; ++i) {
                const char* split = i % 5 == 0 ? "val" : i % 5 == 1 ? last : "train";
                text +=
                    "images/" + ListedFolder::idOf(i) + ".png," + (i < 10 ? "cat," : "dog,") + split + "\n";
            }
            return text;
        };
        QCOMPARE(folder.scan(list("eval"), "l.csv").countsOf(Split::Test), (std::vector<std::size_t>{2, 2}));
        QCOMPARE(folder.scan(list("validate"), "l.csv").countsOf(Split::Validation),
                 (std::vector<std::size_t>{4, 4}));
    }

    // One id may be a picture of two folders: then none is taken.
    void anIdOfTwoPicturesIsNone()
    {
        const ListedFolder folder;
        test::writeBytes(folder.path() / "other/a00.png", test::pngOf(test::gradient(60, 60)));
        const DatasetIndex index = folder.scan("id,breed\n" + linesWith("", ","), "l.csv");
        QCOMPARE(index.samples.size(), std::size_t(19));
        const auto missing = toldBy(index, ProblemCode::ListedMissing);
        QCOMPARE(missing.size(), std::size_t(1));
        QCOMPARE(missing[0].path, std::string("a00"));
        QCOMPARE(missing[0].label, std::string("cat"));
    }

    void rowsOfNoneOrSeveralClassesAreTold()
    {
        const ListedFolder folder;
        const char* flags[2]{"1,0", "0,1"};
        std::string list = "path,cat,dog\n" + linesWith("images/", ".png,", "", flags);
        list.replace(list.find("1,0"), 3, "1,1");
        list.replace(list.rfind("0,1"), 3, "0,0");
        const DatasetIndex index = folder.scan(list, "l.csv");
        QCOMPARE(index.samples.size(), std::size_t(18));
        QCOMPARE(toldBy(index, ProblemCode::BadRow).size(), std::size_t(2));
    }

    void adviceFitsWhatIsWrong()
    {
        const ListedFolder folder;
        const std::string words =
            refusalOf(folder, "path,label,split\n" + linesWith("images/", ".png,", ",entrenamiento"));
        QVERIFY2(words.find("20 lines, first line 2, have the unknown split 'entrenamiento'") !=
                     std::string::npos,
                 words.c_str());
        for (const char* known : {"trainval", "validate", "eval", "holdout"}) {
            QVERIFY2(words.find(known) != std::string::npos, words.c_str());
        }
        QVERIFY2(words.find("relative") == std::string::npos, words.c_str());
        const std::string paths = refusalOf(folder, "path,label\nnowhere/a.png,cat\n");
        QVERIFY2(paths.find("relative to its own folder") != std::string::npos, paths.c_str());
        const std::string columns = refusalOf(folder, "where,what,when\n1,2,3\n");
        QVERIFY2(columns.find("'where', 'what', 'when'") != std::string::npos, columns.c_str());
    }

    void anUnknownSplitIsOneFinding()
    {
        const ListedFolder folder;
        std::string list = "path,label,split\n" + linesWith("images/", ".png,", ",train");
        for (int i = 0; i < 7; ++i) {
            list.replace(list.rfind(",train"), 6, ",trian");
        }
        const auto bad = toldBy(folder.scan(list, "l.csv"), ProblemCode::BadRow);
        QCOMPARE(bad.size(), std::size_t(1));
        QCOMPARE(bad[0].files.size(), std::size_t(7));
    }

    void otherLabelsOfAPictureAreOneLine()
    {
        const ListedFolder folder;
        const std::string list = "path,label\n" + linesWith("images/", ".png,");
        const auto twice = toldBy(folder.scan(list + "images/a00.png,pet\nimages/a00.png,indoors\n"
                                                     "images/b01.png,dog\n",
                                              "l.csv"),
                                  ProblemCode::DuplicateEntry);
        QCOMPARE(twice.size(), std::size_t(2));
        QCOMPARE(twice[0].path, std::string("images/a00.png"));
        QVERIFY2(twice[0].message.find("lines 2, 22 and 23 of l.csv name this file, with the labels 'cat', "
                                       "'pet' and 'indoors'; the first counts") != std::string::npos,
                 twice[0].message.c_str());
        QVERIFY2(twice[1].message.find("lines 13 and 24") != std::string::npos, twice[1].message.c_str());
        const DatasetIndex many = folder.scan(list + linesWith("images/", ".png,", "s"), "l.csv");
        QCOMPARE(many.samples.size(), std::size_t(20));
        QCOMPARE(toldBy(many, ProblemCode::DuplicateEntry).size(), std::size_t(1));
    }

    // A line that cannot be used does not take the picture from one that can.
    void aPictureNamedAgainAfterABadLineIsUsed()
    {
        const ListedFolder folder;
        const DatasetIndex index =
            folder.scan("path,label\nimages/a00.png\n" + linesWith("images/", ".png,"), "l.csv");
        QCOMPARE(index.samples.size(), std::size_t(20));
        QVERIFY(toldBy(index, ProblemCode::DuplicateEntry).empty());
    }

    void otherFilesBesideAListAreTold()
    {
        const ListedFolder folder;
        test::writeBytes(folder.path() / "one.bin", test::bytesOf("x"));
        test::writeBytes(folder.path() / "two.bin", test::bytesOf("y"));
        test::writeBytes(folder.path() / "split.csv",
                         test::bytesOf("path,label\n" + linesWith("images/", ".png,")));
        const auto others = toldBy(scanDataset(folder.path(), {}).value(), ProblemCode::Unrecognised);
        QVERIFY(!others.empty());
        QVERIFY2(others[0].message.starts_with("2 files beside the pictures are no pictures"),
                 others[0].message.c_str());
    }
};

THAW_TEST(TestOtherLists)
#include "test_other_lists.moc"
