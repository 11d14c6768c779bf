/* Cores with the DSP extension (kernels/mf_dsp.h).  Their kernels do not apply
 * to depthwise filters with dilation or a multiplier over 1 (but for one input
 * channel). */
#include "mf_conv_2d_dsp.h"
#include "mf_depthwise_conv_2d_dsp.h"
#include "mf_fully_connected_dsp.h"
#include "op/dsp_line.h"
#include "op/family.h"

/* Rows that depthwise convolutions lay out together take this part of their
 * input's bytes at most, if they need not take more. */
enum { SLOTS_SHARE = 8 };

static size_t groups_of(int64_t weights) {
    return (size_t)((weights + 3) / 4);
}

static size_t conv_2d_scratch(const mf_window *w) {
    int64_t weights =
        (int64_t)w->filter_height * w->filter_width * w->input_channels;
    size_t elements = mf_conv_2d_dsp_is_single(w) ? 2
                      : mf_conv_2d_dsp_gathers(w) ? 14
                                                  : 12;
    return elements * groups_of(weights) * sizeof(int16_t);
}

/* How sums become outputs. */
struct scaling {
    const struct portable *from;
    struct dsp_line *line;
    mf_dsp_form form;
    bool plain; /* of weights as words: sums are not 256 times as much */
};

static bool make_scaling(struct context *context, const struct portable *from,
                         struct scaling *scaling) {
    *scaling = (struct scaling){.from = from,
                                .form = {.zero_point = from->output_zero_point,
                                         .min = from->activation_min,
                                         .max = from->activation_max}};
    if (!portable_fits_30_bits(from)) {
        scaling->form.any = 1;
        scaling->plain = true;
        return true;
    }
    return dsp_lines_make(context, from, &scaling->line, &scaling->form.shift);
}

/* Whether words of weights are halves that mf_dsp.h can use as they are, and
 * 256 times every sum fits. */
static bool is_plain(const struct portable *from) {
    for (int32_t c = 0; c < from->channels; c++) {
        if (portable_most(from, c) >= 1 << 23) {
            return true;
        }
        for (int64_t i = 1; i < from->weights; i += 2) {
            if (portable_weight(from, c, i - 1) == -128 &&
                portable_weight(from, c, i) < 0) {
                return true;
            }
        }
    }
    return false;
}

/* The same for what widens weights. */
static bool make_product_scaling(struct context *context,
                                 const struct portable *from,
                                 struct scaling *scaling) {
    if (!make_scaling(context, from, scaling)) {
        return false;
    }
    if (is_plain(from)) {
        scaling->plain = true;
        scaling->form.shift = 0;
    }
    return true;
}

/* The number that the low 32 bits stand for in two's complement. */
static int32_t wrap(int64_t number) {
    uint32_t bits = (uint32_t)number;
    return bits <= INT32_MAX ? (int32_t)bits
                             : (int32_t)(bits - INT64_C(0x100000000));
}

static int32_t scale_index(const struct scaling *scaling, int32_t channel) {
    return scaling->from->per_channel ? channel : 0;
}

/* Where the sum of a channel starts; it is `unit` times what it means. */
static int64_t start_of(const struct scaling *scaling, int32_t channel,
                        int32_t unit) {
    int64_t start = (int64_t)unit * scaling->from->bias[channel];
    return scaling->form.shift
               ? start + scaling->line[scale_index(scaling, channel)].start
               : start;
}

static int32_t number_count(const struct scaling *scaling) {
    return (int32_t)mf_dsp_numbers(&scaling->form);
}

/* mf_dsp_numbers() of them. */
static void put_numbers(const struct scaling *scaling, int32_t channel,
                        int32_t *to) {
    int32_t i = scale_index(scaling, channel);
    if (scaling->form.shift) {
        to[0] = scaling->line[i].multiplier;
    } else {
        to[0] = scaling->from->multiplier[i];
        to[1] = scaling->form.any ? scaling->from->shift[i]
                                  : -1 - scaling->from->shift[i];
    }
}

/* Weights i and i + 1 as half a word: two bytes, or, if not plain, a number
 * that is 256 times the first one and the second one. */
static uint16_t weight_half(const struct scaling *scaling, int32_t channel,
                            int64_t i) {
    int32_t high = portable_weight(scaling->from, channel, i);
    int32_t low = portable_weight(scaling->from, channel, i + 1);
    return (uint16_t)(256 * high + (scaling->plain ? (uint8_t)low : low));
}

static int32_t weight_word(const struct scaling *scaling, int32_t channel,
                           int64_t i) {
    return wrap(weight_half(scaling, channel, i) +
                INT64_C(65536) * weight_half(scaling, channel, i + 2));
}

/* Where the sum of a channel starts whose weights are words: the odd ones meet
 * data that have 127 added. */
static int32_t product_start(const struct scaling *scaling, int32_t channel) {
    if (scaling->plain) {
        return wrap(start_of(scaling, channel, 1));
    }
    int64_t odd = 0;
    for (int64_t i = 1; i < scaling->from->weights; i += 2) {
        odd += portable_weight(scaling->from, channel, i);
    }
    return wrap(start_of(scaling, channel, DSP_LINE_UNIT) - 127 * odd);
}

/* Blocks of channels, filled up with zeros: of each channel where its sum
 * starts; for each group of four weights a word of each channel; then of each
 * channel `numbers` numbers.  *count is what was made, in words. */
static int32_t *pack_filter(struct context *context,
                            const struct scaling *scaling, int32_t block,
                            int32_t numbers, size_t *count) {
    const struct portable *from = scaling->from;
    int64_t groups = (from->weights + 3) / 4;
    int64_t size = block * (groups + 1 + numbers);
    int32_t blocks = (from->channels + block - 1) / block;
    *count = (size_t)blocks * (size_t)size;
    int32_t *packed = CONTEXT_NEW(context, int32_t, *count);
    for (int32_t c = 0; packed && c < from->channels; c++) {
        int32_t *base = packed + c / block * size;
        int32_t lane = c % block;
        base[lane] = product_start(scaling, c);
        for (int64_t g = 0; g < groups; g++) {
            base[block * (g + 1) + lane] = weight_word(scaling, c, 4 * g);
        }
        if (numbers > 0) {
            put_numbers(scaling, c,
                        base + block * (groups + 1) + numbers * lane);
        }
    }
    return packed;
}

#define FORM_FIELDS(owner)                                                     \
    FIELD(owner, INT32, form.shift), FIELD(owner, INT32, form.any),            \
        FIELD(owner, INT32, form.zero_point), FIELD(owner, INT32, form.min),   \
        FIELD(owner, INT32, form.max)

static const struct field conv_2d_fields[] = {
    MF_WINDOW_FIELDS(mf_conv_2d_dsp),
    FIELD(mf_conv_2d_dsp, INDEX, groups),
    FIELD(mf_conv_2d_dsp, INDEX, plain),
    FIELD(mf_conv_2d_dsp, INDEX, single),
    FIELD(mf_conv_2d_dsp, INT32, input_zero_point),
    FORM_FIELDS(mf_conv_2d_dsp),
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

/* As a convolution of all input channels. */
static bool lower_conv_2d(struct lowering *lowering, struct call *call,
                          const struct portable *from) {
    struct context *context = lowering->context;
    struct scaling scaling;
    if (!make_product_scaling(context, from, &scaling)) {
        return false;
    }
    size_t count;
    bool single = mf_conv_2d_dsp_is_single(&from->window);
    const int32_t *filter = pack_filter(context, &scaling, single ? 4 : 2,
                                        number_count(&scaling), &count);
    if (!filter || !packed_replace(lowering, call, &conv_2d_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_scratch(call, DTYPE_INT16);
    call_output(call, lowering->node->output[0]);
    *(mf_conv_2d_dsp *)call->params =
        (mf_conv_2d_dsp){.window = from->window,
                         .input_zero_point = from->input_zero_point,
                         .groups = mf_dsp_groups((mf_index)from->weights),
                         .plain = scaling.plain,
                         .single = single,
                         .form = scaling.form};
    return true;
}

/* Pixels are read three at a time, before they are written. */
static bool conv_2d_in_place(const mf_window *w) {
    return mf_conv_2d_dsp_is_flat(w) && w->output_channels <= w->input_channels;
}

static const struct field depthwise_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d_dsp),
    FIELD(mf_depthwise_conv_2d_dsp, INDEX, row),
    FIELD(mf_depthwise_conv_2d_dsp, INDEX, slots),
    FIELD(mf_depthwise_conv_2d_dsp, INT32, input_zero_point),
    FORM_FIELDS(mf_depthwise_conv_2d_dsp),
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

/* Columns that all windows see, as pairs: what reads three taps at a time, or
 * two pairs for two pixels, reads one more. */
static mf_index depthwise_row(const mf_window *w) {
    mf_index columns = (w->output_width - 1) * w->stride_x + w->filter_width;
    bool by_two = w->filter_height == 3 && w->filter_width == 3 &&
                  w->stride_x == 1 && w->output_width % 2 == 0;
    bool one_more = w->filter_width % 2 != 0 && !by_two;
    return (columns + one_more + 1) / 2 * 2;
}

/* Rows that are laid out at a time: all that one output row sees, and more
 * while they are few bytes beside the input. */
static mf_index depthwise_slots(const mf_window *w) {
    mf_index row = 4 * depthwise_row(w) * (mf_index)sizeof(int16_t);
    mf_index room = mf_window_image(w) / SLOTS_SHARE;
    mf_index rows = 1;
    while (rows < w->output_height &&
           (rows * w->stride_y + w->filter_height) * row <= room) {
        rows++;
    }
    return (rows - 1) * w->stride_y + w->filter_height;
}

static size_t depthwise_scratch(const mf_window *window) {
    if (window->input_channels == 1) {
        return conv_2d_scratch(window);
    }
    return packed_is_depthwise(window)
               ? (size_t)depthwise_slots(window) * 4 *
                     (size_t)depthwise_row(window) * sizeof(int16_t)
               : 0;
}

/* Words of two weights, times `unit`, for each row of taps of each channel. */
static int16_t *pair_filter(struct context *context,
                            const struct portable *from, int32_t unit,
                            size_t *count) {
    int32_t width = (int32_t)from->window.filter_width, pairs = (width + 1) / 2;
    int32_t height = (int32_t)from->window.filter_height;
    *count = (size_t)from->channels * (size_t)height * 2 * (size_t)pairs;
    int16_t *filter = CONTEXT_NEW(context, int16_t, *count);
    int16_t *to = filter;
    for (int32_t c = 0; filter && c < from->channels; c++) {
        for (int32_t ky = 0; ky < height; ky++) {
            for (int32_t k = 0; k < pairs; k++, to += 2) {
                /* Three by three taps share the middle one. */
                int32_t kx = height == 3 && width == 3 ? k : 2 * k;
                int64_t i = (int64_t)ky * width + kx;
                to[0] = (int16_t)(unit * portable_weight(from, c, i));
                to[1] = kx + 1 < width
                            ? (int16_t)(unit * portable_weight(from, c, i + 1))
                            : 0;
            }
        }
    }
    return filter;
}

/* What sums of widened weights are times what they mean. */
static int32_t unit_of(const struct scaling *scaling) {
    return scaling->form.shift ? DSP_LINE_UNIT : scaling->form.any ? 1 : 2;
}

/* Of each channel where its sum starts, and its numbers. */
static int32_t *make_scale(struct context *context,
                           const struct scaling *scaling, size_t *count) {
    int32_t size = 1 + number_count(scaling);
    int32_t channels = scaling->from->channels;
    *count = (size_t)channels * (size_t)size;
    int32_t *scale = CONTEXT_NEW(context, int32_t, *count);
    for (int32_t c = 0; scale && c < channels; c++) {
        scale[size * c] = wrap(start_of(scaling, c, unit_of(scaling)));
        put_numbers(scaling, c, scale + size * c + 1);
    }
    return scale;
}

static bool replace_by_depthwise(struct lowering *lowering, struct call *call,
                                 const struct portable *from) {
    struct context *context = lowering->context;
    struct scaling scaling;
    if (!make_scaling(context, from, &scaling)) {
        return false;
    }
    size_t count, scale_count;
    const int16_t *filter =
        pair_filter(context, from, unit_of(&scaling), &count);
    const int32_t *scale = make_scale(context, &scaling, &scale_count);
    if (!filter || !scale ||
        !packed_replace(lowering, call, &depthwise_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT16, filter, count);
    call_align(call, 4);
    call_table(call, "scale", DTYPE_INT32, scale, scale_count);
    call_scratch(call, DTYPE_INT16);
    call_output(call, lowering->node->output[0]);
    *(mf_depthwise_conv_2d_dsp *)call->params =
        (mf_depthwise_conv_2d_dsp){.window = from->window,
                                   .input_zero_point = from->input_zero_point,
                                   .row = depthwise_row(&from->window),
                                   .slots = depthwise_slots(&from->window),
                                   .form = scaling.form};
    return true;
}

/* Each output takes its input's place. */
static bool depthwise_in_place(const mf_window *w) {
    return packed_is_depthwise(w) && w->stride_y == 1 && w->stride_x == 1 &&
           w->output_height == w->input_height &&
           w->output_width == w->input_width && w->input_channels > 1;
}

static bool lower_depthwise(struct lowering *lowering, struct call *call,
                            const struct portable *from) {
    if (from->window.input_channels == 1) {
        return lower_conv_2d(lowering, call, from);
    }
    return !packed_is_depthwise(&from->window) ||
           replace_by_depthwise(lowering, call, from);
}

static const struct field fully_connected_fields[] = {
    PACKED_PRODUCT_FIELDS(mf_fully_connected_dsp),
    FIELD(mf_fully_connected_dsp, INDEX, plain),
    FIELD(mf_fully_connected_dsp, INDEX, per_channel),
    FIELD(mf_fully_connected_dsp, INT32, multiplier),
    FIELD(mf_fully_connected_dsp, INT32, right),
    FORM_FIELDS(mf_fully_connected_dsp),
    FIELD_END};

static void run_fully_connected(const void *params, void *const operand[]) {
    mf_fully_connected_dsp_s8(params, operand[0], operand[1], operand[2]);
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
    mf_fully_connected_dsp_narrow_s8(params, operand[0], operand[1],
                                     operand[2]);
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

/* Of each channel where its sum starts, words of two weights, and `numbers`
 * numbers.  *count is what was made, in words. */
static int32_t *pair_rows(struct context *context,
                          const struct scaling *scaling, int32_t numbers,
                          size_t *count) {
    const struct portable *from = scaling->from;
    int64_t words = (from->weights + 1) / 2;
    int32_t unit = unit_of(scaling);
    *count = (size_t)from->channels * (size_t)(words + 1 + numbers);
    int32_t *rows = CONTEXT_NEW(context, int32_t, *count);
    int32_t *to = rows;
    for (int32_t c = 0; rows && c < from->channels; c++) {
        *to++ = wrap(start_of(scaling, c, unit));
        for (int64_t k = 0; k < words; k++) {
            int32_t low = unit * portable_weight(from, c, 2 * k);
            int32_t high = unit * portable_weight(from, c, 2 * k + 1);
            *to++ = high * 65536 + (low & 0xffff);
        }
        if (numbers > 0) {
            put_numbers(scaling, c, to);
            to += numbers;
        }
    }
    return rows;
}

static bool replace_by_product(struct lowering *lowering, struct call *call,
                               const struct scaling *scaling) {
    struct context *context = lowering->context;
    const struct portable *from = scaling->from;
    bool narrow = is_narrow(from);
    int32_t numbers = from->per_channel ? number_count(scaling) : 0;
    size_t count;
    const int32_t *filter =
        narrow ? pair_rows(context, scaling, numbers, &count)
               : pack_filter(context, scaling, 4, numbers, &count);
    if (!filter ||
        !packed_replace(lowering, call,
                        narrow ? &narrow_kernel : &fully_connected_kernel)) {
        return false;
    }
    call_table(call, "filter", DTYPE_INT32, filter, count);
    call_output(call, lowering->node->output[0]);
    mf_fully_connected_dsp *p = call->params;
    *p = (mf_fully_connected_dsp){PACKED_PRODUCT(from), .plain = scaling->plain,
                                  .per_channel = from->per_channel,
                                  .form = scaling->form};
    if (!p->per_channel) {
        int32_t own[2] = {0, 0};
        put_numbers(scaling, 0, own);
        p->multiplier = own[0];
        p->right = own[1];
    }
    return true;
}

static bool lower_fully_connected(struct lowering *lowering, struct call *call,
                                  const struct portable *from) {
    struct scaling scaling;
    bool ok = is_narrow(from)
                  ? make_scaling(lowering->context, from, &scaling)
                  : make_product_scaling(lowering->context, from, &scaling);
    return ok && replace_by_product(lowering, call, &scaling);
}

const struct family dsp_family = {
    .conv_2d_scratch = conv_2d_scratch,
    .depthwise_conv_2d_scratch = depthwise_scratch,
    .conv_2d_in_place = conv_2d_in_place,
    .conv_2d_columns = 3,
    .conv_2d_reads_first = true,
    .depthwise_conv_2d_in_place = depthwise_in_place,
    .conv_2d = lower_conv_2d,
    .depthwise_conv_2d = lower_depthwise,
    .fully_connected = lower_fully_connected,
};
