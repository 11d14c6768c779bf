/* What cppcheck's MISRA addon finds in generated code, held against the rules
 * that are deviated from on purpose.
 *
 * The text of the rules is MISRA's: they are named by number here. */
#include "misra.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct deviation {
    const char *rule, *category, *reason;
};

/* What is not listed here is found without a reason, and counted so. */
static const struct deviation deviations[] = {
    {"2.2", "required",
     "Kernels are written for all parameters; where a literal makes a term or "
     "a call void, the compiler drops it."},
    {"2.4", "advisory",
     "A kernel's header declares the types of all its forms."},
    {"2.5", "advisory",
     "A header defines macros for all kernels that include it, not for those "
     "of one network."},
    {"2.7", "advisory",
     "Kernels of one operator share a signature; not every form reads all of "
     "it."},
    {"7.2", "required",
     "Constants of hexadecimal digits are unsigned where they do not fit int, "
     "as C says; UINT32_C() is <stdint.h>'s."},
    {"8.7", "advisory",
     "The functions of NAME.h are the interface: the program calls them."},
    {"8.9", "advisory",
     "Weights stand at file scope, where a linker script can place them, a "
     "reader find them and NAME_check_weights() sum them up."},
    {"10.1", "required",
     "Flags are 0 or 1 of an integer type; signed values are shifted through "
     "mf_shift_right_*(), whose arithmetic is proved."},
    {"10.3", "required",
     "Narrowings follow a clamp, or a bound on the sum; that none changes a "
     "value is proved."},
    {"10.4", "required",
     "Constants are of type int; that no operation overflows, also where int "
     "has 16 bits, is proved."},
    {"10.8", "required",
     "Casts of expressions whose value the other type holds, which is proved."},
    {"11.3", "required",
     "Elements are moved as bytes, or as words, of an object that is aligned "
     "for both: the arena is a union of the types."},
    {"11.5", "advisory",
     "Reading a wide constant from flash in two halves, on AVR."},
    {"12.1", "advisory",
     "The precedence of C's operators is taken as known where neither compiler "
     "warns."},
    {"12.3", "advisory",
     "Declarations of several variables; there are no comma operators."},
    {"13.3", "advisory", "Loops that have two counters."},
    {"13.4", "advisory", "Two variables are set to one value."},
    {"14.4", "required", "Flags of integer type as conditions."},
    {"15.5", "advisory", "Functions return where the answer is known."},
    {"15.7", "required", "An else that would be empty is left out."},
    {"17.8", "advisory", "A parameter is a variable of its function."},
    {"18.4", "advisory",
     "Base plus index is how operands are given to kernels; that each stays in "
     "its object is proved."},
    {"19.2", "advisory",
     "The arena is a union: tensors of different types take turns in its "
     "bytes; that each is written before it is read is held by the plan's "
     "checker."},
    {"20.5", "advisory", "Macros that make the forms of a kernel end with it."},
    {"20.7", "required", "Arguments of these macros are types and names."},
    {"20.10", "advisory", "Names of kernels for several types are pasted."},
};

enum { DEVIATIONS = sizeof deviations / sizeof deviations[0] };

static const struct deviation *find_deviation(const char *rule) {
    for (int i = 0; i < DEVIATIONS; i++) {
        if (strcmp(deviations[i].rule, rule) == 0) {
            return &deviations[i];
        }
    }
    return NULL;
}

char *misra_deviations(void) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file) {
        complain("misra", "out of memory");
        return NULL;
    }
    fputs("# MISRA C:2012: deviations of generated code\n\n"
          "Rules by number; their text is MISRA's. `misra.json` says how often "
          "and where\nthey are met in this network. \"Proved\" is what "
          "`microflow prove` shows of kernels\nthat it reports no alarm for: "
          "`proof.json`.\n\n"
          "| rule | category | why |\n|---|---|---|\n",
          file);
    for (int i = 0; i < DEVIATIONS; i++) {
        fprintf(file, "| %s | %s | %s |\n", deviations[i].rule,
                deviations[i].category, deviations[i].reason);
    }
    if (fclose(file) != 0) {
        free(text);
        text = NULL;
        complain("misra", "out of memory");
    }
    return text;
}

/* --- findings --- */

/* "net.c:12:3: style: misra violation (...) [misra-c2012-10.1]" */
struct found {
    char rule[8];
    char place[80]; /* "net.c:12" */
};

static bool read_line(const char *line, struct found *found) {
    static const char mark[] = "[misra-c2012-";
    char text[512];
    snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
    const char *rule = strstr(text, mark);
    return rule &&
           sscanf(rule + sizeof mark - 1, "%7[0-9.]", found->rule) == 1 &&
           sscanf(text, "%72[^:]:", found->place) == 1 &&
           snprintf(found->place + strlen(found->place),
                    sizeof found->place - strlen(found->place), ":%d",
                    atoi(strchr(text, ':') + 1)) > 0;
}

/* The rule's entry among those found so far. */
static cJSON *rule_entry(struct json *json, cJSON *rules, const char *rule) {
    cJSON *entry;
    cJSON_ArrayForEach(entry, rules) {
        const cJSON *name = cJSON_GetObjectItem(entry, "rule");
        if (name && strcmp(name->valuestring, rule) == 0) {
            return entry;
        }
    }
    const struct deviation *deviation = find_deviation(rule);
    entry = cJSON_CreateObject();
    json_add(json, entry, "rule", json_string(rule));
    json_add(json, entry, "deviation",
             deviation ? json_string(deviation->reason) : cJSON_CreateNull());
    json_add(json, entry, "places", cJSON_CreateArray());
    json_add(json, rules, NULL, entry);
    return entry;
}

static cJSON *read_findings(struct json *json, const char *log) {
    cJSON *object = cJSON_CreateObject();
    cJSON *rules = cJSON_CreateArray();
    size_t count = 0, open = 0;
    for (const char *line = log; line;) {
        struct found found;
        const char *next = strchr(line, '\n');
        if (read_line(line, &found)) {
            cJSON *entry = rule_entry(json, rules, found.rule);
            json_add(json, cJSON_GetObjectItem(entry, "places"), NULL,
                     json_string(found.place));
            count++;
            open += find_deviation(found.rule) == NULL;
        }
        line = next ? next + 1 : NULL;
    }
    json_add_number(json, object, "findings", (double)count);
    json_add_number(json, object, "without_deviation", (double)open);
    json_add(json, object, "rules", rules);
    return object;
}

cJSON *misra_json(struct json *json, struct workspace *workspace,
                  const char *source, const char *platform) {
    struct words words = {0};
    char *option = format_text("--platform=%s", platform);
    words_split(&words, "cppcheck --addon=misra --std=c99 -q --max-configs=1");
    words_add(&words, option);
    words_add(&words, source);
    char *log = option && workspace_run(workspace, &words, "misra.log")
                    ? workspace_read(workspace, "misra.log")
                    : NULL;
    cJSON *object = log ? read_findings(json, log) : NULL;
    words_free(&words);
    free(option);
    free(log);
    return object;
}
