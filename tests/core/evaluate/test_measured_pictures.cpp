#include "core/base/error.h"
#include "core/evaluate/measured_pictures.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

namespace {

using Indices = std::vector<std::size_t>;

/// cat/0 … and dog/0 …, contents called after them; of ten, train, train, train, validation, test in turn.
DatasetIndex datasetOfARun(int perClass = 5)
{
    DatasetIndex dataset;
    dataset.root = "/data";
    dataset.classes = {"cat", "dog"};
    dataset.fingerprint = "of the run";
    for (int label = 0; label < 2; ++label) {
        for (int i = 0; i < perClass; ++i) {
            const Split split = i % 5 == 4 ? Split::Test : i % 5 == 3 ? Split::Validation : Split::Train;
            const std::string path =
                dataset.classes[static_cast<std::size_t>(label)] + "/" + std::to_string(i);
            dataset.samples.push_back({path, label, split, 1, 1, 1, "contents of " + path});
        }
    }
    return dataset;
}

void addPicture(DatasetIndex& dataset, const std::string& path, Split dealt, const std::string& contents = {})
{
    dataset.samples.push_back({path, 0, dealt, 1, 1, 1, contents.empty() ? "contents of " + path : contents});
    dataset.fingerprint = "another";
}

/// A run that noted its pictures, as those of today do.
PicturesOfRun noted(const DatasetIndex& dataset)
{
    return {dataset.fingerprint, splitEntriesOf(dataset)};
}

/// One of before.
PicturesOfRun notNoted()
{
    return {"of the run", {}};
}

} // namespace

/// Which pictures `evaluate` takes, and what it admits about them.
class TestMeasuredPictures : public QObject
{
    Q_OBJECT

private slots:
    void theRunsOwnDataSetKeepsItsSplit()
    {
        const DatasetIndex dataset = datasetOfARun();
        DatasetIndex dealtAnew = dataset; // as a scan with another rule would
        for (Sample& sample : dealtAnew.samples) {
            sample.split = Split::Train;
        }
        for (const auto& [scanned, run] : {std::pair(dataset, noted(dataset)), std::pair(dataset, notNoted()),
                                           std::pair(dealtAnew, noted(dataset))})
        {
            const MeasuredPictures measured = picturesToMeasure(scanned, run);
            QCOMPARE(measured.part, std::string("test"));
            QCOMPARE(measured.samples, (Indices{4, 9}));
            QVERIFY(measured.isRunsOwn && !measured.isUncertain && !measured.isDealt);
            QCOMPARE(measured.trained + measured.chosenBy + measured.leftOut, std::size_t(0));
            const MeasuredPictures train = picturesToMeasure(scanned, run, "train");
            QCOMPARE(train.samples.size(), std::size_t(6));
            QCOMPARE(train.trained, std::size_t(6));
            QVERIFY(!train.isRunsOwn); // not what the run is tested on
            const MeasuredPictures all = picturesToMeasure(scanned, run, "all");
            QCOMPARE(all.part, std::string("all"));
            QCOMPARE(all.samples.size(), std::size_t(10));
            QCOMPARE(all.trained, std::size_t(6));
            QCOMPARE(all.chosenBy, std::size_t(2));
            QVERIFY(!all.isRunsOwn);
        }
    }

    void withoutATestSplitValidationIsTheRuns()
    {
        DatasetIndex dataset = datasetOfARun();
        std::erase_if(dataset.samples, [](const Sample& sample) { return sample.split == Split::Test; });
        const MeasuredPictures measured = picturesToMeasure(dataset, noted(dataset));
        QCOMPARE(measured.part, std::string("validation"));
        QVERIFY(measured.isRunsOwn);
        QCOMPARE(measured.chosenBy, std::size_t(2));
        QVERIFY_THROWS_EXCEPTION(Error, picturesToMeasure(dataset, noted(dataset), "test"));
    }

    void otherPicturesAreAllMeasured()
    {
        DatasetIndex other = datasetOfARun();
        other.fingerprint = "another";
        for (Sample& sample : other.samples) {
            sample.contentHash += " of others"; // the same names, as cameras give
        }
        const MeasuredPictures measured = picturesToMeasure(other, noted(datasetOfARun()));
        QCOMPARE(measured.part, std::string("all"));
        QCOMPARE(measured.samples.size(), other.samples.size());
        QVERIFY(!measured.isRunsOwn && !measured.isUncertain && !measured.isDealt);
        // What was not noted cannot be told.
        const MeasuredPictures ofBefore = picturesToMeasure(other, notNoted());
        QCOMPARE(ofBefore.part, std::string("all"));
        QVERIFY(ofBefore.isUncertain);
        QVERIFY(picturesToMeasure(other, PicturesOfRun{}).isUncertain);
        // A part that only the rule deals is said to be that.
        const MeasuredPictures dealt = picturesToMeasure(other, noted(datasetOfARun()), "test");
        QCOMPARE(dealt.samples, (Indices{4, 9}));
        QVERIFY(dealt.isDealt);
    }

    void splitsOfTheirOwnAreFollowed()
    {
        DatasetIndex other = datasetOfARun();
        other.fingerprint = "another";
        for (Sample& sample : other.samples) {
            sample.contentHash += " of others";
        }
        other.given = {true, true, true};
        const MeasuredPictures measured = picturesToMeasure(other, noted(datasetOfARun()));
        QCOMPARE(measured.part, std::string("test"));
        QCOMPARE(measured.samples, (Indices{4, 9}));
        QVERIFY(!measured.isDealt);
        other.given = {true, true, false};
        QCOMPARE(picturesToMeasure(other, noted(datasetOfARun())).part, std::string("validation"));
        other.given = {true, false, false}; // then validation and test were dealt
        QCOMPARE(picturesToMeasure(other, noted(datasetOfARun())).part, std::string("all"));
    }

    void ofAMixtureOnlyWhatIsUnseenIsMeasured()
    {
        const PicturesOfRun run = noted(datasetOfARun());
        DatasetIndex mixture = datasetOfARun();
        addPicture(mixture, "cat/new", Split::Train);
        addPicture(mixture, "cat/copy", Split::Test,
                   "contents of dog/0"); // under another name, trained on all the same
        const MeasuredPictures measured = picturesToMeasure(mixture, run);
        QCOMPARE(measured.part, std::string("unseen"));
        QCOMPARE(measured.samples, (Indices{4, 9, 10}));
        QCOMPARE(measured.leftOut, std::size_t(9));
        QCOMPARE(measured.trained + measured.chosenBy, std::size_t(0));
        QVERIFY(!measured.isRunsOwn);
        const MeasuredPictures all = picturesToMeasure(mixture, run, "all");
        QCOMPARE(all.samples.size(), std::size_t(12));
        QCOMPARE(all.trained, std::size_t(7));
        QCOMPARE(all.chosenBy, std::size_t(2));
        // Asked for by name, the run's pictures have the run's splits, and the new ones are dealt.
        const MeasuredPictures test = picturesToMeasure(mixture, run, "test");
        QCOMPARE(test.samples, (Indices{4, 9}));
        QVERIFY(!test.isDealt);
        const MeasuredPictures train = picturesToMeasure(mixture, run, "train");
        QVERIFY(train.isDealt);
        QCOMPARE(train.trained, std::size_t(7));
        QVERIFY(picturesToMeasure(mixture, notNoted()).isUncertain);
    }

    void aTestFolderWithTrainingPicturesIsMeasuredWithoutThem()
    {
        const PicturesOfRun run = noted(datasetOfARun());
        DatasetIndex other = datasetOfARun();
        other.given = {false, false, true};
        for (Sample& sample : other.samples) {
            sample.split = Split::Test;
        }
        addPicture(other, "cat/new", Split::Test);
        const MeasuredPictures measured = picturesToMeasure(other, run);
        QCOMPARE(measured.part, std::string("test"));
        QCOMPARE(measured.samples, (Indices{4, 9, 10}));
        QCOMPARE(measured.leftOut, std::size_t(8));
        const MeasuredPictures asked = picturesToMeasure(other, run, "test");
        QCOMPARE(asked.samples.size(), std::size_t(11));
        QCOMPARE(asked.trained, std::size_t(6));
    }

    void someOfTheRunsPicturesKeepItsSplit()
    {
        const PicturesOfRun run = noted(datasetOfARun());
        DatasetIndex some = datasetOfARun();
        some.fingerprint = "another";
        some.samples.erase(some.samples.begin()); // cat/0 was taken away
        for (Sample& sample : some.samples) {
            sample.split = Split::Train;
        }
        const MeasuredPictures measured = picturesToMeasure(some, run);
        QCOMPARE(measured.part, std::string("test"));
        QCOMPARE(measured.samples, (Indices{3, 8}));
        QVERIFY(!measured.isRunsOwn);
        // Where nothing else is there, what was trained on is measured, and counted.
        std::erase_if(some.samples, [&](const Sample& sample) { return sample.path != "dog/0"; });
        const MeasuredPictures trained = picturesToMeasure(some, run);
        QCOMPARE(trained.part, std::string("train"));
        QCOMPARE(trained.trained, std::size_t(1));
    }

    // The run had one picture twice, in two splits: under a third name it was trained on all the same.
    void aCopyOfATrainingPictureWasTrainedOn()
    {
        PicturesOfRun run = noted(datasetOfARun());
        run.entries.push_back({"cat/leak", "cat", Split::Test, "contents of cat/0", false});
        DatasetIndex copy = datasetOfARun();
        addPicture(copy, "cat/third name", Split::Test, "contents of cat/0");
        QVERIFY(splitsInRun(copy, run.entries).back() == Split::Train);
        QCOMPARE(picturesToMeasure(copy, run, "all").trained, std::size_t(7));
    }

    void picturesThatWentStayKnown()
    {
        PicturesOfRun run = noted(datasetOfARun());
        run.entries.push_back({"cat/gone", "cat", Split::Train, "contents of cat/gone", true});
        QVERIFY(picturesToMeasure(datasetOfARun(), run).isRunsOwn);
        DatasetIndex back = datasetOfARun();
        addPicture(back, "cat/gone", Split::Test);
        const auto splits = splitsInRun(back, run.entries);
        QVERIFY(splits.back() == Split::Train);
        // Other contents at the same place are another picture; another class makes another data set.
        DatasetIndex replaced = datasetOfARun();
        replaced.samples[4].contentHash = "other";
        QVERIFY(!splitsInRun(replaced, run.entries)[4].has_value());
        DatasetIndex moved = datasetOfARun();
        moved.samples[4].label = 1;
        QVERIFY(!picturesToMeasure(moved, run).isRunsOwn);
    }
};

THAW_TEST(TestMeasuredPictures)
#include "test_measured_pictures.moc"
