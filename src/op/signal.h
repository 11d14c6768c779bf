/* What the operators of the audio front end share. */
#ifndef OP_SIGNAL_H
#define OP_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "op/op.h"

/* --- for `infer`; messages as those of op.h --- */

/* A tensor of this type and so many elements, whatever its shape. */
bool signal_tensor(struct context *context, const struct node *node,
                   const struct tensor *tensor, const char *what,
                   enum dtype type, int64_t count);
/* An option lies within [min, max]. */
bool signal_option(struct context *context, const struct node *node,
                   const char *name, int64_t value, int64_t min, int64_t max);

/* The last dimension, 1 of a scalar. */
int32_t signal_length(const struct tensor *tensor);
/* All other dimensions together. */
size_t signal_batches(const struct tensor *tensor);

/* op_def.memory of operators whose output may overwrite the input. */
void signal_in_place(const struct node *node, struct op_memory *memory);

/* The call of a kernel with a copy of `params` (kernel->params_size bytes) and
 * the operand input 0; NULL when memory is out. */
struct call *signal_call(struct lowering *lowering, const struct kernel *kernel,
                         const void *params);
/* Appends all outputs; false if `call` is NULL. */
bool signal_outputs(const struct lowering *lowering, struct call *call);

#endif
