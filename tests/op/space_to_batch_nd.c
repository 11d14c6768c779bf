/* SPACE_TO_BATCH_ND: where each position comes from, and what padding holds. */
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
    int32_t place = o[0] / blocks->images;
    bool inside = true;
    i[0] = o[0] % blocks->images;
    for (int d = blocks->spatial - 1; d >= 0; d--) {
        i[1 + d] = o[1 + d] * blocks->block[d] + place % blocks->block[d] -
                   blocks->edge[2 * d];
        place /= blocks->block[d];
        inside = inside && i[1 + d] >= 0 && i[1 + d] < blocks->size[d];
    }
    i[1 + blocks->spatial] = o[1 + blocks->spatial];
    return inside;
}

static void test_random(void **state) {
    (void)state;
    struct random random = {23};
    for (int trial = 0; trial < 300; trial++) {
        struct blocks blocks = {.spatial = random_int(&random, 1, 2)};
        struct test_op op = {.code = TFLITE_SPACE_TO_BATCH_ND,
                             .input_count = 3,
                             .output_count = 1};
        struct writer_tensor *input = &op.input[0], *output = &op.output[0];
        uint8_t border = 0;
        input->type = random_type(&random);
        random_shape(&random, 2 + blocks.spatial, 2 + blocks.spatial, input);
        if (type_size(input->type) == 1 && input->type != TFLITE_TYPE_BOOL) {
            input->scale = 0.5f;
            input->zero_point = random_int(&random, 0, 127) -
                                (input->type == TFLITE_TYPE_INT8 ? 64 : 0);
            border = (uint8_t)input->zero_point;
        }
        *output = *input;
        blocks.images = input->dims[0];
        for (int d = 0; d < blocks.spatial; d++) {
            blocks.block[d] = random_int(&random, 1, 3);
            blocks.size[d] = input->dims[1 + d];
            blocks.edge[2 * d] = random_int(&random, 0, 3);
            int32_t left = blocks.size[d] + blocks.edge[2 * d];
            blocks.edge[2 * d + 1] =
                random_int(&random, 0, 1) * blocks.block[d] +
                (blocks.block[d] - left % blocks.block[d]) % blocks.block[d];
            output->dims[1 + d] =
                (left + blocks.edge[2 * d + 1]) / blocks.block[d];
            output->dims[0] *= blocks.block[d];
        }
        op.input[1] =
            (struct writer_tensor)INT32_VECTOR(blocks.block, blocks.spatial);
        op.input[2] = (struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                             WRITER_SHAPE(blocks.spatial, 2),
                                             .data = blocks.edge};
        movement_check(&random, &op, source, &blocks, border);
    }
}

static struct test_op plain(const int32_t *block, const int32_t *edge) {
    return (struct test_op){
        .code = TFLITE_SPACE_TO_BATCH_ND,
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2, 4, 1)},
                  INT32_VECTOR(block, 2),
                  {.type = TFLITE_TYPE_INT32,
                   WRITER_SHAPE(2, 2),
                   .data = edge}},
        .input_count = 3,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(4, 1, 2, 1)}},
        .output_count = 1};
}

#define NAME "op 0 SPACE_TO_BATCH_ND \"output\": "

static void test_bad(void **state) {
    (void)state;
    static const int32_t two[] = {2, 2}, zero[] = {0, 2}, none[4] = {0};
    static const int32_t odd[] = {0, 1, 0, 0}, minus[] = {0, 0, -1, 1};
    struct test_op op = plain(zero, none);
    op_expect_message(&op, NAME "block_shape 0 is 0, it must lie within "
                                "1..32767");
    op = plain(two, odd);
    op_expect_message(&op, NAME "dimension 1 is 3 with its paddings, it must "
                                "be a multiple of the block's 2");
    op = plain(two, minus);
    op_expect_message(&op, NAME "what lies before of dimension 2 is -1, it "
                                "must lie within 0..2147483647");
    op = plain(NULL, none);
    op_expect_message(&op, NAME "block_shape \"input1\" is computed at run "
                                "time, it must be constant");
    op = plain(two, none);
    op.input[2].rank = 1;
    op_expect_message(&op, NAME "paddings shape is 2, it must be 2x2");
    op = plain(two, none);
    op.input[1].dims[0] = 3;
    op.input[1].data = none;
    op_expect_message(&op, NAME "block_shape shape is 3, it must have 2 "
                                "values");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
