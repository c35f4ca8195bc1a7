#include "app/cli/evaluation_text.h"
#include "app/cli/text.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <algorithm>

using namespace thaw;
using namespace thaw::cli;

/// What `thaw-cli evaluate` says; what it measures is tested in test_cli_results.
class TestCliEvaluate : public QObject
{
    Q_OBJECT

private slots:
    void saysNothingWhereNothingIsLeftOut();
    void namesWhatIsLeftOut();
    void namesNoMoreThanFitOnAScreen();
    void namesClassesThatTheModelDoesNotKnow();
    void admitsWhatTheRunHasSeen();
    void printsTheConfusionOfFewClasses();
    void digitsFollowTheCount();
    void longNamesAndManyClassesFit();
    void ofManyClassesTheWorstAreShown();
    void tellsFiguresOfProbabilities();
    void tellsWhatAThresholdDoes();
};

namespace {

/// `count` classes called 1, 2, 10 … in the order of their bytes, with `perClass` pictures each, all right.
Evaluation evaluationOfAllRight(int count, int perClass)
{
    Evaluation evaluation;
    evaluation.split = "test";
    for (int i = 1; i <= count; ++i) {
        evaluation.classes.push_back(std::to_string(i));
    }
    std::sort(evaluation.classes.begin(), evaluation.classes.end());
    const auto size = static_cast<std::size_t>(count);
    evaluation.confusion.assign(size, std::vector<int>(size, 0));
    for (std::size_t i = 0; i < size; ++i) {
        evaluation.confusion[i][i] = perClass;
    }
    evaluation.score = {0.25, 1.0, count * perClass};
    evaluation.total = 5 * count * perClass;
    return evaluation;
}

QString shownText(const Evaluation& evaluation)
{
    return QString::fromStdString(evaluationText(evaluation));
}

std::size_t labelNamed(const Evaluation& evaluation, const std::string& name)
{
    const auto found = std::find(evaluation.classes.begin(), evaluation.classes.end(), name);
    return static_cast<std::size_t>(found - evaluation.classes.begin());
}

} // namespace

void TestCliEvaluate::saysNothingWhereNothingIsLeftOut()
{
    QVERIFY(leftOutLines(Evaluation{}).empty());
}

void TestCliEvaluate::namesWhatIsLeftOut()
{
    Evaluation evaluation;
    evaluation.leftOut.push_back({"/data/cat/a.jpg", "there is no such file"});
    const std::vector<std::string> lines = leftOutLines(evaluation);
    QCOMPARE(lines.size(), std::size_t(2));
    QCOMPARE(lines[0], std::string("Warning: 1 picture left out that can no longer be read:"));
    QCOMPARE(lines[1], std::string("  /data/cat/a.jpg: there is no such file"));
}

void TestCliEvaluate::namesNoMoreThanFitOnAScreen()
{
    Evaluation evaluation;
    evaluation.leftOut.resize(2000, {"/data/cat/a.jpg", "there is no such file"});
    const std::vector<std::string> lines = leftOutLines(evaluation);
    QCOMPARE(lines.size(), std::size_t(22));
    QVERIFY2(lines.front().find("2,000 pictures") != std::string::npos, lines.front().c_str());
    QVERIFY2(lines.back().find("--json") != std::string::npos, lines.back().c_str());
}

void TestCliEvaluate::namesClassesThatTheModelDoesNotKnow()
{
    QVERIFY(unknownClassLines(Evaluation{}).empty());
    Evaluation evaluation;
    evaluation.classes = {"10", "2", "cat"};
    evaluation.unknownClasses = {{"Cat", 4, {"cat"}}, {"horse", 1, {}}};
    const std::vector<std::string> lines = unknownClassLines(evaluation);
    QCOMPARE(lines, (std::vector<std::string>{
                        "Warning: 5 pictures left out, of classes that the model does not know:",
                        "  Cat: 4 pictures; perhaps it is cat?", "  horse: 1 picture",
                        "The model's classes: 2, 10, cat"}));
    evaluation.classes.assign(200, "a");
    evaluation.unknownClasses.assign(200, {"b", 1, {}});
    const std::vector<std::string> many = unknownClassLines(evaluation);
    QCOMPARE(many.size(), std::size_t(23));
    QVERIFY2(many.back().ends_with("a and 180 more"), many.back().c_str());
}

void TestCliEvaluate::admitsWhatTheRunHasSeen()
{
    MeasuredPictures measured;
    measured.part = "all";
    measured.samples.resize(40);
    QVERIFY(choiceLines(measured, false).empty());
    measured.trained = 30;
    QVERIFY(choiceLines(measured, false)
                .at(0)
                .starts_with("Warning: the run was trained on 30 pictures of the 40 measured"));
    measured.trained = 0;
    measured.chosenBy = 1;
    QVERIFY(choiceLines(measured, false).at(0).find("chosen by 1 picture of the 40") != std::string::npos);
    measured.chosenBy = 0;
    measured.leftOut = 9;
    QVERIFY(
        choiceLines(measured, false).at(0).starts_with("Note: 9 pictures left out that the run has seen"));
    measured.leftOut = 0;
    measured.isUncertain = true;
    QVERIFY(choiceLines(measured, false).at(0).find("before runs noted") != std::string::npos);
    QVERIFY(choiceLines(measured, true).at(0).find("a model file does not tell") != std::string::npos);
    measured.part = "test"; // of the data set's own: nothing to say
    QVERIFY(choiceLines(measured, true).empty());
    measured.isUncertain = false;
    measured.isDealt = true;
    QVERIFY(choiceLines(measured, false).at(0).find("no splits of their own") != std::string::npos);
}

void TestCliEvaluate::printsTheConfusionOfFewClasses()
{
    Evaluation evaluation = evaluationOfAllRight(12, 10);
    evaluation.confusion[labelNamed(evaluation, "2")] = std::vector<int>(12, 0);
    evaluation.confusion[labelNamed(evaluation, "2")][labelNamed(evaluation, "10")] = 10;
    evaluation.score.accuracy = 110 / 120.0;
    const QStringList lines = shownText(evaluation).split('\n');
    QCOMPARE(lines[0], QString("test: 120 of 600 pictures, accuracy 91.7 %, loss 0.2500"));
    QVERIFY2(lines[1].startsWith("95 % interval: 85.3 % to 95.4 %; balanced accuracy: 91.7 %"),
             qPrintable(lines[1]));
    QCOMPARE(lines[2], QString("10 wrong; calibration error (ECE): –; mean AP: –, mean AUC: –"));
    QCOMPARE(lines[4].simplified(),
             QString("true \\ predicted 1 2 3 4 5 6 7 8 9 10 11 12 precision recall F1 AP AUC"));
    QVERIFY2(lines[6].simplified().startsWith("2 0 0 0 0 0 0 0 0 0 10 0 0 – 0 %"), qPrintable(lines[6]));
}

void TestCliEvaluate::digitsFollowTheCount()
{
    Evaluation evaluation = evaluationOfAllRight(3, 0);
    evaluation.confusion = {{7, 1, 0}, {2, 2, 0}, {0, 0, 0}};
    evaluation.score = {0.5, 9 / 12.0, 12};
    evaluation.total = 12;
    const QString text = shownText(evaluation);
    QVERIFY2(text.startsWith("test: 12 of 12 pictures, accuracy 75 % over 2 of 3 classes, loss 0.5000"),
             qPrintable(text));
    QVERIFY2(text.contains("78 %") && !text.contains("77.78 %"), qPrintable(text));
}

void TestCliEvaluate::longNamesAndManyClassesFit()
{
    for (const int classes : {2, 9, 20, 21, 200}) {
        for (const std::string& name : {std::string(), std::string(80, 'x')}) {
            Evaluation evaluation = evaluationOfAllRight(classes, 1000);
            for (std::string& one : evaluation.classes) {
                one = name + one;
            }
            evaluation.confusion[1][0] = 12345;
            const QStringList lines = shownText(evaluation).split('\n');
            QVERIFY(lines.size() < 40);
            for (const QString& line : lines) {
                QVERIFY2(line.size() <= 100, qPrintable(line));
            }
        }
    }
}

void TestCliEvaluate::ofManyClassesTheWorstAreShown()
{
    Evaluation evaluation = evaluationOfAllRight(200, 10);
    const std::size_t two = labelNamed(evaluation, "2");
    const std::size_t ten = labelNamed(evaluation, "10");
    evaluation.confusion[ten][ten] = 3;
    evaluation.confusion[ten][two] = 7;
    evaluation.confusion[labelNamed(evaluation, "3")][labelNamed(evaluation, "3")] = 0; // not measured
    const QStringList lines = shownText(evaluation).split('\n');
    QVERIFY2(lines[0].contains("over 199 of 200 classes"), qPrintable(lines[0]));
    QVERIFY2(lines[4].startsWith("The 15 classes with the lowest F1, of 200"), qPrintable(lines[4]));
    QCOMPARE(lines[6].simplified(), QString("10 10 100 % 30 % 46 % – – 2 (7)"));
    QCOMPARE(lines[7].simplified(), QString("2 10 59 % 100 % 74 % – –"));
    QCOMPARE(lines[8].simplified(), QString("1 10 100 % 100 % 100 % – –"));
    const auto confusions = lines.indexOf("Largest confusions:");
    QVERIFY(confusions > 0);
    QCOMPARE(lines[confusions + 2].simplified(), QString("10 2 7"));
}

void TestCliEvaluate::tellsFiguresOfProbabilities()
{
    Evaluation evaluation = evaluationOfAllRight(2, 0);
    evaluation.predictions = {
        {"a", 0, 0, {0.75, 0.25}, {}}, {"b", 0, 1, {0.75, 0.25}, {}}, {"c", 1, 1, {0.25, 0.75}, {}}};
    evaluation.confusion = {{1, 0}, {1, 1}};
    evaluation.score = {0.5, 2 / 3.0, 3};
    const QStringList lines = shownText(evaluation).split('\n');
    QCOMPARE(lines[2],
             QString("1 wrong; calibration error (ECE): 0.2500; mean AP: 0.6667, mean AUC: 0.7500"));
    QCOMPARE(lines[4].simplified(), QString("true \\ predicted 1 2 precision recall F1 AP AUC"));
    QVERIFY2(lines[6].simplified().endsWith("0.8333 0.7500"), qPrintable(lines[6]));
}

void TestCliEvaluate::tellsWhatAThresholdDoes()
{
    Evaluation two = evaluationOfAllRight(2, 0);
    two.predictions = {{"a", 0, 0, {0.75, 0.25}, {}}, {"b", 1, 0, {0.375, 0.625}, {}}};
    two.confusion = {{1, 1}, {0, 0}};
    two.score = {0.5, 0.5, 2};
    QVERIFY(!shownText(two).contains("threshold"));
    two.threshold = {0.75, "validation"};
    QStringList lines = shownText(two).split('\n');
    const auto at =
        lines.indexOf("At the threshold 0.7500 for 2 (chosen on validation): 0 of 2 pictures reach it");
    QVERIFY2(at > 0, qPrintable(lines.join('\n')));
    QCOMPARE(lines[at + 1], QString("precision: –, recall: –, F1: –"));
    QCOMPARE(lines[at + 3].simplified(), QString("1 2 0"));

    Evaluation three = evaluationOfAllRight(3, 0);
    three.predictions = {{"a", 0, 0, {0.75, 0.25, 0}, {}}, {"b", 1, 0, {0.375, 0.625, 0}, {}}};
    three.confusion = {{1, 1, 0}, {0, 0, 0}, {0, 0, 0}};
    three.score = {0.5, 0.5, 2};
    three.threshold = {0.7, "given"};
    const QString text = shownText(three);
    QVERIFY2(text.contains("At the threshold 0.7000: 1 of 2 pictures reach it, 1 are uncertain"),
             qPrintable(text));
    QVERIFY2(text.simplified().contains("true \\ predicted 1 2 3 uncertain 1 1 0 0 1"), qPrintable(text));
}

THAW_TEST(TestCliEvaluate)
#include "test_cli_evaluate.moc"
