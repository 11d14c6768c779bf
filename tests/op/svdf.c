/* SVDF against its definition, with a state that moves instead of rotating, and
 * what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "model.h"
#include "random.h"
#include "reference.h"

enum { CASES = 120, FRAMES = 14, LIMIT = 512 };

enum kind { S8, S16, F32 };

struct svdf {
    enum kind kind;
    int32_t batches, inputs, units, rank, memory;
    bool has_bias;
    int activation;
    float input_scale, feature_scale, time_scale, state_scale, output_scale;
    int32_t input_zero, state_zero, output_zero;
    /* Whatever the type, as doubles; and as they stand in the model. */
    double feature[LIMIT], time[LIMIT], bias[LIMIT], state[LIMIT];
    int8_t feature_s8[LIMIT], time_s8[LIMIT];
    int16_t time_s16[LIMIT];
    int32_t bias_s32[LIMIT];
    float feature_f32[LIMIT], time_f32[LIMIT], bias_f32[LIMIT];
};

static int32_t filters_of(const struct svdf *s) {
    return s->units * s->rank;
}

static void fill(struct random *random, struct svdf *s) {
    for (int i = 0; i < LIMIT; i++) {
        s->feature_s8[i] = (int8_t)random_int(random, -127, 127);
        s->time_s8[i] = (int8_t)random_int(random, -127, 127);
        s->time_s16[i] = (int16_t)random_int(random, -3000, 3000);
        s->bias_s32[i] = random_int(random, -20000, 20000);
        s->feature_f32[i] = random_float(random, -1, 1);
        s->time_f32[i] = random_float(random, -1, 1);
        s->bias_f32[i] = random_float(random, -1, 1);
        bool is_float = s->kind == F32;
        s->feature[i] = is_float ? (double)s->feature_f32[i] : s->feature_s8[i];
        s->time[i] = is_float         ? (double)s->time_f32[i]
                     : s->kind == S16 ? s->time_s16[i]
                                      : s->time_s8[i];
        s->bias[i] = is_float ? (double)s->bias_f32[i] : s->bias_s32[i];
        s->bias[i] = s->has_bias ? s->bias[i] : 0;
        s->state[i] = 0;
    }
}

static struct svdf random_svdf(struct random *random) {
    struct svdf s = {.kind = (enum kind)random_int(random, 0, 2),
                     .batches = random_int(random, 1, 3),
                     .inputs = random_int(random, 1, 12),
                     .units = random_int(random, 1, 6),
                     .rank = random_int(random, 1, 3),
                     .memory = random_int(random, 1, 9),
                     .has_bias = random_int(random, 0, 3) != 0,
                     .activation = random_int(random, 0, 1) * TFLITE_ACT_RELU,
                     .input_scale = random_float(random, 0.01, 0.1),
                     .feature_scale = random_float(random, 0.001, 0.02),
                     .time_scale = random_float(random, 0.001, 0.02)};
    s.state_scale = s.kind == S16 ? random_float(random, 1e-4, 1e-3)
                                  : random_float(random, 0.02, 0.2);
    s.output_scale = random_float(random, 0.01, 0.2);
    s.input_zero = random_int(random, -128, 127);
    s.state_zero = s.kind == S8 ? random_int(random, -100, 100) : 0;
    s.output_zero = random_int(random, -128, 127);
    fill(random, &s);
    return s;
}

static struct writer_tensor matrix(int32_t type, int32_t rows, int32_t columns,
                                   float scale, int32_t zero,
                                   const void *data) {
    return (struct writer_tensor){.type = type,
                                  WRITER_SHAPE(rows, columns),
                                  .scale = scale,
                                  .zero_point = zero,
                                  .data = data};
}

static struct test_op make_op(const struct svdf *s) {
    bool is_float = s->kind == F32, is_s16 = s->kind == S16;
    int32_t type = is_float ? TFLITE_TYPE_FLOAT32 : TFLITE_TYPE_INT8;
    int32_t state_type = is_s16 ? TFLITE_TYPE_INT16 : type;
    int32_t filters = filters_of(s);
    float unit = is_float ? 0 : 1;
    struct test_op op = {.code = TFLITE_SVDF,
                         .options = options_svdf(s->rank, s->activation),
                         .input_count = 5,
                         .omitted = s->has_bias ? 0 : 1u << 3,
                         .output_count = 1};
    op.input[0] = matrix(type, s->batches, s->inputs, unit * s->input_scale,
                         s->input_zero, NULL);
    op.input[1] = matrix(type, filters, s->inputs, unit * s->feature_scale, 0,
                         is_float ? (const void *)s->feature_f32
                                  : (const void *)s->feature_s8);
    op.input[2] =
        matrix(state_type, filters, s->memory, unit * s->time_scale, 0,
               is_float ? (const void *)s->time_f32
               : is_s16 ? (const void *)s->time_s16
                        : (const void *)s->time_s8);
    op.input[3] = (struct writer_tensor){
        .type = is_float ? TFLITE_TYPE_FLOAT32 : TFLITE_TYPE_INT32,
        WRITER_SHAPE(s->units),
        .scale = unit * s->state_scale * s->time_scale,
        .data =
            is_float ? (const void *)s->bias_f32 : (const void *)s->bias_s32};
    op.input[4] = matrix(state_type, s->batches, filters * s->memory,
                         unit * s->state_scale, s->state_zero, NULL);
    op.input[4].is_variable = true;
    op.output[0] = matrix(type, s->batches, s->units, unit * s->output_scale,
                          s->output_zero, NULL);
    return op;
}

static int64_t clamp(int64_t x, int64_t min, int64_t max) {
    return x < min ? min : x > max ? max : x;
}

/* The state moves by a column, which takes what the feature filter gives. */
static void move_state(struct svdf *s, int32_t b, int32_t f, double sum) {
    double *row = s->state + (b * filters_of(s) + f) * s->memory;
    memmove(row, row + 1, (size_t)(s->memory - 1) * sizeof *row);
    if (s->kind != F32) {
        float factor = s->input_scale * s->feature_scale / s->state_scale;
        int64_t most = s->kind == S16 ? INT16_MAX : INT8_MAX;
        sum = (double)clamp(
            reference_multiply((int64_t)sum, reference_factor((double)factor)) +
                s->state_zero,
            -most - 1, most);
    }
    row[s->memory - 1] = sum;
}

static double unit_sum(struct svdf *s, const double *input, int32_t b,
                       int32_t u) {
    double sum = s->bias[u];
    for (int32_t f = u * s->rank; f < (u + 1) * s->rank; f++) {
        double feature = 0;
        for (int32_t i = 0; i < s->inputs; i++) {
            feature += (input[b * s->inputs + i] -
                        (s->kind == F32 ? 0 : s->input_zero)) *
                       s->feature[f * s->inputs + i];
        }
        move_state(s, b, f, feature);
        const double *row = s->state + (b * filters_of(s) + f) * s->memory;
        for (int32_t k = 0; k < s->memory; k++) {
            sum += (row[k] - (s->kind == F32 ? 0 : s->state_zero)) *
                   s->time[f * s->memory + k];
        }
    }
    return sum;
}

static double expected_output(struct svdf *s, const double *input, int32_t b,
                              int32_t u) {
    double sum = unit_sum(s, input, b, u);
    if (s->kind == F32) {
        return s->activation && sum < 0 ? 0 : sum;
    }
    /* The integer reference does not look at the activation. */
    float factor = s->state_scale * s->time_scale / s->output_scale;
    return (double)clamp(
        reference_multiply((int64_t)sum, reference_factor((double)factor)) +
            s->output_zero,
        -128, 127);
}

static void run_frame(struct random *random, struct svdf *s,
                      struct test_model *model) {
    double input[LIMIT], expected[LIMIT];
    void *to = model_input(model, 0);
    for (int32_t i = 0; i < s->batches * s->inputs; i++) {
        if (s->kind == F32) {
            float x = ((float *)to)[i] = random_float(random, -2, 2);
            input[i] = (double)x;
        } else {
            input[i] = ((int8_t *)to)[i] =
                (int8_t)random_int(random, -128, 127);
        }
    }
    for (int32_t i = 0; i < s->batches * s->units; i++) {
        expected[i] = expected_output(s, input, i / s->units, i % s->units);
    }
    model_run(model);
    const void *output = model_output(model, 0);
    if (s->kind == F32) {
        reference_assert_near(output, expected,
                              (size_t)(s->batches * s->units));
        return;
    }
    for (int32_t i = 0; i < s->batches * s->units; i++) {
        assert_int_equal(((const int8_t *)output)[i], (int)expected[i]);
    }
}

static void test_random(void **state) {
    (void)state;
    struct random random = {3};
    for (int n = 0; n < CASES; n++) {
        struct svdf s = random_svdf(&random);
        struct test_op op = make_op(&s);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        if (s.kind == S8) {
            memset(model_data(model, model_graph(model)->node[0]->input[4]),
                   s.state_zero,
                   (size_t)(s.batches * filters_of(&s) * s.memory));
        }
        for (int i = 0; i < LIMIT; i++) {
            s.state[i] = s.state_zero;
        }
        for (int f = 0; f < FRAMES; f++) {
            run_frame(&random, &s, model);
        }
        model_free(model);
    }
}

/* Sums of 16-bit data wrap around at 32 bits. */
static void test_wraps_around(void **state) {
    (void)state;
    struct random random = {1};
    struct svdf s = random_svdf(&random);
    s = (struct svdf){.kind = S16,
                      .batches = 1,
                      .inputs = 1,
                      .units = 1,
                      .rank = 1,
                      .memory = 4,
                      .input_scale = 1,
                      .feature_scale = 1,
                      .state_scale = 1.0f / 1024,
                      .time_scale = 1.0f / 1024,
                      .output_scale = 16};
    s.feature_s8[0] = 127;
    for (int i = 0; i < 4; i++) {
        s.time_s16[i] = INT16_MAX;
    }
    struct test_op op = make_op(&s);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    for (int n = 1; n <= 4; n++) {
        *(int8_t *)model_input(model, 0) = 127;
        model_run(model);
        int64_t sum = n * INT64_C(32767) * 32767;
        sum = sum > INT32_MAX ? sum - (INT64_C(1) << 32) : sum;
        int64_t y = clamp(
            reference_multiply(sum, reference_factor(1.0 / 1024 / 1024 / 16)),
            -128, 127);
        assert_int_equal(*(const int8_t *)model_output(model, 0), y);
    }
    model_free(model);
}

static struct svdf small(void) {
    struct random random = {5};
    struct svdf s = random_svdf(&random);
    s.kind = S8;
    s.batches = 1;
    s.inputs = 4;
    s.units = 2;
    s.rank = 2;
    s.memory = 3;
    s.has_bias = true;
    s.activation = TFLITE_ACT_NONE;
    s.state_zero = 0;
    return s;
}

#define REFUSE(change, text)                                                   \
    do {                                                                       \
        struct svdf s = small();                                               \
        struct test_op op = make_op(&s);                                       \
        change;                                                                \
        op_expect_message(&op, "op 0 SVDF \"output\": " text);                 \
    } while (0)

static void test_refused(void **state) {
    (void)state;
    REFUSE(op.options = options_svdf(3, TFLITE_ACT_NONE),
           "rank is 3, it must divide the 4 filters");
    REFUSE(op.options = options_svdf(0, TFLITE_ACT_NONE),
           "rank is 0, it must divide the 4 filters");
    REFUSE(op.options = options_svdf(2, TFLITE_ACT_TANH),
           "fused activation is 4, allowed: NONE (0), RELU (1), RELU_N1_TO_1 "
           "(2), RELU6 (3)");
    REFUSE(op.input[4].dims[1] = 11, "state shape is 1x11, it must be 1x12");
    REFUSE(op.input[4].type = TFLITE_TYPE_INT16,
           "state type is INT16, it must be time filter's, INT8");
    REFUSE(op.input[3].dims[0] = 3, "bias shape is 3, it must have 2 values");
    REFUSE(op.input[2].zero_point = 1,
           "time filter zero point is 1, it must be 0");
    REFUSE(op.input[1].data = NULL,
           "feature filter \"input1\" is computed at run time, it must be "
           "constant");
    REFUSE(op.input[4].is_variable = false,
           "the state is not a variable tensor");
    REFUSE(op.output[0].dims[1] = 3,
           "output 0 is declared 1x3, its inputs give 1x2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_wraps_around),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("svdf", tests, NULL, NULL);
}
