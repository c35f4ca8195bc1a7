# LibTorch, as one interface target that only the libraries with *_torch.h sources link PRIVATE.
# Debian's package by default (-DTorch_DIR=… chooses another), or what packaging/fetch-torch-wheel.sh has fetched.
set(THAW_TORCH_WHEEL "" CACHE PATH "A Python environment with PyPI's torch, to be used in place of Debian's LibTorch")

add_library(thaw_torch INTERFACE)
if(THAW_TORCH_WHEEL)
    # The wheel's own TorchConfig.cmake asks for CUDA's compiler and headers, which nothing of ours needs.
    file(GLOB wheel "${THAW_TORCH_WHEEL}/lib/python3*/site-packages/torch")
    if(NOT EXISTS "${wheel}/lib/libtorch_cuda.so")
        message(FATAL_ERROR "There is no torch with CUDA in ${THAW_TORCH_WHEEL}: packaging/fetch-torch-wheel.sh fetches it.")
    endif()
    # Nothing calls CUDA's part by name: libtorch.so brings it along, and it makes itself known to the rest.
    set(CMAKE_LINK_LIBRARY_USING_uncalled_SUPPORTED ON)
    set(CMAKE_LINK_LIBRARY_USING_uncalled
        "LINKER:--push-state,--no-as-needed" "<LINK_ITEM>" "LINKER:--pop-state")
    foreach(library torch torch_cpu c10)
        add_library(thaw_wheel_${library} SHARED IMPORTED)
        set_target_properties(thaw_wheel_${library} PROPERTIES IMPORTED_LOCATION "${wheel}/lib/lib${library}.so")
    endforeach()
    target_link_libraries(thaw_torch INTERFACE
        "$<LINK_LIBRARY:uncalled,thaw_wheel_torch>" thaw_wheel_torch_cpu thaw_wheel_c10)
    target_include_directories(thaw_torch SYSTEM INTERFACE "${wheel}/include" "${wheel}/include/torch/csrc/api/include")
else()
    find_package(Torch REQUIRED)
    target_link_libraries(thaw_torch INTERFACE ${TORCH_LIBRARIES})
    target_include_directories(thaw_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
endif()
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

# thaw_use_torch(NAME SOURCES …): compile these sources of the library thaw_NAME with LibTorch and its precompiled
# ATen/ATen.h (5 s a file otherwise). The others do not see LibTorch's headers, beside which the wheel has oneDNN's and
# Protocol Buffers', of other versions than Debian's.
function(thaw_use_torch name)
    cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
    set(library thaw_${name})
    get_target_property(sources ${library} SOURCES)
    list(REMOVE_ITEM sources ${ARG_SOURCES})
    get_target_property(linked ${library} LINK_LIBRARIES)
    add_library(${library}_torch OBJECT ${ARG_SOURCES})
    target_link_libraries(${library}_torch PRIVATE ${linked} thaw_torch)
    target_precompile_headers(${library}_torch REUSE_FROM thaw_torch_pch)
    set_target_properties(${library} PROPERTIES SOURCES "${sources};$<TARGET_OBJECTS:${library}_torch>")
    target_link_libraries(${library} INTERFACE $<LINK_ONLY:thaw_torch>)
endfunction()
