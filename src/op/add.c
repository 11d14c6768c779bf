/* ADD: a + b, value by value, broadcast. */
#include "op/add.h"
#include "mf_add.h"
#include "op/broadcast.h"
#include "op/family.h"
#include "op/quantize.h"

/* AddOptions: fused_activation_function, pot_scale_int16.  The reference
 * computes int16 in one way whatever the latter says. */
static bool read_add(struct context *context, const struct fb_table *options,
                     struct node *node) {
    (void)context;
    node->activation = (enum activation)fb_i8(options, 0, 0);
    return true;
}

static struct add_factors factors_in_double(float a_scale, float b_scale,
                                            float output_scale,
                                            int left_shift) {
    double common = 2 * (double)(a_scale > b_scale ? a_scale : b_scale);
    return (struct add_factors){
        .a = (double)a_scale / common,
        .b = (double)b_scale / common,
        .output = common / ((double)(1 << left_shift) * (double)output_scale)};
}

static int left_shift(const struct node *node) {
    return node->input[0]->type == DTYPE_INT8 ? 20 : 15;
}

static struct add_factors factors_of(const struct node *node,
                                     add_factors_function *factors) {
    return factors(node->input[0]->quantization.scale[0],
                   node->input[1]->quantization.scale[0],
                   node->output[0]->quantization.scale[0], left_shift(node));
}

/* The inputs' factors are at most 1/2; that of the output has to stay below 1,
 * as in the reference, so that nothing can overflow. */
static bool output_factor_fits(struct context *context, const struct node *node,
                               double factor, int left) {
    if (factor < 1 && fixed_point_from(factor).shift <= 0) {
        return true;
    }
    return node_fail(context, node,
                     "output scale is %g, it must be over %g: the larger input "
                     "scale over 2^%d",
                     (double)node->output[0]->quantization.scale[0],
                     factor * (double)node->output[0]->quantization.scale[0],
                     left - 1);
}

bool add_infer(struct context *context, const struct node *node,
               add_factors_function *factors) {
    if (!arithmetic_infer(context, node)) {
        return false;
    }
    enum dtype type = node->input[0]->type;
    if (type != DTYPE_INT8 && type != DTYPE_INT16) {
        return true;
    }
    bool ok = op_per_tensor(context, node, node->input[0], "input 0");
    if (!op_per_tensor(context, node, node->input[1], "input 1") || !ok) {
        return false;
    }
    return output_factor_fits(context, node, factors_of(node, factors).output,
                              left_shift(node));
}

struct fixed_point sum_factor(const struct node *node) {
    float scale = node->input[0]->quantization.scale[0];
    return fixed_point_from(
        factors_in_double(scale, scale, node->output[0]->quantization.scale[0],
                          20)
            .output);
}

bool sum_factor_fits(struct context *context, const struct node *node) {
    float scale = node->input[0]->quantization.scale[0];
    double output =
        factors_in_double(scale, scale, node->output[0]->quantization.scale[0],
                          20)
            .output;
    return output_factor_fits(context, node, output, 20);
}

const struct field add_fields[] = {BROADCAST_FIELDS(mf_add),
                                   FIELD(mf_add, INT32, a_zero_point),
                                   FIELD(mf_add, INT32, a_multiplier),
                                   FIELD(mf_add, INT32, a_shift),
                                   FIELD(mf_add, INT32, b_zero_point),
                                   FIELD(mf_add, INT32, b_multiplier),
                                   FIELD(mf_add, INT32, b_shift),
                                   FIELD(mf_add, INT32, output_zero_point),
                                   FIELD(mf_add, INT32, output_multiplier),
                                   FIELD(mf_add, INT32, output_shift),
                                   FIELD(mf_add, INT32, activation_min),
                                   FIELD(mf_add, INT32, activation_max),
                                   FIELD_END};

mf_add add_params(const struct node *node, const struct add_factors *factors) {
    struct fixed_point a = fixed_point_from(factors->a);
    struct fixed_point b = fixed_point_from(factors->b);
    struct fixed_point output = fixed_point_from(factors->output);
    mf_add params = {.a_zero_point = node->input[0]->quantization.zero_point[0],
                     .a_multiplier = a.multiplier,
                     .a_shift = a.shift,
                     .b_zero_point = node->input[1]->quantization.zero_point[0],
                     .b_multiplier = b.multiplier,
                     .b_shift = b.shift,
                     .output_zero_point =
                         node->output[0]->quantization.zero_point[0],
                     .output_multiplier = output.multiplier,
                     .output_shift = output.shift};
    activation_range(node, &params.activation_min, &params.activation_max);
    return params;
}

bool add_lower(struct lowering *lowering, const struct kernel *kernel,
               add_factors_function *factors) {
    struct add_factors real = factors_of(lowering->node, factors);
    mf_add params = add_params(lowering->node, &real);
    return broadcast_lower(lowering, kernel, &params);
}

static bool infer_add(struct context *context, struct node *node) {
    return add_infer(context, node, factors_in_double);
}

BROADCAST_KERNEL(add, s8, mf_add, add_fields);
BROADCAST_KERNEL(add, s16, mf_add, add_fields);
BROADCAST_KERNEL(add, s32, mf_broadcast_int, broadcast_fields_int);
BROADCAST_KERNEL(add, s64, mf_broadcast_plain, broadcast_fields_plain);
BROADCAST_KERNEL(add, f32, mf_broadcast_float, broadcast_fields_float);

static bool lower_add(struct lowering *lowering) {
    switch (lowering->node->input[0]->type) {
    case DTYPE_INT8:
        if (!add_lower(lowering, &kernel_s8, factors_in_double)) {
            return false;
        }
        if (lowering->last->kernel == &kernel_s8) {
            family_add(lowering, lowering->last);
        }
        return true;
    case DTYPE_INT16:
        return add_lower(lowering, &kernel_s16, factors_in_double);
    case DTYPE_INT32:
        return broadcast_lower_int(lowering, &kernel_s32);
    case DTYPE_INT64:
        return broadcast_lower_plain(lowering, &kernel_s64);
    default:
        return broadcast_lower_float(lowering, &kernel_f32);
    }
}

const struct op_def op_add = {
    .name = "ADD",
    .tflite_code = 0,
    .options_type = 11,
    .shifts_uint8 = true,
    .types = ARITHMETIC_TYPES,
    .notes = "broadcasting; int64 without activation",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .fuses_activation = true,
    .read = read_add,
    .infer = infer_add,
    .memory = broadcast_memory,
    .tiling = pointwise_tiling,
    .lower = lower_add,
    .bounds = broadcast_bounds,
    .channels = broadcast_channels,
    .drop_channels = broadcast_drop_channels,
};
