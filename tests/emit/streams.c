/* Layers computed row by row as C: gcc and clang compile it without a warning,
 * and it gives the bits that whole layers give, also where rows are pushed, and
 * passes its own self-test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "generated.h"
#include "random.h"
#include "random_net.h"

enum { FIRST = 100, NETS = 6, FRAMES = 2, LAYERS = 7 };

/* Frames, and what the portable kernels make of them, layer by layer. */
struct expected {
    size_t input_size, output_size;
    uint8_t *input, *output;
};

static size_t output_size(const mf_model *model) {
    size_t size = 0;
    for (size_t i = 0; i < mf_model_output_count(model); i++) {
        size += mf_model_output(model, i).size;
    }
    return size;
}

static void read_outputs(mf_model *model, uint8_t *to) {
    for (size_t i = 0; i < mf_model_output_count(model); i++) {
        const size_t size = mf_model_output(model, i).size;
        memcpy(to, mf_model_output_data(model, i), size);
        to += size;
    }
}

static struct expected make_expected(uint64_t seed) {
    struct random random = {seed};
    struct writer *writer = random_image_net(seed, LAYERS);
    size_t size;
    uint8_t *file = writer_finish(writer, &size);
    writer_free(writer);
    mf_model *model = mf_model_open(file, size, "net", NULL);
    assert_non_null(model);
    assert_true(mf_model_ok(model));
    struct expected expected = {.input_size = mf_model_input(model, 0).size,
                                .output_size = output_size(model)};
    expected.input = allocate(FRAMES, expected.input_size);
    expected.output = allocate(FRAMES, expected.output_size);
    random_fill_s8(&random, (int8_t *)expected.input,
                   FRAMES * expected.input_size);
    for (size_t f = 0; f < FRAMES; f++) {
        memcpy(mf_model_input_data(model, 0),
               expected.input + f * expected.input_size, expected.input_size);
        assert_true(mf_model_invoke(model));
        read_outputs(model, expected.output + f * expected.output_size);
    }
    mf_model_close(model);
    free(file);
    return expected;
}

static const char checked[] = "#include \"net.h\"\n"
                              "int main(void) {\n"
                              "    return net_selftest();\n"
                              "}\n";

static void try_net(uint64_t seed, const char *compiler, const char *target,
                    bool pushed) {
    const struct expected expected = make_expected(seed);
    struct generated *generated = generate_opened(
        random_image_net(seed, LAYERS),
        &(mf_open_options){
            .target = target, .least_ram = true, .push_input = pushed},
        &(mf_compile_options){.name = "net", .driver = true, .selftest = true});
    generated_write(generated, "checked.c", checked, strlen(checked));
    generated_write(generated, "in", expected.input,
                    FRAMES * expected.input_size);
    shell(generated,
          "%s " STRICT_C99 " -O1 -c net.c && "
          "%s " STRICT_C99 " -O1 -o net net.o net_driver.c -lm && "
          "%s " STRICT_C99 " -O1 -o checked net.o checked.c -lm && "
          "./checked && ./net <in >out",
          compiler, compiler, compiler);
    size_t size;
    const void *found = generated_read(generated, "out", &size);
    assert_int_equal(size, FRAMES * expected.output_size);
    assert_memory_equal(found, expected.output, size);
    generated_free(generated);
    free(expected.input);
    free(expected.output);
}

static void try_all(const char *compiler) {
    static const char *const targets[] = {"generic", "cortex-m4", "cortex-m3"};
    for (uint64_t i = 0; i < NETS; i++) {
        try_net(FIRST + i, compiler, targets[i % 3], i % 2 == 1);
    }
}

static void test_gcc(void **state) {
    (void)state;
    need_program("gcc");
    try_all("gcc");
}

static void test_clang(void **state) {
    (void)state;
    need_program("clang");
    try_all("clang");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gcc),
                                       cmocka_unit_test(test_clang)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
