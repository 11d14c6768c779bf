/* Calls for cores with Helium (kernels/mf_mve.h), made from the portable calls
 * that operators lower to: the same numbers, laid out for the kernel. */
#ifndef OP_MVE_H
#define OP_MVE_H

#include <stdbool.h>
#include <stddef.h>

#include "mf_window.h"
#include "op/op.h"

/* Bytes of scratch of the Helium kernel for a portable one of this window. */
size_t mve_conv_2d_scratch(const mf_window *window);
size_t mve_depthwise_conv_2d_scratch(const mf_window *window);

/* Turns a call of mf_conv_2d_s8 (and so on) whose filter is constant into one
 * of the Helium kernel.  Leaves it as it is where that kernel does not apply:
 * groups, a factor of 1/2 or more, a filter with a zero point, dilated
 * depthwise windows.  False when memory is out. */
bool mve_conv_2d(struct lowering *lowering, struct call *call);
bool mve_depthwise_conv_2d(struct lowering *lowering, struct call *call);
bool mve_fully_connected(struct lowering *lowering, struct call *call);

/* The same of mf_add_s8, where both inputs have the output's shape. */
void mve_add(struct call *call);

#endif
