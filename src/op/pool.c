#include "op/pool.h"

#include <math.h>

#include "op/quantize.h"

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
    uint32_t types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32);
    bool ok = op_type(context, node, input, "input", types) &&
              op_same_type(context, node, node->output[0], "output", input,
                           "input") &&
              check_quantization(context, node);
    ok = op_rank(context, node, input, "input", 4, 4) && ok;
    ok = op_activation(context, node) && ok;
    return ok && window_infer(context, node, &attributes->window,
                              input->shape.dim[3]);
}
