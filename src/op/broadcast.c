#include "op/broadcast.h"

#include <assert.h>
#include <string.h>

#include "op/quantize.h"
#include "op/table.h"
#include "op/value_range.h"

enum {
    /* Outputs of fewer elements are not worth the bytes of a table. */
    TABLE_WORTH = 256
};

/* Dimension i from the end, 1 beyond the first. */
static int32_t dim_from_end(const struct shape *shape, int32_t i) {
    return i < shape->rank ? shape->dim[shape->rank - 1 - i] : 1;
}

bool broadcast_output(struct context *context, const struct node *node,
                      int32_t count, const struct shape *const input[]) {
    struct shape output = *input[0];
    for (int32_t k = 1; k < count; k++) {
        const struct shape a = output, *b = input[k];
        output.rank = a.rank > b->rank ? a.rank : b->rank;
        for (int32_t i = 0; i < output.rank; i++) {
            int32_t m = dim_from_end(&a, i), n = dim_from_end(b, i);
            if (m != n && m != 1 && n != 1) {
                char text[SHAPE_TEXT], other[SHAPE_TEXT];
                return node_fail(context, node,
                                 "input shapes are %s and %s, their dimensions "
                                 "(the last ones aligned) must be equal or 1",
                                 shape_text(&a, text), shape_text(b, other));
            }
            output.dim[output.rank - 1 - i] = m > n ? m : n;
        }
    }
    return op_output_shape(context, node, 0, &output);
}

static bool infer_shape(struct context *context, const struct node *node) {
    const struct shape *input[2] = {&node->input[0]->shape,
                                    &node->input[1]->shape};
    return broadcast_output(context, node, 2, input);
}

bool broadcast_infer(struct context *context, const struct node *node,
                     uint32_t allowed) {
    const struct tensor *a = node->input[0];
    if (!op_type(context, node, a, "input 0", allowed)) {
        return false;
    }
    bool ok =
        op_same_type(context, node, node->input[1], "input 1", a, "input 0");
    ok = op_same_type(context, node, node->output[0], "output", a, "input 0") &&
         ok;
    return infer_shape(context, node) && ok;
}

bool broadcast_infer_bool(struct context *context, const struct node *node,
                          uint32_t allowed) {
    const struct tensor *a = node->input[0], *b = node->input[1];
    if (!op_type(context, node, a, "input 0", allowed)) {
        return false;
    }
    bool ok = op_same_type(context, node, b, "input 1", a, "input 0");
    ok = op_type(context, node, node->output[0], "output",
                 TYPE_BIT(DTYPE_BOOL)) &&
         ok;
    if (a->type == DTYPE_INT8 || a->type == DTYPE_INT16) {
        ok = op_per_tensor(context, node, a, "input 0") && ok;
        ok = op_per_tensor(context, node, b, "input 1") && ok;
    }
    return infer_shape(context, node) && ok;
}

static bool check_unquantized(struct context *context, const struct node *node,
                              const struct tensor *tensor, const char *what) {
    return tensor->quantization.count == 0 ||
           node_fail(context, node, "%s is quantised, %s must not be", what,
                     dtype_name(tensor->type));
}

bool arithmetic_infer(struct context *context, const struct node *node) {
    const struct tensor *a = node->input[0], *b = node->input[1];
    const struct tensor *output = node->output[0];
    bool ok = broadcast_infer(context, node, node->op->types);
    ok = op_activation(context, node) && ok;
    if (!ok || a->type == DTYPE_FLOAT32) {
        return ok;
    }
    if (a->type == DTYPE_INT8 || a->type == DTYPE_INT16) {
        return op_per_tensor(context, node, output, "output");
    }
    ok = check_unquantized(context, node, a, "input 0");
    ok = check_unquantized(context, node, b, "input 1") && ok;
    ok = check_unquantized(context, node, output, "output") && ok;
    if (a->type == DTYPE_INT64 && node->activation != ACTIVATION_NONE) {
        return node_fail(context, node,
                         "fused activation is %d, allowed on INT64: NONE (0)",
                         (int)node->activation);
    }
    return ok;
}

bool comparable_infer(struct context *context, const struct node *node) {
    const struct tensor *a = node->input[0], *b = node->input[1];
    const struct tensor *output = node->output[0];
    if (!broadcast_infer(context, node, node->op->types)) {
        return false;
    }
    bool is_quantized = a->quantization.count > 0 ||
                        b->quantization.count > 0 ||
                        output->quantization.count > 0;
    bool may_be_plain = a->type == DTYPE_INT32 || a->type == DTYPE_INT64;
    if (a->type == DTYPE_FLOAT32 || (may_be_plain && !is_quantized)) {
        return true;
    }
    bool ok =
        op_same_quantization(context, node, a, "input 0", output, "output");
    return op_same_quantization(context, node, b, "input 1", output,
                                "output") &&
           ok;
}

void broadcast_memory(const struct node *node, struct op_memory *memory) {
    const struct tensor *output = node->output[0];
    for (int i = 0; i < node->input_count; i++) {
        /* Not repeated, so element k of the output needs element k of it. */
        if (shape_count(&node->input[i]->shape) ==
                shape_count(&output->shape) &&
            dtype_size(output->type) <= dtype_size(node->input[i]->type)) {
            memory->in_place |= 1u << i;
        }
    }
}

void broadcast_levels(int32_t count, const struct shape *const input[],
                      struct broadcast_levels *levels) {
    *levels = (struct broadcast_levels){.count = 0, .dim = {1}};
    for (int32_t k = 0; k < count; k++) {
        levels->moves[0][k] = true;
    }
    for (int32_t i = 0; i < MAX_RANK; i++) {
        bool moves[BROADCAST_INPUTS] = {false};
        int32_t size = 1, last = levels->count - 1;
        for (int32_t k = 0; k < count; k++) {
            int32_t dim = dim_from_end(input[k], i);
            moves[k] = dim > 1;
            size = dim > size ? dim : size;
        }
        if (size == 1) {
            continue;
        }
        if (last >= 0 &&
            memcmp(moves, levels->moves[last], sizeof moves) == 0) {
            levels->dim[last] *= size;
            continue;
        }
        levels->dim[levels->count] = size;
        memcpy(levels->moves[levels->count], moves, sizeof moves);
        levels->count++;
    }
}

void broadcast_strides(const struct broadcast_levels *levels, int32_t k,
                       mf_index *step, mf_index stride[MAX_RANK - 1]) {
    mf_index size = levels->moves[0][k] ? levels->dim[0] : 1;
    *step = levels->moves[0][k];
    for (int32_t i = 1; i < levels->count; i++) {
        stride[i - 1] = levels->moves[i][k] ? size : 0;
        size *= levels->moves[i][k] ? levels->dim[i] : 1;
    }
}

mf_broadcast broadcast_rows(const struct broadcast_levels *levels) {
    mf_broadcast shape = {.rows = 1,
                          .columns = levels->dim[0],
                          .outer = levels->count > 0 ? levels->count - 1 : 0};
    for (int32_t i = 1; i < levels->count; i++) {
        shape.rows *= levels->dim[i];
        shape.dim[i - 1] = levels->dim[i];
    }
    return shape;
}

mf_broadcast broadcast_shape(const struct shape *a, const struct shape *b) {
    const struct shape *input[2] = {a, b};
    struct broadcast_levels levels;
    broadcast_levels(2, input, &levels);
    mf_broadcast shape = broadcast_rows(&levels);
    broadcast_strides(&levels, 0, &shape.a_step, shape.a_stride);
    broadcast_strides(&levels, 1, &shape.b_step, shape.b_stride);
    return shape;
}

/* The input that is the node's only variable one, if the other is a single
 * int8 constant and a table pays; else -1. */
static int table_input(const struct node *node) {
    if (node->output[0]->type != DTYPE_INT8 ||
        shape_count(&node->output[0]->shape) < TABLE_WORTH) {
        return -1;
    }
    for (int i = 0; i < 2; i++) {
        const struct tensor *other = node->input[1 - i];
        if (!node->input[i]->data && other->data &&
            shape_count(&other->shape) == 1) {
            return i;
        }
    }
    return -1;
}

/* Runs the kernel on all values that input `variable` can have. */
static bool lower_table(struct lowering *lowering, const struct kernel *kernel,
                        void *params, int variable) {
    const struct node *node = lowering->node;
    int8_t *input = CONTEXT_NEW(lowering->context, int8_t, 256);
    int8_t *output = CONTEXT_NEW(lowering->context, int8_t, 256);
    if (!input || !output) {
        return false;
    }
    for (int i = 0; i < 256; i++) {
        input[i] = (int8_t)(i + INT8_MIN);
    }
    mf_broadcast shape = {.rows = 1,
                          .columns = 256,
                          .a_step = variable == 0,
                          .b_step = variable == 1};
    memcpy(params, &shape, sizeof shape);
    void *operand[3] = {NULL, NULL, output};
    operand[variable] = input;
    operand[1 - variable] = (void *)node->input[1 - variable]->data;
    kernel->run(params, operand);
    return table_lower_values(lowering, node->input[variable], output);
}

bool broadcast_lower(struct lowering *lowering, const struct kernel *kernel,
                     const void *params) {
    const struct node *node = lowering->node;
    int variable = table_input(node);
    if (variable >= 0) {
        void *copy = context_alloc(lowering->context, 1, kernel->params_size);
        if (!copy) {
            return false;
        }
        memcpy(copy, params, kernel->params_size);
        return lower_table(lowering, kernel, copy, variable);
    }
    struct call *call = lower_call(lowering, kernel);
    if (!call) {
        return false;
    }
    mf_broadcast shape =
        broadcast_shape(&node->input[0]->shape, &node->input[1]->shape);
    shape.a_constant = node->input[0]->data != NULL;
    shape.b_constant = node->input[1]->data != NULL;
    memcpy(call->params, params, kernel->params_size);
    memcpy(call->params, &shape, sizeof shape);
    call_input(call, "a", node->input[0]);
    call_loaded(call);
    call_input(call, "b", node->input[1]);
    call_loaded(call);
    call_output(call, node->output[0]);
    return true;
}

const struct field broadcast_fields_plain[] = {
    BROADCAST_FIELDS(mf_broadcast_plain), FIELD_END};

const struct field broadcast_fields_int[] = {
    BROADCAST_FIELDS(mf_broadcast_int),
    FIELD(mf_broadcast_int, INT32, activation_min),
    FIELD(mf_broadcast_int, INT32, activation_max), FIELD_END};

const struct field broadcast_fields_float[] = {
    BROADCAST_FIELDS(mf_broadcast_float),
    FIELD(mf_broadcast_float, FLOAT, activation_min),
    FIELD(mf_broadcast_float, FLOAT, activation_max), FIELD_END};

bool broadcast_lower_plain(struct lowering *lowering,
                           const struct kernel *kernel) {
    assert(kernel->fields == broadcast_fields_plain);
    mf_broadcast_plain params = {0};
    return broadcast_lower(lowering, kernel, &params);
}

bool broadcast_lower_int(struct lowering *lowering,
                         const struct kernel *kernel) {
    assert(kernel->fields == broadcast_fields_int);
    mf_broadcast_int params = {0};
    activation_range(lowering->node, &params.activation_min,
                     &params.activation_max);
    return broadcast_lower(lowering, kernel, &params);
}

bool broadcast_lower_float(struct lowering *lowering,
                           const struct kernel *kernel) {
    assert(kernel->fields == broadcast_fields_float);
    mf_broadcast_float params = {0};
    activation_range_float(lowering->node, &params.activation_min,
                           &params.activation_max);
    return broadcast_lower(lowering, kernel, &params);
}

/* --- channels --- */

enum { CORNERS = 4 };

/* The ends of input i's ranges as values, four a channel of the output. */
static int8_t *make_ends(struct context *context, const struct node *node,
                         const struct value_range *const input[], int i) {
    const struct tensor *tensor = node->input[i];
    const struct value_range *range =
        tensor->data ? range_of_constant(context, tensor) : input[i];
    int32_t channels = channel_count(node->output[0]);
    bool repeats = channel_count(tensor) == 1;
    int8_t *ends = CONTEXT_NEW(context, int8_t, CORNERS * (size_t)channels);
    for (int32_t k = 0; range && ends && k < CORNERS * channels; k++) {
        struct value_range of = range[repeats ? 0 : k / CORNERS];
        bool is_max = i == 0 ? k % 2 == 1 : k % CORNERS >= 2;
        ends[k] = (int8_t)(is_max ? of.max : of.min);
    }
    return range ? ends : NULL;
}

/* Runs a call of the node's kernel on all corners. */
static bool bound_by_corners(struct context *context, const struct node *node,
                             const struct call *call,
                             const struct value_range *const input[],
                             struct value_range *output) {
    int32_t channels = channel_count(node->output[0]);
    int8_t *a = make_ends(context, node, input, 0);
    int8_t *b = make_ends(context, node, input, 1);
    int8_t *results = CONTEXT_NEW(context, int8_t, CORNERS * (size_t)channels);
    void *params = context_alloc(context, 1, call->kernel->params_size);
    if (!a || !b || !results || !params) {
        return false;
    }
    mf_broadcast shape = {.rows = 1,
                          .columns = CORNERS * (mf_index)channels,
                          .a_step = 1,
                          .b_step = 1};
    memcpy(params, call->params, call->kernel->params_size);
    memcpy(params, &shape, sizeof shape);
    void *operand[3] = {a, b, results};
    call->kernel->run(params, operand);
    for (int32_t k = 0; k < CORNERS * channels; k++) {
        struct value_range result = {results[k], results[k]};
        struct value_range *of = &output[k / CORNERS];
        *of = k % CORNERS == 0 ? result : range_hull(*of, result);
    }
    return true;
}

bool broadcast_bounds(struct context *context, const struct node *node,
                      const struct value_range *const input[],
                      struct value_range *output) {
    const struct call *call = op_lower(context, target_by_index(0), node);
    if (!call) {
        return false;
    }
    const int8_t *values = table_of(call);
    if (!values) {
        return bound_by_corners(context, node, call, input, output);
    }
    int variable = table_input(node);
    int32_t channels = channel_count(node->input[variable]);
    if (channels == channel_count(node->output[0])) {
        table_bounds(values, input[variable], channels, output);
    }
    return true;
}

struct channel_map broadcast_channels(const struct node *node, int i) {
    bool repeats =
        channel_count(node->input[i]) != channel_count(node->output[0]);
    return repeats ? (struct channel_map){.kind = CHANNELS_MIXED}
                   : CHANNELS_SAME;
}

bool broadcast_drop_channels(const struct channel_drop *drop) {
    struct node *node = drop->node;
    struct tensor **input = CONTEXT_NEW(drop->context, struct tensor *, 2);
    for (int i = 0; input && i < 2; i++) {
        const struct tensor *tensor = node->input[i];
        input[i] = node->input[i];
        if (tensor->data &&
            channel_count(tensor) == channel_count(node->output[0])) {
            input[i] = constant_keep_channels(drop->context, drop->graph,
                                              tensor, drop->keep_output);
            if (!input[i]) {
                return false;
            }
        }
    }
    if (input) {
        node->input = input;
    }
    return input != NULL;
}
