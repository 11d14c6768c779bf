/* Where what was trained goes. */
#ifndef MODELS_SAVE_H
#define MODELS_SAVE_H

#include <stdbool.h>
#include <stddef.h>

#include "nn.h"
#include "quantize_model.h"

/* The path of a file in a folder; to be freed. */
char *save_path(const char *folder, const char *name);

/* False with a message on stderr if the file cannot be written. */
bool save_bytes(const void *bytes, size_t size, const char *folder,
                const char *name);
bool save_model(const struct network *network,
                const struct calibration *calibration,
                const struct model_text *text, const char *folder,
                const char *name);

#endif
