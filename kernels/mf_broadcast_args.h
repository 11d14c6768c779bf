/* BROADCAST_ARGS: the shape that two shapes are repeated up to.
 *
 * Shapes: a a_rank, b b_rank, output the greater of the two, aligned at their
 * ends: of each pair the one that is not 1, of unlike ones a's, which the
 * reference answers with an error. */
#ifndef MF_BROADCAST_ARGS_H
#define MF_BROADCAST_ARGS_H

#include "mf_core.h"

typedef struct mf_broadcast_args {
    mf_index a_rank, b_rank, rank;
} mf_broadcast_args;

#define MF_BROADCAST_ARGS(suffix, type)                                        \
    MF_KERNEL void mf_broadcast_args_##suffix(const mf_broadcast_args *p,      \
                                              const type *a, const type *b,    \
                                              type *output) {                  \
        for (mf_index i = 0; i < p->rank; i++) {                               \
            const mf_index at_a = i - (p->rank - p->a_rank);                   \
            const mf_index at_b = i - (p->rank - p->b_rank);                   \
            const type of_a = (type)(at_a < 0 ? 1 : a[at_a]);                  \
            output[i] = of_a == 1 && at_b >= 0 ? b[at_b] : of_a;               \
        }                                                                      \
    }

MF_BROADCAST_ARGS(s32, int32_t)
MF_BROADCAST_ARGS(s64, int64_t)

#endif
