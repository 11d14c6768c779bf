/* TFLite_Detection_PostProcess: the boxes of an object detector, decoded and
 * thinned out: of boxes that overlap too much the one with the best score
 * stays (non-maximum suppression).
 *
 * Shapes: encodings boxes x coordinates (y, x, height, width, ...), anchors
 * boxes x 4, predictions boxes x (classes + label_offset); out_boxes slots x 4
 * (top, left, bottom, right), out_classes and out_scores slots, count 1.  Slots
 * past the count are 0.  scratch: 7 * boxes floats.
 *
 * Every box has a best class (fast), or each class is thinned out on its own
 * and the best detections of all are kept (regular).  Of equal scores the
 * first stands first. */
#ifndef MF_DETECTION_POSTPROCESS_H
#define MF_DETECTION_POSTPROCESS_H

#include <math.h>

#include "mf_core.h"

typedef struct mf_detection_postprocess {
    mf_index boxes, coordinates, classes, label_offset;
    mf_index slots, max_detections, detections_per_class;
    float score_threshold, iou_threshold;
    float y_scale, x_scale, h_scale, w_scale;
} mf_detection_postprocess;

/* Where the parts of the scratch start: decoded boxes, the scores that count,
 * their classes, and whether a box is still in play. */
typedef struct mf_detection_scratch {
    mf_index scores, classes, alive;
} mf_detection_scratch;

MF_INLINE mf_detection_scratch
mf_detection_layout(const mf_detection_postprocess *p) {
    const mf_detection_scratch s = {4 * p->boxes, 5 * p->boxes, 6 * p->boxes};
    return s;
}

/* Corners of all boxes, in double as the reference computes them. */
MF_INLINE void mf_detection_decode(const mf_detection_postprocess *p,
                                   const float *encodings, const float *anchors,
                                   float *scratch) {
    for (mf_index i = 0; i < p->boxes; i++) {
        const mf_index e = i * p->coordinates, a = i * 4;
        const double anchor_h = (double)anchors[a + 2];
        const double anchor_w = (double)anchors[a + 3];
        const float y =
            (float)((double)encodings[e] / (double)p->y_scale * anchor_h +
                    (double)anchors[a]);
        const float x =
            (float)((double)encodings[e + 1] / (double)p->x_scale * anchor_w +
                    (double)anchors[a + 1]);
        const float half_h =
            (float)(0.5 * exp((double)encodings[e + 2] / (double)p->h_scale) *
                    anchor_h);
        const float half_w =
            (float)(0.5 * exp((double)encodings[e + 3] / (double)p->w_scale) *
                    anchor_w);
        scratch[a] = y - half_h;
        scratch[a + 1] = x - half_w;
        scratch[a + 2] = y + half_h;
        scratch[a + 3] = x + half_w;
    }
}

MF_INLINE float mf_detection_overlap(float a_min, float a_max, float b_min,
                                     float b_max) {
    const float min = a_min > b_min ? a_min : b_min;
    const float max = a_max < b_max ? a_max : b_max;
    return max > min ? max - min : 0;
}

/* Intersection over union of boxes i and j. */
MF_INLINE float mf_detection_iou(const float *box, mf_index i, mf_index j) {
    const mf_index a = 4 * i, b = 4 * j;
    const float area_a = (box[a + 2] - box[a]) * (box[a + 3] - box[a + 1]);
    const float area_b = (box[b + 2] - box[b]) * (box[b + 3] - box[b + 1]);
    if (area_a <= 0 || area_b <= 0) {
        return 0;
    }
    const float both =
        mf_detection_overlap(box[a], box[a + 2], box[b], box[b + 2]) *
        mf_detection_overlap(box[a + 1], box[a + 3], box[b + 1], box[b + 3]);
    return both / (area_a + area_b - both);
}

/* All boxes with a score over the threshold are in play. */
MF_INLINE void mf_detection_start(const mf_detection_postprocess *p,
                                  float *scratch) {
    const mf_detection_scratch s = mf_detection_layout(p);
    for (mf_index i = 0; i < p->boxes; i++) {
        scratch[s.alive + i] =
            scratch[s.scores + i] >= p->score_threshold ? 1.0f : 0.0f;
    }
}

/* Takes the best box in play, and those that overlap it too much, out of play;
 * -1 if there is none. */
MF_INLINE mf_index mf_detection_pick(const mf_detection_postprocess *p,
                                     float *scratch) {
    const mf_detection_scratch s = mf_detection_layout(p);
    mf_index best = -1;
    for (mf_index i = 0; i < p->boxes; i++) {
        if (scratch[s.alive + i] > 0 &&
            (best < 0 || scratch[s.scores + i] > scratch[s.scores + best])) {
            best = i;
        }
    }
    for (mf_index i = 0; best >= 0 && i < p->boxes; i++) {
        if (i == best ||
            (scratch[s.alive + i] > 0 &&
             mf_detection_iou(scratch, best, i) > p->iou_threshold)) {
            scratch[s.alive + i] = 0;
        }
    }
    return best;
}

MF_INLINE void mf_detection_set(const float *from, mf_index box, float score,
                                float label, mf_index slot, float *out_boxes,
                                float *out_classes, float *out_scores) {
    for (mf_index k = 0; k < 4; k++) {
        out_boxes[4 * slot + k] = from[4 * box + k];
    }
    out_classes[slot] = label;
    out_scores[slot] = score;
}

MF_INLINE void mf_detection_clear(const mf_detection_postprocess *p,
                                  float *out_boxes, float *out_classes,
                                  float *out_scores) {
    for (mf_index i = 0; i < p->slots; i++) {
        for (mf_index k = 0; k < 4; k++) {
            out_boxes[4 * i + k] = 0;
        }
        out_classes[i] = 0;
        out_scores[i] = 0;
    }
}

MF_KERNEL void mf_detection_postprocess_fast(
    const mf_detection_postprocess *p, const float *encodings,
    const float *predictions, const float *anchors, float *scratch,
    float *out_boxes, float *out_classes, float *out_scores, float *count) {
    const mf_detection_scratch s = mf_detection_layout(p);
    const mf_index step = p->classes + p->label_offset;
    mf_index found = 0;
    mf_detection_decode(p, encodings, anchors, scratch);
    mf_detection_clear(p, out_boxes, out_classes, out_scores);
    for (mf_index i = 0; i < p->boxes; i++) {
        const mf_index row = i * step + p->label_offset;
        mf_index best = 0;
        for (mf_index c = 1; c < p->classes; c++) {
            best = predictions[row + c] > predictions[row + best] ? c : best;
        }
        scratch[s.scores + i] = predictions[row + best];
        scratch[s.classes + i] = (float)best;
    }
    mf_detection_start(p, scratch);
    for (mf_index i = 0; i < p->max_detections; i++) {
        const mf_index box = mf_detection_pick(p, scratch);
        if (box >= 0) {
            mf_detection_set(scratch, box, scratch[s.scores + box],
                             scratch[s.classes + box], found, out_boxes,
                             out_classes, out_scores);
            found++;
        }
    }
    count[0] = (float)found;
}

/* Puts a detection among those found so far, in order of their scores; returns
 * how many there are now. */
MF_INLINE mf_index mf_detection_insert(const mf_detection_postprocess *p,
                                       const float *scratch, mf_index box,
                                       float score, float label, mf_index found,
                                       float *out_boxes, float *out_classes,
                                       float *out_scores) {
    mf_index at = found;
    while (at > 0 && score > out_scores[at - 1]) {
        at--;
    }
    if (at >= p->max_detections) {
        return found;
    }
    const mf_index last = found < p->max_detections ? found : found - 1;
    for (mf_index i = last; i > at; i--) {
        mf_detection_set(out_boxes, i - 1, out_scores[i - 1],
                         out_classes[i - 1], i, out_boxes, out_classes,
                         out_scores);
    }
    mf_detection_set(scratch, box, score, label, at, out_boxes, out_classes,
                     out_scores);
    return last + 1;
}

MF_KERNEL void mf_detection_postprocess_regular(
    const mf_detection_postprocess *p, const float *encodings,
    const float *predictions, const float *anchors, float *scratch,
    float *out_boxes, float *out_classes, float *out_scores, float *count) {
    const mf_detection_scratch s = mf_detection_layout(p);
    const mf_index step = p->classes + p->label_offset;
    mf_index found = 0;
    mf_detection_decode(p, encodings, anchors, scratch);
    mf_detection_clear(p, out_boxes, out_classes, out_scores);
    for (mf_index c = 0; c < p->classes; c++) {
        for (mf_index i = 0; i < p->boxes; i++) {
            scratch[s.scores + i] = predictions[i * step + p->label_offset + c];
        }
        mf_detection_start(p, scratch);
        for (mf_index i = 0; i < p->detections_per_class; i++) {
            const mf_index box = mf_detection_pick(p, scratch);
            if (box >= 0) {
                found = mf_detection_insert(
                    p, scratch, box, scratch[s.scores + box], (float)c, found,
                    out_boxes, out_classes, out_scores);
            }
        }
    }
    count[0] = (float)found;
}

#endif
