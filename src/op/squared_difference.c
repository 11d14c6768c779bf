/* SQUARED_DIFFERENCE: (a - b)^2, value by value, broadcast. */
#include "mf_squared_difference.h"

#include "op/add.h"
#include "op/broadcast.h"
#include "op/kernel_row.h"
#include "op/quantize.h"

static bool is_quantized(const struct node *node) {
    enum dtype type = node->input[0]->type;
    return type == DTYPE_INT8 || type == DTYPE_INT16;
}

/* Bits that inputs are shifted left: the square has twice as many. */
static int left_shift(const struct node *node) {
    return node->input[0]->type == DTYPE_INT8 ? 7 : 0;
}

static struct add_factors factors_of(const struct node *node) {
    double a = (double)node->input[0]->quantization.scale[0];
    double b = (double)node->input[1]->quantization.scale[0];
    double output = (double)node->output[0]->quantization.scale[0];
    double common = 2 * (a > b ? a : b);
    return (struct add_factors){
        .a = a / common,
        .b = b / common,
        .output =
            common * common / ((double)(1 << 2 * left_shift(node)) * output)};
}

/* The greatest difference in the common scale, and its square. */
static int64_t greatest_square(const struct node *node) {
    struct add_factors factors = factors_of(node);
    double steps = node->input[0]->type == DTYPE_INT8 ? UINT8_MAX : 32768;
    double most = steps * (1 << left_shift(node)) * (factors.a + factors.b) + 1;
    return (int64_t)(most * most);
}

static bool infer_squared_difference(struct context *context,
                                     struct node *node) {
    if (!arithmetic_infer(context, node)) {
        return false;
    }
    if (!is_quantized(node)) {
        return true;
    }
    bool ok = op_per_tensor(context, node, node->input[0], "input 0");
    ok = op_per_tensor(context, node, node->input[1], "input 1") && ok;
    return ok && op_zero_points(context, node) &&
           fixed_point_fits(context, node,
                            fixed_point_from(factors_of(node).output),
                            greatest_square(node), "the square");
}

#define KERNELS(KERNEL)                                                        \
    KERNEL(s8, DTYPE_INT8, mf_add, add_fields)                                 \
    KERNEL(s16, DTYPE_INT16, mf_add, add_fields)                               \
    KERNEL(s32, DTYPE_INT32, mf_broadcast_plain, broadcast_fields_plain)       \
    KERNEL(f32, DTYPE_FLOAT32, mf_broadcast_plain, broadcast_fields_plain)

extern const struct op_def op_squared_difference;
#define RUN(suffix, type, params, fields)                                      \
    BROADCAST_RUN(squared_difference, suffix)
#define ROW(suffix, type, params, fields)                                      \
    BROADCAST_ROW(squared_difference, suffix, type, "mf_squared_difference.h", \
                  params, fields),
KERNELS(RUN)
static const struct kernel_row rows[] = {KERNELS(ROW)};

static bool lower_squared_difference(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct kernel *kernel = KERNEL_IN_ROWS(rows, node);
    if (!is_quantized(node)) {
        return broadcast_lower_plain(lowering, kernel);
    }
    struct add_factors factors = factors_of(node);
    mf_add params = add_params(node, &factors);
    return broadcast_lower(lowering, kernel, &params);
}

/* SquaredDifferenceOptions has no fields. */
const struct op_def op_squared_difference = {
    .name = "SQUARED_DIFFERENCE",
    .tflite_code = 99,
    .options_type = 76,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) |
             TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "broadcasting",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_squared_difference,
    .memory = broadcast_memory,
    .lower = lower_squared_difference,
    .channels = broadcast_channels,
    .drop_channels = broadcast_drop_channels,
};
