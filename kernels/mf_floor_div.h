/* FLOOR_DIV and FLOOR_MOD of integers: quotients rounded down, and what is left
 * of a, which has b's sign.  Where b is 0 both are 0. */
#ifndef MF_FLOOR_DIV_H
#define MF_FLOOR_DIV_H

#include "mf_broadcast.h"

MF_INLINE int32_t mf_floor_div_value_s32(const mf_broadcast_plain *p, int32_t a,
                                         int32_t b) {
    (void)p;
    //@ slevel 16;
    //@ assert b < 0 || b >= 0;
    if (b == 0) {
        return 0;
    }
    if (b == -1) {
        return mf_wrap_s32(0 - (uint32_t)a);
    }
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0);
}

#define MF_FLOOR_MOD(suffix, type)                                             \
    MF_INLINE type mf_floor_mod_value_##suffix(const mf_broadcast_plain *p,    \
                                               type a, type b) {               \
        (void)p;                                                               \
        /*@ slevel 16; */                                                      \
        /*@ assert b < 0 || b >= 0; */                                         \
        if (b == 0 || b == -1) {                                               \
            return 0;                                                          \
        }                                                                      \
        const type rest = a % b;                                               \
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;           \
    }                                                                          \
    MF_BROADCAST_KERNEL(mf_floor_mod_##suffix, mf_broadcast_plain, type,       \
                        suffix, mf_floor_mod_value_##suffix)

MF_BROADCAST_KERNEL(mf_floor_div_s32, mf_broadcast_plain, int32_t, s32,
                    mf_floor_div_value_s32)
MF_FLOOR_MOD(s32, int32_t)
MF_FLOOR_MOD(s64, int64_t)

#endif
