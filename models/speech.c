/* See speech.h. */
#include "speech.h"

#include <string.h>

enum { FORMANTS = 3 };

static const double two_pi = 6.283185307179586;

/* First formants of vowels as men speak them: Peterson and Barney, Control
 * methods used in a study of the vowels, 1952. */
static const struct {
    char vowel;
    float formant[FORMANTS];
} vowels[] = {{'a', {730, 1090, 2440}},
              {'e', {530, 1840, 2480}},
              {'i', {270, 2290, 3010}},
              {'o', {570, 840, 2410}},
              {'u', {300, 870, 2240}}};

struct speaker speaker_any(struct random *random) {
    struct speaker speaker;
    /* High voices come from short throats, more or less. */
    float size = random_float(random, 0, 1);
    speaker.formant = 0.95f + 0.2f * size + random_float(random, -0.04f, 0.04f);
    speaker.pitch = 95 + 110 * size + random_float(random, -15, 15);
    speaker.tempo = random_float(random, 0.13f, 0.23f);
    return speaker;
}

static const float *formants_of(char vowel) {
    int i = 0;
    while (vowels[i].vowel != vowel) {
        i++;
    }
    return vowels[i].formant;
}

/* The formant's frequency at `at`, counted in vowels: it rests on each for a
 * while, and glides to the next. */
static float glide(const char *word, int length, float at, int formant) {
    int first = (int)at;
    int second = first + 1 < length ? first + 1 : length - 1;
    float part = (at - (float)first - 0.4f) / 0.6f;
    part = part < 0 ? 0 : part;
    float smooth = part * part * (3 - 2 * part);
    float from = formants_of(word[first])[formant];
    float to = formants_of(word[second])[formant];
    return from + (to - from) * smooth;
}

/* A resonance with gain 1 at 0 Hz. */
struct resonator {
    double a, b;     /* factors of the outputs before */
    double one, two; /* these */
};

static void tune(struct resonator *resonator, double frequency) {
    const double most = 3700;
    frequency = frequency < most ? frequency : most;
    const double width = 50 + frequency / 20;
    const double radius = exact_exp(-two_pi / 2 * width / SPEECH_RATE);
    const double angle = two_pi * frequency / SPEECH_RATE + two_pi / 4;
    resonator->a = 2 * radius * exact_sin(angle); /* a cosine */
    resonator->b = -radius * radius;
}

static double resonate(struct resonator *resonator, double x) {
    const double y = (1 - resonator->a - resonator->b) * x +
                     resonator->a * resonator->one +
                     resonator->b * resonator->two;
    resonator->two = resonator->one;
    resonator->one = y;
    return y;
}

/* Rises and falls at the ends. */
static float envelope(int i, int count) {
    enum { RISE = SPEECH_RATE / 30, FALL = SPEECH_RATE / 12 };
    float rise = (float)i / RISE, fall = (float)(count - i) / FALL;
    float least = rise < fall ? rise : fall;
    return least < 1 ? least : 1;
}

int speech_say(struct random *random, const struct speaker *speaker,
               const char *word, float level, float *sound, int from,
               int size) {
    enum { RETUNED = 16 }; /* samples until */
    const int length = (int)strlen(word);
    const int count =
        (int)(speaker->tempo * ((float)length + 0.3f) * SPEECH_RATE);
    struct resonator resonator[FORMANTS] = {{0, 0, 0, 0}};
    double phase = 0, glottis = 0;
    for (int i = 0; i < count && from + i < size; i++) {
        const float at = (float)i * (float)length / (float)count;
        /* The pitch falls, and shakes a little. */
        phase += speaker->pitch * (1.1 - 0.25 * i / count) / SPEECH_RATE *
                 random_float(random, 0.99f, 1.01f);
        double pulse = 0.02 * random_float(random, -1, 1);
        if (phase >= 1) {
            phase -= 1;
            pulse += 1;
        }
        /* What the glottis takes from the high tones, less what the lips give
         * them. */
        glottis = 0.9 * glottis + pulse;
        double x = glottis;
        for (int k = 0; k < FORMANTS; k++) {
            if (i % RETUNED == 0) {
                tune(&resonator[k],
                     glide(word, length, at, k) * speaker->formant);
            }
            x = resonate(&resonator[k], x);
        }
        sound[from + i] += level * envelope(i, count) * (float)(x / 3);
    }
    return from + count;
}

void speech_noise(struct random *random, float level, float *sound, int size) {
    float deep = 0;
    for (int i = 0; i < size; i++) {
        const float white = random_float(random, -1, 1);
        deep += 0.1f * (white - deep);
        sound[i] += level * (0.3f * white + 2 * deep);
    }
}
