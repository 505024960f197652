/* `reguard check`: every problem of the file, then the live side, read-only. */
#include "cli/bot.h"
#include "cli/print.h"
#include "adapters/mail/mail.h"
#include "adapters/matrix/matrix.h"
#include "core/flags.h"
#include "host/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_t PATIENCE_MS = 20 * MS_SECOND;

/* What is asked for, and what has come back. */
struct checking {
    struct bot bot;
    struct inbox inbox;
    struct loop_timer turn, patience;
    size_t waiting;
    int problems;
    unsigned notified;
    bool slack_settled, matrix_settled, over;
};

static void say(struct checking *k, bool fine, const char *format, ...) PRINTF_LIKE(3, 4);
static void say(struct checking *k, bool fine, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_out(fine ? "ok       " : "PROBLEM  ");
    print_outv(format, args);
    print_out("\n");
    va_end(args);
    k->problems += !fine;
}

static void answered(struct checking *k)
{
    if (--k->waiting == 0)
        loop_stop(k->bot.loop);
}

enum { FIRST_PERSON_ID = 100 };

static void ask_people(struct checking *k, struct adapter *chat)
{
    const struct people *people = &k->bot.config->people;
    for (size_t i = 0; i < people->count; i++) {
        const char *id = person_chat_id(&people->rows[i], chat->ops->name);
        struct effect e = { .kind = EFFECT_IDENTIFY,
                            .id = FIRST_PERSON_ID + i,
                            .chat = chat->ops->name,
                            .identify = id };
        if (id && chat->ops->perform(chat, &e, NULL))
            k->waiting++;
    }
}

static void say_line(void *arg, bool fine, const char *text) { say(arg, fine, "Matrix: %s", text); }

static void matrix_settled(struct checking *k, const struct event *e)
{
    if (k->matrix_settled)
        return;
    k->matrix_settled = true;
    say(k, e->kind == EVENT_CHAT_UP, "Matrix: %s",
        e->kind == EVENT_CHAT_UP ? "the access token works and the room can be served" : e->error);
    matrix_describe(k->bot.matrix, say_line, k);
    if (e->kind == EVENT_CHAT_UP)
        ask_people(k, k->bot.matrix);
    answered(k);
}

static void slack_settled(struct checking *k, const struct event *e)
{
    if (k->slack_settled)
        return;
    k->slack_settled = true;
    say(k, e->kind == EVENT_CHAT_UP, "Slack: %s",
        e->kind == EVENT_CHAT_UP
            ? "both tokens work, Socket Mode is connected, the channel can be served"
            : e->error);
    if (e->kind == EVENT_CHAT_UP && str_or_empty(e->error)[0])
        say(k, false, "Slack: %s; `reguard manifest slack` lists them with their reasons",
            e->error);
    if (e->kind == EVENT_CHAT_UP)
        ask_people(k, k->bot.slack);
    answered(k);
}

static void identified(struct checking *k, const struct event *e)
{
    const struct person *p = &k->bot.config->people.rows[e->effect_id - FIRST_PERSON_ID];
    const char *refusal = e->error ? e->error : identity_refusal(e->identified_flags);
    bool matrix = str_equal(e->chat, "matrix");
    bool stranger = !matrix && !e->error && (e->identified_flags & IDENTITY_STRANGER);
    say(k, !refusal, "[people] %s: %s: %s%s", p->key, matrix ? "Matrix" : "Slack",
        refusal  ? refusal
        : matrix ? "in the room"
                 : "a full member of the team",
        stranger ? "; in an Enterprise Grid organisation they have to be members of the workspace "
                   "that [slack] team names, wherever they are at home"
                 : "");
    answered(k);
}

static void check_roster(struct checking *k, const struct survey *s)
{
    const struct config *c = k->bot.config;
    unsigned admins = 0;
    for (size_t i = 0; i < c->people.count; i++) {
        const char *why = NULL;
        const struct stax_user *user = person_user(&c->people.rows[i], s, &why);
        if (!user)
            say(k, false, "[people] %s: %s", c->people.rows[i].key, why);
        else
            print_out("         [people] %s: %s, %s\n", c->people.rows[i].key, user->role,
                      policy_is_admin(&c->policy, user) ? "may ask and approve" : "may only look");
        admins += user && policy_is_admin(&c->policy, user);
    }
    say(k, admins > (unsigned)c->policy.approvals,
        "%u Admins are listed; a request needs its asker and %d more", admins, c->policy.approvals);
    k->notified = admins ? admins - 1 : 0;
}

static void surveyed(struct checking *k, const struct event *e)
{
    const struct survey *s = &e->survey;
    const char *organisation = k->bot.config->policy.organisation;
    if (s->read != s->asked)
        say(k, false, "Stax: %s", str_or_empty(s->failure));
    if (s->read & SURVEY_ROSTER)
        check_roster(k, s);
    if (s->read & SURVEY_ORGANISATION)
        say(k, str_equal_nocase(s->organisation_id, organisation), "organisation %s (%s)",
            s->organisation_id, s->organisation_alias);
    if (s->read & SURVEY_GUARDRAIL) {
        const char *why;
        enum watch seen = guardrail_judge(&k->bot.config->policy, s, inbox_arena(&k->inbox), &why);
        say(k, seen == WATCH_ON, "guardrail %s: %s%s%s", FLAGS_ROOT_KEY,
            seen == WATCH_OFF ? "OFF" : watch_name(seen), why[0] ? ", because " : "", why);
        CLEANUP(buf_done) struct buf unknown;
        buf_init(&unknown, 1024);
        if (flags_unknown(s->flags, &unknown))
            say(k, false,
                "the guardrail document has keys that this version does not know, so nothing would "
                "be lifted: %s",
                buf_text(&unknown));
    }
    answered(k);
}

static void on_turn(void *arg)
{
    struct checking *k = arg;
    struct inbox_batch *batch = inbox_take(&k->inbox);
    for (size_t i = 0; i < batch->count && !k->over; i++) {
        const struct event *e = batch->events[i];
        bool settled = e->kind == EVENT_CHAT_UP || e->kind == EVENT_CHAT_REFUSED;
        if (settled && str_equal(e->chat, "matrix"))
            matrix_settled(k, e);
        else if (settled)
            slack_settled(k, e);
        else if (e->kind == EVENT_IDENTIFIED)
            identified(k, e);
        else if (e->kind == EVENT_SURVEYED)
            surveyed(k, e);
    }
    inbox_release(&k->inbox, batch);
}

static void on_event(void *arg)
{
    struct checking *k = arg;
    loop_timer_set(k->bot.loop, &k->turn, 0);
}

static void give_up(void *arg)
{
    struct checking *k = arg;
    if (k->bot.slack && !k->slack_settled)
        say(k, false, "Slack: no connection in time (tokens, network, Socket Mode switched on?)");
    else if (k->bot.matrix && !k->matrix_settled)
        say(k, false,
            "Matrix: no answer of the homeserver in time (homeserver, network, ca_file?)");
    else
        say(k, false, "some answers did not come in time");
    loop_stop(k->bot.loop);
}

static bool ask(struct checking *k, struct err *err)
{
    struct effect survey = { .kind = EFFECT_SURVEY,
                             .id = 1,
                             .survey = { .parts = SURVEY_ROSTER | SURVEY_ORGANISATION |
                                                  SURVEY_GUARDRAIL,
                                         .people = &k->bot.config->people } };
    if (!bot_make_stax(&k->bot, &k->inbox, err) || !bot_make_slack(&k->bot, &k->inbox, err) ||
        !bot_make_matrix(&k->bot, &k->inbox, err))
        return false;
    k->waiting = 1u + (k->bot.slack != NULL) + (k->bot.matrix != NULL);
    loop_timer_set(k->bot.loop, &k->patience, PATIENCE_MS);
    return k->bot.stax->ops->perform(k->bot.stax, &survey, err) &&
           (!k->bot.slack || k->bot.slack->ops->start(k->bot.slack, err)) &&
           (!k->bot.matrix || k->bot.matrix->ops->start(k->bot.matrix, err));
}

static void check_folder(struct checking *k)
{
    struct err err = { "" };
    const char *folder = k->bot.config->bot.state_dir;
    bool fine = store_is_private(folder, &err);
    say(k, fine, "%s%s", fine ? "state folder " : "", fine ? folder : err.text);
}

static void check_mail(struct checking *k)
{
    struct err err = { "" };
    if (!k->bot.config->mail.there)
        return;
    bool fine = bot_make_mail(&k->bot, &k->inbox, &err) && mail_probe(k->bot.mail, &err);
    say(k, fine, "mail: %s", fine ? "the server takes mail from reguard" : err.text);
}

static void check_live(struct checking *k)
{
    struct err err = { "" };
    inbox_init(&k->inbox, on_event, k);
    k->turn = (struct loop_timer){ .fired = on_turn, .arg = k };
    k->patience = (struct loop_timer){ .fired = give_up, .arg = k };
    check_folder(k);
    check_mail(k);
    if (ask(k, &err))
        loop_run(k->bot.loop);
    else
        say(k, false, "%s", err.text);
    loop_timer_cancel(&k->turn);
    loop_timer_cancel(&k->patience);
}

static void leave(void *arg) { loop_stop(((struct checking *)arg)->bot.loop); }

/* A socket that ends without its close frame stays registered at Slack for hours and is given
   events. */
static void say_goodbye(struct checking *k)
{
    struct adapter **const chats[] = { &k->bot.slack, &k->bot.matrix };
    k->over = true;
    for (size_t i = 0; i < COUNT(chats); i++) {
        if (*chats[i])
            (*chats[i])->ops->stop(*chats[i]);
        *chats[i] = NULL;
    }
    k->patience.fired = leave;
    loop_timer_set(k->bot.loop, &k->patience, BOT_GOODBYE_MS);
    loop_run(k->bot.loop);
    loop_timer_cancel(&k->turn);
}

int cli_check(const char *config_file, bool offline)
{
    struct config *config = bot_config(config_file);
    struct err err = { "" };
    if (!config)
        return EXIT_BAD_CONFIG;
    print_out("ok       %s: %zu people, %d approval%s, mailbox proof %s\n", config_file,
              config->people.count, config->policy.approvals,
              config->policy.approvals > 1 ? "s" : "",
              config->policy.mailbox_proof == MAILBOX_OFF       ? "off"
              : config->policy.mailbox_proof == MAILBOX_CONFIRM ? "confirm"
                                                                : "code");
    if (!offline && !bot_files_are_fine(config, NULL)) {
        free(config);
        return EXIT_BAD_CONFIG;
    }
    if (offline) {
        free(config);
        return 0;
    }
    log_setup(LOG_ERROR, LOG_TEXT);
    struct checking *k = calloc(1, sizeof *k);
    if (!k || !bot_init(&k->bot, config, &err)) {
        print_problem("reguard: %s\n", err.text);
        return 1;
    }
    check_live(k);
    say_goodbye(k);
    print_out("a request will notify %u people\n", k->notified);
    int status = k->problems > 0;
    bot_done(&k->bot);
    inbox_done(&k->inbox);
    free(k);
    return status;
}
