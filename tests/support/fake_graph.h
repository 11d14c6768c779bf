/* Graphs of made-up operators, to test the planner and whoever runs plans: what
 * an operator may do with memory is said node by node, and its kernel does all
 * of that, so that a byte that is lost shows in the results.
 *
 *     struct fake_graph *fake = fake_new();
 *     struct tensor *x = fake_input(fake, DTYPE_INT8, 100);
 *     struct tensor *y = fake_tensor(fake, DTYPE_INT8, 100);
 *     fake_node(fake, (struct op_memory){.in_place = 1}, FAKE_LIST(x),
 *               FAKE_LIST(y));
 *     fake_output(fake, y);
 *     struct plan *plan = fake_plan(fake);
 *     fake_expect_run(fake, plan);
 *     fake_free(fake);
 */
#ifndef TESTS_SUPPORT_FAKE_GRAPH_H
#define TESTS_SUPPORT_FAKE_GRAPH_H

#include "ir/graph.h"
#include "op/op.h"
#include "plan/plan.h"

struct fake_graph {
    struct context context;
    struct graph graph;
};

enum { FAKE_INPUTS = 4, FAKE_OUTPUTS = 3 };

struct fake_list {
    struct tensor *const *tensor;
    int32_t count;
};
#define FAKE_LIST(...)                                                         \
    ((struct fake_list){(struct tensor *const[]){__VA_ARGS__},                 \
                        (int32_t)(sizeof((struct tensor *[]){__VA_ARGS__}) /   \
                                  sizeof(struct tensor *))})

struct fake_graph *fake_new(void);
void fake_free(struct fake_graph *fake);

/* Tensors of `count` elements.  Names are "t0", "t1", ... by id. */
struct tensor *fake_tensor(struct fake_graph *fake, enum dtype type,
                           int32_t count);
struct tensor *fake_input(struct fake_graph *fake, enum dtype type,
                          int32_t count);
struct tensor *fake_constant(struct fake_graph *fake, enum dtype type,
                             int32_t count);
void fake_output(struct fake_graph *fake, struct tensor *tensor);

/* A node that does what `memory` says it may.  An input may be NULL. */
struct node *fake_node(struct fake_graph *fake, struct op_memory memory,
                       struct fake_list inputs, struct fake_list outputs);
/* What the node says from now on. */
void fake_set_memory(struct node *node, struct op_memory memory);

/* plan_make(), which must succeed. */
struct plan *fake_plan(struct fake_graph *fake);

/* Whether the plan, run on an arena full of garbage, gives what the graph gives
 * when every tensor has memory of its own. */
bool fake_runs(struct fake_graph *fake, const struct plan *plan);

/* A random graph: views, results in place, scratch, constants, several inputs
 * and outputs, results that nobody reads. */
struct fake_graph *fake_random(uint64_t seed, int32_t nodes);

#endif
