/* Building JSON. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

cJSON *json_string(const char *bytes) {
    char *text = utf8_text(bytes);
    cJSON *string = text ? cJSON_CreateString(text) : NULL;
    free(text);
    return string;
}

void json_add(struct json *json, cJSON *to, const char *name, cJSON *item) {
    const cJSON_bool added = name ? cJSON_AddItemToObject(to, name, item)
                                  : cJSON_AddItemToArray(to, item);
    if (!added) {
        cJSON_Delete(item);
        json->ok = false;
    }
}

void json_add_number(struct json *json, cJSON *to, const char *name,
                     double number) {
    json_add(json, to, name, cJSON_CreateNumber(number));
}

char *json_text(struct json *json, cJSON *object, const char *file) {
    char *printed = json->ok ? cJSON_Print(object) : NULL;
    char *text = printed ? malloc(strlen(printed) + 2) : NULL;
    cJSON_Delete(object);
    if (text) {
        strcpy(text, printed);
        strcat(text, "\n");
    } else {
        complain(file, "out of memory");
    }
    cJSON_free(printed);
    return text;
}

bool json_print(struct json *json, cJSON *object, const char *file) {
    char *text = json_text(json, object, file);
    if (text) {
        fputs(text, stdout);
    }
    free(text);
    return text != NULL;
}
