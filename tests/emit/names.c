/* Names of generated code, and names of the model inside comments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emit/emit.h"
#include "emit/print.h"

static void expect_name(const char *file, const char *name) {
    struct context context = {.file = "test"};
    assert_string_equal(emit_name(&context, file), name);
    arena_free(&context.arena);
}

static void test_path_and_extension(void **state) {
    (void)state;
    expect_name("kws.tflite", "kws");
    expect_name("/some/where/kws.tflite", "kws");
    expect_name("C:\\models\\kws.tflite", "kws");
    expect_name("dir.with.dots/kws", "kws");
    expect_name("kws", "kws");
    expect_name("kws.int8.tflite", "kws_int8");
}

static void test_characters(void **state) {
    (void)state;
    expect_name("Person Detect-V2.tflite", "person_detect_v2");
    expect_name("a--b.tflite", "a__b");
    expect_name("gr\xc3\xb6\xc3\x9f"
                "e.tflite",
                "gr__e");
    expect_name("a\nb\"c.tflite", "a_b_c");
}

static void test_nothing_left(void **state) {
    (void)state;
    expect_name("", "model");
    expect_name("/", "model");
    expect_name("-", "model");
    expect_name(".tflite", "model");
    expect_name("..tflite", "model");
    expect_name("dir/", "model");
    expect_name("\xe6\x97\xa5\xe6\x9c\xac.tflite", "model");
    expect_name("\x80\xff.tflite", "model");
}

static void test_prefix(void **state) {
    (void)state;
    expect_name("9lives.tflite", "model_9lives");
    expect_name("_x.tflite", "model_x");
    expect_name("__9.tflite", "model_9");
    expect_name("int.tflite", "model_int");
    expect_name("Class.tflite", "model_class");
    expect_name("co_await.tflite", "model_co_await");
    expect_name("main.tflite", "model_main");
    expect_name("int8.tflite", "int8");
}

/* NAME.h must not hide a header of the C library or a kernel's, nor may
 * NAME_input() meet a constant's name. */
static void test_taken(void **state) {
    (void)state;
    expect_name("stdint.tflite", "model_stdint");
    expect_name("math.tflite", "model_math");
    expect_name("features.tflite", "model_features");
    expect_name("mf_core.tflite", "model_mf_core");
    expect_name("mf.tflite", "model_mf");
    expect_name("mfcc.tflite", "mfcc");
    expect_name("op3.tflite", "model_op3");
    expect_name("op12_x.tflite", "model_op12_x");
    expect_name("op.tflite", "op");
    expect_name("op3x.tflite", "op3x");
    expect_name("optic.tflite", "optic");
    expect_name("shared_conv.tflite", "model_shared_conv");
}

static void test_length(void **state) {
    (void)state;
    char file[301];
    memset(file, 'a', 300);
    file[300] = '\0';
    struct context context = {.file = "test"};
    const char *name = emit_name(&context, file);
    assert_int_equal(strlen(name), 63);
    assert_memory_equal(name, file, 63);
    file[0] = '1';
    name = emit_name(&context, file);
    assert_int_equal(strlen(name), 63);
    assert_memory_equal(name, "model_1aaa", 10);
    memset(file, '_', 62);
    name = emit_name(&context, file);
    assert_string_equal(name, "model_a");
    arena_free(&context.arena);
}

static void expect_comment(const char *name, const char *shown) {
    struct context context = {.file = "test"};
    assert_string_equal(comment_name(&context, name, 20), shown);
    arena_free(&context.arena);
}

static void test_comments(void **state) {
    (void)state;
    expect_comment("", "");
    expect_comment("conv1/Relu;bias:0", "conv1/Relu;bias:0");
    expect_comment("a*/b", "a*_b");
    expect_comment("a/*b", "a/_b");
    expect_comment("*/*/", "*_*_");
    expect_comment("/**/", "/_*_");
    expect_comment("a?\?/b", "a?_/b");
    expect_comment("?\?\?", "?_?");
    expect_comment("a\\", "a_");
    expect_comment("a\nb\rc\x7f", "a_b_c_");
    expect_comment("gr\xc3\xb6\xc3\x9f"
                   "e",
                   "gr__e");
    expect_comment("12345678901234567890", "12345678901234567890");
    expect_comment("123456789012345678901", "12345678901234567...");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_and_extension),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_nothing_left),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_comments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
