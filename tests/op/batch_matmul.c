/* BATCH_MATMUL of random shapes, transposed and repeated in all ways. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocate.h"
#include "movement.h"
#include "random.h"
#include "reference.h"

enum { CASES = 300 };

static double get(int32_t type, const uint8_t *data) {
    return type == TFLITE_TYPE_INT8 ? *(const int8_t *)data
           : type == TFLITE_TYPE_INT16
               ? *(const int16_t *)(const void *)data
               : (double)*(const float *)(const void *)data;
}

/* Element (row, column) of the matrix that the output's index falls on. */
static double at(const struct writer_tensor *tensor, const void *data,
                 const int32_t *index, int rank, int32_t row, int32_t column,
                 bool is_transposed) {
    int32_t own[8] = {0};
    for (int i = 0; i < tensor->rank - 2; i++) {
        own[i] = tensor->dims[i] == 1 ? 0 : index[rank - tensor->rank + i];
    }
    own[tensor->rank - 2] = is_transposed ? column : row;
    own[tensor->rank - 1] = is_transposed ? row : column;
    return get(tensor->type, element(tensor, data, own)) -
           (double)tensor->zero_point;
}

static struct writer_tensor make_input(struct random *random, int32_t type,
                                       int32_t rank, const int32_t *batch,
                                       int32_t rows, int32_t columns) {
    struct writer_tensor tensor = {
        .type = type,
        .rank = random_int(random, 2, rank),
        .scale =
            type == TFLITE_TYPE_FLOAT32 ? 0 : random_float(random, 0.01, 0.1),
        .zero_point =
            type == TFLITE_TYPE_INT8 ? random_int(random, -128, 127) : 0};
    for (int32_t i = 0; i < tensor.rank - 2; i++) {
        int32_t dim = batch[rank - tensor.rank + i];
        tensor.dims[i] = random_int(random, 0, 1) ? dim : 1;
    }
    tensor.dims[tensor.rank - 2] = rows;
    tensor.dims[tensor.rank - 1] = columns;
    return tensor;
}

static struct test_op random_op(struct random *random, int32_t type, bool adj_x,
                                bool adj_y, int32_t *depth) {
    int32_t rank = random_int(random, 2, 5), batch[4];
    int32_t rows = random_int(random, 1, 5), columns = random_int(random, 1, 5);
    *depth = random_int(random, 1, 9);
    for (int i = 0; i < 4; i++) {
        batch[i] = random_int(random, 1, 3);
    }
    struct test_op op = {.code = TFLITE_BATCH_MATMUL,
                         .options = options_batch_matmul(adj_x, adj_y),
                         .input_count = 2,
                         .output_count = 1};
    op.input[0] = make_input(random, type, rank, batch, adj_x ? *depth : rows,
                             adj_x ? rows : *depth);
    op.input[1] =
        make_input(random, type, rank, batch, adj_y ? columns : *depth,
                   adj_y ? *depth : columns);
    struct writer_tensor *output = &op.output[0];
    *output = op.input[0].rank > op.input[1].rank ? op.input[0] : op.input[1];
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < op.input[k].rank - 2; i++) {
            int at = output->rank - op.input[k].rank + i;
            output->dims[at] = output->dims[at] > op.input[k].dims[i]
                                   ? output->dims[at]
                                   : op.input[k].dims[i];
        }
    }
    output->dims[output->rank - 2] = rows;
    output->dims[output->rank - 1] = columns;
    output->scale *= 3;
    return op;
}

static double finish(const struct test_op *op, double sum) {
    const struct writer_tensor *output = &op->output[0];
    if (output->type == TFLITE_TYPE_FLOAT32) {
        return sum;
    }
    struct reference_factor factor =
        reference_factor((double)(op->input[0].scale * op->input[1].scale) /
                         (double)output->scale);
    struct reference_output as = {.type = output->type};
    int64_t scaled = output->type == TFLITE_TYPE_INT8
                         ? reference_multiply((int64_t)sum, factor)
                         : reference_multiply_s64((int64_t)sum, factor);
    return reference_activate(&as,
                              (double)(scaled + (int64_t)output->zero_point));
}

static void check(struct random *random, int32_t type) {
    bool adj_x = random_int(random, 0, 1), adj_y = random_int(random, 0, 1);
    int32_t depth;
    struct test_op op = random_op(random, type, adj_x, adj_y, &depth);
    void *data[2];
    for (int i = 0; i < 2; i++) {
        data[i] = random_input(random, &op, i);
        if (type == TFLITE_TYPE_FLOAT32) {
            random_fill_f32(random, data[i], (size_t)tensor_count(&op.input[i]),
                            -3, 3);
        }
    }
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    run_movement(model, &op, data);
    const struct writer_tensor *output = &op.output[0];
    int32_t index[8] = {0};
    do {
        int32_t row = index[output->rank - 2];
        int32_t column = index[output->rank - 1];
        double sum = 0;
        for (int32_t k = 0; k < depth; k++) {
            sum +=
                at(&op.input[0], data[0], index, output->rank, row, k, adj_x) *
                at(&op.input[1], data[1], index, output->rank, k, column,
                   adj_y);
        }
        double want = finish(&op, sum);
        double found =
            get(type, element(output, model_output(model, 0), index));
        assert_true(fabs(found - want) <=
                    (type == TFLITE_TYPE_FLOAT32 ? 1e-4 : 0));
    } while (next_index(output, index));
    free(data[0]);
    free(data[1]);
    model_free(model);
}

static void test_all(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < CASES; i++) {
        check(&random, TFLITE_TYPE_INT8);
        check(&random, TFLITE_TYPE_INT16);
        check(&random, TFLITE_TYPE_FLOAT32);
    }
}

static void test_refused(void **state) {
    (void)state;
    struct test_op good = {
        .code = TFLITE_BATCH_MATMUL,
        .options = options_batch_matmul(false, false),
        .input_count = 2,
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3), .scale = 1},
                  {.type = TFLITE_TYPE_INT8, WRITER_SHAPE(3, 4), .scale = 1}},
        .output_count = 1,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 4), .scale = 1}}};
    struct test_op op = good;
    op.options = options_batch_matmul(true, false);
    op_expect_message(&op, "op 0 BATCH_MATMUL \"output\": input 0 has 2 "
                           "columns and input 1 3 rows, they must be as many");
    op = good;
    op.input[1].type = TFLITE_TYPE_FLOAT32;
    op_expect_message(&op, "op 0 BATCH_MATMUL \"output\": input 1 type is "
                           "FLOAT32, it must be input 0's, INT8");
    op = good;
    op.input[0].rank = 1;
    op_expect_message(&op, "op 0 BATCH_MATMUL \"output\": input 0 shape is 2, "
                           "it must have 2 to 6 dimensions");
    op = good;
    op.output[0].scale = 1e-8f;
    op_expect_message(&op, "op 0 BATCH_MATMUL \"output\": the sum can reach "
                           "195075, which scaled by 2^27 does not fit 32 bits");
    op.input[0].type = op.input[1].type = op.output[0].type = TFLITE_TYPE_INT16;
    op_expect_message(&op, "op 0 BATCH_MATMUL \"output\": the product of the "
                           "input scales over the output scale must be below "
                           "2^7 on INT16");
    op = good;
    op.output[0].dims[1] = 3;
    op_expect_message(&op, "op 0 BATCH_MATMUL \"output\": output 0 is declared "
                           "2x3, its inputs give 2x4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
