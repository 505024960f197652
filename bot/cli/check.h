/* SPDX-License-Identifier: Apache-2.0 */
/* `check`: what was found, printed as it comes, each problem once, with where it is and what to do.
 */
#ifndef REGUARD_CLI_CHECK_H
#define REGUARD_CLI_CHECK_H

#include "core/buf.h"
#include "config/config.h"

struct report {
    const struct config *config;
    int problems;
    struct buf told; /* of the problems, to say each once */
};
enum report_mark { REPORT_FINE, REPORT_NOTE, REPORT_RISK, REPORT_PROBLEM };

void report_init(struct report *, const struct config *);
void report_done(struct report *);
void report(struct report *, enum report_mark, const char *format, ...) PRINTF_LIKE(3, 4);
/* A problem of one setting, with its file and line. One setting has one problem, the first that is
   found; people may have several. False when it was told before. */
bool report_at(struct report *, const char *section, const char *key, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Asks it; one that gives no sign of life runs. */
bool check_daemon_runs(const char *state_dir);
/* Everything that this machine tells without any network. */
void check_here(struct report *);

#endif
