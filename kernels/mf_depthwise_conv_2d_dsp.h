/* DEPTHWISE_CONV_2D on int8_t, depth multiplier 1 and no dilation, for cores
 * with the DSP extension.  The same results as mf_depthwise_conv_2d_s8().
 *
 * Four channels at a time, the rows under the window are widened and laid out
 * channel by channel, so that neighbouring columns are the two halves of a
 * word and SMLAD multiplies two taps at once.  Each input row is laid out once
 * for each four channels: the rows stand in a ring of filter_height.
 *
 * filter: for each channel, for each row of taps, words of two weights:
 * (0, 1), (2, 3), ...; an odd last one is paired with 0.  Three taps are
 * (0, 1), (1, 2).  As int16_t, aligned to 4 bytes.
 * scale: for each channel its bias, its multiplier and its right shift - 1
 * (mf_dsp_requantize_doubled).  The bias counts on the input's zero point under
 * every weight: padding holds the zero point.  Weights and biases are doubled.
 * scratch: filter_height x 4 x row int16_t, where row is the columns that all
 * windows see and one more, made even. */
#ifndef MF_DEPTHWISE_CONV_2D_DSP_H
#define MF_DEPTHWISE_CONV_2D_DSP_H

#include "mf_dsp.h"
#include "mf_window.h"

typedef struct mf_depthwise_conv_2d_dsp {
    mf_window window;
    mf_index row; /* int16_t of a laid-out row of one channel */
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_depthwise_conv_2d_dsp;

/* Lays out columns of `count` (at most 4) channels that start at `in`. */
MF_INLINE void mf_depthwise_dsp_columns(const mf_depthwise_conv_2d_dsp *p,
                                        const int8_t *in, mf_index count,
                                        int16_t *wide) {
    const mf_window *w = &p->window;
    const mf_index room = p->row - w->pad_left;
    const mf_index columns = w->input_width < room ? w->input_width : room;
    /* Pairs of columns of four channels; the rest one by one. */
    const mf_index paired = count == 4 ? columns / 2 * 2 : 0;
    for (mf_index x = 0; x < paired; x += 2) {
        mf_dsp_transpose_2x4(in + x * w->input_channels,
                             in + (x + 1) * w->input_channels,
                             wide + w->pad_left + x, p->row);
    }
    for (mf_index x = paired; x < columns; x++) {
        for (mf_index k = 0; k < count; k++) {
            wide[k * p->row + w->pad_left + x] = in[x * w->input_channels + k];
        }
    }
}

/* The slot of the ring that is `step` (less than its size) after `slot`. */
MF_INLINE mf_index mf_depthwise_dsp_after(const mf_depthwise_conv_2d_dsp *p,
                                          mf_index slot, mf_index step) {
    const mf_index next = slot + step;
    return next < p->window.filter_height ? next
                                          : next - p->window.filter_height;
}

/* Lays out padded row r (0 is the first row of padding) of channels c to
 * c + count - 1 in a slot of the ring. */
MF_INLINE void mf_depthwise_dsp_fill(const mf_depthwise_conv_2d_dsp *p,
                                     const int8_t *input, mf_index c,
                                     mf_index count, mf_index r, mf_index slot,
                                     int16_t *scratch) {
    const mf_window *w = &p->window;
    int16_t *wide = scratch + slot * 4 * p->row;
    const mf_index y = r - w->pad_top;
    if (y >= 0 && y < w->input_height) {
        mf_depthwise_dsp_columns(
            p, input + y * w->input_width * w->input_channels + c, count, wide);
    } else {
        for (mf_index k = 0; k < 4 * p->row; k++) {
            wide[k] = (int16_t)p->input_zero_point;
        }
    }
}

MF_INLINE int8_t mf_depthwise_dsp_value(const mf_depthwise_conv_2d_dsp *p,
                                        int32_t sum, int32_t multiplier,
                                        int32_t shift) {
    return mf_dsp_requantize_doubled(sum, multiplier, shift,
                                     p->output_zero_point, p->activation_min,
                                     p->activation_max);
}

/* Output row of one channel, three by three taps; `wide` is the channel's row
 * in slot 0 of the ring, `top` the slot of the row under the first taps, out
 * the first output's index.  The rows are taken slot by slot, each with the row
 * of taps that is above it: one pointer reaches all three. */
MF_INLINE void mf_depthwise_dsp_3x3(const mf_depthwise_conv_2d_dsp *p,
                                    const int16_t *wide, const int16_t *filter,
                                    const int32_t *scale, int8_t *output,
                                    mf_index out, mf_index top) {
    const mf_window *w = &p->window;
    const mf_index first = top == 0 ? 0 : 3 - top; /* taps above slot 0 */
    const mf_index second = mf_depthwise_dsp_after(p, first, 1);
    const mf_index third = mf_depthwise_dsp_after(p, second, 1);
    const mf_index b = 4 * p->row, c = 8 * p->row; /* slots 1 and 2 */
    int32_t a01, a12, b01, b12, c01, c12;
    mf_dsp_two_pairs(filter + 4 * first, &a01, &a12);
    mf_dsp_two_pairs(filter + 4 * second, &b01, &b12);
    mf_dsp_two_pairs(filter + 4 * third, &c01, &c12);
    const int32_t bias = scale[0], multiplier = scale[1], shift = scale[2];
    const mf_index step = w->output_channels;
    mf_index x = 0;
    if (w->stride_x == 1) {
        for (; x + 1 < w->output_width; x += 2) {
            int32_t left = bias, right = bias, p01, p23;
            mf_dsp_two_pairs(wide + x, &p01, &p23);
            left = mf_dsp_dot(p01, a01, left);
            right = mf_dsp_high_low(p01, a01, right);
            left = mf_dsp_low_high(p23, a12, left);
            right = mf_dsp_dot(p23, a12, right);
            mf_dsp_two_pairs(wide + x + b, &p01, &p23);
            left = mf_dsp_dot(p01, b01, left);
            right = mf_dsp_high_low(p01, b01, right);
            left = mf_dsp_low_high(p23, b12, left);
            right = mf_dsp_dot(p23, b12, right);
            mf_dsp_two_pairs(wide + x + c, &p01, &p23);
            left = mf_dsp_dot(p01, c01, left);
            right = mf_dsp_high_low(p01, c01, right);
            left = mf_dsp_low_high(p23, c12, left);
            right = mf_dsp_dot(p23, c12, right);
            output[out] = mf_depthwise_dsp_value(p, left, multiplier, shift);
            output[out + step] =
                mf_depthwise_dsp_value(p, right, multiplier, shift);
            out += 2 * step;
        }
    }
    for (; x < w->output_width; x++) {
        const int16_t *row = wide + x * w->stride_x;
        int32_t sum = mf_dsp_dot(mf_dsp_pair(row), a01, bias);
        sum = mf_dsp_low_high(mf_dsp_pair(row + 2), a12, sum);
        sum = mf_dsp_dot(mf_dsp_pair(row + b), b01, sum);
        sum = mf_dsp_low_high(mf_dsp_pair(row + b + 2), b12, sum);
        sum = mf_dsp_dot(mf_dsp_pair(row + c), c01, sum);
        sum = mf_dsp_low_high(mf_dsp_pair(row + c + 2), c12, sum);
        output[out] = mf_depthwise_dsp_value(p, sum, multiplier, shift);
        out += step;
    }
}

/* Output row y of one channel, any taps; `wide` is the channel's row in slot 0
 * of the ring, `top` the slot of the row under the first taps. */
MF_INLINE void mf_depthwise_dsp_any(const mf_depthwise_conv_2d_dsp *p,
                                    const int16_t *wide, const int16_t *filter,
                                    const int32_t *scale, int8_t *output,
                                    mf_index out, mf_index top) {
    const mf_window *w = &p->window;
    const mf_index pairs = (w->filter_width + 1) / 2;
    const int32_t bias = scale[0], multiplier = scale[1], shift = scale[2];
    for (mf_index x = 0; x < w->output_width; x++) {
        int32_t sum = bias;
        for (mf_index ky = 0; ky < w->filter_height; ky++) {
            const mf_index slot = mf_depthwise_dsp_after(p, top, ky);
            const mf_index at = slot * 4 * p->row + x * w->stride_x;
            for (mf_index k = 0; k < pairs; k++) {
                sum =
                    mf_dsp_dot(mf_dsp_pair(wide + at + 2 * k),
                               mf_dsp_pair(filter + 2 * (ky * pairs + k)), sum);
            }
        }
        output[out] = mf_depthwise_dsp_value(p, sum, multiplier, shift);
        out += w->output_channels;
    }
}

/* Output row y of channels c to c + count - 1; `top` is the slot of the row
 * under the first taps. */
MF_INLINE void mf_depthwise_dsp_row(const mf_depthwise_conv_2d_dsp *p,
                                    const int16_t *filter, const int32_t *scale,
                                    const int16_t *scratch, int8_t *output,
                                    mf_index c, mf_index count, mf_index y,
                                    mf_index top) {
    const mf_window *w = &p->window;
    const mf_index taps = w->filter_height * ((w->filter_width + 1) / 2) * 2;
    for (mf_index k = 0; k < count; k++) {
        const int16_t *wide = scratch + k * p->row;
        const mf_index out = y * mf_window_row(w) + c + k;
        if (w->filter_height == 3 && w->filter_width == 3) {
            mf_depthwise_dsp_3x3(p, wide, filter + (c + k) * taps,
                                 scale + 3 * (c + k), output, out, top);
        } else {
            mf_depthwise_dsp_any(p, wide, filter + (c + k) * taps,
                                 scale + 3 * (c + k), output, out, top);
        }
    }
}

MF_KERNEL void mf_depthwise_conv_2d_dsp_s8(const mf_depthwise_conv_2d_dsp *p,
                                           const int8_t *input,
                                           const int16_t *filter,
                                           const int32_t *scale,
                                           int16_t *scratch, int8_t *output) {
    const mf_window *w = &p->window;
    for (mf_index k = 0; k < w->filter_height * 4 * p->row; k++) {
        scratch[k] = (int16_t)p->input_zero_point;
    }
    for (mf_index b = 0; b < w->batches; b++) {
        const int8_t *image = input + b * mf_window_image(w);
        int8_t *to = output + b * w->output_height * mf_window_row(w);
        for (mf_index c = 0; c < w->input_channels; c += 4) {
            const mf_index left = w->input_channels - c;
            const mf_index count = left < 4 ? left : 4;
            mf_index next = 0, slot = 0; /* the padded row to be laid out */
            mf_index top = 0;
            for (mf_index y = 0; y < w->output_height; y++) {
                const mf_index first = y * w->stride_y;
                if (next < first) { /* rows that no window sees */
                    next = first;
                    slot = top = 0;
                }
                for (; next < first + w->filter_height; next++) {
                    mf_depthwise_dsp_fill(p, image, c, count, next, slot,
                                          scratch);
                    slot = mf_depthwise_dsp_after(p, slot, 1);
                }
                mf_depthwise_dsp_row(p, filter, scale, scratch, to, c, count, y,
                                     top);
                if (w->stride_y < w->filter_height) {
                    top = mf_depthwise_dsp_after(p, top, w->stride_y);
                }
            }
        }
    }
}

#endif
