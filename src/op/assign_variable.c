/* ASSIGN_VARIABLE: sets a variable.  Once pass resolve_state has run, its one
 * input is the value, and its output what the variable's state holds from then
 * on. */
#include "op/copy.h"
#include "op/op.h"

static bool infer_assign_variable(struct context *context, struct node *node) {
    if (node->input_count == 1) {
        return true;
    }
    return op_type(context, node, node->input[0], "handle",
                   TYPE_BIT(DTYPE_RESOURCE)) &&
           op_type(context, node, node->input[1], "value", COPY_TYPES);
}

const struct op_def op_assign_variable = {
    .name = "ASSIGN_VARIABLE",
    .tflite_code = 144,
    .options_type = 113,
    .types = COPY_TYPES,
    .notes = "initial values are constants",
    .inputs = {2, 2},
    .outputs = {0, 0},
    .state_role = STATE_ASSIGN,
    .infer = infer_assign_variable,
    .memory = memory_view,
    .lower = lower_view,
};
