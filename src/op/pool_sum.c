#include "op/pool_sum.h"

enum { PIXEL_LIMIT = 1 << 20 }; /* of which sums fit 32 bits */

bool pool_sum_tiling(const struct node *node, struct tiling *tiling) {
    const struct tensor *input = node->input[0];
    const int32_t *dim = input->shape.dim;
    *tiling =
        (struct tiling){.extent = {1, 1}, .stride = {1, 1}, .is_sum = true};
    return input->type == DTYPE_INT8 && input->shape.rank == 4 &&
           (int64_t)dim[1] * dim[2] <= PIXEL_LIMIT &&
           shape_count(&node->output[0]->shape) == dim[3];
}

size_t pool_sum_scratch(const struct node *node) {
    return (size_t)node->input[0]->shape.dim[3] * sizeof(int32_t);
}

static const struct field fields[] = {
    FIELD(mf_pool_sum, INDEX, columns),
    FIELD(mf_pool_sum, INDEX, channels),
    FIELD(mf_pool_sum, INDEX, position),
    FIELD(mf_pool_sum, INDEX, pixels),
    FIELD(mf_pool_sum, INT32, start),
    FIELD(mf_pool_sum, INT32, multiplier),
    FIELD(mf_pool_sum, INT32, shift),
    FIELD(mf_pool_sum, INT32, output_zero_point),
    FIELD(mf_pool_sum, INT32, activation_min),
    FIELD(mf_pool_sum, INT32, activation_max),
    FIELD_END};

static void run_average(const void *params, void *const operand[]) {
    mf_pool_sum_average_s8(params, operand[0], operand[1], operand[2]);
}

static void run_mean(const void *params, void *const operand[]) {
    mf_pool_sum_mean_s8(params, operand[0], operand[1], operand[2]);
}

static const struct kernel average_kernel = {
    .name = "mf_pool_sum_average_s8",
    .header = "mf_pool_sum.h",
    .params = "mf_pool_sum",
    .params_size = sizeof(mf_pool_sum),
    .fields = fields,
    .run = run_average,
};

static const struct kernel mean_kernel = {
    .name = "mf_pool_sum_mean_s8",
    .header = "mf_pool_sum.h",
    .params = "mf_pool_sum",
    .params_size = sizeof(mf_pool_sum),
    .fields = fields,
    .run = run_mean,
};

static bool lower(struct lowering *lowering, const struct kernel *kernel,
                  const mf_pool_sum *params) {
    const struct node *node = lowering->node;
    const int32_t *image = node->tile_of->input[0]->shape.dim;
    struct call *call = lower_call(lowering, kernel);
    if (!call) {
        return false;
    }
    mf_pool_sum *p = call->params;
    *p = *params;
    p->columns = node->input[0]->shape.dim[1] * node->input[0]->shape.dim[2];
    p->channels = node->input[0]->shape.dim[3];
    p->pixels = image[1] * image[2];
    call_input(call, "input", node->input[0]);
    call_scratch(call, DTYPE_INT32);
    call_output(call, node->output[0]);
    return true;
}

bool pool_sum_lower_average(struct lowering *lowering,
                            const mf_pool_sum *params) {
    return lower(lowering, &average_kernel, params);
}

bool pool_sum_lower_mean(struct lowering *lowering, const mf_pool_sum *params) {
    return lower(lowering, &mean_kernel, params);
}
