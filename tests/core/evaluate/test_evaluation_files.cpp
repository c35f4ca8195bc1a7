#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/dataset/csv.h"
#include "core/evaluate/evaluation_files.h"
#include "core/run/run_files.h"
#include "tests/core/evaluate/comma_locale.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>
#include <fstream>

using namespace thaw;

namespace {

const std::filesystem::path root = "/data/set";

Evaluation madeEvaluation()
{
    Evaluation evaluation;
    evaluation.split = "test";
    evaluation.score = {0.25, 2.0 / 3, 3};
    evaluation.total = 9;
    evaluation.classes = {"cat", "dog, \"big\"", "none"};
    evaluation.confusion = {{1, 1, 0}, {0, 1, 0}, {0, 0, 0}};
    evaluation.predictions = {{(root / "cat" / "a.jpg").string(), 0, 0, {0.75, 0.125, 0.125}, {}},
                              {"/elsewhere/b, c.jpg", 1, 0, {1.0 / 3, 0.5, 1.0 / 6}, {}},
                              {(root / "dog" / "line\nbreak.jpg").string(), 1, 1, {0, 1, 0}, {}}};
    return evaluation;
}

DatasetIndex madeDataset()
{
    DatasetIndex dataset;
    dataset.source = root;
    dataset.root = root;
    dataset.fingerprint = "abc";
    return dataset;
}

QJsonObject objectOf(const std::string& text)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
}

} // namespace

class TestEvaluationFiles : public QObject
{
    Q_OBJECT

private slots:
    void jsonHoldsWhatWasMeasured()
    {
        const QJsonObject json =
            objectOf(formatEvaluation(madeEvaluation(), madeDataset(), "2026-11-23T14:05:09Z"));
        QCOMPARE(json["version"].toInt(), 1);
        QCOMPARE(json["evaluated_at"].toString(), QString("2026-11-23T14:05:09Z"));
        QCOMPARE(json["dataset"].toObject(),
                 (QJsonObject{{"path", "/data/set"}, {"root", "/data/set"}, {"fingerprint", "abc"}}));
        QCOMPARE(json["split"].toString(), QString("test"));
        QCOMPARE(json["images"].toInt(), 3);
        QCOMPARE(json["loss"].toDouble(), 0.25);
        QCOMPARE(json["accuracy"].toDouble(), 2.0 / 3);
        QCOMPARE(json["confusion"].toArray()[0].toArray(), (QJsonArray{1, 1, 0}));
        const QJsonArray byClass = json["by_class"].toArray();
        QCOMPARE(byClass.size(), 3);
        QCOMPARE(byClass[1]["class"].toString(), QString("dog, \"big\""));
        QCOMPARE(byClass[1]["precision"].toDouble(), 0.5);
        QCOMPARE(byClass[1]["recall"].toDouble(), 1.0);
        QVERIFY(byClass[2]["recall"].isNull()); // of no picture at all: not 0
        QCOMPARE(json["total"].toInt(), 9);
        const QJsonArray interval = json["accuracy_interval"].toArray();
        QVERIFY(std::abs(interval[0].toDouble() - 0.20766) < 1e-5);
        QVERIFY(std::abs(interval[1].toDouble() - 0.93851) < 1e-5);
        QCOMPARE(json["balanced_accuracy"].toDouble(), 0.75);
        QCOMPARE(json["baseline"].toDouble(), 2.0 / 3);
        QVERIFY(json["top5"].isNull()); // of three classes it would always be 1
        QCOMPARE(byClass[2]["images"].toInt(), 0);
        QCOMPARE(byClass[0]["most_confused_with"].toString(), QString("dog, \"big\""));
        QVERIFY(byClass[1]["most_confused_with"].isNull());
        QVERIFY(json["threshold"].isNull());
    }

    // The figures themselves: tests/golden.
    void jsonHoldsFiguresOfProbabilities()
    {
        const QJsonObject json = objectOf(formatMeasured(madeEvaluation()));
        const QJsonArray byClass = json["by_class"].toArray();
        QCOMPARE(byClass[0]["auc"].toDouble(), 1.0); // cats get .75 and 1/3, the dog 0
        QCOMPARE(byClass[1]["average_precision"].toDouble(), 1.0);
        QVERIFY(byClass[2]["auc"].isNull() && byClass[2]["average_precision"].isNull());
        QCOMPARE(byClass[0]["recall_interval"].toArray().size(), 2);
        QVERIFY(byClass[2]["recall_interval"].toArray()[0].isNull());
        QCOMPARE(json["macro"]["auc"].toDouble(), 1.0);
        QCOMPARE(json["macro"]["recall"].toDouble(), 0.75);
        QCOMPARE(json["weighted"]["recall"].toDouble(), 2.0 / 3);
        // .75 and 1 sure and right, .5 sure and wrong.
        QVERIFY(std::abs(json["ece"].toDouble() - 0.75 / 3) < 1e-9);
        QVERIFY(std::abs(json["mce"].toDouble() - 0.5) < 1e-9);
        QVERIFY(json["brier"].toDouble() > 0);
    }

    void jsonHoldsTheThreshold()
    {
        Evaluation evaluation = madeEvaluation();
        evaluation.threshold = {0.625, "validation"};
        const QJsonObject json = objectOf(formatMeasured(evaluation));
        const QJsonObject threshold = json["threshold"].toObject();
        QCOMPARE(threshold["value"].toDouble(), 0.625);
        QCOMPARE(threshold["chosen_on"].toString(), QString("validation"));
        QCOMPARE(threshold["coverage"].toDouble(), 2.0 / 3);
        QCOMPARE(threshold["precision"].toDouble(), 1.0);
        QCOMPARE(threshold["confusion"][0].toArray(), (QJsonArray{1, 0, 0}));
        QCOMPARE(threshold["uncertain"].toArray(), (QJsonArray{1, 0, 0}));
        QCOMPARE(json["accuracy"].toDouble(), 2.0 / 3); // which no threshold changes
    }

    void namesThatAreNotUtf8DoNotBreakTheJson()
    {
        Evaluation evaluation = madeEvaluation();
        evaluation.classes[0] = "caf\xE9";
        evaluation.classes[1] = "\u202Egod\u009B2J";
        DatasetIndex dataset = madeDataset();
        dataset.root = "/data/\xFF";
        const QJsonObject json = objectOf(formatEvaluation(evaluation, dataset, ""));
        QCOMPARE(json["classes"].toArray()[0].toString(), QString::fromUtf8("caf\xEF\xBF\xBD"));
        // The same names, but nothing that speaks to a terminal.
        QCOMPARE(json["classes"].toArray()[1].toString(), QString::fromUtf8("\u202Egod\u009B2J"));
        const std::string text = formatMeasured(evaluation);
        QVERIFY(text.find("\u202E") == std::string::npos && text.find("\u009B") == std::string::npos);
    }

    void csvReadsBack()
    {
        const auto rows = parseCsv(formatPredictions(madeEvaluation(), root), "predictions.csv");
        QCOMPARE(rows.size(), std::size_t(4));
        QCOMPARE(rows[0].fields, (std::vector<std::string>{"path", "truth", "label", "probability", "p:cat",
                                                           "p:dog, \"big\"", "p:none"}));
        QCOMPARE(rows[1].fields,
                 (std::vector<std::string>{"cat/a.jpg", "cat", "cat", "0.75", "0.75", "0.125", "0.125"}));
        QCOMPARE(rows[2].fields[0], std::string("/elsewhere/b, c.jpg"));
        QCOMPARE(rows[2].fields[1], std::string("cat"));
        QCOMPARE(rows[2].fields[2], std::string("dog, \"big\""));
        QCOMPARE(static_cast<float>(std::stod(rows[2].fields[4])), static_cast<float>(1.0 / 3));
        QCOMPARE(rows[3].fields[0], std::string("dog/line\\x0abreak.jpg"));
    }

    // A class may be called as a column is, and a name may be a formula to a spreadsheet.
    void csvColumnsAndCellsAreSafe()
    {
        Evaluation evaluation = madeEvaluation();
        evaluation.classes = {"label", "=cmd", "path"};
        evaluation.predictions[1].path = (root / "=1+1" / "\x1b[2Ja.jpg").string();
        const auto rows = parseCsv(formatPredictions(evaluation, root), "predictions.csv");
        QCOMPARE(rows[0].fields, (std::vector<std::string>{"path", "truth", "label", "probability", "p:label",
                                                           "p:=cmd", "p:path"}));
        QCOMPARE(rows[2].fields[0], std::string("./=1+1/\\x1b[2Ja.jpg"));
        QCOMPARE(rows[2].fields[1], std::string("label"));
        QCOMPARE(rows[2].fields[2], std::string("'=cmd"));
    }

    // A comma inside a number would be one column more.
    void numbersFollowNoLocale()
    {
        const std::string csv = formatPredictions(madeEvaluation(), root);
        const std::string json = formatMeasured(madeEvaluation());
        QVERIFY2(csv.find(",0.75,0.75,0.125,0.125\r\n") != std::string::npos, csv.c_str());
        QVERIFY2(csv.find(",0.5,0.333333333,0.5,0.166666667\r\n") != std::string::npos, csv.c_str());
        const test::CommaLocale locale;
        if (!locale.isInForce()) {
            QSKIP("this C library knows no decimal comma");
        }
        QCOMPARE(QString::fromStdString(std::to_string(0.5)).left(3), QString("0,5"));
        QCOMPARE(formatPredictions(madeEvaluation(), root), csv);
        QCOMPARE(formatMeasured(madeEvaluation()), json);
    }

    void picturesLeftOutAreNamed()
    {
        const QJsonObject whole = objectOf(formatMeasured(madeEvaluation()));
        QVERIFY(whole["left_out"].isArray() && whole["left_out"].toArray().isEmpty());
        Evaluation evaluation = madeEvaluation();
        evaluation.leftOut = {{"/data/set/cat/b.jpg", "there is no such file"},
                              {"/data/set/dog/\xFF.jpg", "the file is cut short"}};
        const QJsonArray expected{QJsonObject{{"path", "/data/set/cat/b.jpg"},
                                              {"error", "there is no such file"},
                                              {"kind", "lost"}},
                                  QJsonObject{{"path", QString::fromUtf8("/data/set/dog/\xEF\xBF\xBD.jpg")},
                                              {"error", "the file is cut short"},
                                              {"kind", "lost"}}};
        QCOMPARE(objectOf(formatMeasured(evaluation))["left_out"].toArray(), expected);
        QCOMPARE(objectOf(formatEvaluation(evaluation, madeDataset(), ""))["left_out"].toArray(), expected);
    }

    void classesNotKnownAreCountedAndNamed()
    {
        Evaluation evaluation = madeEvaluation();
        evaluation.leftOut = {{"/data/set/cat/b.jpg", "there is no such file"}};
        evaluation.unknownClasses = {{"Cat", 1, {"cat"}}};
        evaluation.notKnown = {{"/data/set/Cat/c.jpg", "the model does not know the class Cat"}};
        const QJsonObject json = objectOf(formatMeasured(evaluation));
        QCOMPARE(json["unknown_classes"].toArray(),
                 (QJsonArray{QJsonObject{{"class", "Cat"}, {"images", 1}, {"near", QJsonArray{"cat"}}}}));
        QCOMPARE(json["left_out"].toArray().size(), 2);
        QCOMPARE(json["left_out"][1]["path"].toString(), QString("/data/set/Cat/c.jpg"));
    }

    void topFiveOfMoreThanFiveClasses()
    {
        Evaluation evaluation;
        evaluation.classes = {"a", "b", "c", "d", "e", "f"};
        evaluation.confusion.assign(6, std::vector<int>(6, 0));
        evaluation.predictions = {{"1", 0, 5, {0.5, 0.1, 0.1, 0.1, 0.1, 0.1}, {}},
                                  {"2", 0, 4, {0.5, 0.1, 0.1, 0.1, 0.1, 0.1}, {}}};
        QCOMPARE(objectOf(formatMeasured(evaluation))["top5"].toDouble(), 0.5);
    }

    void bothAreWrittenAndReplaced()
    {
        test::TemporaryFolder folder;
        const RunFiles files{folder.path()};
        writeEvaluation(folder.path(), madeEvaluation(), madeDataset());
        Evaluation later = madeEvaluation();
        later.split = "validation";
        later.predictions.pop_back();
        std::string noted = readTextFile(files.evaluation(), 1 << 20);
        noted.insert(noted.find('{') + 1, "\"reviewed_by\": \"Ada\",");
        writeFileAtomically(files.evaluation(), noted);
        writeEvaluation(folder.path(), later, madeDataset());
        const QJsonObject json = objectOf(readTextFile(files.evaluation(), 1 << 20));
        QCOMPARE(json["reviewed_by"].toString(), QString("Ada"));
        QCOMPARE(json["split"].toString(), QString("validation"));
        QVERIFY(!json["evaluated_at"].toString().isEmpty());
        QCOMPARE(parseCsv(readTextFile(files.predictions(), 1 << 20), "").size(), std::size_t(3));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
    }

    void aThresholdIsKeptByItself()
    {
        test::TemporaryFolder folder;
        const RunFiles files{folder.path()};
        Evaluation evaluation = madeEvaluation();
        for (Prediction& prediction : evaluation.predictions) { // as float32, which the file holds exactly
            for (double& probability : prediction.probabilities) {
                probability = static_cast<float>(probability);
            }
        }
        writeEvaluation(folder.path(), evaluation, madeDataset());
        const QJsonObject before = objectOf(readTextFile(files.evaluation(), 1 << 20));
        const std::string predictions = readTextFile(files.predictions(), 1 << 20);
        keepThreshold(folder.path(), ChosenThreshold{0.625, "validation"});
        QJsonObject after = objectOf(readTextFile(files.evaluation(), 1 << 20));
        const QJsonObject threshold = after["threshold"].toObject();
        QCOMPARE(threshold["value"].toDouble(), 0.625);
        QCOMPARE(threshold["coverage"].toDouble(), 2.0 / 3);
        after["threshold"] = QJsonValue();
        QCOMPARE(after, before);
        keepThreshold(folder.path(), std::nullopt);
        QCOMPARE(objectOf(readTextFile(files.evaluation(), 1 << 20)), before);
        QCOMPARE(readTextFile(files.predictions(), 1 << 20), predictions);
        std::filesystem::remove(files.predictions());
        try {
            keepThreshold(folder.path(), std::nullopt);
            QFAIL("kept it without answers");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunInvalid);
        }
    }

    void aFolderThatCannotBeWrittenIsAnError()
    {
        test::TemporaryFolder folder;
        std::ofstream(folder / "file") << "x";
        try {
            writeEvaluation(folder / "file", madeEvaluation(), madeDataset());
            QFAIL("wrote into a file");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::WriteFailed);
        }
    }
};

THAW_TEST(TestEvaluationFiles)
#include "test_evaluation_files.moc"
