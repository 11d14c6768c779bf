/* What a file stores in fewer bits than operators compute with, converted while
 * it is read, so that operators know one form. */
#include "read/tflite_reader.h"

static uint64_t output_bytes(const struct node *node) {
    uint64_t bytes = 0;
    for (int32_t i = 0; i < node->output_count; i++) {
        bytes += tensor_size(node->output[i]);
    }
    return bytes;
}

bool unpack_constants(struct graph_reader *g) {
    for (int32_t i = 0; i < g->operator_count; i++) {
        const struct operator_slot *slot = &g->operators[i];
        struct node *node = slot->node;
        if (node->op == NULL || !node->op->unpacks_constants || slot->failed ||
            !op_inputs_constant(node)) {
            continue;
        }
        if (!fb_charge(&g->reader->buffer, output_bytes(node))) {
            return false;
        }
        const bool had_failed = g->failed;
        g->failed = false;
        if (!check_node(g, i) ||
            (!g->failed && !op_fold(g->reader->context, node))) {
            return false;
        }
        g->operators[i].failed = g->failed;
        g->failed = g->failed || had_failed;
    }
    return true;
}

/* The scale and zero point of element i. */
static float real_value(const struct tensor *tensor, int64_t inner, int64_t i) {
    const struct quantization *q = &tensor->quantization;
    const int64_t channel =
        q->count == 1 ? 0 : i / inner % tensor->shape.dim[q->axis];
    return q->scale[channel] *
           (float)(((const int8_t *)tensor->data)[i] - q->zero_point[channel]);
}

/* The same constant in FLOAT32; NULL when memory is out. */
static struct tensor *make_real(struct graph_reader *g,
                                const struct tensor *tensor) {
    struct context *context = g->reader->context;
    const int64_t count = shape_count(&tensor->shape);
    if (!fb_charge(&g->reader->buffer, (uint64_t)count * sizeof(float))) {
        return NULL;
    }
    float *data = CONTEXT_NEW(context, float, (size_t)count);
    struct tensor *real = graph_add_tensor(context, g->graph);
    int64_t inner = 1;
    if (data == NULL || real == NULL) {
        return NULL;
    }
    for (int d = tensor->quantization.axis + 1; d < tensor->shape.rank; d++) {
        inner *= tensor->shape.dim[d];
    }
    for (int64_t i = 0; i < count; i++) {
        data[i] = real_value(tensor, inner, i);
    }
    real->name = tensor->name;
    real->shape = tensor->shape;
    real->type = DTYPE_FLOAT32;
    real->data = data;
    return real;
}

/* Whether the operator computes with floats: its output is FLOAT32, and so is
 * an input that is computed. */
static bool is_float(const struct node *node) {
    bool found = false;
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *input = node->input[i];
        found = found || (input != NULL && input->data == NULL &&
                          input->type == DTYPE_FLOAT32);
    }
    return found && node->output_count > 0 &&
           node->output[0]->type == DTYPE_FLOAT32;
}

/* Whether the operator computes with the stored values. */
static bool takes_small(const struct node *node, const struct tensor *tensor) {
    const struct quantization *q = &tensor->quantization;
    bool is_symmetric = true;
    for (int32_t c = 0; c < q->count; c++) {
        is_symmetric = is_symmetric && q->zero_point[c] == 0;
    }
    return node->op->takes_hybrid && is_symmetric;
}

bool convert_operands(struct graph_reader *g, struct node *node) {
    if (node->op->dequantized_inputs == 0 || !is_float(node)) {
        return true;
    }
    for (int32_t i = 0; i < node->input_count && i < 32; i++) {
        const struct tensor *input = node->input[i];
        if ((node->op->dequantized_inputs >> i & 1) == 0 || input == NULL ||
            input->type != DTYPE_INT8 || input->data == NULL ||
            input->quantization.count == 0 || takes_small(node, input)) {
            continue;
        }
        struct tensor_slot *slot = &g->tensor[input->index];
        if (slot->real == NULL) {
            slot->real = make_real(g, input);
        }
        if (slot->real == NULL) {
            return false;
        }
        node->input[i] = slot->real;
    }
    return true;
}
