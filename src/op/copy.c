#include "op/copy.h"

#include <assert.h>
#include <inttypes.h>

#include "mf_copy.h"

void shape_strides(const struct shape *shape, int64_t stride[MAX_RANK]) {
    int64_t next = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        stride[i] = next;
        next *= shape->dim[i];
    }
}

struct block_copy copy_whole(const struct shape *shape) {
    return (struct block_copy){.rank = 1,
                               .dim = {shape_count(shape)},
                               .input_stride = {1},
                               .output_stride = {1}};
}

struct block_copy copy_from_part(const struct shape *whole, int axis,
                                 int64_t start, int64_t length) {
    int64_t outer = 1, inner = 1;
    for (int i = 0; i < axis; i++) {
        outer *= whole->dim[i];
    }
    for (int i = axis + 1; i < whole->rank; i++) {
        inner *= whole->dim[i];
    }
    return (struct block_copy){
        .rank = 2,
        .dim = {outer, length * inner},
        .input_stride = {whole->dim[axis] * inner, 1},
        .output_stride = {length * inner, 1},
        .input_offset = start * inner,
    };
}

struct block_copy copy_into_part(const struct shape *whole, int axis,
                                 int64_t start, int64_t length) {
    struct block_copy from = copy_from_part(whole, axis, start, length);
    return copy_reverse(&from);
}

struct block_copy copy_reverse(const struct block_copy *copy) {
    struct block_copy reverse = *copy;
    for (int i = 0; i < copy->rank; i++) {
        reverse.input_stride[i] = copy->output_stride[i];
        reverse.output_stride[i] = copy->input_stride[i];
    }
    reverse.input_offset = copy->output_offset;
    reverse.output_offset = copy->input_offset;
    return reverse;
}

void copy_merge(struct block_copy *copy) {
    int kept = 0;
    for (int i = 0; i < copy->rank; i++) {
        int64_t dim = copy->dim[i];
        int64_t input = copy->input_stride[i], output = copy->output_stride[i];
        if (dim == 1) {
            continue;
        }
        if (kept > 0 && copy->input_stride[kept - 1] == input * dim &&
            copy->output_stride[kept - 1] == output * dim) {
            kept--;
            dim *= copy->dim[kept];
        }
        copy->dim[kept] = dim;
        copy->input_stride[kept] = input;
        copy->output_stride[kept] = output;
        kept++;
    }
    copy->rank = kept;
}

/* Of a merged copy. */
static bool copy_is_start(const struct block_copy *copy) {
    return copy->input_offset == 0 && copy->output_offset == 0 &&
           (copy->rank == 0 || (copy->rank == 1 && copy->input_stride[0] == 1 &&
                                copy->output_stride[0] == 1));
}

bool copy_is_whole(struct block_copy copy) {
    copy_merge(&copy);
    return copy_is_start(&copy);
}

bool copy_is_down(const struct block_copy *copy) {
    int64_t next = 1;
    if (copy->input_offset < copy->output_offset) {
        return false;
    }
    for (int i = copy->rank - 1; i >= 0; i--) {
        if (copy->output_stride[i] < next ||
            copy->input_stride[i] < copy->output_stride[i]) {
            return false;
        }
        next = copy->output_stride[i] * copy->dim[i];
    }
    return true;
}

enum { KERNEL_RANK = sizeof(((mf_copy *)NULL)->last) / sizeof(mf_index) };

/* Dimensions of a merged copy that the kernel loops over: the innermost one is
 * a run if it is contiguous. */
static int loops(const struct block_copy *merged) {
    const int last = merged->rank - 1;
    const bool has_run = last >= 0 && merged->input_stride[last] == 1 &&
                         merged->output_stride[last] == 1;
    return has_run ? last : merged->rank;
}

bool copy_fits(struct block_copy copy) {
    copy_merge(&copy);
    return loops(&copy) <= KERNEL_RANK;
}

static const struct field param_fields[] = {
    FIELD_ARRAY(mf_copy, INDEX, last, KERNEL_RANK),
    FIELD_ARRAY(mf_copy, INDEX, input_strides, KERNEL_RANK),
    FIELD_ARRAY(mf_copy, INDEX, output_strides, KERNEL_RANK),
    FIELD(mf_copy, INDEX, input_offset),
    FIELD(mf_copy, INDEX, output_offset),
    FIELD(mf_copy, INDEX, run),
    FIELD_END};

static void run_bytes(const void *params, void *const operand[]) {
    mf_copy_bytes(params, operand[0], operand[1]);
}

static void run_down(const void *params, void *const operand[]) {
    mf_copy_down(params, operand[0], operand[1]);
}

static void run_constant(const void *params, void *const operand[]) {
    mf_copy_constant(params, operand[0], operand[1]);
}

static const struct kernel kernel_bytes = {
    .name = "mf_copy_bytes",
    .header = "mf_copy.h",
    .params = "mf_copy",
    .params_size = sizeof(mf_copy),
    .fields = param_fields,
    .run = run_bytes,
};

static const struct kernel kernel_down = {
    .name = "mf_copy_down",
    .header = "mf_copy.h",
    .params = "mf_copy",
    .params_size = sizeof(mf_copy),
    .fields = param_fields,
    .run = run_down,
};

static const struct kernel kernel_constant = {
    .name = "mf_copy_constant",
    .header = "mf_copy.h",
    .params = "mf_copy",
    .params_size = sizeof(mf_copy),
    .fields = param_fields,
    .run = run_constant,
};

/* The parameters of a merged copy: elements become bytes, the innermost
 * dimension the run if it is contiguous. */
static void set_params(mf_copy *p, const struct block_copy *copy,
                       ptrdiff_t size) {
    const int rank = loops(copy);
    assert(rank <= KERNEL_RANK);
    p->run = rank < copy->rank ? (ptrdiff_t)copy->dim[rank] * size : size;
    p->input_offset = (ptrdiff_t)copy->input_offset * size;
    p->output_offset = (ptrdiff_t)copy->output_offset * size;
    for (int i = 0; i < rank; i++) {
        int from = rank - 1 - i;
        p->last[i] = (ptrdiff_t)copy->dim[from] - 1;
        p->input_strides[i] = (ptrdiff_t)copy->input_stride[from] * size;
        p->output_strides[i] = (ptrdiff_t)copy->output_stride[from] * size;
    }
}

bool lower_copy(struct lowering *lowering, struct tensor *input,
                struct tensor *output, const struct block_copy *copy) {
    struct block_copy merged = *copy;
    copy_merge(&merged);
    struct call *call =
        lower_call(lowering, input->data ? &kernel_constant : &kernel_bytes);
    if (!call) {
        return false;
    }
    set_params(call->params, &merged, (ptrdiff_t)dtype_size(output->type));
    call_input(call, "input", input);
    call_loaded(call);
    call_as_bytes(call);
    call_output(call, output);
    call_as_bytes(call);
    call->moves_start = copy_is_start(&merged);
    call->overlapping = copy_is_down(&merged) ? &kernel_down : NULL;
    return true;
}

bool lower_view(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct block_copy copy = copy_whole(&node->output[0]->shape);
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

void memory_view(const struct node *node, struct op_memory *memory) {
    (void)node;
    memory->is_view = true;
}

bool copy_types(struct context *context, const struct node *node) {
    return op_type(context, node, node->input[0], "input", node->op->types) &&
           op_same_type(context, node, node->output[0], "output",
                        node->input[0], "input");
}

bool copy_parameter(struct context *context, const struct node *node,
                    const struct tensor *tensor, const char *what,
                    int64_t count) {
    char text[SHAPE_TEXT];
    if (!op_type(context, node, tensor, what,
                 TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64))) {
        return false;
    }
    if (tensor->shape.rank > 1 || shape_count(&tensor->shape) != count) {
        return node_fail(context, node,
                         "%s shape is %s, it must have %" PRId64 " value%s",
                         what, shape_text(&tensor->shape, text), count,
                         count == 1 ? "" : "s");
    }
    return true;
}

bool copy_axis(struct context *context, const struct node *node, int64_t axis,
               int rank, int *result) {
    if (axis < -rank || axis >= rank) {
        return node_fail(context, node,
                         "axis is %" PRId64 ", it must lie within %d..%d", axis,
                         -rank, rank - 1);
    }
    *result = (int)(axis < 0 ? axis + rank : axis);
    return true;
}

bool copy_single_axis(struct context *context, const struct node *node,
                      const struct tensor *axis, int rank, int *result) {
    uint32_t types = TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64);
    if (!op_type(context, node, axis, "axis", types) ||
        !op_constant(context, node, axis, "axis")) {
        return false;
    }
    if (shape_count(&axis->shape) != 1) {
        char text[SHAPE_TEXT];
        return node_fail(context, node,
                         "axis shape is %s, it must hold one value",
                         shape_text(&axis->shape, text));
    }
    return copy_axis(context, node, tensor_int(axis, 0), rank, result);
}
