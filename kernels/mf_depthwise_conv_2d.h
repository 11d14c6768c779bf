/* DEPTHWISE_CONV_2D: output[b][y][x][o] = activation(scale(bias[o] + the sum
 * over taps (ky, kx) inside the input of
 * (input[b][iy][ix][o / depth_multiplier] - input_zero_point) *
 * filter[ky][kx][o])).
 *
 * Shapes: filter filter_height x filter_width x output_channels, bias
 * output_channels, multiplier and shift output_channels if per_channel, else
 * 1; output_channels = input_channels * depth_multiplier. */
#ifndef MF_DEPTHWISE_CONV_2D_H
#define MF_DEPTHWISE_CONV_2D_H

#include "mf_dot.h"
#include "mf_window.h"

typedef struct mf_depthwise_conv_2d {
    mf_window window;
    mf_index depth_multiplier;
    mf_index per_channel;      /* 1: a multiplier and a shift for each output */
    int32_t input_zero_point;  /* what padding holds; 0 if there is none */
    int32_t filter_zero_point; /* of mf_depthwise_conv_2d_s8_zero() */
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_depthwise_conv_2d;

typedef struct mf_depthwise_conv_2d_float {
    mf_window window;
    mf_index depth_multiplier;
    mf_index per_channel; /* 1: small weights have a scale for each output */
    float activation_min, activation_max;
} mf_depthwise_conv_2d_float;

/* What the outputs at one position read: from `input` on, taps step_y and
 * step_x apart, where `filter` is the first of them that is inside. */
typedef struct mf_depthwise_patch {
    mf_taps rows, columns;
    mf_index height, width; /* taps inside */
    mf_index input, input_y, input_x;
    mf_index filter, filter_y, filter_x;
} mf_depthwise_patch;

MF_INLINE mf_depthwise_patch mf_depthwise_patch_at(const mf_window *w,
                                                   mf_index b, mf_index y,
                                                   mf_index x) {
    mf_depthwise_patch patch;
    patch.rows = mf_window_rows(w, y);
    patch.columns = mf_window_columns(w, x);
    patch.height = patch.rows.last - patch.rows.first;
    patch.width = patch.columns.last - patch.columns.first;
    patch.input = b * mf_window_image(w) +
                  mf_window_at(w, &patch.rows, &patch.columns, patch.rows.first,
                               patch.columns.first);
    patch.input_x = w->dilation_x * w->input_channels;
    patch.input_y = w->dilation_y * w->input_width * w->input_channels;
    patch.filter_x = w->output_channels;
    patch.filter_y = w->filter_width * w->output_channels;
    patch.filter = patch.rows.first * patch.filter_y +
                   patch.columns.first * patch.filter_x;
    return patch;
}

/* Adds the taps inside the input of output channel o, input channel c; weights
 * have so many bits.  A product of an int8_t and a difference of two fits
 * int16_t. */
MF_INLINE int32_t mf_depthwise_sum_s8(int32_t sum,
                                      const mf_depthwise_patch *patch,
                                      const int8_t *input, const int8_t *filter,
                                      mf_index c, mf_index o, int bits,
                                      int zero_point) {
    //@ loop unroll 99999;
    for (mf_index ky = 0; ky < patch->height; ky++) {
        const mf_index i = patch->input + ky * patch->input_y + c;
        const mf_index f = patch->filter + ky * patch->filter_y + o;
        //@ loop unroll 99999;
        for (mf_index kx = 0; kx < patch->width; kx++) {
            const mf_index at = f + kx * patch->filter_x;
            const int8_t weight = (int8_t)mf_load_weight(filter, at, bits);
            sum += input[i + kx * patch->input_x] * (weight - zero_point);
        }
    }
    return sum;
}

/* The sum of the weights of output channel o in taps first <= k < last, which
 * are filter_x apart. */
MF_INLINE int32_t mf_depthwise_weights(const mf_depthwise_patch *patch,
                                       const int8_t *filter, mf_index o,
                                       mf_index first, mf_index last, int bits,
                                       int zero_point) {
    int32_t sum = 0;
    //@ loop unroll 99999;
    for (mf_index k = first; k < last; k++) {
        sum +=
            mf_load_weight(filter, k * patch->filter_x + o, bits) - zero_point;
    }
    return sum;
}

/* The sum of the weights whose taps fall on padding.  The bias counts on the
 * input's zero point under every weight, so that windows inside the input
 * need no correction. */
MF_INLINE int32_t mf_depthwise_padded(const mf_window *w,
                                      const mf_depthwise_patch *patch,
                                      const int8_t *filter, mf_index o,
                                      int bits, int zero_point) {
    const mf_index width = w->filter_width;
    const mf_index top = patch->rows.first * width;
    const mf_index bottom = patch->rows.last * width;
    int32_t sum =
        mf_depthwise_weights(patch, filter, o, 0, top, bits, zero_point);
    //@ loop unroll 99999;
    for (mf_index k = top; k < bottom; k += width) {
        sum +=
            mf_depthwise_weights(patch, filter, o, k, k + patch->columns.first,
                                 bits, zero_point) +
            mf_depthwise_weights(patch, filter, o, k + patch->columns.last,
                                 k + width, bits, zero_point);
    }
    return sum + mf_depthwise_weights(patch, filter, o, bottom,
                                      w->filter_height * width, bits,
                                      zero_point);
}

/* Row y of image b. */
MF_INLINE void mf_depthwise_conv_2d_row_s8(
    const mf_depthwise_conv_2d *p, const int8_t *input, const int8_t *filter,
    const int32_t *bias, const int32_t *multiplier, const int8_t *shift,
    int8_t *output, mf_index b, mf_index y, int bits, int zero_point) {
    const mf_window *w = &p->window;
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->output_channels;
        const mf_depthwise_patch patch = mf_depthwise_patch_at(w, b, y, x);
        const int correct = p->input_zero_point != 0 &&
                            !mf_window_is_full(w, &patch.rows, &patch.columns);
        for (mf_index c = 0; c < w->input_channels; c++) {
            for (mf_index m = 0; m < p->depth_multiplier; m++) {
                const mf_index o = c * p->depth_multiplier + m;
                int32_t sum =
                    mf_depthwise_sum_s8(mf_load_s32(bias + o), &patch, input,
                                        filter, c, o, bits, zero_point);
                if (correct) {
                    sum += p->input_zero_point *
                           mf_depthwise_padded(w, &patch, filter, o, bits,
                                               zero_point);
                }
                const mf_index scale = p->per_channel ? o : 0;
                sum = mf_scale(sum, mf_load_s32(multiplier + scale),
                               mf_load_s8(shift + scale)) +
                      p->output_zero_point;
                output[out + o] =
                    (int8_t)mf_clamp(sum, p->activation_min, p->activation_max);
            }
        }
    }
}

MF_KERNEL void mf_depthwise_conv_2d_s8(const mf_depthwise_conv_2d *p,
                                       const int8_t *input,
                                       const int8_t *filter,
                                       const int32_t *bias,
                                       const int32_t *multiplier,
                                       const int8_t *shift, int8_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_depthwise_conv_2d_row_s8(p, input, filter, bias, multiplier,
                                        shift, output, b, y, 8, 0);
        }
    }
}

/* The filter has a zero point. */
MF_KERNEL void
mf_depthwise_conv_2d_s8_zero(const mf_depthwise_conv_2d *p, const int8_t *input,
                             const int8_t *filter, const int32_t *bias,
                             const int32_t *multiplier, const int8_t *shift,
                             int8_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_depthwise_conv_2d_row_s8(p, input, filter, bias, multiplier,
                                        shift, output, b, y, 8,
                                        (int)p->filter_zero_point);
        }
    }
}

/* Weights of four bits, two a byte. */
MF_KERNEL void mf_depthwise_conv_2d_s4(const mf_depthwise_conv_2d *p,
                                       const int8_t *input,
                                       const int8_t *filter,
                                       const int32_t *bias,
                                       const int32_t *multiplier,
                                       const int8_t *shift, int8_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_depthwise_conv_2d_row_s8(p, input, filter, bias, multiplier,
                                        shift, output, b, y, 4, 0);
        }
    }
}

/* --- 16-bit data, 8-bit weights, biases and accumulators of 64 bits: all zero
 * points are 0 --- */

MF_INLINE int64_t mf_depthwise_sum_s16(int64_t sum,
                                       const mf_depthwise_patch *patch,
                                       const int16_t *input,
                                       const int8_t *filter, mf_index c,
                                       mf_index o) {
    //@ loop unroll 99999;
    for (mf_index ky = 0; ky < patch->height; ky++) {
        const mf_index i = patch->input + ky * patch->input_y + c;
        const mf_index f = patch->filter + ky * patch->filter_y + o;
        //@ loop unroll 99999;
        for (mf_index kx = 0; kx < patch->width; kx++) {
            sum += (int32_t)input[i + kx * patch->input_x] *
                   mf_load_s8(filter + (f + kx * patch->filter_x));
        }
    }
    return sum;
}

/* Row y of image b. */
MF_INLINE void mf_depthwise_conv_2d_row_s16(
    const mf_depthwise_conv_2d *p, const int16_t *input, const int8_t *filter,
    const int64_t *bias, const int16_t *multiplier, const int8_t *shift,
    int16_t *output, mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->output_channels;
        const mf_depthwise_patch patch = mf_depthwise_patch_at(w, b, y, x);
        for (mf_index c = 0; c < w->input_channels; c++) {
            for (mf_index m = 0; m < p->depth_multiplier; m++) {
                const mf_index o = c * p->depth_multiplier + m;
                const int64_t sum = mf_depthwise_sum_s16(
                    mf_load_s64(bias + o), &patch, input, filter, c, o);
                const mf_index scale = p->per_channel ? o : 0;
                output[out + o] =
                    (int16_t)mf_scale_s64(sum, mf_load_s16(multiplier + scale),
                                          mf_load_s8(shift + scale),
                                          p->activation_min, p->activation_max);
            }
        }
    }
}

MF_KERNEL void mf_depthwise_conv_2d_s16(const mf_depthwise_conv_2d *p,
                                        const int16_t *input,
                                        const int8_t *filter,
                                        const int64_t *bias,
                                        const int16_t *multiplier,
                                        const int8_t *shift, int16_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_depthwise_conv_2d_row_s16(p, input, filter, bias, multiplier,
                                         shift, output, b, y);
        }
    }
}

/* --- float; bias may be NULL --- */

MF_INLINE float mf_depthwise_sum_f32(const mf_depthwise_patch *patch,
                                     const float *input,
                                     const mf_weights *filter, mf_index c,
                                     mf_index o) {
    float sum = 0;
    //@ loop unroll 99999;
    for (mf_index ky = 0; ky < patch->height; ky++) {
        const mf_index i = patch->input + ky * patch->input_y + c;
        const mf_index f = patch->filter + ky * patch->filter_y + o;
        //@ loop unroll 99999;
        for (mf_index kx = 0; kx < patch->width; kx++) {
            sum += input[i + kx * patch->input_x] *
                   mf_load_real(filter, f + kx * patch->filter_x);
        }
    }
    return sum;
}

/* Row y of image b. */
MF_INLINE void mf_depthwise_conv_2d_row_f32(const mf_depthwise_conv_2d_float *p,
                                            const float *input,
                                            const mf_weights *filter,
                                            const float *bias, float *output,
                                            mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->output_channels;
        const mf_depthwise_patch patch = mf_depthwise_patch_at(w, b, y, x);
        for (mf_index c = 0; c < w->input_channels; c++) {
            for (mf_index m = 0; m < p->depth_multiplier; m++) {
                const mf_index o = c * p->depth_multiplier + m;
                const float sum =
                    mf_depthwise_sum_f32(&patch, input, filter, c, o);
                output[out + o] = mf_real_output(
                    sum, filter, o, bias, p->activation_min, p->activation_max);
            }
        }
    }
}

MF_INLINE void mf_depthwise_conv_2d_real(const mf_depthwise_conv_2d_float *p,
                                         const float *input,
                                         const mf_weights *filter,
                                         const float *bias, float *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_depthwise_conv_2d_row_f32(p, input, filter, bias, output, b, y);
        }
    }
}

MF_KERNEL void mf_depthwise_conv_2d_f32(const mf_depthwise_conv_2d_float *p,
                                        const float *input, const float *filter,
                                        const float *bias, float *output) {
    const mf_weights weights = {filter, NULL, NULL, 32, 0};
    mf_depthwise_conv_2d_real(p, input, &weights, bias, output);
}

/* Weights of 8 and of 4 bits. */
MF_KERNEL void mf_depthwise_conv_2d_f32_s8(const mf_depthwise_conv_2d_float *p,
                                           const float *input,
                                           const int8_t *filter,
                                           const float *scale,
                                           const float *bias, float *output) {
    const mf_weights weights = {NULL, filter, scale, 8, p->per_channel};
    mf_depthwise_conv_2d_real(p, input, &weights, bias, output);
}
MF_KERNEL void mf_depthwise_conv_2d_f32_s4(const mf_depthwise_conv_2d_float *p,
                                           const float *input,
                                           const int8_t *filter,
                                           const float *scale,
                                           const float *bias, float *output) {
    const mf_weights weights = {NULL, filter, scale, 4, p->per_channel};
    mf_depthwise_conv_2d_real(p, input, &weights, bias, output);
}

#endif
