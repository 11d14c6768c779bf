/* LOG_SOFTMAX against the reference's fixed-point arithmetic, step by step, and
 * against real numbers; and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocate.h"
#include "fixed_point.h"
#include "model.h"
#include "random.h"
#include "reference.h"

enum { CASES = 200 };

static struct test_op op_of(int32_t type, int32_t rows, int32_t depth,
                            float scale) {
    bool is_float = type == TFLITE_TYPE_FLOAT32;
    return (struct test_op){.code = TFLITE_LOG_SOFTMAX,
                            .options =
                                options_empty(TFLITE_OPTIONS_LOG_SOFTMAX),
                            .input_count = 1,
                            .input = {{.type = type,
                                       WRITER_SHAPE(rows, depth),
                                       .scale = is_float ? 0 : scale,
                                       .zero_point = is_float ? 0 : 5}},
                            .output_count = 1,
                            .output = {{.type = type,
                                        WRITER_SHAPE(rows, depth),
                                        .scale = is_float ? 0 : 1.0f / 16,
                                        .zero_point = is_float ? 0 : 127}}};
}

/* Differences to Q5.26, the logarithm of the sum taken off, to units of 1/16;
 * what would not fit, and what the reference cuts off, is the least. */
static void expected_row(double scale, const int8_t *input, int depth,
                         int32_t *want) {
    struct reference_factor factor =
        reference_factor(fmin(ldexp(scale, 26), INT32_MAX));
    struct reference_factor reverse = reference_factor(
        ldexp(1, 31 - factor.shift) / (double)factor.multiplier);
    int most = input[0];
    for (int i = 1; i < depth; i++) {
        most = input[i] > most ? input[i] : most;
    }
    int64_t sum = 0;
    for (int i = 0; i < depth; i++) {
        sum += fixed_rounded(fixed_exp_of_distance(scale, most - input[i]), 12);
    }
    int64_t log_sum = fixed_log(sum);
    double cut = -floor(31 * ldexp(1, 26 - factor.shift)) - 1;
    int64_t limit = reference_multiply(log_sum + INT32_MIN, reverse);
    for (int i = 0; i < depth; i++) {
        int difference = input[i] - most;
        want[i] = INT8_MIN;
        if (difference > cut && difference > limit) {
            int64_t y = reference_multiply(difference, factor) - log_sum;
            y = fixed_rounded(y, 22) + 127;
            want[i] = (int32_t)(y > 127 ? 127 : y < -128 ? -128 : y);
        }
    }
}

static void check_s8(struct random *random, int32_t rows, int32_t depth,
                     float scale) {
    struct test_op op = op_of(TFLITE_TYPE_INT8, rows, depth, scale);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    int8_t *input = model_input(model, 0);
    random_fill_s8(random, input, (size_t)(rows * depth));
    model_run(model);
    const int8_t *output = model_output(model, 0);
    int32_t *want = allocate((size_t)depth, sizeof *want);
    for (int32_t row = 0; row < rows; row++) {
        const int8_t *x = input + row * depth;
        expected_row((double)scale, x, depth, want);
        double most = -INFINITY, sum = 0;
        for (int32_t i = 0; i < depth; i++) {
            most = fmax(most, x[i]);
        }
        for (int32_t i = 0; i < depth; i++) {
            sum += exp((double)scale * (x[i] - most));
        }
        for (int32_t i = 0; i < depth; i++) {
            int32_t found = output[row * depth + i];
            double real = (double)scale * (x[i] - most) - log(sum);
            double units = fmax(127 + 16 * real, -128);
            if (found != want[i] || fabs(found - units) > 1) {
                fail_msg("scale %g: value %d of row %d is %d, expected %d, "
                         "really %g",
                         (double)scale, (int)i, (int)row, (int)found,
                         (int)want[i], units);
            }
        }
    }
    free(want);
    model_free(model);
}

static void test_s8(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < CASES; i++) {
        check_s8(&random, random_int(&random, 1, 4),
                 random_int(&random, 1, i % 20 == 0 ? 4095 : 40),
                 (float)exp2((double)random_float(&random, -9, 2)));
    }
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < CASES; i++) {
        int32_t rows = random_int(&random, 1, 4);
        int32_t depth = random_int(&random, 1, 40);
        struct test_op op = op_of(TFLITE_TYPE_FLOAT32, rows, depth, 0);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        float *input = model_input(model, 0);
        size_t count = (size_t)(rows * depth);
        random_fill_f32(&random, input, count, -20, 90);
        double *want = allocate(count, sizeof *want);
        for (int32_t row = 0; row < rows; row++) {
            const float *x = input + row * depth;
            double sum = 0;
            for (int32_t k = 0; k < depth; k++) {
                sum += exp((double)x[k]);
            }
            for (int32_t k = 0; k < depth; k++) {
                want[row * depth + k] = (double)x[k] - log(sum);
            }
        }
        model_run(model);
        reference_assert_near(model_output(model, 0), want, count);
        free(want);
        model_free(model);
    }
}

static void test_refused(void **state) {
    (void)state;
    struct test_op op = op_of(TFLITE_TYPE_INT8, 2, 3, 0.5f);
    op.output[0].zero_point = -128;
    op_expect_message(&op, "op 0 LOG_SOFTMAX \"output\": output has scale "
                           "0.0625 and zero point -128, it must have 1/16 and "
                           "127");
    op = op_of(TFLITE_TYPE_INT8, 2, 4096, 0.5f);
    op_expect_message(&op, "op 0 LOG_SOFTMAX \"output\": input has 4096 values "
                           "a row, the most for INT8 is 4095");
    op = op_of(TFLITE_TYPE_INT8, 2, 3, 1e-9f);
    op_expect_message(&op, "op 0 LOG_SOFTMAX \"output\": input scale 1e-09 is "
                           "too small, it must be over 2^-26");
    op = op_of(TFLITE_TYPE_INT16, 2, 3, 0.5f);
    op_expect_message(&op, "op 0 LOG_SOFTMAX \"output\": input type is INT16, "
                           "allowed: FLOAT32, INT8");
    op = op_of(TFLITE_TYPE_FLOAT32, 2, 3, 0);
    op.input[0].rank = op.output[0].rank = 0;
    op_expect_message(&op, "op 0 LOG_SOFTMAX \"output\": input shape is "
                           "scalar, it must have 1 to 6 dimensions");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
