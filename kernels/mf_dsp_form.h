/* From sums to outputs on Arm cores with the DSP extension: the one place where
 * kernels made of mf_dsp.h round. */
#ifndef MF_DSP_FORM_H
#define MF_DSP_FORM_H

#include "mf_dsp.h"

/* mf_scale(sum, multiplier, -1 - shift) + zero_point, clamped to [min, max]
 * within int8_t, for 0 <= shift <= 30 and |sum| < 2^30; what is given is twice
 * the sum.
 *
 * SMMULR rounds (2 * sum * multiplier) / 2^32 as mf_multiply_high() does; the
 * second rounding, by shift + 1 bits, is a shift by `shift`, an addition of 1,
 * with which the zero point goes along, and a shift by 1. */
MF_INLINE int8_t mf_dsp_requantize(int32_t doubled, int32_t multiplier,
                                   int32_t shift, int32_t zero_point,
                                   int32_t min, int32_t max) {
#if MF_DSP_ASM
    int32_t value = doubled;
    __asm__("smmulr %[v], %[v], %[m]\n\t"
            "add %[v], %[v], %[v], asr #31\n\t"
            "asr %[v], %[v], %[n]\n\t"
            "add %[v], %[v], %[z]\n\t"
            "ssat %[v], #8, %[v], asr #1"
            : [v] "+r"(value)
            : [m] "r"(multiplier), [n] "r"(shift), [z] "rI"(1 + 2 * zero_point)
            : "cc");
    if (min > -128 || max < 127) { /* else SSAT has done it */
        value = mf_clamp(value, min, max);
    }
    return (int8_t)value;
#else
    return (int8_t)mf_clamp(mf_scale(doubled / 2, multiplier, -1 - (int)shift) +
                                zero_point,
                            min, max);
#endif
}

/* Where outputs follow a line (op/dsp_line.h): sum * multiplier / 2^(32 +
 * shift) + zero_point, rounded down at 2^32 and then again, clamped to [min,
 * max] within int8_t.  1 <= shift <= 22, multiplier >= 0. */
MF_INLINE int8_t mf_dsp_line(int32_t sum, int32_t multiplier, int32_t shift,
                             int32_t zero_point, int32_t min, int32_t max) {
    const int32_t zero = zero_point * ((int32_t)1 << shift);
    int32_t value;
#if MF_DSP_ASM
    __asm__("smmla %[v], %[s], %[m], %[z]"
            : [v] "=r"(value)
            : [s] "r"(sum), [m] "r"(multiplier), [z] "r"(zero));
#if MF_DSP_LOOPS
    if (MF_DSP_IS_LITERAL(shift)) {
        __asm__("ssat %[v], #8, %[v], asr %[n]"
                : [v] "+r"(value)
                : [n] "i"(shift)
                : "cc");
    } else
#endif
        __asm__("asr %[v], %[v], %[n]\n\t"
                "ssat %[v], #8, %[v]"
                : [v] "+r"(value)
                : [n] "r"(shift)
                : "cc");
#else
    value = (int32_t)mf_shift_right_s64((int64_t)sum * multiplier, 32) + zero;
    value = mf_clamp(mf_shift_right_s32(value, (int)shift), -128, 127);
#endif
    if (min > -128 || max < 127) { /* else SSAT has done it */
        value = mf_clamp(value, min, max);
    }
    return (int8_t)value;
}

/* How sums become outputs. */
typedef struct mf_dsp_form {
    int32_t shift; /* of mf_dsp_line(); 0: mf_dsp_requantize() or mf_scale() */
    int32_t any;   /* 1: mf_scale(), which takes every sum and factor */
    int32_t zero_point;
    int32_t min, max; /* of the activation, in the output's units */
} mf_dsp_form;

/* Numbers that a channel has for that: its multiplier and, unless it is a line,
 * its right shift - 1, or shift for mf_scale(). */
MF_INLINE mf_index mf_dsp_numbers(const mf_dsp_form *form) {
    return form->shift ? 1 : 2;
}

/* `sum` is `unit`, 1, 2 or 256, times what it means; 256 for a line, 1 for
 * mf_scale(). */
MF_INLINE int8_t mf_dsp_value(const mf_dsp_form *form, int32_t sum,
                              mf_index unit, int32_t multiplier,
                              int32_t right) {
    if (form->shift) {
        return mf_dsp_line(sum, multiplier, form->shift, form->zero_point,
                           form->min, form->max);
    }
    if (form->any) {
        return (int8_t)mf_clamp(mf_scale(sum, multiplier, (int)right) +
                                    form->zero_point,
                                form->min, form->max);
    }
    int32_t doubled = unit == 1 ? mf_wrap_s32(2 * (uint32_t)sum) : sum;
    if (unit == 256) {
#if MF_DSP_ASM
        __asm__("asr %[d], %[s], #7" : [d] "=r"(doubled) : [s] "r"(sum));
#else
        doubled = mf_shift_right_s32(sum, 7);
#endif
    }
    return mf_dsp_requantize(doubled, multiplier, right, form->zero_point,
                             form->min, form->max);
}

#endif
