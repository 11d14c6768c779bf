/* Any function of one int8 value: output[i] = table[input[i] + 128].
 *
 * LOGISTIC, TANH, RELU, HARD_SWISH, ... on int8, and operators of two inputs
 * one of which is a single constant.  May run in place. */
#ifndef MF_TABLE_H
#define MF_TABLE_H

#include "mf_core.h"

typedef struct mf_table {
    mf_index size; /* elements */
} mf_table;

MF_KERNEL void mf_table_s8(const mf_table *p, const int8_t *input,
                           const int8_t *table, int8_t *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] = mf_load_s8(table + (input[i] + 128));
    }
}

#endif
