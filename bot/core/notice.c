#include "core/notice.h"
#include "core/doubt.h"
#include "core/deadman.h"
#include "core/hearing.h"
#include "core/loss.h"
#include "core/notice_parts.h"
#include "core/outage.h"
#include "core/rules.h"
#include "core/twin.h"

static void tell_case(struct notice *n)
{
    const struct fact *f = n->f;
    const char *who = str_or_empty(f->actor.name), *reason = str_or_empty(f->reason);
    struct verdict *v = n->v;
    switch ((int)f->kind) {
    case FACT_ASKED: notice_asked(n); break;
    case FACT_MAILBOX_PROVED:
        notice_line(n, verdict_text(v, "✉️ %s can read the root mailbox (%s).", who,
                                    str_or_empty(f->verb)));
        break;
    case FACT_CODE_FAILED: notice_code_failed(n); break;
    case FACT_APPROVED:
    case FACT_EXTENSION_APPROVED: notice_approved(n); break;
    case FACT_APPROVAL_TAKEN_BACK:
        notice_line(n, verdict_text(v, "%s took the approval back%s.", who,
                                    n->c->change_begun && n->c->state == CASE_LIFTING
                                        ? verdict_text(v,
                                                       " while the change was on its way; it "
                                                       "counts if %s does not take the change",
                                                       n->desk->policy->provider->title)
                                        : ""));
        break;
    case FACT_APPROVAL_LAPSED: notice_lapsed(n); break;
    case FACT_ROLL_FAILED: notice_roll_failed(n); break;
    case FACT_DECLINED:
        notice_closed_before_lift(n, verdict_text(v, "❌ %s declined%s%s.", who,
                                                  reason[0] ? ": " : "", reason));
        break;
    case FACT_WITHDRAWN:
        notice_closed_before_lift(n, verdict_text(v, "↩️ %s withdrew the request.", who));
        break;
    case FACT_EXPIRED: notice_expired(n); break;
    case FACT_REFUSED: notice_refused(n); break;
    case FACT_FAILED: notice_failed(n); break;
    case FACT_LIFT_BEGUN:
        notice_line(n, "🔄 Approved. Reading everybody's role once more, then lifting. I say so "
                       "when it is proved.");
        break;
    case FACT_BUSY_TOLD:
        notice_line(n, verdict_text(v, "⚠️ %s. I keep trying; I have changed nothing so far.",
                                    f->text));
        break;
    case FACT_LIFTED: notice_lifted(n); break;
    case FACT_DRIFTED: notice_drifted(n); break;
    case FACT_TURNED_BACK: notice_turned_back(n); break;
    case FACT_REVIEWED: notice_reviewed(n); break;
    case FACT_WARNED: notice_warned(n); break;
    case FACT_EXTENSION_ASKED: notice_extension_asked(n); break;
    case FACT_EXTENDED: notice_extended(n); break;
    case FACT_EXTENSION_DECLINED: notice_extension_declined(n); break;
    case FACT_ENDED: notice_ended(n); break;
    case FACT_RESTORED: notice_restored(n); break;
    case FACT_TROUBLE: notice_trouble(n); break;
    case FACT_REMINDED: notice_reminded(n); break;
    case FACT_SNOOZED: notice_snoozed(n); break;
    case FACT_OUTSIDE_FOUND: notice_outside_found(n); break;
    case FACT_ADOPTION_ASKED: notice_adoption_asked(n); break;
    case FACT_ADOPTION_REFUSED: notice_adoption_refused(n); break;
    case FACT_ADOPTED: notice_adopted(n); break;
    case FACT_UNDELIVERED: notice_undelivered(n); break;
    case FACT_CLEANED:
        notice_line(n, verdict_text(v, "%s: clean-up %s%s%s.", who, f->on ? "done" : "NOT done",
                                    reason[0] ? ": " : "", reason));
        break;
    case FACT_NOTED:
        notice_line(n,
                    verdict_text(v, "Noted, without effect: %s. (%s)", str_or_empty(f->text), who));
        break;
    default: break; /* the other kinds show on the card only */
    }
}

void notice_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    struct notice n = { .desk = desk, .c = desk_case_const(desk, f->case_no), .f = f, .v = v };
    buf_init(&n.b, LIMIT_SAYING_BYTES);
    if (n.c)
        tell_case(&n);
    else if (f->kind == FACT_TURNED_BACK) /* its case has left the desk */
        notice_turned_back(&n);
    else if (f->kind == FACT_UNKNOWN_TOLD)
        notice_unknown_told(&n);
    else if (f->kind == FACT_KNOWN_AGAIN)
        notice_known_again(&n);
    else if (f->kind == FACT_STORE_LOST || f->kind == FACT_LOSS_TOLD || f->kind == FACT_STORE_BACK)
        loss_tell(desk, f, v);
    else if (f->kind == FACT_UNDELIVERED)
        notice_undelivered(&n);
    else if (f->kind == FACT_RULES_READ || f->kind == FACT_RULES_REFUSED ||
             f->kind == FACT_RULES_TAKEN)
        rules_tell(f, v);
    else if (f->kind == FACT_STORE_DOUBTED || f->kind == FACT_DOUBT_TOLD ||
             f->kind == FACT_STORE_ACCEPTED)
        doubt_tell(desk, f, v);
    else if (f->kind == FACT_TWIN_FOUND || f->kind == FACT_TWIN_GONE || f->kind == FACT_CROWDED)
        twin_tell(desk, f, v);
    else if (f->kind == FACT_WORD_GONE)
        deadman_tell(desk, f, v);
    else if (f->kind == FACT_CHAT_TOLD)
        outage_tell(desk, f, v);
    else if (f->kind == FACT_CAUGHT_UP || f->kind == FACT_DEAF_TOLD)
        hearing_tell(desk, f, v);
    buf_done(&n.b);
}
