/* FULLY_CONNECTED against the definition of a matrix product, and what it
 * refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "model.h"
#include "op/op.h"
#include "random.h"
#include "reference.h"

enum { CASES = 250 };

enum kind { S8, S16, S16_B64, F32 };

struct product {
    enum kind kind;
    int32_t batches, inputs, outputs;
    bool has_bias, per_channel, run_time_filter;
    float input_scale, *filter_scale;
    int32_t input_zero_point, filter_zero_point;
    struct reference_output output;
    void *input, *weights, *bias; /* elements of the tensors' types */
};

static int32_t data_type(enum kind kind) {
    return kind == S8    ? TFLITE_TYPE_INT8
           : kind == F32 ? TFLITE_TYPE_FLOAT32
                         : TFLITE_TYPE_INT16;
}

static void fill(struct random *random, struct product *p) {
    size_t inputs = (size_t)(p->batches * p->inputs);
    size_t weights = (size_t)(p->outputs * p->inputs);
    p->input = allocate(inputs, 4);
    p->weights = allocate(weights, 4);
    p->bias = allocate((size_t)p->outputs, 8);
    if (p->kind == F32) {
        random_fill_f32(random, p->input, inputs, -2, 2);
        random_fill_f32(random, p->weights, weights, -1, 1);
        random_fill_f32(random, p->bias, (size_t)p->outputs, -3, 3);
        return;
    }
    if (p->kind == S8) {
        random_fill_s8(random, p->input, inputs);
    } else {
        random_fill_s16(random, p->input, inputs);
    }
    random_fill_s8(random, p->weights, weights);
    int32_t most = p->kind == S8 ? 20000 : 3000000;
    for (int32_t o = 0; o < p->outputs; o++) {
        int32_t bias = random_int(random, -most, most);
        if (p->kind == S16_B64) {
            ((int64_t *)p->bias)[o] = bias;
        } else {
            ((int32_t *)p->bias)[o] = bias;
        }
    }
}

static struct product random_product(struct random *random, enum kind kind) {
    struct product p = {.kind = kind,
                        .batches = random_int(random, 1, 6),
                        .inputs = random_int(random, 1, 40),
                        .outputs = random_int(random, 1, 12),
                        .has_bias = random_int(random, 0, 3) != 0,
                        .run_time_filter = random_int(random, 0, 4) == 0,
                        .per_channel = random_int(random, 0, 1)};
    int32_t scales = p.per_channel ? p.outputs : 1;
    p.filter_scale = allocate((size_t)scales, sizeof *p.filter_scale);
    for (int32_t i = 0; i < scales; i++) {
        p.filter_scale[i] = random_float(random, 0.001, 0.02);
    }
    if (!p.per_channel && kind != F32 && random_int(random, 0, 1)) {
        p.filter_zero_point = random_int(random, -128, 127);
    }
    p.input_scale = random_float(random, 0.01, 0.1);
    p.output.scale = p.input_scale * 0.01f * sqrtf((float)p.inputs) *
                     random_float(random, 50, 400);
    p.output.type = data_type(kind);
    p.output.wide = kind == S16_B64;
    p.output.activation = random_int(random, 0, 3);
    if (kind == S8) {
        p.input_zero_point = random_int(random, -128, 127);
        p.output.zero_point = random_int(random, -128, 127);
    }
    fill(random, &p);
    return p;
}

static void free_product(struct product *p) {
    free(p->filter_scale);
    free(p->input);
    free(p->weights);
    free(p->bias);
}

static struct test_op op_of(const struct product *p) {
    bool is_float = p->kind == F32;
    struct writer_options options =
        options_fully_connected(p->output.activation, 0, false);
    if (p->kind == S16) {
        option_i8(&options, 4, TFLITE_TYPE_INT32);
    }
    struct test_op op = {
        .code = TFLITE_FULLY_CONNECTED,
        .options = options,
        .input_count = p->has_bias ? 3 : 2,
        .input = {{.type = data_type(p->kind),
                   WRITER_SHAPE(p->batches, p->inputs),
                   .scale = is_float ? 0 : p->input_scale,
                   .zero_point = p->input_zero_point},
                  {.name = "filter",
                   .type = is_float ? TFLITE_TYPE_FLOAT32 : TFLITE_TYPE_INT8,
                   WRITER_SHAPE(p->outputs, p->inputs),
                   .data = p->run_time_filter ? NULL : p->weights},
                  {.name = "bias",
                   .type = is_float             ? TFLITE_TYPE_FLOAT32
                           : p->kind == S16_B64 ? TFLITE_TYPE_INT64
                                                : TFLITE_TYPE_INT32,
                   WRITER_SHAPE(p->outputs),
                   .data = p->bias}},
        .output_count = 1,
        .output = {{.type = data_type(p->kind),
                    WRITER_SHAPE(p->batches, p->outputs),
                    .scale = is_float ? 0 : p->output.scale,
                    .zero_point = p->output.zero_point}}};
    if (is_float) {
        return op;
    }
    if (p->per_channel) {
        op.input[1].scale_count = p->outputs;
        op.input[1].scales = p->filter_scale;
    } else {
        op.input[1].scale = p->filter_scale[0];
        op.input[1].zero_point = p->filter_zero_point;
    }
    return op;
}

static double element(enum kind kind, const void *data, int32_t i) {
    return kind == F32  ? (double)((const float *)data)[i]
           : kind == S8 ? ((const int8_t *)data)[i]
                        : ((const int16_t *)data)[i];
}

static double bias_at(const struct product *p, int32_t o) {
    return !p->has_bias         ? 0
           : p->kind == F32     ? (double)((const float *)p->bias)[o]
           : p->kind == S16_B64 ? (double)((const int64_t *)p->bias)[o]
                                : ((const int32_t *)p->bias)[o];
}

/* The product of the scales is rounded to float32 if there is one scale. */
static double factor(const struct product *p, int32_t o) {
    if (p->per_channel) {
        return (double)p->input_scale * (double)p->filter_scale[o] /
               (double)p->output.scale;
    }
    volatile float product = p->input_scale * p->filter_scale[0];
    return (double)product / (double)p->output.scale;
}

static double expected(const struct product *p, int32_t b, int32_t o) {
    double sum = bias_at(p, o);
    for (int32_t i = 0; i < p->inputs; i++) {
        sum +=
            (element(p->kind, p->input, b * p->inputs + i) -
             p->input_zero_point) *
            (element(p->kind == F32 ? F32 : S8, p->weights, o * p->inputs + i) -
             p->filter_zero_point);
    }
    return p->kind == F32 ? reference_activate(&p->output, sum)
                          : (double)reference_store(&p->output, (int64_t)sum,
                                                    factor(p, o));
}

static void check_output(const struct product *p, const void *found) {
    size_t count = (size_t)(p->batches * p->outputs);
    double *want = allocate(count, sizeof *want);
    for (size_t i = 0; i < count; i++) {
        want[i] = expected(p, (int32_t)i / p->outputs, (int32_t)i % p->outputs);
    }
    if (p->kind == F32) {
        reference_assert_near(found, want, count);
    }
    for (size_t i = 0; i < count && p->kind != F32; i++) {
        double value = element(p->kind, found, (int32_t)i);
        if (value != want[i]) {
            fail_msg("output %zu of %zu is %g, expected %g", i, count, value,
                     want[i]);
        }
    }
    free(want);
}

static void run_on(const struct product *p, const struct test_op *op,
                   const struct target *target) {
    struct test_op on = *op;
    on.target = target;
    struct test_model *model = model_from_op(&on);
    model_expect_ok(model);
    memcpy(model_input(model, 0), p->input, model_input_size(model, 0));
    if (p->run_time_filter) {
        memcpy(model_input(model, 1), p->weights, model_input_size(model, 1));
    }
    model_run(model);
    check_output(p, model_output(model, 0));
    model_free(model);
}

static void run_and_check(const struct product *p, const struct test_op *op) {
    const struct target *target;
    for (int i = 0; (target = target_by_index(i)) != NULL; i++) {
        run_on(p, op, target);
    }
}

static void check_kind(enum kind kind, uint64_t seed) {
    struct random random = {seed};
    for (int i = 0; i < CASES; i++) {
        struct product p = random_product(&random, kind);
        struct test_op op = op_of(&p);
        run_and_check(&p, &op);
        free_product(&p);
    }
}

static void test_s8(void **state) {
    (void)state;
    check_kind(S8, 1);
}

static void test_s16(void **state) {
    (void)state;
    check_kind(S16, 2);
}

static void test_s16_b64(void **state) {
    (void)state;
    check_kind(S16_B64, 3);
}

static void test_f32(void **state) {
    (void)state;
    check_kind(F32, 4);
}

/* Leading dimensions are batches, kept in the output or merged. */
static void test_shapes(void **state) {
    (void)state;
    struct random random = {5};
    for (int i = 0; i < 40; i++) {
        struct product p = random_product(&random, i % 2 ? S8 : F32);
        struct test_op op = op_of(&p);
        op.input[0].rank = 4;
        op.input[0].dims[0] = 1;
        op.input[0].dims[1] = p.batches;
        op.input[0].dims[2] = 1;
        op.input[0].dims[3] = p.inputs;
        if (i % 4 < 2) {
            op.output[0].rank = 4;
            op.output[0].dims[0] = 1;
            op.output[0].dims[1] = p.batches;
            op.output[0].dims[2] = 1;
            op.output[0].dims[3] = p.outputs;
            op.options = options_fully_connected(p.output.activation, 0, true);
        }
        run_and_check(&p, &op);
        free_product(&p);
    }
}

static struct test_op plain(void) {
    /* Longer than needed: tests change the types. */
    static const int8_t weights[3 * 4 * 4] = {1, -2, 3, 4, -5, 6, -7, 8};
    static const int32_t bias[6] = {5, 6, 7};
    return (struct test_op){
        .code = TFLITE_FULLY_CONNECTED,
        .options = options_fully_connected(TFLITE_ACT_NONE, 0, false),
        .input_count = 3,
        .input = {{.type = TFLITE_TYPE_INT8,
                   WRITER_SHAPE(2, 4),
                   .scale = 0.5f,
                   .zero_point = -3},
                  {.name = "filter",
                   .type = TFLITE_TYPE_INT8,
                   WRITER_SHAPE(3, 4),
                   .scale = 0.25f,
                   .data = weights},
                  {.name = "bias",
                   .type = TFLITE_TYPE_INT32,
                   WRITER_SHAPE(3),
                   .scale = 0.125f,
                   .data = bias}},
        .output_count = 1,
        .output = {{.name = "fc",
                    .type = TFLITE_TYPE_INT8,
                    WRITER_SHAPE(2, 3),
                    .scale = 0.75f,
                    .zero_point = 4}}};
}

static void test_macs(void **state) {
    (void)state;
    struct test_op op = plain();
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    const struct node *node = model_graph(model)->node[0];
    assert_int_equal(node->op->macs(node), 2 * 3 * 4);
    model_free(model);
}

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct test_op op = plain();                                           \
        change;                                                                \
        op_expect_message(&op, "op 0 FULLY_CONNECTED \"fc\": " text);          \
    } while (0)

static void test_bad_types(void **state) {
    (void)state;
    EXPECT(op.input[0].type = TFLITE_TYPE_UINT8,
           "input type is UINT8, allowed: FLOAT32, INT16, INT8");
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_FLOAT32,
           "bias type is INT32, allowed: FLOAT32");
    EXPECT(op.input[2].type = TFLITE_TYPE_INT64,
           "bias type is INT64, allowed: INT32");
    EXPECT(op.output[0].type = TFLITE_TYPE_INT32,
           "output type is INT32, it must be input's, INT8");
    EXPECT(op.input[2].data = NULL,
           "bias \"bias\" is computed at run time, it must be constant");
}

static void test_bad_attributes(void **state) {
    (void)state;
    EXPECT(op.options = options_fully_connected(TFLITE_ACT_NONE, 1, false),
           "weights format is 1, allowed: DEFAULT (0)");
    EXPECT(op.options = options_fully_connected(TFLITE_ACT_TANH, 0, false),
           "fused activation is 4, allowed: NONE (0), RELU (1), RELU_N1_TO_1 "
           "(2), RELU6 (3)");
}

static void test_bad_shapes(void **state) {
    (void)state;
    EXPECT(op.input[1].rank = 1,
           "filter shape is 3, it must have 2 dimensions");
    EXPECT(op.input[0].dims[1] = 5,
           "input shape is 2x5, its 10 values must be a multiple of the "
           "filter's 4 (shape 3x4)");
    EXPECT(op.input[2].dims[0] = 2,
           "bias shape is 2, it must have 3 values, one an output channel");
    EXPECT(op.output[0].dims[1] = 4,
           "output shape is 2x4, it must hold 2 batches of 3");
    EXPECT(op.output[0].dims[0] = 3,
           "output shape is 3x3, it must hold 2 batches of 3");
}

static void test_bad_quantization(void **state) {
    (void)state;
    static const float scales[] = {1, 2, 3, -4};
    EXPECT(op.input[1].zero_point = 128,
           "filter zero point is 128, it must lie within -128..127");
    EXPECT(op.input[1].scale = 0; op.input[1].scales = scales;
           op.input[1].scale_count = 4;
           op.input[1].axis = 1,
           "filter has 4 scales, it must have 1 or 3, one a channel");
    EXPECT(op.input[1].scale = 0; op.input[1].scales = scales + 1;
           op.input[1].scale_count = 3,
           "filter scale 2 is -4, it must be finite and over 0");
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_INT16;
           op.input[0].zero_point = 0,
           "output zero point is 4, it must be 0 for INT16");
}

static void test_overflow(void **state) {
    (void)state;
    static const int32_t large[] = {1, 2, INT32_MAX};
    EXPECT(op.input[2].data = large,
           "channel 2: the accumulator can reach 2147483903, which does not "
           "fit 32 bits");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_s16),
        cmocka_unit_test(test_s16_b64),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_macs),
        cmocka_unit_test(test_bad_types),
        cmocka_unit_test(test_bad_attributes),
        cmocka_unit_test(test_bad_shapes),
        cmocka_unit_test(test_bad_quantization),
        cmocka_unit_test(test_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
