/* SOFTMAX along the last dimension: int8 to int8 or int16, int16, float32. */
#include "mf_softmax.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "mf_softmax_float.h"
#include "mf_softmax_s16.h"
#include "op/gemmlowp.h"
#include "op/op.h"
#include "op/quantize.h"
#include "op/softmax.h"

struct attributes {
    float beta;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, FLOAT, beta), FIELD_END};

/* SoftmaxOptions: beta. */
static bool read_softmax(struct context *context,
                         const struct fb_table *options, struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->beta = fb_f32(options, 0, 0);
    return true;
}

enum { INTERVALS = 512 };

double softmax_factor_s8(float beta, float input_scale) {
    double factor = (double)beta * (double)input_scale *
                    (1 << (31 - SOFTMAX_DIFFERENCE_BITS));
    return factor < (double)INT32_MAX ? factor : (double)INT32_MAX;
}

static double s8_factor(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    return softmax_factor_s8(attributes->beta,
                             node->input[0]->quantization.scale[0]);
}

/* Difference of two inputs -> steps of 10 / 65535 of beta * difference. */
static struct fixed_point s16_factor(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    double scale = (double)node->input[0]->quantization.scale[0];
    return fixed_point_from(scale * (double)attributes->beta /
                            (10.0 / 65535.0));
}

/* Holds the output to the one quantisation that results come in. */
static bool infer_result(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    const struct quantization *q = &output->quantization;
    int32_t zero_point = 0;
    double scale = 1.0 / 32768, tolerance = 0.001;
    if (output->type == DTYPE_INT8) {
        zero_point = -128;
        scale = 1.0 / 256;
        tolerance = 0;
    } else if (input->type == DTYPE_INT8) {
        zero_point = -32768;
        scale = 1.0 / 65536;
    }
    if (q->zero_point[0] == zero_point &&
        fabs((double)q->scale[0] - scale) <= tolerance * scale) {
        return true;
    }
    return node_fail(context, node,
                     "output has scale %.9g and zero point %" PRId32
                     ", it must have 1/%d and %" PRId32,
                     (double)q->scale[0], q->zero_point[0], (int)(1 / scale),
                     zero_point);
}

static bool infer_factor(struct context *context, const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    if (!isfinite(attributes->beta) || !(attributes->beta > 0)) {
        return node_fail(context, node,
                         "beta is %g, it must be finite and over 0",
                         (double)attributes->beta);
    }
    if (input->type == DTYPE_INT16) {
        return fixed_point_fits(context, node, s16_factor(node), 65535,
                                "the difference of two inputs");
    }
    if (s8_factor(node) > 1) {
        return true;
    }
    return node_fail(context, node,
                     "beta %g times input scale %g is too small, it must be "
                     "over 2^-26",
                     (double)attributes->beta,
                     (double)input->quantization.scale[0]);
}

static bool infer_quantized(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[0];
    if (!op_per_tensor(context, node, input, "input") ||
        !op_per_tensor(context, node, node->output[0], "output")) {
        return false;
    }
    bool ok = infer_result(context, node);
    ok = infer_factor(context, node) && ok;
    int32_t depth = input->shape.dim[input->shape.rank - 1];
    int32_t most = input->type == DTYPE_INT8 ? 4095 : 65535;
    if (depth > most) {
        return node_fail(context, node,
                         "input has %" PRId32 " values a row, the most for "
                         "%s is %" PRId32,
                         depth, dtype_name(input->type), most);
    }
    return ok;
}

static bool infer_softmax(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0], *output = node->output[0];
    uint32_t s8 = TYPE_BIT(DTYPE_INT8), s16 = TYPE_BIT(DTYPE_INT16);
    uint32_t f32 = TYPE_BIT(DTYPE_FLOAT32);
    if (!op_type(context, node, input, "input", node->op->types)) {
        return false;
    }
    bool ok = op_type(context, node, output, "output",
                      input->type == DTYPE_INT8    ? s8 | s16
                      : input->type == DTYPE_INT16 ? s16
                                                   : f32);
    ok = op_rank(context, node, input, "input", 1, MAX_RANK) && ok;
    ok = op_output_shape(context, node, 0, &input->shape) && ok;
    if (!ok) {
        return false;
    }
    if (input->type != DTYPE_FLOAT32) {
        return infer_quantized(context, node);
    }
    return isfinite(attributes->beta) ||
           node_fail(context, node, "beta is %g, it must be finite",
                     (double)attributes->beta);
}

static void plan_memory(const struct node *node, struct op_memory *memory) {
    if (node->input[0]->type == node->output[0]->type) {
        memory->in_place = 1;
    }
}

/* --- tables --- */

double softmax_radius_s8(struct fixed_point factor) {
    return floor(((1 << SOFTMAX_DIFFERENCE_BITS) - 1) *
                 ldexp(1, 31 - SOFTMAX_DIFFERENCE_BITS - factor.shift));
}

size_t softmax_exp_table(struct fixed_point factor,
                         int32_t table[SOFTMAX_TABLE_SIZE]) {
    double radius = softmax_radius_s8(factor);
    size_t size = 0;
    for (int32_t i = 0; i < SOFTMAX_TABLE_SIZE && i <= radius; i++) {
        int32_t difference = gemmlowp_multiply(
            -i * ((int32_t)1 << factor.shift), factor.multiplier);
        table[i] = gemmlowp_exp_on_negative_values(difference,
                                                   SOFTMAX_DIFFERENCE_BITS);
        if (table[i] != 0) {
            size = (size_t)i + 1;
        }
    }
    return size;
}

static float exp_of(float x) {
    return expf(x);
}

static float reciprocal_of(float x) {
    return 1.0f / (1.0f + x);
}

/* A function over [min, max] by 513 samples in Q0.15, in the reference's
 * float32 steps: a sample is lowered by half of what the chord to the next
 * lies above the curve in the middle. */
static void make_interpolation_table(float (*function)(float), float min,
                                     float max, int16_t *table) {
    const float step = (max - min) / INTERVALS, half_step = step / 2;
    for (int i = 0; i < INTERVALS; i++) {
        float sample = roundf(function(min + (float)i * step) * 32768.0f);
        float next = function(min + (float)(i + 1) * step) * 32768.0f;
        float middle =
            roundf(function(min + (float)i * step + half_step) * 32768.0f);
        float chord = roundf((next + sample) / 2);
        float value = sample - roundf((chord - middle) / 2);
        table[i] = (int16_t)fminf(fmaxf(value, -32768.0f), 32767.0f);
    }
    float last = roundf(function(max) * 32768.0f);
    table[INTERVALS] = (int16_t)fminf(fmaxf(last, -32768.0f), 32767.0f);
}

/* --- lowering --- */

static const struct field s8_fields[] = {
    FIELD(mf_softmax, INDEX, rows), FIELD(mf_softmax, INDEX, depth),
    FIELD(mf_softmax, INDEX, table_size), FIELD_END};

static const struct field pair_fields[] = {FIELD(mf_softmax_pair, INDEX, rows),
                                           FIELD(mf_softmax_pair, INDEX, reach),
                                           FIELD_END};

static const struct field s16_fields[] = {
    FIELD(mf_softmax_wide, INDEX, rows), FIELD(mf_softmax_wide, INDEX, depth),
    FIELD(mf_softmax_wide, INT32, multiplier),
    FIELD(mf_softmax_wide, INT32, shift), FIELD_END};

static const struct field float_fields[] = {
    FIELD(mf_softmax_float, INDEX, rows), FIELD(mf_softmax_float, INDEX, depth),
    FIELD(mf_softmax_float, FLOAT, beta), FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_softmax_s8(params, operand[0], operand[1], operand[2]);
}

static void run_pair(const void *params, void *const operand[]) {
    mf_softmax_pair_s8(params, operand[0], operand[1], operand[2]);
}

static void run_s8_s16(const void *params, void *const operand[]) {
    mf_softmax_s8_s16(params, operand[0], operand[1], operand[2]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_softmax_s16(params, operand[0], operand[1], operand[2], operand[3]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_softmax_f32(params, operand[0], operand[1]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_softmax_s8",
    .header = "mf_softmax.h",
    .params = "mf_softmax",
    .params_size = sizeof(mf_softmax),
    .fields = s8_fields,
    .run = run_s8,
};

static const struct kernel kernel_pair = {
    .name = "mf_softmax_pair_s8",
    .header = "mf_softmax.h",
    .params = "mf_softmax_pair",
    .params_size = sizeof(mf_softmax_pair),
    .fields = pair_fields,
    .run = run_pair,
};

static const struct kernel kernel_s8_s16 = {
    .name = "mf_softmax_s8_s16",
    .header = "mf_softmax.h",
    .params = "mf_softmax",
    .params_size = sizeof(mf_softmax),
    .fields = s8_fields,
    .run = run_s8_s16,
};

static const struct kernel kernel_s16 = {
    .name = "mf_softmax_s16",
    .header = "mf_softmax_s16.h",
    .params = "mf_softmax_wide",
    .params_size = sizeof(mf_softmax_wide),
    .fields = s16_fields,
    .run = run_s16,
};

static const struct kernel kernel_f32 = {
    .name = "mf_softmax_f32",
    .header = "mf_softmax_float.h",
    .params = "mf_softmax_float",
    .params_size = sizeof(mf_softmax_float),
    .fields = float_fields,
    .run = run_f32,
};

static ptrdiff_t row_depth(const struct tensor *input) {
    return input->shape.dim[input->shape.rank - 1];
}

static ptrdiff_t row_count(const struct tensor *input) {
    return (ptrdiff_t)(shape_count(&input->shape) / row_depth(input));
}

enum { REACH = 255 };

/* The first result of rows of two, of every difference from -REACH on, by the
 * kernel for all rows.  Returns the difference past which nothing changes. */
static ptrdiff_t make_pair_table(const mf_softmax *p, const int32_t *exp,
                                 int8_t table[2 * REACH + 1]) {
    ptrdiff_t reach = REACH;
    for (int d = -REACH; d <= REACH; d++) {
        const int8_t row[2] = {(int8_t)(d < 0 ? -128 : d - 128),
                               (int8_t)(d < 0 ? -128 - d : -128)};
        int8_t result[2];
        mf_softmax_s8(p, row, exp, result);
        table[REACH + d] = result[0];
    }
    while (reach > 0 && table[REACH - reach + 1] == table[0] &&
           table[REACH + reach - 1] == table[2 * REACH]) {
        reach--;
    }
    return reach;
}

/* Two classes: fewer bytes than a table of exponentials, and hardly any code.
 */
static bool lower_pair(struct lowering *lowering, struct tensor *input,
                       struct tensor *output) {
    struct context *context = lowering->context;
    int32_t *exp = CONTEXT_NEW(context, int32_t, SOFTMAX_TABLE_SIZE);
    int8_t *table = CONTEXT_NEW(context, int8_t, 2 * REACH + 1);
    struct call *call = lower_call(lowering, &kernel_pair);
    if (!exp || !table || !call) {
        return false;
    }
    const mf_softmax row = {
        .rows = 1,
        .depth = 2,
        .table_size = (ptrdiff_t)softmax_exp_table(
            fixed_point_from(s8_factor(lowering->node)), exp)};
    mf_softmax_pair *p = call->params;
    p->rows = row_count(input);
    p->reach = make_pair_table(&row, exp, table);
    call_input(call, "input", input);
    call_table(call, "result", DTYPE_INT8, table + REACH - p->reach,
               (size_t)(2 * p->reach + 1));
    call_output(call, output);
    return true;
}

static bool lower_s8(struct lowering *lowering, struct tensor *input,
                     struct tensor *output) {
    int32_t *table =
        CONTEXT_NEW(lowering->context, int32_t, SOFTMAX_TABLE_SIZE);
    struct call *call = lower_call(
        lowering, output->type == DTYPE_INT8 ? &kernel_s8 : &kernel_s8_s16);
    if (!table || !call) {
        return false;
    }
    size_t size =
        softmax_exp_table(fixed_point_from(s8_factor(lowering->node)), table);
    mf_softmax *p = call->params;
    p->rows = row_count(input);
    p->depth = row_depth(input);
    p->table_size = (ptrdiff_t)size;
    call_input(call, "input", input);
    call_table(call, "exp", DTYPE_INT32, table, size);
    call_output(call, output);
    return true;
}

static bool lower_s16(struct lowering *lowering, struct tensor *input,
                      struct tensor *output) {
    int16_t *exp = CONTEXT_NEW(lowering->context, int16_t, INTERVALS + 1);
    int16_t *reciprocal =
        CONTEXT_NEW(lowering->context, int16_t, INTERVALS + 1);
    struct call *call = lower_call(lowering, &kernel_s16);
    if (!exp || !reciprocal || !call) {
        return false;
    }
    make_interpolation_table(exp_of, -10, 0, exp);
    make_interpolation_table(reciprocal_of, 0, 1, reciprocal);
    struct fixed_point factor = s16_factor(lowering->node);
    mf_softmax_wide *p = call->params;
    p->rows = row_count(input);
    p->depth = row_depth(input);
    p->multiplier = factor.multiplier;
    p->shift = factor.shift;
    call_input(call, "input", input);
    call_table(call, "exp", DTYPE_INT16, exp, INTERVALS + 1);
    call_table(call, "reciprocal", DTYPE_INT16, reciprocal, INTERVALS + 1);
    call_output(call, output);
    return true;
}

static bool lower_f32(struct lowering *lowering, struct tensor *input,
                      struct tensor *output) {
    const struct attributes *attributes = lowering->node->attributes;
    struct call *call = lower_call(lowering, &kernel_f32);
    if (!call) {
        return false;
    }
    mf_softmax_float *p = call->params;
    p->rows = row_count(input);
    p->depth = row_depth(input);
    p->beta = attributes->beta;
    call_input(call, "input", input);
    call_output(call, output);
    return true;
}

static bool lower_softmax(struct lowering *lowering) {
    struct tensor *input = lowering->node->input[0];
    struct tensor *output = lowering->node->output[0];
    switch (input->type) {
    case DTYPE_INT8:
        return row_depth(input) == 2 && output->type == DTYPE_INT8
                   ? lower_pair(lowering, input, output)
                   : lower_s8(lowering, input, output);
    case DTYPE_INT16:
        return lower_s16(lowering, input, output);
    default:
        return lower_f32(lowering, input, output);
    }
}

const struct op_def op_softmax = {
    .name = "SOFTMAX",
    .tflite_code = 25,
    .options_type = 9,
    .shifts_uint8 = true,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "int8 to int8 or int16",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_softmax,
    .infer = infer_softmax,
    .memory = plan_memory,
    .lower = lower_softmax,
};
