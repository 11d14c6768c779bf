/* Calls for AVR (kernels/mf_avr.h), made from the portable calls that operators
 * lower to: the same numbers, in tables that are read from front to back, and
 * factors as bytes take them. */
#ifndef OP_AVR_H
#define OP_AVR_H

#include <stdbool.h>
#include <stdint.h>

#include "mf_avr.h"
#include "op/op.h"

/* What a channel's outputs follow from: clamp(mf_scale(sum, multiplier, shift)
 * + zero_point, min, max) for |sum| <= most. */
struct avr_outputs {
    int32_t multiplier;
    int shift;
    int32_t zero_point, min, max;
    int64_t most;
};

/* Numbers for mf_avr_requantize() that give the same outputs for every sum,
 * less *base.  False if there are none: the factor is 1/2 or more or too small,
 * or the sums that make a difference do not fit 16 bits. */
bool avr_scale(const struct avr_outputs *outputs, mf_avr_scale *scale,
               int32_t *base);

/* Turns a call of mf_fully_connected_s8 into one of the AVR kernel.  Leaves it
 * as it is where that kernel does not apply: a filter that is computed or has a
 * zero point, a factor a channel, sums of more than 24 bits, outputs that
 * avr_scale() cannot do.  False when memory is out. */
bool avr_fully_connected(struct lowering *lowering, struct call *call);

#endif
