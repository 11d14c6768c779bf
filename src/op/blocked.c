#include "op/blocked.h"

#include <stdlib.h>
#include <string.h>

#include "mf_conv_2d.h"
#include "mf_conv_2d_blocked.h"
#include "mf_depthwise_conv_2d.h"
#include "mf_depthwise_conv_2d_blocked.h"
#include "mf_fully_connected.h"
#include "mf_fully_connected_blocked.h"
#include "op/window.h"

bool blocked_applies(const struct target *target) {
    return target->dot == DOT_BLOCKED || target->dot == DOT_BLOCKED_SMALL;
}

size_t blocked_conv_2d_scratch(int64_t weights) {
    return (size_t)((weights + 1) / 2 * 2) * sizeof(int32_t);
}

/* The constants of a portable call, which its operands 1 to 4 are.  Weight i of
 * channel c is filter[c * channel_step + i * step]. */
struct constants {
    const int8_t *filter;
    int64_t channel_step, step;
    int32_t channels;
    int64_t weights;
    const int32_t *bias, *multiplier;
    const int8_t *shift;
    ptrdiff_t per_channel;
};

static struct constants constants_of(const struct call *call, int32_t channels,
                                     int64_t weights, ptrdiff_t per_channel) {
    return (struct constants){.filter = call->operand[1].tensor->data,
                              .channel_step = weights,
                              .step = 1,
                              .channels = channels,
                              .weights = weights,
                              .bias = call->operand[2].data,
                              .multiplier = call->operand[3].data,
                              .shift = call->operand[4].data,
                              .per_channel = per_channel};
}

/* 0 past the last channel and past the last weight. */
static int8_t weight_at(const struct constants *from, int32_t channel,
                        int64_t i) {
    return channel < from->channels && i < from->weights
               ? from->filter[channel * from->channel_step + i * from->step]
               : 0;
}

/* Whether mf_blocked_requantize() takes every accumulator. */
static bool scales_apply(const struct constants *from) {
    for (int32_t c = 0; c < from->channels; c++) {
        int64_t most = labs(from->bias[c]);
        for (int64_t i = 0; i < from->weights; i++) {
            most += 128 * labs(weight_at(from, c, i));
        }
        int shift = from->shift[from->per_channel ? c : 0];
        if (most >= 1 << 30 || shift > -1) {
            return false;
        }
    }
    return true;
}

/* Whether the products of two neighbouring taps fit a field. */
static bool pairs_apply(const struct constants *from) {
    for (int32_t c = 0; c < from->channels; c++) {
        for (int64_t i = 0; i < from->weights; i += 2) {
            if (labs(weight_at(from, c, i)) + labs(weight_at(from, c, i + 1)) >
                255) {
                return false;
            }
        }
    }
    return true;
}

/* What 128 more in every weight and in all data add to a channel's sum, but for
 * 128 times the data (mf_blocked_offset). */
static int64_t excess_of(const struct constants *from, int32_t channel) {
    int64_t sum = 0;
    for (int64_t i = 0; i < from->weights; i++) {
        sum += weight_at(from, channel, i);
    }
    return 128 * sum;
}

/* Bias, multiplier and right shift - 1 of each channel, up to a multiple of
 * `block`.  Biases are taken modulo 2^32, less `less` and, if `offset`, what
 * excess_of() says. */
static int32_t *make_scale(struct context *context,
                           const struct constants *from, int32_t block,
                           int64_t less, bool offset, size_t *count) {
    int32_t channels = (from->channels + block - 1) / block * block;
    *count = 3 * (size_t)channels;
    int32_t *scale = CONTEXT_NEW(context, int32_t, *count);
    for (int32_t c = 0; scale && c < from->channels; c++) {
        int32_t k = from->per_channel ? c : 0;
        int64_t bias = from->bias[c] - less - (offset ? excess_of(from, c) : 0);
        scale[3 * c] = mf_blocked_signed((uint32_t)bias);
        scale[3 * c + 1] = from->multiplier[k];
        scale[3 * c + 2] = -1 - from->shift[k];
    }
    return scale;
}

/* Weights plus 128: for each block of channels, for each weight, one of each
 * channel. */
static uint8_t *offset_filter(struct context *context,
                              const struct constants *from, int32_t block,
                              size_t *count) {
    int32_t blocks = (from->channels + block - 1) / block;
    *count = (size_t)blocks * (size_t)block * (size_t)from->weights;
    uint8_t *filter = CONTEXT_NEW(context, uint8_t, *count), *to = filter;
    for (int32_t b = 0; filter && b < blocks; b++) {
        for (int64_t i = 0; i < from->weights; i++) {
            for (int32_t c = 0; c < block; c++) {
                *to++ = (uint8_t)(weight_at(from, block * b + c, i) + 128);
            }
        }
    }
    return filter;
}

/* Weights: for each two channels, for each two weights, those of the one and
 * those of the other. */
static int8_t *pair_filter(struct context *context,
                           const struct constants *from, size_t *count) {
    int64_t pairs = (from->weights + 1) / 2;
    *count = (size_t)((from->channels + 1) / 2) * 4 * (size_t)pairs;
    int8_t *filter = CONTEXT_NEW(context, int8_t, *count), *to = filter;
    for (int32_t c = 0; filter && c < from->channels; c += 2) {
        for (int64_t i = 0; i < 2 * pairs; i += 2, to += 4) {
            to[0] = weight_at(from, c, i);
            to[1] = weight_at(from, c, i + 1);
            to[2] = weight_at(from, c + 1, i);
            to[3] = weight_at(from, c + 1, i + 1);
        }
    }
    return filter;
}

/* Gives the call its new kernel and parameters (zeroed), and takes all its
 * operands away but the input. */
static bool replace(struct lowering *lowering, struct call *call,
                    const struct kernel *kernel) {
    struct tensor *input = call->operand[0].tensor;
    call->kernel = kernel;
    call->params = context_alloc(lowering->context, 1, kernel->params_size);
    call->operand_count = 0;
    memset(call->operand, 0, sizeof call->operand);
    call_input(call, "input", input);
    return call->params != NULL;
}

static const struct field conv_2d_fields[] = {
    MF_WINDOW_FIELDS(mf_conv_2d_blocked),
    FIELD(mf_conv_2d_blocked, INT32, input_zero_point),
    FIELD(mf_conv_2d_blocked, INT32, output_zero_point),
    FIELD(mf_conv_2d_blocked, INT32, activation_min),
    FIELD(mf_conv_2d_blocked, INT32, activation_max),
    FIELD_END};

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

/* A window of one pixel that moves pixel by pixel: all rows are one. */
static void join_rows(mf_window *w) {
    if (w->filter_height == 1 && w->filter_width == 1 && w->stride_y == 1 &&
        w->stride_x == 1 && w->pad_top == 0 && w->pad_left == 0 &&
        w->output_height == w->input_height &&
        w->output_width == w->input_width) {
        w->output_width *= w->output_height;
        w->input_width *= w->input_height;
        w->output_height = w->input_height = 1;
    }
}

/* As a convolution of all input channels; the zero point is what padding
 * holds. */
static bool replace_by_conv_2d(struct lowering *lowering, struct call *call,
                               const struct constants *from,
                               const mf_conv_2d_blocked *params) {
    struct context *context = lowering->context;
    bool offset = lowering->target->dot == DOT_BLOCKED_SMALL;
    if (!scales_apply(from) || (!offset && !pairs_apply(from))) {
        return true;
    }
    size_t count, scale_count;
    const void *filter = offset
                             ? (void *)offset_filter(context, from, 2, &count)
                             : (void *)pair_filter(context, from, &count);
    int64_t halves = (from->weights + 1) / 2 * MF_BLOCKED_HALF;
    const int32_t *scale =
        make_scale(context, from, 2, offset ? 0 : halves, offset, &scale_count);
    if (!filter || !scale ||
        !replace(lowering, call,
                 offset ? &conv_2d_offset_kernel : &conv_2d_pairs_kernel)) {
        return false;
    }
    call_table(call, "filter", offset ? DTYPE_UINT8 : DTYPE_INT8, filter,
               count);
    call_table(call, "scale", DTYPE_INT32, scale, scale_count);
    call_scratch(call, DTYPE_INT32);
    call_output(call, lowering->node->output[0]);
    mf_conv_2d_blocked *p = call->params;
    *p = *params;
    join_rows(&p->window);
    return true;
}

bool blocked_conv_2d(struct lowering *lowering, struct call *call) {
    const mf_conv_2d *p = call->params;
    const mf_window *w = &p->window;
    struct constants from = constants_of(
        call, (int32_t)w->output_channels,
        (int64_t)w->filter_height * w->filter_width * w->input_channels,
        p->per_channel);
    const mf_conv_2d_blocked params = {.window = *w,
                                       .input_zero_point = p->input_zero_point,
                                       .output_zero_point =
                                           p->output_zero_point,
                                       .activation_min = p->activation_min,
                                       .activation_max = p->activation_max};
    return p->groups != 1 || replace_by_conv_2d(lowering, call, &from, &params);
}

static const struct field depthwise_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d_blocked),
    FIELD(mf_depthwise_conv_2d_blocked, INDEX, row),
    FIELD(mf_depthwise_conv_2d_blocked, INT32, input_zero_point),
    FIELD(mf_depthwise_conv_2d_blocked, INT32, output_zero_point),
    FIELD(mf_depthwise_conv_2d_blocked, INT32, activation_min),
    FIELD(mf_depthwise_conv_2d_blocked, INT32, activation_max),
    FIELD_END};

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

/* Whether the depthwise kernel takes it; a single input channel is a
 * convolution. */
static bool is_depthwise(const mf_window *w) {
    return w->input_channels == w->output_channels && w->dilation_y == 1 &&
           w->dilation_x == 1;
}

/* From the first tap of the first window to the last one of the last that is
 * the first of two. */
static mf_index depthwise_row(const mf_window *w) {
    return (w->output_width - 1) / 2 * 2 * w->stride_x + w->filter_width;
}

size_t blocked_depthwise_conv_2d_scratch(const mf_window *window) {
    if (window->input_channels == 1) {
        return blocked_conv_2d_scratch((int64_t)window->filter_height *
                                       window->filter_width);
    }
    return is_depthwise(window)
               ? (size_t)window->filter_height * (size_t)depthwise_row(window) *
                     sizeof(int32_t)
               : 0;
}

/* The weights, channel by channel. */
static int8_t *channel_filter(struct context *context,
                              const struct constants *from, size_t *count) {
    *count = (size_t)from->channels * (size_t)from->weights;
    int8_t *filter = CONTEXT_NEW(context, int8_t, *count);
    for (int32_t c = 0; filter && c < from->channels; c++) {
        for (int64_t i = 0; i < from->weights; i++) {
            filter[c * from->weights + i] = weight_at(from, c, i);
        }
    }
    return filter;
}

static bool replace_by_depthwise(struct lowering *lowering, struct call *call,
                                 const struct constants *from,
                                 const mf_depthwise_conv_2d_blocked *params) {
    struct context *context = lowering->context;
    const mf_window *w = &params->window;
    bool pairs = w->filter_height == 3 && w->filter_width == 3;
    if (!is_depthwise(w) || !scales_apply(from) ||
        (pairs && !pairs_apply(from))) {
        return true;
    }
    size_t count, scale_count;
    const int8_t *filter = channel_filter(context, from, &count);
    int64_t steps = pairs ? (from->weights + 1) / 2 : from->weights;
    const int32_t *scale = make_scale(context, from, 1, steps * MF_BLOCKED_HALF,
                                      false, &scale_count);
    if (!filter || !scale || !replace(lowering, call, &depthwise_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT8, filter, count);
    call_table(call, "scale", DTYPE_INT32, scale, scale_count);
    call_scratch(call, DTYPE_INT32);
    call_output(call, lowering->node->output[0]);
    mf_depthwise_conv_2d_blocked *p = call->params;
    *p = *params;
    p->row = depthwise_row(w);
    return true;
}

bool blocked_depthwise_conv_2d(struct lowering *lowering, struct call *call) {
    const mf_depthwise_conv_2d portable =
        *(const mf_depthwise_conv_2d *)call->params;
    const mf_window *w = &portable.window;
    struct constants from = constants_of(
        call, (int32_t)w->output_channels,
        (int64_t)w->filter_height * w->filter_width, portable.per_channel);
    from.channel_step = 1;
    from.step = w->output_channels;
    if (w->input_channels == 1) {
        const mf_conv_2d_blocked params = {
            .window = *w,
            .input_zero_point = portable.input_zero_point,
            .output_zero_point = portable.output_zero_point,
            .activation_min = portable.activation_min,
            .activation_max = portable.activation_max};
        return replace_by_conv_2d(lowering, call, &from, &params);
    }
    const mf_depthwise_conv_2d_blocked params = {
        .window = *w,
        .input_zero_point = portable.input_zero_point,
        .output_zero_point = portable.output_zero_point,
        .activation_min = portable.activation_min,
        .activation_max = portable.activation_max};
    return replace_by_depthwise(lowering, call, &from, &params);
}

static const struct field fully_connected_fields[] = {
    FIELD(mf_fully_connected_blocked, INDEX, batches),
    FIELD(mf_fully_connected_blocked, INDEX, inputs),
    FIELD(mf_fully_connected_blocked, INDEX, outputs),
    FIELD(mf_fully_connected_blocked, INT32, output_zero_point),
    FIELD(mf_fully_connected_blocked, INT32, activation_min),
    FIELD(mf_fully_connected_blocked, INT32, activation_max),
    FIELD_END};

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

bool blocked_fully_connected(struct lowering *lowering, struct call *call) {
    struct context *context = lowering->context;
    const mf_fully_connected portable =
        *(const mf_fully_connected *)call->params;
    if (!call->operand[1].tensor->data || portable.filter_zero_point != 0 ||
        portable.inputs > MOST_INPUTS) {
        return true;
    }
    struct constants from = constants_of(call, (int32_t)portable.outputs,
                                         portable.inputs, portable.per_channel);
    if (!scales_apply(&from)) {
        return true;
    }
    size_t count, scale_count;
    const uint8_t *filter = offset_filter(context, &from, 4, &count);
    const int32_t *scale =
        make_scale(context, &from, 4, 0, false, &scale_count);
    if (!filter || !scale ||
        !replace(lowering, call, &fully_connected_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_UINT8, filter, count);
    call_table(call, "scale", DTYPE_INT32, scale, scale_count);
    call_output(call, lowering->node->output[0]);
    mf_fully_connected_blocked *p = call->params;
    p->batches = portable.batches;
    p->inputs = portable.inputs;
    p->outputs = portable.outputs;
    p->output_zero_point = portable.output_zero_point;
    p->activation_min = portable.activation_min;
    p->activation_max = portable.activation_max;
    return true;
}
