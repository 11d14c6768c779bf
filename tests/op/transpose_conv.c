/* TRANSPOSE_CONV against its definition: every input position adds a scaled
 * filter to the output. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "model.h"
#include "random.h"
#include "reference.h"

enum { MOST = 4096 };

struct deconvolution {
    int32_t type, batches, in[2], out[2], channels, outputs;
    int32_t filter[2], stride[2], pad[2], shape[4];
    int padding;
    bool has_bias, per_channel, is_relu;
    float input_scale, filter_scale[8];
    int32_t input_zero_point;
    struct reference_output output;
    int8_t weights[MOST];
    float real_weights[MOST];
    int64_t bias[8];
    int32_t narrow_bias[8];
    float real_bias[8];
};

static struct deconvolution *random_one(struct random *random, int32_t type) {
    struct deconvolution *d = allocate(1, sizeof *d);
    d->type = type;
    d->batches = random_int(random, 1, 2);
    d->channels = random_int(random, 1, 5);
    d->outputs = random_int(random, 1, 5);
    d->padding = random_int(random, 0, 1) ? TFLITE_SAME : TFLITE_VALID;
    d->has_bias = random_int(random, 0, 3) != 0;
    d->per_channel = random_int(random, 0, 1);
    for (int axis = 0; axis < 2; axis++) {
        d->filter[axis] = random_int(random, 1, 5);
        d->stride[axis] = random_int(random, 1, 3);
        d->in[axis] = random_int(random, 1, 6);
        /* The output that converters give, or a little more or less. */
        d->out[axis] = d->in[axis] * d->stride[axis];
        if (d->padding == TFLITE_VALID) {
            d->out[axis] += d->filter[axis] > d->stride[axis]
                                ? d->filter[axis] - d->stride[axis]
                                : 0;
        }
        d->out[axis] += random_int(random, 0, 3) == 0 ? 1 : 0;
        const int32_t windows =
            (d->out[axis] + d->stride[axis] - 1) / d->stride[axis];
        const int32_t total =
            (windows - 1) * d->stride[axis] + d->filter[axis] - d->out[axis];
        d->pad[axis] = d->padding == TFLITE_SAME && total > 0 ? total / 2 : 0;
    }
    memcpy(d->shape, (int32_t[]){d->batches, d->out[0], d->out[1], d->outputs},
           sizeof d->shape);
    d->input_scale = random_float(random, 0.01, 0.1);
    d->input_zero_point =
        type == TFLITE_TYPE_INT8 ? random_int(random, -128, 127) : 0;
    d->output = (struct reference_output){
        .type = type,
        .wide = type == TFLITE_TYPE_INT16,
        .scale = random_float(random, 0.05, 0.5),
        .zero_point =
            type == TFLITE_TYPE_INT8 ? random_int(random, -128, 127) : 0,
        .activation = random_int(random, 0, 3)};
    for (int o = 0; o < d->outputs; o++) {
        d->filter_scale[o] = random_float(random, 0.005, 0.02);
        d->bias[o] = random_int(random, -20000, 20000);
        d->narrow_bias[o] = (int32_t)d->bias[o];
        d->real_bias[o] = random_float(random, -1, 1);
    }
    random_fill_s8(random, d->weights, MOST);
    for (int i = 0; i < MOST; i++) { /* symmetric weights are never -128 */
        d->weights[i] = d->weights[i] == -128 ? -127 : d->weights[i];
    }
    random_fill_f32(random, d->real_weights, MOST, -1, 1);
    return d;
}

static struct test_op op_of(const struct deconvolution *d) {
    const bool is_float = d->type == TFLITE_TYPE_FLOAT32;
    const bool is_s8 = d->type == TFLITE_TYPE_INT8;
    struct test_op op = {
        .code = TFLITE_TRANSPOSE_CONV,
        .options = options_transpose_conv(d->padding, d->stride[1],
                                          d->stride[0], d->output.activation),
        .input_count = d->has_bias ? 4 : 3,
        .input =
            {{.type = TFLITE_TYPE_INT32, WRITER_SHAPE(4), .data = d->shape},
             {.type = is_float ? TFLITE_TYPE_FLOAT32 : TFLITE_TYPE_INT8,
              WRITER_SHAPE(d->outputs, d->filter[0], d->filter[1], d->channels),
              .scale_count = is_float         ? 0
                             : d->per_channel ? d->outputs
                                              : 1,
              .scales = d->filter_scale,
              .data = is_float ? (const void *)d->real_weights : d->weights},
             {.type = d->type,
              WRITER_SHAPE(d->batches, d->in[0], d->in[1], d->channels),
              .scale = is_float ? 0 : d->input_scale,
              .zero_point = d->input_zero_point},
             {.type = is_float ? TFLITE_TYPE_FLOAT32
                      : is_s8  ? TFLITE_TYPE_INT32
                               : TFLITE_TYPE_INT64,
              WRITER_SHAPE(d->outputs),
              .data = is_float ? (const void *)d->real_bias
                      : is_s8  ? (const void *)d->narrow_bias
                               : d->bias}},
        .output_count = 1,
        .output = {{.type = d->type,
                    WRITER_SHAPE(d->batches, d->out[0], d->out[1], d->outputs),
                    .scale = is_float ? 0 : d->output.scale,
                    .zero_point = d->output.zero_point}}};
    return op;
}

static double data_at(const struct deconvolution *d, const void *input,
                      int32_t i) {
    return d->type == TFLITE_TYPE_INT8
               ? ((const int8_t *)input)[i] - d->input_zero_point
           : d->type == TFLITE_TYPE_INT16 ? ((const int16_t *)input)[i]
                                          : (double)((const float *)input)[i];
}

/* Adds what input position `place` of image b gives. */
static void scatter(const struct deconvolution *d, const void *input,
                    int32_t place, double *sums) {
    const int32_t b = place / (d->in[0] * d->in[1]);
    const int32_t iy = place / d->in[1] % d->in[0], ix = place % d->in[1];
    const int32_t taps = d->filter[0] * d->filter[1];
    for (int32_t tap = 0; tap < taps; tap++) {
        const int32_t y = iy * d->stride[0] - d->pad[0] + tap / d->filter[1];
        const int32_t x = ix * d->stride[1] - d->pad[1] + tap % d->filter[1];
        if (y < 0 || y >= d->out[0] || x < 0 || x >= d->out[1]) {
            continue;
        }
        for (int32_t k = 0; k < d->outputs * d->channels; k++) {
            const int32_t o = k / d->channels, c = k % d->channels;
            const int32_t w = (o * taps + tap) * d->channels + c;
            const double weight = d->type == TFLITE_TYPE_FLOAT32
                                      ? (double)d->real_weights[w]
                                      : d->weights[w];
            sums[((b * d->out[0] + y) * d->out[1] + x) * d->outputs + o] +=
                weight * data_at(d, input, place * d->channels + c);
        }
    }
}

static double finish(const struct deconvolution *d, double sum, int32_t o) {
    if (d->type == TFLITE_TYPE_FLOAT32) {
        return reference_activate(
            &d->output, sum + (d->has_bias ? (double)d->real_bias[o] : 0));
    }
    const double scale = (double)d->input_scale *
                         (double)d->filter_scale[d->per_channel ? o : 0] /
                         (double)d->output.scale;
    return (double)reference_store(
        &d->output, (int64_t)sum + (d->has_bias ? d->bias[o] : 0), scale);
}

static void check(struct random *random, int32_t type) {
    struct deconvolution *d = random_one(random, type);
    struct test_op op = op_of(d);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    void *input = model_input(model, 0);
    const size_t size = model_input_size(model, 0);
    if (type == TFLITE_TYPE_FLOAT32) {
        random_fill_f32(random, input, size / 4, -1, 1);
    } else if (type == TFLITE_TYPE_INT8) {
        random_fill_s8(random, input, size);
    } else {
        random_fill_s16(random, input, size / 2);
    }
    model_run(model);
    const int32_t count = d->batches * d->out[0] * d->out[1] * d->outputs;
    double *want = allocate((size_t)count, sizeof *want);
    for (int32_t i = 0; i < d->batches * d->in[0] * d->in[1]; i++) {
        scatter(d, input, i, want);
    }
    const void *found = model_output(model, 0);
    for (int32_t i = 0; i < count; i++) {
        want[i] = finish(d, want[i], i % d->outputs);
        if (type == TFLITE_TYPE_INT8) {
            assert_int_equal(((const int8_t *)found)[i], (int)want[i]);
        } else if (type == TFLITE_TYPE_INT16) {
            assert_int_equal(((const int16_t *)found)[i], (int)want[i]);
        }
    }
    if (type == TFLITE_TYPE_FLOAT32) {
        reference_assert_near(found, want, (size_t)count);
    }
    free(want);
    model_free(model);
    free(d);
}

static void test_random(void **state) {
    (void)state;
    static const int32_t types[] = {TFLITE_TYPE_INT8, TFLITE_TYPE_INT16,
                                    TFLITE_TYPE_FLOAT32};
    struct random random = {43};
    for (int trial = 0; trial < 450; trial++) {
        check(&random, types[trial % 3]);
    }
}

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct test_op op = op_of(d);                                          \
        change;                                                                \
        op_expect_message(&op, "op 0 TRANSPOSE_CONV \"output\": " text);       \
    } while (0)

static void test_bad(void **state) {
    (void)state;
    static const int32_t other[] = {1, 5, 4, 2};
    struct random random = {44};
    struct deconvolution *d = random_one(&random, TFLITE_TYPE_INT8);
    d->batches = 1;
    d->in[0] = d->in[1] = d->stride[0] = d->stride[1] = 2;
    d->out[0] = d->out[1] = 4;
    d->filter[0] = d->filter[1] = d->channels = 3;
    d->outputs = 2;
    d->has_bias = true;
    d->padding = TFLITE_SAME;
    d->output.activation = 0;
    memcpy(d->shape, (int32_t[]){1, 4, 4, 2}, sizeof d->shape);
    EXPECT(op.input[0].data = other,
           "output 0 is declared 1x4x4x2, its inputs give 1x5x4x2");
    EXPECT(op.input[2].dims[3] = 2,
           "input 1x2x2x2, filter 2x3x3x3 and output 1x4x4x2 do not have the "
           "same batches and channels");
    EXPECT(op.options = options_transpose_conv(TFLITE_SAME, 2, 0, 0),
           "stride 0, filter 3 and output 4 of dimension 1 must lie within "
           "1..16777216");
    EXPECT(op.options = options_transpose_conv(2, 2, 2, 0),
           "padding is 2, allowed: SAME (0), VALID (1)");
    EXPECT(op.input[1].data = NULL,
           "filter \"input1\" is computed at run time, it must be constant");
    EXPECT(op.input[2].type = op.output[0].type = TFLITE_TYPE_INT16,
           "bias type is INT32, allowed: INT64");
    EXPECT(op.options = options_transpose_conv(TFLITE_SAME, 2, 2, 4),
           "fused activation is 4, allowed: NONE (0), RELU (1), RELU_N1_TO_1 "
           "(2), RELU6 (3)");
    free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
