/* Writes the models that the tests of the tool use into a folder:
 *
 *     dense.tflite        x (INT8 1x4) -> FULLY_CONNECTED -> y (INT8 1x2)
 *     deep.tflite         two of them in a row
 *     wide.tflite         the same with five outputs instead of three
 *     two_inputs.tflite   the same; its weights "w" are an input as well
 *     unsupported.tflite  two operators that cannot be compiled
 *
 * usage: write_models FOLDER */
#include <stdio.h>
#include <stdlib.h>

#include "tflite_options.h"
#include "tflite_writer.h"

static const int8_t weights[2][4] = {{1, 2, 3, 4}, {-4, 3, -2, 1}};
static const int8_t more_weights[5][2] = {
    {1, 2}, {-3, 4}, {5, -6}, {7, 8}, {9, 0}};
static const int32_t bias[2] = {10, -10};

static int32_t add_input(struct writer *writer) {
    return writer_tensor(writer, &(struct writer_tensor){
                                     .name = "x",
                                     .type = TFLITE_TYPE_INT8,
                                     WRITER_SHAPE(1, 4),
                                     .scale = 0.5f,
                                     .zero_point = 1,
                                 });
}

/* Returns y; weights that are NULL become an input of the model. */
static int32_t add_dense(struct writer *writer,
                         const int8_t *constant_weights) {
    int32_t x = add_input(writer);
    int32_t w = writer_tensor(writer, &(struct writer_tensor){
                                          .name = "w",
                                          .type = TFLITE_TYPE_INT8,
                                          WRITER_SHAPE(2, 4),
                                          .scale = 0.25f,
                                          .data = constant_weights,
                                      });
    int32_t b = writer_tensor(writer, &(struct writer_tensor){
                                          .name = "b",
                                          .type = TFLITE_TYPE_INT32,
                                          WRITER_SHAPE(2),
                                          .scale = 0.125f,
                                          .data = bias,
                                      });
    int32_t y = writer_tensor(writer, &(struct writer_tensor){
                                          .name = "y",
                                          .type = TFLITE_TYPE_INT8,
                                          WRITER_SHAPE(1, 2),
                                          .scale = 0.125f,
                                          .zero_point = -1,
                                      });
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(x, w, b),
                    WRITER_LIST(y),
                    options_fully_connected(TFLITE_ACT_NONE, 0, false));
    if (constant_weights) {
        writer_inputs(writer, WRITER_LIST(x));
    } else {
        writer_inputs(writer, WRITER_LIST(x, w));
    }
    writer_outputs(writer, WRITER_LIST(y));
    return y;
}

static void add_deep(struct writer *writer, int32_t outputs) {
    int32_t y = add_dense(writer, weights[0]);
    int32_t w = writer_tensor(writer, &(struct writer_tensor){
                                          .name = "w2",
                                          .type = TFLITE_TYPE_INT8,
                                          WRITER_SHAPE(outputs, 2),
                                          .scale = 0.5f,
                                          .data = more_weights,
                                      });
    int32_t z = writer_tensor(writer, &(struct writer_tensor){
                                          .name = "z",
                                          .type = TFLITE_TYPE_INT8,
                                          WRITER_SHAPE(1, outputs),
                                          .scale = 0.75f,
                                      });
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(y, w, -1),
                    WRITER_LIST(z),
                    options_fully_connected(TFLITE_ACT_RELU, 0, false));
    writer_outputs(writer, WRITER_LIST(z));
}

static void add_unsupported(struct writer *writer) {
    const struct writer_tensor text = {
        .name = "x", .type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 4)};
    int32_t x = writer_tensor(writer, &text);
    int32_t y = writer_tensor(writer, &text);
    int32_t z = writer_tensor(writer, &text);
    writer_add_op(writer, &(struct writer_op){.code = TFLITE_CUSTOM,
                                              .custom_code = "Sharpen",
                                              .inputs = WRITER_LIST(x),
                                              .outputs = WRITER_LIST(y)});
    writer_add_op(writer, &(struct writer_op){.code = TFLITE_CUSTOM,
                                              .custom_code = "Blur",
                                              .inputs = WRITER_LIST(y),
                                              .outputs = WRITER_LIST(z)});
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(z));
}

/* Saves and frees. */
static void save(struct writer *writer, const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.tflite", folder, name);
    if (!writer_save(writer, path)) {
        perror(path);
        exit(1);
    }
    writer_free(writer);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: write_models FOLDER\n", stderr);
        return 2;
    }
    struct writer *writer = writer_new();
    add_dense(writer, weights[0]);
    save(writer, argv[1], "dense");

    writer = writer_new();
    add_deep(writer, 3);
    save(writer, argv[1], "deep");

    writer = writer_new();
    add_deep(writer, 5);
    save(writer, argv[1], "wide");

    writer = writer_new();
    add_dense(writer, NULL);
    save(writer, argv[1], "two_inputs");

    writer = writer_new();
    add_unsupported(writer);
    save(writer, argv[1], "unsupported");
    return 0;
}
