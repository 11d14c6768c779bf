/* What the files of `microflow prove` share. */
#ifndef CLI_PROVE_H
#define CLI_PROVE_H

#include "microflow.h"

/* What the generated code is called, and marks in what Frama-C prints: before
 * each layer of an inference, after it, and when all is done. */
#define PROVE_NETWORK       "net"
#define PROVE_LAYER_MARK    "Frama_C_show_each_layer"
#define PROVE_INFERRED_MARK "Frama_C_show_each_inferred"
#define PROVE_END_MARK      "Frama_C_show_each_end"

/* main.c, which calls all functions of the network; to be freed by the caller,
 * NULL when memory is out. */
char *prove_driver(const mf_model *model);

#endif
