/* SPLIT, SPLIT_V and UNPACK: each part of the input where it belongs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

/* Holds output k to the input from start on along the axis. */
static void check_part(const struct writer_tensor *input, const void *data,
                       int axis, int32_t start,
                       const struct writer_tensor *output, const void *result) {
    int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK];
    do {
        memcpy(i, o, sizeof i);
        i[axis] += start;
        assert_memory_equal(element(output, result, o), element(input, data, i),
                            (size_t)type_size(input->type));
    } while (next_index(output, o));
}

static void run_split(struct random *random, bool is_v) {
    struct test_op op = {.code = is_v ? TFLITE_SPLIT_V : TFLITE_SPLIT};
    struct writer_tensor *input = &op.input[is_v ? 0 : 1];
    int32_t sizes[TEST_OP_OUTPUTS], axis;
    int64_t wide[TEST_OP_OUTPUTS];
    void *data[3] = {NULL};
    input->type = random_type(random);
    random_shape(random, 1, 6, input);
    int at = random_int(random, 0, input->rank - 1);
    axis = random_int(random, 0, 1) ? at : at - input->rank;
    op.output_count = random_int(random, 1, TEST_OP_OUTPUTS);
    input->dims[at] = 0;
    for (int k = 0; k < op.output_count; k++) {
        sizes[k] = is_v || k == 0 ? random_int(random, 1, 3) : sizes[0];
        input->dims[at] += sizes[k];
        op.output[k] = *input;
        op.output[k].dims[at] = sizes[k];
    }
    for (int k = 0; k < op.output_count; k++) {
        for (int d = 0; d < input->rank; d++) {
            op.output[k].dims[d] = d == at ? sizes[k] : input->dims[d];
        }
    }
    int32_t part[TEST_OP_OUTPUTS];
    memcpy(part, sizes, sizeof part);
    if (is_v && random_int(random, 0, 1)) {
        sizes[random_int(random, 0, op.output_count - 1)] = -1;
    }
    for (int k = 0; k < op.output_count; k++) {
        wide[k] = sizes[k];
    }
    op.options = is_v ? options_split_v(op.output_count)
                      : options_split(op.output_count);
    op.input_count = is_v ? 3 : 2;
    op.input[is_v ? 2 : 0] = (struct writer_tensor)INT32_SCALAR(&axis);
    if (is_v) {
        bool is_wide = random_int(random, 0, 1);
        op.input[1] = (struct writer_tensor){
            .type = is_wide ? TFLITE_TYPE_INT64 : TFLITE_TYPE_INT32,
            .rank = 1,
            .dims = {op.output_count},
            .data = is_wide ? (void *)wide : (void *)sizes};
    }
    void *bytes = data[is_v ? 0 : 1] = random_input(random, &op, is_v ? 0 : 1);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    run_movement(model, &op, data);
    int32_t start = 0;
    for (int k = 0; k < op.output_count; k++) {
        check_part(input, bytes, at, start, &op.output[k],
                   model_output(model, k));
        start += part[k];
    }
    model_free(model);
    free(bytes);
}

static void test_split(void **state) {
    (void)state;
    struct random random = {4};
    for (int trial = 0; trial < 200; trial++) {
        run_split(&random, false);
    }
}

static void test_split_v(void **state) {
    (void)state;
    struct random random = {5};
    for (int trial = 0; trial < 200; trial++) {
        run_split(&random, true);
    }
}

static void test_unpack(void **state) {
    (void)state;
    struct random random = {6};
    for (int trial = 0; trial < 200; trial++) {
        struct test_op op = {.code = TFLITE_UNPACK, .input_count = 1};
        struct writer_tensor *input = &op.input[0];
        input->type = random_type(&random);
        random_shape(&random, 1, 6, input);
        int axis = random_int(&random, 0, input->rank - 1);
        op.output_count = random_int(&random, 1, TEST_OP_OUTPUTS);
        input->dims[axis] = op.output_count;
        op.options = options_unpack(op.output_count, random_int(&random, 0, 1)
                                                         ? axis
                                                         : axis - input->rank);
        struct writer_tensor kept = *input; /* with the axis, but 1 long */
        kept.dims[axis] = 1;
        for (int k = 0; k < op.output_count; k++) {
            struct writer_tensor *output = &op.output[k];
            output->type = input->type;
            for (int d = 0; d < input->rank; d++) {
                if (d != axis) {
                    output->dims[output->rank++] = input->dims[d];
                }
            }
        }
        void *data = random_input(&random, &op, 0);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        run_movement(model, &op, &data);
        for (int k = 0; k < op.output_count; k++) {
            check_part(input, data, axis, k, &kept, model_output(model, k));
        }
        model_free(model);
        free(data);
    }
}

static const int32_t axis_1 = 1, axis_2 = 2;

static struct test_op two_outputs(void) {
    return (struct test_op){
        .code = TFLITE_SPLIT,
        .options = options_split(2),
        .input = {INT32_SCALAR(&axis_1),
                  {.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 6)}},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)},
                   {.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)}},
        .output_count = 2};
}

static void test_bad_split(void **state) {
    (void)state;
    struct test_op op = two_outputs();
    op.input[0].data = &axis_2;
    op_expect_message(&op, "op 0 SPLIT \"output\": axis is 2, it must lie "
                           "within -2..1");
    op = two_outputs();
    op.options = options_split(3);
    op_expect_message(&op, "op 0 SPLIT \"output\": num_splits is 3, there are "
                           "2 outputs");
    op = two_outputs();
    op.input[1].dims[1] = 5;
    op_expect_message(&op, "op 0 SPLIT \"output\": input shape is 2x5, "
                           "dimension 1 must be a multiple of the 2 outputs");
    op = two_outputs();
    op.output[1].dims[1] = 2;
    op_expect_message(&op, "op 0 SPLIT \"output\": output 1 is declared 2x2, "
                           "its inputs give 2x3");
    op = two_outputs();
    op.input[0].data = NULL;
    op_expect_message(&op, "op 0 SPLIT \"output\": axis \"input\" is computed "
                           "at run time, it must be constant");
    op = two_outputs();
    op.input[0].type = TFLITE_TYPE_FLOAT32;
    op_expect_message(&op, "op 0 SPLIT \"output\": axis type is FLOAT32, "
                           "allowed: INT32, INT64");
    op = two_outputs();
    op.input[1] = op.input[0];
    op.input_count = 1;
    op_expect_message(&op, "op 0 SPLIT \"output\": has 1 inputs, allowed: 2");
}

static struct test_op sizes_of(const int32_t *sizes) {
    struct test_op op = two_outputs();
    op.code = TFLITE_SPLIT_V;
    op.options = options_split_v(2);
    op.input[0] = op.input[1];
    op.input[1] = (struct writer_tensor)INT32_VECTOR(sizes, 2);
    op.input[2] = (struct writer_tensor)INT32_SCALAR(&axis_1);
    op.input_count = 3;
    return op;
}

static void test_bad_split_v(void **state) {
    (void)state;
    struct test_op op = sizes_of((const int32_t[]){3, 4});
    op_expect_message(&op, "op 0 SPLIT_V \"output\": the sizes add up to 7, "
                           "the dimension is 6");
    op = sizes_of((const int32_t[]){-1, -1});
    op_expect_message(&op, "op 0 SPLIT_V \"output\": size 1 is -1, it must lie "
                           "within 1..6 (one may be -1)");
    op = sizes_of((const int32_t[]){6, -1});
    op_expect_message(&op, "op 0 SPLIT_V \"output\": the sizes add up to 6, "
                           "the dimension is 6");
    op = sizes_of((const int32_t[]){2, 4});
    op_expect_message(&op, "op 0 SPLIT_V \"output\": output 0 is declared 2x3, "
                           "its inputs give 2x2");
    op = sizes_of(NULL);
    op_expect_message(&op, "op 0 SPLIT_V \"output\": size_splits \"input1\" is "
                           "computed at run time, it must be constant");
    op = sizes_of((const int32_t[]){3, 3});
    op.input[1].dims[0] = 1;
    op_expect_message(&op, "op 0 SPLIT_V \"output\": size_splits shape is 1, "
                           "it must have 2 values");
}

static void test_bad_unpack(void **state) {
    (void)state;
    struct test_op op = {
        .code = TFLITE_UNPACK,
        .options = options_unpack(2, 0),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(3, 4)}},
        .input_count = 1,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(4)},
                   {.type = TFLITE_TYPE_INT8, WRITER_SHAPE(4)}},
        .output_count = 2};
    op_expect_message(&op, "op 0 UNPACK \"output\": num is 2 and there are 2 "
                           "outputs, both must be the length of dimension 0 of "
                           "the input 3x4");
    op.input[0].dims[0] = 2;
    op.options = options_unpack(2, 2);
    op_expect_message(&op, "op 0 UNPACK \"output\": axis is 2, it must lie "
                           "within -2..1");
    op.options = options_unpack(2, 0);
    op.output[1].type = TFLITE_TYPE_UINT8;
    op_expect_message(&op, "op 0 UNPACK \"output\": output type is UINT8, it "
                           "must be input's, INT8");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),       cmocka_unit_test(test_split_v),
        cmocka_unit_test(test_unpack),      cmocka_unit_test(test_bad_split),
        cmocka_unit_test(test_bad_split_v), cmocka_unit_test(test_bad_unpack)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
