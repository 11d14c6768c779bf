/* MISRA C:2012, as cppcheck's addon sees generated code. */
#ifndef CLI_MISRA_H
#define CLI_MISRA_H

#include "bench.h"

/* Findings in the compiled model's files, which stand in the workspace, by
 * rule; NULL, said why, if cppcheck could not be run.  `platform`: as cppcheck
 * calls the target's integers. */
cJSON *misra_json(struct json *json, struct workspace *workspace,
                  const char *source, const char *platform);

/* The rules that generated code does not keep, and why, as Markdown; to be
 * freed. */
char *misra_deviations(void);

#endif
