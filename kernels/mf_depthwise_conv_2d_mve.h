/* DEPTHWISE_CONV_2D on int8_t for cores with Helium, windows not dilated: four
 * input rows are laid side by side, a word a column and channel, so that four
 * words make a cell of four columns by four rows, multiplied in one go.  The
 * same results as mf_depthwise_conv_2d_s8().
 *
 * A window is one or more cells.  One of at most three by three that moves by
 * one leaves room in its cell for its neighbours to the right and below: four
 * outputs share the cell.
 *
 * filter: two words of 0; for each output the cells of its window, row by row,
 * four words each: column by column the weights of four rows, 0 where the
 * window has none.  scale: of each output its bias, its multiplier and its
 * shift (mf_mve_requantize).  Biases count on the input's zero point under
 * every weight: padding holds the zero point.
 *
 * scratch: mf_depthwise_conv_2d_mve_scratch() bytes, aligned to 4. */
#ifndef MF_DEPTHWISE_CONV_2D_MVE_H
#define MF_DEPTHWISE_CONV_2D_MVE_H

#include "mf_mve.h"
#include "mf_window.h"

typedef struct mf_depthwise_conv_2d_mve {
    mf_window window;
    mf_index depth_multiplier;
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_depthwise_conv_2d_mve;

/* Cells of a window, one above the other and side by side. */
MF_INLINE mf_index mf_depthwise_mve_cells_y(const mf_window *w) {
    return (w->filter_height + 3) / 4;
}
MF_INLINE mf_index mf_depthwise_mve_cells_x(const mf_window *w) {
    return (w->filter_width + 3) / 4;
}

/* Whether two by two outputs share a cell. */
MF_INLINE int mf_depthwise_mve_shares(const mf_window *w) {
    return w->filter_height <= 3 && w->filter_width <= 3 && w->stride_y == 1 &&
           w->stride_x == 1 && w->output_height >= 2 && w->output_width >= 2;
}

/* Columns that are laid out: all of the input, and all that cells reach. */
MF_INLINE mf_index mf_depthwise_mve_columns(const mf_window *w) {
    const mf_index inside = w->pad_left + w->input_width;
    const mf_index reach =
        mf_depthwise_mve_shares(w)
            ? w->output_width + 2
            : ((w->output_width + 3) / 4 * 4 - 1) * w->stride_x +
                  4 * mf_depthwise_mve_cells_x(w);
    return inside > reach ? inside : reach;
}

/* Bytes; whole blocks are written. */
MF_INLINE mf_index mf_depthwise_conv_2d_mve_scratch(const mf_window *w) {
    return 4 * (mf_depthwise_mve_cells_y(w) * mf_depthwise_mve_columns(w) *
                    w->input_channels +
                15);
}

/* Lays out four rows from row y of the image on. */
MF_INLINE void mf_depthwise_mve_lay_out(const mf_depthwise_conv_2d_mve *p,
                                        const int8_t *input, mf_index y,
                                        int8_t *to) {
    const mf_window *w = &p->window;
    const mf_index line = w->input_width * w->input_channels;
    /* Of a tile the padding may be less than none: it starts inside. */
    const mf_index pad = w->pad_left * w->input_channels;
    const mf_index left = pad > 0 ? pad : 0, skipped = left - pad;
    const mf_index size = line - skipped;
    const mf_index all = mf_depthwise_mve_columns(w) * w->input_channels;
    int8_t zero[16];
    const int8_t *row[4];
    mf_index step[4];
    mf_mve_fill(zero, p->input_zero_point, 16);
    //@ split y;
    //@ loop unroll 4;
    for (mf_index k = 0; k < 4; k++) {
        const int inside = y + k >= 0 && y + k < w->input_height;
        row[k] = inside ? input + (y + k) * line + skipped : zero;
        step[k] = inside ? 16 : 0;
    }
    mf_mve_fill(to, p->input_zero_point, 4 * left);
    mf_mve_interleave(row, step, size, to + 4 * left);
    mf_mve_fill(to + 4 * (left + size), p->input_zero_point,
                4 * (all - left - size));
    //@ merge y;
}

/* Rows y and y + 1 of output channel o, input channel c. */
MF_INLINE void mf_depthwise_mve_two_rows(const mf_depthwise_conv_2d_mve *p,
                                         const int32_t *filter,
                                         const int32_t *scale,
                                         const int8_t *scratch, int8_t *output,
                                         mf_index c, mf_index o) {
    const mf_window *w = &p->window;
    const mf_mve_range range = {p->output_zero_point, p->activation_min,
                                p->activation_max};
    const mf_index column = 4 * w->input_channels;
    const mf_mve_places cells = mf_mve_line(column);
    const mf_mve_places outputs =
        mf_mve_square(mf_window_row(w), w->output_channels);
    const mf_index at = 8 + 16 * o;
    /* What a cell lacks of a window that is moved in it is 0. */
    const mf_mve_bytes here = mf_mve_weights(filter, at);
    const mf_mve_bytes right = mf_mve_weights(filter, at - 4);
    const mf_mve_bytes below = mf_mve_weights(filter, at - 1);
    const mf_mve_bytes across = mf_mve_weights(filter, at - 5);
    const int32_t bias = mf_load_s32(scale + 3 * o);
    const int32_t multiplier = mf_load_s32(scale + 3 * o + 1);
    const int32_t shift = mf_load_s32(scale + 3 * o + 2);
    for (mf_index x = 0; x < w->output_width; x += 2) {
        /* A last column without a neighbour takes that to its left. */
        const mf_index from =
            w->output_width % 2 == 0 || x + 1 < w->output_width ? x : x - 1;
        const mf_mve_bytes cell =
            mf_mve_cell(scratch + 4 * c + from * column, &cells);
        const mf_mve_lanes sum =
            mf_mve_lanes_of(mf_mve_dot(cell, here), mf_mve_dot(cell, right),
                            mf_mve_dot(cell, below), mf_mve_dot(cell, across));
        mf_mve_store(output + from * w->output_channels + o, &outputs,
                     mf_mve_requantize(mf_mve_add(sum, bias), multiplier, shift,
                                       &range));
    }
}

/* One row of output channel o, input channel c: four columns at a time. */
MF_INLINE void mf_depthwise_mve_one_row(const mf_depthwise_conv_2d_mve *p,
                                        const int32_t *filter,
                                        const int32_t *scale,
                                        const int8_t *scratch, int8_t *output,
                                        mf_index c, mf_index o) {
    const mf_window *w = &p->window;
    const mf_mve_range range = {p->output_zero_point, p->activation_min,
                                p->activation_max};
    const mf_index column = 4 * w->input_channels;
    const mf_mve_places cells = mf_mve_line(column);
    const mf_mve_places outputs = mf_mve_line(w->output_channels);
    const mf_index next = w->stride_x * column;
    const mf_index high = mf_depthwise_mve_cells_y(w);
    const mf_index wide = mf_depthwise_mve_cells_x(w);
    const mf_index line = mf_depthwise_mve_columns(w) * column;
    const int32_t bias = mf_load_s32(scale + 3 * o);
    const int32_t multiplier = mf_load_s32(scale + 3 * o + 1);
    const int32_t shift = mf_load_s32(scale + 3 * o + 2);
    for (mf_index x = 0; x < w->output_width; x += 4) {
        int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
        for (mf_index k = 0; k < high * wide; k++) {
            const int8_t *data = scratch + 4 * c + k / wide * line + x * next +
                                 k % wide * 4 * column;
            const mf_mve_bytes weights =
                mf_mve_weights(filter, 8 + 16 * (o * high * wide + k));
            s0 = mf_mve_dot_add(s0, mf_mve_cell(data, &cells), weights);
            s1 = mf_mve_dot_add(s1, mf_mve_cell(data + next, &cells), weights);
            s2 = mf_mve_dot_add(s2, mf_mve_cell(data + 2 * next, &cells),
                                weights);
            s3 = mf_mve_dot_add(s3, mf_mve_cell(data + 3 * next, &cells),
                                weights);
        }
        mf_mve_store_some(output + x * w->output_channels + o, &outputs,
                          mf_mve_requantize(mf_mve_lanes_of(s0, s1, s2, s3),
                                            multiplier, shift, &range),
                          w->output_width - x);
    }
}

/* One row, or two, from row y on; `input` and `output` start at the image. */
MF_INLINE void mf_depthwise_mve_rows(const mf_depthwise_conv_2d_mve *p,
                                     const int8_t *input, const int32_t *filter,
                                     const int32_t *scale, int8_t *scratch,
                                     int8_t *output, mf_index y) {
    const mf_window *w = &p->window;
    const mf_index line = 4 * mf_depthwise_mve_columns(w) * w->input_channels;
    int8_t *row = output + y * mf_window_row(w);
    for (mf_index k = 0; k < mf_depthwise_mve_cells_y(w); k++) {
        mf_depthwise_mve_lay_out(p, input, y * w->stride_y - w->pad_top + 4 * k,
                                 scratch + k * line);
    }
    for (mf_index c = 0; c < w->input_channels; c++) {
        mf_index o = c * p->depth_multiplier;
        //@ loop unroll 99999;
        for (mf_index m = 0; m < p->depth_multiplier; m++, o++) {
            if (mf_depthwise_mve_shares(w)) {
                mf_depthwise_mve_two_rows(p, filter, scale, scratch, row, c, o);
            } else {
                mf_depthwise_mve_one_row(p, filter, scale, scratch, row, c, o);
            }
        }
    }
}

MF_KERNEL void mf_depthwise_conv_2d_mve_s8(const mf_depthwise_conv_2d_mve *p,
                                           const int8_t *input,
                                           const int32_t *filter,
                                           const int32_t *scale,
                                           int8_t *scratch, int8_t *output) {
    const mf_window *w = &p->window;
    const mf_index rows = mf_depthwise_mve_shares(w) ? 2 : 1;
    for (mf_index b = 0; b < w->batches; b++) {
        for (mf_index y = 0; y < w->output_height; y += rows) {
            /* A last row without a neighbour takes that above. */
            const mf_index from =
                y + rows <= w->output_height ? y : w->output_height - rows;
            mf_depthwise_mve_rows(
                p, input + b * mf_window_image(w), filter, scale, scratch,
                output + b * w->output_height * mf_window_row(w), from);
        }
    }
}

#endif
