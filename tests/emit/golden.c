/* All that is generated for a small model, to the byte, against the reviewed
 * files in golden/.  After a change that is meant to show there:
 *
 *     MICROFLOW_UPDATE_GOLDEN=1 ctest -R emit/golden
 *
 * writes them anew; git diff is the review. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emit_models.h"
#include "generated.h"

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
        generate(model_dense(),
                 &(mf_compile_options){.name = "small_speed", .driver = true});
    expect_file(generated, "small_speed.h");
    expect_file(generated, "small_speed.c");
    expect_file(generated, "small_speed_driver.c");
    generated_free(generated);
}

static void test_size(void **state) {
    (void)state;
    struct generated *generated = generate(
        model_dense(), &(mf_compile_options){.name = "small_size",
                                             .optimize = MF_OPTIMIZE_SIZE});
    expect_file(generated, "small_size.c");
    generated_free(generated);
}

/* Whether some file has the line #include "NAME". */
static bool is_included(const struct generated *generated, const char *name) {
    char line[128];
    snprintf(line, sizeof line, "\n#include \"%s\"\n", name);
    for (size_t i = 0; generated_name(generated, i); i++) {
        if (strstr(generated_text(generated, generated_name(generated, i)),
                   line)) {
            return true;
        }
    }
    return false;
}

/* The files and their order: all that is included, and nothing else. */
static void test_files(void **state) {
    (void)state;
    struct generated *generated =
        generate(model_dense(), &(mf_compile_options){.name = "net"});
    assert_string_equal(generated_name(generated, 0), "net.h");
    assert_string_equal(generated_name(generated, 1), "net.c");
    assert_non_null(generated_text(generated, "mf_fully_connected.h"));
    const char *name;
    for (size_t i = 0; (name = generated_name(generated, i)); i++) {
        assert_int_equal(is_included(generated, name), i != 1);
        assert_true(i < 3 ||
                    strcmp(generated_name(generated, i - 1), name) < 0);
        static const char include[] = "\n#include \"";
        for (const char *at = generated_text(generated, name);
             (at = strstr(at, include));) {
            char header[64];
            at += sizeof include - 1;
            size_t length = strcspn(at, "\"");
            assert_true(length < sizeof header);
            memcpy(header, at, length);
            header[length] = '\0';
            assert_non_null(generated_text(generated, header));
        }
    }
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
