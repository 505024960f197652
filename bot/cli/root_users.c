/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard root-users`: the provider tells which accounts there are, and of each of them it is
   asked whether its root user has credentials. What was asked, what was not and why is told
   exactly. Nothing is changed but the file of --resume. */
#include "cli/bot.h"
#include "cli/print.h"
#include "cli/roots.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "port/rootuser.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TENTHS = 10 };
static const ms_t LIST_PATIENCE_MS = 2 * MS_MINUTE;

struct asking {
    struct bot bot;
    struct inbox inbox;
    struct loop_timer turn, patience, more;
    const struct adapter_kind *kind; /* who is asked */
    struct adapter *adapter;
    struct arena arena; /* names and reasons */
    struct root_rows all;
    struct root_file *file;
    size_t told; /* tenths */
    struct slot {
        struct asking *asking;
        struct root_row *row; /* NULL: free */
    } slots[ROOT_USERS_AT_ONCE];
    bool listed, file_lost;
    struct err why;
};

/* ---- the list ---- */

static void take_list(struct asking *k, const struct survey *s)
{
    if (!(s->read & SURVEY_ACCOUNT)) {
        err_set(&k->why, "the list of accounts could not be read: %s", str_or_empty(s->failure));
        return;
    }
    rootwalk_list(&k->all, s, "those before it had no answer in time: go on later, with --resume",
                  &k->arena);
    k->listed = true;
}

static void on_turn(void *arg)
{
    struct asking *k = arg;
    struct inbox_batch *batch = inbox_take(&k->inbox);
    for (size_t i = 0; i < batch->count; i++)
        if (batch->events[i]->kind == EVENT_SURVEYED && !k->listed) {
            take_list(k, &batch->events[i]->survey);
            loop_stop(k->bot.loop);
        }
    inbox_release(&k->inbox, batch);
}

static void on_event(void *arg)
{
    struct asking *k = arg;
    loop_timer_set(k->bot.loop, &k->turn, 0);
}

static void give_up(void *arg)
{
    struct asking *k = arg;
    err_set(&k->why, "the list of accounts did not come in time");
    loop_stop(k->bot.loop);
}

static bool read_list(struct asking *k)
{
    const struct effect survey = { .kind = EFFECT_SURVEY,
                                   .id = 1,
                                   .survey = {
                                       .parts = SURVEY_ACCOUNT, .account = "", .list = true } };
    struct adapter *provider = bot_make(&k->bot, ADAPTER_PROVIDER, &k->inbox, &k->why)
                                   ? bot_adapter(&k->bot, ADAPTER_PROVIDER)
                                   : NULL;
    if (!provider || !provider->ops->perform(provider, &survey, &k->why))
        return false;
    loop_timer_set(k->bot.loop, &k->patience, LIST_PATIENCE_MS);
    loop_run(k->bot.loop);
    loop_timer_cancel(&k->patience);
    return k->listed;
}

/* ---- account by account ---- */

static void tell_progress(struct asking *k)
{
    size_t tenth = k->all.done * TENTHS / k->all.count;
    if (isatty(STDERR_FILENO) && k->all.done < k->all.count)
        print_problem("\r%zu of %zu accounts", k->all.done, k->all.count);
    else if (isatty(STDERR_FILENO))
        print_problem("\r\033[K");
    else if (tenth > k->told)
        print_problem("%zu of %zu accounts\n", k->all.done, k->all.count);
    k->told = tenth;
}

static void keep(struct asking *k, const struct root_row *r)
{
    struct err err = { "" };
    if (!k->file || k->file_lost || root_file_add(k->file, r, &err))
        return;
    k->file_lost = true;
    err_set(&k->why, "the file of --resume could not be written to: %s", err.text);
}

/* What went wrong, and what to do about it, as `check` has it. */
static const char *explained(struct asking *k, const char *why)
{
    const struct adapter_remedy *remedy = k->kind->checks.remedies;
    while (!strstr(why, remedy->words))
        remedy++;
    return arena_printf(&k->arena, "%s; %s", why, remedy->next);
}

static void on_answer(void *arg, const struct root_answer *a)
{
    struct slot *slot = arg;
    struct asking *k = slot->asking;
    struct root_row *r = slot->row;
    rootwalk_heard(&k->all, r, a->found, a->found ? NULL : explained(k, a->why), a->passes,
                   clock_wall_ms());
    if (a->found)
        keep(k, r);
    slot->row = NULL;
    tell_progress(k);
    loop_timer_set(k->bot.loop, &k->more, 0);
}

static void ask_one(struct asking *k, struct root_row *r)
{
    struct slot *slot = k->slots;
    while (slot->row)
        slot++;
    slot->row = r;
    k->kind->roots->ask(k->adapter, r->account, on_answer, slot);
}

static void ask_more(void *arg)
{
    struct asking *k = arg;
    struct root_row *r;
    while ((r = rootwalk_next(&k->all, ROOT_USERS_AT_ONCE)))
        ask_one(k, r);
    if (!k->all.under_way)
        loop_stop(k->bot.loop);
}

/* ---- the whole ---- */

static bool may_ask(struct asking *k)
{
    struct err err = { "" };
    for (size_t i = 0; k->bot.config->kinds[i]; i++)
        if (k->bot.config->kinds[i]->roots && k->bot.adapters[i]) {
            k->kind = k->bot.config->kinds[i];
            k->adapter = k->bot.adapters[i];
        }
    if (!k->kind)
        return err_set(&k->why, "there is nobody to ask: [aws] is missing in the configuration");
    if (k->kind->probe(k->adapter, &err) && k->kind->roots->may(k->adapter, &err))
        return true;
    return err_set(&k->why, "no account can be asked: %s", explained(k, err.text));
}

static bool ask_all(struct asking *k, const char *resume)
{
    struct err err = { "" };
    if (resume && !(k->file = root_file_open(resume, &k->all, &err)))
        return err_set(&k->why, "%s: %s", resume, err.text);
    loop_timer_set(k->bot.loop, &k->more, 0);
    loop_run(k->bot.loop);
    return true;
}

/* True: every account of the list was asked. */
static bool summarise(const struct asking *k, enum root_form form)
{
    const struct root_sum sum = rootwalk_sum(&k->all);
    bool (*say)(const char *, ...) = form == ROOT_TABLE ? print_out : print_problem;
    say("%zu account%s: the root users of %zu have credentials that can be used, those of %zu have "
        "none, %zu could not be asked\n",
        sum.count, sum.count == 1 ? "" : "s", sum.usable, sum.none, sum.unasked);
    if (sum.left)
        say("%zu of those without have keys or certificates that are switched off: delete them\n",
            sum.left);
    if (sum.beside)
        say("%zu more are not asked about: the management account, which no session of AssumeRoot "
            "reaches, and those that are not active or of a kind that is not known\n",
            sum.beside);
    if (sum.cut)
        say("the list was cut off at %zu accounts: there are more\n", sum.count);
    return !sum.unasked && !sum.cut;
}

static void leave(struct asking *k)
{
    if (k->bot.loop) {
        loop_timer_cancel(&k->turn);
        loop_timer_cancel(&k->patience);
        loop_timer_cancel(&k->more);
    }
    bot_done(&k->bot);
    inbox_done(&k->inbox);
    root_file_close(k->file);
    arena_done(&k->arena);
    free(k);
}

int cli_root_users(const char *config_file, enum root_form form, const char *resume)
{
    struct config *config = bot_config(config_file);
    if (!config)
        return EXIT_BAD_CONFIG;
    struct asking *k = xcalloc(1, sizeof *k);
    log_setup(LOG_NOTHING, LOG_TEXT); /* what adapters log here is told with its account */
    arena_init(&k->arena, LIMIT_ARENA_BYTES);
    k->turn = (struct loop_timer){ .fired = on_turn, .arg = k };
    k->patience = (struct loop_timer){ .fired = give_up, .arg = k };
    k->more = (struct loop_timer){ .fired = ask_more, .arg = k };
    for (size_t i = 0; i < COUNT(k->slots); i++)
        k->slots[i].asking = k;
    bool begun = bot_init(&k->bot, config, &k->why);
    inbox_init(&k->inbox, on_event, k);
    bool asked = begun && bot_make(&k->bot, ADAPTER_WATCHER, &k->inbox, &k->why) && may_ask(k) &&
                 read_list(k) && ask_all(k, resume);
    bool whole = asked && roots_print(&k->all, form) && summarise(k, form) && print_flush();
    if (k->why.text[0])
        print_problem("reguard: %s\n", k->why.text);
    whole &= !k->why.text[0];
    leave(k);
    return whole ? 0 : 1;
}
