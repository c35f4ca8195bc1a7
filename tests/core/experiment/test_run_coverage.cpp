#include "core/experiment/run_coverage.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

using Names = std::vector<std::string>;

class TestRunCoverage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_record = {};
        m_record.classes = {"cats", "dogs", "hens"};
        m_record.counts = {std::vector<std::size_t>{9, 9, 9}, {2, 2, 2}, {3, 3, 3}};
    }

    void namesClassesWithoutValidation()
    {
        QCOMPARE(unmeasuredInValidation(m_record), Names{});
        m_record.counts[1] = {2, 0, 1};
        QCOMPARE(unmeasuredInValidation(m_record), Names{"dogs"});
        m_record.counts[1] = {0, 0, 0}; // there is no accuracy to explain
        QCOMPARE(unmeasuredInValidation(m_record), Names{});
        m_record.counts[1] = {};
        QCOMPARE(unmeasuredInValidation(m_record), Names{});
        m_record.counts[1] = {2, 2, 2, 0}; // more than there are classes: of another's hand
        QCOMPARE(unmeasuredInValidation(m_record), Names{});
    }

    void namesClassesWithoutAResult()
    {
        m_record.counts[2] = {6, 0, 0};
        QCOMPARE(unmeasuredInResult(m_record), Names{}); // not measured yet
        m_record.test = TestResult{"test", {0.1, 1, 6}, 1};
        QCOMPARE(unmeasuredInResult(m_record), (Names{"dogs", "hens"})); // a record of before it was noted
        m_record.test->unmeasured = {"hens"};
        QCOMPARE(unmeasuredInResult(m_record), Names{"hens"});
        m_record.test = TestResult{"validation", {0.1, 1, 6}, 1};
        QCOMPARE(unmeasuredInResult(m_record), Names{});
        m_record.test->split = "elsewhere";
        QCOMPARE(unmeasuredInResult(m_record), Names{});
    }

private:
    RunRecord m_record;
};

THAW_TEST(TestRunCoverage)
#include "test_run_coverage.moc"
