/* DYNAMIC_UPDATE_SLICE: which elements are replaced, wherever the start is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

static void check(struct random *random) {
    struct test_op op = {.code = TFLITE_DYNAMIC_UPDATE_SLICE,
                         .input_count = 3,
                         .output_count = 1};
    struct writer_tensor *whole = &op.input[0], *part = &op.input[1];
    int32_t start[6], from[6];
    int64_t wide[6];
    whole->type = random_type(random);
    random_shape(random, 1, 6, whole);
    op.output[0] = *part = *whole;
    for (int d = 0; d < whole->rank; d++) {
        part->dims[d] = random_int(random, 1, whole->dims[d]);
        const int32_t last = whole->dims[d] - part->dims[d];
        start[d] = random_int(random, 0, 3) == 0
                       ? (int32_t)random_u64(random)
                       : random_int(random, -1, last + 1);
        wide[d] = start[d];
        from[d] = start[d] < 0 ? 0 : start[d] > last ? last : start[d];
    }
    op.input[2] = (struct writer_tensor)INT32_VECTOR(NULL, whole->rank);
    const bool is_wide = random_int(random, 0, 1);
    op.input[2].type = is_wide ? TFLITE_TYPE_INT64 : TFLITE_TYPE_INT32;
    void *data[3] = {random_input(random, &op, 0), random_input(random, &op, 1),
                     is_wide ? (void *)wide : start};
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    run_movement(model, &op, data);
    int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK] = {0};
    do {
        bool inside = true;
        for (int d = 0; d < whole->rank; d++) {
            i[d] = o[d] - from[d];
            inside = inside && i[d] >= 0 && i[d] < part->dims[d];
        }
        assert_memory_equal(element(whole, model_output(model, 0), o),
                            inside ? element(part, data[1], i)
                                   : element(whole, data[0], o),
                            (size_t)type_size(whole->type));
    } while (next_index(whole, o));
    model_free(model);
    free(data[0]);
    free(data[1]);
}

static void test_random(void **state) {
    (void)state;
    struct random random = {34};
    for (int trial = 0; trial < 400; trial++) {
        check(&random);
    }
}

static void test_bad(void **state) {
    (void)state;
    const struct test_op good = {
        .code = TFLITE_DYNAMIC_UPDATE_SLICE,
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)},
                  {.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2)},
                  INT32_VECTOR(NULL, 2)},
        .input_count = 3,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)}},
        .output_count = 1};
#define NAME "op 0 DYNAMIC_UPDATE_SLICE \"output\": "
    struct test_op op = good;
    op.input[1].dims[1] = 4;
    op_expect_message(&op, NAME "update shape is 1x4, it must fit into the "
                                "operand's, 2x3");
    op = good;
    op.input[1].rank = 1;
    op_expect_message(&op, NAME "update shape is 1, it must have 2 dimensions");
    op = good;
    op.input[1].type = TFLITE_TYPE_INT16;
    op_expect_message(&op, NAME "update type is INT16, it must be operand's, "
                                "INT8");
    op = good;
    op.input[2].dims[0] = 3;
    op_expect_message(&op, NAME "start_indices shape is 3, it must have 2 "
                                "values");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
