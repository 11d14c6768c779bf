/* RESHAPE, SQUEEZE, EXPAND_DIMS: the same bytes under another shape; SHAPE, and
 * what is computed from it when compiling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"
#include "op/op.h"
#include "pass/pass.h"
#include "read/tflite.h"

/* Runs the operator and holds the output's bytes to the input's.  model_run()
 * asserts that the call for constants does the same as the view. */
static void expect_same_bytes(const struct test_op *op) {
    struct random random = {10};
    for (int constant = 0; constant < 2; constant++) {
        struct test_op tried = *op;
        int32_t size = tensor_bytes(&op->input[0]);
        void *data[3] = {calloc(1, (size_t)size)};
        random_bytes(&random, data[0], size);
        tried.input[0].data = constant ? data[0] : NULL;
        struct test_model *model = model_from_op(&tried);
        model_expect_ok(model);
        run_movement(model, &tried, data);
        assert_memory_equal(model_output(model, 0), data[0], (size_t)size);
        model_free(model);
        free(data[0]);
    }
}

static struct test_op reshape(void) {
    return (struct test_op){
        .code = TFLITE_RESHAPE,
        .options = options_none(),
        .input = {{.type = TFLITE_TYPE_INT16, WRITER_SHAPE(2, 3, 4)}},
        .input_count = 1,
        .output = {{.type = TFLITE_TYPE_INT16, WRITER_SHAPE(6, 4)}},
        .output_count = 1};
}

static struct test_op reshape_to(const int32_t *dims) {
    struct test_op op = reshape();
    op.input[1] = (struct writer_tensor)INT32_VECTOR(dims, 2);
    op.input_count = 2;
    return op;
}

static struct test_op reshape_with(struct writer_list dims) {
    struct test_op op = reshape();
    op.options = options_reshape(dims);
    return op;
}

static void test_reshape(void **state) {
    (void)state;
    struct test_op op = reshape();
    expect_same_bytes(&op);
    op = reshape_to((const int32_t[]){6, 4});
    expect_same_bytes(&op);
    op = reshape_to((const int32_t[]){-1, 4});
    expect_same_bytes(&op);
    op = reshape_with(WRITER_LIST(6, -1));
    expect_same_bytes(&op);

    /* The input speaks louder than the options. */
    op = reshape_to((const int32_t[]){6, 4});
    op.options = options_reshape(WRITER_LIST(4, 6));
    expect_same_bytes(&op);

    /* Old converters' scalar. */
    op = reshape_with(WRITER_LIST(0));
    op.input[0].rank = 1;
    op.input[0].dims[0] = 1;
    op.output[0].rank = 0;
    expect_same_bytes(&op);

    /* A shape from outside: the declared one has to be believed. */
    op = reshape_to(NULL);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    model_free(model);
}

#define RESHAPE "op 0 RESHAPE \"output\": "

static void test_bad_reshape(void **state) {
    (void)state;
    struct test_op op = reshape_to((const int32_t[]){4, 6});
    op_expect_message(&op, RESHAPE "output 0 is declared 6x4, its inputs give "
                                   "4x6");
    op = reshape_to((const int32_t[]){5, -1});
    op_expect_message(&op, RESHAPE "input shape is 2x3x4, its 24 values do not "
                                   "fill the new shape");
    op = reshape_to((const int32_t[]){-1, -1});
    op_expect_message(&op, RESHAPE "dimension 1 of the new shape is -1, it "
                                   "must lie within 1..24 (one may be -1)");
    op = reshape_to((const int32_t[]){24, 24});
    op_expect_message(&op, RESHAPE "input shape is 2x3x4, its 24 values do not "
                                   "fill the new shape");
    op = reshape_to((const int32_t[]){INT32_MIN, 24});
    op_expect_message(&op, RESHAPE "dimension 0 of the new shape is "
                                   "-2147483648, it must lie within 1..24 (one "
                                   "may be -1)");
    op = reshape();
    op.output[0].dims[0] = 5;
    op_expect_message(&op, RESHAPE "output shape is 5x4, it must have as many "
                                   "values as the input 2x3x4");
    op = reshape();
    op.output[0].type = TFLITE_TYPE_INT8;
    op_expect_message(&op, RESHAPE "output type is INT8, it must be input's, "
                                   "INT16");
    op = reshape_with(WRITER_LIST(6, 4, 1, 1, 1, 1, 1));
    op_expect_message(&op, RESHAPE "new shape has 7 dimensions, at most 6 are "
                                   "allowed");
}

static struct test_op squeeze(struct writer_list dims) {
    return (struct test_op){
        .code = TFLITE_SQUEEZE,
        .options = options_squeeze(dims),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 4, 1, 5, 1)}},
        .input_count = 1,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(4, 5)}},
        .output_count = 1};
}

static void test_squeeze(void **state) {
    (void)state;
    struct test_op op = squeeze(WRITER_EMPTY);
    expect_same_bytes(&op);
    op = squeeze(WRITER_LIST(0, 2, 4));
    expect_same_bytes(&op);
    op = squeeze(WRITER_LIST(-1, 0, 0, -3));
    expect_same_bytes(&op);
    op = squeeze(WRITER_LIST(0));
    op_expect_message(&op, "op 0 SQUEEZE \"output\": output 0 is declared 4x5, "
                           "its inputs give 4x1x5x1");
    op = squeeze(WRITER_LIST(0, 1));
    op_expect_message(&op, "op 0 SQUEEZE \"output\": input shape is 1x4x1x5x1, "
                           "dimension 1 must be 1 to be dropped");
    op = squeeze(WRITER_LIST(5));
    op_expect_message(&op, "op 0 SQUEEZE \"output\": axis is 5, it must lie "
                           "within -5..4");
}

static struct test_op expand_dims(const int32_t *axis) {
    return (struct test_op){
        .code = TFLITE_EXPAND_DIMS,
        .options = options_empty(TFLITE_OPTIONS_EXPAND_DIMS),
        .input = {{.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(4, 5)},
                  INT32_SCALAR(axis)},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(4, 5, 1)}},
        .output_count = 1};
}

static void test_expand_dims(void **state) {
    (void)state;
    struct test_op op = expand_dims(&(const int32_t){2});
    expect_same_bytes(&op);
    op = expand_dims(&(const int32_t){-1});
    expect_same_bytes(&op);
    op = expand_dims(&(const int32_t){-3});
    op_expect_message(&op, "op 0 EXPAND_DIMS \"output\": output 0 is declared "
                           "4x5x1, its inputs give 1x4x5");
    op = expand_dims(&(const int32_t){3});
    op_expect_message(&op, "op 0 EXPAND_DIMS \"output\": axis is 3, it must "
                           "lie within -3..2");
    op = expand_dims(NULL);
    op.output[0].dims[2] = 2;
    op_expect_message(&op, "op 0 EXPAND_DIMS \"output\": output shape is "
                           "4x5x2, it must be the input's 4x5 with a dimension "
                           "of 1 inserted");
}

static struct test_op shape_of(int32_t type) {
    return (struct test_op){
        .code = TFLITE_SHAPE,
        .options = options_shape(type),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3, 4)}},
        .input_count = 1,
        .output = {{.type = type, WRITER_SHAPE(3)}},
        .output_count = 1};
}

static void test_shape(void **state) {
    (void)state;
    struct test_op op = shape_of(TFLITE_TYPE_INT32);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    model_run(model);
    assert_memory_equal(model_output(model, 0), ((int32_t[]){2, 3, 4}), 12);
    model_free(model);

    op = shape_of(TFLITE_TYPE_INT64);
    model = model_from_op(&op);
    model_expect_ok(model);
    model_run(model);
    assert_memory_equal(model_output(model, 0), ((int64_t[]){2, 3, 4}), 24);
    model_free(model);

    op.output[0].type = TFLITE_TYPE_INT32;
    op_expect_message(&op, "op 0 SHAPE \"output\": out_type is INT64, the "
                           "output's is INT32");
    op = shape_of(TFLITE_TYPE_INT16);
    op_expect_message(&op, "op 0 SHAPE \"output\": output type is INT16, "
                           "allowed: INT32, INT64");
}

/* What converters make of x.reshape(x.shape[0], -1) and of slices by such
 * numbers: SHAPE -> STRIDED_SLICE -> PACK -> RESHAPE, all but the last known
 * when compiling. */
static struct writer *dynamic_chain(int32_t columns) {
    struct writer *w = writer_new();
    int32_t x = writer_tensor(
        w, &(struct writer_tensor){
               .name = "x", .type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3, 4)});
    int32_t begin = writer_tensor(
        w, &(struct writer_tensor)INT32_VECTOR(((int32_t[]){0}), 1));
    int32_t end = writer_tensor(
        w, &(struct writer_tensor)INT32_VECTOR(((int32_t[]){1}), 1));
    int32_t rest =
        writer_tensor(w, &(struct writer_tensor)INT32_SCALAR(&columns));
    int32_t shape = writer_tensor(
        w, &(struct writer_tensor){
               .name = "shape", .type = TFLITE_TYPE_INT32, WRITER_SHAPE(3)});
    int32_t first = writer_tensor(
        w, &(struct writer_tensor){.name = "first", .type = TFLITE_TYPE_INT32});
    int32_t packed = writer_tensor(
        w, &(struct writer_tensor){
               .name = "packed", .type = TFLITE_TYPE_INT32, WRITER_SHAPE(2)});
    int32_t y = writer_tensor(
        w, &(struct writer_tensor){
               .name = "y", .type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 12)});
    writer_operator(w, TFLITE_SHAPE, WRITER_LIST(x), WRITER_LIST(shape),
                    options_shape(TFLITE_TYPE_INT32));
    writer_operator(w, TFLITE_STRIDED_SLICE,
                    WRITER_LIST(shape, begin, end, end), WRITER_LIST(first),
                    options_strided_slice(0, 0, 0, 0, 1, false));
    writer_operator(w, TFLITE_PACK, WRITER_LIST(first, rest),
                    WRITER_LIST(packed), options_pack(2, 0));
    writer_operator(w, TFLITE_RESHAPE, WRITER_LIST(x, packed), WRITER_LIST(y),
                    options_none());
    writer_inputs(w, WRITER_LIST(x));
    writer_outputs(w, WRITER_LIST(y));
    return w;
}

/* Reads and optimises; the nodes that are left, -1 if refused. */
static int32_t optimise(struct writer *writer, char message[200]) {
    struct context context = {.file = "test.tflite"};
    struct module *module;
    size_t size;
    int32_t left = -1;
    uint8_t *bytes = writer_finish(writer, &size);
    writer_free(writer);
    assert_true(tflite_read(&context, bytes, size, &module));
    if (pipeline_run(&context, module, target_by_index(0), NULL, NULL)) {
        left = module->graph[0]->node_count;
    } else {
        strncpy(message, context.first->text, 199);
    }
    arena_free(&context.arena);
    free(bytes);
    return left;
}

static void test_dynamic_chain(void **state) {
    (void)state;
    char message[200] = "";
    assert_int_equal(optimise(dynamic_chain(-1), message), 1);
    assert_int_equal(optimise(dynamic_chain(12), message), 1);
    assert_int_equal(optimise(dynamic_chain(11), message), -1);
    assert_string_equal(message,
                        "test.tflite: op 3 RESHAPE \"y\": input shape is "
                        "2x3x4, its 24 values do not fill the new shape");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reshape), cmocka_unit_test(test_bad_reshape),
        cmocka_unit_test(test_squeeze), cmocka_unit_test(test_expand_dims),
        cmocka_unit_test(test_shape),   cmocka_unit_test(test_dynamic_chain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
