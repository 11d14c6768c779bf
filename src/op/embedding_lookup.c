/* EMBEDDING_LOOKUP: rows of a table, picked by number; a table of INT8 may
 * become FLOAT32 on the way. */
#include <inttypes.h>

#include "op/gather.h"
#include "op/op.h"

static bool infer_types(struct context *context, const struct node *node) {
    const struct tensor *table = node->input[1], *output = node->output[0];
    uint32_t types = TYPE_BIT(DTYPE_FLOAT32);
    if (!op_type(context, node, node->input[0], "lookup",
                 TYPE_BIT(DTYPE_INT32)) ||
        !op_type(context, node, table, "table",
                 TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_FLOAT32))) {
        return false;
    }
    if (table->type == output->type) {
        return true;
    }
    types |= TYPE_BIT(table->type);
    return op_type(context, node, output, "output", types) &&
           op_constant(context, node, table, "table") &&
           op_per_tensor(context, node, table, "table") &&
           (table->quantization.zero_point[0] == 0 ||
            node_fail(context, node,
                      "table zero point is %" PRId32 ", it must be 0",
                      table->quantization.zero_point[0]));
}

static bool infer_embedding_lookup(struct context *context, struct node *node) {
    const struct tensor *lookup = node->input[0], *table = node->input[1];
    struct shape shape = table->shape;
    if (!infer_types(context, node) ||
        !op_rank(context, node, lookup, "lookup", 1, 1) ||
        !op_rank(context, node, table, "table", 2, MAX_RANK) ||
        !gather_indices(context, node, lookup, shape.dim[0])) {
        return false;
    }
    shape.dim[0] = lookup->shape.dim[0];
    return op_output_shape(context, node, 0, &shape);
}

static bool lower_embedding_lookup(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *lookup = node->input[0], *table = node->input[1];
    const int64_t rows = table->shape.dim[0];
    const struct gathering gathering = {
        .blocks = 1,
        .outer = 1,
        .size = rows,
        .count = lookup->shape.dim[0],
        .run = shape_count(&table->shape) / rows,
    };
    return table->type == node->output[0]->type
               ? lower_gather(lowering, table, lookup, &gathering)
               : lower_gather_dequantize(lowering, table, lookup, &gathering);
}

const struct op_def op_embedding_lookup = {
    .name = "EMBEDDING_LOOKUP",
    .tflite_code = 7,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "int8 also to float32",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_embedding_lookup,
    .lower = lower_embedding_lookup,
};
