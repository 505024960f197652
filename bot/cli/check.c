/* `reguard check`: every problem of the file, then the live side, read-only. */
#include "cli/bot.h"
#include "cli/check.h"
#include "core/flags.h"
#include "core/guardrail.h"
#include "cli/print.h"
#include "adapters/mail/mail.h"
#include "adapters/matrix/matrix.h"
#include "adapters/stax/stax.h"
#include "config/advice.h"
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
    struct report report;
    unsigned notified;
    bool slack_settled, matrix_settled, over;
};

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
        /* What is no id has been told. */
        if (id && advice_is_chat_id(chat->ops->name, id) && chat->ops->perform(chat, &e, NULL))
            k->waiting++;
    }
}

/* ---- the chats ---- */

/* Which setting a failure speaks of, and what to do about it. */
struct remedy {
    const char *words, *key, *next;
};

/* clang-format off */
static const struct remedy slack_remedies[] = {
    { "bot token belongs to another", "team", "compare with the workspace that the app is installed in" },
    { "organisation-wide", "bot_token_file", "" },
    { "refuses the bot token", "bot_token_file",
      "copy it anew from the app's page, OAuth & Permissions, and reinstall the app if it was taken back" },
    { "lacks scopes", "bot_token_file", "" },
    { "refuses the app", "app_token_file",
      "the app's page: Basic Information, App-Level Tokens, scope connections:write" },
    { "", "channel", "invite the bot there (/invite @reguard), and compare the id" },
};
static const struct remedy matrix_remedies[] = {
    { "invited to the room", "room", "" },
    { "token", "access_token_file", "log the account in anew and put its token there" },
    { "in the room", "room", "" },
    { "encrypted", "room", "" },
    { "upgraded", "room", "" },
    { "closed", "room", "" },
    { "", "homeserver", "compare homeserver, user and ca_file" },
};
static const struct remedy mail_remedies[] = {
    { "denied", "password_file", "compare username with the password in that file" },
    { "", "smtp_url", "compare smtp_url, and look at the network" },
};
static const struct remedy stax_remedies[] = {
    { "(access key)", "access_key_file", "put the access key of a Stax API token there; a new token is made in the Stax console, role API Admin" },
    { "(secret key)", "secret_key_file", "put the secret key of the same Stax API token there; Stax shows it once, when the token is made" },
    { "answered 401", "access_key_file", "compare the clock and the token's expiry" },
    { "answered 403", "access_key_file", "the Stax API token needs the role API Admin" },
    { "answered 5", "api_url", "Stax has trouble of its own: try again in a few minutes" },
    { "", "api_url", "compare api_url, login_url, identity_url and ca_file, and look at the network" },
};
/* clang-format on */

static void report_failure(struct checking *k, const char *section, const struct remedy *remedies,
                           const char *why)
{
    while (!strstr(why, remedies->words))
        remedies++;
    report_at(&k->report, section, remedies->key, "%s%s%s", why, remedies->next[0] ? "; " : "",
              remedies->next);
}

static void say_line(void *arg, bool fine, const char *text)
{
    struct checking *k = arg;
    bool risk = strncmp(text, "risk: ", 6) == 0;
    report(&k->report,
           !fine  ? REPORT_PROBLEM
           : risk ? REPORT_RISK
                  : REPORT_FINE,
           "Matrix: %s", risk ? text + 6 : text);
}

static void matrix_settled(struct checking *k, const struct event *e)
{
    if (k->matrix_settled)
        return;
    k->matrix_settled = true;
    if (e->kind == EVENT_CHAT_UP)
        report(&k->report, REPORT_FINE,
               "Matrix: the access token works and the room can be served");
    else
        report_failure(k, "matrix", matrix_remedies, e->error);
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
    if (e->kind == EVENT_CHAT_UP)
        report(&k->report, REPORT_FINE,
               "Slack: both tokens work, Socket Mode is connected, the channel can be served");
    else
        report_failure(k, "slack", slack_remedies, e->error);
    if (e->kind == EVENT_CHAT_UP && str_or_empty(e->error)[0])
        report_at(&k->report, "slack", "bot_token_file",
                  "%s; `reguard manifest slack` lists them with their reasons: add them on "
                  "the app's page and reinstall the app",
                  e->error);
    if (e->kind == EVENT_CHAT_UP)
        ask_people(k, k->bot.slack);
    answered(k);
}

/* ---- the people ---- */

static const char *remedy_for(unsigned flags, bool matrix)
{
    if (flags & IDENTITY_BOT)
        return "give the person's own id";
    if (flags & IDENTITY_STRANGER)
        return matrix
                   ? "give an id of your own server"
                   : "in an Enterprise Grid organisation they have to be members of the workspace "
                     "that [slack] team names, wherever they are at home";
    if (flags & IDENTITY_GUEST)
        return "only full members can ask and approve";
    if (flags & IDENTITY_GONE)
        return "compare the id, and bring the account back into the channel, or take it out of the "
               "line";
    if (flags & IDENTITY_INVITED)
        return "the invitation has to be accepted first";
    return "compare the id";
}

static void identified(struct checking *k, const struct event *e)
{
    const struct person *p = &k->bot.config->people.rows[e->effect_id - FIRST_PERSON_ID];
    const char *refusal = e->error ? e->error : identity_refusal(e->identified_flags);
    bool matrix = str_equal(e->chat, "matrix");
    const char *chat = matrix ? "Matrix" : "Slack";
    if (!refusal)
        report(&k->report, REPORT_FINE, "[people] %s: %s: %s", p->key, chat,
               matrix ? "in the room" : "a full member of the team");
    else
        report_at(&k->report, "people", p->key, "%s: %s; %s", chat, refusal,
                  remedy_for(e->error ? 0 : e->identified_flags, matrix));
    answered(k);
}

/* One account for two people counts for neither. */
static bool can_be_known(const struct config *c, const struct person *p)
{
    const char *why;
    for (size_t i = 0; i < p->id_count; i++) {
        bool served = str_equal(p->ids[i].chat, "slack") ? c->slack.there : c->matrix.there;
        if (served && people_find(&c->people, p->ids[i].chat, p->ids[i].id, &why) == p)
            return true;
    }
    return false;
}

static void check_roster(struct checking *k, const struct survey *s)
{
    const struct config *c = k->bot.config;
    unsigned admins = 0;
    for (size_t i = 0; i < c->people.count; i++) {
        const char *why = NULL;
        const struct person *p = &c->people.rows[i];
        const struct stax_user *user = person_user(p, s, &why);
        bool admin = user && policy_is_admin(&c->policy, user);
        if (!user)
            report_at(&k->report, "people", p->key,
                      "%s; compare with the users in the Stax console (e-mail address or Id)", why);
        else
            report(&k->report, REPORT_NOTE, "[people] %s: %s, %s", p->key, user->role,
                   admin ? "may ask and approve" : "may only look");
        admins += admin && can_be_known(c, p);
    }
    if (admins > (unsigned)c->policy.approvals)
        report(&k->report, REPORT_FINE,
               "%u Admins are listed; a request needs its asker and %d more", admins,
               c->policy.approvals);
    else
        report_at(&k->report, "policy", "approvals",
                  "%u Admins are listed; a request needs its asker and %d more: add Admins to "
                  "[people], or ask for fewer approvals",
                  admins, c->policy.approvals);
    k->notified = admins ? admins - 1 : 0;
}

/* ---- Stax ---- */

static void check_guardrail(struct checking *k, const struct survey *s)
{
    const char *why;
    enum watch seen = guardrail_judge(&k->bot.config->policy, s, inbox_arena(&k->inbox), &why);
    report(&k->report, seen == WATCH_ON ? REPORT_FINE : REPORT_PROBLEM, "guardrail %s: %s%s%s%s",
           FLAGS_ROOT_KEY, seen == WATCH_OFF ? "OFF" : watch_name(seen), why[0] ? ", because " : "",
           why,
           seen == WATCH_OFF
               ? "; unless a window is open, `reguard restore --why TEXT` puts it back"
               : "");
    CLEANUP(buf_done) struct buf unknown;
    buf_init(&unknown, 1024);
    if (flags_unknown(s->flags, &unknown))
        report(&k->report, REPORT_PROBLEM,
               "the guardrail document has keys that this version does not know, so nothing would "
               "be lifted: %s; update reguard",
               buf_text(&unknown));
}

static bool is_our_organisation(struct checking *k, const struct survey *s)
{
    const char *wanted = k->bot.config->policy.organisation;
    if (!(s->read & SURVEY_ORGANISATION))
        return true;
    const char *id = s->organisation_id, *alias = s->organisation_alias;
    bool ours = str_equal_nocase(id, wanted);
    if (ours)
        report(&k->report, REPORT_FINE, "organisation %s (%s)", id, alias);
    else if (!report_at(&k->report, "stax", "organisation",
                        "found “%s”, and the credential belongs to %s (%s): put that here, or take "
                        "the credential of the right organisation",
                        wanted, id, alias))
        report(&k->report, REPORT_NOTE, "the credential belongs to organisation %s (%s)", id,
               alias);
    return ours;
}

/* Signatures go by AWS's time, deadlines and records by this machine's. */
static void check_clock(struct checking *k)
{
    ms_t ahead_ms = stax_ahead_ms(k->bot.stax);
    if (ahead_ms)
        report(
            &k->report, REPORT_PROBLEM,
            "this machine's clock is %lld s %s AWS's: windows and records go by it; set it, best "
            "by NTP",
            (long long)(ahead_ms > 0 ? ahead_ms : -ahead_ms) / 1000,
            ahead_ms > 0 ? "behind" : "ahead of");
}

static void surveyed(struct checking *k, const struct event *e)
{
    const struct survey *s = &e->survey;
    if (s->read != s->asked)
        report_failure(k, "stax", stax_remedies, str_or_empty(s->failure));
    if (s->read & SURVEY_ROSTER)
        check_roster(k, s);
    if (is_our_organisation(k, s) && (s->read & SURVEY_GUARDRAIL))
        check_guardrail(k, s);
    check_clock(k);
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
        report(&k->report, REPORT_PROBLEM,
               "Slack: no connection in time (tokens, network, Socket Mode switched on?)");
    else if (k->bot.matrix && !k->matrix_settled)
        report_at(&k->report, "matrix", "homeserver",
                  "no answer of the homeserver in time (homeserver, network, ca_file?)");
    else
        report(&k->report, REPORT_PROBLEM,
               "some answers did not come in time: look at the network");
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

static void check_mail(struct checking *k)
{
    struct err err = { "" };
    if (!k->bot.config->mail.there)
        return;
    if (bot_make_mail(&k->bot, &k->inbox, &err) && mail_probe(k->bot.mail, &err))
        report(&k->report, REPORT_FINE, "mail: the server takes mail from reguard");
    else
        report_failure(k, "mail", mail_remedies, err.text);
}

static void check_live(struct checking *k)
{
    struct err err = { "" };
    inbox_init(&k->inbox, on_event, k);
    k->turn = (struct loop_timer){ .fired = on_turn, .arg = k };
    k->patience = (struct loop_timer){ .fired = give_up, .arg = k };
    check_mail(k);
    if (ask(k, &err))
        loop_run(k->bot.loop);
    else
        report(&k->report, REPORT_PROBLEM, "%s", err.text);
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

/* Everything that can be asked of services. */
static void check_services(struct config *config, struct report *r)
{
    struct err err = { "" };
    struct checking *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    k->report = *r;
    if (bot_init(&k->bot, config, &err)) {
        check_live(k);
        say_goodbye(k);
        print_out("a request will notify %u people\n", k->notified);
    } else {
        report(&k->report, REPORT_PROBLEM, "%s", err.text);
    }
    *r = k->report;
    bot_done(&k->bot);
    inbox_done(&k->inbox);
    free(k);
}

int cli_check(const char *config_file, bool offline)
{
    struct config *config = bot_config(config_file);
    struct report r;
    if (!config)
        return EXIT_BAD_CONFIG;
    print_out("ok       %s: %zu people, %d approval%s, mailbox proof %s\n", config_file,
              config->people.count, config->policy.approvals,
              config->policy.approvals > 1 ? "s" : "",
              config->policy.mailbox_proof == MAILBOX_OFF       ? "off"
              : config->policy.mailbox_proof == MAILBOX_CONFIRM ? "confirm"
                                                                : "code");
    report_init(&r, config);
    check_here(&r);
    bool files_fine = bot_files_are_fine(config, NULL);
    log_setup(LOG_NOTHING, LOG_TEXT); /* what adapters log here is reported */
    if (files_fine && !offline)
        check_services(config, &r);
    else
        free(config);
    report_done(&r);
    return !files_fine ? EXIT_BAD_CONFIG : r.problems > 0;
}
