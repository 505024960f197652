/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dialogue.h"
#include "core/action.h"
#include "core/duration.h"
#include "core/form.h"
#include "core/guardrail.h"
#include "core/inquiry.h"
#include "core/next_step.h"
#include "core/question.h"
#include "core/quota.h"
#include "core/refusal.h"
#include "core/rich.h"
#include "core/talk.h"
#include "core/tasks.h"
#include "core/twin.h"
#include "core/inert.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* How long what was said, and found by looking back, is still meant. Ids of events are remembered
   for longer than that, so that nothing is done twice. */
static const ms_t SAID_COUNTS_MS = 12 * MS_HOUR;

/* ---- running a request ---- */

/* What the words leave open is fixed now, when they are received: later another case might fit. */
static void fix_meaning(const struct desk *desk, const struct command *command,
                        struct request *request)
{
    enum action action = action_of_verb(command->name);
    const struct casefile *meant = NULL;
    size_t fitting = 0;
    bool of_a_case = action != ACTION_NONE && action_row(action)->fits;
    for (size_t i = 0; of_a_case && i < desk->case_count; i++)
        if (action_row(action)->fits(&desk->cases[i])) {
            meant = &desk->cases[i];
            fitting++;
        }
    request->unnamed = !request->case_no && fitting == 1;
    if (request->unnamed)
        request->case_no = meant->no;
    const struct casefile *c = desk_case_const(desk, request->case_no);
    if ((command->gates & GATE_ANSWERS) && !request->question[0] && c && question_takes_answers(c))
        STR_SET(request->question, c->question.handle);
}

static void run(const struct desk *desk, const struct command *command, struct request *request,
                const struct event *e, struct verdict *v)
{
    struct asker asker = { .event = e };
    unsigned flags = e->actor.flags & ~(unsigned)IDENTITY_UNREAD;
    asker.why_unmapped = identity_refusal(flags);
    if (!asker.why_unmapped) {
        enum person_lack lack;
        asker.person = people_find(desk->people, e->chat, e->actor.id, &lack);
        asker.why_unmapped = person_lack_text(lack, desk->policy->provider, v->arena);
    }
    /* What looks is for anybody in the channel, but not for those of elsewhere. */
    bool stranger = flags & IDENTITY_STRANGER;
    if ((stranger || (command->gates & GATE_MAPPED)) && !asker.person && e->kind != EVENT_OPENED) {
        const char *next =
            identity_refusal(flags)
                ? ""
                : verdict_text(
                      v,
                      " Ask whoever runs reguard to mend that; `%s whoami` shows the id they need.",
                      desk->policy->command_word);
        dialogue_answer(v, e,
                        verdict_text(v, "You cannot use `%s`: %s. I changed nothing.%s",
                                     command->name, asker.why_unmapped, next));
        return;
    }
    const char *barred = refusal_of(desk, command, e->chat, asker.person ? asker.person->key : NULL,
                                    v);
    if (barred) {
        dialogue_answer(v, e, barred);
        return;
    }
    fix_meaning(desk, command, request);
    if (request->until.utc)
        request_fix_end(request, &(struct zone){ 0 }, v->turn.now_ms);
    if (command->decide && command->decide(desk, &asker, request, v)) {
        if (asker.person)
            next_step_add(&(struct refused){ .desk = desk,
                                             .command = command,
                                             .request = request,
                                             .key = asker.person->key,
                                             .told = true },
                          v);
        return;
    }
    size_t facts = v->fact_count;
    inquiry_open(desk, &asker, request, v);
    if (v->fact_count > facts && v->facts[v->fact_count - 1].kind == FACT_INQUIRED)
        dialogue_checks(v, e);
}

/* The command's example for the case that the person named. */
static const char *example_for(const struct command *command, const struct request *request,
                               struct arena *arena)
{
    static const char any_case[] = "G-0001";
    const char *at = strstr(command->example, any_case);
    if (!at || !request->case_no)
        return command->example;
    char id[CASE_ID_BYTES];
    case_id_text(request->case_no, id);
    return arena_printf(arena, "%.*s%s%s", (int)(at - command->example), command->example, id,
                        at + strlen(any_case));
}

static void answer_form(const struct desk *desk, const struct command *command,
                        const struct request *request, const char *why, const struct event *e,
                        struct verdict *v)
{
    const char *word = desk->policy->command_word;
    const char *right = command->complete ? command->complete(desk, request, v->arena)
                                          : verdict_text(v, "`%s %s`", word,
                                                         example_for(command, request, v->arena));
    const char *answer =
        verdict_text(v, "%s. I changed nothing.\nThe form is: `%s %s`\nFor example: %s", why, word,
                     command->usage, right);
    const struct action_row *row = action_form(command->name);
    bool useless = (command->gates & GATE_AT_AWS) && !desk->can_run;
    if (e->kind != EVENT_SAID || !row || !(row->fields & FORM_TASK) || useless) {
        dialogue_answer(v, e, answer);
        return;
    }
    /* Nothing is typed twice. */
    struct effect_form form;
    form_of(desk, request, "", v->arena, &form);
    form.problem = verdict_text(v, "%s. I changed nothing.", why);
    dialogue_form(v, e, &form, answer);
}

static const struct person *person_of_ours(const struct desk *desk, const struct event *e)
{
    unsigned flags = e->actor.flags & ~(unsigned)IDENTITY_UNREAD;
    return identity_refusal(flags) ? NULL : people_find(desk->people, e->chat, e->actor.id, NULL);
}

static void refuse_form(const struct desk *desk, const struct command *command,
                        struct request *request, const char *why, const struct event *e,
                        struct verdict *v)
{
    const struct person *person = person_of_ours(desk, e);
    answer_form(desk, command, request, why, e, v);
    if (!person)
        return;
    fix_meaning(desk, command, request);
    next_step_add(&(struct refused){ .desk = desk,
                                     .command = command,
                                     .request = request,
                                     .key = person->key,
                                     .unread = true,
                                     .told = true },
                  v);
}

/* What may lower protection is asked and answered where everybody sees it. */
static bool belongs_home(const struct event *e, const struct command *command)
{
    if (e->place == PLACE_DIRECT)
        return e->home && (command->gates & GATE_LOWERS);
    return e->place == PLACE_ELSEWHERE && !(command->gates & GATE_ANYWHERE);
}

static void refuse_place(const struct desk *desk, const struct command *command,
                         const struct event *e, struct verdict *v)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    if (e->place == PLACE_DIRECT) {
        dialogue_answer(v, e,
                        verdict_text(v,
                                     "Please use `%s %s` in the room that I serve: what switches "
                                     "root protection OFF, or keeps it OFF, is asked where "
                                     "everybody sees it. I changed nothing.",
                                     desk->policy->command_word, command->name));
        return;
    }
    buf_init(&b, LIMIT_ANSWER_BYTES);
    buf_addf(&b, "Please use `%s %s` in ", desk->policy->command_word, command->name);
    if (str_or_empty(e->home)[0])
        rich_add_channel(&b, e->home);
    else
        buf_add(&b, "the channel that I serve");
    buf_add(&b, ", or write to me directly. I changed nothing.");
    dialogue_answer(v, e, arena_copy(v->arena, buf_text(&b)));
}

/* What was meant for another day is not done today; and what was heard before that could be told no
   more that it had been heard. */
static bool is_stale(const struct event *e, const struct command *command, ms_t now_ms)
{
    bool raises = command && (command->gates & GATE_RAISES);
    return e->said_ms && now_ms - e->said_ms >= SAID_COUNTS_MS && !raises;
}

static void refuse_stale(const struct event *e, struct verdict *v)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    buf_init(&b, 512);
    buf_add(&b, "You said that ");
    rich_add_time(&b, e->said_ms);
    buf_add(&b, ", while I could not hear you, and I have found it only now. I changed nothing; "
                "please ask again if you still want it.");
    dialogue_answer(v, e, arena_copy(v->arena, buf_text(&b)));
}

/* The word that calls us, as our own examples have it in front, with any sign before it. */
static bool is_our_name(const struct desk *desk, const char *word)
{
    static const char signs[] = "/!@";
    const char *name = desk->policy->command_word;
    name += strspn(name, signs);
    size_t bytes = strlen(name);
    word += strspn(str_or_empty(word), signs);
    return bytes && strncasecmp(word, name, bytes) == 0 &&
           (!word[bytes] || ((word[bytes] == ':' || word[bytes] == ',') && !word[bytes + 1]));
}

/* The verb, without what ends a sentence; NULL when there is none. */
static const char *read_verb(const struct desk *desk, struct words *words, struct arena *arena,
                             const char *text)
{
    words_read(words, arena, text);
    if (words_peek(words) && is_our_name(desk, words_peek(words)))
        words_next(words);
    const char *verb = words_next(words);
    size_t bytes = strlen(str_or_empty(verb)), bare = bytes;
    while (bare > 1 && strchr(".,:;!?", verb[bare - 1]))
        bare--;
    return bare == bytes ? verb : arena_copy_bytes(arena, verb, bare);
}

bool dialogue_approves(const struct desk *desk, const struct event *e, struct arena *arena)
{
    struct words words;
    bool alone = e->kind == EVENT_CLICKED && e->place == PLACE_DIRECT;
    if (e->kind != EVENT_SAID && !alone)
        return false;
    const char *verb = alone ? action_row(action_named(e->clicked.action))->verb
                             : read_verb(desk, &words, arena, e->said.text);
    const struct command *command = verb ? command_named(desk, verb) : NULL;
    return command && (command->gates & GATE_ANSWERS) && (command->gates & GATE_LOWERS);
}

static void decide_said(const struct desk *desk, const struct event *e, struct verdict *v)
{
    struct words words;
    const char *verb = read_verb(desk, &words, v->arena, e->said.text);
    /* Where buttons can be shown to one person alone, the word alone shows what there is. */
    const struct command *command = command_named(desk, verb         ? verb
                                                        : e->trigger ? COMMAND_COCKPIT
                                                                     : "help");
    if (e->said.edited) {
        dialogue_answer(v, e,
                        "I ignore edited messages. Please send it again as a new one; I changed "
                        "nothing.");
        return;
    }
    if (is_stale(e, command, v->turn.now_ms)) {
        refuse_stale(e, v);
        return;
    }
    if (command && belongs_home(e, command)) {
        refuse_place(desk, command, e, v);
        return;
    }
    if (!command) {
        CLEANUP(buf_done) struct buf typed;
        buf_init(&typed, 256);
        inert_add(&typed, verb, 40);
        const struct command *meant = command_meant(desk, verb);
        dialogue_answer(
            v, e,
            meant ? verdict_text(v, "I do not know “%s”. Did you mean `%s %s`?", buf_text(&typed),
                                 desk->policy->command_word, meant->example)
                  : verdict_text(v, "I do not know “%s”. `%s help` lists what you can do now.",
                                 buf_text(&typed), desk->policy->command_word));
        return;
    }
    struct request request = { .way = APPROVE_BY_COMMAND };
    struct err err = { "" };
    STR_SET(request.verb, command->name);
    if (!command->read(desk, &words, &request, &err))
        refuse_form(desk, command, &request, err.text, e, v);
    else
        run(desk, command, &request, e, v);
}

/* ---- buttons ---- */

static void open_form(const struct desk *desk, const char *form, const struct casefile *c,
                      const struct event *e, struct verdict *v)
{
    struct effect_form f;
    struct request request = { .case_no = c->no };
    STR_SET(request.verb, form);
    form_of(desk, &request, e->clicked.handle, v->arena, &f);
    dialogue_form(v, e, &f,
                  verdict_text(v, "Please type it, for example: `%s %s`",
                               desk->policy->command_word,
                               example_for(command_named(desk, form), &request, v->arena)));
}

/* The case of a button that answers a question: only pressed in a message of that very question. */
static const struct casefile *case_of_answer(const struct desk *desk, const struct event *e)
{
    bool own_message = str_equal(e->question_of_message, e->clicked.handle);
    const struct casefile *c = question_case(desk, e->clicked.handle);
    /* In a panel the card stands in full, which puts the question of the window and no other. */
    bool shown = e->clicked.panel && c && case_asks_itself(c);
    return own_message || shown ? c : NULL;
}

/* Its own, or one of several that it is about. */
static bool is_of_message(const struct event *e, uint32_t no)
{
    bool is = e->case_of_message == no;
    for (size_t i = 0; i < COUNT(e->also_of_message); i++)
        is |= e->also_of_message[i] == no;
    return is;
}

static const struct casefile *case_of_click(const struct desk *desk, const struct event *e,
                                            bool answers)
{
    if (answers)
        return case_of_answer(desk, e);
    const struct casefile *c = desk_case_by_handle(desk, e->clicked.handle);
    return c && (!e->case_of_message || is_of_message(e, c->no)) ? c : NULL;
}

static bool answers_a_question(const struct desk *desk, const char *verb)
{
    return command_named(desk, verb)->gates & GATE_ANSWERS;
}

/* Right after a stop it may not be known yet that a message is ours, and which question it puts. */
static const char *why_dead(const struct desk *desk, const struct event *e, bool answers,
                            struct arena *arena)
{
    const struct casefile *c = answers ? question_case(desk, e->clicked.handle) : NULL;
    if (c && question_takes_answers(c) && !e->case_of_message)
        return "I do not know this message yet. I changed nothing; please press again in a "
               "moment.";
    if (answers)
        return "That question is closed; this button does nothing any more. I changed nothing.";
    const struct casefile *of = desk_case_const(desk, e->case_of_message);
    if (!e->case_of_message || e->also_of_message[0] || (of && case_is_open(of)))
        return "What this button was for is closed, or it is not mine; it does nothing any more. I "
               "changed nothing.";
    char id[CASE_ID_BYTES];
    case_id_text(e->case_of_message, id);
    return arena_printf(arena,
                        "%s is closed; this button does nothing any more. I changed nothing.", id);
}

static enum action pressed_action(const struct event *e)
{
    return e->kind == EVENT_CLICKED ? action_named(e->clicked.action) : ACTION_NONE;
}

bool dialogue_needs_message(const struct desk *desk, const struct event *e)
{
    if (e->kind == EVENT_REACTED || e->kind == EVENT_UNREACTED)
        return action_of_reaction(desk->policy, e->reacted.reaction) != ACTION_NONE;
    enum action pressed = pressed_action(e);
    return pressed != ACTION_NONE && !e->clicked.panel &&
           answers_a_question(desk, action_row(pressed)->verb);
}

/* It may stand under a message of the other reguard. Which case that is we cannot know; what raises
   is done without knowing. */
static void press_for_twin(const struct desk *desk, const char *verb, const struct event *e,
                           struct verdict *v)
{
    const struct command *command = command_named(desk, verb);
    if (!(command->gates & GATE_RAISES)) {
        dialogue_answer(
            v, e,
            verdict_text(v,
                         "This button is closed, or not mine: %s. Please press again. I "
                         "changed nothing.",
                         twin_trouble(desk, v->arena)));
        return;
    }
    struct request request = { .way = APPROVE_BY_BUTTON };
    STR_SET(request.verb, verb);
    run(desk, command, &request, e, v);
}

/* What keeps OFF whatever was found OFF outside does so from a button or a form only for what these
   were shown for: that may be over, and something else OFF by now, which is to be restored from any
   of them. NULL: nothing is against it. */
static const char *why_another(const struct desk *desk, const struct casefile *c, const char *verb,
                               struct arena *arena)
{
    const struct casefile *now = desk_outside_case(desk);
    char id[CASE_ID_BYTES], now_id[CASE_ID_BYTES];
    if (!str_equal(verb, action_row(ACTION_ADOPT)->verb) || !now || c == now)
        return NULL;
    case_id_text(c->no, id);
    case_id_text(now->no, now_id);
    return arena_printf(arena,
                        "This was for %s, which is over; what is OFF now is %s. I changed nothing; "
                        "`%s status` shows what is going on.",
                        id, now_id, desk->policy->command_word);
}

/* Why its form is not even opened: the case has moved on, or it is another one's. */
static const char *why_past(const struct desk *desk, const struct action_row *row,
                            const struct casefile *c, enum action action, struct verdict *v)
{
    const struct doer anybody = { .key = NULL };
    const char *another = why_another(desk, c, row->verb, v->arena);
    if (another || !row->fields)
        return another;
    return action_refusal(action, desk, c, &anybody, v->turn.now_ms, v->arena);
}

static void press(const struct desk *desk, enum action action, const struct event *e,
                  struct verdict *v)
{
    const struct action_row *row = action_row(action);
    bool answers = answers_a_question(desk, row->verb);
    const struct casefile *c = case_of_click(desk, e, answers);
    const struct command *command = command_named(desk, row->verb);
    if (e->place == PLACE_ELSEWHERE && !(command->gates & GATE_ANYWHERE)) {
        refuse_place(desk, command, e, v);
        return;
    }
    if (!c && twin_stands(desk) && !e->case_of_message) {
        press_for_twin(desk, row->verb, e, v);
        return;
    }
    if (!c) {
        dialogue_answer(v, e, why_dead(desk, e, answers, v->arena));
        return;
    }
    const char *past = why_past(desk, row, c, action, v);
    if (past) {
        dialogue_answer(v, e, past);
        return;
    }
    if (row->fields) {
        open_form(desk, row->verb, c, e, v);
        return;
    }
    struct request request = {
        .case_no = c->no, .way = APPROVE_BY_BUTTON, .yes = row->yes, .for_ms = row->for_ms
    };
    STR_SET(request.verb, row->verb);
    STR_SET(request.question, answers ? e->clicked.handle : "");
    run(desk, command_named(desk, request.verb), &request, e, v);
}

/* What was refused before, as it was given: only to be looked over in the form. What cannot be read
   of it is left out there. */
static void fill_from_words(const struct desk *desk, const struct command *command,
                            const struct event *e, struct arena *arena, struct request *request)
{
    struct words words;
    struct err ignored;
    const char *verb = read_verb(desk, &words, arena, str_or_empty(e->clicked.words));
    if (!verb || command_named(desk, verb) != command)
        return;
    (void)command->read(desk, &words, request, &ignored);
    request->form = true;
}

static void press_free(const struct desk *desk, const char *verb, const struct event *e,
                       struct verdict *v)
{
    const struct command *command = command_named(desk, verb);
    struct request request = { .way = APPROVE_BY_BUTTON };
    if (e->place == PLACE_ELSEWHERE && !(command->gates & GATE_ANYWHERE)) {
        refuse_place(desk, command, e, v);
        return;
    }
    CLEANUP(buf_done) struct buf reason;
    buf_init(&reason, LIMIT_REASON_BYTES);
    inert_add(&reason, str_or_empty(e->clicked.text), LIMIT_REASON_CHARACTERS);
    STR_SET(request.verb, verb);
    STR_SET(request.reason, buf_text(&reason));
    fill_from_words(desk, command, e, v->arena, &request);
    run(desk, command, &request, e, v);
}

uint32_t dialogue_filed_no(const struct event *e)
{
    return e->case_of_message || !e->clicked.panel ? e->case_of_message : e->clicked.case_no;
}

/* It asks anew for what a case had asked for that has left the desk. */
static bool is_of_filed(const struct desk *desk, const struct event *e)
{
    enum action pressed = pressed_action(e);
    const struct action_row *row = pressed == ACTION_NONE ? NULL : action_row(pressed);
    return row && row->anew && dialogue_filed_no(e) && !desk_case_const(desk, dialogue_filed_no(e));
}

bool dialogue_needs_lately(const struct desk *desk, const struct event *e, struct arena *arena)
{
    struct words words;
    if (e->kind == EVENT_CLICKED)
        return e->clicked.foreign || str_equal(e->clicked.action, COMMAND_COCKPIT);
    if (e->kind != EVENT_SAID)
        return e->kind == EVENT_OPENED;
    const char *verb = read_verb(desk, &words, arena, e->said.text);
    return !verb || str_equal(verb, COMMAND_COCKPIT);
}

bool dialogue_needs_filed(const struct desk *desk, const struct event *e)
{
    const struct person *person = is_of_filed(desk, e) ? person_of_ours(desk, e) : NULL;
    return person && !talk_is_too_much(desk, person->key, e->at_ms);
}

/* Whose button it is; once it has left the desk, as its records have it. */
static const struct casefile *case_asked_anew(const struct desk *desk, const struct event *e)
{
    bool filed = e->filed && str_equal(e->filed->handle, e->clicked.handle);
    return filed ? e->filed : case_of_click(desk, e, false);
}

/* Whoever presses it asks, as themselves and from the beginning. Where the records cannot be read
   nothing is known but the number: the form is empty then, and says so; what would ask at once asks
   for nothing. They are not read for somebody who may not ask, and is told that. */
static void press_anew(const struct desk *desk, enum action action, const struct event *e,
                       struct verdict *v)
{
    const struct action_row *row = action_row(action);
    const struct command *command = command_named(desk, row->verb);
    const struct casefile *c = case_asked_anew(desk, e);
    struct request request = { .case_no = dialogue_filed_no(e) };
    if (e->place == PLACE_ELSEWHERE) {
        refuse_place(desk, command, e, v);
        return;
    }
    const struct action_ask ask = { .desk = desk, .c = c };
    bool unread = is_of_filed(desk, e) && (row->task ? !person_of_ours(desk, e) : !e->filed);
    if (!unread && (!c || !row->on_card(&ask))) {
        dialogue_answer(v, e, why_dead(desk, e, false, v->arena));
        return;
    }
    if (c && row->task)
        request_for_case(c, row->task, &request);
    else if (c)
        request_of_case(c, &request);
    STR_SET(request.verb, row->verb);
    request.way = APPROVE_BY_BUTTON;
    request.form = !row->task;
    run(desk, command, &request, e, v);
}

/* Whoever may do that may do it from wherever they see it. */
static bool raises(const struct desk *desk, enum action action)
{
    const struct command *command = action == ACTION_NONE
                                        ? NULL
                                        : command_named(desk, action_row(action)->verb);
    return command && (command->gates & GATE_RAISES);
}

/* What they can press now is drawn with the refusal, as for whoever looks for it. */
static void refuse_foreign(const struct desk *desk, const struct event *e, struct verdict *v)
{
    struct request request = { .way = APPROVE_BY_BUTTON };
    struct event opened = *e;
    const struct person *person = person_of_ours(desk, e);
    dialogue_answer(v, e,
                    verdict_text(v,
                                 "This button was not shown to you as it is, or is an old one; it "
                                 "does nothing. I changed nothing; %s shows what you can press "
                                 "now.",
                                 !person           ? arena_printf(v->arena, "`%s status`",
                                                                  desk->policy->command_word)
                                 : e->clicked.page ? "this page, which I draw anew,"
                                                   : "my next message"));
    if (!person)
        return;
    STR_SET(request.verb, COMMAND_COCKPIT);
    if (e->clicked.page) {
        opened.kind = EVENT_OPENED;
        opened.again = false;
    }
    run(desk, command_named(desk, COMMAND_COCKPIT), &request, &opened, v);
}

/* A button that is no act: it leads to what its command shows. */
static bool only_shows(const char *action)
{
    return str_equal(action, COMMAND_COCKPIT) || str_equal(action, COMMAND_STATUS);
}

static void decide_clicked(const struct desk *desk, const struct event *e, struct verdict *v)
{
    enum action pressed = pressed_action(e);
    if (e->clicked.foreign && !raises(desk, pressed))
        refuse_foreign(desk, e, v);
    else if (only_shows(e->clicked.action))
        press_free(desk, e->clicked.action, e, v);
    else if (pressed == ACTION_NONE)
        dialogue_answer(v, e, "I do not know this button. I changed nothing.");
    else if (action_row(pressed)->anew)
        press_anew(desk, pressed, e, v);
    else if (action_row(pressed)->free)
        press_free(desk, action_row(pressed)->verb, e, v);
    else
        press(desk, pressed, e, v);
}

/* ---- reactions ---- */

/* Whose the message is, a chat need not tell: it may be the other reguard's, or somebody's words
   under which a lock means anything. It switches nothing on; while something may be OFF or another
   reguard lives, that is said, with what restores from here. */
static void answer_lock(const struct desk *desk, const struct casefile *c, const struct event *e,
                        struct verdict *v)
{
    bool other = twin_stands(desk);
    char id[CASE_ID_BYTES];
    if (!person_of_ours(desk, e) || (guardrail_now(desk) == WATCH_ON && !other))
        return;
    case_id_text(e->case_of_message, id);
    const char *whose =
        c ? arena_printf(v->arena, "it is under a message of %s, which %s", id, case_state_words(c))
        : e->case_of_message
            ? arena_printf(v->arena, "it is under a message of %s, which is closed", id)
        : other ? "I do not know the message under it; it may be of the other reguard, "
                  "which has records of its own"
                : "I know no window that the message under it is of";
    dialogue_answer(v, e,
                    verdict_text(v,
                                 "🔒 switched nothing on: %s. `%s restore` restores root protection "
                                 "from here. I changed nothing.",
                                 whose, desk->policy->command_word));
}

/* False: it is none that can be ended. */
static bool restore_case(const struct desk *desk, uint32_t no, const struct event *e,
                         struct verdict *v)
{
    const struct casefile *c = desk_case_const(desk, no);
    const struct doer anybody = { .key = NULL };
    struct request request = { .case_no = no, .way = APPROVE_BY_REACTION };
    if (!c || action_refusal(ACTION_RESTORE, desk, c, &anybody, v->turn.now_ms, v->arena))
        return false;
    STR_SET(request.verb, action_row(ACTION_RESTORE)->verb);
    run(desk, command_named(desk, request.verb), &request, e, v);
    return true;
}

/* On any message of a case that can be ended; on one about several, each of them. */
static void restore_by_reaction(const struct desk *desk, const struct event *e, struct verdict *v)
{
    bool any = restore_case(desk, e->case_of_message, e, v);
    for (size_t i = 0; i < COUNT(e->also_of_message); i++)
        any |= restore_case(desk, e->also_of_message[i], e, v);
    if (!any)
        answer_lock(desk, desk_case_const(desk, e->case_of_message), e, v);
}

/* Only on a question's own messages: the check mark under any other post says nothing. */
static void decide_reacted(const struct desk *desk, const struct event *e, struct verdict *v)
{
    enum action action = action_of_reaction(desk->policy, e->reacted.reaction);
    if (action == ACTION_RESTORE) {
        restore_by_reaction(desk, e, v);
        return;
    }
    if (!str_or_empty(e->question_of_message)[0] || action == ACTION_NONE)
        return;
    struct request request = { .case_no = e->case_of_message, .way = APPROVE_BY_REACTION };
    STR_SET(request.question, e->question_of_message);
    STR_SET(request.reason, action == ACTION_DECLINE ? "by reaction, without a reason" : "");
    STR_SET(request.verb, action_row(action)->verb);
    run(desk, command_named(desk, request.verb), &request, e, v);
}

/* An approval by that reaction that is still being looked into counts as little. */
static void close_inquiries(const struct desk *desk, const struct event *e, struct verdict *v)
{
    for (size_t i = 0; i < desk->inquiry_count; i++) {
        const struct inquiry *q = &desk->inquiries[i];
        if (!str_equal(q->request.question, e->question_of_message) ||
            q->request.way != APPROVE_BY_REACTION || !str_equal(q->request.verb, "approve") ||
            !str_equal(q->actor.chat, e->chat) || !str_equal(q->actor.chat_id, e->actor.id))
            continue;
        struct fact *f = verdict_fact(v, FACT_INQUIRY_CLOSED, q->request.case_no);
        f->ref = (int64_t)q->ref;
        f->text = "the reaction was taken away before it was looked into";
    }
}

static const struct party *party_of(const struct party *parties, size_t count,
                                    const struct event *e)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(parties[i].chat, e->chat) && str_equal(parties[i].chat_id, e->actor.id))
            return &parties[i];
    return NULL;
}

/* An earlier question is answered for good: what stands under a later one was given for that. */
static void take_back(const struct desk *desk, const struct casefile *c, const struct party *p,
                      const struct event *e, struct verdict *v)
{
    struct arena *arena = v->arena;
    bool latest = str_equal(c->question.handle, e->question_of_message),
         sent = c->state == CASE_LIFTING && c->change_begun,
         counts = latest && (question_is_open(c) || sent);
    if (!counts && quota_is_reached(desk, p->key, v->turn.now_ms))
        return;
    v->actor = (struct fact_actor){ .user = arena_copy(arena, p->user),
                                    .chat = e->chat,
                                    .id = e->actor.id,
                                    .key = arena_copy(arena, p->key),
                                    .name = arena_copy(arena, p->name) };
    struct fact *f = verdict_fact(v, counts ? FACT_APPROVAL_TAKEN_BACK : FACT_NOTED, c->no);
    f->question = e->question_of_message;
    f->text = sent     ? "the approving reaction was removed while the change was on its way"
              : counts ? "the approving reaction was removed"
                       : "the lift had already begun";
}

/* Taking the reaction away takes the approval back until the change is sent; afterwards it is only
   noted. */
static void decide_unreacted(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct casefile *c = desk_case_const(desk, e->case_of_message);
    if (!c || !case_is_open(c) || !str_or_empty(e->question_of_message)[0] ||
        !str_equal(e->reacted.reaction, desk->policy->approve_reaction))
        return;
    close_inquiries(desk, e, v);
    bool latest = str_equal(c->question.handle, e->question_of_message);
    const struct party *p = latest ? party_of(c->question.approvals, c->question.approval_count, e)
                                   : party_of(c->approvals, c->approval_count, e);
    if (p && (latest || p->way == APPROVE_BY_REACTION))
        take_back(desk, c, p, e, v);
}

/* ---- forms ---- */

/* Something was chosen and the form sent before it could follow that: what it said on top and on
   its button is not what it would ask for. It is looked over once more, and nothing is asked. */
static bool is_behind(const struct desk *desk, const struct event *e, struct verdict *v)
{
    static const char why[] = "What you have chosen asks for something else than this form did. "
                              "Please look it over and send it once more; I changed nothing.";
    struct effect_form form;
    form_of_filled(desk, &e->submitted, v->arena, &form);
    bool same = str_equal(form.form, e->submitted.form) &&
                str_equal(str_or_empty(form.handle), str_or_empty(e->submitted.handle));
    if (same || !person_of_ours(desk, e))
        return false;
    form.problem = why;
    if (e->submitted.view)
        dialogue_redraw(v, e, &form);
    else
        dialogue_answer(v, e, why);
    return true;
}

/* What it is done to, as it is kept. False: that was told. */
static bool take_target(const struct event *e, struct request *r, struct verdict *v)
{
    const struct doable *can = task_doable(task_named(r->task));
    if (task_take_target(can, str_or_empty(e->submitted.target), r->target, sizeof r->target))
        return true;
    if (!dialogue_fault(v, e, FORM_TARGET, "That is too long."))
        dialogue_answer(v, e, "What it is done to is too long. I changed nothing.");
    return false;
}

/* A form that does not ask for it has it for the one that may follow. */
static void carry_target(const struct event *e, struct request *r)
{
    const struct doable *can = task_doable(task_named(r->task));
    const char *target = str_or_empty(e->submitted.target);
    if (can && can->noun)
        (void)task_take_target(can, target, r->target, sizeof r->target);
}

static void decide_submitted(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct event_submitted *form = &e->submitted;
    /* Any other name is a forgery, whatever handle it carries: what a button or a word does must
       not be reachable by a form that nobody was shown. */
    if (!action_form(form->form)) {
        dialogue_answer(v, e, "I do not know this form. I changed nothing.");
        return;
    }
    const struct command *command = command_named(desk, form->form);
    const struct action_row *row = action_form(form->form);
    bool answers = command && (command->gates & GATE_ANSWERS);
    const struct casefile *c = answers ? question_case(desk, form->handle)
                                       : desk_case_by_handle(desk, form->handle);
    if (!command || (!c && !row->free)) {
        dialogue_answer(v, e,
                        answers ? "That question is closed. I changed nothing."
                                : "What this form was for is closed. I changed nothing.");
        return;
    }
    const char *another = c ? why_another(desk, c, command->name, v->arena) : NULL;
    if (another) {
        dialogue_answer(v, e, another);
        return;
    }
    if (row->free && is_behind(desk, e, v))
        return;
    struct request request = { .way = APPROVE_BY_BUTTON, .case_no = c ? c->no : 0 };
    STR_SET(request.verb, command->name);
    STR_SET(request.question, answers ? form->handle : "");
    STR_SET(request.reason, form->reason);
    STR_SET(request.account, form->account);
    STR_SET(request.task, form->task);
    STR_SET(request.ticket, form->ticket);
    request.anyway = form->anyway;
    request.mailbox = form->mailbox;
    bool has_length = row->fields & FORM_DURATION; /* else it is one that the form has carried */
    if (str_or_empty(form->duration)[0] && !duration_read_said(form->duration, &request.for_ms) &&
        has_length && !duration_read_until(form->duration, &request.until)) {
        const char *why = "I cannot read that duration; write it like 45m, 1.5 hours or until "
                          "17:30";
        if (!dialogue_fault(v, e, FORM_DURATION, why))
            refuse_form(desk, command, &request, why, e, v);
        return;
    }
    bool needs_length = (row->fields & FORM_DURATION) && !(row->fields & FORM_ACCOUNT);
    if (needs_length && !request.for_ms && !request.until.ms &&
        dialogue_fault(v, e, FORM_DURATION, "Say for how long."))
        return;
    if (!(row->fields & FORM_TARGET))
        carry_target(e, &request);
    else if (!take_target(e, &request, v))
        return;
    run(desk, command, &request, e, v);
}

/* Something was chosen in an open form: it is drawn anew, with what belongs to that choice. Nothing
   is asked by it, so that whoever may not ask hears nothing. */
static void decide_filled(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (!person_of_ours(desk, e) || !action_form(e->submitted.form) || !e->submitted.view)
        return;
    struct effect *effect = verdict_effect(v, EFFECT_FORM);
    effect->chat = e->chat;
    form_of_filled(desk, &e->submitted, v->arena, &effect->form);
    effect->form.otherwise = (struct effect_answer){ .text = "" }; /* nobody hears of it */
}

/* Each letter asks anew, so that it counts for nothing; whoever is not of ours is offered
   nothing. */
static void decide_typed(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (!person_of_ours(desk, e))
        return;
    struct effect *effect = verdict_effect(v, EFFECT_OFFER);
    effect->chat = e->chat;
    effect->offer = (struct effect_offer){ .text = e->typed.text, .receipt = e->receipt };
}

/* ---- all of it ---- */

static const char *verb_of(const struct desk *desk, const struct event *e, struct arena *arena)
{
    if (e->kind == EVENT_SAID) {
        struct words words;
        return read_verb(desk, &words, arena, e->said.text);
    }
    enum action meant = e->kind == EVENT_REACTED
                            ? action_of_reaction(desk->policy, e->reacted.reaction)
                            : pressed_action(e);
    return meant != ACTION_NONE ? action_row(meant)->verb : NULL;
}

/* It may raise protection: only what comes of it can tell. */
static bool may_raise(const struct desk *desk, const struct event *e, struct arena *arena)
{
    const char *verb = verb_of(desk, e, arena);
    const struct command *command = verb ? command_named(desk, verb) : NULL;
    return e->kind == EVENT_UNREACTED || (command && (command->gates & GATE_RAISES));
}

static bool has_raised(const struct verdict *v)
{
    for (size_t i = 0; i < v->fact_count; i++)
        if (v->facts[i].kind == FACT_INQUIRED || v->facts[i].kind == FACT_APPROVAL_TAKEN_BACK)
            return true;
    return false;
}

static void decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (e->kind == EVENT_SAID)
        decide_said(desk, e, v);
    else if (e->kind == EVENT_CLICKED)
        decide_clicked(desk, e, v);
    else if (e->kind == EVENT_REACTED)
        decide_reacted(desk, e, v);
    else if (e->kind == EVENT_UNREACTED)
        decide_unreacted(desk, e, v);
    else if (e->kind == EVENT_FILLED)
        decide_filled(desk, e, v);
    else
        decide_submitted(desk, e, v);
}

void dialogue_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    v->source = (struct fact_source){ .chat = e->chat, .event_id = e->id };
    v->actor = (struct fact_actor){
        .user = "", .chat = e->chat, .id = e->actor.id, .name = "", .key = ""
    };
    if (e->kind == EVENT_TYPED) {
        decide_typed(desk, e, v);
        return;
    }
    if (e->kind == EVENT_OPENED) {
        struct request request = { .verb = COMMAND_COCKPIT };
        run(desk, command_named(desk, request.verb), &request, e, v);
        return;
    }
    bool raising = may_raise(desk, e, v->arena), too_often = talk_count(desk, e, raising, v);
    size_t facts = v->fact_count;
    if (!too_often || raising)
        decide(desk, e, v);
    if (!too_often || has_raised(v))
        return;
    v->fact_count = facts;
    v->effect_count = 0;
    talk_hush(desk, e, v);
}
