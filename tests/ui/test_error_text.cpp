#include "tests/support/test_registry.h"
#include "ui/text/error_text.h"

#include <QSet>
#include <QTest>

#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

using namespace thaw;
using namespace thaw::ui;

class TestErrorText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCodeHasATitleOfItsOwn()
    {
        QSet<QString> titles;
        int codes = 0;
        for (int i = int(ErrorCode::Usage); i <= int(ErrorCode::Internal); ++i, ++codes) {
            const QString title = errorTitle(ErrorCode(i));
            QVERIFY2(title.size() > 8, qPrintable(title));
            QVERIFY2(title[0].isUpper() && !title.endsWith('.'), qPrintable(title));
            QVERIFY2(!title.contains("rror"), qPrintable(title)); // it says what, not that
            titles << title;
        }
        QCOMPARE(titles.size(), codes);
    }

    void titlesSayWhatHappened_data()
    {
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("word");
        QTest::newRow("exists") << ErrorCode::OutputExists << "not empty";
        QTest::newRow("not found") << ErrorCode::FileNotFound << "found";
        QTest::newRow("one class") << ErrorCode::DatasetOneClass << "one class";
        QTest::newRow("empty") << ErrorCode::DatasetEmpty << "No pictures";
        QTest::newRow("recipe") << ErrorCode::RecipeInvalid << "recipe";
        QTest::newRow("weights") << ErrorCode::WeightsInvalid << "weights";
        QTest::newRow("in use") << ErrorCode::RunInUse << "in use";
        QTest::newRow("differs") << ErrorCode::RunDiffers << "changed";
        QTest::newRow("lost") << ErrorCode::PicturesLost << "missing";
        QTest::newRow("full") << ErrorCode::DiskFull << "full";
        QTest::newRow("memory") << ErrorCode::OutOfMemory << "memory";
        QTest::newRow("device") << ErrorCode::DeviceUnavailable << "device";
        QTest::newRow("network") << ErrorCode::NetworkUnavailable << "network";
    }

    void titlesSayWhatHappened()
    {
        QFETCH(ErrorCode, code);
        QFETCH(QString, word);
        QVERIFY2(errorTitle(code).contains(word, Qt::CaseInsensitive), qPrintable(errorTitle(code)));
    }

    void textHoldsFileCauseAndAdvice()
    {
        const Error error(ErrorCode::WeightsInvalid, "/models/base.h5", "the header is cut short",
                          "download the file again");
        const ErrorReport report = reportOf(error);
        QCOMPARE(report.code, ErrorCode::WeightsInvalid);
        QCOMPARE(errorText(report), "/models/base.h5\nThe header is cut short.\nDownload the file again.");
    }

    void textLeavesOutWhatIsNotThere()
    {
        QCOMPARE(errorText({ErrorCode::Internal, {}, "it broke", {}}), "It broke.");
        QCOMPARE(errorText({ErrorCode::Internal, {}, "It broke.", {}}), "It broke."); // no second stop
        QCOMPARE(errorText({}), "");
    }

    void namesOfAllWorldsSurvive()
    {
        const Error error(ErrorCode::FileUnreadable, std::filesystem::path("/bilder/Kätzchen/猫.jpg"),
                          "kann nicht gelesen werden – schade");
        QVERIFY(errorText(reportOf(error)).startsWith("/bilder/Kätzchen/猫.jpg\n"));
        QVERIFY(errorText(reportOf(error)).contains("– schade"));
    }

    void whateverIsThrownBecomesAReport()
    {
        const auto caught = [](auto thrown) {
            try {
                throw thrown;
            } catch (...) {
                return currentErrorReport();
            }
        };
        QCOMPARE(caught(Error(ErrorCode::DiskFull, "/full", "no room")).code, ErrorCode::DiskFull);
        QCOMPARE(caught(std::bad_alloc()).code, ErrorCode::OutOfMemory);
        const ErrorReport strange = caught(std::runtime_error("a strange thing"));
        QCOMPARE(strange.code, ErrorCode::Internal);
        QVERIFY(strange.detail.contains("a strange thing"));
        QVERIFY(!errorText(caught(42)).isEmpty());
        const auto space =
            std::filesystem::filesystem_error("write", std::make_error_code(std::errc::no_space_on_device));
        QCOMPARE(caught(space).code, ErrorCode::DiskFull);
    }
};

THAW_TEST(TestErrorText)
#include "test_error_text.moc"
