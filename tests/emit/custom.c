/* Custom operators whose functions the program has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "generated.h"
#include "tflite_options.h"

/* x -> RELU -> Offset(x, constants) with options {3} -> y, floats. */
static struct writer *model_custom(int32_t type) {
    static const float table[] = {10, 20};
    static const uint8_t options[] = {3};
    struct writer *w = writer_new();
    const int32_t x = writer_tensor(
        w,
        &(struct writer_tensor){.name = "x", .type = type, WRITER_SHAPE(1, 2)});
    const int32_t h = writer_tensor(
        w,
        &(struct writer_tensor){.name = "h", .type = type, WRITER_SHAPE(1, 2)});
    const int32_t c =
        writer_tensor(w, &(struct writer_tensor){.name = "table",
                                                 .type = TFLITE_TYPE_FLOAT32,
                                                 WRITER_SHAPE(2),
                                                 .data = table});
    const int32_t y = writer_tensor(
        w,
        &(struct writer_tensor){.name = "y", .type = type, WRITER_SHAPE(1, 2)});
    writer_operator(w, TFLITE_RELU, WRITER_LIST(x), WRITER_LIST(h),
                    options_none());
    writer_add_op(w, &(struct writer_op){.code = TFLITE_CUSTOM,
                                         .custom_code = "Offset",
                                         .inputs = WRITER_LIST(h, c),
                                         .outputs = WRITER_LIST(y),
                                         .custom_options = options,
                                         .custom_options_size = 1});
    writer_inputs(w, WRITER_LIST(x));
    writer_outputs(w, WRITER_LIST(y));
    return w;
}

static const mf_custom_op offset = {"Offset", "offset.h", "my_offset"};

static void test_called(void **state) {
    (void)state;
    need_program("gcc");
    static const char header[] =
        "#include \"mf_custom.h\"\n"
        "void my_offset(const mf_custom *p, const uint8_t *options,\n"
        "               const float *x, const float *table, float *y);\n";
    static const char function[] =
        "#include \"offset.h\"\n"
        "void my_offset(const mf_custom *p, const uint8_t *options,\n"
        "               const float *x, const float *table, float *y) {\n"
        "    for (mf_index i = 0; i < p->count[2]; i++) {\n"
        "        y[i] = x[i] + table[i % p->count[1]] +\n"
        "               (float)(options[0] * p->options_size);\n"
        "    }\n"
        "}\n";
    static const float x[] = {1.5f, -4, -1, 8}, y[] = {14.5f, 23, 13, 31};
    const mf_open_options open = {.custom = &offset, .custom_count = 1};
    for (int size = 0; size < 2; size++) {
        struct generated *g = generate_opened(
            model_custom(TFLITE_TYPE_FLOAT32), &open,
            &(mf_compile_options){.name = "net",
                                  .driver = true,
                                  .optimize = size ? MF_OPTIMIZE_SIZE
                                                   : MF_OPTIMIZE_SPEED});
        generated_write(g, "offset.h", header, strlen(header));
        generated_write(g, "offset.c", function, strlen(function));
        generated_write(g, "in", x, sizeof x);
        shell(g, "gcc " STRICT_C99 " -o net *.c -lm");
        shell(g, "./net <in >out");
        size_t bytes = 0;
        const void *found = generated_read(g, "out", &bytes);
        assert_int_equal(bytes, sizeof y);
        assert_memory_equal(found, y, sizeof y);
        generated_free(g);
    }
}

/* The model opened with these declarations; its bytes are to be freed. */
static mf_model *open_model(int32_t type, const mf_custom_op *custom,
                            uint8_t **bytes) {
    struct writer *w = model_custom(type);
    size_t size = 0;
    *bytes = writer_finish(w, &size);
    writer_free(w);
    const mf_open_options open = {.custom = custom, .custom_count = 1};
    mf_model *model = mf_model_open(*bytes, size, "test.tflite", &open);
    assert_non_null(model);
    return model;
}

static void expect(int32_t type, const mf_custom_op *custom, const char *text) {
    uint8_t *bytes = NULL;
    mf_model *model = open_model(type, custom, &bytes);
    assert_false(mf_model_ok(model));
    assert_string_equal(mf_model_message(model, 0), text);
    mf_model_close(model);
    free(bytes);
}

static void test_refused(void **state) {
    (void)state;
    static const mf_custom_op other = {"Other", "offset.h", "my_offset"};
    static const mf_custom_op no_function = {"Offset", "offset.h", "my offset"};
    static const mf_custom_op no_header = {"Offset", "a\"b.h", "my_offset"};
    expect(TFLITE_TYPE_FLOAT32, &other,
           "test.tflite: op 1 CUSTOM:Offset \"y\": operator is not supported "
           "(inputs FLOAT32, FLOAT32; outputs FLOAT32)");
    expect(TFLITE_TYPE_FLOAT32, &no_function,
           "test.tflite: custom operator Offset: header \"offset.h\" and "
           "function \"my offset\" must be a file's name and a C identifier");
    expect(
        TFLITE_TYPE_FLOAT32, &no_header,
        "test.tflite: custom operator Offset: header \"a\"b.h\" and function "
        "\"my_offset\" must be a file's name and a C identifier");
}

/* What it computes is not known here. */
static void test_not_run(void **state) {
    (void)state;
    uint8_t *bytes = NULL;
    mf_model *model = open_model(TFLITE_TYPE_FLOAT32, &offset, &bytes);
    assert_true(mf_model_ok(model));
    assert_false(mf_model_invoke(model));
    assert_string_equal(
        mf_model_message(model, 0),
        "test.tflite: op 1 CUSTOM:Offset \"y\": its function my_offset is the "
        "program's: generated code calls it, it cannot be run here");
    mf_model_close(model);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_called),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_not_run)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
