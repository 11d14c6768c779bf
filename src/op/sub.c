/* SUB: a - b, value by value, broadcast. */
#include "mf_sub.h"
#include "op/add.h"
#include "op/broadcast.h"

/* SubOptions: fused_activation_function, pot_scale_int16.  The reference
 * computes int16 in one way whatever the latter says. */
static bool read_sub(struct context *context, const struct fb_table *options,
                     struct node *node) {
    (void)context;
    node->activation = (enum activation)fb_i8(options, 0, 0);
    return true;
}

static struct add_factors factors_in_float(float a_scale, float b_scale,
                                           float output_scale, int left_shift) {
    float common = 2 * (a_scale > b_scale ? a_scale : b_scale);
    return (struct add_factors){
        .a = (double)(a_scale / common),
        .b = (double)(b_scale / common),
        .output = (double)(common / ((float)(1 << left_shift) * output_scale))};
}

static bool infer_sub(struct context *context, struct node *node) {
    return add_infer(context, node, factors_in_float);
}

BROADCAST_KERNEL(sub, s8, mf_add, add_fields);
BROADCAST_KERNEL(sub, s16, mf_add, add_fields);
BROADCAST_KERNEL(sub, s32, mf_broadcast_int, broadcast_fields_int);
BROADCAST_KERNEL(sub, s64, mf_broadcast_plain, broadcast_fields_plain);
BROADCAST_KERNEL(sub, f32, mf_broadcast_float, broadcast_fields_float);

static bool lower_sub(struct lowering *lowering) {
    switch (lowering->node->input[0]->type) {
    case DTYPE_INT8:
        return add_lower(lowering, &kernel_s8, factors_in_float);
    case DTYPE_INT16:
        return add_lower(lowering, &kernel_s16, factors_in_float);
    case DTYPE_INT32:
        return broadcast_lower_int(lowering, &kernel_s32);
    case DTYPE_INT64:
        return broadcast_lower_plain(lowering, &kernel_s64);
    default:
        return broadcast_lower_float(lowering, &kernel_f32);
    }
}

const struct op_def op_sub = {
    .name = "SUB",
    .tflite_code = 41,
    .options_type = 28,
    .shifts_uint8 = true,
    .types = ARITHMETIC_TYPES,
    .notes = "broadcasting; int64 without activation",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .fuses_activation = true,
    .read = read_sub,
    .infer = infer_sub,
    .memory = broadcast_memory,
    .tiling = pointwise_tiling,
    .lower = lower_sub,
    .bounds = broadcast_bounds,
    .channels = broadcast_channels,
    .drop_channels = broadcast_drop_channels,
};
