/* CONCATENATION and PACK: each input where it belongs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

enum { MAX_INPUTS = 5 };

/* Holds every element of the output to that of input which[], whose index
 * along the axis starts at start[]. */
static void check_concatenation(const struct test_op *op, int axis,
                                void *const *data, const void *result) {
    const struct writer_tensor *output = &op->output[0];
    int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK];
    do {
        int which = 0;
        memcpy(i, o, sizeof i);
        while (i[axis] >= op->input[which].dims[axis]) {
            i[axis] -= op->input[which].dims[axis];
            which++;
        }
        assert_memory_equal(element(output, result, o),
                            element(&op->input[which], data[which], i),
                            (size_t)type_size(output->type));
    } while (next_index(output, o));
}

static void test_random(void **state) {
    (void)state;
    struct random random = {2};
    for (int trial = 0; trial < 300; trial++) {
        struct test_op op = {.code = TFLITE_CONCATENATION, .output_count = 1};
        struct writer_tensor *output = &op.output[0];
        void *data[MAX_INPUTS];
        output->type = random_type(&random);
        random_shape(&random, 1, 6, output);
        int axis = random_int(&random, 0, output->rank - 1);
        op.input_count = random_int(&random, 1, MAX_INPUTS);
        op.options = options_concatenation(
            random_int(&random, 0, 1) ? axis : axis - output->rank,
            TFLITE_ACT_NONE);
        output->dims[axis] = 0;
        for (int k = 0; k < op.input_count; k++) {
            op.input[k] = *output;
            op.input[k].dims[axis] = random_int(&random, 1, 4);
            data[k] = random_input(&random, &op, k);
        }
        for (int k = 0; k < op.input_count; k++) {
            output->dims[axis] += op.input[k].dims[axis];
        }
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        run_movement(model, &op, data);
        check_concatenation(&op, axis, data, model_output(model, 0));
        model_free(model);
        for (int k = 0; k < op.input_count; k++) {
            free(data[k]);
        }
    }
}

static void test_pack(void **state) {
    (void)state;
    struct random random = {3};
    for (int trial = 0; trial < 300; trial++) {
        struct test_op op = {.code = TFLITE_PACK, .output_count = 1};
        struct writer_tensor *output = &op.output[0];
        struct writer_tensor input = {.type = random_type(&random)};
        void *data[MAX_INPUTS];
        random_shape(&random, 0, 5, &input);
        int axis = random_int(&random, 0, input.rank);
        op.input_count = random_int(&random, 1, MAX_INPUTS);
        op.options = options_pack(op.input_count, random_int(&random, 0, 1)
                                                      ? axis
                                                      : axis - input.rank - 1);
        for (int k = 0; k < op.input_count; k++) {
            op.input[k] = input;
            data[k] = random_input(&random, &op, k);
        }
        output->type = input.type;
        output->rank = input.rank + 1;
        for (int d = 0; d < output->rank; d++) {
            output->dims[d] =
                d == axis ? op.input_count : input.dims[d < axis ? d : d - 1];
        }
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        run_movement(model, &op, data);
        int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK];
        do {
            for (int d = 0; d < input.rank; d++) {
                i[d] = o[d < axis ? d : d + 1];
            }
            assert_memory_equal(element(output, model_output(model, 0), o),
                                element(&input, data[o[axis]], i),
                                (size_t)type_size(output->type));
        } while (next_index(output, o));
        model_free(model);
        for (int k = 0; k < op.input_count; k++) {
            free(data[k]);
        }
    }
}

static struct test_op two_inputs(void) {
    return (struct test_op){
        .code = TFLITE_CONCATENATION,
        .options = options_concatenation(1, TFLITE_ACT_NONE),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3), .scale = 0.5f},
                  {.type = TFLITE_TYPE_INT8,
                   WRITER_SHAPE(2, 2),
                   .scale = 0.5f}},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8,
                    WRITER_SHAPE(2, 5),
                    .scale = 0.5f}},
        .output_count = 1};
}

static void test_bad(void **state) {
    (void)state;
    struct test_op op = two_inputs();
    op.options = options_concatenation(2, TFLITE_ACT_NONE);
    op_expect_message(&op, "op 0 CONCATENATION \"output\": axis is 2, it must "
                           "lie within -2..1");
    op = two_inputs();
    op.options = options_concatenation(1, TFLITE_ACT_RELU);
    op_expect_message(&op, "op 0 CONCATENATION \"output\": fused activation is "
                           "1, allowed: NONE (0)");
    op = two_inputs();
    op.input[1].scale = 0.25f;
    op_expect_message(&op, "op 0 CONCATENATION \"output\": input 1 has scale "
                           "0.25 and zero point 0, it must have output's, 0.5 "
                           "and 0");
    op = two_inputs();
    op.input[1].dims[0] = 3;
    op_expect_message(&op, "op 0 CONCATENATION \"output\": input 1 shape is "
                           "3x2, it must be that of input 0, 2x3, but for "
                           "dimension 1");
    op = two_inputs();
    op.input[1].type = TFLITE_TYPE_INT16;
    op_expect_message(&op, "op 0 CONCATENATION \"output\": input 1 type is "
                           "INT16, it must be output's, INT8");
    op = two_inputs();
    op.output[0].dims[1] = 4;
    op_expect_message(&op, "op 0 CONCATENATION \"output\": output 0 is "
                           "declared 2x4, its inputs give 2x5");
    op = two_inputs();
    op.code = TFLITE_PACK;
    op.options = options_pack(3, 0);
    op_expect_message(&op, "op 0 PACK \"output\": values_count is 3, there are "
                           "2 inputs");
    op.options = options_pack(2, -4);
    op_expect_message(&op, "op 0 PACK \"output\": axis is -4, it must lie "
                           "within -3..2");
    op.options = options_pack(2, 0);
    op_expect_message(&op, "op 0 PACK \"output\": input 1 is INT8 2x2, it must "
                           "be as input 0, INT8 2x3");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_pack),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
