/* QUANTIZE: real numbers become quantised ones, quantised ones get another
 * scale, zero point or type.  (quantize.c is the arithmetic of all
 * operators.) */
#include "mf_quantize.h"

#include <inttypes.h>

#include "mf_requantize.h"
#include "op/op.h"
#include "op/quantize.h"
#include "op/table.h"
#include "op/value_range.h"

static bool is_float(const struct tensor *tensor) {
    return tensor->type == DTYPE_FLOAT32;
}

/* input scale / output scale, in double as the reference. */
static struct fixed_point find_scale(const struct node *node) {
    return fixed_point_from((double)node->input[0]->quantization.scale[0] /
                            (double)node->output[0]->quantization.scale[0]);
}

/* Requantising keeps to 32 bits. */
static bool check_range(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    int64_t zero_point = input->quantization.zero_point[0];
    int64_t low = zero_point - dtype_min(input->type);
    int64_t high = dtype_max(input->type) - zero_point;
    const struct tensor *wide = input->type == DTYPE_INT32    ? input
                                : output->type == DTYPE_INT32 ? output
                                                              : NULL;
    if (wide && wide->quantization.zero_point[0] != 0) {
        return node_fail(context, node,
                         "%s zero point is %" PRId32 ", it must be 0 for INT32",
                         wide == input ? "input" : "output",
                         wide->quantization.zero_point[0]);
    }
    if (input->type == DTYPE_INT32) {
        return find_scale(node).shift <= 0 ||
               node_fail(context, node,
                         "input scale is %.9g, it must be less than the "
                         "output's, %.9g, for INT32",
                         (double)input->quantization.scale[0],
                         (double)output->quantization.scale[0]);
    }
    return fixed_point_fits(context, node, find_scale(node),
                            low > high ? low : high,
                            "the difference from the zero point");
}

static bool infer_quantize(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    uint32_t narrow =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_UINT8) | TYPE_BIT(DTYPE_INT16);
    uint32_t wide = TYPE_BIT(DTYPE_INT32);
    if (!op_type(context, node, input, "input", node->op->types) ||
        !op_type(context, node, output, "output",
                 is_float(input) || input->type == DTYPE_INT32
                     ? narrow
                     : narrow | wide)) {
        return false;
    }
    return op_per_tensor(context, node, output, "output") &&
           (is_float(input) || (op_per_tensor(context, node, input, "input") &&
                                check_range(context, node))) &&
           op_output_shape(context, node, 0, &input->shape);
}

/* Whether requantising changes nothing: the factor is exactly 1. */
static bool is_identity(const struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    return input->type == output->type &&
           input->quantization.scale[0] == output->quantization.scale[0] &&
           input->quantization.zero_point[0] ==
               output->quantization.zero_point[0];
}

/* Elements of different types in the same bytes: only if the written ones are
 * bytes, which may overlap anything in C. */
static void memory_quantize(const struct node *node, struct op_memory *memory) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    memory->is_view = !is_float(input) && is_identity(node);
    memory->in_place =
        dtype_size(output->type) == 1 || input->type == output->type;
}

/* --- from float --- */

static const struct field quantize_fields[] = {
    FIELD(mf_quantize, INDEX, count), FIELD(mf_quantize, FLOAT, scale),
    FIELD(mf_quantize, INT32, zero_point), FIELD_END};

static void run_quantize_s8(const void *params, void *const operand[]) {
    mf_quantize_s8(params, operand[0], operand[1]);
}
static void run_quantize_u8(const void *params, void *const operand[]) {
    mf_quantize_u8(params, operand[0], operand[1]);
}
static void run_quantize_s16(const void *params, void *const operand[]) {
    mf_quantize_s16(params, operand[0], operand[1]);
}

#define QUANTIZE(suffix)                                                       \
    {                                                                          \
        .name = "mf_quantize_" #suffix, .header = "mf_quantize.h",             \
        .params = "mf_quantize", .params_size = sizeof(mf_quantize),           \
        .fields = quantize_fields, .run = run_quantize_##suffix,               \
    }
static const struct kernel quantize_s8 = QUANTIZE(s8);
static const struct kernel quantize_u8 = QUANTIZE(u8);
static const struct kernel quantize_s16 = QUANTIZE(s16);

static bool lower_float(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct tensor *output = node->output[0];
    struct call *call =
        unary_call(lowering, output->type == DTYPE_INT8    ? &quantize_s8
                             : output->type == DTYPE_UINT8 ? &quantize_u8
                                                           : &quantize_s16);
    if (!call) {
        return false;
    }
    mf_quantize *p = call->params;
    p->count = (ptrdiff_t)shape_count(&output->shape);
    p->scale = output->quantization.scale[0];
    p->zero_point = output->quantization.zero_point[0];
    return true;
}

/* --- from integers --- */

static const struct field requantize_fields[] = {
    FIELD(mf_requantize, INDEX, count),
    FIELD(mf_requantize, INDEX, shift),
    FIELD(mf_requantize, INT32, multiplier),
    FIELD(mf_requantize, INT32, input_zero_point),
    FIELD(mf_requantize, INT32, output_zero_point),
    FIELD_END};

#define REQUANTIZES(PAIR)                                                      \
    PAIR(s8, INT8, s8, INT8)                                                   \
    PAIR(s8, INT8, u8, UINT8)                                                  \
    PAIR(s8, INT8, s16, INT16)                                                 \
    PAIR(s8, INT8, s32, INT32)                                                 \
    PAIR(u8, UINT8, s8, INT8)                                                  \
    PAIR(u8, UINT8, u8, UINT8)                                                 \
    PAIR(u8, UINT8, s16, INT16)                                                \
    PAIR(u8, UINT8, s32, INT32)                                                \
    PAIR(s16, INT16, s8, INT8)                                                 \
    PAIR(s16, INT16, u8, UINT8)                                                \
    PAIR(s16, INT16, s16, INT16)                                               \
    PAIR(s16, INT16, s32, INT32)                                               \
    PAIR(s32, INT32, s8, INT8)                                                 \
    PAIR(s32, INT32, u8, UINT8)                                                \
    PAIR(s32, INT32, s16, INT16)

#define RUN(from, from_type, to, to_type)                                      \
    static void run_##from##_##to(const void *params, void *const operand[]) { \
        mf_requantize_##from##_##to(params, operand[0], operand[1]);           \
    }
REQUANTIZES(RUN)

static const struct {
    enum dtype from, to;
    struct kernel kernel;
} requantizes[] = {
#define ROW(from_name, from_type, to_name, to_type)                            \
    {.from = DTYPE_##from_type,                                                \
     .to = DTYPE_##to_type,                                                    \
     .kernel = {.name = "mf_requantize_" #from_name "_" #to_name,              \
                .header = "mf_requantize.h",                                   \
                .params = "mf_requantize",                                     \
                .params_size = sizeof(mf_requantize),                          \
                .fields = requantize_fields,                                   \
                .run = run_##from_name##_##to_name}},
    REQUANTIZES(ROW)};

static const struct kernel *find_kernel(enum dtype from, enum dtype to) {
    size_t i = 0;
    while (requantizes[i].from != from || requantizes[i].to != to) {
        i++;
    }
    return &requantizes[i].kernel;
}

static void set_params(mf_requantize *p, const struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    struct fixed_point scale = find_scale(node);
    p->count = (ptrdiff_t)shape_count(&input->shape);
    p->multiplier = scale.multiplier;
    p->shift = scale.shift;
    p->input_zero_point = input->quantization.zero_point[0];
    p->output_zero_point = output->quantization.zero_point[0];
}

static int32_t requantized(const void *how, int32_t q) {
    return mf_requantize_value(how, q, INT8_MIN, INT8_MAX);
}

/* From this many int8 values on, a table of their results is no more bytes
 * than they are, and a lookup is cheaper than a 64-bit product. */
enum { TABLE_PAYS = 256 };

static bool lower_integer(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0], *output = node->output[0];
    if (input->type == DTYPE_INT8 && output->type == DTYPE_INT8 &&
        shape_count(&input->shape) >= TABLE_PAYS) {
        mf_requantize how = {0};
        set_params(&how, node);
        return table_lower(lowering, requantized, &how);
    }
    struct call *call =
        unary_call(lowering, find_kernel(input->type, output->type));
    if (!call) {
        return false;
    }
    set_params(call->params, node);
    return true;
}

static bool lower_quantize(struct lowering *lowering) {
    return is_float(lowering->node->input[0]) ? lower_float(lowering)
                                              : lower_integer(lowering);
}

const struct op_def op_quantize = {
    .name = "QUANTIZE",
    .tflite_code = 114,
    .options_type = 89,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_UINT8) |
             TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_INT32) |
             TYPE_BIT(DTYPE_FLOAT32),
    .notes = "to int8, uint8, int16; requantises to int32 too",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .infer = infer_quantize,
    .memory = memory_quantize,
    .tiling = pointwise_tiling,
    .lower = lower_quantize,
    .bounds = unary_bounds,
    .channels = same_channels,
};
