/* CONV_3D against its definition, and what it refuses. */
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

/* Axes are planes, rows, columns. */
struct convolution {
    int32_t size[3], filter[3], stride[3], dilation[3], output[3], pad[3];
    int32_t batches, channels, outputs;
    int padding, activation;
    bool has_bias;
    float *input, *weights, *bias;
};

static float *random_floats(struct random *random, int32_t count) {
    float *data = allocate((size_t)count, sizeof *data);
    for (int32_t i = 0; i < count; i++) {
        data[i] = random_float(random, -1, 1);
    }
    return data;
}

static int32_t volume(const int32_t axis[3]) {
    return axis[0] * axis[1] * axis[2];
}

static void random_axis(struct random *random, struct convolution *c, int a) {
    c->filter[a] = random_int(random, 1, 3);
    c->stride[a] = random_int(random, 1, 3);
    c->dilation[a] = random_int(random, 1, 2);
    int32_t span = (c->filter[a] - 1) * c->dilation[a] + 1;
    c->size[a] = random_int(random, span, span + 4);
    if (c->padding == TFLITE_VALID) {
        c->output[a] = (c->size[a] - span) / c->stride[a] + 1;
    } else {
        c->output[a] = (c->size[a] + c->stride[a] - 1) / c->stride[a];
        int32_t all = (c->output[a] - 1) * c->stride[a] + span - c->size[a];
        c->pad[a] = all > 0 ? all / 2 : 0;
    }
}

static struct convolution random_convolution(struct random *random) {
    struct convolution c = {
        .batches = random_int(random, 1, 2),
        .channels = random_int(random, 1, 3),
        .outputs = random_int(random, 1, 3),
        .padding = random_int(random, 0, 1) ? TFLITE_SAME : TFLITE_VALID,
        .activation =
            random_int(random, 0, 1) ? TFLITE_ACT_RELU : TFLITE_ACT_NONE,
        .has_bias = random_int(random, 0, 1)};
    for (int a = 0; a < 3; a++) {
        random_axis(random, &c, a);
    }
    c.input = random_floats(random, c.batches * volume(c.size) * c.channels);
    c.weights =
        random_floats(random, volume(c.filter) * c.channels * c.outputs);
    c.bias = random_floats(random, c.outputs);
    return c;
}

static struct writer_options make_options(const struct convolution *c) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_CONV_3D);
    option_i8(&options, 0, c->padding);
    option_i32(&options, 1, c->stride[0]);
    option_i32(&options, 2, c->stride[2]);
    option_i32(&options, 3, c->stride[1]);
    option_i8(&options, 4, c->activation);
    option_i32(&options, 5, c->dilation[0]);
    option_i32(&options, 6, c->dilation[2]);
    option_i32(&options, 7, c->dilation[1]);
    return options;
}

static struct test_op make_op(const struct convolution *c) {
    const int32_t *s = c->size, *f = c->filter, *o = c->output;
    return (struct test_op){
        .code = TFLITE_CONV_3D,
        .options = make_options(c),
        .input_count = c->has_bias ? 3 : 2,
        .input = {{WRITER_SHAPE(c->batches, s[0], s[1], s[2], c->channels)},
                  {WRITER_SHAPE(f[0], f[1], f[2], c->channels, c->outputs),
                   .data = c->weights},
                  {WRITER_SHAPE(c->outputs), .data = c->bias}},
        .output_count = 1,
        .output = {{WRITER_SHAPE(c->batches, o[0], o[1], o[2], c->outputs)}}};
}

/* Output channel o at the position `at` of batch b. */
static double value_at(const struct convolution *c, int32_t b,
                       const int32_t at[3], int32_t o) {
    double sum = c->has_bias ? (double)c->bias[o] : 0;
    for (int32_t tap = 0; tap < volume(c->filter); tap++) {
        const int32_t k[3] = {tap / c->filter[2] / c->filter[1],
                              tap / c->filter[2] % c->filter[1],
                              tap % c->filter[2]};
        int32_t from = b;
        bool inside = true;
        for (int a = 0; a < 3; a++) {
            int32_t i =
                at[a] * c->stride[a] - c->pad[a] + k[a] * c->dilation[a];
            inside = inside && i >= 0 && i < c->size[a];
            from = from * c->size[a] + i;
        }
        for (int32_t i = 0; inside && i < c->channels; i++) {
            sum += (double)c->input[from * c->channels + i] *
                   (double)c->weights[(tap * c->channels + i) * c->outputs + o];
        }
    }
    return c->activation == TFLITE_ACT_RELU && sum < 0 ? 0 : sum;
}

static void check(const struct convolution *c) {
    const int32_t count = c->batches * volume(c->output) * c->outputs;
    double *expected = allocate((size_t)count, sizeof *expected);
    for (int32_t i = 0; i < count; i++) {
        int32_t rest = i / c->outputs, at[3];
        for (int a = 2; a >= 0; a--) {
            at[a] = rest % c->output[a];
            rest /= c->output[a];
        }
        expected[i] = value_at(c, rest, at, i % c->outputs);
    }
    struct test_op op = make_op(c);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), c->input, model_input_size(model, 0));
    model_run(model);
    reference_assert_near(model_output(model, 0), expected, (size_t)count);
    model_free(model);
    free(expected);
}

static void free_convolution(struct convolution *c) {
    free(c->input);
    free(c->weights);
    free(c->bias);
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {3};
    for (int i = 0; i < 200; i++) {
        struct convolution c = random_convolution(&random);
        check(&c);
        free_convolution(&c);
    }
}

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct convolution c = plain;                                          \
        struct test_op op = make_op(&c);                                       \
        change;                                                                \
        op_expect_message(&op, "op 0 CONV_3D \"output\": " text);              \
    } while (0)

static void test_bad(void **state) {
    (void)state;
    float weights[8] = {0}, bias[1] = {0};
    const struct convolution plain = {.size = {2, 3, 4},
                                      .filter = {2, 2, 2},
                                      .stride = {1, 1, 1},
                                      .dilation = {1, 1, 1},
                                      .output = {1, 2, 3},
                                      .batches = 1,
                                      .channels = 1,
                                      .outputs = 1,
                                      .padding = TFLITE_VALID,
                                      .has_bias = true,
                                      .weights = weights,
                                      .bias = bias};
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_INT8,
           "input type is INT8, allowed: FLOAT32");
    EXPECT(op.input[1].data = NULL,
           "filter \"input1\" is computed at run time, it must be constant");
    EXPECT((c.stride[1] = 0, op.options = make_options(&c)),
           "axis 1: stride is 0, dilation 1 of 2 taps, each must be at least 1 "
           "and the window span at most 1073741824");
    EXPECT((c.dilation[0] = 2, op.options = make_options(&c)),
           "axis 0: the window spans more than the input's 2, and padding is "
           "VALID");
    EXPECT((c.padding = 2, op.options = make_options(&c)),
           "padding is 2, allowed: SAME (0), VALID (1)");
    EXPECT(op.input[0].dims[4] = 3, "input has 3 channels, the filter 1");
    EXPECT(op.output[0].dims[3] = 4,
           "output 0 is declared 1x1x2x4x1, its inputs give 1x1x2x3x1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_f32),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests_name("conv_3d", tests, NULL, NULL);
}
