/* SignalFftAutoScale: samples by the power of two that leaves them in 16 bits,
 * and its exponent. */
#include "mf_signal.h"
#include "op/op.h"
#include "op/signal.h"

static bool infer(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0];
    return op_type(context, node, input, "input", node->op->types) &&
           op_rank(context, node, input, "input", 1, 1) &&
           op_same_type(context, node, node->output[0], "output", input,
                        "input") &&
           signal_tensor(context, node, node->output[1], "scale bits",
                         DTYPE_INT32, 1) &&
           op_output_shape(context, node, 0, &input->shape);
}

static const struct field param_fields[] = {FIELD(mf_signal_scale, INDEX, size),
                                            FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_auto_scale(params, operand[0], operand[1], operand[2]);
}

static const struct kernel kernel = {
    .name = "mf_signal_auto_scale",
    .header = "mf_signal.h",
    .params = "mf_signal_scale",
    .params_size = sizeof(mf_signal_scale),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const mf_signal_scale params = {.size = signal_length(node->input[0])};
    return signal_outputs(lowering, signal_call(lowering, &kernel, &params));
}

const struct op_def op_signal_fft_auto_scale = {
    .name = "SignalFftAutoScale",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_INT16),
    .inputs = {1, 1},
    .outputs = {2, 2},
    .infer = infer,
    .memory = signal_in_place,
    .lower = lower,
};
