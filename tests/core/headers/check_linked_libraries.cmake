# cmake -DPROGRAM=… -P check_linked_libraries.cmake: the program links no Qt, and loads none that the window uses.
# Debian's LibTorch brings OpenCV's highgui along, and that loads Qt 5: theirs, not ours.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND readelf -d "${PROGRAM}" OUTPUT_VARIABLE linked COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ldd "${PROGRAM}" OUTPUT_VARIABLE loaded COMMAND_ERROR_IS_FATAL ANY)
if(NOT linked MATCHES "NEEDED[^\n]*libtorch" OR NOT loaded MATCHES "libtorch")
    message(FATAL_ERROR "${PROGRAM} should at least link LibTorch:\n${linked}")
endif()
if(linked MATCHES "libQt[0-9]|libqcustomplot")
    message(FATAL_ERROR "${PROGRAM} links Qt:\n${linked}")
endif()
if(loaded MATCHES "libQt6|libqcustomplot")
    message(FATAL_ERROR "${PROGRAM} loads Qt 6:\n${loaded}")
endif()
