/* Kernels that slide a window compute any part of their output: rows one by
 * one, and rows in pieces, when the window's parameters say that the output is
 * one row and starts inside the input (padding below 0). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"
#include "mf_window.h"
#include "op/op.h"
#include "target/target.h"

enum { CASES = 60 };

/* Where a part of the output is computed, and from what. */
struct part {
    const struct node *node;
    int8_t *input, *output;
};

static void *address_of(void *user, const struct tensor *tensor) {
    const struct part *part = user;
    return tensor == part->node->output[0] ? part->output : part->input;
}

/* Computes the output of the model in pieces of at most `width` columns. */
static void run_in_parts(struct test_model *model, mf_index width,
                         const struct op_memory *memory, int8_t *output) {
    struct call call = *model_call(model, 0);
    assert_string_equal(call.kernel->fields[0].name, "window.batches");
    const mf_window whole = *(const mf_window *)call.params;
    char *params = malloc(call.kernel->params_size);
    void *scratch = malloc(memory->scratch + 1);
    memcpy(params, call.params, call.kernel->params_size);
    mf_window *w = (mf_window *)(void *)params;
    call.params = params;
    w->batches = w->output_height = 1;
    for (mf_index y = 0; y < whole.batches * whole.output_height; y++) {
        w->pad_top = whole.pad_top - y % whole.output_height * whole.stride_y;
        for (mf_index x = 0; x < whole.output_width; x += width) {
            mf_index rest = whole.output_width - x;
            w->output_width = rest < width ? rest : width;
            w->pad_left = whole.pad_left - x * whole.stride_x;
            struct part part = {
                model_graph(model)->node[0],
                (int8_t *)model_input(model, 0) +
                    y / whole.output_height * mf_window_image(&whole),
                output + y * mf_window_row(&whole) + x * whole.output_channels};
            calls_run(&call, address_of, &part, scratch, NULL);
        }
    }
    free(params);
    free(scratch);
}

static void check_layer(struct random *random, const struct layer *layer,
                        const char *target) {
    struct test_op op = layer->op;
    op.target = target_by_name(target);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    random_fill_s8(random, model_input(model, 0), model_input_size(model, 0));
    model_run(model);
    const struct op_memory memory =
        op_memory(op.target, model_graph(model)->node[0]);
    size_t size = model_output_size(model, 0);
    int8_t *output = malloc(size);
    const mf_index columns = (mf_index)random_int(random, 1, 4);
    for (int i = 0; i < 2; i++) {
        memset(output, 99, size);
        run_in_parts(model, i == 0 ? PTRDIFF_MAX / 2 : columns, &memory,
                     output);
        assert_memory_equal(output, model_output(model, 0), size);
    }
    free(output);
    model_free(model);
}

static void check_target(const char *target) {
    struct random random = {1};
    for (int i = 0; i < CASES; i++) {
        struct layer layer =
            layer_random(&random, i % 2 ? LAYER_CONV_2D : LAYER_DEPTHWISE);
        check_layer(&random, &layer, target);
        layer_free(&layer);
    }
}

static void test_portable(void **state) {
    (void)state;
    check_target("generic");
}

static void test_blocked(void **state) {
    (void)state;
    check_target("cortex-m0");
    check_target("cortex-m3");
}

static void test_avr(void **state) {
    (void)state;
    check_target("avr");
}

static void test_avx2(void **state) {
    (void)state;
    check_target("x86-64");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portable), cmocka_unit_test(test_blocked),
        cmocka_unit_test(test_avr), cmocka_unit_test(test_avx2)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
