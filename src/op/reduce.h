/* What reductions share: which dimensions they are over, and how kernels see
 * them (kernels/mf_reduce.h). */
#ifndef OP_REDUCE_H
#define OP_REDUCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"
#include "ir/field.h"
#include "mf_reduce.h"
#include "op/op.h"

struct reduce_attributes {
    ptrdiff_t keep_dims;
    ptrdiff_t reduced[MAX_RANK]; /* 1: the dimension is; derived */
};

extern const struct field reduce_attribute_fields[];

/* ReducerOptions: keep_dims. */
bool reduce_read(struct context *context, const struct fb_table *options,
                 struct node *node);

/* Infer: input 0 is of the operator's types, the output of the same; input 1,
 * the axes, is constant, and the output's shape follows from it.  Quantisation
 * is the caller's to check. */
bool reduce_infer(struct context *context, struct node *node);

/* Inputs of one output. */
int64_t reduce_count(const struct node *node);
/* Whether the last dimension is kept. */
bool reduce_keeps_channels(const struct node *node);

mf_reduce_dims reduce_dims(const struct node *node);

/* Rows of a field table, for the mf_reduce_dims that parameters start with. */
#define REDUCE_FIELDS(params)                                                  \
    FIELD_ARRAY(params, INDEX, dims.kept, MF_REDUCE_DIMS),                     \
        FIELD_ARRAY(params, INDEX, dims.kept_stride, MF_REDUCE_DIMS),          \
        FIELD_ARRAY(params, INDEX, dims.reduced, MF_REDUCE_DIMS),              \
        FIELD_ARRAY(params, INDEX, dims.reduced_stride, MF_REDUCE_DIMS)

/* A kernel_row: mf_NAME_SUFFIX of a header, for op_NAME on a type, with
 * parameters of `params_type`; run_NAME_SUFFIX calls it. */
#define REDUCE_RUN(stem, suffix)                                               \
    static void run_##stem##_##suffix(const void *params,                      \
                                      void *const operand[]) {                 \
        mf_##stem##_##suffix(params, operand[0], operand[1]);                  \
    }
#define REDUCE_ROW(stem, suffix, dtype, file, params_type, field_table)        \
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

/* Of mf_reduce, and the call of a kernel that takes no more. */
extern const struct field reduce_fields[];
bool reduce_lower(struct lowering *lowering, const struct kernel *kernel);

#endif
