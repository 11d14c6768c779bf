/* Opens a model with the library. */
#include <microflow.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    static char bytes[65536];
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file || strcmp(mf_version(), MF_VERSION) != 0) {
        return 1;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    mf_model *model = mf_model_open(bytes, size, argv[1], NULL);
    printf("%zu layers\n", mf_model_layer_count(model));
    mf_model_close(model);
    return 0;
}
