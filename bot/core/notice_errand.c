/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a task without a window. */
#include "core/card.h"
#include "core/notice_parts.h"

/* The card itself asks for the approvals (card.h). */
void notice_errand_asked(struct notice *n)
{
    notice_ask_alone(n, card_request(n->desk, n->c, n->v->arena));
}

void notice_errand_begun(struct notice *n)
{
    notice_line(n, "🔄 Approved. I look once more whether that very policy stands there, delete it "
                   "and look whether it is gone. I post here when that is verified.");
}

static void tell(struct notice *n)
{
    const char *text = notice_text(n);
    notice_concerns(n, notice_post(n), &n->c->requester);
    buf_addf(&n->b, "%s: %s", notice_case_id(n), text);
    notice_direct(n, &n->c->requester);
}

void notice_errand_done(struct notice *n)
{
    buf_addf(&n->b, "✅ Verified: the policy of “%s” in %s is %s", n->c->target, notice_subject(n),
             str_or_empty(n->f->text)[0] ? "gone" : "deleted");
    notice_end_with(n, n->f->text);
    buf_add(&n->b, " The old one is on record, and nothing was lifted.");
    tell(n);
}

void notice_errand_failed(struct notice *n)
{
    buf_addf(&n->b, "⚠️ %s%s", n->f->on ? "I did not " : "Not verified: I was to ",
             card_errand(n->c, n->v->arena));
    notice_end_with(n, n->f->text);
    buf_add(&n->b, n->f->on ? " Nothing was changed; ask again if it is still needed."
                            : " I do not try again by myself: look at it in the account.");
    tell(n);
}
