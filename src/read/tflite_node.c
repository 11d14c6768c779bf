/* Operators of a TFLite file as nodes, and what is not supported of them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "read/tflite_reader.h"

/* Fields of the schema's Operator, in its order. */
enum {
    OPERATOR_CODE,
    OPERATOR_INPUTS,
    OPERATOR_OUTPUTS,
    OPERATOR_OPTIONS_TYPE,
    OPERATOR_OPTIONS,
    OPERATOR_CUSTOM_OPTIONS
};

/* Of all operators together: lists may share their bytes. */
enum { OPERAND_LIMIT = 1 << 16 };

void fail_operator(struct graph_reader *g, int32_t op_index, const char *text) {
    struct operator_slot *slot = &g->operators[op_index];
    const struct node *node = slot->node;
    const char *output = node->output_count > 0 ? node->output[0]->name : "";
    g->failed = true;
    slot->failed = true;
    if (text != NULL) {
        context_fail(g->reader->context, "op %" PRId32 " %s \"%s\": %s",
                     op_index, slot->code == NULL ? "?" : slot->code->name,
                     output, text);
    }
}

/* The tensors that a list of an operator names.  -1 gives NULL if that is
 * allowed; what names no tensor is left out. */
static bool read_operands(struct graph_reader *g, int32_t op_index, int field,
                          const char *what, bool may_be_left_out,
                          int32_t *count, struct tensor ***list) {
    const struct fb_vector indices =
        fb_vector(&g->operators[op_index].table, field, 4);
    if (indices.count > OPERAND_LIMIT - g->reader->operand_count) {
        return context_fail(g->reader->context,
                            "the operators have more than %d inputs and "
                            "outputs in all, which is the most allowed",
                            OPERAND_LIMIT);
    }
    g->reader->operand_count += indices.count;
    *list = CONTEXT_NEW(g->reader->context, struct tensor *, indices.count);
    if (*list == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < indices.count; i++) {
        const int32_t index = fb_vector_i32(&indices, i);
        if (index == -1 && may_be_left_out) {
            (*list)[(*count)++] = NULL;
            continue;
        }
        if (index < 0 || (uint32_t)index >= g->tensors.count) {
            OPERATOR_FAIL(g, op_index,
                          "%s %" PRIu32 " is tensor %" PRId32
                          ", the graph has %" PRIu32,
                          what, i, index, g->tensors.count);
            continue;
        }
        struct tensor *tensor = use_tensor(g, index);
        if (tensor == NULL) {
            return false;
        }
        if (g->tensor[index].failed) {
            g->operators[op_index].failed = true;
        }
        (*list)[(*count)++] = tensor;
    }
    return reader_ok(g->reader);
}

static bool read_node(struct graph_reader *g, int32_t op_index) {
    struct reader *reader = g->reader;
    struct operator_slot *slot = &g->operators[op_index];
    struct node *node = CONTEXT_NEW(reader->context, struct node, 1);
    if (node == NULL) {
        return false;
    }
    slot->node = node;
    node->index = op_index;
    const uint32_t code = fb_u32(&slot->table, OPERATOR_CODE, 0);
    if (code < (uint32_t)reader->code_count) {
        slot->code = &reader->code[code];
        node->op = slot->code->op;
        node->version = slot->code->version;
    }
    if (!read_operands(g, op_index, OPERATOR_OUTPUTS, "output", false,
                       &node->output_count, &node->output) ||
        !read_operands(g, op_index, OPERATOR_INPUTS, "input", true,
                       &node->input_count, &node->input)) {
        return false;
    }
    if (slot->code == NULL) {
        OPERATOR_FAIL(g, op_index,
                      "its operator code is %" PRIu32 ", the file has %" PRId32,
                      code, reader->code_count);
    }
    return true;
}

bool read_nodes(struct graph_reader *g, const struct fb_table *subgraph,
                int field) {
    const struct fb_vector operators = fb_vector(subgraph, field, 4);
    g->operators =
        CONTEXT_NEW(g->reader->context, struct operator_slot, operators.count);
    if (g->operators == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < operators.count; i++) {
        g->operators[i].table = fb_vector_table(&operators, i);
        if (!reader_ok(g->reader) || !read_node(g, (int32_t)i)) {
            return false;
        }
    }
    g->operator_count = (int32_t)operators.count;
    return reader_ok(g->reader);
}

/* "INT8, none, INT32": the first few say enough. */
static void print_types(struct text *text, int32_t count,
                        struct tensor *const *list) {
    enum { SHOWN = 8 };
    for (int32_t i = 0; i < count && i < SHOWN; i++) {
        text_print(text, "%s%s", i == 0 ? "" : ", ",
                   list[i] == NULL ? "none" : dtype_name(list[i]->type));
    }
    if (count == 0) {
        text_print(text, "none");
    } else if (count > SHOWN) {
        text_print(text, ", ... %" PRId32 " in all", count);
    }
}

static void fail_unknown(struct graph_reader *g, int32_t op_index) {
    const struct node *node = g->operators[op_index].node;
    struct text text = {.context = g->reader->context};
    text_print(&text, "operator is not supported (inputs ");
    print_types(&text, node->input_count, node->input);
    text_print(&text, "; outputs ");
    print_types(&text, node->output_count, node->output);
    text_print(&text, ")");
    fail_operator(g, op_index, text.failed ? NULL : text.data);
}

static bool check_arity(struct graph_reader *g, int32_t op_index,
                        const char *what, int32_t count, struct arity arity) {
    if (count >= arity.min && (count <= arity.max || arity.max == ARITY_ANY)) {
        return true;
    }
    char allowed[32];
    if (arity.max == ARITY_ANY) {
        snprintf(allowed, sizeof allowed, "at least %d", arity.min);
    } else if (arity.min == arity.max) {
        snprintf(allowed, sizeof allowed, "%d", arity.min);
    } else {
        snprintf(allowed, sizeof allowed, "%d to %d", arity.min, arity.max);
    }
    OPERATOR_FAIL(g, op_index, "has %" PRId32 " %s, allowed: %s", count, what,
                  allowed);
    return false;
}

static bool may_be_left_out(const struct op_def *op, int32_t input) {
    return (input < 32 && (op->optional_inputs >> input & 1) != 0) ||
           (input >= op->inputs.min && op->inputs.max != ARITY_ANY);
}

static bool check_operands(struct graph_reader *g, int32_t op_index) {
    const struct node *node = g->operators[op_index].node;
    const struct op_def *op = node->op;
    bool ok = check_arity(g, op_index, "inputs", node->input_count, op->inputs);
    ok = check_arity(g, op_index, "outputs", node->output_count, op->outputs) &&
         ok;
    for (int32_t i = 0; ok && i < node->input_count; i++) {
        if (node->input[i] == NULL && !may_be_left_out(op, i)) {
            OPERATOR_FAIL(g, op_index,
                          "input %" PRId32 " is left out, it is required", i);
            ok = false;
        }
    }
    return ok;
}

/* The operator's options, absent if the file has none. */
static bool find_options(struct graph_reader *g, int32_t op_index,
                         struct fb_table *options) {
    const struct operator_slot *slot = &g->operators[op_index];
    const struct op_def *op = slot->node->op;
    const uint8_t type = fb_u8(&slot->table, OPERATOR_OPTIONS_TYPE, 0);
    *options = (struct fb_table){.buffer = &g->reader->buffer};
    if (op->options_type == 0 || type == 0) {
        return true;
    }
    if (type != op->options_type) {
        OPERATOR_FAIL(g, op_index, "options are of type %u, allowed: %u",
                      (unsigned)type, (unsigned)op->options_type);
        return false;
    }
    *options = fb_sub(&slot->table, OPERATOR_OPTIONS);
    return true;
}

/* Hands the options to the operator's own `read`; false with a message if they
 * are refused. */
static bool read_options(struct graph_reader *g, int32_t op_index) {
    struct context *context = g->reader->context;
    const struct operator_slot *slot = &g->operators[op_index];
    struct node *node = slot->node;
    struct fb_table options;
    if (!find_options(g, op_index, &options)) {
        return false;
    }
    if (node->op->read != NULL) {
        return node->op->read(context, &options, node);
    }
    if (node->op->read_custom == NULL) {
        return true;
    }
    const struct fb_vector bytes =
        fb_bytes(&slot->table, OPERATOR_CUSTOM_OPTIONS);
    struct flexbuffer custom =
        flex_open(g->reader->buffer.data + bytes.position, bytes.count);
    if (!node->op->read_custom(context, &custom, node)) {
        return false;
    }
    if (custom.fault != NULL) {
        OPERATOR_FAIL(g, op_index, "custom options are malformed: %s",
                      custom.fault);
    }
    return custom.fault == NULL;
}

/* Hands the operator to its own `read` and `infer`; false if reading cannot go
 * on. */
bool check_node(struct graph_reader *g, int32_t op_index) {
    struct context *context = g->reader->context;
    struct node *node = g->operators[op_index].node;
    const struct op_def *op = node->op;
    if (!check_operands(g, op_index)) {
        return true;
    }
    if (!convert_operands(g, node)) {
        return false;
    }
    if (op->attributes_size > 0) {
        node->attributes = context_alloc(context, 1, op->attributes_size);
        if (node->attributes == NULL) {
            return false;
        }
    }
    bool ok = read_options(g, op_index) && !g->reader->buffer.failed;
    if (ok &&
        (op->control_role == CONTROL_IF || op->control_role == CONTROL_WHILE)) {
        ok = read_bodies(g, op_index);
    }
    ok = ok && op->infer(context, node);
    g->failed = g->failed || !ok;
    return reader_ok(g->reader);
}

/* Whether operators read no more constants in all than their file's size
 * allows, many times over: each takes work for itself. */
static bool check_shared(const struct graph_reader *g) {
    enum { FACTOR = 16 };
    struct reader *reader = g->reader;
    const uint64_t least = (uint64_t)1 << 27;
    uint64_t most = (uint64_t)reader->buffer.size * FACTOR;
    most = most < least ? least : most;
    for (int32_t i = 0; i < g->operator_count; i++) {
        const struct node *node = g->operators[i].node;
        for (int32_t k = 0; k < node->input_count; k++) {
            const struct tensor *input = node->input[k];
            if (input != NULL && input->data != NULL) {
                reader->constant_bytes += tensor_size(input);
            }
        }
    }
    return reader->constant_bytes <= most ||
           context_fail(reader->context,
                        "so many operators share their constants that they "
                        "read %" PRIu64 " bytes, at most %" PRIu64
                        " are allowed",
                        reader->constant_bytes, most);
}

bool check_nodes(struct graph_reader *g) {
    if (!check_shared(g)) {
        return false;
    }
    for (int32_t i = 0; i < g->operator_count; i++) {
        const struct operator_slot *slot = &g->operators[i];
        if (slot->node->op == NULL && slot->code != NULL) {
            fail_unknown(g, i);
        }
    }
    if (!unpack_constants(g)) {
        return false;
    }
    for (int32_t i = 0; i < g->operator_count; i++) {
        const struct operator_slot *slot = &g->operators[i];
        if (slot->node->op != NULL && !slot->failed && !check_node(g, i)) {
            return false;
        }
    }
    return true;
}
