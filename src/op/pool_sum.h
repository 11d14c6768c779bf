/* Operators that make one value of all rows and columns of each channel, as
 * they are computed of an INT8 image that comes tile by tile. */
#ifndef OP_POOL_SUM_H
#define OP_POOL_SUM_H

#include "mf_pool_sum.h"
#include "op/op.h"

/* op_def.tiling: of an INT8 image of rows and columns of which few enough make
 * a sum that fits 32 bits. */
bool pool_sum_tiling(const struct node *node, struct tiling *tiling);

/* Scratch of a tile: what is kept from one tile to the next. */
size_t pool_sum_scratch(const struct node *node);

/* Lower a tile; `params` has all that does not follow from the shapes. */
bool pool_sum_lower_average(struct lowering *lowering,
                            const mf_pool_sum *params);
bool pool_sum_lower_mean(struct lowering *lowering, const mf_pool_sum *params);

#endif
