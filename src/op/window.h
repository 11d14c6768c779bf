/* What operators share that slide a window over rows and columns: padding,
 * strides, dilation and the shape that follows.
 *
 * Axis 0 is rows, axis 1 is columns.  After window_infer() every extent and
 * every position that a window reaches, padding included, is below 2^30 in
 * magnitude. */
#ifndef OP_WINDOW_H
#define OP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "ir/field.h"
#include "ir/graph.h"
#include "mf_window.h"
#include "op/op.h"

enum { PADDING_SAME = 0, PADDING_VALID = 1 };

enum { WINDOW_LIMIT = 1 << 30 };

/* A window along one axis of the input. */
struct axis_window {
    ptrdiff_t padding; /* PADDING_... */
    int64_t size;      /* inputs */
    int64_t taps, stride, dilation;
};

/* How many positions it takes, below 1 if it does not fit, and the padding that
 * this needs before and after the input. */
int64_t axis_windows(const struct axis_window *window, int64_t *before,
                     int64_t *after);

struct window {
    ptrdiff_t padding; /* PADDING_... */
    ptrdiff_t stride[2], dilation[2];
    ptrdiff_t filter[2]; /* taps */
    /* Padding that a pass took over from a PAD: part of the input that
     * `padding` speaks of. */
    ptrdiff_t extra_before[2], extra_after[2];
    /* Derived by window_infer(): all padding, the extra one included. */
    ptrdiff_t pad_before[2], pad_after[2];
};

/* Fields of a struct window that is the member `window` of a type. */
#define WINDOW_FIELDS(owner)                                                   \
    FIELD(owner, INDEX, window.padding),                                       \
        FIELD_ARRAY(owner, INDEX, window.stride, 2),                           \
        FIELD_ARRAY(owner, INDEX, window.dilation, 2),                         \
        FIELD_ARRAY(owner, INDEX, window.filter, 2),                           \
        FIELD_ARRAY(owner, INDEX, window.pad_before, 2),                       \
        FIELD_ARRAY(owner, INDEX, window.pad_after, 2)

/* The same of an mf_window. */
#define MF_WINDOW_FIELDS(owner)                                                \
    FIELD(owner, INDEX, window.batches),                                       \
        FIELD(owner, INDEX, window.input_height),                              \
        FIELD(owner, INDEX, window.input_width),                               \
        FIELD(owner, INDEX, window.input_channels),                            \
        FIELD(owner, INDEX, window.output_height),                             \
        FIELD(owner, INDEX, window.output_width),                              \
        FIELD(owner, INDEX, window.output_channels),                           \
        FIELD(owner, INDEX, window.filter_height),                             \
        FIELD(owner, INDEX, window.filter_width),                              \
        FIELD(owner, INDEX, window.stride_y),                                  \
        FIELD(owner, INDEX, window.stride_x),                                  \
        FIELD(owner, INDEX, window.dilation_y),                                \
        FIELD(owner, INDEX, window.dilation_x),                                \
        FIELD(owner, INDEX, window.pad_top),                                   \
        FIELD(owner, INDEX, window.pad_left)

/* Holds the attributes to what can be done, derives the padding and holds
 * output 0 to the shape that follows.  Input 0 has four dimensions: batches,
 * rows, columns, channels. */
bool window_infer(struct context *context, const struct node *node,
                  struct window *window, int32_t output_channels);

/* Whether a window reaches past the input. */
bool window_is_padded(const struct window *window);

/* Where each tap of the window finds the data, rows before columns (enum
 * tap_place); NULL with a message when memory is out. */
unsigned char *window_tap_places(struct context *context,
                                 const struct node *node,
                                 const struct window *window);

/* op_def.absorb_pad of an operator to which padding is as good as zeros;
 * window_infer() is to follow, with the unpadded input. */
bool window_absorb_pad(struct window *window, const int32_t before[2],
                       const int32_t after[2]);

/* The parameters of a node's kernel, after window_infer(). */
mf_window window_params(const struct node *node, const struct window *window);

#endif
