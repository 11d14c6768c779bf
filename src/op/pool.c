#include "op/pool.h"

#include <assert.h>
#include <math.h>

#include "op/quantize.h"
#include "op/value_range.h"

const struct field pool_attribute_fields[] = {
    WINDOW_FIELDS(struct pool_attributes), FIELD_END};

/* Pool2DOptions: padding, stride_w, stride_h, filter_width, filter_height,
 * fused_activation_function. */
bool pool_read(struct context *context, const struct fb_table *options,
               struct node *node) {
    (void)context;
    struct pool_attributes *attributes = node->attributes;
    struct window *window = &attributes->window;
    window->padding = fb_i8(options, 0, 0);
    window->stride[1] = fb_i32(options, 1, 0);
    window->stride[0] = fb_i32(options, 2, 0);
    window->filter[1] = fb_i32(options, 3, 0);
    window->filter[0] = fb_i32(options, 4, 0);
    node->activation = (enum activation)fb_i8(options, 5, 0);
    window->dilation[0] = 1;
    window->dilation[1] = 1;
    return true;
}

mf_window pool_window(const struct node *node) {
    const struct pool_attributes *attributes = node->attributes;
    const struct window *window = &attributes->window;
    const int32_t *input = node->input[0]->shape.dim;
    const int32_t *output = node->output[0]->shape.dim;
    ptrdiff_t filter[2], pad[2];
    if (node->is_tile) {
        return window_params(node, window);
    }
    for (int axis = 0; axis < 2; axis++) {
        /* The first tap that the last output finds inside the input, and the
         * one after the last that the first output does. */
        int64_t before = window->pad_before[axis];
        int64_t first =
            before - (int64_t)(output[1 + axis] - 1) * window->stride[axis];
        int64_t last = input[1 + axis] + before;
        first = first > 0 ? first : 0;
        last = last < window->filter[axis] ? last : window->filter[axis];
        assert(first < last);
        filter[axis] = (ptrdiff_t)(last - first);
        pad[axis] = (ptrdiff_t)(before - first);
    }
    mf_window params = window_params(node, window);
    params.filter_height = filter[0];
    params.filter_width = filter[1];
    params.pad_top = pad[0];
    params.pad_left = pad[1];
    return params;
}

/* A tile may be any of the whole, and needs all taps that some tile does. */
bool pool_tiling(const struct node *node, struct tiling *tiling) {
    const struct pool_attributes *attributes = node->attributes;
    const struct window *window = &attributes->window;
    const mf_window params = pool_window(node);
    return params.filter_height == window->filter[0] &&
           params.filter_width == window->filter[1] &&
           window_tiling(node, window, tiling);
}

uint64_t pool_steps(const struct node *node) {
    const mf_window window = pool_window(node);
    const uint64_t taps =
        (uint64_t)window.filter_height * (uint64_t)window.filter_width;
    const uint64_t outputs = (uint64_t)shape_count(&node->output[0]->shape);
    return taps > UINT64_MAX / outputs ? UINT64_MAX : taps * outputs;
}

bool pool_bounds(struct context *context, const struct node *node,
                 const struct value_range *const input[],
                 struct value_range *output) {
    (void)context;
    int32_t min, max;
    activation_range(node, &min, &max);
    for (int32_t c = 0; input[0] && c < channel_count(node->output[0]); c++) {
        output[c] = range_clamp(input[0][c], min, max);
    }
    return true;
}

/* Values are not rescaled: the reference takes scales that differ by no more
 * than 1e-6. */
static bool check_quantization(struct context *context,
                               const struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    if (input->type == DTYPE_FLOAT32) {
        return true;
    }
    if (!op_per_tensor(context, node, input, "input") ||
        !op_per_tensor(context, node, output, "output")) {
        return false;
    }
    const struct quantization *a = &input->quantization;
    const struct quantization *b = &output->quantization;
    if (a->zero_point[0] == b->zero_point[0] &&
        fabs((double)a->scale[0] - (double)b->scale[0]) <= 1e-6) {
        return true;
    }
    return op_same_quantization(context, node, output, "output", input,
                                "input");
}

bool pool_infer(struct context *context, struct node *node) {
    struct pool_attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    bool ok = op_type(context, node, input, "input", node->op->types) &&
              op_same_type(context, node, node->output[0], "output", input,
                           "input") &&
              check_quantization(context, node);
    ok = op_rank(context, node, input, "input", 4, 4) && ok;
    ok = op_activation(context, node) && ok;
    return ok && window_infer(context, node, &attributes->window,
                              input->shape.dim[3]);
}
