/* SignalDelay: samples of the last dimension come out later. */
#include "mf_signal_stream.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t delay_length;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, delay_length), FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->delay_length = flex_i32(options, "delay_length", 0);
    return true;
}

static bool infer(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    return op_type(context, node, input, "input", node->op->types) &&
           op_same_type(context, node, node->output[0], "output", input,
                        "input") &&
           signal_option(context, node, "delay_length",
                         attributes->delay_length, 1, INT16_MAX) &&
           op_output_shape(context, node, 0, &input->shape);
}

static void memory(const struct node *node, struct op_memory *memory) {
    const struct attributes *attributes = node->attributes;
    memory->kept = signal_batches(node->input[0]) *
                   (size_t)attributes->delay_length * sizeof(int16_t);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_delay, INDEX, batches), FIELD(mf_signal_delay, INDEX, size),
    FIELD(mf_signal_delay, INDEX, delay), FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_delay_s16(params, operand[0], operand[1], operand[2]);
}

static const struct kernel kernel = {
    .name = "mf_signal_delay_s16",
    .header = "mf_signal_stream.h",
    .params = "mf_signal_delay",
    .params_size = sizeof(mf_signal_delay),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const mf_signal_delay params = {
        .batches = (ptrdiff_t)signal_batches(node->input[0]),
        .size = signal_length(node->input[0]),
        .delay = attributes->delay_length};
    struct call *call = signal_call(lowering, &kernel, &params);
    if (!call) {
        return false;
    }
    call_kept(call, DTYPE_INT16);
    return signal_outputs(lowering, call);
}

const struct op_def op_signal_delay = {
    .name = "SignalDelay",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_INT16),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .memory = memory,
    .lower = lower,
};
