/* The evidence pack of a compiled model (docs/trust.md). */
#ifndef CLI_EVIDENCE_H
#define CLI_EVIDENCE_H

#include "cli.h"

struct evidence {
    const char *directory; /* of the pack */
    const char *path;      /* of the model, for messages and by its last part */
    const struct loaded *loaded;
    const struct planning *planning;
    const mf_compile_options *compile;
};

/* Writes the pack of the model that was just compiled; the files still have to
 * be committed.  The model is compiled again on the way: its files are gone.
 * Tools that are not there leave out what they would say, and the pack says
 * so. */
bool write_evidence(const struct evidence *evidence);

#endif
