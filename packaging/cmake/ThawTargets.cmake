# One manner of making targets, so that flags are said once.

add_library(thaw_flags INTERFACE)
target_compile_features(thaw_flags INTERFACE cxx_std_20)
target_compile_options(thaw_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    # GCC 12 warns wrongly about std::string + char (its bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_include_directories(thaw_flags INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/generated")
# Binutils' other linker takes a fifth of the time.
include(CheckLinkerFlag)
check_linker_flag(CXX -fuse-ld=gold THAW_HAS_GOLD)
if(THAW_HAS_GOLD)
    target_link_options(thaw_flags INTERFACE -fuse-ld=gold)
endif()
# What readers of foreign files ought to have: here and nowhere else, since a precompiled header wants the same flags
# everywhere. Distributions' compilers set some of it by themselves; -U, as a second value would be a warning.
include(CheckCompilerFlag)
target_compile_definitions(thaw_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_compile_options(thaw_flags INTERFACE -fPIE -fstack-protector-strong)
foreach(flag cf-protection stack-clash-protection)
    string(MAKE_C_IDENTIFIER "THAW_HAS_${flag}" has)
    check_compiler_flag(CXX -f${flag} ${has})
    if(${has})
        target_compile_options(thaw_flags INTERFACE -f${flag})
    endif()
endforeach()
if(NOT THAW_SANITIZE) # whose own checks of the same calls say more
    target_compile_options(thaw_flags INTERFACE
        "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
endif()
target_link_options(thaw_flags INTERFACE $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>
    LINKER:-z,relro,-z,now)
# The run path that a program is installed with is the one that it is built with. Otherwise CMake keeps a place for the
# longer of the two by a colon at the end, and the loader takes what follows it for the folder that the user is in.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
if(THAW_TORCH_WHEEL)
    set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON) # it lies where no loader searches; Debian's libraries need no run path
endif()
if(THAW_SANITIZE)
    target_compile_options(thaw_flags INTERFACE -fsanitize=${THAW_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(thaw_flags INTERFACE -fsanitize=${THAW_SANITIZE})
    if(THAW_SANITIZE MATCHES "undefined")
        target_compile_options(thaw_flags INTERFACE -fno-sanitize-recover=undefined)
    endif()
endif()

# thaw_library(NAME SOURCES … [PUBLIC targets…] [PRIVATE targets…])
# A static library thaw_NAME with the alias thaw::NAME; includes are written from the project's root
# ("core/data/dataset/split.h").
function(thaw_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(thaw_${name} STATIC ${ARG_SOURCES})
    add_library(thaw::${name} ALIAS thaw_${name})
    target_link_libraries(thaw_${name} PUBLIC thaw_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# What nearly every test includes, compiled once: for those without and with widgets, which are compiled with other flags.
function(thaw_test_precompiled_header name)
    set(source "${PROJECT_BINARY_DIR}/generated/${name}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "// Carries the precompiled header.\n")
    add_library(${name} STATIC "${source}")
    target_link_libraries(${name} PRIVATE thaw_flags ${ARGN})
    target_compile_options(${name} PRIVATE ${thaw_test_options})
    target_precompile_headers(${name} PRIVATE <QtTest> <algorithm> <filesystem> <fstream> <functional> <map> <memory>
        <optional> <string> <thread> <vector>)
endfunction()

# Tests need not be fast, and are many to compile. GCC must name the precompiled header in its preprocessed output, or
# ccache cannot see that it changed; and it takes one only where -fPIE is the same, which Qt sets for some.
set(thaw_test_options -O1 $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess> -fPIE)

# thaw_test_environment(TESTS names… [WITH VARIABLE=value…])
# What tests find around them, however they are started: no public address is asked, nothing is drawn on a screen or
# speaks another language, and sanitizers name no mistake of a library's.
function(thaw_test_environment)
    cmake_parse_arguments(ARG "" "" "TESTS;WITH" ${ARGN})
    # Qt complains where a login has not made this folder.
    set(runtime "${PROJECT_BINARY_DIR}/runtime")
    file(MAKE_DIRECTORY "${runtime}")
    file(CHMOD "${runtime}" DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
    set(environment THAW_OFFLINE=1 LC_ALL=C.UTF-8 QT_QPA_PLATFORM=offscreen "XDG_RUNTIME_DIR=${runtime}"
        "THAW_SHARED=${THAW_SHARED}")
    if(THAW_SANITIZE)
        set(suppressions "${PROJECT_SOURCE_DIR}/packaging")
        list(APPEND environment
            "ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1"
            "LSAN_OPTIONS=suppressions=${suppressions}/lsan.supp:print_suppressions=0"
            "UBSAN_OPTIONS=print_stacktrace=1"
            "TSAN_OPTIONS=suppressions=${suppressions}/tsan.supp:print_suppressions=0")
    endif()
    set_tests_properties(${ARG_TESTS} PROPERTIES ENVIRONMENT "${environment};${ARG_WITH}"
        ENVIRONMENT_MODIFICATION "DISPLAY=unset:;WAYLAND_DISPLAY=unset:")
endfunction()

# thaw_test_limit(SECONDS tests…): they may take so long, where others have five minutes.
function(thaw_test_limit seconds)
    foreach(name IN LISTS ARGN)
        set_tests_properties(${name} PROPERTIES TIMEOUT ${seconds})
        # Qt Test has a limit of its own, for each function.
        set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "QTEST_FUNCTION_TIMEOUT=${seconds}000")
    endforeach()
endfunction()

# thaw_test_program(NAME TESTS names… [TORCH names…] [SOURCES files…] LINK targets… [MAIN target] [LABELS …])
# The tests of one folder as one program, since headers and linking cost more than the tests themselves, run without a
# display. Each name is a file with one test class, which ctest starts by itself: "NAME test_split". TORCH: those that
# include LibTorch. SOURCES: what some of them share. MAIN: thaw_test_main, or what has the widgets' application.
function(thaw_test_program program)
    cmake_parse_arguments(ARG "" "MAIN" "TESTS;TORCH;SOURCES;LINK;LABELS" ${ARGN})
    if(NOT ARG_MAIN)
        set(ARG_MAIN thaw_test_main)
    endif()
    set(libraries thaw_flags ${ARG_LINK} thaw_test_support Qt6::Test)
    # By hand: CMake's AUTOMOC takes two more targets and another object for each program.
    foreach(name IN LISTS ARG_TESTS ARG_TORCH)
        qt_generate_moc("${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp" "${CMAKE_CURRENT_BINARY_DIR}/${name}.moc")
    endforeach()
    list(TRANSFORM ARG_TESTS REPLACE "(.+)" "\\1.cpp;${CMAKE_CURRENT_BINARY_DIR}/\\1.moc" OUTPUT_VARIABLE sources)
    list(TRANSFORM ARG_TORCH REPLACE "(.+)" "\\1.cpp;${CMAKE_CURRENT_BINARY_DIR}/\\1.moc" OUTPUT_VARIABLE torch_sources)
    add_executable(${program} ${sources} ${ARG_SOURCES})
    target_link_libraries(${program} PRIVATE ${libraries} ${ARG_MAIN})
    # Of what is compiled together GCC takes the files for headers, in which names without linkage would be a mistake.
    set(together $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    target_compile_options(${program} PRIVATE ${thaw_test_options} ${together})
    target_include_directories(${program} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
    if(ARG_MAIN STREQUAL "thaw_widget_test_main")
        target_precompile_headers(${program} REUSE_FROM thaw_ui_test_pch)
    else()
        target_precompile_headers(${program} REUSE_FROM thaw_test_pch)
    endif()
    if(ARG_TORCH)
        # Apart, as in thaw_use_torch(): with LibTorch's headers and their precompiled one.
        add_library(${program}_torch OBJECT ${torch_sources})
        target_link_libraries(${program}_torch PRIVATE ${libraries} thaw_torch)
        target_include_directories(${program}_torch PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
        target_compile_definitions(${program}_torch PRIVATE QT_NO_KEYWORDS)
        target_compile_options(${program}_torch PRIVATE ${together})
        target_precompile_headers(${program}_torch REUSE_FROM thaw_torch_pch)
        target_link_libraries(${program} PRIVATE ${program}_torch)
    endif()
    foreach(name IN LISTS ARG_TESTS ARG_TORCH)
        add_test(NAME ${name} COMMAND ${program} ${name})
        set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
        thaw_test_environment(TESTS ${name})
        thaw_test_limit(300 ${name})
    endforeach()
endfunction()
