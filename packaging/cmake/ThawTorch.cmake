# LibTorch, as one interface target that only the libraries with *_torch.h sources link PRIVATE.
# Debian's package by default; -DTorch_DIR=… chooses another.
find_package(Torch REQUIRED)

add_library(thaw_torch INTERFACE)
target_link_libraries(thaw_torch INTERFACE ${TORCH_LIBRARIES})
target_include_directories(thaw_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})

# thaw_use_torch(NAME SOURCES …): link LibTorch to thaw_NAME and precompile torch/torch.h (11 s a file
# otherwise) for the sources named; the folder's other sources go without.
function(thaw_use_torch name)
    cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
    target_link_libraries(thaw_${name} PRIVATE thaw_torch)
    if(TARGET thaw_torch_pch)
        target_precompile_headers(thaw_${name} REUSE_FROM thaw_torch_pch)
    endif()
    get_target_property(all thaw_${name} SOURCES)
    foreach(source IN LISTS all)
        if(NOT source IN_LIST ARG_SOURCES)
            set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
        endif()
    endforeach()
endfunction()
