/* MEAN and SUM, over any dimensions of a tensor of up to MAX_RANK. */
#include "mf_mean.h"

#include <inttypes.h>

#include "op/kernel_row.h"
#include "op/op.h"
#include "op/pool_sum.h"
#include "op/quantize.h"
#include "op/reduce.h"
#include "op/value_range.h"

extern const struct op_def op_mean, op_sum;

static bool is_quantized(const struct node *node) {
    enum dtype type = node->input[0]->type;
    return type == DTYPE_INT8 || type == DTYPE_INT16;
}

static bool infer_mean(struct context *context, struct node *node) {
    bool ok = reduce_infer(context, node);
    if (ok && is_quantized(node)) {
        ok = op_per_tensor(context, node, node->input[0], "input");
        ok = op_per_tensor(context, node, node->output[0], "output") && ok;
    }
    return ok;
}

/* The factor s_in / s_out / count as the reference makes it: shifted as far
 * left as the count allows, so that dividing loses little. */
static struct fixed_point mean_factor(double ratio, int64_t count) {
    struct fixed_point scale = fixed_point_from(ratio);
    int32_t shift = 0;
    while (shift < 32 && count >> (shift + 1)) {
        shift++;
    }
    if (shift > 31 + scale.shift) {
        shift = 31 + scale.shift;
    }
    scale.multiplier =
        (int32_t)((int64_t)scale.multiplier * (INT64_C(1) << shift) / count);
    scale.shift -= shift;
    return scale;
}

/* From the sum to the output's units. */
static struct fixed_point sum_factor(const struct node *node) {
    double ratio = (double)node->input[0]->quantization.scale[0] /
                   (double)node->output[0]->quantization.scale[0];
    return node->op == &op_mean ? mean_factor(ratio, reduce_count(node))
                                : fixed_point_from(ratio);
}

static bool fill_params(struct lowering *lowering, mf_mean *p) {
    const struct node *node = lowering->node;
    int64_t count = reduce_count(node);
    const struct quantization *in = &node->input[0]->quantization;
    const struct quantization *out = &node->output[0]->quantization;
    enum dtype type = node->input[0]->type;
    int64_t zero_point = in->zero_point[0];
    int64_t most = (type == DTYPE_INT16 ? 32768 : 128) +
                   (zero_point < 0 ? -zero_point : zero_point);
    if (count * most > INT32_MAX) {
        return node_fail(lowering->context, node,
                         "sums over %" PRId64 " values can reach %" PRId64
                         ", which does not fit 32 bits",
                         count, count * most);
    }
    struct fixed_point factor = sum_factor(node);
    /* Four values more leave room for the output's zero point. */
    if (!fixed_point_fits(lowering->context, node, factor, (count + 4) * most,
                          "the sum")) {
        return false;
    }
    p->start = (int32_t)(-zero_point * count);
    p->multiplier = factor.multiplier;
    p->shift = factor.shift;
    p->output_zero_point = out->zero_point[0];
    return true;
}

/* --- lowering --- */

static const struct field quantized_fields[] = {
    REDUCE_FIELDS(mf_mean),
    FIELD(mf_mean, INT32, start),
    FIELD(mf_mean, INT32, multiplier),
    FIELD(mf_mean, INT32, shift),
    FIELD(mf_mean, INT32, output_zero_point),
    FIELD_END};

static const struct field plain_fields[] = {
    REDUCE_FIELDS(mf_mean_plain), FIELD(mf_mean_plain, INDEX, divisor),
    FIELD_END};

static const struct field float_fields[] = {
    REDUCE_FIELDS(mf_mean_float), FIELD(mf_mean_float, FLOAT, divisor),
    FIELD_END};

REDUCE_RUN(mean, s8)
REDUCE_RUN(mean, s16)
REDUCE_RUN(mean, s32)
REDUCE_RUN(mean, s64)
REDUCE_RUN(mean, f32)
REDUCE_RUN(sum, s32)
REDUCE_RUN(sum, s64)
REDUCE_RUN(sum, f32)

#define MEAN(suffix, type, params, fields)                                     \
    REDUCE_ROW(mean, suffix, type, "mf_mean.h", params, fields)
#define SUM(suffix, type)                                                      \
    REDUCE_ROW(sum, suffix, type, "mf_reduce.h", mf_reduce, reduce_fields)
static const struct kernel_row rows[] = {
    MEAN(s8, DTYPE_INT8, mf_mean, quantized_fields),
    MEAN(s16, DTYPE_INT16, mf_mean, quantized_fields),
    MEAN(s32, DTYPE_INT32, mf_mean_plain, plain_fields),
    MEAN(s64, DTYPE_INT64, mf_mean_plain, plain_fields),
    MEAN(f32, DTYPE_FLOAT32, mf_mean_float, float_fields),
    SUM(s32, DTYPE_INT32),
    SUM(s64, DTYPE_INT64),
    SUM(f32, DTYPE_FLOAT32)};

static bool lower_quantized(struct lowering *lowering) {
    struct node mean = *lowering->node;
    mean.op = &op_mean; /* its kernels serve SUM too */
    return reduce_lower(lowering, KERNEL_IN_ROWS(rows, &mean)) &&
           fill_params(lowering, lowering->last->params);
}

static bool lower_sum(struct lowering *lowering) {
    const struct node *node = lowering->node;
    return is_quantized(node)
               ? lower_quantized(lowering)
               : reduce_lower(lowering, KERNEL_IN_ROWS(rows, node));
}

/* Over rows and columns of an image. */
static bool tiling_mean(const struct node *node, struct tiling *tiling) {
    const struct tensor *input = node->input[0];
    return node->op == &op_mean && input->shape.rank == 4 &&
           reduce_keeps_channels(node) && input->shape.dim[0] == 1 &&
           pool_sum_tiling(node, tiling);
}

static void memory_mean(const struct node *node, struct op_memory *memory) {
    memory->scratch = node->is_tile ? pool_sum_scratch(node) : 0;
}

static bool lower_part(struct lowering *lowering) {
    struct lowering whole = *lowering;
    mf_mean mean = {.shift = 0};
    whole.node = lowering->node->tile_of;
    if (!fill_params(&whole, &mean)) {
        return false;
    }
    const mf_pool_sum params = {.start = mean.start,
                                .multiplier = mean.multiplier,
                                .shift = mean.shift,
                                .output_zero_point = mean.output_zero_point,
                                .activation_min = INT8_MIN,
                                .activation_max = INT8_MAX};
    return pool_sum_lower_mean(lowering, &params);
}

static bool lower_mean(struct lowering *lowering) {
    const struct node *node = lowering->node;
    if (node->is_tile) {
        return lower_part(lowering);
    }
    if (is_quantized(node)) {
        return lower_quantized(lowering);
    }
    if (!reduce_lower(lowering, KERNEL_IN_ROWS(rows, node))) {
        return false;
    }
    if (node->input[0]->type == DTYPE_FLOAT32) {
        mf_mean_float *p = lowering->last->params;
        p->divisor = (float)reduce_count(node);
    } else {
        mf_mean_plain *p = lowering->last->params;
        p->divisor = (ptrdiff_t)reduce_count(node);
    }
    return true;
}

/* --- channels --- */

/* One value as often as there are elements is an end of what sums can be; the
 * scaling is monotonic. */
static bool bounds_mean(struct context *context, const struct node *node,
                        const struct value_range *const input[],
                        struct value_range *output) {
    (void)context;
    int64_t count = reduce_count(node);
    const struct quantization *out = &node->output[0]->quantization;
    int32_t zero_point = node->input[0]->quantization.zero_point[0];
    struct fixed_point factor = sum_factor(node);
    int64_t most = count * UINT8_MAX;
    if (!input[0] || !reduce_keeps_channels(node) || most > INT32_MAX ||
        !fixed_point_takes(factor, most)) {
        return true;
    }
    for (int32_t c = 0; c < channel_count(node->output[0]); c++) {
        int32_t low = (int32_t)count * (input[0][c].min - zero_point);
        int32_t high = (int32_t)count * (input[0][c].max - zero_point);
        struct value_range scaled = {
            mf_scale(low, factor.multiplier, factor.shift) + out->zero_point[0],
            mf_scale(high, factor.multiplier, factor.shift) +
                out->zero_point[0]};
        output[c] = range_clamp(scaled, INT8_MIN, INT8_MAX);
    }
    return true;
}

static struct channel_map map_channels(const struct node *node, int i) {
    return i == 0 && reduce_keeps_channels(node)
               ? CHANNELS_SAME
               : (struct channel_map){.kind = CHANNELS_FIXED};
}

#define QUANTIZED (TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16))
#define PLAIN                                                                  \
    (TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64) | TYPE_BIT(DTYPE_FLOAT32))
#define LINEAR(op_name, spelled, code)                                         \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .options_type = 27,                                                    \
        .types = QUANTIZED | PLAIN,                                            \
        .notes = "any constant axes",                                          \
        .inputs = {2, 2},                                                      \
        .outputs = {1, 1},                                                     \
        .attributes_size = sizeof(struct reduce_attributes),                   \
        .attributes = reduce_attribute_fields,                                 \
        .read = reduce_read,                                                   \
        .infer = infer_mean,                                                   \
        .memory = memory_mean,                                                 \
        .tiling = tiling_mean,                                                 \
        .lower = lower_##op_name,                                              \
        .bounds = bounds_mean,                                                 \
        .channels = map_channels,                                              \
    }

LINEAR(mean, "MEAN", 40);
LINEAR(sum, "SUM", 74);
