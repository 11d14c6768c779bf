/* L2_NORMALIZATION against real numbers and, on int8, the reference's fixed
 * point; and what it refuses. */
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

static struct test_op op_of(int32_t type, int32_t rows, int32_t depth,
                            int32_t zero_point) {
    bool is_float = type == TFLITE_TYPE_FLOAT32;
    return (struct test_op){.code = TFLITE_L2_NORMALIZATION,
                            .options = options_l2_norm(TFLITE_ACT_NONE),
                            .input_count = 1,
                            .input = {{.type = type,
                                       WRITER_SHAPE(rows, depth),
                                       .scale = is_float ? 0 : 0.3f,
                                       .zero_point = zero_point}},
                            .output_count = 1,
                            .output = {{.type = type,
                                        WRITER_SHAPE(rows, depth),
                                        .scale = is_float ? 0 : 1.0f / 128}}};
}

static int32_t clamp(int64_t y) {
    return (int32_t)(y > 127 ? 127 : y < -128 ? -128 : y);
}

static void check_s8(struct random *random, int32_t rows, int32_t depth,
                     bool is_constant) {
    int32_t zero_point = random_int(random, -128, 127);
    struct test_op op = op_of(TFLITE_TYPE_INT8, rows, depth, zero_point);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    int8_t *input = model_input(model, 0);
    random_fill_s8(random, input, (size_t)(rows * depth));
    if (is_constant) {
        memset(input, zero_point, (size_t)(rows * depth));
    }
    model_run(model);
    const int8_t *output = model_output(model, 0);
    for (int32_t row = 0; row < rows; row++) {
        const int8_t *x = input + row * depth;
        int64_t squares = 0;
        for (int32_t i = 0; i < depth; i++) {
            squares += (x[i] - zero_point) * (x[i] - zero_point);
        }
        struct reference_factor factor = fixed_inverse_sqrt(squares);
        factor.shift += 7;
        for (int32_t i = 0; i < depth; i++) {
            int32_t found = output[row * depth + i];
            int64_t y = reference_multiply(x[i] - zero_point, factor);
            double real =
                squares ? 128 * (x[i] - zero_point) / sqrt((double)squares) : 0;
            assert_int_equal(found, clamp(y));
            assert_true(fabs(fmin(real, 127) - found) <= 1);
        }
    }
    model_free(model);
}

static void test_s8(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < CASES; i++) {
        check_s8(&random, random_int(&random, 1, 4),
                 random_int(&random, 1, i % 20 == 0 ? 33025 : 40), i == 7);
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
        /* The last ones are shorter than the least divisor. */
        double most = i < CASES - 5 ? 9 : 1e-8;
        random_fill_f32(&random, input, count, -most, most);
        double *want = allocate(count, sizeof *want);
        for (int32_t row = 0; row < rows; row++) {
            const float *x = input + row * depth;
            double squares = 0;
            for (int32_t k = 0; k < depth; k++) {
                squares += (double)x[k] * (double)x[k];
            }
            for (int32_t k = 0; k < depth; k++) {
                want[row * depth + k] =
                    (double)x[k] / fmax(sqrt(squares), 1e-6);
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
    struct test_op op = op_of(TFLITE_TYPE_INT8, 2, 3, 0);
    op.output[0].scale = 0.5f;
    op_expect_message(&op, "op 0 L2_NORMALIZATION \"output\": output has scale "
                           "0.5 and zero point 0, it must have 1/128 and 0");
    op = op_of(TFLITE_TYPE_INT8, 2, 3, 0);
    op.options = options_l2_norm(TFLITE_ACT_RELU);
    op_expect_message(&op, "op 0 L2_NORMALIZATION \"output\": fused activation "
                           "is 1, allowed: NONE (0)");
    op = op_of(TFLITE_TYPE_INT8, 2, 33026, 0);
    op_expect_message(&op, "op 0 L2_NORMALIZATION \"output\": input has 33026 "
                           "values a row, the most for INT8 is 33025");
    op = op_of(TFLITE_TYPE_INT16, 2, 3, 0);
    op_expect_message(&op, "op 0 L2_NORMALIZATION \"output\": input type is "
                           "INT16, allowed: FLOAT32, INT8");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
