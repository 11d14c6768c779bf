/* BROADCAST_TO: where each element comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

static bool source(const void *user, const int32_t *o, int32_t *i) {
    const struct test_op *op = user;
    const int added = op->output[0].rank - op->input[0].rank;
    for (int d = 0; d < op->input[0].rank; d++) {
        i[d] = op->input[0].dims[d] == 1 ? 0 : o[d + added];
    }
    return true;
}

static void test_random(void **state) {
    (void)state;
    struct random random = {26};
    for (int trial = 0; trial < 300; trial++) {
        struct test_op op = {
            .code = TFLITE_BROADCAST_TO, .input_count = 2, .output_count = 1};
        struct writer_tensor *input = &op.input[0], *output = &op.output[0];
        output->type = input->type = random_type(&random);
        random_shape(&random, 0, 6, output);
        input->rank = random_int(&random, 0, output->rank);
        for (int d = 0; d < input->rank; d++) {
            input->dims[d] = random_int(&random, 0, 1)
                                 ? 1
                                 : output->dims[output->rank - input->rank + d];
        }
        op.input[1] =
            (struct writer_tensor)INT32_VECTOR(output->dims, output->rank);
        if (output->rank > 0) {
            movement_check(&random, &op, source, &op, 0);
        }
    }
}

static struct test_op plain(const int32_t *shape, int32_t count) {
    return (struct test_op){
        .code = TFLITE_BROADCAST_TO,
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 3)},
                  INT32_VECTOR(shape, count)},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)}},
        .output_count = 1};
}

#define NAME "op 0 BROADCAST_TO \"output\": "

static void test_bad(void **state) {
    (void)state;
    static const int32_t good[] = {2, 3}, bad[] = {2, 4}, zero[] = {0, 3};
    struct test_op op = plain(bad, 2);
    op_expect_message(&op, NAME "shape 1 is 4, the input's dimension 3 cannot "
                                "be repeated up to it");
    op = plain(zero, 2);
    op_expect_message(&op, NAME "shape 0 is 0, the input's dimension 1 cannot "
                                "be repeated up to it");
    op = plain(good, 1);
    op_expect_message(&op, NAME "shape has 1 values, allowed: 2 to 6");
    op = plain(NULL, 2);
    op_expect_message(&op, NAME "shape \"input1\" is computed at run time, it "
                                "must be constant");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
