/* What values the channels of a graph's tensors can have, by interval
 * arithmetic over the operators' own integer arithmetic (op_def.bounds). */
#ifndef PASS_BOUNDS_H
#define PASS_BOUNDS_H

#include <stdbool.h>

#include "base/context.h"
#include "ir/graph.h"
#include "op/op.h"

/* By tensor id: a range for each channel, index of the last dimension, of
 * an INT8 tensor that is not constant; NULL for other tensors, and for those
 * that would make the time and memory this takes grow past all use.  No value
 * lies outside of its range, whatever the graph's inputs are.
 *
 * False with a message when memory is out. */
bool bound_channels(struct context *context, const struct graph *graph,
                    struct value_range ***bounds);

#endif
