/* AVERAGE_POOL_2D: the mean of the values under a window. */
#include "mf_average_pool_2d.h"

#include <inttypes.h>

#include "op/op.h"
#include "op/pool.h"
#include "op/pool_sum.h"
#include "op/quantize.h"
#include "op/value_range.h"

static bool infer_average_pool_2d(struct context *context, struct node *node) {
    const struct pool_attributes *attributes = node->attributes;
    const struct window *window = &attributes->window;
    if (!pool_infer(context, node)) {
        return false;
    }
    /* Holds that a window's sum fits 32 bits, with half a value for each
     * position, which rounding adds. */
    enum dtype type = node->input[0]->type;
    int64_t range = type == DTYPE_INT16 ? 32768 : node->was_uint8 ? 256 : 128;
    int64_t most = INT64_C(2) * INT32_MAX / (2 * range + 1);
    if (type == DTYPE_FLOAT32 ||
        (int64_t)window->filter[0] * window->filter[1] <= most) {
        return true;
    }
    return node_fail(
        context, node,
        "window is %tdx%td, the most is %" PRId64 " positions for %s",
        window->filter[0], window->filter[1], most, dtype_name(type));
}

static const struct field param_fields[] = {
    MF_WINDOW_FIELDS(mf_average_pool_2d),
    FIELD(mf_average_pool_2d, INT32, activation_min),
    FIELD(mf_average_pool_2d, INT32, activation_max), FIELD_END};

static const struct field float_fields[] = {
    MF_WINDOW_FIELDS(mf_average_pool_2d_float),
    FIELD(mf_average_pool_2d_float, FLOAT, activation_min),
    FIELD(mf_average_pool_2d_float, FLOAT, activation_max), FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_average_pool_2d_s8(params, operand[0], operand[1]);
}

static void run_s8_up(const void *params, void *const operand[]) {
    mf_average_pool_2d_s8_up(params, operand[0], operand[1]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_average_pool_2d_s16(params, operand[0], operand[1]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_average_pool_2d_f32(params, operand[0], operand[1]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_average_pool_2d_s8",
    .header = "mf_average_pool_2d.h",
    .params = "mf_average_pool_2d",
    .params_size = sizeof(mf_average_pool_2d),
    .fields = param_fields,
    .run = run_s8,
};

static const struct kernel kernel_s8_up = {
    .name = "mf_average_pool_2d_s8_up",
    .header = "mf_average_pool_2d.h",
    .params = "mf_average_pool_2d",
    .params_size = sizeof(mf_average_pool_2d),
    .fields = param_fields,
    .run = run_s8_up,
};

static const struct kernel kernel_s16 = {
    .name = "mf_average_pool_2d_s16",
    .header = "mf_average_pool_2d.h",
    .params = "mf_average_pool_2d",
    .params_size = sizeof(mf_average_pool_2d),
    .fields = param_fields,
    .run = run_s16,
};

static const struct kernel kernel_f32 = {
    .name = "mf_average_pool_2d_f32",
    .header = "mf_average_pool_2d.h",
    .params = "mf_average_pool_2d_float",
    .params_size = sizeof(mf_average_pool_2d_float),
    .fields = float_fields,
    .run = run_f32,
};

/* Whether one window holds the whole image, and nothing else. */
static bool is_global(const struct node *node) {
    const mf_window window = pool_window(node);
    return node->input[0]->type == DTYPE_INT8 && !node->was_uint8 &&
           window.batches == 1 && window.output_height == 1 &&
           window.output_width == 1 && window.pad_top == 0 &&
           window.pad_left == 0 &&
           window.filter_height == window.input_height &&
           window.filter_width == window.input_width;
}

static bool tiling_average_pool_2d(const struct node *node,
                                   struct tiling *tiling) {
    return (is_global(node) && pool_sum_tiling(node, tiling)) ||
           pool_tiling(node, tiling);
}

/* Of a tile that is a part of a sum. */
static bool is_part(const struct node *node) {
    struct tiling tiling;
    return node->is_tile && node_tiling(node->tile_of, &tiling) &&
           tiling.is_sum;
}

static void memory_average_pool_2d(const struct node *node,
                                   struct op_memory *memory) {
    memory->scratch = is_part(node) ? pool_sum_scratch(node) : 0;
}

static bool lower_part(struct lowering *lowering) {
    const struct node *node = lowering->node;
    mf_pool_sum params = {.start = 0};
    activation_range(node, &params.activation_min, &params.activation_max);
    return pool_sum_lower_average(lowering, &params);
}

static bool lower_average_pool_2d(struct lowering *lowering) {
    const struct node *node = lowering->node;
    if (is_part(node)) {
        return lower_part(lowering);
    }
    enum dtype type = node->input[0]->type;
    struct call *call =
        lower_call(lowering, node->was_uint8       ? &kernel_s8_up
                             : type == DTYPE_INT8  ? &kernel_s8
                             : type == DTYPE_INT16 ? &kernel_s16
                                                   : &kernel_f32);
    if (!call) {
        return false;
    }
    if (type == DTYPE_FLOAT32) {
        mf_average_pool_2d_float *p = call->params;
        p->window = pool_window(node);
        activation_range_float(node, &p->activation_min, &p->activation_max);
    } else {
        mf_average_pool_2d *p = call->params;
        p->window = pool_window(node);
        activation_range(node, &p->activation_min, &p->activation_max);
    }
    call_input(call, "input", node->input[0]);
    call_output(call, node->output[0]);
    return true;
}

const struct op_def op_average_pool_2d = {
    .name = "AVERAGE_POOL_2D",
    .tflite_code = 1,
    .options_type = 5,
    .shifts_uint8 = true,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct pool_attributes),
    .attributes = pool_attribute_fields,
    .fuses_activation = true,
    .read = pool_read,
    .infer = infer_average_pool_2d,
    .memory = memory_average_pool_2d,
    .tiling = tiling_average_pool_2d,
    .lower = lower_average_pool_2d,
    .steps = pool_steps,
    .bounds = pool_bounds,
    .channels = same_channels,
};
