/* DEPTHWISE_CONV_2D on int8_t for x86-64 with AVX2, one output a channel: two
 * taps of sixteen channels are multiplied at a time, read where they lie; only
 * windows that reach past the input are copied.  The same results as
 * mf_depthwise_conv_2d_s8().
 *
 * filter: for each block of channels, for each two taps (filled up with 0), the
 * two of each lane.  scale: for each block biases, multipliers and right shifts
 * (mf_avx2.h).  Biases count on the input's zero point under every weight:
 * padding holds the zero point.
 *
 * scratch: a window. */
#ifndef MF_DEPTHWISE_CONV_2D_AVX2_H
#define MF_DEPTHWISE_CONV_2D_AVX2_H

#include "mf_avx2.h"
#include "mf_window.h"

typedef struct mf_depthwise_conv_2d_avx2 {
    mf_window window;
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_depthwise_conv_2d_avx2;

/* Where a window lies: elements from one row of taps to the next, and from one
 * column of taps to the next. */
typedef struct mf_depthwise_avx2_steps {
    mf_index row, column;
} mf_depthwise_avx2_steps;

MF_INLINE mf_index mf_depthwise_avx2_pairs(const mf_window *w) {
    return (w->filter_height * w->filter_width + 1) / 2;
}

/* Copies the window of a pixel, zero points where it is padded. */
MF_INLINE void mf_depthwise_avx2_gather(const mf_depthwise_conv_2d_avx2 *p,
                                        const int8_t *image,
                                        const mf_taps *rows,
                                        const mf_taps *columns, int8_t *to) {
    const mf_window *w = &p->window;
    const mf_index channels = w->input_channels;
    const mf_index size = w->filter_height * w->filter_width * channels;
    const mf_avx2_bytes padding = mf_avx2_byte(p->input_zero_point);
    //@ loop unroll 99999;
    for (mf_index k = 0; k < size; k += 16) {
        mf_avx2_put(to + k, padding, size - k);
    }
    for (mf_index ky = rows->first; ky < rows->last; ky++) {
        for (mf_index kx = columns->first; kx < columns->last; kx++) {
            const int8_t *from = image + mf_window_at(w, rows, columns, ky, kx);
            int8_t *tap = to + (ky * w->filter_width + kx) * channels;
            //@ loop unroll 99999;
            for (mf_index c = 0; c < channels; c += 16) {
                mf_avx2_put(tap + c, mf_avx2_data(from + c, channels - c),
                            channels - c);
            }
        }
    }
}

/* Adds taps 2 * pair and 2 * pair + 1 of `count` channels; a tap that is not
 * there has a weight of 0. */
MF_INLINE mf_avx2_block
mf_depthwise_avx2_add(const mf_window *w, mf_avx2_block sum, const int8_t *data,
                      const mf_depthwise_avx2_steps *steps,
                      const int16_t *filter, mf_index pair, mf_index count) {
    const mf_index width = w->filter_width, a = 2 * pair;
    const mf_index b = a + 1 < w->filter_height * width ? a + 1 : a;
    return mf_avx2_two_taps(
        sum,
        mf_avx2_data(data + a / width * steps->row + a % width * steps->column,
                     count),
        mf_avx2_data(data + b / width * steps->row + b % width * steps->column,
                     count),
        filter + 32 * pair);
}

/* A block of `count` channels of a pixel, all sixteen if they are more. */
MF_INLINE void mf_depthwise_avx2_block(const mf_depthwise_conv_2d_avx2 *p,
                                       const int8_t *data,
                                       const mf_depthwise_avx2_steps *steps,
                                       const int16_t *filter,
                                       const int32_t *scale, int8_t *output,
                                       mf_index count) {
    const mf_window *w = &p->window;
    const mf_avx2_range range = {p->output_zero_point, p->activation_min,
                                 p->activation_max};
    const mf_avx2_factors factors = mf_avx2_factors_at(scale);
    const mf_index pairs = mf_depthwise_avx2_pairs(w);
    mf_avx2_block sum = mf_avx2_block_at(scale);
    if (pairs == 5) {
        /* Literal numbers: no division is left for windows of 3 x 3. */
        sum = mf_depthwise_avx2_add(w, sum, data, steps, filter, 0, count);
        sum = mf_depthwise_avx2_add(w, sum, data, steps, filter, 1, count);
        sum = mf_depthwise_avx2_add(w, sum, data, steps, filter, 2, count);
        sum = mf_depthwise_avx2_add(w, sum, data, steps, filter, 3, count);
        sum = mf_depthwise_avx2_add(w, sum, data, steps, filter, 4, count);
    } else {
        for (mf_index k = 0; k < pairs; k++) {
            sum = mf_depthwise_avx2_add(w, sum, data, steps, filter, k, count);
        }
    }
    mf_avx2_finish(output, sum, &factors, &range, count);
}

MF_INLINE void mf_depthwise_avx2_pixel(const mf_depthwise_conv_2d_avx2 *p,
                                       const int8_t *data,
                                       const mf_depthwise_avx2_steps *steps,
                                       const int16_t *filter,
                                       const int32_t *scale, int8_t *output) {
    const mf_index channels = p->window.output_channels;
    const mf_index whole = channels / 16 * 16;
    const mf_index size = 2 * mf_depthwise_avx2_pairs(&p->window);
    for (mf_index c = 0; c < whole; c += 16) {
        mf_depthwise_avx2_block(p, data + c, steps, filter + c * size,
                                scale + c / 16 * MF_AVX2_SCALE, output + c, 16);
    }
    if (whole < channels) {
        mf_depthwise_avx2_block(p, data + whole, steps, filter + whole * size,
                                scale + whole / 16 * MF_AVX2_SCALE,
                                output + whole, channels - whole);
    }
}

MF_KERNEL void mf_depthwise_conv_2d_avx2_s8(const mf_depthwise_conv_2d_avx2 *p,
                                            const int8_t *input,
                                            const int16_t *filter,
                                            const int32_t *scale,
                                            int8_t *scratch, int8_t *output) {
    const mf_window *w = &p->window;
    const mf_index channels = w->input_channels;
    const mf_depthwise_avx2_steps inside = {
        w->dilation_y * w->input_width * channels, w->dilation_x * channels};
    const mf_depthwise_avx2_steps copied = {w->filter_width * channels,
                                            channels};
    for (mf_index y = 0; y < w->batches * w->output_height; y++) {
        const mf_taps rows = mf_window_rows(w, y % w->output_height);
        const int8_t *image = input + y / w->output_height * mf_window_image(w);
        for (mf_index x = 0; x < w->output_width; x++) {
            const mf_taps columns = mf_window_columns(w, x);
            int8_t *to = output + y * mf_window_row(w) + x * channels;
            if (mf_window_is_full(w, &rows, &columns)) {
                mf_depthwise_avx2_pixel(
                    p, image + mf_window_at(w, &rows, &columns, 0, 0), &inside,
                    filter, scale, to);
            } else {
                mf_depthwise_avx2_gather(p, image, &rows, &columns, scratch);
                mf_depthwise_avx2_pixel(p, scratch, &copied, filter, scale, to);
            }
        }
    }
}

#endif
