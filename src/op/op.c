/* The table of operators, and the calls that nodes lower to. */
#include "op/op.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define OP(name) extern const struct op_def op_##name;
#include "op/ops.def"
#undef OP

static const struct op_def *const ops[] = {
#define OP(name) &op_##name,
#include "op/ops.def"
#undef OP
};

enum { OP_COUNT = sizeof ops / sizeof ops[0] };

const struct op_def *op_by_index(int index) {
    return index < OP_COUNT ? ops[index] : NULL;
}

const struct op_def *op_by_tflite_code(int32_t code) {
    for (int i = 0; i < OP_COUNT; i++) {
        if (ops[i]->tflite_code == code) {
            return ops[i];
        }
    }
    return NULL;
}

const struct op_def *op_by_custom_name(const char *name) {
    for (int i = 0; i < OP_COUNT; i++) {
        if (ops[i]->tflite_code == TFLITE_CODE_CUSTOM &&
            strcmp(ops[i]->name, name) == 0) {
            return ops[i];
        }
    }
    return NULL;
}

struct call *op_lower(struct context *context, const struct target *target,
                      const struct node *node) {
    struct lowering lowering = {
        .context = context, .target = target, .node = node};
    if (!node->op->lower(&lowering)) {
        return NULL;
    }
    assert(lowering.first);
    return lowering.first;
}

struct op_memory op_memory(const struct target *target,
                           const struct node *node) {
    struct op_memory memory = {.target = target};
    if (node->op->memory) {
        node->op->memory(node, &memory);
    }
    return memory;
}

uint64_t op_macs(const struct node *node) {
    return node->op->macs ? node->op->macs(node) : 0;
}

struct tensor *op_input(const struct node *node, int i) {
    return i < node->input_count ? node->input[i] : NULL;
}

struct call *lower_call(struct lowering *lowering,
                        const struct kernel *kernel) {
    struct call *call = CONTEXT_NEW(lowering->context, struct call, 1);
    void *params = context_alloc(lowering->context, 1, kernel->params_size);
    if (!call || !params) {
        return NULL;
    }
    call->kernel = kernel;
    call->params = params;
    if (lowering->last) {
        lowering->last->next = call;
    } else {
        lowering->first = call;
    }
    lowering->last = call;
    return call;
}

static struct operand *add_operand(struct call *call, enum operand_kind kind,
                                   const char *role, enum dtype type) {
    assert(call->operand_count < MAX_OPERANDS);
    struct operand *operand = &call->operand[call->operand_count++];
    operand->kind = kind;
    operand->role = role;
    operand->type = type;
    return operand;
}

void call_input(struct call *call, const char *role, struct tensor *tensor) {
    add_operand(call, OPERAND_INPUT, role, tensor->type)->tensor = tensor;
}

void call_variable(struct call *call, const char *role, struct tensor *tensor) {
    call_input(call, role, tensor);
    call->operand[call->operand_count - 1].changed = true;
}

void call_loaded(struct call *call) {
    call->operand[call->operand_count - 1].loaded = true;
}

void call_output(struct call *call, struct tensor *tensor) {
    add_operand(call, OPERAND_OUTPUT, "output", tensor->type)->tensor = tensor;
}

void call_table(struct call *call, const char *role, enum dtype type,
                const void *data, size_t count) {
    struct operand *operand = add_operand(call, OPERAND_TABLE, role, type);
    operand->data = data;
    operand->count = count;
}

void call_scratch(struct call *call, enum dtype type) {
    add_operand(call, OPERAND_SCRATCH, "scratch", type);
}

void call_kept(struct call *call, enum dtype type) {
    add_operand(call, OPERAND_KEPT, "kept", type);
}

void call_align(struct call *call, int align) {
    call->operand[call->operand_count - 1].align = align;
}

void call_as_bytes(struct call *call) {
    call_as(call, DTYPE_UINT8);
}

void call_as(struct call *call, enum dtype type) {
    call->operand[call->operand_count - 1].type = type;
}

const struct field *call_field(const struct call *call, const char *name) {
    const struct field *field = call->kernel->fields;
    while (field->name && strcmp(field->name, name) != 0) {
        field++;
    }
    return field->name ? field : NULL;
}

void calls_run(const struct call *call,
               void *(*address)(void *user, const struct tensor *tensor),
               void *user, void *scratch, void *kept) {
    for (; call; call = call->next) {
        void *operand[MAX_OPERANDS];
        for (int i = 0; i < call->operand_count; i++) {
            const struct operand *from = &call->operand[i];
            switch (from->kind) {
            case OPERAND_INPUT:
            case OPERAND_OUTPUT:
                /* Kernels take what they only read as const again. */
                operand[i] = from->tensor->data ? (void *)from->tensor->data
                                                : address(user, from->tensor);
                break;
            case OPERAND_TABLE:
                operand[i] = (void *)from->data;
                break;
            case OPERAND_SCRATCH:
                operand[i] = scratch;
                break;
            case OPERAND_KEPT:
                operand[i] = kept;
                break;
            }
        }
        const struct kernel *kernel = call->kernel;
        if (call->operand_count > 1 && operand[0] == operand[1]) {
            kernel = call->overlapping ? call->overlapping : kernel;
            if (call->moves_start) {
                continue;
            }
        }
        kernel->run(call->params, operand);
    }
}
