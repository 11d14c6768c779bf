/* EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, value by value,
 * broadcast. */
#include "mf_comparison.h"

#include "op/broadcast.h"
#include "op/kernel_row.h"
#include "op/quantize.h"

static bool is_quantized(const struct node *node) {
    enum dtype type = node->input[0]->type;
    return type == DTYPE_INT8 || type == DTYPE_INT16;
}

/* The real number that 256 steps stand for: the scale itself. */
static struct fixed_point scaling(const struct node *node, int i) {
    return fixed_point_from((double)node->input[i]->quantization.scale[0]);
}

static bool infer_comparison(struct context *context, struct node *node) {
    if (!broadcast_infer_bool(context, node, node->op->types)) {
        return false;
    }
    if (!is_quantized(node)) {
        return true;
    }
    int64_t steps = node->input[0]->type == DTYPE_INT8 ? UINT8_MAX : UINT16_MAX;
    return fixed_point_fits(context, node, scaling(node, 0), steps * 256,
                            "256 * (input 0 less its zero point)") &&
           fixed_point_fits(context, node, scaling(node, 1), steps * 256,
                            "256 * (input 1 less its zero point)");
}

static const struct field quantized_fields[] = {
    BROADCAST_FIELDS(mf_comparison),
    FIELD(mf_comparison, INT32, a_zero_point),
    FIELD(mf_comparison, INT32, a_multiplier),
    FIELD(mf_comparison, INT32, a_shift),
    FIELD(mf_comparison, INT32, b_zero_point),
    FIELD(mf_comparison, INT32, b_multiplier),
    FIELD(mf_comparison, INT32, b_shift),
    FIELD_END};

#define NAMES(NAME)                                                            \
    NAME(equal)                                                                \
    NAME(not_equal)                                                            \
    NAME(greater)                                                              \
    NAME(greater_equal)                                                        \
    NAME(less)                                                                 \
    NAME(less_equal)

#define RUN(name)                                                              \
    extern const struct op_def op_##name;                                      \
    BROADCAST_RUN(name, s8)                                                    \
    BROADCAST_RUN(name, s16)                                                   \
    BROADCAST_RUN(name, s32)                                                   \
    BROADCAST_RUN(name, s64)                                                   \
    BROADCAST_RUN(name, f32)
NAMES(RUN)
BROADCAST_RUN(equal, u8)
BROADCAST_RUN(not_equal, u8)

#define SCALED(name, suffix, type)                                             \
    BROADCAST_ROW(name, suffix, type, "mf_comparison.h", mf_comparison,        \
                  quantized_fields)
#define PLAIN(name, suffix, type)                                              \
    BROADCAST_ROW(name, suffix, type, "mf_comparison.h", mf_broadcast_plain,   \
                  broadcast_fields_plain)
#define ROWS(name)                                                             \
    SCALED(name, s8, DTYPE_INT8), SCALED(name, s16, DTYPE_INT16),              \
        PLAIN(name, s32, DTYPE_INT32), PLAIN(name, s64, DTYPE_INT64),          \
        PLAIN(name, f32, DTYPE_FLOAT32),
static const struct kernel_row rows[] = {
    NAMES(ROWS) PLAIN(equal, u8, DTYPE_BOOL), PLAIN(not_equal, u8, DTYPE_BOOL)};

static bool lower_comparison(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct kernel *kernel = KERNEL_IN_ROWS(rows, node);
    if (!is_quantized(node)) {
        return broadcast_lower_plain(lowering, kernel);
    }
    struct fixed_point a = scaling(node, 0), b = scaling(node, 1);
    mf_comparison params = {
        .a_zero_point = node->input[0]->quantization.zero_point[0],
        .a_multiplier = a.multiplier,
        .a_shift = a.shift,
        .b_zero_point = node->input[1]->quantization.zero_point[0],
        .b_multiplier = b.multiplier,
        .b_shift = b.shift};
    return broadcast_lower(lowering, kernel, &params);
}

#define NUMBERS                                                                \
    (TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_INT32) |    \
     TYPE_BIT(DTYPE_INT64) | TYPE_BIT(DTYPE_FLOAT32))
#define COMPARISON(op_name, spelled, code, options, allowed)                   \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .options_type = options,                                               \
        .types = allowed,                                                      \
        .notes = "broadcasting",                                               \
        .inputs = {2, 2},                                                      \
        .outputs = {1, 1},                                                     \
        .infer = infer_comparison,                                             \
        .memory = broadcast_memory,                                            \
        .lower = lower_comparison,                                             \
    }

/* None of their options has a field. */
COMPARISON(equal, "EQUAL", 71, 53, NUMBERS | TYPE_BIT(DTYPE_BOOL));
COMPARISON(not_equal, "NOT_EQUAL", 72, 54, NUMBERS | TYPE_BIT(DTYPE_BOOL));
COMPARISON(greater, "GREATER", 61, 44, NUMBERS);
COMPARISON(greater_equal, "GREATER_EQUAL", 62, 45, NUMBERS);
COMPARISON(less, "LESS", 58, 41, NUMBERS);
COMPARISON(less_equal, "LESS_EQUAL", 63, 46, NUMBERS);
