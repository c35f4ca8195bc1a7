#include "core/data/dataset/dataset_findings.h"
#include "core/data/dataset/dataset_listing.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/dataset/folder_names.h"
#include "core/data/dataset/trainable.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <set>

using namespace thaw;

namespace {

DatasetIndex indexOf(const std::vector<std::string>& classes, const std::vector<Sample>& samples)
{
    DatasetIndex index;
    index.classes = classes;
    index.samples = samples;
    return index;
}

/// `count` training samples of one class with contents of their own.
void addMany(std::vector<Sample>& samples, int label, int count)
{
    for (int i = 0; i < count; ++i) {
        const std::string name = std::to_string(label) + "/" + std::to_string(1000 + i);
        samples.push_back({name, label, Split::Train, 1, 1, 1, "hash of " + name});
    }
}

std::vector<Problem> findingsOf(DatasetIndex index, std::set<std::string> labels = {})
{
    labels.insert(index.classes.begin(), index.classes.end());
    addFindings(index, labels);
    return index.problems;
}

} // namespace

class TestDatasetFindings : public QObject
{
    Q_OBJECT

private slots:
    void aCleanSetHasNone()
    {
        std::vector<Sample> samples;
        addMany(samples, 0, 10);
        addMany(samples, 1, 50);
        QVERIFY(findingsOf(indexOf({"a", "b"}, samples)).empty());
    }

    void sameBytesTwice()
    {
        std::vector<Sample> samples;
        addMany(samples, 0, 10);
        addMany(samples, 1, 10);
        samples.push_back({"x/leak", 0, Split::Test, 1, 1, 1, samples[0].contentHash});
        samples.push_back({"y/duplicate", 0, Split::Train, 1, 1, 1, samples[1].contentHash});
        samples.push_back({"z/conflict", 1, Split::Train, 1, 1, 1, samples[2].contentHash});
        samples.push_back({"z/unchecked", 1, Split::Train, 1, 1, 1, ""});
        samples.push_back({"z/unchecked too", 1, Split::Train, 1, 1, 1, ""});
        samples.push_back({"zz/both", 1, Split::Test, 1, 1, 1, samples[3].contentHash});
        const auto problems = findingsOf(indexOf({"a", "b"}, samples));
        QCOMPARE(problems.size(), std::size_t(5));
        QCOMPARE(problems[0].path, std::string("x/leak"));
        QCOMPARE(problems[0].code, ProblemCode::Leak);
        QVERIFY(problems[0].message.find("'0/1000', which is in the train split") != std::string::npos);
        QCOMPARE(problems[1].code, ProblemCode::DuplicateContent);
        QCOMPARE(problems[1].severity, ProblemSeverity::Info);
        QCOMPARE(problems[2].code, ProblemCode::LabelConflict);
        QVERIFY(problems[2].message.find("class 'a'") != std::string::npos);
        QCOMPARE(problems[3].code, ProblemCode::Leak);
        QCOMPARE(problems[4].code, ProblemCode::LabelConflict);
        QCOMPARE(problems[4].path, std::string("zz/both"));
    }

    // Each copy is compared with all before it, not with the first alone.
    void sameBytesThreeTimes()
    {
        std::vector<Sample> samples;
        addMany(samples, 0, 10);
        addMany(samples, 1, 10);
        const std::string twice = samples[0].contentHash;
        samples.push_back({"x/second", 0, Split::Validation, 1, 1, 1, twice});
        samples.push_back({"x/third", 0, Split::Train, 1, 1, 1, twice});
        const std::string elsewhere = samples[1].contentHash;
        samples.push_back({"y/second", 1, Split::Train, 1, 1, 1, elsewhere});
        samples.push_back({"y/third", 0, Split::Train, 1, 1, 1, elsewhere});
        samples.push_back({"z/measured", 1, Split::Validation, 1, 1, 1, "its own"});
        const auto problems = findingsOf(indexOf({"a", "b"}, samples));
        QCOMPARE(problems.size(), std::size_t(4));
        const auto requireFinding = [&](std::size_t i, const char* path, ProblemCode code, const char* text) {
            QCOMPARE(problems[i].path, std::string(path));
            QCOMPARE(problems[i].code, code);
            QVERIFY2(problems[i].message.find(text) != std::string::npos, problems[i].message.c_str());
        };
        requireFinding(0, "x/second", ProblemCode::Leak, "'0/1000', which is in the train split");
        requireFinding(1, "x/third", ProblemCode::Leak, "'x/second', which is in the validation split");
        requireFinding(2, "y/second", ProblemCode::LabelConflict, "'0/1001', which is in class 'a'");
        requireFinding(3, "y/third", ProblemCode::LabelConflict, "'y/second', which is in class 'b'");
    }

    void unevenAndEmptyClasses()
    {
        std::vector<Sample> samples;
        addMany(samples, 0, 46);
        addMany(samples, 1, 9);
        samples.push_back({"2/only", 2, Split::Test, 1, 1, 1, "h"});
        const auto problems = findingsOf(indexOf({"a", "b", "c"}, samples), {"d"});
        QCOMPARE(problems.size(), std::size_t(6));
        QCOMPARE(problems[0].path, std::string());
        QCOMPARE(problems[0].code, ProblemCode::Imbalanced);
        QVERIFY(problems[0].message.find("'a' has 46 pictures, 'c' only 1") != std::string::npos);
        QCOMPARE(problems[1].code, ProblemCode::FewSamples);
        QVERIFY(problems[1].message.find("'b' has only 9") != std::string::npos);
        QCOMPARE(problems[2].code, ProblemCode::Unmeasured); // the test has pictures of 'c' alone
        QVERIFY(problems[2].message.starts_with("class 'a' has no test pictures"));
        QCOMPARE(problems[3].code, ProblemCode::Unmeasured);
        QCOMPARE(problems[4].code, ProblemCode::NotTrained);
        QCOMPARE(problems[4].severity, ProblemSeverity::Error);
        QVERIFY(problems[4].message.find("'c' has no training pictures") != std::string::npos);
        QCOMPARE(problems[5].path, std::string("d"));
        QCOMPARE(problems[5].code, ProblemCode::EmptyClass);
    }

    // A complete test hides that validation, which chooses the best epoch, lacks a class.
    void aClassThatOnlyValidationLacksIsNamed()
    {
        std::vector<Sample> samples;
        addMany(samples, 0, 10);
        addMany(samples, 1, 10);
        samples.push_back({"t/a", 0, Split::Test, 1, 1, 1, "t/a"});
        samples.push_back({"t/b", 1, Split::Test, 1, 1, 1, "t/b"});
        samples.push_back({"v/a", 0, Split::Validation, 1, 1, 1, "v/a"});
        const auto problems = findingsOf(indexOf({"a", "b"}, samples));
        QCOMPARE(problems.size(), std::size_t(1));
        QCOMPARE(problems[0].code, ProblemCode::Unmeasured);
        QVERIFY2(problems[0].message.starts_with("class 'b' has no validation pictures: the best epoch"),
                 problems[0].message.c_str());
    }

    // Of a data set that is only measured, how many pictures there are to train on is nobody's concern.
    void measuringSaysNothingOfTrainingPictures()
    {
        std::vector<Sample> samples;
        addMany(samples, 0, 46);
        samples.push_back({"1/only", 1, Split::Test, 1, 1, 1, "h"});
        DatasetIndex index = indexOf({"a", "b"}, samples);
        addFindings(index, {"a", "b", "d"}, {}, ScanPurpose::Measuring);
        QCOMPARE(index.problems.size(), std::size_t(1));
        QCOMPARE(index.problems[0].path, std::string("d"));
        QCOMPARE(index.problems[0].code, ProblemCode::EmptyClass);
    }

    void manyClassesAreToldInOneLine()
    {
        std::vector<std::string> classes;
        std::vector<Sample> samples;
        for (int label = 0; label < 200; ++label) {
            classes.push_back(std::to_string(1000 + label));
            addMany(samples, label, label == 7 ? 1 : 2);
        }
        samples.push_back({"last", 199, Split::Test, 1, 1, 1, "h"});
        const auto problems = findingsOf(indexOf(classes, samples));
        QCOMPARE(problems.size(), std::size_t(2));
        QVERIFY2(problems[0].message.starts_with("200 classes have fewer than 10 training pictures"),
                 problems[0].message.c_str());
        QVERIFY(problems[0].message.ends_with("'1007': 1"));
        QVERIFY2(
            problems[1].message.starts_with("199 classes have no test pictures ('1000', '1001', '1002' …)"),
            problems[1].message.c_str());
    }

    void namesThatDifferUnseen()
    {
        QCOMPARE(foldedName("  \xC3\x85ngstr\xC3\xB6m "), foldedName("a\xCC\x8Angstro\xCC\x88m"));
        QCOMPARE(foldedName("\xE1\xBB\x87"), foldedName("e\xCC\xA3\xCC\x82")); // Vietnamese: two marks
        QCOMPARE(foldedName("\xED\x95\x9C"), foldedName("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB")); // 한
        QCOMPARE(foldedName("\xE3\x81\x8C"), foldedName("\xE3\x81\x8B\xE3\x82\x99"));             // が
        QCOMPARE(foldedName("\xD0\x99"), foldedName("\xD0\xB8\xCC\x86"));                         // Й
        QVERIFY(foldedName("M\xC3\xBCller") != foldedName("M\xC3\xB6ller"));
        QVERIFY(foldedName("a b") != foldedName("ab"));
        QCOMPARE(foldedName("A\xFF "), std::string("A\xFF "));
        QCOMPARE(foldedName(" "), std::string());
        QCOMPARE(differenceOf("Tea", "tea "), std::string("in capital letters and in blanks"));
    }

    void namesOfSplitFolders()
    {
        const auto is = [](const char* name, std::optional<Split> split) {
            QVERIFY2(splitInFolderName(name) == split, name);
        };
        is("Testing", Split::Test);
        is("DEV", Split::Validation);
        is("seg_train", Split::Train);
        is("Train-images", Split::Train);
        is("validationset", Split::Validation);
        is("TestSet", Split::Test);
        is("val2017", Split::Validation);
        is("train_test_train", std::nullopt);
        is("strain", std::nullopt);
        is("contest", std::nullopt);
        is("Valentine", std::nullopt);
        is("trainval", Split::Train);
        is("Train_Val", Split::Train);
        is("train-valid", std::nullopt);
        is("Hold Out", Split::Test);
        is("medieval", std::nullopt);
        is("", std::nullopt);
        QVERIFY(isPlainSplitName("Val") && !isPlainSplitName("Testing"));
        QVERIFY(isMaskFolderName("Ground Truth") && isMaskFolderName("masks") && !isMaskFolderName("mask"));
    }

    void whatTrainingRefuses()
    {
        std::vector<Sample> samples;
        addMany(samples, 0, 10);
        addMany(samples, 1, 10);
        QVERIFY(obstaclesToTraining(indexOf({"a", "b"}, samples)).empty());
        samples.push_back({"2/only", 2, Split::Validation, 1, 1, 1, "h"});
        const auto obstacles = obstaclesToTraining(indexOf({"a", "b\xFF", "c"}, samples));
        QCOMPARE(obstacles.size(), std::size_t(2));
        QCOMPARE(obstacles[0].code, ProblemCode::BadName);
        QVERIFY2(obstacles[0].message.find("not UTF-8") != std::string::npos, obstacles[0].message.c_str());
        QCOMPARE(obstacles[1].code, ProblemCode::NotTrained);
        QVERIFY2(obstacles[1].message.find("'c'") != std::string::npos, obstacles[1].message.c_str());
    }

    void fiveTimesIsNotYetUneven()
    {
        std::vector<Sample> samples;
        addMany(samples, 0, 50);
        addMany(samples, 1, 10);
        QVERIFY(findingsOf(indexOf({"a", "b"}, samples)).empty());
        samples.push_back({"a/more", 0, Split::Train, 1, 1, 1, "more"});
        QCOMPARE(findingsOf(indexOf({"a", "b"}, samples)).at(0).code, ProblemCode::Imbalanced);
    }

    void codesHaveNames()
    {
        std::set<std::string> names;
        for (int code = 0; code <= int(ProblemCode::BadName); ++code) {
            names.insert(nameOf(ProblemCode(code)));
        }
        QCOMPARE(names.size(), std::size_t(22));
        QCOMPARE(nameOf(ProblemSeverity::Error), "error");
    }
};

THAW_TEST(TestDatasetFindings)
#include "test_dataset_findings.moc"
