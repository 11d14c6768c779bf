/* SHA-256 (FIPS 180-4), for manifests. */
#ifndef CLI_SHA256_H
#define CLI_SHA256_H

#include <stddef.h>

enum { SHA256_TEXT = 65 };

/* The digest in hexadecimal digits. */
void sha256_text(const void *data, size_t size, char text[SHA256_TEXT]);

#endif
