/* CONV_2D on int8_t for cores with the DSP extension: the windows of two
 * neighbouring pixels are widened into a patch, and multiplied with two output
 * channels at a time.  The same results as mf_conv_2d_s8().
 *
 * filter: for each pair of outputs (an odd last one is paired with zeros) their
 * two biases; for each group of four weights of a window (filter_height x
 * filter_width x input_channels, filled up with 0) a word of the one and a word
 * of the other; then of each its multiplier and its right shift - 1
 * (mf_dsp_requantize).  Biases count on the input's zero point under every
 * weight: padding holds the zero point.
 *
 * scratch: 12 * groups int16_t. */
#ifndef MF_CONV_2D_DSP_H
#define MF_CONV_2D_DSP_H

#include "mf_dsp.h"
#include "mf_window.h"

typedef struct mf_conv_2d_dsp {
    mf_window window;
    mf_index groups; /* of four weights, an output */
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_conv_2d_dsp;

/* Copies the window of a pixel to `bytes`, zero points where it is padded. */
MF_INLINE void mf_conv_2d_dsp_gather(const mf_conv_2d_dsp *p,
                                     const int8_t *input, const mf_taps *rows,
                                     const mf_taps *columns, int8_t *bytes) {
    const mf_window *w = &p->window;
    const mf_index row = w->filter_width * w->input_channels;
    if (!mf_window_is_full(w, rows, columns)) {
        for (mf_index n = 0; n < row * w->filter_height; n++) {
            bytes[n] = (int8_t)p->input_zero_point;
        }
    }
    for (mf_index ky = rows->first; ky < rows->last; ky++) {
        if (w->dilation_x == 1) {
            const mf_index kx = columns->first;
            mf_dsp_copy(bytes + ky * row + kx * w->input_channels,
                        input + mf_window_at(w, rows, columns, ky, kx),
                        (columns->last - kx) * w->input_channels);
            continue;
        }
        for (mf_index kx = columns->first; kx < columns->last; kx++) {
            mf_dsp_copy(bytes + ky * row + kx * w->input_channels,
                        input + mf_window_at(w, rows, columns, ky, kx),
                        w->input_channels);
        }
    }
}

/* Whether a row of taps lies side by side in whole groups, so that windows
 * inside the input need not be copied. */
MF_INLINE int mf_conv_2d_dsp_runs(const mf_window *w) {
    return w->dilation_x == 1 && w->filter_width * w->input_channels % 4 == 0;
}

/* Widens the windows of columns x and x + 1 into scratch. */
MF_INLINE void mf_conv_2d_dsp_pair(const mf_conv_2d_dsp *p, const int8_t *input,
                                   const mf_taps *rows, mf_index x,
                                   int16_t *scratch) {
    const mf_window *w = &p->window;
    const mf_taps left = mf_window_columns(w, x);
    const mf_taps right = mf_window_columns(w, x + 1);
    if (mf_conv_2d_dsp_runs(w) && mf_window_is_full(w, rows, &left) &&
        mf_window_is_full(w, rows, &right)) {
        const mf_index run = w->filter_width * w->input_channels / 4;
        for (mf_index ky = 0; ky < w->filter_height; ky++) {
            mf_dsp_widen_pair(input + mf_window_at(w, rows, &left, ky, 0),
                              input + mf_window_at(w, rows, &right, ky, 0), run,
                              scratch + 8 * ky * run);
        }
        return;
    }
    int8_t *a = (int8_t *)(scratch + 8 * p->groups);
    int8_t *b = a + 4 * p->groups;
    mf_conv_2d_dsp_gather(p, input, rows, &left, a);
    mf_conv_2d_dsp_gather(p, input, rows, &right, b);
    mf_dsp_widen_pair(a, b, p->groups, scratch);
}

/* Widens the window of column x into scratch. */
MF_INLINE void mf_conv_2d_dsp_one(const mf_conv_2d_dsp *p, const int8_t *input,
                                  const mf_taps *rows, mf_index x,
                                  int16_t *scratch) {
    const mf_taps columns = mf_window_columns(&p->window, x);
    int8_t *bytes = (int8_t *)(scratch + 8 * p->groups);
    mf_conv_2d_dsp_gather(p, input, rows, &columns, bytes);
    mf_dsp_widen(bytes, p->groups, scratch);
}

MF_INLINE int8_t mf_conv_2d_dsp_value(const mf_conv_2d_dsp *p, int32_t sum,
                                      int32_t multiplier, int32_t shift) {
    return mf_dsp_requantize(sum, multiplier, shift, p->output_zero_point,
                             p->activation_min, p->activation_max);
}

/* All outputs of the two pixels in scratch. */
MF_INLINE void mf_conv_2d_dsp_outputs_2(const mf_conv_2d_dsp *p,
                                        const int32_t *filter,
                                        const int16_t *scratch, int8_t *output,
                                        mf_index out) {
    const mf_index outputs = p->window.output_channels;
    for (mf_index o = 0; o < outputs; o += 2) {
        int32_t sum[4] = {filter[0], filter[0], filter[1], filter[1]};
        filter = mf_dsp_dot_2x2(scratch, filter + 2, p->groups, sum);
        /* Read before anything is written, which might be the same bytes for
         * all that the compiler knows. */
        const int32_t multiplier = filter[0], shift = filter[1];
        const int32_t multiplier_2 = filter[2], shift_2 = filter[3];
        filter += 4;
        output[out + o] = mf_conv_2d_dsp_value(p, sum[0], multiplier, shift);
        output[out + outputs + o] =
            mf_conv_2d_dsp_value(p, sum[1], multiplier, shift);
        if (outputs % 2 == 0 || o + 1 < outputs) {
            output[out + o + 1] =
                mf_conv_2d_dsp_value(p, sum[2], multiplier_2, shift_2);
            output[out + outputs + o + 1] =
                mf_conv_2d_dsp_value(p, sum[3], multiplier_2, shift_2);
        }
    }
}

/* All outputs of the one pixel in scratch. */
MF_INLINE void mf_conv_2d_dsp_outputs_1(const mf_conv_2d_dsp *p,
                                        const int32_t *filter,
                                        const int16_t *scratch, int8_t *output,
                                        mf_index out) {
    const mf_index outputs = p->window.output_channels;
    for (mf_index o = 0; o < outputs; o += 2) {
        int32_t sum[2] = {filter[0], filter[1]};
        filter = mf_dsp_dot_1x2(scratch, filter + 2, p->groups, sum);
        const int32_t *s = filter;
        filter += 4;
        output[out + o] = mf_conv_2d_dsp_value(p, sum[0], s[0], s[1]);
        if (outputs % 2 == 0 || o + 1 < outputs) {
            output[out + o + 1] = mf_conv_2d_dsp_value(p, sum[1], s[2], s[3]);
        }
    }
}

/* Row y; `input` and `output` start at the image. */
MF_INLINE void mf_conv_2d_dsp_row(const mf_conv_2d_dsp *p, const int8_t *input,
                                  const int32_t *filter, int16_t *scratch,
                                  int8_t *output, mf_index y) {
    const mf_window *w = &p->window;
    const mf_taps rows = mf_window_rows(w, y);
    mf_index out = y * mf_window_row(w), x = 0;
    for (; x + 1 < w->output_width; x += 2) {
        mf_conv_2d_dsp_pair(p, input, &rows, x, scratch);
        mf_conv_2d_dsp_outputs_2(p, filter, scratch, output, out);
        out += 2 * w->output_channels;
    }
    if (x < w->output_width) {
        mf_conv_2d_dsp_one(p, input, &rows, x, scratch);
        mf_conv_2d_dsp_outputs_1(p, filter, scratch, output, out);
    }
}

MF_KERNEL void mf_conv_2d_dsp_s8(const mf_conv_2d_dsp *p, const int8_t *input,
                                 const int32_t *filter, int16_t *scratch,
                                 int8_t *output) {
    const mf_window *w = &p->window;
    /* What fills the last group meets weights of 0, but has to be something. */
    for (mf_index k = 0; k < 4 * p->groups; k++) {
        scratch[8 * p->groups + k] = 0;
    }
    for (mf_index b = 0; b < w->batches; b++) {
        for (mf_index y = 0; y < w->output_height; y++) {
            mf_conv_2d_dsp_row(
                p, input + b * mf_window_image(w), filter, scratch,
                output + b * w->output_height * mf_window_row(w), y);
        }
    }
}

#endif
