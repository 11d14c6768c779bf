/* A QEMU plugin that counts the instructions a firmware executes between calls
 * of one function, the marker.
 *
 *     qemu-system-arm ... -plugin libmicroflow_count.so,marker=0x1a4,out=FILE
 *
 * Each time the instruction at `marker` is executed, the number of instructions
 * executed since the firmware started is appended to FILE, one decimal number a
 * line.  Serves every guest that QEMU translates; needs no guest timer.
 *
 * Debian ships no qemu-plugin.h: what is used of version 1 of the plugin
 * interface (QEMU 5.1 and later) is declared here. */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

typedef void (*tb_translated)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*instruction_executed)(unsigned int vcpu, void *user);
typedef void (*guest_exited)(qemu_plugin_id_t id, void *user);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           tb_translated callback);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, guest_exited callback,
                                    void *user);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
void qemu_plugin_register_vcpu_insn_exec_cb(
    struct qemu_plugin_insn *instruction, instruction_executed callback,
    enum qemu_plugin_cb_flags flags, void *user);

extern int qemu_plugin_version;
int qemu_plugin_version = 1;

static uint64_t executed;
static uint64_t marker;
static FILE *out;

static void count(unsigned int vcpu, void *user) {
    (void)vcpu;
    (void)user;
    executed++;
}

static void mark(unsigned int vcpu, void *user) {
    count(vcpu, user);
    fprintf(out, "%" PRIu64 "\n", executed);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, i);
        bool is_marker = qemu_plugin_insn_vaddr(instruction) == marker;
        qemu_plugin_register_vcpu_insn_exec_cb(instruction,
                                               is_marker ? mark : count,
                                               QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
}

static void finish(qemu_plugin_id_t id, void *user) {
    (void)id;
    (void)user;
    fclose(out);
}

extern int qemu_plugin_install(qemu_plugin_id_t id,
                               const struct qemu_info *info, int argc,
                               char **argv);

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
                        int argc, char **argv) {
    (void)info;
    const char *file = NULL;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "marker=", 7) == 0) {
            marker = strtoull(argv[i] + 7, NULL, 0);
        } else if (strncmp(argv[i], "out=", 4) == 0) {
            file = argv[i] + 4;
        } else {
            fprintf(stderr, "count: unknown argument %s\n", argv[i]);
            return 1;
        }
    }
    if (!file || !(out = fopen(file, "w"))) {
        fprintf(stderr, "count: cannot write %s\n", file ? file : "(no out=)");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    qemu_plugin_register_atexit_cb(id, finish, NULL);
    return 0;
}
