/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bot.h"
#include "core/xalloc.h"
#include "cli/kinds.h"
#include "cli/print.h"
#include "commands/parts.h"
#include "config/advice.h"
#include "host/clock.h"
#include "host/codekey.h"
#include "config/config_files.h"
#include "host/memory.h"
#include "host/secret.h"
#include "core/encode.h"
#include "port/raising.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void cli_begin(void)
{
    secret_harden_process();
    memory_begin();
    print_by_line();
}

typedef bool (*config_reader)(const char *file, const struct adapter_kind *const *kinds,
                              struct config *ret, struct buf *errors);

static struct config *read_with(config_reader read, const char *file, struct buf *errors)
{
    struct config *config = xcalloc(1, sizeof *config);
    struct err err = { "" };
    bool fine = read(file, adapter_kinds, config, errors);
    if (fine && config->store.url[0] && !store_url_is_fine(config->store.url, &err)) {
        buf_addf(errors, "%s: [store] url: %s\n", file, err.text);
        /* Which can do without them, and still knows that its records are elsewhere. */
        fine = read == config_read_for_restore;
        STR_SET(config->store.url, "unusable");
    }
    if (fine)
        return config;
    free(config);
    return NULL;
}

struct config *bot_read_config(const char *file, struct buf *errors)
{
    return read_with(config_read, file, errors);
}

void bot_use(struct config *config)
{
    size_t chat = config_kind_there(config, ADAPTER_CHAT);
    if (chat != SIZE_MAX)
        STR_SET(config->policy.command_word,
                setting_text(config->kinds[chat]->section, &config->own[chat],
                             config->kinds[chat]->section->word));
    log_setup(config->bot.log_level, config->bot.log_format);
    setenv("TZ", config->bot.timezone, 1);
    tzset();
}

static struct config *read_and_use(config_reader read, const char *file)
{
    CLEANUP(buf_done) struct buf errors;
    buf_init(&errors, BOT_ERRORS_BYTES);
    struct config *config = read_with(read, file, &errors);
    print_problem_lines(buf_text(&errors));
    if (config)
        bot_use(config);
    return config;
}

struct config *bot_config(const char *file) { return read_and_use(config_read, file); }

struct config *bot_config_for_restore(const char *file)
{
    return read_and_use(config_read_for_restore, file);
}

bool bot_files_are_fine(const struct config *config, const char *section)
{
    CLEANUP(buf_done) struct buf errors;
    buf_init(&errors, BOT_ERRORS_BYTES);
    bool fine = config_files_check(config, section, &errors);
    print_problem_lines(buf_text(&errors));
    return fine;
}

struct config *bot_config_and_files(const char *file)
{
    struct config *config = bot_config(file);
    if (config && bot_files_are_fine(config, NULL))
        return config;
    free(config);
    return NULL;
}

struct config *bot_config_without_ears(const char *file)
{
    struct config *config = read_and_use(config_read_without_ears, file);
    bool fine = config != NULL;
    for (size_t i = 0; config && config->kinds[i]; i++) {
        enum adapter_role role = config->kinds[i]->role;
        if (!config->there[i] || role == ADAPTER_WATCHER)
            continue;
        if (role != ADAPTER_MAIL)
            fine &= bot_files_are_fine(config, config->kinds[i]->section->name);
        else if (config->policy.alarm_mail[0])
            bot_files_are_fine(config, config->kinds[i]->section->name); /* told; the rest can do */
    }
    if (fine)
        return config;
    free(config);
    return NULL;
}

static void log_advice(void *arg, const struct advice *a)
{
    const struct config *const *config = arg;
    LOG(LOG_WARN, "config.useless", LS("file", (*config)->file), LI("line", a->line),
        LS("section", a->section), LS("key", a->key), LS("why", a->text));
}

void bot_log_useless(const struct config *config) { advice_give(config, log_advice, &config); }

bool bot_init_on(struct bot *b, struct config *config, struct loop *lent, struct err *err)
{
    *b = (struct bot){ .config = config, .loop = lent, .loop_lent = lent != NULL };
    if (!lent)
        b->loop = loop_new(err);
    b->http = b->loop ? http_new(b->loop, err) : NULL;
    return b->http != NULL;
}

bool bot_init(struct bot *b, struct config *config, struct err *err)
{
    return bot_init_on(b, config, NULL, err);
}

/* ---- adapters ---- */

/* Made once for each store: what a service remembers of an older store under the same keys must
   not be taken for ours. */
static const char *salt_of(struct bot *b, const char *name, struct arena *arena, struct err *err)
{
    enum { SALT_BYTES = 12 };
    unsigned char bytes[SALT_BYTES];
    char text[2 * SALT_BYTES + 1];
    const char *key = arena_printf(arena, "salt.%s", name),
               *kept = b->store ? store_get(b->store, key, arena) : NULL;
    if (kept)
        return kept;
    clock_random(bytes, sizeof bytes);
    encode_hex(bytes, sizeof bytes, text);
    if (b->store && !engine_put_at_start(&b->engine, key, text, err))
        return NULL;
    return arena_copy(arena, text);
}

static bool read_secrets(const struct bot *b, size_t at, struct adapter_world *w, struct err *err)
{
    const struct setting_section *section = b->config->kinds[at]->section;
    for (size_t k = 0; k < ADAPTER_SECRETS && !b->renders_only; k++) {
        const char *path = setting_text(section, w->settings, section->secrets[k]);
        if (path[0] && !(w->secrets[k] = config_files_secret(b->config, path, err)))
            break;
        if (k + 1 == ADAPTER_SECRETS)
            return true;
    }
    for (size_t k = 0; k < ADAPTER_SECRETS && !b->renders_only; k++)
        secret_free(w->secrets[k]);
    return b->renders_only;
}

static bool keep(void *arg, const char *text, struct err *err)
{
    const struct bot_keeping *k = arg;
    char key[64];
    snprintf(key, sizeof key, "kept.%s", k->name);
    if (store_is_dirty(k->bot->store))
        return err_set(err, "a turn is being written");
    return store_put(k->bot->store, key, text, err) && store_commit(k->bot->store, err);
}

/* Of records that are not ours. What they cannot tell is as if nothing were kept: who reads them
   says elsewhere that they cannot be reached. */
static const char *read_kept(const struct bot *b, const char *key, struct arena *arena)
{
    CLEANUP(buf_done) struct buf value;
    struct err ignored = { "" };
    buf_init(&value, 4 * LIMIT_SECRET_BYTES);
    bool found = shared_read_value(b->config->store.url, b->config->store.password_file, key,
                                   &value, &ignored);
    return found && buf_text(&value)[0] ? arena_copy(arena, buf_text(&value)) : NULL;
}

/* Where others go on from the records, the files of this host do not tell them. */
static void let_keep(struct bot *b, size_t at, struct arena *arena, struct adapter_world *w)
{
    const char *name = b->config->kinds[at]->venue->name,
               *key = arena_printf(arena, "kept.%s", name);
    if (b->reads_kept && b->config->kinds[at]->secret_is_renewed)
        w->kept = read_kept(b, key, arena);
    if (!b->shared || !b->store)
        return;
    b->keeping[at] = (struct bot_keeping){ b, name };
    w->kept = store_get(b->store, key, arena);
    w->keep = keep;
    w->keep_arg = &b->keeping[at];
}

static bool make(struct bot *b, size_t at, struct inbox *inbox, struct err *err)
{
    const struct adapter_kind *kind = b->config->kinds[at];
    const char *name = kind->venue->name;
    struct adapter_world w = { .loop = b->loop,
                               .http = b->http,
                               .inbox = inbox,
                               .settings = &b->config->own[at],
                               .policy = &b->config->policy,
                               .people = &b->config->people,
                               .renders_only = b->renders_only,
                               .look_only = b->store == NULL,
                               .borrowed = b->borrows,
                               .deaf = b->deaf };
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    if (b->store)
        w.cursor = store_get(b->store, arena_printf(&arena, "cursor.%s", name), &arena);
    let_keep(b, at, &arena, &w);
    bool ready = kind->role != ADAPTER_CHAT || (w.salt = salt_of(b, name, &arena, err)) != NULL;
    if (ready && read_secrets(b, at, &w, err))
        b->adapters[at] = kind->make(&w, err);
    if (b->adapters[at] && b->raises_only && kind->role == ADAPTER_PROVIDER)
        b->adapters[at] = raising_only(b->adapters[at]);
    arena_done(&arena);
    return b->adapters[at] || err_wrap(err, "[%s]", kind->section->name);
}

bool bot_make(struct bot *b, enum adapter_role role, struct inbox *inbox, struct err *err)
{
    for (size_t i = 0; b->config->kinds[i]; i++)
        if (b->config->kinds[i]->role == role && b->config->there[i] && !make(b, i, inbox, err))
            return false;
    return true;
}

static bool make_watchers(struct bot *b, struct inbox *inbox, struct err *err)
{
    for (size_t i = 0; b->config->kinds[i]; i++) {
        const struct adapter_kind *kind = b->config->kinds[i];
        if (b->config->there[i] && kind->runs && !make(b, i, inbox, err))
            return false;
    }
    return true;
}

bool bot_make_all(struct bot *b, struct inbox *inbox, struct err *err)
{
    return bot_make(b, ADAPTER_PROVIDER, inbox, err) && bot_make(b, ADAPTER_CHAT, inbox, err) &&
           bot_make(b, ADAPTER_MAIL, inbox, err) && bot_make(b, ADAPTER_ALARM, inbox, err) &&
           make_watchers(b, inbox, err);
}

struct adapter *bot_adapter(const struct bot *b, enum adapter_role role)
{
    for (size_t i = 0; b->config->kinds[i]; i++)
        if (b->config->kinds[i]->role == role && b->adapters[i])
            return b->adapters[i];
    return NULL;
}

/* The chats are only rendered for, which takes no token: what there is to say waits in the store
   for the next daemon. */
void bot_add_silent_chats(struct bot *b)
{
    b->renders_only = true;
    for (size_t i = 0; b->config->kinds[i]; i++) {
        struct err err = { "" };
        if (b->config->kinds[i]->role != ADAPTER_CHAT || !b->config->there[i])
            continue;
        if (make(b, i, &b->engine.inbox, &err))
            engine_add_silent(&b->engine, b->adapters[i]);
        else
            print_problem("reguard: %s will not be told: %s\n", b->config->kinds[i]->venue->place,
                          err.text);
    }
}

bool bot_make_engine(struct bot *b, struct err *err)
{
    if (!engine_init(&b->engine, b->loop, b->store, &b->config->policy, &b->config->people, err))
        return false;
    engine_use_commands(&b->engine, command_table, command_table_count);
    struct venues venues = { b->venues, 0 };
    for (size_t i = 0; b->config->kinds[i]; i++)
        b->venues[venues.count++] = *b->config->kinds[i]->venue;
    engine_use_venues(&b->engine, &venues);
    return true;
}

static bool begin(struct bot *b, struct err *err)
{
    if (!b->store || !bot_make_engine(b, err))
        return false;
    bot_keep_code_key(b);
    return true;
}

bool bot_open(struct bot *b, struct err *err)
{
    b->store = store_open(b->config->bot.state_dir, err);
    return begin(b, err);
}

/* The lease is there: nobody else writes. */
bool bot_open_shared(struct bot *b, struct err *err)
{
    b->store = store_open_shared(b->config->bot.state_dir, b->shared, err);
    return begin(b, err);
}

bool bot_open_anyhow(struct bot *b, struct err *err)
{
    b->store = store_open_anyhow(b->config->bot.state_dir, &b->lost, err);
    return begin(b, err);
}

void bot_keep_code_key(struct bot *b)
{
    struct err err = { "" };
    if (b->config->policy.mailbox_proof != MAILBOX_CODE || b->engine.code_key)
        return;
    struct secret *key = codekey_open(b->config->bot.state_dir, &err);
    if (key)
        engine_take_code_key(&b->engine, key);
    else
        LOG(LOG_ERROR, "code_key.unusable", LS("error", err.text),
            LS("next", "no code is mailed or taken until reguard is started with a usable one"));
}

void bot_done(struct bot *b)
{
    httpd_free(b->httpd);
    for (size_t i = 0; i < COUNT(b->adapters); i++)
        if (b->adapters[i])
            b->adapters[i]->ops->stop(b->adapters[i]);
    http_free(b->http);
    if (b->engine.desk)
        engine_done(&b->engine);
    loop_timer_cancel(&b->settle_timer);
    loop_timer_cancel(&b->watchdog_timer);
    loop_timer_cancel(&b->standby_timer);
    if (!b->loop_lent)
        loop_free(b->loop);
    store_close(b->store);
    shared_close(b->shared);
    if (!b->config_lent)
        free(b->config);
}
