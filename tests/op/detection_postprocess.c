/* TFLite_Detection_PostProcess against a slow model of it, which sorts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flex_map.h"
#include "model.h"
#include "random.h"
#include "reference.h"

enum { MOST_BOXES = 40, MOST_CLASSES = 5, MOST_SLOTS = 20 };

struct detector {
    int32_t boxes, coordinates, classes, background, slots;
    int32_t max_detections, per_class;
    bool is_regular;
    double score_threshold, iou_threshold, scale[4];
    float encodings[MOST_BOXES * 6];
    float predictions[MOST_BOXES * (MOST_CLASSES + 1)];
    float anchors[MOST_BOXES * 4];
    uint8_t options[FLEX_MAP_BYTES];
    size_t options_size;
};

static void write_options(struct detector *d) {
    const struct flex_entry entries[] = {
        {"detections_per_class", FLEX_INT, d->per_class},
        {"h_scale", FLEX_FLOAT, d->scale[2]},
        {"max_classes_per_detection", FLEX_INT, 1},
        {"max_detections", FLEX_INT, d->max_detections},
        {"nms_iou_threshold", FLEX_FLOAT, d->iou_threshold},
        {"nms_score_threshold", FLEX_FLOAT, d->score_threshold},
        {"num_classes", FLEX_INT, d->classes},
        {"use_regular_nms", FLEX_BOOL, d->is_regular},
        {"w_scale", FLEX_FLOAT, d->scale[3]},
        {"x_scale", FLEX_FLOAT, d->scale[1]},
        {"y_scale", FLEX_FLOAT, d->scale[0]}};
    d->options_size = flex_map(d->options, 4, entries, 11);
}

static struct detector random_detector(struct random *random) {
    struct detector d = {.boxes = random_int(random, 1, MOST_BOXES),
                         .coordinates = random_int(random, 4, 6),
                         .classes = random_int(random, 1, MOST_CLASSES),
                         .background = random_int(random, 0, 1),
                         .max_detections = random_int(random, 1, 15),
                         .per_class = random_int(random, 1, 6),
                         .is_regular = random_int(random, 0, 1),
                         .score_threshold = random_int(random, 0, 4) / 8.0,
                         .iou_threshold = random_int(random, 1, 8) / 8.0,
                         .scale = {10, 10, 5, 5}};
    d.slots = d.max_detections + random_int(random, 0, 5);
    for (int i = 0; i < d.boxes; i++) {
        float *e = d.encodings + i * d.coordinates, *a = d.anchors + 4 * i;
        random_fill_f32(random, e, (size_t)d.coordinates, -3, 3);
        random_fill_f32(random, a, 2, 0, 1);
        random_fill_f32(random, a + 2, 2, 0.1, 0.5);
    }
    /* Few scores, so that many are equal. */
    for (int i = 0; i < d.boxes * (d.classes + d.background); i++) {
        d.predictions[i] = (float)random_int(random, 0, 16) / 16;
    }
    write_options(&d);
    return d;
}

static struct test_op op_of(const struct detector *d) {
    return (struct test_op){
        .code = TFLITE_CUSTOM,
        .custom_code = "TFLite_Detection_PostProcess",
        .custom_options = d->options,
        .custom_options_size = d->options_size,
        .input = {{.type = TFLITE_TYPE_FLOAT32,
                   WRITER_SHAPE(1, d->boxes, d->coordinates)},
                  {.type = TFLITE_TYPE_FLOAT32,
                   WRITER_SHAPE(1, d->boxes, d->classes + d->background)},
                  {.type = TFLITE_TYPE_FLOAT32,
                   WRITER_SHAPE(d->boxes, 4),
                   .data = d->anchors}},
        .input_count = 3,
        .output = {{.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(1, d->slots, 4)},
                   {.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(1, d->slots)},
                   {.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(1, d->slots)},
                   {.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(1)}},
        .output_count = 4};
}

struct found {
    int32_t box, label;
    float score;
};

static void corners(const struct detector *d, int32_t i, float corner[4]) {
    const float *e = d->encodings + i * d->coordinates;
    const float *a = d->anchors + 4 * i;
    for (int axis = 0; axis < 2; axis++) {
        const double size = (double)a[2 + axis];
        const float centre =
            (float)((double)e[axis] / d->scale[axis] * size + (double)a[axis]);
        const float half =
            (float)(0.5 * exp((double)e[2 + axis] / d->scale[2 + axis]) * size);
        corner[axis] = centre - half;
        corner[2 + axis] = centre + half;
    }
}

static float overlap(const struct detector *d, int32_t i, int32_t k) {
    float a[4], b[4];
    corners(d, i, a);
    corners(d, k, b);
    const float area_a = (a[2] - a[0]) * (a[3] - a[1]);
    const float area_b = (b[2] - b[0]) * (b[3] - b[1]);
    const float height = fmaxf(fminf(a[2], b[2]) - fmaxf(a[0], b[0]), 0);
    const float width = fmaxf(fminf(a[3], b[3]) - fmaxf(a[1], b[1]), 0);
    return height * width / (area_a + area_b - height * width);
}

/* Sorts by descending score and keeps the order of equal ones. */
static void sort(struct found *found, int32_t count) {
    for (int32_t i = 1; i < count; i++) {
        for (int32_t k = i; k > 0 && found[k].score > found[k - 1].score; k--) {
            const struct found other = found[k];
            found[k] = found[k - 1];
            found[k - 1] = other;
        }
    }
}

/* Thins out candidates that are sorted; returns how many are left. */
static int32_t thin_out(const struct detector *d, struct found *found,
                        int32_t count, int32_t most) {
    int32_t kept = 0;
    for (int32_t i = 0; i < count && kept < most; i++) {
        bool stays = true;
        for (int32_t k = 0; k < kept; k++) {
            stays = stays && !(overlap(d, found[k].box, found[i].box) >
                               (float)d->iou_threshold);
        }
        if (stays) {
            found[kept++] = found[i];
        }
    }
    return kept;
}

static float score_of(const struct detector *d, int32_t box, int32_t label) {
    return d->predictions[box * (d->classes + d->background) + d->background +
                          label];
}

/* What class `label` alone gives; -1: the best class of each box. */
static int32_t detect(const struct detector *d, int32_t label, int32_t most,
                      struct found *found) {
    int32_t count = 0;
    for (int32_t i = 0; i < d->boxes; i++) {
        int32_t best = label < 0 ? 0 : label;
        for (int32_t c = 1; label < 0 && c < d->classes; c++) {
            best = score_of(d, i, c) > score_of(d, i, best) ? c : best;
        }
        if (score_of(d, i, best) >= (float)d->score_threshold) {
            found[count++] = (struct found){i, best, score_of(d, i, best)};
        }
    }
    sort(found, count);
    return thin_out(d, found, count, most);
}

static void check(struct random *random) {
    struct detector d = random_detector(random);
    struct found found[MOST_BOXES * MOST_CLASSES];
    int32_t count = 0;
    if (d.is_regular) {
        for (int32_t c = 0; c < d.classes; c++) {
            count += detect(&d, c, d.per_class, found + count);
        }
        sort(found, count);
        count = count < d.max_detections ? count : d.max_detections;
    } else {
        count = detect(&d, -1, d.max_detections, found);
    }
    struct test_op op = op_of(&d);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), d.encodings, model_input_size(model, 0));
    memcpy(model_input(model, 1), d.predictions, model_input_size(model, 1));
    model_run(model);
    assert_true(*(const float *)model_output(model, 3) == (float)count);
    for (int32_t i = 0; i < d.slots; i++) {
        const struct found none = {0}, *want = i < count ? &found[i] : &none;
        float corner[4] = {0};
        if (i < count) {
            corners(&d, want->box, corner);
        }
        const float *boxes = model_output(model, 0);
        const float *classes = model_output(model, 1);
        const float *scores = model_output(model, 2);
        assert_memory_equal(boxes + 4 * i, corner, sizeof corner);
        assert_true(classes[i] == (float)want->label);
        assert_true(scores[i] == want->score);
    }
    model_free(model);
}

static void test_random(void **state) {
    (void)state;
    struct random random = {51};
    for (int trial = 0; trial < 400; trial++) {
        check(&random);
    }
}

/* Numbers that are none, or infinite, lead nowhere. */
static void test_nan(void **state) {
    (void)state;
    struct random random = {52};
    for (int trial = 0; trial < 50; trial++) {
        struct detector d = random_detector(&random);
        struct test_op op = op_of(&d);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        for (int k = 0; k < 2; k++) {
            float *x = model_input(model, k);
            for (size_t i = 0; i < model_input_size(model, k) / 4; i++) {
                const int which = random_int(&random, 0, 3);
                x[i] = which == 0   ? NAN
                       : which == 1 ? INFINITY
                                    : random_float(&random, -1e30, 1e30);
            }
        }
        model_run(model);
        const float *classes = model_output(model, 1);
        for (int32_t i = 0; i < d.slots; i++) {
            assert_true(classes[i] >= 0 && classes[i] < (float)d.classes);
        }
        model_free(model);
    }
}

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct random random = {53};                                           \
        struct detector d = random_detector(&random);                          \
        d.boxes = 8;                                                           \
        d.coordinates = 4;                                                     \
        d.classes = 3;                                                         \
        d.background = 1;                                                      \
        d.max_detections = d.slots = 5;                                        \
        struct test_op op;                                                     \
        change;                                                                \
        op_expect_message(                                                     \
            &op, "op 0 CUSTOM:TFLite_Detection_PostProcess \"output\""         \
                 ": " text);                                                   \
    } while (0)
#define MAKE (write_options(&d), op = op_of(&d))

static void test_bad(void **state) {
    (void)state;
    EXPECT((d.max_detections = 0, MAKE),
           "max_detections is 0, it must lie within 1..32767");
    EXPECT((d.iou_threshold = 0, MAKE),
           "nms_iou_threshold is 0, it must be over 0 and at most 1");
    EXPECT((d.scale[2] = 0, MAKE), "h_scale is 0, it must be finite and not 0");
    EXPECT((MAKE, op.input[1].dims[2] = 5),
           "inputs are 1x8x4, 1x8x5 and 8x4, they must be 1xNx4 or more, 1xNx3 "
           "or one more, and Nx4");
    EXPECT((MAKE, op.output[0].dims[1] = 4),
           "output 0 is declared 1x4x4, the outputs must have Nx4, N, N and 1 "
           "values, N at least 5");
    EXPECT((MAKE, op.custom_options_size -= 1),
           "custom options are malformed: the root has no valid width");
    EXPECT((MAKE, op.input[2].type = TFLITE_TYPE_UINT8),
           "anchors type is UINT8, allowed: FLOAT32");
    static const struct flex_entry several[] = {
        {"max_detections", FLEX_INT, 5},
        {"num_classes", FLEX_INT, 3},
        {"max_classes_per_detection", FLEX_INT, 2}};
    EXPECT((op = op_of(&d),
            op.custom_options_size = flex_map(d.options, 4, several, 3)),
           "max_classes_per_detection is 2, without use_regular_nms it must be "
           "1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_nan),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
