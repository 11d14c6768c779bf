#include "op/reduce.h"

#include <inttypes.h>

const struct field reduce_attribute_fields[] = {
    FIELD(struct reduce_attributes, INDEX, keep_dims),
    FIELD_ARRAY(struct reduce_attributes, INDEX, reduced, MAX_RANK), FIELD_END};

bool reduce_read(struct context *context, const struct fb_table *options,
                 struct node *node) {
    (void)context;
    struct reduce_attributes *attributes = node->attributes;
    attributes->keep_dims = fb_bool(options, 0, false);
    return true;
}

/* The axes, which may count from the end and repeat themselves. */
static bool infer_axes(struct context *context, struct node *node) {
    struct reduce_attributes *attributes = node->attributes;
    const struct tensor *axes = node->input[1];
    int32_t rank = node->input[0]->shape.rank;
    int64_t count = shape_count(&axes->shape);
    for (int i = 0; i < MAX_RANK; i++) {
        attributes->reduced[i] = 0;
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t axis = tensor_int(axes, i);
        if (axis < -rank || axis >= rank) {
            return node_fail(context, node,
                             "axis is %" PRId64 ", the input has %" PRId32
                             " dimensions",
                             axis, rank);
        }
        attributes->reduced[axis < 0 ? axis + rank : axis] = 1;
    }
    return true;
}

static struct shape result_shape(const struct node *node) {
    const struct reduce_attributes *attributes = node->attributes;
    const struct shape *input = &node->input[0]->shape;
    struct shape shape = {.rank = 0};
    for (int32_t i = 0; i < input->rank; i++) {
        if (!attributes->reduced[i]) {
            shape.dim[shape.rank++] = input->dim[i];
        } else if (attributes->keep_dims) {
            shape.dim[shape.rank++] = 1;
        }
    }
    return shape;
}

bool reduce_infer(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *axes = node->input[1];
    const struct tensor *output = node->output[0];
    bool ok = op_type(context, node, input, "input", node->op->types);
    ok = op_same_type(context, node, output, "output", input, "input") && ok;
    ok = op_type(context, node, axes, "axis", TYPE_BIT(DTYPE_INT32)) &&
         op_rank(context, node, axes, "axis", 0, 1) &&
         op_constant(context, node, axes, "axis") && ok;
    if (!ok || !infer_axes(context, node)) {
        return false;
    }
    struct shape shape = result_shape(node);
    return op_output_shape(context, node, 0, &shape);
}

int64_t reduce_count(const struct node *node) {
    return shape_count(&node->input[0]->shape) /
           shape_count(&node->output[0]->shape);
}

bool reduce_keeps_channels(const struct node *node) {
    const struct reduce_attributes *attributes = node->attributes;
    int32_t rank = node->input[0]->shape.rank;
    return rank > 0 && !attributes->reduced[rank - 1];
}

/* Puts runs of dimensions of one sort, which lie side by side, into one; dims
 * of size 1 belong to any run.  MAX_RANK dimensions make at most three runs of
 * each sort. */
mf_reduce_dims reduce_dims(const struct node *node) {
    const struct reduce_attributes *attributes = node->attributes;
    const struct shape *shape = &node->input[0]->shape;
    mf_reduce_dims dims = {.kept = {1, 1, 1}, .reduced = {1, 1, 1}};
    int kept = MF_REDUCE_DIMS, reduced = MF_REDUCE_DIMS;
    ptrdiff_t stride = 1, last = -1;
    for (int32_t i = shape->rank - 1; i >= 0; i--) {
        if (shape->dim[i] == 1) {
            continue;
        }
        bool is_new = attributes->reduced[i] != last;
        last = attributes->reduced[i];
        int *run = last ? &reduced : &kept;
        ptrdiff_t *size = last ? dims.reduced : dims.kept;
        if (is_new) {
            (*run)--;
            (last ? dims.reduced_stride : dims.kept_stride)[*run] = stride;
        }
        size[*run] *= shape->dim[i];
        stride *= shape->dim[i];
    }
    return dims;
}

const struct field reduce_fields[] = {REDUCE_FIELDS(mf_reduce), FIELD_END};

bool reduce_lower(struct lowering *lowering, const struct kernel *kernel) {
    const struct node *node = lowering->node;
    struct call *call = lower_call(lowering, kernel);
    if (!call) {
        return false;
    }
    mf_reduce *p = call->params;
    p->dims = reduce_dims(node);
    call_input(call, "input", node->input[0]);
    call_output(call, node->output[0]);
    return true;
}
