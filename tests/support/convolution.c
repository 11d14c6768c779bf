#include "convolution.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "op/op.h"

/* --- random cases --- */

static int32_t data_type(enum convolution_kind kind) {
    return kind == CONVOLUTION_S8    ? TFLITE_TYPE_INT8
           : kind == CONVOLUTION_F32 ? TFLITE_TYPE_FLOAT32
                                     : TFLITE_TYPE_INT16;
}

static size_t count_input(const struct convolution *c) {
    return (size_t)(c->batches * c->size[0] * c->size[1] * c->channels);
}

static size_t count_weights(const struct convolution *c) {
    return (size_t)(c->filter[0] * c->filter[1] * c->filter_channels *
                    c->outputs);
}

static size_t count_output(const struct convolution *c) {
    return (size_t)(c->batches * c->output_size[0] * c->output_size[1] *
                    c->outputs);
}

/* What TensorFlow documents for SAME and VALID. */
static void place_axis(struct convolution *c, int axis) {
    int32_t span = (c->filter[axis] - 1) * c->dilation[axis] + 1;
    int32_t size = c->size[axis], stride = c->stride[axis];
    if (c->padding == TFLITE_SAME) {
        c->output_size[axis] = (int32_t)ceil((double)size / stride);
        int32_t total = (c->output_size[axis] - 1) * stride + span - size;
        c->pad[axis] = total > 0 ? total / 2 : 0;
    } else {
        c->output_size[axis] =
            (int32_t)ceil((double)(size - span + 1) / stride);
        c->pad[axis] = 0;
    }
}

static void choose_shape(struct random *random, struct convolution *c) {
    int32_t groups = random_int(random, 0, 2) ? 1 : random_int(random, 2, 3);
    c->batches = random_int(random, 1, 2);
    if (c->depthwise) {
        c->channels = random_int(random, 1, 7);
        c->outputs = c->channels * random_int(random, 1, 3);
        c->filter_channels = 1;
    } else {
        c->filter_channels = random_int(random, 1, 7);
        c->channels = groups * c->filter_channels;
        c->outputs = groups * random_int(random, 1, 5);
    }
    c->padding = random_int(random, 0, 1) ? TFLITE_SAME : TFLITE_VALID;
    for (int axis = 0; axis < 2; axis++) {
        c->filter[axis] = random_int(random, 1, 4);
        c->stride[axis] = random_int(random, 1, 3);
        c->dilation[axis] =
            random_int(random, 0, 2) ? 1 : random_int(random, 2, 3);
        int32_t span = (c->filter[axis] - 1) * c->dilation[axis] + 1;
        int32_t least = c->padding == TFLITE_SAME ? 1 : span;
        c->size[axis] = least + random_int(random, 0, 6);
        place_axis(c, axis);
    }
}

static void choose_scales(struct random *random, struct convolution *c) {
    int32_t scales = c->per_channel ? c->outputs : 1;
    double products = sqrt((double)count_weights(c) / c->outputs);
    double data = c->kind == CONVOLUTION_S8 ? 74 : 18900;
    double result = c->kind == CONVOLUTION_S8 ? 50 : 12000;
    c->filter_scale = allocate((size_t)scales, sizeof *c->filter_scale);
    for (int32_t i = 0; i < scales; i++) {
        c->filter_scale[i] = random_float(random, 0.001, 0.02);
    }
    c->input_scale = random_float(random, 0.001, 0.1);
    c->output.scale =
        (float)((double)c->input_scale * 0.01 * products * data * 74 / result) *
        random_float(random, 0.5, 3);
    if (c->kind == CONVOLUTION_S8) {
        c->input_zero_point = random_int(random, -128, 127);
        c->output.zero_point = random_int(random, -128, 127);
    }
    c->output.type = data_type(c->kind);
    c->output.wide = c->kind == CONVOLUTION_S16_B64;
    c->output.activation = random_int(random, 0, 3);
    /* Bring the activation's bounds into the output's range now and then. */
    if (c->kind != CONVOLUTION_F32 && random_int(random, 0, 1)) {
        float stretch = 0.05f / c->output.scale;
        c->output.scale *= stretch;
        c->input_scale *= stretch;
    }
}

static void fill(struct random *random, struct convolution *c) {
    size_t inputs = count_input(c), weights = count_weights(c);
    size_t outputs = (size_t)c->outputs;
    c->input = allocate(inputs, 4);
    c->weights = allocate(weights, 4);
    c->bias = allocate(outputs, 8);
    if (c->kind == CONVOLUTION_F32) {
        random_fill_f32(random, c->input, inputs, -2, 2);
        random_fill_f32(random, c->weights, weights, -1, 1);
        random_fill_f32(random, c->bias, outputs, -1, 1);
        return;
    }
    if (c->kind == CONVOLUTION_S8) {
        random_fill_s8(random, c->input, inputs);
    } else {
        random_fill_s16(random, c->input, inputs);
    }
    random_fill_s8(random, c->weights, weights);
    int32_t most = c->kind == CONVOLUTION_S8 ? 20000 : 5000000;
    for (size_t i = 0; i < outputs; i++) {
        int32_t bias = random_int(random, -most, most);
        if (c->kind == CONVOLUTION_S16_B64) {
            ((int64_t *)c->bias)[i] = bias;
        } else {
            ((int32_t *)c->bias)[i] = bias;
        }
    }
}

struct convolution convolution_random(struct random *random,
                                      enum convolution_kind kind,
                                      bool depthwise) {
    struct convolution c = {.kind = kind, .depthwise = depthwise};
    choose_shape(random, &c);
    c.has_bias = random_int(random, 0, 3) != 0;
    c.per_channel = random_int(random, 0, 2) != 0;
    if (kind == CONVOLUTION_S16) {
        c.bias_type_named = true;
    }
    choose_scales(random, &c);
    fill(random, &c);
    return c;
}

void convolution_free(struct convolution *c) {
    free(c->filter_scale);
    free(c->input);
    free(c->weights);
    free(c->bias);
}

/* --- models --- */

static struct writer_options options_of(const struct convolution *c) {
    if (c->depthwise) {
        return options_depthwise_conv_2d(
            c->padding, c->stride[1], c->stride[0], c->outputs / c->channels,
            c->output.activation, c->dilation[1], c->dilation[0]);
    }
    struct writer_options options =
        options_conv_2d(c->padding, c->stride[1], c->stride[0],
                        c->output.activation, c->dilation[1], c->dilation[0]);
    if (c->bias_type_named) {
        option_i8(&options, 6, TFLITE_TYPE_INT32);
    }
    return options;
}

struct test_op convolution_op(const struct convolution *c) {
    bool is_float = c->kind == CONVOLUTION_F32;
    struct test_op op = {.code = c->depthwise ? TFLITE_DEPTHWISE_CONV_2D
                                              : TFLITE_CONV_2D,
                         .options = options_of(c),
                         .input_count = c->has_bias ? 3 : 2,
                         .output_count = 1};
    op.input[0] = (struct writer_tensor){
        .type = data_type(c->kind),
        WRITER_SHAPE(c->batches, c->size[0], c->size[1], c->channels),
        .scale = is_float ? 0 : c->input_scale,
        .zero_point = c->input_zero_point};
    op.input[1] = (struct writer_tensor){
        .name = "filter",
        .type = is_float ? TFLITE_TYPE_FLOAT32 : TFLITE_TYPE_INT8,
        WRITER_SHAPE(c->outputs, c->filter[0], c->filter[1],
                     c->filter_channels),
        .scale_count = is_float         ? 0
                       : c->per_channel ? c->outputs
                                        : 1,
        .scales = c->filter_scale,
        .data = c->weights};
    if (c->depthwise) {
        op.input[1].dims[0] = 1;
        op.input[1].dims[3] = c->outputs;
        op.input[1].axis = 3;
    }
    op.input[2] = (struct writer_tensor){
        .name = "bias",
        .type = is_float                         ? TFLITE_TYPE_FLOAT32
                : c->kind == CONVOLUTION_S16_B64 ? TFLITE_TYPE_INT64
                                                 : TFLITE_TYPE_INT32,
        WRITER_SHAPE(c->outputs),
        .data = c->bias};
    op.output[0] =
        (struct writer_tensor){.type = data_type(c->kind),
                               WRITER_SHAPE(c->batches, c->output_size[0],
                                            c->output_size[1], c->outputs),
                               .scale = is_float ? 0 : c->output.scale,
                               .zero_point = c->output.zero_point};
    return op;
}

/* --- what they must give --- */

/* Element i of an integer or float array, less the zero point. */
static double input_at(const struct convolution *c, size_t i) {
    switch (c->kind) {
    case CONVOLUTION_S8:
        return ((const int8_t *)c->input)[i] - c->input_zero_point;
    case CONVOLUTION_F32:
        return (double)((const float *)c->input)[i];
    default:
        return ((const int16_t *)c->input)[i];
    }
}

static double weight_at(const struct convolution *c, int32_t o, int32_t ky,
                        int32_t kx, int32_t k) {
    int32_t i = c->depthwise ? (ky * c->filter[1] + kx) * c->outputs + o
                             : ((o * c->filter[0] + ky) * c->filter[1] + kx) *
                                       c->filter_channels +
                                   k;
    return c->kind == CONVOLUTION_F32 ? (double)((const float *)c->weights)[i]
                                      : ((const int8_t *)c->weights)[i];
}

static double bias_at(const struct convolution *c, int32_t o) {
    if (!c->has_bias) {
        return 0;
    }
    switch (c->kind) {
    case CONVOLUTION_F32:
        return (double)((const float *)c->bias)[o];
    case CONVOLUTION_S16_B64:
        return (double)((const int64_t *)c->bias)[o];
    default:
        return ((const int32_t *)c->bias)[o];
    }
}

/* The sum of products at (b, y, x, o): exact in double. */
static double accumulate(const struct convolution *c, int32_t b, int32_t y,
                         int32_t x, int32_t o) {
    int32_t group_outputs = c->outputs / (c->channels / c->filter_channels);
    int32_t first = o / group_outputs * c->filter_channels;
    double sum = bias_at(c, o);
    for (int32_t ky = 0; ky < c->filter[0]; ky++) {
        for (int32_t kx = 0; kx < c->filter[1]; kx++) {
            int32_t iy = y * c->stride[0] - c->pad[0] + ky * c->dilation[0];
            int32_t ix = x * c->stride[1] - c->pad[1] + kx * c->dilation[1];
            if (iy < 0 || iy >= c->size[0] || ix < 0 || ix >= c->size[1]) {
                continue;
            }
            for (int32_t k = 0; k < c->filter_channels; k++) {
                int32_t i =
                    ((b * c->size[0] + iy) * c->size[1] + ix) * c->channels +
                    first + k;
                sum += input_at(c, (size_t)i) * weight_at(c, o, ky, kx, k);
            }
        }
    }
    return sum;
}

static double expected(const struct convolution *c, int32_t b, int32_t y,
                       int32_t x, int32_t o) {
    double sum = accumulate(c, b, y, x, o);
    if (c->kind == CONVOLUTION_F32) {
        return reference_activate(&c->output, sum);
    }
    double filter_scale = (double)c->filter_scale[c->per_channel ? o : 0];
    double factor =
        (double)c->input_scale * filter_scale / (double)c->output.scale;
    return (double)reference_store(&c->output, (int64_t)sum, factor);
}

static void check_output(const struct convolution *c, const void *found) {
    size_t count = count_output(c), i = 0;
    double *want = allocate(count, sizeof *want);
    for (int32_t b = 0; b < c->batches; b++) {
        for (int32_t y = 0; y < c->output_size[0]; y++) {
            for (int32_t x = 0; x < c->output_size[1]; x++) {
                for (int32_t o = 0; o < c->outputs; o++) {
                    want[i++] = expected(c, b, y, x, o);
                }
            }
        }
    }
    if (c->kind == CONVOLUTION_F32) {
        reference_assert_near(found, want, count);
    }
    for (i = 0; i < count && c->kind != CONVOLUTION_F32; i++) {
        int32_t value = c->kind == CONVOLUTION_S8 ? ((const int8_t *)found)[i]
                                                  : ((const int16_t *)found)[i];
        if (value != (int32_t)want[i]) {
            fail_msg("output %zu of %zu is %d, expected %g", i, count,
                     (int)value, want[i]);
        }
    }
    free(want);
}

static void check_on(const struct convolution *c, const struct target *target) {
    struct test_op op = convolution_op(c);
    op.target = target;
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), c->input, model_input_size(model, 0));
    model_run(model);
    check_output(c, model_output(model, 0));
    model_free(model);
}

void convolution_check(const struct convolution *c) {
    const struct target *target;
    for (int i = 0; (target = target_by_index(i)) != NULL; i++) {
        check_on(c, target);
    }
}

/* --- pads --- */

static struct writer *padded_writer(const struct convolution *c,
                                    const int32_t pads[8]) {
    struct test_op op = convolution_op(c);
    struct writer *writer = writer_new();
    struct writer_tensor unpadded = op.input[0],
                         widths = {.type = TFLITE_TYPE_INT32,
                                   WRITER_SHAPE(4, 2),
                                   .data = pads};
    unpadded.name = "input";
    op.input[0].name = "padded";
    op.output[0].name = "output";
    for (int i = 0; i < 4; i++) {
        unpadded.dims[i] -= pads[2 * i] + pads[2 * i + 1];
    }
    int32_t input = writer_tensor(writer, &unpadded);
    int32_t width = writer_tensor(writer, &widths);
    int32_t inputs[3];
    for (int i = 0; i < op.input_count; i++) {
        inputs[i] = writer_tensor(writer, &op.input[i]);
    }
    int32_t output = writer_tensor(writer, &op.output[0]);
    writer_operator(writer, TFLITE_PAD, WRITER_LIST(input, width),
                    WRITER_LIST(inputs[0]), options_empty(TFLITE_OPTIONS_PAD));
    writer_operator(writer, op.code,
                    (struct writer_list){inputs, op.input_count},
                    WRITER_LIST(output), op.options);
    writer_inputs(writer, WRITER_LIST(input));
    writer_outputs(writer, WRITER_LIST(output));
    return writer;
}

void convolution_check_pad(struct random *random, const struct convolution *c) {
    int32_t pads[8] = {0};
    for (int axis = 0; axis < 2; axis++) {
        int32_t before = random_int(random, 0, c->size[axis] - 1);
        pads[2 + 2 * axis] = before;
        pads[3 + 2 * axis] = random_int(random, 0, c->size[axis] - 1 - before);
    }
    struct test_model *plain = model_from_writer(padded_writer(c, pads));
    struct test_model *fused = model_optimized(padded_writer(c, pads));
    model_expect_ok(plain);
    model_expect_ok(fused);
    assert_int_equal(model_graph(plain)->node_count, 2);
    assert_int_equal(model_graph(fused)->node_count, 1);
    assert_ptr_equal(model_graph(fused)->node[0]->op,
                     model_graph(plain)->node[1]->op);
    memcpy(model_input(plain, 0), c->input, model_input_size(plain, 0));
    memcpy(model_input(fused, 0), c->input, model_input_size(fused, 0));
    model_run(plain);
    model_run(fused);
    assert_memory_equal(model_output(fused, 0), model_output(plain, 0),
                        model_output_size(plain, 0));
    model_free(plain);
    model_free(fused);
}

/* --- bad cases --- */

struct test_op convolution_plain(bool depthwise) {
    /* Longer than needed: tests change the types. */
    static const int8_t weights[3 * 3 * 3 * 4 * 4] = {1, -2, 3, 4, -5};
    static const int32_t bias[8] = {5, 6, 7, 8};
    struct writer_options options =
        depthwise ? options_depthwise_conv_2d(TFLITE_SAME, 1, 1, 2,
                                              TFLITE_ACT_NONE, 1, 1)
                  : options_conv_2d(TFLITE_SAME, 1, 1, TFLITE_ACT_NONE, 1, 1);
    struct test_op op = {.code = depthwise ? TFLITE_DEPTHWISE_CONV_2D
                                           : TFLITE_CONV_2D,
                         .options = options,
                         .input_count = 3,
                         .input = {{.type = TFLITE_TYPE_INT8,
                                    WRITER_SHAPE(1, 4, 4, 2),
                                    .scale = 0.5f,
                                    .zero_point = -3},
                                   {.name = "filter",
                                    .type = TFLITE_TYPE_INT8,
                                    WRITER_SHAPE(3, 3, 3, 2),
                                    .scale = 0.25f,
                                    .data = weights},
                                   {.name = "bias",
                                    .type = TFLITE_TYPE_INT32,
                                    WRITER_SHAPE(3),
                                    .scale = 0.125f,
                                    .data = bias}},
                         .output_count = 1,
                         .output = {{.name = "conv",
                                     .type = TFLITE_TYPE_INT8,
                                     WRITER_SHAPE(1, 4, 4, 3),
                                     .scale = 0.75f,
                                     .zero_point = 4}}};
    if (depthwise) {
        op.input[1].dims[0] = 1;
        op.input[1].dims[3] = 4;
        op.input[2].dims[0] = 4;
        op.output[0].dims[3] = 4;
    }
    return op;
}
