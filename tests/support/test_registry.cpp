#include "tests/support/test_registry.h"

#include <QCoreApplication>
#include <QTest>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace thaw::test {

namespace {

/// Filled before main() by objects in other files, so that it has to be made at first use.
std::map<std::string, Registration::Make>& registered()
{
    static std::map<std::string, Registration::Make> tests;
    return tests;
}

} // namespace

Registration::Registration(const char* file, Make make)
{
    registered()[std::filesystem::path(file).stem().string()] = make;
}

bool namesTest(int argc, char** argv)
{
    if (argc > 1 && registered().count(argv[1]) > 0) {
        return true;
    }
    std::fprintf(stderr, "Usage: %s TEST [FUNCTION | option of Qt Test]…\nTests:", argv[0]);
    for (const auto& [name, make] : registered()) {
        std::fprintf(stderr, " %s", name.c_str());
    }
    std::fputc('\n', stderr);
    return false;
}

int runRegistered(int argc, char** argv)
{
    const std::unique_ptr<QObject> test = registered().at(argv[1])();
    std::vector<char*> words{argv[0]};
    words.insert(words.end(), argv + 2, argv + argc);
    return QTest::qExec(test.get(), static_cast<int>(words.size()), words.data());
}

int runTests(int argc, char** argv)
{
    if (!namesTest(argc, argv)) {
        return 2;
    }
    const QCoreApplication application(argc, argv);
    return runRegistered(argc, argv);
}

} // namespace thaw::test
