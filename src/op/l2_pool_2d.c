/* L2_POOL_2D: the root of the mean square of the values under a window. */
#include "mf_l2_pool_2d.h"

#include "op/op.h"
#include "op/pool.h"
#include "op/quantize.h"

static bool infer_l2_pool_2d(struct context *context, struct node *node) {
    return op_type(context, node, node->input[0], "input", node->op->types) &&
           pool_infer(context, node);
}

static const struct field param_fields[] = {
    MF_WINDOW_FIELDS(mf_l2_pool_2d),
    FIELD(mf_l2_pool_2d, FLOAT, activation_min),
    FIELD(mf_l2_pool_2d, FLOAT, activation_max), FIELD_END};

static void run_f32(const void *params, void *const operand[]) {
    mf_l2_pool_2d_f32(params, operand[0], operand[1]);
}

static const struct kernel kernel_f32 = {
    .name = "mf_l2_pool_2d_f32",
    .header = "mf_l2_pool_2d.h",
    .params = "mf_l2_pool_2d",
    .params_size = sizeof(mf_l2_pool_2d),
    .fields = param_fields,
    .run = run_f32,
};

static bool lower_l2_pool_2d(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct call *call = lower_call(lowering, &kernel_f32);
    if (!call) {
        return false;
    }
    mf_l2_pool_2d *p = call->params;
    p->window = pool_window(node);
    activation_range_float(node, &p->activation_min, &p->activation_max);
    call_input(call, "input", node->input[0]);
    call_output(call, node->output[0]);
    return true;
}

const struct op_def op_l2_pool_2d = {
    .name = "L2_POOL_2D",
    .tflite_code = 12,
    .options_type = 5,
    .types = TYPE_BIT(DTYPE_FLOAT32),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct pool_attributes),
    .attributes = pool_attribute_fields,
    .fuses_activation = true,
    .read = pool_read,
    .infer = infer_l2_pool_2d,
    .lower = lower_l2_pool_2d,
    .steps = pool_steps,
};
