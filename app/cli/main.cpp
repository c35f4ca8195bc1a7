#include "app/cli/program.h"
#include "core/base/heap.h"

int main(int argc, char** argv)
{
    thaw::keepFreedMemory();
    return thaw::cli::runProgram(argc, argv);
}
