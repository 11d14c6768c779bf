/* SignalFilterBankSpectralSubtraction: takes off a running estimate of the
 * noise, which it keeps and gives as a second output. */
#include "mf_signal_filter_bank.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t num_channels;
    int32_t smoothing, one_minus_smoothing;
    int32_t alternate_smoothing, alternate_one_minus_smoothing;
    int32_t min_signal_remaining;
    int32_t smoothing_bits, spectral_subtraction_bits;
    int32_t clamping;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, num_channels),
    FIELD(struct attributes, INT32, smoothing),
    FIELD(struct attributes, INT32, one_minus_smoothing),
    FIELD(struct attributes, INT32, alternate_smoothing),
    FIELD(struct attributes, INT32, alternate_one_minus_smoothing),
    FIELD(struct attributes, INT32, min_signal_remaining),
    FIELD(struct attributes, INT32, smoothing_bits),
    FIELD(struct attributes, INT32, spectral_subtraction_bits),
    FIELD(struct attributes, INT32, clamping),
    FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *a = node->attributes;
    a->num_channels = flex_i32(options, "num_channels", 0);
    a->smoothing = flex_i32(options, "smoothing", 0);
    a->one_minus_smoothing = flex_i32(options, "one_minus_smoothing", 0);
    a->alternate_smoothing = flex_i32(options, "alternate_smoothing", 0);
    a->alternate_one_minus_smoothing =
        flex_i32(options, "alternate_one_minus_smoothing", 0);
    a->min_signal_remaining = flex_i32(options, "min_signal_remaining", 0);
    a->smoothing_bits = flex_i32(options, "smoothing_bits", 0);
    a->spectral_subtraction_bits =
        flex_i32(options, "spectral_subtraction_bits", 0);
    a->clamping = flex_bool(options, "clamping", false);
    return true;
}

/* Sums of two products of 32 bits each stay below 2^64. */
static bool check_factors(struct context *context, const struct node *node) {
    const struct attributes *a = node->attributes;
    return signal_option(context, node, "smoothing", a->smoothing, 0,
                         INT32_MAX) &&
           signal_option(context, node, "one_minus_smoothing",
                         a->one_minus_smoothing, 0, INT32_MAX) &&
           signal_option(context, node, "alternate_smoothing",
                         a->alternate_smoothing, 0, INT32_MAX) &&
           signal_option(context, node, "alternate_one_minus_smoothing",
                         a->alternate_one_minus_smoothing, 0, INT32_MAX) &&
           signal_option(context, node, "min_signal_remaining",
                         a->min_signal_remaining, 0, INT32_MAX) &&
           signal_option(context, node, "smoothing_bits", a->smoothing_bits, 0,
                         31) &&
           signal_option(context, node, "spectral_subtraction_bits",
                         a->spectral_subtraction_bits, 0, 31);
}

static bool infer(struct context *context, struct node *node) {
    const struct attributes *a = node->attributes;
    return signal_option(context, node, "num_channels", a->num_channels, 1,
                         INT16_MAX) &&
           signal_tensor(context, node, node->input[0], "input", DTYPE_UINT32,
                         a->num_channels) &&
           signal_tensor(context, node, node->output[0], "output", DTYPE_UINT32,
                         a->num_channels) &&
           signal_tensor(context, node, node->output[1], "noise estimate",
                         DTYPE_UINT32, a->num_channels) &&
           check_factors(context, node);
}

static void memory(const struct node *node, struct op_memory *memory) {
    const struct attributes *a = node->attributes;
    memory->kept = (size_t)a->num_channels * sizeof(uint32_t);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_subtraction, INDEX, channels),
    FIELD_ARRAY(mf_signal_subtraction, INT32, smoothing, 2),
    FIELD_ARRAY(mf_signal_subtraction, INT32, keeping, 2),
    FIELD(mf_signal_subtraction, INT32, min_remaining),
    FIELD(mf_signal_subtraction, INT32, smoothing_bits),
    FIELD(mf_signal_subtraction, INT32, bits),
    FIELD(mf_signal_subtraction, INT32, clamps),
    FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_subtract(params, operand[0], operand[1], operand[2], operand[3]);
}

static const struct kernel kernel = {
    .name = "mf_signal_subtract",
    .header = "mf_signal_filter_bank.h",
    .params = "mf_signal_subtraction",
    .params_size = sizeof(mf_signal_subtraction),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *a = node->attributes;
    const mf_signal_subtraction params = {
        .channels = a->num_channels,
        .smoothing = {a->smoothing, a->alternate_smoothing},
        .keeping = {a->one_minus_smoothing, a->alternate_one_minus_smoothing},
        .min_remaining = a->min_signal_remaining,
        .smoothing_bits = a->smoothing_bits,
        .bits = a->spectral_subtraction_bits,
        .clamps = a->clamping};
    struct call *call = signal_call(lowering, &kernel, &params);
    if (!call) {
        return false;
    }
    call_kept(call, DTYPE_UINT32);
    return signal_outputs(lowering, call);
}

const struct op_def op_signal_filter_bank_spectral_subtraction = {
    .name = "SignalFilterBankSpectralSubtraction",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_UINT32),
    .inputs = {1, 1},
    .outputs = {2, 2},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .memory = memory,
    .lower = lower,
};
