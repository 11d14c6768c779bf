/* Calls for AVR (kernels/mf_avr.h), made from the portable calls that operators
 * lower to: the same numbers, in tables that are read from front to back, and
 * factors as bytes take them. */
#ifndef OP_AVR_H
#define OP_AVR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mf_avr.h"
#include "mf_window.h"
#include "op/op.h"

/* What a channel's outputs follow from: clamp(mf_scale(sum, multiplier, shift)
 * + zero_point, min, max) for |sum| <= most, which is below 2^22 - 1; max - min
 * is at most 255. */
struct avr_outputs {
    int32_t multiplier;
    int shift;
    int32_t zero_point, min, max;
    int64_t most;
};

/* Numbers that give the same outputs for every sum, less `base`. */
struct avr_channel {
    int32_t base, limit, knee;
    uint32_t multiplier, offset, offset_low;
    int high; /* 1: 2^40 divides, not 2^32 */
};

/* False if there are none: the factor is 1/2 or more or too small. */
bool avr_channel_make(const struct avr_outputs *outputs,
                      struct avr_channel *channel);

/* Bytes of scratch of the AVR kernel for such a window. */
size_t avr_conv_2d_scratch(const mf_window *window);

/* Turns a call of mf_fully_connected_s8 (and so on) into one of the AVR kernel.
 * Leaves it as it is where that kernel does not apply: a filter that is
 * computed or has a zero point, groups, sums of more than 22 bits, outputs that
 * avr_channel_make() cannot do.  False when memory is out. */
bool avr_fully_connected(struct lowering *lowering, struct call *call);
bool avr_conv_2d(struct lowering *lowering, struct call *call);
bool avr_depthwise_conv_2d(struct lowering *lowering, struct call *call);

#endif
