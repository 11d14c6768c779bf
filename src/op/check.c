/* What operators demand of their tensors, and how they say so. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "op/op.h"
#include "op/quantize.h"

/* "INT8, FLOAT32" */
static const char *type_list(uint32_t allowed, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int type = 0; type < DTYPE_COUNT; type++) {
        if ((allowed & TYPE_BIT(type)) && used < size) {
            int n = snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                             dtype_name((enum dtype)type));
            used += n > 0 ? (size_t)n : 0;
        }
    }
    return text;
}

bool op_type(struct context *context, const struct node *node,
             const struct tensor *tensor, const char *what, uint32_t allowed) {
    if (!tensor) {
        return node_fail(context, node, "%s is missing", what);
    }
    if ((unsigned)tensor->type < DTYPE_COUNT &&
        (allowed & TYPE_BIT(tensor->type))) {
        return true;
    }
    char list[256];
    return node_fail(context, node, "%s type is %s, allowed: %s", what,
                     dtype_name(tensor->type),
                     type_list(allowed, list, sizeof list));
}

bool op_same_type(struct context *context, const struct node *node,
                  const struct tensor *tensor, const char *what,
                  const struct tensor *other, const char *other_what) {
    if (tensor->type == other->type) {
        return true;
    }
    return node_fail(context, node, "%s type is %s, it must be %s's, %s", what,
                     dtype_name(tensor->type), other_what,
                     dtype_name(other->type));
}

bool op_rank(struct context *context, const struct node *node,
             const struct tensor *tensor, const char *what, int min, int max) {
    char shape[SHAPE_TEXT];
    if (tensor->shape.rank >= min && tensor->shape.rank <= max) {
        return true;
    }
    shape_text(&tensor->shape, shape);
    if (min == max) {
        return node_fail(context, node,
                         "%s shape is %s, it must have %d dimensions", what,
                         shape, min);
    }
    return node_fail(context, node,
                     "%s shape is %s, it must have %d to %d dimensions", what,
                     shape, min, max);
}

static bool scale_valid(float scale) {
    return isfinite(scale) && scale > 0;
}

bool op_per_tensor(struct context *context, const struct node *node,
                   const struct tensor *tensor, const char *what) {
    const struct quantization *q = &tensor->quantization;
    if (q->count != 1) {
        return node_fail(context, node,
                         "%s has %" PRId32 " scales, it must have 1", what,
                         q->count);
    }
    if (!scale_valid(q->scale[0])) {
        return node_fail(context, node,
                         "%s scale is %g, it must be finite and over 0", what,
                         (double)q->scale[0]);
    }
    if (q->zero_point[0] < dtype_min(tensor->type) ||
        q->zero_point[0] > dtype_max(tensor->type)) {
        return node_fail(context, node,
                         "%s zero point is %" PRId32
                         ", it must lie within %" PRId32 "..%" PRId32,
                         what, q->zero_point[0], dtype_min(tensor->type),
                         dtype_max(tensor->type));
    }
    return true;
}

bool op_per_channel(struct context *context, const struct node *node,
                    const struct tensor *tensor, const char *what, int axis,
                    int32_t channels) {
    const struct quantization *q = &tensor->quantization;
    if (q->count != 1 && q->count != channels) {
        return node_fail(context, node,
                         "%s has %" PRId32 " scales, it must have 1 or %" PRId32
                         ", one a channel",
                         what, q->count, channels);
    }
    if (q->count > 1 && q->axis != axis) {
        return node_fail(context, node,
                         "%s is quantised along dimension %" PRId32
                         ", it must be %d",
                         what, q->axis, axis);
    }
    for (int32_t i = 0; i < q->count; i++) {
        if (!scale_valid(q->scale[i])) {
            return node_fail(context, node,
                             "%s scale %" PRId32
                             " is %g, it must be finite and over 0",
                             what, i, (double)q->scale[i]);
        }
        if (q->zero_point[i] != 0) {
            return node_fail(context, node,
                             "%s zero point %" PRId32 " is %" PRId32
                             ", it must be 0",
                             what, i, q->zero_point[i]);
        }
    }
    return true;
}

bool op_zero_points(struct context *context, const struct node *node) {
    const struct tensor *output = node->output[0];
    struct text text = {.context = context};
    bool ok = true;
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *input = node->input[i];
        if (input && input->type == DTYPE_INT16) {
            int32_t zero_point = input->quantization.zero_point[0];
            text_print(&text, "%s%" PRId32, i ? ", " : "", zero_point);
            ok = ok && zero_point == 0;
        }
    }
    if (node->input[0]->type != DTYPE_INT16 ||
        (ok && output->quantization.zero_point[0] == 0)) {
        return true;
    }
    return !text.failed &&
           node_fail(context, node,
                     "zero points are %s and %" PRId32
                     ", they must be 0 on INT16",
                     text.data, output->quantization.zero_point[0]);
}

bool op_same_quantization(struct context *context, const struct node *node,
                          const struct tensor *tensor, const char *what,
                          const struct tensor *other, const char *other_what) {
    if (!op_per_tensor(context, node, tensor, what) ||
        !op_per_tensor(context, node, other, other_what)) {
        return false;
    }
    const struct quantization *a = &tensor->quantization;
    const struct quantization *b = &other->quantization;
    if (a->scale[0] == b->scale[0] && a->zero_point[0] == b->zero_point[0]) {
        return true;
    }
    return node_fail(context, node,
                     "%s has scale %.9g and zero point %" PRId32
                     ", it must have %s's, %.9g and %" PRId32,
                     what, (double)a->scale[0], a->zero_point[0], other_what,
                     (double)b->scale[0], b->zero_point[0]);
}

bool op_constant(struct context *context, const struct node *node,
                 const struct tensor *tensor, const char *what) {
    return tensor->data ||
           node_fail(context, node,
                     "%s \"%s\" is computed at run time, it must be constant",
                     what, tensor->name);
}

bool op_output_shape(struct context *context, const struct node *node, int i,
                     const struct shape *shape) {
    const struct tensor *output = node->output[i];
    if (shape_equal(&output->shape, shape)) {
        return true;
    }
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    return node_fail(
        context, node, "output %d is declared %s, its inputs give %s", i,
        shape_text(&output->shape, found), shape_text(shape, expected));
}

bool op_activation(struct context *context, const struct node *node) {
    switch (node->activation) {
    case ACTIVATION_NONE:
    case ACTIVATION_RELU:
    case ACTIVATION_RELU_N1_TO_1:
    case ACTIVATION_RELU6:
        return true;
    default:
        return node_fail(context, node,
                         "fused activation is %d, allowed: NONE (0), RELU (1), "
                         "RELU_N1_TO_1 (2), RELU6 (3)",
                         (int)node->activation);
    }
}

int64_t tensor_int(const struct tensor *tensor, int64_t i) {
    if (tensor->type == DTYPE_INT64) {
        return ((const int64_t *)tensor->data)[i];
    }
    return ((const int32_t *)tensor->data)[i];
}

bool op_symmetric(struct context *context, const struct node *node,
                  const struct tensor *tensor, const char *what) {
    if (!op_per_tensor(context, node, tensor, what)) {
        return false;
    }
    int32_t zero_point = tensor->quantization.zero_point[0];
    return zero_point == 0 ||
           node_fail(context, node,
                     "%s zero point is %" PRId32 ", it must be 0", what,
                     zero_point);
}

bool op_matrix(struct context *context, const struct node *node,
               const struct tensor *tensor, const char *what, int64_t rows,
               int64_t columns) {
    const struct shape *shape = &tensor->shape;
    char text[SHAPE_TEXT];
    return (shape->rank == 2 && shape->dim[0] == rows &&
            shape->dim[1] == columns) ||
           node_fail(context, node,
                     "%s shape is %s, it must be %" PRId64 "x%" PRId64, what,
                     shape_text(shape, text), rows, columns);
}

bool op_count(struct context *context, const struct node *node,
              const struct tensor *tensor, const char *what, int64_t count) {
    char text[SHAPE_TEXT];
    return shape_count(&tensor->shape) == count ||
           node_fail(context, node,
                     "%s shape is %s, it must have %" PRId64 " value%s", what,
                     shape_text(&tensor->shape, text), count,
                     count == 1 ? "" : "s");
}
