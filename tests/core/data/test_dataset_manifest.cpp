#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/image/image_io.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>

using namespace thaw;

namespace {

using Paths = std::vector<std::string>;
using Counts = std::vector<std::size_t>;

/// A folder with pictures 0.png … 29.png, each of its own size, and a manifest.
class Folder
{
public:
    Folder()
    {
        for (int i = 0; i < 30; ++i) {
            test::writeBytes(path() / (std::to_string(i) + ".png"), test::pngOf(test::gradient(5 + i, 5)));
        }
    }

    const std::filesystem::path& path() const { return m_folder.path(); }

    DatasetIndex scan(const std::string& csv, const std::string& name = "split.csv") const
    {
        test::writeBytes(path() / name, test::bytesOf(csv));
        return scanDataset(name == "split.csv" ? path() : path() / name, {}).value();
    }

    std::optional<ErrorCode> error(const std::string& csv) const
    {
        return test::codeOf([&] { scan(csv); });
    }

private:
    test::TemporaryFolder m_folder;
};

/// Rows for pictures `from` to `to` − 1.
std::string rows(int from, int to, const std::string& rest)
{
    std::string text;
    for (int i = from; i < to; ++i) {
        text += std::to_string(i) + ".png," + rest + "\n";
    }
    return text;
}

std::vector<Problem> problemsWith(const DatasetIndex& index, ProblemCode code)
{
    std::vector<Problem> found;
    std::copy_if(index.problems.begin(), index.problems.end(), std::back_inserter(found),
                 [code](const Problem& problem) { return problem.code == code; });
    return found;
}

const std::string header = "path,label,split\n";

} // namespace

class TestDatasetManifest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { initialiseImageLibrary(); }

    void labelsAndSplitsAreTakenAsWritten()
    {
        const Folder folder;
        const DatasetIndex index =
            folder.scan("\xEF\xBB\xBF" + header + rows(0, 10, "x,train") + rows(10, 20, "y,TRAIN") +
                        rows(20, 25, "x,val") + rows(25, 30, "y,test"));
        QCOMPARE(index.layout, DatasetLayout::SplitCsv);
        QCOMPARE(index.manifest, folder.path() / "split.csv");
        QCOMPARE(index.classes, (Paths{"x", "y"}));
        QCOMPARE(index.countsOf(Split::Train), (Counts{10, 10}));
        QCOMPARE(index.countsOf(Split::Validation), (Counts{5, 0}));
        QCOMPARE(index.countsOf(Split::Test), (Counts{0, 5}));
        QCOMPARE(index.problems.size(), std::size_t(2)); // x has no test pictures, y none for validation
        QCOMPARE(index.problems[0].code, ProblemCode::Unmeasured);
        QCOMPARE(index.problems[1].code, ProblemCode::Unmeasured);
    }

    // The same pictures with the same contents: what they are called and what they are for counts too.
    void classesAndSplitsAreInTheFingerprint()
    {
        const Folder folder;
        const auto fingerprint = [&](const std::string& last) {
            return folder.scan(header + rows(0, 15, "x,train") + rows(15, 29, "y,val") + rows(29, 30, last))
                .fingerprint;
        };
        const std::string before = fingerprint("y,val");
        QCOMPARE(fingerprint("y,val"), before);
        QVERIFY(fingerprint("x,val") != before);
        QVERIFY(fingerprint("y,train") != before);
        QVERIFY(fingerprint("y,test") != before);
        QVERIFY(fingerprint("z,val") != before);
    }

    void splitCsvBeatsFolders()
    {
        const Folder folder;
        test::writeBytes(folder.path() / "train" / "z" / "0.png", test::pngOf(test::gradient(50, 50)));
        const DatasetIndex index = folder.scan(header + rows(0, 15, "x,train") + rows(15, 30, "y,val"));
        QCOMPARE(index.classes, (Paths{"x", "y"}));
        const auto unlisted = problemsWith(index, ProblemCode::Unlisted);
        QCOMPARE(unlisted.size(), std::size_t(1));
        QCOMPARE(unlisted[0].path, std::string("train/z/0.png"));
    }

    void withoutSplitsTheSeedDecides()
    {
        const Folder folder;
        const DatasetIndex bare = folder.scan("label,path\n" + [] {
            std::string text;
            for (int i = 0; i < 30; ++i) {
                text += std::string(i < 20 ? "x" : "y") + "," + std::to_string(i) + ".png\n";
            }
            return text;
        }());
        QCOMPARE(bare.countsOf(Split::Train), (Counts{12, 6}));
        QCOMPARE(bare.countsOf(Split::Validation), (Counts{4, 2}));
        QCOMPARE(bare.countsOf(Split::Test), (Counts{4, 2}));
        const DatasetIndex empty = folder.scan(header + rows(0, 20, "x,") + rows(20, 30, "y,"));
        QCOMPARE(empty.samples, bare.samples);
    }

    void listsOfOtherTools()
    {
        const Folder folder;
        const DatasetIndex plain = folder.scan(header + rows(0, 15, "x,train") + rows(15, 30, "y,val"));
        const auto like = [&](std::string text, char separator) {
            std::ranges::replace(text, ',', separator);
            return folder.scan(text).samples;
        };
        const std::string body = rows(0, 15, "x,training") + rows(15, 30, "y,dev");
        QCOMPARE(like("path,label,split\n" + body, ';'), plain.samples);
        QCOMPARE(like("\xEF\xBB\xBF"
                      "path,label,split\n" +
                          body,
                      '\t'),
                 plain.samples);
        QCOMPARE(folder.scan("filename,class,set\n" + body).samples, plain.samples);
        std::string spreadsheet = "path,label,split\r\n" + body + "31.png,x\r\n";
        std::ranges::replace(spreadsheet, ',', ';');
        const DatasetIndex said = folder.scan("sep=;\r\n" + spreadsheet);
        QCOMPARE(said.samples, plain.samples);
        const auto bad = problemsWith(said, ProblemCode::BadRow);
        QCOMPARE(bad.size(), std::size_t(1));
        QVERIFY2(bad[0].message.starts_with("line 33 "), bad[0].message.c_str()); // as the file counts them
    }

    void idsStandForPictures()
    {
        const Folder folder;
        std::string text = "image_id,label\n";
        for (int i = 0; i < 30; ++i) {
            text += std::to_string(i) + (i < 15 ? ",x\n" : ",y\n");
        }
        const DatasetIndex index = folder.scan(text);
        QCOMPARE(index.samples.size(), std::size_t(30));
        QCOMPARE(index.samples.front().path, std::string("0.png"));
        for (const ProblemCode code :
             {ProblemCode::BadRow, ProblemCode::ListedMissing, ProblemCode::Unlisted}) {
            QVERIFY(problemsWith(index, code).empty());
        }
    }

    void manyNamedTwiceAreOneFinding()
    {
        const Folder folder;
        const DatasetIndex index =
            folder.scan(header + rows(0, 15, "x,train") + rows(15, 30, "y,val") + rows(0, 15, "y,train"));
        const auto twice = problemsWith(index, ProblemCode::DuplicateEntry);
        QCOMPARE(twice.size(), std::size_t(1));
        QCOMPARE(twice[0].files.size(), std::size_t(15));
        QVERIFY2(twice[0].message.starts_with("15 files are named again with another label, such as '0.png' "
                                              "in lines 2 and 32, as 'x' and 'y'"),
                 twice[0].message.c_str());
    }

    void onlyUnassignedRowsAreSplit()
    {
        const Folder folder;
        const DatasetIndex index = folder.scan(header + rows(0, 5, "x,train") + rows(5, 10, "y,train") +
                                               rows(10, 20, "x,") + rows(20, 30, "y,val"));
        // Train and validation are there, so test stays empty.
        QCOMPARE(index.countsOf(Split::Train), (Counts{5 + 8, 5}));
        QCOMPARE(index.countsOf(Split::Validation), (Counts{2, 10}));
        QCOMPARE(index.countsOf(Split::Test), (Counts{0, 0}));
    }

    void everyBadRowIsFound()
    {
        const Folder folder;
        const DatasetIndex index = folder.scan(header + rows(0, 10, "x,train") + rows(10, 20, "y,val") +
                                               "20.png,x\n"                    // line 22
                                               ",x,train\n"                    // 23
                                               "21.png,,train\n"               // 24
                                               "22.png,x,trian\n"              // 25
                                               "gone.png,x,train\n"            // 26
                                               "../outside.png,x,train\n"      // 27
                                               "/etc/passwd,x,train\n"         // 28
                                               "a/../../outside.png,x,train\n" // 29
                                               "./3.png,y,val\n");             // 30
        QCOMPARE(index.samples.size(), std::size_t(20));
        const auto bad = problemsWith(index, ProblemCode::BadRow);
        QCOMPARE(bad.size(), std::size_t(4));
        for (std::size_t i = 0; i < 4; ++i) {
            QVERIFY2(bad[i].message.starts_with("line " + std::to_string(22 + i)), bad[i].message.c_str());
        }
        QVERIFY(bad[3].message.find("'trian'") != std::string::npos);
        const auto missing = problemsWith(index, ProblemCode::ListedMissing);
        QCOMPARE(missing.size(), std::size_t(1));
        QCOMPARE(missing[0].path, std::string("gone.png"));
        QCOMPARE(problemsWith(index, ProblemCode::OutsideRoot).size(), std::size_t(3));
        const auto twice = problemsWith(index, ProblemCode::DuplicateEntry);
        QCOMPARE(twice.size(), std::size_t(1));
        QCOMPARE(twice[0].path, std::string("3.png"));
        QVERIFY(twice[0].message.starts_with("lines 5 and 30 "));
        // Named in a row that cannot be used is still named.
        QCOMPARE(problemsWith(index, ProblemCode::Unlisted).size(), std::size_t(7));
    }

    void aListGivenByNameMayPointAnywhere()
    {
        const Folder folder;
        const test::TemporaryFolder elsewhere;
        const auto outside = elsewhere / "other.png";
        test::writeBytes(outside, test::pngOf(test::gradient(60, 60)));
        const DatasetIndex index = folder.scan(header + rows(0, 10, "x,train") + rows(10, 20, "y,val") +
                                                   outside.string() + ",y,train\n",
                                               "mine.csv");
        QCOMPARE(index.root, folder.path());
        QCOMPARE(index.source, folder.path() / "mine.csv");
        QCOMPARE(index.samples.size(), std::size_t(21));
        const auto sample =
            std::find_if(index.samples.begin(), index.samples.end(),
                         [&](const Sample& candidate) { return candidate.path == outside.string(); });
        QVERIFY(sample != index.samples.end());
        QCOMPARE(index.pathOf(*sample), outside);
        // Such a list does not claim to describe the folder that it lies in.
        QVERIFY(problemsWith(index, ProblemCode::Unlisted).empty());
    }

    // Else resuming would take it for the folder's own, which may point nowhere.
    void soMayTheFoldersOwnListGivenByName()
    {
        const Folder folder;
        const test::TemporaryFolder elsewhere;
        const auto outside = elsewhere / "other.png";
        test::writeBytes(outside, test::pngOf(test::gradient(60, 60)));
        const DatasetIndex inside = folder.scan(header + rows(0, 10, "x,train") + rows(10, 20, "y,val") +
                                                outside.string() + ",y,train\n");
        QCOMPARE(inside.source, folder.path());
        QCOMPARE(inside.samples.size(), std::size_t(20));
        const DatasetIndex named = scanDataset(folder.path() / "split.csv", {}).value();
        QCOMPARE(named.samples.size(), std::size_t(21));
        QCOMPARE(scanDataset(named.source, {}).value(), named);
    }

    void namesWithCommasQuotesAndLines()
    {
        const Folder folder;
        test::writeBytes(folder.path() / "a,\"b\"\nc.png", test::pngOf(test::gradient(70, 70)));
        const DatasetIndex index = folder.scan(header + rows(0, 15, "x,train") + rows(15, 30, "y,val") +
                                               "\"a,\"\"b\"\"\nc.png\",\"x\",train\r\n");
        QCOMPARE(index.samples.size(), std::size_t(31));
        QVERIFY(problemsWith(index, ProblemCode::Unlisted).empty());
    }

    void aFileThatIsNoManifestIsRefused()
    {
        const Folder folder;
        const auto invalid = std::optional(ErrorCode::DatasetInvalid);
        QCOMPARE(folder.error(""), invalid);
        QCOMPARE(folder.error("0.png,x,train,2\n1.png,y,train,3\n"), invalid);
        QCOMPARE(folder.error(header), invalid);
        QCOMPARE(folder.error(header + "gone.png,x,train\n"), invalid);
        QCOMPARE(folder.error(header + "\"0.png,x,train\n"), invalid);
        QCOMPARE(folder.error(std::string("\x89PNG\0\0", 6)), invalid);
        QCOMPARE(folder.error(header + rows(0, 10, "x,train")), std::optional(ErrorCode::DatasetOneClass));
    }
};

THAW_TEST(TestDatasetManifest)
#include "test_dataset_manifest.moc"
