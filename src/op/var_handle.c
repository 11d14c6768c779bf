/* VAR_HANDLE: names a variable.  Gone once pass resolve_state has run. */
#include "op/op.h"
#include "op/state.h"

/* VarHandleOptions: container, shared_name. */
static bool read_var_handle(struct context *context,
                            const struct fb_table *options, struct node *node) {
    (void)context;
    struct handle_attributes *attributes = node->attributes;
    attributes->container = fb_string(options, 0);
    attributes->name = fb_string(options, 1);
    return attributes->container && attributes->name;
}

static bool infer_var_handle(struct context *context, struct node *node) {
    return op_type(context, node, node->output[0], "output",
                   TYPE_BIT(DTYPE_RESOURCE));
}

const struct op_def op_var_handle = {
    .name = "VAR_HANDLE",
    .tflite_code = 142,
    .options_type = 111,
    .notes = "initial values are constants",
    .inputs = {0, 0},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct handle_attributes),
    .state_role = STATE_HANDLE,
    .read = read_var_handle,
    .infer = infer_var_handle,
};
