/* UNIDIRECTIONAL_SEQUENCE_LSTM: a layer of long short-term memory over a
 * sequence, whose hidden and cell states are variable tensors.
 *
 * What the reference takes: no peepholes, no projection, no normalisation, no
 * coupled gates; INT8 or INT16 data with weights of INT8 and a cell state of
 * INT16, or all in FLOAT32. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "mf_lstm.h"
#include "mf_lstm_float.h"
#include "op/op.h"
#include "op/quantize.h"
#include "op/sigmoid.h"

struct attributes {
    float cell_clip;
    ptrdiff_t time_major;
    ptrdiff_t diagonal;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, FLOAT, cell_clip),
    FIELD(struct attributes, INDEX, time_major), FIELD_END};

/* UnidirectionalSequenceLSTMOptions: fused_activation_function, cell_clip,
 * proj_clip (of a projection alone), time_major, asymmetric_quantize_inputs
 * (hybrid models only), diagonal_recurrent_tensors. */
static bool read_lstm(struct context *context, const struct fb_table *options,
                      struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    node->activation = (enum activation)fb_i8(options, 0, 0);
    attributes->cell_clip = fb_f32(options, 1, 0);
    attributes->time_major = fb_bool(options, 3, false);
    attributes->diagonal = fb_bool(options, 5, false);
    return true;
}

/* --- inputs --- */

/* Gates in the order of the kernel, as the file numbers them: input, forget,
 * cell, output. */
enum { GATES = 4 };
static const int file_gate[GATES] = {1, 0, 2, 3};

enum {
    INPUT = 0,
    INPUT_WEIGHTS = 1,
    HIDDEN_WEIGHTS = 5,
    PEEPHOLES = 9,
    BIASES = 12,
    PROJECTION = 16,
    HIDDEN = 18,
    CELL = 19,
    NORMALISATION = 20,
    INPUTS = 24
};

struct sizes {
    int32_t batches, steps, inputs, units;
};

static struct sizes sizes_of(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct shape *input = &node->input[INPUT]->shape;
    return (struct sizes){.batches = input->dim[attributes->time_major ? 1 : 0],
                          .steps = input->dim[attributes->time_major ? 0 : 1],
                          .inputs = input->dim[2],
                          .units =
                              node->input[INPUT_WEIGHTS + 1]->shape.dim[0]};
}

static const char *weights_name(int i) {
    static const char *const names[2 * GATES] = {
        "input-to-input weights",     "input-to-forget weights",
        "input-to-cell weights",      "input-to-output weights",
        "recurrent-to-input weights", "recurrent-to-forget weights",
        "recurrent-to-cell weights",  "recurrent-to-output weights"};
    return names[i - INPUT_WEIGHTS];
}

static const char *bias_name(int i) {
    static const char *const names[GATES] = {
        "input gate bias", "forget gate bias", "cell bias", "output gate bias"};
    return names[i - BIASES];
}

/* --- inference --- */

static bool refuse_inputs(struct context *context, const struct node *node,
                          int first, int count, const char *what) {
    for (int i = first; i < first + count; i++) {
        if (op_input(node, i)) {
            return node_fail(context, node, "%s (input %d) is not supported",
                             what, i);
        }
    }
    return true;
}

static bool infer_variant(struct context *context, const struct node *node) {
    const struct attributes *attributes = node->attributes;
    if (!refuse_inputs(context, node, PEEPHOLES, 3, "a peephole") ||
        !refuse_inputs(context, node, PROJECTION, 2, "a projection") ||
        !refuse_inputs(context, node, NORMALISATION, 4,
                       "layer normalisation")) {
        return false;
    }
    if (attributes->diagonal) {
        return node_fail(context, node,
                         "diagonal recurrent tensors are not supported");
    }
    if (node->activation != ACTIVATION_TANH) {
        return node_fail(context, node,
                         "fused activation is %d, allowed: TANH (%d)",
                         (int)node->activation, ACTIVATION_TANH);
    }
    if (!(attributes->cell_clip >= 0)) {
        return node_fail(context, node,
                         "cell clip is %.9g, it must be at least 0",
                         (double)attributes->cell_clip);
    }
    return true;
}

static bool infer_types(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[INPUT];
    bool is_float = input->type == DTYPE_FLOAT32;
    uint32_t weights = TYPE_BIT(is_float ? DTYPE_FLOAT32 : DTYPE_INT8);
    uint32_t bias = TYPE_BIT(is_float                    ? DTYPE_FLOAT32
                             : input->type == DTYPE_INT8 ? DTYPE_INT32
                                                         : DTYPE_INT64);
    bool ok =
        op_type(context, node, input, "input", node->op->types) &&
        op_same_type(context, node, node->input[HIDDEN], "hidden state", input,
                     "input") &&
        op_type(context, node, node->input[CELL], "cell state",
                TYPE_BIT(is_float ? DTYPE_FLOAT32 : DTYPE_INT16)) &&
        op_same_type(context, node, node->output[0], "output", input, "input");
    for (int i = INPUT_WEIGHTS; ok && i < PEEPHOLES; i++) {
        ok = op_type(context, node, node->input[i], weights_name(i), weights) &&
             op_constant(context, node, node->input[i], weights_name(i));
    }
    for (int i = BIASES; ok && i < PROJECTION; i++) {
        ok = op_type(context, node, node->input[i], bias_name(i), bias) &&
             op_constant(context, node, node->input[i], bias_name(i));
    }
    return ok;
}

static bool infer_shapes(struct context *context, const struct node *node) {
    if (!op_rank(context, node, node->input[INPUT], "input", 3, 3) ||
        !op_rank(context, node, node->input[INPUT_WEIGHTS + 1],
                 weights_name(INPUT_WEIGHTS + 1), 2, 2)) {
        return false;
    }
    struct sizes n = sizes_of(node);
    bool ok = true;
    for (int i = INPUT_WEIGHTS; ok && i < PEEPHOLES; i++) {
        ok = op_matrix(context, node, node->input[i], weights_name(i), n.units,
                       i < HIDDEN_WEIGHTS ? n.inputs : n.units);
    }
    for (int i = BIASES; ok && i < PROJECTION; i++) {
        ok = op_count(context, node, node->input[i], bias_name(i), n.units);
    }
    int64_t states = (int64_t)n.batches * n.units;
    struct shape shape = node->input[INPUT]->shape;
    shape.dim[2] = n.units;
    return ok &&
           op_count(context, node, node->input[HIDDEN], "hidden state",
                    states) &&
           op_count(context, node, node->input[CELL], "cell state", states) &&
           op_output_shape(context, node, 0, &shape);
}

/* The reference takes the cell's scale for the power of two next to it. */
static int cell_exponent(const struct node *node) {
    float scale = node->input[CELL]->quantization.scale[0];
    return (int)roundf(logf(scale) * (1.0f / logf(2.0f)));
}

enum { CELL_EXPONENT_MIN = -30, CELL_EXPONENT_MAX = 1 };

static bool infer_quantization(struct context *context,
                               const struct node *node) {
    const struct tensor *input = node->input[INPUT], *cell = node->input[CELL];
    const struct tensor *hidden = node->input[HIDDEN];
    bool (*check)(struct context *, const struct node *, const struct tensor *,
                  const char *) =
        input->type == DTYPE_INT16 ? op_symmetric : op_per_tensor;
    bool ok = check(context, node, input, "input") &&
              check(context, node, hidden, "hidden state") &&
              op_symmetric(context, node, cell, "cell state");
    for (int i = INPUT_WEIGHTS; ok && i < PEEPHOLES; i++) {
        ok = op_symmetric(context, node, node->input[i], weights_name(i));
    }
    if (ok && (cell_exponent(node) < CELL_EXPONENT_MIN ||
               cell_exponent(node) > CELL_EXPONENT_MAX)) {
        ok = node_fail(context, node,
                       "cell state has scale %.9g, allowed: 2^%d to 2^%d",
                       (double)cell->quantization.scale[0], CELL_EXPONENT_MIN,
                       CELL_EXPONENT_MAX);
    }
    return ok;
}

static bool infer_lstm(struct context *context, struct node *node) {
    if (!infer_variant(context, node) || !infer_types(context, node) ||
        !infer_shapes(context, node)) {
        return false;
    }
    if (!node->input[HIDDEN]->is_variable || !node->input[CELL]->is_variable ||
        node->input[HIDDEN] == node->input[CELL]) {
        return node_fail(context, node,
                         "hidden and cell state are not two variable tensors");
    }
    return node->input[INPUT]->type == DTYPE_FLOAT32 ||
           infer_quantization(context, node);
}

static uint64_t macs_lstm(const struct node *node) {
    struct sizes n = sizes_of(node);
    return (uint64_t)n.batches * (uint64_t)n.steps * GATES * (uint64_t)n.units *
           (uint64_t)((int64_t)n.inputs + n.units);
}

/* --- parameters --- */

#define SIZE_FIELDS(type)                                                      \
    FIELD(type, INDEX, batches), FIELD(type, INDEX, steps),                    \
        FIELD(type, INDEX, inputs), FIELD(type, INDEX, units),                 \
        FIELD(type, INDEX, input_batch), FIELD(type, INDEX, input_step),       \
        FIELD(type, INDEX, output_batch), FIELD(type, INDEX, output_step)

static const struct field param_fields[] = {
    SIZE_FIELDS(mf_lstm),
    FIELD_ARRAY(mf_lstm, INT32, multiplier, 2 * GATES),
    FIELD_ARRAY(mf_lstm, INT32, shift, 2 * GATES),
    FIELD(mf_lstm, INT32, forget_multiplier),
    FIELD(mf_lstm, INT32, forget_shift),
    FIELD(mf_lstm, INT32, input_multiplier),
    FIELD(mf_lstm, INT32, input_shift),
    FIELD(mf_lstm, INT32, hidden_multiplier),
    FIELD(mf_lstm, INT32, hidden_shift),
    FIELD(mf_lstm, INT32, hidden_zero_point),
    FIELD(mf_lstm, INT32, cell_min),
    FIELD(mf_lstm, INT32, cell_max),
    FIELD(mf_lstm, INT32, tanh_multiplier),
    FIELD(mf_lstm, INT32, tanh_shift),
    FIELD_END};

static const struct field float_fields[] = {
    SIZE_FIELDS(mf_lstm_float), FIELD(mf_lstm_float, FLOAT, cell_min),
    FIELD(mf_lstm_float, FLOAT, cell_max), FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_lstm_s8(params, operand[0], operand[1], operand[2], operand[3],
               operand[4], operand[5], operand[6]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_lstm_s16(params, operand[0], operand[1], operand[2], operand[3],
                operand[4], operand[5], operand[6]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_lstm_f32(params, operand[0], operand[1], operand[2], operand[3],
                operand[4], operand[5]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_lstm_s8",
    .header = "mf_lstm.h",
    .params = "mf_lstm",
    .params_size = sizeof(mf_lstm),
    .fields = param_fields,
    .run = run_s8,
};

static const struct kernel kernel_s16 = {
    .name = "mf_lstm_s16",
    .header = "mf_lstm.h",
    .params = "mf_lstm",
    .params_size = sizeof(mf_lstm),
    .fields = param_fields,
    .run = run_s16,
};

static const struct kernel kernel_f32 = {
    .name = "mf_lstm_f32",
    .header = "mf_lstm_float.h",
    .params = "mf_lstm_float",
    .params_size = sizeof(mf_lstm_float),
    .fields = float_fields,
    .run = run_f32,
};

/* Strides from one batch and from one step to the next. */
struct strides {
    ptrdiff_t batch, step;
};

static struct strides strides_of(const struct node *node, int32_t depth) {
    const struct attributes *attributes = node->attributes;
    struct sizes n = sizes_of(node);
    if (attributes->time_major) {
        return (struct strides){depth, (ptrdiff_t)n.batches * depth};
    }
    return (struct strides){(ptrdiff_t)n.steps * depth, depth};
}

/* --- lowering --- */

/* Weights of `size` bytes an element as units x gates x (inputs + units). */
static void *pack_weights(struct context *context, const struct node *node,
                          size_t size) {
    struct sizes n = sizes_of(node);
    size_t units = (size_t)n.units, inputs = (size_t)n.inputs;
    char *packed =
        context_alloc(context, GATES * units * (inputs + units), size);
    size_t to = 0;
    for (size_t u = 0; packed && u < units; u++) {
        for (int g = 0; g < GATES; g++) {
            const char *input = node->input[INPUT_WEIGHTS + file_gate[g]]->data;
            const char *hidden =
                node->input[HIDDEN_WEIGHTS + file_gate[g]]->data;
            memcpy(packed + to, input + u * inputs * size, inputs * size);
            to += inputs * size;
            memcpy(packed + to, hidden + u * units * size, units * size);
            to += units * size;
        }
    }
    return packed;
}

/* The products of one row: data with a zero point by `count` weights, scaled to
 * Q3.12. */
struct product {
    const struct tensor *data;
    const struct tensor *weights;
    int32_t row, count;
    struct fixed_point scale;
};

static struct product product_of(const struct node *node, int gate,
                                 bool is_hidden, int32_t row) {
    struct sizes n = sizes_of(node);
    struct product product = {
        .data = node->input[is_hidden ? HIDDEN : INPUT],
        .weights = node->input[(is_hidden ? HIDDEN_WEIGHTS : INPUT_WEIGHTS) +
                               file_gate[gate]],
        .row = row,
        .count = is_hidden ? n.units : n.inputs};
    float scale = product.data->quantization.scale[0] *
                  product.weights->quantization.scale[0];
    product.scale = fixed_point_from(ldexp((double)scale, 12));
    return product;
}

/* The bias with the zero point folded in; false if sums could overflow. */
static bool fold(struct context *context, const struct node *node,
                 const struct product *product, int64_t *bias) {
    int64_t sum = 0, magnitude = 0;
    int64_t most = -(int64_t)dtype_min(product->data->type);
    const int8_t *weight = product->weights->data;
    for (int32_t i = 0; i < product->count; i++) {
        int64_t w = weight[(int64_t)product->row * product->count + i];
        sum += w;
        magnitude += w < 0 ? -w : w;
    }
    bool is_wide = product->data->type == DTYPE_INT16;
    int64_t limit = is_wide ? INT64_C(1) << 46 : INT32_MAX;
    if (*bias > limit || *bias < -limit) {
        return node_fail(context, node,
                         "a bias is %" PRId64 ", allowed: %" PRId64
                         " to %" PRId64,
                         *bias, -limit, limit);
    }
    *bias -= product->data->quantization.zero_point[0] * sum;
    magnitude = most * magnitude + (*bias < 0 ? -*bias : *bias);
    if (magnitude > (is_wide ? (INT64_C(1) << 47) - 1 : INT32_MAX)) {
        return node_fail(context, node,
                         "the accumulator of %s can reach %" PRId64
                         ", which does not fit",
                         product->weights->name, magnitude);
    }
    if (is_wide && product->scale.shift > 7) {
        return node_fail(context, node,
                         "%s are scaled by 2^%" PRId32 ", at most 2^7 is "
                         "allowed",
                         product->weights->name, product->scale.shift);
    }
    return is_wide || fixed_point_fits(context, node, product->scale, magnitude,
                                       "an accumulator");
}

static int64_t file_bias(const struct node *node, int gate, int32_t unit) {
    const struct tensor *bias = node->input[BIASES + file_gate[gate]];
    return tensor_int(bias, unit);
}

/* Biases as units x gates x 2; NULL if they cannot be. */
static int64_t *make_biases(struct context *context, const struct node *node) {
    struct sizes n = sizes_of(node);
    int64_t *biases =
        CONTEXT_NEW(context, int64_t, (size_t)n.units * 2 * GATES);
    for (int32_t u = 0; biases && u < n.units; u++) {
        for (int g = 0; g < GATES; g++) {
            int64_t *bias = biases + ((int64_t)u * GATES + g) * 2;
            struct product input = product_of(node, g, false, u);
            struct product hidden = product_of(node, g, true, u);
            bias[0] = file_bias(node, g, u);
            if (!fold(context, node, &input, &bias[0]) ||
                !fold(context, node, &hidden, &bias[1])) {
                return NULL;
            }
        }
    }
    return biases;
}

static bool add_biases(struct lowering *lowering, struct call *call,
                       const int64_t *biases, size_t count) {
    if (lowering->node->input[INPUT]->type == DTYPE_INT16) {
        call_table(call, "bias", DTYPE_INT64, biases, count);
        return true;
    }
    int32_t *narrow = CONTEXT_NEW(lowering->context, int32_t, count);
    for (size_t i = 0; narrow && i < count; i++) {
        narrow[i] = (int32_t)biases[i];
    }
    call_table(call, "bias", DTYPE_INT32, narrow, count);
    return narrow != NULL;
}

static void set_gates(const struct node *node, mf_lstm *p) {
    bool is_wide = node->input[INPUT]->type == DTYPE_INT16;
    for (int i = 0; i < 2 * GATES; i++) {
        struct fixed_point scale = product_of(node, i / 2, i % 2 == 1, 0).scale;
        p->multiplier[i] =
            is_wide ? fixed_point_narrow(scale.multiplier) : scale.multiplier;
        p->shift[i] = scale.shift;
    }
}

/* The factors between gates and states; false if they are out of range. */
static bool set_states(struct context *context, const struct node *node,
                       mf_lstm *p) {
    const struct attributes *attributes = node->attributes;
    const struct quantization *hidden = &node->input[HIDDEN]->quantization;
    double cell = (double)node->input[CELL]->quantization.scale[0];
    struct fixed_point forget = fixed_point_from(ldexp(cell, -15) / cell);
    struct fixed_point input = fixed_point_from(ldexp(1, -30) / cell);
    struct fixed_point output =
        fixed_point_from(ldexp(1, -30) / (double)hidden->scale[0]);
    p->forget_multiplier = forget.multiplier;
    p->forget_shift = forget.shift;
    p->input_multiplier = input.multiplier;
    p->input_shift = input.shift;
    p->hidden_multiplier = output.multiplier;
    p->hidden_shift = output.shift;
    p->hidden_zero_point = hidden->zero_point[0];
    p->cell_min = INT16_MIN;
    p->cell_max = INT16_MAX;
    if (attributes->cell_clip > 0) {
        double clip = (double)attributes->cell_clip / cell;
        p->cell_max = clip < INT16_MAX ? (int32_t)clip : INT16_MAX;
        p->cell_min = -p->cell_max;
    }
    int left = 12 + cell_exponent(node);
    p->tanh_multiplier = left < 0 ? 3 : 3 * ((int32_t)1 << left);
    p->tanh_shift = left < 0 ? -left : 0;
    int64_t most = INT64_C(1) << 30;
    return fixed_point_fits(context, node, input, most,
                            "input gate by cell gate") &&
           fixed_point_fits(context, node, output, most,
                            "output gate by cell state");
}

static bool lower_integer(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct context *context = lowering->context;
    struct sizes n = sizes_of(node);
    size_t rows = (size_t)n.units * GATES;
    bool is_wide = node->input[INPUT]->type == DTYPE_INT16;
    void *weights = pack_weights(context, node, 1);
    int64_t *biases = make_biases(context, node);
    const int16_t *table = sigmoid_table(context);
    struct call *call =
        lower_call(lowering, is_wide ? &kernel_s16 : &kernel_s8);
    if (!weights || !biases || !table || !call) {
        return false;
    }
    struct strides in = strides_of(node, n.inputs);
    struct strides out = strides_of(node, n.units);
    mf_lstm *p = call->params;
    *p = (mf_lstm){.batches = n.batches,
                   .steps = n.steps,
                   .inputs = n.inputs,
                   .units = n.units,
                   .input_batch = in.batch,
                   .input_step = in.step,
                   .output_batch = out.batch,
                   .output_step = out.step};
    set_gates(node, p);
    call_input(call, "input", node->input[INPUT]);
    call_table(call, "weights", DTYPE_INT8, weights,
               rows * ((size_t)n.inputs + (size_t)n.units));
    if (!set_states(context, node, p) ||
        !add_biases(lowering, call, biases, rows * 2)) {
        return false;
    }
    call_table(call, "table", DTYPE_INT16, table, 256);
    call_variable(call, "hidden", node->input[HIDDEN]);
    call_variable(call, "cell", node->input[CELL]);
    call_output(call, node->output[0]);
    return true;
}

static bool lower_float(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    struct sizes n = sizes_of(node);
    size_t rows = (size_t)n.units * GATES;
    void *weights = pack_weights(lowering->context, node, sizeof(float));
    float *biases = CONTEXT_NEW(lowering->context, float, rows);
    struct call *call = lower_call(lowering, &kernel_f32);
    if (!weights || !biases || !call) {
        return false;
    }
    for (size_t i = 0; i < rows; i++) {
        const float *bias = node->input[BIASES + file_gate[i % GATES]]->data;
        biases[i] = bias[i / GATES];
    }
    struct strides in = strides_of(node, n.inputs);
    struct strides out = strides_of(node, n.units);
    bool clips = attributes->cell_clip > 0;
    *(mf_lstm_float *)call->params =
        (mf_lstm_float){.batches = n.batches,
                        .steps = n.steps,
                        .inputs = n.inputs,
                        .units = n.units,
                        .input_batch = in.batch,
                        .input_step = in.step,
                        .output_batch = out.batch,
                        .output_step = out.step,
                        .cell_min = clips ? -attributes->cell_clip : -INFINITY,
                        .cell_max = clips ? attributes->cell_clip : INFINITY};
    call_input(call, "input", node->input[INPUT]);
    call_table(call, "weights", DTYPE_FLOAT32, weights,
               rows * ((size_t)n.inputs + (size_t)n.units));
    call_table(call, "bias", DTYPE_FLOAT32, biases, rows);
    call_variable(call, "hidden", node->input[HIDDEN]);
    call_variable(call, "cell", node->input[CELL]);
    call_output(call, node->output[0]);
    return true;
}

static bool lower_lstm(struct lowering *lowering) {
    return lowering->node->input[INPUT]->type == DTYPE_FLOAT32
               ? lower_float(lowering)
               : lower_integer(lowering);
}

const struct op_def op_unidirectional_sequence_lstm = {
    .name = "UNIDIRECTIONAL_SEQUENCE_LSTM",
    .tflite_code = 44,
    .options_type = 71,
    .types =
        TYPE_BIT(DTYPE_FLOAT32) | TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16),
    .notes = "no peepholes, projection, normalisation or coupled gates; "
             "integers: weights of int8, cell state of int16",
    .inputs = {20, INPUTS},
    .outputs = {1, 1},
    .optional_inputs = 7u << PEEPHOLES | 3u << PROJECTION,
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_lstm,
    .infer = infer_lstm,
    .lower = lower_lstm,
    .macs = macs_lstm,
};
