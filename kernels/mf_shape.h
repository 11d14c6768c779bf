/* SHAPE: the dimensions of a tensor, which are constants. */
#ifndef MF_SHAPE_H
#define MF_SHAPE_H

#include "mf_core.h"

typedef struct mf_shape {
    mf_index count;
} mf_shape;

MF_KERNEL void mf_shape_s32(const mf_shape *p, const int32_t *dims,
                            int32_t *output) {
    for (mf_index i = 0; i < p->count; i++) {
        output[i] = mf_load_s32(dims + i);
    }
}

MF_KERNEL void mf_shape_s64(const mf_shape *p, const int64_t *dims,
                            int64_t *output) {
    for (mf_index i = 0; i < p->count; i++) {
        output[i] = mf_load_s64(dims + i);
    }
}

#endif
