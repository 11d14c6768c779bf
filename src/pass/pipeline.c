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
    /* Instead, if other graphs than the main one are looked at. */
    bool (*run_module)(struct context *context, struct module *module);
} passes[] = {
    {"resolve_state", NULL, NULL, pass_resolve_state},
    {"inline_control", pass_inline_control, NULL, NULL},
    {"fold_constants", pass_fold_constants, NULL, NULL},
    {"remove_identities", pass_remove_identities, NULL, NULL},
    {"fuse_pad", pass_fuse_pad, NULL, NULL},
    {"fuse_activation", pass_fuse_activation, NULL, NULL},
    {"remove_dead", pass_remove_dead, NULL, NULL},
    {"remove_constant_channels", NULL, pass_remove_constant_channels, NULL},
    {"order_control", NULL, pass_order_control, NULL},
    {"order_state", NULL, pass_order_state, NULL},
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

static bool run_pass(struct context *context, struct module *module,
                     const struct target *target, int i) {
    struct graph *graph = module->graph[0];
    if (passes[i].run_module) {
        return passes[i].run_module(context, module);
    }
    return passes[i].run ? passes[i].run(context, graph)
                         : passes[i].run_for(context, graph, target);
}

bool pipeline_run(struct context *context, struct module *module,
                  const struct target *target, const char *dump_after,
                  struct text *dump) {
    const struct graph *graph = module->graph[0];
    if (!finish_stage(context, graph, "read", dump_after, dump)) {
        return false;
    }
    for (int i = 0; i < PASS_COUNT; i++) {
        if (!run_pass(context, module, target, i) ||
            !finish_stage(context, graph, passes[i].name, dump_after, dump)) {
            return false;
        }
    }
    return true;
}
