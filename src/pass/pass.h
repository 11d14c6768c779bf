/* Graph -> graph.  Each pass is a file; pipeline.c is their order. */
#ifndef PASS_PASS_H
#define PASS_PASS_H

#include <stdbool.h>

#include "base/context.h"
#include "base/text.h"
#include "ir/graph.h"
#include "target/target.h"

/* Puts the graphs of IFs and WHILEs in their place. */
bool pass_inline_control(struct context *context, struct graph *graph);
/* Makes variables states of the main graph. */
bool pass_resolve_state(struct context *context, struct module *module);
/* Computes nodes whose inputs are all constant, through their kernels. */
bool pass_fold_constants(struct context *context, struct graph *graph);
/* Drops nodes whose result equals their input, to the bit. */
bool pass_remove_identities(struct context *context, struct graph *graph);
/* Gives a PAD's border to the convolution that follows. */
bool pass_fuse_pad(struct context *context, struct graph *graph);
/* Gives a lone RELU or RELU6 to its producer. */
bool pass_fuse_activation(struct context *context, struct graph *graph);
/* Drops nodes that no output needs. */
bool pass_remove_dead(struct context *context, struct graph *graph);
/* Drops channels whose values are constant, or that nothing looks at. */
bool pass_remove_constant_channels(struct context *context, struct graph *graph,
                                   const struct target *target);

/* Copies what a loop carries over and would overwrite too early. */
bool pass_order_control(struct context *context, struct graph *graph,
                        const struct target *target);
/* Puts what changes states at the end. */
bool pass_order_state(struct context *context, struct graph *graph,
                      const struct target *target);

/* Name of pass i in the order of the pipeline, NULL past the end. */
const char *pipeline_pass_name(int i);

/* Runs all passes on the main graph, graph_check() after each; `target` decides
 * what pays.  If dump_after names a pass (or "read", before the first), the
 * graph as it is then is added to `dump`. */
bool pipeline_run(struct context *context, struct module *module,
                  const struct target *target, const char *dump_after,
                  struct text *dump);

#endif
