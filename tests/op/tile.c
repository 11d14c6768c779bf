/* TILE: where each element comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

static bool source(const void *user, const int32_t *o, int32_t *i) {
    const struct writer_tensor *input = user;
    for (int d = 0; d < input->rank; d++) {
        i[d] = o[d] % input->dims[d];
    }
    return true;
}

static void test_random(void **state) {
    (void)state;
    struct random random = {27};
    for (int trial = 0; trial < 300; trial++) {
        struct test_op op = {
            .code = TFLITE_TILE, .input_count = 2, .output_count = 1};
        struct writer_tensor *input = &op.input[0], *output = &op.output[0];
        int32_t multiples[6], repeated = 0;
        input->type = random_type(&random);
        random_shape(&random, 1, 6, input);
        *output = *input;
        for (int d = 0; d < input->rank; d++) {
            multiples[d] = repeated < 3 ? random_int(&random, 1, 3) : 1;
            repeated += multiples[d] > 1;
            output->dims[d] *= multiples[d];
        }
        op.input[1] =
            (struct writer_tensor)INT32_VECTOR(multiples, input->rank);
        movement_check(&random, &op, source, input, 0);
    }
}

static struct test_op plain(const int32_t *multiples) {
    return (struct test_op){
        .code = TFLITE_TILE,
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 3)},
                  INT32_VECTOR(multiples, 2)},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 6)}},
        .output_count = 1};
}

#define NAME "op 0 TILE \"output\": "

static void test_bad(void **state) {
    (void)state;
    static const int32_t zero[] = {2, 0}, many[] = {1, 1 << 30},
                         twos[] = {2, 2, 2, 2, 2, 2};
    struct test_op op = plain(zero);
    op_expect_message(&op, NAME "multiples 1 is 0, it must lie within "
                                "1..715827882");
    op = plain(many);
    op_expect_message(&op, NAME "multiples 1 is 1073741824, it must lie within "
                                "1..715827882");
    op = plain(twos);
    for (int d = 0; d < 6; d++) {
        op.input[0].dims[d] = 2;
        op.output[0].dims[d] = 4;
    }
    op.input[0].rank = op.output[0].rank = op.input[1].dims[0] = 6;
    op_expect_message(&op, NAME "multiples repeat too many dimensions at once, "
                                "three are always allowed");
    op = plain(NULL);
    op_expect_message(&op, NAME "multiples \"input1\" is computed at run time, "
                                "it must be constant");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
