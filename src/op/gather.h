/* What operators share that take elements by computed index. */
#ifndef OP_GATHER_H
#define OP_GATHER_H

#include <stdint.h>

#include "op/op.h"

/* Elements of a gathering, see kernels/mf_gather.h. */
struct gathering {
    int64_t blocks, outer, size, count;
    int64_t run; /* elements */
};

/* Holds constant indices within [0, size); others the kernel brings there. */
bool gather_indices(struct context *context, const struct node *node,
                    const struct tensor *indices, int64_t size);

/* Appends the call that takes `indices` of `input` to output 0, which has the
 * input's type. */
bool lower_gather(struct lowering *lowering, struct tensor *input,
                  struct tensor *indices, const struct gathering *gathering);
/* The same with rows of INT8 to an output of FLOAT32. */
bool lower_gather_dequantize(struct lowering *lowering, struct tensor *input,
                             struct tensor *indices,
                             const struct gathering *gathering);

#endif
