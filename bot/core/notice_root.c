/* SPDX-License-Identifier: Apache-2.0 */
/* Root users that were used, and whether that can be seen. */
#include "core/card.h"
#include "core/guardrail.h"
#include "core/notice_parts.h"
#include "core/rich.h"
#include "core/rootlook.h"
#include "core/rootuse.h"
#include "core/tasks.h"

#include <inttypes.h>

/* ": ConsoleLogin, 10:05, from 203.0.113.5, with MFA; it was refused" */
static void add_use(struct notice *n)
{
    const struct fact *f = n->f;
    const char *name = str_or_empty(f->verb), *address = str_or_empty(f->text);
    buf_addf(&n->b, ": %s, ", name[0] ? name : "a call without a name");
    rich_add_time(&n->b, f->since_ms);
    if (address[0])
        buf_addf(&n->b, ", from %s", address);
    buf_add(&n->b, f->mfa == ROOT_WITH_MFA      ? ", with MFA"
                   : f->mfa == ROOT_WITHOUT_MFA ? ", WITHOUT MFA"
                                                : "");
    buf_add(&n->b, f->denied ? "; it was refused" : "");
    rich_end_sentence(&n->b);
}

static void used_in_window(struct notice *n)
{
    buf_add(&n->b, n->f->denied ? "👤 Somebody tried to use root" : "👤 Root was used");
    add_use(n);
    bool last = n->f->denied ? n->c->root_refused >= LIMIT_ROOT_TRIES
                             : n->c->root_uses >= LIMIT_ROOT_LINES;
    buf_add(&n->b, !last          ? " AWS tells it minutes later."
                   : n->f->denied ? " I only count attempts that follow; they are on record."
                                  : " I only count what follows; it is on record.");
    notice_thread(n);
}

static void used_elsewhere(struct notice *n)
{
    enum watch now = guardrail_now(n->desk);
    bool denied = n->f->denied;
    buf_add(&n->b, denied ? "⚠️ " : "🚨 ");
    rich_add_strong(&n->b, verdict_text(n->v,
                                        denied ? "Somebody tried to use root in %s"
                                               : "Root was used in %s",
                                        n->f->account));
    buf_add(&n->b, ", where no window was open");
    add_use(n);
    buf_addf(&n->b, " Root protection is %s. Find out who it was.",
             now == WATCH_UNKNOWN ? "unknown" : watch_word(now));
    n->c = notice_held_down(n->desk);
    if (n->c && n->c->state != CASE_RESTORING)
        buf_add(&n->b, " If nobody knows, restore it now.");
    buf_add(&n->b, denied ? " If it succeeds I say so at once; other attempts there I only put on "
                            "record for an hour."
                          : " More of that account within the hour I only put on record.");
    if (rootuse_is_full(n->desk, n->v->turn.now_ms))
        buf_addf(
            &n->b,
            " That is the %dth account within an hour: of any other one I say nothing for now, "
            "it is only on record.",
            LIMIT_ROOT_ALARMS);
    /* Anybody on earth can try: nobody is woken by it. */
    notice_sound(n,
                 &(struct alarm){ .admins = true,
                                  .escalate = !denied,
                                  .directly = !denied,
                                  .buttons = { !n->c                         ? ACTION_NONE
                                               : n->c->state == CASE_OUTSIDE ? ACTION_PUT_BACK
                                                                             : ACTION_RESTORE } });
}

void notice_root_used(struct notice *n)
{
    if (!n->f->told)
        return;
    if (n->c)
        used_in_window(n);
    else
        used_elsewhere(n);
}

void notice_root_summed(struct notice *n)
{
    buf_add(&n->b, "👤 Root use in this window: ");
    if (!rootuse_add_seen(&n->b, n->c))
        buf_add(&n->b, "none seen");
    buf_add(&n->b, ", as far as AWS tells it by now.");
    notice_thread(n);
}

void notice_root_unread(struct notice *n)
{
    buf_addf(&n->b,
             "⚠️ %" PRId64
             " message%s in the queue of root users' events could not be read (%s), so "
             "I cannot say what happened there. Look at what sends them.",
             n->f->count, n->f->count == 1 ? "" : "s", str_or_empty(n->f->text));
    notice_post(n);
}

void notice_root_blind(struct notice *n)
{
    buf_add(&n->b, "⚠️ I cannot see whether root users are used");
    notice_end_with(n, str_or_empty(n->f->text));
    buf_add(&n->b, " Everything else goes on; I keep trying.");
    notice_sound(n, &(struct alarm){ .admins = true });
}

void notice_root_left(struct notice *n)
{
    buf_add(&n->b,
            "⚠️ I no longer look whether root users are used: the queue that could not be read "
            "is in my configuration no more.");
    notice_post(n);
}

void notice_root_seen_again(struct notice *n)
{
    buf_add(&n->b, "✅ I can see again whether root users are used. I could not since ");
    rich_add_time(&n->b, n->f->since_ms);
    buf_add(&n->b, "; what happened meanwhile I tell as it comes.");
    notice_post(n);
}

/* ---- what a window has left ---- */

static void add_meant(struct notice *n)
{
    const char *word = n->desk->policy->command_word, *id = notice_case_id(n);
    buf_addf(&n->b,
             " When that is done say `%s cleaned %s yes`, and I ask AWS once more. If it is meant, "
             "another Admin says why: `%s cleaned %s yes because …`.",
             word, id, word, id);
}

static void add_how_to_delete(struct notice *n)
{
    if (!n->desk->can_run) {
        buf_add(&n->b, " Delete what is left in the management account (IAM, Root access "
                       "management, delete root user credentials)");
        return;
    }
    buf_add(&n->b, " Delete what is left with ");
    card_add_run(&n->b, n->desk, n->c, TASK_CREDENTIALS);
    buf_add(&n->b, ", which deletes every credential of that root user once another Admin has "
                   "approved it");
}

static void add_what_to_do(struct notice *n)
{
    add_how_to_delete(n);
    buf_add(&n->b, n->c->root_after.password && !n->c->root_after.mfa_devices
                       ? ", or set MFA up in another window."
                       : ".");
    add_meant(n);
}

static void add_as_of(struct notice *n)
{
    buf_add(&n->b, ", as AWS said ");
    rich_add_time(&n->b, n->c->root_after.at_ms);
}

/* Under the card, and to whoever had the window; there nobody is mentioned. */
static void tell_requester(struct notice *n)
{
    const char *text = notice_text(n);
    buf_clear(&n->b);
    buf_add(&n->b, "⚠️ ");
    notice_mention(n, &n->c->requester);
    buf_addf(&n->b, ": %s", text);
    struct message *m = notice_thread(n);
    notice_button(n, m, ACTION_CLEANED);
    size_t before = m->button_count;
    notice_button(n, m, ACTION_CLEAN_UP);
    if (m->button_count > before)
        m->buttons[before].typed = ""; /* it stands in the text */
    buf_addf(&n->b, "⚠️ %s: %s", notice_case_id(n), text);
    notice_direct(n, &n->c->requester);
}

static void add_left(struct notice *n, const char *what)
{
    rich_add_strong(&n->b, what);
    buf_add(&n->b, ": the root user has ");
    rootlook_add_left(&n->b, n->c);
    add_as_of(n);
}

static void tell_left(struct notice *n)
{
    add_left(n, "NOT clean");
    rootlook_add_compared(&n->b, n->c);
    buf_add(&n->b, ".");
    add_what_to_do(n);
    buf_add(&n->b, " I remind you every day until it is clean.");
    tell_requester(n);
}

static void tell_clean(struct notice *n)
{
    buf_add(&n->b, "🧹 ");
    rich_add_strong(&n->b, "Clean, verified");
    buf_add(&n->b, ": the root user has ");
    rootlook_add_has(&n->b, &n->c->root_after);
    add_as_of(n);
    rootlook_add_compared(&n->b, n->c);
    buf_add(&n->b, ". Whether everybody has signed out AWS does not tell.");
    notice_tell_requester(n);
}

/* People are asked, as where there is no way to AWS. */
static void tell_unknown(struct notice *n)
{
    buf_add(&n->b, "⚠️ I cannot check whether it is clean");
    notice_end_with(n, n->f->text);
    buf_add(&n->b, " ");
    notice_ask_clean(n);
}

/* They were asked before that was known: the card has its other answer by now, and they have
 * theirs.
 */
static void ask_with_recovery(struct notice *n)
{
    struct arena *arena = n->v->arena;
    if (card_offers_recovery(n->desk, n->c, arena))
        notice_ask_alone(n, arena_printf(arena,
                                         "%s Its root user has no password, so that nobody could "
                                         "sign in: whoever approves can allow password recovery "
                                         "with that.",
                                         card_request(n->desk, n->c, arena)));
}

/* What was found on the way is said by the reminder that follows. */
void notice_root_found(struct notice *n)
{
    const struct fact *f = n->f;
    if (!str_equal(f->verb, "after")) {
        ask_with_recovery(n);
        return;
    }
    if (f->known && !rootlook_is_left(n->c))
        tell_clean(n);
    else if (f->known && f->said)
        tell_left(n);
    else if (f->said)
        tell_unknown(n);
}

void notice_not_clean(struct notice *n)
{
    const struct casefile *c = n->c;
    add_left(n, n->f->on ? "Still NOT clean, for the last time" : "Still NOT clean");
    if (c->root_why[0])
        buf_addf(&n->b, "; I cannot ask it again now (%s)", c->root_why);
    buf_add(&n->b, ".");
    add_what_to_do(n);
    if (!n->f->on) {
        tell_requester(n);
        return;
    }
    /* Nobody is reminded any more: whoever can act hears it once. */
    const char *text = notice_text(n);
    buf_clear(&n->b);
    buf_addf(&n->b, "⚠️ %s: %s", notice_subject(n), text);
    notice_sound(n, &(struct alarm){
                        .requester = true, .admins = true, .buttons = { ACTION_CLEAN_UP } });
}
