/* What each kind of layer computes; a part of nn.c. */
#ifndef MODELS_NN_LAYERS_H
#define MODELS_NN_LAYERS_H

#include "nn.h"

/* The layer's output from its inputs'. */
void layer_forward(struct network *network, struct layer *layer);
/* From the gradient by the layer's output, adds those by its parameters and
 * by its inputs. */
void layer_backward(struct network *network, struct layer *layer);

#endif
