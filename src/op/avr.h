/* Factors as AVR takes them (kernels/mf_avr.h), which gives the same outputs by
 * fewer bytes. */
#ifndef OP_AVR_H
#define OP_AVR_H

#include <stdbool.h>
#include <stdint.h>

#include "op/steps.h"

/* Numbers that give the same outputs for every sum, less `base`. */
struct avr_channel {
    int32_t base, limit, knee;
    uint32_t multiplier, offset, offset_low;
    int high; /* 1: 2^40 divides, not 2^32 */
};

/* False if there are none: the factor is 1/2 or more or too small.  Sums are
 * below 2^22 - 1 in magnitude. */
bool avr_channel_make(const struct outputs *outputs,
                      struct avr_channel *channel);

#endif
