/* The forms of `microflow inspect` other than text. */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include <stdbool.h>

#include "json.h"
#include "microflow.h"

/* Prints the model as JSON; `file` is what it is called. */
bool print_json(mf_model *model, const char *file);

/* The memory map of it. */
cJSON *json_memory(struct json *json, const mf_model *model);

/* Prints the curve of RAM against instructions as JSON. */
bool print_json_tradeoff(mf_model *model, const char *file);

/* Writes the memory map as a picture (SVG) to a file, - for standard output. */
bool write_memory_svg(const mf_model *model, const char *path);

#endif
