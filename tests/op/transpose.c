/* TRANSPOSE: every permutation of up to six dimensions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"
#include "op/op.h"

static void test_random(void **state) {
    (void)state;
    struct random random = {9};
    for (int trial = 0; trial < 400; trial++) {
        struct test_op op = {.code = TFLITE_TRANSPOSE,
                             .options = options_empty(TFLITE_OPTIONS_TRANSPOSE),
                             .input_count = 2,
                             .output_count = 1};
        struct writer_tensor *input = &op.input[0], *output = &op.output[0];
        int32_t perm[WRITER_MAX_RANK];
        input->type = random_type(&random);
        random_shape(&random, 1, 6, input);
        *output = *input;
        for (int d = 0; d < input->rank; d++) {
            int other = random_int(&random, 0, d);
            perm[d] = perm[other];
            perm[other] = d;
        }
        for (int d = 0; d < input->rank; d++) {
            output->dims[d] = input->dims[perm[d]];
        }
        op.input[1] = (struct writer_tensor)INT32_VECTOR(perm, input->rank);
        void *data[2] = {random_input(&random, &op, 0)};
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        run_movement(model, &op, data);
        int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK];
        do {
            for (int d = 0; d < input->rank; d++) {
                i[perm[d]] = o[d];
            }
            assert_memory_equal(element(output, model_output(model, 0), o),
                                element(input, data[0], i),
                                (size_t)type_size(input->type));
        } while (next_index(output, o));
        model_free(model);
        free(data[0]);
    }
}

static struct test_op transpose(const int32_t *perm) {
    return (struct test_op){
        .code = TFLITE_TRANSPOSE,
        .options = options_empty(TFLITE_OPTIONS_TRANSPOSE),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 1, 3)},
                  INT32_VECTOR(perm, 3)},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2, 3)}},
        .output_count = 1};
}

/* Where only dimensions of 1 move, nothing has to be done. */
static void test_view(void **state) {
    (void)state;
    struct test_op op = transpose((const int32_t[]){1, 0, 2});
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    struct op_memory memory = {0};
    const struct node *node = model_graph(model)->node[0];
    node->op->memory(node, &memory);
    assert_true(memory.is_view);
    model_free(model);

    op = transpose((const int32_t[]){1, 2, 0});
    op.output[0].dims[1] = 3;
    op.output[0].dims[2] = 2;
    model = model_from_op(&op);
    model_expect_ok(model);
    node = model_graph(model)->node[0];
    node->op->memory(node, &memory);
    assert_false(memory.is_view);
    model_free(model);
}

static void test_bad(void **state) {
    (void)state;
    struct test_op op = transpose((const int32_t[]){1, 0, 0});
    op_expect_message(&op, "op 0 TRANSPOSE \"output\": perm 2 is 0, each of "
                           "0..2 must occur once");
    op = transpose((const int32_t[]){1, 0, -1});
    op_expect_message(&op, "op 0 TRANSPOSE \"output\": perm 2 is -1, each of "
                           "0..2 must occur once");
    op = transpose((const int32_t[]){2, 0, 1});
    op_expect_message(&op, "op 0 TRANSPOSE \"output\": output 0 is declared "
                           "1x2x3, its inputs give 3x2x1");
    op = transpose(NULL);
    op_expect_message(&op, "op 0 TRANSPOSE \"output\": perm \"input1\" is "
                           "computed at run time, it must be constant");
    op = transpose((const int32_t[]){1, 0, 2});
    op.input[1].dims[0] = 2;
    op_expect_message(&op, "op 0 TRANSPOSE \"output\": perm shape is 2, it "
                           "must have 3 values");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_view),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
