#include "tests/support/test_registry.h"

int main(int argc, char** argv)
{
    return thaw::test::runTests(argc, argv);
}
