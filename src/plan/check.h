/* What the files of the checker share. */
#ifndef PLAN_CHECK_H
#define PLAN_CHECK_H

#include "plan/plan.h"

enum { SCRATCH = -1, UNWRITTEN = -2 };

struct interval {
    size_t start, end;
    int32_t owner; /* tensor id, or SCRATCH */
};

struct checker {
    struct context *context;
    const struct plan *plan;
    struct interval *map;
    int32_t map_count;
    /* By tensor id: whose bytes a view shows, itself if it is none. */
    int32_t *root;
    /* By tensor id: 1 + the last step that has it as an input or output. */
    int32_t *input_of, *output_of;
};

/* A run of the arena's bytes that a tensor or scratch takes. */
struct range {
    size_t start, end;
};

bool overlaps(struct range a, struct range b);

/* Gives the bytes to `owner`.  Who had any of them is not whole any more, and
 * leaves the map. */
void take(struct checker *checker, struct range range, int32_t owner);

/* Records what is wrong with a tensor (NULL: scratch) of a node (NULL: none).
 */
bool check_fail(struct checker *checker, const struct node *node,
                const struct tensor *tensor, const char *problem, size_t byte);

/* Sets range->end; it lies in the arena, or in the state memory, at a multiple
 * of `align`.  Ranges of the state memory follow the arena's. */
bool check_range(struct checker *checker, const struct node *node,
                 const struct tensor *tensor, size_t size, size_t align,
                 bool is_kept, struct range *range);

/* The tensor stands whole where the plan has it. */
bool check_whole(struct checker *checker, const struct node *node,
                 const struct tensor *tensor, const char *problem);

/* check_region.c: bytes of the arena lie in one region, at a multiple of
 * `align` there. */
bool check_region(struct checker *checker, const struct node *node,
                  const struct tensor *tensor, size_t size, size_t align,
                  size_t start);

/* Regions are parts of the arena, in order, as large as they may be, and each
 * buffer lies in its own. */
bool check_regions(const struct checker *checker);

/* check_stream.c: follows a stream row by row. */
bool check_stream(struct checker *checker, const struct stream *stream);

#endif
