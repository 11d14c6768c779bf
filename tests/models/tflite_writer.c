/* The writer's models hold to the FlatBuffers format and to the TFLite schema:
 * they are read back with the compiler's reader, and alignment, which that
 * reader does not ask for, is checked here. */
#include "tflite_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "read/flatbuffer.h"
#include "tflite_options.h"

static const int8_t filter[2 * 3 * 3 * 3] = {1, -2, 3, [53] = -128};
static const int32_t bias[2] = {100000, -7};

/* A model that uses most of what can be written. */
static struct writer *make(void) {
    struct writer *w = writer_new();
    writer_description(w, "seven b");
    int32_t in =
        writer_tensor(w, &(struct writer_tensor){
                             .name = "in",
                             .type = TFLITE_TYPE_INT8,
                             WRITER_SHAPE(1, 8, 8, 3),
                             .shape_signature = (const int32_t[]){-1, 8, 8, 3},
                             .scale = 0.5f,
                             .zero_point = -3});
    int32_t weights = writer_tensor(
        w, &(struct writer_tensor){.name = "weights",
                                   .type = TFLITE_TYPE_INT8,
                                   WRITER_SHAPE(2, 3, 3, 3),
                                   .scale_count = 2,
                                   .scales = (const float[]){0.25f, 0.125f},
                                   .axis = 0,
                                   .data = filter});
    int32_t offset =
        writer_tensor(w, &(struct writer_tensor){.name = "bias",
                                                 .type = TFLITE_TYPE_INT32,
                                                 WRITER_SHAPE(2),
                                                 .data = bias});
    int32_t conv =
        writer_tensor(w, &(struct writer_tensor){.name = "conv",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(1, 4, 4, 2),
                                                 .scale = 1.0f,
                                                 .zero_point = 127});
    int32_t state =
        writer_tensor(w, &(struct writer_tensor){.type = TFLITE_TYPE_RESOURCE,
                                                 .is_variable = true,
                                                 .own_empty_buffer = true});
    writer_operator(w, TFLITE_CONV_2D, WRITER_LIST(in, weights, offset),
                    WRITER_LIST(conv),
                    options_conv_2d(TFLITE_SAME, 2, 3, TFLITE_ACT_RELU6, 1, 4));
    writer_operator(w, TFLITE_VAR_HANDLE, WRITER_EMPTY, WRITER_LIST(state),
                    options_var_handle(NULL, "state 1"));
    writer_add_op(w, &(struct writer_op){.code = TFLITE_CUSTOM,
                                         .version = 2,
                                         .custom_code = "Mine",
                                         .inputs = WRITER_LIST(conv, -1),
                                         .outputs = WRITER_LIST(conv),
                                         .custom_options = "xyz",
                                         .custom_options_size = 3});
    writer_operator(w, TFLITE_RESHAPE, WRITER_LIST(conv), WRITER_LIST(conv),
                    options_reshape(WRITER_LIST(1, -1)));
    writer_inputs(w, WRITER_LIST(in));
    writer_outputs(w, WRITER_LIST(conv));
    writer_signature(w, "serve", 0);
    writer_metadata(w, "note", "hi", 2);
    return w;
}

struct model {
    uint8_t *bytes;
    size_t size;
    struct context context;
    struct flatbuffer buffer;
    struct fb_table root;
};

static void open_model(struct model *model, struct writer *writer) {
    memset(model, 0, sizeof *model);
    model->context.file = "test";
    model->bytes = writer_finish(writer, &model->size);
    writer_free(writer);
    assert_true(fb_open(&model->buffer, &model->context, model->bytes,
                        model->size, "TFL3", &model->root));
}

static void close_model(struct model *model) {
    assert_false(model->buffer.failed);
    arena_free(&model->context.arena);
    free(model->bytes);
}

/* Element i of the vector of tables in a field. */
static struct fb_table element(const struct fb_table *table, int field,
                               uint32_t i) {
    struct fb_vector vector = fb_vector(table, field, 4);
    assert_true(i < vector.count);
    assert_int_equal(vector.position % 4, 0);
    struct fb_table found = fb_vector_table(&vector, i);
    assert_int_equal(found.position % 4, 0);
    assert_int_equal(found.vtable % 2, 0);
    return found;
}

static void check_i32s(const struct fb_table *table, int field,
                       struct writer_list expected) {
    struct fb_vector vector = fb_vector(table, field, 4);
    assert_true(fb_has(table, field));
    assert_int_equal(vector.position % 4, 0);
    assert_int_equal(vector.count, expected.count);
    for (uint32_t i = 0; i < vector.count; i++) {
        assert_int_equal(fb_vector_i32(&vector, i), expected.item[i]);
    }
}

static void check_string(const struct fb_table *table, int field,
                         const char *expected) {
    struct fb_vector bytes = fb_bytes(table, field);
    assert_string_equal(fb_string(table, field), expected);
    assert_int_equal(bytes.count, strlen(expected));
    assert_int_equal(bytes.buffer->data[bytes.position + bytes.count], 0);
}

static void identifier_and_root(void **state) {
    (void)state;
    struct model model;
    open_model(&model, make());
    assert_memory_equal(model.bytes + 4, "TFL3", 4);
    assert_int_equal(fb_u32(&model.root, 0, 0), 3);
    check_string(&model.root, 3, "seven b");
    assert_int_equal(fb_vector(&model.root, 2, 4).count, 1);
    close_model(&model);
}

static void operator_codes(void **state) {
    (void)state;
    struct model model;
    open_model(&model, make());
    static const int32_t codes[] = {TFLITE_CONV_2D, TFLITE_VAR_HANDLE,
                                    TFLITE_CUSTOM, TFLITE_RESHAPE};
    for (uint32_t i = 0; i < 4; i++) {
        struct fb_table code = element(&model.root, 1, i);
        assert_int_equal(fb_i8(&code, 0, 0), codes[i] < 127 ? codes[i] : 127);
        assert_int_equal(fb_i32(&code, 3, 0), codes[i]);
        assert_int_equal(fb_i32(&code, 2, 1), i == 2 ? 2 : 1);
        if (i == 2) {
            check_string(&code, 1, "Mine");
        } else {
            assert_false(fb_has(&code, 1));
        }
    }
    close_model(&model);
}

static void one_code_alone(void **state) {
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct model model;
        struct writer *writer = make();
        writer_codes(writer,
                     way == 0 ? WRITER_CODES_DEPRECATED : WRITER_CODES_NEW);
        open_model(&model, writer);
        struct fb_table code = element(&model.root, 1, 0);
        assert_int_equal(fb_has(&code, 0), way == 0);
        assert_int_equal(fb_has(&code, 3), way == 1);
        close_model(&model);
    }
}

static void tensors(void **state) {
    (void)state;
    struct model model;
    open_model(&model, make());
    struct fb_table graph = element(&model.root, 2, 0);
    struct fb_table in = element(&graph, 0, 0);
    check_i32s(&in, 0, WRITER_LIST(1, 8, 8, 3));
    assert_int_equal(fb_i8(&in, 1, 0), TFLITE_TYPE_INT8);
    assert_int_equal(fb_u32(&in, 2, 0), 0);
    check_string(&in, 3, "in");
    check_i32s(&in, 7, WRITER_LIST(-1, 8, 8, 3));

    struct fb_table quantization = fb_sub(&in, 4);
    struct fb_vector scales = fb_vector(&quantization, 2, 4);
    struct fb_vector points = fb_vector(&quantization, 3, 8);
    assert_int_equal(scales.count, 1);
    assert_float_equal(fb_vector_f32(&scales, 0), 0.5f, 0);
    assert_int_equal(points.count, 1);
    assert_int_equal(points.position % 8, 0);
    assert_int_equal(fb_vector_i64(&points, 0), -3);

    struct fb_table weights = element(&graph, 0, 1);
    quantization = fb_sub(&weights, 4);
    scales = fb_vector(&quantization, 2, 4);
    points = fb_vector(&quantization, 3, 8);
    assert_int_equal(scales.count, 2);
    assert_float_equal(fb_vector_f32(&scales, 1), 0.125f, 0);
    assert_int_equal(points.count, 2);
    assert_int_equal(fb_vector_i64(&points, 1), 0);

    struct fb_table plain = element(&graph, 0, 2);
    assert_false(fb_has(&plain, 4));
    struct fb_table variable = element(&graph, 0, 4);
    assert_true(fb_bool(&variable, 5, false));
    assert_int_equal(fb_vector(&variable, 0, 4).count, 0);
    assert_int_equal(fb_u32(&variable, 2, 0), 3);
    check_i32s(&graph, 1, WRITER_LIST(0));
    check_i32s(&graph, 2, WRITER_LIST(3));
    close_model(&model);
}

static void operators(void **state) {
    (void)state;
    struct model model;
    open_model(&model, make());
    struct fb_table graph = element(&model.root, 2, 0);

    struct fb_table conv = element(&graph, 3, 0);
    check_i32s(&conv, 1, WRITER_LIST(0, 1, 2));
    check_i32s(&conv, 2, WRITER_LIST(3));
    assert_int_equal(fb_u8(&conv, 3, 0), TFLITE_OPTIONS_CONV_2D);
    struct fb_table options = fb_sub(&conv, 4);
    assert_false(fb_has(&options, 0)); /* SAME is the default */
    assert_int_equal(fb_i32(&options, 1, 0), 2);
    assert_int_equal(fb_i32(&options, 2, 0), 3);
    assert_int_equal(fb_i8(&options, 3, 0), TFLITE_ACT_RELU6);
    assert_false(fb_has(&options, 4)); /* so is a dilation of 1 */
    assert_int_equal(fb_i32(&options, 5, 1), 4);

    struct fb_table handle = element(&graph, 3, 1);
    assert_int_equal(fb_u32(&handle, 0, 0), 1);
    assert_int_equal(fb_vector(&handle, 1, 4).count, 0);
    assert_int_equal(fb_u8(&handle, 3, 0), TFLITE_OPTIONS_VAR_HANDLE);
    options = fb_sub(&handle, 4);
    check_string(&options, 1, "state 1");

    struct fb_table custom = element(&graph, 3, 2);
    check_i32s(&custom, 1, WRITER_LIST(3, -1));
    assert_false(fb_has(&custom, 4));
    struct fb_vector bytes = fb_bytes(&custom, 5);
    assert_int_equal(bytes.count, 3);
    assert_memory_equal(model.bytes + bytes.position, "xyz", 3);

    struct fb_table reshape = element(&graph, 3, 3);
    options = fb_sub(&reshape, 4);
    check_i32s(&options, 0, WRITER_LIST(1, -1));
    close_model(&model);
}

static void buffers_are_aligned(void **state) {
    (void)state;
    struct model model;
    open_model(&model, make());
    struct fb_table empty = element(&model.root, 4, 0);
    assert_false(fb_has(&empty, 0));
    struct fb_table table = element(&model.root, 4, 1);
    struct fb_vector bytes = fb_bytes(&table, 0);
    assert_int_equal(bytes.position % 16, 0);
    assert_int_equal(bytes.count, sizeof filter);
    assert_memory_equal(model.bytes + bytes.position, filter, sizeof filter);
    size_t vtable = table.vtable;
    table = element(&model.root, 4, 2);
    assert_int_equal(table.vtable, vtable); /* equal ones are shared */
    bytes = fb_bytes(&table, 0);
    assert_int_equal(bytes.position % 16, 0);
    assert_int_equal(bytes.count, 8);
    assert_memory_equal(model.bytes + bytes.position, bias, sizeof bias);
    close_model(&model);
}

static void external_data(void **state) {
    (void)state;
    struct model model;
    struct writer *writer = make();
    writer_external_data(writer, true);
    open_model(&model, writer);
    struct fb_table table = element(&model.root, 4, 1);
    assert_false(fb_has(&table, 0));
    assert_int_equal(table.position % 8, 0); /* it holds 64-bit fields */
    uint64_t offset = fb_u64(&table, 1, 0);
    assert_int_equal(fb_u64(&table, 2, 0), sizeof filter);
    assert_int_equal(offset % 16, 0);
    assert_true(offset + sizeof filter <= model.size);
    assert_memory_equal(model.bytes + offset, filter, sizeof filter);
    close_model(&model);
}

static void signature_and_metadata(void **state) {
    (void)state;
    struct model model;
    open_model(&model, make());
    struct fb_table signature = element(&model.root, 7, 0);
    check_string(&signature, 2, "serve");
    struct fb_table input = element(&signature, 0, 0);
    struct fb_table output = element(&signature, 1, 0);
    check_string(&input, 0, "in");
    assert_int_equal(fb_u32(&input, 1, 9), 0);
    check_string(&output, 0, "conv");
    assert_int_equal(fb_u32(&output, 1, 9), 3);

    struct fb_table metadata = element(&model.root, 6, 0);
    check_string(&metadata, 0, "note");
    struct fb_table buffer = element(&model.root, 4, fb_u32(&metadata, 1, 0));
    struct fb_vector bytes = fb_bytes(&buffer, 0);
    assert_int_equal(bytes.count, 2);
    assert_memory_equal(model.bytes + bytes.position, "hi", 2);
    close_model(&model);
}

static void subgraphs(void **state) {
    (void)state;
    struct model model;
    struct writer *writer = make();
    assert_int_equal(writer_subgraph(writer, NULL), 1);
    int32_t only = writer_tensor(
        writer, &(struct writer_tensor){.type = TFLITE_TYPE_FLOAT32});
    assert_int_equal(only, 0);
    writer_outputs(writer, WRITER_LIST(only));
    writer_select_subgraph(writer, 0);
    int32_t more =
        writer_tensor(writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT16,
                                                      .omit_shape = true});
    assert_int_equal(more, 5);
    open_model(&model, writer);
    struct fb_table first = element(&model.root, 2, 0);
    struct fb_table second = element(&model.root, 2, 1);
    check_string(&first, 4, "main");
    assert_false(fb_has(&second, 4));
    assert_int_equal(fb_vector(&first, 0, 4).count, 6);
    assert_int_equal(fb_vector(&second, 0, 4).count, 1);
    struct fb_table scalar = element(&second, 0, 0);
    assert_true(fb_has(&scalar, 0));
    struct fb_table shapeless = element(&first, 0, 5);
    assert_false(fb_has(&shapeless, 0));
    close_model(&model);
}

static void always_the_same_bytes(void **state) {
    (void)state;
    struct writer *writer = make();
    size_t size, again_size;
    uint8_t *bytes = writer_finish(writer, &size);
    uint8_t *again = writer_finish(writer, &again_size);
    assert_int_equal(size, again_size);
    assert_memory_equal(bytes, again, size);
    free(again);
    free(bytes);
    writer_free(writer);
}

/* Options tables whose fields leave gaps, mix widths or are all defaults. */
static void options_tables(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    struct writer_options mixed = options_empty(TFLITE_OPTIONS_NONE + 1);
    option_i8(&mixed, 0, -1);
    option_f32(&mixed, 2, 0.75f);
    option_bool(&mixed, 3, true);
    option_i64(&mixed, 7, INT64_MIN);
    option_u8(&mixed, 8, 255);
    option_i32(&mixed, 9, INT32_MIN);
    writer_operator(writer, TFLITE_ADD, WRITER_EMPTY, WRITER_EMPTY, mixed);
    writer_operator(writer, TFLITE_STRIDED_SLICE, WRITER_EMPTY, WRITER_EMPTY,
                    options_strided_slice(1, 2, 4, 8, 16, true));
    writer_operator(writer, TFLITE_PAD, WRITER_EMPTY, WRITER_EMPTY,
                    options_empty(TFLITE_OPTIONS_PAD));
    struct model model;
    open_model(&model, writer);
    struct fb_table graph = element(&model.root, 2, 0);

    struct fb_table op = element(&graph, 3, 0);
    struct fb_table options = fb_sub(&op, 4);
    assert_int_equal(options.position % 8, 0);
    assert_int_equal(fb_i8(&options, 0, 0), -1);
    assert_false(fb_has(&options, 1));
    assert_float_equal(fb_f32(&options, 2, 0), 0.75f, 0);
    assert_true(fb_bool(&options, 3, false));
    assert_true(fb_u64(&options, 7, 0) == (uint64_t)1 << 63);
    assert_int_equal(fb_u8(&options, 8, 0), 255);
    assert_true(fb_i32(&options, 9, 0) == INT32_MIN);
    assert_false(fb_has(&options, 10));

    op = element(&graph, 3, 1);
    options = fb_sub(&op, 4);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(fb_i32(&options, i, 0), 1 << i);
    }
    assert_true(fb_bool(&options, 5, false));

    op = element(&graph, 3, 2);
    options = fb_sub(&op, 4);
    assert_int_not_equal(options.position, 0);
    assert_false(fb_has(&options, 0));
    close_model(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifier_and_root),
        cmocka_unit_test(operator_codes),
        cmocka_unit_test(one_code_alone),
        cmocka_unit_test(tensors),
        cmocka_unit_test(operators),
        cmocka_unit_test(buffers_are_aligned),
        cmocka_unit_test(external_data),
        cmocka_unit_test(signature_and_metadata),
        cmocka_unit_test(subgraphs),
        cmocka_unit_test(always_the_same_bytes),
        cmocka_unit_test(options_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
