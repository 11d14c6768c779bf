#include "op/sigmoid.h"

#include <inttypes.h>
#include <math.h>

#include "mf_core.h"
#include "mf_sigmoid.h"
#include "mf_sigmoid_float.h"
#include "op/quantize.h"
#include "op/table.h"

/* The reference's table.  A chord of the curve lies below it by at most
 * h^2/8 |f''|, h = 1/24; half of that is added to each entry. */
const int16_t *sigmoid_table(struct context *context) {
    int16_t *table = CONTEXT_NEW(context, int16_t, 256);
    for (int i = 0; table && i < 256; i++) {
        double y = 1 / (1 + exp(-i / 24.0));
        double bend = y * (1 - y) * (2 * y - 1);
        double entry = floor(65536 * (y + bend / (16 * 24 * 24)) + 0.5);
        table[i] = (int16_t)((i < 255 ? entry : 65535) - 32768);
    }
    return table;
}

/* --- int8 --- */

static bool infer_s8(struct context *context, const struct node *node,
                     const struct sigmoid *sigmoid) {
    const struct quantization *q = &node->output[0]->quantization;
    if (q->scale[0] == 1 / (float)sigmoid->steps &&
        q->zero_point[0] == sigmoid->zero_point) {
        return true;
    }
    return node_fail(context, node,
                     "output has scale %.9g and zero point %" PRId32
                     ", they must be 1/%" PRId32 " and %" PRId32,
                     (double)q->scale[0], q->zero_point[0], sigmoid->steps,
                     sigmoid->zero_point);
}

/* An int8 input as an argument in Q4.27. */
struct argument_s8 {
    const struct sigmoid *sigmoid;
    int32_t zero_point;
    struct fixed_point scale;
    double radius; /* from this magnitude on the result is saturated */
};

static struct argument_s8 argument_s8(const struct node *node,
                                      const struct sigmoid *sigmoid) {
    const struct quantization *q = &node->input[0]->quantization;
    double scale = ldexp((double)q->scale[0], 27);
    int shift;
    frexp(scale, &shift);
    return (struct argument_s8){.sigmoid = sigmoid,
                                .zero_point = q->zero_point[0],
                                .scale = fixed_point_from(scale),
                                .radius = floor(ldexp(15, 27 - shift))};
}

static int32_t value_s8(const void *how, int32_t q) {
    const struct argument_s8 *argument = how;
    const struct sigmoid *sigmoid = argument->sigmoid;
    int32_t x = q - argument->zero_point;
    if (x <= -argument->radius) {
        return INT8_MIN;
    }
    if (x >= argument->radius) {
        return INT8_MAX;
    }
    x = mf_scale(x, argument->scale.multiplier, argument->scale.shift);
    /* 2^31 / 256 = 2^23, 2^31 / 128 = 2^24 */
    int result_shift = sigmoid->steps == 256 ? 23 : 24;
    return mf_round_shift(sigmoid->function(x, 4), result_shift) +
           sigmoid->zero_point;
}

/* --- int16 --- */

/* Whether x is a power of two, nearly, as the reference looks at it. */
static bool is_power_of_two(float x, int *exponent) {
    float log = log2f(x);
    *exponent = (int)roundf(log);
    return fabsf(log - roundf(log)) < 1e-3f;
}

/* The factor from the input's units to the table's, 1 / (3 * 4096). */
static double scale_s16(const struct node *node) {
    return (double)node->input[0]->quantization.scale[0] * 4096 * 3;
}

static bool infer_s16(struct context *context, const struct node *node) {
    const struct quantization *in = &node->input[0]->quantization;
    const struct quantization *out = &node->output[0]->quantization;
    if (!op_zero_points(context, node)) {
        return false;
    }
    int exponent;
    if (!is_power_of_two(out->scale[0], &exponent) || exponent != -15) {
        return node_fail(context, node,
                         "output scale is %.9g, it must be 1/32768 on INT16",
                         (double)out->scale[0]);
    }
    if (scale_s16(node) >= 32768) {
        return node_fail(context, node,
                         "input scale is %.9g, it must be below 8/3 on INT16",
                         (double)in->scale[0]);
    }
    return true;
}

static void set_argument_s16(const struct node *node, int max_exact_shift,
                             mf_sigmoid *p) {
    int exponent;
    if (is_power_of_two(node->input[0]->quantization.scale[0], &exponent) &&
        exponent >= -12 && exponent <= -12 + max_exact_shift) {
        p->multiplier = 3 * (1 << (12 + exponent));
        p->shift = 0;
        return;
    }
    double scale = scale_s16(node);
    while (scale <= 32767.0 / 2 && p->shift <= 30) {
        p->shift++;
        scale *= 2;
    }
    p->multiplier = (int32_t)scale; /* cut off, as the reference does */
}

const struct field sigmoid_fields_s16[] = {
    FIELD(mf_sigmoid, INDEX, size), FIELD(mf_sigmoid, INT32, multiplier),
    FIELD(mf_sigmoid, INT32, shift), FIELD_END};

static bool lower_s16(struct lowering *lowering,
                      const struct sigmoid *sigmoid) {
    const struct node *node = lowering->node;
    const int16_t *table = sigmoid_table(lowering->context);
    struct call *call = lower_call(lowering, sigmoid->kernel_s16);
    if (!table || !call) {
        return false;
    }
    mf_sigmoid *p = call->params;
    p->size = (ptrdiff_t)shape_count(&node->output[0]->shape);
    set_argument_s16(node, sigmoid->max_exact_shift, p);
    call_input(call, "input", node->input[0]);
    call_table(call, "table", DTYPE_INT16, table, 256);
    call_output(call, node->output[0]);
    return true;
}

/* --- float32 --- */

const struct field sigmoid_fields_f32[] = {FIELD(mf_sigmoid_float, INDEX, size),
                                           FIELD_END};

static bool lower_f32(struct lowering *lowering,
                      const struct sigmoid *sigmoid) {
    struct call *call = unary_call(lowering, sigmoid->kernel_f32);
    if (!call) {
        return false;
    }
    mf_sigmoid_float *p = call->params;
    p->size = (ptrdiff_t)shape_count(&lowering->node->output[0]->shape);
    return true;
}

/* --- all --- */

bool sigmoid_infer(struct context *context, const struct node *node,
                   const struct sigmoid *sigmoid) {
    if (!unary_infer(context, node, node->op->types)) {
        return false;
    }
    switch (node->input[0]->type) {
    case DTYPE_INT8:
        return infer_s8(context, node, sigmoid);
    case DTYPE_INT16:
        return infer_s16(context, node);
    default:
        return true;
    }
}

bool sigmoid_lower(struct lowering *lowering, const struct sigmoid *sigmoid) {
    switch (lowering->node->input[0]->type) {
    case DTYPE_INT8: {
        struct argument_s8 argument = argument_s8(lowering->node, sigmoid);
        return table_lower(lowering, value_s8, &argument);
    }
    case DTYPE_INT16:
        return lower_s16(lowering, sigmoid);
    default:
        return lower_f32(lowering, sigmoid);
    }
}
