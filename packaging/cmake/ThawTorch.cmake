# LibTorch, as one interface target that only the libraries with *_torch.h sources link PRIVATE.
# Debian's package by default; -DTorch_DIR=… chooses another.
find_package(Torch REQUIRED)

add_library(thaw_torch INTERFACE)
target_link_libraries(thaw_torch INTERFACE ${TORCH_LIBRARIES})
target_include_directories(thaw_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
# GCC must name the precompiled header in its preprocessed output, or ccache cannot see that it changed; and it
# takes one only where this flag is the same: tests get it from Qt, libraries would not.
target_compile_options(thaw_torch INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess> -fPIC)

# ATen/ATen.h, compiled once for all who take it: made with thaw_flags alone, since a compiler refuses a
# precompiled header made with other flags than its user's. Clang wants IValue whole before the rest.
set(thaw_torch_pch_source "${PROJECT_BINARY_DIR}/generated/torch_pch.cpp")
file(CONFIGURE OUTPUT "${thaw_torch_pch_source}" CONTENT "// Carries the precompiled header.\n")
add_library(thaw_torch_pch STATIC "${thaw_torch_pch_source}")
target_link_libraries(thaw_torch_pch PRIVATE thaw_flags thaw_torch)
target_precompile_headers(thaw_torch_pch PRIVATE <ATen/core/ivalue.h> <ATen/ATen.h>)

# thaw_use_torch(NAME SOURCES …): link LibTorch to the library thaw_NAME or the test NAME and precompile
# ATen/ATen.h (5 s a file otherwise) for the sources named; the target's other sources go without.
function(thaw_use_torch name)
    cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
    if(TARGET thaw_${name})
        set(target thaw_${name})
    else()
        set(target ${name})
    endif()
    target_link_libraries(${target} PRIVATE thaw_torch)
    target_precompile_headers(${target} REUSE_FROM thaw_torch_pch)
    get_target_property(all ${target} SOURCES)
    foreach(source IN LISTS all)
        if(NOT source IN_LIST ARG_SOURCES)
            set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
        endif()
    endforeach()
endfunction()
