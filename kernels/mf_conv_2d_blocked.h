/* CONV_2D on int8_t for 32-bit cores without SIMD: the windows of two
 * neighbouring pixels are joined word by word (mf_blocked.h), and multiplied
 * with two output channels at a time.  The same results as mf_conv_2d_s8().
 *
 * scale: for each output three words (mf_blocked_scaling); an odd last output
 * is paired with zeros.  The bias
 * counts on the input's zero point under every weight, for padding holds it,
 * and on what keeps fields from being negative.
 * scratch: a word for each tap of a window (filter_height x filter_width x
 * input_channels), made even. */
#ifndef MF_CONV_2D_BLOCKED_H
#define MF_CONV_2D_BLOCKED_H

#include "mf_blocked.h"
#include "mf_window.h"

typedef struct mf_conv_2d_blocked {
    mf_window window;
    int32_t input_zero_point;
    mf_blocked_scaling scaling;
} mf_conv_2d_blocked;

/* The weights of an output. */
MF_INLINE mf_index mf_conv_2d_blocked_taps(const mf_window *w) {
    return w->filter_height * w->filter_width * w->input_channels;
}

/* Whether tap k is inside. */
MF_INLINE int mf_conv_2d_blocked_inside(const mf_taps *taps, mf_index k) {
    return k >= taps->first && k < taps->last;
}

/* Joins the windows of columns x and `next`, of which some taps are padding. */
MF_INLINE void mf_conv_2d_blocked_border(const mf_conv_2d_blocked *p,
                                         const int8_t *input,
                                         const mf_taps *rows,
                                         const mf_taps *left,
                                         const mf_taps *right, int32_t *x) {
    const mf_window *w = &p->window;
    mf_index to = 0;
    //@ loop unroll 99999;
    for (mf_index ky = 0; ky < w->filter_height; ky++) {
        const int row = mf_conv_2d_blocked_inside(rows, ky);
        //@ loop unroll 99999;
        for (mf_index kx = 0; kx < w->filter_width; kx++) {
            const int first = row && mf_conv_2d_blocked_inside(left, kx);
            const int second = row && mf_conv_2d_blocked_inside(right, kx);
            const mf_index a = first ? mf_window_at(w, rows, left, ky, kx) : 0;
            const mf_index b =
                second ? mf_window_at(w, rows, right, ky, kx) : 0;
            for (mf_index c = 0; c < w->input_channels; c++) {
                x[to + c] = mf_blocked_word(
                    first ? input[a + c] : p->input_zero_point,
                    second ? input[b + c] : p->input_zero_point);
            }
            to += w->input_channels;
        }
    }
}

/* Joins the windows of columns x and `next`. */
MF_INLINE void mf_conv_2d_blocked_windows(const mf_conv_2d_blocked *p,
                                          const int8_t *input,
                                          const mf_taps *rows, mf_index x,
                                          mf_index next, int32_t *scratch) {
    const mf_window *w = &p->window;
    const mf_taps left = mf_window_columns(w, x);
    mf_taps right;
    //@ split left.first;
    //@ split left.last;
    right = mf_window_columns(w, next);
    if (!mf_window_is_full(w, rows, &left) ||
        !mf_window_is_full(w, rows, &right)) {
        mf_conv_2d_blocked_border(p, input, rows, &left, &right, scratch);
        return;
    }
    const mf_index columns = w->dilation_x == 1 ? 1 : w->filter_width;
    const mf_index run = w->filter_width / columns * w->input_channels;
    for (mf_index ky = 0; ky < w->filter_height; ky++) {
        for (mf_index kx = 0; kx < columns; kx++) {
            mf_blocked_join(input, mf_window_at(w, rows, &left, ky, kx),
                            mf_window_at(w, rows, &right, ky, kx), run, scratch,
                            (ky * columns + kx) * run);
        }
    }
}

/* Outputs o and o + 1 of two pixels, `step` apart (0: of one). */
MF_INLINE void mf_conv_2d_blocked_store(const mf_conv_2d_blocked *p,
                                        const mf_blocked_sum *a,
                                        const mf_blocked_sum *b, mf_index o,
                                        const int32_t *scale, int8_t *output,
                                        mf_index out, mf_index step) {
    const mf_index outputs = p->window.output_channels;
    output[out + step + o] = (int8_t)mf_blocked_output(
        &p->scaling, mf_blocked_second(a), scale + 3 * o);
    output[out + o] = (int8_t)mf_blocked_output(
        &p->scaling, mf_blocked_first(a), scale + 3 * o);
    if (outputs % 2 == 0 || o + 1 < outputs) {
        output[out + step + o + 1] = (int8_t)mf_blocked_output(
            &p->scaling, mf_blocked_second(b), scale + 3 * o + 3);
        output[out + o + 1] = (int8_t)mf_blocked_output(
            &p->scaling, mf_blocked_first(b), scale + 3 * o + 3);
    }
}

/* All outputs of the two pixels in scratch. */
MF_INLINE void mf_conv_2d_pairs_outputs(const mf_conv_2d_blocked *p,
                                        const int8_t *filter,
                                        const int32_t *scale,
                                        const int32_t *scratch, int8_t *output,
                                        mf_index out, mf_index step) {
    const mf_window *w = &p->window;
    const mf_index pairs = (mf_conv_2d_blocked_taps(w) + 1) / 2;
    for (mf_index o = 0; o < w->output_channels; o += 2) {
        const uint32_t first = (uint32_t)mf_load_s32(scale + 3 * o);
        const uint32_t second = (uint32_t)mf_load_s32(scale + 3 * o + 3);
        mf_blocked_sum a = mf_blocked_start(first, first);
        mf_blocked_sum b = mf_blocked_start(second, second);
        mf_blocked_dot_pairs(&a, &b, scratch, filter, 2 * o * pairs, pairs);
        mf_conv_2d_blocked_store(p, &a, &b, o, scale, output, out, step);
    }
}

MF_INLINE void mf_conv_2d_offset_outputs(const mf_conv_2d_blocked *p,
                                         const uint8_t *filter,
                                         const int32_t *scale, int32_t *scratch,
                                         int8_t *output, mf_index out,
                                         mf_index step) {
    const mf_window *w = &p->window;
    const mf_index taps = mf_conv_2d_blocked_taps(w);
    const mf_blocked_sum data = mf_blocked_offset(scratch, taps);
    const uint32_t less_first = data.total - (data.second << 16);
    for (mf_index o = 0; o < w->output_channels; o += 2) {
        const uint32_t first = (uint32_t)mf_load_s32(scale + 3 * o);
        const uint32_t second = (uint32_t)mf_load_s32(scale + 3 * o + 3);
        mf_blocked_sum a =
            mf_blocked_start(first - less_first, first - data.second);
        mf_blocked_sum b =
            mf_blocked_start(second - less_first, second - data.second);
        mf_blocked_dot_offset(&a, &b, scratch, filter, o * taps, taps);
        mf_conv_2d_blocked_store(p, &a, &b, o, scale, output, out, step);
    }
}

/* For each pair of outputs, for each pair of taps (an odd last one is paired
 * with 0), two weights of the one and two of the other. */
MF_KERNEL void mf_conv_2d_pairs_s8(const mf_conv_2d_blocked *p,
                                   const int8_t *input, const int8_t *filter,
                                   const int32_t *scale, int32_t *scratch,
                                   int8_t *output) {
    const mf_window *w = &p->window;
    if (mf_conv_2d_blocked_taps(w) % 2 != 0) {
        scratch[mf_conv_2d_blocked_taps(w)] = 0; /* meets a weight of 0 */
    }
    for (mf_index b = 0; b < w->batches; b++) {
        for (mf_index y = 0; y < w->output_height; y++) {
            const mf_taps rows = mf_window_rows(w, y);
            const mf_index row = (b * w->output_height + y) * mf_window_row(w);
            for (mf_index x = 0; x < w->output_width; x += 2) {
                //@ split x + 1 < w->output_width;
                const mf_index one = x + 1 == w->output_width;
                const mf_index out = row + x * w->output_channels;
                mf_conv_2d_blocked_windows(p, input + b * mf_window_image(w),
                                           &rows, x, one ? x : x + 1, scratch);
                mf_conv_2d_pairs_outputs(p, filter, scale, scratch, output, out,
                                         one ? 0 : w->output_channels);
            }
        }
    }
}

/* For each pair of outputs, for each tap, a weight of each, plus 128. */
MF_KERNEL void mf_conv_2d_offset_s8(const mf_conv_2d_blocked *p,
                                    const int8_t *input, const uint8_t *filter,
                                    const int32_t *scale, int32_t *scratch,
                                    int8_t *output) {
    const mf_window *w = &p->window;
    for (mf_index b = 0; b < w->batches; b++) {
        for (mf_index y = 0; y < w->output_height; y++) {
            const mf_taps rows = mf_window_rows(w, y);
            const mf_index row = (b * w->output_height + y) * mf_window_row(w);
            for (mf_index x = 0; x < w->output_width; x += 2) {
                //@ split x + 1 < w->output_width;
                const mf_index one = x + 1 == w->output_width;
                const mf_index out = row + x * w->output_channels;
                mf_conv_2d_blocked_windows(p, input + b * mf_window_image(w),
                                           &rows, x, one ? x : x + 1, scratch);
                mf_conv_2d_offset_outputs(p, filter, scale, scratch, output,
                                          out, one ? 0 : w->output_channels);
            }
        }
    }
}

#endif
