/* What operators share that move data and leave its bits as they are: strided
 * block copies, lowered to calls of kernels/mf_copy.h with the longest runs,
 * and the checks of their parameters, which are tensors that must be constant
 * by the time the node is lowered. */
#ifndef OP_COPY_H
#define OP_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "op/op.h"

/* What data can be moved: every type whose elements have a fixed size that
 * kernels know. */
#define COPY_TYPES                                                             \
    (TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_UINT8) | TYPE_BIT(DTYPE_BOOL) |     \
     TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_UINT16) | TYPE_BIT(DTYPE_INT32) |  \
     TYPE_BIT(DTYPE_UINT32) | TYPE_BIT(DTYPE_INT64) | TYPE_BIT(DTYPE_FLOAT32))

enum { COPY_RANK = 12 };

/* Which elements go where; all in elements, outermost first.  After merging
 * (lower_copy) at most 6 dimensions may be left (copy_fits), not counting an
 * innermost one that is contiguous on both sides. */
struct block_copy {
    int rank;
    int64_t dim[COPY_RANK];
    int64_t input_stride[COPY_RANK]; /* may be negative or 0 */
    int64_t output_stride[COPY_RANK];
    int64_t input_offset, output_offset; /* of the first element */
};

/* Elements from one index to the next along each dimension of a tensor. */
void shape_strides(const struct shape *shape, int64_t stride[MAX_RANK]);

/* A copy of the whole tensor of this shape into one that is as large. */
struct block_copy copy_whole(const struct shape *shape);

/* Copies between a whole tensor of this shape and what lies in it from `start`
 * on along dimension `axis`, `length` long: out of it, or into it. */
struct block_copy copy_from_part(const struct shape *whole, int axis,
                                 int64_t start, int64_t length);
struct block_copy copy_into_part(const struct shape *whole, int axis,
                                 int64_t start, int64_t length);

/* The copy that undoes it. */
struct block_copy copy_reverse(const struct block_copy *copy);

/* Drops dimensions of 1 and merges dimensions that lie in each other on both
 * sides, which changes nothing but the number of loops. */
void copy_merge(struct block_copy *copy);

/* Whether the kernel has a loop for each dimension that merging leaves. */
bool copy_fits(struct block_copy copy);

/* Whether the output is the input, byte for byte.  Both have as many
 * elements. */
bool copy_is_whole(struct block_copy copy);

/* Whether the output may start where the input does: elements are taken in
 * their order, and none from before its new place. */
bool copy_is_down(const struct block_copy *copy);

/* Appends the call that copies from input to output. */
bool lower_copy(struct lowering *lowering, struct tensor *input,
                struct tensor *output, const struct block_copy *copy);

/* `lower` of the operators that change the shape alone: input 0 becomes output
 * 0; and their `memory`. */
bool lower_view(struct lowering *lowering);
void memory_view(const struct node *node, struct op_memory *memory);

/* --- for `infer`; messages as those of op.h --- */

/* Input 0 and output 0 have the same type, one of the operator's. */
bool copy_types(struct context *context, const struct node *node);

/* A parameter: INT32 or INT64, a vector of `count` elements.  It need not be
 * constant yet. */
bool copy_parameter(struct context *context, const struct node *node,
                    const struct tensor *tensor, const char *what,
                    int64_t count);

/* A dimension of `rank`, counted from the end if negative. */
bool copy_axis(struct context *context, const struct node *node, int64_t axis,
               int rank, int *result);

/* The same of the one value of a constant tensor. */
bool copy_single_axis(struct context *context, const struct node *node,
                      const struct tensor *axis, int rank, int *result);

#endif
