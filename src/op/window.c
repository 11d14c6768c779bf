#include "op/window.h"

#include <inttypes.h>

#include "op/filter.h"

static bool check_pair(struct context *context, const struct node *node,
                       const char *what, const ptrdiff_t pair[2]) {
    if (pair[0] >= 1 && pair[1] >= 1) {
        return true;
    }
    return node_fail(context, node, "%s is %tdx%td, each must be at least 1",
                     what, pair[0], pair[1]);
}

/* Rows or columns from a window's first tap to its last. */
static int64_t span(const struct window *window, int axis) {
    return (int64_t)(window->filter[axis] - 1) * window->dilation[axis] + 1;
}

static bool check_attributes(struct context *context, const struct node *node,
                             const struct window *window) {
    bool ok = true;
    if (window->padding != PADDING_SAME && window->padding != PADDING_VALID) {
        ok = node_fail(context, node,
                       "padding is %td, allowed: SAME (0), VALID (1)",
                       window->padding);
    }
    ok = check_pair(context, node, "stride", window->stride) && ok;
    ok = check_pair(context, node, "dilation", window->dilation) && ok;
    ok = check_pair(context, node, "window", window->filter) && ok;
    if (ok &&
        (span(window, 0) > WINDOW_LIMIT || window->stride[0] > WINDOW_LIMIT ||
         span(window, 1) > WINDOW_LIMIT || window->stride[1] > WINDOW_LIMIT)) {
        ok = node_fail(context, node,
                       "window spans %" PRId64 "x%" PRId64
                       " at stride %tdx%td, the most is %d",
                       span(window, 0), span(window, 1), window->stride[0],
                       window->stride[1], (int)WINDOW_LIMIT);
    }
    return ok;
}

int64_t axis_windows(const struct axis_window *window, int64_t *before,
                     int64_t *after) {
    const int64_t size = window->size, stride = window->stride;
    const int64_t reach = (window->taps - 1) * window->dilation + 1;
    *before = *after = 0;
    if (window->padding != PADDING_SAME) {
        return size < reach ? 0 : (size - reach) / stride + 1;
    }
    const int64_t count = (size + stride - 1) / stride;
    const int64_t total = (count - 1) * stride + reach - size;
    *before = total > 0 ? total / 2 : 0;
    *after = total > 0 ? total - *before : 0;
    return count;
}

/* Output positions along an axis of `size` inputs, extra padding included;
 * derives what lies before and after them. */
static int64_t place_windows(struct window *window, int axis, int64_t size) {
    const struct axis_window along = {.padding = window->padding,
                                      .size = size,
                                      .taps = window->filter[axis],
                                      .stride = window->stride[axis],
                                      .dilation = window->dilation[axis]};
    int64_t before, after, count = axis_windows(&along, &before, &after);
    window->pad_before[axis] = window->extra_before[axis] + (ptrdiff_t)before;
    window->pad_after[axis] = window->extra_after[axis] + (ptrdiff_t)after;
    return count;
}

bool window_infer(struct context *context, const struct node *node,
                  struct window *window, int32_t output_channels) {
    const struct tensor *input = node->input[0];
    if (!check_attributes(context, node, window)) {
        return false;
    }
    int64_t size[2];
    for (int axis = 0; axis < 2; axis++) {
        size[axis] = (int64_t)input->shape.dim[1 + axis] +
                     window->extra_before[axis] + window->extra_after[axis];
    }
    if (size[0] > WINDOW_LIMIT || size[1] > WINDOW_LIMIT) {
        return node_fail(context, node,
                         "input has %" PRId64 "x%" PRId64
                         " positions, the most is %d each way",
                         size[0], size[1], (int)WINDOW_LIMIT);
    }
    if (window->padding == PADDING_VALID &&
        (span(window, 0) > size[0] || span(window, 1) > size[1])) {
        return node_fail(context, node,
                         "window spans %" PRId64 "x%" PRId64
                         ", more than the input's %" PRId64 "x%" PRId64
                         ", and padding is VALID",
                         span(window, 0), span(window, 1), size[0], size[1]);
    }
    struct shape shape = {.rank = 4};
    shape.dim[0] = input->shape.dim[0];
    shape.dim[1] = (int32_t)place_windows(window, 0, size[0]);
    shape.dim[2] = (int32_t)place_windows(window, 1, size[1]);
    shape.dim[3] = output_channels;
    return op_output_shape(context, node, 0, &shape);
}

bool window_is_padded(const struct window *window) {
    return window->pad_before[0] > 0 || window->pad_before[1] > 0 ||
           window->pad_after[0] > 0 || window->pad_after[1] > 0;
}

/* Where a tap finds the data along one axis, over all outputs. */
static enum tap_place axis_place(const struct node *node,
                                 const struct window *window, int axis,
                                 int64_t tap) {
    int64_t stride = window->stride[axis];
    int64_t size = node->input[0]->shape.dim[1 + axis];
    int64_t outputs = node->output[0]->shape.dim[1 + axis];
    int64_t first = tap * window->dilation[axis] - window->pad_before[axis];
    int64_t last = first + (outputs - 1) * stride;
    if (first >= 0 && last < size) {
        return TAP_INSIDE;
    }
    /* The first position from which it is not before the data. */
    int64_t from = first < 0 ? (-first + stride - 1) / stride : 0;
    return from < outputs && first + from * stride < size ? TAP_EITHER
                                                          : TAP_OUTSIDE;
}

unsigned char *window_tap_places(struct context *context,
                                 const struct node *node,
                                 const struct window *window) {
    ptrdiff_t rows = window->filter[0], columns = window->filter[1];
    unsigned char *place =
        context_alloc(context, (size_t)rows, (size_t)columns);
    for (ptrdiff_t i = 0; place && i < rows * columns; i++) {
        enum tap_place row = axis_place(node, window, 0, i / columns);
        enum tap_place column = axis_place(node, window, 1, i % columns);
        place[i] = (unsigned char)(row == TAP_INSIDE      ? column
                                   : column == TAP_INSIDE ? row
                                   : row == TAP_OUTSIDE   ? row
                                                          : column);
    }
    return place;
}

bool window_absorb_pad(struct window *window, const int32_t before[2],
                       const int32_t after[2]) {
    for (int axis = 0; axis < 2; axis++) {
        if (before[axis] < 0 || after[axis] < 0 ||
            window->extra_before[axis] > WINDOW_LIMIT - before[axis] ||
            window->extra_after[axis] > WINDOW_LIMIT - after[axis]) {
            return false;
        }
    }
    for (int axis = 0; axis < 2; axis++) {
        window->extra_before[axis] += before[axis];
        window->extra_after[axis] += after[axis];
    }
    return true;
}

mf_window window_params(const struct node *node, const struct window *window) {
    const int32_t *input = node->input[0]->shape.dim;
    const int32_t *output = node->output[0]->shape.dim;
    /* A step that is never taken is 1, so that targets with small indices
     * need not hold it. */
    return (mf_window){
        .batches = input[0],
        .input_height = input[1],
        .input_width = input[2],
        .input_channels = input[3],
        .output_height = output[1],
        .output_width = output[2],
        .output_channels = output[3],
        .filter_height = window->filter[0],
        .filter_width = window->filter[1],
        .stride_y = output[1] > 1 ? window->stride[0] : 1,
        .stride_x = output[2] > 1 ? window->stride[1] : 1,
        .dilation_y = window->filter[0] > 1 ? window->dilation[0] : 1,
        .dilation_x = window->filter[1] > 1 ? window->dilation[1] : 1,
        .pad_top = window->pad_before[0],
        .pad_left = window->pad_before[1],
    };
}
