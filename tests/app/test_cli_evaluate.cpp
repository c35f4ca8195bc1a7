#include "app/cli/evaluate.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;
using namespace thaw::cli;

/// What `thaw-cli evaluate` says on standard error; what it measures is tested in test_cli_results.
class TestCliEvaluate : public QObject
{
    Q_OBJECT

private slots:
    void saysNothingWhereNothingIsLeftOut();
    void namesWhatIsLeftOut();
    void namesNoMoreThanFitOnAScreen();
};

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

THAW_TEST(TestCliEvaluate)
#include "test_cli_evaluate.moc"
