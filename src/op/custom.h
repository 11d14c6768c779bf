/* Operators that the program brings along: a C function that generated code
 * calls (kernels/mf_custom.h).  The compiler plans their tensors; of what they
 * compute it knows nothing. */
#ifndef OP_CUSTOM_H
#define OP_CUSTOM_H

#include "op/op.h"

/* The operator of that name if the context declares it; NULL if not, or, with a
 * message, when memory is out. */
const struct op_def *custom_op_find(struct context *context, const char *name);

/* Holds that all functions of a node are here to be run; a message says which
 * is not. */
bool custom_op_runs(struct context *context, const struct node *node,
                    const struct call *call);

#endif
