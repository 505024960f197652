/* SPDX-License-Identifier: Apache-2.0 */
/* The rules as configured ([policy] and the intervals in the provider's section), and what they say
   about people and cases. */
#ifndef REGUARD_POLICY_H
#define REGUARD_POLICY_H

#include "core/base.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/provider.h"

enum approve_way {
    APPROVE_BY_REACTION = 1 << 0,
    APPROVE_BY_BUTTON = 1 << 1,
    APPROVE_BY_COMMAND = 1 << 2
};
enum ownership { OWNERSHIP_DIRECT, OWNERSHIP_RESOLD };
enum mailbox_proof { MAILBOX_OFF, MAILBOX_CONFIRM, MAILBOX_CODE };
enum on_deadline { DEADLINE_REMIND, DEADLINE_RESTORE };
enum on_foreign_root { FOREIGN_ROOT_ALARM, FOREIGN_ROOT_RESTORE };
enum dead_man { DEAD_MAN_OFF, DEAD_MAN_WANTED, DEAD_MAN_REQUIRED };

struct durations {
    ms_t steps[LIMIT_REMINDER_STEPS];
    size_t count;
};

struct policy {
    char admin_roles[LIMIT_ROLES][64];
    size_t admin_role_count;
    int approvals, acts_per_day;
    unsigned approve_with; /* enum approve_way */
    ms_t min_window, default_window, max_window, request_expires;
    bool require_ticket;
    char ticket_url[160]; /* ticket.h; "" for none */
    enum ownership ownership;
    enum mailbox_proof mailbox_proof;
    enum on_deadline on_deadline;
    enum on_foreign_root on_foreign_root;
    enum dead_man dead_man;
    struct durations remind_pending, remind_overdue;
    ms_t warn_before, watch_after;
    char escalate[128];
    char alarm_mail[512]; /* addresses: who hears of an alarm that no chat takes; "" for nobody */
    char alarm_command[512]; /* absolute path of the program that does; "" for none */
    char organisation[64];
    ms_t poll_lifted, poll_idle, poll_task, verify_gap, lift_gives_up;
    char approve_reaction[64], decline_reaction[64];
    const struct provider *provider; /* whoever has the guardrail; lent, never NULL */
    char command_word[64];           /* how people call us, for examples: "/reguard" */
};

/* Offset of the number-th step (from 0) after the due time. Past the end, the last one is added
   again and again, without end; MS_NEVER when there are no steps. */
ms_t durations_step_ms(const struct durations *, int64_t number);
/* How many steps have come due after `elapsed`. */
int64_t durations_reached(const struct durations *, ms_t elapsed);

bool policy_is_admin(const struct policy *, const struct roster_user *);

#endif
