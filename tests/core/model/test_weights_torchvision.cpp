#include "core/base/error.h"
#include "core/model/weights/format/weights_formats.h"
#include "tests/support/error_code.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>

using namespace thaw;

namespace {

std::vector<std::string> baseNames(const std::string& prefix)
{
    std::vector<std::string> names;
    for (const int index : torchvisionIndices()) {
        names.push_back(prefix + std::to_string(index) + ".weight");
        names.push_back(prefix + std::to_string(index) + ".bias");
    }
    return names;
}

QString failure(const std::vector<std::string>& names)
{
    return QString::fromStdString(
        test::refusalOf(ErrorCode::WeightsInvalid, [&] { findTorchvisionBase(names, "w"); }));
}

} // namespace

class TestWeightsTorchvision : public QObject
{
    Q_OBJECT

private slots:
    void names_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("prefix"); // null: not a convolution's
        QTest::addColumn<int>("convolution");
        QTest::addColumn<bool>("isBias");
        QTest::newRow("plain") << "features.0.weight"
                               << "features." << 0 << false;
        QTest::newRow("last") << "features.28.bias"
                              << "features." << 12 << true;
        QTest::newRow("spread") << "module.features.10.bias"
                                << "module.features." << 4 << true;
        QTest::newRow("deep") << "a.b.features.2.weight"
                              << "a.b.features." << 1 << false;
        QTest::newRow("bare") << "5.weight"
                              << "" << 2 << false;
        QTest::newRow("a ReLU") << "features.1.weight" << QString() << 0 << false;
        QTest::newRow("classifier") << "classifier.0.weight" << QString() << 0 << false;
        QTest::newRow("like it") << "myfeatures.0.weight" << QString() << 0 << false;
        QTest::newRow("normalisation") << "features.0.running_mean" << QString() << 0 << false;
        QTest::newRow("no number") << "features.weight" << QString() << 0 << false;
        QTest::newRow("half a number") << "features.0x.weight" << QString() << 0 << false;
        QTest::newRow("suffix alone") << ".weight" << QString() << 0 << false;
        QTest::newRow("empty") << "" << QString() << 0 << false;
    }

    void names()
    {
        QFETCH(QString, name);
        QFETCH(QString, prefix);
        const std::string text = name.toStdString();
        const auto found = torchvisionName(text);
        QCOMPARE(found.has_value(), !prefix.isNull());
        if (found) {
            QCOMPARE(QString::fromStdString(std::string(found->prefix)), prefix);
            QTEST(static_cast<int>(found->convolution), "convolution");
            QTEST(found->isBias, "isBias");
        }
    }

    void oneBaseAmongOtherTensors()
    {
        for (const char* prefix : {"features.", "module.features.", ""}) {
            std::vector<std::string> names = baseNames(prefix);
            std::reverse(names.begin(), names.end());
            names.insert(names.begin(), "classifier.0.weight");
            const TorchvisionPlaces places = findTorchvisionBase(names, "w");
            for (std::size_t i = 0; i < places.size(); ++i) {
                QCOMPARE(names[places[i].kernel], baseNames(prefix)[2 * i]);
                QCOMPARE(names[places[i].bias], baseNames(prefix)[2 * i + 1]);
            }
        }
    }

    void whatIsWrongIsNamed()
    {
        std::vector<std::string> names = baseNames("module.features.");
        names[9] = "module.features.11.bias";
        QVERIFY2(failure(names).contains("module.features.10.bias is missing"), qPrintable(failure(names)));
        names = baseNames("features.");
        names.push_back("features.0.bias");
        QVERIFY(failure(names).contains("features.0.bias is there twice"));
        QVERIFY(failure({"conv1.weight", "fc.bias"}).contains("no tensors under torchvision's names"));
        QVERIFY(failure({}).contains("no tensors under torchvision's names"));
    }

    void twoNetworksAreNotGuessedAt()
    {
        std::vector<std::string> names = baseNames("student.features.");
        const auto teacher = baseNames("teacher.features.");
        names.insert(names.end(), teacher.begin(), teacher.end());
        QVERIFY(failure(names).contains("two networks"));
        // One that lacks something is no rival.
        names.pop_back();
        QCOMPARE(names[findTorchvisionBase(names, "w")[0].kernel], std::string("student.features.0.weight"));
    }

    void onlyThePublishedFirstLayerShowsAConvention()
    {
        for (const auto& spec : {BackboneSpec{}, BackboneSpec{{2, 3, 4, 5, 6}}}) {
            QVERIFY(!conventionOfFirstLayer(randomBaseWeights(spec, 1).layers.front()));
        }
        const BaseWeights base = withTorchvisionConvention(randomBaseWeights({{2, 3, 4, 5, 6}}, 1));
        QCOMPARE(base.preprocessing, torchvisionPreprocessing());
    }
};

THAW_TEST(TestWeightsTorchvision)
#include "test_weights_torchvision.moc"
