/* SELECT and SELECT_V2 of random types and shapes, by index. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

enum { CASES = 300 };

/* The tensor's element that the output's index falls on. */
static const uint8_t *at(const struct writer_tensor *tensor, const void *data,
                         const int32_t *index, int rank) {
    int32_t own[8] = {0};
    for (int i = 0; i < tensor->rank; i++) {
        own[i] = tensor->dims[i] == 1 ? 0 : index[rank - tensor->rank + i];
    }
    return element(tensor, data, own);
}

/* The output's shape with some dimensions 1 and some of the first left out. */
static void shrink(struct random *random, const struct writer_tensor *output,
                   struct writer_tensor *tensor) {
    int drop = random_int(random, 0, output->rank);
    tensor->rank = output->rank - drop;
    for (int i = 0; i < tensor->rank; i++) {
        tensor->dims[i] = random_int(random, 0, 2) ? output->dims[drop + i] : 1;
    }
}

static void check(struct random *random, struct test_op *op,
                  const struct writer_tensor *condition) {
    void *data[3];
    for (int i = 0; i < 3; i++) {
        data[i] = random_input(random, op, i);
    }
    uint8_t *is = data[0];
    for (int32_t i = 0; i < tensor_count(&op->input[0]); i++) {
        is[i] &= 1;
    }
    struct test_model *model = model_from_op(op);
    model_expect_ok(model);
    run_movement(model, op, data);
    const struct writer_tensor *output = &op->output[0];
    const void *found = model_output(model, 0);
    int32_t index[8] = {0};
    do {
        int from = *at(condition, data[0], index, output->rank) ? 1 : 2;
        assert_memory_equal(
            element(output, found, index),
            at(&op->input[from], data[from], index, output->rank),
            (size_t)type_size(output->type));
    } while (next_index(output, index));
    for (int i = 0; i < 3; i++) {
        free(data[i]);
    }
    model_free(model);
}

static struct test_op op_of(struct random *random, int32_t code) {
    struct test_op op = {.code = code,
                         .options = options_empty(
                             code == TFLITE_SELECT ? TFLITE_OPTIONS_SELECT
                                                   : TFLITE_OPTIONS_SELECT_V2),
                         .input_count = 3,
                         .output_count = 1};
    do {
        op.output[0].type = random_type(random);
    } while (op.output[0].type == TFLITE_TYPE_UINT16 ||
             op.output[0].type == TFLITE_TYPE_UINT32);
    random_shape(random, 1, 5, &op.output[0]);
    op.input[0] = op.input[1] = op.input[2] = op.output[0];
    op.input[0].type = TFLITE_TYPE_BOOL;
    return op;
}

static void test_broadcast(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < CASES; i++) {
        struct test_op op = op_of(&random, TFLITE_SELECT_V2);
        int whole = random_int(&random, 0, 2); /* gives the output its shape */
        for (int k = 0; k < 3; k++) {
            if (k != whole) {
                shrink(&random, &op.output[0], &op.input[k]);
            }
        }
        check(&random, &op, &op.input[0]);
    }
}

static void test_first_dimension(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < CASES; i++) {
        struct test_op op = op_of(&random, TFLITE_SELECT);
        struct writer_tensor *condition = &op.input[0];
        struct writer_tensor as_broadcast = *condition;
        if (i % 3 == 0) {
            condition->rank = as_broadcast.rank = 0;
        } else if (i % 3 == 1) {
            condition->rank = 1;
            for (int k = 1; k < as_broadcast.rank; k++) {
                as_broadcast.dims[k] = 1;
            }
        }
        check(&random, &op, &as_broadcast);
    }
}

static void test_refused(void **state) {
    (void)state;
    struct test_op good = {
        .code = TFLITE_SELECT_V2,
        .options = options_empty(TFLITE_OPTIONS_SELECT_V2),
        .input_count = 3,
        .input = {{.type = TFLITE_TYPE_BOOL, WRITER_SHAPE(3)},
                  {.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(2, 3)},
                  {.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(2, 3)}},
        .output_count = 1,
        .output = {{.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(2, 3)}}};
    struct test_op op = good;
    op.input[0].type = TFLITE_TYPE_INT8;
    op_expect_message(&op, "op 0 SELECT_V2 \"output\": condition type is INT8, "
                           "allowed: BOOL");
    op = good;
    op.input[2].dims[1] = 2;
    op_expect_message(&op, "op 0 SELECT_V2 \"output\": input shapes are 2x3 "
                           "and 2x2, their dimensions (the last ones aligned) "
                           "must be equal or 1");
    op = good;
    op.code = TFLITE_SELECT;
    op.options = options_empty(TFLITE_OPTIONS_SELECT);
    op.input[2].rank = 1;
    op_expect_message(&op, "op 0 SELECT \"output\": shapes are 3, 2x3 and 2, "
                           "the last two must be the same and the first no "
                           "longer");
    op = good;
    op.input[1].type = op.input[2].type = op.output[0].type = TFLITE_TYPE_INT8;
    op.input[1].scale = op.output[0].scale = 0.5f;
    op.input[2].scale = 0.25f;
    op_expect_message(&op, "op 0 SELECT_V2 \"output\": input 2 has scale 0.25 "
                           "and zero point 0, it must have output's, 0.5 and "
                           "0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broadcast),
        cmocka_unit_test(test_first_dimension),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
