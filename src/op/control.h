/* IF and WHILE: graphs that run by what is computed.
 *
 * Reading gives such a node its graphs (node->body).  Pass inline_control puts
 * their nodes in its place, between nodes that mark where control goes:
 *
 *     THEN c -> t             if (t) {
 *       nodes of graph 0
 *     ELSE a.. -> z..             z = a; } else {
 *       nodes of graph 1
 *     END b.., z.. -> y..         z = b; }               y is z
 *
 *     LOOP x.. -> v..         v = x; for (;;) {
 *       nodes of graph 0
 *     TEST c -> t                 if (!t) break;
 *       nodes of graph 1
 *     REPEAT b.., v.. -> y..      v = b; }               y is v
 *
 * So the graph stays a list in which every tensor has one producer, and who
 * knows nothing of control sees nodes that copy.  Nodes between the marks are
 * used there alone; they stay between them.  What is computed without need does
 * no harm: no operator has effects but its outputs. */
#ifndef OP_CONTROL_H
#define OP_CONTROL_H

#include <stdint.h>

#include "ir/graph.h"

/* Attributes of CONTROL_IF (then, else) and CONTROL_WHILE (condition, body). */
struct control_attributes {
    int32_t graph[2]; /* of the module */
};

/* The marks. */
extern const struct op_def op_control_then, op_control_else, op_control_end,
    op_control_loop, op_control_test, op_control_repeat;

/* 1 where nodes begin that may run other than once, -1 where they end, 0
 * elsewhere. */
int control_depth(const struct node *node);

/* Where control may go from mark i: from THEN to its ELSE, from ELSE to its
 * END, from LOOP and TEST to their REPEAT, from REPEAT to its LOOP; and from
 * END back to its THEN. */
int32_t control_target(const struct graph *graph, int32_t i);

#endif
