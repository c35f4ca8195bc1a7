#include "core/base/random.h"
#include "core/evaluate/class_metrics.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

class TestClassMetrics : public QObject
{
    Q_OBJECT

private slots:
    void byHand()
    {
        // Of 10 cats 8 are found; of 6 dogs 5; two cats pass for dogs, one dog for a cat.
        const auto metrics = classMetrics({{8, 2}, {1, 5}});
        QCOMPARE(metrics.size(), std::size_t(2));
        QCOMPARE(metrics[0].images, 10);
        QCOMPARE(metrics[0].recall, 0.8);
        QCOMPARE(metrics[0].precision, 8.0 / 9);
        QCOMPARE(metrics[0].f1, 2 * 8.0 / (10 + 9));
        QCOMPARE(metrics[1].images, 6);
        QCOMPARE(metrics[1].recall, 5.0 / 6);
        QCOMPARE(metrics[1].precision, 5.0 / 7);
    }

    void sharesOfNothingAreNoNumbers()
    {
        // Class 1 has no picture and is never predicted; class 2 has pictures that all pass for class 0.
        const auto metrics = classMetrics({{3, 0, 0}, {0, 0, 0}, {2, 0, 0}});
        QCOMPARE(metrics[0].precision, 0.6);
        QCOMPARE(metrics[0].recall, 1.0);
        QVERIFY(std::isnan(metrics[1].precision) && std::isnan(metrics[1].recall) &&
                std::isnan(metrics[1].f1));
        QVERIFY(std::isnan(metrics[2].precision));
        QCOMPARE(metrics[2].recall, 0.0);
        QCOMPARE(metrics[2].f1, 0.0);
        QVERIFY(classMetrics({}).empty());
    }

    void wilsonsInterval_data()
    {
        QTest::addColumn<int>("right");
        QTest::addColumn<int>("images");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        // scipy.stats.binomtest(k, n).proportion_ci(0.95, "wilson")
        QTest::newRow("492 of 500") << 492 << 500 << 0.96875 << 0.99187;
        QTest::newRow("985 of 1000") << 985 << 1000 << 0.97540 << 0.99089;
        QTest::newRow("all") << 30 << 30 << 0.88649 << 1.0;
        QTest::newRow("none") << 0 << 10 << 0.0 << 0.27753;
    }

    void wilsonsInterval()
    {
        QFETCH(int, right);
        QFETCH(int, images);
        QFETCH(double, low);
        QFETCH(double, high);
        const AccuracyInterval interval = accuracyInterval(right, images);
        QVERIFY(std::abs(interval.low - low) < 5e-6 && std::abs(interval.high - high) < 5e-6); // five digits
        QVERIFY(interval.low >= 0 && interval.high <= 1);
        QVERIFY(std::isnan(accuracyInterval(0, 0).low));
    }

    void classesWithoutPicturesDoNotCount()
    {
        const std::vector<std::vector<int>> confusion{{8, 2, 0}, {1, 4, 0}, {0, 0, 0}};
        QCOMPARE(balancedAccuracy(confusion), 0.8);
        QCOMPARE(balancedAccuracy({8, 4, 0}, {10, 5, 0}), 0.8);
        QCOMPARE(baselineAccuracy(confusion), 10.0 / 15);
        QVERIFY(std::isnan(balancedAccuracy({{0}})) && std::isnan(baselineAccuracy({{0}})));
        QCOMPARE(classMetrics(confusion)[1].predicted, 6);
    }

    void amongTheLikeliest()
    {
        const std::vector<std::vector<double>> shares{{0.5, 0.3, 0.2}, {0.2, 0.4, 0.4}, {0.4, 0.4, 0.2}};
        const std::vector<int> truths{2, 2, 1};
        QCOMPARE(topAccuracy(shares, truths, 1), 0.0);
        QCOMPARE(topAccuracy(shares, truths, 2), 2.0 / 3); // of equal ones the first in order
        QCOMPARE(topAccuracy(shares, truths, 3), 1.0);
        QVERIFY(std::isnan(topAccuracy({}, {}, 5)));
    }

    void holdsForAnyCounts()
    {
        RandomStream random(4);
        for (int round = 0; round < 200; ++round) {
            const std::size_t classes = 2 + random.below(5);
            std::vector<std::vector<int>> confusion(classes, std::vector<int>(classes));
            int right = 0;
            int all = 0;
            for (std::size_t truth = 0; truth < classes; ++truth) {
                for (std::size_t label = 0; label < classes; ++label) {
                    confusion[truth][label] = 1 + static_cast<int>(random.below(20));
                    right += truth == label ? confusion[truth][label] : 0;
                    all += confusion[truth][label];
                }
            }
            double weighted = 0;
            int images = 0;
            for (const ClassMetrics& metrics : classMetrics(confusion)) {
                const double harmonic =
                    2 * metrics.precision * metrics.recall / (metrics.precision + metrics.recall);
                QVERIFY(std::abs(metrics.f1 - harmonic) < 1e-12); // a few roundings of double
                weighted += metrics.recall * metrics.images;
                images += metrics.images;
            }
            QCOMPARE(images, all);
            QVERIFY(std::abs(weighted - right) < 1e-9); // recalls by size are the accuracy
        }
    }
};

THAW_TEST(TestClassMetrics)
#include "test_class_metrics.moc"
