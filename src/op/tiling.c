#include "op/tiling.h"

#include "op/op.h"
#include "op/window.h"

enum { BATCHES, ROWS, COLUMNS, CHANNELS, DIMENSIONS };

bool tiling_is_pointwise(const struct tiling *tiling) {
    for (int axis = 0; axis < 2; axis++) {
        if (tiling->extent[axis] != 1 || tiling->stride[axis] != 1 ||
            tiling->pad[axis] != 0) {
            return false;
        }
    }
    return true;
}

static bool is_image(const struct tensor *tensor) {
    return tensor->shape.rank == DIMENSIONS && tensor->shape.dim[BATCHES] == 1;
}

bool node_tiling(const struct node *node, struct tiling *tiling) {
    *tiling = (struct tiling){0};
    if (!node->op->tiling || node->output_count != 1) {
        return false;
    }
    for (int32_t i = 0; i < node->input_count; i++) {
        if (node->input[i] && !node->input[i]->data &&
            !is_image(node->input[i])) {
            return false;
        }
    }
    return node->op->tiling(node, tiling) &&
           (tiling->is_sum || is_image(node->output[0]));
}

/* Whether a constant is the same at all rows and columns. */
static bool is_uniform(const struct tensor *constant) {
    for (int32_t i = 0; i + 1 < constant->shape.rank; i++) {
        if (constant->shape.dim[i] != 1) {
            return false;
        }
    }
    return true;
}

bool pointwise_tiling(const struct node *node, struct tiling *tiling) {
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *input = node->input[i];
        if (input && (input->data ? !is_uniform(input)
                                  : !shape_equal(&input->shape,
                                                 &node->output[0]->shape))) {
            return false;
        }
    }
    *tiling = (struct tiling){.extent = {1, 1}, .stride = {1, 1}};
    return true;
}

bool window_tiling(const struct node *node, const struct window *window,
                   struct tiling *tiling) {
    (void)node;
    tiling->is_sum = false;
    for (int axis = 0; axis < 2; axis++) {
        tiling->extent[axis] =
            (int32_t)((window->filter[axis] - 1) * window->dilation[axis] + 1);
        tiling->stride[axis] = (int32_t)window->stride[axis];
        tiling->pad[axis] = (int32_t)window->pad_before[axis];
        tiling->is_padded[axis] =
            window->pad_before[axis] > 0 || window->pad_after[axis] > 0;
    }
    return true;
}

static struct tensor *cut(struct context *context, const struct tensor *tensor,
                          int32_t rows, int32_t columns) {
    struct tensor *tile = CONTEXT_NEW(context, struct tensor, 1);
    if (tile) {
        *tile = *tensor;
        tile->shape.dim[ROWS] = rows;
        tile->shape.dim[COLUMNS] = columns;
    }
    return tile;
}

struct node *tile_node(struct context *context, const struct node *node,
                       int32_t rows, int32_t columns) {
    struct tiling tiling;
    struct node *tile = CONTEXT_NEW(context, struct node, 1);
    struct tensor **input =
        CONTEXT_NEW(context, struct tensor *, (size_t)node->input_count);
    struct tensor **output = CONTEXT_NEW(context, struct tensor *, 1);
    if (!tile || !input || !output || !node_tiling(node, &tiling)) {
        return NULL;
    }
    *tile = *node;
    tile->input = input;
    tile->output = output;
    tile->is_tile = true;
    tile->tile_of = node;
    for (int32_t i = 0; i < node->input_count; i++) {
        struct tensor *whole = node->input[i];
        bool is_cut = whole && !whole->data && tiling_is_pointwise(&tiling);
        input[i] = is_cut ? cut(context, whole, rows, columns) : whole;
        if (is_cut && !input[i]) {
            return NULL;
        }
    }
    output[0] = tiling.is_sum ? node->output[0]
                              : cut(context, node->output[0], rows, columns);
    return output[0] ? tile : NULL;
}
