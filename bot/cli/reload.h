/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP: the configuration and all that it names is read again, checked as a whole, and only then
   put to use. */
#ifndef REGUARD_CLI_RELOAD_H
#define REGUARD_CLI_RELOAD_H

#include "cli/bot.h"

/* The editions of the trust anchors that are in use now. */
void reload_note_anchors(struct bot *);
/* Puts rules and people on record, where they are not those of before. */
void reload_tell_rules(struct bot *, bool at_start);
void reload(struct bot *);

#endif
