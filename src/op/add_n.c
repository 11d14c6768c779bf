/* ADD_N: the sum of any number of inputs.  On int8 they have one quantisation;
 * sums of 16 bits are kept in scratch memory. */
#include "mf_add_n.h"

#include "op/add.h"
#include "op/op.h"
#include "op/quantize.h"

static bool infer_input(struct context *context, const struct node *node,
                        int32_t i) {
    const struct tensor *first = node->input[0], *input = node->input[i];
    const char *what = context_format(context, "input %d", (int)i);
    if (!what || !op_same_type(context, node, input, what, first, "input 0")) {
        return false;
    }
    if (!shape_equal(&input->shape, &first->shape)) {
        char text[SHAPE_TEXT], other[SHAPE_TEXT];
        return node_fail(
            context, node, "%s shape is %s, it must be input 0's, %s", what,
            shape_text(&input->shape, text), shape_text(&first->shape, other));
    }
    return first->type == DTYPE_FLOAT32 ||
           op_same_quantization(context, node, input, what, first, "input 0");
}

static bool infer_add_n(struct context *context, struct node *node) {
    const struct tensor *first = node->input[0], *output = node->output[0];
    bool ok = op_type(context, node, first, "input 0", node->op->types);
    ok = op_same_type(context, node, output, "output", first, "input 0") && ok;
    for (int32_t i = 1; ok && i < node->input_count; i++) {
        ok = infer_input(context, node, i);
    }
    if (!ok || !op_output_shape(context, node, 0, &first->shape)) {
        return false;
    }
    if (first->type == DTYPE_FLOAT32) {
        return true;
    }
    if (node->input_count > 255) {
        return node_fail(context, node,
                         "has %d inputs, the most for INT8 is 255",
                         (int)node->input_count);
    }
    return op_per_tensor(context, node, output, "output") &&
           sum_factor_fits(context, node);
}

static void memory_add_n(const struct node *node, struct op_memory *memory) {
    const struct tensor *output = node->output[0];
    if (output->type == DTYPE_INT8) {
        memory->scratch = (size_t)shape_count(&output->shape) * sizeof(int16_t);
    }
}

static const struct field plain_fields[] = {FIELD(mf_add_n_plain, INDEX, size),
                                            FIELD(mf_add_n_plain, INDEX, first),
                                            FIELD_END};

static const struct field result_fields[] = {
    FIELD(mf_add_n, INDEX, size),
    FIELD(mf_add_n, INT32, start),
    FIELD(mf_add_n, INT32, output_zero_point),
    FIELD(mf_add_n, INT32, multiplier),
    FIELD(mf_add_n, INT32, shift),
    FIELD_END};

static void run_sum_s8(const void *params, void *const operand[]) {
    mf_add_n_sum_s8(params, operand[0], operand[1]);
}

static void run_s8(const void *params, void *const operand[]) {
    mf_add_n_s8(params, operand[0], operand[1]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_add_n_f32(params, operand[0], operand[1]);
}

static const struct kernel kernel_sum_s8 = {
    .name = "mf_add_n_sum_s8",
    .header = "mf_add_n.h",
    .params = "mf_add_n_plain",
    .params_size = sizeof(mf_add_n_plain),
    .fields = plain_fields,
    .run = run_sum_s8,
};

static const struct kernel kernel_s8 = {
    .name = "mf_add_n_s8",
    .header = "mf_add_n.h",
    .params = "mf_add_n",
    .params_size = sizeof(mf_add_n),
    .fields = result_fields,
    .run = run_s8,
};

static const struct kernel kernel_f32 = {
    .name = "mf_add_n_f32",
    .header = "mf_add_n.h",
    .params = "mf_add_n_plain",
    .params_size = sizeof(mf_add_n_plain),
    .fields = plain_fields,
    .run = run_f32,
};

/* As in the reference the sum begins at minus the zero point. */
static bool lower_result_s8(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *output = node->output[0];
    struct fixed_point factor = sum_factor(node);
    struct call *call = lower_call(lowering, &kernel_s8);
    if (!call) {
        return false;
    }
    *(mf_add_n *)call->params =
        (mf_add_n){.size = (ptrdiff_t)shape_count(&output->shape),
                   .start = -(node->input_count + 1) *
                            node->input[0]->quantization.zero_point[0],
                   .output_zero_point = output->quantization.zero_point[0],
                   .multiplier = factor.multiplier,
                   .shift = factor.shift};
    call_scratch(call, DTYPE_INT16);
    call_output(call, output);
    return true;
}

static bool lower_add_n(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *output = node->output[0];
    bool is_float = output->type == DTYPE_FLOAT32;
    for (int32_t i = 0; i < node->input_count; i++) {
        struct call *call =
            lower_call(lowering, is_float ? &kernel_f32 : &kernel_sum_s8);
        if (!call) {
            return false;
        }
        *(mf_add_n_plain *)call->params =
            (mf_add_n_plain){(ptrdiff_t)shape_count(&output->shape), i == 0};
        call_input(call, "input", node->input[i]);
        if (is_float) {
            call_output(call, output);
        } else {
            call_scratch(call, DTYPE_INT16);
        }
    }
    return is_float || lower_result_s8(lowering);
}

/* AddNOptions has no fields. */
const struct op_def op_add_n = {
    .name = "ADD_N",
    .tflite_code = 106,
    .options_type = 82,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "int8: one quantisation of all inputs",
    .inputs = {2, ARITY_ANY},
    .outputs = {1, 1},
    .infer = infer_add_n,
    .memory = memory_add_n,
    .lower = lower_add_n,
};
