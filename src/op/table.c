#include "op/table.h"

#include "mf_table.h"
#include "op/quantize.h"
#include "op/value_range.h"

bool unary_infer(struct context *context, const struct node *node,
                 uint32_t allowed) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    if (!op_type(context, node, input, "input", allowed) ||
        !op_same_type(context, node, output, "output", input, "input")) {
        return false;
    }
    bool ok = true;
    if (input->type == DTYPE_INT8 || input->type == DTYPE_INT16) {
        ok = op_per_tensor(context, node, input, "input") && ok;
        ok = op_per_tensor(context, node, output, "output") && ok;
    }
    return op_output_shape(context, node, 0, &input->shape) && ok;
}

void unary_memory(const struct node *node, struct op_memory *memory) {
    (void)node;
    memory->in_place = 1u << 0;
}

struct call *unary_call(struct lowering *lowering,
                        const struct kernel *kernel) {
    struct call *call = lower_call(lowering, kernel);
    if (call) {
        call_input(call, "input", lowering->node->input[0]);
        call_output(call, lowering->node->output[0]);
    }
    return call;
}

static const struct field table_fields[] = {FIELD(mf_table, INDEX, size),
                                            FIELD_END};

static void run_table(const void *params, void *const operand[]) {
    mf_table_s8(params, operand[0], operand[1], operand[2]);
}

static const struct kernel table_kernel = {
    .name = "mf_table_s8",
    .header = "mf_table.h",
    .params = "mf_table",
    .params_size = sizeof(mf_table),
    .fields = table_fields,
    .run = run_table,
};

const int8_t *table_of(const struct call *call) {
    return call->kernel == &table_kernel ? call->operand[1].data : NULL;
}

bool table_lower_values(struct lowering *lowering, struct tensor *input,
                        const int8_t values[256]) {
    struct tensor *output = lowering->node->output[0];
    struct call *call = lower_call(lowering, &table_kernel);
    if (!call) {
        return false;
    }
    mf_table *p = call->params;
    p->size = (ptrdiff_t)shape_count(&output->shape);
    call_input(call, "input", input);
    call_table(call, "table", DTYPE_INT8, values, 256);
    call_output(call, output);
    return true;
}

bool table_lower(struct lowering *lowering,
                 int32_t (*value)(const void *how, int32_t q),
                 const void *how) {
    int8_t *values = CONTEXT_NEW(lowering->context, int8_t, 256);
    if (!values) {
        return false;
    }
    for (int32_t q = INT8_MIN; q <= INT8_MAX; q++) {
        values[q - INT8_MIN] =
            (int8_t)mf_clamp(value(how, q), INT8_MIN, INT8_MAX);
    }
    return table_lower_values(lowering, lowering->node->input[0], values);
}

/* All values of a range, since a table need not be monotonic. */
static struct value_range look_up(const int8_t values[256],
                                  struct value_range input) {
    struct value_range result = {INT8_MAX, INT8_MIN};
    for (int32_t q = input.min; q <= input.max; q++) {
        int8_t value = values[q - INT8_MIN];
        result = range_hull(result, (struct value_range){value, value});
    }
    return result;
}

void table_bounds(const int8_t values[256], const struct value_range *input,
                  int32_t count, struct value_range *output) {
    for (int32_t c = 0; c < count; c++) {
        bool again = c > 0 && input[c].min == input[c - 1].min &&
                     input[c].max == input[c - 1].max;
        output[c] = again ? output[c - 1] : look_up(values, input[c]);
    }
}

bool unary_bounds(struct context *context, const struct node *node,
                  const struct value_range *const input[],
                  struct value_range *output) {
    if (!input[0]) {
        return true;
    }
    if (op_memory(target_by_index(0), node).is_view) {
        return same_channel_bounds(context, node, input, output);
    }
    const struct call *call = op_lower(context, target_by_index(0), node);
    const int8_t *values = call ? table_of(call) : NULL;
    if (values) {
        table_bounds(values, input[0], channel_count(node->output[0]), output);
    }
    return call != NULL;
}
