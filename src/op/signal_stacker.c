/* SignalStacker: a frame together with those around it.  Where there are too
 * few, what the reference leaves unwritten is zeros. */
#include "mf_signal_stream.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t num_channels;
    int32_t stacker_left_context, stacker_right_context;
    int32_t stacker_step;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, num_channels),
    FIELD(struct attributes, INT32, stacker_left_context),
    FIELD(struct attributes, INT32, stacker_right_context),
    FIELD(struct attributes, INT32, stacker_step), FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *a = node->attributes;
    a->num_channels = flex_i32(options, "num_channels", 0);
    a->stacker_left_context = flex_i32(options, "stacker_left_context", 0);
    a->stacker_right_context = flex_i32(options, "stacker_right_context", 0);
    a->stacker_step = flex_i32(options, "stacker_step", 0);
    return true;
}

enum { CONTEXT_LIMIT = 1024 };

static int32_t depth_of(const struct attributes *a) {
    return a->stacker_left_context + a->stacker_right_context + 1;
}

static bool infer(struct context *context, struct node *node) {
    const struct attributes *a = node->attributes;
    return signal_option(context, node, "num_channels", a->num_channels, 1,
                         INT16_MAX) &&
           signal_option(context, node, "stacker_left_context",
                         a->stacker_left_context, 0, CONTEXT_LIMIT) &&
           signal_option(context, node, "stacker_right_context",
                         a->stacker_right_context, 0, CONTEXT_LIMIT) &&
           signal_option(context, node, "stacker_step", a->stacker_step, 1,
                         depth_of(a)) &&
           signal_tensor(context, node, node->input[0], "input", DTYPE_INT16,
                         a->num_channels) &&
           signal_tensor(context, node, node->output[0], "output", DTYPE_INT16,
                         (int64_t)a->num_channels * depth_of(a)) &&
           signal_tensor(context, node, node->output[1], "validity", DTYPE_BOOL,
                         1);
}

static void memory(const struct node *node, struct op_memory *memory) {
    const struct attributes *a = node->attributes;
    size_t samples = (size_t)a->num_channels * (size_t)(depth_of(a) - 1);
    memory->kept = (2 + samples) * sizeof(int16_t);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_stacker, INDEX, channels),
    FIELD(mf_signal_stacker, INDEX, left),
    FIELD(mf_signal_stacker, INDEX, depth),
    FIELD(mf_signal_stacker, INDEX, step), FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_stacker_s16(params, operand[0], operand[1], operand[2],
                          operand[3]);
}

static const struct kernel kernel = {
    .name = "mf_signal_stacker_s16",
    .header = "mf_signal_stream.h",
    .params = "mf_signal_stacker",
    .params_size = sizeof(mf_signal_stacker),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *a = node->attributes;
    const mf_signal_stacker params = {.channels = a->num_channels,
                                      .left = a->stacker_left_context,
                                      .depth = depth_of(a),
                                      .step = a->stacker_step};
    struct call *call = signal_call(lowering, &kernel, &params);
    if (!call) {
        return false;
    }
    call_kept(call, DTYPE_INT16);
    return signal_outputs(lowering, call);
}

const struct op_def op_signal_stacker = {
    .name = "SignalStacker",
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
