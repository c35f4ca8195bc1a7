#include "core/evaluate/metrics/confidence.h"
#include "tests/core/evaluate/made_answers.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

class TestConfidence : public QObject
{
    Q_OBJECT

private slots:
    void rightAndWrongByConfidence()
    {
        const Answers answers =
            test::answersOf(2, {{0, {0.75F, 0.25F}}, {1, {0.75F, 0.25F}}, {1, {0, 1}}, {0, {0.5F, 0.5F}}});
        const auto bins = confidenceHistogram(answers, 4);
        QCOMPARE(bins.size(), std::size_t(4));
        QCOMPARE(bins[3].right, std::size_t(2)); // 0.75 and 1
        QCOMPARE(bins[3].wrong, std::size_t(1));
        QCOMPARE(bins[2].right, std::size_t(1));
        QCOMPARE(bins[0].right + bins[0].wrong + bins[1].right + bins[1].wrong, std::size_t(0));
    }

    void accuracyOfTheSurest()
    {
        const Answers answers =
            test::answersOf(2, {{0, {0.75F, 0.25F}}, {1, {0.75F, 0.25F}}, {1, {0, 1}}, {0, {0.5F, 0.5F}}});
        const auto points = accuracyAgainstCoverage(answers);
        QCOMPARE(points.size(), std::size_t(3));
        QCOMPARE(points[0].coverage, 0.25);
        QCOMPARE(points[0].accuracy, 1.0);
        QCOMPARE(points[1].confidence, 0.75);
        QCOMPARE(points[1].coverage, 0.75);
        QCOMPARE(points[1].accuracy, 2.0 / 3);
        QCOMPARE(points[2].coverage, 1.0);
        QCOMPARE(points[2].accuracy, 0.75);
        QVERIFY(accuracyAgainstCoverage(Answers{2, {}, {}}).empty());
    }
};

THAW_TEST(TestConfidence)
#include "test_confidence.moc"
