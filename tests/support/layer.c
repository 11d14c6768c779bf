#define _XOPEN_SOURCE 700 /* mkstemp */
#include "layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "allocate.h"
#include "target/target.h"

static struct writer_tensor tensor_s8(struct random *random, double scale) {
    return (struct writer_tensor){
        .type = TFLITE_TYPE_INT8,
        .rank = 4,
        .scale = (float)scale,
        .zero_point =
            random_int(random, 0, 2) ? random_int(random, -128, 127) : -128};
}

/* Weights and biases of a size that leaves most outputs within range. */
static void fill(struct random *random, struct layer *layer, int32_t outputs,
                 int32_t weights) {
    struct test_op *op = &layer->op;
    size_t count = (size_t)outputs * (size_t)weights;
    layer->weights = allocate(count, 1);
    layer->bias = allocate((size_t)outputs, sizeof *layer->bias);
    random_fill_s8(random, layer->weights, count);
    random_fill_s32(random, layer->bias, (size_t)outputs, -9999, 9999);
    op->input[1].data = layer->weights;
    op->input[2] = (struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                          WRITER_SHAPE(outputs),
                                          .scale = 0.01f,
                                          .data = layer->bias};
    op->input_count = 3;
}

static void set_dims(struct writer_tensor *tensor, int32_t a, int32_t b,
                     int32_t c, int32_t d) {
    memcpy(tensor->dims, (const int32_t[]){a, b, c, d}, 4 * sizeof a);
}

static struct layer window_layer(struct random *random, bool depthwise) {
    struct layer layer = {0};
    struct test_op *op = &layer.op;
    int most = depthwise ? 9 : 4;
    int32_t channels = random_int(random, 1, depthwise ? 20 : 40);
    int32_t most_outputs = random_int(random, 0, 3) ? 9 : 40;
    int32_t outputs = depthwise ? channels * random_int(random, 1, 2)
                                : random_int(random, 1, most_outputs);
    int32_t filter[2], size[2], stride[2], out[2];
    bool same = random_int(random, 0, 1);
    bool simple = random_int(random, 0, 1);
    for (int i = 0; i < 2; i++) {
        filter[i] = simple ? (depthwise ? 3 : 1) : random_int(random, 1, most);
        stride[i] = simple ? 1 : random_int(random, 1, 3);
        size[i] = filter[i] + random_int(random, 0, 6);
        out[i] =
            (same ? size[i] + stride[i] - 1 : size[i] - filter[i] + stride[i]) /
            stride[i];
    }
    int activation = random_int(random, 0, 1) ? TFLITE_ACT_RELU6 : 0;
    int padding = same ? TFLITE_SAME : TFLITE_VALID;
    op->code = depthwise ? TFLITE_DEPTHWISE_CONV_2D : TFLITE_CONV_2D;
    op->options =
        depthwise
            ? options_depthwise_conv_2d(padding, stride[1], stride[0],
                                        outputs / channels, activation, 1, 1)
            : options_conv_2d(padding, stride[1], stride[0], activation, 1, 1);
    op->input[0] = tensor_s8(random, 1);
    op->input[1] = tensor_s8(random, 0.01);
    op->input[1].zero_point = 0;
    op->output[0] = tensor_s8(random, random_float(random, 0.05, 5));
    op->output_count = 1;
    int32_t batches = random_int(random, 1, 2);
    set_dims(&op->input[0], batches, size[0], size[1], channels);
    set_dims(&op->output[0], batches, out[0], out[1], outputs);
    int32_t depth = depthwise ? 1 : channels;
    if (depthwise) {
        set_dims(&op->input[1], 1, filter[0], filter[1], outputs);
    } else {
        set_dims(&op->input[1], outputs, filter[0], filter[1], channels);
    }
    fill(random, &layer, outputs, filter[0] * filter[1] * depth);
    return layer;
}

static struct layer product_layer(struct random *random) {
    struct layer layer = {0};
    struct test_op *op = &layer.op;
    int32_t batches = random_int(random, 1, 3);
    int32_t inputs = random_int(random, 1, 200);
    int32_t outputs = random_int(random, 1, 10);
    op->code = TFLITE_FULLY_CONNECTED;
    op->options = options_fully_connected(
        random_int(random, 0, 1) ? TFLITE_ACT_RELU : 0, 0, false);
    op->input[0] = tensor_s8(random, 1);
    op->input[1] = tensor_s8(random, 0.01);
    op->input[1].zero_point = 0;
    op->output[0] = tensor_s8(random, random_float(random, 0.05, 5));
    op->output_count = 1;
    op->input[0].rank = op->input[1].rank = op->output[0].rank = 2;
    set_dims(&op->input[0], batches, inputs, 0, 0);
    set_dims(&op->input[1], outputs, inputs, 0, 0);
    set_dims(&op->output[0], batches, outputs, 0, 0);
    fill(random, &layer, outputs, inputs);
    return layer;
}

static struct layer add_layer(struct random *random) {
    struct layer layer = {0};
    struct test_op *op = &layer.op;
    op->code = TFLITE_ADD;
    op->options = options_add(random_int(random, 0, 1) ? TFLITE_ACT_RELU : 0);
    op->input[0] = tensor_s8(random, random_float(random, 0.01, 1));
    op->input[1] = tensor_s8(random, random_float(random, 0.01, 1));
    op->output[0] = tensor_s8(random, random_float(random, 0.01, 2));
    op->input_count = 2;
    op->output_count = 1;
    int32_t height = random_int(random, 1, 5), width = random_int(random, 1, 5);
    int32_t channels = random_int(random, 1, 9);
    set_dims(&op->input[0], 1, height, width, channels);
    set_dims(&op->input[1], 1, height, width, channels);
    set_dims(&op->output[0], 1, height, width, channels);
    return layer;
}

struct layer layer_random(struct random *random, enum layer_kind kind) {
    return kind == LAYER_FULLY_CONNECTED ? product_layer(random)
           : kind == LAYER_ADD           ? add_layer(random)
                               : window_layer(random, kind == LAYER_DEPTHWISE);
}

void layer_free(struct layer *layer) {
    free(layer->weights);
    free(layer->bias);
}

bool layer_check(struct random *random, const struct layer *layer,
                 const char *target, const char *kernel) {
    struct test_op portable = layer->op, fast = layer->op;
    fast.target = target_by_name(target);
    struct test_model *a = model_from_op(&portable);
    struct test_model *b = model_from_op(&fast);
    model_expect_ok(a);
    model_expect_ok(b);
    for (int i = 0; i < model_graph(a)->input_count; i++) {
        random_fill_s8(random, model_input(a, i), model_input_size(a, i));
        memcpy(model_input(b, i), model_input(a, i), model_input_size(a, i));
    }
    model_run(a);
    model_run(b);
    assert_memory_equal(model_output(a, 0), model_output(b, 0),
                        model_output_size(a, 0));
    bool is_fast = strstr(model_call(b, 0)->kernel->name, kernel) != NULL;
    model_free(a);
    model_free(b);
    return is_fast;
}

/* Adds the layer beside those that are there, with inputs of its own. */
static void add_layer_to(struct writer *writer, const struct layer *layer,
                         int number, int32_t *inputs, int32_t *input_count,
                         int32_t *output) {
    const struct test_op *op = &layer->op;
    int32_t operands[3];
    char name[32];
    for (int i = 0; i < op->input_count; i++) {
        struct writer_tensor tensor = op->input[i];
        snprintf(name, sizeof name, "input%d_%d", number, i);
        tensor.name = name;
        operands[i] = writer_tensor(writer, &tensor);
        if (!tensor.data) {
            inputs[(*input_count)++] = operands[i];
        }
    }
    struct writer_tensor tensor = op->output[0];
    snprintf(name, sizeof name, "output%d", number);
    tensor.name = name;
    *output = writer_tensor(writer, &tensor);
    writer_add_op(writer,
                  &(struct writer_op){.code = op->code,
                                      .inputs = {operands, op->input_count},
                                      .outputs = {output, 1},
                                      .options = op->options});
}

void layers_check_bench(struct random *random, const char *target,
                        const char *optimize, int count) {
    enum { MOST = 32 };
    assert_true(count <= MOST);
    int32_t inputs[2 * MOST], outputs[MOST], input_count = 0;
    struct writer *writer = writer_new();
    for (int i = 0; i < count; i++) {
        struct layer layer =
            layer_random(random, (enum layer_kind)(i % LAYER_KINDS));
        add_layer_to(writer, &layer, i, inputs, &input_count, &outputs[i]);
        layer_free(&layer);
    }
    writer_inputs(writer, (struct writer_list){inputs, input_count});
    writer_outputs(writer, (struct writer_list){outputs, count});
    char path[] = "/tmp/microflow-layers-XXXXXX", command[512];
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_true(writer_save(writer, path));
    writer_free(writer);
    snprintf(command, sizeof command,
             "%s bench %s --target %s --optimize %s >/dev/null",
             MICROFLOW_BINARY, path, target, optimize);
    int status = system(command);
    unlink(path);
    assert_int_equal(status, 0);
}
