/* SignalFilterBankLog: the natural logarithm, by a table. */
#include <math.h>

#include "mf_signal_filter_bank.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t output_scale, input_correction_bits;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, output_scale),
    FIELD(struct attributes, INT32, input_correction_bits), FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->output_scale = flex_i32(options, "output_scale", 0);
    attributes->input_correction_bits =
        flex_i32(options, "input_correction_bits", 0);
    return true;
}

static bool infer(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    return op_type(context, node, input, "input", node->op->types) &&
           signal_tensor(context, node, node->output[0], "output", DTYPE_INT16,
                         shape_count(&input->shape)) &&
           signal_option(context, node, "output_scale",
                         attributes->output_scale, 0, INT32_MAX) &&
           signal_option(context, node, "input_correction_bits",
                         attributes->input_correction_bits, 0, 31);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_log, INDEX, channels), FIELD(mf_signal_log, INT32, scale),
    FIELD(mf_signal_log, INT32, correction_bits), FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_log_s16(params, operand[0], operand[1], operand[2]);
}

static const struct kernel kernel = {
    .name = "mf_signal_log_s16",
    .header = "mf_signal_filter_bank.h",
    .params = "mf_signal_log",
    .params_size = sizeof(mf_signal_log),
    .fields = param_fields,
    .run = run,
};

enum { SEGMENTS = 128 };

/* 65536 * (log2(1 + i / 128) - i / 128) */
static int16_t *make_table(struct context *context) {
    int16_t *table = CONTEXT_NEW(context, int16_t, SEGMENTS + 1);
    for (int i = 0; table && i <= SEGMENTS; i++) {
        double x = (double)i / SEGMENTS;
        table[i] = (int16_t)lround(65536 * (log2(1 + x) - x));
    }
    return table;
}

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const int16_t *table = make_table(lowering->context);
    const mf_signal_log params = {
        .channels = (ptrdiff_t)shape_count(&node->input[0]->shape),
        .scale = attributes->output_scale,
        .correction_bits = attributes->input_correction_bits};
    struct call *call = signal_call(lowering, &kernel, &params);
    if (!table || !call) {
        return false;
    }
    call_table(call, "table", DTYPE_INT16, table, SEGMENTS + 1);
    return signal_outputs(lowering, call);
}

const struct op_def op_signal_filter_bank_log = {
    .name = "SignalFilterBankLog",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_UINT32),
    .notes = "to int16",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .lower = lower,
};
