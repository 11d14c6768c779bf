/* CALL_ONCE: runs a graph before the first inference, which sets variables to
 * constants.  Gone once pass resolve_state has run. */
#include "op/op.h"
#include "op/state.h"

/* CallOnceOptions: init_subgraph_index. */
static bool read_call_once(struct context *context,
                           const struct fb_table *options, struct node *node) {
    (void)context;
    struct once_attributes *attributes = node->attributes;
    attributes->graph = fb_i32(options, 0, 0);
    return true;
}

static bool infer_call_once(struct context *context, struct node *node) {
    (void)context;
    (void)node;
    return true;
}

const struct op_def op_call_once = {
    .name = "CALL_ONCE",
    .tflite_code = 129,
    .options_type = 103,
    .notes = "a graph that assigns constants to variables",
    .inputs = {0, 0},
    .outputs = {0, 0},
    .attributes_size = sizeof(struct once_attributes),
    .state_role = STATE_ONCE,
    .read = read_call_once,
    .infer = infer_call_once,
};
