#include "core/base/error.h"
#include "core/train/checkpoint/patient_write.h"
#include "tests/support/notices.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

using namespace thaw;

namespace {

class WaitListener : public TrainObserver
{
public:
    void noticeGiven(const Notice& notice) override
    {
        notices.add(notice);
        if (notice.level() == NoticeLevel::Warning) {
            ++warnings;
            onWarning();
        }
    }
    void noticeEnded(NoticeCode code) override { ended += notices.count(code); }
    int warnings = 0;
    std::ptrdiff_t ended = 0; ///< of the warnings
    test::Notices notices;
    std::function<void()> onWarning = [] {};
};

} // namespace

class TestPatientWrite : public QObject
{
    Q_OBJECT

private slots:
    void whatWorksIsDoneOnceAndInSilence()
    {
        WaitListener listener;
        int calls = 0;
        writePatiently([&] { ++calls; }, listener, {}, 0);
        QCOMPARE(calls, 1);
        QVERIFY(listener.notices.all().empty());
    }

    void aFullDiskIsTriedAgain()
    {
        WaitListener listener;
        int calls = 0;
        const auto write = [&] {
            if (++calls < 4) {
                throw Error(ErrorCode::DiskFull, "run.json", "the disk is full");
            }
        };
        writePatiently(write, listener, {}, 0.001);
        QCOMPARE(calls, 4);
        QCOMPARE(listener.warnings, 1);
        QCOMPARE(listener.ended, 1);
        QCOMPARE(listener.notices.all().size(), std::size_t(2));
        QVERIFY(listener.notices.has(NoticeCode::WaitsToSaveRun, "run.json: the disk is full"));
    }

    // The wait of an hour ends with the request.
    void aStopEndsTheWaiting()
    {
        WaitListener listener;
        std::stop_source stop;
        listener.onWarning = [&] { stop.request_stop(); };
        const auto full = [] { throw Error(ErrorCode::DiskFull, "run.json", "the disk is full"); };
        QVERIFY_THROWS_EXCEPTION(Error, writePatiently(full, listener, stop.get_token(), 3600));
        QCOMPARE(listener.warnings, 1);
        QCOMPARE(listener.ended, 1);
    }

    void lostPicturesAreWaitedFor()
    {
        const test::TemporaryFolder folder;
        const auto cats = folder / "cats";
        WaitListener listener;
        listener.onWarning = [&] {
            std::filesystem::create_directory(cats);
            std::ofstream(cats / "tom.png") << "a picture";
        };
        int calls = 0;
        std::ptrdiff_t endedBefore = 0; // the pass itself may take hours
        const auto read = [&] {
            if (++calls == 1) {
                throw Error(ErrorCode::DatasetInvalid, cats, "the folder of the pictures is gone");
            }
            endedBefore = listener.ended;
            return true;
        };
        QVERIFY(readPatiently(read, listener, {}, 0.001));
        QCOMPARE(calls, 2);
        QCOMPARE(endedBefore, 1);
        QCOMPARE(listener.notices.all().size(), std::size_t(2));
        QVERIFY(listener.notices.has(NoticeCode::WaitsForPictures, "cats"));
        QVERIFY(!readPatiently([] { return false; }, listener, {}, 3600));
    }

    void otherErrorsAreNotWaitedFor()
    {
        WaitListener listener;
        const auto broken = [] { throw Error(ErrorCode::Internal, {}, "a mistake"); };
        QVERIFY_THROWS_EXCEPTION(Error, writePatiently(broken, listener, {}, 3600));
        const auto full = []() -> bool { throw Error(ErrorCode::DiskFull, "run.json", "the disk is full"); };
        QVERIFY_THROWS_EXCEPTION(Error, readPatiently(full, listener, {}, 3600));
        QVERIFY(listener.notices.all().empty());
    }
};

THAW_TEST(TestPatientWrite)
#include "test_patient_write.moc"
