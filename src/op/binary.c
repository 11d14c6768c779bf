/* FLOOR_DIV, FLOOR_MOD, ATAN2, POW, value by value, broadcast, on plain
 * numbers. */
#include "mf_binary_float.h"
#include "mf_floor_div.h"
#include "op/broadcast.h"
#include "op/kernel_row.h"

static bool infer_binary(struct context *context, struct node *node) {
    return arithmetic_infer(context, node);
}

#define FLOAT_HEADER   "mf_binary_float.h"
#define INTEGER_HEADER "mf_floor_div.h"
#define KERNELS(KERNEL)                                                        \
    KERNEL(floor_div, s32, DTYPE_INT32, INTEGER_HEADER)                        \
    KERNEL(floor_div, f32, DTYPE_FLOAT32, FLOAT_HEADER)                        \
    KERNEL(floor_mod, s32, DTYPE_INT32, INTEGER_HEADER)                        \
    KERNEL(floor_mod, s64, DTYPE_INT64, INTEGER_HEADER)                        \
    KERNEL(floor_mod, f32, DTYPE_FLOAT32, FLOAT_HEADER)                        \
    KERNEL(atan2, f32, DTYPE_FLOAT32, FLOAT_HEADER)                            \
    KERNEL(pow, f32, DTYPE_FLOAT32, FLOAT_HEADER)

extern const struct op_def op_floor_div, op_floor_mod, op_atan2, op_pow;
#define RUN(stem, suffix, type, header) BROADCAST_RUN(stem, suffix)
#define ROW(stem, suffix, type, header)                                        \
    BROADCAST_ROW(stem, suffix, type, header, mf_broadcast_plain,              \
                  broadcast_fields_plain),
KERNELS(RUN)
static const struct kernel_row rows[] = {KERNELS(ROW)};

static bool lower_binary(struct lowering *lowering) {
    return broadcast_lower_plain(lowering,
                                 KERNEL_IN_ROWS(rows, lowering->node));
}

#define BINARY(op_name, spelled, code, options, allowed, says)                 \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .options_type = options,                                               \
        .types = allowed,                                                      \
        .notes = says,                                                         \
        .inputs = {2, 2},                                                      \
        .outputs = {1, 1},                                                     \
        .infer = infer_binary,                                                 \
        .memory = broadcast_memory,                                            \
        .lower = lower_binary,                                                 \
    }
#define F32 TYPE_BIT(DTYPE_FLOAT32)
#define S32 TYPE_BIT(DTYPE_INT32)

/* Their options have no fields. */
BINARY(floor_div, "FLOOR_DIV", 90, 65, F32 | S32,
       "broadcasting; x / 0 is 0 on int32");
BINARY(floor_mod, "FLOOR_MOD", 95, 72, F32 | S32 | TYPE_BIT(DTYPE_INT64),
       "broadcasting; x mod 0 is 0 on integers");
BINARY(atan2, "ATAN2", 156, 0, F32, "broadcasting");
BINARY(pow, "POW", 78, 56, F32, "broadcasting");
