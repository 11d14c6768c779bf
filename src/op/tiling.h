/* Computing an operator a tile at a time: a few columns of a row of its output.
 *
 * Rows and columns are dimensions 1 and 2 of tensors of four dimensions:
 * batches (one), rows, columns, channels.  An operator that can be computed so
 * says with op_def.tiling which part of its inputs a part of its output is
 * made of; all else follows from here. */
#ifndef OP_TILING_H
#define OP_TILING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "ir/graph.h"

struct window;

/* Position p of the output, along an axis (0 rows, 1 columns), is made of the
 * positions p * stride - pad to p * stride - pad + extent - 1 of every input
 * that is not constant; those outside the input are padding. */
struct tiling {
    int32_t extent[2], stride[2], pad[2];
    bool is_padded[2]; /* some position is made of padding */
    /* Instead: the output is made of all positions, which come
     * tile by tile; of the kernel's parameters `position` is how many came
     * before, and its scratch has to be kept from one tile to the next. */
    bool is_sum;
};

/* Each position is made of the same position of the inputs. */
bool tiling_is_pointwise(const struct tiling *tiling);

/* What op_def.tiling says of a node; false if it has to be computed whole. */
bool node_tiling(const struct node *node, struct tiling *tiling);

/* op_def.tiling of operators that work element by element: constants must be
 * the same at all positions. */
bool pointwise_tiling(const struct node *node, struct tiling *tiling);

/* The same of operators with a window, after window_infer(). */
bool window_tiling(const struct node *node, const struct window *window,
                   struct tiling *tiling);

/* The node with its output cut to `rows` x `columns`, and, if it is pointwise,
 * its inputs likewise.  Its tensors keep their ids.  Lowered, it computes a
 * tile at the output's start; of a window's parameters pad_top, pad_left,
 * input_height and input_width are those of the whole.  NULL with a message
 * when memory is out. */
struct node *tile_node(struct context *context, const struct node *node,
                       int32_t rows, int32_t columns);

#endif
