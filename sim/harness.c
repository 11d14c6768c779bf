/* Feeds frames to a network, marks what is measured, and checks every byte that
 * comes out.
 *
 * frames.h, which is written for each model, says what is fed and expected; the
 * network is compiled under the name "net".  What the console gets, a line
 * each:
 *
 *     wrong FRAME OUTPUT BYTE FOUND EXPECTED    the first difference
 *     stack BYTES                               the most that invoke took
 *     end                                       all frames were run
 *
 * No multiplication, division or library function: what is linked beside the
 * network is only what the network needs. */
#include "board.h"
#include "frames.h"
#include "net.h"

static uint32_t input_at, output_at; /* in frame_inputs, frame_outputs */
static uint8_t is_wrong;

static void print_number(uint32_t value) {
    static const uint32_t powers[] = {1000000000, 100000000, 10000000, 1000000,
                                      100000,     10000,     1000,     100,
                                      10,         1};
    char text[2] = {0, 0};
    uint8_t shown = 0;
    for (uint8_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        text[0] = '0';
        while (value >= powers[i]) {
            value -= powers[i];
            text[0]++;
        }
        shown = shown || text[0] != '0' || powers[i] == 1;
        if (shown) {
            board_print(text);
        }
    }
}

static void print_item(uint32_t value) {
    board_print(" ");
    print_number(value);
}

#if !FRAME_PUSHED || defined(__AVR__)
static void write_input(volatile uint8_t *to, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) {
        to[i] = BOARD_LOAD(frame_inputs, input_at);
        input_at++;
    }
}
#endif

#if FRAME_SPREAD > 0
/* Random elements (Marsaglia's xorshift); floats lie in (-1, -0.5] and
 * [0.5, 1). */
static uint32_t random_state = 2409;
static void write_random(volatile uint8_t *to, uint32_t size,
                         uint8_t is_float) {
    for (uint32_t i = 0; i < size; i++) {
        random_state ^= random_state << 13;
        random_state ^= random_state >> 17;
        random_state ^= random_state << 5;
        uint8_t byte = (uint8_t)(random_state >> 24);
        if (is_float && (i & 3) == 2) {
            byte &= 0x7f;
        } else if (is_float && (i & 3) == 3) {
            byte = (uint8_t)(0x3f | (byte & 0x80));
        }
        to[i] = byte;
    }
}
#endif

static void check_output(const volatile uint8_t *from, uint32_t size,
                         uint32_t frame, uint32_t output) {
    for (uint32_t i = 0; i < size; i++) {
        const uint8_t expected = BOARD_LOAD(frame_outputs, output_at);
        output_at++;
        if (from[i] != expected && !is_wrong) {
            is_wrong = 1;
            board_print("wrong");
            print_item(frame);
            print_item(output);
            print_item(i);
            print_item(from[i]);
            print_item(expected);
            board_print("\n");
        }
    }
}

/* FRAME_RESET() is net_reset(); if the network has state.
 * FRAME_INPUTS(X) is X(net_input, bytes, is_float) for each input. */
#define WRITE_INPUT(get, size, is_float)                                       \
    write_input((volatile uint8_t *)get(), size);
#define WRITE_RANDOM(get, size, is_float)                                      \
    write_random((volatile uint8_t *)get(), size, is_float);
/* The frames of a network whose rows are pushed; they are handed on where they
 * are, but from a flash that only special instructions read. */
#if FRAME_PUSHED
static void push_frame(void) {
    for (uint32_t y = 0; y < NET_ROWS; y++) {
#if defined(__AVR__)
        static uint8_t row[NET_ROW_SIZE * FRAME_ELEMENT];
        write_input(row, sizeof row);
        net_push_row((const void *)row);
#else
        net_push_row((const void *)&frame_inputs[input_at]);
        input_at += NET_ROW_SIZE * FRAME_ELEMENT;
#endif
    }
    (void)net_finish();
}
#define COMPUTE() push_frame()
#else
#define COMPUTE() net_invoke()
#endif
#define CHECK_OUTPUT(get, size, is_float)                                      \
    check_output((const volatile uint8_t *)get(), size, frame, output++);

static uint32_t run_frame(uint32_t frame) {
    uint32_t output = 0;
#if !FRAME_PUSHED
    FRAME_INPUTS(WRITE_INPUT)
#endif
    board_paint();
    board_mark();
    COMPUTE();
    board_mark();
    const uint32_t stack = board_stack_peak();
    FRAME_OUTPUTS(CHECK_OUTPUT)
    (void)frame;
    (void)output;
    return stack;
}

/* Inferences on random inputs, for how much the marks vary; what comes out is
 * not looked at. */
#if FRAME_SPREAD > 0
static void run_random(void) {
#if FRAME_PUSHED
    static uint8_t BOARD_ALIGNED row[NET_ROW_SIZE * FRAME_ELEMENT];
    board_mark();
    for (uint32_t y = 0; y < NET_ROWS; y++) {
        write_random(row, sizeof row, FRAME_FLOAT);
        net_push_row((const void *)row);
    }
    (void)net_finish();
#else
    FRAME_INPUTS(WRITE_RANDOM)
    board_mark();
    net_invoke();
#endif
    board_mark();
}
#endif

int main(void) {
    uint32_t stack = 0;
    do {
        /* What marks themselves cost. */
        board_mark();
        board_mark();
        input_at = 0;
        output_at = 0;
        FRAME_RESET()
        for (uint32_t frame = 0; frame < FRAME_COUNT; frame++) {
            const uint32_t s = run_frame(frame);
            stack = s > stack ? s : stack;
        }
#if FRAME_SPREAD > 0
        for (uint32_t i = 0; i < FRAME_SPREAD; i++) {
            run_random();
        }
#endif
    } while (board_again());
    board_print("stack");
    print_item(stack);
    board_print("\nend\n");
    board_exit(0);
    return 0;
}
