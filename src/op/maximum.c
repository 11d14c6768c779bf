/* MAXIMUM: the larger of a and b, value by value, broadcast.  Stored values are
 * compared as they are, so that all must have one quantisation. */
#include "mf_maximum.h"

#include "op/broadcast.h"
#include "op/op.h"

BROADCAST_KERNEL(maximum, s8, mf_broadcast_plain, broadcast_fields_plain);
BROADCAST_KERNEL(maximum, s16, mf_broadcast_plain, broadcast_fields_plain);
BROADCAST_KERNEL(maximum, s32, mf_broadcast_plain, broadcast_fields_plain);
BROADCAST_KERNEL(maximum, s64, mf_broadcast_plain, broadcast_fields_plain);
BROADCAST_KERNEL(maximum, f32, mf_broadcast_plain, broadcast_fields_plain);

static bool infer_maximum(struct context *context, struct node *node) {
    return comparable_infer(context, node);
}

static bool lower_maximum(struct lowering *lowering) {
    switch (lowering->node->input[0]->type) {
    case DTYPE_INT8:
        return broadcast_lower_plain(lowering, &kernel_s8);
    case DTYPE_INT16:
        return broadcast_lower_plain(lowering, &kernel_s16);
    case DTYPE_INT32:
        return broadcast_lower_plain(lowering, &kernel_s32);
    case DTYPE_INT64:
        return broadcast_lower_plain(lowering, &kernel_s64);
    default:
        return broadcast_lower_plain(lowering, &kernel_f32);
    }
}

/* MaximumMinimumOptions has no fields. */
const struct op_def op_maximum = {
    .name = "MAXIMUM",
    .tflite_code = 55,
    .options_type = 39,
    .shifts_uint8 = true,
    .types = ARITHMETIC_TYPES,
    .notes = "broadcasting; one quantisation",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_maximum,
    .memory = broadcast_memory,
    .tiling = pointwise_tiling,
    .lower = lower_maximum,
    .bounds = broadcast_bounds,
    .channels = broadcast_channels,
    .drop_channels = broadcast_drop_channels,
};
