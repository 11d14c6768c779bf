/* What LOGISTIC and TANH share, and the cells of recurrent layers use. */
#ifndef OP_SIGMOID_H
#define OP_SIGMOID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "ir/field.h"
#include "ir/graph.h"
#include "op/op.h"

/* The 256 entries that kernels/mf_sigmoid.h interpolates in, in the context's
 * arena. */
const int16_t *sigmoid_table(struct context *context);

/* One of the two functions. */
struct sigmoid {
    /* The only quantisation of an int8 output. */
    int32_t steps; /* one over the scale */
    int32_t zero_point;
    /* Of an argument in Q4.27, in Q0.31 (op/gemmlowp.h). */
    int32_t (*function)(int32_t argument, int integer_bits);
    /* int16 inputs whose scale is 2^-12 times a power of two from 1 to this
     * one are brought to the table's units without a shift. */
    int max_exact_shift;
    const struct kernel *kernel_s16, *kernel_f32;
};

/* Parameter fields of the kernels: mf_sigmoid, mf_sigmoid_float. */
extern const struct field sigmoid_fields_s16[];
extern const struct field sigmoid_fields_f32[];

/* For int8, int16 and float32. */
bool sigmoid_infer(struct context *context, const struct node *node,
                   const struct sigmoid *sigmoid);
bool sigmoid_lower(struct lowering *lowering, const struct sigmoid *sigmoid);

#endif
