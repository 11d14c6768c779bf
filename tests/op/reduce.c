/* MEAN, SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_ALL, REDUCE_ANY against their
 * definitions, over all sets of dimensions, and what they refuse. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocate.h"
#include "model.h"
#include "random.h"
#include "reference.h"

enum { CASES = 300, RANK = 6 };

struct reduction {
    int32_t code, type, rank, dims[RANK];
    int32_t axis_count, axes[RANK + 2]; /* as in the file */
    bool reduced[RANK], keep_dims;
    float input_scale, output_scale;
    int32_t input_zero_point, output_zero_point;
};

/* Gives one of the input's values, as it is. */
static bool is_plain(int32_t code) {
    return code != TFLITE_MEAN && code != TFLITE_SUM;
}

static struct reduction random_reduction(struct random *random, int32_t code,
                                         int32_t type) {
    struct reduction m = {
        .code = code, .type = type, .rank = random_int(random, 1, RANK)};
    for (int32_t i = 0; i < m.rank; i++) {
        m.dims[i] = random_int(random, 0, 3) ? random_int(random, 1, 5) : 1;
    }
    /* From the end, twice, in any order. */
    m.axis_count = random_int(random, 1, m.rank + 1);
    for (int32_t i = 0; i < m.axis_count; i++) {
        m.axes[i] = random_int(random, -m.rank, m.rank - 1);
        m.reduced[m.axes[i] < 0 ? m.axes[i] + m.rank : m.axes[i]] = true;
    }
    m.keep_dims = random_int(random, 0, 1);
    if (type != TFLITE_TYPE_INT8 && type != TFLITE_TYPE_INT16) {
        return m;
    }
    m.input_scale = random_float(random, 0.01, 0.1);
    m.output_scale = m.input_scale * random_float(random, 0.2, 1.2);
    if (type == TFLITE_TYPE_INT8) {
        m.input_zero_point = random_int(random, -128, 127);
        m.output_zero_point = random_int(random, -128, 127);
    }
    if (random_int(random, 0, 3) == 0 || is_plain(code)) {
        m.output_scale = m.input_scale;
        m.output_zero_point = m.input_zero_point;
    }
    return m;
}

static struct test_op op_of(const struct reduction *m) {
    struct test_op op = {.code = m->code,
                         .options = options_reducer(m->keep_dims),
                         .input_count = 2,
                         .input = {{.type = m->type,
                                    .rank = m->rank,
                                    .scale = m->input_scale,
                                    .zero_point = m->input_zero_point},
                                   {.name = "axis",
                                    .type = TFLITE_TYPE_INT32,
                                    WRITER_SHAPE(m->axis_count),
                                    .data = m->axes}},
                         .output_count = 1,
                         .output = {{.type = m->type,
                                     .scale = m->output_scale,
                                     .zero_point = m->output_zero_point}}};
    for (int32_t i = 0; i < m->rank; i++) {
        op.input[0].dims[i] = m->dims[i];
        if (!m->reduced[i] || m->keep_dims) {
            op.output[0].dims[op.output[0].rank++] =
                m->reduced[i] ? 1 : m->dims[i];
        }
    }
    return op;
}

static double element(int32_t type, const void *data, int32_t i) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        return ((const int8_t *)data)[i];
    case TFLITE_TYPE_BOOL:
        return ((const uint8_t *)data)[i];
    case TFLITE_TYPE_INT16:
        return ((const int16_t *)data)[i];
    case TFLITE_TYPE_INT32:
        return ((const int32_t *)data)[i];
    case TFLITE_TYPE_INT64:
        return (double)((const int64_t *)data)[i];
    default:
        return (double)((const float *)data)[i];
    }
}

/* The output that input element i belongs to. */
static int32_t output_of(const struct reduction *m, int32_t i) {
    int32_t place[RANK], out = 0;
    for (int32_t k = m->rank - 1; k >= 0; k--) {
        place[k] = i % m->dims[k];
        i /= m->dims[k];
    }
    for (int32_t k = 0; k < m->rank; k++) {
        if (!m->reduced[k]) {
            out = out * m->dims[k] + place[k];
        }
    }
    return out;
}

/* The division is part of MEAN's multiplier, which is truncated. */
static double scale_sum(const struct reduction *m, double sum, int32_t count) {
    struct reference_factor factor =
        reference_factor((double)m->input_scale / (double)m->output_scale);
    int bits = (int)floor(log2(count));
    bits = bits < 31 + factor.shift ? bits : 31 + factor.shift;
    if (m->code == TFLITE_MEAN) {
        factor.multiplier = factor.multiplier * (INT64_C(1) << bits) / count;
        factor.shift -= bits;
    }
    int64_t scaled = reference_multiply(
        (int64_t)sum - (int64_t)m->input_zero_point * count, factor);
    struct reference_output output = {.type = m->type};
    return reference_activate(&output, (double)(scaled + m->output_zero_point));
}

/* y with one more element. */
static double step(int32_t code, double y, double x, bool is_first) {
    switch (code) {
    case TFLITE_MEAN:
    case TFLITE_SUM:
        return y + x;
    case TFLITE_REDUCE_MAX:
    case TFLITE_REDUCE_ANY:
        return is_first || x > y ? x : y;
    default:
        return is_first || x < y ? x : y;
    }
}

static double finish(const struct reduction *m, double y, int32_t count) {
    if (m->input_scale != 0 && !is_plain(m->code)) {
        return scale_sum(m, y, count);
    }
    if (m->code != TFLITE_MEAN) {
        return y;
    }
    return m->type == TFLITE_TYPE_FLOAT32 ? y / count : trunc(y / count);
}

static void check_output(const struct reduction *m, const void *input,
                         const void *found) {
    int32_t inputs = 1, outputs = 1;
    for (int32_t k = 0; k < m->rank; k++) {
        inputs *= m->dims[k];
        outputs *= m->reduced[k] ? 1 : m->dims[k];
    }
    double *want = allocate((size_t)outputs, sizeof *want);
    bool *begun = allocate((size_t)outputs, sizeof *begun);
    for (int32_t i = 0; i < inputs; i++) {
        int32_t to = output_of(m, i);
        want[to] =
            step(m->code, want[to], element(m->type, input, i), !begun[to]);
        begun[to] = true;
    }
    for (int32_t i = 0; i < outputs; i++) {
        want[i] = finish(m, want[i], inputs / outputs);
        double value = element(m->type, found, i);
        if (m->type != TFLITE_TYPE_FLOAT32 && value != want[i]) {
            fail_msg("output %d of %d is %g, expected %g", (int)i, (int)outputs,
                     value, want[i]);
        }
    }
    if (m->type == TFLITE_TYPE_FLOAT32) {
        reference_assert_near(found, want, (size_t)outputs);
    }
    free(want);
    free(begun);
}

static void fill(struct random *random, int32_t type, void *input,
                 size_t size) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        random_fill_s8(random, input, size);
        break;
    case TFLITE_TYPE_BOOL:
        for (size_t i = 0; i < size; i++) {
            ((uint8_t *)input)[i] = (uint8_t)random_int(random, 0, 1);
        }
        break;
    case TFLITE_TYPE_INT16:
        random_fill_s16(random, input, size / 2);
        break;
    case TFLITE_TYPE_INT32:
        random_fill_s32(random, input, size / 4, -100000, 100000);
        break;
    case TFLITE_TYPE_INT64:
        for (size_t i = 0; i < size / 8; i++) {
            ((int64_t *)input)[i] =
                (int64_t)random_int(random, -100000, 100000) * 1000000;
        }
        break;
    default:
        random_fill_f32(random, input, size / 4, -3, 5);
        break;
    }
}

static void check(struct random *random, const struct reduction *m) {
    struct test_op op = op_of(m);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    void *input = model_input(model, 0);
    fill(random, m->type, input, model_input_size(model, 0));
    model_run(model);
    check_output(m, input, model_output(model, 0));
    model_free(model);
}

static void check_type(int32_t code, int32_t type, int cases) {
    struct random random = {(uint64_t)code};
    for (int i = 0; i < cases; i++) {
        struct reduction m = random_reduction(&random, code, type);
        check(&random, &m);
    }
}

static void test_quantized(void **state) {
    (void)state;
    static const int32_t codes[] = {TFLITE_MEAN, TFLITE_SUM, TFLITE_REDUCE_MAX,
                                    TFLITE_REDUCE_MIN};
    for (size_t i = 0; i < 4; i++) {
        check_type(codes[i], TFLITE_TYPE_INT8, CASES);
        check_type(codes[i], TFLITE_TYPE_INT16, CASES);
    }
}

static void test_plain(void **state) {
    (void)state;
    static const int32_t codes[] = {TFLITE_MEAN, TFLITE_SUM, TFLITE_REDUCE_MAX,
                                    TFLITE_REDUCE_MIN};
    for (size_t i = 0; i < 4; i++) {
        check_type(codes[i], TFLITE_TYPE_FLOAT32, CASES / 2);
        check_type(codes[i], TFLITE_TYPE_INT32, CASES / 4);
        check_type(codes[i], TFLITE_TYPE_INT64, CASES / 4);
    }
    check_type(TFLITE_REDUCE_ALL, TFLITE_TYPE_BOOL, CASES / 4);
    check_type(TFLITE_REDUCE_ANY, TFLITE_TYPE_BOOL, CASES / 4);
}

/* All 64 sets of six dimensions. */
static void test_all_sets(void **state) {
    (void)state;
    struct random random = {4};
    for (int set = 1; set < 64; set++) {
        struct reduction m = {.code = TFLITE_MEAN,
                              .type = TFLITE_TYPE_INT8,
                              .rank = 6,
                              .dims = {2, 3, 2, 4, 3, 2},
                              .input_scale = 0.5f,
                              .output_scale = 0.25f,
                              .input_zero_point = 7,
                              .output_zero_point = -9};
        for (int k = 0; k < 6; k++) {
            if (set & (1 << k)) {
                m.reduced[k] = true;
                m.axes[m.axis_count++] = k;
            }
        }
        check(&random, &m);
    }
}

/* A scalar axis, as some converters write it. */
static void test_scalar_axis(void **state) {
    (void)state;
    struct reduction m = {.code = TFLITE_MEAN,
                          .type = TFLITE_TYPE_FLOAT32,
                          .rank = 2,
                          .dims = {3, 5},
                          .axis_count = 1,
                          .axes = {-1},
                          .reduced = {false, true}};
    struct test_op op = op_of(&m);
    op.input[1].rank = 0;
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    float *input = model_input(model, 0);
    for (int i = 0; i < 15; i++) {
        input[i] = (float)i;
    }
    model_run(model);
    const float expected[] = {2, 7, 12};
    assert_memory_equal(model_output(model, 0), expected, sizeof expected);
    model_free(model);
}

static struct test_op plain(void) {
    static const int32_t axes[4] = {1, 2}; /* may be read as INT64 */
    return (struct test_op){.code = TFLITE_MEAN,
                            .options = options_reducer(true),
                            .input_count = 2,
                            .input = {{.type = TFLITE_TYPE_INT8,
                                       WRITER_SHAPE(1, 4, 4, 2),
                                       .scale = 0.5f,
                                       .zero_point = -3},
                                      {.name = "axis",
                                       .type = TFLITE_TYPE_INT32,
                                       WRITER_SHAPE(2),
                                       .data = axes}},
                            .output_count = 1,
                            .output = {{.name = "mean",
                                        .type = TFLITE_TYPE_INT8,
                                        WRITER_SHAPE(1, 1, 1, 2),
                                        .scale = 0.25f}}};
}

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct test_op op = plain();                                           \
        change;                                                                \
        op_expect_message(&op, "op 0 MEAN \"mean\": " text);                   \
    } while (0)

static void test_bad(void **state) {
    (void)state;
    static const int32_t over[] = {1, 4}, under[] = {-5, 2};
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_UINT8,
           "input type is UINT8, allowed: FLOAT32, INT32, INT64, INT16, INT8");
    EXPECT(op.output[0].type = TFLITE_TYPE_INT16,
           "output type is INT16, it must be input's, INT8");
    EXPECT(op.input[1].type = TFLITE_TYPE_INT64,
           "axis type is INT64, allowed: INT32");
    EXPECT(op.input[1].data = NULL,
           "axis \"axis\" is computed at run time, it must be constant");
    EXPECT(op.input[1].data = over, "axis is 4, the input has 4 dimensions");
    EXPECT(op.input[1].data = under, "axis is -5, the input has 4 dimensions");
    EXPECT(op.output[0].dims[2] = 4,
           "output 0 is declared 1x1x4x2, its inputs give 1x1x1x2");
    EXPECT(op.options = options_reducer(false),
           "output 0 is declared 1x1x1x2, its inputs give 1x2");
    EXPECT(op.input[0].scale = 0, "input has 0 scales, it must have 1");
    EXPECT(op.output[0].zero_point = 128,
           "output zero point is 128, it must lie within -128..127");
    EXPECT(op.output[0].scale = 1e-8f,
           "the sum can reach 2620, which scaled by 2^22 does not fit 32 bits");
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_INT16;
           op.input[0].zero_point = -32768; op.input[0].dims[1] = 256;
           op.input[0].dims[2] = 128,
           "sums over 32768 values can reach 2147483648, which does not fit "
           "32 bits");
}

static void test_same_quantization(void **state) {
    (void)state;
    struct test_op op = plain();
    op.code = TFLITE_REDUCE_MAX;
    op_expect_message(&op, "op 0 REDUCE_MAX \"mean\": input has scale 0.5 and "
                           "zero point -3, it must have output's, 0.25 and 0");
    op.code = TFLITE_REDUCE_ALL;
    op_expect_message(&op, "op 0 REDUCE_ALL \"mean\": input type is INT8, "
                           "allowed: BOOL");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantized),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_all_sets),
        cmocka_unit_test(test_scalar_axis),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_same_quantization),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
