/* Cores with the DSP extension (kernels/mf_dsp.h).  Their kernels do not apply
 * to accumulators of more than 30 bits, to factors of 1/2 or more, and to
 * depthwise filters with a multiplier over 1 (but for one input channel) or
 * dilation. */
#include "mf_conv_2d_dsp.h"
#include "mf_depthwise_conv_2d_dsp.h"
#include "mf_fully_connected_dsp.h"
#include "op/family.h"

static size_t groups_of(int64_t weights) {
    return (size_t)((weights + 3) / 4);
}

static size_t conv_2d_scratch(const mf_window *w) {
    int64_t weights =
        (int64_t)w->filter_height * w->filter_width * w->input_channels;
    return 12 * groups_of(weights) * sizeof(int16_t);
}

static size_t fully_connected_scratch(int64_t inputs) {
    return 4 * groups_of(inputs) * sizeof(int16_t);
}

/* Blocks of channels, filled up with zeros: of each channel its bias; for each
 * group of four weights a word of each channel; then, if `scaled`, of each
 * channel its multiplier and its right shift - 1.  *count is what was made, in
 * words. */
static int32_t *pack_filter(struct context *context,
                            const struct portable *from, int32_t block,
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
            for (int64_t k = 0; k < 4; k++) {
                uint8_t byte = (uint8_t)portable_weight(from, c, 4 * g + k);
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

static const struct field conv_2d_fields[] = {
    MF_WINDOW_FIELDS(mf_conv_2d_dsp), FIELD(mf_conv_2d_dsp, INDEX, groups),
    PACKED_WINDOW_FIELDS(mf_conv_2d_dsp), FIELD_END};

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

/* As a convolution of all input channels. */
static bool replace_by_conv_2d(struct lowering *lowering, struct call *call,
                               const struct portable *from) {
    size_t count;
    const int32_t *filter =
        pack_filter(lowering->context, from, 2, true, &count);
    if (!filter || !packed_replace(lowering, call, &conv_2d_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_scratch(call, DTYPE_INT16);
    call_output(call, lowering->node->output[0]);
    mf_conv_2d_dsp *p = call->params;
    *p = (mf_conv_2d_dsp){PACKED_WINDOW(from),
                          .groups = mf_dsp_groups((mf_index)from->weights)};
    packed_join_rows(&p->window);
    return true;
}

static bool lower_conv_2d(struct lowering *lowering, struct call *call,
                          const struct portable *from) {
    return !portable_fits_30_bits(from) ||
           replace_by_conv_2d(lowering, call, from);
}

static const struct field depthwise_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d_dsp),
    FIELD(mf_depthwise_conv_2d_dsp, INDEX, row),
    PACKED_WINDOW_FIELDS(mf_depthwise_conv_2d_dsp), FIELD_END};

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

static mf_index depthwise_row(const mf_window *w) {
    mf_index columns = (w->output_width - 1) * w->stride_x + w->filter_width;
    return (columns + 2) / 2 * 2;
}

static size_t depthwise_scratch(const mf_window *window) {
    if (window->input_channels == 1) {
        return conv_2d_scratch(window);
    }
    return packed_is_depthwise(window)
               ? (size_t)window->filter_height * 4 *
                     (size_t)depthwise_row(window) * sizeof(int16_t)
               : 0;
}

/* Words of two weights, doubled, for each row of taps of each channel. */
static int16_t *pair_filter(struct context *context,
                            const struct portable *from, const mf_window *w,
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
                to[0] = (int16_t)(2 * portable_weight(from, c, i));
                to[1] = kx + 1 < width
                            ? (int16_t)(2 * portable_weight(from, c, i + 1))
                            : 0;
            }
        }
    }
    return filter;
}

/* Sums of doubled weights begin with doubled biases. */
static int32_t *double_scale(struct context *context,
                             const struct portable *from, size_t *count) {
    int32_t *scale = packed_scale(context, from, 1, count);
    for (int32_t c = 0; scale && c < from->channels; c++) {
        scale[3 * c] *= 2;
    }
    return scale;
}

static bool replace_by_depthwise(struct lowering *lowering, struct call *call,
                                 const struct portable *from) {
    struct context *context = lowering->context;
    const mf_window *w = &from->window;
    size_t count, scale_count;
    const int16_t *filter = pair_filter(context, from, w, &count);
    const int32_t *scale = double_scale(context, from, &scale_count);
    if (!filter || !scale ||
        !packed_replace(lowering, call, &depthwise_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT16, filter, count);
    call_align(call, 4);
    call_table(call, "scale", DTYPE_INT32, scale, scale_count);
    call_scratch(call, DTYPE_INT16);
    call_output(call, lowering->node->output[0]);
    *(mf_depthwise_conv_2d_dsp *)call->params = (mf_depthwise_conv_2d_dsp){
        PACKED_WINDOW(from), .row = depthwise_row(w)};
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
    PACKED_PRODUCT_FIELDS(mf_fully_connected_dsp),
    FIELD(mf_fully_connected_dsp, INDEX, per_channel),
    FIELD(mf_fully_connected_dsp, INT32, multiplier),
    FIELD(mf_fully_connected_dsp, INT32, shift),
    PACKED_OUTPUT_FIELDS(mf_fully_connected_dsp),
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
static bool is_narrow(const struct portable *from) {
    return from->weights <= 4;
}

/* Of each channel its bias, words of two weights, all doubled, and, if each has
 * its own, its multiplier and its right shift - 1.  *count is what was made, in
 * words. */
static int32_t *pair_rows(struct context *context, const struct portable *from,
                          size_t *count) {
    int64_t words = (from->weights + 1) / 2;
    *count =
        (size_t)from->channels * (size_t)(words + (from->per_channel ? 3 : 1));
    int32_t *rows = CONTEXT_NEW(context, int32_t, *count);
    int32_t *to = rows;
    for (int32_t c = 0; rows && c < from->channels; c++) {
        *to++ = 2 * from->bias[c];
        for (int64_t k = 0; k < words; k++) {
            int32_t low = 2 * portable_weight(from, c, 2 * k);
            int32_t high = 2 * portable_weight(from, c, 2 * k + 1);
            *to++ = high * 65536 + (low & 0xffff);
        }
        if (from->per_channel) {
            *to++ = from->multiplier[c];
            *to++ = -1 - from->shift[c];
        }
    }
    return rows;
}

static bool lower_fully_connected(struct lowering *lowering, struct call *call,
                                  const struct portable *from) {
    struct context *context = lowering->context;
    if (!portable_fits_30_bits(from)) {
        return true;
    }
    size_t count;
    bool narrow = is_narrow(from);
    const int32_t *filter =
        narrow ? pair_rows(context, from, &count)
               : pack_filter(context, from, 4, from->per_channel, &count);
    if (!filter ||
        !packed_replace(lowering, call,
                        narrow ? &narrow_kernel : &fully_connected_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_scratch(call, DTYPE_INT16);
    call_output(call, lowering->node->output[0]);
    mf_fully_connected_dsp *p = call->params;
    *p = (mf_fully_connected_dsp){PACKED_PRODUCT(from), PACKED_OUTPUT(from),
                                  .per_channel = from->per_channel};
    if (!p->per_channel) {
        p->multiplier = from->multiplier[0];
        p->shift = -1 - from->shift[0];
    }
    return true;
}

const struct family dsp_family = {
    .conv_2d_scratch = conv_2d_scratch,
    .depthwise_conv_2d_scratch = depthwise_scratch,
    .fully_connected_scratch = fully_connected_scratch,
    .conv_2d = lower_conv_2d,
    .depthwise_conv_2d = lower_depthwise,
    .fully_connected = lower_fully_connected,
};
