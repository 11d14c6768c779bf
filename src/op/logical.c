/* LOGICAL_AND, LOGICAL_OR of booleans, value by value, broadcast. */
#include "mf_logical.h"

#include "op/broadcast.h"
#include "op/kernel_row.h"

static bool infer_logical(struct context *context, struct node *node) {
    return broadcast_infer(context, node, node->op->types);
}

extern const struct op_def op_logical_and, op_logical_or;
BROADCAST_RUN(logical_and, u8)
BROADCAST_RUN(logical_or, u8)
static const struct kernel_row rows[] = {
    BROADCAST_ROW(logical_and, u8, DTYPE_BOOL, "mf_logical.h",
                  mf_broadcast_plain, broadcast_fields_plain),
    BROADCAST_ROW(logical_or, u8, DTYPE_BOOL, "mf_logical.h",
                  mf_broadcast_plain, broadcast_fields_plain)};

static bool lower_logical(struct lowering *lowering) {
    return broadcast_lower_plain(lowering,
                                 KERNEL_IN_ROWS(rows, lowering->node));
}

#define LOGICAL(op_name, spelled, code, options)                               \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .options_type = options,                                               \
        .types = TYPE_BIT(DTYPE_BOOL),                                         \
        .notes = "broadcasting",                                               \
        .inputs = {2, 2},                                                      \
        .outputs = {1, 1},                                                     \
        .infer = infer_logical,                                                \
        .memory = broadcast_memory,                                            \
        .lower = lower_logical,                                                \
    }

/* Their options have no fields. */
LOGICAL(logical_and, "LOGICAL_AND", 86, 62);
LOGICAL(logical_or, "LOGICAL_OR", 84, 60);
