/* SPACE_TO_BATCH_ND: each position of a block goes to an image of its own. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/space_batch.h"

static bool infer_shape(struct context *context, const struct node *node) {
    struct space_batch parameters;
    struct shape shape = node->input[0]->shape;
    if (!space_batch_find(context, node, &parameters)) {
        return false;
    }
    int64_t images = shape.dim[0];
    for (int i = 0; i < parameters.spatial; i++) {
        const int64_t size =
            shape.dim[1 + i] + parameters.edge[i][0] + parameters.edge[i][1];
        const int64_t block = parameters.block[i];
        if (size % block != 0 || size / block > INT32_MAX ||
            images > INT32_MAX / block) {
            return node_fail(context, node,
                             "dimension %d is %" PRId64
                             " with its paddings, it must be a multiple of "
                             "the block's %" PRId64,
                             i + 1, size, block);
        }
        shape.dim[1 + i] = (int32_t)(size / block);
        images *= block;
    }
    shape.dim[0] = (int32_t)images;
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_space_to_batch(struct context *context, struct node *node) {
    return space_batch_infer(context, node, "paddings") &&
           (!space_batch_is_constant(node) || infer_shape(context, node));
}

static void run_bytes(const void *params, void *const operand[]) {
    mf_space_to_batch_bytes(params, operand[0], operand[1]);
}

static const struct kernel kernel_bytes = {
    .name = "mf_space_to_batch_bytes",
    .header = "mf_space_batch.h",
    .params = "mf_space_batch",
    .params_size = sizeof(mf_space_batch),
    .fields = space_batch_fields,
    .run = run_bytes,
};

static bool lower_space_to_batch(struct lowering *lowering) {
    const struct node *node = lowering->node;
    return space_batch_lower(lowering, "paddings", &kernel_bytes,
                             node->input[0], node->output[0]);
}

const struct op_def op_space_to_batch_nd = {
    .name = "SPACE_TO_BATCH_ND",
    .tflite_code = 38,
    .options_type = 25,
    .types = COPY_TYPES,
    .notes = "constant block and paddings; 3 or 4 dimensions",
    .inputs = {3, 3},
    .outputs = {1, 1},
    .infer = infer_space_to_batch,
    .lower = lower_space_to_batch,
};
