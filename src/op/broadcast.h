/* Operators of two inputs, value by value, with broadcasting: what they share
 * beyond their arithmetic (kernels/mf_broadcast.h).
 *
 * Shapes follow numpy's rule: aligned at their last dimensions, each pair of
 * dimensions is equal or one of them is 1 and repeated.  Either input, or
 * both, may be constant. */
#ifndef OP_BROADCAST_H
#define OP_BROADCAST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "ir/field.h"
#include "ir/graph.h"
#include "mf_broadcast.h"
#include "op/op.h"

/* op_def.types of ADD, SUB, MUL, MINIMUM, MAXIMUM. */
#define ARITHMETIC_TYPES                                                       \
    (TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_INT32) |    \
     TYPE_BIT(DTYPE_INT64) | TYPE_BIT(DTYPE_FLOAT32))

/* Infer: the inputs and the output have one of the `allowed` types, the same;
 * the output's shape is the inputs' broadcast.  Quantisation is the caller's
 * to check. */
bool broadcast_infer(struct context *context, const struct node *node,
                     uint32_t allowed);

/* The same with an output of type BOOL; int8 and int16 inputs are quantised per
 * tensor. */
bool broadcast_infer_bool(struct context *context, const struct node *node,
                          uint32_t allowed);

/* Infer, for ADD, SUB and their like: broadcast_infer() for the operator's
 * types; an int8 or int16 output is quantised per tensor, int32 and int64 are
 * not quantised, int64 has no fused activation.  The quantisation of int8 and
 * int16 inputs is the caller's to check. */
bool arithmetic_infer(struct context *context, const struct node *node);

/* Infer, for MINIMUM and MAXIMUM: broadcast_infer() for the operator's types;
 * the output and both inputs have one quantisation, or, on int32 and int64,
 * none. */
bool comparable_infer(struct context *context, const struct node *node);

/* Memory: the output may overwrite an input of its own size. */
void broadcast_memory(const struct node *node, struct op_memory *memory);

/* Infer: output 0 has the shapes' broadcast. */
bool broadcast_output(struct context *context, const struct node *node,
                      int32_t count, const struct shape *const input[]);

/* The output's dimensions from the innermost, those of size 1 left out, and
 * neighbours merged in which the same inputs move on. */
enum { BROADCAST_INPUTS = 3 };
struct broadcast_levels {
    int32_t count;
    mf_index dim[MAX_RANK]; /* dim[0] is 1 if there are none */
    bool moves[MAX_RANK][BROADCAST_INPUTS];
};
void broadcast_levels(int32_t count, const struct shape *const input[],
                      struct broadcast_levels *levels);
/* Of input k: its step along the innermost level, and its strides along the
 * others. */
void broadcast_strides(const struct broadcast_levels *levels, int32_t k,
                       mf_index *step, mf_index stride[MAX_RANK - 1]);
/* Rows and columns; what is of the inputs is 0. */
mf_broadcast broadcast_rows(const struct broadcast_levels *levels);

/* Merges the dimensions in which both inputs go on alike, so that equal shapes
 * become one row.  a_constant and b_constant are left 0. */
mf_broadcast broadcast_shape(const struct shape *a, const struct shape *b);

/* Lowers the node to one call.  `params` are the kernel's parameters, which
 * start with an mf_broadcast; that is filled here.  If one input is a single
 * int8 constant and the output is large, the kernel's results are put into a
 * table instead. */
bool broadcast_lower(struct lowering *lowering, const struct kernel *kernel,
                     const void *params);

/* The same for kernels whose parameters are an mf_broadcast_plain, or an
 * mf_broadcast_int or mf_broadcast_float with the fused activation's bounds. */
bool broadcast_lower_plain(struct lowering *lowering,
                           const struct kernel *kernel);
bool broadcast_lower_int(struct lowering *lowering,
                         const struct kernel *kernel);
bool broadcast_lower_float(struct lowering *lowering,
                           const struct kernel *kernel);

/* op_def.bounds, for int8 results that are monotonic, either way, in each input
 * by itself: the kernel is run on the ends of all ranges. */
bool broadcast_bounds(struct context *context, const struct node *node,
                      const struct value_range *const input[],
                      struct value_range *output);

/* op_def.channels and .drop_channels. */
struct channel_map broadcast_channels(const struct node *node, int i);
bool broadcast_drop_channels(const struct channel_drop *drop);

/* Rows of a field table, for the mf_broadcast that parameters start with. */
#define BROADCAST_FIELDS(params)                                               \
    FIELD(params, INDEX, shape.rows), FIELD(params, INDEX, shape.columns),     \
        FIELD(params, INDEX, shape.a_step),                                    \
        FIELD(params, INDEX, shape.b_step), FIELD(params, INDEX, shape.outer), \
        FIELD_ARRAY(params, INDEX, shape.dim, 5),                              \
        FIELD_ARRAY(params, INDEX, shape.a_stride, 5),                         \
        FIELD_ARRAY(params, INDEX, shape.b_stride, 5),                         \
        FIELD(params, INDEX, shape.a_constant),                                \
        FIELD(params, INDEX, shape.b_constant)

/* Of mf_broadcast_plain, mf_broadcast_int and mf_broadcast_float. */
extern const struct field broadcast_fields_plain[];
extern const struct field broadcast_fields_int[];
extern const struct field broadcast_fields_float[];

/* A kernel_row: mf_NAME_SUFFIX of a header, for op_NAME on a type; its
 * parameters are a `params_type`; run_NAME_SUFFIX calls it. */
#define BROADCAST_RUN(stem, suffix)                                            \
    static void run_##stem##_##suffix(const void *params,                      \
                                      void *const operand[]) {                 \
        mf_##stem##_##suffix(params, operand[0], operand[1], operand[2]);      \
    }
#define BROADCAST_ROW(stem, suffix, dtype, file, params_type, field_table)     \
    {                                                                          \
        .op = &op_##stem, .type = dtype, .kernel = {                           \
            .name = "mf_" #stem "_" #suffix,                                   \
            .header = file,                                                    \
            .params = #params_type,                                            \
            .params_size = sizeof(params_type),                                \
            .fields = field_table,                                             \
            .run = run_##stem##_##suffix                                       \
        }                                                                      \
    }

/* `static void run_SUFFIX(...)` and `static const struct kernel
 * kernel_SUFFIX` for mf_OP_SUFFIX of mf_OP.h. */
#define BROADCAST_KERNEL(op, suffix, params_type, field_table)                 \
    static void run_##suffix(const void *params, void *const operand[]) {      \
        mf_##op##_##suffix(params, operand[0], operand[1], operand[2]);        \
    }                                                                          \
    static const struct kernel kernel_##suffix = {                             \
        .name = "mf_" #op "_" #suffix,                                         \
        .header = "mf_" #op ".h",                                              \
        .params = #params_type,                                                \
        .params_size = sizeof(params_type),                                    \
        .fields = field_table,                                                 \
        .run = run_##suffix,                                                   \
    }

#endif
