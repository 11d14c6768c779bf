/* BATCH_TO_SPACE_ND: images become the positions of blocks; then the edges are
 * cropped. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/space_batch.h"

static bool infer_shape(struct context *context, const struct node *node) {
    struct space_batch parameters;
    struct shape shape = node->input[0]->shape;
    if (!space_batch_find(context, node, &parameters)) {
        return false;
    }
    const int64_t images = parameters.block[0] * parameters.block[1];
    if (shape.dim[0] % images != 0) {
        return node_fail(context, node,
                         "input has %" PRId32
                         " images, they must be a multiple of the block's "
                         "%" PRId64,
                         shape.dim[0], images);
    }
    shape.dim[0] /= (int32_t)images;
    for (int i = 0; i < parameters.spatial; i++) {
        const int64_t size = shape.dim[1 + i] * parameters.block[i];
        const int64_t left =
            size - parameters.edge[i][0] - parameters.edge[i][1];
        if (left < 1 || left > INT32_MAX) {
            return node_fail(
                context, node,
                "crops of dimension %d are %" PRId64 " and %" PRId64
                ", of %" PRId64 " positions at least 1 must be left",
                i + 1, parameters.edge[i][0], parameters.edge[i][1], size);
        }
        shape.dim[1 + i] = (int32_t)left;
    }
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_batch_to_space(struct context *context, struct node *node) {
    return space_batch_infer(context, node, "crops") &&
           (!space_batch_is_constant(node) || infer_shape(context, node));
}

static void run_bytes(const void *params, void *const operand[]) {
    mf_batch_to_space_bytes(params, operand[0], operand[1]);
}

static const struct kernel kernel_bytes = {
    .name = "mf_batch_to_space_bytes",
    .header = "mf_space_batch.h",
    .params = "mf_space_batch",
    .params_size = sizeof(mf_space_batch),
    .fields = space_batch_fields,
    .run = run_bytes,
};

static bool lower_batch_to_space(struct lowering *lowering) {
    const struct node *node = lowering->node;
    return space_batch_lower(lowering, "crops", &kernel_bytes, node->output[0],
                             node->input[0]);
}

const struct op_def op_batch_to_space_nd = {
    .name = "BATCH_TO_SPACE_ND",
    .tflite_code = 37,
    .options_type = 24,
    .types = COPY_TYPES,
    .notes = "constant block and crops; 3 or 4 dimensions",
    .inputs = {3, 3},
    .outputs = {1, 1},
    .infer = infer_batch_to_space,
    .lower = lower_batch_to_space,
};
