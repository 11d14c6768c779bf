/* Operators that differ in their kernels alone stand together in one file,
 * with a row for each operator and type that says what computes it. */
#ifndef OP_KERNEL_ROW_H
#define OP_KERNEL_ROW_H

#include <stddef.h>

#include "ir/graph.h"
#include "op/op.h"

struct kernel_row {
    const struct op_def *op;
    enum dtype type; /* of input 0 */
    struct kernel kernel;
};

/* The kernel of the node's operator for the type of its input 0, which must be
 * among the rows: `infer` accepted it. */
const struct kernel *kernel_in_rows(const struct kernel_row *row, size_t count,
                                    const struct node *node);
#define KERNEL_IN_ROWS(rows, node)                                             \
    kernel_in_rows(rows, sizeof(rows) / sizeof(rows)[0], node)

#endif
