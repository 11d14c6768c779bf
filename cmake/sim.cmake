# What `microflow bench` runs firmware with: sim/, and two programs.  The tool
# finds them beside itself in the build folder, and where cmake/install.cmake
# puts them relative to itself.
#
# The counter is a plugin that QEMU loads: it needs a C compiler alone.  The
# runner of simavr is built where simavr's library is.
set(sim_dir ${CMAKE_INSTALL_DATADIR}/microflow/sim)
set(libexec_dir ${CMAKE_INSTALL_LIBEXECDIR}/microflow)
set(sim_binaries ${CMAKE_CURRENT_BINARY_DIR}/libexec)
file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/sim
     ${CMAKE_CURRENT_BINARY_DIR}/sim SYMBOLIC)

foreach(dir sim_dir libexec_dir)
  if(IS_ABSOLUTE "${${dir}}")
    set(from_tool ${${dir}})
  else()
    file(RELATIVE_PATH from_tool /${CMAKE_INSTALL_BINDIR} /${${dir}})
  endif()
  string(TOUPPER MICROFLOW_${dir} macro)
  target_compile_definitions(microflow_cli PRIVATE ${macro}="${from_tool}")
endforeach()

add_library(microflow_count MODULE sim/qemu/count.c)
set(sim_targets microflow_count)

find_library(SIMAVR_LIBRARY simavr)
find_path(SIMAVR_INCLUDE_DIR simavr/sim_avr.h)
find_library(ELF_LIBRARY elf)
if(SIMAVR_LIBRARY AND SIMAVR_INCLUDE_DIR AND ELF_LIBRARY)
  add_executable(microflow_simavr sim/avr/simulate.c)
  set_target_properties(microflow_simavr PROPERTIES
    OUTPUT_NAME microflow-simavr)
  target_include_directories(microflow_simavr SYSTEM PRIVATE
    ${SIMAVR_INCLUDE_DIR} ${SIMAVR_INCLUDE_DIR}/simavr)
  target_link_libraries(microflow_simavr PRIVATE
    ${SIMAVR_LIBRARY} ${ELF_LIBRARY})
  list(APPEND sim_targets microflow_simavr)
endif()

# QEMU is not sanitized, and simavr's own faults are not ours to find.
foreach(target IN LISTS sim_targets)
  set_target_properties(${target} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${sim_binaries}
    RUNTIME_OUTPUT_DIRECTORY ${sim_binaries})
  target_compile_options(${target} PRIVATE -O2)
  if(sanitize)
    target_compile_options(${target} PRIVATE -fno-sanitize=all)
    target_link_options(${target} PRIVATE -fno-sanitize=all)
  endif()
  add_dependencies(microflow_cli ${target})
endforeach()
