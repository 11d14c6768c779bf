/* FILL and ZEROS_LIKE: every element has the value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

static bool nowhere(const void *user, const int32_t *o, int32_t *i) {
    (void)user;
    (void)o;
    (void)i;
    return false;
}

static void test_fill(void **state) {
    (void)state;
    struct random random = {29};
    for (int trial = 0; trial < 200; trial++) {
        struct test_op op = {
            .code = TFLITE_FILL, .input_count = 2, .output_count = 1};
        struct writer_tensor *output = &op.output[0];
        output->type = op.input[1].type = random_type(&random);
        random_shape(&random, 1, 6, output);
        op.input[0] =
            (struct writer_tensor)INT32_VECTOR(output->dims, output->rank);
        void *data[2] = {NULL, random_input(&random, &op, 1)};
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        run_movement(model, &op, data);
        const size_t size = (size_t)type_size(output->type);
        for (int32_t i = 0; i < tensor_count(output); i++) {
            assert_memory_equal((const uint8_t *)model_output(model, 0) +
                                    (size_t)i * size,
                                data[1], size);
        }
        model_free(model);
        free(data[1]);
    }
}

static void test_zeros_like(void **state) {
    (void)state;
    struct random random = {30};
    for (int trial = 0; trial < 100; trial++) {
        struct test_op op = {
            .code = TFLITE_ZEROS_LIKE, .input_count = 1, .output_count = 1};
        op.input[0].type = random_type(&random);
        random_shape(&random, 0, 6, &op.input[0]);
        op.output[0] = op.input[0];
        movement_check(&random, &op, nowhere, NULL, 0);
    }
}

static struct test_op plain(const int32_t *dims) {
    return (struct test_op){
        .code = TFLITE_FILL,
        .input = {INT32_VECTOR(dims, 2), {.type = TFLITE_TYPE_INT8}},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)}},
        .output_count = 1};
}

#define NAME "op 0 FILL \"output\": "

static void test_bad(void **state) {
    (void)state;
    static const int32_t good[] = {2, 3}, zero[] = {2, 0};
    struct test_op op = plain(zero);
    op_expect_message(&op, NAME "dims 1 is 0, it must lie within "
                                "1..2147483647");
    op = plain(good);
    op.input[1].rank = 1;
    op.input[1].dims[0] = 2;
    op_expect_message(&op, NAME "value shape is 2, it must have 1 value");
    op = plain(good);
    op.output[0].dims[0] = 4;
    op_expect_message(&op, NAME "output 0 is declared 4x3, its inputs give "
                                "2x3");
    op = plain(NULL);
    op_expect_message(&op, NAME "dims \"input\" is computed at run time, it "
                                "must be constant");
    op = plain(good);
    op.code = TFLITE_ZEROS_LIKE;
    op.input_count = 1;
    op_expect_message(&op, "op 0 ZEROS_LIKE \"output\": output type is INT8, "
                           "it must be input's, INT32");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fill),
                                       cmocka_unit_test(test_zeros_like),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
