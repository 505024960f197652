/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard witness`: looks at the guardrail and at what reguard itself has said in the chat, from
   another machine, and may only raise protection (core/vigil.h). It has no store and no socket, and
   keeps nothing from one look to the next: each look is made of its own parts, which are gone when
   it ends, so that a daemon and a timer do the same. */
#include "cli/bot.h"
#include "cli/notify.h"
#include "cli/print.h"
#include "cli/restore.h"
#include "cli/routes.h"
#include "config/config_files.h"
#include "core/deadman.h"
#include "core/duration.h"
#include "core/guardrail.h"
#include "core/outside.h"
#include "core/vigil.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/memory.h"
#include "host/secret.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What has not come by then is not known. */
static const ms_t LOOK_PATIENCE_MS = 25 * MS_SECOND, SAY_PATIENCE_MS = 20 * MS_SECOND,
                  PROOF_PATIENCE_MS = MS_MINUTE, ROUTES_PATIENCE_MS = MS_MINUTE;
enum {
    SURVEY_ID = 1,
    ROSTER_ID,
    FIRST_LOOK_ID = 10,
    FIRST_SAY_ID = 100,
    FIRST_WORD_ID = 200,
    WHY_CHARACTERS = 300
};

struct watched_chat {
    bool heard, settled; /* it was read; nothing more is awaited of it */
    bool refused;        /* for a reason that does not pass by itself */
    bool posts;          /* what is ours may go there, as far as is known */
    char why[LIMIT_ERROR_BYTES];
};

/* One look. */
struct watching {
    struct bot bot;
    struct inbox inbox;
    struct arena arena;
    struct loop_timer turn, patience;
    size_t waiting;
    struct vigil_view view;
    struct vigil_verdict verdict;
    struct err why_unknown, why_deaf;
    struct watched_chat chats[CONFIG_KINDS];
    struct sighting *seen; /* LIMIT_SIGHTINGS for each chat */
    const char *keys[LIMIT_ALARMED];
    size_t key_count, posted, taken;
    bool unheard; /* there was an alarm, and it stands in no chat */
    struct routes routes;
};

static const struct adapter_kind *kind_at(const struct watching *w, size_t at)
{
    return w->bot.config->kinds[at];
}

static bool is_chat(const struct watching *w, size_t at)
{
    return w->bot.adapters[at] && kind_at(w, at)->role == ADAPTER_CHAT;
}

static const char *harmless(struct watching *w, const char *text)
{
    return str_or_empty(outside_words(&w->arena, text, WHY_CHARACTERS));
}

/* ---- waiting for answers ---- */

static void answered(struct watching *w)
{
    if (w->waiting && --w->waiting == 0)
        loop_stop(w->bot.loop);
}

static void give_up(void *arg) { loop_stop(((struct watching *)arg)->bot.loop); }

static void wait_for_answers(struct watching *w, ms_t patience_ms)
{
    if (!w->waiting)
        return;
    loop_timer_set(w->bot.loop, &w->patience, patience_ms);
    loop_run(w->bot.loop);
    loop_timer_cancel(&w->patience);
    w->waiting = 0;
}

static void ask(struct watching *w, struct adapter *adapter, const struct effect *e,
                struct err *ret_why)
{
    if (adapter->ops->perform(adapter, e, ret_why))
        w->waiting++;
}

/* ---- what comes back ---- */

static void surveyed(struct watching *w, const struct event *e)
{
    const char *why;
    if (e->effect_id != SURVEY_ID || w->verdict.why)
        return; /* it was decided without it */
    w->view.now = guardrail_judge(&w->bot.config->policy, &e->survey, &w->arena, &why);
    w->view.changed_ms = e->survey.modified_ms;
    err_set(&w->why_unknown, "%s", harmless(w, why));
}

/* Whoever may act, as the provider says now; everybody in [people] where it does not. */
static void find_admins(struct watching *w, const struct survey *s)
{
    const struct people *people = &w->bot.config->people;
    w->key_count = 0;
    for (size_t i = 0; i < people->count && w->key_count < LIMIT_ALARMED; i++) {
        const struct roster_user *user = person_user(&people->rows[i], s, NULL);
        if (user && policy_is_admin(&w->bot.config->policy, user))
            w->keys[w->key_count++] = people->rows[i].key;
    }
    for (size_t i = 0; !w->key_count && i < people->count && i < LIMIT_ALARMED; i++)
        w->keys[i] = people->rows[i].key;
    w->key_count = w->key_count                    ? w->key_count
                   : people->count < LIMIT_ALARMED ? people->count
                                                   : LIMIT_ALARMED;
}

static size_t place_of(const struct watching *w, const char *chat)
{
    size_t at = 0;
    while (kind_at(w, at) && !str_equal(kind_at(w, at)->venue->name, chat))
        at++;
    return at;
}

static void settle(struct watching *w, size_t at, const char *why)
{
    struct watched_chat *chat = &w->chats[at];
    if (chat->settled)
        return;
    chat->settled = true;
    STR_SET(chat->why, why);
    answered(w);
}

/* A chat that cannot be served may be readable all the same. */
static void chat_told(struct watching *w, const struct event *e)
{
    size_t at = place_of(w, e->chat);
    struct err err = { "" };
    bool up = e->kind == EVENT_CHAT_UP;
    if (!kind_at(w, at) || w->chats[at].settled)
        return;
    w->chats[at].refused = !up;
    w->chats[at].posts = up || (e->still & (CHAT_POSTS | CHAT_TRIES));
    struct effect look = { .kind = EFFECT_LOOK_BACK,
                           .id = FIRST_LOOK_ID + at,
                           .chat = e->chat,
                           .urgency = URGENCY_GUARDS,
                           .look = { w->view.now_ms - vigil_horizon_ms(&w->bot.config->policy) } };
    struct adapter *chat = w->bot.adapters[at];
    if (!up && !(e->still & CHAT_POSTS))
        settle(w, at, e->error);
    else if (!chat->ops->perform(chat, &look, &err))
        settle(w, at, err.text);
    else if (!up)
        STR_SET(w->chats[at].why, e->error);
}

static void looked(struct watching *w, const struct event *e)
{
    size_t at = place_of(w, e->chat);
    if (!kind_at(w, at) || w->chats[at].settled)
        return;
    for (size_t i = 0;
         !e->error && i < e->looked.count && w->view.count < CONFIG_KINDS * LIMIT_SIGHTINGS; i++)
        w->seen[w->view.count++] = e->looked.seen[i];
    w->chats[at].heard = !e->error;
    settle(w, at, w->chats[at].why[0] ? w->chats[at].why : e->error);
}

static void said(struct watching *w, const struct event *e)
{
    size_t at = place_of(w, e->chat);
    if (kind_at(w, at) && e->kind != EVENT_DELIVERED)
        STR_SET(w->chats[at].why, e->error);
    w->posted += e->kind == EVENT_DELIVERED;
    answered(w);
}

/* It names the records of which the chat's other messages tell. */
static bool is_of_reguard(struct watching *w, const struct standing_word *word)
{
    bool found = false;
    for (size_t i = 0; i < w->view.count && !found; i++)
        found = w->seen[i].store[0] &&
                strstr(str_or_empty(word->text), deadman_mark(w->seen[i].store, &w->arena));
    return found;
}

static void words_read(struct watching *w, const struct event *e)
{
    size_t at = place_of(w, e->chat);
    struct err ignored = { "" };
    for (size_t i = 0; kind_at(w, at) && !e->error && i < e->words.count; i++) {
        struct effect take = { .kind = EFFECT_TAKE_WORD,
                               .id = FIRST_WORD_ID + CONFIG_KINDS + i,
                               .chat = kind_at(w, at)->venue->name,
                               .urgency = URGENCY_GUARDS,
                               .word = { .id = e->words.all[i].id } };
        if (is_of_reguard(w, &e->words.all[i]))
            ask(w, w->bot.adapters[at], &take, &ignored);
    }
}

static void routed(struct watching *w, const struct event *e)
{
    w->routes.sent += e->kind == EVENT_MAIL_SENT;
    if (e->kind == EVENT_MAIL_FAILED)
        print_problem("reguard: [alarm] %s: %s\n", str_equal(e->chat, "mail") ? "mail" : "command",
                      str_or_empty(e->error));
}

static void take_answers(void *arg)
{
    struct watching *w = arg;
    struct inbox_batch *batch = inbox_take(&w->inbox);
    for (size_t i = 0; i < batch->count; i++) {
        const struct event *e = batch->events[i];
        switch ((int)e->kind) {
        case EVENT_SURVEYED:
            surveyed(w, e);
            if (e->effect_id == ROSTER_ID)
                find_admins(w, &e->survey);
            answered(w);
            break;
        case EVENT_CHAT_UP:
        case EVENT_CHAT_REFUSED: chat_told(w, e); break;
        case EVENT_LOOKED_BACK: looked(w, e); break;
        case EVENT_WORDS_READ:
            words_read(w, e);
            answered(w);
            break;
        case EVENT_WORD_TAKEN:
            w->taken += !e->error;
            answered(w);
            break;
        case EVENT_MAIL_SENT:
        case EVENT_MAIL_FAILED:
            routed(w, e);
            answered(w);
            break;
        case EVENT_DELIVERED:
        case EVENT_DELIVERY_FAILED:
        case EVENT_DELIVERY_UNKNOWN: said(w, e); break;
        }
    }
    inbox_release(&w->inbox, batch);
}

static void on_event(void *arg)
{
    struct watching *w = arg;
    loop_timer_set(w->bot.loop, &w->turn, 0);
}

/* ---- looking ---- */

static bool begin(struct watching *w, struct config *config, struct err *err)
{
    bool fine = bot_init(&w->bot, config, err);
    w->bot.config_lent = w->bot.raises_only = w->bot.deaf = true;
    inbox_init(&w->inbox, on_event, w);
    arena_init(&w->arena, LIMIT_ARENA_BYTES);
    w->turn = (struct loop_timer){ .fired = take_answers, .arg = w };
    w->patience = (struct loop_timer){ .fired = give_up, .arg = w };
    w->seen = xcalloc(CONFIG_KINDS * LIMIT_SIGHTINGS, sizeof *w->seen);
    w->view = (struct vigil_view){ .now_ms = clock_wall_ms(), .seen = w->seen };
    return fine && bot_make(&w->bot, ADAPTER_PROVIDER, &w->inbox, err) &&
           bot_make(&w->bot, ADAPTER_CHAT, &w->inbox, err);
}

static void end(struct watching *w)
{
    if (w->bot.loop) {
        loop_timer_cancel(&w->turn);
        loop_timer_cancel(&w->patience);
    }
    bot_done(&w->bot);
    inbox_done(&w->inbox);
    arena_done(&w->arena);
    free(w->seen);
    free(w);
}

static void look(struct watching *w)
{
    struct adapter *provider = bot_adapter(&w->bot, ADAPTER_PROVIDER);
    struct effect survey = { .kind = EFFECT_SURVEY,
                             .id = SURVEY_ID,
                             .urgency = URGENCY_GUARDS,
                             .survey = { .parts = SURVEY_GUARDRAIL } };
    err_set(&w->why_unknown, "%s did not answer in time", w->bot.config->policy.provider->title);
    ask(w, provider, &survey, &w->why_unknown);
    for (size_t i = 0; kind_at(w, i); i++) {
        struct err err = { "" };
        if (!is_chat(w, i))
            continue;
        STR_SET(w->chats[i].why, "no answer in time");
        if (w->bot.adapters[i]->ops->start(w->bot.adapters[i], &err))
            w->waiting++;
        w->chats[i].why[0] = '\0';
    }
    wait_for_answers(w, LOOK_PATIENCE_MS);
    for (size_t i = 0; kind_at(w, i); i++) {
        if (is_chat(w, i) && !w->chats[i].settled)
            STR_SET(w->chats[i].why, "no answer in time");
        w->view.heard |= w->chats[i].heard;
        if (is_chat(w, i) && !w->chats[i].heard)
            err_set(&w->why_deaf, "%s: %s", kind_at(w, i)->venue->title, w->chats[i].why);
        w->chats[i].settled = true;
    }
    w->view.why = w->why_unknown.text;
    w->view.deaf = w->why_deaf.text;
    w->verdict = vigil_decide(&w->bot.config->policy, &w->view, &w->arena);
}

/* ---- saying ---- */

static void ask_admins(struct watching *w)
{
    struct err err = { "" };
    struct adapter *provider = bot_adapter(&w->bot, ADAPTER_PROVIDER);
    find_admins(w, &(struct survey){ .asked = 0 });
    ask(w, provider,
        &(struct effect){ .kind = EFFECT_SURVEY,
                          .id = ROSTER_ID,
                          .urgency = URGENCY_GUARDS,
                          .survey = { .parts = SURVEY_ROSTER, .people = &w->bot.config->people } },
        &err);
    wait_for_answers(w, LOOK_PATIENCE_MS);
}

static void post_in(struct watching *w, size_t at, const struct message *m)
{
    CLEANUP(buf_done) struct buf body;
    struct err err = { "" };
    struct adapter *chat = w->bot.adapters[at];
    buf_init(&body, LIMIT_MESSAGE_BYTES);
    struct effect e = { .kind = EFFECT_DELIVER,
                        .id = FIRST_SAY_ID + at,
                        .chat = kind_at(w, at)->venue->name,
                        .urgency = URGENCY_GUARDS,
                        .deliver = { .kind = MESSAGE_POST, .key = m->key } };
    if (chat->ops->render(chat, m, &body, &err)) {
        e.deliver.body = buf_text(&body);
        ask(w, chat, &e, &err);
    }
    if (err.text[0])
        STR_SET(w->chats[at].why, err.text);
}

/* In every chat that may be served: never where others can read it, nor under another team's name.
   False: it stands in none. */
static bool say(struct watching *w, bool on, const char *failed)
{
    char id[CASE_ID_BYTES];
    const struct policy *policy = &w->bot.config->policy;
    ask_admins(w);
    struct message m = message_saying(MESSAGE_POST,
                                      vigil_text(policy, &w->view, &w->verdict, w->keys,
                                                 w->key_count, on, failed, &w->arena));
    case_id_text(w->verdict.case_no, id);
    m.case_id = id;
    m.alarm = true;
    m.witness = (struct witness){ .vigil = !on                            ? VIGIL_ALARMED
                                           : w->verdict.act == VIGIL_OVER ? VIGIL_ENDED
                                                                          : VIGIL_RESTORED,
                                  .said_ms = clock_wall_ms() };
    m.key = arena_printf(&w->arena, "witness-%" PRId64, m.witness.said_ms);
    w->posted = 0;
    for (size_t i = 0; kind_at(w, i); i++)
        if (is_chat(w, i) && w->chats[i].posts)
            post_in(w, i, &m);
    wait_for_answers(w, SAY_PATIENCE_MS);
    for (size_t i = 0; kind_at(w, i); i++)
        if (is_chat(w, i) && w->chats[i].why[0])
            print_problem("reguard: %s: %s\n", kind_at(w, i)->venue->title, w->chats[i].why);
    w->unheard = !on && !w->posted;
    return w->posted > 0;
}

/* ---- acting ---- */

/* What reguard has left for the case that it falls silent would say that it may still be off. */
static void take_words_back(struct watching *w)
{
    struct err ignored = { "" };
    for (size_t i = 0; kind_at(w, i); i++) {
        struct effect read = { .kind = EFFECT_READ_WORDS,
                               .id = FIRST_WORD_ID + i,
                               .chat = kind_at(w, i)->venue->name,
                               .urgency = URGENCY_GUARDS };
        if (is_chat(w, i) && w->chats[i].posts)
            ask(w, w->bot.adapters[i], &read, &ignored);
    }
    wait_for_answers(w, SAY_PATIENCE_MS);
    if (w->taken)
        print_out("witness: took back %zu messages that stood in the chat for later\n", w->taken);
}

/* The same proof serves where it is on already: nothing is changed then. */
static bool put_back(struct watching *w)
{
    struct err standing = { "" };
    bool over = w->verdict.act == VIGIL_OVER;
    print_out("witness: %s: %s\n", over ? "verifying it" : "restoring it", w->verdict.why);
    bool on = restore_without_records(w->bot.config, w->bot.loop,
                                      "the witness saw that reguard is silent", PROOF_PATIENCE_MS,
                                      &standing);
    if (on || w->verdict.says)
        say(w, on, on ? NULL : harmless(w, standing.text));
    if (on)
        take_words_back(w);
    print_out("witness: %s%s\n",
              !on    ? "not restored yet: "
              : over ? "root protection is back ON, verified by two agreeing reads"
                     : "restored: root protection is ON, verified by two agreeing reads",
              on ? "" : standing.text);
    return on;
}

static int act(struct watching *w)
{
    const struct vigil_verdict *v = &w->verdict;
    switch (v->act) {
    case VIGIL_NOTHING: print_out("witness: nothing to do: %s\n", v->why); break;
    case VIGIL_ALARM:
        print_out("witness: alarm %" PRId64 ": %s\n", v->step, v->why);
        if (!say(w, false, NULL))
            print_problem("reguard: the alarm could not be posted anywhere\n");
        break;
    case VIGIL_OVER:
    case VIGIL_RESTORE: return put_back(w) ? 0 : 1;
    case VIGIL_ROUTES:
        print_problem("reguard: alarm: %s\n", v->why);
        if (!say(w, false, NULL))
            print_problem("reguard: the alarm could not be posted anywhere\n");
        break;
    }
    return w->view.now == WATCH_ON ? 0 : 1;
}

/* What does not pass by itself: a scope, a token, a channel. */
static int complain(const struct watching *w, int status)
{
    for (size_t i = 0; kind_at(w, i); i++) {
        if (!is_chat(w, i) || w->chats[i].heard)
            continue;
        print_problem("reguard: %s cannot be read: %s\n", kind_at(w, i)->venue->title,
                      w->chats[i].why);
        if (w->chats[i].refused)
            status = EXIT_BAD_CONFIG;
    }
    return status;
}

static void wait_for_routes(void *arg, size_t answers)
{
    struct watching *w = arg;
    w->waiting = answers;
    wait_for_answers(w, ROUTES_PATIENCE_MS);
}

static int look_once(struct config *config)
{
    struct err err = { "" };
    struct watching *w = xcalloc(1, sizeof *w);
    int status = 1;
    if (begin(w, config, &err)) {
        look(w);
        status = complain(w, act(w));
        w->routes = (struct routes){ &w->bot, &w->inbox, &w->arena, wait_for_routes, w, 0 };
        routes_looked(&w->routes, &w->view, &w->verdict, w->unheard);
    } else {
        print_problem("reguard: %s\n", err.text);
    }
    end(w);
    return status;
}

/* Nothing is under way that a restart would not do again. */
static void leave(int signal)
{
    (void)signal;
    _exit(0);
}

static _Noreturn void look_for_ever(struct config *config, ms_t every_ms)
{
    struct sigaction ends = { .sa_handler = leave };
    sigaction(SIGTERM, &ends, NULL);
    sigaction(SIGINT, &ends, NULL);
    notify("READY=1");
    for (;;) {
        look_once(config);
        notify("WATCHDOG=1");
        memory_settle();
        poll(NULL, 0, (int)clock_jitter(every_ms - every_ms / 6, every_ms + every_ms / 6));
    }
}

/* Of two that renew one pair the slower is locked out. A copy of reguard's says nothing of whom it
   is for, and is not renewed. */
static void warn_of_sharing(const struct config *config)
{
    for (size_t i = 0; config->kinds[i]; i++) {
        const struct adapter_kind *kind = config->kinds[i];
        struct err ignored = { "" };
        if (!config->there[i] || !kind->secret_is_renewed)
            continue;
        const char *key = kind->section->secrets[0];
        CLEANUP(secret_cleanup)
        struct secret *secret = config_files_secret(
            config, setting_text(kind->section, &config->own[i], key), &ignored);
        if (secret && kind->secret_is_renewed(secret) && !kind->secret_is_of_witness(secret))
            print_problem("reguard: [%s] %s: a token that is renewed belongs to one process alone, "
                          "and this one may be reguard's: the witness does not renew it, so that "
                          "it hears nothing once that has ended. Log the account in once more for "
                          "the witness, and say \"owner\": \"witness\" beside what comes of it\n",
                          kind->section->name, key);
    }
}

int cli_witness(const char *config_file, bool once, const char *every)
{
    ms_t every_ms = MS_MINUTE;
    if (every && (!duration_read(every, &every_ms) || every_ms < MS_SECOND || every_ms > MS_HOUR)) {
        print_problem("reguard: --every is a duration from 1s to 1h, not “%s”\n", every);
        return EXIT_BAD_USAGE;
    }
    struct config *config = bot_config_without_ears(config_file);
    if (!config)
        return EXIT_BAD_CONFIG;
    warn_of_sharing(config);
    log_setup(LOG_NOTHING, config->bot.log_format); /* what went wrong is said here, once */
    if (!once)
        look_for_ever(config, every_ms);
    int status = look_once(config);
    free(config);
    return status;
}
