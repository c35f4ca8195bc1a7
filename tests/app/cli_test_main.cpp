#include "tests/app/cli_server.h"
#include "tests/support/test_registry.h"

int main(int argc, char** argv)
{
    thaw::test::startCliServer();
    return thaw::test::runTests(argc, argv);
}
