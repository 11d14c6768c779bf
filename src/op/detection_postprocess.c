/* TFLite_Detection_PostProcess: boxes, classes and scores of an object
 * detector, after non-maximum suppression.
 *
 * Inputs: box encodings, class predictions, anchors; outputs: boxes, classes,
 * scores, and how many there are. */
#include "mf_detection_postprocess.h"

#include <inttypes.h>

#include "op/op.h"

struct attributes {
    ptrdiff_t max_detections, max_classes_per_detection, detections_per_class;
    ptrdiff_t num_classes, use_regular_nms;
    float score_threshold, iou_threshold;
    float y_scale, x_scale, h_scale, w_scale;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, max_detections),
    FIELD(struct attributes, INDEX, max_classes_per_detection),
    FIELD(struct attributes, INDEX, detections_per_class),
    FIELD(struct attributes, INDEX, num_classes),
    FIELD(struct attributes, INDEX, use_regular_nms),
    FIELD(struct attributes, FLOAT, score_threshold),
    FIELD(struct attributes, FLOAT, iou_threshold),
    FIELD(struct attributes, FLOAT, y_scale),
    FIELD(struct attributes, FLOAT, x_scale),
    FIELD(struct attributes, FLOAT, h_scale),
    FIELD(struct attributes, FLOAT, w_scale),
    FIELD_END};

static bool read_detection(struct context *context, struct flexbuffer *options,
                           struct node *node) {
    (void)context;
    struct attributes *a = node->attributes;
    a->max_detections = flex_i32(options, "max_detections", 0);
    a->max_classes_per_detection =
        flex_i32(options, "max_classes_per_detection", 0);
    a->detections_per_class = flex_i32(options, "detections_per_class", 100);
    a->num_classes = flex_i32(options, "num_classes", 0);
    a->use_regular_nms = flex_bool(options, "use_regular_nms", false);
    a->score_threshold = flex_f32(options, "nms_score_threshold", 0);
    a->iou_threshold = flex_f32(options, "nms_iou_threshold", 0);
    a->y_scale = flex_f32(options, "y_scale", 0);
    a->x_scale = flex_f32(options, "x_scale", 0);
    a->h_scale = flex_f32(options, "h_scale", 0);
    a->w_scale = flex_f32(options, "w_scale", 0);
    return true;
}

static bool check_counts(struct context *context, const struct node *node) {
    const struct attributes *a = node->attributes;
    const struct {
        const char *name;
        ptrdiff_t value;
    } counts[] = {{"max_detections", a->max_detections},
                  {"max_classes_per_detection", a->max_classes_per_detection},
                  {"detections_per_class", a->detections_per_class},
                  {"num_classes", a->num_classes}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (counts[i].value < 1 || counts[i].value > INT16_MAX) {
            return node_fail(context, node,
                             "%s is %td, it must lie within 1..%d",
                             counts[i].name, counts[i].value, INT16_MAX);
        }
    }
    /* The reference writes past its outputs then. */
    if (!a->use_regular_nms && a->max_classes_per_detection > 1 &&
        a->num_classes > 1) {
        return node_fail(context, node,
                         "max_classes_per_detection is %td, without "
                         "use_regular_nms it must be 1",
                         a->max_classes_per_detection);
    }
    return true;
}

static bool check_numbers(struct context *context, const struct node *node) {
    const struct attributes *a = node->attributes;
    if (!(a->iou_threshold > 0 && a->iou_threshold <= 1)) {
        return node_fail(context, node,
                         "nms_iou_threshold is %g, it must be over 0 and at "
                         "most 1",
                         (double)a->iou_threshold);
    }
    const struct {
        const char *name;
        float value;
    } scales[] = {{"y_scale", a->y_scale},
                  {"x_scale", a->x_scale},
                  {"h_scale", a->h_scale},
                  {"w_scale", a->w_scale}};
    for (int i = 0; i < 4; i++) {
        if (!isfinite(scales[i].value) || scales[i].value == 0) {
            return node_fail(context, node,
                             "%s is %g, it must be finite and not 0",
                             scales[i].name, (double)scales[i].value);
        }
    }
    return isfinite(a->score_threshold) ||
           node_fail(context, node, "nms_score_threshold is not finite");
}

static bool check_inputs(struct context *context, const struct node *node) {
    const struct attributes *a = node->attributes;
    static const char *const names[] = {"box encodings", "class predictions",
                                        "anchors"};
    for (int i = 0; i < 3; i++) {
        const int rank = i < 2 ? 3 : 2;
        if (!op_type(context, node, node->input[i], names[i],
                     node->op->types) ||
            !op_rank(context, node, node->input[i], names[i], rank, rank)) {
            return false;
        }
    }
    const int32_t *boxes = node->input[0]->shape.dim;
    const int32_t *scores = node->input[1]->shape.dim;
    const int32_t *anchors = node->input[2]->shape.dim;
    const ptrdiff_t background = scores[2] - a->num_classes;
    if (boxes[0] != 1 || scores[0] != 1 || boxes[2] < 4 ||
        scores[1] != boxes[1] || anchors[0] != boxes[1] || anchors[1] != 4 ||
        background < 0 || background > 1) {
        char text[3][SHAPE_TEXT];
        return node_fail(context, node,
                         "inputs are %s, %s and %s, they must be 1xNx4 or "
                         "more, 1xNx%td or one more, and Nx4",
                         shape_text(&node->input[0]->shape, text[0]),
                         shape_text(&node->input[1]->shape, text[1]),
                         shape_text(&node->input[2]->shape, text[2]),
                         a->num_classes);
    }
    return true;
}

static bool check_outputs(struct context *context, const struct node *node) {
    const struct attributes *a = node->attributes;
    const int64_t slots = shape_count(&node->output[1]->shape);
    const int64_t counts[] = {4 * slots, slots, slots, 1};
    for (int i = 0; i < 4; i++) {
        const struct tensor *output = node->output[i];
        if (!op_type(context, node, output, "output", node->op->types)) {
            return false;
        }
        if (shape_count(&output->shape) != counts[i] ||
            slots < a->max_detections) {
            char text[SHAPE_TEXT];
            return node_fail(context, node,
                             "output %d is declared %s, the outputs must have "
                             "Nx4, N, N and 1 values, N at least %td",
                             i, shape_text(&output->shape, text),
                             a->max_detections);
        }
    }
    return true;
}

static bool infer_detection(struct context *context, struct node *node) {
    return check_counts(context, node) && check_numbers(context, node) &&
           check_inputs(context, node) && check_outputs(context, node);
}

enum { SCRATCH_FLOATS = 7 }; /* a box */

static void memory_detection(const struct node *node,
                             struct op_memory *memory) {
    memory->scratch =
        (size_t)node->input[0]->shape.dim[1] * SCRATCH_FLOATS * sizeof(float);
}

/* Every detection looks at every box. */
static uint64_t count_steps(const struct node *node) {
    const struct attributes *a = node->attributes;
    const uint64_t boxes = (uint64_t)node->input[0]->shape.dim[1];
    return a->use_regular_nms ? boxes * (uint64_t)a->num_classes *
                                    (uint64_t)a->detections_per_class
                              : boxes * (uint64_t)a->max_detections;
}

static const struct field param_fields[] = {
    FIELD(mf_detection_postprocess, INDEX, boxes),
    FIELD(mf_detection_postprocess, INDEX, coordinates),
    FIELD(mf_detection_postprocess, INDEX, classes),
    FIELD(mf_detection_postprocess, INDEX, label_offset),
    FIELD(mf_detection_postprocess, INDEX, slots),
    FIELD(mf_detection_postprocess, INDEX, max_detections),
    FIELD(mf_detection_postprocess, INDEX, detections_per_class),
    FIELD(mf_detection_postprocess, FLOAT, score_threshold),
    FIELD(mf_detection_postprocess, FLOAT, iou_threshold),
    FIELD(mf_detection_postprocess, FLOAT, y_scale),
    FIELD(mf_detection_postprocess, FLOAT, x_scale),
    FIELD(mf_detection_postprocess, FLOAT, h_scale),
    FIELD(mf_detection_postprocess, FLOAT, w_scale),
    FIELD_END};

static void run_fast(const void *params, void *const operand[]) {
    mf_detection_postprocess_fast(params, operand[0], operand[1], operand[2],
                                  operand[3], operand[4], operand[5],
                                  operand[6], operand[7]);
}

static void run_regular(const void *params, void *const operand[]) {
    mf_detection_postprocess_regular(params, operand[0], operand[1], operand[2],
                                     operand[3], operand[4], operand[5],
                                     operand[6], operand[7]);
}

static const struct kernel kernel_fast = {
    .name = "mf_detection_postprocess_fast",
    .header = "mf_detection_postprocess.h",
    .params = "mf_detection_postprocess",
    .params_size = sizeof(mf_detection_postprocess),
    .fields = param_fields,
    .run = run_fast,
};

static const struct kernel kernel_regular = {
    .name = "mf_detection_postprocess_regular",
    .header = "mf_detection_postprocess.h",
    .params = "mf_detection_postprocess",
    .params_size = sizeof(mf_detection_postprocess),
    .fields = param_fields,
    .run = run_regular,
};

static bool lower_detection(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *a = node->attributes;
    struct call *call = lower_call(
        lowering, a->use_regular_nms ? &kernel_regular : &kernel_fast);
    if (!call) {
        return false;
    }
    *(mf_detection_postprocess *)call->params = (mf_detection_postprocess){
        .boxes = node->input[0]->shape.dim[1],
        .coordinates = node->input[0]->shape.dim[2],
        .classes = a->num_classes,
        .label_offset = node->input[1]->shape.dim[2] - a->num_classes,
        .slots = (ptrdiff_t)shape_count(&node->output[1]->shape),
        .max_detections = a->max_detections,
        .detections_per_class = a->detections_per_class,
        .score_threshold = a->score_threshold,
        .iou_threshold = a->iou_threshold,
        .y_scale = a->y_scale,
        .x_scale = a->x_scale,
        .h_scale = a->h_scale,
        .w_scale = a->w_scale,
    };
    call_input(call, "encodings", node->input[0]);
    call_input(call, "predictions", node->input[1]);
    call_input(call, "anchors", node->input[2]);
    call_scratch(call, DTYPE_FLOAT32);
    for (int i = 0; i < 4; i++) {
        call_output(call, node->output[i]);
    }
    return true;
}

const struct op_def op_detection_postprocess = {
    .name = "TFLite_Detection_PostProcess",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types = TYPE_BIT(DTYPE_FLOAT32),
    .notes = "one class a box, or use_regular_nms",
    .inputs = {3, 3},
    .outputs = {4, 4},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read_custom = read_detection,
    .infer = infer_detection,
    .memory = memory_detection,
    .lower = lower_detection,
    .steps = count_steps,
};
