#include "core/evaluate/metrics/error_order.h"
#include "tests/core/evaluate/made_answers.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

class TestErrorOrder : public QObject
{
    Q_OBJECT

private slots:
    void eachMode()
    {
        const Answers answers = test::answersOf(2, {{0, {0.875F, 0.125F}},
                                                    {0, {0.25F, 0.75F}},
                                                    {1, {0.375F, 0.625F}},
                                                    {1, {1, 0}},
                                                    {1, {0.125F, 0.875F}},
                                                    {0, {0.125F, 0.875F}},
                                                    {1, {0.125F, 0.875F}}});
        const auto expect = [&](ErrorOrder order, const std::vector<std::size_t>& pictures) {
            QCOMPARE(picturesInOrder(answers, order), pictures);
        };
        expect(ErrorOrder::Loss, {3, 5, 1, 2, 0, 4, 6}); // of equal ones as they come
        expect(ErrorOrder::WrongAndSure, {3, 5, 1});
        expect(ErrorOrder::RightAndUnsure, {2, 0, 4, 6});
        expect(ErrorOrder::LikelyMislabelled, {3, 5, 1});
        QVERIFY(picturesInOrder(Answers{2, {}, {}}, ErrorOrder::Loss).empty());
    }
};

THAW_TEST(TestErrorOrder)
#include "test_error_order.moc"
