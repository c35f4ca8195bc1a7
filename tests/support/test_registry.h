#pragma once

#include <QObject>

#include <memory>

namespace thaw::test {

/// One test class of a program. Its name is that of the file it stands in, without folder and ending.
/// Programs hold all tests of a folder, since linking and the headers cost more than the tests themselves;
/// ctest starts each class by itself.
class Registration
{
public:
    using Make = std::unique_ptr<QObject> (*)();

    /// @param file as __FILE__ has it; the object must live as long as the program
    Registration(const char* file, Make make);
};

/// `PROGRAM TEST [option of Qt Test | function]…`: runs one class under a QCoreApplication. Without a test,
/// or with one that is not there, it lists them and returns 2.
int runTests(int argc, char** argv);

/// The two halves of that, for a program with another application object. Whether argv names a test that is
/// there; says which there are if not.
bool namesTest(int argc, char** argv);
/// Runs it. @pre namesTest(argc, argv)
int runRegistered(int argc, char** argv);

} // namespace thaw::test

/// Adds a test class to its program, once, at the end of its file.
#define THAW_TEST(Class)                                                                                     \
    static const ::thaw::test::Registration registrationOf##Class{                                           \
        __FILE__, [] { return std::unique_ptr<QObject>(std::make_unique<Class>()); }};
