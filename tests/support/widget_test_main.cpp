#include "tests/support/test_registry.h"

#include <QApplication>

int main(int argc, char** argv)
{
    if (!thaw::test::namesTest(argc, argv)) {
        return 2;
    }
    const QApplication application(argc, argv);
    QCoreApplication::setAttribute(Qt::AA_Use96Dpi, true);
    return thaw::test::runRegistered(argc, argv);
}
