/* REDUCE_MAX, REDUCE_MIN of values as they are, REDUCE_ALL, REDUCE_ANY of
 * booleans. */
#include "op/kernel_row.h"
#include "op/reduce.h"
#include "op/value_range.h"

static bool infer_reduce(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    if (!reduce_infer(context, node)) {
        return false;
    }
    bool is_quantized =
        input->type == DTYPE_INT8 ||
        (input->type == DTYPE_INT16 &&
         (input->quantization.count > 0 || output->quantization.count > 0));
    return !is_quantized || op_same_quantization(context, node, input, "input",
                                                 output, "output");
}

static bool bounds_reduce(struct context *context, const struct node *node,
                          const struct value_range *const input[],
                          struct value_range *output) {
    if (reduce_keeps_channels(node)) {
        return same_channel_bounds(context, node, input, output);
    }
    for (int32_t c = 0; input[0] && c < channel_count(node->output[0]); c++) {
        output[c] =
            c == 0 ? range_hull_all(input[0], channel_count(node->input[0]))
                   : output[0];
    }
    return true;
}

static struct channel_map map_channels(const struct node *node, int i) {
    return i == 0 && reduce_keeps_channels(node)
               ? CHANNELS_SAME
               : (struct channel_map){.kind = CHANNELS_FIXED};
}

#define KERNELS(KERNEL)                                                        \
    KERNEL(reduce_max, s8, DTYPE_INT8)                                         \
    KERNEL(reduce_max, s16, DTYPE_INT16)                                       \
    KERNEL(reduce_max, s32, DTYPE_INT32)                                       \
    KERNEL(reduce_max, s64, DTYPE_INT64)                                       \
    KERNEL(reduce_max, f32, DTYPE_FLOAT32)                                     \
    KERNEL(reduce_min, s8, DTYPE_INT8)                                         \
    KERNEL(reduce_min, s16, DTYPE_INT16)                                       \
    KERNEL(reduce_min, s32, DTYPE_INT32)                                       \
    KERNEL(reduce_min, s64, DTYPE_INT64)                                       \
    KERNEL(reduce_min, f32, DTYPE_FLOAT32)                                     \
    KERNEL(reduce_all, u8, DTYPE_BOOL)                                         \
    KERNEL(reduce_any, u8, DTYPE_BOOL)

extern const struct op_def op_reduce_max, op_reduce_min, op_reduce_all,
    op_reduce_any;
#define RUN(stem, suffix, type) REDUCE_RUN(stem, suffix)
#define ROW(stem, suffix, type)                                                \
    REDUCE_ROW(stem, suffix, type, "mf_reduce.h", mf_reduce, reduce_fields),
KERNELS(RUN)
static const struct kernel_row rows[] = {KERNELS(ROW)};

static bool lower_reduce(struct lowering *lowering) {
    return reduce_lower(lowering, KERNEL_IN_ROWS(rows, lowering->node));
}

#define NUMBERS                                                                \
    (TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_INT32) |    \
     TYPE_BIT(DTYPE_INT64) | TYPE_BIT(DTYPE_FLOAT32))
#define REDUCTION(op_name, spelled, code, allowed)                             \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .options_type = 27,                                                    \
        .types = allowed,                                                      \
        .notes = "any constant axes",                                          \
        .inputs = {2, 2},                                                      \
        .outputs = {1, 1},                                                     \
        .attributes_size = sizeof(struct reduce_attributes),                   \
        .attributes = reduce_attribute_fields,                                 \
        .read = reduce_read,                                                   \
        .infer = infer_reduce,                                                 \
        .lower = lower_reduce,                                                 \
        .bounds = bounds_reduce,                                               \
        .channels = map_channels,                                              \
    }

REDUCTION(reduce_max, "REDUCE_MAX", 82, NUMBERS);
REDUCTION(reduce_min, "REDUCE_MIN", 89, NUMBERS);
REDUCTION(reduce_all, "REDUCE_ALL", 140, TYPE_BIT(DTYPE_BOOL));
REDUCTION(reduce_any, "REDUCE_ANY", 91, TYPE_BIT(DTYPE_BOOL));
