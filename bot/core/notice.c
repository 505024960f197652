/* SPDX-License-Identifier: Apache-2.0 */
#include "core/notice.h"
#include "core/doubt.h"
#include "core/deadman.h"
#include "core/errand.h"
#include "core/hearing.h"
#include "core/loss.h"
#include "core/notice_parts.h"
#include "core/rich.h"
#include "core/outage.h"
#include "core/route.h"
#include "core/rules.h"
#include "core/twin.h"

/* ---- one sentence each ---- */

/* It shows on the card, or another fact is told with it. */
static void unheard(struct notice *n) { (void)n; }

static const char *by(const struct notice *n) { return str_or_empty(n->f->actor.name); }

static void mailbox_proved(struct notice *n)
{
    notice_line(
        n, verdict_text(n->v,
                        str_equal(n->f->verb, "code")
                            ? "✉️ %s has typed the code that was mailed to the root mailbox."
                            : "✉️ %s confirmed that mail to the root mailbox can be read.",
                        by(n)));
}

static void approval_taken_back(struct notice *n)
{
    const char *still = n->c->change_begun && n->c->state == CASE_LIFTING
                            ? verdict_text(n->v,
                                           " The change had already been sent: that counts only if "
                                           "%s does not take it.",
                                           n->desk->policy->provider->title)
                            : "";
    notice_line(n, verdict_text(n->v, "↩️ %s took the approval back.%s", by(n), still));
}

static void declined(struct notice *n)
{
    buf_addf(&n->b, "❌ %s declined the request", by(n));
    notice_end_with_reason(n);
    notice_closed_before_lift(n);
}

static void withdrawn(struct notice *n)
{
    buf_addf(&n->b, "↩️ %s withdrew the request.", by(n));
    notice_closed_before_lift(n);
}

static void lift_begun(struct notice *n)
{
    const struct question *q = &n->c->question;
    size_t with = 0;
    for (size_t i = 0; i < q->approval_count; i++)
        with += q->approvals[i].recovers;
    bool first = errand_recovers_first(n->desk, n->c);
    buf_addf(&n->b,
             "🔄 Approved. I check everybody's role once more, %sthen switch root protection "
             "OFF. I post here when that is verified.",
             first ? "allow password recovery, " : "");
    if (with && !first && n->c->recovery == RECOVERY_NONE)
        buf_addf(&n->b, " Password recovery is not allowed with it: %zu of %d approved that.", with,
                 n->desk->policy->approvals);
    notice_thread(n);
}

static void busy_told(struct notice *n)
{
    buf_add(&n->b, "⚠️ Not lifted yet");
    notice_end_with(n, n->f->text);
    notice_line(n, " I keep trying; nothing is changed so far.");
}

static void witnessed(struct notice *n)
{
    CLEANUP(buf_done) struct buf at;
    buf_init(&at, 64);
    rich_add_time(&at, n->f->since_ms);
    notice_line(n, verdict_text(n->v,
                                "👀 While I was silent, my witness on another machine restored root "
                                "protection (%s, by its own word). I am verifying that myself.",
                                buf_text(&at)));
}

static void cleaned(struct notice *n)
{
    buf_addf(&n->b,
             n->f->meant ? "🧹 %s says that what is left is meant"
             : n->f->on  ? "🧹 %s says that everything is cleaned up"
                         : "⚠️ %s says that it is NOT all cleaned up",
             by(n));
    notice_end_with_reason(n);
    notice_thread(n);
}

static void noted(struct notice *n)
{
    const char *why = str_or_empty(n->f->text);
    notice_line(n, verdict_text(n->v, "%s removed the approval, but %s; nothing changes.", by(n),
                                why[0] ? why : "the lift had already begun"));
}

/* ---- what is heard of a case ---- */

/* The other kinds show on the card only. */
static void (*const of_a_case[FACT_KIND_COUNT])(struct notice *) = {
    [FACT_ASKED] = notice_asked,
    [FACT_ERRAND_ASKED] = notice_errand_asked,
    [FACT_ERRAND_BEGUN] = notice_errand_begun,
    [FACT_ERRAND_DONE] = notice_errand_done,
    [FACT_ERRAND_FAILED] = notice_errand_failed,
    [FACT_MAILBOX_PROVED] = mailbox_proved,
    [FACT_CODE_FAILED] = notice_code_failed,
    [FACT_APPROVED] = notice_approved,
    [FACT_EXTENSION_APPROVED] = notice_approved,
    [FACT_APPROVAL_TAKEN_BACK] = approval_taken_back,
    [FACT_APPROVAL_LAPSED] = notice_lapsed,
    [FACT_ROLL_FAILED] = notice_roll_failed,
    [FACT_DECLINED] = declined,
    [FACT_WITHDRAWN] = withdrawn,
    [FACT_EXPIRED] = notice_expired,
    [FACT_REFUSED] = notice_refused,
    [FACT_FAILED] = notice_failed,
    [FACT_LIFT_BEGUN] = lift_begun,
    [FACT_RECOVERY_BEGUN] = notice_recovery_begun,
    [FACT_RECOVERY_ALLOWED] = notice_recovery_allowed,
    [FACT_RECOVERY_FAILED] = notice_recovery_failed,
    [FACT_BUSY_TOLD] = busy_told,
    [FACT_LIFTED] = notice_lifted,
    [FACT_WITNESSED] = witnessed,
    [FACT_DRIFTED] = notice_drifted,
    [FACT_TURNED_BACK] = notice_turned_back,
    [FACT_REVIEWED] = notice_reviewed,
    [FACT_WARNED] = notice_warned,
    [FACT_EXTENSION_ASKED] = notice_extension_asked,
    [FACT_EXTENDED] = notice_extended,
    [FACT_EXTENSION_DECLINED] = notice_extension_declined,
    [FACT_ENDED] = notice_ended,
    [FACT_RESTORED] = notice_restored,
    [FACT_TROUBLE] = notice_trouble,
    [FACT_REMINDED] = notice_reminded,
    [FACT_SNOOZED] = notice_snoozed,
    [FACT_OUTSIDE_FOUND] = notice_outside_found,
    [FACT_ADOPTION_ASKED] = notice_adoption_asked,
    [FACT_ADOPTION_REFUSED] = notice_adoption_refused,
    [FACT_ADOPTED] = notice_adopted,
    [FACT_UNDELIVERED] = notice_undelivered,
    [FACT_CLEANED] = cleaned,
    [FACT_NOTED] = noted,
    [FACT_ROOT_USED] = notice_root_used,
    [FACT_ROOT_SUMMED] = notice_root_summed,
    [FACT_ROOT_FOUND] = notice_root_found,
    [FACT_CODE_SENT] = unheard,
    [FACT_CODE_MAILED] = unheard,
    [FACT_CODE_WRONG] = unheard,
    [FACT_CHANGE_BEGUN] = unheard,
    [FACT_CHANGE_ACCEPTED] = unheard,
    [FACT_CHANGE_REFUSED] = unheard,
    [FACT_CHANGE_UNKNOWN] = unheard,
    [FACT_CHANGE_VOID] = unheard,
    [FACT_TASK_ENDED] = unheard,
    [FACT_PROVED] = unheard,
    [FACT_FILED] = unheard,
    [FACT_WORD_LEFT] = unheard,
};

/* ---- what is heard of reguard itself ---- */

static void route(struct notice *n) { route_tell(n->desk, n->f, n->v); }
static void loss(struct notice *n) { loss_tell(n->desk, n->f, n->v); }
static void doubt(struct notice *n) { doubt_tell(n->desk, n->f, n->v); }
static void rules(struct notice *n) { rules_tell(n->f, n->v); }
static void twin(struct notice *n) { twin_tell(n->desk, n->f, n->v); }
static void deadman(struct notice *n) { deadman_tell(n->desk, n->f, n->v); }
static void outage(struct notice *n) { outage_tell(n->desk, n->f, n->v); }
static void hearing(struct notice *n) { hearing_tell(n->desk, n->f, n->v); }

static void (*const of_no_case[FACT_KIND_COUNT])(struct notice *) = {
    [FACT_TURNED_BACK] = notice_turned_back, /* its case has left the desk */
    [FACT_UNKNOWN_TOLD] = notice_unknown_told,
    [FACT_KNOWN_AGAIN] = notice_known_again,
    [FACT_UNDELIVERED] = notice_undelivered,
    [FACT_ROOT_USED] = notice_root_used,
    [FACT_ROOT_UNREAD_TOLD] = notice_root_unread,
    [FACT_ROOT_BLIND] = notice_root_blind,
    [FACT_ROOT_LEFT] = notice_root_left,
    [FACT_ROOT_SEEN_AGAIN] = notice_root_seen_again,
    [FACT_ALARM_ROUTED] = route,
    [FACT_STORE_LOST] = loss,
    [FACT_LOSS_TOLD] = loss,
    [FACT_STORE_BACK] = loss,
    [FACT_STORE_DOUBTED] = doubt,
    [FACT_DOUBT_TOLD] = doubt,
    [FACT_STORE_ACCEPTED] = doubt,
    [FACT_RULES_READ] = rules,
    [FACT_RULES_REFUSED] = rules,
    [FACT_RULES_TAKEN] = rules,
    [FACT_TWIN_FOUND] = twin,
    [FACT_TWIN_GONE] = twin,
    [FACT_CROWDED] = twin,
    [FACT_WORD_GONE] = deadman,
    [FACT_CHAT_TOLD] = outage,
    [FACT_CAUGHT_UP] = hearing,
    [FACT_DEAF_TOLD] = hearing,
    [FACT_RESTORE_ORDERED] = unheard,
    [FACT_RULE_CHANGED] = unheard,
    [FACT_WORD_LEFT] = unheard,
    [FACT_TRIED_IN_VAIN] = unheard,
    [FACT_DESK_KEPT] = unheard,
    /* Whoever asked, and nobody else, with more than is on record: rootusers.c. */
    [FACT_ROOTS_ASKED] = unheard,
    [FACT_ROOTS_TOLD] = unheard,
};

void notice_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    struct notice n = { .desk = desk, .c = desk_case_const(desk, f->case_no), .f = f, .v = v };
    void (*tell)(struct notice *) = n.c ? of_a_case[f->kind] : of_no_case[f->kind];
    buf_init(&n.b, LIMIT_SAYING_BYTES);
    if (tell)
        tell(&n);
    buf_done(&n.b);
}

bool notice_has_row(enum fact_kind kind) { return of_a_case[kind] || of_no_case[kind]; }
