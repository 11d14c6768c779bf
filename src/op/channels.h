/* What convolutions and matrix products share: output channels, each with its
 * weights, a bias and a scale.
 *
 * Inputs 0, 1 and 2 of such a node are the data, the filter and an optional
 * bias. */
#ifndef OP_CHANNELS_H
#define OP_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "op/op.h"
#include "op/quantize.h"

/* Weight i of channel c is data[c * channel_step + i * step]. */
struct channel_weights {
    const int8_t *data; /* NULL if computed at run time */
    int32_t zero_point;
    int32_t channels;
    int64_t count; /* weights a channel */
    int64_t channel_step, step;
};

/* Holds data, filter, bias and output to the types that go together: all
 * FLOAT32, but that a constant filter may be of INT8 (hybrid); INT8 with a bias
 * of INT32; INT16 with a filter of INT8 and a bias of one of `s16_bias`
 * (TYPE_BITs).  The bias is constant. */
bool channels_types(struct context *context, const struct node *node,
                    uint32_t s16_bias);

/* The bias, if there is one, has a value for each channel. */
bool channels_bias_shape(struct context *context, const struct node *node,
                         int32_t channels);

/* Input and output are quantised per tensor, with zero points of 0 if they
 * are INT16.  True for floats. */
bool channels_quantization(struct context *context, const struct node *node);

/* Each appends the operands bias, multiplier and shift of a kernel to a call,
 * having held that no accumulator can overflow. */

/* INT8 data, bias of INT32: the input's zero point is folded into the bias, as
 * if every weight met it, if the weights are constant. */
bool channels_operands_s8(struct lowering *lowering, struct call *call,
                          const struct channel_weights *weights,
                          const struct channel_scaling *scaling);
/* INT16 data, accumulators of 32 bits, bias of INT32. */
bool channels_operands_s16(struct lowering *lowering, struct call *call,
                           const struct channel_weights *weights,
                           const struct channel_scaling *scaling);
/* INT16 data, accumulators of 64 bits, bias of INT64, multiplier of INT16. */
bool channels_operands_s16_b64(struct lowering *lowering, struct call *call,
                               const struct channel_weights *weights,
                               const struct channel_scaling *scaling);

/* Appends the operand bias of a float kernel: NULL if there is none. */
void channels_bias_f32(struct lowering *lowering, struct call *call);

/* Float kernels, by what their filters are stored in. */
struct float_kernels {
    const struct kernel *f32, *s8, *s4;
};

/* The call of the one that the filter, input 1, is for, with the operands
 * input, filter, the scales of a small one, bias and output; its parameters are
 * left to the caller.  NULL when memory is out. */
struct call *channels_call_f32(struct lowering *lowering,
                               const struct float_kernels *kernels);

/* Whether the filter is one of four bits that INT8 data meets, and so to be
 * packed. */
bool channels_are_s4(const struct node *node);
/* Whether it is one of eight bits without a zero point that INT8 data meets. */
bool channels_are_s8(const struct node *node);
/* For `infer`: the filter is quantised as op_per_channel() says; one that was
 * UINT8 per tensor, with any zero point. */
bool channels_filter_quantization(struct context *context,
                                  const struct node *node, int axis,
                                  int32_t channels);
/* Appends the operand filter, input 1. */
bool channels_filter(struct lowering *lowering, struct call *call);

#endif
