/* What a custom operator's own function is told of its tensors:
 *
 *     void NAME(const mf_custom *p, const uint8_t *options, inputs, outputs);
 *
 * Inputs are pointers to const elements, outputs pointers to elements, in the
 * model's order, each of its tensor's type (int8_t, int16_t, int32_t, int64_t,
 * uint8_t, float; bool as uint8_t); an input that is left out is NULL.
 * `options` is the operator's custom options, NULL if it has none. */
#ifndef MF_CUSTOM_H
#define MF_CUSTOM_H

#include "mf_core.h"

/* Inputs, then outputs; what is unused is 0. */
typedef struct mf_custom {
    mf_index options_size; /* bytes */
    mf_index count[6];     /* elements */
    mf_index depth[6];     /* of the last dimension; 1 for a scalar */
    /* real = scale * (stored - zero_point); 0 if the tensor is not quantised
     * per tensor. */
    float scale[6];
    int32_t zero_point[6];
} mf_custom;

#endif
