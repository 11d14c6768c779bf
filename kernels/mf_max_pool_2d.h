/* MAX_POOL_2D: the greatest value under the window, padding left out, clamped
 * to the fused activation's bounds. */
#ifndef MF_MAX_POOL_2D_H
#define MF_MAX_POOL_2D_H

#include <float.h>

#include "mf_window.h"

typedef struct mf_max_pool_2d {
    mf_window window;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_max_pool_2d;

typedef struct mf_max_pool_2d_float {
    mf_window window;
    float activation_min, activation_max;
} mf_max_pool_2d_float;

/* Row y of image b. */
MF_INLINE void mf_max_pool_2d_row_s8(const mf_max_pool_2d *p,
                                     const int8_t *input, int8_t *output,
                                     mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index image = b * mf_window_image(w);
    const mf_taps rows = mf_window_rows(w, y);
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->input_channels;
        const mf_taps columns = mf_window_columns(w, x);
        for (mf_index c = 0; c < w->input_channels; c++) {
            int8_t most = INT8_MIN;
            //@ loop unroll 99999;
            for (mf_index ky = rows.first; ky < rows.last; ky++) {
                const mf_index i =
                    image + c + mf_window_at(w, &rows, &columns, ky, 0);
                //@ loop unroll 99999;
                for (mf_index kx = columns.first; kx < columns.last; kx++) {
                    const int8_t value = input[i + kx * w->input_channels];
                    if (most < value) {
                        most = value;
                    }
                }
            }
            output[out + c] =
                (int8_t)mf_clamp(most, p->activation_min, p->activation_max);
        }
    }
}

MF_KERNEL void mf_max_pool_2d_s8(const mf_max_pool_2d *p, const int8_t *input,
                                 int8_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_max_pool_2d_row_s8(p, input, output, b, y);
        }
    }
}

/* Row y of image b. */
MF_INLINE void mf_max_pool_2d_row_s16(const mf_max_pool_2d *p,
                                      const int16_t *input, int16_t *output,
                                      mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index image = b * mf_window_image(w);
    const mf_taps rows = mf_window_rows(w, y);
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->input_channels;
        const mf_taps columns = mf_window_columns(w, x);
        for (mf_index c = 0; c < w->input_channels; c++) {
            int16_t most = INT16_MIN;
            //@ loop unroll 99999;
            for (mf_index ky = rows.first; ky < rows.last; ky++) {
                const mf_index i =
                    image + c + mf_window_at(w, &rows, &columns, ky, 0);
                //@ loop unroll 99999;
                for (mf_index kx = columns.first; kx < columns.last; kx++) {
                    const int16_t value = input[i + kx * w->input_channels];
                    if (most < value) {
                        most = value;
                    }
                }
            }
            output[out + c] =
                (int16_t)mf_clamp(most, p->activation_min, p->activation_max);
        }
    }
}

MF_KERNEL void mf_max_pool_2d_s16(const mf_max_pool_2d *p, const int16_t *input,
                                  int16_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_max_pool_2d_row_s16(p, input, output, b, y);
        }
    }
}

/* Row y of image b. */
MF_INLINE void mf_max_pool_2d_row_f32(const mf_max_pool_2d_float *p,
                                      const float *input, float *output,
                                      mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index image = b * mf_window_image(w);
    const mf_taps rows = mf_window_rows(w, y);
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->input_channels;
        const mf_taps columns = mf_window_columns(w, x);
        for (mf_index c = 0; c < w->input_channels; c++) {
            float most = -FLT_MAX;
            //@ loop unroll 99999;
            for (mf_index ky = rows.first; ky < rows.last; ky++) {
                const mf_index i =
                    image + c + mf_window_at(w, &rows, &columns, ky, 0);
                //@ loop unroll 99999;
                for (mf_index kx = columns.first; kx < columns.last; kx++) {
                    const float value = input[i + kx * w->input_channels];
                    if (most < value) {
                        most = value;
                    }
                }
            }
            output[out + c] =
                mf_clamp_f32(most, p->activation_min, p->activation_max);
        }
    }
}

MF_KERNEL void mf_max_pool_2d_f32(const mf_max_pool_2d_float *p,
                                  const float *input, float *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_max_pool_2d_row_f32(p, input, output, b, y);
        }
    }
}

#endif
