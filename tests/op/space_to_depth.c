/* SPACE_TO_DEPTH: where each channel comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

struct blocks {
    int32_t size, depth; /* channels of the input */
};

static bool source(const void *user, const int32_t *o, int32_t *i) {
    const struct blocks *blocks = user;
    const int32_t place = o[3] / blocks->depth;
    i[0] = o[0];
    i[1] = o[1] * blocks->size + place / blocks->size;
    i[2] = o[2] * blocks->size + place % blocks->size;
    i[3] = o[3] % blocks->depth;
    return true;
}

static void test_random(void **state) {
    (void)state;
    struct random random = {21};
    for (int trial = 0; trial < 200; trial++) {
        struct blocks blocks = {random_int(&random, 1, 3), 0};
        struct test_op op = {.code = TFLITE_SPACE_TO_DEPTH,
                             .options = options_space_to_depth(blocks.size),
                             .input_count = 1,
                             .output_count = 1};
        struct writer_tensor *input = &op.input[0];
        input->type = random_type(&random);
        random_shape(&random, 4, 4, input);
        op.output[0] = *input;
        blocks.depth = input->dims[3];
        op.output[0].dims[3] *= blocks.size * blocks.size;
        input->dims[1] *= blocks.size;
        input->dims[2] *= blocks.size;
        movement_check(&random, &op, source, &blocks, 0);
    }
}

static struct test_op plain(int32_t size) {
    return (struct test_op){
        .code = TFLITE_SPACE_TO_DEPTH,
        .options = options_space_to_depth(size),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2, 4, 1)}},
        .input_count = 1,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 1, 2, 4)}},
        .output_count = 1};
}

static void test_bad(void **state) {
    (void)state;
    struct test_op op = plain(0);
    op_expect_message(&op, "op 0 SPACE_TO_DEPTH \"output\": block_size is 0, "
                           "it must lie within 1..32767");
    op = plain(3);
    op_expect_message(&op, "op 0 SPACE_TO_DEPTH \"output\": input has 2x4 "
                           "positions, both must be multiples of block_size, "
                           "3");
    op = plain(2);
    op.input[0].rank = 3;
    op_expect_message(&op, "op 0 SPACE_TO_DEPTH \"output\": input shape is "
                           "1x2x4, it must have 4 dimensions");
    op = plain(2);
    op.output[0].dims[3] = 3;
    op_expect_message(&op, "op 0 SPACE_TO_DEPTH \"output\": output 0 is "
                           "declared 1x1x2x3, its inputs give 1x1x2x4");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
