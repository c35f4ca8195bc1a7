#include "core/evaluate/metrics/label_check.h"
#include "tests/core/evaluate/made_answers.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

class TestLabelCheck : public QObject
{
    Q_OBJECT

private slots:
    void doubtfulLabels()
    {
        const Answers answers = test::answersOf(2, {{0, {0.875F, 0.125F}},   // usual for class 0: 0.5
                                                    {0, {0.125F, 0.875F}},   // doubtful
                                                    {1, {0.375F, 0.625F}},   // usual for class 1: 0.375
                                                    {1, {0.5625F, 0.4375F}}, // wrong, but usual
                                                    {1, {0.9375F, 0.0625F}}});
        const std::vector<double> usual = confidentThresholds(answers);
        QCOMPARE(usual[0], 0.5);
        QCOMPARE(usual[1], 0.375);
        QCOMPARE(labelSuspects(answers), (std::vector<LabelSuspect>{{4, 1, 0, 0.0625}, {1, 0, 1, 0.125}}));
    }

    void ofEqualOnesAsTheyCome()
    {
        const Answers answers = test::answersOf(
            3, {{0, {1, 0, 0}}, {0, {0.25F, 0.5F, 0.25F}}, {0, {0.25F, 0.25F, 0.5F}}, {0, {1, 0, 0}}});
        QCOMPARE(labelSuspects(answers), (std::vector<LabelSuspect>{{1, 0, 1, 0.25}, {2, 0, 2, 0.25}}));
    }

    void aClassWithoutPictures()
    {
        const Answers answers = test::answersOf(3, {{0, {0.5F, 0.5F, 0}}, {1, {0.25F, 0.75F, 0}}});
        QVERIFY(std::isnan(confidentThresholds(answers)[2]));
        QVERIFY(labelSuspects(answers).empty());
        QVERIFY(labelSuspects(Answers{2, {}, {}}).empty());
    }
};

THAW_TEST(TestLabelCheck)
#include "test_label_check.moc"
