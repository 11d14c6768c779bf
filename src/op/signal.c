#include "op/signal.h"

#include <inttypes.h>
#include <string.h>

bool signal_tensor(struct context *context, const struct node *node,
                   const struct tensor *tensor, const char *what,
                   enum dtype type, int64_t count) {
    return op_type(context, node, tensor, what, TYPE_BIT(type)) &&
           op_count(context, node, tensor, what, count);
}

bool signal_option(struct context *context, const struct node *node,
                   const char *name, int64_t value, int64_t min, int64_t max) {
    return (value >= min && value <= max) ||
           node_fail(context, node,
                     "%s is %" PRId64 ", it must lie within %" PRId64
                     "..%" PRId64,
                     name, value, min, max);
}

int32_t signal_length(const struct tensor *tensor) {
    const struct shape *shape = &tensor->shape;
    return shape->rank > 0 ? shape->dim[shape->rank - 1] : 1;
}

size_t signal_batches(const struct tensor *tensor) {
    return (size_t)(shape_count(&tensor->shape) / signal_length(tensor));
}

void signal_in_place(const struct node *node, struct op_memory *memory) {
    (void)node;
    memory->in_place = 1;
}

struct call *signal_call(struct lowering *lowering, const struct kernel *kernel,
                         const void *params) {
    struct call *call = lower_call(lowering, kernel);
    if (call) {
        memcpy(call->params, params, kernel->params_size);
        call_input(call, "input", lowering->node->input[0]);
    }
    return call;
}

bool signal_outputs(const struct lowering *lowering, struct call *call) {
    for (int32_t i = 0; call && i < lowering->node->output_count; i++) {
        call_output(call, lowering->node->output[i]);
    }
    return call != NULL;
}
