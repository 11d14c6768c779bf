/* What GATHER_ND and SCATTER_ND share: a tensor of which rows of indices, one a
 * leading dimension, name slices (kernels/mf_gather_nd.h). */
#ifndef OP_GATHER_ND_H
#define OP_GATHER_ND_H

#include "mf_gather_nd.h"
#include "op/op.h"

/* Holds the last dimension of `indices` to at most `rank`. */
bool gather_nd_depth(struct context *context, const struct node *node,
                     const struct tensor *indices, int rank);

/* Holds constant indices within the leading dimensions of `shape`; others the
 * kernel brings there. */
bool gather_nd_indices(struct context *context, const struct node *node,
                       const struct tensor *indices, const struct shape *shape);

/* The shape of all slices together. */
bool gather_nd_shape(struct context *context, const struct node *node,
                     const struct shape *indices, const struct shape *whole,
                     struct shape *slices);

/* Fields of mf_gather_nd. */
extern const struct field gather_nd_fields[];

/* All but `total`; an element counts as `unit`. */
void gather_nd_params(mf_gather_nd *p, const struct shape *indices,
                      const struct shape *whole, size_t unit);

#endif
