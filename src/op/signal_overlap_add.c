/* SignalOverlapAdd: frames that overlap become samples again. */
#include "mf_signal_stream.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t frame_step;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, frame_step), FIELD_END};

/* T, the type of the samples, is that of the tensors. */
static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->frame_step = flex_i32(options, "frame_step", 0);
    return true;
}

static bool infer(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    if (!op_type(context, node, input, "input", node->op->types) ||
        !op_rank(context, node, input, "input", 2, MAX_RANK) ||
        !op_same_type(context, node, node->output[0], "output", input,
                      "input") ||
        !signal_option(context, node, "frame_step", attributes->frame_step, 1,
                       signal_length(input))) {
        return false;
    }
    struct shape shape = input->shape;
    int64_t length =
        (int64_t)shape.dim[shape.rank - 2] * attributes->frame_step;
    shape.rank--;
    shape.dim[shape.rank - 1] = (int32_t)length; /* at most the input's */
    return op_output_shape(context, node, 0, &shape);
}

static size_t batches_of(const struct node *node) {
    const struct shape *shape = &node->input[0]->shape;
    return signal_batches(node->input[0]) / (size_t)shape->dim[shape->rank - 2];
}

static void memory(const struct node *node, struct op_memory *memory) {
    memory->kept = batches_of(node) * (size_t)signal_length(node->input[0]) *
                   dtype_size(node->input[0]->type);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_overlap, INDEX, batches),
    FIELD(mf_signal_overlap, INDEX, frames),
    FIELD(mf_signal_overlap, INDEX, size),
    FIELD(mf_signal_overlap, INDEX, step), FIELD_END};

static void run_s16(const void *params, void *const operand[]) {
    mf_signal_overlap_s16(params, operand[0], operand[1], operand[2]);
}

static const struct kernel kernel_s16 = {
    .name = "mf_signal_overlap_s16",
    .header = "mf_signal_stream.h",
    .params = "mf_signal_overlap",
    .params_size = sizeof(mf_signal_overlap),
    .fields = param_fields,
    .run = run_s16,
};

static void run_f32(const void *params, void *const operand[]) {
    mf_signal_overlap_f32(params, operand[0], operand[1], operand[2]);
}

static const struct kernel kernel_f32 = {
    .name = "mf_signal_overlap_f32",
    .header = "mf_signal_stream.h",
    .params = "mf_signal_overlap",
    .params_size = sizeof(mf_signal_overlap),
    .fields = param_fields,
    .run = run_f32,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const struct shape *shape = &node->input[0]->shape;
    enum dtype type = node->input[0]->type;
    const mf_signal_overlap params = {.batches = (ptrdiff_t)batches_of(node),
                                      .frames = shape->dim[shape->rank - 2],
                                      .size = shape->dim[shape->rank - 1],
                                      .step = attributes->frame_step};
    struct call *call = signal_call(
        lowering, type == DTYPE_INT16 ? &kernel_s16 : &kernel_f32, &params);
    if (!call) {
        return false;
    }
    call_kept(call, type);
    return signal_outputs(lowering, call);
}

const struct op_def op_signal_overlap_add = {
    .name = "SignalOverlapAdd",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .memory = memory,
    .lower = lower,
};
