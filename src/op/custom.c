#include "op/custom.h"

#include <inttypes.h>
#include <string.h>

#include "mf_custom.h"
#include "op/copy.h"

/* An op_def with what its declaration says. */
struct declared_op {
    struct op_def op; /* first: node->op points here */
    const struct custom_op *declaration;
};

struct attributes {
    const uint8_t *options; /* in the file */
    size_t size;
};

enum { MOST_TENSORS = sizeof(((mf_custom *)NULL)->count) / sizeof(mf_index) };

/* FlexBuffers are not required here: whatever the options are, the function
 * knows them. */
static bool read_custom(struct context *context, struct flexbuffer *options,
                        struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->options = options->data;
    attributes->size = options->size;
    options->fault = NULL;
    return true;
}

static bool infer_custom(struct context *context, struct node *node) {
    const int32_t count = node->input_count + node->output_count;
    if (count > MOST_TENSORS) {
        return node_fail(context, node,
                         "has %" PRId32 " inputs and outputs, at most %d are "
                         "allowed",
                         count, (int)MOST_TENSORS);
    }
    for (int32_t i = 0; i < count; i++) {
        const bool is_input = i < node->input_count;
        const struct tensor *tensor =
            is_input ? node->input[i] : node->output[i - node->input_count];
        if (tensor && !op_type(context, node, tensor,
                               is_input ? "input" : "output", COPY_TYPES)) {
            return false;
        }
    }
    return true;
}

static const struct field param_fields[] = {
    FIELD(mf_custom, INDEX, options_size),
    FIELD_ARRAY(mf_custom, INDEX, count, MOST_TENSORS),
    FIELD_ARRAY(mf_custom, INDEX, depth, MOST_TENSORS),
    FIELD_ARRAY(mf_custom, FLOAT, scale, MOST_TENSORS),
    FIELD_ARRAY(mf_custom, INT32, zero_point, MOST_TENSORS),
    FIELD_END};

/* One a node: the types of operands differ from node to node. */
static const struct kernel *make_kernel(struct lowering *lowering) {
    const struct declared_op *declared =
        (const struct declared_op *)lowering->node->op;
    struct kernel *kernel = CONTEXT_NEW(lowering->context, struct kernel, 1);
    if (kernel) {
        kernel->name = declared->declaration->function;
        kernel->header = "mf_custom.h";
        kernel->program_header = declared->declaration->header;
        kernel->params = "mf_custom";
        kernel->params_size = sizeof(mf_custom);
        kernel->fields = param_fields;
    }
    return kernel;
}

static void describe(mf_custom *p, int i, const struct tensor *tensor) {
    const struct shape *shape = &tensor->shape;
    p->count[i] = (ptrdiff_t)shape_count(shape);
    p->depth[i] = shape->rank > 0 ? shape->dim[shape->rank - 1] : 1;
    if (tensor->quantization.count == 1) {
        p->scale[i] = tensor->quantization.scale[0];
        p->zero_point[i] = tensor->quantization.zero_point[0];
    }
}

static bool lower_custom(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const struct kernel *kernel = make_kernel(lowering);
    struct call *call = kernel ? lower_call(lowering, kernel) : NULL;
    if (!call) {
        return false;
    }
    mf_custom *p = call->params;
    p->options_size = (ptrdiff_t)attributes->size;
    call_table(call, "options", DTYPE_UINT8, attributes->options,
               attributes->size);
    for (int32_t i = 0; i < node->input_count; i++) {
        struct tensor *input = node->input[i];
        if (!input) {
            call_table(call, "none", DTYPE_UINT8, NULL, 0);
            continue;
        }
        describe(p, i, input);
        call_input(call, "input", input);
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        describe(p, node->input_count + i, node->output[i]);
        call_output(call, node->output[i]);
    }
    return true;
}

const struct op_def *custom_op_find(struct context *context, const char *name) {
    const struct custom_op *declaration = context->custom;
    while (declaration && strcmp(declaration->name, name) != 0) {
        declaration = declaration->next;
    }
    struct declared_op *declared =
        declaration ? CONTEXT_NEW(context, struct declared_op, 1) : NULL;
    if (!declared) {
        return NULL;
    }
    declared->declaration = declaration;
    declared->op = (struct op_def){
        .name = declaration->name,
        .tflite_code = TFLITE_CODE_CUSTOM,
        .inputs = {0, MOST_TENSORS},
        .outputs = {1, MOST_TENSORS},
        .attributes_size = sizeof(struct attributes),
        .is_program_function = true,
        .read_custom = read_custom,
        .infer = infer_custom,
        .lower = lower_custom,
    };
    return &declared->op;
}

bool custom_op_runs(struct context *context, const struct node *node,
                    const struct call *call) {
    for (; call; call = call->next) {
        if (!call->kernel->run) {
            return node_fail(context, node,
                             "its function %s is the program's: generated "
                             "code calls it, it cannot be run here",
                             call->kernel->name);
        }
    }
    return true;
}
