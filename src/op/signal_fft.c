#include "op/signal_fft.h"

#include <math.h>

#include "mf_signal_rfft.h"
#include "op/signal.h"

const struct field fft_attribute_fields[] = {
    FIELD(struct fft_attributes, INT32, type),
    FIELD(struct fft_attributes, INT32, fft_length), FIELD_END};

const struct field fft_param_fields[] = {
    FIELD(mf_signal_rfft, INDEX, batches),
    FIELD(mf_signal_rfft, INDEX, samples),
    FIELD(mf_signal_rfft, INDEX, half),
    FIELD(mf_signal_rfft, INDEX, stages),
    FIELD_ARRAY(mf_signal_rfft, INDEX, radix, 8),
    FIELD_END};

bool fft_read(struct context *context, struct flexbuffer *options,
              struct node *node) {
    (void)context;
    struct fft_attributes *attributes = node->attributes;
    attributes->type = flex_i32(options, "T", DTYPE_INT16);
    attributes->fft_length = flex_i32(options, "fft_length", 0);
    return true;
}

enum { MIN_LENGTH = 4, MAX_LENGTH = 1 << 15 };

bool fft_infer(struct context *context, struct node *node, int32_t size) {
    const struct fft_attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    int32_t length = attributes->fft_length;
    if (!op_type(context, node, input, "input", node->op->types) ||
        !op_rank(context, node, input, "input", 1, MAX_RANK) ||
        !op_same_type(context, node, node->output[0], "output", input,
                      "input")) {
        return false;
    }
    if (attributes->type != (int32_t)input->type) {
        return node_fail(context, node, "T is %s, the input is %s",
                         dtype_name((enum dtype)attributes->type),
                         dtype_name(input->type));
    }
    if (length < MIN_LENGTH || length > MAX_LENGTH ||
        (length & (length - 1)) != 0) {
        return node_fail(context, node,
                         "fft_length is %d, it must be a power of two from %d "
                         "to %d",
                         (int)length, MIN_LENGTH, MAX_LENGTH);
    }
    struct shape shape = input->shape;
    shape.dim[shape.rank - 1] = size;
    return op_output_shape(context, node, 0, &shape);
}

void fft_memory(const struct node *node, struct op_memory *memory) {
    const struct fft_attributes *attributes = node->attributes;
    memory->scratch =
        (size_t)attributes->fft_length * dtype_size(node->input[0]->type);
}

uint64_t fft_steps(const struct node *node) {
    return 16 * (uint64_t)shape_count(&node->output[0]->shape);
}

/* Radix 4 as far as it goes; what is computed last comes first in the
 * reference's list. */
static void set_stages(mf_signal_rfft *p) {
    ptrdiff_t rest = p->half;
    while (rest % 4 == 0) {
        rest /= 4;
        p->stages++;
    }
    p->stages += rest == 2;
    for (ptrdiff_t s = 0; s < p->stages; s++) {
        p->radix[s] = s == 0 && rest == 2 ? 2 : 4;
    }
}

/* Digits of a position, the first stage's lowest, in reverse. */
static int16_t *make_order(struct context *context, const mf_signal_rfft *p) {
    int16_t *order = CONTEXT_NEW(context, int16_t, (size_t)p->half);
    for (ptrdiff_t i = 0; order && i < p->half; i++) {
        ptrdiff_t rest = i, from = 0;
        for (ptrdiff_t s = 0; s < p->stages; s++) {
            from = from * p->radix[s] + rest % p->radix[s];
            rest /= p->radix[s];
        }
        order[i] = (int16_t)from;
    }
    return order;
}

/* --- twiddles --- */

/* Numbers of the samples' type. */
struct twiddles {
    enum dtype type;
    void *data;
    size_t count;
};

static void add_number(struct twiddles *twiddles, double x) {
    size_t i = twiddles->count++;
    switch (twiddles->type) {
    case DTYPE_INT16:
        ((int16_t *)twiddles->data)[i] = (int16_t)floor(0.5 + INT16_MAX * x);
        break;
    case DTYPE_INT32:
        ((int32_t *)twiddles->data)[i] = (int32_t)floor(0.5 + INT32_MAX * x);
        break;
    default:
        ((float *)twiddles->data)[i] = (float)x;
        break;
    }
}

static void add_twiddle(struct twiddles *twiddles, double turns) {
    const double phase = -2 * 3.14159265358979323846264338327 * turns;
    add_number(twiddles, cos(phase));
    add_number(twiddles, sin(phase));
}

static bool make_twiddles(struct context *context, ptrdiff_t half, bool inverse,
                          struct twiddles *twiddles) {
    const double sign = inverse ? -1 : 1;
    size_t count = (size_t)(half + half / 2) * 2;
    twiddles->count = 0;
    twiddles->data = context_alloc(context, count, dtype_size(twiddles->type));
    for (ptrdiff_t i = 0; twiddles->data && i < half; i++) {
        add_twiddle(twiddles, sign * (double)i / (double)half);
    }
    for (ptrdiff_t i = 0; twiddles->data && i < half / 2; i++) {
        add_twiddle(twiddles,
                    sign * ((double)(i + 1) / (double)half + 0.5) / 2);
    }
    return twiddles->data != NULL;
}

bool fft_lower(struct lowering *lowering, const struct fft_kernels *kernels,
               int32_t samples, bool inverse) {
    const struct node *node = lowering->node;
    const struct fft_attributes *attributes = node->attributes;
    struct tensor *input = node->input[0];
    struct call *call =
        lower_call(lowering, input->type == DTYPE_INT16   ? kernels->s16
                             : input->type == DTYPE_INT32 ? kernels->s32
                                                          : kernels->f32);
    if (!call) {
        return false;
    }
    mf_signal_rfft *p = call->params;
    p->samples = samples;
    p->batches = (ptrdiff_t)signal_batches(input);
    p->half = attributes->fft_length / 2;
    set_stages(p);
    struct twiddles twiddles = {.type = input->type};
    const int16_t *order = make_order(lowering->context, p);
    if (!order ||
        !make_twiddles(lowering->context, p->half, inverse, &twiddles)) {
        return false;
    }
    call_input(call, "input", input);
    call_table(call, "order", DTYPE_INT16, order, (size_t)p->half);
    call_table(call, "twiddles", input->type, twiddles.data, twiddles.count);
    call_scratch(call, input->type);
    call_output(call, node->output[0]);
    return true;
}
