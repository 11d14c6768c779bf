/* QUANTIZE and DEQUANTIZE: between real and quantised numbers, and between
 * quantised ones. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "mf_quantize.h"
#include "movement.h"

static int64_t type_min(int32_t type) {
    return type == TFLITE_TYPE_INT8    ? INT8_MIN
           : type == TFLITE_TYPE_UINT8 ? 0
           : type == TFLITE_TYPE_INT16 ? INT16_MIN
                                       : INT32_MIN;
}

static int64_t type_max(int32_t type) {
    return type == TFLITE_TYPE_INT8    ? INT8_MAX
           : type == TFLITE_TYPE_UINT8 ? UINT8_MAX
           : type == TFLITE_TYPE_INT16 ? INT16_MAX
                                       : INT32_MAX;
}

static int64_t clamp(int64_t x, int64_t min, int64_t max) {
    return x < min ? min : x > max ? max : x;
}

static int64_t load(int32_t type, const void *data, int32_t i) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        return ((const int8_t *)data)[i];
    case TFLITE_TYPE_UINT8:
        return ((const uint8_t *)data)[i];
    case TFLITE_TYPE_INT16:
        return ((const int16_t *)data)[i];
    default:
        return ((const int32_t *)data)[i];
    }
}

static void store(int32_t type, void *data, int32_t i, int64_t x) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        ((int8_t *)data)[i] = (int8_t)x;
        break;
    case TFLITE_TYPE_UINT8:
        ((uint8_t *)data)[i] = (uint8_t)x;
        break;
    case TFLITE_TYPE_INT16:
        ((int16_t *)data)[i] = (int16_t)x;
        break;
    default:
        ((int32_t *)data)[i] = (int32_t)x;
    }
}

static const int32_t narrow[] = {TFLITE_TYPE_INT8, TFLITE_TYPE_UINT8,
                                 TFLITE_TYPE_INT16};

static int64_t random_zero_point(struct random *random, int32_t type) {
    return type == TFLITE_TYPE_INT32
               ? 0
               : random_int(random, type_min(type), type_max(type));
}

/* --- from float --- */

static float neighbour(struct random *random, float x) {
    int towards = random_int(random, 0, 2);
    return towards == 0 ? x
                        : nextafterf(x, towards == 1 ? INFINITY : -INFINITY);
}

static int64_t quantized(float real, const struct writer_tensor *output) {
    int64_t min = type_min(output->type), max = type_max(output->type);
    if (isnan(real)) {
        return output->zero_point;
    }
    /* The quotient in float32, as the reference; the rest is exact. */
    volatile float steps = real / output->scale;
    double value = round((double)steps) + (double)output->zero_point;
    return value < (double)min   ? min
           : value > (double)max ? max
                                 : (int64_t)value;
}

static void test_from_float(void **state) {
    (void)state;
    struct random random = {12};
    enum { COUNT = 64 };
    for (int trial = 0; trial < 300; trial++) {
        struct test_op op = {.code = TFLITE_QUANTIZE,
                             .options = options_empty(TFLITE_OPTIONS_QUANTIZE),
                             .input = {{.type = TFLITE_TYPE_FLOAT32,
                                        WRITER_SHAPE(2, COUNT / 2)}},
                             .input_count = 1,
                             .output = {{WRITER_SHAPE(2, COUNT / 2)}},
                             .output_count = 1};
        struct writer_tensor *output = &op.output[0];
        output->type = narrow[trial % 3];
        output->scale =
            ldexpf(random_float(&random, 0.5, 1), random_int(&random, -20, 10));
        output->zero_point = random_zero_point(&random, output->type);
        float x[COUNT] = {0.0f, -0.0f, INFINITY, -INFINITY,
                          NAN,  3e38f, -3e38f,   1e-45f};
        for (int i = 8; i < COUNT; i++) {
            /* Halves and their neighbours, in range and out of it. */
            int64_t range = output->type == TFLITE_TYPE_INT16 ? 80000 : 400;
            float steps = (float)random_int(&random, -range, range) * 0.5f;
            x[i] = neighbour(&random, steps * output->scale);
        }
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        memcpy(model_input(model, 0), x, sizeof x);
        model_run(model);
        for (int i = 0; i < COUNT; i++) {
            assert_int_equal(load(output->type, model_output(model, 0), i),
                             quantized(x[i], output));
        }
        model_free(model);
    }
}

/* What adding 0.5 gets wrong. */
static void test_rounding(void **state) {
    (void)state;
    assert_int_equal(mf_quantize_value(0.49999997f, 1, 0, -128, 127), 0);
    assert_int_equal(mf_quantize_value(-0.49999997f, 1, 0, -128, 127), 0);
    assert_int_equal(mf_quantize_value(0.5f, 1, 0, -128, 127), 1);
    assert_int_equal(mf_quantize_value(-0.5f, 1, 0, -128, 127), -1);
    assert_int_equal(mf_quantize_value(2.5f, 1, -3, -128, 127), 0);
    assert_int_equal(mf_quantize_value(-2.5f, 1, -3, -128, 127), -6);
    assert_int_equal(mf_quantize_value(65535.5f, 1, -32768, -32768, 32767),
                     32767);
    assert_int_equal(mf_quantize_value(65534.5f, 1, -32768, -32768, 32767),
                     32767);
    assert_int_equal(mf_quantize_value(-65536.0f, 1, 32767, -32768, 32767),
                     -32768);
}

/* --- to float --- */

static void test_dequantize(void **state) {
    (void)state;
    struct random random = {13};
    for (int trial = 0; trial < 90; trial++) {
        int32_t type = narrow[trial % 3];
        int32_t count = type == TFLITE_TYPE_INT16 ? 4096 : 256;
        struct test_op op = {
            .code = TFLITE_DEQUANTIZE,
            .options = options_empty(TFLITE_OPTIONS_DEQUANTIZE),
            .input = {{.type = type, .rank = 1, .dims = {count}}},
            .input_count = 1,
            .output = {{.type = TFLITE_TYPE_FLOAT32,
                        .rank = 1,
                        .dims = {count}}},
            .output_count = 1};
        op.input[0].scale =
            ldexpf(random_float(&random, 0.5, 1), random_int(&random, -30, 10));
        op.input[0].zero_point = random_zero_point(&random, type);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        void *input = model_input(model, 0);
        int64_t step = type == TFLITE_TYPE_INT16 ? 16 : 1;
        for (int32_t i = 0; i < count; i++) {
            store(type, input, i, type_min(type) + i * step + trial % step);
        }
        model_run(model);
        for (int32_t i = 0; i < count; i++) {
            double real =
                (double)op.input[0].scale *
                (double)(load(type, input, i) - op.input[0].zero_point);
            float expected = (float)real;
            assert_memory_equal((const float *)model_output(model, 0) + i,
                                &expected, sizeof expected);
        }
        model_free(model);
    }
}

/* --- between integers --- */

static int64_t floor_shift(int64_t x, int n) {
    int64_t divisor = INT64_C(1) << n;
    return x / divisor - (x % divisor < 0);
}

/* The reference's scaling, as numerics.md has it. */
static int64_t scaled(int64_t x, double factor) {
    int shift;
    int64_t multiplier = llround(frexp(factor, &shift) * 2147483648.0);
    if (multiplier == INT64_C(1) << 31) {
        multiplier /= 2;
        shift++;
    }
    if (shift < -31) {
        return 0;
    }
    int64_t left = INT64_C(1) << (shift > 0 ? shift : 0);
    int64_t y = floor_shift(x * left * multiplier + (INT64_C(1) << 30), 31);
    int r = shift < 0 ? -shift : 0;
    return r == 0 ? y : floor_shift(y + (INT64_C(1) << (r - 1)) - (y < 0), r);
}

static void run_requantize(struct random *random, int32_t from, int32_t to,
                           int32_t count) {
    struct test_op op = {.code = TFLITE_QUANTIZE,
                         .options = options_empty(TFLITE_OPTIONS_QUANTIZE),
                         .input_count = 1,
                         .output_count = 1};
    struct writer_tensor *input = &op.input[0], *output = &op.output[0];
    *input = *output = (struct writer_tensor){.rank = 1, .dims = {count}};
    input->type = from;
    output->type = to;
    bool is_wide = from == TFLITE_TYPE_INT32;
    output->scale = random_float(random, 0.01, 1);
    input->scale =
        !is_wide && random_int(random, 0, 3) == 0
            ? output->scale
            : output->scale * ldexpf(random_float(random, 0.5, 0.99),
                                     random_int(random, is_wide ? -35 : -12,
                                                is_wide ? 0 : 6));
    input->zero_point = random_zero_point(random, from);
    output->zero_point = random_zero_point(random, to);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    int64_t *x = allocate((size_t)count, sizeof *x);
    for (int32_t i = 0; i < count; i++) {
        x[i] = i == 0   ? type_min(from)
               : i == 1 ? type_max(from)
                        : random_int(random, type_min(from), type_max(from));
        store(from, model_input(model, 0), i, x[i]);
    }
    model_run(model);
    for (int32_t i = 0; i < count; i++) {
        int64_t y = scaled(x[i] - input->zero_point,
                           (double)input->scale / (double)output->scale) +
                    output->zero_point;
        assert_int_equal(load(to, model_output(model, 0), i),
                         clamp(y, type_min(to), type_max(to)));
    }
    free(x);
    model_free(model);
}

static void test_between_integers(void **state) {
    (void)state;
    struct random random = {14};
    static const int32_t types[] = {TFLITE_TYPE_INT8, TFLITE_TYPE_UINT8,
                                    TFLITE_TYPE_INT16, TFLITE_TYPE_INT32};
    for (int trial = 0; trial < 30; trial++) {
        for (int from = 0; from < 4; from++) {
            for (int to = 0; to < (from == 3 ? 3 : 4); to++) {
                run_requantize(&random, types[from], types[to],
                               trial % 2 ? 77 : 300);
            }
        }
    }
}

/* --- what is refused --- */

static struct test_op quantize(int32_t from, int32_t to) {
    return (struct test_op){
        .code = TFLITE_QUANTIZE,
        .options = options_empty(TFLITE_OPTIONS_QUANTIZE),
        .input = {{.type = from, WRITER_SHAPE(4), .scale = 0.5f}},
        .input_count = 1,
        .output = {{.type = to, WRITER_SHAPE(4), .scale = 0.25f}},
        .output_count = 1};
}

#define QUANTIZE "op 0 QUANTIZE \"output\": "

static void test_bad(void **state) {
    (void)state;
    struct test_op op = quantize(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_INT32);
    op_expect_message(&op, QUANTIZE "output type is INT32, allowed: UINT8, "
                                    "INT16, INT8");
    op = quantize(TFLITE_TYPE_BOOL, TFLITE_TYPE_INT8);
    op_expect_message(&op, QUANTIZE "input type is BOOL, allowed: FLOAT32, "
                                    "INT32, UINT8, INT16, INT8");
    op = quantize(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_INT8);
    op.output[0].scale = 0;
    op_expect_message(&op, QUANTIZE "output has 0 scales, it must have 1");
    op = quantize(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_INT8);
    op.output[0].scale = INFINITY;
    op_expect_message(&op, QUANTIZE "output scale is inf, it must be finite "
                                    "and over 0");
    op = quantize(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_UINT8);
    op.output[0].zero_point = -1;
    op_expect_message(&op, QUANTIZE "output zero point is -1, it must lie "
                                    "within 0..255");
    op = quantize(TFLITE_TYPE_INT8, TFLITE_TYPE_INT16);
    op.input[0].scale = 3e8f;
    op_expect_message(&op, QUANTIZE "the difference from the zero point can "
                                    "reach 128, which scaled by 2^30 does not "
                                    "fit 32 bits");
    op = quantize(TFLITE_TYPE_INT32, TFLITE_TYPE_INT16);
    op_expect_message(&op, QUANTIZE "input scale is 0.5, it must be less than "
                                    "the output's, 0.25, for INT32");
    op = quantize(TFLITE_TYPE_INT8, TFLITE_TYPE_INT32);
    op.output[0].zero_point = 5;
    op_expect_message(&op, QUANTIZE "output zero point is 5, it must be 0 for "
                                    "INT32");
    op = quantize(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_INT8);
    op.output[0].dims[0] = 3;
    op_expect_message(&op, QUANTIZE "output 0 is declared 3, its inputs give "
                                    "4");
    op = quantize(TFLITE_TYPE_INT32, TFLITE_TYPE_FLOAT32);
    op.code = TFLITE_DEQUANTIZE;
    op.options = options_empty(TFLITE_OPTIONS_DEQUANTIZE);
    op_expect_message(&op, "op 0 DEQUANTIZE \"output\": input type is INT32, "
                           "allowed: FLOAT16, UINT8, INT16, INT8");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_float), cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_dequantize),
        cmocka_unit_test(test_between_integers), cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
