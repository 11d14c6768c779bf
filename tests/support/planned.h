/* Plans of whole models for tests, and their inferences in memory that is
 * poisoned before and guarded around.
 *
 *     struct planned *model = planned_new(random_net(1), "generic");
 *     struct plan *plan = planned_plan(model, &(struct plan_options){
 *                                                 .least_ram = true});
 *     planned_infer(model, plan, 0xA5, input, output);
 *     planned_free(model);
 *
 * Misuse and lack of memory end the program. */
#ifndef TESTS_SUPPORT_PLANNED_H
#define TESTS_SUPPORT_PLANNED_H

#include <stddef.h>
#include <stdint.h>

#include "base/context.h"
#include "plan/plan.h"
#include "tflite_writer.h"

struct planned {
    struct context context;
    const struct target *target;
    uint8_t *file;
    struct graph *graph; /* after all passes */
};

/* Takes and frees the writer; its model has to be accepted. */
struct planned *planned_new(struct writer *writer, const char *target);
void planned_free(struct planned *model);

/* A plan that plan_check() accepted; NULL if it was refused, which is then the
 * only message of the context. */
struct plan *planned_plan(struct planned *model,
                          const struct plan_options *options);
/* The same, which must not be refused. */
struct plan *planned_expect(struct planned *model,
                            const struct plan_options *options);

/* Bytes of all inputs and of all outputs of the graph. */
size_t planned_input_size(const struct planned *model);
size_t planned_output_size(const struct planned *model);

/* One inference of a plan without state: its arena is full of `poison` but for
 * the inputs, and fails the test if bytes around it change.  Inputs and outputs
 * stand one behind the other. */
void planned_infer(const struct planned *model, const struct plan *plan,
                   int poison, const uint8_t *input, uint8_t *output);

#endif
