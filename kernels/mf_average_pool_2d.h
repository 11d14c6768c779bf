/* AVERAGE_POOL_2D: the mean of the values under the window, padding neither
 * added nor counted, half away from zero, clamped to the fused activation's
 * bounds. */
#ifndef MF_AVERAGE_POOL_2D_H
#define MF_AVERAGE_POOL_2D_H

#include "mf_window.h"

typedef struct mf_average_pool_2d {
    mf_window window;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_average_pool_2d;

typedef struct mf_average_pool_2d_float {
    mf_window window;
    float activation_min, activation_max;
} mf_average_pool_2d_float;

/* sum / taps, half away from zero or, where `up` says so, up; clamped. */
MF_INLINE int8_t mf_average_pool_2d_value_s8(const mf_average_pool_2d *p,
                                             int32_t sum, int32_t taps,
                                             int up) {
    const int32_t mean =
        up ? (sum + 128 * taps + taps / 2) / taps - 128
           : (sum > 0 ? sum + taps / 2 : sum - taps / 2) / taps;
    return (int8_t)mf_clamp(mean, p->activation_min, p->activation_max);
}

/* Row y of image b. */
MF_INLINE void mf_average_pool_2d_row_s8(const mf_average_pool_2d *p,
                                         const int8_t *input, int8_t *output,
                                         mf_index b, mf_index y, int up) {
    const mf_window *w = &p->window;
    const mf_index image = b * mf_window_image(w);
    const mf_taps rows = mf_window_rows(w, y);
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->input_channels;
        const mf_taps columns = mf_window_columns(w, x);
        const int32_t taps = (int32_t)(rows.last - rows.first) *
                             (int32_t)(columns.last - columns.first);
        mf_index c = 0;
        /* Four channels at a time share the walk through the window. */
        for (; c + 3 < w->input_channels; c += 4) {
            int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            //@ loop unroll 99999;
            for (mf_index ky = rows.first; ky < rows.last; ky++) {
                const mf_index i =
                    image + c + mf_window_at(w, &rows, &columns, ky, 0);
                //@ loop unroll 99999;
                for (mf_index kx = columns.first; kx < columns.last; kx++) {
                    const mf_index at = i + kx * w->input_channels;
                    s0 += input[at];
                    s1 += input[at + 1];
                    s2 += input[at + 2];
                    s3 += input[at + 3];
                }
            }
            output[out + c] = mf_average_pool_2d_value_s8(p, s0, taps, up);
            output[out + c + 1] = mf_average_pool_2d_value_s8(p, s1, taps, up);
            output[out + c + 2] = mf_average_pool_2d_value_s8(p, s2, taps, up);
            output[out + c + 3] = mf_average_pool_2d_value_s8(p, s3, taps, up);
        }
        for (; c < w->input_channels; c++) {
            int32_t sum = 0;
            //@ loop unroll 99999;
            for (mf_index ky = rows.first; ky < rows.last; ky++) {
                const mf_index i =
                    image + c + mf_window_at(w, &rows, &columns, ky, 0);
                //@ loop unroll 99999;
                for (mf_index kx = columns.first; kx < columns.last; kx++) {
                    sum += input[i + kx * w->input_channels];
                }
            }
            output[out + c] = mf_average_pool_2d_value_s8(p, sum, taps, up);
        }
    }
}

MF_KERNEL void mf_average_pool_2d_s8(const mf_average_pool_2d *p,
                                     const int8_t *input, int8_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_average_pool_2d_row_s8(p, input, output, b, y, 0);
        }
    }
}

/* Halves are rounded up. */
MF_KERNEL void mf_average_pool_2d_s8_up(const mf_average_pool_2d *p,
                                        const int8_t *input, int8_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_average_pool_2d_row_s8(p, input, output, b, y, 1);
        }
    }
}

/* Row y of image b. */
MF_INLINE void mf_average_pool_2d_row_s16(const mf_average_pool_2d *p,
                                          const int16_t *input, int16_t *output,
                                          mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index image = b * mf_window_image(w);
    const mf_taps rows = mf_window_rows(w, y);
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->input_channels;
        const mf_taps columns = mf_window_columns(w, x);
        const int32_t taps = (int32_t)(rows.last - rows.first) *
                             (int32_t)(columns.last - columns.first);
        for (mf_index c = 0; c < w->input_channels; c++) {
            int32_t sum = 0;
            //@ loop unroll 99999;
            for (mf_index ky = rows.first; ky < rows.last; ky++) {
                const mf_index i =
                    image + c + mf_window_at(w, &rows, &columns, ky, 0);
                //@ loop unroll 99999;
                for (mf_index kx = columns.first; kx < columns.last; kx++) {
                    sum += input[i + kx * w->input_channels];
                }
            }
            output[out + c] = (int16_t)mf_clamp(
                (sum > 0 ? sum + taps / 2 : sum - taps / 2) / taps,
                p->activation_min, p->activation_max);
        }
    }
}

MF_KERNEL void mf_average_pool_2d_s16(const mf_average_pool_2d *p,
                                      const int16_t *input, int16_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_average_pool_2d_row_s16(p, input, output, b, y);
        }
    }
}

/* Row y of image b. */
MF_INLINE void mf_average_pool_2d_row_f32(const mf_average_pool_2d_float *p,
                                          const float *input, float *output,
                                          mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index image = b * mf_window_image(w);
    const mf_taps rows = mf_window_rows(w, y);
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->input_channels;
        const mf_taps columns = mf_window_columns(w, x);
        const int32_t taps = (int32_t)(rows.last - rows.first) *
                             (int32_t)(columns.last - columns.first);
        for (mf_index c = 0; c < w->input_channels; c++) {
            float sum = 0;
            //@ loop unroll 99999;
            for (mf_index ky = rows.first; ky < rows.last; ky++) {
                const mf_index i =
                    image + c + mf_window_at(w, &rows, &columns, ky, 0);
                //@ loop unroll 99999;
                for (mf_index kx = columns.first; kx < columns.last; kx++) {
                    sum += input[i + kx * w->input_channels];
                }
            }
            output[out + c] = mf_clamp_f32(sum / (float)taps, p->activation_min,
                                           p->activation_max);
        }
    }
}

MF_KERNEL void mf_average_pool_2d_f32(const mf_average_pool_2d_float *p,
                                      const float *input, float *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_average_pool_2d_row_f32(p, input, output, b, y);
        }
    }
}

#endif
