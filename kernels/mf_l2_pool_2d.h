/* L2_POOL_2D: the square root of the mean of the squares under the window,
 * padding neither added nor counted, clamped to the fused activation's bounds.
 */
#ifndef MF_L2_POOL_2D_H
#define MF_L2_POOL_2D_H

#include <math.h>

#include "mf_window.h"

typedef struct mf_l2_pool_2d {
    mf_window window;
    float activation_min, activation_max;
} mf_l2_pool_2d;

/* Row y of image b. */
MF_INLINE void mf_l2_pool_2d_row_f32(const mf_l2_pool_2d *p, const float *input,
                                     float *output, mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index image = b * mf_window_image(w);
    const mf_taps rows = mf_window_rows(w, y);
    mf_index out = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_taps columns = mf_window_columns(w, x);
        const int32_t taps = (int32_t)(rows.last - rows.first) *
                             (int32_t)(columns.last - columns.first);
        for (mf_index c = 0; c < w->input_channels; c++, out++) {
            float sum = 0;
            for (mf_index ky = rows.first; ky < rows.last; ky++) {
                const mf_index i =
                    image + c + mf_window_at(w, &rows, &columns, ky, 0);
                for (mf_index kx = columns.first; kx < columns.last; kx++) {
                    const float value = input[i + kx * w->input_channels];
                    sum += value * value;
                }
            }
            output[out] = mf_clamp_f32(sqrtf(sum / (float)taps),
                                       p->activation_min, p->activation_max);
        }
    }
}

MF_KERNEL void mf_l2_pool_2d_f32(const mf_l2_pool_2d *p, const float *input,
                                 float *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_l2_pool_2d_row_f32(p, input, output, b, y);
        }
    }
}

#endif
