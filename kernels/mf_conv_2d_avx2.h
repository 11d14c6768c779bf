/* CONV_2D on int8_t for x86-64 with AVX2: the windows of four neighbouring
 * pixels, widened to 16 bits, are multiplied with sixteen outputs at a time.
 * The same results as mf_conv_2d_s8().
 *
 * filter: for each block of outputs, for each two weights of a window
 * (filter_height x filter_width x input_channels, filled up with 0), the two of
 * each lane.  scale: for each block biases, multipliers and right shifts
 * (mf_avx2.h).  Biases count on the input's zero point under every weight:
 * padding holds the zero point.
 *
 * scratch: mf_conv_2d_avx2_scratch() numbers. */
#ifndef MF_CONV_2D_AVX2_H
#define MF_CONV_2D_AVX2_H

#include "mf_avx2.h"
#include "mf_window.h"

typedef struct mf_conv_2d_avx2 {
    mf_window window;
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_conv_2d_avx2;

/* Elements of a window, and pairs of them. */
MF_INLINE mf_index mf_conv_2d_avx2_weights(const mf_window *w) {
    return w->filter_height * w->filter_width * w->input_channels;
}
MF_INLINE mf_index mf_conv_2d_avx2_pairs(const mf_window *w) {
    return (mf_conv_2d_avx2_weights(w) + 1) / 2;
}

/* The windows of as many pixels as go together, and what is written past the
 * last. */
MF_INLINE mf_index mf_conv_2d_avx2_scratch(const mf_window *w) {
    const mf_index pixels = w->output_width < 4 ? w->output_width : 4;
    return pixels * 2 * mf_conv_2d_avx2_pairs(w) + 16;
}

/* Widens the window of a pixel, zero points where it is padded.  Past it
 * anything may be written. */
MF_INLINE void mf_conv_2d_avx2_gather(const mf_conv_2d_avx2 *p,
                                      const int8_t *image, const mf_taps *rows,
                                      const mf_taps *columns, int16_t *to) {
    const mf_window *w = &p->window;
    const mf_index row = w->filter_width * w->input_channels;
    const int full = mf_window_is_full(w, rows, columns);
    if (!full) {
        for (mf_index k = 0; k < mf_conv_2d_avx2_weights(w); k++) {
            to[k] = (int16_t)p->input_zero_point;
        }
    }
    for (mf_index ky = rows->first; ky < rows->last; ky++) {
        /* Columns that are neighbours in the input go in one run. */
        const mf_index run =
            w->dilation_x == 1 ? columns->last - columns->first : 1;
        for (mf_index kx = columns->first; kx < columns->last; kx += run) {
            const mf_index at = mf_window_at(w, rows, columns, ky, kx);
            const mf_index count = run * w->input_channels;
            mf_avx2_widen(to + ky * row + kx * w->input_channels, image + at,
                          count, full && at + count + 15 < mf_window_image(w));
        }
    }
}

/* All outputs of one to four neighbouring pixels, whose windows lie in `data`
 * one after the other; `pixels` is literal. */
MF_INLINE void mf_conv_2d_avx2_outputs(const mf_conv_2d_avx2 *p,
                                       const int16_t *data,
                                       const int8_t *filter,
                                       const int32_t *scale, int8_t *output,
                                       int pixels) {
    const mf_avx2_range range = {p->output_zero_point, p->activation_min,
                                 p->activation_max};
    const mf_index outputs = p->window.output_channels;
    const mf_index pairs = mf_conv_2d_avx2_pairs(&p->window);
    //@ loop unroll 99999;
    for (mf_index b = 0; b < mf_avx2_blocks(outputs); b++) {
        const int32_t *s = scale + MF_AVX2_SCALE * b;
        const mf_index count = outputs - 16 * b;
        const mf_avx2_factors factors = mf_avx2_factors_at(s);
        const mf_avx2_pixels sum =
            mf_avx2_dot(mf_avx2_block_at(s), data, 2 * pairs,
                        filter + 32 * pairs * b, pairs, pixels);
        int8_t *to = output + 16 * b;
        mf_avx2_finish(to, sum.a, &factors, &range, count);
        if (pixels > 1) {
            mf_avx2_finish(to + outputs, sum.b, &factors, &range, count);
        }
        if (pixels > 2) {
            mf_avx2_finish(to + 2 * outputs, sum.c, &factors, &range, count);
        }
        if (pixels > 3) {
            mf_avx2_finish(to + 3 * outputs, sum.d, &factors, &range, count);
        }
    }
}

/* Columns x to x + pixels - 1 of a row, which is `row` of the output. */
MF_INLINE void mf_conv_2d_avx2_columns(const mf_conv_2d_avx2 *p,
                                       const int8_t *image, const mf_taps *rows,
                                       const int8_t *filter,
                                       const int32_t *scale, int16_t *scratch,
                                       int8_t *row, mf_index x, int pixels) {
    const mf_window *w = &p->window;
    const mf_index step = 2 * mf_conv_2d_avx2_pairs(w);
    for (mf_index k = 0; k < pixels; k++) {
        const mf_taps columns = mf_window_columns(w, x + k);
        mf_conv_2d_avx2_gather(p, image, rows, &columns, scratch + k * step);
    }
    mf_conv_2d_avx2_outputs(p, scratch, filter, scale,
                            row + x * w->output_channels, pixels);
}

MF_KERNEL void mf_conv_2d_avx2_s8(const mf_conv_2d_avx2 *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *scale,
                                  int16_t *scratch, int8_t *output) {
    const mf_window *w = &p->window;
    const mf_index whole = w->output_width / 4 * 4;
    const mf_index rest = w->output_width - whole;
    for (mf_index y = 0; y < w->batches * w->output_height; y++) {
        const mf_taps rows = mf_window_rows(w, y % w->output_height);
        const int8_t *image = input + y / w->output_height * mf_window_image(w);
        int8_t *row = output + y * mf_window_row(w);
        for (mf_index x = 0; x < whole; x += 4) {
            mf_conv_2d_avx2_columns(p, image, &rows, filter, scale, scratch,
                                    row, x, 4);
        }
        if (rest == 1) {
            mf_conv_2d_avx2_columns(p, image, &rows, filter, scale, scratch,
                                    row, whole, 1);
        } else if (rest == 2) {
            mf_conv_2d_avx2_columns(p, image, &rows, filter, scale, scratch,
                                    row, whole, 2);
        } else if (rest == 3) {
            mf_conv_2d_avx2_columns(p, image, &rows, filter, scale, scratch,
                                    row, whole, 3);
        }
    }
}

#endif
