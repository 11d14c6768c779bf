/* DEPTH_TO_SPACE: where each position comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

struct blocks {
    int32_t size, depth; /* channels of the output */
};

static bool source(const void *user, const int32_t *o, int32_t *i) {
    const struct blocks *blocks = user;
    i[0] = o[0];
    i[1] = o[1] / blocks->size;
    i[2] = o[2] / blocks->size;
    i[3] = (o[1] % blocks->size * blocks->size + o[2] % blocks->size) *
               blocks->depth +
           o[3];
    return true;
}

static void test_random(void **state) {
    (void)state;
    struct random random = {22};
    for (int trial = 0; trial < 200; trial++) {
        struct blocks blocks = {random_int(&random, 1, 3), 0};
        struct test_op op = {.code = TFLITE_DEPTH_TO_SPACE,
                             .options = options_depth_to_space(blocks.size),
                             .input_count = 1,
                             .output_count = 1};
        struct writer_tensor *input = &op.input[0];
        input->type = random_type(&random);
        random_shape(&random, 4, 4, input);
        op.output[0] = *input;
        blocks.depth = input->dims[3];
        input->dims[3] *= blocks.size * blocks.size;
        op.output[0].dims[1] *= blocks.size;
        op.output[0].dims[2] *= blocks.size;
        movement_check(&random, &op, source, &blocks, 0);
    }
}

static struct test_op plain(int32_t size) {
    return (struct test_op){
        .code = TFLITE_DEPTH_TO_SPACE,
        .options = options_depth_to_space(size),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 1, 2, 4)}},
        .input_count = 1,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2, 4, 1)}},
        .output_count = 1};
}

static void test_bad(void **state) {
    (void)state;
    struct test_op op = plain(-1);
    op_expect_message(&op, "op 0 DEPTH_TO_SPACE \"output\": block_size is -1, "
                           "it must lie within 1..32767");
    op = plain(3);
    op_expect_message(&op, "op 0 DEPTH_TO_SPACE \"output\": input has 4 "
                           "channels, they must be a multiple of block_size "
                           "squared, 9");
    op = plain(2);
    op.output[0].type = TFLITE_TYPE_INT16;
    op_expect_message(&op, "op 0 DEPTH_TO_SPACE \"output\": output type is "
                           "INT16, it must be input's, INT8");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
