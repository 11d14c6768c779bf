/* HARD_SWISH: x * clamp(x + 3, 0, 6) / 6. */
#include <inttypes.h>
#include <math.h>

#include "mf_core.h"
#include "mf_hard_swish.h"
#include "op/op.h"
#include "op/quantize.h"
#include "op/table.h"
#include "op/value_range.h"

/* --- int8: 16-bit fixed-point arithmetic, as the reference does it --- */

/* multiplier * 2^(exponent - 15) */
struct factor {
    int32_t multiplier; /* 16 bits */
    int32_t exponent;
};

struct hard_swish {
    int32_t input_zero_point, output_zero_point;
    struct factor output; /* from 1/128 of the input's units to the output's */
    struct factor gate;   /* from there to a scale on which 3 is 32768 */
};

static struct factor factor_from(float real) {
    struct fixed_point scale = fixed_point_from((double)real);
    bool too_large = scale.multiplier >= INT32_MAX - (1 << 15);
    return (struct factor){too_large ? INT16_MAX
                                     : (scale.multiplier + (1 << 15)) >> 16,
                           scale.shift};
}

/* The reference's two ratios, in float32. */
static float output_ratio(const struct node *node) {
    float fine_scale = (1.0f / 128.0f) * node->input[0]->quantization.scale[0];
    return fine_scale / node->output[0]->quantization.scale[0];
}

static float gate_ratio(const struct node *node) {
    float fine_scale = (1.0f / 128.0f) * node->input[0]->quantization.scale[0];
    return fine_scale / (3.0f / 32768.0f);
}

static int32_t saturate(int32_t x) {
    return mf_clamp(x, INT16_MIN, INT16_MAX);
}

/* round(a * b / 2^15), ties upward, of 16-bit values that are not both the
 * smallest. */
static int32_t multiply(int32_t a, int32_t b) {
    return mf_shift_right_s32(a * b + (1 << 14), 15);
}

/* clamp(x + 3, 0, 6) / 6 in Q0.15, x in 1/128 of the input's units: each step
 * saturates to 16 bits. */
static int32_t gate_value(const struct factor *factor, int32_t x) {
    if (factor->exponent > 0) {
        int shift = factor->exponent - 1 < 16 ? factor->exponent - 1 : 16;
        x = x < -32768 / (1 << shift)  ? INT16_MIN
            : x > 32767 / (1 << shift) ? INT16_MAX
                                       : x * (1 << shift);
    }
    x = multiply(x, factor->multiplier);
    if (factor->exponent > 0) {
        x = saturate(x * 2);
    } else {
        x = mf_round_shift(x, -factor->exponent);
    }
    return (x + 32768) / 2;
}

static int32_t value_s8(const void *how, int32_t q) {
    const struct hard_swish *swish = how;
    int32_t x = (q - swish->input_zero_point) * 128;
    int32_t y = multiply(x, swish->output.multiplier);
    /* Rounded towards zero, as the division does. */
    y = gate_value(&swish->gate, x) * y / 32768;
    return mf_round_shift(y, -swish->output.exponent) +
           swish->output_zero_point;
}

static bool lower_s8(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct hard_swish swish = {
        .input_zero_point = node->input[0]->quantization.zero_point[0],
        .output_zero_point = node->output[0]->quantization.zero_point[0],
        .output = factor_from(output_ratio(node)),
        .gate = factor_from(gate_ratio(node))};
    return table_lower(lowering, value_s8, &swish);
}

static bool infer_hard_swish(struct context *context, struct node *node) {
    if (!unary_infer(context, node, node->op->types)) {
        return false;
    }
    if (node->input[0]->type == DTYPE_FLOAT32) {
        return true;
    }
    /* The reference demands the upper bound; below the lower ones its 16-bit
     * shifts are undefined. */
    float output = output_ratio(node), gate = gate_ratio(node);
    if (!(output < 1) || output < 0x1p-16f) {
        return node_fail(context, node,
                         "input scale over output scale is %g, it must be from "
                         "1/512 to below 128",
                         (double)output * 128);
    }
    if (gate < 0x1p-16f || !isfinite(gate)) {
        return node_fail(context, node,
                         "input scale is %g, it must be at least 1.8e-07",
                         (double)node->input[0]->quantization.scale[0]);
    }
    return true;
}

/* --- float32 --- */

static void run_f32(const void *params, void *const operand[]) {
    mf_hard_swish_f32(params, operand[0], operand[1]);
}

static const struct field fields_f32[] = {
    FIELD(mf_hard_swish_float, INDEX, size), FIELD_END};

static const struct kernel kernel_f32 = {
    .name = "mf_hard_swish_f32",
    .header = "mf_hard_swish.h",
    .params = "mf_hard_swish_float",
    .params_size = sizeof(mf_hard_swish_float),
    .fields = fields_f32,
    .run = run_f32,
};

static bool lower_hard_swish(struct lowering *lowering) {
    const struct node *node = lowering->node;
    if (node->input[0]->type == DTYPE_INT8) {
        return lower_s8(lowering);
    }
    struct call *call = unary_call(lowering, &kernel_f32);
    if (!call) {
        return false;
    }
    mf_hard_swish_float *p = call->params;
    p->size = (ptrdiff_t)shape_count(&node->output[0]->shape);
    return true;
}

/* HardSwishOptions has no fields. */
const struct op_def op_hard_swish = {
    .name = "HARD_SWISH",
    .tflite_code = 117,
    .options_type = 91,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_FLOAT32),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .infer = infer_hard_swish,
    .memory = unary_memory,
    .tiling = pointwise_tiling,
    .lower = lower_hard_swish,
    .bounds = unary_bounds,
    .channels = same_channels,
};
