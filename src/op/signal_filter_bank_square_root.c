/* SignalFilterBankSquareRoot: roots, divided by a power of two. */
#include "mf_signal_filter_bank.h"
#include "op/op.h"
#include "op/signal.h"

static bool infer(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0];
    return op_type(context, node, input, "input", node->op->types) &&
           signal_tensor(context, node, node->input[1], "scale bits",
                         DTYPE_INT32, 1) &&
           op_type(context, node, node->output[0], "output",
                   TYPE_BIT(DTYPE_UINT32)) &&
           op_output_shape(context, node, 0, &input->shape);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_channels, INDEX, channels), FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_square_root(params, operand[0], operand[1], operand[2]);
}

static const struct kernel kernel = {
    .name = "mf_signal_square_root",
    .header = "mf_signal_filter_bank.h",
    .params = "mf_signal_channels",
    .params_size = sizeof(mf_signal_channels),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const mf_signal_channels params = {
        .channels = (ptrdiff_t)shape_count(&node->output[0]->shape)};
    struct call *call = signal_call(lowering, &kernel, &params);
    if (!call) {
        return false;
    }
    call_as(call, DTYPE_INT64);
    call_input(call, "scale", node->input[1]);
    return signal_outputs(lowering, call);
}

const struct op_def op_signal_filter_bank_square_root = {
    .name = "SignalFilterBankSquareRoot",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_UINT64),
    .notes = "to uint32",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer,
    .lower = lower,
};
