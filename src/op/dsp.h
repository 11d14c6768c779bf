/* Calls for cores with the DSP extension (kernels/mf_dsp.h), made from the
 * portable calls that operators lower to: the same numbers, laid out for the
 * kernel. */
#ifndef OP_DSP_H
#define OP_DSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mf_window.h"
#include "op/op.h"

/* Bytes of scratch of the DSP kernel for a portable one of these sizes. */
size_t dsp_conv_2d_scratch(int64_t weights); /* a window's */
size_t dsp_depthwise_conv_2d_scratch(const mf_window *window);
size_t dsp_fully_connected_scratch(int64_t weights); /* an output's */

/* Turns a call of mf_conv_2d_s8 (and so on) whose filter is
 * constant into one of the DSP kernel.  Leaves it as it is where that kernel
 * does not apply: groups, accumulators of more than 30 bits, a factor of 1/2 or
 * more, a filter with a zero point.  False when memory is out. */
bool dsp_conv_2d(struct lowering *lowering, struct call *call);
bool dsp_depthwise_conv_2d(struct lowering *lowering, struct call *call);
bool dsp_fully_connected(struct lowering *lowering, struct call *call);

#endif
