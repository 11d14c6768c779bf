/* TRANSPOSE_CONV: output[b][y][x][o] = activation(scale(bias[o] + the sum over
 * input positions (iy, ix) and channels c of (input[b][iy][ix][c] -
 * input_zero_point) * filter[o][ky][kx][c])), where ky = y + pad_top - iy *
 * stride_y and kx likewise are taps of the filter.
 *
 * Shapes: filter output_channels x filter_height x filter_width x
 * input_channels, bias output_channels, multiplier and shift output_channels if
 * per_channel, else 1. */
#ifndef MF_TRANSPOSE_CONV_H
#define MF_TRANSPOSE_CONV_H

#include "mf_dot.h"
#include "mf_window.h"

typedef struct mf_transpose_conv {
    mf_window window;
    mf_index per_channel; /* 1: a multiplier and a shift for each output */
    int32_t input_zero_point, output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_transpose_conv;

typedef struct mf_transpose_conv_float {
    mf_window window;
    float activation_min, activation_max;
} mf_transpose_conv_float;

/* What an output position meets along one axis: tap phase + k * stride of the
 * filter at input position origin - k, for first <= k < last. */
typedef struct mf_transpose_taps {
    mf_index origin, phase, first, last;
} mf_transpose_taps;

MF_INLINE mf_transpose_taps mf_transpose_taps_at(mf_index at, mf_index stride,
                                                 mf_index taps, mf_index size) {
    mf_transpose_taps t = {at / stride, at % stride, 0, 0};
    //@ split t.phase;
    t.last = (taps - t.phase + stride - 1) / stride;
    //@ split t.origin;
    //@ loop unroll 99999;
    while (t.first < t.last && t.origin - t.first >= size) {
        t.first++;
    }
    //@ loop unroll 99999;
    while (t.last > t.first && t.origin - (t.last - 1) < 0) {
        t.last--;
    }
    //@ split t.phase;
    //@ split t.first;
    //@ split t.last;
    //@ merge t.origin;
    return t;
}
MF_INLINE mf_transpose_taps mf_transpose_rows(const mf_window *w, mf_index y) {
    const mf_transpose_taps rows = mf_transpose_taps_at(
        y + w->pad_top, w->stride_y, w->filter_height, w->input_height);
    //@ split rows.phase;
    //@ split rows.first;
    //@ split rows.last;
    return rows;
}
MF_INLINE mf_transpose_taps mf_transpose_columns(const mf_window *w,
                                                 mf_index x) {
    const mf_transpose_taps columns = mf_transpose_taps_at(
        x + w->pad_left, w->stride_x, w->filter_width, w->input_width);
    //@ split columns.phase;
    //@ split columns.first;
    //@ split columns.last;
    return columns;
}

/* Where channel 0 of the position under tap (j, k) of image b is in the input,
 * and of that tap of output o in the filter. */
MF_INLINE mf_index mf_transpose_input(const mf_window *w,
                                      const mf_transpose_taps *rows,
                                      const mf_transpose_taps *columns,
                                      mf_index b, mf_index j, mf_index k) {
    const mf_index y = rows->origin - j, x = columns->origin - k;
    return ((b * w->input_height + y) * w->input_width + x) * w->input_channels;
}
MF_INLINE mf_index mf_transpose_filter(const mf_window *w,
                                       const mf_transpose_taps *rows,
                                       const mf_transpose_taps *columns,
                                       mf_index o, mf_index j, mf_index k) {
    const mf_index y = rows->phase + j * w->stride_y;
    const mf_index x = columns->phase + k * w->stride_x;
    return ((o * w->filter_height + y) * w->filter_width + x) *
           w->input_channels;
}

/* Channel 0 of an output position. */
MF_INLINE mf_index mf_transpose_output(const mf_window *w, mf_index b,
                                       mf_index y, mf_index x) {
    return ((b * w->output_height + y) * w->output_width + x) *
           w->output_channels;
}

MF_INLINE int32_t mf_transpose_sum_s8(int32_t sum, const mf_transpose_conv *p,
                                      const mf_transpose_taps *rows,
                                      const mf_transpose_taps *columns,
                                      const int8_t *input, const int8_t *filter,
                                      mf_index b, mf_index o) {
    const mf_window *w = &p->window;
    //@ loop unroll 99999;
    for (mf_index j = rows->last - 1; j >= rows->first; j--) {
        //@ loop unroll 99999;
        for (mf_index k = columns->last - 1; k >= columns->first; k--) {
            const mf_index i = mf_transpose_input(w, rows, columns, b, j, k);
            const mf_index f = mf_transpose_filter(w, rows, columns, o, j, k);
            //@ loop unroll 99999;
            for (mf_index c = 0; c < w->input_channels; c++) {
                sum += (input[i + c] - p->input_zero_point) *
                       mf_load_s8(filter + f + c);
            }
        }
    }
    return sum;
}

MF_KERNEL void mf_transpose_conv_s8(const mf_transpose_conv *p,
                                    const int8_t *input, const int8_t *filter,
                                    const int32_t *bias,
                                    const int32_t *multiplier,
                                    const int8_t *shift, int8_t *output) {
    const mf_window *w = &p->window;
    for (mf_index b = 0; b < w->batches; b++) {
        for (mf_index y = 0; y < w->output_height; y++) {
            const mf_transpose_taps rows = mf_transpose_rows(w, y);
            for (mf_index x = 0; x < w->output_width; x++) {
                const mf_transpose_taps columns = mf_transpose_columns(w, x);
                const mf_index out = mf_transpose_output(w, b, y, x);
                for (mf_index o = 0; o < w->output_channels; o++) {
                    const mf_index scale = p->per_channel ? o : 0;
                    const int32_t sum =
                        mf_transpose_sum_s8(mf_load_s32(bias + o), p, &rows,
                                            &columns, input, filter, b, o);
                    output[out + o] = (int8_t)mf_clamp(
                        mf_scale(sum, mf_load_s32(multiplier + scale),
                                 mf_load_s8(shift + scale)) +
                            p->output_zero_point,
                        p->activation_min, p->activation_max);
                }
            }
        }
    }
}

/* 16-bit data, 8-bit weights, accumulators of 64 bits: zero points are 0. */
MF_INLINE int64_t mf_transpose_sum_s16(int64_t sum, const mf_window *w,
                                       const mf_transpose_taps *rows,
                                       const mf_transpose_taps *columns,
                                       const int16_t *input,
                                       const int8_t *filter, mf_index b,
                                       mf_index o) {
    //@ loop unroll 99999;
    for (mf_index j = rows->last - 1; j >= rows->first; j--) {
        //@ loop unroll 99999;
        for (mf_index k = columns->last - 1; k >= columns->first; k--) {
            sum = mf_dot_s16_b64(
                sum, input, mf_transpose_input(w, rows, columns, b, j, k),
                filter, mf_transpose_filter(w, rows, columns, o, j, k),
                w->input_channels);
        }
    }
    return sum;
}

MF_KERNEL void mf_transpose_conv_s16(const mf_transpose_conv *p,
                                     const int16_t *input, const int8_t *filter,
                                     const int64_t *bias,
                                     const int16_t *multiplier,
                                     const int8_t *shift, int16_t *output) {
    const mf_window *w = &p->window;
    for (mf_index b = 0; b < w->batches; b++) {
        for (mf_index y = 0; y < w->output_height; y++) {
            const mf_transpose_taps rows = mf_transpose_rows(w, y);
            for (mf_index x = 0; x < w->output_width; x++) {
                const mf_transpose_taps columns = mf_transpose_columns(w, x);
                const mf_index out = mf_transpose_output(w, b, y, x);
                for (mf_index o = 0; o < w->output_channels; o++) {
                    const mf_index scale = p->per_channel ? o : 0;
                    const int64_t sum =
                        mf_transpose_sum_s16(mf_load_s64(bias + o), w, &rows,
                                             &columns, input, filter, b, o);
                    output[out + o] = (int16_t)mf_scale_s64(
                        sum, mf_load_s16(multiplier + scale),
                        mf_load_s8(shift + scale), p->activation_min,
                        p->activation_max);
                }
            }
        }
    }
}

/* --- float; bias may be NULL --- */

MF_INLINE float mf_transpose_sum_f32(const mf_window *w,
                                     const mf_transpose_taps *rows,
                                     const mf_transpose_taps *columns,
                                     const float *input, const float *filter,
                                     mf_index b, mf_index o) {
    float sum = 0;
    //@ loop unroll 99999;
    for (mf_index j = rows->last - 1; j >= rows->first; j--) {
        //@ loop unroll 99999;
        for (mf_index k = columns->last - 1; k >= columns->first; k--) {
            sum = mf_dot_f32(
                sum, input, mf_transpose_input(w, rows, columns, b, j, k),
                filter, mf_transpose_filter(w, rows, columns, o, j, k),
                w->input_channels);
        }
    }
    return sum;
}

MF_KERNEL void mf_transpose_conv_f32(const mf_transpose_conv_float *p,
                                     const float *input, const float *filter,
                                     const float *bias, float *output) {
    const mf_window *w = &p->window;
    for (mf_index b = 0; b < w->batches; b++) {
        for (mf_index y = 0; y < w->output_height; y++) {
            const mf_transpose_taps rows = mf_transpose_rows(w, y);
            for (mf_index x = 0; x < w->output_width; x++) {
                const mf_transpose_taps columns = mf_transpose_columns(w, x);
                const mf_index out = mf_transpose_output(w, b, y, x);
                for (mf_index o = 0; o < w->output_channels; o++) {
                    float sum = mf_transpose_sum_f32(w, &rows, &columns, input,
                                                     filter, b, o);
                    if (bias) {
                        sum += mf_load_f32(bias + o);
                    }
                    output[out + o] =
                        mf_clamp_f32(sum, p->activation_min, p->activation_max);
                }
            }
        }
    }
}

#endif
