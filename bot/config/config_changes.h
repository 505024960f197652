/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two readings of the configuration, and what a running process does with
   it. */
#ifndef REGUARD_CONFIG_CHANGES_H
#define REGUARD_CONFIG_CHANGES_H

#include "config/config.h"

enum config_when {
    CONFIG_AT_ONCE,
    CONFIG_NEXT_TIME, /* paths of secrets and trust anchors: with the next connection or request */
    CONFIG_RESTART    /* only a new process uses it */
};

/* setting: "[policy] approvals", "[people] ana@example.com", or "[mail]" for a whole section. was,
   now: as they may stand in the file; "" for none. All lent for the call. */
typedef void (*config_change)(void *arg, enum config_when, const char *setting, const char *was,
                              const char *now);
void config_compare(const struct config *running, const struct config *fresh, config_change,
                    void *arg);
/* What only a new process uses is in fresh as in running from now on. */
void config_keep_started(const struct config *running, struct config *fresh);

/* The rules, with whom is spoken (addresses, channel, room, team, organisation) and the people, one
   "SETTING = VALUE" after the other, each on a line; the same text for the same ones. */
void config_rules_text(const struct config *, struct buf *);
/* Calls for each setting that differs between two such texts. */
void config_compare_rules(const char *was, const char *now, config_change, void *arg);

struct config_row;
/* When a change of that one counts. */
enum config_when config_counts(const struct config_row *);

#endif
