/* Calls for 32-bit cores without SIMD (kernels/mf_blocked.h), made from the
 * portable calls that operators lower to: the same numbers, laid out for the
 * kernel. */
#ifndef OP_BLOCKED_H
#define OP_BLOCKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mf_window.h"
#include "op/op.h"

/* Whether a target takes these kernels. */
bool blocked_applies(const struct target *target);

/* Bytes of scratch of the blocked kernel for a portable one of these sizes; a
 * matrix product needs none. */
size_t blocked_conv_2d_scratch(int64_t weights); /* a window's */
size_t blocked_depthwise_conv_2d_scratch(const mf_window *window);

/* Turns a call of mf_conv_2d_s8 (and so on) whose filter is constant into one
 * of the blocked kernel.  Leaves it as it is where that kernel does not apply:
 * groups, accumulators of more than 30 bits, a factor of 1/2 or more, a filter
 * with a zero point, two neighbouring weights of -128, depthwise filters with a
 * multiplier over 1 (but for one input channel) or dilation.  False when memory
 * is out. */
bool blocked_conv_2d(struct lowering *lowering, struct call *call);
bool blocked_depthwise_conv_2d(struct lowering *lowering, struct call *call);
bool blocked_fully_connected(struct lowering *lowering, struct call *call);

#endif
