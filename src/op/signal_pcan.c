/* SignalPCAN: per-channel amplitude normalisation: a gain that follows from the
 * noise by a table of parabolas, then compression. */
#include <inttypes.h>

#include "mf_signal_filter_bank.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t snr_shift;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, snr_shift), FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->snr_shift = flex_i32(options, "snr_shift", 0);
    return true;
}

enum { GAINS = 125 }; /* three entries, and four for each length over 2 bits */

/* The parabolas' values stay within 32 bits. */
static bool check_gains(struct context *context, const struct node *node) {
    const int16_t *gain = node->input[2]->data;
    for (int32_t i = 2; i + 2 < GAINS; i += 4) {
        int64_t a = gain[i + 2], b = gain[i + 1];
        int64_t most =
            ((a < 0 ? -a : a) * 1023 / 32 + 1 + (b < 0 ? -b : b) * 32) * 1023;
        if (most > INT32_MAX - (1 << 14)) {
            return node_fail(context, node,
                             "gains from %" PRId32 " on reach %" PRId64
                             ", which does not fit 32 "
                             "bits",
                             i, most);
        }
    }
    return true;
}

static bool infer(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0], *gain = node->input[2];
    int64_t channels = shape_count(&input->shape);
    if (!op_type(context, node, input, "input", node->op->types) ||
        !signal_tensor(context, node, node->input[1], "noise estimate",
                       DTYPE_UINT32, channels) ||
        !op_type(context, node, gain, "gains", TYPE_BIT(DTYPE_INT16)) ||
        !op_constant(context, node, gain, "gains") ||
        !signal_tensor(context, node, node->output[0], "output", DTYPE_UINT32,
                       channels) ||
        !signal_option(context, node, "snr_shift", attributes->snr_shift, 0,
                       63)) {
        return false;
    }
    if (shape_count(&gain->shape) < GAINS) {
        return op_count(context, node, gain, "gains", GAINS);
    }
    return check_gains(context, node);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_pcan, INDEX, channels),
    FIELD(mf_signal_pcan, INT32, snr_shift), FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_pcan_u32(params, operand[0], operand[1], operand[2], operand[3]);
}

static const struct kernel kernel = {
    .name = "mf_signal_pcan_u32",
    .header = "mf_signal_filter_bank.h",
    .params = "mf_signal_pcan",
    .params_size = sizeof(mf_signal_pcan),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const mf_signal_pcan params = {
        .channels = (ptrdiff_t)shape_count(&node->input[0]->shape),
        .snr_shift = attributes->snr_shift};
    struct call *call = signal_call(lowering, &kernel, &params);
    if (!call) {
        return false;
    }
    call_input(call, "noise", node->input[1]);
    call_input(call, "gains", node->input[2]);
    call_loaded(call);
    return signal_outputs(lowering, call);
}

const struct op_def op_signal_pcan = {
    .name = "SignalPCAN",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_UINT32),
    .notes = "constant gains",
    .inputs = {3, 3},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .memory = signal_in_place,
    .lower = lower,
};
