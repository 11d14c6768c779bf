/* CONV_2D: output[b][y][x][o] = activation(scale(bias[o] + the sum over taps
 * (ky, kx) inside the input and channels c of
 * (input[b][iy][ix][group + c] - input_zero_point) * filter[o][ky][kx][c])).
 *
 * The filter's channels divide the input's: output channels come in groups, of
 * which each sees filter_channels neighbouring input channels.
 *
 * Shapes: filter output_channels x filter_height x filter_width x
 * filter_channels, bias output_channels, multiplier and shift output_channels
 * if per_channel, else 1. */
#ifndef MF_CONV_2D_H
#define MF_CONV_2D_H

#include "mf_dot.h"
#include "mf_window.h"

typedef struct mf_conv_2d {
    mf_window window;
    mf_index filter_channels;
    mf_index groups;           /* input_channels / filter_channels */
    mf_index per_channel;      /* 1: a multiplier and a shift for each output */
    int32_t input_zero_point;  /* what padding holds; 0 if there is none */
    int32_t filter_zero_point; /* of mf_conv_2d_s8_zero() */
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_conv_2d;

typedef struct mf_conv_2d_float {
    mf_window window;
    mf_index filter_channels;
    mf_index groups;
    mf_index per_channel; /* 1: small weights have a scale for each output */
    float activation_min, activation_max;
} mf_conv_2d_float;

/* What one output value reads: for each row of taps `runs` runs of `length`
 * elements, `step` apart; one run where columns lie side by side. */
typedef struct mf_conv_2d_patch {
    mf_taps rows, columns;
    mf_index channels, runs, length, step;
    mf_index input; /* where the image starts, at the group's first channel */
} mf_conv_2d_patch;

MF_INLINE mf_conv_2d_patch mf_conv_2d_patch_at(const mf_window *w,
                                               mf_index channels, mf_index b,
                                               mf_index y, mf_index x) {
    mf_conv_2d_patch patch;
    patch.rows = mf_window_rows(w, y);
    patch.columns = mf_window_columns(w, x);
    patch.channels = channels;
    patch.runs = patch.columns.last - patch.columns.first;
    patch.length = channels;
    patch.step = w->dilation_x * w->input_channels;
    if (patch.step == channels) {
        patch.length *= patch.runs;
        patch.runs = 1;
    }
    patch.input = b * mf_window_image(w);
    return patch;
}

/* Where the runs of a row of taps start in the input. */
MF_INLINE mf_index mf_conv_2d_input(const mf_window *w,
                                    const mf_conv_2d_patch *patch,
                                    mf_index ky) {
    return patch->input + mf_window_at(w, &patch->rows, &patch->columns, ky,
                                       patch->columns.first);
}
/* Where tap (ky, kx) of output channel o starts in the filter. */
MF_INLINE mf_index mf_conv_2d_filter(const mf_window *w,
                                     const mf_conv_2d_patch *patch, mf_index o,
                                     mf_index ky, mf_index kx) {
    return ((o * w->filter_height + ky) * w->filter_width + kx) *
           patch->channels;
}

/* Adds the taps inside the input of output channel o; weights have so many
 * bits. */
MF_INLINE int32_t mf_conv_2d_sum_s8(int32_t sum, const mf_window *w,
                                    const mf_conv_2d_patch *patch,
                                    const int8_t *input, const int8_t *filter,
                                    mf_index o, int bits, int zero_point) {
    //@ loop unroll 99999;
    for (mf_index ky = patch->rows.first; ky < patch->rows.last; ky++) {
        const mf_index i = mf_conv_2d_input(w, patch, ky);
        const mf_index f =
            mf_conv_2d_filter(w, patch, o, ky, patch->columns.first);
        //@ loop unroll 99999;
        for (mf_index run = 0; run < patch->runs; run++) {
            sum = mf_dot_weights(sum, input, i + run * patch->step, filter,
                                 f + run * patch->channels, patch->length, bits,
                                 zero_point);
        }
    }
    return sum;
}

/* The sum of the weights whose taps fall on padding.  The bias counts on the
 * input's zero point under every weight, so that windows inside the input
 * need no correction. */
MF_INLINE int32_t mf_conv_2d_padded(const mf_window *w,
                                    const mf_conv_2d_patch *patch,
                                    const int8_t *filter, mf_index o, int bits,
                                    int zero_point) {
    const mf_index row = w->filter_width * patch->channels;
    const mf_index left = patch->columns.first * patch->channels;
    const mf_index right = patch->columns.last * patch->channels;
    const mf_index f = mf_conv_2d_filter(w, patch, o, 0, 0);
    int32_t sum =
        mf_sum_weights(filter, f, patch->rows.first * row, bits, zero_point);
    //@ loop unroll 99999;
    for (mf_index ky = patch->rows.first; ky < patch->rows.last; ky++) {
        sum += mf_sum_weights(filter, f + ky * row, left, bits, zero_point) +
               mf_sum_weights(filter, f + ky * row + right, row - right, bits,
                              zero_point);
    }
    return sum + mf_sum_weights(filter, f + patch->rows.last * row,
                                (w->filter_height - patch->rows.last) * row,
                                bits, zero_point);
}

/* Row y of image b. */
MF_INLINE void mf_conv_2d_row_s8(const mf_conv_2d *p, const int8_t *input,
                                 const int8_t *filter, const int32_t *bias,
                                 const int32_t *multiplier, const int8_t *shift,
                                 int8_t *output, mf_index b, mf_index y,
                                 int bits, int zero_point) {
    const mf_window *w = &p->window;
    const mf_index group_outputs = w->output_channels / p->groups;
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->output_channels;
        mf_conv_2d_patch patch =
            mf_conv_2d_patch_at(w, p->filter_channels, b, y, x);
        const int correct = p->input_zero_point != 0 &&
                            !mf_window_is_full(w, &patch.rows, &patch.columns);
        for (mf_index group = 0; group < p->groups; group++) {
            patch.input = b * mf_window_image(w) + group * p->filter_channels;
            for (mf_index k = 0; k < group_outputs; k++) {
                const mf_index o = group * group_outputs + k;
                int32_t sum =
                    mf_conv_2d_sum_s8(mf_load_s32(bias + o), w, &patch, input,
                                      filter, o, bits, zero_point);
                if (correct) {
                    sum += p->input_zero_point *
                           mf_conv_2d_padded(w, &patch, filter, o, bits,
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

MF_KERNEL void mf_conv_2d_s8(const mf_conv_2d *p, const int8_t *input,
                             const int8_t *filter, const int32_t *bias,
                             const int32_t *multiplier, const int8_t *shift,
                             int8_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_conv_2d_row_s8(p, input, filter, bias, multiplier, shift, output,
                              b, y, 8, 0);
        }
    }
}

/* The filter has a zero point. */
MF_KERNEL void mf_conv_2d_s8_zero(const mf_conv_2d *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias,
                                  const int32_t *multiplier,
                                  const int8_t *shift, int8_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_conv_2d_row_s8(p, input, filter, bias, multiplier, shift, output,
                              b, y, 8, (int)p->filter_zero_point);
        }
    }
}

/* Weights of four bits, two a byte. */
MF_KERNEL void mf_conv_2d_s4(const mf_conv_2d *p, const int8_t *input,
                             const int8_t *filter, const int32_t *bias,
                             const int32_t *multiplier, const int8_t *shift,
                             int8_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_conv_2d_row_s8(p, input, filter, bias, multiplier, shift, output,
                              b, y, 4, 0);
        }
    }
}

/* --- 16-bit data, 8-bit weights: all zero points are 0 --- */

/* As above. */
MF_INLINE int32_t mf_conv_2d_sum_s16(int32_t sum, const mf_window *w,
                                     const mf_conv_2d_patch *patch,
                                     const int16_t *input, const int8_t *filter,
                                     mf_index o) {
    //@ loop unroll 99999;
    for (mf_index ky = patch->rows.first; ky < patch->rows.last; ky++) {
        const mf_index i = mf_conv_2d_input(w, patch, ky);
        const mf_index f =
            mf_conv_2d_filter(w, patch, o, ky, patch->columns.first);
        //@ loop unroll 99999;
        for (mf_index run = 0; run < patch->runs; run++) {
            sum = mf_dot_s16(sum, input, i + run * patch->step, filter,
                             f + run * patch->channels, patch->length);
        }
    }
    return sum;
}

/* Row y of image b, biases and accumulators of 32 bits. */
MF_INLINE void mf_conv_2d_row_s16(const mf_conv_2d *p, const int16_t *input,
                                  const int8_t *filter, const int32_t *bias,
                                  const int32_t *multiplier,
                                  const int8_t *shift, int16_t *output,
                                  mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index group_outputs = w->output_channels / p->groups;
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->output_channels;
        mf_conv_2d_patch patch =
            mf_conv_2d_patch_at(w, p->filter_channels, b, y, x);
        for (mf_index group = 0; group < p->groups; group++) {
            patch.input = b * mf_window_image(w) + group * p->filter_channels;
            for (mf_index k = 0; k < group_outputs; k++) {
                const mf_index o = group * group_outputs + k;
                const int32_t sum = mf_conv_2d_sum_s16(
                    mf_load_s32(bias + o), w, &patch, input, filter, o);
                const mf_index scale = p->per_channel ? o : 0;
                output[out + o] = (int16_t)mf_clamp(
                    mf_scale(sum, mf_load_s32(multiplier + scale),
                             mf_load_s8(shift + scale)),
                    p->activation_min, p->activation_max);
            }
        }
    }
}

MF_KERNEL void mf_conv_2d_s16(const mf_conv_2d *p, const int16_t *input,
                              const int8_t *filter, const int32_t *bias,
                              const int32_t *multiplier, const int8_t *shift,
                              int16_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_conv_2d_row_s16(p, input, filter, bias, multiplier, shift,
                               output, b, y);
        }
    }
}

/* As above. */
MF_INLINE int64_t mf_conv_2d_sum_s16_b64(int64_t sum, const mf_window *w,
                                         const mf_conv_2d_patch *patch,
                                         const int16_t *input,
                                         const int8_t *filter, mf_index o) {
    //@ loop unroll 99999;
    for (mf_index ky = patch->rows.first; ky < patch->rows.last; ky++) {
        const mf_index i = mf_conv_2d_input(w, patch, ky);
        const mf_index f =
            mf_conv_2d_filter(w, patch, o, ky, patch->columns.first);
        //@ loop unroll 99999;
        for (mf_index run = 0; run < patch->runs; run++) {
            sum = mf_dot_s16_b64(sum, input, i + run * patch->step, filter,
                                 f + run * patch->channels, patch->length);
        }
    }
    return sum;
}

/* Row y of image b, biases and accumulators of 64 bits. */
MF_INLINE void mf_conv_2d_row_s16_b64(const mf_conv_2d *p, const int16_t *input,
                                      const int8_t *filter, const int64_t *bias,
                                      const int16_t *multiplier,
                                      const int8_t *shift, int16_t *output,
                                      mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index group_outputs = w->output_channels / p->groups;
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->output_channels;
        mf_conv_2d_patch patch =
            mf_conv_2d_patch_at(w, p->filter_channels, b, y, x);
        for (mf_index group = 0; group < p->groups; group++) {
            patch.input = b * mf_window_image(w) + group * p->filter_channels;
            for (mf_index k = 0; k < group_outputs; k++) {
                const mf_index o = group * group_outputs + k;
                const int64_t sum = mf_conv_2d_sum_s16_b64(
                    mf_load_s64(bias + o), w, &patch, input, filter, o);
                const mf_index scale = p->per_channel ? o : 0;
                output[out + o] =
                    (int16_t)mf_scale_s64(sum, mf_load_s16(multiplier + scale),
                                          mf_load_s8(shift + scale),
                                          p->activation_min, p->activation_max);
            }
        }
    }
}

MF_KERNEL void mf_conv_2d_s16_b64(const mf_conv_2d *p, const int16_t *input,
                                  const int8_t *filter, const int64_t *bias,
                                  const int16_t *multiplier,
                                  const int8_t *shift, int16_t *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_conv_2d_row_s16_b64(p, input, filter, bias, multiplier, shift,
                                   output, b, y);
        }
    }
}

/* --- float; bias may be NULL --- */

/* As above. */
MF_INLINE float mf_conv_2d_sum_f32(float sum, const mf_window *w,
                                   const mf_conv_2d_patch *patch,
                                   const float *input, const mf_weights *filter,
                                   mf_index o) {
    //@ loop unroll 99999;
    for (mf_index ky = patch->rows.first; ky < patch->rows.last; ky++) {
        const mf_index i = mf_conv_2d_input(w, patch, ky);
        const mf_index f =
            mf_conv_2d_filter(w, patch, o, ky, patch->columns.first);
        //@ loop unroll 99999;
        for (mf_index run = 0; run < patch->runs; run++) {
            sum = mf_dot_real(sum, input, i + run * patch->step, filter,
                              f + run * patch->channels, patch->length);
        }
    }
    return sum;
}

/* Row y of image b. */
MF_INLINE void mf_conv_2d_row_f32(const mf_conv_2d_float *p, const float *input,
                                  const mf_weights *filter, const float *bias,
                                  float *output, mf_index b, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index group_outputs = w->output_channels / p->groups;
    const mf_index row = (b * w->output_height + y) * mf_window_row(w);
    for (mf_index x = 0; x < w->output_width; x++) {
        const mf_index out = row + x * w->output_channels;
        mf_conv_2d_patch patch =
            mf_conv_2d_patch_at(w, p->filter_channels, b, y, x);
        for (mf_index group = 0; group < p->groups; group++) {
            patch.input = b * mf_window_image(w) + group * p->filter_channels;
            for (mf_index k = 0; k < group_outputs; k++) {
                const mf_index o = group * group_outputs + k;
                const float sum =
                    mf_conv_2d_sum_f32(0, w, &patch, input, filter, o);
                output[out + o] = mf_real_output(
                    sum, filter, o, bias, p->activation_min, p->activation_max);
            }
        }
    }
}

MF_INLINE void mf_conv_2d_real(const mf_conv_2d_float *p, const float *input,
                               const mf_weights *filter, const float *bias,
                               float *output) {
    for (mf_index b = 0; b < p->window.batches; b++) {
        for (mf_index y = 0; y < p->window.output_height; y++) {
            mf_conv_2d_row_f32(p, input, filter, bias, output, b, y);
        }
    }
}

MF_KERNEL void mf_conv_2d_f32(const mf_conv_2d_float *p, const float *input,
                              const float *filter, const float *bias,
                              float *output) {
    const mf_weights weights = {filter, NULL, NULL, 32, 0};
    mf_conv_2d_real(p, input, &weights, bias, output);
}

/* Weights of 8 and of 4 bits. */
MF_KERNEL void mf_conv_2d_f32_s8(const mf_conv_2d_float *p, const float *input,
                                 const int8_t *filter, const float *scale,
                                 const float *bias, float *output) {
    const mf_weights weights = {NULL, filter, scale, 8, p->per_channel};
    mf_conv_2d_real(p, input, &weights, bias, output);
}
MF_KERNEL void mf_conv_2d_f32_s4(const mf_conv_2d_float *p, const float *input,
                                 const int8_t *filter, const float *scale,
                                 const float *bias, float *output) {
    const mf_weights weights = {NULL, filter, scale, 4, p->per_channel};
    mf_conv_2d_real(p, input, &weights, bias, output);
}

#endif
