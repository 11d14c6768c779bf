/* Fuzzes all that happens to a model file: reading, optimising, planning,
 * emitting and running.  Any bytes must be refused with a message or go
 * through.
 *
 * Built with MICROFLOW_FUZZ; scripts/fuzz.sh runs it. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "microflow.h"
#include "plain.h"

/* A small file may ask for a large network: running that is slow, not wrong. */
enum { ARENA_LIMIT = 1 << 12, MACS_LIMIT = 1 << 20 };

static void check_text(mf_model *model) {
    assert(mf_model_memory_map(model));
    for (size_t i = 0; i < mf_model_layer_count(model); i++) {
        const mf_layer_info layer = mf_model_layer(model, i);
        assert(layer.op && layer.output.type);
    }
    for (size_t i = 0; i < mf_model_buffer_count(model); i++) {
        const mf_buffer_info buffer = mf_model_buffer(model, i);
        const mf_memory_info memory = mf_model_memory(model);
        assert(buffer.tensor);
        assert(buffer.offset + buffer.size <=
               (buffer.is_state ? memory.state_size : memory.arena_size));
    }
}

static void compile(mf_model *model, mf_optimize optimize) {
    const mf_compile_options options = {.optimize = optimize, .driver = true};
    const bool ok = mf_model_compile(model, &options);
    assert(ok == (mf_model_message(model, 0) == NULL));
    for (size_t i = 0; ok && i < mf_model_file_count(model); i++) {
        const char *data;
        size_t size;
        assert(mf_model_file(model, i, &data, &size));
        assert(strlen(data) == size);
    }
}

/* One inference; the outputs' bytes as a number.  Every byte is read, so that a
 * sanitizer sees what is not there. */
static uint64_t run(mf_model *model, unsigned seed) {
    uint64_t hash = 0;
    for (size_t i = 0; i < mf_model_input_count(model); i++) {
        const mf_tensor_info info = mf_model_input(model, i);
        uint8_t *byte = mf_model_input_data(model, i);
        assert(byte);
        for (size_t k = 0; k < info.size; k++) {
            byte[k] = input_byte(seed, i, k);
            byte[k] &= strcmp(info.type, "BOOL") == 0 ? 1 : 0xff;
        }
    }
    assert(mf_model_invoke(model));
    for (size_t i = 0; i < mf_model_output_count(model); i++) {
        hash = hash_bytes(hash, mf_model_output_data(model, i),
                          mf_model_output(model, i).size);
    }
    return hash;
}

/* Outputs of two inferences, unless the model is large. */
struct result {
    bool is_known;
    uint64_t first, second;
};

/* Whether an inference ends for certain. */
static bool ends(const mf_model *model) {
    for (size_t i = 0; i < mf_model_layer_count(model); i++) {
        if (strcmp(mf_model_layer(model, i).op, "WHILE") == 0) {
            return false;
        }
    }
    return true;
}

/* All that is made of a model.  False if it was refused. */
static bool process(const uint8_t *data, size_t size,
                    const mf_open_options *options, struct result *result) {
    mf_model *model = mf_model_open(data, size, "fuzz.tflite", options);
    assert(model);
    const bool ok = mf_model_ok(model);
    assert(ok == (mf_model_message(model, 0) == NULL));
    if (ok) {
        const mf_memory_info memory = mf_model_memory(model);
        check_text(model);
        compile(model, MF_OPTIMIZE_SPEED);
        compile(model, MF_OPTIMIZE_SIZE);
        if (memory.arena_size <= ARENA_LIMIT && memory.macs <= MACS_LIMIT &&
            ends(model)) {
            result->is_known = true;
            result->first = run(model, 1);
            result->second = run(model, 2);
        }
    }
    mf_model_close(model);
    return ok;
}

/* One of the targets. */
static const char *choose_target(size_t choice) {
    size_t targets = 0;
    while (mf_target_name(targets)) {
        targets++;
    }
    return mf_target_name(choice % targets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The model for this machine; without passes; for one target, and computed row
 * by row, both as its bytes choose: the results are the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const mf_open_options plain = {.dump_after = "remove_dead"};
    struct result here = {0};
    if (!process(data, size, &plain, &here)) {
        return 0;
    }
    uint64_t hash;
    if (here.is_known &&
        run_plain(data, size, 2, ARENA_LIMIT, MACS_LIMIT, &hash)) {
        assert(here.second == hash);
    }
    size_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum += data[i];
    }
    const mf_open_options others[] = {
        {.target = choose_target(sum)},
        {.target = choose_target(sum / 2),
         .least_ram = true,
         .push_input = sum % 2,
         .ram_limit = sum / 32 % 2 ? (size_t)1 << sum / 64 % 16 : 0}};
    for (int i = 0; i < 2; i++) {
        struct result there = {0};
        if (process(data, size, &others[i], &there) && here.is_known &&
            there.is_known) {
            assert(here.first == there.first && here.second == there.second);
        }
    }
    return 0;
}
