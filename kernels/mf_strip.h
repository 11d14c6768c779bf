/* Strips: the few rows of a tensor that a stream of layers holds.  When the
 * next row has no room, those that are still to be read move to the start. */
#ifndef MF_STRIP_H
#define MF_STRIP_H

#include "mf_core.h"

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
/* Four at a time: words are what most strips are moved by. */
MF_INLINE void mf_strip_move_s32(int32_t *strip, mf_index from,
                                 mf_index count) {
    mf_index i = 0;
    for (; i + 3 < count; i += 4) {
        const int32_t a = strip[from + i], b = strip[from + i + 1];
        const int32_t c = strip[from + i + 2], d = strip[from + i + 3];
        strip[i] = a;
        strip[i + 1] = b;
        strip[i + 2] = c;
        strip[i + 3] = d;
    }
    for (; i < count; i++) {
        strip[i] = strip[from + i];
    }
}

#endif
