#include "op/avr.h"

#include "mf_conv_2d_avr.h"
#include "mf_fully_connected_avr.h"
#include "op/family.h"

/* --- outputs --- */

/* Steps of sums less a base. */
struct based_steps {
    struct steps steps;
    int32_t base;
    int32_t limit; /* what is this or more, 0 or less, is not computed */
};

static void find_based_steps(const struct outputs *from,
                             struct based_steps *based) {
    struct steps *steps = &based->steps;
    steps_find(from, steps);
    int32_t lowest = steps->lowest, highest = lowest + steps->count;
    int32_t end = (int32_t)from->most + 1;
    if (steps->count == 0 && (lowest == from->min || lowest == from->max)) {
        /* All sums are 0 or less, or all are the limit or more. */
        based->base = lowest == from->min ? end : -end;
        based->limit = 1;
        return;
    }
    bool starts_at_min = lowest == from->min && steps->count > 0;
    bool ends_at_max = highest == from->max && steps->count > 0;
    based->base = (starts_at_min ? steps->at[0] : -end + 1) - 1;
    based->limit =
        (ends_at_max ? steps->at[steps->count - 1] : end) - based->base;
    for (int i = 0; i < steps->count; i++) {
        steps->at[i] -= based->base;
    }
}

/* A multiple of 2^16 among them, as near to their middle as can be; divided by
 * it. */
static bool choose(const struct offsets *offsets, uint32_t *offset) {
    /* All are taken less -2^48: none is negative. */
    int64_t lift = (int64_t)1 << 48;
    int64_t middle = (offsets->min + offsets->end - 1) / 2 + lift;
    int64_t chosen = (middle + 32768) / 65536 * 65536 - lift;
    *offset = (uint32_t)((uint64_t)chosen >> 16);
    return chosen >= offsets->min && chosen < offsets->end;
}

/* Offsets for the channel's multiplier, one for sums from its knee on and one
 * for those below. */
static bool fit(const struct based_steps *based, struct avr_channel *channel) {
    const struct steps *steps = &based->steps;
    int64_t unit = (int64_t)1 << (channel->high ? 40 : 32);
    int64_t factor = channel->multiplier;
    struct offsets part[2] = {{-unit * 128, unit * 128},
                              {-unit * 128, unit * 128}};
    for (int i = -1; i <= steps->count; i++) {
        int64_t level = (steps->lowest + 1 + i) * unit;
        /* The first sum of the level, and the first of all that are computed;
         * the end of them all. */
        int32_t at = i < 0 ? 1 : i < steps->count ? steps->at[i] : based->limit;
        if (i < steps->count && at < based->limit) {
            offsets_reach(&part[at >= channel->knee], level - factor * at);
        }
        if (i >= 0 && at > 1) {
            offsets_miss(&part[at - 1 >= channel->knee],
                         level - factor * (at - 1));
        }
    }
    channel->offset_low = 0;
    return choose(&part[1], &channel->offset) &&
           (channel->knee == 0 || choose(&part[0], &channel->offset_low));
}

bool avr_channel_make(const struct outputs *from, struct avr_channel *channel) {
    struct based_steps based;
    if (from->shift > -1 || from->shift < -20) {
        return false;
    }
    find_based_steps(from, &based);
    *channel = (struct avr_channel){.base = based.base, .limit = based.limit};
    /* The factor times 2^32 or 2^40, rounded half up: over 24 bits. */
    channel->high = from->shift < -7;
    int64_t factor = (int64_t)from->multiplier * (channel->high ? 512 : 2);
    int right = -from->shift;
    int64_t nearest = (factor + ((int64_t)1 << (right - 1))) >> right;
    for (int32_t i = 0; i < 64; i++) {
        int64_t multiplier = nearest + (i % 2 ? i / 2 + 1 : -(i / 2));
        if (multiplier < 0 || multiplier > UINT32_MAX) {
            continue;
        }
        channel->multiplier = (uint32_t)multiplier;
        channel->knee = 0;
        if (fit(&based, channel)) {
            return true;
        }
        /* Halves are rounded away from zero: the line breaks where the sum is
         * 0. */
        channel->knee = -based.base;
        if (channel->knee > 0 && channel->knee < based.limit &&
            fit(&based, channel)) {
            return true;
        }
    }
    return false;
}

/* --- channels --- */

/* The numbers of every channel, in an array of as many; *applies if there are.
 * False when memory is out. */
static bool make_numbers(struct context *context, const struct portable *from,
                         struct avr_channel **numbers, bool *applies) {
    const int64_t limit = (INT64_C(1) << 22) - 1;
    int64_t most = 0;
    *applies = true;
    *numbers = CONTEXT_NEW(context, struct avr_channel, (size_t)from->channels);
    for (int32_t c = 0; *numbers && c < from->channels; c++) {
        int64_t of_channel = portable_most(from, c);
        most = of_channel > most ? of_channel : most;
    }
    *applies = *numbers && most < limit;
    for (int32_t c = 0; *applies && c < from->channels; c++) {
        struct outputs outputs = portable_outputs(from, c, most);
        if (c > 0 && !from->per_channel) {
            (*numbers)[c] = (*numbers)[0];
        } else {
            *applies = avr_channel_make(&outputs, &(*numbers)[c]);
        }
    }
    return *numbers;
}

/* What the kernel is told of the scaling: by layer or by rows. */
static mf_avr_scale make_scale(const struct portable *from,
                               const struct avr_channel *numbers) {
    mf_avr_scale scale = {.least = from->activation_min,
                          .most = from->activation_max};
    if (!from->per_channel && numbers->limit <= 65536 && !numbers->high) {
        scale.multiplier = (int32_t)numbers->multiplier;
        scale.offset = (int32_t)(numbers->offset & 0xffffff);
        scale.offset_low = (int32_t)(numbers->offset_low & 0xffffff);
        scale.knee = numbers->knee;
        scale.limit = numbers->limit;
        return scale;
    }
    scale.row = MF_AVR_ROW;
    scale.narrow = 1;
    for (int32_t c = 0; c < from->channels; c++) {
        if (numbers[c].knee > 0) {
            scale.row = MF_AVR_KNEE_ROW;
        }
        if (numbers[c].high || numbers[c].limit > 65536) {
            scale.narrow = 0;
        }
    }
    return scale;
}

/* Appends the low bytes of a number. */
static int8_t *put(int8_t *to, uint32_t number, int bytes) {
    for (int i = 0; i < bytes; i++, number >>= 8) {
        int32_t byte = (int32_t)(number & 0xff);
        *to++ = (int8_t)(byte < 128 ? byte : byte - 256);
    }
    return to;
}

static int8_t *put_row(int8_t *to, ptrdiff_t row,
                       const struct avr_channel *channel) {
    if (row == 0) {
        return to;
    }
    to = put(to, (uint32_t)channel->limit, 3);
    to = put(to, (uint32_t)channel->high, 1);
    to = put(to, channel->multiplier, 4);
    to = put(to, channel->offset, 4);
    if (row == MF_AVR_KNEE_ROW) {
        to = put(to, (uint32_t)channel->knee, 3);
        to = put(to, channel->offset_low, 4);
    }
    return to;
}

/* Of each channel its row, its bias less the base, its weights. */
static int8_t *make_table(struct context *context, const struct portable *from,
                          const struct avr_channel *numbers, ptrdiff_t row,
                          size_t *size) {
    *size = (size_t)from->channels *
            ((size_t)row + MF_AVR_BIAS + (size_t)from->weights);
    int8_t *table = context_alloc(context, *size, 1);
    int8_t *to = table;
    for (int32_t c = 0; table && c < from->channels; c++) {
        to = put_row(to, row, &numbers[c]);
        to = put(to, (uint32_t)(from->bias[c] - numbers[c].base), MF_AVR_BIAS);
        for (int64_t i = 0; i < from->weights; i++) {
            *to++ = portable_weight(from, c, i);
        }
    }
    return table;
}

/* Gives the call its new kernel and operands: input, channels, scratch if it
 * has any, output.  *scale is for the parameters, which the call does not have
 * yet; the call stays as it is, its kernel too, if the AVR kernel does not
 * apply. */
static bool replace(struct lowering *lowering, struct call *call,
                    const struct kernel *kernel, const struct portable *from,
                    bool has_scratch, mf_avr_scale *scale) {
    struct context *context = lowering->context;
    struct avr_channel *numbers;
    bool applies;
    if (!make_numbers(context, from, &numbers, &applies)) {
        return false;
    }
    if (!applies) {
        return true;
    }
    *scale = make_scale(from, numbers);
    size_t size;
    int8_t *table = make_table(context, from, numbers, scale->row, &size);
    if (!table || !packed_replace(lowering, call, kernel)) {
        return false;
    }
    call_table(call, "channels", DTYPE_INT8, table, size);
    if (has_scratch) {
        call_scratch(call, DTYPE_INT8);
    }
    call_output(call, lowering->node->output[0]);
    return true;
}

#define SCALE_FIELDS(owner)                                                    \
    FIELD(owner, INDEX, scale.row), FIELD(owner, INDEX, scale.narrow),         \
        FIELD(owner, INT32, scale.multiplier),                                 \
        FIELD(owner, INT32, scale.offset),                                     \
        FIELD(owner, INT32, scale.offset_low),                                 \
        FIELD(owner, INT32, scale.knee), FIELD(owner, INT32, scale.limit),     \
        FIELD(owner, INT32, scale.least), FIELD(owner, INT32, scale.most)

/* --- matrix products --- */

static const struct field fully_connected_fields[] = {
    FIELD(mf_fully_connected_avr, INDEX, batches),
    FIELD(mf_fully_connected_avr, INDEX, inputs),
    FIELD(mf_fully_connected_avr, INDEX, outputs),
    SCALE_FIELDS(mf_fully_connected_avr), FIELD_END};

static void run_fully_connected(const void *params, void *const operand[]) {
    mf_fully_connected_avr_s8(params, operand[0], operand[1], operand[2]);
}

static const struct kernel fully_connected_kernel = {
    .name = "mf_fully_connected_avr_s8",
    .header = "mf_fully_connected_avr.h",
    .params = "mf_fully_connected_avr",
    .params_size = sizeof(mf_fully_connected_avr),
    .fields = fully_connected_fields,
    .run = run_fully_connected,
};

static bool lower_fully_connected(struct lowering *lowering, struct call *call,
                                  const struct portable *from) {
    mf_avr_scale scale;
    if (!replace(lowering, call, &fully_connected_kernel, from, false,
                 &scale)) {
        return false;
    }
    if (call->kernel == &fully_connected_kernel) {
        *(mf_fully_connected_avr *)call->params =
            (mf_fully_connected_avr){PACKED_PRODUCT(from), .scale = scale};
    }
    return true;
}

/* --- convolutions --- */

static const struct field conv_2d_fields[] = {
    MF_WINDOW_FIELDS(mf_conv_2d_avr),
    FIELD(mf_conv_2d_avr, INDEX, depth_multiplier),
    FIELD(mf_conv_2d_avr, INT32, input_zero_point),
    SCALE_FIELDS(mf_conv_2d_avr), FIELD_END};

static void run_conv_2d(const void *params, void *const operand[]) {
    mf_conv_2d_avr_s8(params, operand[0], operand[1], operand[2], operand[3]);
}

static const struct kernel conv_2d_kernel = {
    .name = "mf_conv_2d_avr_s8",
    .header = "mf_conv_2d_avr.h",
    .params = "mf_conv_2d_avr",
    .params_size = sizeof(mf_conv_2d_avr),
    .fields = conv_2d_fields,
    .run = run_conv_2d,
};

static void run_pixel(const void *params, void *const operand[]) {
    mf_conv_2d_avr_pixel_s8(params, operand[0], operand[1], operand[2]);
}

static const struct kernel pixel_kernel = {
    .name = "mf_conv_2d_avr_pixel_s8",
    .header = "mf_conv_2d_avr.h",
    .params = "mf_conv_2d_avr",
    .params_size = sizeof(mf_conv_2d_avr),
    .fields = conv_2d_fields,
    .run = run_pixel,
};

static size_t conv_2d_scratch(const mf_window *w) {
    return mf_conv_2d_avr_is_pixel(w)
               ? 0
               : (size_t)((int64_t)w->filter_height * w->filter_width *
                          w->input_channels);
}

/* A depth multiplier of 0 makes each output of all input channels. */
static bool lower_conv_2d(struct lowering *lowering, struct call *call,
                          const struct portable *from) {
    bool is_pixel = mf_conv_2d_avr_is_pixel(&from->window);
    const struct kernel *kernel = is_pixel ? &pixel_kernel : &conv_2d_kernel;
    mf_avr_scale scale;
    if (!replace(lowering, call, kernel, from, !is_pixel, &scale)) {
        return false;
    }
    if (call->kernel == kernel) {
        *(mf_conv_2d_avr *)call->params =
            (mf_conv_2d_avr){.window = from->window,
                             .depth_multiplier = from->depth_multiplier,
                             .input_zero_point = from->input_zero_point,
                             .scale = scale};
    }
    return true;
}

/* As many taps as the kernel counts. */
enum { DEPTHWISE_TAPS = 255 };

static bool lower_depthwise(struct lowering *lowering, struct call *call,
                            const struct portable *from) {
    return from->weights > DEPTHWISE_TAPS ||
           lower_conv_2d(lowering, call, from);
}

const struct family avr_family = {
    .conv_2d_scratch = conv_2d_scratch,
    .depthwise_conv_2d_scratch = conv_2d_scratch,
    .conv_2d = lower_conv_2d,
    .depthwise_conv_2d = lower_depthwise,
    .fully_connected = lower_fully_connected,
};
