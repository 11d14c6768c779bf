/* Models of the first quantisation scheme, UINT8 throughout, become models of
 * INT8 while they are read: stored values and zero points are 128 less, which
 * leaves all that they stand for as it is.  The graph's inputs and outputs, and
 * what an operator wants raw, stay UINT8: QUANTIZE stands between the two.
 *
 * Nothing is done unless an operator that computes with INT8 alone is given
 * UINT8. */
#include "read/tflite_reader.h"

enum { TFLITE_CODE_QUANTIZE = 114, SHIFT = 128 };

/* A quantised UINT8 tensor of the file: by tensor id. */
struct pair {
    struct tensor *shifted; /* the same as INT8, NULL until it is wanted */
    bool is_raw_missing;    /* only `shifted` is computed so far */
};

struct shifter {
    struct graph_reader *g;
    struct context *context;
    struct pair *pair;
    struct node **node; /* the new order of execution */
    int32_t count;
};

static bool is_quantized_uint8(const struct tensor *tensor) {
    return tensor != NULL && tensor->type == DTYPE_UINT8 &&
           tensor->quantization.count == 1 && !tensor->is_variable &&
           tensor->quantization.zero_point[0] >= 0 &&
           tensor->quantization.zero_point[0] <= UINT8_MAX;
}

static bool has_uint8(int32_t count, struct tensor *const *list) {
    for (int32_t i = 0; i < count; i++) {
        if (is_quantized_uint8(list[i])) {
            return true;
        }
    }
    return false;
}

static bool has_int8(int32_t count, struct tensor *const *list) {
    for (int32_t i = 0; i < count; i++) {
        if (list[i] != NULL && list[i]->type == DTYPE_INT8) {
            return true;
        }
    }
    return false;
}

/* Whether the operator computes with INT8 alone and the file has UINT8; which
 * of the two it has is the operator's to refuse if it mixes them. */
static bool must_shift(const struct node *node) {
    return node->op != NULL && node->op->shifts_uint8 &&
           has_uint8(node->input_count, node->input) &&
           !has_int8(node->input_count, node->input) &&
           !has_int8(node->output_count, node->output);
}

/* Whether the node computes the same with INT8, and either must or has its
 * first input as such. */
static bool is_shifted(const struct shifter *shifter, const struct node *node) {
    const uint32_t both = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_UINT8);
    const struct op_def *op = node->op;
    if (op == NULL || node->input_count == 0 || node->output_count == 0) {
        return false;
    }
    if (must_shift(node)) {
        return true;
    }
    const struct tensor *input = node->input[0];
    return !op->is_raw && !op->is_program_function &&
           op->state_role == STATE_NONE && op->control_role == CONTROL_NONE &&
           (op->types & both) == both && is_quantized_uint8(input) &&
           shifter->pair[input->id].shifted != NULL;
}

static const void *shift_data(const struct shifter *shifter,
                              const struct tensor *tensor) {
    const size_t size = tensor_size(tensor);
    const uint8_t *from = tensor->data;
    int8_t *to = fb_charge(&shifter->g->reader->buffer, size)
                     ? CONTEXT_NEW(shifter->context, int8_t, size)
                     : NULL;
    for (size_t i = 0; to != NULL && i < size; i++) {
        to[i] = (int8_t)(from[i] - SHIFT);
    }
    return to;
}

/* The tensor as INT8; its data too if it is constant. */
static struct tensor *make_shifted(struct shifter *shifter,
                                   const struct tensor *tensor) {
    struct tensor *shifted =
        graph_add_tensor(shifter->context, shifter->g->graph);
    int32_t *zero_point = CONTEXT_NEW(shifter->context, int32_t, 1);
    if (shifted == NULL || zero_point == NULL) {
        return NULL;
    }
    *zero_point = tensor->quantization.zero_point[0] - SHIFT;
    shifted->index = tensor->index;
    shifted->name = tensor->name;
    shifted->type = DTYPE_INT8;
    shifted->shape = tensor->shape;
    shifted->quantization = tensor->quantization;
    shifted->quantization.zero_point = zero_point;
    if (tensor->data != NULL) {
        shifted->data = shift_data(shifter, tensor);
        if (shifted->data == NULL) {
            return NULL;
        }
    }
    return shifted;
}

/* A QUANTIZE from one of a pair to the other, before node `index` of the file.
 */
static bool append_quantize(struct shifter *shifter, struct tensor *from,
                            struct tensor *to, int32_t index) {
    struct context *context = shifter->context;
    struct node *node = CONTEXT_NEW(context, struct node, 1);
    struct tensor **operand = CONTEXT_NEW(context, struct tensor *, 2);
    if (node == NULL || operand == NULL) {
        return false;
    }
    operand[0] = from;
    operand[1] = to;
    *node = (struct node){.op = op_by_tflite_code(TFLITE_CODE_QUANTIZE),
                          .index = index,
                          .version = 1,
                          .input_count = 1,
                          .input = &operand[0],
                          .output_count = 1,
                          .output = &operand[1]};
    if (!node->op->infer(context, node)) {
        shifter->g->failed = true;
    }
    shifter->node[shifter->count++] = node;
    return true;
}

static bool take_input(struct shifter *shifter, struct node *node, int32_t i) {
    struct tensor *raw = node->input[i];
    struct pair *pair = &shifter->pair[raw->id];
    if (pair->shifted == NULL) {
        pair->shifted = make_shifted(shifter, raw);
        if (pair->shifted == NULL ||
            (raw->data == NULL &&
             !append_quantize(shifter, raw, pair->shifted, node->index))) {
            return false;
        }
    }
    node->input[i] = pair->shifted;
    return true;
}

static bool shift_node(struct shifter *shifter, struct node *node) {
    node->was_uint8 = true;
    for (int32_t i = 0; i < node->input_count; i++) {
        if (is_quantized_uint8(node->input[i]) &&
            !take_input(shifter, node, i)) {
            return false;
        }
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        struct tensor *raw = node->output[i];
        if (!is_quantized_uint8(raw)) {
            continue;
        }
        struct pair *pair = &shifter->pair[raw->id];
        pair->shifted = make_shifted(shifter, raw);
        pair->is_raw_missing = true;
        if (pair->shifted == NULL) {
            return false;
        }
        node->output[i] = pair->shifted;
    }
    return true;
}

/* Has the tensors computed as UINT8 that so far are not. */
static bool want_raw(struct shifter *shifter, int32_t count,
                     struct tensor *const *list, int32_t index) {
    for (int32_t i = 0; i < count; i++) {
        if (!is_quantized_uint8(list[i])) {
            continue;
        }
        struct pair *pair = &shifter->pair[list[i]->id];
        if (pair->is_raw_missing) {
            pair->is_raw_missing = false;
            if (!append_quantize(shifter, pair->shifted, list[i], index)) {
                return false;
            }
        }
    }
    return true;
}

static bool shift_nodes(struct shifter *shifter) {
    struct graph *graph = shifter->g->graph;
    int32_t last = 0;
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        last = node->index;
        if (is_shifted(shifter, node) ? !shift_node(shifter, node)
                                      : !want_raw(shifter, node->input_count,
                                                  node->input, node->index)) {
            return false;
        }
        shifter->node[shifter->count++] = node;
    }
    return want_raw(shifter, graph->output_count, graph->output, last);
}

/* Whether an operator has no other way. */
static bool is_needed(const struct graph *graph) {
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (must_shift(graph->node[i])) {
            return true;
        }
    }
    return false;
}

bool shift_uint8(struct graph_reader *g) {
    struct graph *graph = g->graph;
    if (g->failed || !is_needed(graph)) {
        return true;
    }
    const size_t tensors = (size_t)graph->tensor_count;
    struct shifter shifter = {.g = g, .context = g->reader->context};
    shifter.pair = CONTEXT_NEW(shifter.context, struct pair, tensors);
    shifter.node = CONTEXT_NEW(shifter.context, struct node *,
                               (size_t)graph->node_count + 2 * tensors);
    if (shifter.pair == NULL || shifter.node == NULL ||
        !shift_nodes(&shifter)) {
        return false;
    }
    graph->node = shifter.node;
    graph->node_count = shifter.count;
    return true;
}
