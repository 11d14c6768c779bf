/* CONV_2D on int8_t for cores with Helium: the windows of two neighbouring
 * pixels are multiplied with two output channels at a time.  The same results
 * as mf_conv_2d_s8().
 *
 * filter: for each pair of outputs (an odd last one is paired with zeros) their
 * two biases; for each block of sixteen weights of a window (filter_height x
 * filter_width x input_channels, filled up with 0) four words of the one and
 * four of the other; then their multipliers and their shifts
 * (mf_mve_requantize).  Biases count on the input's zero point under every
 * weight: padding holds the zero point. */
#ifndef MF_CONV_2D_MVE_H
#define MF_CONV_2D_MVE_H

#include "mf_mve.h"
#include "mf_window.h"

typedef struct mf_conv_2d_mve {
    mf_window window;
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_conv_2d_mve;

/* Elements of a window. */
MF_INLINE mf_index mf_conv_2d_mve_weights(const mf_window *w) {
    return w->filter_height * w->filter_width * w->input_channels;
}

/* Whether all windows lie in the input, each in one piece. */
MF_INLINE int mf_conv_2d_mve_is_direct(const mf_window *w) {
    return w->filter_height == 1 &&
           (w->dilation_x == 1 || w->filter_width == 1) && w->pad_top == 0 &&
           w->pad_left == 0 &&
           (w->output_height - 1) * w->stride_y < w->input_height &&
           (w->output_width - 1) * w->stride_x + w->filter_width <=
               w->input_width;
}

/* Copies the window of a pixel, zero points where it is padded. */
MF_INLINE void mf_conv_2d_mve_gather(const mf_conv_2d_mve *p,
                                     const int8_t *input, const mf_taps *rows,
                                     const mf_taps *columns, int8_t *to) {
    const mf_window *w = &p->window;
    const mf_index row = w->filter_width * w->input_channels;
    if (!mf_window_is_full(w, rows, columns)) {
        mf_mve_fill(to, p->input_zero_point, mf_conv_2d_mve_weights(w));
    }
    for (mf_index ky = rows->first; ky < rows->last; ky++) {
        if (w->dilation_x == 1) {
            const mf_index kx = columns->first;
            mf_mve_copy(to + ky * row + kx * w->input_channels,
                        input + mf_window_at(w, rows, columns, ky, kx),
                        (columns->last - kx) * w->input_channels);
            continue;
        }
        for (mf_index kx = columns->first; kx < columns->last; kx++) {
            mf_mve_copy(to + ky * row + kx * w->input_channels,
                        input + mf_window_at(w, rows, columns, ky, kx),
                        w->input_channels);
        }
    }
}

/* Whether column x has a neighbour to its right. */
MF_INLINE int mf_conv_2d_mve_has_next(const mf_window *w, mf_index x) {
    return w->output_width % 2 == 0 || x + 1 < w->output_width;
}

/* All outputs of two pixels, whose outputs are `step` apart. */
MF_INLINE void mf_conv_2d_mve_outputs(const mf_conv_2d_mve *p, const int8_t *a,
                                      const int8_t *b, const int32_t *filter,
                                      int8_t *output, mf_index step) {
    const mf_mve_range range = {p->output_zero_point, p->activation_min,
                                p->activation_max};
    const mf_mve_places pairs = mf_mve_square(0, 4);
    const mf_mve_places places = mf_mve_square(step, 1);
    const mf_mve_places line = mf_mve_line(1);
    const mf_index outputs = p->window.output_channels;
    const mf_index weights = mf_conv_2d_mve_weights(&p->window);
    const mf_index size = 6 + 8 * mf_mve_blocks(weights);
    mf_index o = 0;
    //@ loop unroll 99999;
    for (; o + 1 < outputs; o += 2, filter += size) {
        const mf_mve_lanes sum = mf_mve_dot_2x2(a, b, filter, weights);
        mf_mve_store(
            output + o, &places,
            mf_mve_requantize_2x2(sum, filter + size - 4, &pairs, &range));
    }
    if (outputs % 2 != 0) {
        int8_t last[4];
        const mf_mve_lanes sum = mf_mve_dot_2x2(a, b, filter, weights);
        mf_mve_store(
            last, &line,
            mf_mve_requantize_2x2(sum, filter + size - 4, &pairs, &range));
        output[o] = last[0];
        output[o + step] = last[2];
    }
}

/* Columns x and x + 1 of a row, which is `row` of the output, from windows at
 * `a` and `b`; a last column without a neighbour is computed twice. */
MF_INLINE void mf_conv_2d_mve_pair(const mf_conv_2d_mve *p, const int8_t *a,
                                   const int8_t *b, const int32_t *filter,
                                   int8_t *row, mf_index x) {
    const mf_index outputs = p->window.output_channels;
    const int has_next = mf_conv_2d_mve_has_next(&p->window, x);
    mf_conv_2d_mve_outputs(p, a, has_next ? b : a, filter, row + x * outputs,
                           has_next ? outputs : 0);
}

/* Windows that are copied: two, one after the other, in scratch. */
MF_KERNEL void mf_conv_2d_mve_s8(const mf_conv_2d_mve *p, const int8_t *input,
                                 const int32_t *filter, int8_t *scratch,
                                 int8_t *output) {
    const mf_window *w = &p->window;
    int8_t *second = scratch + mf_conv_2d_mve_weights(w);
    for (mf_index y = 0; y < w->batches * w->output_height; y++) {
        const mf_taps rows = mf_window_rows(w, y % w->output_height);
        const int8_t *image = input + y / w->output_height * mf_window_image(w);
        for (mf_index x = 0; x < w->output_width; x += 2) {
            const mf_taps left = mf_window_columns(w, x);
            mf_conv_2d_mve_gather(p, image, &rows, &left, scratch);
            if (mf_conv_2d_mve_has_next(w, x)) {
                const mf_taps right = mf_window_columns(w, x + 1);
                mf_conv_2d_mve_gather(p, image, &rows, &right, second);
            }
            mf_conv_2d_mve_pair(p, scratch, second, filter,
                                output + y * mf_window_row(w), x);
        }
    }
}

/* Windows that are read where they lie (mf_conv_2d_mve_is_direct). */
MF_KERNEL void mf_conv_2d_mve_direct_s8(const mf_conv_2d_mve *p,
                                        const int8_t *input,
                                        const int32_t *filter, int8_t *output) {
    const mf_window *w = &p->window;
    const mf_index step = w->stride_x * w->input_channels;
    const mf_index line = w->input_width * w->input_channels;
    for (mf_index y = 0; y < w->batches * w->output_height; y++) {
        const int8_t *row = input + y / w->output_height * mf_window_image(w) +
                            y % w->output_height * w->stride_y * line;
        for (mf_index x = 0; x < w->output_width; x += 2) {
            mf_conv_2d_mve_pair(p, row + x * step, row + (x + 1) * step, filter,
                                output + y * mf_window_row(w), x);
        }
    }
}

/* Four columns of a row from column x on, which is at `row` of the input, each
 * as many bytes behind the other as `step` says, to `to`. */
MF_INLINE void mf_conv_2d_mve_four(const mf_conv_2d_mve *p, const int8_t *row,
                                   mf_index step, const int32_t *filter,
                                   const mf_mve_places *places, int8_t *to,
                                   mf_index x) {
    const mf_window *w = &p->window;
    const mf_mve_range range = {p->output_zero_point, p->activation_min,
                                p->activation_max};
    const mf_index weights = mf_conv_2d_mve_weights(w);
    const mf_index outputs = w->output_channels;
    //@ split x;
    const mf_index count = w->output_width - x;
    const int8_t *at = row + x * step;
    /* Where there is no pixel, the first once more. */
    const mf_mve_bytes a = mf_mve_data(at, weights);
    const mf_mve_bytes b = mf_mve_data(at + (count > 1 ? step : 0), weights);
    const mf_mve_bytes c =
        mf_mve_data(at + (count > 2 ? 2 * step : 0), weights);
    const mf_mve_bytes d =
        mf_mve_data(at + (count > 3 ? 3 * step : 0), weights);
    to += x * outputs;
    for (mf_index o = 0; o < outputs; o++) {
        const int32_t *f = filter + 7 * o;
        const mf_mve_bytes v = mf_mve_weights(f + 1, 0);
        const mf_mve_lanes sum =
            mf_mve_lanes_of(mf_mve_dot(a, v), mf_mve_dot(b, v),
                            mf_mve_dot(c, v), mf_mve_dot(d, v));
        const mf_mve_lanes result =
            mf_mve_requantize(mf_mve_add(sum, mf_load_s32(f)),
                              mf_load_s32(f + 5), mf_load_s32(f + 6), &range);
        if (w->output_width % 4 == 0) {
            mf_mve_store(to + o, places, result);
        } else {
            mf_mve_store_some(to + o, places, result, count);
        }
    }
    //@ merge x;
}

/* The same with windows of at most sixteen weights, which stay in registers
 * while four neighbouring pixels go through the outputs one by one.  filter: of
 * each output its bias, four words of weights, its multiplier and its shift. */
MF_KERNEL void mf_conv_2d_mve_small_s8(const mf_conv_2d_mve *p,
                                       const int8_t *input,
                                       const int32_t *filter, int8_t *output) {
    const mf_window *w = &p->window;
    const mf_index step = w->stride_x * w->input_channels;
    const mf_index line = w->input_width * w->input_channels;
    const mf_mve_places places = mf_mve_line(w->output_channels);
    for (mf_index y = 0; y < w->batches * w->output_height; y++) {
        const int8_t *row = input + y / w->output_height * mf_window_image(w) +
                            y % w->output_height * w->stride_y * line;
        for (mf_index x = 0; x < w->output_width; x += 4) {
            mf_conv_2d_mve_four(p, row, step, filter, &places,
                                output + y * mf_window_row(w), x);
        }
    }
}

#endif
