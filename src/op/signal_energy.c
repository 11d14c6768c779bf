/* SignalEnergy: squared magnitudes of a spectrum.  What the reference leaves
 * unwritten is 0. */
#include "mf_signal.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t start_index, end_index;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, start_index),
    FIELD(struct attributes, INT32, end_index), FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->start_index = flex_i32(options, "start_index", 0);
    attributes->end_index = flex_i32(options, "end_index", 0);
    return true;
}

static bool infer(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *output = node->output[0];
    int64_t size = shape_count(&output->shape);
    return signal_tensor(context, node, node->input[0], "input", DTYPE_INT16,
                         2 * size) &&
           op_type(context, node, output, "output", TYPE_BIT(DTYPE_UINT32)) &&
           signal_option(context, node, "start_index", attributes->start_index,
                         0, size) &&
           signal_option(context, node, "end_index", attributes->end_index,
                         attributes->start_index, size);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_energy, INDEX, size), FIELD(mf_signal_energy, INDEX, start),
    FIELD(mf_signal_energy, INDEX, end), FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_energy_u32(params, operand[0], operand[1]);
}

static const struct kernel kernel = {
    .name = "mf_signal_energy_u32",
    .header = "mf_signal.h",
    .params = "mf_signal_energy",
    .params_size = sizeof(mf_signal_energy),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const mf_signal_energy params = {
        .size = (ptrdiff_t)shape_count(&node->output[0]->shape),
        .start = attributes->start_index,
        .end = attributes->end_index};
    return signal_outputs(lowering, signal_call(lowering, &kernel, &params));
}

const struct op_def op_signal_energy = {
    .name = "SignalEnergy",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_INT16),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .lower = lower,
};
