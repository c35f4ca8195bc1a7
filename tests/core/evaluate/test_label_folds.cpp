#include "core/evaluate/labels/label_folds.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <array>

using namespace thaw;

class TestLabelFolds : public QObject
{
    Q_OBJECT

private slots:
    void eachFoldHasAsManyOfAClass()
    {
        std::vector<int> labels;
        for (int i = 0; i < 103; ++i) {
            labels.push_back(i % 10 == 0 ? 1 : 0); // 11 of class 1, 92 of class 0
        }
        const std::vector<std::string> unknown(labels.size());
        const std::vector<int> folds = labelFolds(labels, unknown, 5, 7);
        std::array<std::array<int, 5>, 2> counts{};
        for (std::size_t i = 0; i < labels.size(); ++i) {
            ++counts[static_cast<std::size_t>(labels[i])][static_cast<std::size_t>(folds[i])];
        }
        for (const auto& ofClass : counts) {
            const auto [least, most] = std::minmax_element(ofClass.begin(), ofClass.end());
            QVERIFY(*most - *least <= 1);
        }
        QCOMPARE(labelFolds(labels, unknown, 5, 7), folds);
        QVERIFY(labelFolds(labels, unknown, 5, 8) != folds);
    }

    // A head that was taught a picture under one name would only repeat its label under another.
    void copiesStayTogether()
    {
        std::vector<int> labels;
        std::vector<std::string> contents;
        for (int i = 0; i < 60; ++i) {
            labels.push_back(i % 3);
            contents.push_back("picture " + std::to_string(i / 4)); // of several classes
        }
        const std::vector<int> folds = labelFolds(labels, contents, 5, 1);
        for (std::size_t i = 0; i < labels.size(); ++i) {
            QCOMPARE(folds[i], folds[i / 4 * 4]);
        }
        QVERIFY(*std::max_element(folds.begin(), folds.end()) == 4);
    }

    void fewerPicturesThanFolds()
    {
        const std::vector<int> folds = labelFolds({0, 1}, {"", ""}, 5, 1);
        QVERIFY(folds[0] != folds[1]);
        QVERIFY(labelFolds({}, {}, 5, 1).empty());
    }
};

THAW_TEST(TestLabelFolds)
#include "test_label_folds.moc"
