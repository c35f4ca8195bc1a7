#include "core/data/dataset_findings.h"
#include "core/data/dataset_listing.h"
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

    void unevenAndEmptyClasses()
    {
        std::vector<Sample> samples;
        addMany(samples, 0, 46);
        addMany(samples, 1, 9);
        samples.push_back({"2/only", 2, Split::Test, 1, 1, 1, "h"});
        const auto problems = findingsOf(indexOf({"a", "b", "c"}, samples), {"d"});
        QCOMPARE(problems.size(), std::size_t(4));
        QCOMPARE(problems[0].path, std::string());
        QCOMPARE(problems[0].code, ProblemCode::EmptyClass);
        QCOMPARE(problems[0].severity, ProblemSeverity::Error);
        QVERIFY(problems[0].message.find("'c' has no training pictures") != std::string::npos);
        QCOMPARE(problems[1].code, ProblemCode::Imbalanced);
        QVERIFY(problems[1].message.find("'a' has 46 pictures, 'c' only 1") != std::string::npos);
        QCOMPARE(problems[2].code, ProblemCode::FewSamples);
        QVERIFY(problems[2].message.find("'b' has only 9") != std::string::npos);
        QCOMPARE(problems[3].path, std::string("d"));
        QCOMPARE(problems[3].code, ProblemCode::EmptyClass);
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
        for (int code = 0; code <= int(ProblemCode::FewColours); ++code) {
            names.insert(nameOf(ProblemCode(code)));
        }
        QCOMPARE(names.size(), std::size_t(15));
        QCOMPARE(nameOf(ProblemSeverity::Error), "error");
    }
};

THAW_TEST(TestDatasetFindings)
#include "test_dataset_findings.moc"
