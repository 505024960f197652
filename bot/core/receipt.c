/* SPDX-License-Identifier: Apache-2.0 */
#include "core/receipt.h"
#include "core/card.h"
#include "core/duration.h"
#include "core/rich.h"
#include "core/rootlook.h"
#include "core/rootuse.h"
#include "core/tasks.h"

#include <inttypes.h>
#include <time.h>

static void add_row(struct buf *b, const char *label)
{
    buf_add(b, "\n");
    rich_add_strong(b, label);
    buf_add(b, " ");
}

static void add_text_row(struct buf *b, const char *label, const char *text)
{
    if (!text[0])
        return;
    add_row(b, label);
    buf_add(b, text);
}

static void add_beginning(struct buf *b, const struct desk *desk, const struct casefile *c,
                          struct arena *arena)
{
    add_text_row(b, "Found OFF:", card_found_lifted(desk, c, arena));
    if (case_is_nobodys(c))
        return;
    add_row(b, c->found_ms ? "Adopted:" : "Requested:");
    rich_add_time(b, c->requester.since_ms);
    buf_addf(b, " by %s, for %s", c->requester.name, card_subject(c, arena));
    if (!case_is_errand(c)) {
        buf_add(b, ", for ");
        duration_add(b, c->window_ms);
    }
    if (!case_is_errand(c)) {
        const struct task *task = task_named(c->task);
        add_text_row(b, "Task:", task ? task->title : c->task);
        buf_add(b, c->anyway ? ", asked for anyway: it needs no window" : "");
    }
    add_text_row(b, "Reason:", c->reason);
    add_text_row(b, "Ticket:", c->ticket);
}

static void add_approvals(struct buf *b, const struct casefile *c)
{
    size_t count;
    const struct party *approvals = case_approvals(c, &count);
    if (!count)
        return;
    add_row(b, "Approved:");
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? ", " : "");
        rich_add_time(b, approvals[i].since_ms);
        buf_addf(b, " by %s (%s%s)", approvals[i].name, approve_way_name(approvals[i].way),
                 card_with_recovery(&approvals[i]));
    }
}

static void add_mailbox(struct buf *b, const struct casefile *c)
{
    if (!c->mailbox_ms)
        return;
    add_row(b, "Root mailbox:");
    buf_add(b, c->mailbox_coded ? "read, by the code mailed there, " : "read, as confirmed ");
    rich_add_time(b, c->mailbox_ms);
    buf_addf(b, " by %s", c->requester.name);
}

/* Nobody answers any more once the window is over. */
static void add_more_time(struct buf *b, const struct more_time *m)
{
    add_row(b, "More time:");
    buf_add(b, "asked for ");
    rich_add_time(b, m->asked_ms);
    buf_addf(b, " by %s, ", m->by);
    if (!m->answered_ms) {
        buf_add(b, "not answered");
        return;
    }
    buf_add(b, m->until_ms ? "approved " : m->answered_by[0] ? "declined " : "came to nothing ");
    rich_add_time(b, m->answered_ms);
    buf_addf(b, "%s%s", m->answered_by[0] ? " by " : "", m->answered_by);
    if (m->others)
        buf_addf(b, " and %zu more", m->others);
    if (m->until_ms) {
        buf_add(b, ": until ");
        rich_add_time(b, m->until_ms);
    }
}

static void add_extensions(struct buf *b, const struct casefile *c)
{
    if (c->more_dropped) {
        add_row(b, "More time:");
        buf_addf(b, "asked for %zu times before; its records tell", c->more_dropped);
    }
    for (size_t i = 0; i < c->more_count; i++)
        add_more_time(b, &c->more[i]);
}

static void add_errand(struct buf *b, const struct casefile *c, struct arena *arena)
{
    add_text_row(b, "Asked for:", card_errand(c, arena));
    add_text_row(b, "SHA-256 of what stood there:", c->digest);
    if (!c->begun_ms)
        return;
    add_row(b, "Begun:");
    rich_add_time(b, c->begun_ms);
    if (!c->closed_ms)
        return;
    add_row(b, c->state == CASE_RAN ? "Done and verified:" : "Not verified:");
    rich_add_time(b, c->closed_ms);
}

static void add_off(struct buf *b, const struct casefile *c, struct arena *arena)
{
    add_row(b, "OFF:");
    if (!case_down_since_ms(c)) {
        buf_add(b, c->change_left ? "not verified" : "never");
        return;
    }
    buf_add(b, c->found_ms ? "at least from " : "from ");
    rich_add_time(b, case_down_since_ms(c));
    buf_add(b, c->closed_ms ? " until " : ", and not verified ON again yet");
    if (c->closed_ms) {
        rich_add_time(b, c->closed_ms);
        buf_addf(b, ": %s", card_open_for(c, arena));
    }
}

static void add_ending(struct buf *b, const struct casefile *c)
{
    if (!c->end_reason[0])
        return;
    add_row(b, "Ended:");
    if (c->ended_ms || c->closed_ms)
        rich_add_time(b, c->ended_ms ? c->ended_ms : c->closed_ms);
    if (c->ended_by.name[0])
        buf_addf(b, "%sby %s", c->ended_ms || c->closed_ms ? " " : "", c->ended_by.name);
    buf_addf(b, ": %s", c->end_reason);
}

static void add_tasks(struct buf *b, const struct desk *desk, const struct casefile *c,
                      struct arena *arena)
{
    if (!c->lift_task[0] && !c->restore_task[0])
        return;
    add_row(b, arena_printf(arena, "%s tasks:", desk->policy->provider->title));
    if (c->lift_task[0])
        buf_addf(b, "%s (OFF)%s", c->lift_task, c->restore_task[0] ? ", " : "");
    if (c->restore_task[0])
        buf_addf(b, "%s (ON)", c->restore_task);
}

static void add_utc(struct buf *b, ms_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;
    if (gmtime_r(&seconds, &tm))
        buf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                 tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* What nobody here may have seen: the account's own record of it. Console sign-ins of root users
   are kept in us-east-1, calls in the Region where they were made (CloudTrail User Guide). */
static void add_call(struct buf *b, const struct casefile *c)
{
    CLEANUP(buf_done) struct buf call;
    buf_init(&call, 512);
    buf_add(&call, "aws cloudtrail lookup-events --region us-east-1 --lookup-attributes "
                   "AttributeKey=Username,AttributeValue=root --start-time ");
    /* The change takes effect before it is proved. */
    add_utc(&call, c->found_ms ? c->found_ms : c->lifting_ms);
    buf_add(&call, " --end-time ");
    add_utc(&call, c->closed_ms + MS_SECOND);
    rich_add_code(b, buf_text(&call));
}

/* What has left the desk is long over: nothing of it is waited for any more. */
static bool is_at_hand(const struct desk *desk, const struct casefile *c)
{
    return desk_case_const(desk, c->no) != NULL;
}

/* What AWS has told by now; it tells more for a while. */
static void add_seen(struct buf *b, const struct desk *desk, const struct casefile *c)
{
    if (!rootuse_add_seen(b, c))
        buf_add(b, "none seen");
    bool watched = rootuse_is_watched(desk);
    if (c->root_summed)
        buf_add(b, watched ? ", as of an hour later and since." : ", as of an hour later.");
    else
        buf_add(b, watched && is_at_hand(desk, c)
                       ? ". AWS tells it minutes later: I go on watching for an hour."
                       : ", and I cannot see it now.");
}

/* What the root user was seen to have, before the window and after. */
static void add_clean_up(struct buf *b, const struct desk *desk, const struct casefile *c,
                         struct arena *arena)
{
    if (!case_down_since_ms(c) || !c->closed_ms || !c->root_after_ms)
        return;
    add_row(b, "Clean-up:");
    buf_add(b, card_clean_up(desk, c, arena));
    if (!c->root_after.known) {
        buf_addf(b, ": %s", c->root_why);
        return;
    }
    if (rootlook_is_left(c)) {
        buf_add(b, ", as AWS said ");
        rich_add_time(b, c->root_after.at_ms);
    }
    rootlook_add_compared(b, c);
    rich_end_sentence(b);
}

static void add_root_use(struct buf *b, const struct desk *desk, const struct casefile *c)
{
    if (!case_down_since_ms(c) || !c->closed_ms)
        return;
    add_row(b, "Root use:");
    bool at_hand = is_at_hand(desk, c), seen = c->root_uses || c->root_refused || c->root_summed ||
                                               (at_hand && rootuse_is_watched(desk));
    if (seen)
        add_seen(b, desk, c);
    buf_addf(b, "%s with a role of that account,%s and once for each other Region: ",
             seen ? " AWS's own record of it," : "I cannot see it. AWS's own record,",
             at_hand ? " a quarter of an hour from now," : "");
    add_call(b, c);
}

void receipt_add_source(struct buf *b, const char *id)
{
    CLEANUP(buf_done) struct buf call;
    buf_init(&call, 64);
    buf_addf(&call, "reguard audit explain %s", id);
    add_row(b, "Every record of it:");
    rich_add_code(b, buf_text(&call));
    buf_add(b, ", where reguard runs.");
}

void receipt_add(struct buf *b, const struct desk *desk, const struct casefile *c,
                 struct arena *arena)
{
    char id[CASE_ID_BYTES];
    case_id_text(c->no, id);
    buf_addf(b, "Receipt of %s, which %s, as of audit record %" PRIu64 ", %.16s", id,
             case_state_words(c), desk->record, desk->record_hash);
    add_beginning(b, desk, c, arena);
    add_mailbox(b, c);
    add_approvals(b, c);
    add_text_row(b, "Password recovery:", card_recovery(c));
    if (case_is_errand(c))
        add_errand(b, c, arena);
    else
        add_off(b, c, arena);
    add_extensions(b, c);
    add_ending(b, c);
    add_tasks(b, desk, c, arena);
    add_root_use(b, desk, c);
    add_clean_up(b, desk, c, arena);
    receipt_add_source(b, id);
}
