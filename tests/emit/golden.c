/* All that is generated for a small model, to the byte, against the reviewed
 * files in golden/.  After a change that is meant to show there:
 *
 *     MICROFLOW_UPDATE_GOLDEN=1 ctest -R emit/golden
 *
 * writes them anew; git diff is the review. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "generated.h"
#include "tflite_options.h"

static const int8_t filter1[3][4] = {
    {1, -2, 3, -4}, {127, -127, 64, -64}, {0, 5, 10, 15}};
static const int32_t bias1[3] = {100, -200, 300};
static const int8_t filter2[2][3] = {{9, -8, 7}, {-6, 5, -4}};

/* Two dense layers with one kernel, so that `size` shares it. */
static struct writer *small_model(void) {
    struct writer *w = writer_new();
    int32_t x =
        writer_tensor(w, &(struct writer_tensor){.name = "features",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(1, 4),
                                                 .scale = 0.1f,
                                                 .zero_point = -3});
    int32_t w1 =
        writer_tensor(w, &(struct writer_tensor){.name = "hidden/weights",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(3, 4),
                                                 .scale = 0.02f,
                                                 .data = filter1});
    int32_t b1 =
        writer_tensor(w, &(struct writer_tensor){.name = "hidden/bias",
                                                 .type = TFLITE_TYPE_INT32,
                                                 WRITER_SHAPE(3),
                                                 .scale = 0.002f,
                                                 .data = bias1});
    int32_t h =
        writer_tensor(w, &(struct writer_tensor){.name = "hidden/Relu",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(1, 3),
                                                 .scale = 0.05f,
                                                 .zero_point = -128});
    int32_t w2 =
        writer_tensor(w, &(struct writer_tensor){.name = "scores/weights",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(2, 3),
                                                 .scale = 0.03f,
                                                 .data = filter2});
    int32_t y =
        writer_tensor(w, &(struct writer_tensor){.name = "scores",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(1, 2),
                                                 .scale = 0.25f,
                                                 .zero_point = 4});
    writer_operator(w, TFLITE_FULLY_CONNECTED, WRITER_LIST(x, w1, b1),
                    WRITER_LIST(h),
                    options_fully_connected(TFLITE_ACT_RELU, 0, false));
    writer_operator(w, TFLITE_FULLY_CONNECTED, WRITER_LIST(h, w2, -1),
                    WRITER_LIST(y),
                    options_fully_connected(TFLITE_ACT_NONE, 0, false));
    writer_inputs(w, WRITER_LIST(x));
    writer_outputs(w, WRITER_LIST(y));
    return w;
}

/* Holds NAME of the generated files to golden/NAME. */
static void expect_file(const struct generated *generated, const char *name) {
    const char *text = generated_text(generated, name);
    assert_non_null(text);
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/emit/golden/%s", MICROFLOW_SOURCE_DIR,
             name);
    bool update = getenv("MICROFLOW_UPDATE_GOLDEN") != NULL;
    FILE *file = fopen(path, update ? "wb" : "rb");
    if (!file) {
        fail_msg("cannot open %s", path);
        return;
    }
    if (update) {
        assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
        assert_int_equal(fclose(file), 0);
        return;
    }
    char golden[16384];
    size_t size = fread(golden, 1, sizeof golden - 1, file);
    golden[size] = '\0';
    fclose(file);
    assert_string_equal(text, golden);
}

static void test_speed(void **state) {
    (void)state;
    struct generated *generated =
        generate(small_model(),
                 &(mf_compile_options){.name = "small_speed", .driver = true});
    expect_file(generated, "small_speed.h");
    expect_file(generated, "small_speed.c");
    expect_file(generated, "small_speed_driver.c");
    generated_free(generated);
}

static void test_size(void **state) {
    (void)state;
    struct generated *generated = generate(
        small_model(), &(mf_compile_options){.name = "small_size",
                                             .optimize = MF_OPTIMIZE_SIZE});
    expect_file(generated, "small_size.c");
    generated_free(generated);
}

/* The files and their order: what NAME.c includes, and nothing else. */
static void test_files(void **state) {
    (void)state;
    static const char *const names[] = {
        "net.h",        "net.c",         "mf_core.h", "mf_fully_connected.h",
        "mf_predict.h", "mf_quantize.h", NULL};
    struct generated *generated =
        generate(small_model(), &(mf_compile_options){.name = "net"});
    for (size_t i = 0; names[i]; i++) {
        assert_string_equal(generated_name(generated, i), names[i]);
    }
    assert_null(generated_name(generated, sizeof names / sizeof names[0] - 1));
    generated_free(generated);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speed),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
