/* Functions of one value that need no more than a loop (kernels/mf_unary.h):
 * what their operators share. */
#ifndef OP_UNARY_H
#define OP_UNARY_H

#include "ir/field.h"
#include "op/op.h"

/* Of mf_unary. */
extern const struct field unary_fields[];

/* A kernel_row: mf_NAME_SUFFIX of a header, for op_NAME on a type;
 * run_NAME_SUFFIX calls it. */
#define UNARY_RUN(stem, suffix)                                                \
    static void run_##stem##_##suffix(const void *params,                      \
                                      void *const operand[]) {                 \
        mf_##stem##_##suffix(params, operand[0], operand[1]);                  \
    }
#define UNARY_ROW(stem, suffix, dtype, file)                                   \
    {                                                                          \
        .op = &op_##stem, .type = dtype, .kernel = {                           \
            .name = "mf_" #stem "_" #suffix,                                   \
            .header = file,                                                    \
            .params = "mf_unary",                                              \
            .params_size = sizeof(mf_unary),                                   \
            .fields = unary_fields,                                            \
            .run = run_##stem##_##suffix                                       \
        }                                                                      \
    }

/* Lowers the node to a call of such a kernel. */
bool unary_lower(struct lowering *lowering, const struct kernel *kernel);

#endif
