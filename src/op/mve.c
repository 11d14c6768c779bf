#include "op/mve.h"

#include <string.h>

#include "mf_add_mve.h"
#include "mf_conv_2d.h"
#include "mf_conv_2d_mve.h"
#include "mf_depthwise_conv_2d.h"
#include "mf_depthwise_conv_2d_mve.h"
#include "mf_fully_connected.h"
#include "mf_fully_connected_mve.h"
#include "op/add.h"
#include "op/window.h"

/* More scratch than this is not worth it, nor sure to fit an index of the
 * target's. */
static const int64_t MAX_SCRATCH = 1 << 20;

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

/* Whether mf_mve_requantize() takes the scales. */
static bool scales_apply(const struct constants *from) {
    for (int32_t c = 0; c < (from->per_channel ? from->channels : 1); c++) {
        if (from->shift[c] > -1) {
            return false;
        }
    }
    return true;
}

/* Sets byte i of a run of words, which was 0. */
static void put_byte(int32_t *words, int64_t i, int8_t byte) {
    uint32_t word = (uint32_t)words[i / 4];
    word |= (uint32_t)(uint8_t)byte << 8 * (i % 4);
    memcpy(words + i / 4, &word, sizeof word);
}

/* Groups of channels, filled up with zeros: biases; for each block of sixteen
 * weights four words of each channel; multipliers; shifts.  *count is what was
 * made, in words. */
static int32_t *pack_filter(struct context *context,
                            const struct constants *from, int32_t group,
                            size_t *count) {
    int64_t blocks = (from->weights + 15) / 16;
    int64_t size = group * (4 * blocks + 3);
    int32_t groups = (from->channels + group - 1) / group;
    *count = (size_t)groups * (size_t)size;
    int32_t *packed = CONTEXT_NEW(context, int32_t, *count);
    for (int32_t c = 0; packed && c < from->channels; c++) {
        int32_t *base = packed + c / group * size;
        int32_t lane = c % group, scale = from->per_channel ? c : 0;
        base[lane] = from->bias[c];
        for (int64_t i = 0; i < from->weights; i++) {
            put_byte(base + group + (i / 16 * group + lane) * 4, i % 16,
                     from->filter[c * from->channel_step + i * from->step]);
        }
        base[size - 2 * group + lane] = from->multiplier[scale];
        base[size - group + lane] = from->shift[scale];
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

/* --- CONV_2D --- */

static const struct field conv_2d_fields[] = {
    MF_WINDOW_FIELDS(mf_conv_2d_mve),
    FIELD(mf_conv_2d_mve, INT32, input_zero_point),
    FIELD(mf_conv_2d_mve, INT32, output_zero_point),
    FIELD(mf_conv_2d_mve, INT32, activation_min),
    FIELD(mf_conv_2d_mve, INT32, activation_max),
    FIELD_END};

static void run_conv_2d(const void *params, void *const operand[]) {
    mf_conv_2d_mve_s8(params, operand[0], operand[1], operand[2], operand[3]);
}

static void run_conv_2d_direct(const void *params, void *const operand[]) {
    mf_conv_2d_mve_direct_s8(params, operand[0], operand[1], operand[2]);
}

static void run_conv_2d_small(const void *params, void *const operand[]) {
    mf_conv_2d_mve_small_s8(params, operand[0], operand[1], operand[2]);
}

static const struct kernel conv_2d_kernel = {
    .name = "mf_conv_2d_mve_s8",
    .header = "mf_conv_2d_mve.h",
    .params = "mf_conv_2d_mve",
    .params_size = sizeof(mf_conv_2d_mve),
    .fields = conv_2d_fields,
    .run = run_conv_2d,
};

static const struct kernel conv_2d_direct_kernel = {
    .name = "mf_conv_2d_mve_direct_s8",
    .header = "mf_conv_2d_mve.h",
    .params = "mf_conv_2d_mve",
    .params_size = sizeof(mf_conv_2d_mve),
    .fields = conv_2d_fields,
    .run = run_conv_2d_direct,
};

static const struct kernel conv_2d_small_kernel = {
    .name = "mf_conv_2d_mve_small_s8",
    .header = "mf_conv_2d_mve.h",
    .params = "mf_conv_2d_mve",
    .params_size = sizeof(mf_conv_2d_mve),
    .fields = conv_2d_fields,
    .run = run_conv_2d_small,
};

static int64_t window_weights(const mf_window *w) {
    return (int64_t)w->filter_height * w->filter_width * w->input_channels;
}

size_t mve_conv_2d_scratch(const mf_window *window) {
    int64_t size = 2 * window_weights(window);
    return size > MAX_SCRATCH || mf_conv_2d_mve_is_direct(window)
               ? 0
               : (size_t)size;
}

/* A window of one pixel that moves pixel by pixel: all rows are one. */
static void join_rows(mf_window *w) {
    if (w->filter_height == 1 && w->filter_width == 1 && w->stride_y == 1 &&
        w->stride_x == 1 && w->output_height == w->input_height &&
        w->output_width == w->input_width) {
        w->output_width *= w->batches * w->output_height;
        w->input_width *= w->batches * w->input_height;
        w->batches = w->output_height = w->input_height = 1;
    }
}

bool mve_conv_2d(struct lowering *lowering, struct call *call) {
    const mf_conv_2d portable = *(const mf_conv_2d *)call->params;
    const mf_window *w = &portable.window;
    struct constants from =
        constants_of(call, (int32_t)w->output_channels, window_weights(w),
                     portable.per_channel);
    bool direct = mf_conv_2d_mve_is_direct(w);
    if (portable.groups != 1 || !scales_apply(&from) ||
        (!direct && mve_conv_2d_scratch(w) == 0)) {
        return true;
    }
    size_t count;
    bool small = direct && from.weights <= 16;
    const int32_t *filter =
        pack_filter(lowering->context, &from, small ? 1 : 2, &count);
    if (!filter || !replace(lowering, call,
                            small    ? &conv_2d_small_kernel
                            : direct ? &conv_2d_direct_kernel
                                     : &conv_2d_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    if (!direct) {
        call_scratch(call, DTYPE_INT8);
    }
    call_output(call, lowering->node->output[0]);
    mf_conv_2d_mve *p = call->params;
    p->window = *w;
    p->input_zero_point = portable.input_zero_point;
    p->output_zero_point = portable.output_zero_point;
    p->activation_min = portable.activation_min;
    p->activation_max = portable.activation_max;
    if (direct) {
        join_rows(&p->window);
    }
    return true;
}

/* --- DEPTHWISE_CONV_2D --- */

static const struct field depthwise_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d_mve),
    FIELD(mf_depthwise_conv_2d_mve, INDEX, depth_multiplier),
    FIELD(mf_depthwise_conv_2d_mve, INT32, input_zero_point),
    FIELD(mf_depthwise_conv_2d_mve, INT32, output_zero_point),
    FIELD(mf_depthwise_conv_2d_mve, INT32, activation_min),
    FIELD(mf_depthwise_conv_2d_mve, INT32, activation_max),
    FIELD_END};

static void run_depthwise(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_mve_s8(params, operand[0], operand[1], operand[2],
                                operand[3], operand[4]);
}

static const struct kernel depthwise_kernel = {
    .name = "mf_depthwise_conv_2d_mve_s8",
    .header = "mf_depthwise_conv_2d_mve.h",
    .params = "mf_depthwise_conv_2d_mve",
    .params_size = sizeof(mf_depthwise_conv_2d_mve),
    .fields = depthwise_fields,
    .run = run_depthwise,
};

size_t mve_depthwise_conv_2d_scratch(const mf_window *w) {
    /* Far from where the size itself would overflow. */
    int64_t columns = (int64_t)w->pad_left + w->input_width +
                      ((int64_t)w->output_width + 3) * w->stride_x +
                      w->filter_width + 3;
    if (w->dilation_y != 1 || w->dilation_x != 1 || columns > MAX_SCRATCH ||
        columns * w->input_channels > MAX_SCRATCH ||
        columns * w->input_channels * (w->filter_height + 3) > MAX_SCRATCH) {
        return 0;
    }
    return (size_t)mf_depthwise_conv_2d_mve_scratch(w);
}

/* The filter of the depthwise kernel. */
static int32_t *make_cells(struct context *context,
                           const struct constants *from, const mf_window *w,
                           size_t *count) {
    int64_t wide = mf_depthwise_mve_cells_x(w);
    int64_t cells = wide * mf_depthwise_mve_cells_y(w);
    *count = 2 + 4 * (size_t)cells * (size_t)from->channels;
    int32_t *filter = CONTEXT_NEW(context, int32_t, *count);
    for (int32_t c = 0; filter && c < from->channels; c++) {
        for (int64_t i = 0; i < from->weights; i++) {
            int64_t y = i / w->filter_width, x = i % w->filter_width;
            int64_t cell = c * cells + y / 4 * wide + x / 4;
            put_byte(filter + 2 + 4 * cell, x % 4 * 4 + y % 4,
                     from->filter[c * from->channel_step + i * from->step]);
        }
    }
    return filter;
}

/* Bias, multiplier and shift of each channel. */
static int32_t *make_scale(struct context *context,
                           const struct constants *from) {
    int32_t *scale = CONTEXT_NEW(context, int32_t, 3 * (size_t)from->channels);
    for (int32_t c = 0; scale && c < from->channels; c++) {
        int32_t k = from->per_channel ? c : 0;
        scale[3 * c] = from->bias[c];
        scale[3 * c + 1] = from->multiplier[k];
        scale[3 * c + 2] = from->shift[k];
    }
    return scale;
}

bool mve_depthwise_conv_2d(struct lowering *lowering, struct call *call) {
    const mf_depthwise_conv_2d portable =
        *(const mf_depthwise_conv_2d *)call->params;
    const mf_window *w = &portable.window;
    struct constants from = constants_of(
        call, (int32_t)w->output_channels,
        (int64_t)w->filter_height * w->filter_width, portable.per_channel);
    from.channel_step = 1;
    from.step = w->output_channels;
    if (mve_depthwise_conv_2d_scratch(w) == 0 || !scales_apply(&from)) {
        return true;
    }
    size_t count;
    const int32_t *filter = make_cells(lowering->context, &from, w, &count);
    const int32_t *scale = make_scale(lowering->context, &from);
    if (!filter || !scale || !replace(lowering, call, &depthwise_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_table(call, "scale", DTYPE_INT32, scale, 3 * (size_t)from.channels);
    call_scratch(call, DTYPE_INT8);
    call_output(call, lowering->node->output[0]);
    mf_depthwise_conv_2d_mve *p = call->params;
    p->window = *w;
    p->depth_multiplier = portable.depth_multiplier;
    p->input_zero_point = portable.input_zero_point;
    p->output_zero_point = portable.output_zero_point;
    p->activation_min = portable.activation_min;
    p->activation_max = portable.activation_max;
    return true;
}

/* --- FULLY_CONNECTED --- */

static const struct field fully_connected_fields[] = {
    FIELD(mf_fully_connected_mve, INDEX, batches),
    FIELD(mf_fully_connected_mve, INDEX, inputs),
    FIELD(mf_fully_connected_mve, INDEX, outputs),
    FIELD(mf_fully_connected_mve, INT32, output_zero_point),
    FIELD(mf_fully_connected_mve, INT32, activation_min),
    FIELD(mf_fully_connected_mve, INT32, activation_max),
    FIELD_END};

static void run_fully_connected(const void *params, void *const operand[]) {
    mf_fully_connected_mve_s8(params, operand[0], operand[1], operand[2]);
}

static const struct kernel fully_connected_kernel = {
    .name = "mf_fully_connected_mve_s8",
    .header = "mf_fully_connected_mve.h",
    .params = "mf_fully_connected_mve",
    .params_size = sizeof(mf_fully_connected_mve),
    .fields = fully_connected_fields,
    .run = run_fully_connected,
};

bool mve_fully_connected(struct lowering *lowering, struct call *call) {
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
    const int32_t *filter = pack_filter(lowering->context, &from, 4, &count);
    if (!filter || !replace(lowering, call, &fully_connected_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_output(call, lowering->node->output[0]);
    mf_fully_connected_mve *p = call->params;
    p->batches = portable.batches;
    p->inputs = portable.inputs;
    p->outputs = portable.outputs;
    p->output_zero_point = portable.output_zero_point;
    p->activation_min = portable.activation_min;
    p->activation_max = portable.activation_max;
    return true;
}

/* --- ADD --- */

static void run_add(const void *params, void *const operand[]) {
    mf_add_mve_s8(params, operand[0], operand[1], operand[2]);
}

static const struct kernel add_kernel = {
    .name = "mf_add_mve_s8",
    .header = "mf_add_mve.h",
    .params = "mf_add",
    .params_size = sizeof(mf_add),
    .fields = add_fields,
    .run = run_add,
};

void mve_add(struct call *call) {
    const mf_add *p = call->params;
    const mf_broadcast *shape = &p->shape;
    if (shape->rows == 1 && shape->a_step == 1 && shape->b_step == 1 &&
        p->a_shift <= 0 && p->b_shift <= 0 && p->output_shift < 0) {
        call->kernel = &add_kernel;
    }
}
