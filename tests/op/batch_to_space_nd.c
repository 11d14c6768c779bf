/* BATCH_TO_SPACE_ND: where each position comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

struct blocks {
    int spatial;
    int32_t images, block[2], edge[4], size[2]; /* of the tensor in space */
};

static bool source(const void *user, const int32_t *o, int32_t *i) {
    const struct blocks *blocks = user;
    int32_t place = 0;
    for (int d = 0; d < blocks->spatial; d++) {
        const int32_t at = o[1 + d] + blocks->edge[2 * d];
        i[1 + d] = at / blocks->block[d];
        place = place * blocks->block[d] + at % blocks->block[d];
    }
    i[0] = place * blocks->images + o[0];
    i[1 + blocks->spatial] = o[1 + blocks->spatial];
    return true;
}

static void test_random(void **state) {
    (void)state;
    struct random random = {24};
    for (int trial = 0; trial < 300; trial++) {
        struct blocks blocks = {.spatial = random_int(&random, 1, 2)};
        struct test_op op = {.code = TFLITE_BATCH_TO_SPACE_ND,
                             .input_count = 3,
                             .output_count = 1};
        struct writer_tensor *input = &op.input[0], *output = &op.output[0];
        input->type = random_type(&random);
        random_shape(&random, 2 + blocks.spatial, 2 + blocks.spatial, input);
        *output = *input;
        blocks.images = input->dims[0];
        for (int d = 0; d < blocks.spatial; d++) {
            blocks.block[d] = random_int(&random, 1, 3);
            int32_t room = input->dims[1 + d] * blocks.block[d] - 1;
            blocks.edge[2 * d] = random_int(&random, 0, room);
            room -= blocks.edge[2 * d];
            blocks.edge[2 * d + 1] = random_int(&random, 0, room);
            output->dims[1 + d] = room - blocks.edge[2 * d + 1] + 1;
            input->dims[0] *= blocks.block[d];
        }
        op.input[1] =
            (struct writer_tensor)INT32_VECTOR(blocks.block, blocks.spatial);
        op.input[2] = (struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                             WRITER_SHAPE(blocks.spatial, 2),
                                             .data = blocks.edge};
        movement_check(&random, &op, source, &blocks, 0);
    }
}

static struct test_op plain(const int32_t *block, const int32_t *edge) {
    return (struct test_op){
        .code = TFLITE_BATCH_TO_SPACE_ND,
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(4, 1, 2, 1)},
                  INT32_VECTOR(block, 2),
                  {.type = TFLITE_TYPE_INT32,
                   WRITER_SHAPE(2, 2),
                   .data = edge}},
        .input_count = 3,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2, 4, 1)}},
        .output_count = 1};
}

#define NAME "op 0 BATCH_TO_SPACE_ND \"output\": "

static void test_bad(void **state) {
    (void)state;
    static const int32_t two[] = {2, 2}, three[] = {1, 3}, none[4] = {0};
    static const int32_t all[] = {1, 1, 0, 0};
    struct test_op op = plain(three, none);
    op_expect_message(&op, NAME "input has 4 images, they must be a multiple "
                                "of the block's 3");
    op = plain(two, all);
    op_expect_message(&op, NAME "crops of dimension 1 are 1 and 1, of 2 "
                                "positions at least 1 must be left");
    op = plain(two, NULL);
    op_expect_message(&op, NAME "crops \"input2\" is computed at run time, it "
                                "must be constant");
    op = plain(two, none);
    op.output[0].dims[0] = 2;
    op_expect_message(&op, NAME "output 0 is declared 2x2x4x1, its inputs "
                                "give 1x2x4x1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
