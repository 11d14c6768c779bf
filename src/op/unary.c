/* Functions of one value: CEIL, COS, ELU, EXP, FLOOR, LOG, LOGICAL_NOT, NEG,
 * ROUND, SIGN, SIN, SQRT, SQUARE.  On int8, where the reference takes it, a
 * table of the function in float32. */
#include "op/unary.h"

#include <math.h>

#include "mf_unary.h"
#include "mf_unary_float.h"
#include "op/kernel_row.h"
#include "op/table.h"
#include "op/value_range.h"

const struct field unary_fields[] = {FIELD(mf_unary, INDEX, size), FIELD_END};

bool unary_lower(struct lowering *lowering, const struct kernel *kernel) {
    struct call *call = unary_call(lowering, kernel);
    if (call) {
        mf_unary *p = call->params;
        p->size = (ptrdiff_t)shape_count(&lowering->node->output[0]->shape);
    }
    return call != NULL;
}

static bool infer_unary(struct context *context, struct node *node) {
    return unary_infer(context, node, node->op->types);
}

/* --- int8 --- */

static float elu_of(float x) {
    return x < 0 ? expf(x) - 1 : x;
}

static float exp_of(float x) {
    return expf(x);
}

static float log_of(float x) {
    return logf(x);
}

struct float_table {
    const struct node *node;
    float (*function)(float x);
};

/* In the reference's float32 steps.  What is no number, as the logarithm of a
 * negative one, becomes the least value. */
static int32_t value_s8(const void *how, int32_t q) {
    const struct float_table *table = how;
    const struct quantization *in = &table->node->input[0]->quantization;
    const struct quantization *out = &table->node->output[0]->quantization;
    float inverse_scale = 1 / out->scale[0];
    float y = table->function(in->scale[0] * (float)(q - in->zero_point[0]));
    y = roundf(y * inverse_scale) + (float)out->zero_point[0];
    return y > INT8_MAX ? INT8_MAX : y > INT8_MIN ? (int32_t)y : INT8_MIN;
}

/* --- all --- */

#define FLOAT_HEADER   "mf_unary_float.h"
#define INTEGER_HEADER "mf_unary.h"

#define KERNELS(KERNEL)                                                        \
    KERNEL(ceil, f32, DTYPE_FLOAT32, FLOAT_HEADER)                             \
    KERNEL(cos, f32, DTYPE_FLOAT32, FLOAT_HEADER)                              \
    KERNEL(elu, f32, DTYPE_FLOAT32, FLOAT_HEADER)                              \
    KERNEL(exp, f32, DTYPE_FLOAT32, FLOAT_HEADER)                              \
    KERNEL(floor, f32, DTYPE_FLOAT32, FLOAT_HEADER)                            \
    KERNEL(log, f32, DTYPE_FLOAT32, FLOAT_HEADER)                              \
    KERNEL(logical_not, u8, DTYPE_BOOL, INTEGER_HEADER)                        \
    KERNEL(neg, f32, DTYPE_FLOAT32, FLOAT_HEADER)                              \
    KERNEL(neg, s32, DTYPE_INT32, INTEGER_HEADER)                              \
    KERNEL(neg, s64, DTYPE_INT64, INTEGER_HEADER)                              \
    KERNEL(round, f32, DTYPE_FLOAT32, FLOAT_HEADER)                            \
    KERNEL(sign, f32, DTYPE_FLOAT32, FLOAT_HEADER)                             \
    KERNEL(sign, s32, DTYPE_INT32, INTEGER_HEADER)                             \
    KERNEL(sin, f32, DTYPE_FLOAT32, FLOAT_HEADER)                              \
    KERNEL(sqrt, f32, DTYPE_FLOAT32, FLOAT_HEADER)                             \
    KERNEL(square, f32, DTYPE_FLOAT32, FLOAT_HEADER)

#define DECLARE(name, suffix, type, header)                                    \
    extern const struct op_def op_##name;
#define RUN(name, suffix, type, header) UNARY_RUN(name, suffix)
#define ROW(name, suffix, type, header) UNARY_ROW(name, suffix, type, header),
KERNELS(DECLARE)
KERNELS(RUN)
static const struct kernel_row rows[] = {KERNELS(ROW)};

static bool lower_unary(struct lowering *lowering) {
    return unary_lower(lowering, KERNEL_IN_ROWS(rows, lowering->node));
}

static bool lower_or_table(struct lowering *lowering,
                           float (*function)(float x)) {
    struct float_table table = {lowering->node, function};
    return lowering->node->input[0]->type == DTYPE_INT8
               ? table_lower(lowering, value_s8, &table)
               : lower_unary(lowering);
}

static bool lower_elu(struct lowering *lowering) {
    return lower_or_table(lowering, elu_of);
}

static bool lower_exp(struct lowering *lowering) {
    return lower_or_table(lowering, exp_of);
}

static bool lower_log(struct lowering *lowering) {
    return lower_or_table(lowering, log_of);
}

#define F32 TYPE_BIT(DTYPE_FLOAT32)
#define UNARY(op_name, spelled, code, options, allowed)                        \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .options_type = options,                                               \
        .types = allowed,                                                      \
        .inputs = {1, 1},                                                      \
        .outputs = {1, 1},                                                     \
        .infer = infer_unary,                                                  \
        .memory = unary_memory,                                                \
        .tiling = pointwise_tiling,                                            \
        .lower = lower_unary,                                                  \
    }
/* The same on int8 too. */
#define UNARY_TABLE(op_name, spelled, code, options)                           \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .options_type = options,                                               \
        .types = F32 | TYPE_BIT(DTYPE_INT8),                                   \
        .inputs = {1, 1},                                                      \
        .outputs = {1, 1},                                                     \
        .infer = infer_unary,                                                  \
        .memory = unary_memory,                                                \
        .tiling = pointwise_tiling,                                            \
        .lower = lower_##op_name,                                              \
        .bounds = unary_bounds,                                                \
        .channels = same_channels,                                             \
    }

/* None of their options has a field. */
UNARY(ceil, "CEIL", 104, 0, F32);
UNARY(cos, "COS", 108, 84, F32);
UNARY_TABLE(elu, "ELU", 111, 0);
UNARY_TABLE(exp, "EXP", 47, 33);
UNARY(floor, "FLOOR", 8, 0, F32);
UNARY_TABLE(log, "LOG", 73, 0);
UNARY(logical_not, "LOGICAL_NOT", 87, 63, TYPE_BIT(DTYPE_BOOL));
UNARY(neg, "NEG", 59, 42, F32 | TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64));
UNARY(round, "ROUND", 116, 0, F32);
UNARY(sign, "SIGN", 158, 0, F32 | TYPE_BIT(DTYPE_INT32));
UNARY(sin, "SIN", 66, 0, F32);
UNARY(sqrt, "SQRT", 75, 0, F32);
UNARY(square, "SQUARE", 92, 66, F32);
