/* SignalWindow: samples by a window. */
#include "mf_signal.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t shift;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, shift), FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->shift = flex_i32(options, "shift", 0);
    return true;
}

static bool infer(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    return op_type(context, node, input, "input", node->op->types) &&
           signal_tensor(context, node, node->input[1], "window", DTYPE_INT16,
                         signal_length(input)) &&
           op_constant(context, node, node->input[1], "window") &&
           op_same_type(context, node, node->output[0], "output", input,
                        "input") &&
           signal_option(context, node, "shift", attributes->shift, 0, 31) &&
           op_output_shape(context, node, 0, &input->shape);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_window, INDEX, batches),
    FIELD(mf_signal_window, INDEX, size), FIELD(mf_signal_window, INT32, shift),
    FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_window_s16(params, operand[0], operand[1], operand[2]);
}

static const struct kernel kernel = {
    .name = "mf_signal_window_s16",
    .header = "mf_signal.h",
    .params = "mf_signal_window",
    .params_size = sizeof(mf_signal_window),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const mf_signal_window params = {
        .batches = (ptrdiff_t)signal_batches(node->input[0]),
        .size = signal_length(node->input[0]),
        .shift = attributes->shift};
    struct call *call = signal_call(lowering, &kernel, &params);
    if (!call) {
        return false;
    }
    call_input(call, "window", node->input[1]);
    call_loaded(call);
    return signal_outputs(lowering, call);
}

const struct op_def op_signal_window = {
    .name = "SignalWindow",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_INT16),
    .notes = "constant window",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .memory = signal_in_place,
    .lower = lower,
};
