/* Gives a PAD's border to the convolution that reads it: the padded tensor
 * need never exist.  The PAD itself stays for its other readers; without any it
 * is dead code. */
#include "op/op.h"
#include "pass/pass.h"

bool pass_fuse_pad(struct context *context, struct graph *graph) {
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        const struct tensor *input = op_input(node, 0);
        const struct node *pad = input ? input->producer : NULL;
        int32_t before[2], after[2];
        if (!node->op->absorb_pad || !pad || !pad->op->spatial_pad ||
            !pad->op->spatial_pad(pad, before, after) ||
            !node->op->absorb_pad(node, before, after)) {
            continue;
        }
        node->input[0] = pad->input[0];
        if (!node->op->infer(context, node)) {
            return false;
        }
    }
    graph_index(graph);
    return true;
}
