#include "core/train/optimizer/loss_scale.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

class TestLossScale : public QObject
{
    Q_OBJECT

private slots:
    void beginsAsGradScalerDoes() { QVERIFY((LossScale{} == LossScale{65536, 0})); }

    void growsAfterTwoThousandGoodSteps()
    {
        LossScale scale;
        for (int step = 0; step < 1999; ++step) {
            scale.noteStep(true);
        }
        QVERIFY((scale == LossScale{65536, 1999}));
        scale.noteStep(true);
        QVERIFY((scale == LossScale{131072, 0}));
    }

    void aBadStepHalvesAndCountsAnew()
    {
        LossScale scale{65536, 1999};
        scale.noteStep(false);
        QVERIFY((scale == LossScale{32768, 0}));
        scale.noteStep(false);
        QVERIFY((scale == LossScale{16384, 0}));
        scale.noteStep(true);
        QVERIFY((scale == LossScale{16384, 1}));
    }
};

THAW_TEST(TestLossScale)
#include "test_loss_scale.moc"
