/* A function of the program that is called before each layer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "emit_models.h"
#include "generated.h"

/* The hook is called once a layer, in between the layers, and changes no bit.
 */
static void test_hook(void **state) {
    (void)state;
    need_program("gcc");
    static const char program[] =
        "#include <stdio.h>\n"
        "#include \"plain.h\"\n"
        "#include \"hooked.h\"\n"
        "static int calls;\n"
        "void before_layer(void) {\n"
        "    calls++;\n"
        "}\n"
        "int main(void) {\n"
        "    for (int i = 0; i < PLAIN_INPUT_SIZE; i++) {\n"
        "        plain_input()[i] = hooked_input()[i] = (int8_t)(9 * i - 60);\n"
        "    }\n"
        "    plain_invoke();\n"
        "    hooked_invoke();\n"
        "    for (int i = 0; i < PLAIN_OUTPUT_SIZE; i++) {\n"
        "        if (plain_output()[i] != hooked_output()[i]) {\n"
        "            return 100;\n"
        "        }\n"
        "    }\n"
        "    return calls;\n"
        "}\n";
    struct generated *plain =
        generate(model_dense(), &(mf_compile_options){.name = "plain"});
    struct generated *hooked = generate(
        model_dense(),
        &(mf_compile_options){.name = "hooked", .layer_hook = "before_layer"});
    const size_t layers = mf_model_layer_count(generated_model(hooked));
    assert_true(layers > 0 && layers < 100);
    assert_null(strstr(generated_text(plain, "plain.c"), "before_layer"));
    generated_write(hooked, "main.c", program, strlen(program));
    shell(hooked,
          "gcc " STRICT_C99 " -I%s -o main main.c hooked.c %s/plain.c -lm",
          generated_folder(plain), generated_folder(plain));
    assert_int_equal(shell_status(hooked, "./main"), layers);
    generated_free(plain);
    generated_free(hooked);
}

static void test_no_identifier(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "a b", "1a", "f()", "a-b"};
    struct generated *generated =
        generate(model_dense(), &(mf_compile_options){.name = "net"});
    mf_model *model = generated_model(generated);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(mf_model_compile(
            model, &(mf_compile_options){.layer_hook = wrong[i]}));
        assert_non_null(strstr(mf_model_message(model, 0), "layer hook is"));
    }
    assert_true(
        mf_model_compile(model, &(mf_compile_options){.layer_hook = "_a1"}));
    generated_free(generated);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hook),
                                       cmocka_unit_test(test_no_identifier)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
