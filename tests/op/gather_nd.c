/* GATHER_ND and SCATTER_ND: which slices are taken, and added where, and that
 * no index leads outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

/* Row `row` of indices: the index of its slice in each leading dimension. */
struct rows {
    const struct writer_tensor *whole;
    int32_t depth, count;
    int32_t value[2000];
    int64_t wide[2000];
};

static void random_rows(struct random *random, struct rows *rows,
                        const struct writer_tensor *indices, bool constant) {
    rows->depth = indices->dims[indices->rank - 1];
    rows->count = tensor_count(indices) / rows->depth;
    for (int32_t i = 0; i < rows->count * rows->depth; i++) {
        rows->value[i] =
            random_int(random, 0, rows->whole->dims[i % rows->depth] - 1);
        if (!constant && random_int(random, 0, 7) == 0) {
            rows->value[i] = (int32_t)random_u64(random);
        }
        rows->wide[i] = rows->value[i];
    }
}

/* Where row `row` points, indices brought inside; false if they were not. */
static bool find_row(const struct rows *rows, int32_t row, int32_t *index) {
    bool inside = true;
    for (int32_t d = 0; d < rows->depth; d++) {
        const int32_t last = rows->whole->dims[d] - 1;
        const int32_t value = rows->value[row * rows->depth + d];
        index[d] = value < 0 ? 0 : value > last ? last : value;
        inside = inside && index[d] == value;
    }
    return inside;
}

static void random_tensors(struct random *random, struct writer_tensor *whole,
                           struct writer_tensor *indices,
                           struct writer_tensor *slices) {
    random_shape(random, 1, 4, whole);
    random_shape(random, 1, 3, indices);
    indices->dims[indices->rank - 1] = random_int(random, 1, whole->rank);
    const int depth = indices->dims[indices->rank - 1];
    slices->rank = 0;
    for (int d = 0; d < indices->rank - 1; d++) {
        slices->dims[slices->rank++] = indices->dims[d];
    }
    for (int d = depth; d < whole->rank; d++) {
        slices->dims[slices->rank++] = whole->dims[d];
    }
}

/* Elements of a slice. */
static int32_t slice_count(const struct rows *rows) {
    int32_t count = 1;
    for (int d = rows->depth; d < rows->whole->rank; d++) {
        count *= rows->whole->dims[d];
    }
    return count;
}

static void check_gather(struct random *random) {
    struct test_op op = {
        .code = TFLITE_GATHER_ND, .input_count = 2, .output_count = 1};
    struct writer_tensor *input = &op.input[0], *indices = &op.input[1];
    struct rows rows = {.whole = input};
    op.output[0].type = input->type = random_type(random);
    indices->type =
        random_int(random, 0, 1) ? TFLITE_TYPE_INT64 : TFLITE_TYPE_INT32;
    random_tensors(random, input, indices, &op.output[0]);
    const bool constant = random_int(random, 0, 1);
    random_rows(random, &rows, indices, constant);
    void *data[2] = {random_input(random, &op, 0),
                     indices->type == TFLITE_TYPE_INT64 ? (void *)rows.wide
                                                        : rows.value};
    indices->data = constant ? data[1] : NULL;
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    run_movement(model, &op, data);
    const size_t bytes = (size_t)(slice_count(&rows) * type_size(input->type));
    for (int32_t row = 0; row < rows.count; row++) {
        int32_t index[WRITER_MAX_RANK] = {0};
        find_row(&rows, row, index);
        assert_memory_equal((const uint8_t *)model_output(model, 0) +
                                (size_t)row * bytes,
                            element(input, data[0], index), bytes);
    }
    model_free(model);
    free(data[0]);
}

static void test_gather(void **state) {
    (void)state;
    struct random random = {32};
    for (int trial = 0; trial < 400; trial++) {
        check_gather(&random);
    }
}

/* What one element is after `b` was added to it. */
static void add(int32_t type, uint8_t *a, const uint8_t *b) {
    float x, y;
    uint64_t sum = 0;
    if (type == TFLITE_TYPE_FLOAT32) {
        memcpy(&x, a, 4);
        memcpy(&y, b, 4);
        x += y;
        memcpy(a, &x, 4);
        return;
    }
    for (int i = 0; i < type_size(type); i++) {
        sum = (sum >> 8) + a[i] + b[i];
        a[i] = (uint8_t)sum;
    }
}

static void check_scatter(struct random *random, int32_t type) {
    struct test_op op = {
        .code = TFLITE_SCATTER_ND, .input_count = 3, .output_count = 1};
    struct writer_tensor *output = &op.output[0], *updates = &op.input[1];
    struct rows rows = {.whole = output};
    op.input[0].type = TFLITE_TYPE_INT32;
    output->type = updates->type = type;
    random_tensors(random, output, &op.input[0], updates);
    op.input[2] =
        (struct writer_tensor)INT32_VECTOR(output->dims, output->rank);
    const bool constant = random_int(random, 0, 1);
    random_rows(random, &rows, &op.input[0], constant);
    op.input[0].data = constant ? rows.value : NULL;
    void *data[3] = {rows.value, random_input(random, &op, 1)};
    float *real = data[1];
    for (int32_t i = 0;
         type == TFLITE_TYPE_FLOAT32 && i < tensor_count(updates); i++) {
        real[i] = (float)random_int(random, -1000, 1000) / 8;
    }
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    run_movement(model, &op, data);
    uint8_t wanted[2000 * 8] = {0};
    const int32_t size = type_size(type), count = slice_count(&rows);
    for (int32_t row = 0; row < rows.count; row++) {
        int32_t index[WRITER_MAX_RANK] = {0};
        if (find_row(&rows, row, index)) {
            uint8_t *to = wanted + (element(output, wanted, index) - wanted);
            for (int32_t k = 0; k < count; k++) {
                add(type, to + k * size,
                    (const uint8_t *)data[1] + (row * count + k) * size);
            }
        }
    }
    assert_memory_equal(model_output(model, 0), wanted,
                        (size_t)tensor_bytes(output));
    model_free(model);
    free(data[1]);
}

static void test_scatter(void **state) {
    (void)state;
    static const int32_t types[] = {TFLITE_TYPE_INT8, TFLITE_TYPE_UINT8,
                                    TFLITE_TYPE_INT32, TFLITE_TYPE_INT64,
                                    TFLITE_TYPE_FLOAT32};
    struct random random = {33};
    for (int trial = 0; trial < 400; trial++) {
        check_scatter(&random, types[trial % 5]);
    }
}

static struct test_op plain(const int32_t *indices) {
    return (struct test_op){
        .code = TFLITE_GATHER_ND,
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)},
                  {.type = TFLITE_TYPE_INT32,
                   WRITER_SHAPE(2, 1),
                   .data = indices}},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)}},
        .output_count = 1};
}

static struct test_op scatter(const int32_t *shape) {
    return (struct test_op){
        .code = TFLITE_SCATTER_ND,
        .input = {{.type = TFLITE_TYPE_INT32, WRITER_SHAPE(2, 1)},
                  {.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)},
                  INT32_VECTOR(shape, 2)},
        .input_count = 3,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(4, 3)}},
        .output_count = 1};
}

#define GATHER  "op 0 GATHER_ND \"output\": "
#define SCATTER "op 0 SCATTER_ND \"output\": "

static void test_bad(void **state) {
    (void)state;
    static const int32_t good[] = {0, 1}, far[] = {0, 2};
    static const int32_t shape[] = {4, 3}, zero[] = {0, 3};
    struct test_op op = plain(far);
    op_expect_message(&op, GATHER "index 1 is 2, it must lie within 0..1");
    op = plain(NULL);
    op.input[1].dims[1] = 3;
    op_expect_message(&op, GATHER "indices shape is 2x3, its last dimension "
                                  "must be at most 2");
    op = plain(good);
    op.output[0].dims[0] = 1;
    op_expect_message(&op, GATHER "output 0 is declared 1x3, its inputs give "
                                  "2x3");
    op = scatter(zero);
    op_expect_message(&op, SCATTER "shape 0 is 0, it must lie within "
                                   "1..2147483647");
    op = scatter(shape);
    op.input[1].dims[0] = 3;
    op_expect_message(&op, SCATTER "updates shape is 3x3, it must be 2x3");
    op = scatter(NULL);
    op_expect_message(&op, SCATTER "shape \"input2\" is computed at run time, "
                                   "it must be constant");
    op = scatter(shape);
    op.input[1].type = op.output[0].type = TFLITE_TYPE_INT16;
    op_expect_message(&op, SCATTER "updates type is INT16, allowed: FLOAT32, "
                                   "INT32, UINT8, INT64, INT8");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gather),
                                       cmocka_unit_test(test_scatter),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
