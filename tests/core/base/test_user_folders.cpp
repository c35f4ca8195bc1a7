#include "core/base/error.h"
#include "core/base/paths.h"
#include "tests/support/error_code.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cstdlib>
#include <filesystem>
#include <pwd.h>
#include <unistd.h>

using namespace thaw;
namespace fs = std::filesystem;

/// In place of the C library's: which account this is.
extern "C" int getpwuid_r(uid_t, passwd* entry, char* texts, size_t, passwd** result)
{
    const char* home = std::getenv("TEST_ACCOUNT_HOME");
    *entry = {};
    *result = nullptr;
    if (home) {
        fs::path(home).string().copy(texts, 1000);
        texts[fs::path(home).string().size()] = '\0';
        entry->pw_dir = texts;
        *result = entry;
    }
    return 0;
}

class TestUserFolders : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        for (const char* name : {"XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"}) {
            qunsetenv(name);
        }
        qputenv("HOME", "/home/somebody");
        qputenv("TEST_ACCOUNT_HOME", "/accounts/somebody");
    }

    void areBelowHome()
    {
        QCOMPARE(dataFolder(), fs::path("/home/somebody/.local/share/thaw"));
        QCOMPARE(defaultRunsFolder(), fs::path("/home/somebody/.local/share/thaw/runs"));
        QCOMPARE(weightsFolder(), fs::path("/home/somebody/.local/share/thaw/weights"));
        QCOMPARE(cacheFolder(), fs::path("/home/somebody/.cache/thaw"));
        QCOMPARE(stateFolder(), fs::path("/home/somebody/.local/state/thaw"));
    }

    void followAbsoluteVariables()
    {
        qputenv("XDG_DATA_HOME", "/data");
        qputenv("XDG_CACHE_HOME", "relative/cache");
        qputenv("XDG_STATE_HOME", "");
        QCOMPARE(dataFolder(), fs::path("/data/thaw"));
        QCOMPARE(cacheFolder(), fs::path("/home/somebody/.cache/thaw"));
        QCOMPARE(stateFolder(), fs::path("/home/somebody/.local/state/thaw"));
    }

    void withoutHomeAreTheAccounts_data()
    {
        QTest::addColumn<QByteArray>("home");
        QTest::newRow("not set") << QByteArray();
        QTest::newRow("empty") << QByteArray("");
        QTest::newRow("relative") << QByteArray("somebody");
    }

    void withoutHomeAreTheAccounts()
    {
        QFETCH(QByteArray, home);
        home.isNull() ? qunsetenv("HOME") : qputenv("HOME", home);
        QCOMPARE(dataFolder(), fs::path("/accounts/somebody/.local/share/thaw"));
        provideHome();
        QCOMPARE(qgetenv("HOME"), QByteArray("/accounts/somebody"));
        QCOMPARE(cacheFolder(), fs::path("/accounts/somebody/.cache/thaw"));
    }

    void aHomeThatIsSetStays()
    {
        provideHome();
        QCOMPARE(qgetenv("HOME"), QByteArray("/home/somebody"));
    }

    void anAccountWithoutAFolderIsToldAndNeverGivenASharedOne()
    {
        qunsetenv("HOME");
        for (const char* account : {static_cast<const char*>(nullptr), "", "relative"}) {
            account ? qputenv("TEST_ACCOUNT_HOME", account) : qunsetenv("TEST_ACCOUNT_HOME");
            for (const auto folder : {dataFolder, cacheFolder, stateFolder, homeFolder}) {
                QVERIFY(QByteArray::fromStdString(test::refusalOf(ErrorCode::WriteFailed, [&] {
                            folder();
                        })).contains("HOME"));
            }
            provideHome();
            QVERIFY(!qEnvironmentVariableIsSet("HOME"));
        }
        qputenv("XDG_DATA_HOME", "/data");
        QCOMPARE(dataFolder(), fs::path("/data/thaw"));
    }
};

THAW_TEST(TestUserFolders)
#include "test_user_folders.moc"
