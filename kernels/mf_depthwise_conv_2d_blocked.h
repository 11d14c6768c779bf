/* DEPTHWISE_CONV_2D on int8_t, depth multiplier 1 and no dilation, for 32-bit
 * cores without SIMD.  The same results as mf_depthwise_conv_2d_s8().
 *
 * Channel by channel, the rows under the window are laid out as words that join
 * a column with the one that the next pixel sees in its place (mf_blocked.h),
 * so that one multiplication serves two pixels.  Each input row is laid out
 * once for each channel: the rows stand in a ring of filter_height.
 *
 * filter: for each channel its weights, row by row.
 * scale: for each channel three words (mf_blocked_scaling).  The bias counts on
 * the input's zero point under every weight, for padding holds it, and on
 * MF_BLOCKED_HALF for each tap, or for 3 x 3 taps, of which two are added up at
 * a time, five times. scratch: filter_height x row words. */
#ifndef MF_DEPTHWISE_CONV_2D_BLOCKED_H
#define MF_DEPTHWISE_CONV_2D_BLOCKED_H

#include "mf_blocked.h"
#include "mf_window.h"

typedef struct mf_depthwise_conv_2d_blocked {
    mf_window window;
    mf_index row; /* columns that first pixels of two see */
    int32_t input_zero_point;
    mf_blocked_scaling scaling;
} mf_depthwise_conv_2d_blocked;

/* The slot of the ring that is `step` (less than its size) after `slot`. */
MF_INLINE mf_index mf_depthwise_blocked_after(
    const mf_depthwise_conv_2d_blocked *p, mf_index slot, mf_index step) {
    const mf_index next = slot + step;
    return next < p->window.filter_height ? next
                                          : next - p->window.filter_height;
}

/* What column x of a row that starts at input[i] holds; padding too. */
MF_INLINE int32_t mf_depthwise_blocked_at(const mf_depthwise_conv_2d_blocked *p,
                                          const int8_t *input, mf_index i,
                                          mf_index x) {
    return x >= 0 && x < p->window.input_width
               ? input[i + x * p->window.input_channels]
               : p->input_zero_point;
}

/* Lays out columns first <= k < last, wherever they are. */
MF_INLINE void
mf_depthwise_blocked_border(const mf_depthwise_conv_2d_blocked *p,
                            const int8_t *input, mf_index i, mf_index first,
                            mf_index last, int32_t *words, mf_index to) {
    const mf_window *w = &p->window;
    for (mf_index k = first; k < last; k++) {
        const mf_index x = k - w->pad_left;
        words[to + k] = mf_blocked_word(
            mf_depthwise_blocked_at(p, input, i, x),
            mf_depthwise_blocked_at(p, input, i, x + w->stride_x));
    }
}

/* Lays out the row that starts at input[i], to words[to ...]. */
MF_INLINE void
mf_depthwise_blocked_columns(const mf_depthwise_conv_2d_blocked *p,
                             const int8_t *input, mf_index i, int32_t *words,
                             mf_index to) {
    const mf_window *w = &p->window;
    const mf_index padded = w->pad_left < p->row ? w->pad_left : p->row;
    const mf_index left = padded < 0 ? 0 : padded;
    mf_index right = w->input_width + w->pad_left - w->stride_x;
    right = right < left ? left : right < p->row ? right : p->row;
    mf_depthwise_blocked_border(p, input, i, 0, left, words, to);
    for (mf_index k = left; k < right; k++) {
        const mf_index at = i + (k - w->pad_left) * w->input_channels;
        words[to + k] = mf_blocked_word(
            input[at], input[at + w->stride_x * w->input_channels]);
    }
    mf_depthwise_blocked_border(p, input, i, right, p->row, words, to);
}

/* Lays out padded row r (0 is the first row of padding) of channel c, to
 * words[to ...]. */
MF_INLINE void mf_depthwise_blocked_fill(const mf_depthwise_conv_2d_blocked *p,
                                         const int8_t *input, mf_index c,
                                         mf_index r, int32_t *words,
                                         mf_index to) {
    const mf_window *w = &p->window;
    const mf_index y = r - w->pad_top;
    if (y >= 0 && y < w->input_height) {
        mf_depthwise_blocked_columns(
            p, input, y * w->input_width * w->input_channels + c, words, to);
    } else {
        const int32_t padding =
            mf_blocked_word(p->input_zero_point, p->input_zero_point);
        for (mf_index k = 0; k < p->row; k++) {
            words[to + k] = padding;
        }
    }
}

/* Three by three taps of two pixels; rows from (uint32_t)words[a], [b] and [c]
 * on. */
MF_INLINE void mf_depthwise_blocked_3x3(mf_blocked_sum *sum, uint32_t *halves,
                                        const int32_t *words, mf_index a,
                                        mf_index b, mf_index c,
                                        const int8_t *filter, mf_index f) {
    mf_blocked_pair(sum, halves, (uint32_t)words[a], mf_load_s8(filter + f),
                    (uint32_t)words[a + 1], mf_load_s8(filter + f + 1));
    mf_blocked_pair(sum, halves, (uint32_t)words[a + 2],
                    mf_load_s8(filter + f + 2), (uint32_t)words[b],
                    mf_load_s8(filter + f + 3));
    mf_blocked_pair(sum, halves, (uint32_t)words[b + 1],
                    mf_load_s8(filter + f + 4), (uint32_t)words[b + 2],
                    mf_load_s8(filter + f + 5));
    mf_blocked_pair(sum, halves, (uint32_t)words[c], mf_load_s8(filter + f + 6),
                    (uint32_t)words[c + 1], mf_load_s8(filter + f + 7));
    mf_blocked_tap(sum, halves, (uint32_t)words[c + 2],
                   mf_load_s8(filter + f + 8));
}

/* Any taps of two pixels from column k on; `top` is the slot of the row under
 * the first taps. */
MF_INLINE void mf_depthwise_blocked_any(const mf_depthwise_conv_2d_blocked *p,
                                        mf_blocked_sum *sum, uint32_t *halves,
                                        const int32_t *words, mf_index k,
                                        mf_index top, const int8_t *filter,
                                        mf_index f) {
    const mf_window *w = &p->window;
    for (mf_index ky = 0; ky < w->filter_height; ky++) {
        const mf_index at = mf_depthwise_blocked_after(p, top, ky) * p->row + k;
        for (mf_index kx = 0; kx < w->filter_width; kx++) {
            mf_blocked_tap(sum, halves, (uint32_t)words[at + kx],
                           mf_load_s8(filter + f + ky * w->filter_width + kx));
        }
    }
}

/* Where the rows under the window are laid out: those of three from the first
 * one down, or the slot of the first one in the ring. */
typedef struct mf_depthwise_blocked_rows {
    mf_index first, second, third;
    mf_index slot;
} mf_depthwise_blocked_rows;

/* An output row of channel c, whose first value is output[out]. */
MF_INLINE void mf_depthwise_blocked_row(const mf_depthwise_conv_2d_blocked *p,
                                        const int8_t *filter,
                                        const int32_t *scale,
                                        const int32_t *words, int8_t *output,
                                        mf_index out, mf_index c,
                                        const mf_depthwise_blocked_rows *rows) {
    const mf_window *w = &p->window;
    const mf_index f = c * w->filter_height * w->filter_width;
    const uint32_t bias = (uint32_t)mf_load_s32(scale + 3 * c);
    uint32_t halves = MF_BLOCKED_HALVES;
    MF_KEEP(halves);
    for (mf_index x = 0; x < w->output_width; x += 2) {
        const mf_index k = x * w->stride_x;
        mf_blocked_sum sum = mf_blocked_start(bias, bias);
        if (w->filter_height == 3 && w->filter_width == 3) {
            mf_depthwise_blocked_3x3(&sum, &halves, words, rows->first + k,
                                     rows->second + k, rows->third + k, filter,
                                     f);
        } else {
            mf_depthwise_blocked_any(p, &sum, &halves, words, k, rows->slot,
                                     filter, f);
        }
        output[out + x * w->output_channels] = (int8_t)mf_blocked_output(
            &p->scaling, mf_blocked_first(&sum), scale + 3 * c);
        if (w->output_width % 2 == 0 || x + 1 < w->output_width) {
            output[out + (x + 1) * w->output_channels] =
                (int8_t)mf_blocked_output(&p->scaling, mf_blocked_second(&sum),
                                          scale + 3 * c);
        }
    }
}

/* Channel c of an image, by three rows of taps: what is the first of the rows
 * is laid out anew as the last one. */
MF_INLINE void mf_depthwise_blocked_by_3(const mf_depthwise_conv_2d_blocked *p,
                                         const int8_t *input,
                                         const int8_t *filter,
                                         const int32_t *scale, int32_t *scratch,
                                         int8_t *output, mf_index c) {
    const mf_window *w = &p->window;
    mf_depthwise_blocked_rows rows = {0, p->row, 2 * p->row, 0};
    mf_index next = 0; /* the padded row to be laid out */
    for (mf_index y = 0; y < w->output_height; y++) {
        const mf_index first = y * w->stride_y;
        next = next < first ? first : next; /* rows that no window sees */
        for (; next < first + 3; next++) {
            const mf_index last = rows.first;
            mf_depthwise_blocked_fill(p, input, c, next, scratch, last);
            rows.first = rows.second;
            rows.second = rows.third;
            rows.third = last;
        }
        mf_depthwise_blocked_row(p, filter, scale, scratch, output,
                                 y * mf_window_row(w) + c, c, &rows);
    }
}

/* Channel c of an image. */
MF_INLINE void
mf_depthwise_blocked_channel(const mf_depthwise_conv_2d_blocked *p,
                             const int8_t *input, const int8_t *filter,
                             const int32_t *scale, int32_t *scratch,
                             int8_t *output, mf_index c) {
    const mf_window *w = &p->window;
    mf_depthwise_blocked_rows rows = {0, 0, 0, 0};
    mf_index next = 0, slot = 0; /* the padded row to be laid out */
    for (mf_index y = 0; y < w->output_height; y++) {
        const mf_index first = y * w->stride_y;
        if (next < first) { /* rows that no window sees */
            next = first;
            slot = rows.slot = 0;
        }
        for (; next < first + w->filter_height; next++) {
            mf_depthwise_blocked_fill(p, input, c, next, scratch,
                                      slot * p->row);
            slot = mf_depthwise_blocked_after(p, slot, 1);
        }
        mf_depthwise_blocked_row(p, filter, scale, scratch, output,
                                 y * mf_window_row(w) + c, c, &rows);
        if (w->stride_y < w->filter_height) {
            rows.slot = mf_depthwise_blocked_after(p, rows.slot, w->stride_y);
        }
    }
}

MF_KERNEL void
mf_depthwise_conv_2d_blocked_s8(const mf_depthwise_conv_2d_blocked *p,
                                const int8_t *input, const int8_t *filter,
                                const int32_t *scale, int32_t *scratch,
                                int8_t *output) {
    const mf_window *w = &p->window;
    for (mf_index b = 0; b < w->batches; b++) {
        for (mf_index c = 0; c < w->input_channels; c++) {
            const int8_t *image = input + b * mf_window_image(w);
            int8_t *to = output + b * w->output_height * mf_window_row(w);
            if (w->filter_height == 3 && w->filter_width == 3) {
                mf_depthwise_blocked_by_3(p, image, filter, scale, scratch, to,
                                          c);
            } else {
                mf_depthwise_blocked_channel(p, image, filter, scale, scratch,
                                             to, c);
            }
        }
    }
}

#endif
