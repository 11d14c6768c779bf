/* SVDF: a filter over features and one over time, whose memory is a variable
 * tensor.  Its columns rotate instead of moving: nothing else may read it. */
#include "mf_svdf.h"

#include <inttypes.h>

#include "op/op.h"
#include "op/quantize.h"

struct attributes {
    ptrdiff_t rank;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, rank), FIELD_END};

/* SVDFOptions: rank, fused_activation_function, asymmetric_quantize_inputs
 * (hybrid models only). */
static bool read_svdf(struct context *context, const struct fb_table *options,
                      struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->rank = fb_i32(options, 0, 0);
    node->activation = (enum activation)fb_i8(options, 1, 0);
    return true;
}

enum { INPUT, FEATURE, TIME, BIAS, STATE };

struct sizes {
    int32_t batches, inputs, filters, units, memory;
};

static struct sizes sizes_of(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    int32_t filters = node->input[FEATURE]->shape.dim[0];
    return (struct sizes){.batches = node->input[INPUT]->shape.dim[0],
                          .inputs = node->input[INPUT]->shape.dim[1],
                          .filters = filters,
                          .units = filters / (int32_t)attributes->rank,
                          .memory = node->input[TIME]->shape.dim[1]};
}

static bool infer_shapes(struct context *context, const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *bias = node->input[BIAS];
    for (int i = INPUT; i <= TIME; i++) {
        static const char *const what[] = {"input", "feature filter",
                                           "time filter"};
        if (!op_rank(context, node, node->input[i], what[i], 2, 2)) {
            return false;
        }
    }
    int32_t filters = node->input[FEATURE]->shape.dim[0];
    if (attributes->rank < 1 || filters % attributes->rank != 0) {
        return node_fail(context, node,
                         "rank is %td, it must divide the %" PRId32 " filters",
                         attributes->rank, filters);
    }
    struct sizes n = sizes_of(node);
    if (!op_matrix(context, node, node->input[FEATURE], "feature filter",
                   filters, n.inputs) ||
        !op_matrix(context, node, node->input[TIME], "time filter", filters,
                   n.memory) ||
        !op_matrix(context, node, node->input[STATE], "state", n.batches,
                   (int64_t)n.memory * filters)) {
        return false;
    }
    if (bias && !op_count(context, node, bias, "bias", n.units)) {
        return false;
    }
    const struct shape shape = {.rank = 2, .dim = {n.batches, n.units}};
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_types(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[INPUT], *bias = node->input[BIAS];
    bool is_float = input->type == DTYPE_FLOAT32;
    uint32_t data = TYPE_BIT(is_float ? DTYPE_FLOAT32 : DTYPE_INT8);
    uint32_t time = is_float ? data : data | TYPE_BIT(DTYPE_INT16);
    return op_type(context, node, input, "input", node->op->types) &&
           op_type(context, node, node->input[FEATURE], "feature filter",
                   data) &&
           op_type(context, node, node->input[TIME], "time filter", time) &&
           op_same_type(context, node, node->input[STATE], "state",
                        node->input[TIME], "time filter") &&
           (!bias ||
            op_type(context, node, bias, "bias",
                    TYPE_BIT(is_float ? DTYPE_FLOAT32 : DTYPE_INT32))) &&
           op_same_type(context, node, node->output[0], "output", input,
                        "input");
}

/* The reference computes with other zero points nowhere. */
static bool infer_quantization(struct context *context,
                               const struct node *node) {
    const struct tensor *state = node->input[STATE];
    return op_per_tensor(context, node, node->input[INPUT], "input") &&
           op_symmetric(context, node, node->input[FEATURE],
                        "feature filter") &&
           op_symmetric(context, node, node->input[TIME], "time filter") &&
           (state->type == DTYPE_INT16
                ? op_symmetric(context, node, state, "state")
                : op_per_tensor(context, node, state, "state")) &&
           op_per_tensor(context, node, node->output[0], "output");
}

static bool infer_svdf(struct context *context, struct node *node) {
    const struct tensor *bias = node->input[BIAS];
    if (!infer_types(context, node) || !op_activation(context, node) ||
        !op_constant(context, node, node->input[FEATURE], "feature filter") ||
        !op_constant(context, node, node->input[TIME], "time filter") ||
        (bias && !op_constant(context, node, bias, "bias"))) {
        return false;
    }
    if (!node->input[STATE]->is_variable) {
        return node_fail(context, node, "the state is not a variable tensor");
    }
    return infer_shapes(context, node) &&
           (node->input[INPUT]->type == DTYPE_FLOAT32 ||
            infer_quantization(context, node));
}

/* The column that is the next to be written. */
static void memory_svdf(const struct node *node, struct op_memory *memory) {
    (void)node;
    memory->kept = sizeof(int32_t);
}

static uint64_t macs_svdf(const struct node *node) {
    struct sizes n = sizes_of(node);
    return (uint64_t)n.batches * (uint64_t)n.filters *
           (uint64_t)(n.inputs + n.memory);
}

/* --- lowering --- */

#define SIZE_FIELDS(type)                                                      \
    FIELD(type, INDEX, batches), FIELD(type, INDEX, inputs),                   \
        FIELD(type, INDEX, units), FIELD(type, INDEX, rank),                   \
        FIELD(type, INDEX, memory)

static const struct field param_fields[] = {
    SIZE_FIELDS(mf_svdf),
    FIELD(mf_svdf, INT32, feature_multiplier),
    FIELD(mf_svdf, INT32, feature_shift),
    FIELD(mf_svdf, INT32, state_zero_point),
    FIELD(mf_svdf, INT32, multiplier),
    FIELD(mf_svdf, INT32, shift),
    FIELD(mf_svdf, INT32, output_zero_point),
    FIELD_END};

static const struct field float_fields[] = {
    SIZE_FIELDS(mf_svdf_float), FIELD(mf_svdf_float, FLOAT, activation_min),
    FIELD(mf_svdf_float, FLOAT, activation_max), FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_svdf_s8(params, operand[0], operand[1], operand[2], operand[3],
               operand[4], operand[5], operand[6], operand[7]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_svdf_s16(params, operand[0], operand[1], operand[2], operand[3],
                operand[4], operand[5], operand[6], operand[7]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_svdf_f32(params, operand[0], operand[1], operand[2], operand[3],
                operand[4], operand[5], operand[6]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_svdf_s8",
    .header = "mf_svdf.h",
    .params = "mf_svdf",
    .params_size = sizeof(mf_svdf),
    .fields = param_fields,
    .run = run_s8,
};

static const struct kernel kernel_s16 = {
    .name = "mf_svdf_s16",
    .header = "mf_svdf.h",
    .params = "mf_svdf",
    .params_size = sizeof(mf_svdf),
    .fields = param_fields,
    .run = run_s16,
};

static const struct kernel kernel_f32 = {
    .name = "mf_svdf_f32",
    .header = "mf_svdf.h",
    .params = "mf_svdf_float",
    .params_size = sizeof(mf_svdf_float),
    .fields = float_fields,
    .run = run_f32,
};

static int32_t weight_at(const struct tensor *tensor, int64_t i) {
    return tensor->type == DTYPE_INT8 ? ((const int8_t *)tensor->data)[i]
                                      : ((const int16_t *)tensor->data)[i];
}

/* A row of weights: its sum, and that of the magnitudes. */
struct row {
    int64_t sum, magnitude;
};

static struct row sum_row(const struct tensor *tensor, int64_t start,
                          int64_t count) {
    struct row row = {0, 0};
    for (int64_t i = start; i < start + count; i++) {
        int32_t w = weight_at(tensor, i);
        row.sum += w;
        row.magnitude += w < 0 ? -w : w;
    }
    return row;
}

/* Values of one filter: `bias` with the data's zero point folded in, or false
 * if the accumulator could overflow. */
static bool fold(struct context *context, const struct node *node,
                 const struct tensor *data, struct row row,
                 struct fixed_point scale, const char *what, int32_t *bias) {
    int64_t most = -(int64_t)dtype_min(data->type);
    int64_t folded = *bias - row.sum * data->quantization.zero_point[0];
    int64_t magnitude = (folded < 0 ? -folded : folded) + most * row.magnitude;
    if (magnitude > INT32_MAX) {
        return node_fail(context, node,
                         "the accumulator of the %s can reach %" PRId64
                         ", which does not fit 32 bits",
                         what, magnitude);
    }
    *bias = (int32_t)folded;
    return fixed_point_fits(context, node, scale, magnitude, what);
}

/* Biases of the feature filters and of the units; NULL if they cannot be. */
static int32_t *make_biases(struct lowering *lowering,
                            struct fixed_point feature_scale,
                            struct fixed_point scale) {
    const struct node *node = lowering->node;
    struct context *context = lowering->context;
    const struct attributes *attributes = node->attributes;
    const struct tensor *bias = node->input[BIAS];
    struct sizes n = sizes_of(node);
    int32_t *biases =
        CONTEXT_NEW(context, int32_t, (size_t)n.filters + (size_t)n.units);
    for (int32_t f = 0; biases && f < n.filters; f++) {
        struct row row =
            sum_row(node->input[FEATURE], (int64_t)f * n.inputs, n.inputs);
        if (!fold(context, node, node->input[INPUT], row, feature_scale,
                  "feature filter", &biases[f])) {
            return NULL;
        }
    }
    int64_t weights = attributes->rank * (int64_t)n.memory;
    for (int32_t u = 0; biases && u < n.units; u++) {
        int32_t *unit = &biases[n.filters + u];
        struct row row = sum_row(node->input[TIME], u * weights, weights);
        *unit = bias ? ((const int32_t *)bias->data)[u] : 0;
        /* Sums of 16-bit data wrap around. */
        bool ok = node->input[STATE]->type == DTYPE_INT16
                      ? fixed_point_fits(context, node, scale, INT32_MAX,
                                         "time filter")
                      : fold(context, node, node->input[STATE], row, scale,
                             "time filter", unit);
        if (!ok) {
            return NULL;
        }
    }
    return biases;
}

static bool lower_integer(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[INPUT];
    const struct tensor *state = node->input[STATE];
    const struct tensor *output = node->output[0];
    struct sizes n = sizes_of(node);
    float state_scale = state->quantization.scale[0];
    float feature = input->quantization.scale[0] *
                    node->input[FEATURE]->quantization.scale[0] / state_scale;
    float time = state_scale * node->input[TIME]->quantization.scale[0] /
                 output->quantization.scale[0];
    struct fixed_point feature_scale = fixed_point_from((double)feature);
    struct fixed_point scale = fixed_point_from((double)time);
    int32_t *biases = make_biases(lowering, feature_scale, scale);
    struct call *call = lower_call(
        lowering, state->type == DTYPE_INT8 ? &kernel_s8 : &kernel_s16);
    if (!biases || !call) {
        return false;
    }
    *(mf_svdf *)call->params = (mf_svdf){
        .batches = n.batches,
        .inputs = n.inputs,
        .units = n.units,
        .rank = attributes->rank,
        .memory = n.memory,
        .feature_multiplier = feature_scale.multiplier,
        .feature_shift = feature_scale.shift,
        .state_zero_point = state->quantization.zero_point[0],
        .multiplier = scale.multiplier,
        .shift = scale.shift,
        .output_zero_point = output->quantization.zero_point[0],
    };
    call_input(call, "input", node->input[INPUT]);
    call_input(call, "feature", node->input[FEATURE]);
    call_loaded(call);
    call_table(call, "feature_bias", DTYPE_INT32, biases, (size_t)n.filters);
    call_input(call, "time", node->input[TIME]);
    call_loaded(call);
    call_table(call, "bias", DTYPE_INT32, biases + n.filters, (size_t)n.units);
    call_variable(call, "columns", node->input[STATE]);
    call_kept(call, DTYPE_INT32);
    call_output(call, node->output[0]);
    return true;
}

static bool lower_float(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const struct tensor *bias = node->input[BIAS];
    struct sizes n = sizes_of(node);
    const float *zeros = CONTEXT_NEW(lowering->context, float, (size_t)n.units);
    struct call *call = lower_call(lowering, &kernel_f32);
    if (!zeros || !call) {
        return false;
    }
    mf_svdf_float *p = call->params;
    *p = (mf_svdf_float){.batches = n.batches,
                         .inputs = n.inputs,
                         .units = n.units,
                         .rank = attributes->rank,
                         .memory = n.memory};
    activation_range_float(node, &p->activation_min, &p->activation_max);
    call_input(call, "input", node->input[INPUT]);
    call_input(call, "feature", node->input[FEATURE]);
    call_loaded(call);
    call_input(call, "time", node->input[TIME]);
    call_loaded(call);
    call_table(call, "bias", DTYPE_FLOAT32, bias ? bias->data : zeros,
               (size_t)n.units);
    call_variable(call, "columns", node->input[STATE]);
    call_kept(call, DTYPE_INT32);
    call_output(call, node->output[0]);
    return true;
}

static bool lower_svdf(struct lowering *lowering) {
    const struct node *node = lowering->node;
    if (node->input[STATE]->use_count > 1) {
        return node_fail(lowering->context, node,
                         "the state is read by other operators, too, which is "
                         "not supported");
    }
    return node->input[INPUT]->type == DTYPE_FLOAT32 ? lower_float(lowering)
                                                     : lower_integer(lowering);
}

const struct op_def op_svdf = {
    .name = "SVDF",
    .tflite_code = 27,
    .options_type = 6,
    .types = TYPE_BIT(DTYPE_FLOAT32) | TYPE_BIT(DTYPE_INT8),
    .notes = "state and weights over time of int8 or int16; the state rotates",
    .inputs = {5, 5},
    .outputs = {1, 1},
    .optional_inputs = 1u << BIAS,
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_svdf,
    .infer = infer_svdf,
    .memory = memory_svdf,
    .lower = lower_svdf,
    .macs = macs_svdf,
};
