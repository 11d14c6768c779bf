# Writes the text of kernel headers as C, so that the library needs no files at
# run time: kernel_files[] of src/emit/emit.h.
#
#   cmake -DOUTPUT=kernel_files.c "-DHEADERS=a.h;b.h" -P embed_kernels.cmake
#
# Arrays of bytes, since C99 compilers need not take string literals of over
# 4095 characters.  The output depends on the headers' names and texts alone.

list(SORT HEADERS)
set(arrays "")
set(rows "")
foreach(header IN LISTS HEADERS)
  get_filename_component(name ${header} NAME)
  string(MAKE_C_IDENTIFIER ${name} id)
  file(READ ${header} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REPLACE "0x0d," "" bytes "${bytes}") # a checkout with CRLF
  if(bytes MATCHES "0x[89a-f]")
    message(FATAL_ERROR "${header}: kernel headers must be plain ASCII")
  endif()
  # Rows of 15 bytes.
  set(byte "0x..,")
  string(REGEX REPLACE
         "(${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte}${byte})"
         "\\1\n    " bytes "${bytes}")
  string(APPEND arrays "static const char ${id}[] = {\n    ${bytes}0};\n\n")
  string(APPEND rows "    {\"${name}\", ${id}, sizeof(${id}) - 1},\n")
endforeach()

file(WRITE ${OUTPUT}
"/* Made by cmake/embed_kernels.cmake from kernels/. */
#include \"emit/emit.h\"

${arrays}const struct kernel_file kernel_files[] = {
${rows}    {NULL, NULL, 0}};
")
