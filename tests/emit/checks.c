/* What can be checked of which network, and how it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "emit_models.h"
#include "generated.h"

static const mf_compile_options everything = {.name = "net",
                                              .selftest = true,
                                              .guard_weights = true,
                                              .guard_arena = true};

static const char program[] = "#include \"net.h\"\n"
                              "int main(void) {\n"
                              "    return net_selftest() != 0 ||\n"
                              "           net_check_weights() != 0 ||\n"
                              "           net_check_arena() != 0;\n"
                              "}\n";

static void expect_right(struct writer *writer, const char *compiler) {
    struct generated *generated = generate(writer, &everything);
    generated_write(generated, "main.c", program, strlen(program));
    shell(generated, "%s " STRICT_C99 " -O1 -o main main.c net.c -lm",
          compiler);
    shell(generated, "./main");
    generated_free(generated);
}

/* Elements of every width, constants that are floats, floats as inputs. */
static void test_types(void **state) {
    (void)state;
    need_program("gcc");
    expect_right(model_dense(), "gcc");
    expect_right(model_bytes(), "gcc");
}

static void test_clang(void **state) {
    (void)state;
    need_program("clang");
    expect_right(model_bytes(), "clang");
}

/* Without being asked for, nothing of it is there. */
static void test_off(void **state) {
    (void)state;
    struct generated *generated =
        generate(model_dense(), &(mf_compile_options){.name = "net"});
    for (size_t i = 0; generated_name(generated, i); i++) {
        const char *text =
            generated_text(generated, generated_name(generated, i));
        assert_null(strstr(text, "selftest"));
        assert_null(strstr(text, "check_"));
    }
    generated_free(generated);
}

static void expect_refused(struct writer *writer,
                           const mf_compile_options *options,
                           const char *message) {
    struct generated *generated =
        generate(writer, &(mf_compile_options){.name = "net"});
    mf_model *model = generated_model(generated);
    assert_false(mf_model_compile(model, options));
    assert_string_equal(mf_model_message(model, 0), message);
    assert_null(mf_model_message(model, 1));
    /* And the model is as good as before. */
    assert_true(mf_model_compile(model, NULL));
    generated_free(generated);
}

static void test_refused(void **state) {
    (void)state;
    expect_refused(model_ports(), &(mf_compile_options){.selftest = true},
                   "test.tflite: self-test: no layer computes integers from "
                   "integers alone");
    expect_refused(model_constant(), &(mf_compile_options){.guard_arena = true},
                   "test.tflite: guard of the arena: there is none");
    expect_refused(model_floats(), &(mf_compile_options){.guard_weights = true},
                   "test.tflite: guard of the weights: there are none");
    expect_refused(
        model_dense(),
        &(mf_compile_options){.guard_arena = true, .separate_buffers = true},
        "test.tflite: guard_arena needs an arena, separate_buffers "
        "leaves none");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types), cmocka_unit_test(test_clang),
        cmocka_unit_test(test_off), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
