/* CONV_2D and DEPTHWISE_CONV_2D of 8-bit data for AVR.
 *
 * The window is copied to scratch, padding filled in; windows of one pixel have
 * a kernel of their own, which reads them where they lie.  All weights of an
 * output channel lie side by side.
 *
 * Shapes: channels output_channels x (the row of the scale, a bias of
 * MF_AVR_BIAS bytes, weights: filter_height x filter_width x input_channels,
 * depthwise filter_height x filter_width), scratch a window. */
#ifndef MF_CONV_2D_AVR_H
#define MF_CONV_2D_AVR_H

#include "mf_avr.h"
#include "mf_window.h"

typedef struct mf_conv_2d_avr {
    mf_window window;
    mf_index depth_multiplier; /* depthwise; else 0 */
    int32_t input_zero_point;  /* what padding holds */
    mf_avr_scale scale;
} mf_conv_2d_avr;

MF_INLINE void mf_conv_2d_avr_copy(const int8_t *from, mf_index at,
                                   mf_index count, int8_t *to, mf_index first) {
    for (mf_index k = 0; k < count; k++) {
        to[first + k] = from[at + k];
    }
}

MF_INLINE void mf_conv_2d_avr_fill(int8_t value, mf_index count, int8_t *to,
                                   mf_index first) {
    for (mf_index k = 0; k < count; k++) {
        to[first + k] = value;
    }
}

/* The window of output (y, x) of the image that starts at `image`. */
MF_INLINE void mf_conv_2d_avr_window(const mf_conv_2d_avr *p,
                                     const int8_t *input, mf_index image,
                                     mf_index y, mf_index x, int8_t *scratch) {
    const mf_window *w = &p->window;
    const mf_index channels = w->input_channels;
    const mf_index row = w->filter_width * channels;
    const mf_taps rows = mf_window_rows(w, y);
    const mf_taps columns = mf_window_columns(w, x);
    const mf_index left = columns.first * channels;
    const mf_index right = columns.last * channels;
    const int8_t zero = (int8_t)p->input_zero_point;
    for (mf_index ky = 0; ky < w->filter_height; ky++) {
        const mf_index to = ky * row;
        if (ky < rows.first || ky >= rows.last) {
            mf_conv_2d_avr_fill(zero, row, scratch, to);
            continue;
        }
        const mf_index from =
            image + mf_window_at(w, &rows, &columns, ky, columns.first);
        mf_conv_2d_avr_fill(zero, left, scratch, to);
        if (w->dilation_x == 1) {
            mf_conv_2d_avr_copy(input, from, right - left, scratch, to + left);
        } else {
            for (mf_index kx = 0; kx < columns.last - columns.first; kx++) {
                mf_conv_2d_avr_copy(input, from + kx * w->dilation_x * channels,
                                    channels, scratch,
                                    to + left + kx * channels);
            }
        }
        mf_conv_2d_avr_fill(zero, row - right, scratch, to + right);
    }
}

/* Whether windows are one pixel, none of which is padding. */
MF_INLINE int mf_conv_2d_avr_is_pixel(const mf_window *w) {
    return w->filter_height == 1 && w->filter_width == 1 && w->pad_top == 0 &&
           w->pad_left == 0 &&
           (w->output_height - 1) * w->stride_y < w->input_height &&
           (w->output_width - 1) * w->stride_x < w->input_width;
}

/* All output channels at one position, to output + out. */
MF_INLINE void mf_conv_2d_avr_channels(const mf_conv_2d_avr *p,
                                       const int8_t *window,
                                       const int8_t *channels, int8_t *output,
                                       mf_index out) {
    const mf_window *w = &p->window;
    const mf_index taps = w->filter_height * w->filter_width;
    const mf_index weights =
        p->depth_multiplier ? taps : taps * w->input_channels;
    mf_index channel = 0, c = 0, m = 0;
    //@ loop unroll 99999;
    for (mf_index o = 0; o < w->output_channels; o++) {
        const int8_t *sums = channels + channel + p->scale.row;
        mf_avr_sum sum;
        if (p->depth_multiplier) {
            sum = mf_avr_dot_step(window + c, w->input_channels, sums, weights);
            if (++m == p->depth_multiplier) {
                m = 0;
                c++;
            }
        } else {
            sum = mf_avr_dot(window, sums, weights);
        }
        output[out + o] = mf_avr_output(&p->scale, channels + channel, sum);
        channel += p->scale.row + MF_AVR_BIAS + weights;
    }
}

MF_KERNEL void mf_conv_2d_avr_s8(const mf_conv_2d_avr *p, const int8_t *input,
                                 const int8_t *channels, int8_t *scratch,
                                 int8_t *output) {
    const mf_window *w = &p->window;
    mf_index image = 0, out = 0;
    //@ loop unroll 99999;
    for (mf_index b = 0; b < w->batches; b++) {
        //@ loop unroll 99999;
        for (mf_index y = 0; y < w->output_height; y++) {
            //@ loop unroll 99999;
            for (mf_index x = 0; x < w->output_width; x++) {
                mf_conv_2d_avr_window(p, input, image, y, x, scratch);
                mf_conv_2d_avr_channels(p, scratch, channels, output, out);
                out += w->output_channels;
            }
        }
        image += mf_window_image(w);
    }
}

/* Windows of one pixel, none of them padding. */
MF_KERNEL void mf_conv_2d_avr_pixel_s8(const mf_conv_2d_avr *p,
                                       const int8_t *input,
                                       const int8_t *channels, int8_t *output) {
    const mf_window *w = &p->window;
    const mf_index step_y = w->stride_y * w->input_width * w->input_channels;
    const mf_index step_x = w->stride_x * w->input_channels;
    /* Padding below 0: the first window lies inside. */
    mf_index image =
        -(w->pad_top * w->input_width + w->pad_left) * w->input_channels;
    mf_index out = 0;
    //@ loop unroll 99999;
    for (mf_index b = 0; b < w->batches; b++) {
        //@ loop unroll 99999;
        for (mf_index y = 0; y < w->output_height; y++) {
            //@ loop unroll 99999;
            for (mf_index x = 0; x < w->output_width; x++) {
                mf_conv_2d_avr_channels(p,
                                        input + image + y * step_y + x * step_x,
                                        channels, output, out);
                out += w->output_channels;
            }
        }
        image += mf_window_image(w);
    }
}

#endif
