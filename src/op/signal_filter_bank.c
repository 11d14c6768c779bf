/* SignalFilterBank: energies as channels of a bank of triangles. */
#include <inttypes.h>

#include "mf_signal_filter_bank.h"
#include "op/op.h"
#include "op/signal.h"

struct attributes {
    int32_t num_channels;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, num_channels), FIELD_END};

static bool read_options(struct context *context, struct flexbuffer *options,
                         struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->num_channels = flex_i32(options, "num_channels", 0);
    return true;
}

enum { INPUT, WEIGHTS, UNWEIGHTS, FREQUENCY_STARTS, WEIGHT_STARTS, WIDTHS };

static const char *const names[] = {"input",         "weights",
                                    "unweights",     "frequency starts",
                                    "weight starts", "widths"};

static int64_t list_at(const struct node *node, int i, int32_t c) {
    return ((const int16_t *)node->input[i]->data)[c];
}

/* What channel c reads lies inside the input and the weights, and its sums are
 * below 2^63. */
static bool check_channel(struct context *context, const struct node *node,
                          int32_t c) {
    int64_t from = list_at(node, FREQUENCY_STARTS, c);
    int64_t weight = list_at(node, WEIGHT_STARTS, c);
    int64_t width = list_at(node, WIDTHS, c);
    int64_t inputs = shape_count(&node->input[INPUT]->shape);
    int64_t weights = shape_count(&node->input[WEIGHTS]->shape);
    enum { WIDTH_LIMIT = 1 << 14 };
    if (width > WIDTH_LIMIT) {
        return node_fail(context, node,
                         "channel %" PRId32 " is %" PRId64
                         " wide, at most %d are allowed",
                         c, width, WIDTH_LIMIT);
    }
    if (width > 0 && (from < 0 || from + width > inputs || weight < 0 ||
                      weight + width > weights)) {
        return node_fail(context, node,
                         "channel %" PRId32 " takes %" PRId64
                         " energies from %" PRId64 " and weights from %" PRId64
                         ", there are %" PRId64 " and %" PRId64,
                         c, width, from, weight, inputs, weights);
    }
    return true;
}

static bool infer(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    int32_t channels = attributes->num_channels;
    if (!signal_option(context, node, "num_channels", channels, 1, INT16_MAX) ||
        !op_type(context, node, node->input[INPUT], "input",
                 TYPE_BIT(DTYPE_UINT32)) ||
        !signal_tensor(context, node, node->output[0], "output", DTYPE_UINT64,
                       channels)) {
        return false;
    }
    int64_t weights = shape_count(&node->input[WEIGHTS]->shape);
    for (int i = WEIGHTS; i <= WIDTHS; i++) {
        int64_t count = i < FREQUENCY_STARTS ? weights : (int64_t)channels + 1;
        if (!signal_tensor(context, node, node->input[i], names[i], DTYPE_INT16,
                           count) ||
            !op_constant(context, node, node->input[i], names[i])) {
            return false;
        }
    }
    for (int32_t c = 0; c <= channels; c++) {
        if (!check_channel(context, node, c)) {
            return false;
        }
    }
    return true;
}

static uint64_t count_steps(const struct node *node) {
    uint64_t steps = 0;
    for (int32_t c = 0; c < shape_count(&node->input[WIDTHS]->shape); c++) {
        int64_t width = list_at(node, WIDTHS, c);
        steps += width > 0 ? (uint64_t)width : 0;
    }
    return 2 * steps;
}

static const struct field param_fields[] = {
    FIELD(mf_signal_filter_bank, INDEX, channels), FIELD_END};

static void run(const void *params, void *const operand[]) {
    mf_signal_filter_bank_s64(params, operand[0], operand[1], operand[2],
                              operand[3], operand[4], operand[5], operand[6]);
}

static const struct kernel kernel = {
    .name = "mf_signal_filter_bank_s64",
    .header = "mf_signal_filter_bank.h",
    .params = "mf_signal_filter_bank",
    .params_size = sizeof(mf_signal_filter_bank),
    .fields = param_fields,
    .run = run,
};

static bool lower(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const mf_signal_filter_bank params = {.channels = attributes->num_channels};
    struct call *call = signal_call(lowering, &kernel, &params);
    if (!call) {
        return false;
    }
    static const char *const roles[] = {"input",  "weights",       "unweights",
                                        "starts", "weight_starts", "widths"};
    for (int i = WEIGHTS; i <= WIDTHS; i++) {
        call_input(call, roles[i], node->input[i]);
        call_loaded(call);
    }
    call_output(call, node->output[0]);
    call_as(call, DTYPE_INT64);
    return true;
}

const struct op_def op_signal_filter_bank = {
    .name = "SignalFilterBank",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_UINT32),
    .notes = "constant filters; to uint64",
    .inputs = {6, 6},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_options,
    .infer = infer,
    .lower = lower,
    .macs = count_steps,
};
