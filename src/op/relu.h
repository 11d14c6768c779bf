/* What RELU and RELU6 share: a clamp, to the bounds of the activation that
 * node->op->is_activation names. */
#ifndef OP_RELU_H
#define OP_RELU_H

#include <stdbool.h>

#include "base/context.h"
#include "ir/graph.h"
#include "op/op.h"

bool relu_infer(struct context *context, struct node *node);
bool relu_lower(struct lowering *lowering);

#endif
