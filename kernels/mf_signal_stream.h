/* The audio front end's memory: operators that keep samples from one call to
 * the next, zeros at first. */
#ifndef MF_SIGNAL_STREAM_H
#define MF_SIGNAL_STREAM_H

#include "mf_core.h"

/* --- SignalDelay --- */

typedef struct mf_signal_delay {
    mf_index batches, size, delay; /* kept: batches x delay */
} mf_signal_delay;

/* Sample i of what is kept and, after it, what is new. */
MF_INLINE int16_t mf_stream_at(const int16_t *kept, mf_index k0, mf_index count,
                               const int16_t *input, mf_index x0, mf_index i) {
    return i < count ? kept[k0 + i] : input[x0 + (i - count)];
}

MF_KERNEL void mf_signal_delay_s16(const mf_signal_delay *p,
                                   const int16_t *input, int16_t *kept,
                                   int16_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        const mf_index x0 = b * p->size, k0 = b * p->delay;
        for (mf_index i = 0; i < p->size; i++) {
            output[x0 + i] = mf_stream_at(kept, k0, p->delay, input, x0, i);
        }
        for (mf_index i = 0; i < p->delay; i++) {
            kept[k0 + i] =
                mf_stream_at(kept, k0, p->delay, input, x0, i + p->size);
        }
    }
}

/* --- SignalFramer: frames that overlap --- */

typedef struct mf_signal_framer {
    mf_index batches, frames, size, step;
    mf_index history; /* samples kept, at most */
    mf_index prefill; /* 1: all of them are there from the start, zeros */
} mf_signal_framer;

/* kept: how many samples there are, then batches x history.  A frame that there
 * are too few samples for is zeros; then `valid` is 0. */
MF_KERNEL void mf_signal_framer_s16(const mf_signal_framer *p,
                                    const int16_t *input, int16_t *kept,
                                    int16_t *output, uint8_t *valid) {
    const mf_index before =
        p->prefill ? p->history
                   : (mf_index)mf_clamp(kept[0], 0, (int32_t)p->history);
    mf_index count = before;
    //@ split before;
    valid[0] = 1;
    for (mf_index b = 0; b < p->batches; b++) {
        const mf_index k0 = 1 + b * p->history;
        count = before;
        //@ loop unroll 99999;
        for (mf_index f = 0; f < p->frames; f++) {
            const mf_index row = b * p->frames + f, x0 = row * p->step;
            const int is_whole = count + p->step >= p->size;
            for (mf_index i = 0; i < p->size; i++) {
                output[row * p->size + i] =
                    is_whole ? mf_stream_at(kept, k0, count, input, x0, i) : 0;
            }
            if (is_whole) {
                for (mf_index i = 0; i < count; i++) {
                    kept[k0 + i] =
                        mf_stream_at(kept, k0, count, input, x0, i + p->step);
                }
            } else {
                for (mf_index i = 0; i < p->step; i++) {
                    kept[k0 + count + i] = input[x0 + i];
                }
                count += p->step;
                valid[0] = 0;
            }
        }
    }
    kept[0] = (int16_t)count;
}

/* --- SignalStacker: a frame with those around it --- */

typedef struct mf_signal_stacker {
    mf_index channels;
    mf_index left;  /* the first frame stands for so many before it */
    mf_index depth; /* frames of an output */
    mf_index step;  /* frames that are dropped after an output */
} mf_signal_stacker;

/* kept: how many frames there are, whether there was any, then (depth - 1) x
 * channels.  Where there are too few, the output is zeros and `valid` is 0. */
MF_KERNEL void mf_signal_stacker_s16(const mf_signal_stacker *p,
                                     const int16_t *input, int16_t *kept,
                                     int16_t *output, uint8_t *valid) {
    const mf_index n = p->channels;
    const mf_index before =
        (mf_index)mf_clamp(kept[0], 0, (int32_t)p->depth - 1);
    mf_index all = kept[1] != 0 ? 1 : p->left + 1;
    //@ split before;
    all += before;
    const int is_whole = all >= p->depth;
    const mf_index dropped = is_whole ? p->step : 0;
    for (mf_index f = 0; f < p->depth; f++) {
        for (mf_index c = 0; c < n; c++) {
            const int16_t x = f < before ? kept[2 + f * n + c] : input[c];
            output[f * n + c] = is_whole ? x : 0;
        }
    }
    for (mf_index f = 0; f < p->depth - 1 && f + dropped < all; f++) {
        const mf_index from = f + dropped;
        for (mf_index c = 0; c < n; c++) {
            kept[2 + f * n + c] =
                from < before ? kept[2 + from * n + c] : input[c];
        }
    }
    kept[0] = (int16_t)(all - dropped);
    kept[1] = 1;
    valid[0] = (uint8_t)is_whole;
}

/* --- SignalOverlapAdd: frames that overlap, added --- */

typedef struct mf_signal_overlap {
    mf_index batches, frames, size, step; /* kept: batches x size */
} mf_signal_overlap;

MF_KERNEL void mf_signal_overlap_s16(const mf_signal_overlap *p,
                                     const int16_t *input, int16_t *kept,
                                     int16_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index f = 0; f < p->frames; f++) {
            const mf_index row = b * p->frames + f, k0 = b * p->size;
            for (mf_index i = 0; i < p->size; i++) {
                const int16_t sum = (int16_t)mf_clamp(
                    (int32_t)input[row * p->size + i] + kept[k0 + i], INT16_MIN,
                    INT16_MAX);
                if (i < p->step) {
                    output[row * p->step + i] = sum;
                } else {
                    kept[k0 + i - p->step] = sum;
                }
            }
            for (mf_index i = p->size - p->step; i < p->size; i++) {
                kept[k0 + i] = 0;
            }
        }
    }
}

MF_KERNEL void mf_signal_overlap_f32(const mf_signal_overlap *p,
                                     const float *input, float *kept,
                                     float *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index f = 0; f < p->frames; f++) {
            const mf_index row = b * p->frames + f, k0 = b * p->size;
            for (mf_index i = 0; i < p->size; i++) {
                const float sum = input[row * p->size + i] + kept[k0 + i];
                if (i < p->step) {
                    output[row * p->step + i] = sum;
                } else {
                    kept[k0 + i - p->step] = sum;
                }
            }
            for (mf_index i = p->size - p->step; i < p->size; i++) {
                kept[k0 + i] = 0;
            }
        }
    }
}

#endif
