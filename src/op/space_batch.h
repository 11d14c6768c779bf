/* What SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND share, each the other's
 * inverse: input 0 is the data, input 1 the block's sizes, input 2 what is
 * padded or cropped, a row (before, after) a spatial dimension. */
#ifndef OP_SPACE_BATCH_H
#define OP_SPACE_BATCH_H

#include "mf_space_batch.h"
#include "op/op.h"

/* The geometry of a node whose parameters are constant.  Tensors of three
 * dimensions have one column. */
struct space_batch {
    int spatial;        /* dimensions: 1 or 2 */
    int64_t block[2];   /* rows, columns */
    int64_t edge[2][2]; /* rows, columns: before, after */
};

/* op_def.infer but for the output's shape: types, ranks and parameters. */
bool space_batch_infer(struct context *context, const struct node *node,
                       const char *edges);

/* Whether block and edges are constant. */
bool space_batch_is_constant(const struct node *node);

/* Reads the parameters and holds blocks to at least 1, edges to at least 0. */
bool space_batch_find(struct context *context, const struct node *node,
                      struct space_batch *parameters);

/* Appends the call. */
bool space_batch_lower(struct lowering *lowering, const char *edges,
                       const struct kernel *kernel, const struct tensor *space,
                       const struct tensor *batch);

/* Fields of mf_space_batch. */
extern const struct field space_batch_fields[];

#endif
