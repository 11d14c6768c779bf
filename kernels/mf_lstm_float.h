/* UNIDIRECTIONAL_SEQUENCE_LSTM in float: shapes as those of mf_lstm.h, but one
 * bias a gate. */
#ifndef MF_LSTM_FLOAT_H
#define MF_LSTM_FLOAT_H

#include <math.h>

#include "mf_dot.h"

typedef struct mf_lstm_float {
    mf_index batches, steps, inputs, units;
    mf_index input_batch, input_step; /* strides, elements */
    mf_index output_batch, output_step;
    float cell_min, cell_max;
} mf_lstm_float;

MF_INLINE float mf_lstm_logistic(float x) {
    return 1.0f / (1.0f + expf(-x));
}

MF_INLINE void mf_lstm_step_f32(const mf_lstm_float *p, const float *input,
                                mf_index x0, const float *weights,
                                const float *bias, const float *hidden,
                                float *cell, mf_index s0, float *output,
                                mf_index y0) {
    for (mf_index u = 0; u < p->units; u++) {
        float gate[4];
        for (mf_index g = 0; g < 4; g++) {
            const mf_index row = u * 4 + g;
            const mf_index w = row * (p->inputs + p->units);
            const float a = mf_dot_f32(0, input, x0, weights, w, p->inputs) +
                            mf_load_f32(bias + row);
            const float b =
                mf_dot_f32(0, hidden, s0, weights, w + p->inputs, p->units);
            gate[g] = g == 2 ? tanhf(a + b) : mf_lstm_logistic(a + b);
        }
        const float kept = gate[0] * cell[s0 + u];
        const float added = gate[1] * gate[2];
        cell[s0 + u] = mf_clamp_f32(kept + added, p->cell_min, p->cell_max);
        output[y0 + u] = tanhf(cell[s0 + u]) * gate[3];
    }
}

MF_KERNEL void mf_lstm_f32(const mf_lstm_float *p, const float *input,
                           const float *weights, const float *bias,
                           float *hidden, float *cell, float *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index t = 0; t < p->steps; t++) {
            const mf_index y0 = b * p->output_batch + t * p->output_step;
            mf_lstm_step_f32(p, input, b * p->input_batch + t * p->input_step,
                             weights, bias, hidden, cell, b * p->units, output,
                             y0);
            for (mf_index u = 0; u < p->units; u++) {
                hidden[b * p->units + u] = output[y0 + u];
            }
        }
    }
}

#endif
