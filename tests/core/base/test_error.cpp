#include "core/base/error.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <new>

using namespace thaw;

class TestError : public QObject
{
    Q_OBJECT

private slots:
    void messageIsOneLine()
    {
        const Error error(ErrorCode::ImageUnreadable, "a/b.jpg", "the file is cut short", "copy it again");
        QCOMPARE(std::string(error.what()), std::string("a/b.jpg: the file is cut short; copy it again"));
        QCOMPARE(std::string(Error(ErrorCode::Internal, {}, "x").what()), std::string("x"));
    }

    void kindsDecideTheExitStatus()
    {
        QCOMPARE(kindOf(ErrorCode::OutputExists), ErrorKind::Usage);
        QCOMPARE(kindOf(ErrorCode::RunInUse), ErrorKind::Input);
        QCOMPARE(kindOf(ErrorCode::DiskFull), ErrorKind::Machine);
        QCOMPARE(kindOf(ErrorCode::TrainingDiverged), ErrorKind::Failed);
    }

    void namesReadBack()
    {
        for (int number = 0; number <= static_cast<int>(ErrorCode::Internal); ++number) {
            const auto code = static_cast<ErrorCode>(number);
            QVERIFY(errorCodeFromName(nameOf(code)) == code);
        }
        QVERIFY(!errorCodeFromName(""));
        QVERIFY(!errorCodeFromName("of-a-newer-version"));
    }

    void exceptionsAreTranslated()
    {
        const auto translate = [](auto thrown) {
            try {
                throw thrown;
            } catch (...) {
                return currentError("file");
            }
        };
        QCOMPARE(translate(std::bad_alloc()).code(), ErrorCode::OutOfMemory);
        QCOMPARE(translate(std::runtime_error("one\ntwo")).detail(), std::string("one"));
        QCOMPARE(translate(std::runtime_error("CUDA out of memory. Tried")).code(), ErrorCode::OutOfMemory);
        QCOMPARE(translate(Error(ErrorCode::RunInUse, "run", "x")).path().string(), std::string("run"));
        for (const char* text :
             {"FIND was unable to find an engine to execute this computation\nException raised",
              "GET was unable to find an engine to execute this computation",
              "Unable to find a valid cuDNN algorithm to run convolution"})
        {
            const Error error = translate(std::runtime_error(text));
            QCOMPARE(error.code(), ErrorCode::OutOfMemory);
            QVERIFY(isWithoutAlgorithm(error.detail()));
            QVERIFY2(std::string(text).starts_with(error.detail()), error.what());
        }
        QVERIFY(!isWithoutAlgorithm("CUDA out of memory. Tried"));
        QCOMPARE(translate(std::runtime_error("unable to find it")).code(), ErrorCode::Internal);
        QCOMPARE(translate(3).code(), ErrorCode::Internal);
        const auto full = std::make_error_code(std::errc::no_space_on_device);
        QCOMPARE(translate(std::filesystem::filesystem_error("write", "p", full)).code(),
                 ErrorCode::DiskFull);
    }
};

THAW_TEST(TestError)
#include "test_error.moc"
