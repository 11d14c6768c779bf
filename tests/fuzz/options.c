/* Fuzzes the command line: any words must be taken, or refused with a message
 * and the status of wrong usage.  The input's lines are the words.
 *
 * All of src/cli is built as it is, but for load(), which every command calls
 * before it does anything with a file: the one here says that there is none. */
#include <assert.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { WORD_LIMIT = 64 };

/* main() and load() of src/cli, which are built under these names. */
int tool_main(int argc, char **argv);
bool load_file(const char *path, const mf_open_options *options,
               struct loaded *loaded);

bool load(const char *path, const mf_open_options *options,
          struct loaded *loaded) {
    /* What a command asks for is a path and options that can be had. */
    assert(path);
    assert(!options->target || *options->target);
    assert(options->custom_count == 0 || options->custom);
    assert(!(options->ram_limit || options->push_input) || options->least_ram);
    (void)load_file;
    loaded->model = NULL;
    complain(input_name(path), "is not read");
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char name[] = "microflow";
    char *words[WORD_LIMIT + 2] = {name};
    int count = 1;
    char *text = malloc(size + 1);
    assert(text);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    for (char *word = text; word && count <= WORD_LIMIT; count++) {
        words[count] = word;
        word = strchr(word, '\n');
        if (word) {
            *word++ = '\0';
        }
    }
    optind = 0; /* getopt starts anew */
    const int status = tool_main(count, words);
    assert(status >= STATUS_OK && status <= STATUS_USAGE);
    free(text);
    return 0;
}
