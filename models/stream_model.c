/* See stream_model.h. */
#include "stream_model.h"

#include <stdio.h>

#include "tflite_options.h"

static int32_t add_numbers(struct writer *writer, const int32_t number[4]) {
    return writer_tensor(writer,
                         &(struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                                 WRITER_SHAPE(4),
                                                 .data = number});
}

int32_t keep_rows(struct writer *writer, const char *name,
                  struct quantized quantized, int rows, int channels,
                  int32_t newest) {
    char text[64];
    struct writer_tensor value = {.type = TFLITE_TYPE_INT8,
                                  WRITER_SHAPE(1, rows - 1, 1, channels),
                                  .scale = quantized.scale,
                                  .zero_point = quantized.zero_point,
                                  .name = text};
    struct writer_tensor all = value;
    all.dims[1] = rows;
    const struct writer_tensor variable = {.type = TFLITE_TYPE_RESOURCE,
                                           .name = text};
    snprintf(text, sizeof text, "%s/stream", name);
    const int32_t handle = writer_tensor(writer, &variable);
    snprintf(text, sizeof text, "%s/before", name);
    const int32_t before = writer_tensor(writer, &value);
    snprintf(text, sizeof text, "%s/rows", name);
    const int32_t joined = writer_tensor(writer, &all);
    snprintf(text, sizeof text, "%s/after", name);
    const int32_t after = writer_tensor(writer, &value);
    snprintf(text, sizeof text, "%s/stream", name);
    writer_operator(writer, TFLITE_VAR_HANDLE, WRITER_EMPTY,
                    WRITER_LIST(handle), options_var_handle("", text));
    writer_operator(writer, TFLITE_READ_VARIABLE, WRITER_LIST(handle),
                    WRITER_LIST(before), options_none());
    writer_operator(writer, TFLITE_CONCATENATION, WRITER_LIST(before, newest),
                    WRITER_LIST(joined),
                    options_concatenation(1, TFLITE_ACT_NONE));
    const int32_t begin = add_numbers(writer, (const int32_t[]){0, 1, 0, 0});
    const int32_t end =
        add_numbers(writer, (const int32_t[]){1, rows, 1, channels});
    const int32_t strides = add_numbers(writer, (const int32_t[]){1, 1, 1, 1});
    writer_operator(
        writer, TFLITE_STRIDED_SLICE, WRITER_LIST(joined, begin, end, strides),
        WRITER_LIST(after), options_strided_slice(0, 0, 0, 0, 0, false));
    writer_operator(writer, TFLITE_ASSIGN_VARIABLE, WRITER_LIST(handle, after),
                    WRITER_EMPTY, options_none());
    return joined;
}
