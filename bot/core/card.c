/* SPDX-License-Identifier: Apache-2.0 */
#include "core/card.h"
#include "core/deadman.h"
#include "core/duration.h"
#include "core/errand.h"
#include "core/flags.h"
#include "core/guardrail.h"
#include "core/question.h"
#include "core/reminder.h"
#include "core/request.h"
#include "core/rich.h"
#include "core/rootlook.h"
#include "core/tasks.h"
#include "core/ticket.h"

#include <assert.h>
#include <inttypes.h>

/* ---- pieces ---- */

const char *card_subject(const struct casefile *c, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512);
    if (c->account[0])
        buf_addf(&b, "%s (%s)", c->account_name, c->account);
    else
        buf_add(&b, "an account not named");
    return arena_copy(arena, buf_text(&b));
}

const char *card_length(struct arena *arena, ms_t window_ms, ms_t until_ms)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 160);
    buf_add(&b, until_ms ? "until " : "for ");
    if (until_ms)
        rich_add_end(&b, until_ms);
    else
        duration_add(&b, window_ms);
    return arena_copy(arena, buf_text(&b));
}

/* The same where no mark is shown. */
static const char *plain_length(struct arena *arena, ms_t window_ms, ms_t until_ms)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    if (!until_ms)
        return card_length(arena, window_ms, 0);
    buf_init(&b, 64);
    buf_add(&b, "until ");
    duration_add_day_time(&b, until_ms);
    buf_add(&b, " UTC");
    return arena_copy(arena, buf_text(&b));
}

const char *card_reach(const struct desk *desk, const struct casefile *c, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 640);
    desk->policy->provider->add_reach(&b, c->member_count,
                                      c->account[0] ? card_subject(c, arena) : "");
    return arena_copy(arena, buf_text(&b));
}

const char *card_errand(const struct casefile *c, struct arena *arena)
{
    const struct doable *done = task_doable(task_named(c->task));
    if (done && !done->noun)
        return arena_printf(arena, "%s in %s", done->deed, card_subject(c, arena));
    return arena_printf(arena, "%s “%s” in %s", done ? done->deed : c->task, c->target,
                        card_subject(c, arena));
}

/* Approving lowers a protection for everybody, so it asks once more. */
static void ask_again(struct message_button *b, const struct desk *desk, const struct casefile *c,
                      bool recovers, struct arena *arena)
{
    b->confirm_yes = "Approve";
    if (c->question.kind == QUESTION_ERRAND) {
        b->confirm_title = "Approve without a lift?";
        b->confirm_text = arena_printf(arena, "I %s, and lift nothing.", card_errand(c, arena));
    } else if (c->question.kind == QUESTION_MORE_TIME) {
        b->confirm_title = "Approve more time?";
        b->confirm_text = arena_printf(arena, "%s more for %s. Root protection stays OFF in %s %s.",
                                       duration_text(arena, c->question.window_ms),
                                       card_subject(c, arena), card_reach(desk, c, arena),
                                       c->question.until_ms
                                           ? plain_length(arena, 0, c->question.until_ms)
                                           : "for that long");
    } else if (c->question.kind == QUESTION_ADOPTION) {
        b->confirm_title = "Approve the adoption?";
        b->confirm_text = arena_printf(
            arena, "Root protection stays OFF in %s %s, for %s.", card_reach(desk, c, arena),
            plain_length(arena, c->question.window_ms, c->question.until_ms),
            card_subject(c, arena));
    } else {
        b->confirm_title = recovers ? "Allow recovery, and lift?" : "Switch root protection OFF?";
        b->confirm_text = arena_printf(arena, "This switches root protection OFF in %s %s, for %s.",
                                       card_reach(desk, c, arena),
                                       plain_length(arena, c->window_ms, c->until_ms),
                                       card_subject(c, arena));
        if (recovers)
            b->confirm_text = arena_printf(arena,
                                           "First I allow the root user's password to be "
                                           "recovered; without that I do not lift. %s",
                                           b->confirm_text);
    }
}

/* What stands in a menu has no name of its own to whoever cannot see it, until it asks. */
static void ask_withdrawn(struct message_button *b, const struct casefile *c, struct arena *arena)
{
    char id[CASE_ID_BYTES];
    case_id_text(c->no, id);
    b->confirm_title = arena_printf(arena, "Withdraw %s?", id);
    b->confirm_text = arena_printf(arena,
                                   "Only %s, who asked, can withdraw it. Nobody can approve it "
                                   "then.",
                                   c->requester.name);
    b->confirm_yes = "Withdraw";
}

static const char *asked_anew(const struct action_row *row, const struct casefile *c,
                              struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    struct request request;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    if (row->task)
        request_for_case(c, row->task, &request);
    else
        request_of_case(c, &request);
    request_add_typed(&b, &request);
    return arena_copy(arena, buf_text(&b));
}

void card_add_button(struct message *m, enum action action, const struct desk *desk,
                     const struct casefile *c, struct arena *arena)
{
    const struct action_row *row = action_row(action);
    bool approves = action == ACTION_APPROVE || action == ACTION_RECOVER,
         answers = approves || action == ACTION_DECLINE;
    assert(m->button_count < MESSAGE_BUTTONS);
    struct message_button *b = &m->buttons[m->button_count++];
    *b = (struct message_button){ .action = row->name, .label = row->label, .style = row->style };
    if (approves) {
        b->words_only = !(desk->policy->approve_with & APPROVE_BY_BUTTON);
        ask_again(b, desk, c, action == ACTION_RECOVER, arena);
    }
    b->in_menu = row->in_menu;
    if (action == ACTION_WITHDRAW)
        ask_withdrawn(b, c, arena);
    if (row->anew)
        b->typed = asked_anew(row, c, arena);
    b->handle = arena_copy(arena, answers ? c->question.handle : c->handle);
}

static void add_field(struct message *m, const char *label, const char *value)
{
    if (!value || !value[0])
        return;
    assert(m->field_count < MESSAGE_FIELDS);
    m->fields[m->field_count++] = (struct message_field){ label, value };
}

/* ---- the state line ---- */

static void add_until(struct buf *b, const char *words, ms_t at_ms)
{
    buf_add(b, words);
    rich_add_time(b, at_ms);
}

static void headline_lifted(struct buf *b, const struct casefile *c, ms_t now_ms)
{
    if (!case_is_overdue(c, now_ms)) {
        buf_add(b, "🔓 ");
        rich_add_strong(b, "Root protection OFF");
        add_until(b, " until ", c->deadline_ms);
        return;
    }
    buf_add(b, "🚨 ");
    rich_add_strong(b, "OVERDUE");
    add_until(b, ", root protection is still OFF; it should have ended ", c->deadline_ms);
}

static void headline_restoring(struct buf *b, const struct casefile *c, ms_t now_ms)
{
    bool overdue = case_is_overdue(c, now_ms);
    buf_add(b, overdue ? "🚨 " : "🔄 ");
    rich_add_strong(b, overdue ? "OVERDUE" : "Restoring");
    buf_add(b, c->trouble_ms ? ", not restored yet: "
               : overdue     ? ", restoring, not verified yet"
                             : ", not verified yet");
    buf_add(b, c->trouble_ms ? c->trouble : "");
}

static void headline_waiting(struct buf *b, const struct desk *desk, const struct casefile *c)
{
    buf_add(b, "⏳ ");
    bool approved = !question_lacks(desk, c);
    bool mailbox = desk->policy->mailbox_proof != MAILBOX_OFF && !c->mailbox_proved &&
                   !case_is_errand(c);
    rich_add_strong(b, !approved            ? "Waiting for another Admin"
                       : mailbox            ? "Waiting for the root mailbox to be confirmed"
                       : twin_bars(desk)    ? "Waiting until the other reguard is gone"
                       : doubt_stands(desk) ? "Waiting until my records are settled"
                       : doubt_bars(desk)   ? "Waiting until I have read the chat back"
                       : case_is_errand(c)  ? "Approved, waiting until everybody's role is read"
                                            : "Approved, waiting for another restore to finish");
    add_until(b, ", expires ", question_expires_ms(desk, c));
}

static void closed_line(struct buf *b, const char *emoji, const char *word,
                        const struct casefile *c)
{
    buf_addf(b, "%s ", emoji);
    rich_add_strong(b, word);
    add_until(b, " ", c->closed_ms);
}

void card_add_left(struct buf *b, const struct casefile *c)
{
    if (c->left == WATCH_UNKNOWN) {
        buf_add(b, "; I could not read whether root protection is ON");
        return;
    }
    buf_addf(b, "; root protection was %s", watch_word(c->left));
    add_until(b, c->left_proved ? ", verified " : " when I read it ", c->left_ms);
}

static const char *headline(const struct desk *desk, const struct casefile *c, ms_t now_ms,
                            struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    switch (c->state) {
    case CASE_WAITING: headline_waiting(&b, desk, c); break;
    case CASE_RUNNING:
        buf_add(&b, "🔄 ");
        rich_add_strong(&b, "Approved");
        buf_add(&b, ", not verified yet");
        break;
    case CASE_LIFTING:
        buf_add(&b, "🔄 ");
        rich_add_strong(&b, "Approved");
        buf_add(&b, c->recovery == RECOVERY_BEGUN || errand_recovers_first(desk, c)
                        ? ", allowing password recovery first"
                        : ", switching root protection OFF");
        break;
    case CASE_LIFTED: headline_lifted(&b, c, now_ms); break;
    case CASE_RESTORING: headline_restoring(&b, c, now_ms); break;
    case CASE_RELEASED:
        buf_add(&b, "🔓 ");
        rich_add_strong(&b, "Done");
        buf_addf(&b, ", root protection is still OFF for %s", card_others_lifted(desk, c, arena));
        break;
    case CASE_OUTSIDE:
        buf_add(&b, "❗ ");
        rich_add_strong(&b, "Switched OFF outside reguard");
        add_until(&b, ", found ", c->asked_ms);
        break;
    case CASE_RESTORED: closed_line(&b, "✅", "Restored and verified", c); break;
    case CASE_DECLINED: closed_line(&b, "❌", "Declined", c); break;
    case CASE_WITHDRAWN: closed_line(&b, "↩️", "Withdrawn", c); break;
    case CASE_EXPIRED: closed_line(&b, "⌛", "Expired", c); break;
    case CASE_REFUSED: closed_line(&b, "⛔", "Refused", c); break;
    case CASE_FAILED:
        if (case_was_stopped(c))
            closed_line(&b, "↩️", "Stopped before it took effect", c);
        else
            closed_line(&b, "⚠️", "Failed", c);
        card_add_left(&b, c);
        break;
    case CASE_RAN: closed_line(&b, "✅", "Done and verified", c); break;
    case CASE_NOT_RUN: closed_line(&b, "⚠️", "Not done, as far as I can tell", c); break;
    }
    return arena_copy(arena, buf_text(&b));
}

/* ---- the rest ---- */

static bool is_being_adopted(const struct casefile *c)
{
    return c->question.kind == QUESTION_ADOPTION && question_is_open(c);
}

/* Somebody else's words end a sentence of ours, and may have a stop of their own. */
static void add_ended(struct buf *b, const char *before, const char *words)
{
    buf_addf(b, "%s%s", words[0] ? before : "", words);
    rich_end_sentence(b);
}

/* What was found lifted, and nobody's case yet. */
static void add_found(struct buf *b, const struct desk *desk, const struct casefile *c,
                      struct arena *arena)
{
    bool off = guardrail_now(desk) == WATCH_OFF;
    const struct provider *p = desk->policy->provider;
    if (c->state != CASE_OUTSIDE)
        buf_addf(b, "“%s” was OFF, and nobody had asked for it here.", p->guardrail);
    else if (off)
        buf_addf(b, "“%s” is OFF, and nobody asked for it here. Root users of %s can act.",
                 p->guardrail, card_reach(desk, c, arena));
    else
        buf_addf(b,
                 "“%s” was found OFF, and nobody asked for it here; I cannot read whether it is ON "
                 "again (%s). Root users of %s may be able to act.",
                 p->guardrail, guardrail_why_unknown(desk), card_reach(desk, c, arena));
    if (c->found_by[0])
        add_ended(b, arena_printf(arena, " %s's %s names ", p->title, p->feed), c->found_by);
}

/* Only by ways that count; where there are no buttons the chat says how by itself. spoken: the
   buttons are not to be seen, and in a chat that refuses them that is all there is. */
static void add_how_to_approve(struct buf *b, const struct desk *desk, const char *id, bool spoken)
{
    const struct policy *p = desk->policy;
    bool typed = p->approve_with & APPROVE_BY_COMMAND,
         react = p->approve_with & APPROVE_BY_REACTION;
    if (spoken && typed)
        react = false; /* the name of a reaction is no word where it is not drawn */
    CLEANUP(buf_done) struct buf how = { 0 };
    if ((!typed && !react) || ((p->approve_with & APPROVE_BY_BUTTON) && !spoken))
        return;
    buf_init(&how, 512);
    buf_add(&how, " To approve, ");
    if (react)
        buf_addf(&how, "react to this message with :%s:", p->approve_reaction);
    if (typed)
        buf_addf(&how, "%stype `%s approve %s`", react ? " or " : "", p->command_word, id);
    rich_end_sentence(&how);
    rich_add_for_buttons(b, buf_text(&how));
}

/* Who is asked, and how they answer; and at once when a request cannot come to its approvals. */
static void add_asked(struct buf *b, const struct desk *desk, const struct casefile *c, bool spoken)
{
    size_t there = question_able(desk, c), needed = (size_t)desk->policy->approvals;
    CLEANUP(buf_done) struct buf asked = { 0 };
    char id[CASE_ID_BYTES];
    if (c->state != CASE_WAITING || !question_lacks(desk, c))
        return;
    buf_init(&asked, LIMIT_SAYING_BYTES);
    case_id_text(c->no, id);
    if (question_add_asked(desk, c, NULL, &asked))
        buf_addf(b, "\nApprove or decline: %s.", buf_text(&asked));
    if (there)
        add_how_to_approve(b, desk, id, spoken);
    if (!there)
        buf_add(
            b,
            "\n⚠️ Nobody else in the [people] list is an active Admin, so nobody can approve "
            "it.");
    else if (there < needed)
        buf_addf(
            b,
            "\n⚠️ It needs %zu approvals, but only %zu of the other people in the [people] "
            "list "
            "%s an active Admin now.",
            needed, there, there == 1 ? "is" : "are");
}

static void add_warnings(struct buf *b, const struct desk *desk, const struct casefile *c,
                         struct arena *arena)
{
    if (c->warning[0])
        buf_addf(b, "\n⚠️ %s", c->warning);
    const char *lack = deadman_lack(desk, c, arena);
    if (lack[0])
        buf_addf(b, "\n⚠️ Should I fall silent, this chat is not told by itself: %s.", lack);
}

static void add_errand(struct buf *b, const struct desk *desk, const struct casefile *c,
                       struct arena *arena)
{
    rich_add_strong(b, c->requester.name);
    buf_addf(b, " %s me to %s. ", c->state == CASE_WAITING ? "asks" : "asked",
             card_errand(c, arena));
    rich_add_strong(b, "Nothing is lifted for it.");
    add_asked(b, desk, c, false);
    if (c->warning[0])
        buf_addf(b, "\n⚠️ %s", c->warning);
}

static const char *sentence(const struct desk *desk, const struct casefile *c, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    if (case_is_nobodys(c) && !is_being_adopted(c)) {
        add_found(&b, desk, c, arena);
        return arena_copy(arena, buf_text(&b));
    }
    if (case_is_errand(c)) {
        add_errand(&b, desk, c, arena);
        return arena_copy(arena, buf_text(&b));
    }
    const char *guardrail = desk->policy->provider->guardrail;
    const struct party *by = is_being_adopted(c) ? &c->question.by : &c->requester;
    rich_add_strong(&b, by->name);
    if (is_being_adopted(c))
        buf_addf(&b, " asks to adopt what was switched OFF outside reguard, %s. ",
                 card_length(arena, c->question.window_ms, c->question.until_ms));
    else if (c->found_ms)
        buf_addf(&b, " has adopted “%s”, found OFF, %s.", guardrail,
                 card_length(arena, c->window_ms, c->until_ms));
    else
        buf_addf(&b, " %s to lift “%s” %s.%s", c->state == CASE_WAITING ? "asks" : "asked",
                 guardrail, card_length(arena, c->window_ms, c->until_ms),
                 c->state == CASE_WAITING ? " " : "");
    if (c->state == CASE_WAITING || is_being_adopted(c))
        rich_add_strong(&b, arena_printf(arena,
                                         is_being_adopted(c)
                                             ? "Root protection stays OFF in %s for that long."
                                             : "This switches root protection OFF in %s.",
                                         card_reach(desk, c, arena)));
    add_asked(&b, desk, c, false);
    add_warnings(&b, desk, c, arena);
    return arena_copy(arena, buf_text(&b));
}

const char *card_with_recovery(const struct party *p)
{
    return p->recovers ? ", with password recovery" : "";
}

static const char *approvers(const struct casefile *c, struct arena *arena)
{
    size_t count;
    const struct party *parties = case_approvals(c, &count);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    for (size_t i = 0; i < count; i++)
        buf_addf(&b, "%s%s (%s%s)", i ? ", " : "", parties[i].name,
                 approve_way_name(parties[i].way), card_with_recovery(&parties[i]));
    return arena_copy(arena, buf_text(&b));
}

static const char *others_open(const struct desk *desk, const struct casefile *c,
                               struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512);
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *other = &desk->cases[i];
        char id[CASE_ID_BYTES];
        if (other == c || !case_is_open(other))
            continue;
        case_id_text(other->no, id);
        buf_addf(&b, "%s%s %s", b.bytes ? ", " : "", id, case_state_names[other->state]);
    }
    return arena_copy(arena, buf_text(&b));
}

const char *card_others_lifted(const struct desk *desk, const struct casefile *c,
                               struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512);
    for (size_t i = 0; i < desk->case_count; i++) {
        char id[CASE_ID_BYTES];
        case_id_text(desk->cases[i].no, id);
        if (&desk->cases[i] != c && desk->cases[i].state == CASE_LIFTED)
            buf_addf(&b, "%s%s", b.bytes ? ", " : "", id);
    }
    return b.bytes ? arena_copy(arena, buf_text(&b)) : "another window";
}

static const char *task_title(const struct casefile *c)
{
    const struct task *t = c->task[0] ? task_named(c->task) : NULL;
    return t ? t->title : c->task;
}

/* When, and by whom as far as it is known. */
const char *card_found_lifted(const struct desk *desk, const struct casefile *c,
                              struct arena *arena)
{
    const struct provider *p = desk->policy->provider;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512);
    if (!c->found_ms)
        return "";
    rich_add_time(&b, c->found_ms);
    if (c->found_by[0])
        buf_addf(&b, ", switched by %s as %s's %s tells", c->found_by, p->title, p->feed);
    else
        buf_addf(&b, ", %s's %s did not tell by whom", p->title, p->feed);
    return arena_copy(arena, buf_text(&b));
}

const char *card_open_for(const struct casefile *c, struct arena *arena)
{
    const char *down = arena_printf(arena, "%s%s", c->found_ms ? "at least " : "",
                                    duration_text(arena, c->closed_ms - case_down_since_ms(c)));
    return c->late_ms > 0
               ? arena_printf(arena, "%s, %s of it overdue", down, duration_text(arena, c->late_ms))
               : down;
}

static const char *provider_tasks(const struct casefile *c, struct arena *arena)
{
    return arena_printf(arena, "%s%s%s", c->lift_task,
                        c->lift_task[0] && c->restore_task[0] ? ", " : "", c->restore_task);
}

static const char *said_of_clean_up(const struct casefile *c)
{
    return c->cleaned == CLEANED_NO ? "not done" : c->cleaned ? "done" : "not answered";
}

const char *card_clean_up(const struct desk *desk, const struct casefile *c, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    if (!c->root_after.known && !c->root_after_ms)
        return rootlook_is_after(desk, c) ? "I am asking AWS" : said_of_clean_up(c);
    if (!c->root_after.known)
        return arena_printf(arena, "%s; I cannot check it", said_of_clean_up(c));
    buf_init(&b, 512);
    bool left = rootlook_is_left(c);
    buf_add(&b, left ? "NOT clean: " : "clean, verified ");
    if (left)
        rootlook_add_left(&b, c);
    else
        rich_add_time(&b, c->root_after.at_ms);
    if (left && c->cleaned == CLEANED_MEANT)
        buf_add(&b, ", which is meant");
    return arena_copy(arena, buf_text(&b));
}

static void add_ending(struct message *m, const struct desk *desk, const struct casefile *c,
                       struct arena *arena)
{
    if (case_is_open(c) && c->state != CASE_RESTORING && c->state != CASE_RELEASED)
        return;
    bool declined = c->state == CASE_DECLINED;
    add_field(m, declined ? "Declined because" : "Ended", c->end_reason);
    if (c->ended_by.name[0] && (c->ended_ms || declined))
        add_field(m, declined ? "Declined by" : "Ended by", c->ended_by.name);
    if (c->closed_ms && case_down_since_ms(c))
        add_field(m, "OFF for", card_open_for(c, arena));
    add_field(m, arena_printf(arena, "%s tasks", desk->policy->provider->title),
              provider_tasks(c, arena));
    if (c->closed_ms && c->lifted_ms)
        add_field(m, "Clean-up", card_clean_up(desk, c, arena));
}

static const char *ticket(const struct desk *desk, const struct casefile *c, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512);
    ticket_add(&b, desk->policy->ticket_url, c->ticket);
    return arena_copy(arena, buf_text(&b));
}

void card_add_run(struct buf *b, const struct desk *desk, const struct casefile *c,
                  const char *task)
{
    struct request request;
    request_for_case(c, task, &request);
    buf_addf(b, "`%s ", desk->policy->command_word);
    request_add_typed(b, &request);
    buf_add_char(b, '`');
}

bool card_offers_recovery(const struct desk *desk, const struct casefile *c, struct arena *arena)
{
    const struct doer anybody = { .key = NULL };
    return question_lacks(desk, c) && !action_refusal(ACTION_RECOVER, desk, c, &anybody, 0, arena);
}

const char *card_recovery(const struct casefile *c)
{
    switch (c->recovery) {
    case RECOVERY_NONE: return "";
    case RECOVERY_BEGUN: return "begun, not verified yet";
    case RECOVERY_ALLOWED: return "allowed, verified";
    case RECOVERY_UNSURE: return "not verified; it may be allowed yet";
    }
    return "";
}

/* As it was before the window, which is what it begins with. */
static const char *root_user(const struct desk *desk, const struct casefile *c, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    if (!c->root_before_ms)
        return "";
    if (!c->root_before.known)
        return c->closed_ms ? "not known" : arena_printf(arena, "not known: %s", c->root_why);
    rootlook_add_has(&b, &c->root_before);
    if (c->state != CASE_WAITING || c->root_before.password)
        return arena_copy(arena, buf_text(&b));
    if (c->recovery == RECOVERY_ALLOWED || errand_recovers_first(desk, c)) {
        buf_addf(&b, "; password recovery is allowed%s",
                 c->recovery == RECOVERY_ALLOWED ? " by now" : " right before the lift");
        return arena_copy(arena, buf_text(&b));
    }
    buf_add(&b, "; password recovery has to be allowed first");
    if (desk->can_run) {
        buf_add(&b, card_offers_recovery(desk, c, arena)
                        ? ": approve with it, or ask for it alone: "
                        : ": ");
        card_add_run(&b, desk, c, TASK_RECOVERY);
    } else {
        buf_add(&b, " (management account, IAM, Root access management)");
    }
    return arena_copy(arena, buf_text(&b));
}

/* What is approved: by its digest, and so that it can be read. */
static void add_what_stands(struct buf *b, const struct casefile *c)
{
    rich_add_code(b, c->policy);
    if (errand_is_cut(c))
        buf_add(b, " (how it begins; all of it stands in the thread)");
}

static const char *what_stands(const struct casefile *c, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_POLICY_SHOWN_BYTES + 128);
    add_what_stands(&b, c);
    return arena_copy(arena, buf_text(&b));
}

static void add_errand_fields(const struct casefile *c, struct message *m, struct arena *arena)
{
    if (!case_is_errand(c))
        return;
    add_field(m, "What stands there", what_stands(c, arena));
    add_field(m, "Its SHA-256",
              arena_printf(arena, "%s, of %" PRId64 " bytes", c->digest, c->policy_bytes));
}

static void add_fields(const struct desk *desk, const struct casefile *c, struct message *m,
                       struct arena *arena)
{
    bool has_account = !case_is_nobodys(c) || is_being_adopted(c);
    if (has_account) {
        add_field(m, "Account", card_subject(c, arena));
        add_field(m, "Root mailbox", arena_copy(arena, c->email));
        add_field(m, "Task", task_title(c));
        add_field(m, "Reason",
                  arena_copy(arena, is_being_adopted(c) ? c->question.reason : c->reason));
        add_field(m, "Ticket", ticket(desk, c, arena));
        add_field(m, c->state == CASE_WAITING ? "Root user" : "Root user before",
                  root_user(desk, c, arena));
        add_field(m, "Password recovery", card_recovery(c));
        add_field(m, "Found OFF", card_found_lifted(desk, c, arena));
        add_errand_fields(c, m, arena);
    }
    add_field(m, "Approved by", approvers(c, arena));
    if (case_is_open(c))
        add_field(m, "Also open", others_open(desk, c, arena));
    add_ending(m, desk, c, arena);
}

static void add_buttons(const struct desk *desk, const struct casefile *c, ms_t now_ms,
                        struct message *m, struct arena *arena)
{
    const struct doer anybody = { .key = NULL };
    for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        const struct action_row *row = action_row(action);
        const struct action_ask ask = { desk, c, &anybody, now_ms, arena };
        if (!row->on_card || !row->on_card(&ask) || row->refusal(&ask))
            continue;
        card_add_button(m, action, desk, c, arena);
        m->votes |= action == ACTION_APPROVE;
    }
}

static const char *footer(const struct desk *desk, const struct casefile *c, const char *id,
                          struct arena *arena)
{
    const struct guardrail *g = &desk->guardrail;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 2048);
    buf_addf(&b, "%s", id);

    enum watch now = guardrail_now(desk);
    if (now != WATCH_UNKNOWN && case_is_open(c)) {
        buf_addf(&b, " · root protection %s", watch_word(now));
        if (guardrail_proof(desk) == now)
            add_until(&b, ", verified ", g->proved_ms);
    }
    if (!case_is_open(c) && desk->record)
        buf_addf(&b, " · audit record %" PRIu64 ", %.16s", desk->record, desk->record_hash);
    return arena_copy(arena, buf_text(&b));
}

const char *card_line(const struct desk *desk, const struct casefile *c, ms_t now_ms,
                      struct arena *arena)
{
    char id[CASE_ID_BYTES];
    case_id_text(c->no, id);
    const char *who = c->requester.name[0]
                          ? arena_printf(arena, " · requested by %s", c->requester.name)
                          : "";
    return arena_printf(arena, "%s · %s%s%s%s", id, headline(desk, c, now_ms, arena),
                        c->account[0] ? " · " : "", c->account[0] ? card_subject(c, arena) : "",
                        who);
}

const char *card_request(const struct desk *desk, const struct casefile *c, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    if (case_is_errand(c)) {
        buf_addf(&b, "%s asks me to %s", c->requester.name, card_errand(c, arena));
        add_ended(&b, ": ", c->reason);
        buf_add(&b, " Nothing is lifted for it. What stands there: ");
        add_what_stands(&b, c);
        return arena_copy(arena, buf_text(&b));
    }
    buf_addf(&b, "%s asks for root access to %s %s", c->requester.name, card_subject(c, arena),
             card_length(arena, c->window_ms, c->until_ms));
    add_ended(&b, ": ", c->reason);
    buf_addf(&b, " This switches root protection OFF in %s.", card_reach(desk, c, arena));
    return arena_copy(arena, buf_text(&b));
}

/* All that matters in one line, the point first: what a locked screen shows, and what is read
   aloud. */
static const char *spoken_card(const struct desk *desk, const struct casefile *c,
                               const struct message *m, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    bool adopting = is_being_adopted(c), nobodys = case_is_nobodys(c) && !adopting;
    if (c->state == CASE_WAITING) {
        buf_add(&b, card_request(desk, c, arena));
        add_asked(&b, desk, c, true);
        buf_addf(&b, "\n%s: %s.", m->case_id, m->headline);
    } else if (nobodys || adopting) {
        buf_addf(&b, "%s: %s. %s", m->case_id, m->headline, m->body);
    } else if (case_is_errand(c)) {
        buf_addf(&b, "%s: %s. %s asked me to %s", m->case_id, m->headline, c->requester.name,
                 card_errand(c, arena));
        add_ended(&b, ": ", c->reason);
    } else {
        buf_addf(&b, "%s: %s. For %s, requested by %s %s", m->case_id, m->headline,
                 card_subject(c, arena), c->requester.name,
                 card_length(arena, c->window_ms, c->until_ms));
        add_ended(&b, ": ", c->reason);
    }
    if (case_is_errand(c) && c->warning[0])
        buf_addf(&b, "\n⚠️ %s", c->warning);
    if (!nobodys && !adopting && !case_is_errand(c)) /* there the body has them */
        add_warnings(&b, desk, c, arena);
    return arena_copy(arena, buf_text(&b));
}

void card_picture(const struct desk *desk, const struct casefile *c, ms_t now_ms,
                  struct arena *arena, struct message *ret)
{
    char id[CASE_ID_BYTES];
    case_id_text(c->no, id);
    *ret = (struct message){ .kind = MESSAGE_CARD,
                             .case_id = arena_copy(arena, id),
                             .state = case_state_names[c->state],
                             .key = "",
                             .question = case_asks_itself(c) ? arena_copy(arena, c->question.handle)
                                                             : "" };
    ret->headline = headline(desk, c, now_ms, arena);
    ret->body = sentence(desk, c, arena);
    add_fields(desk, c, ret, arena);
    add_buttons(desk, c, now_ms, ret, arena);
    ret->footer = footer(desk, c, id, arena);
    ret->names_record = !case_is_open(c);
    ret->text = spoken_card(desk, c, ret, arena);
}

void card_add_lines(struct buf *b, const struct desk *desk, const struct casefile *c, ms_t now_ms,
                    struct arena *arena)
{
    struct message m;
    card_picture(desk, c, now_ms, arena, &m);
    buf_addf(b, "%s\n%s", m.headline, m.body);
    for (size_t i = 0; i < m.field_count; i++)
        buf_addf(b, "\n%s: %s", m.fields[i].label, m.fields[i].value);
    buf_addf(b, "\n%s", m.footer);
}
