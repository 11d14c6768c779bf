/* MINIMUM: the smaller of two values, which have one quantisation. */
#ifndef MF_MINIMUM_H
#define MF_MINIMUM_H

#include "mf_broadcast.h"

/* A macro, since it serves all types. */
#define MF_MINIMUM_VALUE(p, a, b) ((a) < (b) ? (a) : (b))

MF_BROADCAST_KERNEL(mf_minimum_s8, mf_broadcast_plain, int8_t, s8,
                    MF_MINIMUM_VALUE)
MF_BROADCAST_KERNEL(mf_minimum_s16, mf_broadcast_plain, int16_t, s16,
                    MF_MINIMUM_VALUE)
MF_BROADCAST_KERNEL(mf_minimum_s32, mf_broadcast_plain, int32_t, s32,
                    MF_MINIMUM_VALUE)
MF_BROADCAST_KERNEL(mf_minimum_s64, mf_broadcast_plain, int64_t, s64,
                    MF_MINIMUM_VALUE)
MF_BROADCAST_KERNEL(mf_minimum_f32, mf_broadcast_plain, float, f32,
                    MF_MINIMUM_VALUE)

#endif
