/* UNIDIRECTIONAL_SEQUENCE_LSTM of 8- and 16-bit data with weights of 8 bits and
 * a cell state of 16 bits.
 *
 * Each unit has four gates: forget, input, cell, output.  A gate adds the
 * products of the input and those of the hidden state, each of them brought to
 * Q3.12 and 16 bits first; the logistic function or, for the cell gate, tanh
 * makes Q0.15 of that.
 *
 * Shapes: input batches x steps x inputs and output batches x steps x units, or
 * steps before batches, as the strides say; hidden and cell batches x units.
 * Weights are units x gates x (inputs + units), biases units x gates x 2 (of
 * the input's and of the hidden state's products, zero points folded in).
 * Results stand in the output first, since every unit sees the hidden state of
 * the step before. */
#ifndef MF_LSTM_H
#define MF_LSTM_H

#include "mf_dot.h"
#include "mf_sigmoid.h"

typedef struct mf_lstm {
    mf_index batches, steps, inputs, units;
    mf_index input_batch, input_step; /* strides, elements */
    mf_index output_batch, output_step;
    /* A gate's input and hidden products: gates x 2. */
    int32_t multiplier[8], shift[8];
    int32_t forget_multiplier, forget_shift; /* forget gate x cell state */
    int32_t input_multiplier, input_shift;   /* input gate x cell gate */
    int32_t hidden_multiplier, hidden_shift; /* output gate x tanh(cell) */
    int32_t hidden_zero_point;
    int32_t cell_min, cell_max;
    int32_t tanh_multiplier, tanh_shift; /* cell state as tanh's argument */
} mf_lstm;

MF_INLINE int16_t mf_lstm_saturate(int32_t x) {
    return (int16_t)mf_clamp(x, INT16_MIN, INT16_MAX);
}

/* The gate's value in Q0.15 from its two products in Q3.12. */
MF_INLINE int16_t mf_lstm_gate(const int16_t *table, mf_index gate,
                               int32_t input, int32_t hidden) {
    const int32_t sum = mf_lstm_saturate((int32_t)mf_lstm_saturate(input) +
                                         mf_lstm_saturate(hidden));
    return gate == 2 ? mf_tanh_value_s16(table, sum * 3)
                     : mf_logistic_value_s16(table, sum * 3);
}

/* Updates the cell state; returns the new hidden state, to be clamped. */
MF_INLINE int32_t mf_lstm_unit(const mf_lstm *p, const int16_t *table,
                               const int16_t gate[4], int16_t *cell) {
    const int32_t kept = mf_lstm_saturate(mf_scale(
        (int32_t)gate[0] * *cell, p->forget_multiplier, (int)p->forget_shift));
    const int32_t added = mf_lstm_saturate(mf_scale(
        (int32_t)gate[1] * gate[2], p->input_multiplier, (int)p->input_shift));
    const int32_t sum = mf_clamp(kept + added, p->cell_min, p->cell_max);
    const int32_t half =
        p->tanh_shift > 0 ? (int32_t)1 << (p->tanh_shift - 1) : 0;
    *cell = (int16_t)sum;
    const int16_t shown = mf_tanh_value_s16(
        table, mf_shift_right_s32(sum * p->tanh_multiplier + half,
                                  (int)p->tanh_shift));
    return mf_scale((int32_t)shown * gate[3], p->hidden_multiplier,
                    (int)p->hidden_shift) +
           p->hidden_zero_point;
}

/* One step of one batch for every unit. */
MF_INLINE void mf_lstm_step_s8(const mf_lstm *p, const int8_t *input,
                               mf_index x0, const int8_t *weights,
                               const int32_t *bias, const int16_t *table,
                               const int8_t *hidden, int16_t *cell, mf_index s0,
                               int8_t *output, mf_index y0) {
    for (mf_index u = 0; u < p->units; u++) {
        int16_t gate[4];
        //@ loop unroll 4;
        for (mf_index g = 0; g < 4; g++) {
            const mf_index row = u * 4 + g;
            const mf_index w = row * (p->inputs + p->units);
            const int32_t a = mf_dot_s8(mf_load_s32(bias + row * 2), input, x0,
                                        weights, w, p->inputs);
            const int32_t b =
                mf_dot_s8(mf_load_s32(bias + (row * 2 + 1)), hidden, s0,
                          weights, w + p->inputs, p->units);
            gate[g] = mf_lstm_gate(
                table, g,
                mf_scale(a, p->multiplier[g * 2], (int)p->shift[g * 2]),
                mf_scale(b, p->multiplier[g * 2 + 1],
                         (int)p->shift[g * 2 + 1]));
        }
        output[y0 + u] = (int8_t)mf_clamp(
            mf_lstm_unit(p, table, gate, cell + (s0 + u)), -128, 127);
    }
}

MF_KERNEL void mf_lstm_s8(const mf_lstm *p, const int8_t *input,
                          const int8_t *weights, const int32_t *bias,
                          const int16_t *table, int8_t *hidden, int16_t *cell,
                          int8_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index t = 0; t < p->steps; t++) {
            const mf_index y0 = b * p->output_batch + t * p->output_step;
            mf_lstm_step_s8(p, input, b * p->input_batch + t * p->input_step,
                            weights, bias, table, hidden, cell, b * p->units,
                            output, y0);
            for (mf_index u = 0; u < p->units; u++) {
                hidden[b * p->units + u] = output[y0 + u];
            }
        }
    }
}

/* The same for 16-bit data, with accumulators of 64 bits. */
MF_INLINE void mf_lstm_step_s16(const mf_lstm *p, const int16_t *input,
                                mf_index x0, const int8_t *weights,
                                const int64_t *bias, const int16_t *table,
                                const int16_t *hidden, int16_t *cell,
                                mf_index s0, int16_t *output, mf_index y0) {
    for (mf_index u = 0; u < p->units; u++) {
        int16_t gate[4];
        //@ loop unroll 4;
        for (mf_index g = 0; g < 4; g++) {
            const mf_index row = u * 4 + g;
            const mf_index w = row * (p->inputs + p->units);
            const int64_t a = mf_dot_s16_b64(mf_load_s64(bias + row * 2), input,
                                             x0, weights, w, p->inputs);
            const int64_t b =
                mf_dot_s16_b64(mf_load_s64(bias + (row * 2 + 1)), hidden, s0,
                               weights, w + p->inputs, p->units);
            gate[g] = mf_lstm_gate(
                table, g,
                mf_scale_s64(a, (int16_t)p->multiplier[g * 2],
                             (int)p->shift[g * 2], INT16_MIN, INT16_MAX),
                mf_scale_s64(b, (int16_t)p->multiplier[g * 2 + 1],
                             (int)p->shift[g * 2 + 1], INT16_MIN, INT16_MAX));
        }
        output[y0 + u] =
            mf_lstm_saturate(mf_lstm_unit(p, table, gate, cell + (s0 + u)));
    }
}

MF_KERNEL void mf_lstm_s16(const mf_lstm *p, const int16_t *input,
                           const int8_t *weights, const int64_t *bias,
                           const int16_t *table, int16_t *hidden, int16_t *cell,
                           int16_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index t = 0; t < p->steps; t++) {
            const mf_index y0 = b * p->output_batch + t * p->output_step;
            mf_lstm_step_s16(p, input, b * p->input_batch + t * p->input_step,
                             weights, bias, table, hidden, cell, b * p->units,
                             output, y0);
            for (mf_index u = 0; u < p->units; u++) {
                hidden[b * p->units + u] = output[y0 + u];
            }
        }
    }
}

#endif
