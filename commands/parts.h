/* SPDX-License-Identifier: Apache-2.0 */
/* What several verbs share: reading the common words, and the sentences for common refusals. */
#ifndef REGUARD_COMMANDS_PARTS_H
#define REGUARD_COMMANDS_PARTS_H

#include "core/command.h"
#include "core/action.h"
#include "core/desk.h"
#include "core/tasks.h"

/* Takes a case id when the next word is one. */
void parts_read_case(struct words *, struct request *);
/* Takes "because REASON…" up to the end; the reason is made inert. False when other words are in
   the way. */
bool parts_read_reason(struct words *, struct request *, struct err *);
/* The same for verbs that have more parts (commands/reason.c). People put them behind the reason,
   too: whole ones at its end are taken as parts, a ticket's number anywhere. What could be meant
   either way is asked about, and a reason in quotes is words and nothing else. */
enum reason_part { PART_FOR = 1 << 0, PART_TASK = 1 << 1, PART_TICKET = 1 << 2 };
bool parts_read_reason_and(struct words *, struct request *, unsigned parts, struct err *);
/* The state of the guardrail in a sentence, and what else stands in the way; commands/status.c. */
void parts_add_light(struct buf *, const struct desk *);
void parts_add_troubles(struct buf *, const struct desk *, struct arena *);
/* A button that is about no case; commands/cockpit.c. */
void parts_add_free_button(struct message *, enum action);
/* Nothing may follow any more. */
bool parts_read_end(struct words *, struct err *);
/* Takes a duration when the next word is one; false with a sentence when `required` and it is
   none. */
bool parts_read_duration(struct words *, struct request *, bool required, struct err *);

/* The case the request names; without a number the only one that fits the action. NULL with a
   sentence. */
const struct casefile *parts_case(const struct desk *, const struct request *, enum action,
                                  struct arena *, const char **ret_why);
/* Why whoever asks may not act as an Admin, or NULL: a whole answer. rich. */
const char *parts_admin_refusal(const struct desk *, const struct findings *, struct arena *);
/* The same as a clause, for a list of problems. */
const char *parts_admin_problem(const struct desk *, const struct findings *, struct arena *);
const char *parts_case_id(const struct casefile *, struct arena *);
/* What was found OFF outside; of a request that was made for one case, that one alone. NULL: there
   is none. */
const struct casefile *parts_outside_case(const struct desk *, const struct request *);
unsigned parts_needs_nothing(const struct desk *, const struct request *);
unsigned parts_needs_roster(const struct desk *, const struct request *);
/* Keys of the people who may approve: in [people], an active Admin, not `but` and not `nor`. Blank
   separated, in the arena. */
const char *parts_may_approve(const struct desk *, const struct survey *roster, const char *but,
                              const char *nor, struct arena *);

/* Why there is no place for one more request: a clause, or NULL. rich. */
const char *parts_full(const struct desk *, struct arena *);
/* Takes the word behind `what` and makes it inert; false with a sentence. The word is no keyword.
 */
bool parts_read_value(struct words *, const char *what, char *to, size_t bytes, struct err *);
bool parts_is_keyword(const char *word); /* of a request */
/* A line that tells how reguard itself does that task, with all that was given; "" where it does
   not. rich. */
const char *parts_how_to_run(const struct desk *, const struct request *, struct arena *);
const char *parts_account_name(const struct account *); /* or that it has none */
/* The accounts that bear one name, told apart by number and root e-mail address. */
const char *parts_bearers(const struct survey *, struct arena *);

/* The rows of commands/table.c. */
extern const struct command *const command_table[];
extern const size_t command_table_count;

extern const struct command command_lift, command_approve, command_decline, command_withdraw,
    command_done, command_extend, command_snooze, command_confirm, command_code, command_cleaned,
    command_put_back, command_adopt, command_status, command_history, command_show, command_tasks,
    command_guide, command_run, command_root_users, command_whoami, command_why, command_help,
    command_cockpit;

#endif
