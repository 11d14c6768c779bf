/* FLOOR_DIV, FLOOR_MOD, ATAN2 and POW of floats. */
#ifndef MF_BINARY_FLOAT_H
#define MF_BINARY_FLOAT_H

#include <math.h>

#include "mf_broadcast.h"

/* The quotient is double, as in the reference. */
#define MF_FLOOR_DIV_VALUE_F32(p, a, b)                                        \
    ((float)floor((double)(a) / (double)(b)))
#define MF_ATAN2_VALUE_F32(p, a, b) atan2f(a, b)
#define MF_POW_VALUE_F32(p, a, b)   powf(a, b)

MF_INLINE float mf_floor_mod_value_f32(const mf_broadcast_plain *p, float a,
                                       float b) {
    (void)p;
    const float rest = fmodf(a, b);
    return rest != 0.0f && (rest < 0.0f) != (b < 0.0f) ? rest + b : rest;
}

MF_BROADCAST_KERNEL(mf_floor_div_f32, mf_broadcast_plain, float, f32,
                    MF_FLOOR_DIV_VALUE_F32)
MF_BROADCAST_KERNEL(mf_floor_mod_f32, mf_broadcast_plain, float, f32,
                    mf_floor_mod_value_f32)
MF_BROADCAST_KERNEL(mf_atan2_f32, mf_broadcast_plain, float, f32,
                    MF_ATAN2_VALUE_F32)
MF_BROADCAST_KERNEL(mf_pow_f32, mf_broadcast_plain, float, f32,
                    MF_POW_VALUE_F32)

#endif
