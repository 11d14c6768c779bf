/* See save.h. */
#include "save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"

char *save_path(const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = allocate(size, 1);
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

bool save_bytes(const void *bytes, size_t size, const char *folder,
                const char *name) {
    char *path = save_path(folder, name);
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(bytes, 1, size, file) == size;
    ok = file && fclose(file) == 0 && ok;
    if (!ok) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    free(path);
    return ok;
}

bool save_model(const struct network *network,
                const struct calibration *calibration,
                const struct model_text *text, const char *folder,
                const char *name) {
    char *path = save_path(folder, name);
    bool ok = model_save(network, calibration, text, path);
    if (!ok) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    free(path);
    return ok;
}
