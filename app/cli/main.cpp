#include "app/cli/program.h"
#include "core/base/heap.h"
#include "core/base/paths.h"
#include "core/base/signals.h"

int main(int argc, char** argv)
{
    thaw::keepFreedMemory();
    thaw::reportFailedWrites();
    thaw::provideHome();
    return thaw::cli::runProgram(argc, argv);
}
