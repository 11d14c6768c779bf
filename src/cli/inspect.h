/* The two forms of `microflow inspect`. */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include <stdbool.h>

#include "microflow.h"

/* Prints the model as JSON; `file` is what it is called. */
bool print_json(mf_model *model, const char *file);

#endif
