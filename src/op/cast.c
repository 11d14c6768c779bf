/* CAST: the same numbers in another type.  Scales play no part in it. */
#include "mf_cast.h"

#include "op/copy.h"
#include "op/op.h"

struct attributes {
    ptrdiff_t in_type, out_type; /* -1: the options do not say */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, in_type),
    FIELD(struct attributes, INDEX, out_type), FIELD_END};

/* CastOptions: in_data_type, out_data_type. */
static bool read_cast(struct context *context, const struct fb_table *options,
                      struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->in_type =
        fb_has(options, 0) ? (uint8_t)fb_i8(options, 0, 0) : -1;
    attributes->out_type =
        fb_has(options, 1) ? (uint8_t)fb_i8(options, 1, 0) : -1;
    return true;
}

static bool check_option(struct context *context, const struct node *node,
                         const char *name, ptrdiff_t type,
                         const struct tensor *tensor) {
    return type < 0 || type == (ptrdiff_t)tensor->type ||
           node_fail(context, node, "%s is %s, the tensor's type is %s", name,
                     dtype_name((enum dtype)type), dtype_name(tensor->type));
}

static bool infer_cast(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0], *output = node->output[0];
    return op_type(context, node, input, "input", node->op->types) &&
           op_type(context, node, output, "output", node->op->types) &&
           check_option(context, node, "in_data_type", attributes->in_type,
                        input) &&
           check_option(context, node, "out_data_type", attributes->out_type,
                        output) &&
           op_output_shape(context, node, 0, &input->shape);
}

/* Whether the bytes are the same: between integers of one size, unless what is
 * not 0 has to become 1. */
static bool keeps_bytes(const struct node *node) {
    enum dtype from = node->input[0]->type, to = node->output[0]->type;
    return from == to ||
           (dtype_size(from) == dtype_size(to) && from != DTYPE_FLOAT32 &&
            to != DTYPE_FLOAT32 && to != DTYPE_BOOL);
}

/* Elements of different types in the same bytes: only if the written ones are
 * bytes, which may overlap anything in C. */
static void memory_cast(const struct node *node, struct op_memory *memory) {
    memory->is_view = keeps_bytes(node);
    memory->in_place = dtype_size(node->output[0]->type) == 1;
}

static const struct field param_fields[] = {FIELD(mf_cast, INDEX, count),
                                            FIELD_END};

/* Every pair of which the bytes differ, and some that are not needed; booleans
 * are read as UINT8. */
#define CASTS_FROM(CAST, from, type)                                           \
    CAST(from, type, s8, INT8)                                                 \
    CAST(from, type, u8, UINT8)                                                \
    CAST(from, type, s16, INT16)                                               \
    CAST(from, type, u16, UINT16)                                              \
    CAST(from, type, s32, INT32)                                               \
    CAST(from, type, u32, UINT32)                                              \
    CAST(from, type, s64, INT64)                                               \
    CAST(from, type, bool, BOOL)
#define CASTS(CAST)                                                            \
    CASTS_FROM(CAST, s8, INT8)                                                 \
    CASTS_FROM(CAST, u8, UINT8)                                                \
    CASTS_FROM(CAST, s16, INT16)                                               \
    CASTS_FROM(CAST, u16, UINT16)                                              \
    CASTS_FROM(CAST, s32, INT32)                                               \
    CASTS_FROM(CAST, u32, UINT32)                                              \
    CASTS_FROM(CAST, s64, INT64)                                               \
    CASTS_FROM(CAST, f32, FLOAT32)                                             \
    CAST(s8, INT8, f32, FLOAT32)                                               \
    CAST(u8, UINT8, f32, FLOAT32)                                              \
    CAST(s16, INT16, f32, FLOAT32)                                             \
    CAST(u16, UINT16, f32, FLOAT32)                                            \
    CAST(s32, INT32, f32, FLOAT32)                                             \
    CAST(u32, UINT32, f32, FLOAT32)                                            \
    CAST(s64, INT64, f32, FLOAT32)

#define RUN(from, from_type, to, to_type)                                      \
    static void run_##from##_##to(const void *params, void *const operand[]) { \
        mf_cast_##from##_##to(params, operand[0], operand[1]);                 \
    }
CASTS(RUN)

static const struct {
    enum dtype from, to;
    struct kernel kernel;
} casts[] = {
#define ROW(from_name, from_type, to_name, to_type)                            \
    {.from = DTYPE_##from_type,                                                \
     .to = DTYPE_##to_type,                                                    \
     .kernel = {.name = "mf_cast_" #from_name "_" #to_name,                    \
                .header = "mf_cast.h",                                         \
                .params = "mf_cast",                                           \
                .params_size = sizeof(mf_cast),                                \
                .fields = param_fields,                                        \
                .run = run_##from_name##_##to_name}},
    CASTS(ROW)};

static const struct kernel *find_kernel(enum dtype from, enum dtype to) {
    size_t i = 0;
    from = from == DTYPE_BOOL ? DTYPE_UINT8 : from;
    while (casts[i].from != from || casts[i].to != to) {
        i++;
    }
    return &casts[i].kernel;
}

static bool lower_cast(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0], *output = node->output[0];
    if (keeps_bytes(node)) {
        return lower_view(lowering);
    }
    struct call *call =
        lower_call(lowering, find_kernel(input->type, output->type));
    if (!call) {
        return false;
    }
    mf_cast *p = call->params;
    p->count = (ptrdiff_t)shape_count(&input->shape);
    call_input(call, "input", input);
    call_output(call, output);
    return true;
}

const struct op_def op_cast = {
    .name = "CAST",
    .tflite_code = 53,
    .options_type = 37,
    .is_raw = true,
    .types = COPY_TYPES,
    .notes = "between any two of them",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_cast,
    .infer = infer_cast,
    .memory = memory_cast,
    .lower = lower_cast,
};
