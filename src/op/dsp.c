#include "op/dsp.h"

#include <stdlib.h>
#include <string.h>

#include "mf_conv_2d.h"
#include "mf_conv_2d_dsp.h"
#include "mf_depthwise_conv_2d.h"
#include "mf_depthwise_conv_2d_dsp.h"
#include "mf_fully_connected.h"
#include "mf_fully_connected_dsp.h"
#include "op/window.h"

size_t dsp_conv_2d_scratch(int64_t weights) {
    return 12 * (size_t)((weights + 3) / 4) * sizeof(int16_t);
}

size_t dsp_fully_connected_scratch(int64_t weights) {
    return 4 * (size_t)((weights + 3) / 4) * sizeof(int16_t);
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

static int8_t weight_at(const struct constants *from, int32_t channel,
                        int64_t i) {
    return from->filter[channel * from->channel_step + i * from->step];
}

/* Whether mf_dsp_requantize() takes every accumulator. */
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

/* Blocks of channels, filled up with zeros: of each channel its bias; for each
 * group of four weights a word of each channel; then, if `scaled`, of each
 * channel its multiplier and its right shift - 1.  *count is what was made, in
 * words. */
static int32_t *pack_filter(struct context *context,
                            const struct constants *from, int32_t block,
                            bool scaled, size_t *count) {
    int64_t groups = (from->weights + 3) / 4;
    int64_t size = block * (groups + (scaled ? 3 : 1));
    int32_t blocks = (from->channels + block - 1) / block;
    *count = (size_t)blocks * (size_t)size;
    int32_t *packed = CONTEXT_NEW(context, int32_t, *count);
    for (int32_t c = 0; packed && c < from->channels; c++) {
        int32_t *base = packed + c / block * size;
        int32_t lane = c % block, scale = from->per_channel ? c : 0;
        base[lane] = from->bias[c];
        for (int64_t g = 0; g < groups; g++) {
            uint32_t word = 0;
            for (int64_t k = 0; k < 4 && 4 * g + k < from->weights; k++) {
                uint8_t byte = (uint8_t)weight_at(from, c, 4 * g + k);
                word |= (uint32_t)byte << 8 * k;
            }
            int64_t value =
                word < UINT32_C(1) << 31 ? word : word - (INT64_C(1) << 32);
            base[block * (g + 1) + lane] = (int32_t)value;
        }
        if (scaled) {
            int32_t *to = base + block * (groups + 1) + 2 * lane;
            to[0] = from->multiplier[scale];
            to[1] = -1 - from->shift[scale];
        }
    }
    return packed;
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
    MF_WINDOW_FIELDS(mf_conv_2d_dsp),
    FIELD(mf_conv_2d_dsp, INDEX, groups),
    FIELD(mf_conv_2d_dsp, INT32, input_zero_point),
    FIELD(mf_conv_2d_dsp, INT32, output_zero_point),
    FIELD(mf_conv_2d_dsp, INT32, activation_min),
    FIELD(mf_conv_2d_dsp, INT32, activation_max),
    FIELD_END};

static void run_conv_2d(const void *params, void *const operand[]) {
    mf_conv_2d_dsp_s8(params, operand[0], operand[1], operand[2], operand[3]);
}

static const struct kernel conv_2d_kernel = {
    .name = "mf_conv_2d_dsp_s8",
    .header = "mf_conv_2d_dsp.h",
    .params = "mf_conv_2d_dsp",
    .params_size = sizeof(mf_conv_2d_dsp),
    .fields = conv_2d_fields,
    .run = run_conv_2d,
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
                               const mf_conv_2d_dsp *params) {
    size_t count;
    const int32_t *filter =
        pack_filter(lowering->context, from, 2, true, &count);
    if (!filter || !replace(lowering, call, &conv_2d_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_scratch(call, DTYPE_INT16);
    call_output(call, lowering->node->output[0]);
    mf_conv_2d_dsp *p = call->params;
    *p = *params;
    join_rows(&p->window);
    p->groups = mf_dsp_groups((mf_index)from->weights);
    return true;
}

bool dsp_conv_2d(struct lowering *lowering, struct call *call) {
    const mf_conv_2d *p = call->params;
    const mf_window *w = &p->window;
    struct constants from = constants_of(
        call, (int32_t)w->output_channels,
        (int64_t)w->filter_height * w->filter_width * w->input_channels,
        p->per_channel);
    const mf_conv_2d_dsp params = {.window = *w,
                                   .input_zero_point = p->input_zero_point,
                                   .output_zero_point = p->output_zero_point,
                                   .activation_min = p->activation_min,
                                   .activation_max = p->activation_max};
    return p->groups != 1 || !scales_apply(&from) ||
           replace_by_conv_2d(lowering, call, &from, &params);
}

static const struct field depthwise_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d_dsp),
    FIELD(mf_depthwise_conv_2d_dsp, INDEX, row),
    FIELD(mf_depthwise_conv_2d_dsp, INT32, input_zero_point),
    FIELD(mf_depthwise_conv_2d_dsp, INT32, output_zero_point),
    FIELD(mf_depthwise_conv_2d_dsp, INT32, activation_min),
    FIELD(mf_depthwise_conv_2d_dsp, INT32, activation_max),
    FIELD_END};

static void run_depthwise(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_dsp_s8(params, operand[0], operand[1], operand[2],
                                operand[3], operand[4]);
}

static const struct kernel depthwise_kernel = {
    .name = "mf_depthwise_conv_2d_dsp_s8",
    .header = "mf_depthwise_conv_2d_dsp.h",
    .params = "mf_depthwise_conv_2d_dsp",
    .params_size = sizeof(mf_depthwise_conv_2d_dsp),
    .fields = depthwise_fields,
    .run = run_depthwise,
};

/* Whether the depthwise kernel takes it; a single input channel is a
 * convolution. */
static bool is_depthwise(const mf_window *w) {
    return w->input_channels == w->output_channels && w->dilation_y == 1 &&
           w->dilation_x == 1;
}

static mf_index depthwise_row(const mf_window *w) {
    mf_index columns = (w->output_width - 1) * w->stride_x + w->filter_width;
    return (columns + 2) / 2 * 2;
}

size_t dsp_depthwise_conv_2d_scratch(const mf_window *window) {
    if (window->input_channels == 1) {
        return dsp_conv_2d_scratch((int64_t)window->filter_height *
                                   window->filter_width);
    }
    return is_depthwise(window)
               ? (size_t)window->filter_height * 4 *
                     (size_t)depthwise_row(window) * sizeof(int16_t)
               : 0;
}

/* Words of two weights, doubled, for each row of taps of each channel. */
static int16_t *pair_filter(struct context *context,
                            const struct constants *from, const mf_window *w,
                            size_t *count) {
    int32_t width = (int32_t)w->filter_width, pairs = (width + 1) / 2;
    int32_t height = (int32_t)w->filter_height;
    *count = (size_t)from->channels * (size_t)height * 2 * (size_t)pairs;
    int16_t *filter = CONTEXT_NEW(context, int16_t, *count);
    int16_t *to = filter;
    for (int32_t c = 0; filter && c < from->channels; c++) {
        for (int32_t ky = 0; ky < height; ky++) {
            for (int32_t k = 0; k < pairs; k++, to += 2) {
                /* Three by three taps share the middle one. */
                int32_t kx = height == 3 && width == 3 ? k : 2 * k;
                int64_t i = (int64_t)ky * width + kx;
                to[0] = (int16_t)(2 * weight_at(from, c, i));
                to[1] = kx + 1 < width
                            ? (int16_t)(2 * weight_at(from, c, i + 1))
                            : 0;
            }
        }
    }
    return filter;
}

/* Bias, doubled, multiplier and right shift - 1 of each channel. */
static int32_t *make_scale(struct context *context,
                           const struct constants *from) {
    int32_t *scale = CONTEXT_NEW(context, int32_t, 3 * (size_t)from->channels);
    for (int32_t c = 0; scale && c < from->channels; c++) {
        int32_t k = from->per_channel ? c : 0;
        scale[3 * c] = 2 * from->bias[c];
        scale[3 * c + 1] = from->multiplier[k];
        scale[3 * c + 2] = -1 - from->shift[k];
    }
    return scale;
}

bool dsp_depthwise_conv_2d(struct lowering *lowering, struct call *call) {
    const mf_depthwise_conv_2d portable =
        *(const mf_depthwise_conv_2d *)call->params;
    const mf_window *w = &portable.window;
    struct constants from = constants_of(
        call, (int32_t)w->output_channels,
        (int64_t)w->filter_height * w->filter_width, portable.per_channel);
    from.channel_step = 1;
    from.step = w->output_channels;
    if (!scales_apply(&from)) {
        return true;
    }
    if (w->input_channels == 1) {
        const mf_conv_2d_dsp params = {
            .window = *w,
            .input_zero_point = portable.input_zero_point,
            .output_zero_point = portable.output_zero_point,
            .activation_min = portable.activation_min,
            .activation_max = portable.activation_max};
        return replace_by_conv_2d(lowering, call, &from, &params);
    }
    if (!is_depthwise(w)) {
        return true;
    }
    size_t count;
    const int16_t *filter = pair_filter(lowering->context, &from, w, &count);
    const int32_t *scale = make_scale(lowering->context, &from);
    if (!filter || !scale || !replace(lowering, call, &depthwise_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT16, filter, count);
    call_align(call, 4);
    call_table(call, "scale", DTYPE_INT32, scale, 3 * (size_t)from.channels);
    call_scratch(call, DTYPE_INT16);
    call_output(call, lowering->node->output[0]);
    mf_depthwise_conv_2d_dsp *p = call->params;
    p->window = *w;
    p->row = depthwise_row(w);
    p->input_zero_point = portable.input_zero_point;
    p->output_zero_point = portable.output_zero_point;
    p->activation_min = portable.activation_min;
    p->activation_max = portable.activation_max;
    return true;
}

static const struct field fully_connected_fields[] = {
    FIELD(mf_fully_connected_dsp, INDEX, batches),
    FIELD(mf_fully_connected_dsp, INDEX, inputs),
    FIELD(mf_fully_connected_dsp, INDEX, outputs),
    FIELD(mf_fully_connected_dsp, INDEX, per_channel),
    FIELD(mf_fully_connected_dsp, INT32, multiplier),
    FIELD(mf_fully_connected_dsp, INT32, shift),
    FIELD(mf_fully_connected_dsp, INT32, output_zero_point),
    FIELD(mf_fully_connected_dsp, INT32, activation_min),
    FIELD(mf_fully_connected_dsp, INT32, activation_max),
    FIELD_END};

static void run_fully_connected(const void *params, void *const operand[]) {
    mf_fully_connected_dsp_s8(params, operand[0], operand[1], operand[2],
                              operand[3]);
}

static const struct kernel fully_connected_kernel = {
    .name = "mf_fully_connected_dsp_s8",
    .header = "mf_fully_connected_dsp.h",
    .params = "mf_fully_connected_dsp",
    .params_size = sizeof(mf_fully_connected_dsp),
    .fields = fully_connected_fields,
    .run = run_fully_connected,
};

static void run_narrow(const void *params, void *const operand[]) {
    mf_fully_connected_dsp_narrow_s8(params, operand[0], operand[1], operand[2],
                                     operand[3]);
}

static const struct kernel narrow_kernel = {
    .name = "mf_fully_connected_dsp_narrow_s8",
    .header = "mf_fully_connected_dsp.h",
    .params = "mf_fully_connected_dsp",
    .params_size = sizeof(mf_fully_connected_dsp),
    .fields = fully_connected_fields,
    .run = run_narrow,
};

/* Where the kernel for few inputs takes fewer instructions; its weights take
 * twice the bytes. */
static bool is_narrow(const struct constants *from) {
    return from->weights <= 4;
}

/* Of each channel its bias, words of two weights, all doubled, and, if each has
 * its own, its multiplier and its right shift - 1.  *count is what was made, in
 * words. */
static int32_t *pair_rows(struct context *context, const struct constants *from,
                          size_t *count) {
    int64_t words = (from->weights + 1) / 2;
    *count =
        (size_t)from->channels * (size_t)(words + (from->per_channel ? 3 : 1));
    int32_t *rows = CONTEXT_NEW(context, int32_t, *count);
    int32_t *to = rows;
    for (int32_t c = 0; rows && c < from->channels; c++) {
        *to++ = 2 * from->bias[c];
        for (int64_t k = 0; k < words; k++) {
            int32_t low = 2 * weight_at(from, c, 2 * k);
            int32_t high = 2 * k + 1 < from->weights
                               ? 2 * weight_at(from, c, 2 * k + 1)
                               : 0;
            *to++ = high * 65536 + (low & 0xffff);
        }
        if (from->per_channel) {
            *to++ = from->multiplier[c];
            *to++ = -1 - from->shift[c];
        }
    }
    return rows;
}

bool dsp_fully_connected(struct lowering *lowering, struct call *call) {
    const mf_fully_connected portable =
        *(const mf_fully_connected *)call->params;
    if (!call->operand[1].tensor->data || portable.filter_zero_point != 0) {
        return true;
    }
    struct constants from = constants_of(call, (int32_t)portable.outputs,
                                         portable.inputs, portable.per_channel);
    if (!scales_apply(&from)) {
        return true;
    }
    size_t count;
    bool narrow = is_narrow(&from);
    const int32_t *filter = narrow ? pair_rows(lowering->context, &from, &count)
                                   : pack_filter(lowering->context, &from, 4,
                                                 from.per_channel, &count);
    if (!filter ||
        !replace(lowering, call,
                 narrow ? &narrow_kernel : &fully_connected_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_scratch(call, DTYPE_INT16);
    call_output(call, lowering->node->output[0]);
    mf_fully_connected_dsp *p = call->params;
    p->batches = portable.batches;
    p->inputs = portable.inputs;
    p->outputs = portable.outputs;
    p->per_channel = portable.per_channel;
    if (!p->per_channel) {
        p->multiplier = from.multiplier[0];
        p->shift = -1 - from.shift[0];
    }
    p->output_zero_point = portable.output_zero_point;
    p->activation_min = portable.activation_min;
    p->activation_max = portable.activation_max;
    return true;
}
