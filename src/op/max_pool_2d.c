/* MAX_POOL_2D: the greatest value under a window. */
#include "mf_max_pool_2d.h"

#include "op/op.h"
#include "op/pool.h"
#include "op/quantize.h"
#include "op/value_range.h"

static const struct field param_fields[] = {
    MF_WINDOW_FIELDS(mf_max_pool_2d),
    FIELD(mf_max_pool_2d, INT32, activation_min),
    FIELD(mf_max_pool_2d, INT32, activation_max), FIELD_END};

static const struct field float_fields[] = {
    MF_WINDOW_FIELDS(mf_max_pool_2d_float),
    FIELD(mf_max_pool_2d_float, FLOAT, activation_min),
    FIELD(mf_max_pool_2d_float, FLOAT, activation_max), FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_max_pool_2d_s8(params, operand[0], operand[1]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_max_pool_2d_s16(params, operand[0], operand[1]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_max_pool_2d_f32(params, operand[0], operand[1]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_max_pool_2d_s8",
    .header = "mf_max_pool_2d.h",
    .params = "mf_max_pool_2d",
    .params_size = sizeof(mf_max_pool_2d),
    .fields = param_fields,
    .run = run_s8,
};

static const struct kernel kernel_s16 = {
    .name = "mf_max_pool_2d_s16",
    .header = "mf_max_pool_2d.h",
    .params = "mf_max_pool_2d",
    .params_size = sizeof(mf_max_pool_2d),
    .fields = param_fields,
    .run = run_s16,
};

static const struct kernel kernel_f32 = {
    .name = "mf_max_pool_2d_f32",
    .header = "mf_max_pool_2d.h",
    .params = "mf_max_pool_2d_float",
    .params_size = sizeof(mf_max_pool_2d_float),
    .fields = float_fields,
    .run = run_f32,
};

static bool lower_max_pool_2d(struct lowering *lowering) {
    const struct node *node = lowering->node;
    enum dtype type = node->input[0]->type;
    struct call *call =
        lower_call(lowering, type == DTYPE_INT8    ? &kernel_s8
                             : type == DTYPE_INT16 ? &kernel_s16
                                                   : &kernel_f32);
    if (!call) {
        return false;
    }
    if (type == DTYPE_FLOAT32) {
        mf_max_pool_2d_float *p = call->params;
        p->window = pool_window(node);
        activation_range_float(node, &p->activation_min, &p->activation_max);
    } else {
        mf_max_pool_2d *p = call->params;
        p->window = pool_window(node);
        activation_range(node, &p->activation_min, &p->activation_max);
    }
    call_input(call, "input", node->input[0]);
    call_output(call, node->output[0]);
    return true;
}

const struct op_def op_max_pool_2d = {
    .name = "MAX_POOL_2D",
    .tflite_code = 17,
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
    .infer = pool_infer,
    .tiling = pool_tiling,
    .lower = lower_max_pool_2d,
    .steps = pool_steps,
    .bounds = pool_bounds,
    .channels = same_channels,
};
