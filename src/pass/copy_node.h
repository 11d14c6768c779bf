/* Nodes that passes add. */
#ifndef PASS_COPY_NODE_H
#define PASS_COPY_NODE_H

#include <stdbool.h>

#include "ir/graph.h"
#include "target/target.h"

/* A tensor like another one, without data, producer or uses. */
struct tensor *tensor_like(struct context *context, struct graph *graph,
                           const struct tensor *like);

/* A node, not in the graph yet, that hands `from` on as `to`: as a copy of its
 * own, or under another name only.  NULL if memory is out. */
struct node *copy_node(struct context *context, struct tensor *from,
                       struct tensor *to, bool copies);

/* The tensor whose bytes a chain of views shows on the target. */
const struct tensor *view_root(const struct target *target,
                               const struct tensor *tensor);

#endif
