/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/run.h"

#include "core/dialogue.h"
#include "tests/transcript/first.h"

static void run_fail(struct run *r, const char *why)
{
    if (!r->failure[0])
        STR_SET(r->failure, why);
}

/* ---- the desk ---- */

static struct venues run_venues(const struct config *config)
{
    static struct venue rows[CONFIG_KINDS];
    struct venues venues = { rows, 0 };
    while (config->kinds[venues.count]) {
        rows[venues.count] = *config->kinds[venues.count]->venue;
        venues.count++;
    }
    return venues;
}

void run_new_desk(const struct run *r, struct desk *desk)
{
    desk_init(desk);
    desk->policy = &r->config->policy;
    desk->people = &r->config->people;
    desk->commands = command_table;
    desk->command_count = command_table_count;
    desk->mark_code = codekey_mark;
    desk->code_key = r->code_key;
    desk->can_mail = config_kind_there(r->config, ADAPTER_MAIL) != SIZE_MAX;
    desk->can_run = config_kind_there(r->config, ADAPTER_WATCHER) != SIZE_MAX;
    desk->venues = run_venues(r->config);
    desk->born_ms = WORLD_BORN_MS;
    STR_SET(desk->doubt.store, world_store);
}

static void run_apply(struct run *r, struct desk *desk, const struct record *record)
{
    struct fact f;
    struct err err = { "" };
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    if (!factjson_read(&record->columns, record->at_ms, &arena, &f, &err))
        run_fail(r, err.text);
    else
        desk_apply(desk, &f);
    arena_done(&arena);
}

void run_fold(struct run *r, struct desk *desk, size_t from)
{
    for (size_t i = from; i < r->record_count; i++)
        run_apply(r, desk, &r->records[i]);
    for (size_t i = 0; i < r->waiting_count; i++)
        run_apply(r, desk, &r->waiting[i]);
    desk->record = r->record_count;
    STR_SET(desk->record_hash, "0123456789abcdef");
}

const struct casefile *run_filed(struct run *r, uint32_t no)
{
    struct desk *desk = calloc(1, sizeof *desk);
    struct casefile *kept = arena_take(&r->kept, sizeof *kept);
    char id[CASE_ID_BYTES];
    if (!desk)
        return NULL;
    case_id_text(no, id);
    run_new_desk(r, desk);
    for (size_t i = 0; i < r->record_count; i++)
        if (str_equal(r->records[i].columns.case_id, id) &&
            !str_equal(r->records[i].columns.kind, fact_names[FACT_FILED]))
            run_apply(r, desk, &r->records[i]);
    const struct casefile *c = desk_case_const(desk, no);
    if (c)
        *kept = *c;
    free(desk);
    return c ? kept : NULL;
}

void run_know_lately(struct run *r, struct event *e)
{
    uint32_t no = 0;
    if (!dialogue_needs_lately(r->desk, e, &r->arena))
        return;
    struct casefile *lately = arena_take(&r->kept, LIMIT_LATELY * sizeof *lately);
    for (size_t i = 0; i < r->record_count; i++) {
        uint32_t of = case_id_read(r->records[i].columns.case_id);
        no = of > no ? of : no;
    }
    for (; no > 0 && e->lately_count < LIMIT_LATELY; no--) {
        const struct casefile *c = desk_case_const(r->desk, no) ? NULL : run_filed(r, no);
        if (c)
            lately[e->lately_count++] = *c;
    }
    e->lately = lately;
}

/* As the engine goes on from a desk that was kept. */
static void run_through_text(struct run *r, struct desk *desk)
{
    struct arena arena;
    struct err err = { "" };
    arena_init(&arena, LIMIT_ARENA_BYTES);
    const char *text = deskjson_write(desk, &arena);
    run_new_desk(r, desk);
    desk->doubt.store[0] = '\0';
    if (!text || !deskjson_read(text, &arena, desk, &err))
        run_fail(r, text ? err.text : "the desk cannot be kept");
    arena_done(&arena);
}

void run_fold_kept(struct run *r, struct desk *desk, size_t every)
{
    for (size_t i = 0; i < r->record_count; i++) {
        if (i % every == 0)
            run_through_text(r, desk);
        run_apply(r, desk, &r->records[i]);
    }
    struct run none = *r;
    none.record_count = 0;
    run_fold(&none, desk, 0);
    desk->record = r->record_count;
}

static void run_keep(struct run *r, const struct fact *f)
{
    size_t at = 0;
    while (at < r->waiting_count && r->waiting_refs[at] != f->ref)
        at++;
    if (f->kind == FACT_INQUIRED && r->waiting_count < LIMIT_INQUIRIES) {
        r->waiting_refs[r->waiting_count] = f->ref;
        r->waiting[r->waiting_count].at_ms = f->at_ms;
        factjson_write(f, &r->kept, &r->waiting[r->waiting_count++].columns);
    } else if (f->kind == FACT_INQUIRY_CLOSED && at < r->waiting_count) {
        size_t rest = --r->waiting_count - at;
        memmove(&r->waiting[at], &r->waiting[at + 1], rest * sizeof r->waiting[0]);
        memmove(&r->waiting_refs[at], &r->waiting_refs[at + 1], rest * sizeof r->waiting_refs[0]);
    }
}

static void run_journal(struct run *r)
{
    for (size_t i = 0; i < r->out->fact_count; i++) {
        const struct fact *f = &r->out->facts[i];
        run_keep(r, f);
        if (!fact_is_durable(f->kind))
            continue;
        if (r->record_count == RUN_RECORDS) {
            run_fail(r, "too many records");
            return;
        }
        struct record *record = &r->records[r->record_count++];
        record->at_ms = f->at_ms;
        factjson_write(f, &r->kept, &record->columns);
    }
    r->desk->record = r->record_count;
    STR_SET(r->desk->record_hash, "0123456789abcdef");
}

static void run_remember_question(struct run *r, const struct casefile *c)
{
    bool known = !c->question.handle[0] || r->question_count == RUN_QUESTIONS;
    for (size_t i = 0; i < r->question_count; i++)
        known |= str_equal(r->questions[i].handle, c->question.handle);
    if (known)
        return;
    r->questions[r->question_count].no = c->no;
    STR_SET(r->questions[r->question_count++].handle, c->question.handle);
}

static void run_remember(struct run *r)
{
    for (size_t i = 0; i < r->desk->case_count; i++)
        run_remember_question(r, &r->desk->cases[i]);
    for (size_t i = 0; i < r->desk->case_count; i++) {
        const struct casefile *c = &r->desk->cases[i];
        if (c->no <= RUN_CASES)
            r->outcomes[c->no - 1] = (struct outcome){ c->no, c->state, c->overdue_reminders,
                                                       c->question.reminders };
    }
}

/* ---- events ---- */

/* Repeatable: the jitter is always the middle one, handles and codes differ from event to event. */
static void run_entropy(const struct run *r, unsigned char entropy[ENTROPY_BYTES])
{
    char seed[32], hex[65];
    snprintf(seed, sizeof seed, "event %lld", (long long)r->events);
    secret_sha256_hex(seed, strlen(seed), hex);
    memcpy(entropy, hex, ENTROPY_BYTES);
    entropy[ENTROPY_JITTER] = 0xff;
    entropy[ENTROPY_JITTER + 1] = 0x7f;
}

static void run_show_header(struct run *r, const char *header)
{
    long long ms = (long long)(r->now_ms - RUN_DAY_MS), day = ms / MS_DAY;
    buf_add_char(&r->log, '[');
    if (day)
        buf_addf(&r->log, "+%lldd ", day);
    buf_addf(&r->log, "%02lld:%02lld:%02lld", ms / MS_HOUR % 24, ms / MS_MINUTE % 60,
             ms / MS_SECOND % 60);
    if (ms % 1000)
        buf_addf(&r->log, ".%03lld", ms % 1000);
    buf_addf(&r->log, "] %s\n", header);
}

/* Whatever is posted says what it is about before a locked screen cuts it off. */
static void run_check_first(struct run *r)
{
    for (size_t i = 0; i < r->out->effect_count; i++) {
        const struct effect *e = &r->out->effects[i];
        const char *shown = NULL, *what = NULL;
        if (e->kind == EFFECT_SAY)
            what = first_problem(&e->say, r->desk, &r->arena, &shown);
        else if (e->kind == EFFECT_ANSWER)
            first_keep_answer(&e->answer, r->desk);
        if (what)
            run_fail(r, arena_printf(&r->arena, "%s: %s", what, shown));
    }
}

static void run_show(struct run *r)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512 * 1024);
    r->show.to = &b;
    run_check_first(r);
    show_cards(&r->show, r->desk, r->out, &r->arena);
    for (size_t i = 0; i < r->out->effect_count; i++)
        show_effect(&b, &r->out->effects[i], &r->world, &r->arena);
    show_journal(&b, r->out);
    if (!b.bytes)
        return;
    if (r->header)
        run_show_header(r, r->header);
    buf_add(&r->log, buf_text(&b));
}

/* The code of a mail of this turn: whoever reads the mailbox knows it. */
static void run_read_mail(struct run *r)
{
    for (size_t i = 0; i < r->out->effect_count; i++) {
        if (r->out->effects[i].kind != EFFECT_MAIL ||
            r->out->effects[i].urgency == URGENCY_GUARDS) /* an alarm has none */
            continue;
        const char *digits = r->out->effects[i].mail.text;
        while (*digits && strspn(digits, "0123456789") != 6)
            digits++;
        snprintf(r->world.code, sizeof r->world.code, "%.6s", digits);
    }
}

static void run_mail(struct run *r, const struct effect *e)
{
    struct answer *a = world_answer(&r->world, r->now_ms + 200,
                                    r->world.mail_fails ? EVENT_MAIL_FAILED : EVENT_MAIL_SENT,
                                    e->id);
    STR_SET(a->error, r->world.mail_fails ? "the mail server answered 451" : "");
}

/* Messages that the chat shows later by itself. */
static void run_later(struct run *r, const struct effect *e)
{
    struct world *w = &r->world;
    if (e->kind == EFFECT_READ_WORDS) {
        world_answer(w, r->now_ms + 100, EVENT_WORDS_READ, e->id);
        return;
    }
    bool leave = e->kind == EFFECT_LEAVE_WORD && !e->word.id,
         again = e->word.id && e->kind == EFFECT_LEAVE_WORD;
    struct answer *a = world_answer(w, r->now_ms + 100,
                                    leave || again ? EVENT_WORD_LEFT : EVENT_WORD_TAKEN, e->id);
    STR_SET(a->error, leave ? w->later_fails : "");
    if (leave && !w->later_fails[0] && w->later_count < COUNT(w->later)) {
        w->later_given += !w->later_alike || !w->later_given;
        snprintf(a->chat_id, sizeof a->chat_id, "Q%d", w->later_given);
        STR_SET(w->later[w->later_count].id, a->chat_id);
        STR_SET(w->later[w->later_count].text, e->word.text);
        w->later[w->later_count++].at_ms = a->word_ms = e->word.at_ms;
    }
    for (size_t i = 0; !leave && i < w->later_count; i++)
        if (str_equal(w->later[i].id, e->word.id)) {
            STR_SET(a->chat_id, e->word.id);
            if (again)
                w->later[i].at_ms = a->word_ms = e->word.at_ms;
            else
                w->later[i] = w->later[--w->later_count];
        }
}

static void run_perform(struct run *r)
{
    struct world *w = &r->world;
    for (size_t i = 0; i < r->out->effect_count; i++) {
        const struct effect *e = &r->out->effects[i];
        if (e->kind == EFFECT_SURVEY) {
            struct answer *a = world_answer(w, r->now_ms + w->survey_ms, EVENT_SURVEYED, e->id);
            a->parts = e->survey.parts;
            STR_SET(a->account, e->survey.account);
            STR_SET(a->task_id, e->survey.task_id);
        } else if (e->kind == EFFECT_IDENTIFY) {
            STR_SET(world_answer(w, r->now_ms + w->identify_ms, EVENT_IDENTIFIED, e->id)->chat_id,
                    e->identify);
        } else if (e->kind == EFFECT_LOOK_BACK) {
            world_answer(w, r->now_ms + w->look_ms, EVENT_LOOKED_BACK, e->id);
        } else if (e->kind == EFFECT_CHANGE) {
            world_change(w, e, r->now_ms);
        } else if (e->kind == EFFECT_MAIL || e->kind == EFFECT_RUN) {
            run_mail(r, e);
        } else if (e->kind == EFFECT_ERRAND) {
            world_errand(w, e, r->now_ms);
        } else if (e->kind == EFFECT_ROOT_LOOK) {
            world_root_look(w, e, r->now_ms);
        } else if (e->kind == EFFECT_CATCH_UP) {
            STR_SET(world_answer(w, r->now_ms + w->catch_up_ms, EVENT_CAUGHT_UP, e->id)->error,
                    w->catch_up_fails);
        } else if (e->kind == EFFECT_LEAVE_WORD || e->kind == EFFECT_TAKE_WORD ||
                   e->kind == EFFECT_READ_WORDS) {
            run_later(r, e);
        } else if (e->kind == EFFECT_FORM) {
            STR_SET(w->open_form, e->form.form);
            STR_SET(w->open_handle, e->form.handle);
        }
    }
}

static bool run_matters(const struct run *r)
{
    for (size_t i = 0; i < r->out->fact_count; i++)
        if (fact_is_durable(r->out->facts[i].kind) || fact_is_kept(r->out->facts[i].kind))
            return true;
    for (size_t i = 0; i < r->out->effect_count; i++)
        if (r->out->effects[i].kind != EFFECT_SURVEY && r->out->effects[i].kind != EFFECT_CATCH_UP)
            return true;
    return false;
}

/* As the engine keeps it over a restart. */
static void run_note_hearing(struct run *r)
{
    for (size_t i = 0; i < r->out->fact_count; i++) {
        const struct fact *f = &r->out->facts[i];
        if (f->kind == FACT_CAUGHT_UP)
            r->heard = (struct event_chat_up){ .heard_ms = f->ref };
        else if (f->kind == FACT_DEAF_TOLD)
            r->heard.deaf_told = true;
    }
}

void run_feed(struct run *r, struct event *e, const char *header)
{
    if (r->failure[0])
        return;
    if (r->events >= RUN_EVENTS) {
        run_fail(r, "the transcript does not come to rest");
        return;
    }
    e->at_ms = r->now_ms;
    run_entropy(r, e->entropy);
    if (r->before)
        r->before(r, e);
    r->header = header;
    verdict_init(r->out, &r->arena, (struct turn){ .now_ms = r->now_ms, .entropy = e->entropy }, 0);
    r->out->source = (struct fact_source){ .chat = e->chat, .event_id = e->id };
    world_move(&r->world, r->now_ms);
    run_know_lately(r, e);
    desk_handle(r->desk, e, r->out, r->scratch);
    if (r->out->overflow)
        run_fail(r, "one event led to more than a turn may hold, or the desk did not settle");
    run_journal(r);
    run_remember(r);
    run_note_hearing(r);
    r->mattered[r->events] = run_matters(r);
    bool dies = ++r->events == r->restart_after;
    run_read_mail(r);
    if (r->after)
        r->after(r, e);
    else if (r->restart_after < 0)
        run_show(r);
    if (!dies || !r->loses_effects)
        run_perform(r);
    if (desk_is_quiet(r->desk)) {
        r->quiet = r->record_count;
        r->quiet_case = r->desk->last_case;
        r->quiet_doubt = r->desk->doubt;
    }
    arena_reset(&r->arena);
    if (dies)
        run_restart(r);
}

void run_plain_event(struct run *r, enum event_kind kind, const char *chat, const char *error,
                     const char *header)
{
    struct event e = { .kind = kind, .chat = chat, .error = error };
    if (kind == EVENT_CHAT_UP)
        e.chat_up = r->heard;
    if (kind == EVENT_CHAT_UP && r->config->policy.dead_man != DEAD_MAN_OFF) {
        e.chat_up.holds_ms = r->world.later_holds_ms;
        e.chat_up.moves = r->world.later_moves;
    }
    run_feed(r, &e, header);
}

void run_start(struct run *r)
{
    run_plain_event(r, EVENT_STARTED, "", NULL, "start");
    if (r->world.chat_up)
        run_plain_event(r, EVENT_CHAT_UP, "slack", NULL, "start");
}

void run_restart(struct run *r)
{
    r->world.answer_count = 0;
    run_new_desk(r, r->desk);
    size_t kept = r->record_count / 2 + 1;
    if (r->restart_after > 0 && r->restart_after % 2 && r->quiet < kept) {
        run_fold_kept(r, r->desk, kept);
    } else {
        r->desk->last_case = r->quiet_case;
        r->desk->doubt = r->quiet_doubt;
        run_fold(r, r->desk, r->quiet);
    }
    run_start(r);
}

/* Messages of another reguard, and what the engine makes of them. */
static void run_show_twin(struct run *r, struct event_looked *looked)
{
    struct world_twin *t = &r->world.twin;
    if (!t->there)
        return;
    t->shown.said_ms = t->lives ? r->now_ms : t->shown.said_ms;
    looked->seen = &t->shown;
    looked->count = 1;
    if (doubt_is_accepted(r->desk, t->shown.store, t->shown.record) ||
        twin_is_news(r->desk, "slack", &t->shown))
        return;
    looked->why = "the channel has messages of other records";
    looked->hash = "0123456789abcdef";
    looked->strangers = arena_printf(&r->kept, "%s:1", t->shown.store);
}

/* ---- time ---- */

static void run_answer(struct run *r)
{
    struct world *w = &r->world;
    struct answer a = w->answers[0];
    memmove(w->answers, w->answers + 1, --w->answer_count * sizeof a);
    world_move(w, r->now_ms);
    struct standing_word standing[LIMIT_LEFT_WORDS];
    struct event e = { .kind = a.kind,
                       .chat = "stax",
                       .effect_id = a.effect_id,
                       .error = a.error[0] ? a.error : NULL };
    const char *header = "stax answers";
    if (a.kind == EVENT_SURVEYED) {
        world_survey(w, &a, &e.survey);
    } else if (a.kind == EVENT_ERRAND_TOLD) {
        header = "AWS answers";
        e.chat = "aws";
        e.errand = a.errand;
        e.errand.policy = a.policy;
        e.errand.digest = a.digest;
    } else if (a.kind == EVENT_ROOT_FOUND) {
        header = "AWS answers";
        e.chat = "aws";
        e.found = a.found;
        e.found.digest = a.digest;
    } else if (a.kind == EVENT_LOOKED_BACK) {
        header = "slack answers";
        e.chat = "slack";
        e.error = w->history_unread ? "Slack did not answer" : NULL;
        if (!doubt_is_accepted(r->desk, world_stranger, WORLD_STRANGER_RECORD))
            e.looked = w->looked;
        run_show_twin(r, &e.looked);
    } else if (a.kind == EVENT_IDENTIFIED) {
        header = "slack answers";
        e.chat = "slack";
        e.error = w->identities_unread ? "Slack did not answer" : NULL;
        for (size_t i = 0; i < w->people_count; i++)
            if (str_equal(w->people[i].chat_id, a.chat_id)) {
                e.identified_flags = w->people[i].flags;
                e.zone_known = w->people[i].zone_known;
                e.zone = w->people[i].zone;
                e.zone.turn_ms += e.zone.turn_ms ? RUN_DAY_MS : 0;
            }
    } else if (a.kind == EVENT_CAUGHT_UP) {
        header = "slack answers";
        e.chat = "slack";
        e.error = a.error[0] ? a.error : NULL;
        e.heard.left_out = a.error[0] ? 0 : w->catch_up_leaves_out;
        e.heard.again_ms = w->catch_up_again_ms;
    } else if (a.kind == EVENT_WORD_LEFT || a.kind == EVENT_WORD_TAKEN) {
        header = "slack answers";
        e.chat = "slack";
        e.word = (struct event_word){ .id = a.chat_id, .at_ms = a.word_ms };
    } else if (a.kind == EVENT_WORDS_READ) {
        header = "slack answers";
        e.chat = "slack";
        for (size_t i = 0; i < w->later_count; i++)
            standing[i] = (struct standing_word){ .id = w->later[i].id,
                                                  .text = w->later[i].text,
                                                  .at_ms = w->later[i].at_ms };
        e.words = (struct event_words){ .all = standing, .count = w->later_count };
    } else if (a.kind == EVENT_MAIL_SENT || a.kind == EVENT_MAIL_FAILED) {
        header = "mail server answers";
        e.chat = "mail";
    } else {
        e.change = a.change;
        e.change.task_id = a.task_id;
        e.change.flags = a.flags[0] ? a.flags : NULL;
    }
    run_feed(r, &e, header);
}

/* The first one of those that the chat shows by itself. */
static size_t run_next_word(const struct world *w)
{
    size_t next = 0;
    for (size_t i = 1; i < w->later_count; i++)
        next = w->later[i].at_ms < w->later[next].at_ms ? i : next;
    return next;
}

static void run_appear(struct run *r, size_t at)
{
    struct world *w = &r->world;
    if (!r->after && r->restart_after < 0) {
        run_show_header(r, "slack by itself");
        buf_addf(&r->log, "  appears | %s\n", w->later[at].id);
    }
    w->later[at] = w->later[--w->later_count];
}

void run_until(struct run *r, ms_t until_ms)
{
    while (!r->failure[0]) {
        size_t next = run_next_word(&r->world);
        ms_t word = r->world.later_count ? ms_max(r->world.later[next].at_ms, r->now_ms) : MS_NEVER;
        ms_t due = desk_due_ms(r->desk);
        due = due == MS_NEVER ? due : ms_max(due, r->now_ms + 1);
        ms_t answer = r->world.answer_count ? ms_max(r->world.answers[0].at_ms, r->now_ms)
                                            : MS_NEVER;
        if (ms_min(word, ms_min(due, answer)) > until_ms)
            break;
        r->now_ms = ms_min(word, ms_min(due, answer));
        if (word <= r->now_ms)
            run_appear(r, next);
        else if (answer <= due)
            run_answer(r);
        else
            run_plain_event(r, EVENT_DUE, "", NULL, "clock");
    }
    r->world.now_ms = r->now_ms = ms_max(r->now_ms, until_ms);
}

/* ---- life ---- */

void run_init(struct run *r, const struct config *config, const struct world *world)
{
    *r = (struct run){ .config = config, .world = *world, .restart_after = -1 };
    r->desk = calloc(1, sizeof *r->desk);
    r->out = calloc(1, sizeof *r->out);
    r->scratch = calloc(1, sizeof *r->scratch);
    /* Millions of bytes, written before they are read. */
    r->records = malloc(RUN_RECORDS * sizeof *r->records);
    r->mattered = malloc(RUN_EVENTS * sizeof *r->mattered);
    if (!r->mattered || !r->desk || !r->out || !r->scratch || !r->records)
        abort();
    arena_init(&r->arena, LIMIT_ARENA_BYTES);
    arena_init(&r->kept, (size_t)16 * LIMIT_ARENA_BYTES);
    buf_init(&r->log, (size_t)8 * 1024 * 1024);
    r->code_key = secret_from("the key of every transcript");
    run_new_desk(r, r->desk);
    r->quiet_doubt = r->desk->doubt;
}

void run_done(struct run *r)
{
    secret_free(r->code_key);
    free(r->desk);
    free(r->out);
    free(r->scratch);
    free(r->records);
    free(r->mattered);
    arena_done(&r->arena);
    arena_done(&r->kept);
    buf_done(&r->log);
}
