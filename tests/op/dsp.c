/* Calls for cores with the DSP extension: lines against the definition, weights
 * and sums that need other forms, and kernels that are given a part of an
 * image.  That they compute what portable calls compute is part of the tests of
 * the operators, which run on every target. */
#include "mf_dsp_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/context.h"
#include "convolution.h"
#include "mf_conv_2d_dsp.h"
#include "mf_depthwise_conv_2d_dsp.h"
#include "op/dsp_line.h"
#include "op/family.h"
#include "random.h"
#include "target/target.h"

enum { CHANNELS = 3, LINES = 300, TILES = 200 };

/* --- lines --- */

/* A layer of one weight a channel, its bias as great as sums are to be. */
struct layer {
    int8_t weight[CHANNELS], shift[CHANNELS];
    int32_t bias[CHANNELS], multiplier[CHANNELS];
    struct portable portable;
};

static void make_layer(struct random *random, struct layer *layer) {
    int right = random_int(random, 1, 14), spread = random_int(random, 0, 5);
    int32_t zero_point =
        random_int(random, 0, 1) ? -128 : random_int(random, -128, 120);
    for (int i = 0; i < CHANNELS; i++) {
        layer->weight[i] = 1;
        layer->bias[i] = random_int(random, 0, 1 << random_int(random, 0, 22));
        layer->multiplier[i] = random_int(random, 1 << 30, INT32_MAX);
        layer->shift[i] = (int8_t)(-right - random_int(random, 0, spread));
    }
    layer->portable = (struct portable){
        .filter = layer->weight,
        .channel_step = 1,
        .channels = CHANNELS,
        .weights = 1,
        .bias = layer->bias,
        .multiplier = layer->multiplier,
        .shift = layer->shift,
        .per_channel = 1,
        .output_zero_point = zero_point,
        .activation_min = zero_point,
        .activation_max = random_int(random, 0, 1)
                              ? 127
                              : random_int(random, zero_point, 127)};
}

static int8_t define(const struct layer *layer, int c, int32_t sum) {
    const struct portable *p = &layer->portable;
    return (int8_t)mf_clamp(
        mf_scale(sum, layer->multiplier[c], layer->shift[c]) +
            p->output_zero_point,
        p->activation_min, p->activation_max);
}

static void check_sum(const struct layer *layer, int c,
                      const struct dsp_line *line, int32_t shift, int64_t sum) {
    const struct portable *p = &layer->portable;
    if (llabs(sum) <= portable_most(p, c)) {
        int32_t scaled = DSP_LINE_UNIT * (int32_t)sum + line->start;
        assert_int_equal(mf_dsp_line(scaled, line->multiplier, shift,
                                     p->output_zero_point, p->activation_min,
                                     p->activation_max),
                         define(layer, c, (int32_t)sum));
    }
}

/* Sums where the output steps up, and others. */
static void check_line(struct random *random, const struct layer *layer, int c,
                       const struct dsp_line *line, int32_t shift) {
    const struct portable *p = &layer->portable;
    int64_t most = portable_most(p, c);
    for (int32_t level = p->activation_min; level <= p->activation_max;
         level++) {
        int64_t below = -most - 1, at = most + 1;
        while (at - below > 1) {
            int64_t middle = below + (at - below) / 2;
            if (define(layer, c, (int32_t)middle) >= level) {
                at = middle;
            } else {
                below = middle;
            }
        }
        check_sum(layer, c, line, shift, at - 1);
        check_sum(layer, c, line, shift, at);
        check_sum(layer, c, line, shift, random_int(random, -most, most));
    }
}

static void test_lines(void **state) {
    (void)state;
    struct random random = {1};
    struct context context = {.file = "test"};
    int found = 0;
    for (int i = 0; i < LINES; i++) {
        struct layer layer;
        struct dsp_line *line;
        int32_t shift;
        make_layer(&random, &layer);
        assert_true(dsp_lines_make(&context, &layer.portable, &line, &shift));
        for (int c = 0; c < CHANNELS && shift > 0; c++) {
            check_line(&random, &layer, c, &line[c], shift);
        }
        found += shift > 0;
    }
    arena_free(&context.arena);
    /* Nearly all: where scales lie far apart there may be none. */
    assert_in_range(found, LINES * 9 / 10, LINES);
}

/* Where the output goes on below its zero point there is no line. */
static void test_no_line(void **state) {
    (void)state;
    struct random random = {2};
    struct context context = {.file = "test"};
    struct layer layer;
    struct dsp_line *line;
    int32_t shift = 1;
    make_layer(&random, &layer);
    layer.portable.output_zero_point = -100;
    layer.portable.activation_min = -128;
    layer.portable.activation_max = 127;
    assert_true(dsp_lines_make(&context, &layer.portable, &line, &shift));
    assert_int_equal(shift, 0);
    layer.portable.activation_min = -100;
    assert_true(dsp_lines_make(&context, &layer.portable, &line, &shift));
    assert_true(shift > 0);
    layer.bias[1] = 1 << 23;
    assert_true(dsp_lines_make(&context, &layer.portable, &line, &shift));
    assert_int_equal(shift, 0);
    arena_free(&context.arena);
}

/* --- forms --- */

static const mf_conv_2d_dsp *conv_params(const struct test_model *model) {
    const struct call *call = model_call(model, 0);
    assert_string_equal(call->kernel->name, "mf_conv_2d_dsp_s8");
    return call->params;
}

static void expect_form(const struct test_op *op, bool plain, int shift) {
    struct test_model *model = model_from_op(op);
    model_expect_ok(model);
    const mf_conv_2d_dsp *p = conv_params(model);
    assert_int_equal(p->plain, plain);
    assert_int_equal((p->form.shift > 0) - p->form.any, shift);
    model_free(model);
}

static void test_forms(void **state) {
    (void)state;
    struct test_op op = convolution_plain(false);
    int8_t weights[3 * 3 * 3 * 2] = {0};
    int32_t bias[3] = {0};
    op.target = target_by_name("cortex-m4");
    op.input[1].data = weights;
    op.input[2].data = bias;
    op.output[0].zero_point = -128;
    op.output[0].scale = 4 * op.input[0].scale * op.input[1].scale;
    expect_form(&op, false, 1);
    op.output[0].zero_point = 0;
    expect_form(&op, false, 0);
    /* -128 before a negative one, in the same half. */
    weights[0] = -1;
    weights[1] = -128;
    weights[2] = -1;
    expect_form(&op, false, 0);
    weights[0] = -128;
    expect_form(&op, true, 0);
    weights[0] = 0;
    bias[0] = 1 << 23;
    expect_form(&op, true, 0);
    bias[0] = 1 << 30;
    expect_form(&op, true, -1);
    bias[0] = 0;
    op.output[0].scale = op.input[0].scale * op.input[1].scale;
    expect_form(&op, true, -1);
}

/* --- parts of an image --- */

/* What a call is given, as pointers. */
struct operands {
    const int8_t *input;
    const void *table[2];
    int16_t *scratch;
    int8_t *output;
};

/* The window of a tile of one row: `columns` from (y, x) on, of image 0. */
static void cut(mf_window *w, mf_index y, mf_index x, mf_index columns) {
    w->batches = 1;
    w->pad_top -= y * w->stride_y;
    w->pad_left -= x * w->stride_x;
    w->output_height = 1;
    w->output_width = columns;
}

/* The scratch memory of a convolution's tile, not a byte more; that of a single
 * pixel has filters of its own, and is not asked for. */
static void run_conv_2d_tile(const mf_conv_2d_dsp *p,
                             const struct operands *at) {
    size_t elements = mf_conv_2d_dsp_gathers(&p->window) ? 14 : 12;
    int16_t *scratch = malloc(elements * (size_t)p->groups * sizeof(int16_t));
    assert_non_null(scratch);
    mf_conv_2d_dsp_s8(p, at->input, at->table[0], scratch, at->output);
    free(scratch);
}

static void run_tile(const struct call *call, const struct operands *at,
                     mf_index y, mf_index x, mf_index columns) {
    if (strcmp(call->kernel->name, "mf_conv_2d_dsp_s8") == 0) {
        mf_conv_2d_dsp p = *(const mf_conv_2d_dsp *)call->params;
        cut(&p.window, y, x, columns);
        run_conv_2d_tile(&p, at);
    } else {
        mf_depthwise_conv_2d_dsp p =
            *(const mf_depthwise_conv_2d_dsp *)call->params;
        cut(&p.window, y, x, columns);
        p.slots = p.window.filter_height;
        mf_depthwise_conv_2d_dsp_s8(&p, at->input, at->table[0], at->table[1],
                                    at->scratch, at->output);
    }
}

static bool is_dsp(const struct call *call) {
    return strcmp(call->kernel->name, "mf_conv_2d_dsp_s8") == 0 ||
           strcmp(call->kernel->name, "mf_depthwise_conv_2d_dsp_s8") == 0;
}

/* Random tiles of an image give what the whole gives; returns whether it is a
 * DSP kernel's. */
static bool check_tiles(struct random *random, const struct convolution *c) {
    struct test_op op = convolution_op(c);
    op.target = target_by_name("cortex-m4");
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    const struct call *call = model_call(model, 0);
    bool applies = is_dsp(call);
    if (applies) {
        memcpy(model_input(model, 0), c->input, model_input_size(model, 0));
        model_run(model);
        const int8_t *whole = model_output(model, 0);
        struct operands at = {
            .input = c->input,
            .table = {call->operand[1].data, call->operand[2].data},
            .scratch = malloc(1 << 20)};
        /* Of an image of one column they are the columns of a row. */
        const mf_window *w = call->params;
        for (int i = 0; i < 10; i++) {
            mf_index y = random_int(random, 0, w->output_height - 1);
            mf_index x = random_int(random, 0, w->output_width - 1);
            mf_index n = random_int(random, 1, w->output_width - x);
            size_t size = (size_t)n * (size_t)c->outputs;
            at.output = malloc(size);
            assert_non_null(at.output);
            run_tile(call, &at, y, x, n);
            assert_memory_equal(at.output,
                                whole + (y * w->output_width + x) * c->outputs,
                                size);
            free(at.output);
        }
        free(at.scratch);
    }
    model_free(model);
    return applies;
}

static void test_tiles(void **state) {
    (void)state;
    struct random random = {3};
    int checked[2] = {0, 0};
    for (int i = 0; i < TILES; i++) {
        struct convolution c =
            convolution_random(&random, CONVOLUTION_S8, i % 2);
        checked[i % 2] += check_tiles(&random, &c);
        convolution_free(&c);
    }
    assert_true(checked[0] > 20 && checked[1] > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines), cmocka_unit_test(test_no_line),
        cmocka_unit_test(test_forms), cmocka_unit_test(test_tiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
