/* SignalFramer: samples as frames that overlap.  Frames that there are too few
 * samples for, which the reference leaves unwritten, are zeros. */
#include "mf_signal_stream.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t frame_size, frame_step;
    int32_t prefill;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, frame_size),
    FIELD(struct attributes, INT32, frame_step),
    FIELD(struct attributes, INT32, prefill), FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->frame_size = flex_i32(options, "frame_size", 0);
    attributes->frame_step = flex_i32(options, "frame_step", 0);
    attributes->prefill = flex_bool(options, "prefill", false);
    return true;
}

enum { SIZE_LIMIT = 1 << 14 };

static bool infer(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    int32_t length = signal_length(input), step = attributes->frame_step;
    if (!op_type(context, node, input, "input", node->op->types) ||
        !op_rank(context, node, input, "input", 1, MAX_RANK - 1) ||
        !op_same_type(context, node, node->output[0], "output", input,
                      "input") ||
        !signal_tensor(context, node, node->output[1], "validity", DTYPE_BOOL,
                       1) ||
        !signal_option(context, node, "frame_size", attributes->frame_size, 1,
                       SIZE_LIMIT) ||
        !signal_option(context, node, "frame_step", step, 1,
                       attributes->frame_size)) {
        return false;
    }
    if (length % step != 0) {
        return node_fail(context, node,
                         "there are %d samples, it must be a multiple of "
                         "frame_step, %d",
                         (int)length, (int)step);
    }
    struct shape shape = input->shape;
    shape.dim[shape.rank - 1] = length / step;
    shape.dim[shape.rank++] = attributes->frame_size;
    return op_output_shape(context, node, 0, &shape);
}

/* What is left of a frame's samples: of a whole number of steps if the first
 * frame has to wait for them. */
static int32_t history_of(const struct attributes *attributes) {
    int32_t size = attributes->frame_size, step = attributes->frame_step;
    return attributes->prefill ? size - step
                               : (size + step - 1) / step * step - step;
}

static void memory(const struct node *node, struct op_memory *memory) {
    size_t history = (size_t)history_of(node->attributes);
    memory->kept =
        (1 + signal_batches(node->input[0]) * history) * sizeof(int16_t);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_framer, INDEX, batches),
    FIELD(mf_signal_framer, INDEX, frames),
    FIELD(mf_signal_framer, INDEX, size),
    FIELD(mf_signal_framer, INDEX, step),
    FIELD(mf_signal_framer, INDEX, history),
    FIELD(mf_signal_framer, INDEX, prefill),
    FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_framer_s16(params, operand[0], operand[1], operand[2],
                         operand[3]);
}

static const struct kernel kernel = {
    .name = "mf_signal_framer_s16",
    .header = "mf_signal_stream.h",
    .params = "mf_signal_framer",
    .params_size = sizeof(mf_signal_framer),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const mf_signal_framer params = {
        .batches = (ptrdiff_t)signal_batches(node->input[0]),
        .frames = signal_length(node->input[0]) / attributes->frame_step,
        .size = attributes->frame_size,
        .step = attributes->frame_step,
        .history = history_of(attributes),
        .prefill = attributes->prefill};
    struct call *call = signal_call(lowering, &kernel, &params);
    if (!call) {
        return false;
    }
    call_kept(call, DTYPE_INT16);
    return signal_outputs(lowering, call);
}

const struct op_def op_signal_framer = {
    .name = "SignalFramer",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_INT16),
    .inputs = {1, 1},
    .outputs = {2, 2},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .memory = memory,
    .lower = lower,
};
