/* Generated code compiles without a warning, wherever it has to: gcc, clang,
 * C++ programs, freestanding compilers, int of 16 bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emit_models.h"
#include "generated.h"

enum { MODEL_COUNT = 5 };

/* Every kind of model that generated code is made of. */
static struct writer *(*const models[MODEL_COUNT])(void) = {
    model_dense, model_ports, model_bytes, model_constant, model_floats};

static void compile_all(const char *compiler, const char *flags) {
    for (int i = 0; i < MODEL_COUNT; i++) {
        /* Only these two call a kernel twice, which `size` then shares. */
        bool shares = models[i] == model_dense || models[i] == model_bytes;
        for (int size = 0; size < 1 + shares; size++) {
            mf_compile_options options = {.name = "net",
                                          .optimize = size ? MF_OPTIMIZE_SIZE
                                                           : MF_OPTIMIZE_SPEED};
            struct generated *generated = generate(models[i](), &options);
            shell(generated, "%s %s " STRICT_C99 " -c net.c -o net.o", compiler,
                  flags);
            generated_free(generated);
        }
    }
}

static void test_gcc(void **state) {
    (void)state;
    need_program("gcc");
    compile_all("gcc", "-O2");
    compile_all("gcc", "-O0 -fstrict-aliasing -Wstrict-aliasing");
}

static void test_clang(void **state) {
    (void)state;
    need_program("clang");
    compile_all("clang", "-O2");
}

static void test_freestanding_arm(void **state) {
    (void)state;
    need_program("arm-none-eabi-gcc");
    compile_all("arm-none-eabi-gcc",
                "-mcpu=cortex-m4 -mthumb -ffreestanding -Os");
}

static void test_freestanding_avr(void **state) {
    (void)state;
    need_program("avr-gcc");
    compile_all("avr-gcc", "-mmcu=atmega328p -ffreestanding -Os");
}

/* The library that a kernel may call is the mathematical one, and integer
 * models not even that. */
static void test_includes(void **state) {
    (void)state;
    for (int i = 0; i < MODEL_COUNT; i++) {
        struct generated *generated =
            generate(models[i](), &(mf_compile_options){.name = "net"});
        for (size_t f = 0; generated_name(generated, f); f++) {
            const char *text =
                generated_text(generated, generated_name(generated, f));
            for (const char *at = text; (at = strstr(at, "#include <")); at++) {
                const char *header = at + strlen("#include <");
                assert_true(strncmp(header, "stdint.h>", 9) == 0 ||
                            strncmp(header, "stddef.h>", 9) == 0);
            }
        }
        generated_free(generated);
    }
}

static void test_drivers(void **state) {
    (void)state;
    need_program("gcc");
    need_program("clang");
    for (int i = 0; i < MODEL_COUNT; i++) {
        mf_compile_options options = {.name = "net", .driver = true};
        struct generated *generated = generate(models[i](), &options);
        shell(generated, "gcc -O2 " STRICT_C99 " *.c -o net");
        shell(generated, "clang -O2 " STRICT_C99 " *.c -o net");
        generated_free(generated);
    }
}

/* NAME.h in a C++ program. */
static void test_cpp(void **state) {
    (void)state;
    need_program("g++");
    need_program("gcc");
    static const char program[] =
        "#include \"net.h\"\n"
        "int main() {\n"
        "    float in[NET_INPUT_SIZE] = {}, out[NET_OUTPUT_SIZE];\n"
        "    net_predict(in, out);\n"
        "    net_input()[0] = 1;\n"
        "    net_invoke();\n"
        "    return net_output()[0] == net_output()[0] ? 0 : 1;\n"
        "}\n";
    struct generated *generated =
        generate(model_dense(), &(mf_compile_options){.name = "net"});
    generated_write(generated, "main.cpp", program, strlen(program));
    shell(generated, "gcc " STRICT_C99 " -c net.c");
    shell(generated, "g++ -std=c++11 -Wall -Wextra -pedantic -Wconversion "
                     "-Wshadow -Werror main.cpp net.o -o main && ./main");
    generated_free(generated);
}

/* Two models, one of them twice, in one program: only NAME_... is visible. */
static void test_models_side_by_side(void **state) {
    (void)state;
    need_program("gcc");
    static const char program[] =
        "#include \"fast.h\"\n"
        "#include \"small.h\"\n"
        "#include \"other.h\"\n"
        "int main(void) {\n"
        "    for (int i = 0; i < FAST_INPUT_SIZE; i++) {\n"
        "        fast_input()[i] = small_input()[i] = (int8_t)(40 * i - 60);\n"
        "    }\n"
        "    fast_invoke();\n"
        "    small_invoke();\n"
        "    other_invoke();\n"
        "    for (int i = 0; i < FAST_OUTPUT_SIZE; i++) {\n"
        "        if (fast_output()[i] != small_output()[i]) {\n"
        "            return 1;\n"
        "        }\n"
        "    }\n"
        "    return 0;\n"
        "}\n";
    struct generated *fast =
        generate(model_dense(), &(mf_compile_options){.name = "fast"});
    struct generated *small = generate(
        model_dense(),
        &(mf_compile_options){.name = "small", .optimize = MF_OPTIMIZE_SIZE});
    struct generated *other =
        generate(model_bytes(), &(mf_compile_options){.name = "other"});
    generated_write(fast, "main.c", program, strlen(program));
    shell(fast,
          "gcc -O2 " STRICT_C99 " -I. -I%s -I%s main.c fast.c %s/small.c "
          "%s/other.c -o main && ./main",
          generated_folder(small), generated_folder(other),
          generated_folder(small), generated_folder(other));
    shell(small, "gcc -O2 -c small.c -o small.o && test -z \"$(nm -g "
                 "--defined-only small.o | grep -v ' small_')\"");
    generated_free(other);
    generated_free(small);
    generated_free(fast);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gcc),
        cmocka_unit_test(test_clang),
        cmocka_unit_test(test_freestanding_arm),
        cmocka_unit_test(test_freestanding_avr),
        cmocka_unit_test(test_includes),
        cmocka_unit_test(test_drivers),
        cmocka_unit_test(test_cpp),
        cmocka_unit_test(test_models_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
