/* SOFTMAX along the last dimension: exp(beta * x) over the sum of exp(beta *
 * x) of the row.
 *
 * exp of a value's distance to the row's greatest comes from a
 * table that was made at compile time, in Q0.31; entries past its end are 0.
 * Sums are in Q12.19; they are divided by with three steps of Newton's method.
 * 16-bit data: exp and 1 / (1 + x) are interpolated in tables. */
#ifndef MF_SOFTMAX_H
#define MF_SOFTMAX_H

#include "mf_reciprocal.h"

typedef struct mf_softmax {
    mf_index rows, depth; /* depth is below 4096 */
    mf_index table_size;  /* 1 to 256 */
} mf_softmax;

/* What a row's exponentials are multiplied with: scale in Q0.31, to be shifted
 * right by 31 more than the result has bits, plus over_unit. */
typedef struct mf_softmax_row {
    int32_t scale;
    int over_unit;
} mf_softmax_row;

MF_INLINE int32_t mf_softmax_exp(const mf_softmax *p, const int32_t *table,
                                 uint8_t distance) {
    return distance < p->table_size ? mf_load_s32(table + distance) : 0;
}

MF_INLINE int mf_softmax_most_s8(const int8_t *input, mf_index first,
                                 mf_index depth) {
    int most = INT8_MIN;
    for (mf_index i = first; i < first + depth; i++) {
        if (most < input[i]) {
            most = input[i];
        }
    }
    return most;
}

/* The sum over a row, in Q12.19. */
MF_INLINE uint32_t mf_softmax_sum_s8(const mf_softmax *p, const int8_t *input,
                                     const int32_t *table, mf_index first,
                                     int most) {
    uint32_t sum = 0;
    //@ loop unroll 99999;
    for (mf_index k = 0; k < p->depth; k++) {
        const uint8_t distance = (uint8_t)(most - input[first + k]);
        sum += ((uint32_t)mf_softmax_exp(p, table, distance) + 2048) >> 12;
    }
    return sum;
}

/* The reciprocal of a sum. */
MF_INLINE mf_softmax_row mf_softmax_scale(uint32_t sum) {
    mf_softmax_row row;
    /* sum = (1 + x) * 2^(over_unit + 19), x in [0, 1). */
    row.over_unit = 12;
    //@ loop unroll 12;
    do {
        sum *= 2;
        row.over_unit--;
    } while (sum < (uint32_t)1 << 31 && row.over_unit > 0);
    row.scale = mf_reciprocal((int32_t)(sum & INT32_MAX));
    return row;
}

MF_INLINE int32_t mf_softmax_result(const mf_softmax_row *row, int32_t exp,
                                    int bits) {
    const int shift = row->over_unit + 31 - bits;
    return shift > 31
               ? 0
               : mf_round_shift(mf_multiply_high(row->scale, exp), shift);
}

/* May run in place. */
MF_KERNEL void mf_softmax_s8(const mf_softmax *p, const int8_t *input,
                             const int32_t *table, int8_t *output) {
    for (mf_index i = 0; i < p->rows * p->depth; i += p->depth) {
        const int most = mf_softmax_most_s8(input, i, p->depth);
        const mf_softmax_row row =
            mf_softmax_scale(mf_softmax_sum_s8(p, input, table, i, most));
        for (mf_index k = i; k < i + p->depth; k++) {
            const int32_t exp =
                mf_softmax_exp(p, table, (uint8_t)(most - input[k]));
            output[k] = (int8_t)mf_clamp(
                mf_softmax_result(&row, exp, 8) + INT8_MIN, INT8_MIN, INT8_MAX);
        }
    }
}

/* Rows of two: their results follow from the difference of the two values, past
 * `reach` no more.  table: 2 * reach + 1 results, of differences from -reach
 * on. */
typedef struct mf_softmax_pair {
    mf_index rows;
    mf_index reach; /* 0 to 255 */
} mf_softmax_pair;

/* May run in place. */
MF_KERNEL void mf_softmax_pair_s8(const mf_softmax_pair *p, const int8_t *input,
                                  const int8_t *table, int8_t *output) {
    for (mf_index i = 0; i < 2 * p->rows; i += 2) {
        const mf_index difference = (mf_index)input[i] - input[i + 1];
        const mf_index reached = difference < -p->reach  ? -p->reach
                                 : difference > p->reach ? p->reach
                                                         : difference;
        output[i] = mf_load_s8(table + p->reach + reached);
        output[i + 1] = mf_load_s8(table + p->reach - reached);
    }
}

MF_KERNEL void mf_softmax_s8_s16(const mf_softmax *p, const int8_t *input,
                                 const int32_t *table, int16_t *output) {
    for (mf_index i = 0; i < p->rows * p->depth; i += p->depth) {
        const int most = mf_softmax_most_s8(input, i, p->depth);
        const mf_softmax_row row =
            mf_softmax_scale(mf_softmax_sum_s8(p, input, table, i, most));
        for (mf_index k = i; k < i + p->depth; k++) {
            const int32_t exp =
                mf_softmax_exp(p, table, (uint8_t)(most - input[k]));
            output[k] =
                (int16_t)mf_clamp(mf_softmax_result(&row, exp, 16) + INT16_MIN,
                                  INT16_MIN, INT16_MAX);
        }
    }
}

#endif
