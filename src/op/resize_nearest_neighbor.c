/* RESIZE_NEAREST_NEIGHBOR: rows and columns of the input, repeated or left
 * out.  Which ones is decided when compiling, in float32 as the reference
 * does. */
#include "mf_resize_nearest_neighbor.h"

#include <math.h>

#include "op/copy.h"
#include "op/op.h"
#include "op/resize.h"
#include "op/value_range.h"

/* ResizeNearestNeighborOptions: align_corners, half_pixel_centers. */
static bool read_resize(struct context *context, const struct fb_table *options,
                        struct node *node) {
    (void)context;
    resize_read(options, 0, node);
    return true;
}

static bool infer_resize(struct context *context, struct node *node) {
    return copy_types(context, node) && resize_infer(context, node);
}

/* The input's index that index i of the output takes. */
static int32_t nearest(const struct resize_attributes *attributes, int32_t i,
                       int32_t in, int32_t out) {
    const float scale = attributes->align_corners && out > 1
                            ? (float)(in - 1) / (float)(out - 1)
                            : (float)in / (float)out;
    const float offset = attributes->half_pixel_centers ? 0.5f : 0.0f;
    const float position = ((float)i + offset) * scale;
    const int32_t index =
        (int32_t)(attributes->align_corners ? roundf(position)
                                            : floorf(position));
    return index < in ? index : in - 1;
}

static int16_t *make_table(struct context *context,
                           const struct resize_attributes *attributes,
                           int32_t in, int32_t out) {
    int16_t *table = CONTEXT_NEW(context, int16_t, (size_t)out);
    for (int32_t i = 0; table && i < out; i++) {
        table[i] = (int16_t)nearest(attributes, i, in, out);
    }
    return table;
}

/* How often each index is repeated, if all are equally often; else 0. */
static int32_t repeats(const int16_t *table, int32_t in, int32_t out) {
    int32_t factor = out / in;
    if (out % in != 0) {
        return 0;
    }
    for (int32_t i = 0; i < out; i++) {
        if (table[i] != i / factor) {
            return 0;
        }
    }
    return factor;
}

/* Repeating alone needs no table. */
static bool lower_repeat(struct lowering *lowering, int32_t factor_h,
                         int32_t factor_w) {
    const struct node *node = lowering->node;
    const struct shape *shape = &node->input[0]->shape;
    int64_t rows = (int64_t)shape->dim[0] * shape->dim[1];
    int64_t width = shape->dim[2], depth = shape->dim[3];
    int64_t out_row = width * factor_w * depth;
    struct block_copy copy = {
        .rank = 5,
        .dim = {rows, factor_h, width, factor_w, depth},
        .input_stride = {width * depth, 0, depth, 0, 1},
        .output_stride = {factor_h * out_row, out_row, factor_w * depth, depth,
                          1},
    };
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

static const struct field param_fields[] = {
    FIELD(mf_resize_nearest_neighbor, INDEX, batches),
    FIELD(mf_resize_nearest_neighbor, INDEX, in_h),
    FIELD(mf_resize_nearest_neighbor, INDEX, in_w),
    FIELD(mf_resize_nearest_neighbor, INDEX, out_h),
    FIELD(mf_resize_nearest_neighbor, INDEX, out_w),
    FIELD(mf_resize_nearest_neighbor, INDEX, depth),
    FIELD_END};

static void run_bytes(const void *params, void *const operand[]) {
    mf_resize_nearest_neighbor_bytes(params, operand[0], operand[1], operand[2],
                                     operand[3]);
}

static const struct kernel kernel_bytes = {
    .name = "mf_resize_nearest_neighbor_bytes",
    .header = "mf_resize_nearest_neighbor.h",
    .params = "mf_resize_nearest_neighbor",
    .params_size = sizeof(mf_resize_nearest_neighbor),
    .fields = param_fields,
    .run = run_bytes,
};

static bool lower_tables(struct lowering *lowering, const int16_t *rows,
                         const int16_t *columns) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0], *output = node->output[0];
    struct call *call = lower_call(lowering, &kernel_bytes);
    if (!call) {
        return false;
    }
    mf_resize_nearest_neighbor *p = call->params;
    p->batches = input->shape.dim[0];
    p->in_h = input->shape.dim[1];
    p->in_w = input->shape.dim[2];
    p->out_h = output->shape.dim[1];
    p->out_w = output->shape.dim[2];
    p->depth = input->shape.dim[3] * (ptrdiff_t)dtype_size(input->type);
    call_input(call, "input", input);
    call_as_bytes(call);
    call_table(call, "rows", DTYPE_INT16, rows, (size_t)p->out_h);
    call_table(call, "columns", DTYPE_INT16, columns, (size_t)p->out_w);
    call_output(call, output);
    call_as_bytes(call);
    return true;
}

static bool lower_resize(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct resize_attributes *attributes = node->attributes;
    const int32_t *in = &node->input[0]->shape.dim[1];
    const int32_t *out = &node->output[0]->shape.dim[1];
    struct context *context = lowering->context;
    if (!op_constant(context, node, node->input[1], "size")) {
        return false;
    }
    const int16_t *rows = make_table(context, attributes, in[0], out[0]);
    const int16_t *columns = make_table(context, attributes, in[1], out[1]);
    if (!rows || !columns) {
        return false;
    }
    int32_t factor_h = repeats(rows, in[0], out[0]);
    int32_t factor_w = repeats(columns, in[1], out[1]);
    return factor_h && factor_w ? lower_repeat(lowering, factor_h, factor_w)
                                : lower_tables(lowering, rows, columns);
}

const struct op_def op_resize_nearest_neighbor = {
    .name = "RESIZE_NEAREST_NEIGHBOR",
    .tflite_code = 97,
    .options_type = 74,
    .types = COPY_TYPES,
    .notes = "align_corners, half_pixel_centers",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct resize_attributes),
    .attributes = resize_attribute_fields,
    .read = read_resize,
    .infer = infer_resize,
    .lower = lower_resize,
    .bounds = same_channel_bounds,
    .channels = same_channels,
};
