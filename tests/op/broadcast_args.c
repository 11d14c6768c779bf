/* BROADCAST_ARGS: the shape that two shapes are repeated up to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

static void check(struct random *random, bool is_wide) {
    int32_t shape[2][6], rank[2], most, wanted[6];
    int64_t wide[2][6];
    for (int k = 0; k < 2; k++) {
        rank[k] = random_int(random, 1, 6);
    }
    most = rank[0] > rank[1] ? rank[0] : rank[1];
    for (int i = 0; i < most; i++) { /* from the end */
        const int32_t dim = random_int(random, 1, 9);
        wanted[most - 1 - i] = 1;
        for (int k = 0; k < 2; k++) {
            const int32_t own = random_int(random, 0, 1) ? dim : 1;
            if (i < rank[k]) {
                shape[k][rank[k] - 1 - i] = own;
                wide[k][rank[k] - 1 - i] = own;
                if (own != 1) {
                    wanted[most - 1 - i] = own;
                }
            }
        }
    }
    const int32_t type = is_wide ? TFLITE_TYPE_INT64 : TFLITE_TYPE_INT32;
    struct test_op op = {
        .code = TFLITE_BROADCAST_ARGS,
        .input = {INT32_VECTOR(NULL, rank[0]), INT32_VECTOR(NULL, rank[1])},
        .input_count = 2,
        .output = {INT32_VECTOR(NULL, most)},
        .output_count = 1};
    op.input[0].type = op.input[1].type = op.output[0].type = type;
    for (int k = 0; k < 2; k++) {
        if (random_int(random, 0, 2) == 0) {
            op.input[k].data = is_wide ? (void *)wide[k] : shape[k];
        }
    }
    void *data[2] = {is_wide ? (void *)wide[0] : shape[0],
                     is_wide ? (void *)wide[1] : shape[1]};
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    run_movement(model, &op, data);
    for (int i = 0; i < most; i++) {
        assert_int_equal(is_wide ? ((const int64_t *)model_output(model, 0))[i]
                                 : ((const int32_t *)model_output(model, 0))[i],
                         wanted[i]);
    }
    model_free(model);
}

static void test_random(void **state) {
    (void)state;
    struct random random = {36};
    for (int trial = 0; trial < 400; trial++) {
        check(&random, trial % 2);
    }
}

static void test_bad(void **state) {
    (void)state;
    static const int32_t a[] = {2, 3}, b[] = {4, 1};
    const struct test_op good = {
        .code = TFLITE_BROADCAST_ARGS,
        .input = {INT32_VECTOR(a, 2), INT32_VECTOR(b, 2)},
        .input_count = 2,
        .output = {INT32_VECTOR(NULL, 2)},
        .output_count = 1};
#define NAME "op 0 BROADCAST_ARGS \"output\": "
    struct test_op op = good;
    op_expect_message(&op, NAME "dimensions 2 and 4 cannot be repeated up to "
                                "each other");
    op = good;
    op.output[0].dims[0] = 3;
    op.input[1].data = a;
    op_expect_message(&op, NAME "output 0 is declared 3, its inputs give 2");
    op = good;
    op.input[1].type = TFLITE_TYPE_INT64;
    op.input[1].data = NULL;
    op_expect_message(&op, NAME "input 1 type is INT64, it must be input 0's, "
                                "INT32");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
