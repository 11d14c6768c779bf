#include "op/avr.h"

#include <stdlib.h>
#include <string.h>

#include "mf_fully_connected.h"
#include "mf_fully_connected_avr.h"

/* --- outputs --- */

static int32_t output_of(const struct avr_outputs *from, int64_t sum) {
    int32_t x = mf_scale((int32_t)sum, from->multiplier, from->shift);
    return mf_clamp(x + from->zero_point, from->min, from->max);
}

/* The smallest sum whose output is `level` or more; there is one. */
static int64_t first_of(const struct avr_outputs *from, int32_t level) {
    int64_t below = -from->most - 1, at = from->most;
    while (at - below > 1) {
        int64_t middle = below + (at - below) / 2;
        if (output_of(from, middle) >= level) {
            at = middle;
        } else {
            below = middle;
        }
    }
    return at;
}

/* The offsets that are right for one part of the sums: min <= offset < end. */
struct offsets {
    int64_t min, end;
};

static void at_least(struct offsets *offsets, int64_t bound) {
    offsets->min = bound > offsets->min ? bound : offsets->min;
}

static void below(struct offsets *offsets, int64_t bound) {
    offsets->end = bound < offsets->end ? bound : offsets->end;
}

/* The steps of 2^16 that the kernel adds, or -1 if there is none in between. */
static int32_t choose(const struct offsets *offsets) {
    /* All are taken less -128 * 2^32: none is negative. */
    int64_t bias = (int64_t)128 << 32;
    int64_t middle = (offsets->min + offsets->end - 1) / 2 + bias;
    int64_t offset = (middle + 32768) / 65536 * 65536 - bias;
    if (offset < offsets->min || offset >= offsets->end) {
        return -1;
    }
    return (int32_t)(((uint64_t)offset >> 16) & 0xffffff);
}

/* Where the outputs step up: sums less the base. */
struct steps {
    int count;
    int32_t at[255];
    int32_t least; /* the output below the first step */
};

/* Offsets for `multiplier`, one for sums from `knee` on and one for those
 * below. */
static bool fit(const struct steps *steps, int64_t multiplier, int32_t knee,
                mf_avr_scale *scale) {
    struct offsets part[2] = {{INT64_MIN / 4, INT64_MAX / 4},
                              {INT64_MIN / 4, INT64_MAX / 4}};
    for (int i = 0; i < steps->count; i++) {
        int64_t level = (int64_t)(steps->least + 1 + i) * ((int64_t)1 << 32);
        int32_t at = steps->at[i];
        /* What is `limit` or more, 0 or less, is not computed. */
        if (at < scale->limit) {
            at_least(&part[at >= knee], level - multiplier * at);
        }
        if (at > 1) {
            below(&part[at - 1 >= knee], level - multiplier * (at - 1));
        }
    }
    for (int i = 0; i < 2; i++) {
        /* A part that nothing bounds on one side. */
        at_least(&part[i], -((int64_t)128 << 32));
        below(&part[i], (int64_t)128 << 32);
    }
    scale->multiplier = (int32_t)(uint32_t)multiplier;
    scale->knee = knee;
    scale->offset = choose(&part[1]);
    scale->offset_low = knee ? choose(&part[0]) : 0;
    return scale->offset >= 0 && scale->offset_low >= 0;
}

bool avr_scale(const struct avr_outputs *from, mf_avr_scale *scale,
               int32_t *base) {
    struct steps steps = {.least = output_of(from, -from->most)};
    int32_t most = output_of(from, from->most);
    if (from->shift > -1 || most - steps.least > 255) {
        return false;
    }
    *base = 0;
    for (; steps.least + steps.count < most; steps.count++) {
        int64_t at = first_of(from, steps.least + 1 + steps.count);
        *base = steps.count == 0 ? (int32_t)at - 1 : *base;
        if (at - *base > 65536) {
            return false;
        }
        steps.at[steps.count] = (int32_t)(at - *base);
    }
    *scale = (mf_avr_scale){.least = steps.least, .most = most};
    if (steps.count == 0) { /* one output whatever the sum */
        return true;
    }
    scale->limit = steps.at[steps.count - 1];
    /* The factor times 2^32, rounded half up. */
    int64_t factor = (int64_t)from->multiplier * 2;
    int right = -from->shift;
    int64_t nearest = (factor + ((int64_t)1 << (right - 1))) >> right;
    /* Halves are rounded away from zero: the line may have to break where the
     * sum is 0. */
    int32_t zero = *base < 0 && -*base < scale->limit ? -*base : 0;
    for (int64_t i = 0; i < 64; i++) {
        int64_t multiplier = nearest + (i % 2 ? i / 2 + 1 : -(i / 2));
        if (fit(&steps, multiplier, 0, scale) ||
            (zero > 0 && fit(&steps, multiplier, zero, scale))) {
            return true;
        }
    }
    return false;
}

/* --- matrix products --- */

static const struct field fully_connected_fields[] = {
    FIELD(mf_fully_connected_avr, INDEX, batches),
    FIELD(mf_fully_connected_avr, INDEX, inputs),
    FIELD(mf_fully_connected_avr, INDEX, outputs),
    FIELD(mf_fully_connected_avr, INT32, scale.multiplier),
    FIELD(mf_fully_connected_avr, INT32, scale.offset),
    FIELD(mf_fully_connected_avr, INT32, scale.offset_low),
    FIELD(mf_fully_connected_avr, INT32, scale.knee),
    FIELD(mf_fully_connected_avr, INT32, scale.limit),
    FIELD(mf_fully_connected_avr, INT32, scale.least),
    FIELD(mf_fully_connected_avr, INT32, scale.most),
    FIELD_END};

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

/* The most that a sum of any channel can reach, in magnitude. */
static int64_t most_of(const mf_fully_connected *p, const int8_t *filter,
                       const int32_t *bias) {
    int64_t most = 0;
    for (ptrdiff_t o = 0; o < p->outputs; o++) {
        int64_t sum = labs(bias[o]);
        for (ptrdiff_t i = 0; i < p->inputs; i++) {
            sum += 128 * labs(filter[o * p->inputs + i]);
        }
        most = sum > most ? sum : most;
    }
    return most;
}

/* Of each channel its bias less the base, then its weights. */
static int8_t *make_channels(struct context *context,
                             const mf_fully_connected *p, const int8_t *filter,
                             const int32_t *bias, int32_t base, size_t *size) {
    *size = (size_t)p->outputs * (size_t)(MF_AVR_BIAS + p->inputs);
    int8_t *channels = context_alloc(context, *size, 1);
    int8_t *to = channels;
    for (ptrdiff_t o = 0; channels && o < p->outputs; o++) {
        int32_t rest = bias[o] - base;
        for (int i = 0; i < MF_AVR_BIAS; i++) {
            int32_t byte = rest & 0xff;
            *to++ = (int8_t)(byte < 128 ? byte : byte - 256);
            rest = (rest - byte) / 256;
        }
        for (ptrdiff_t i = 0; i < p->inputs; i++) {
            *to++ = filter[o * p->inputs + i];
        }
    }
    return channels;
}

bool avr_fully_connected(struct lowering *lowering, struct call *call) {
    const mf_fully_connected *portable = call->params;
    struct tensor *input = call->operand[0].tensor;
    struct tensor *output = call->operand[5].tensor;
    const int8_t *filter = call->operand[1].tensor->data;
    const int32_t *bias = call->operand[2].data;
    const int32_t *multiplier = call->operand[3].data;
    const int8_t *shift = call->operand[4].data;
    if (!filter || portable->filter_zero_point != 0 || portable->per_channel) {
        return true;
    }
    const struct avr_outputs outputs = {
        .multiplier = multiplier[0],
        .shift = shift[0],
        .zero_point = portable->output_zero_point,
        .min = portable->activation_min,
        .max = portable->activation_max,
        .most = most_of(portable, filter, bias)};
    mf_avr_scale scale;
    int32_t base;
    if (outputs.most >= INT64_C(1) << 22 ||
        !avr_scale(&outputs, &scale, &base)) {
        return true;
    }
    size_t size;
    const int8_t *channels =
        make_channels(lowering->context, portable, filter, bias, base, &size);
    mf_fully_connected_avr *p =
        CONTEXT_NEW(lowering->context, mf_fully_connected_avr, 1);
    if (!channels || !p) {
        return false;
    }
    *p = (mf_fully_connected_avr){.batches = portable->batches,
                                  .inputs = portable->inputs,
                                  .outputs = portable->outputs,
                                  .scale = scale};
    call->kernel = &fully_connected_kernel;
    call->params = p;
    call->operand_count = 0;
    memset(call->operand, 0, sizeof call->operand);
    call_input(call, "input", input);
    call_table(call, "channels", DTYPE_INT8, channels, size);
    call_output(call, output);
    return true;
}
