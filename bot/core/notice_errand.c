/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a task without a window. */
#include "core/card.h"
#include "core/notice_parts.h"
#include "core/tasks.h"

/* The card itself asks for the approvals (card.h). */
void notice_errand_asked(struct notice *n)
{
    notice_ask_alone(n, card_request(n->desk, n->c, n->v->arena));
}

void notice_errand_begun(struct notice *n)
{
    buf_addf(&n->b, "🔄 Approved. %s I post here when that is verified.",
             task_words(n->c->task)->plan);
    notice_thread(n);
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
    const struct doable_words *w = task_words(n->c->task);
    buf_addf(&n->b, "✅ Verified: %s", w->what);
    if (!w->of_root)
        buf_addf(&n->b, " “%s”", n->c->target);
    buf_addf(&n->b, " in %s %s", notice_subject(n),
             str_or_empty(n->f->text)[0] ? w->is_found : w->is_done);
    notice_end_with(n, n->f->text);
    buf_addf(&n->b, " %s", w->end);
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
