/* BATCH_MATMUL: matrix products over the last two dimensions; those before them
 * count batches and are broadcast. */
#include "mf_batch_matmul.h"

#include <inttypes.h>

#include "op/broadcast.h"
#include "op/kernel_row.h"
#include "op/quantize.h"

struct attributes {
    ptrdiff_t adj_x, adj_y; /* 1: the input's matrices are transposed */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, adj_x),
    FIELD(struct attributes, INDEX, adj_y), FIELD_END};

/* BatchMatMulOptions: adj_x, adj_y, asymmetric_quantize_inputs (hybrid models
 * only). */
static bool read_batch_matmul(struct context *context,
                              const struct fb_table *options,
                              struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->adj_x = fb_bool(options, 0, false);
    attributes->adj_y = fb_bool(options, 1, false);
    return true;
}

/* Rows and columns of input i as they are multiplied. */
static void matrix_size(const struct node *node, int i, int32_t *rows,
                        int32_t *columns) {
    const struct attributes *attributes = node->attributes;
    const struct shape *shape = &node->input[i]->shape;
    bool is_transposed = i == 0 ? attributes->adj_x : attributes->adj_y;
    *rows = shape->dim[shape->rank - (is_transposed ? 1 : 2)];
    *columns = shape->dim[shape->rank - (is_transposed ? 2 : 1)];
}

static mf_matmul make_matmul(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct shape *a = &node->input[0]->shape, *b = &node->input[1]->shape;
    int32_t rows, depth, columns;
    matrix_size(node, 0, &rows, &depth);
    matrix_size(node, 1, &depth, &columns);
    mf_matmul matmul = {.rows = rows,
                        .depth = depth,
                        .columns = columns,
                        .a_row = attributes->adj_x ? 1 : depth,
                        .a_depth = attributes->adj_x ? rows : 1,
                        .b_depth = attributes->adj_y ? 1 : columns,
                        .b_column = attributes->adj_y ? depth : 1};
    struct shape a_batch = *a, b_batch = *b;
    a_batch.rank -= 2;
    b_batch.rank -= 2;
    mf_broadcast *batch = &matmul.batch;
    *batch = broadcast_shape(&a_batch, &b_batch);
    batch->a_step *= rows * depth;
    batch->b_step *= depth * columns;
    for (int i = 0; i < batch->outer; i++) {
        batch->a_stride[i] *= rows * depth;
        batch->b_stride[i] *= depth * columns;
    }
    batch->a_constant = node->input[0]->data != NULL;
    batch->b_constant = node->input[1]->data != NULL;
    return matmul;
}

/* Batches broadcast, then the product's rows and columns: by a broadcast of
 * shapes that have those for the matrices. */
static bool infer_shape(struct context *context, const struct node *node) {
    struct shape a = node->input[0]->shape, b = node->input[1]->shape;
    int32_t rows, depth, b_depth, columns;
    matrix_size(node, 0, &rows, &depth);
    matrix_size(node, 1, &b_depth, &columns);
    if (depth != b_depth) {
        return node_fail(context, node,
                         "input 0 has %" PRId32 " columns and input 1 %" PRId32
                         " rows, they must be as many",
                         depth, b_depth);
    }
    a.dim[a.rank - 2] = b.dim[b.rank - 2] = rows;
    a.dim[a.rank - 1] = b.dim[b.rank - 1] = columns;
    const struct shape *input[2] = {&a, &b};
    return broadcast_output(context, node, 2, input);
}

static struct fixed_point scaling(const struct node *node) {
    float product = node->input[0]->quantization.scale[0] *
                    node->input[1]->quantization.scale[0];
    return fixed_point_from((double)product /
                            (double)node->output[0]->quantization.scale[0]);
}

static bool infer_quantized(struct context *context, const struct node *node) {
    bool ok = op_per_tensor(context, node, node->input[0], "input 0");
    ok = op_per_tensor(context, node, node->input[1], "input 1") && ok;
    ok = op_per_tensor(context, node, node->output[0], "output") && ok;
    if (!ok || !op_zero_points(context, node)) {
        return false;
    }
    int32_t rows, depth;
    matrix_size(node, 0, &rows, &depth);
    if (node->input[0]->type == DTYPE_INT8) {
        int64_t most = (int64_t)depth * UINT8_MAX * UINT8_MAX;
        return fixed_point_fits(context, node, scaling(node), most, "the sum");
    }
    if (depth >= 1 << 17) {
        return node_fail(context, node,
                         "sums have %" PRId32
                         " products, the most for INT16 is 131071",
                         depth);
    }
    return scaling(node).shift <= 7 ||
           node_fail(context, node,
                     "the product of the input scales over the output scale "
                     "must be below 2^7 on INT16");
}

static bool infer_batch_matmul(struct context *context, struct node *node) {
    const struct tensor *a = node->input[0], *b = node->input[1];
    const struct tensor *output = node->output[0];
    bool ok = op_type(context, node, a, "input 0", node->op->types);
    ok = op_same_type(context, node, b, "input 1", a, "input 0") && ok;
    ok = op_same_type(context, node, output, "output", a, "input 0") && ok;
    ok = op_rank(context, node, a, "input 0", 2, MAX_RANK) && ok;
    ok = op_rank(context, node, b, "input 1", 2, MAX_RANK) && ok;
    return ok && infer_shape(context, node) &&
           (a->type == DTYPE_FLOAT32 || infer_quantized(context, node));
}

static uint64_t count_macs(const struct node *node) {
    int32_t rows, depth;
    matrix_size(node, 0, &rows, &depth);
    return (uint64_t)shape_count(&node->output[0]->shape) * (uint64_t)depth;
}

#define MATMUL_FIELDS(params)                                                  \
    FIELD(params, INDEX, matmul.rows), FIELD(params, INDEX, matmul.depth),     \
        FIELD(params, INDEX, matmul.columns),                                  \
        FIELD(params, INDEX, matmul.a_row),                                    \
        FIELD(params, INDEX, matmul.a_depth),                                  \
        FIELD(params, INDEX, matmul.b_depth),                                  \
        FIELD(params, INDEX, matmul.b_column),                                 \
        FIELD(params, INDEX, matmul.batch.rows),                               \
        FIELD(params, INDEX, matmul.batch.columns),                            \
        FIELD(params, INDEX, matmul.batch.a_step),                             \
        FIELD(params, INDEX, matmul.batch.b_step),                             \
        FIELD(params, INDEX, matmul.batch.outer),                              \
        FIELD_ARRAY(params, INDEX, matmul.batch.dim, 5),                       \
        FIELD_ARRAY(params, INDEX, matmul.batch.a_stride, 5),                  \
        FIELD_ARRAY(params, INDEX, matmul.batch.b_stride, 5),                  \
        FIELD(params, INDEX, matmul.batch.a_constant),                         \
        FIELD(params, INDEX, matmul.batch.b_constant)

static const struct field quantized_fields[] = {
    MATMUL_FIELDS(mf_batch_matmul),
    FIELD(mf_batch_matmul, INT32, a_zero_point),
    FIELD(mf_batch_matmul, INT32, b_zero_point),
    FIELD(mf_batch_matmul, INT32, output_zero_point),
    FIELD(mf_batch_matmul, INT32, multiplier),
    FIELD(mf_batch_matmul, INT32, shift),
    FIELD_END};

static const struct field float_fields[] = {
    MATMUL_FIELDS(mf_batch_matmul_float), FIELD_END};

extern const struct op_def op_batch_matmul;
BROADCAST_RUN(batch_matmul, s8)
BROADCAST_RUN(batch_matmul, s16)
BROADCAST_RUN(batch_matmul, f32)
static const struct kernel_row rows[] = {
    BROADCAST_ROW(batch_matmul, s8, DTYPE_INT8, "mf_batch_matmul.h",
                  mf_batch_matmul, quantized_fields),
    BROADCAST_ROW(batch_matmul, s16, DTYPE_INT16, "mf_batch_matmul.h",
                  mf_batch_matmul, quantized_fields),
    BROADCAST_ROW(batch_matmul, f32, DTYPE_FLOAT32, "mf_batch_matmul.h",
                  mf_batch_matmul_float, float_fields)};

static bool lower_batch_matmul(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *a = node->input[0], *b = node->input[1];
    struct call *call = lower_call(lowering, KERNEL_IN_ROWS(rows, node));
    if (!call) {
        return false;
    }
    if (a->type == DTYPE_FLOAT32) {
        mf_batch_matmul_float *p = call->params;
        p->matmul = make_matmul(node);
    } else {
        mf_batch_matmul *p = call->params;
        struct fixed_point scale = scaling(node);
        p->matmul = make_matmul(node);
        p->a_zero_point = a->quantization.zero_point[0];
        p->b_zero_point = b->quantization.zero_point[0];
        p->output_zero_point = node->output[0]->quantization.zero_point[0];
        p->multiplier = a->type == DTYPE_INT8
                            ? scale.multiplier
                            : fixed_point_narrow(scale.multiplier);
        p->shift = scale.shift;
    }
    call_input(call, "a", a);
    call_loaded(call);
    call_input(call, "b", b);
    call_loaded(call);
    call_output(call, node->output[0]);
    return true;
}

const struct op_def op_batch_matmul = {
    .name = "BATCH_MATMUL",
    .tflite_code = 126,
    .options_type = 101,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "both inputs of one type; batches are broadcast",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_batch_matmul,
    .infer = infer_batch_matmul,
    .lower = lower_batch_matmul,
    .macs = count_macs,
};
