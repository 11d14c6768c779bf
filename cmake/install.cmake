# What `cmake --install` puts where.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/MicroFlow)
set(kernels_dir ${CMAKE_INSTALL_DATADIR}/microflow/kernels)

install(TARGETS microflow_cli microflow EXPORT MicroFlowTargets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${kernel_headers} DESTINATION ${kernels_dir})

# The tool finds a shared library wherever the two are moved together.
if(BUILD_SHARED_LIBS)
  file(RELATIVE_PATH to_library /${CMAKE_INSTALL_BINDIR}
       /${CMAKE_INSTALL_LIBDIR})
  set_target_properties(microflow_cli PROPERTIES
    INSTALL_RPATH "$ORIGIN/${to_library}")
endif()

install(EXPORT MicroFlowTargets NAMESPACE MicroFlow::
  DESTINATION ${package_dir})
configure_package_config_file(cmake/MicroFlowConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/MicroFlowConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/MicroFlowConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/MicroFlowConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/MicroFlowConfigVersion.cmake
  cmake/MicroFlowModel.cmake
  DESTINATION ${package_dir})

# microflow.pc finds its prefix from where it lies, so that the tree may be
# moved and `cmake --install --prefix` works.  CMAKE_INSTALL_*DIR may be
# absolute, as some distributions set them: then it stays where it is.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${pc_prefix}")
endif()
set(pc_kernelsdir ${kernels_dir})
set(pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
set(pc_libdir ${CMAKE_INSTALL_LIBDIR})
foreach(dir pc_kernelsdir pc_includedir pc_libdir)
  if(NOT IS_ABSOLUTE "${${dir}}")
    set(${dir} "\${prefix}/${${dir}}")
  endif()
endforeach()
if(NOT BUILD_SHARED_LIBS)
  set(pc_libs " -lm")
endif()
configure_file(cmake/microflow.pc.in
  ${CMAKE_CURRENT_BINARY_DIR}/microflow.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/microflow.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# What `microflow bench` runs firmware with, and what users start theirs from.
install(DIRECTORY sim/ DESTINATION ${sim_dir}
  FILES_MATCHING PATTERN "*.c" PATTERN "*.h" PATTERN "*.ld"
  PATTERN qemu EXCLUDE PATTERN simulate.c EXCLUDE)
install(TARGETS ${sim_targets}
  RUNTIME DESTINATION ${libexec_dir} LIBRARY DESTINATION ${libexec_dir})

install(FILES docs/man/microflow.1
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES completions/microflow.bash RENAME microflow
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES completions/microflow.zsh RENAME _microflow
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES completions/microflow.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
