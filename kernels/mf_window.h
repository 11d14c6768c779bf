/* The geometry of operators that slide a window over the rows and columns of
 * a tensor: batches x rows x columns x channels, channels innermost.
 *
 * Output position (y, x) sees the input rows y * stride_y - pad_top +
 * ky * dilation_y for ky < filter_height, and columns likewise; those outside
 * the input are padding.  Padding below 0 says that the first window starts
 * inside the input: so a part of an output is computed. */
#ifndef MF_WINDOW_H
#define MF_WINDOW_H

#include "mf_core.h"

typedef struct mf_window {
    mf_index batches;
    mf_index input_height, input_width, input_channels;
    mf_index output_height, output_width, output_channels;
    mf_index filter_height, filter_width;
    mf_index stride_y, stride_x;
    mf_index dilation_y, dilation_x;
    mf_index pad_top, pad_left;
} mf_window;

/* The taps of a window along one axis that fall inside the input: k with
 * first <= k < last, where tap k stands at start + k * dilation.  Nothing is
 * divided: windows at the border step over their few outer taps. */
typedef struct mf_taps {
    mf_index start, first, last;
} mf_taps;

MF_INLINE mf_taps mf_taps_inside(mf_index start, mf_index dilation,
                                 mf_index taps, mf_index size) {
    //@ split start;
    mf_taps t = {start, 0, taps};
    //@ loop unroll 99999;
    while (t.first < taps && start + t.first * dilation < 0) {
        t.first++;
    }
    //@ loop unroll 99999;
    while (t.last > t.first && start + (t.last - 1) * dilation >= size) {
        t.last--;
    }
    //@ split t.first;
    //@ split t.last;
    //@ merge start;
    return t;
}

/* Rows that output row y sees, columns that output column x sees. */
MF_INLINE mf_taps mf_window_rows(const mf_window *w, mf_index y) {
    const mf_taps rows =
        mf_taps_inside(y * w->stride_y - w->pad_top, w->dilation_y,
                       w->filter_height, w->input_height);
    //@ split rows.first;
    //@ split rows.last;
    return rows;
}
MF_INLINE mf_taps mf_window_columns(const mf_window *w, mf_index x) {
    const mf_taps columns =
        mf_taps_inside(x * w->stride_x - w->pad_left, w->dilation_x,
                       w->filter_width, w->input_width);
    //@ split columns.first;
    //@ split columns.last;
    return columns;
}

/* Whether no tap falls on padding. */
MF_INLINE int mf_window_is_full(const mf_window *w, const mf_taps *rows,
                                const mf_taps *columns) {
    return rows->first == 0 && rows->last == w->filter_height &&
           columns->first == 0 && columns->last == w->filter_width;
}

/* Index of channel 0 at tap (ky, kx), from the start of the image. */
MF_INLINE mf_index mf_window_at(const mf_window *w, const mf_taps *rows,
                                const mf_taps *columns, mf_index ky,
                                mf_index kx) {
    const mf_index y = rows->start + ky * w->dilation_y;
    const mf_index x = columns->start + kx * w->dilation_x;
    return (y * w->input_width + x) * w->input_channels;
}

/* Elements of one input image, and of one output row. */
MF_INLINE mf_index mf_window_image(const mf_window *w) {
    return w->input_height * w->input_width * w->input_channels;
}
MF_INLINE mf_index mf_window_row(const mf_window *w) {
    return w->output_width * w->output_channels;
}

#endif
