/* Building JSON for programs to read.
 *
 * Names in a model are any bytes; JSON is UTF-8: what is not becomes U+FFFD.
 * cJSON's functions return NULL when memory is out and take NULL; that an
 * object lacks something is kept in `ok` and found out at the end. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>

struct json {
    bool ok; /* start with true */
};

/* A string from any bytes. */
cJSON *json_string(const char *bytes);

/* Gives `item` to an object, or to an array: then name is NULL. */
void json_add(struct json *json, cJSON *to, const char *name, cJSON *item);
void json_add_number(struct json *json, cJSON *to, const char *name,
                     double number);

/* The object as text, which ends with a new line, to be freed by the caller;
 * frees the object.  NULL with a message about `file`. */
char *json_text(struct json *json, cJSON *object, const char *file);

/* Prints the object and frees it; `file` is for the message. */
bool json_print(struct json *json, cJSON *object, const char *file);

#endif
