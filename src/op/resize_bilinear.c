/* RESIZE_BILINEAR: rows and columns between those of the input.  Where each
 * lies is decided when compiling: in 1024ths for integers, in float32 for
 * floats, as the reference does. */
#include "mf_resize_bilinear.h"

#include <inttypes.h>
#include <math.h>

#include "op/op.h"
#include "op/resize.h"

/* ResizeBilinearOptions: two fields of the past, align_corners,
 * half_pixel_centers. */
static bool read_resize(struct context *context, const struct fb_table *options,
                        struct node *node) {
    (void)context;
    resize_read(options, 2, node);
    return true;
}

static bool infer_resize(struct context *context, struct node *node) {
    const struct resize_attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    if (attributes->align_corners && attributes->half_pixel_centers) {
        return node_fail(context, node,
                         "align_corners and half_pixel_centers are both set, "
                         "at most one is allowed");
    }
    return op_type(context, node, input, "input", node->op->types) &&
           op_same_type(context, node, node->output[0], "output", input,
                        "input") &&
           resize_infer(context, node);
}

enum { ONE = 1024 };

/* Pairs of index and fraction. */
static int16_t *integer_table(struct context *context,
                              const struct resize_attributes *attributes,
                              int32_t in, int32_t out) {
    const bool align = attributes->align_corners && out > 1;
    const int32_t from = align ? in - 1 : in, to = align ? out - 1 : out;
    const int32_t scale = (ONE * from + to / 2) / to;
    int16_t *table = CONTEXT_NEW(context, int16_t, 2 * (size_t)out);
    for (int32_t i = 0; table && i < out; i++) {
        const int32_t centre =
            attributes->half_pixel_centers ? scale / 2 - ONE / 2 : 0;
        const int32_t at = i * scale + centre;
        const int32_t index = at < 0 ? 0 : at / ONE;
        const bool has_next = at >= 0 && index < in - 1;
        /* The rounding of `scale` may lead past the end. */
        table[2 * i] = (int16_t)(index < in ? index : in - 1);
        table[2 * i + 1] = (int16_t)(has_next ? at - index * ONE : 0);
    }
    return table;
}

struct positions {
    int16_t *index;
    float *fraction;
};

static bool float_tables(struct context *context,
                         const struct resize_attributes *attributes, int32_t in,
                         int32_t out, struct positions *positions) {
    const bool align = attributes->align_corners && out > 1;
    const float scale =
        align ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    positions->index = CONTEXT_NEW(context, int16_t, (size_t)out);
    positions->fraction = CONTEXT_NEW(context, float, (size_t)out);
    if (!positions->index || !positions->fraction) {
        return false;
    }
    for (int32_t i = 0; i < out; i++) {
        const float at = attributes->half_pixel_centers
                             ? ((float)i + 0.5f) * scale - 0.5f
                             : (float)i * scale;
        const int32_t index = at < 0 ? 0 : (int32_t)floorf(at);
        const bool has_next = at >= 0 && index < in - 1;
        positions->index[i] = (int16_t)(index < in ? index : in - 1);
        positions->fraction[i] = has_next ? at - (float)index : 0;
    }
    return true;
}

static const struct field param_fields[] = {
    FIELD(mf_resize_bilinear, INDEX, batches),
    FIELD(mf_resize_bilinear, INDEX, in_h),
    FIELD(mf_resize_bilinear, INDEX, in_w),
    FIELD(mf_resize_bilinear, INDEX, out_h),
    FIELD(mf_resize_bilinear, INDEX, out_w),
    FIELD(mf_resize_bilinear, INDEX, depth),
    FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_resize_bilinear_s8(params, operand[0], operand[1], operand[2],
                          operand[3]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_resize_bilinear_s16(params, operand[0], operand[1], operand[2],
                           operand[3]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_resize_bilinear_f32(params, operand[0], operand[1], operand[2],
                           operand[3], operand[4], operand[5]);
}

#define KERNEL(suffix)                                                         \
    {                                                                          \
        .name = "mf_resize_bilinear_" #suffix,                                 \
        .header = "mf_resize_bilinear.h", .params = "mf_resize_bilinear",      \
        .params_size = sizeof(mf_resize_bilinear), .fields = param_fields,     \
        .run = run_##suffix,                                                   \
    }
static const struct kernel kernel_s8 = KERNEL(s8);
static const struct kernel kernel_s16 = KERNEL(s16);
static const struct kernel kernel_f32 = KERNEL(f32);

/* Appends the tables of rows and columns. */
static bool add_tables(struct lowering *lowering, struct call *call) {
    const struct node *node = lowering->node;
    const struct resize_attributes *attributes = node->attributes;
    static const char *const names[2] = {"rows", "columns"};
    static const char *const fractions[2] = {"downs", "rights"};
    for (int axis = 0; axis < 2; axis++) {
        const int32_t in = node->input[0]->shape.dim[1 + axis];
        const int32_t out = node->output[0]->shape.dim[1 + axis];
        struct positions positions;
        if (node->input[0]->type == DTYPE_FLOAT32) {
            if (!float_tables(lowering->context, attributes, in, out,
                              &positions)) {
                return false;
            }
            call_table(call, names[axis], DTYPE_INT16, positions.index,
                       (size_t)out);
            call_table(call, fractions[axis], DTYPE_FLOAT32, positions.fraction,
                       (size_t)out);
            continue;
        }
        const int16_t *table =
            integer_table(lowering->context, attributes, in, out);
        if (!table) {
            return false;
        }
        call_table(call, names[axis], DTYPE_INT16, table, 2 * (size_t)out);
    }
    return true;
}

static bool lower_resize(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0], *output = node->output[0];
    if (!op_constant(lowering->context, node, node->input[1], "size")) {
        return false;
    }
    struct call *call =
        lower_call(lowering, input->type == DTYPE_INT8    ? &kernel_s8
                             : input->type == DTYPE_INT16 ? &kernel_s16
                                                          : &kernel_f32);
    if (!call) {
        return false;
    }
    mf_resize_bilinear *p = call->params;
    p->batches = input->shape.dim[0];
    p->in_h = input->shape.dim[1];
    p->in_w = input->shape.dim[2];
    p->out_h = output->shape.dim[1];
    p->out_w = output->shape.dim[2];
    p->depth = input->shape.dim[3];
    call_input(call, "input", input);
    if (!add_tables(lowering, call)) {
        return false;
    }
    call_output(call, output);
    return true;
}

const struct op_def op_resize_bilinear = {
    .name = "RESIZE_BILINEAR",
    .tflite_code = 23,
    .options_type = 15,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "constant size",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct resize_attributes),
    .attributes = resize_attribute_fields,
    .read = read_resize,
    .infer = infer_resize,
    .lower = lower_resize,
};
