/* Cores with Helium (kernels/mf_mve.h).  Their kernels do not apply to factors
 * of 1/2 or more and to dilated depthwise windows. */
#include <string.h>

#include "mf_add_mve.h"
#include "mf_conv_2d_mve.h"
#include "mf_depthwise_conv_2d_mve.h"
#include "mf_fully_connected_mve.h"
#include "op/add.h"
#include "op/family.h"

/* More scratch than this is not worth it, nor sure to fit an index of the
 * target's. */
static const int64_t MAX_SCRATCH = 1 << 20;

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
                            const struct portable *from, int32_t group,
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
                     portable_weight(from, c, i));
        }
        base[size - 2 * group + lane] = from->multiplier[scale];
        base[size - group + lane] = from->shift[scale];
    }
    return packed;
}

/* --- CONV_2D --- */

static const struct field conv_2d_fields[] = {
    MF_WINDOW_FIELDS(mf_conv_2d_mve), PACKED_WINDOW_FIELDS(mf_conv_2d_mve),
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

static size_t conv_2d_scratch(const mf_window *window) {
    int64_t size = 2 * window_weights(window);
    return size > MAX_SCRATCH || mf_conv_2d_mve_is_direct(window)
               ? 0
               : (size_t)size;
}

static bool lower_conv_2d(struct lowering *lowering, struct call *call,
                          const struct portable *from) {
    const mf_window *w = &from->window;
    bool direct = mf_conv_2d_mve_is_direct(w);
    if (!portable_shifts_right(from) || (!direct && conv_2d_scratch(w) == 0)) {
        return true;
    }
    size_t count;
    bool small = direct && from->weights <= 16;
    const int32_t *filter =
        pack_filter(lowering->context, from, small ? 1 : 2, &count);
    if (!filter || !packed_replace(lowering, call,
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
    *p = (mf_conv_2d_mve){PACKED_WINDOW(from)};
    packed_join_rows(&p->window);
    return true;
}

/* --- DEPTHWISE_CONV_2D --- */

static const struct field depthwise_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d_mve),
    FIELD(mf_depthwise_conv_2d_mve, INDEX, depth_multiplier),
    PACKED_WINDOW_FIELDS(mf_depthwise_conv_2d_mve), FIELD_END};

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

static size_t depthwise_scratch(const mf_window *w) {
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
static int32_t *make_cells(struct context *context, const struct portable *from,
                           const mf_window *w, size_t *count) {
    int64_t wide = mf_depthwise_mve_cells_x(w);
    int64_t cells = wide * mf_depthwise_mve_cells_y(w);
    *count = 2 + 4 * (size_t)cells * (size_t)from->channels;
    int32_t *filter = CONTEXT_NEW(context, int32_t, *count);
    for (int32_t c = 0; filter && c < from->channels; c++) {
        for (int64_t i = 0; i < from->weights; i++) {
            int64_t y = i / w->filter_width, x = i % w->filter_width;
            int64_t cell = c * cells + y / 4 * wide + x / 4;
            put_byte(filter + 2 + 4 * cell, x % 4 * 4 + y % 4,
                     portable_weight(from, c, i));
        }
    }
    return filter;
}

/* Their requantisation shifts left by a negative number. */
static int32_t *left_scale(struct context *context, const struct portable *from,
                           size_t *count) {
    int32_t *scale = packed_scale(context, from, 1, count);
    for (int32_t c = 0; scale && c < from->channels; c++) {
        scale[3 * c + 2] = -1 - scale[3 * c + 2];
    }
    return scale;
}

static bool lower_depthwise(struct lowering *lowering, struct call *call,
                            const struct portable *from) {
    struct context *context = lowering->context;
    const mf_window *w = &from->window;
    if (depthwise_scratch(w) == 0 || !portable_shifts_right(from)) {
        return true;
    }
    size_t count, scale_count;
    const int32_t *filter = make_cells(context, from, w, &count);
    const int32_t *scale = left_scale(context, from, &scale_count);
    if (!filter || !scale ||
        !packed_replace(lowering, call, &depthwise_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_table(call, "scale", DTYPE_INT32, scale, scale_count);
    call_scratch(call, DTYPE_INT8);
    call_output(call, lowering->node->output[0]);
    *(mf_depthwise_conv_2d_mve *)call->params = (mf_depthwise_conv_2d_mve){
        PACKED_WINDOW(from), .depth_multiplier = from->depth_multiplier};
    return true;
}

/* --- FULLY_CONNECTED --- */

static const struct field fully_connected_fields[] = {
    PACKED_PRODUCT_FIELDS(mf_fully_connected_mve),
    PACKED_OUTPUT_FIELDS(mf_fully_connected_mve), FIELD_END};

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

static bool lower_fully_connected(struct lowering *lowering, struct call *call,
                                  const struct portable *from) {
    if (!portable_shifts_right(from)) {
        return true;
    }
    size_t count;
    const int32_t *filter = pack_filter(lowering->context, from, 4, &count);
    if (!filter || !packed_replace(lowering, call, &fully_connected_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_output(call, lowering->node->output[0]);
    *(mf_fully_connected_mve *)call->params =
        (mf_fully_connected_mve){PACKED_PRODUCT(from), PACKED_OUTPUT(from)};
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

/* Both inputs have the output's shape. */
static void lower_add(struct call *call) {
    const mf_add *p = call->params;
    const mf_broadcast *shape = &p->shape;
    if (shape->rows == 1 && shape->a_step == 1 && shape->b_step == 1 &&
        p->a_shift <= 0 && p->b_shift <= 0 && p->output_shift < 0) {
        call->kernel = &add_kernel;
    }
}

const struct family mve_family = {
    .conv_2d_scratch = conv_2d_scratch,
    .depthwise_conv_2d_scratch = depthwise_scratch,
    .conv_2d = lower_conv_2d,
    .depthwise_conv_2d = lower_depthwise,
    .fully_connected = lower_fully_connected,
    .add = lower_add,
};
