/* DEPTHWISE_CONV_2D on int8_t, depth multiplier 1 and no dilation, for cores
 * with the DSP extension.  The same results as mf_depthwise_conv_2d_s8().
 *
 * Four channels at a time, the rows under a band of output rows are widened and
 * laid out channel by channel, so that neighbouring columns are the two halves
 * of a word and SMLAD multiplies two taps at once.  Rows that the next band
 * sees, too, move up instead of being laid out again.
 *
 * filter: for each channel, for each row of taps, words of two weights:
 * (0, 1), (2, 3), ...; an odd last one is paired with 0.  Three taps of three
 * rows are (0, 1), (1, 2).  As int16_t, aligned to 4 bytes.
 * scale: for each channel its sum at the start, its numbers
 * (mf_dsp_numbers()).  Sums count on the input's zero
 * point under every weight: padding holds the zero point.  Sums and weights are
 * 256 times what they mean if outputs follow a line, else twice or, if
 * form.any, once.
 *
 * A row is written after all rows under its windows were read: where each
 * output has its input's place, they may share it.
 *
 * scratch: 4 x row x slots int16_t, where row is the columns that all windows
 * see and one more, made even, and slots the input rows under a band. */
#ifndef MF_DEPTHWISE_CONV_2D_DSP_H
#define MF_DEPTHWISE_CONV_2D_DSP_H

#include "mf_dsp_form.h"
#include "mf_window.h"

typedef struct mf_depthwise_conv_2d_dsp {
    mf_window window;
    mf_index row;   /* int16_t of a laid-out row of one channel */
    mf_index slots; /* rows that are laid out, at least filter_height */
    int32_t input_zero_point;
    mf_dsp_form form;
} mf_depthwise_conv_2d_dsp;

/* Columns of a row that are laid out: from the first one under a window to the
 * last one, without padding. */
MF_INLINE mf_index mf_depthwise_dsp_first(const mf_window *w) {
    return w->pad_left < 0 ? -w->pad_left : 0;
}
MF_INLINE mf_index mf_depthwise_dsp_count(const mf_depthwise_conv_2d_dsp *p) {
    const mf_window *w = &p->window;
    const mf_index room = p->row - w->pad_left;
    const mf_index end = w->input_width < room ? w->input_width : room;
    const mf_index count = end - mf_depthwise_dsp_first(w);
    return count > 0 ? count : 0;
}

/* Lays out the columns of a row of four channels, of which the last `count` are
 * wanted, and those before them may be missing; the first one's first column is
 * image[at]. */
MF_INLINE void mf_depthwise_dsp_columns(const mf_depthwise_conv_2d_dsp *p,
                                        const int8_t *image, mf_index at,
                                        mf_index count, int16_t *wide) {
    const mf_window *w = &p->window;
    const mf_index step = w->input_channels, plane = p->row * p->slots;
    const mf_index columns = mf_depthwise_dsp_count(p);
    const mf_index first = mf_depthwise_dsp_first(w);
    at += first * step;
    wide += first + w->pad_left;
    mf_index x = 0;
    if (!MF_DSP_SMALL && step >= 4 && columns == p->row) {
        mf_dsp_transpose(image + at, step, p->row / 2, wide, plane);
        return;
    }
    if (step >= 4) {
        mf_dsp_transpose(image + at, step, columns / 2, wide, plane);
        x = columns / 2 * 2;
        if (!MF_DSP_SMALL && x < columns) {
            mf_dsp_transpose_one(image + at + x * step, wide + x, plane);
            return;
        }
    }
    for (; x < columns; x++) {
        for (mf_index k = 4 - count; k < 4; k++) {
            wide[k * plane + x] = image[at + x * step + k];
        }
    }
}

/* Fills a row of all four channels with padding. */
MF_INLINE void mf_depthwise_dsp_pad(const mf_depthwise_conv_2d_dsp *p,
                                    int16_t *wide) {
    for (mf_index k = 0; k < 4; k++) {
        mf_dsp_fill(wide + k * p->row * p->slots, p->row / 2,
                    mf_dsp_halves(p->input_zero_point, p->input_zero_point));
    }
}

/* Moves the rows from slot `first` on, `count` of them, to the top. */
MF_INLINE void mf_depthwise_dsp_move(const mf_depthwise_conv_2d_dsp *p,
                                     mf_index first, mf_index count,
                                     int16_t *scratch) {
    for (mf_index k = 0; k < 4; k++) {
        int16_t *plane = scratch + k * p->row * p->slots;
        for (mf_index i = 0; i < count * p->row; i += 2) {
            mf_dsp_put_pair(plane + i, mf_dsp_pair(plane + first * p->row + i));
        }
    }
}

MF_INLINE int8_t mf_depthwise_dsp_value(const mf_depthwise_conv_2d_dsp *p,
                                        int32_t sum, int32_t multiplier,
                                        int32_t right) {
    return mf_dsp_value(&p->form, sum, 2, multiplier, right);
}

/* What is multiplied and scaled: three rows of taps as words of two. */
typedef struct mf_depthwise_dsp_taps {
    int32_t a01, a12, b01, b12, c01, c12;
    int32_t bias, multiplier, right;
} mf_depthwise_dsp_taps;

/* sum + the products of three taps.  Where they start is even in all rows, but
 * for odd steps. */
MF_INLINE int32_t mf_depthwise_dsp_three(const mf_window *w, const int16_t *tap,
                                         int32_t w01, int32_t w12,
                                         int32_t sum) {
    if (!MF_DSP_SMALL && (w->stride_x == 1 || w->stride_x % 2 == 0)) {
        int32_t x01, x23;
        mf_dsp_two_pairs(tap, &x01, &x23);
        return mf_dsp_low_high(x23, w12, mf_dsp_dot(x01, w01, sum));
    }
    sum = mf_dsp_dot(mf_dsp_pair(tap), w01, sum);
    return mf_dsp_low_high(tap[2], w12, sum);
}

/* Rows of outputs of one channel, three by three taps: `rows` of them, from
 * `wide`, the row under the first taps, to output[first]. */
MF_INLINE void mf_depthwise_dsp_3x3(const mf_depthwise_conv_2d_dsp *p,
                                    const int16_t *wide, const int16_t *filter,
                                    const int32_t *scale, int8_t *output,
                                    mf_index first, mf_index rows) {
    const mf_window *w = &p->window;
    const mf_index b = p->row, c = 2 * p->row, step = w->output_channels;
    mf_depthwise_dsp_taps t = {.bias = scale[0],
                               .multiplier = scale[1],
                               .right = p->form.shift ? 0 : scale[2]};
    mf_dsp_two_pairs(filter, &t.a01, &t.a12);
    mf_dsp_two_pairs(filter + 4, &t.b01, &t.b12);
    mf_dsp_two_pairs(filter + 8, &t.c01, &t.c12);
    for (mf_index r = 0; r < rows; r++) {
        const int16_t *at = wide + r * w->stride_y * p->row;
        mf_index out = first + r * mf_window_row(w), x = 0;
        if (!MF_DSP_SMALL && w->stride_x == 1) {
            //@ loop unroll 99999;
            for (; x + 1 < w->output_width; x += 2, out += 2 * step) {
                int32_t p01, p23, left, right;
                mf_dsp_two_pairs(at + x, &p01, &p23);
                left = mf_dsp_dot(p01, t.a01, t.bias);
                right = mf_dsp_high_low(p01, t.a01, t.bias);
                left = mf_dsp_low_high(p23, t.a12, left);
                right = mf_dsp_dot(p23, t.a12, right);
                mf_dsp_two_pairs(at + x + b, &p01, &p23);
                left = mf_dsp_dot(p01, t.b01, left);
                right = mf_dsp_high_low(p01, t.b01, right);
                left = mf_dsp_low_high(p23, t.b12, left);
                right = mf_dsp_dot(p23, t.b12, right);
                mf_dsp_two_pairs(at + x + c, &p01, &p23);
                left = mf_dsp_dot(p01, t.c01, left);
                right = mf_dsp_high_low(p01, t.c01, right);
                left = mf_dsp_low_high(p23, t.c12, left);
                right = mf_dsp_dot(p23, t.c12, right);
                output[out] =
                    mf_depthwise_dsp_value(p, left, t.multiplier, t.right);
                output[out + step] =
                    mf_depthwise_dsp_value(p, right, t.multiplier, t.right);
            }
        }
        //@ loop unroll 99999;
        for (; x < w->output_width; x++, out += step) {
            const int16_t *tap = at + x * w->stride_x;
            int32_t sum = mf_depthwise_dsp_three(w, tap, t.a01, t.a12, t.bias);
            sum = mf_depthwise_dsp_three(w, tap + b, t.b01, t.b12, sum);
            sum = mf_depthwise_dsp_three(w, tap + c, t.c01, t.c12, sum);
            output[out] = mf_depthwise_dsp_value(p, sum, t.multiplier, t.right);
        }
    }
}

/* The same for any taps. */
MF_INLINE void mf_depthwise_dsp_any(const mf_depthwise_conv_2d_dsp *p,
                                    const int16_t *wide, const int16_t *filter,
                                    const int32_t *scale, int8_t *output,
                                    mf_index first, mf_index rows) {
    const mf_window *w = &p->window;
    const mf_index pairs = (w->filter_width + 1) / 2;
    const int32_t bias = scale[0], multiplier = scale[1];
    const int32_t right = p->form.shift ? 0 : scale[2];
    for (mf_index r = 0; r < rows; r++) {
        mf_index out = first + r * mf_window_row(w);
        //@ loop unroll 99999;
        for (mf_index x = 0; x < w->output_width; x++) {
            int32_t sum = bias;
            for (mf_index ky = 0; ky < w->filter_height; ky++) {
                const mf_index at =
                    (r * w->stride_y + ky) * p->row + x * w->stride_x;
                for (mf_index k = 0; k < pairs; k++) {
                    sum = mf_dsp_dot(mf_dsp_pair(wide + at + 2 * k),
                                     mf_dsp_pair(filter + 2 * (ky * pairs + k)),
                                     sum);
                }
            }
            output[out] = mf_depthwise_dsp_value(p, sum, multiplier, right);
            out += w->output_channels;
        }
    }
}

/* Lays out the padded rows from `next` to `end` - 1 (0 is the first row of
 * padding) of four channels that start at image[c], of which `count` are
 * wanted, behind those in the slots from `slot` on. */
MF_INLINE void mf_depthwise_dsp_fill(const mf_depthwise_conv_2d_dsp *p,
                                     const int8_t *image, mf_index c,
                                     mf_index count, mf_index next,
                                     mf_index end, mf_index slot,
                                     int16_t *scratch) {
    const mf_window *w = &p->window;
    //@ loop unroll 99999;
    for (; next < end; next++, slot++) {
        const mf_index y = next - w->pad_top;
        int16_t *wide = scratch + slot * p->row;
        if (y >= 0 && y < w->input_height) {
            mf_depthwise_dsp_columns(p, image,
                                     y * w->input_width * w->input_channels + c,
                                     count, wide);
        } else {
            mf_depthwise_dsp_pad(p, wide);
        }
    }
}

/* Output rows y to y + rows - 1 of the last `count` of the four channels that
 * start at c. */
MF_INLINE void mf_depthwise_dsp_band(const mf_depthwise_conv_2d_dsp *p,
                                     const int16_t *filter,
                                     const int32_t *scale,
                                     const int16_t *scratch, int8_t *output,
                                     mf_index c, mf_index count, mf_index y,
                                     mf_index rows) {
    const mf_window *w = &p->window;
    const mf_index taps = w->filter_height * ((w->filter_width + 1) / 2) * 2;
    const mf_index words = 1 + mf_dsp_numbers(&p->form);
    for (mf_index k = 4 - count; k < 4; k++) {
        const int16_t *wide = scratch + k * p->row * p->slots;
        const mf_index out = y * mf_window_row(w) + c + k;
        if (w->filter_height == 3 && w->filter_width == 3) {
            mf_depthwise_dsp_3x3(p, wide, filter + (c + k) * taps,
                                 scale + words * (c + k), output, out, rows);
        } else {
            mf_depthwise_dsp_any(p, wide, filter + (c + k) * taps,
                                 scale + words * (c + k), output, out, rows);
        }
    }
}

/* All rows of the last `count` of the four channels that start at c, which is
 * negative where there are fewer than four. */
MF_INLINE void mf_depthwise_dsp_channels(const mf_depthwise_conv_2d_dsp *p,
                                         const int8_t *image,
                                         const int16_t *filter,
                                         const int32_t *scale, int16_t *scratch,
                                         int8_t *output, mf_index c,
                                         mf_index count) {
    const mf_window *w = &p->window;
    const mf_index band = (p->slots - w->filter_height) / w->stride_y + 1;
    mf_index next = 0, top = 0; /* padded rows: to be laid out, in slot 0 */
    //@ loop unroll 99999;
    for (mf_index y = 0; y < w->output_height; y += band) {
        const mf_index left = w->output_height - y;
        const mf_index rows = left < band ? left : band;
        const mf_index first = y * w->stride_y;
        /* They may have been written over, since (in place). */
        if (next > first) {
            mf_depthwise_dsp_move(p, first - top, next - first, scratch);
        } else {
            next = first;
        }
        top = first;
        const mf_index end =
            first + (rows - 1) * w->stride_y + w->filter_height;
        mf_depthwise_dsp_fill(p, image, c, count, next, end, next - first,
                              scratch);
        next = end;
        mf_depthwise_dsp_band(p, filter, scale, scratch, output, c, count, y,
                              rows);
    }
}

MF_KERNEL void mf_depthwise_conv_2d_dsp_s8(const mf_depthwise_conv_2d_dsp *p,
                                           const int8_t *input,
                                           const int16_t *filter,
                                           const int32_t *scale,
                                           int16_t *scratch, int8_t *output) {
    const mf_window *w = &p->window;
    if (mf_depthwise_dsp_count(p) < p->row) { /* else all is written over */
        mf_dsp_fill(scratch, 2 * p->row * p->slots,
                    mf_dsp_halves(p->input_zero_point, p->input_zero_point));
    }
    for (mf_index b = 0; b < w->batches; b++) {
        const int8_t *image = input + b * mf_window_image(w);
        int8_t *to = output + b * w->output_height * mf_window_row(w);
        for (mf_index c = 0; c < w->input_channels; c += 4) {
            //@ split c + 4 <= w->input_channels;
            const mf_index left = w->input_channels - c;
            const mf_index count = left < 4 ? left : 4;
            /* The last four, if there are not four more. */
            mf_depthwise_dsp_channels(p, image, filter, scale, scratch, to,
                                      c + count - 4, count);
        }
    }
}

#endif
