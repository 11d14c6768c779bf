/* x86-64 with AVX2 (kernels/mf_avx2.h).  Its kernels do not apply to factors of
 * 1/2 or more, sums of 2^30 or more, and several depthwise filters for each of
 * several channels.  A matrix product is a convolution of single pixels. */
#include "mf_add_avx2.h"
#include "mf_conv_2d_avx2.h"
#include "mf_depthwise_conv_2d_avx2.h"
#include "op/add.h"
#include "op/family.h"

/* Where a vector of the target's may be loaded from in one go. */
enum { VECTOR = 32 };

/* Whole blocks of biases, multipliers and right shifts; padding shifts by 1 so
 * that nothing is special about it. */
static int32_t *block_scale(struct context *context,
                            const struct portable *from, size_t *count) {
    mf_index blocks = mf_avx2_blocks(from->channels);
    *count = (size_t)blocks * MF_AVX2_SCALE;
    int32_t *scale = CONTEXT_NEW(context, int32_t, *count);
    for (mf_index i = 0; scale && i < 16 * blocks; i++) {
        int32_t *to = scale + i / 16 * MF_AVX2_SCALE + i % 16;
        mf_index c = i / 16 * 16 + mf_avx2_channel(i % 16);
        mf_index k = from->per_channel ? c : 0;
        bool is_there = c < from->channels;
        to[0] = is_there ? from->bias[c] : 0;
        to[16] = is_there ? from->multiplier[k] : 0;
        to[32] = is_there ? -from->shift[k] : 1;
    }
    return scale;
}

/* Element i of a filter in blocks: of weights 2 * pair and 2 * pair + 1 those
 * of each lane. */
static int8_t block_weight(const struct portable *from, size_t i) {
    size_t pairs = (size_t)(from->weights + 1) / 2, row = i / 32;
    mf_index lane = (mf_index)(i % 32 / 2);
    size_t c = row / pairs * 16 + (size_t)mf_avx2_channel(lane);
    return portable_weight(from, (int32_t)c,
                           (int64_t)(row % pairs * 2 + i % 2));
}

static size_t block_weights(const struct portable *from) {
    return (size_t)mf_avx2_blocks(from->channels) * 32 *
           (size_t)((from->weights + 1) / 2);
}

/* --- CONV_2D --- */

static const struct field conv_2d_fields[] = {
    MF_WINDOW_FIELDS(mf_conv_2d_avx2), PACKED_WINDOW_FIELDS(mf_conv_2d_avx2),
    FIELD_END};

static void run_conv_2d(const void *params, void *const operand[]) {
    mf_conv_2d_avx2_s8(params, operand[0], operand[1], operand[2], operand[3],
                       operand[4]);
}

static const struct kernel conv_2d_kernel = {
    .name = "mf_conv_2d_avx2_s8",
    .header = "mf_conv_2d_avx2.h",
    .params = "mf_conv_2d_avx2",
    .params_size = sizeof(mf_conv_2d_avx2),
    .fields = conv_2d_fields,
    .run = run_conv_2d,
};

static size_t conv_2d_scratch(const mf_window *window) {
    mf_window joined = *window;
    packed_join_rows(&joined);
    return (size_t)mf_conv_2d_avx2_scratch(&joined) * sizeof(int16_t);
}

static bool lower_conv_2d(struct lowering *lowering, struct call *call,
                          const struct portable *from) {
    if (!portable_fits_30_bits(from)) {
        return true;
    }
    size_t count = block_weights(from), scale_count;
    int8_t *filter = CONTEXT_NEW(lowering->context, int8_t, count);
    for (size_t i = 0; filter && i < count; i++) {
        filter[i] = block_weight(from, i);
    }
    const int32_t *scale = block_scale(lowering->context, from, &scale_count);
    if (!filter || !scale || !packed_replace(lowering, call, &conv_2d_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT8, filter, count);
    call_align(call, VECTOR);
    call_table(call, "scale", DTYPE_INT32, scale, scale_count);
    call_align(call, VECTOR);
    call_scratch(call, DTYPE_INT16);
    call_output(call, lowering->node->output[0]);
    mf_conv_2d_avx2 *p = call->params;
    *p = (mf_conv_2d_avx2){PACKED_WINDOW(from)};
    packed_join_rows(&p->window);
    return true;
}

/* --- DEPTHWISE_CONV_2D --- */

static const struct field depthwise_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d_avx2),
    PACKED_WINDOW_FIELDS(mf_depthwise_conv_2d_avx2), FIELD_END};

static void run_depthwise(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_avx2_s8(params, operand[0], operand[1], operand[2],
                                 operand[3], operand[4]);
}

static const struct kernel depthwise_kernel = {
    .name = "mf_depthwise_conv_2d_avx2_s8",
    .header = "mf_depthwise_conv_2d_avx2.h",
    .params = "mf_depthwise_conv_2d_avx2",
    .params_size = sizeof(mf_depthwise_conv_2d_avx2),
    .fields = depthwise_fields,
    .run = run_depthwise,
};

/* A single channel is a convolution. */
static size_t depthwise_scratch(const mf_window *w) {
    return w->input_channels == 1 ? conv_2d_scratch(w)
           : w->input_channels == w->output_channels
               ? (size_t)(w->filter_height * w->filter_width *
                          w->input_channels)
               : 0;
}

static bool lower_depthwise(struct lowering *lowering, struct call *call,
                            const struct portable *from) {
    const mf_window *w = &from->window;
    if (w->input_channels == 1) {
        return lower_conv_2d(lowering, call, from);
    }
    if (w->input_channels != w->output_channels ||
        !portable_fits_30_bits(from)) {
        return true;
    }
    size_t count = block_weights(from), scale_count;
    int16_t *filter = CONTEXT_NEW(lowering->context, int16_t, count);
    for (size_t i = 0; filter && i < count; i++) {
        filter[i] = block_weight(from, i);
    }
    const int32_t *scale = block_scale(lowering->context, from, &scale_count);
    if (!filter || !scale ||
        !packed_replace(lowering, call, &depthwise_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT16, filter, count);
    call_align(call, VECTOR);
    call_table(call, "scale", DTYPE_INT32, scale, scale_count);
    call_align(call, VECTOR);
    call_scratch(call, DTYPE_INT8);
    call_output(call, lowering->node->output[0]);
    mf_depthwise_conv_2d_avx2 *p = call->params;
    *p = (mf_depthwise_conv_2d_avx2){PACKED_WINDOW(from)};
    return true;
}

/* --- FULLY_CONNECTED --- */

/* A row of pixels, one a batch. */
static mf_window product_window(mf_index batches, mf_index inputs,
                                mf_index outputs) {
    return (mf_window){.batches = 1,
                       .input_height = 1,
                       .input_width = batches,
                       .input_channels = inputs,
                       .output_height = 1,
                       .output_width = batches,
                       .output_channels = outputs,
                       .filter_height = 1,
                       .filter_width = 1,
                       .stride_y = 1,
                       .stride_x = 1,
                       .dilation_y = 1,
                       .dilation_x = 1};
}

static size_t product_scratch(int64_t batches, int64_t inputs) {
    const mf_window window =
        product_window((mf_index)batches, (mf_index)inputs, 1);
    return conv_2d_scratch(&window);
}

static bool lower_product(struct lowering *lowering, struct call *call,
                          const struct portable *from) {
    struct portable pixels = *from;
    pixels.window =
        product_window(from->batches, (mf_index)from->weights, from->channels);
    return lower_conv_2d(lowering, call, &pixels);
}

/* --- ADD --- */

static void run_add(const void *params, void *const operand[]) {
    mf_add_avx2_s8(params, operand[0], operand[1], operand[2]);
}

static const struct kernel add_kernel = {
    .name = "mf_add_avx2_s8",
    .header = "mf_add_avx2.h",
    .params = "mf_add",
    .params_size = sizeof(mf_add),
    .fields = add_fields,
    .run = run_add,
};

static void lower_add(struct call *call) {
    const mf_add *p = call->params;
    const mf_broadcast *shape = &p->shape;
    if (shape->rows == 1 && shape->a_step == 1 && shape->b_step == 1 &&
        p->a_shift <= 0 && p->b_shift <= 0 && p->output_shift <= 0) {
        call->kernel = &add_kernel;
    }
}

const struct family avx2_family = {
    .conv_2d_scratch = conv_2d_scratch,
    .depthwise_conv_2d_scratch = depthwise_scratch,
    .fully_connected_scratch = product_scratch,
    .conv_2d = lower_conv_2d,
    .depthwise_conv_2d = lower_depthwise,
    .fully_connected = lower_product,
    .add = lower_add,
};
