/* Pictures of scenes with and without a person, drawn at random: figures of
 * head, body and limbs in any pose, size and light, among the things that they
 * are mistaken for. */
#ifndef MODELS_SCENES_DATA_H
#define MODELS_SCENES_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier.h"

enum { SCENE_SIDE = 32 };

struct scenes {
    int count;
    struct scene *scene;
};

/* In every second one there is a person. */
void scenes_make(uint64_t seed, int count, struct scenes *scenes);
void scenes_free(struct scenes *scenes);

/* Class 1: a person.  A variation is the mirrored picture. */
struct samples scenes_samples(const struct scenes *scenes);

/* Writes FOLDER/person.in, a frame of int8 each (a grey level of 0 to 255, less
 * 128), and person.labels, 1 for a person, a line each.  False with a message
 * if that failed. */
bool scenes_save(const struct scenes *scenes, const char *folder);

#endif
