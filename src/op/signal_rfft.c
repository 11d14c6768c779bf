/* SignalRfft: the spectrum of samples of 16 bits, by the reference's
 * fixed-point transform of a length that is a power of two. */
#include "mf_signal_rfft.h"

#include <math.h>

#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t type; /* of the samples, as the schema numbers it */
    int32_t fft_length;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, type),
    FIELD(struct attributes, INT32, fft_length), FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->type = flex_i32(options, "T", DTYPE_INT16);
    attributes->fft_length = flex_i32(options, "fft_length", 0);
    return true;
}

enum { MIN_LENGTH = 4, MAX_LENGTH = 1 << 15 };

static bool infer(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    int32_t length = attributes->fft_length;
    if (attributes->type != DTYPE_INT16) {
        return node_fail(context, node, "T is %s, allowed: INT16",
                         dtype_name((enum dtype)attributes->type));
    }
    if (!op_type(context, node, input, "input", node->op->types) ||
        !op_rank(context, node, input, "input", 1, MAX_RANK) ||
        !op_same_type(context, node, node->output[0], "output", input,
                      "input")) {
        return false;
    }
    if (length < MIN_LENGTH || length > MAX_LENGTH ||
        (length & (length - 1)) != 0) {
        return node_fail(context, node,
                         "fft_length is %d, it must be a power of two from %d "
                         "to %d",
                         (int)length, MIN_LENGTH, MAX_LENGTH);
    }
    if (signal_length(input) > length) {
        return node_fail(context, node,
                         "there are %d samples, fft_length is %d",
                         (int)signal_length(input), (int)length);
    }
    struct shape shape = input->shape;
    shape.dim[shape.rank - 1] = length + 2;
    return op_output_shape(context, node, 0, &shape);
}

static void memory(const struct node *node, struct op_memory *memory) {
    const struct attributes *attributes = node->attributes;
    memory->scratch = (size_t)attributes->fft_length * sizeof(int16_t);
}

static uint64_t count_steps(const struct node *node) {
    return 16 * (uint64_t)shape_count(&node->output[0]->shape);
}

static const struct field param_fields[] = {
    FIELD(mf_signal_rfft, INDEX, batches),
    FIELD(mf_signal_rfft, INDEX, samples),
    FIELD(mf_signal_rfft, INDEX, half),
    FIELD(mf_signal_rfft, INDEX, stages),
    FIELD_ARRAY(mf_signal_rfft, INDEX, radix, 8),
    FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_rfft_s16(params, operand[0], operand[1], operand[2], operand[3],
                       operand[4]);
}

static const struct kernel kernel = {
    .name = "mf_signal_rfft_s16",
    .header = "mf_signal_rfft.h",
    .params = "mf_signal_rfft",
    .params_size = sizeof(mf_signal_rfft),
    .fields = param_fields,
    .run = run,
};

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

static void set_twiddle(int16_t *twiddle, double turns) {
    const double phase = -2 * 3.14159265358979323846264338327 * turns;
    twiddle[0] = (int16_t)floor(0.5 + 32767 * cos(phase));
    twiddle[1] = (int16_t)floor(0.5 + 32767 * sin(phase));
}

static int16_t *make_twiddles(struct context *context, ptrdiff_t half,
                              size_t *count) {
    *count = (size_t)(half + half / 2) * 2;
    int16_t *twiddles = CONTEXT_NEW(context, int16_t, *count);
    for (ptrdiff_t i = 0; twiddles && i < half; i++) {
        set_twiddle(twiddles + 2 * i, (double)i / (double)half);
    }
    for (ptrdiff_t i = 0; twiddles && i < half / 2; i++) {
        set_twiddle(twiddles + 2 * (half + i),
                    ((double)(i + 1) / (double)half + 0.5) / 2);
    }
    return twiddles;
}

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    struct call *call = lower_call(lowering, &kernel);
    if (!call) {
        return false;
    }
    mf_signal_rfft *p = call->params;
    p->samples = signal_length(input);
    p->batches = (ptrdiff_t)shape_count(&input->shape) / p->samples;
    p->half = attributes->fft_length / 2;
    set_stages(p);
    size_t count;
    const int16_t *order = make_order(lowering->context, p);
    const int16_t *twiddles = make_twiddles(lowering->context, p->half, &count);
    if (!order || !twiddles) {
        return false;
    }
    call_input(call, "input", node->input[0]);
    call_table(call, "order", DTYPE_INT16, order, (size_t)p->half);
    call_table(call, "twiddles", DTYPE_INT16, twiddles, count);
    call_scratch(call, DTYPE_INT16);
    call_output(call, node->output[0]);
    return true;
}

const struct op_def op_signal_rfft = {
    .name = "SignalRfft",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_INT16),
    .notes = "a length that is a power of two",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .memory = memory,
    .lower = lower,
    .steps = count_steps,
};
