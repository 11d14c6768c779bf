/* Gives an activation that stands alone to the node that computes its input.
 * With equal quantisation on both sides the clamp is all that the activation
 * does, and the producer clamps anyway. */
#include "op/op.h"
#include "pass/pass.h"

static bool same_meaning(const struct tensor *a, const struct tensor *b) {
    const struct quantization *p = &a->quantization, *q = &b->quantization;
    if (a->type != b->type || !shape_equal(&a->shape, &b->shape)) {
        return false;
    }
    if (a->type == DTYPE_FLOAT32) {
        return true;
    }
    return p->count == 1 && q->count == 1 && p->scale[0] == q->scale[0] &&
           p->zero_point[0] == q->zero_point[0];
}

bool pass_fuse_activation(struct context *context, struct graph *graph) {
    (void)context;
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        if (node->op->is_activation == ACTIVATION_NONE) {
            continue;
        }
        const struct tensor *input = node->input[0];
        struct node *producer = input->producer;
        if (!producer || !producer->op->fuses_activation ||
            producer->activation != ACTIVATION_NONE || input->use_count != 1 ||
            !same_meaning(input, node->output[0])) {
            continue;
        }
        producer->activation = node->op->is_activation;
        producer->output[0] = node->output[0];
        producer->output[0]->producer = producer;
        node->op = NULL;
    }
    graph_compact(graph);
    return true;
}
