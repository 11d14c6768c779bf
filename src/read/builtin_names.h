/* Names of the operators of the TFLite schema (BuiltinOperator), supported or
 * not, for messages. */
#ifndef READ_BUILTIN_NAMES_H
#define READ_BUILTIN_NAMES_H

#include <stdint.h>

/* "CONV_2D"; NULL for a number outside the schema. */
const char *builtin_name(int32_t code);

#endif
