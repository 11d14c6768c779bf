/* See scenes_data.h. */
#include "scenes_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"
#include "save.h"

enum {
    PIXELS = SCENE_SIDE * SCENE_SIDE,
    FINE = 2, /* drawn so many times larger, so that edges are smooth */
    SIDE = FINE * SCENE_SIDE
};

struct scene {
    int8_t pixel[PIXELS];
    int label;
};

/* Grey levels in [0, 1]; coordinates in fine pixels, y downward. */
struct canvas {
    struct random *random;
    float pixel[SIDE][SIDE];
};

static float any(struct canvas *canvas, float low, float high) {
    return random_float(canvas->random, low, high);
}

/* --- shapes --- */

struct point {
    float x, y;
};

/* In shares of the side.  Random numbers are drawn a statement each: arguments
 * and initialisers have no order that all compilers share. */
static struct point any_point(struct canvas *canvas, float left, float right,
                              float top, float bottom) {
    const float x = any(canvas, left, right) * SIDE;
    const float y = any(canvas, top, bottom) * SIDE;
    return (struct point){x, y};
}

static float square(float x) {
    return x * x;
}

static void draw_ellipse(struct canvas *canvas, struct point centre, float rx,
                         float ry, float shade) {
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            if (square(((float)x - centre.x) / rx) +
                    square(((float)y - centre.y) / ry) <
                1) {
                canvas->pixel[y][x] = shade;
            }
        }
    }
}

/* All within `radius` of the line from a to b. */
static void draw_limb(struct canvas *canvas, struct point a, struct point b,
                      float radius, float shade) {
    const float dx = b.x - a.x, dy = b.y - a.y;
    const float length = dx * dx + dy * dy + 1e-6f;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const float px = (float)x - a.x, py = (float)y - a.y;
            float along = (px * dx + py * dy) / length;
            along = along < 0 ? 0 : along > 1 ? 1 : along;
            if (square(px - along * dx) + square(py - along * dy) <
                square(radius)) {
                canvas->pixel[y][x] = shade;
            }
        }
    }
}

static void draw_box(struct canvas *canvas, struct point corner, float width,
                     float height, float shade) {
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            if ((float)x >= corner.x && (float)x < corner.x + width &&
                (float)y >= corner.y && (float)y < corner.y + height) {
                canvas->pixel[y][x] = shade;
            }
        }
    }
}

/* --- people --- */

/* Where a limb of a length ends; `angle` from straight down, in radians. */
static struct point reach(struct point from, float length, float angle) {
    const double turn = 6.283185307179586;
    const double a = angle < 0 ? angle + turn : angle;
    const double b = a + turn / 4;
    return (struct point){
        from.x + length * (float)exact_sin(a),
        from.y + length * (float)exact_sin(b > turn ? b - turn : b)};
}

/* Two parts with a joint. */
static void draw_arm_or_leg(struct canvas *canvas, struct point from,
                            float length, float angle, float bend, float radius,
                            float shade) {
    const struct point joint = reach(from, length / 2, angle);
    const struct point end = reach(joint, length / 2, angle + bend);
    draw_limb(canvas, from, joint, radius, shade);
    draw_limb(canvas, joint, end, radius * 0.85f, shade);
}

/* A shade that stands out. */
static float contrast_to(struct canvas *canvas, float background) {
    const float away = any(canvas, 0.25f, 0.6f);
    const bool darker =
        background + away > 1 ||
        (background - away >= 0 && random_below(canvas->random, 2));
    return darker ? background - away : background + away;
}

static void draw_person(struct canvas *canvas, float background) {
    const float height = any(canvas, 0.5f, 0.95f) * SIDE;
    const float stout = any(canvas, 0.85f, 1.25f);
    const float left = any(canvas, 0.25f, 0.75f) * SIDE;
    const float top = any(canvas, 0, 1) * (SIDE - height);
    const struct point neck = {left, top + any(canvas, 0.18f, 0.24f) * height};
    const struct point hips =
        reach(neck, 0.32f * height, any(canvas, -0.12f, 0.12f));
    const float coat = contrast_to(canvas, background);
    const float trousers = contrast_to(canvas, background);
    const float skin = contrast_to(canvas, background);
    const float shoulder = 0.085f * height * stout;
    for (int side = -1; side <= 1; side += 2) {
        const float s = (float)side;
        const struct point hip = {hips.x + s * 0.04f * height, hips.y};
        const float spread = any(canvas, -0.05f, 0.4f);
        draw_arm_or_leg(canvas, hip, 0.46f * height, s * spread,
                        s * any(canvas, -0.3f, 0.05f), 0.045f * height * stout,
                        trousers);
    }
    draw_limb(canvas, (struct point){neck.x, neck.y + shoulder},
              (struct point){hips.x, hips.y - 0.03f * height}, shoulder, coat);
    for (int side = -1; side <= 1; side += 2) {
        const float s = (float)side;
        const struct point joint = {neck.x + s * shoulder,
                                    neck.y + 0.05f * height};
        const float raised = random_below(canvas->random, 5) == 0
                                 ? any(canvas, 1.8f, 2.8f)
                                 : any(canvas, 0.05f, 0.9f);
        draw_arm_or_leg(canvas, joint, 0.36f * height, s * raised,
                        s * any(canvas, -0.6f, 0.3f), 0.032f * height * stout,
                        coat);
    }
    draw_ellipse(canvas, (struct point){neck.x, neck.y - 0.07f * height},
                 0.06f * height, 0.08f * height, skin);
}

/* --- things --- */

static void draw_tree(struct canvas *canvas, float shade, float size) {
    const struct point foot = any_point(canvas, 0.1f, 0.9f, 0.7f, 1);
    const struct point top = {foot.x, foot.y - 0.45f * size};
    draw_limb(canvas, foot, top, any(canvas, 0.02f, 0.06f) * size, shade);
    const float wide = any(canvas, 0.18f, 0.3f) * size;
    const float high = any(canvas, 0.2f, 0.35f) * size;
    draw_ellipse(canvas, top, wide, high, contrast_to(canvas, shade));
}

static void draw_lamp(struct canvas *canvas, float shade, float size) {
    const struct point foot = any_point(canvas, 0.1f, 0.9f, 0.8f, 1);
    const struct point top = {foot.x, foot.y - size * 0.9f};
    const float radius = any(canvas, 0.05f, 0.1f) * size;
    draw_limb(canvas, foot, top, any(canvas, 0.015f, 0.08f) * size, shade);
    draw_ellipse(canvas, top, radius, radius, shade);
}

static void draw_table(struct canvas *canvas, float shade, float size) {
    const float left = any(canvas, 0, 0.6f) * SIDE;
    const float top = any(canvas, 0.3f, 0.7f) * SIDE;
    const float leg = 0.05f * size, high = any(canvas, 0.3f, 0.6f) * size;
    draw_box(canvas, (struct point){left, top}, 0.6f * size, 0.07f * size,
             shade);
    draw_box(canvas, (struct point){left + leg, top}, leg, high, shade);
    draw_box(canvas, (struct point){left + 0.6f * size - 2 * leg, top}, leg,
             high, shade);
}

static void draw_car(struct canvas *canvas, float shade, float size) {
    const struct point corner = any_point(canvas, -0.1f, 0.5f, 0.5f, 0.75f);
    const float wheel = 0.1f * size, dark = any(canvas, 0, 0.2f);
    draw_box(canvas, corner, 0.8f * size, 0.22f * size, shade);
    draw_box(canvas,
             (struct point){corner.x + 0.2f * size, corner.y - 0.15f * size},
             0.4f * size, 0.16f * size, contrast_to(canvas, shade));
    for (int i = 0; i < 2; i++) {
        draw_ellipse(canvas,
                     (struct point){corner.x + (0.2f + 0.4f * (float)i) * size,
                                    corner.y + 0.22f * size},
                     wheel, wheel, dark);
    }
}

static void draw_house(struct canvas *canvas, float shade, float size) {
    const struct point corner = any_point(canvas, -0.1f, 0.6f, 0.1f, 0.5f);
    draw_box(canvas, corner, 0.6f * size, size, shade);
    for (int i = 0; i < 4; i++) {
        draw_box(canvas,
                 (struct point){corner.x + (i % 2 ? 0.37f : 0.1f) * size,
                                corner.y + (i / 2 ? 0.45f : 0.12f) * size},
                 0.13f * size, 0.2f * size, contrast_to(canvas, shade));
    }
}

static void draw_ball(struct canvas *canvas, float shade, float size) {
    const float radius = any(canvas, 0.08f, 0.3f) * size;
    draw_ellipse(canvas, any_point(canvas, 0.1f, 0.9f, 0.1f, 0.9f), radius,
                 radius, shade);
}

static void draw_beam(struct canvas *canvas, float shade, float size) {
    const struct point from = any_point(canvas, 0, 1, 0, 1);
    const float radius = any(canvas, 0.02f, 0.12f) * size;
    draw_limb(canvas, from, reach(from, size, any(canvas, 0, 3.1f)), radius,
              shade);
}

static void draw_thing(struct canvas *canvas, float background) {
    static void (*const draw[])(struct canvas *, float, float) = {
        draw_tree,  draw_lamp, draw_table, draw_car,
        draw_house, draw_ball, draw_beam};
    const float shade = contrast_to(canvas, background);
    const float size = any(canvas, 0.4f, 1) * SIDE;
    draw[random_below(canvas->random, sizeof draw / sizeof draw[0])](
        canvas, shade, size);
}

/* --- pictures --- */

/* Light from one side, and a ground or none. */
static float draw_background(struct canvas *canvas) {
    const float shade = any(canvas, 0.15f, 0.85f);
    const float right = any(canvas, -0.15f, 0.15f);
    const float down = any(canvas, -0.15f, 0.15f);
    const float horizon = any(canvas, 0.5f, 1.3f) * SIDE;
    const float ground = any(canvas, -0.2f, 0.2f);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            canvas->pixel[y][x] = shade + right * (float)(2 * x - SIDE) / SIDE +
                                  down * (float)(2 * y - SIDE) / SIDE +
                                  ((float)y > horizon ? ground : 0);
        }
    }
    return shade;
}

/* Means of fine pixels with the noise of a sensor, as int8. */
static void expose(struct canvas *canvas, int8_t *pixel) {
    const float noise = any(canvas, 0.005f, 0.05f);
    for (int i = 0; i < PIXELS; i++) {
        const int y = FINE * (i / SCENE_SIDE), x = FINE * (i % SCENE_SIDE);
        float sum = 0;
        for (int k = 0; k < FINE * FINE; k++) {
            sum += canvas->pixel[y + k / FINE][x + k % FINE];
        }
        const float grey =
            255 * (sum / (FINE * FINE) + any(canvas, -noise, noise));
        pixel[i] = (int8_t)((grey < 0     ? 0
                             : grey > 255 ? 255
                                          : (int)grey) -
                            128);
    }
}

void scenes_make(uint64_t seed, int count, struct scenes *scenes) {
    struct random random = {seed};
    struct canvas canvas = {.random = &random};
    scenes->count = count;
    scenes->scene = allocate((size_t)count, sizeof *scenes->scene);
    for (int i = 0; i < count; i++) {
        struct scene *scene = &scenes->scene[i];
        const float background = draw_background(&canvas);
        scene->label = i % 2;
        int things = (int)random_below(&random, 3) + (scene->label ? 0 : 1);
        for (; things > 0; things--) {
            draw_thing(&canvas, background);
        }
        if (scene->label) {
            draw_person(&canvas, background);
        }
        expose(&canvas, scene->pixel);
    }
}

void scenes_free(struct scenes *scenes) {
    free(scenes->scene);
}

static int take_scene(const void *from, int i, struct random *random,
                      float *input) {
    const struct scene *scene = (const struct scene *)from + i;
    const bool mirrored = random != NULL && random_below(random, 2);
    for (int k = 0; k < PIXELS; k++) {
        const int x = k % SCENE_SIDE;
        const int mirror = k - x + SCENE_SIDE - 1 - x;
        input[k] = (float)scene->pixel[mirrored ? mirror : k] / 32;
    }
    return scene->label;
}

struct samples scenes_samples(const struct scenes *scenes) {
    return (struct samples){.count = scenes->count,
                            .classes = 2,
                            .input_size = PIXELS,
                            .from = scenes->scene,
                            .take = take_scene};
}

bool scenes_save(const struct scenes *scenes, const char *folder) {
    char *frames_path = save_path(folder, "person.in");
    char *labels_path = save_path(folder, "person.labels");
    FILE *frames = fopen(frames_path, "wb");
    FILE *labels = fopen(labels_path, "w");
    bool ok = frames != NULL && labels != NULL;
    for (int i = 0; ok && i < scenes->count; i++) {
        const struct scene *scene = &scenes->scene[i];
        ok = fwrite(scene->pixel, sizeof scene->pixel, 1, frames) == 1 &&
             fprintf(labels, "%d\n", scene->label) > 0;
    }
    ok = (frames == NULL || fclose(frames) == 0) && ok;
    ok = (labels == NULL || fclose(labels) == 0) && ok;
    if (!ok) {
        fprintf(stderr, "%s, %s: %s\n", frames_path, labels_path,
                strerror(errno));
    }
    free(frames_path);
    free(labels_path);
    return ok;
}
