/* 32-bit cores without SIMD (kernels/mf_blocked.h).  Their kernels do not apply
 * to accumulators of more than 30 bits, factors of 1/2 or more, two
 * neighbouring weights of -128, and depthwise filters with a multiplier over 1
 * (but for one input channel) or dilation. */
#include <stdlib.h>

#include "mf_conv_2d_blocked.h"
#include "mf_depthwise_conv_2d_blocked.h"
#include "mf_fully_connected_blocked.h"
#include "op/family.h"

/* Whether the products of two neighbouring taps fit a field. */
static bool pairs_apply(const struct portable *from) {
    for (int32_t c = 0; c < from->channels; c++) {
        for (int64_t i = 0; i < from->weights; i += 2) {
            if (labs(portable_weight(from, c, i)) +
                    labs(portable_weight(from, c, i + 1)) >
                255) {
                return false;
            }
        }
    }
    return true;
}

/* What the kernels are told of bias and scaling. */
struct scale {
    int32_t *words; /* three a channel */
    size_t count;
    mf_blocked_scaling scaling;
};

#define SCALING_FIELDS(owner)                                                  \
    FIELD(owner, INT32, scaling.line_shift),                                   \
        FIELD(owner, INT32, scaling.zero_point),                               \
        FIELD(owner, INT32, scaling.min), FIELD(owner, INT32, scaling.max)

/* Lines for all channels (op/steps.h), all of one shift, the greatest that
 * every factor takes; false if a channel has none. */
static bool fit_lines(const struct portable *from, struct scale *scale) {
    int32_t shift = LINE_MOST_SHIFT;
    for (int32_t c = 0; c < (from->per_channel ? from->channels : 1); c++) {
        int32_t own = -1 - from->shift[c];
        shift = own < shift ? own : shift;
    }
    for (int32_t c = 0; c < from->channels; c++) {
        const struct outputs outputs =
            portable_outputs(from, c, portable_most(from, c));
        struct line line;
        if (outputs.most >= (1 << 30) - LINE_LEADS ||
            !line_fit(&outputs, shift, &line)) {
            return false;
        }
        int32_t *to = scale->words + 3 * (ptrdiff_t)c;
        to[0] += line.lead;
        to[1] = line.multiplier;
        to[2] = line.offset;
    }
    scale->scaling.line_shift = shift;
    return true;
}

/* As lines, or as packed_scale() makes it; up to a multiple of `block`.  Biases
 * are less what the sums are in excess by: 2^15 for each of `halves` additions,
 * and, if `offset`, what 128 more in every weight and in all data add, but for
 * 128 times the data (mf_blocked_offset).  They are taken modulo 2^32. */
static bool make_scale(struct context *context, const struct portable *from,
                       int32_t block, int64_t halves, bool offset,
                       struct scale *scale) {
    scale->words = packed_scale(context, from, block, &scale->count);
    scale->scaling = (mf_blocked_scaling){.min = from->activation_min,
                                          .max = from->activation_max};
    if (scale->words && !fit_lines(from, scale)) {
        scale->words = packed_scale(context, from, block, &scale->count);
        scale->scaling.line_shift = -1;
        scale->scaling.zero_point = from->output_zero_point;
    }
    for (int32_t c = 0; scale->words && c < from->channels; c++) {
        int64_t excess = halves * MF_BLOCKED_HALF;
        for (int64_t i = 0; offset && i < from->weights; i++) {
            excess += 128 * portable_weight(from, c, i);
        }
        int32_t *bias = scale->words + 3 * (ptrdiff_t)c;
        *bias = mf_blocked_signed((uint32_t)(*bias - excess));
    }
    return scale->words;
}

/* Weights plus 128: for each block of channels, for each weight, one of each
 * channel. */
static uint8_t *offset_filter(struct context *context,
                              const struct portable *from, int32_t block,
                              size_t *count) {
    int32_t blocks = (from->channels + block - 1) / block;
    *count = (size_t)blocks * (size_t)block * (size_t)from->weights;
    uint8_t *filter = CONTEXT_NEW(context, uint8_t, *count), *to = filter;
    for (int32_t b = 0; filter && b < blocks; b++) {
        for (int64_t i = 0; i < from->weights; i++) {
            for (int32_t c = 0; c < block; c++) {
                *to++ =
                    (uint8_t)(portable_weight(from, block * b + c, i) + 128);
            }
        }
    }
    return filter;
}

/* Weights: for each two channels, for each two weights, those of the one and
 * those of the other. */
static int8_t *pair_filter(struct context *context, const struct portable *from,
                           size_t *count) {
    int64_t pairs = (from->weights + 1) / 2;
    *count = (size_t)((from->channels + 1) / 2) * 4 * (size_t)pairs;
    int8_t *filter = CONTEXT_NEW(context, int8_t, *count), *to = filter;
    for (int32_t c = 0; filter && c < from->channels; c += 2) {
        for (int64_t i = 0; i < 2 * pairs; i += 2, to += 4) {
            to[0] = portable_weight(from, c, i);
            to[1] = portable_weight(from, c, i + 1);
            to[2] = portable_weight(from, c + 1, i);
            to[3] = portable_weight(from, c + 1, i + 1);
        }
    }
    return filter;
}

static const struct field conv_2d_fields[] = {
    MF_WINDOW_FIELDS(mf_conv_2d_blocked),
    FIELD(mf_conv_2d_blocked, INT32, input_zero_point),
    SCALING_FIELDS(mf_conv_2d_blocked), FIELD_END};

static void run_conv_2d_pairs(const void *params, void *const operand[]) {
    mf_conv_2d_pairs_s8(params, operand[0], operand[1], operand[2], operand[3],
                        operand[4]);
}

static void run_conv_2d_offset(const void *params, void *const operand[]) {
    mf_conv_2d_offset_s8(params, operand[0], operand[1], operand[2], operand[3],
                         operand[4]);
}

static const struct kernel conv_2d_pairs_kernel = {
    .name = "mf_conv_2d_pairs_s8",
    .header = "mf_conv_2d_blocked.h",
    .params = "mf_conv_2d_blocked",
    .params_size = sizeof(mf_conv_2d_blocked),
    .fields = conv_2d_fields,
    .run = run_conv_2d_pairs,
};

static const struct kernel conv_2d_offset_kernel = {
    .name = "mf_conv_2d_offset_s8",
    .header = "mf_conv_2d_blocked.h",
    .params = "mf_conv_2d_blocked",
    .params_size = sizeof(mf_conv_2d_blocked),
    .fields = conv_2d_fields,
    .run = run_conv_2d_offset,
};

static size_t words_of(int64_t weights) {
    return (size_t)((weights + 1) / 2 * 2) * sizeof(int32_t);
}

static size_t conv_2d_scratch(const mf_window *w) {
    return words_of((int64_t)w->filter_height * w->filter_width *
                    w->input_channels);
}

/* As a convolution of all input channels. */
static bool replace_by_conv_2d(struct lowering *lowering, struct call *call,
                               const struct portable *from) {
    struct context *context = lowering->context;
    bool offset = lowering->target->dot == DOT_BLOCKED_SMALL;
    if (!offset && !pairs_apply(from)) {
        return true;
    }
    size_t count;
    struct scale scale;
    const void *filter = offset
                             ? (void *)offset_filter(context, from, 2, &count)
                             : (void *)pair_filter(context, from, &count);
    if (!filter ||
        !make_scale(context, from, 2, offset ? 0 : (from->weights + 1) / 2,
                    offset, &scale) ||
        !packed_replace(lowering, call,
                        offset ? &conv_2d_offset_kernel
                               : &conv_2d_pairs_kernel)) {
        return false;
    }
    call_table(call, "filter", offset ? DTYPE_UINT8 : DTYPE_INT8, filter,
               count);
    call_table(call, "scale", DTYPE_INT32, scale.words, scale.count);
    call_scratch(call, DTYPE_INT32);
    call_output(call, lowering->node->output[0]);
    mf_conv_2d_blocked *p = call->params;
    *p = (mf_conv_2d_blocked){.window = from->window,
                              .input_zero_point = from->input_zero_point,
                              .scaling = scale.scaling};
    packed_join_rows(&p->window);
    return true;
}

static bool lower_conv_2d(struct lowering *lowering, struct call *call,
                          const struct portable *from) {
    return !portable_fits_30_bits(from) ||
           replace_by_conv_2d(lowering, call, from);
}

static const struct field depthwise_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d_blocked),
    FIELD(mf_depthwise_conv_2d_blocked, INDEX, row),
    FIELD(mf_depthwise_conv_2d_blocked, INT32, input_zero_point),
    SCALING_FIELDS(mf_depthwise_conv_2d_blocked), FIELD_END};

static void run_depthwise(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_blocked_s8(params, operand[0], operand[1], operand[2],
                                    operand[3], operand[4]);
}

static const struct kernel depthwise_kernel = {
    .name = "mf_depthwise_conv_2d_blocked_s8",
    .header = "mf_depthwise_conv_2d_blocked.h",
    .params = "mf_depthwise_conv_2d_blocked",
    .params_size = sizeof(mf_depthwise_conv_2d_blocked),
    .fields = depthwise_fields,
    .run = run_depthwise,
};

/* From the first tap of the first window to the last one of the last that is
 * the first of two. */
static mf_index depthwise_row(const mf_window *w) {
    return (w->output_width - 1) / 2 * 2 * w->stride_x + w->filter_width;
}

static size_t depthwise_scratch(const mf_window *window) {
    if (window->input_channels == 1) {
        return conv_2d_scratch(window);
    }
    return packed_is_depthwise(window)
               ? (size_t)window->filter_height * (size_t)depthwise_row(window) *
                     sizeof(int32_t)
               : 0;
}

/* The weights, channel by channel. */
static int8_t *channel_filter(struct context *context,
                              const struct portable *from, size_t *count) {
    *count = (size_t)from->channels * (size_t)from->weights;
    int8_t *filter = CONTEXT_NEW(context, int8_t, *count);
    for (int32_t c = 0; filter && c < from->channels; c++) {
        for (int64_t i = 0; i < from->weights; i++) {
            filter[c * from->weights + i] = portable_weight(from, c, i);
        }
    }
    return filter;
}

static bool replace_by_depthwise(struct lowering *lowering, struct call *call,
                                 const struct portable *from) {
    struct context *context = lowering->context;
    const mf_window *w = &from->window;
    bool pairs = w->filter_height == 3 && w->filter_width == 3;
    if (pairs && !pairs_apply(from)) {
        return true;
    }
    size_t count;
    struct scale scale;
    const int8_t *filter = channel_filter(context, from, &count);
    if (!filter ||
        !make_scale(context, from, 1,
                    pairs ? (from->weights + 1) / 2 : from->weights, false,
                    &scale) ||
        !packed_replace(lowering, call, &depthwise_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT8, filter, count);
    call_table(call, "scale", DTYPE_INT32, scale.words, scale.count);
    call_scratch(call, DTYPE_INT32);
    call_output(call, lowering->node->output[0]);
    *(mf_depthwise_conv_2d_blocked *)call->params =
        (mf_depthwise_conv_2d_blocked){.window = from->window,
                                       .input_zero_point =
                                           from->input_zero_point,
                                       .scaling = scale.scaling,
                                       .row = depthwise_row(w)};
    return true;
}

static bool lower_depthwise(struct lowering *lowering, struct call *call,
                            const struct portable *from) {
    if (!portable_fits_30_bits(from)) {
        return true;
    }
    if (from->window.input_channels == 1) {
        return replace_by_conv_2d(lowering, call, from);
    }
    return !packed_is_depthwise(&from->window) ||
           replace_by_depthwise(lowering, call, from);
}

static const struct field fully_connected_fields[] = {
    PACKED_PRODUCT_FIELDS(mf_fully_connected_blocked),
    SCALING_FIELDS(mf_fully_connected_blocked), FIELD_END};

static void run_fully_connected(const void *params, void *const operand[]) {
    mf_fully_connected_blocked_s8(params, operand[0], operand[1], operand[2],
                                  operand[3]);
}

static const struct kernel fully_connected_kernel = {
    .name = "mf_fully_connected_blocked_s8",
    .header = "mf_fully_connected_blocked.h",
    .params = "mf_fully_connected_blocked",
    .params_size = sizeof(mf_fully_connected_blocked),
    .fields = fully_connected_fields,
    .run = run_fully_connected,
};

/* With this many inputs or fewer, sums of products of bytes with 128 in excess
 * fit 31 bits: 128 * (255 + 128) * inputs, beside a bias below 2^30. */
enum { MOST_INPUTS = 20000 };

static bool lower_fully_connected(struct lowering *lowering, struct call *call,
                                  const struct portable *from) {
    struct context *context = lowering->context;
    if (!portable_fits_30_bits(from) || from->weights > MOST_INPUTS) {
        return true;
    }
    size_t count;
    struct scale scale;
    const uint8_t *filter = offset_filter(context, from, 4, &count);
    if (!filter || !make_scale(context, from, 4, 0, false, &scale) ||
        !packed_replace(lowering, call, &fully_connected_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_UINT8, filter, count);
    call_table(call, "scale", DTYPE_INT32, scale.words, scale.count);
    call_output(call, lowering->node->output[0]);
    *(mf_fully_connected_blocked *)call->params = (mf_fully_connected_blocked){
        PACKED_PRODUCT(from), .scaling = scale.scaling};
    return true;
}

const struct family blocked_family = {
    .conv_2d_scratch = conv_2d_scratch,
    .depthwise_conv_2d_scratch = depthwise_scratch,
    .conv_2d = lower_conv_2d,
    .depthwise_conv_2d = lower_depthwise,
    .fully_connected = lower_fully_connected,
};
