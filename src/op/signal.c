#include "op/signal.h"

#include <inttypes.h>

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
