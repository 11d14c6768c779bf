/* CONV_3D: output[b][z][y][x][o] = activation(bias[o] + the sum over taps
 * (kz, ky, kx) inside the input and channels c of
 * input[b][iz][iy][ix][c] * filter[kz][ky][kx][c][o]).
 *
 * Axes 0, 1 and 2 are planes, rows and columns. */
#ifndef MF_CONV_3D_H
#define MF_CONV_3D_H

#include "mf_window.h"

typedef struct mf_conv_3d {
    mf_index batches;
    mf_index input[3], input_channels;
    mf_index output[3], output_channels;
    mf_index filter[3], stride[3], dilation[3];
    mf_index pad[3]; /* before the first tap of the first window */
    float activation_min, activation_max;
} mf_conv_3d;

/* The taps along an axis that output position i has inside the input. */
MF_INLINE mf_taps mf_conv_3d_taps(const mf_conv_3d *p, int axis, mf_index i) {
    return mf_taps_inside(i * p->stride[axis] - p->pad[axis], p->dilation[axis],
                          p->filter[axis], p->input[axis]);
}

/* The products of output channel o under the window whose taps are these. */
MF_INLINE float mf_conv_3d_sum(const mf_conv_3d *p, const float *input,
                               const float *filter, mf_index b, mf_taps planes,
                               mf_taps rows, mf_taps columns, mf_index o) {
    float sum = 0;
    for (mf_index kz = planes.first; kz < planes.last; kz++) {
        const mf_index z = b * p->input[0] + planes.start + kz * p->dilation[0];
        for (mf_index ky = rows.first; ky < rows.last; ky++) {
            const mf_index y =
                z * p->input[1] + rows.start + ky * p->dilation[1];
            for (mf_index kx = columns.first; kx < columns.last; kx++) {
                const mf_index x =
                    y * p->input[2] + columns.start + kx * p->dilation[2];
                const mf_index tap =
                    (kz * p->filter[1] + ky) * p->filter[2] + kx;
                for (mf_index c = 0; c < p->input_channels; c++) {
                    const mf_index w =
                        (tap * p->input_channels + c) * p->output_channels + o;
                    sum += input[x * p->input_channels + c] *
                           mf_load_f32(filter + w);
                }
            }
        }
    }
    return sum;
}

/* bias may be NULL. */
MF_KERNEL void mf_conv_3d_f32(const mf_conv_3d *p, const float *input,
                              const float *filter, const float *bias,
                              float *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index z = 0; z < p->output[0]; z++) {
            const mf_taps planes = mf_conv_3d_taps(p, 0, z);
            for (mf_index y = 0; y < p->output[1]; y++) {
                const mf_taps rows = mf_conv_3d_taps(p, 1, y);
                for (mf_index x = 0; x < p->output[2]; x++) {
                    const mf_taps columns = mf_conv_3d_taps(p, 2, x);
                    const mf_index out =
                        (((b * p->output[0] + z) * p->output[1] + y) *
                             p->output[2] +
                         x) *
                        p->output_channels;
                    for (mf_index o = 0; o < p->output_channels; o++) {
                        float sum = mf_conv_3d_sum(p, input, filter, b, planes,
                                                   rows, columns, o);
                        sum += bias ? mf_load_f32(bias + o) : 0;
                        output[out + o] = mf_clamp_f32(sum, p->activation_min,
                                                       p->activation_max);
                    }
                }
            }
        }
    }
}

#endif
