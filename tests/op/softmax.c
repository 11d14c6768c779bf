/* SOFTMAX against the reference's fixed-point arithmetic, step by step, and
 * against real numbers; and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "fixed_point.h"
#include "model.h"
#include "random.h"
#include "reference.h"

enum { CASES = 200 };

/* One row of int8, results of `bits` bits. */
static void expected_row(double beta_scale, const int8_t *input, int depth,
                         int bits, int32_t *want) {
    int most = input[0];
    for (int i = 1; i < depth; i++) {
        most = input[i] > most ? input[i] : most;
    }
    int64_t sum = 0;
    for (int i = 0; i < depth; i++) {
        sum += fixed_rounded(fixed_exp_of_distance(beta_scale, most - input[i]),
                             12);
    }
    int power = 0; /* sum = (1 + x) * 2^(19 + power) */
    while (sum >= INT64_C(1) << (20 + power)) {
        power++;
    }
    int64_t x = (sum << (12 - power)) - (INT64_C(1) << 31);
    int64_t scale = fixed_reciprocal(x);
    int32_t limit = (int32_t)1 << (bits - 1);
    for (int i = 0; i < depth; i++) {
        int64_t exp = fixed_exp_of_distance(beta_scale, most - input[i]);
        int64_t value =
            fixed_rounded(fixed_product(scale, exp), power + 31 - bits) - limit;
        want[i] = (int32_t)(value < limit ? value : limit - 1);
    }
}

/* Sample i of 513 of a function, less half of what the chord to the next lies
 * above the curve in the middle; in float32, as the reference has it. */
static int32_t sample(float (*function)(float), float min, float max, int i) {
    float step = (max - min) / 512, x = min + (float)i * step;
    float value = roundf(function(x) * 32768), lift = 0;
    if (i < 512) {
        float next = function(min + (float)(i + 1) * step) * 32768;
        float middle = roundf(function(x + step / 2) * 32768);
        lift = roundf((roundf((next + value) / 2) - middle) / 2);
    }
    return value - lift < 32767 ? (int32_t)(value - lift) : 32767;
}

/* The function at x of -32768..32767, between its samples. */
static int64_t interpolate(float (*function)(float), float min, float max,
                           int64_t x) {
    x = x < -32768 ? -32768 : x > 32767 ? 32767 : x;
    int i = (int)((x + 32768) / 128);
    int32_t low = sample(function, min, max, i);
    int32_t slope = sample(function, min, max, i + 1) - low;
    return low + fixed_floor_divide(slope * ((x + 32768) % 128) + 64, 128);
}

static float exp_f32(float x) {
    return expf(x);
}

static float reciprocal_f32(float x) {
    return 1.0f / (1.0f + x);
}

static void expected_s16_row(double beta_scale, const int16_t *input, int depth,
                             int32_t *want) {
    struct reference_factor factor = reference_factor(beta_scale * 6553.5);
    int most = input[0];
    for (int i = 1; i < depth; i++) {
        most = input[i] > most ? input[i] : most;
    }
    int64_t sum = 0;
    for (int i = 0; i < depth; i++) {
        int64_t x = reference_multiply(input[i] - most, factor);
        want[i] = (int32_t)interpolate(exp_f32, -10, 0, x + 32767);
        sum += want[i];
    }
    int bits = 0; /* of the sum */
    while (sum >> bits) {
        bits++;
    }
    int64_t x = ((sum << (31 - bits)) + 8192) / 16384 - 98304;
    int64_t scale = interpolate(reciprocal_f32, 0, 1, x);
    for (int i = 0; i < depth; i++) {
        int64_t half = INT64_C(1) << (bits - 2);
        int64_t value = (want[i] * scale + half) / (2 * half);
        want[i] = (int32_t)(value < 32767 ? value : 32767);
    }
}

/* --- models --- */

struct softmax {
    int32_t input_type, output_type;
    int32_t rows, depth;
    float scale, beta;
    int32_t zero_point;
};

static struct test_op op_of(const struct softmax *s) {
    bool is_float = s->input_type == TFLITE_TYPE_FLOAT32;
    bool is_s8 = s->input_type == TFLITE_TYPE_INT8;
    float output_scale = is_float                             ? 0
                         : s->output_type == TFLITE_TYPE_INT8 ? 1.0f / 256
                         : is_s8                              ? 1.0f / 65536
                                                              : 1.0f / 32768;
    return (struct test_op){
        .code = TFLITE_SOFTMAX,
        .options = options_softmax(s->beta),
        .input_count = 1,
        .input = {{.type = s->input_type,
                   WRITER_SHAPE(s->rows, s->depth),
                   .scale = is_float ? 0 : s->scale,
                   .zero_point = s->zero_point}},
        .output_count = 1,
        .output = {{.name = "softmax",
                    .type = s->output_type,
                    WRITER_SHAPE(s->rows, s->depth),
                    .scale = output_scale,
                    .zero_point = s->output_type == TFLITE_TYPE_INT8 ? -128
                                  : is_s8                            ? -32768
                                                                     : 0}}};
}

/* What row by row in real numbers comes out, in units of the output. */
static void check_real(const struct softmax *s, const double *x,
                       const double *found, double tolerance) {
    for (int32_t i = 0; i < s->rows * s->depth; i++) {
        const double *row = x + i / s->depth * s->depth;
        double sum = 0;
        for (int32_t k = 0; k < s->depth; k++) {
            sum += exp((double)s->beta * (row[k] - x[i]));
        }
        if (!(fabs(found[i] - 1 / sum) <= tolerance)) {
            fail_msg("value %d is %g, expected %g", (int)i, found[i], 1 / sum);
        }
    }
}

static int32_t integer(int32_t type, const void *data, int32_t i) {
    return type == TFLITE_TYPE_INT8 ? ((const int8_t *)data)[i]
                                    : ((const int16_t *)data)[i];
}

/* Holds what the model gives for this input to real numbers, `tolerance` in
 * units of the output. */
static void check_integers_real(const struct softmax *s, const void *input,
                                const void *output, double tolerance) {
    size_t count = (size_t)(s->rows * s->depth);
    double *x = allocate(count, sizeof *x), *y = allocate(count, sizeof *y);
    struct test_op op = op_of(s);
    double unit = (double)op.output[0].scale;
    for (size_t i = 0; i < count; i++) {
        x[i] = (double)s->scale * integer(s->input_type, input, (int32_t)i);
        y[i] = unit * (double)(integer(s->output_type, output, (int32_t)i) -
                               op.output[0].zero_point);
    }
    check_real(s, x, y, tolerance * unit);
    free(x);
    free(y);
}

static void check_s8(const struct softmax *s, const int8_t *input) {
    struct test_op op = op_of(s);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), input, model_input_size(model, 0));
    model_run(model);
    int32_t *want = allocate((size_t)s->depth, sizeof *want);
    for (int32_t r = 0; r < s->rows; r++) {
        expected_row((double)s->scale * (double)s->beta, input + r * s->depth,
                     s->depth, s->output_type == TFLITE_TYPE_INT8 ? 8 : 16,
                     want);
        for (int32_t i = 0; i < s->depth; i++) {
            int32_t value = integer(s->output_type, model_output(model, 0),
                                    r * s->depth + i);
            if (value != want[i]) {
                fail_msg("value %d of row %d is %d, expected %d", (int)i,
                         (int)r, (int)value, (int)want[i]);
            }
        }
    }
    double tolerance = s->output_type == TFLITE_TYPE_INT8 ? 1.1 : 8;
    check_integers_real(s, input, model_output(model, 0), tolerance);
    free(want);
    model_free(model);
}

static void check_random_s8(int32_t output_type, uint64_t seed) {
    struct random random = {seed};
    for (int i = 0; i < CASES; i++) {
        struct softmax s = {.input_type = TFLITE_TYPE_INT8,
                            .output_type = output_type,
                            .rows = random_int(&random, 1, 4),
                            .depth = random_int(&random, 1, 30),
                            .zero_point = random_int(&random, -128, 127)};
        s.scale = expf(random_float(&random, -8, 2));
        s.beta = random_int(&random, 0, 1) ? 1 : random_float(&random, 0.1, 3);
        int8_t input[4 * 30];
        random_fill_s8(&random, input, sizeof input);
        check_s8(&s, input);
    }
}

static void test_s8(void **state) {
    (void)state;
    check_random_s8(TFLITE_TYPE_INT8, 1);
}

static void test_s8_to_s16(void **state) {
    (void)state;
    check_random_s8(TFLITE_TYPE_INT16, 2);
}

/* As many equal values as a row may have: the sum is as large as it gets. */
static void test_longest_rows(void **state) {
    (void)state;
    static int8_t input[4095];
    struct softmax s = {.input_type = TFLITE_TYPE_INT8,
                        .output_type = TFLITE_TYPE_INT8,
                        .rows = 1,
                        .scale = 0.1f,
                        .beta = 1};
    static const int32_t depths[] = {1, 2, 255, 256, 257, 511, 512, 1000, 4095};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        s.depth = depths[i];
        s.output_type = TFLITE_TYPE_INT8;
        check_s8(&s, input);
        s.output_type = TFLITE_TYPE_INT16;
        check_s8(&s, input);
    }
}

/* Rows of two have a table of their own: every difference. */
static void test_pairs(void **state) {
    (void)state;
    enum { ROWS = 511 };
    static int8_t input[2 * ROWS];
    struct random random = {7};
    for (int i = 0; i < ROWS; i++) {
        int d = i - 255, spare = 255 - abs(d);
        int least = random_int(&random, -128, -128 + spare);
        input[2 * i] = (int8_t)(d < 0 ? least : least + d);
        input[2 * i + 1] = (int8_t)(d < 0 ? least - d : least);
    }
    static const float scales[] = {1e-6f, 0.001f, 0.02f, 0.1f, 1, 7, 300};
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        struct softmax s = {.input_type = TFLITE_TYPE_INT8,
                            .output_type = TFLITE_TYPE_INT8,
                            .rows = ROWS,
                            .depth = 2,
                            .scale = scales[i],
                            .beta = 1};
        check_s8(&s, input);
    }
}

static void test_s16(void **state) {
    (void)state;
    struct random random = {3};
    for (int i = 0; i < CASES; i++) {
        struct softmax s = {.input_type = TFLITE_TYPE_INT16,
                            .output_type = TFLITE_TYPE_INT16,
                            .rows = 1,
                            .depth = random_int(&random, 1, 30)};
        s.scale = expf(random_float(&random, -12, -4));
        s.beta = random_int(&random, 0, 1) ? 1 : random_float(&random, 0.1, 3);
        struct test_op op = op_of(&s);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        int16_t *input = model_input(model, 0);
        int16_t copy[30];
        int32_t want[30];
        random_fill_s16(&random, copy, 30);
        memcpy(input, copy, model_input_size(model, 0));
        model_run(model);
        expected_s16_row((double)s.scale * (double)s.beta, copy, s.depth, want);
        for (int32_t k = 0; k < s.depth; k++) {
            assert_int_equal(((const int16_t *)model_output(model, 0))[k],
                             want[k]);
        }
        /* Each exp, of which the least is 1, is off by a part or two. */
        check_integers_real(&s, copy, model_output(model, 0), 8 + 2 * s.depth);
        model_free(model);
    }
}

/* Rows are independent of each other. */
static void test_s16_rows(void **state) {
    (void)state;
    struct random random = {6};
    struct softmax s = {.input_type = TFLITE_TYPE_INT16,
                        .output_type = TFLITE_TYPE_INT16,
                        .rows = 3,
                        .depth = 7,
                        .scale = 0.001f,
                        .beta = 1};
    struct test_op op = op_of(&s);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    random_fill_s16(&random, model_input(model, 0), 21);
    model_run(model);
    for (int r = 0; r < 3; r++) {
        int32_t want[7];
        expected_s16_row((double)s.scale,
                         (const int16_t *)model_input(model, 0) + 7 * r, 7,
                         want);
        for (int k = 0; k < 7; k++) {
            assert_int_equal(
                ((const int16_t *)model_output(model, 0))[7 * r + k], want[k]);
        }
    }
    model_free(model);
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {4};
    for (int i = 0; i < CASES; i++) {
        struct softmax s = {.input_type = TFLITE_TYPE_FLOAT32,
                            .output_type = TFLITE_TYPE_FLOAT32,
                            .rows = random_int(&random, 1, 4),
                            .depth = random_int(&random, 1, 30)};
        s.beta = random_float(&random, -1, 2);
        struct test_op op = op_of(&s);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        double x[4 * 30], y[4 * 30];
        float *input = model_input(model, 0);
        for (int32_t k = 0; k < s.rows * s.depth; k++) {
            input[k] = random_float(&random, -20, 20);
            x[k] = (double)input[k];
        }
        model_run(model);
        for (int32_t k = 0; k < s.rows * s.depth; k++) {
            y[k] = (double)((const float *)model_output(model, 0))[k];
        }
        check_real(&s, x, y, 1e-5);
        model_free(model);
    }
}

/* Entries of the table that are 0 are not stored. */
static void test_table_is_trimmed(void **state) {
    (void)state;
    struct softmax s = {.input_type = TFLITE_TYPE_INT8,
                        .output_type = TFLITE_TYPE_INT8,
                        .rows = 1,
                        .depth = 3,
                        .scale = 0.99f,
                        .beta = 1};
    static const int8_t far[] = {127, -128, 100};
    check_s8(&s, far);
    struct test_op op = op_of(&s);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    const struct call *call = model_call(model, 0);
    /* 31 would not be cut off; exp(-22) * 2^31 is 0.6. */
    assert_in_range(call->operand[1].count, 21, 26);
    const int32_t *table = call->operand[1].data;
    assert_int_equal(table[0], INT32_MAX);
    assert_int_not_equal(table[call->operand[1].count - 1], 0);
    model_free(model);
}

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct softmax s = {.input_type = TFLITE_TYPE_INT8,                    \
                            .output_type = TFLITE_TYPE_INT8,                   \
                            .rows = 1,                                         \
                            .depth = 8,                                        \
                            .scale = 0.5f,                                     \
                            .beta = 1};                                        \
        struct test_op op = op_of(&s);                                         \
        change;                                                                \
        op_expect_message(&op, "op 0 SOFTMAX \"softmax\": " text);             \
    } while (0)

static void test_bad(void **state) {
    (void)state;
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_INT32,
           "input type is INT32, allowed: FLOAT32, INT16, INT8");
    EXPECT(op.output[0].type = TFLITE_TYPE_FLOAT32,
           "output type is FLOAT32, allowed: INT16, INT8");
    EXPECT(op.input[0].type = TFLITE_TYPE_INT16,
           "output type is INT8, allowed: INT16");
    EXPECT(op.input[0].rank = op.output[0].rank = 0,
           "input shape is scalar, it must have 1 to 6 dimensions");
    EXPECT(op.output[0].dims[1] = 9,
           "output 0 is declared 1x9, its inputs give 1x8");
    EXPECT(op.output[0].scale = 0.01f,
           "output has scale 0.00999999978 and zero point -128, it must have "
           "1/256 and -128");
    EXPECT(op.output[0].type = TFLITE_TYPE_INT16,
           "output has scale 0.00390625 and zero point -128, it must have "
           "1/65536 and -32768");
    EXPECT(op.options = options_softmax(-1),
           "beta is -1, it must be finite and over 0");
    EXPECT(op.options = options_none(),
           "beta is 0, it must be finite and over 0");
    EXPECT(op.input[0].scale = 1e-9f,
           "beta 1 times input scale 1e-09 is too small, it must be over "
           "2^-26");
    EXPECT(op.input[0].dims[1] = op.output[0].dims[1] = 4096,
           "input has 4096 values a row, the most for INT8 is 4095");
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_INT16;
           op.output[0].scale = 1.0f / 32768; op.output[0].zero_point = 0;
           op.input[0].scale = 10,
           "the difference of two inputs can reach 65535, which scaled by 2^16 "
           "does not fit 32 bits");
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_FLOAT32;
           op.options = options_softmax(INFINITY),
           "beta is inf, it must be finite");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_s8_to_s16),
        cmocka_unit_test(test_longest_rows),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_s16),
        cmocka_unit_test(test_s16_rows),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_table_is_trimmed),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
