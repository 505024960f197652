/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard check`: every problem of the file, then the live side, read-only. */
#include "cli/bot.h"
#include "core/xalloc.h"
#include "cli/check.h"
#include "core/flags.h"
#include "core/guardrail.h"
#include "cli/print.h"
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
    bool settled[CONFIG_KINDS], over;
    size_t describing;      /* whose lines are told */
    const char *clock_told; /* whose clock ours was said to differ from */
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
        if (id && advice_is_chat_id(k->bot.config, chat->ops->name, id) &&
            chat->ops->perform(chat, &e, NULL))
            k->waiting++;
    }
}

/* ---- the chats ---- */

static const struct adapter_kind *kind_at(const struct checking *k, size_t at)
{
    return k->bot.config->kinds[at];
}

static void report_failure(struct checking *k, size_t at, const char *why)
{
    const struct adapter_remedy *remedy = kind_at(k, at)->checks.remedies;
    while (!strstr(why, remedy->words))
        remedy++;
    report_at(&k->report, kind_at(k, at)->section->name, remedy->key, "%s%s%s", why,
              remedy->next[0] ? "; " : "", remedy->next);
}

static void say_line(void *arg, bool fine, const char *text)
{
    struct checking *k = arg;
    bool risk = strncmp(text, "risk: ", 6) == 0;
    report(&k->report,
           !fine  ? REPORT_PROBLEM
           : risk ? REPORT_RISK
                  : REPORT_FINE,
           "%s: %s", kind_at(k, k->describing)->venue->title, risk ? text + 6 : text);
}

static void chat_settled(struct checking *k, const struct event *e)
{
    size_t at = 0;
    while (kind_at(k, at) && !str_equal(kind_at(k, at)->venue->name, e->chat))
        at++;
    const struct adapter_kind *kind = kind_at(k, at);
    bool up = e->kind == EVENT_CHAT_UP;
    if (!kind || k->settled[at])
        return;
    k->settled[at] = true;
    k->describing = at;
    if (up)
        report(&k->report, REPORT_FINE, "%s: %s", kind->venue->title, kind->checks.connected);
    else
        report_failure(k, at, e->error);
    if (up && str_or_empty(e->error)[0] && kind->checks.partly)
        report_at(&k->report, kind->section->name, kind->checks.partly_key, "%s; %s", e->error,
                  kind->checks.partly);
    if (kind->describe)
        kind->describe(k->bot.adapters[at], say_line, k);
    if (up)
        ask_people(k, k->bot.adapters[at]);
    answered(k);
}

/* ---- the people ---- */

static const char *remedy_for(unsigned flags, const struct adapter_checks *checks)
{
    if (flags & IDENTITY_BOT)
        return "give the person's own id";
    if (flags & IDENTITY_STRANGER)
        return checks->stranger;
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
    const struct adapter_kind *kind = config_chat(k->bot.config, e->chat);
    if (!refusal)
        report(&k->report, REPORT_FINE, "[people] %s: %s: %s", p->key, kind->venue->title,
               kind->checks.member);
    else
        report_at(&k->report, "people", p->key, "%s: %s; %s", kind->venue->title, refusal,
                  remedy_for(e->error ? 0 : e->identified_flags, &kind->checks));
    answered(k);
}

/* One account for two people counts for neither. */
static bool can_be_known(const struct config *c, const struct person *p)
{
    for (size_t i = 0; i < p->id_count; i++) {
        if (config_serves(c, p->ids[i].chat) &&
            people_find(&c->people, p->ids[i].chat, p->ids[i].id, NULL) == p)
            return true;
    }
    return false;
}

static const struct adapter_kind *provider(const struct checking *k)
{
    return kind_at(k, config_kind_there(k->bot.config, ADAPTER_PROVIDER));
}

static void check_roster(struct checking *k, const struct survey *s)
{
    const struct config *c = k->bot.config;
    unsigned admins = 0;
    for (size_t i = 0; i < c->people.count; i++) {
        enum person_lack lack;
        const struct person *p = &c->people.rows[i];
        const struct roster_user *user = person_user(p, s, &lack);
        bool admin = user && policy_is_admin(&c->policy, user);
        if (!user)
            report_at(&k->report, "people", p->key,
                      "%s; compare with the users in %s (e-mail address or Id)",
                      person_lack_text(lack, c->policy.provider, inbox_arena(&k->inbox)),
                      provider(k)->venue->place);
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

/* ---- the provider ---- */

static void check_guardrail(struct checking *k, const struct survey *s)
{
    const struct provider *p = k->bot.config->policy.provider;
    const char *why;
    enum watch seen = guardrail_judge(&k->bot.config->policy, s, inbox_arena(&k->inbox), &why);
    report(&k->report, seen == WATCH_ON ? REPORT_FINE : REPORT_PROBLEM,
           "root protection %s (“%s”, %s)%s%s%s", watch_word(seen), p->guardrail, p->key_name,
           why[0] ? ", because " : "", why,
           seen == WATCH_OFF ? "; unless a window is open, restore it: `reguard restore --why TEXT`"
                             : "");
    CLEANUP(buf_done) struct buf unknown;
    buf_init(&unknown, 1024);
    if (flags_unknown(p, s->flags, &unknown))
        report(&k->report, REPORT_PROBLEM,
               "%s has guardrail settings that this version does not know, so nothing would be "
               "lifted: %s; update reguard",
               p->title, buf_text(&unknown));
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
    else if (!report_at(&k->report, provider(k)->section->name, "organisation",
                        "found “%s”, and the credential belongs to %s (%s): put that here, or take "
                        "the credential of the right organisation",
                        wanted, id, alias))
        report(&k->report, REPORT_NOTE, "the credential belongs to organisation %s (%s)", id,
               alias);
    return ours;
}

/* Signatures go by the other side's time, deadlines and records by this machine's. One clock is
   told of once, whoever has noticed. */
static void check_clock(struct checking *k, size_t at)
{
    const struct adapter_kind *kind = kind_at(k, at);
    ms_t ahead_ms = kind->ahead_ms ? kind->ahead_ms(k->bot.adapters[at]) : 0;
    bool told = k->clock_told && str_equal(k->clock_told, kind->checks.clock);
    if (ahead_ms)
        k->clock_told = kind->checks.clock;
    if (ahead_ms && !told)
        report(&k->report, REPORT_PROBLEM,
               "this machine's clock is %lld s %s %s's: windows and records go by it; set it, best "
               "by NTP",
               (long long)(ahead_ms > 0 ? ahead_ms : -ahead_ms) / 1000,
               ahead_ms > 0 ? "behind" : "ahead of", kind->checks.clock);
}

static void surveyed(struct checking *k, const struct event *e)
{
    const struct survey *s = &e->survey;
    size_t at = config_kind_there(k->bot.config, ADAPTER_PROVIDER);
    k->settled[at] = true;
    if (s->read != s->asked)
        report_failure(k, at, str_or_empty(s->failure));
    if (s->read & SURVEY_ROSTER)
        check_roster(k, s);
    if (is_our_organisation(k, s) && (s->read & SURVEY_GUARDRAIL))
        check_guardrail(k, s);
    check_clock(k, at);
    answered(k);
}

static void on_turn(void *arg)
{
    struct checking *k = arg;
    struct inbox_batch *batch = inbox_take(&k->inbox);
    for (size_t i = 0; i < batch->count && !k->over; i++) {
        const struct event *e = batch->events[i];
        bool settled = e->kind == EVENT_CHAT_UP || e->kind == EVENT_CHAT_REFUSED;
        if (settled)
            chat_settled(k, e);
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

static void say_late(struct checking *k, size_t at)
{
    const struct adapter_kind *kind = kind_at(k, at);
    if (kind->role == ADAPTER_PROVIDER)
        report_failure(k, at, "no answer in time");
    else if (kind->checks.late_key)
        report_at(&k->report, kind->section->name, kind->checks.late_key, "%s", kind->checks.late);
    else
        report(&k->report, REPORT_PROBLEM, "%s: %s", kind->venue->title, kind->checks.late);
}

/* One line for each that is waited for. */
static void give_up(void *arg)
{
    struct checking *k = arg;
    for (size_t i = 0; kind_at(k, i); i++) {
        enum adapter_role role = kind_at(k, i)->role;
        bool asked = role == ADAPTER_PROVIDER || role == ADAPTER_CHAT;
        if (!asked || !k->bot.adapters[i] || k->settled[i])
            continue;
        say_late(k, i);
        k->waiting--;
    }
    if (k->waiting)
        report(&k->report, REPORT_PROBLEM,
               "of %zu in [people] no chat told in time who they are: look at the network",
               k->waiting);
    loop_stop(k->bot.loop);
}

static bool ask(struct checking *k, struct err *err)
{
    struct effect survey = { .kind = EFFECT_SURVEY,
                             .id = 1,
                             .survey = { .parts = SURVEY_ROSTER | SURVEY_ORGANISATION |
                                                  SURVEY_GUARDRAIL,
                                         .people = &k->bot.config->people } };
    if (!bot_make(&k->bot, ADAPTER_PROVIDER, &k->inbox, err) ||
        !bot_make(&k->bot, ADAPTER_CHAT, &k->inbox, err))
        return false;
    struct adapter *asked = bot_adapter(&k->bot, ADAPTER_PROVIDER);
    loop_timer_set(k->bot.loop, &k->patience, PATIENCE_MS);
    if (!asked->ops->perform(asked, &survey, err))
        return false;
    k->waiting = 1;
    for (size_t i = 0; kind_at(k, i); i++) {
        struct adapter *chat = kind_at(k, i)->role == ADAPTER_CHAT ? k->bot.adapters[i] : NULL;
        k->waiting += chat != NULL;
        if (chat && !chat->ops->start(chat, err))
            return false;
    }
    return true;
}

static void describe_probed(struct checking *k, size_t at)
{
    const struct adapter_kind *kind = kind_at(k, at);
    k->describing = at;
    if (kind->describe)
        kind->describe(k->bot.adapters[at], say_line, k);
    check_clock(k, at);
}

/* Whoever can be tried without doing anything. */
static void probe(struct checking *k)
{
    for (size_t i = 0; kind_at(k, i); i++) {
        const struct adapter_kind *kind = kind_at(k, i);
        struct err err = { "" };
        if (!kind->probe || !k->bot.config->there[i])
            continue;
        if (bot_make(&k->bot, kind->role, &k->inbox, &err) && kind->probe(k->bot.adapters[i], &err))
            report(&k->report, REPORT_FINE, "%s: %s", kind->venue->title, kind->checks.connected);
        else
            report_failure(k, i, err.text);
        if (k->bot.adapters[i])
            describe_probed(k, i);
    }
}

static void check_live(struct checking *k)
{
    struct err err = { "" };
    inbox_init(&k->inbox, on_event, k);
    k->turn = (struct loop_timer){ .fired = on_turn, .arg = k };
    k->patience = (struct loop_timer){ .fired = give_up, .arg = k };
    probe(k);
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
    k->over = true;
    for (size_t i = 0; kind_at(k, i); i++)
        if (kind_at(k, i)->role == ADAPTER_CHAT && k->bot.adapters[i]) {
            k->bot.adapters[i]->ops->stop(k->bot.adapters[i]);
            k->bot.adapters[i] = NULL;
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
    struct checking *k = xcalloc(1, sizeof *k);
    k->report = *r;
    if (bot_init(&k->bot, config, &err)) {
        k->bot.reads_kept = config->store.url[0];
        k->bot.borrows = k->bot.reads_kept || check_daemon_runs(config->bot.state_dir);
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

static void check_records(const struct config *config, struct report *r)
{
    struct err told = { "" };
    if (!config->store.url[0])
        return;
    if (!shared_look(config->store.url, config->store.password_file, &told)) {
        report_at(r, "store", "url", "%s", told.text);
        return;
    }
    report(r, REPORT_FINE, "shared records: %s", told.text);
    struct shared_standing standing;
    if (!shared_read_standing(config->store.url, config->store.password_file, &standing, &told)) {
        report_at(r, "store", "url", "%s", told.text);
        return;
    }
    bool durable = shared_is_durable(&standing, &told);
    report(r, durable ? REPORT_FINE : REPORT_RISK, "shared records: %s", told.text);
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
        check_records(config, &r);
    if (files_fine && !offline)
        check_services(config, &r);
    else
        free(config);
    report_done(&r);
    return !files_fine ? EXIT_BAD_CONFIG : r.problems > 0;
}
