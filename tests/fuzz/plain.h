/* A model as it stands in its file: without passes, to hold them to it. */
#ifndef TESTS_FUZZ_PLAIN_H
#define TESTS_FUZZ_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes that inputs are filled with: byte `i` of input `input`. */
uint8_t input_byte(unsigned seed, size_t input, size_t i);

/* Folds bytes into a number that tells outputs apart. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size);

/* The hash of all outputs of the last of `count` inferences, without passes, of
 * inputs from seeds 1, 2, ...  False if the model cannot be planned so, takes
 * more than `arena_limit` bytes or `macs_limit` multiply-accumulates, or
 * computes with floats, whose order of operations passes may change. */
bool run_plain(const uint8_t *data, size_t size, unsigned count,
               size_t arena_limit, uint64_t macs_limit, uint64_t *hash);

#endif
