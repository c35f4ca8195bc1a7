# cmake -DPROGRAM=… -P check_linked_libraries.cmake: the program loads no Qt, not even through another library.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ldd "${PROGRAM}" OUTPUT_VARIABLE libraries COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND readelf -d "${PROGRAM}" OUTPUT_VARIABLE needed COMMAND_ERROR_IS_FATAL ANY)
if(NOT libraries MATCHES "libtorch" OR NOT needed MATCHES "NEEDED")
    message(FATAL_ERROR "${PROGRAM} should at least load LibTorch; was it built?\n${libraries}")
endif()
if(libraries MATCHES "libQt[0-9]|libqcustomplot" OR needed MATCHES "libQt[0-9]|libqcustomplot")
    message(FATAL_ERROR "${PROGRAM} loads Qt:\n${libraries}")
endif()
