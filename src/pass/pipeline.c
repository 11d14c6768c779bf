/* The order of the passes. */
#include <stddef.h>
#include <string.h>

#include "op/op.h"
#include "pass/pass.h"

static const struct {
    const char *name;
    bool (*run)(struct context *context, struct graph *graph);
    /* Instead, if what is done depends on the target. */
    bool (*run_for)(struct context *context, struct graph *graph,
                    const struct target *target);
} passes[] = {
    {"fold_constants", pass_fold_constants, NULL},
    {"remove_identities", pass_remove_identities, NULL},
    {"fuse_pad", pass_fuse_pad, NULL},
    {"fuse_activation", pass_fuse_activation, NULL},
    {"remove_dead", pass_remove_dead, NULL},
    {"remove_constant_channels", NULL, pass_remove_constant_channels},
};

enum { PASS_COUNT = sizeof passes / sizeof passes[0] };

const char *pipeline_pass_name(int i) {
    return i < PASS_COUNT ? passes[i].name : NULL;
}

static bool finish_stage(struct context *context, const struct graph *graph,
                         const char *stage, const char *dump_after,
                         struct text *dump) {
    if (dump_after && strcmp(dump_after, stage) == 0) {
        graph_dump(dump, graph);
        if (dump->failed) {
            return false;
        }
    }
    return graph_check(context, graph, stage);
}

static bool run_pass(struct context *context, struct graph *graph,
                     const struct target *target, int i) {
    return passes[i].run ? passes[i].run(context, graph)
                         : passes[i].run_for(context, graph, target);
}

bool pipeline_run(struct context *context, struct graph *graph,
                  const struct target *target, const char *dump_after,
                  struct text *dump) {
    if (!finish_stage(context, graph, "read", dump_after, dump)) {
        return false;
    }
    for (int i = 0; i < PASS_COUNT; i++) {
        if (!run_pass(context, graph, target, i) ||
            !finish_stage(context, graph, passes[i].name, dump_after, dump)) {
            return false;
        }
    }
    return true;
}
