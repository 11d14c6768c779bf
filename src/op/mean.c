/* MEAN: the mean over any dimensions of a tensor of up to MAX_RANK. */
#include "mf_mean.h"

#include <inttypes.h>

#include "op/op.h"
#include "op/quantize.h"
#include "op/value_range.h"

struct attributes {
    ptrdiff_t keep_dims;
    ptrdiff_t reduced[MAX_RANK]; /* 1: the dimension is; derived */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, keep_dims),
    FIELD_ARRAY(struct attributes, INDEX, reduced, MAX_RANK), FIELD_END};

/* ReducerOptions: keep_dims. */
static bool read_mean(struct context *context, const struct fb_table *options,
                      struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->keep_dims = fb_bool(options, 0, false);
    return true;
}

/* The axes, which may count from the end and repeat themselves. */
static bool infer_axes(struct context *context, struct node *node) {
    struct attributes *attributes = node->attributes;
    const struct tensor *axes = node->input[1];
    int32_t rank = node->input[0]->shape.rank;
    int64_t count = shape_count(&axes->shape);
    for (int i = 0; i < MAX_RANK; i++) {
        attributes->reduced[i] = 0;
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t axis = tensor_int(axes, i);
        if (axis < -rank || axis >= rank) {
            return node_fail(context, node,
                             "axis is %" PRId64 ", the input has %" PRId32
                             " dimensions",
                             axis, rank);
        }
        attributes->reduced[axis < 0 ? axis + rank : axis] = 1;
    }
    return true;
}

static struct shape result_shape(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct shape *input = &node->input[0]->shape;
    struct shape shape = {.rank = 0};
    for (int32_t i = 0; i < input->rank; i++) {
        if (!attributes->reduced[i]) {
            shape.dim[shape.rank++] = input->dim[i];
        } else if (attributes->keep_dims) {
            shape.dim[shape.rank++] = 1;
        }
    }
    return shape;
}

static bool infer_mean(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *axes = node->input[1];
    const struct tensor *output = node->output[0];
    uint32_t types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32);
    bool ok = op_type(context, node, input, "input", types);
    ok = op_same_type(context, node, output, "output", input, "input") && ok;
    ok = op_type(context, node, axes, "axis", TYPE_BIT(DTYPE_INT32)) &&
         op_rank(context, node, axes, "axis", 0, 1) &&
         op_constant(context, node, axes, "axis") && ok;
    if (!ok) {
        return false;
    }
    if (input->type != DTYPE_FLOAT32) {
        ok = op_per_tensor(context, node, input, "input");
        ok = op_per_tensor(context, node, output, "output") && ok;
    }
    if (!infer_axes(context, node)) {
        return false;
    }
    struct shape shape = result_shape(node);
    return op_output_shape(context, node, 0, &shape) && ok;
}

/* Puts runs of dimensions of one sort, which lie side by side, into one; dims
 * of size 1 belong to any run.  MAX_RANK dimensions make at most three runs of
 * each sort. */
static mf_mean_dims merge_dims(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct shape *shape = &node->input[0]->shape;
    mf_mean_dims dims = {.kept = {1, 1, 1}, .reduced = {1, 1, 1}};
    int kept = MF_MEAN_DIMS, reduced = MF_MEAN_DIMS;
    ptrdiff_t stride = 1, last = -1;
    for (int32_t i = shape->rank - 1; i >= 0; i--) {
        if (shape->dim[i] == 1) {
            continue;
        }
        bool is_new = attributes->reduced[i] != last;
        last = attributes->reduced[i];
        int *run = last ? &reduced : &kept;
        ptrdiff_t *size = last ? dims.reduced : dims.kept;
        if (is_new) {
            (*run)--;
            (last ? dims.reduced_stride : dims.kept_stride)[*run] = stride;
        }
        size[*run] *= shape->dim[i];
        stride *= shape->dim[i];
    }
    return dims;
}

static const struct field param_fields[] = {
    FIELD_ARRAY(mf_mean, INDEX, dims.kept, MF_MEAN_DIMS),
    FIELD_ARRAY(mf_mean, INDEX, dims.kept_stride, MF_MEAN_DIMS),
    FIELD_ARRAY(mf_mean, INDEX, dims.reduced, MF_MEAN_DIMS),
    FIELD_ARRAY(mf_mean, INDEX, dims.reduced_stride, MF_MEAN_DIMS),
    FIELD(mf_mean, INT32, start),
    FIELD(mf_mean, INT32, multiplier),
    FIELD(mf_mean, INT32, shift),
    FIELD(mf_mean, INT32, output_zero_point),
    FIELD_END};

static const struct field float_fields[] = {
    FIELD_ARRAY(mf_mean_float, INDEX, dims.kept, MF_MEAN_DIMS),
    FIELD_ARRAY(mf_mean_float, INDEX, dims.kept_stride, MF_MEAN_DIMS),
    FIELD_ARRAY(mf_mean_float, INDEX, dims.reduced, MF_MEAN_DIMS),
    FIELD_ARRAY(mf_mean_float, INDEX, dims.reduced_stride, MF_MEAN_DIMS),
    FIELD(mf_mean_float, FLOAT, divisor),
    FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_mean_s8(params, operand[0], operand[1]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_mean_s16(params, operand[0], operand[1]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_mean_f32(params, operand[0], operand[1]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_mean_s8",
    .header = "mf_mean.h",
    .params = "mf_mean",
    .params_size = sizeof(mf_mean),
    .fields = param_fields,
    .run = run_s8,
};

static const struct kernel kernel_s16 = {
    .name = "mf_mean_s16",
    .header = "mf_mean.h",
    .params = "mf_mean",
    .params_size = sizeof(mf_mean),
    .fields = param_fields,
    .run = run_s16,
};

static const struct kernel kernel_f32 = {
    .name = "mf_mean_f32",
    .header = "mf_mean.h",
    .params = "mf_mean_float",
    .params_size = sizeof(mf_mean_float),
    .fields = float_fields,
    .run = run_f32,
};

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

static bool fill_params(struct lowering *lowering, mf_mean *p, int64_t count) {
    const struct node *node = lowering->node;
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
    struct fixed_point factor =
        mean_factor((double)in->scale[0] / (double)out->scale[0], count);
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

static bool lower_mean(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0], *output = node->output[0];
    struct call *call =
        lower_call(lowering, input->type == DTYPE_INT8    ? &kernel_s8
                             : input->type == DTYPE_INT16 ? &kernel_s16
                                                          : &kernel_f32);
    if (!call) {
        return false;
    }
    int64_t count = shape_count(&input->shape) / shape_count(&output->shape);
    if (input->type == DTYPE_FLOAT32) {
        mf_mean_float *p = call->params;
        p->dims = merge_dims(node);
        p->divisor = (float)count;
    } else {
        mf_mean *p = call->params;
        p->dims = merge_dims(node);
        if (!fill_params(lowering, p, count)) {
            return false;
        }
    }
    call_input(call, "input", input);
    call_output(call, output);
    return true;
}

/* --- channels --- */

static bool keeps_channels(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    int32_t rank = node->input[0]->shape.rank;
    return rank > 0 && !attributes->reduced[rank - 1];
}

/* One value as often as there are elements is an end of what sums can be; the
 * scaling is monotonic. */
static bool bounds_mean(struct context *context, const struct node *node,
                        const struct value_range *const input[],
                        struct value_range *output) {
    (void)context;
    int64_t count = shape_count(&node->input[0]->shape) /
                    shape_count(&node->output[0]->shape);
    const struct quantization *out = &node->output[0]->quantization;
    int32_t zero_point = node->input[0]->quantization.zero_point[0];
    struct fixed_point factor = mean_factor(
        (double)node->input[0]->quantization.scale[0] / (double)out->scale[0],
        count);
    int64_t most = count * UINT8_MAX;
    if (!input[0] || !keeps_channels(node) || most > INT32_MAX ||
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
    return i == 0 && keeps_channels(node)
               ? CHANNELS_SAME
               : (struct channel_map){.kind = CHANNELS_FIXED};
}

const struct op_def op_mean = {
    .name = "MEAN",
    .tflite_code = 40,
    .options_type = 27,
    .inputs = {2, 2},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_mean,
    .infer = infer_mean,
    .lower = lower_mean,
    .bounds = bounds_mean,
    .channels = map_channels,
};
