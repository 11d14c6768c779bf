/* Strips: the few rows of a tensor that a stream of layers holds, or pieces of
 * rows.  When the next one has no room, what is still to be read moves to the
 * start. */
#ifndef MF_STRIP_H
#define MF_STRIP_H

#include "mf_core.h"

/* The columns of an image of `columns` that a window covers: where they start,
 * and where they end. */
MF_INLINE mf_index mf_strip_left(mf_index x) {
    return x > 0 ? x : 0;
}
MF_INLINE mf_index mf_strip_right(mf_index x, mf_index columns) {
    return x < columns ? x : columns;
}

/* Moves `count` elements from `from` (at least 1) to the start. */
MF_INLINE void mf_strip_move_s8(int8_t *strip, mf_index from, mf_index count) {
    for (mf_index i = 0; i < count; i++) {
        strip[i] = strip[from + i];
    }
}
MF_INLINE void mf_strip_move_s16(int16_t *strip, mf_index from,
                                 mf_index count) {
    for (mf_index i = 0; i < count; i++) {
        strip[i] = strip[from + i];
    }
}
/* Arm moves several words with two instructions. */
#if defined(__thumb2__) && defined(__GNUC__)
#define MF_STRIP_WORDS     8
#define MF_STRIP_REGISTERS "{r3, r4, r5, r6, r8, r9, r10, r12}"
#define MF_STRIP_CLOBBERS  "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12"
#elif defined(__thumb__) && defined(__GNUC__)
#define MF_STRIP_WORDS     4
#define MF_STRIP_REGISTERS "{r3, r4, r5, r6}"
#define MF_STRIP_CLOBBERS  "r3", "r4", "r5", "r6"
#endif

/* Words are what most strips are moved by. */
MF_INLINE void mf_strip_move_s32(int32_t *strip, mf_index from,
                                 mf_index count) {
    mf_index i = 0;
#if defined(MF_STRIP_WORDS)
    if (count >= MF_STRIP_WORDS) {
        const int32_t *source = strip + from;
        int32_t *target = strip;
        mf_index times = count / MF_STRIP_WORDS;
        i = times * MF_STRIP_WORDS;
        __asm__ volatile(
            ".syntax unified\n"
            "1:\n\t"
            "ldmia %[source]!, " MF_STRIP_REGISTERS "\n\t"
            "stmia %[target]!, " MF_STRIP_REGISTERS "\n\t"
            "subs %[times], %[times], #1\n\t"
            "bne 1b"
            : [source] "+l"(source), [target] "+l"(target), [times] "+l"(times)
            :
            : MF_STRIP_CLOBBERS, "cc", "memory");
    }
#else
    for (; i + 3 < count; i += 4) {
        const int32_t a = strip[from + i], b = strip[from + i + 1];
        const int32_t c = strip[from + i + 2], d = strip[from + i + 3];
        strip[i] = a;
        strip[i + 1] = b;
        strip[i + 2] = c;
        strip[i + 3] = d;
    }
#endif
    for (; i < count; i++) {
        strip[i] = strip[from + i];
    }
}

#endif
