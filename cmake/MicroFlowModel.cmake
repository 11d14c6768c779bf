# microflow_add_model(TARGET MODEL [NAME name] [OPTIMIZE size|speed])
#
# Makes TARGET, a static library of the C that the .tflite file MODEL compiles
# to: link with it and include "NAME.h".  The C is written when the project is
# built, and again when MODEL or the compiler changes.  MODEL is relative to
# the current source directory.  NAME is what generated names start with: a
# lower-case C identifier; without it TARGET's name is made into one.
function(microflow_add_model target model)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAME;OPTIMIZE" "")
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "microflow_add_model(${target}): unexpected or "
            "unfinished: ${arg_UNPARSED_ARGUMENTS} "
            "${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT arg_OPTIMIZE)
    set(arg_OPTIMIZE speed)
  endif()
  if(NOT arg_OPTIMIZE MATCHES "^(size|speed)$")
    message(FATAL_ERROR "microflow_add_model(${target}): OPTIMIZE is "
            "'${arg_OPTIMIZE}', allowed: size, speed")
  endif()
  if(NOT arg_NAME)
    string(MAKE_C_IDENTIFIER "${target}" arg_NAME)
    string(TOLOWER "${arg_NAME}" arg_NAME)
  endif()
  if(NOT arg_NAME MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "microflow_add_model(${target}): NAME is "
            "'${arg_NAME}', must be a C identifier in lower case that starts "
            "with a letter")
  endif()
  get_filename_component(model "${model}" ABSOLUTE)

  set(dir ${CMAKE_CURRENT_BINARY_DIR}/${target}_model)
  add_custom_command(
    OUTPUT ${dir}/${arg_NAME}.c ${dir}/${arg_NAME}.h
    COMMAND MicroFlow::compiler compile ${model} --output ${dir}
            --name ${arg_NAME} --optimize ${arg_OPTIMIZE}
    DEPENDS ${model} $<TARGET_FILE:MicroFlow::compiler>
    COMMENT "Compiling ${model}"
    VERBATIM)
  add_library(${target} STATIC ${dir}/${arg_NAME}.c ${dir}/${arg_NAME}.h)
  target_include_directories(${target} PUBLIC ${dir})
  target_compile_features(${target} PUBLIC c_std_99)
  # Kernels of float32 models call <math.h>.
  target_link_libraries(${target} PUBLIC m)
endfunction()
