/* What SOFTMAX and LOG_SOFTMAX of int8 share: exponentials of the distance to
 * a row's greatest value, in the reference's fixed point. */
#ifndef OP_SOFTMAX_H
#define OP_SOFTMAX_H

#include <stddef.h>
#include <stdint.h>

#include "op/quantize.h"

/* Distances are taken in Q5.26. */
enum { SOFTMAX_DIFFERENCE_BITS = 5, SOFTMAX_TABLE_SIZE = 256 };

/* Difference of two inputs -> beta * difference in Q5.26; to be over 1. */
double softmax_factor_s8(float beta, float input_scale);

/* The greatest distance that the reference does not cut off. */
double softmax_radius_s8(struct fixed_point factor);

/* exp of the differences 0, -1, ... up to the radius; the last is not 0.
 * Returns how many. */
size_t softmax_exp_table(struct fixed_point factor,
                         int32_t table[SOFTMAX_TABLE_SIZE]);

#endif
