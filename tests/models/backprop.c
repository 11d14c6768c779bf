/* The trainer's gradients agree with differences of the loss, for every kind of
 * layer, and its elementary functions with libm's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nn.c"
#include "nn_layers.c"

enum { SIDE = 12, CHANNELS = 2, INPUTS = SIDE * SIDE * CHANNELS, OUTPUTS = 3 };

/* Every kind of layer at least once. */
static void build(struct network *network) {
    network_start(network, SIDE, SIDE, CHANNELS, 11);
    int top = network_pad(network, "pad", 0, 1);
    top = network_conv(network, "conv", top, 4, 3, 1, false, true);
    int shortcut = top;
    top = network_depthwise(network, "depthwise", top, 3, 1, true, true);
    top = network_conv(network, "pointwise", top, 4, 1, 1, true, false);
    top = network_add(network, "add", top, shortcut, true);
    top = network_max_pool(network, "max", top, 2);
    top = network_average_pool(network, "average", top, 2);
    top = network_conv(network, "strided", top, 5, 3, 2, true, false);
    top = network_mean(network, "mean", top);
    top = network_flatten(network, "flatten", top);
    top = network_dense(network, "dense", top, 6, true);
    network_dense(network, "out", top, OUTPUTS, false);
}

/* A linear loss, so that its gradient by the output is known exactly. */
static const float by_output[OUTPUTS] = {0.5f, -1.25f, 2.0f};

static double loss(struct network *network, const float *input) {
    const float *out = network_forward(network, input);
    double sum = 0;
    for (int i = 0; i < OUTPUTS; i++) {
        sum += (double)by_output[i] * (double)out[i];
    }
    return sum;
}

/* Holds the gradient of one parameter to a difference quotient; counts the
 * few for which that means nothing because a kink lies between. */
static int check_one(struct network *network, const float *input, float *value,
                     float gradient) {
    const float step = 1.0f / 256;
    float kept = *value;
    double here = loss(network, input);
    *value = kept + step;
    double above = loss(network, input);
    *value = kept - step;
    double below = loss(network, input);
    *value = kept;
    double right = (above - here) / (double)step;
    double left = (here - below) / (double)step;
    if (fabs(right - left) > 1e-2) {
        return 1;
    }
    assert_true(fabs((right + left) / 2 - (double)gradient) < 1e-2);
    return 0;
}

static void gradients(void **state) {
    (void)state;
    struct network network;
    struct random random = {5};
    float input[INPUTS];
    build(&network);
    for (int i = 0; i < INPUTS; i++) {
        input[i] = random_float(&random, -1, 1);
    }
    for (int i = 0; i < network.layer_count; i++) {
        struct layer *layer = &network.layer[i];
        for (size_t k = 0; k < layer->bias.count; k++) {
            layer->bias.value[k] = random_float(&random, -0.1f, 0.3f);
        }
    }
    network_forward(&network, input);
    network_backward(&network, by_output);
    int checked = 0, kinks = 0, moving = 0;
    for (int i = 0; i < network.layer_count; i++) {
        struct parameters *sets[] = {&network.layer[i].weight,
                                     &network.layer[i].bias};
        for (int s = 0; s < 2; s++) {
            for (size_t k = 0; k < sets[s]->count; k++) {
                float gradient = sets[s]->gradient[k];
                moving += gradient != 0;
                kinks +=
                    check_one(&network, input, &sets[s]->value[k], gradient);
                checked++;
            }
        }
    }
    assert_int_equal(checked,
                     72 + 4 + 36 + 4 + 16 + 4 + 180 + 5 + 30 + 6 + 3 * 6 + 3);
    assert_true(kinks < checked / 10);
    assert_true(moving > checked / 4);
    network_free(&network);
}

static void a_step_goes_downhill(void **state) {
    (void)state;
    struct network network;
    float input[INPUTS] = {0};
    build(&network);
    for (int i = 0; i < INPUTS; i++) {
        input[i] = (float)(i % 7) / 7;
    }
    double before = loss(&network, input);
    network_backward(&network, by_output);
    network_step(&network, 1, 0.001f, 0);
    assert_true(loss(&network, input) < before);
    network_free(&network);
}

static void elementary_functions(void **state) {
    (void)state;
    for (int i = -8000; i <= 1000; i++) {
        double x = i / 100.0;
        assert_true(fabs(exact_exp(x) / exp(x) - 1) < 1e-14);
    }
    for (int i = 0; i <= 6283; i++) {
        double x = i / 1000.0;
        assert_true(fabs(exact_sin(x) - sin(x)) < 1e-12);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients),
        cmocka_unit_test(a_step_goes_downhill),
        cmocka_unit_test(elementary_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
