/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a task without a window. */
#include "core/card.h"
#include "core/errand.h"
#include "core/inert.h"
#include "core/notice_parts.h"
#include "core/question.h"
#include "core/rich.h"
#include "core/tasks.h"

#include <string.h>

/* Escaped by a chat it still has room in one message. */
enum { PIECE_BYTES = 1500 };

/* At the end of a character. */
static size_t piece_of(const char *text)
{
    size_t bytes = strnlen(text, PIECE_BYTES);
    for (int more = 3; more > 0 && ((unsigned char)text[bytes] & 0xc0) == 0x80; more--)
        bytes--;
    return bytes;
}

/* What the card has no room for: an approver sees all that is approved. */
static void show_whole(struct notice *n)
{
    struct arena *arena = n->v->arena;
    const char *whole = str_or_empty(n->f->was);
    size_t count = 0, number = 0;
    for (const char *at = whole; *at; at += piece_of(at))
        count++;
    for (const char *at = whole; *at; at += piece_of(at)) {
        CLEANUP(buf_done) struct buf piece;
        buf_init(&piece, 2 * PIECE_BYTES);
        inert_add_exact(&piece, arena_printf(arena, "%.*s", (int)piece_of(at), at), PIECE_BYTES);
        buf_addf(&n->b, "What stands there, %zu of %zu: ", ++number, count);
        rich_add_code(&n->b, buf_text(&piece));
        notice_thread(n);
    }
}

/* The card itself asks for the approvals (card.h). */
void notice_errand_asked(struct notice *n)
{
    notice_ask_alone(n, card_request(n->desk, n->c, n->v->arena));
    if (errand_is_cut(n->c))
        show_whole(n);
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

/* ---- password recovery with a lift ---- */

void notice_recovery_begun(struct notice *n)
{
    buf_addf(&n->b, "🔑 Before the lift: %s", task_words(TASK_RECOVERY)->plan);
    notice_thread(n);
}

void notice_add_unchanged(struct notice *n)
{
    const struct casefile *c = n->c;
    buf_add(&n->b, c->recovery == RECOVERY_NONE ? " Nothing was changed"
                                                : " Root protection was not changed");
    if (c->recovery == RECOVERY_BEGUN)
        buf_add(&n->b, "; password recovery is being allowed");
    if (c->recovery != RECOVERY_ALLOWED)
        return;
    buf_add(&n->b, "; password recovery stays allowed until it is taken away: ");
    card_add_run(&n->b, n->desk, n->c, TASK_CREDENTIALS);
}

void notice_recovery_allowed(struct notice *n)
{
    const struct doable_words *w = task_words(TASK_RECOVERY);
    const char *how = str_or_empty(n->f->text);
    if (n->f->on) {
        buf_addf(&n->b, "🔑 Password recovery in %s is nothing to be allowed", notice_subject(n));
    } else {
        buf_addf(&n->b, "🔑 Verified: %s in %s %s", w->what, notice_subject(n),
                 how[0] ? w->is_found : w->is_done);
    }
    notice_end_with(n, how);
    if (question_is_open(n->c)) {
        notice_thread(n);
        return;
    }
    buf_add(&n->b, " The lift had ended before that. This takes it away again: ");
    card_add_run(&n->b, n->desk, n->c, TASK_CREDENTIALS);
    notice_tell_requester(n);
}

/* Where the lift ends with it, that says why. */
void notice_recovery_failed(struct notice *n)
{
    if (question_is_open(n->c))
        return;
    buf_addf(&n->b, "⚠️ Password recovery in %s %s", notice_subject(n),
             n->f->on ? "was not allowed" : "is not verified");
    notice_end_with(n, n->f->text);
    notice_tell_requester(n);
}
