/* Factors as AVR takes them (kernels/mf_avr.h), which gives the same outputs by
 * fewer bytes. */
#ifndef OP_AVR_H
#define OP_AVR_H

#include <stdbool.h>
#include <stdint.h>

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

#endif
