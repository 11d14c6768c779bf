/* LOG_SOFTMAX along the last dimension. */
#include "mf_log_softmax.h"

#include <inttypes.h>
#include <math.h>

#include "mf_softmax_float.h"
#include "op/quantize.h"
#include "op/softmax.h"
#include "op/table.h"

static double factor_of(const struct node *node) {
    return softmax_factor_s8(1, node->input[0]->quantization.scale[0]);
}

static bool infer_s8(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[0];
    const struct quantization *q = &node->output[0]->quantization;
    int32_t depth = input->shape.dim[input->shape.rank - 1];
    bool ok = true;
    if (q->scale[0] != 1.0f / 16 || q->zero_point[0] != 127) {
        ok = node_fail(context, node,
                       "output has scale %.9g and zero point %" PRId32
                       ", it must have 1/16 and 127",
                       (double)q->scale[0], q->zero_point[0]);
    }
    if (factor_of(node) <= 1) {
        ok = node_fail(context, node,
                       "input scale %g is too small, it must be over 2^-26",
                       (double)input->quantization.scale[0]);
    }
    if (depth > 4095) {
        ok = node_fail(context, node,
                       "input has %" PRId32
                       " values a row, the most for INT8 is 4095",
                       depth);
    }
    return ok;
}

static bool infer_log_softmax(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0];
    return unary_infer(context, node, node->op->types) &&
           op_rank(context, node, input, "input", 1, MAX_RANK) &&
           (input->type == DTYPE_FLOAT32 || infer_s8(context, node));
}

static const struct field fields_s8[] = {
    FIELD(mf_log_softmax, INDEX, softmax.rows),
    FIELD(mf_log_softmax, INDEX, softmax.depth),
    FIELD(mf_log_softmax, INDEX, softmax.table_size),
    FIELD(mf_log_softmax, INT32, multiplier),
    FIELD(mf_log_softmax, INT32, shift),
    FIELD(mf_log_softmax, INT32, reverse_multiplier),
    FIELD(mf_log_softmax, INT32, reverse_shift),
    FIELD(mf_log_softmax, INT32, cut),
    FIELD_END};

static const struct field fields_f32[] = {FIELD(mf_softmax_float, INDEX, rows),
                                          FIELD(mf_softmax_float, INDEX, depth),
                                          FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_log_softmax_s8(params, operand[0], operand[1], operand[2]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_log_softmax_f32(params, operand[0], operand[1]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_log_softmax_s8",
    .header = "mf_log_softmax.h",
    .params = "mf_log_softmax",
    .params_size = sizeof(mf_log_softmax),
    .fields = fields_s8,
    .run = run_s8,
};

static const struct kernel kernel_f32 = {
    .name = "mf_log_softmax_f32",
    .header = "mf_softmax_float.h",
    .params = "mf_softmax_float",
    .params_size = sizeof(mf_softmax_float),
    .fields = fields_f32,
    .run = run_f32,
};

static void fill_s8(const struct node *node, mf_log_softmax *p) {
    struct fixed_point factor = fixed_point_from(factor_of(node));
    struct fixed_point reverse = fixed_point_from(ldexp(1, 31 - factor.shift) /
                                                  (double)factor.multiplier);
    double radius = softmax_radius_s8(factor);
    p->multiplier = factor.multiplier;
    p->shift = factor.shift;
    p->reverse_multiplier = reverse.multiplier;
    p->reverse_shift = reverse.shift;
    /* No difference of int8 is below -255. */
    p->cut = radius < 256 ? -(int32_t)radius - 1 : -257;
}

static bool lower_log_softmax(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0];
    ptrdiff_t depth = input->shape.dim[input->shape.rank - 1];
    ptrdiff_t rows = (ptrdiff_t)(shape_count(&input->shape) / depth);
    if (input->type == DTYPE_FLOAT32) {
        struct call *call = unary_call(lowering, &kernel_f32);
        if (call) {
            *(mf_softmax_float *)call->params =
                (mf_softmax_float){.rows = rows, .depth = depth};
        }
        return call != NULL;
    }
    int32_t *table =
        CONTEXT_NEW(lowering->context, int32_t, SOFTMAX_TABLE_SIZE);
    struct call *call = lower_call(lowering, &kernel_s8);
    if (!table || !call) {
        return false;
    }
    size_t size = softmax_exp_table(fixed_point_from(factor_of(node)), table);
    mf_log_softmax *p = call->params;
    p->softmax = (mf_softmax){
        .rows = rows, .depth = depth, .table_size = (ptrdiff_t)size};
    fill_s8(node, p);
    call_input(call, "input", input);
    call_table(call, "exp", DTYPE_INT32, table, size);
    call_output(call, node->output[0]);
    return true;
}

/* LogSoftmaxOptions has no fields. */
const struct op_def op_log_softmax = {
    .name = "LOG_SOFTMAX",
    .tflite_code = 50,
    .options_type = 36,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "int8: output scale 1/16, zero point 127",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .infer = infer_log_softmax,
    .memory = unary_memory,
    .lower = lower_log_softmax,
};
