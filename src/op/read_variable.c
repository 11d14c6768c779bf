/* READ_VARIABLE: the value of a variable.  Once pass resolve_state has run, its
 * input is that value; pass order_state adds some that copy a value. */
#include "op/copy.h"
#include "op/op.h"
#include "op/state.h"

static bool infer_read_variable(struct context *context, struct node *node) {
    if (node->input[0]->type != DTYPE_RESOURCE) {
        return copy_types(context, node) &&
               op_output_shape(context, node, 0, &node->input[0]->shape);
    }
    return op_type(context, node, node->output[0], "output", COPY_TYPES);
}

static void memory_read_variable(const struct node *node,
                                 struct op_memory *memory) {
    const struct read_attributes *attributes = node->attributes;
    memory->is_view = !attributes->copies;
}

const struct op_def op_read_variable = {
    .name = "READ_VARIABLE",
    .tflite_code = 143,
    .options_type = 112,
    .types = COPY_TYPES,
    .notes = "initial values are constants",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct read_attributes),
    .state_role = STATE_READ,
    .infer = infer_read_variable,
    .memory = memory_read_variable,
    .lower = lower_view,
};
