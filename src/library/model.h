/* What the files of the public library share: an opened model.
 *
 * Invariant: `plan` is set if and only if the model is ok.  All that a model
 * gives out lives in one of its two contexts: `context` until it is closed,
 * `emission` until it is compiled again. */
#ifndef LIBRARY_MODEL_H
#define LIBRARY_MODEL_H

#include "base/context.h"
#include "base/text.h"
#include "emit/emit.h"
#include "microflow.h"
#include "plan/plan.h"
#include "run/run.h"

struct mf_model {
    struct context context;
    const struct graph *graph;
    const struct plan *plan;
    struct text dump;
    struct text map;                 /* empty until asked for */
    const struct tradeoff *tradeoff; /* NULL until asked for */
    size_t *layer_constants;         /* bytes, a layer each */
    size_t constant_size;
    uint64_t macs;

    struct context emission;
    const struct emitted_file *file;
    struct source_part *parts;   /* of NAME.c, a layer each */
    struct value_range **bounds; /* of the graph's channels; NULL until asked
                                    for */

    struct run_memory memory; /* of the plan; NULL until it is needed */
};

/* Whether the input comes row by row; of a model that is ok. */
bool model_is_pushed(const mf_model *model);

/* --- costs.c --- */

/* Finds what each layer of the plan, and all of them, take of constants and
 * multiply-accumulates. */
bool model_add_up(mf_model *model, const struct plan *plan);

#endif
