/* MAXIMUM: the larger of two values, which have one quantisation. */
#ifndef MF_MAXIMUM_H
#define MF_MAXIMUM_H

#include "mf_broadcast.h"

/* A macro, since it serves all types. */
#define MF_MAXIMUM_VALUE(p, a, b) ((a) > (b) ? (a) : (b))

MF_BROADCAST_KERNEL(mf_maximum_s8, mf_broadcast_plain, int8_t, s8,
                    MF_MAXIMUM_VALUE)
MF_BROADCAST_KERNEL(mf_maximum_s16, mf_broadcast_plain, int16_t, s16,
                    MF_MAXIMUM_VALUE)
MF_BROADCAST_KERNEL(mf_maximum_s32, mf_broadcast_plain, int32_t, s32,
                    MF_MAXIMUM_VALUE)
MF_BROADCAST_KERNEL(mf_maximum_s64, mf_broadcast_plain, int64_t, s64,
                    MF_MAXIMUM_VALUE)
MF_BROADCAST_KERNEL(mf_maximum_f32, mf_broadcast_plain, float, f32,
                    MF_MAXIMUM_VALUE)

#endif
