/* RESIZE_NEAREST_NEIGHBOR: which rows and columns are taken. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

/* The definition, step by step in float32. */
static int32_t nearest(int32_t i, int32_t in, int32_t out, bool align,
                       bool half) {
    volatile float scale = align && out > 1 ? (float)(in - 1) / (float)(out - 1)
                                            : (float)in / (float)out;
    volatile float position = (float)i + (half ? 0.5f : 0.0f);
    position *= scale;
    int32_t index = (int32_t)(align ? roundf(position) : floorf(position));
    return index > in - 1 ? in - 1 : index;
}

static struct test_op resize(const int32_t *size, bool align, bool half) {
    return (struct test_op){
        .code = TFLITE_RESIZE_NEAREST_NEIGHBOR,
        .options = options_resize_nearest_neighbor(align, half),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2, 3, 1)},
                  INT32_VECTOR(size, 2)},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2, 3, 1)}},
        .output_count = 1};
}

static void test_random(void **state) {
    (void)state;
    struct random random = {11};
    for (int trial = 0; trial < 400; trial++) {
        int32_t size[2];
        bool align = random_int(&random, 0, 1),
             half = random_int(&random, 0, 1);
        struct test_op op = resize(size, align, half);
        struct writer_tensor *input = &op.input[0], *output = &op.output[0];
        input->type = random_type(&random);
        random_shape(&random, 4, 4, input);
        *output = *input;
        bool repeats = random_int(&random, 0, 3) == 0;
        for (int d = 0; d < 2; d++) {
            size[d] = repeats ? input->dims[1 + d] * random_int(&random, 1, 3)
                              : random_int(&random, 1, 17);
            output->dims[1 + d] = size[d];
        }
        void *data[2] = {random_input(&random, &op, 0)};
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        run_movement(model, &op, data);
        int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK];
        do {
            memcpy(i, o, sizeof i);
            for (int d = 1; d <= 2; d++) {
                i[d] =
                    nearest(o[d], input->dims[d], output->dims[d], align, half);
            }
            assert_memory_equal(element(output, model_output(model, 0), o),
                                element(input, data[0], i),
                                (size_t)type_size(input->type));
        } while (next_index(output, o));
        model_free(model);
        free(data[0]);
    }
}

/* By hand: a row of three made five wide. */
static void expect_row(bool align, bool half, const char row[6]) {
    static const int32_t size[] = {2, 5};
    struct test_op op = resize(size, align, half);
    op.output[0].dims[2] = 5;
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), "abcABC", 6);
    model_run(model);
    assert_memory_equal(model_output(model, 0), row, 5);
    model_free(model);
}

static void test_by_hand(void **state) {
    (void)state;
    expect_row(false, false, "aabbc"); /* 0 .6 1.2 1.8 2.4 */
    expect_row(true, false, "abbcc");  /* 0 .5 1 1.5 2, rounded */
    expect_row(false, true, "aabcc");  /* .3 .9 1.5 2.1 2.7 */
}

static void test_bad(void **state) {
    (void)state;
    static const int32_t size[] = {2, 3}, negative[] = {2, -3};
    struct test_op op = resize(size, false, false);
    op.input[1].dims[0] = 1;
    op_expect_message(&op, "op 0 RESIZE_NEAREST_NEIGHBOR \"output\": size "
                           "shape is 1, it must have 2 values");
    op = resize(negative, false, false);
    op_expect_message(&op, "op 0 RESIZE_NEAREST_NEIGHBOR \"output\": output "
                           "width is -3, it must lie within 1..32767");
    op = resize(NULL, false, false);
    op_expect_message(&op, "op 0 RESIZE_NEAREST_NEIGHBOR \"output\": size "
                           "\"input1\" is computed at run time, it must be "
                           "constant");
    op = resize(size, false, false);
    op.input[0].rank = 3;
    op_expect_message(&op, "op 0 RESIZE_NEAREST_NEIGHBOR \"output\": input "
                           "shape is 1x2x3, it must have 4 dimensions");
    op = resize(size, false, false);
    op.output[0].dims[1] = 4;
    op_expect_message(&op, "op 0 RESIZE_NEAREST_NEIGHBOR \"output\": output 0 "
                           "is declared 1x4x3x1, its inputs give 1x2x3x1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_by_hand),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
