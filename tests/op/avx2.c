/* x86-64 with AVX2: the instructions give what the portable model of the
 * kernels gives, and layers of random shapes on it what the portable kernels
 * give. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2")
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "layer.h"
#include "mf_avx2.h"
#include "mf_window.h"
#include "random.h"
#include "target/target.h"

enum { TRIALS = 20000, CASES = 60 };

static void need_avx2(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx2")) {
        return;
    }
#endif
    print_message("skipped: no AVX2\n");
    skip();
}

static int32_t lane_of(mf_avx2_lanes lanes, int i) {
    int32_t lane[8];
    memcpy(lane, &lanes, sizeof lane);
    return lane[i];
}

/* Numbers of all magnitudes below 2^30, those beside powers of 2 first. */
static int32_t draw(struct random *random) {
    int bits = (int)random_int(random, 0, 29);
    int32_t limit = (int32_t)1 << bits;
    int32_t x = random_int(random, 0, 1)
                    ? limit - (int32_t)random_int(random, -1, 2)
                    : (int32_t)random_int(random, 0, limit);
    return random_int(random, 0, 1) ? -x : x;
}

static void test_requantize(void **state) {
    (void)state;
    need_avx2();
    struct random random = {3};
    for (int i = 0; i < TRIALS; i++) {
        int32_t x[8], multiplier[8], shift[8];
        for (int k = 0; k < 8; k++) {
            x[k] = draw(&random);
            multiplier[k] =
                random_int(&random, 0, 3)
                    ? (int32_t)random_int(&random, 1 << 30, INT32_MAX)
                    : 1 << 30;
            shift[k] = (int32_t)random_int(&random, 1, 31);
        }
        mf_avx2_lanes high = mf_avx2_multiply_high(
            mf_avx2_lanes_at(x), mf_avx2_lanes_at(multiplier));
        mf_avx2_lanes away =
            mf_avx2_round_shift(high, mf_avx2_lanes_at(shift), 0);
        mf_avx2_lanes upward =
            mf_avx2_round_shift(high, mf_avx2_lanes_at(shift), 1);
        for (int k = 0; k < 8; k++) {
            int32_t expected = mf_scale(x[k], multiplier[k], -(int)shift[k]);
            assert_int_equal(lane_of(away, k), expected);
            /* As mf_avx2_upward() says: only results up to 0 differ. */
            if (lane_of(upward, k) != expected) {
                assert_true(expected < 0);
                assert_int_equal(lane_of(upward, k), expected + 1);
            }
        }
    }
}

/* Bytes out of range, on the bounds, and partial blocks. */
static void test_narrow(void **state) {
    (void)state;
    need_avx2();
    struct random random = {4};
    for (int i = 0; i < TRIALS; i++) {
        int32_t lane[16], least = (int32_t)random_int(&random, -128, 0);
        mf_avx2_range range = {(int32_t)random_int(&random, -128, 127), least,
                               (int32_t)random_int(&random, least, 127)};
        for (int k = 0; k < 16; k++) {
            lane[k] = random_int(&random, 0, 2)
                          ? (int32_t)random_int(&random, -400, 400)
                          : draw(&random);
        }
        int8_t to[20];
        mf_index count = (mf_index)random_int(&random, 1, 20);
        memset(to, 99, sizeof to);
        mf_avx2_put(to, mf_avx2_narrow(mf_avx2_block_at(lane), &range), count);
        for (int k = 0; k < 16; k++) {
            mf_index c = mf_avx2_channel(k);
            assert_int_equal(to[c], c >= count
                                        ? 99
                                        : mf_clamp(lane[k] + range.zero_point,
                                                   range.min, range.max));
        }
        assert_int_equal(to[16], 99);
    }
}

static void test_portable_model(void **state) {
    (void)state;
    struct random random = {1};
    for (int kind = 0; kind < LAYER_KINDS; kind++) {
        int fast = 0;
        for (int i = 0; i < CASES; i++) {
            struct layer layer = layer_random(&random, (enum layer_kind)kind);
            fast += layer_check(&random, &layer, "x86-64", "_avx2_");
            layer_free(&layer);
        }
        /* Not: several depthwise filters a channel. */
        assert_true(fast >
                    (kind == LAYER_DEPTHWISE ? CASES / 3 : CASES * 9 / 10));
    }
}

/* Runs columns x to x + count - 1 of output row y of image b: as a call for the
 * whole image whose window was moved, of which `drop` input rows are gone. */
static void run_part(const struct call *call, const int8_t *input,
                     int8_t *scratch, int8_t *output, const mf_index from[3],
                     mf_index count, mf_index drop) {
    _Alignas(max_align_t) unsigned char params[512];
    assert_true(call->kernel->params_size <= sizeof params);
    memcpy(params, call->params, call->kernel->params_size);
    mf_window whole, *w = (mf_window *)(void *)params; /* the first member */
    memcpy(&whole, w, sizeof whole);
    mf_index b = from[0], y = from[1], x = from[2];
    mf_index row = whole.input_width * whole.input_channels;
    w->batches = w->output_height = 1;
    w->input_height -= drop;
    w->pad_top += drop - y * w->stride_y;
    w->pad_left -= x * w->stride_x;
    w->output_width = count;
    void *operand[MAX_OPERANDS];
    for (int i = 0; i < call->operand_count; i++) {
        operand[i] = (void *)(uintptr_t)call->operand[i].data;
    }
    operand[0] =
        (void *)(uintptr_t)(input + b * mf_window_image(&whole) + drop * row);
    operand[call->operand_count - 2] = scratch;
    operand[call->operand_count - 1] =
        output + (b * whole.output_height + y) * mf_window_row(&whole) +
        x * whole.output_channels;
    call->kernel->run(params, operand);
}

static void check_parts(struct random *random, const struct layer *layer) {
    struct test_op op = layer->op;
    op.target = target_by_name("x86-64");
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    random_fill_s8(random, model_input(model, 0), model_input_size(model, 0));
    model_run(model);
    const struct call *call = model_call(model, 0);
    if (strstr(call->kernel->name, "_avx2_")) {
        const mf_window *w = call->params;
        size_t size = model_output_size(model, 0);
        int8_t *output = allocate(size, 1), *scratch = allocate(1 << 16, 1);
        for (mf_index i = 0; i < w->batches * w->output_height; i++) {
            mf_index y = i % w->output_height;
            mf_index first = y * w->stride_y - w->pad_top;
            mf_index last = w->input_height - 1;
            mf_index most = first < 0 ? 0 : first < last ? first : last;
            for (mf_index x = 0, count; x < w->output_width; x += count) {
                count = (mf_index)random_int(random, 1, w->output_width - x);
                run_part(call, model_input(model, 0), scratch, output,
                         (mf_index[]){i / w->output_height, y, x}, count,
                         (mf_index)random_int(random, 0, most));
            }
        }
        assert_memory_equal(output, model_output(model, 0), size);
        free(output);
        free(scratch);
    }
    model_free(model);
}

/* A caller may compute an image in parts: paddings may be negative. */
static void test_parts(void **state) {
    (void)state;
    struct random random = {5};
    for (int i = 0; i < 2 * CASES; i++) {
        struct layer layer =
            layer_random(&random, i % 2 ? LAYER_CONV_2D : LAYER_DEPTHWISE);
        check_parts(&random, &layer);
        layer_free(&layer);
    }
}

static void test_instructions(void **state) {
    (void)state;
    need_avx2();
    struct random random = {2};
    layers_check_bench(&random, "x86-64", "speed", 6);
    layers_check_bench(&random, "x86-64", "size", 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requantize),     cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_portable_model), cmocka_unit_test(test_parts),
        cmocka_unit_test(test_instructions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
