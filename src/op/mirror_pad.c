/* MIRROR_PAD: the input with a border that mirrors it. */
#include "mf_mirror_pad.h"

#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

enum { MODE_REFLECT = 0, MODE_SYMMETRIC = 1 };

struct attributes {
    ptrdiff_t mode;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, mode), FIELD_END};

/* MirrorPadOptions: mode. */
static bool read_mirror_pad(struct context *context,
                            const struct fb_table *options, struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->mode = fb_i8(options, 0, 0);
    return true;
}

/* Positions on which the mirror lies, which are not repeated. */
static int32_t skipped(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    return attributes->mode == MODE_REFLECT ? 1 : 0;
}

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *paddings = node->input[1];
    struct shape shape = node->input[0]->shape;
    for (int i = 0; i < shape.rank; i++) {
        const int64_t before = tensor_int(paddings, 2 * i);
        const int64_t after = tensor_int(paddings, 2 * i + 1);
        const int32_t most = shape.dim[i] - skipped(node);
        if (before < 0 || after < 0 || before > most || after > most ||
            before + after > INT32_MAX - shape.dim[i]) {
            return node_fail(context, node,
                             "paddings of dimension %d are %" PRId64
                             " and %" PRId64
                             ", each must lie within 0..%" PRId32,
                             i, before, after, most);
        }
        shape.dim[i] += (int32_t)(before + after);
    }
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_mirror_pad(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *paddings = node->input[1];
    const int rank = node->input[0]->shape.rank;
    char text[SHAPE_TEXT];
    if (!copy_types(context, node) ||
        !op_type(context, node, paddings, "paddings",
                 TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64))) {
        return false;
    }
    if (attributes->mode != MODE_REFLECT &&
        attributes->mode != MODE_SYMMETRIC) {
        return node_fail(context, node,
                         "mode is %td, allowed: REFLECT (0), SYMMETRIC (1)",
                         attributes->mode);
    }
    if (paddings->shape.rank != 2 || paddings->shape.dim[0] != rank ||
        paddings->shape.dim[1] != 2) {
        return node_fail(context, node, "paddings shape is %s, it must be %dx2",
                         shape_text(&paddings->shape, text), rank);
    }
    return !paddings->data || infer_shape(context, node);
}

static void memory_mirror_pad(const struct node *node,
                              struct op_memory *memory) {
    memory->is_view =
        node->input[1]->data &&
        shape_equal(&node->input[0]->shape, &node->output[0]->shape);
}

static const struct field param_fields[] = {
    FIELD_ARRAY(mf_mirror_pad, INDEX, input_sizes, MAX_RANK),
    FIELD_ARRAY(mf_mirror_pad, INDEX, output_sizes, MAX_RANK),
    FIELD_ARRAY(mf_mirror_pad, INDEX, before, MAX_RANK),
    FIELD_ARRAY(mf_mirror_pad, INDEX, strides, MAX_RANK),
    FIELD(mf_mirror_pad, INDEX, run),
    FIELD(mf_mirror_pad, INDEX, skip),
    FIELD_END};

static void run_bytes(const void *params, void *const operand[]) {
    mf_mirror_pad_bytes(params, operand[0], operand[1]);
}

static const struct kernel kernel_bytes = {
    .name = "mf_mirror_pad_bytes",
    .header = "mf_mirror_pad.h",
    .params = "mf_mirror_pad",
    .params_size = sizeof(mf_mirror_pad),
    .fields = param_fields,
    .run = run_bytes,
};

static bool lower_mirror_pad(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct tensor *paddings = node->input[1];
    const struct shape *in = &node->input[0]->shape;
    const struct shape *out = &node->output[0]->shape;
    if (!op_constant(lowering->context, node, paddings, "paddings")) {
        return false;
    }
    struct call *call = lower_call(lowering, &kernel_bytes);
    if (!call) {
        return false;
    }
    mf_mirror_pad *p = call->params;
    /* Innermost dimensions without a border stay together. */
    int rank = in->rank;
    ptrdiff_t stride = (ptrdiff_t)dtype_size(node->input[0]->type);
    while (rank > 0 && in->dim[rank - 1] == out->dim[rank - 1]) {
        stride *= in->dim[--rank];
    }
    p->run = stride;
    p->skip = skipped(node);
    for (int i = MAX_RANK - 1; i >= 0; i--) {
        p->input_sizes[i] = i < rank ? in->dim[i] : 1;
        p->output_sizes[i] = i < rank ? out->dim[i] : 1;
        if (i < rank) {
            p->before[i] = (ptrdiff_t)tensor_int(paddings, 2 * i);
            p->strides[i] = stride;
            stride *= in->dim[i];
        }
    }
    call_input(call, "input", node->input[0]);
    call_as_bytes(call);
    call_output(call, node->output[0]);
    call_as_bytes(call);
    return true;
}

const struct op_def op_mirror_pad = {
    .name = "MIRROR_PAD",
    .tflite_code = 100,
    .options_type = 77,
    .types = COPY_TYPES,
    .notes = "constant paddings",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_mirror_pad,
    .infer = infer_mirror_pad,
    .memory = memory_mirror_pad,
    .lower = lower_mirror_pad,
};
