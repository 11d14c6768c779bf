/* MIRROR_PAD: which position each of the border mirrors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

struct frame {
    int rank, mode; /* 0 REFLECT, 1 SYMMETRIC */
    int32_t paddings[12], size[6];
};

/* Walks from the edge of the border inwards, turning around at the input's
 * edge. */
static bool source(const void *user, const int32_t *o, int32_t *i) {
    const struct frame *frame = user;
    for (int d = 0; d < frame->rank; d++) {
        const int32_t at = o[d] - frame->paddings[2 * d];
        const int32_t over = at - frame->size[d] + 1;
        i[d] = at < 0      ? (frame->mode == 0 ? -at : -at - 1)
               : over <= 0 ? at
                           : frame->size[d] - (frame->mode == 0 ? 1 : 0) - over;
    }
    return true;
}

static void test_random(void **state) {
    (void)state;
    struct random random = {25};
    for (int trial = 0; trial < 300; trial++) {
        struct frame frame = {.mode = random_int(&random, 0, 1)};
        struct test_op op = {.code = TFLITE_MIRROR_PAD,
                             .options = options_mirror_pad(frame.mode),
                             .input_count = 2,
                             .output_count = 1};
        struct writer_tensor *input = &op.input[0], *output = &op.output[0];
        input->type = random_type(&random);
        random_shape(&random, 1, 6, input);
        for (int d = 2; d < input->rank; d++) {
            input->dims[d] = input->dims[d] > 3 ? 3 : input->dims[d];
        }
        *output = *input;
        frame.rank = input->rank;
        for (int d = 0; d < input->rank; d++) {
            frame.size[d] = input->dims[d];
            for (int side = 0; side < 2; side++) {
                int32_t most = input->dims[d] - (frame.mode == 0 ? 1 : 0);
                frame.paddings[2 * d + side] =
                    random_int(&random, 0, random_int(&random, 0, most));
                output->dims[d] += frame.paddings[2 * d + side];
            }
        }
        op.input[1] = (struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                             WRITER_SHAPE(input->rank, 2),
                                             .data = frame.paddings};
        movement_check(&random, &op, source, &frame, 0);
    }
}

static struct test_op plain(int mode, const int32_t *paddings) {
    return (struct test_op){
        .code = TFLITE_MIRROR_PAD,
        .options = options_mirror_pad(mode),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(3)},
                  {.type = TFLITE_TYPE_INT32,
                   WRITER_SHAPE(1, 2),
                   .data = paddings}},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(7)}},
        .output_count = 1};
}

static void test_by_hand(void **state) {
    (void)state;
    static const int32_t two[] = {2, 2};
    static const char *const wanted[] = {"cbabcba", "baabccb"};
    for (int mode = 0; mode < 2; mode++) {
        struct test_op op = plain(mode, two);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        memcpy(model_input(model, 0), "abc", 3);
        model_run(model);
        assert_memory_equal(model_output(model, 0), wanted[mode], 7);
        model_free(model);
    }
}

#define NAME "op 0 MIRROR_PAD \"output\": "

static void test_bad(void **state) {
    (void)state;
    static const int32_t two[] = {2, 2}, three[] = {3, 1}, minus[] = {-1, 0};
    struct test_op op = plain(0, three);
    op_expect_message(&op, NAME "paddings of dimension 0 are 3 and 1, each "
                                "must lie within 0..2");
    op = plain(1, minus);
    op_expect_message(&op, NAME "paddings of dimension 0 are -1 and 0, each "
                                "must lie within 0..3");
    op = plain(2, two);
    op_expect_message(&op, NAME "mode is 2, allowed: REFLECT (0), SYMMETRIC "
                                "(1)");
    op = plain(0, NULL);
    op_expect_message(&op, NAME "paddings \"input1\" is computed at run time, "
                                "it must be constant");
    op = plain(0, two);
    op.input[1].rank = 1;
    op_expect_message(&op, NAME "paddings shape is 1, it must be 1x2");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_by_hand),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
