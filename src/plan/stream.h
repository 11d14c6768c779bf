/* Making streams: which steps can be computed together row by row, in stages of
 * which layers, how many pixels of each tensor have to be held, and what that
 * costs. */
#ifndef PLAN_STREAM_H
#define PLAN_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"
#include "plan/plan.h"

/* What streams are made from: facts about each step and tensor. */
struct stream_maker {
    const struct graph *graph;
    const struct target *target;
    const struct tiling *tiling; /* by step */
    const bool *can_tile;        /* by step */
    /* By tensor id: the tensor whose bytes it shows, the step that makes it
     * (-1: it is an input or constant); by the id of the former the last step
     * that reads it, step_count for outputs of the graph, and how many nodes'
     * inputs and graph's outputs read it. */
    const int32_t *root, *made_by, *last_use, *use_count;
    /* Of a tile of step s and choice k at s * TILE_CHOICES + k. */
    const struct op_memory *tile_memory;
    /* Working memory: by tensor id its strip, by step its stage. */
    int32_t *strip_of, *stage_of;
};

enum { STREAM_LAYERS = 48 };                /* the most */
enum { STREAM_STRIPS = 3 * STREAM_LAYERS }; /* two inputs and a result each */
enum { PIECE_LIMIT = 1 << 14 };             /* of all stages together */

/* NULL with a message when memory is out. */
struct stream_maker *stream_maker_new(struct context *context,
                                      const struct graph *graph,
                                      const struct target *target);

/* A stream with room for STREAM_LAYERS layers, to be made again and again. */
struct stream *stream_new(struct context *context);

/* Makes the stream of steps first to last, by whole rows, or returns false if
 * they cannot be one.  `pushed`: the graph's input comes row by row; it is the
 * first strip. */
bool stream_make(struct stream_maker *maker, int32_t first, int32_t last,
                 bool pushed, struct stream *stream);

/* How wide tiles are at most: for each choice the widest that divide a row and
 * have as many columns as the choice says; choice 0 is a whole row. */
enum { TILE_CHOICES = 10 };
int32_t stream_tile_columns(int32_t columns, int choice);

/* Streams by whole rows with a choice of tiles, then by pieces of one tile. */
enum { STREAM_CHOICES = 2 * TILE_CHOICES };

/* Sets pieces and tiles of the stages, how many pixels strips hold with them,
 * and the size of the workspace; false if there is no such choice.  By rows,
 * the size is as the choice needs it and the tiles are the cheapest that fit
 * there. */
bool stream_tile(const struct stream_maker *maker, int choice,
                 struct stream *stream);

/* Goes through the schedule: sets how many pixels strips hold, and which
 * overlap. */
void stream_follow(const struct stream_maker *maker, struct stream *stream);

/* Whether the buffer holds a part of the tensor only. */
bool strip_is_partial(const struct strip *strip);

/* Bytes that a strip's buffer takes. */
size_t strip_size(const struct strip *strip);

/* Bytes of a row of a strip; of all of it, if it is a sum. */
size_t strip_row_size(const struct strip *strip);

/* Pixels that come into a strip at once. */
int32_t strip_piece(const struct stream *stream, int32_t strip);

/* What comes into a strip and what its readers are done with is a multiple of
 * so many pixels: a row, or one. */
int32_t strip_step(const struct graph *graph, const struct stream *stream,
                   int32_t strip);

/* Whether what is held can be moved four bytes at a time. */
bool strip_moves_words(const struct graph *graph, const struct stream *stream,
                       int32_t strip);

/* How many bytes before a strip's start a row may begin of which pixels are
 * held. */
size_t strip_margin(const struct graph *graph, const struct stream *stream,
                    int32_t strip);

/* Bytes that `dying` and `result` have in common. */
size_t stream_overlap(const struct stream *stream);

/* Bytes that all buffers of the stream take: strips and workspace. */
size_t stream_size(const struct stream *stream);

/* Instructions, about, that the stream takes more than its layers computed
 * whole. */
uint64_t stream_cost(const struct stream_maker *maker,
                     const struct stream *stream);

/* Rows of an image in a stream along dimension `axis`, and columns of a row. */
int32_t stream_rows(const struct tensor *tensor, int axis);
int32_t stream_columns(const struct tensor *tensor, int axis);

/* The strip of an input of a layer, or of a stage's last output; -1: it is a
 * tile in the workspace, or constant. */
int32_t stream_strip(const struct stream *stream, const struct tensor *tensor);

/* Bytes of a column of a row of a tensor. */
size_t stream_column_size(const struct stream *stream,
                          const struct tensor *tensor);

/* Whether the last layer of a stage may read the tile of layer `l` in the bytes
 * of its own result; then *shift is how far from that one's start.  `memory` is
 * what the last layer declares of its tile. */
bool stream_fits_in_strip(const struct graph *graph,
                          const struct stream *stream,
                          const struct stage *stage, int32_t l,
                          const struct op_memory *memory, size_t *shift);

/* The earlier layer of the stage in whose tile layer `l` may put its own, since
 * it reads that before it writes; -1: none.  `memory` is what `l` declares. */
int32_t stream_tile_under(const struct graph *graph,
                          const struct stream *stream,
                          const struct stage *stage, int32_t l,
                          const struct op_memory *memory);

/* The layer of the stream's stage `g` that makes a tensor's tile. */
const struct layer *stream_tile_layer(const struct plan *plan,
                                      const struct stream *stream, int32_t g,
                                      const struct tensor *tensor);

#endif
