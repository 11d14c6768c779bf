/* CONV_2D on int8_t for cores with the DSP extension: the windows of three
 * neighbouring pixels are widened into a patch (mf_dsp.h), and multiplied with
 * two output channels at a time.  The same results as mf_conv_2d_s8().
 *
 * filter: for each pair of outputs (an odd last one is paired with zeros) their
 * two sums at the start; for each group of four weights of a window
 * (filter_height x filter_width x input_channels, filled up with 0) a word of
 * the one and a word of the other; then of each its numbers (mf_dsp_numbers()).
 * Sums count on the input's zero point under every weight: padding holds the
 * zero point.
 *
 * scratch: 12 * groups int16_t, and 2 * groups where windows are gathered
 * (mf_conv_2d_dsp_gathers()).
 *
 * A pixel is written after its window and that of the two pixels after it were
 * read.
 *
 * A single pixel is a matrix product of its window, gathered in 2 * groups
 * int16_t: its filter is that of mf_fully_connected_dsp_s8(). */
#ifndef MF_CONV_2D_DSP_H
#define MF_CONV_2D_DSP_H

#include "mf_dsp_form.h"
#include "mf_fully_connected_dsp.h"
#include "mf_window.h"

typedef struct mf_conv_2d_dsp {
    mf_window window;
    mf_index groups; /* of four weights, an output */
    mf_index plain;  /* 1: sums are sums, not 256 times as much */
    mf_index single; /* mf_conv_2d_dsp_is_single() */
    int32_t input_zero_point;
    mf_dsp_form form;
} mf_conv_2d_dsp;

/* Whether input and output are the same pixels. */
MF_INLINE int mf_conv_2d_dsp_is_flat(const mf_window *w) {
    return w->filter_height == 1 && w->filter_width == 1 && w->stride_y == 1 &&
           w->stride_x == 1 && w->pad_top == 0 && w->pad_left == 0 &&
           w->output_height == w->input_height &&
           w->output_width == w->input_width;
}

/* Whether a window's rows of taps make whole groups, so that it need not be
 * copied to become one run. */
MF_INLINE int mf_conv_2d_dsp_runs(const mf_window *w) {
    return (w->dilation_x == 1 &&
            w->filter_width * w->input_channels % 4 == 0) ||
           (w->filter_height == 1 && w->filter_width == 1);
}

/* Whether some windows have to be copied: all, or those on the border. */
MF_INLINE int mf_conv_2d_dsp_gathers(const mf_window *w) {
    return !mf_conv_2d_dsp_is_flat(w);
}

/* Copies the window to the bytes of `to`, zero points where it is padded. */
MF_INLINE void mf_conv_2d_dsp_gather(const mf_conv_2d_dsp *p,
                                     const int8_t *input, const mf_taps *rows,
                                     const mf_taps *columns, int is_full,
                                     int16_t *to) {
    const mf_window *w = &p->window;
    const mf_index row = w->filter_width * w->input_channels;
    int8_t *bytes = (int8_t *)to;
    if (!is_full) {
        mf_dsp_fill(to, p->groups, mf_dsp_four_times(p->input_zero_point));
    }
    for (mf_index ky = rows->first; ky < rows->last; ky++) {
        /* A known number of bytes takes fewer instructions. */
        if (!MF_DSP_SMALL && w->dilation_x == 1 && row >= 4 && is_full &&
            (p->single || !mf_conv_2d_dsp_runs(w))) {
            mf_dsp_copy(bytes + ky * row,
                        input + mf_window_at(w, rows, columns, ky, 0), row);
            continue;
        }
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

/* For the prover, which tells cases apart by them beyond a function's end. */
//@ ghost mf_index mf_first_tap, mf_last_tap;

/* The taps along an axis; those of a window inside are known at once. */
MF_INLINE mf_taps mf_conv_2d_dsp_taps(mf_index start, mf_index dilation,
                                      mf_index taps, mf_index size) {
    //@ split start;
    mf_taps t = {start, 0, taps};
    const mf_index room = size - (taps - 1) * dilation;
    if (start < 0 || start >= room) {
        t = mf_taps_inside(start, dilation, taps, size);
    }
    //@ ghost mf_first_tap = t.first;
    //@ ghost mf_last_tap = t.last;
    //@ split mf_first_tap;
    //@ split mf_last_tap;
    //@ merge start;
    return t;
}

/* Widens the window of pixel (y, x) of an image into a lane of scratch. */
MF_INLINE void mf_conv_2d_dsp_pixel(const mf_conv_2d_dsp *p,
                                    const int8_t *input, mf_index y, mf_index x,
                                    int16_t *scratch, mf_index lane) {
    const mf_window *w = &p->window;
    int16_t *wide = scratch + 2 * lane;
    if (!MF_DSP_SMALL && mf_conv_2d_dsp_is_flat(w)) {
        mf_dsp_widen(input + (y * w->input_width + x) * w->input_channels,
                     w->input_channels, 3, p->plain, wide);
        return;
    }
    const mf_taps rows =
        mf_conv_2d_dsp_taps(y * w->stride_y - w->pad_top, w->dilation_y,
                            w->filter_height, w->input_height);
    mf_taps columns;
    //@ split rows.first;
    //@ split rows.last;
    columns = mf_conv_2d_dsp_taps(x * w->stride_x - w->pad_left, w->dilation_x,
                                  w->filter_width, w->input_width);
    const int is_full = mf_window_is_full(w, &rows, &columns);
    /* Rows of taps as runs of bytes; or all of them as one. */
    const int runs = mf_conv_2d_dsp_runs(w) && is_full;
    const mf_index run =
        runs ? w->filter_width * w->input_channels : 4 * p->groups;
    const mf_index step = w->dilation_y * w->input_width * w->input_channels;
    const int8_t *from;
    if (runs) {
        from = input + mf_window_at(w, &rows, &columns, 0, 0);
    } else {
        int16_t *bytes = scratch + 12 * p->groups;
        mf_conv_2d_dsp_gather(p, input, &rows, &columns, is_full, bytes);
        from = (int8_t *)bytes;
    }
    for (mf_index ky = 0; ky < (runs ? w->filter_height : 1); ky++) {
        mf_dsp_widen(from + ky * step, run, 3, p->plain, wide + 3 * ky * run);
    }
    //@ merge rows.first;
    //@ merge rows.last;
    //@ merge mf_first_tap;
    //@ merge mf_last_tap;
}

MF_INLINE int8_t mf_conv_2d_dsp_value(const mf_conv_2d_dsp *p, int32_t sum,
                                      int32_t multiplier, int32_t right) {
    return mf_dsp_value(&p->form, sum, p->plain ? 1 : 256, multiplier, right);
}

/* Sums of the two outputs of the pixels in scratch: of three, or of two. */
MF_INLINE const int32_t *mf_conv_2d_dsp_sums(const mf_conv_2d_dsp *p,
                                             const int32_t *filter,
                                             const int16_t *scratch,
                                             mf_index pixels, int32_t sum[6]) {
    if (pixels == 3) {
        return mf_dsp_dot_3x2(scratch, filter, p->groups, p->plain, sum);
    }
    int32_t two[4] = {sum[0], sum[1], sum[3], sum[4]};
    filter = mf_dsp_dot_2x2(scratch, filter, p->groups, p->plain, two);
    sum[0] = two[0];
    sum[1] = two[1];
    sum[3] = two[2];
    sum[4] = two[3];
    return filter;
}

/* All outputs of the three or two pixels in scratch: of the first one from
 * `out` on, of the others `second` and `third` behind it. */
MF_INLINE void mf_conv_2d_dsp_outputs(const mf_conv_2d_dsp *p,
                                      const int32_t *filter,
                                      const int16_t *scratch, int8_t *output,
                                      mf_index pixels, mf_index out,
                                      mf_index second, mf_index third) {
    const mf_index outputs = p->window.output_channels;
    //@ loop unroll 99999;
    for (mf_index o = 0; o < outputs; o += 2) {
        int32_t sum[6] = {filter[0], filter[0], filter[0],
                          filter[1], filter[1], filter[1]};
        filter = mf_conv_2d_dsp_sums(p, filter + 2, scratch, pixels, sum);
        /* Read before anything is written, which might be the same bytes for
         * all that the compiler knows. */
        const mf_index numbers = mf_dsp_numbers(&p->form);
        const int32_t m0 = filter[0], m1 = filter[numbers];
        const int32_t s0 = numbers == 1 ? 0 : filter[1];
        const int32_t s1 = numbers == 1 ? 0 : filter[3];
        filter += 2 * numbers;
        int8_t *to = output + out + o;
        if (MF_DSP_SMALL) {
            for (mf_index k = 0; k < 2 && o + k < outputs; k++) {
                const int32_t m = k ? m1 : m0, s = k ? s1 : s0;
                to[k] = mf_conv_2d_dsp_value(p, sum[3 * k], m, s);
                to[second + k] = mf_conv_2d_dsp_value(p, sum[3 * k + 1], m, s);
                to[third + k] = mf_conv_2d_dsp_value(p, sum[3 * k + 2], m, s);
            }
            continue;
        }
        to[0] = mf_conv_2d_dsp_value(p, sum[0], m0, s0);
        to[second] = mf_conv_2d_dsp_value(p, sum[1], m0, s0);
        if (pixels == 3) {
            to[third] = mf_conv_2d_dsp_value(p, sum[2], m0, s0);
        }
        if (outputs % 2 == 0 || o + 1 < outputs) {
            to[1] = mf_conv_2d_dsp_value(p, sum[3], m1, s1);
            to[second + 1] = mf_conv_2d_dsp_value(p, sum[4], m1, s1);
            if (pixels == 3) {
                to[third + 1] = mf_conv_2d_dsp_value(p, sum[5], m1, s1);
            }
        }
    }
}

/* An image of one pixel, as a tile may be; where the input's pixel is all that
 * one or two outputs are made of, it would not pay. */
MF_INLINE int mf_conv_2d_dsp_is_single(const mf_window *w) {
    return w->batches * w->output_height * w->output_width == 1 &&
           (mf_conv_2d_dsp_gathers(w) || w->output_channels > 2);
}

MF_INLINE void mf_conv_2d_dsp_single(const mf_conv_2d_dsp *p,
                                     const int8_t *input, const int32_t *filter,
                                     int16_t *scratch, int8_t *output) {
    const mf_window *w = &p->window;
    const mf_taps rows = mf_conv_2d_dsp_taps(-w->pad_top, w->dilation_y,
                                             w->filter_height, w->input_height);
    const mf_taps columns = mf_conv_2d_dsp_taps(
        -w->pad_left, w->dilation_x, w->filter_width, w->input_width);
    /* What fills the last group meets weights of 0. */
    mf_dsp_put_pair(scratch + 2 * (p->groups - 1), 0);
    mf_conv_2d_dsp_gather(p, input, &rows, &columns,
                          mf_window_is_full(w, &rows, &columns), scratch);
    const mf_fully_connected_dsp product = {.batches = 1,
                                            .inputs = 4 * p->groups,
                                            .outputs = w->output_channels,
                                            .plain = p->plain,
                                            .per_channel = 1,
                                            .form = p->form};
    mf_fully_connected_dsp_s8(&product, (const int8_t *)scratch, filter,
                              output);
}

/* Where a pixel is. */
typedef struct mf_conv_2d_dsp_place {
    mf_index image, y, x;
} mf_conv_2d_dsp_place;

MF_INLINE void mf_conv_2d_dsp_advance(const mf_window *w,
                                      mf_conv_2d_dsp_place *at) {
    at->x++;
    if (at->x == w->output_width) {
        at->x = 0;
        at->y++;
        if (at->y == w->output_height) {
            at->y = 0;
            at->image += mf_window_image(w);
            /* Behind the last pixel of all, where nothing is read. */
            if (at->image == w->batches * mf_window_image(w)) {
                at->image = 0;
            }
        }
    }
}

/* Pixels of those left that are computed together.  Of a few ones, as tiles
 * have, what three do not go into is worth code of its own: two at a time. */
MF_INLINE mf_index mf_conv_2d_dsp_together(mf_index pixels, mf_index left) {
    const int pairs = !MF_DSP_SMALL && pixels % 3 != 0 && pixels <= 32;
    return pairs && (left < 3 || left == 4) ? 2 : 3;
}

MF_KERNEL void mf_conv_2d_dsp_s8(const mf_conv_2d_dsp *p, const int8_t *input,
                                 const int32_t *filter, int16_t *scratch,
                                 int8_t *output) {
    const mf_window *w = &p->window;
    const mf_index pixels = w->batches * w->output_height * w->output_width;
    const mf_index outputs = w->output_channels;
    mf_conv_2d_dsp_place at = {0, 0, 0};
    const int is_flat = !MF_DSP_SMALL && mf_conv_2d_dsp_is_flat(w);
    mf_index n = 0, together;
    if (p->single) {
        mf_conv_2d_dsp_single(p, input, filter, scratch, output);
        return;
    }
    if (mf_conv_2d_dsp_gathers(w)) {
        /* What fills the last group meets weights of 0, but has to be
         * something. */
        mf_dsp_put_pair(scratch + 14 * p->groups - 2, 0);
    }
    /*@ loop invariant 0 <= at.image;
        loop invariant at.image <
                       w->batches * w->input_height * w->input_width *
                           w->input_channels;
        loop invariant 0 <= at.y < w->output_height;
        loop invariant 0 <= at.x < w->output_width; */
    for (; n < pixels; n += together) {
        //@ split n + 1 < pixels;
        //@ split n + 2 < pixels;
        /* Past the last pixel come the last one's results again. */
        const mf_index left = pixels - 1 - n;
        together = mf_conv_2d_dsp_together(pixels, left + 1);
        //@ loop unroll 3;
        for (mf_index lane = 0; lane < together; lane++) {
            if (is_flat) {
                mf_conv_2d_dsp_pixel(p, input, 0,
                                     lane < left ? n + lane : pixels - 1,
                                     scratch, lane);
                continue;
            }
            mf_conv_2d_dsp_pixel(p, input + at.image, at.y, at.x, scratch,
                                 lane);
            if (lane < left) {
                mf_conv_2d_dsp_advance(w, &at);
            }
        }
        if (together == 2) {
            mf_conv_2d_dsp_outputs(p, filter, scratch, output, 2, n * outputs,
                                   left > 0 ? outputs : 0, 0);
        } else {
            mf_conv_2d_dsp_outputs(p, filter, scratch, output, 3, n * outputs,
                                   left > 0 ? outputs : 0,
                                   left > 1   ? 2 * outputs
                                   : left > 0 ? outputs
                                              : 0);
        }
    }
}

#endif
