/* The order of the passes. */
#include <stddef.h>
#include <string.h>

#include "op/op.h"
#include "pass/pass.h"

static const struct {
    const char *name;
    bool (*run)(struct context *context, struct graph *graph);
} passes[] = {
    {"fold_constants", pass_fold_constants},
    {"remove_identities", pass_remove_identities},
    {"fuse_pad", pass_fuse_pad},
    {"fuse_activation", pass_fuse_activation},
    {"remove_dead", pass_remove_dead},
    {"remove_constant_channels", pass_remove_constant_channels},
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

bool pipeline_run(struct context *context, struct graph *graph,
                  const char *dump_after, struct text *dump) {
    if (!finish_stage(context, graph, "read", dump_after, dump)) {
        return false;
    }
    for (int i = 0; i < PASS_COUNT; i++) {
        if (!passes[i].run(context, graph) ||
            !finish_stage(context, graph, passes[i].name, dump_after, dump)) {
            return false;
        }
    }
    return true;
}
