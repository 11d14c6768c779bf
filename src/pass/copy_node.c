#include "pass/copy_node.h"

#include "op/op.h"
#include "op/state.h"

static const struct op_def *find_read_op(void) {
    int i = 0;
    while (op_by_index(i)->state_role != STATE_READ) {
        i++;
    }
    return op_by_index(i);
}

struct tensor *tensor_like(struct context *context, struct graph *graph,
                           const struct tensor *like) {
    struct tensor *tensor = graph_add_tensor(context, graph);
    if (tensor) {
        tensor->name = like->name;
        tensor->index = like->index;
        tensor->type = like->type;
        tensor->shape = like->shape;
        tensor->quantization = like->quantization;
    }
    return tensor;
}

struct node *copy_node(struct context *context, struct tensor *from,
                       struct tensor *to, bool copies) {
    struct node *node = CONTEXT_NEW(context, struct node, 1);
    struct read_attributes *attributes =
        CONTEXT_NEW(context, struct read_attributes, 1);
    struct tensor **operand = CONTEXT_NEW(context, struct tensor *, 2);
    if (!node || !attributes || !operand) {
        return NULL;
    }
    attributes->copies = copies;
    operand[0] = from;
    operand[1] = to;
    *node = (struct node){.op = find_read_op(),
                          .index = from->producer ? from->producer->index : 0,
                          .version = 1,
                          .input_count = 1,
                          .input = &operand[0],
                          .output_count = 1,
                          .output = &operand[1],
                          .attributes = attributes};
    return node;
}

const struct tensor *view_root(const struct target *target,
                               const struct tensor *tensor) {
    while (tensor->producer && op_memory(target, tensor->producer).is_view &&
           !tensor->is_stored) {
        tensor = tensor->producer->input[0];
    }
    return tensor;
}
