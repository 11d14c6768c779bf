/* What each layer of a model costs, and all of them together. */
#include <stdlib.h>

#include "library/model.h"

/* Constants that a call reads, told apart by where they are. */
struct constant {
    const void *data;
    size_t size;
};

static struct constant constant_of(const struct operand *operand) {
    struct constant constant = {NULL, 0};
    if (operand->kind == OPERAND_INPUT && operand->tensor->data) {
        constant.data = operand->tensor->data;
        constant.size = tensor_size(operand->tensor);
    } else if (operand->kind == OPERAND_TABLE) {
        constant.data = operand->data;
        constant.size = operand->count * dtype_size(operand->type);
    }
    return constant;
}

static size_t count_constants(const struct step *step) {
    size_t count = 0;
    for (const struct call *call = step->call; call; call = call->next) {
        for (int i = 0; i < call->operand_count; i++) {
            count += constant_of(&call->operand[i]).data != NULL;
        }
    }
    return count;
}

/* Appends the constants of a step. */
static size_t list_constants(const struct step *step, struct constant *list) {
    size_t count = 0;
    for (const struct call *call = step->call; call; call = call->next) {
        for (int i = 0; i < call->operand_count; i++) {
            struct constant constant = constant_of(&call->operand[i]);
            if (constant.data) {
                list[count++] = constant;
            }
        }
    }
    return count;
}

static int by_data(const void *a, const void *b) {
    const struct constant *x = a, *y = b;
    uintptr_t p = (uintptr_t)x->data, q = (uintptr_t)y->data;
    return p != q ? (p > q) - (p < q)
                  : (x->size > y->size) - (x->size < y->size);
}

/* Bytes of a list of constants, those at one address once; sorts the list. */
static size_t size_constants(struct constant *list, size_t count) {
    size_t size = 0;
    qsort(list, count, sizeof *list, by_data);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || list[i].data != list[i + 1].data) {
            size += list[i].size;
        }
    }
    return size;
}

bool model_add_up(mf_model *model, const struct plan *plan) {
    size_t steps = (size_t)plan->step_count, count = 0;
    for (size_t s = 0; s < steps; s++) {
        count += count_constants(&plan->step[s]);
    }
    model->layer_constants = CONTEXT_NEW(&model->context, size_t, steps);
    struct constant *list =
        CONTEXT_NEW(&model->context, struct constant, count);
    if (!model->layer_constants || !list) {
        return false;
    }
    count = 0;
    for (size_t s = 0; s < steps; s++) {
        size_t more = list_constants(&plan->step[s], &list[count]);
        model->layer_constants[s] = size_constants(&list[count], more);
        model->macs += op_macs(plan->step[s].node);
        count += more;
    }
    model->constant_size = size_constants(list, count);
    return true;
}
