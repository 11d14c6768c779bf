/* Operators that are a function of each value by itself: what they share.
 *
 * On int8 such an operator is a table of 256 results, made at compile time
 * with the reference's arithmetic: exact, whatever the arithmetic costs. */
#ifndef OP_TABLE_H
#define OP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "ir/graph.h"
#include "op/op.h"

/* Infer: input and output have one of the `allowed` types, the same, and one
 * shape; int8 and int16 are quantised per tensor. */
bool unary_infer(struct context *context, const struct node *node,
                 uint32_t allowed);

/* Memory: the output may overwrite the input. */
void unary_memory(const struct node *node, struct op_memory *memory);

/* The call of a kernel that takes input and output, no tables; NULL with a
 * message when memory is out. */
struct call *unary_call(struct lowering *lowering, const struct kernel *kernel);

/* Lowers an int8 node to a lookup in the table of value(how, q) for all stored
 * values q of the input, clamped to int8. */
bool table_lower(struct lowering *lowering,
                 int32_t (*value)(const void *how, int32_t q), const void *how);

/* The same for a table that is already there: entry q + 128, in the context's
 * arena. */
bool table_lower_values(struct lowering *lowering, struct tensor *input,
                        const int8_t values[256]);

/* The table that a call looks up; NULL if it does not. */
const int8_t *table_of(const struct call *call);

/* op_def.bounds of a node that lowers to a table, or that is a view. */
bool unary_bounds(struct context *context, const struct node *node,
                  const struct value_range *const input[],
                  struct value_range *output);

/* Ranges of what a table gives for `count` ranges of int8 values. */
void table_bounds(const int8_t values[256], const struct value_range *input,
                  int32_t count, struct value_range *output);

#endif
