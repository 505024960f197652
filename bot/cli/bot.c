#include "cli/bot.h"
#include "cli/print.h"
#include "adapters/mail/mail.h"
#include "adapters/matrix/matrix.h"
#include "adapters/slack/slack.h"
#include "adapters/stax/stax.h"
#include "commands/parts.h"
#include "config/advice.h"
#include "host/clock.h"
#include "host/codekey.h"
#include "config/config_files.h"
#include "host/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void cli_begin(void)
{
    secret_harden_process();
    print_by_line();
}

typedef bool (*config_reader)(const char *file, struct config *ret, struct buf *errors);

static struct config *read_with(config_reader read, const char *file, struct buf *errors)
{
    struct config *config = calloc(1, sizeof *config);
    if (config && read(file, config, errors))
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
    STR_SET(config->policy.command_word,
            config->slack.there ? config->slack.command : config->matrix.prefix);
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

static void log_advice(void *file, const struct advice *a)
{
    LOG(LOG_WARN, "config.useless", LS("file", file), LI("line", a->line),
        LS("section", a->section), LS("key", a->key), LS("why", a->text));
}

void bot_log_useless(const struct config *config)
{
    advice_give(config, log_advice, (void *)config->file);
}

bool bot_init(struct bot *b, struct config *config, struct err *err)
{
    *b = (struct bot){ .config = config };
    b->loop = loop_new(err);
    b->http = b->loop ? http_new(b->loop, err) : NULL;
    return b->http != NULL;
}

bool bot_make_stax(struct bot *b, struct inbox *inbox, struct err *err)
{
    const struct config *c = b->config;
    struct stax_client_options o = { .api_url = c->stax.api_url,
                                     .login_url = c->stax.login_url,
                                     .identity_url = c->stax.identity_url,
                                     .ca_file = c->stax.ca_file,
                                     .request_timeout_ms = c->stax.request_timeout,
                                     /* One request a second, or what the configured polling asks
                                        for. */
                                     .request_every_ms = ms_min(MS_SECOND,
                                                                c->policy.poll_task / 4) };
    o.access_key = config_files_secret(c, c->stax.access_key_file, err);
    o.secret_key = o.access_key ? config_files_secret(c, c->stax.secret_key_file, err) : NULL;
    if (!o.secret_key) {
        secret_free(o.access_key);
        return err_wrap(err, "[stax]");
    }
    b->stax = stax_new(b->loop, b->http, inbox, &o, c->policy.organisation);
    return true;
}

bool bot_make_slack(struct bot *b, struct inbox *inbox, struct err *err)
{
    const struct config *c = b->config;
    struct slack_options o = { .team = c->slack.team,
                               .channel = c->slack.channel,
                               .command = c->slack.command,
                               .api_url = c->slack.api_url,
                               .ca_file = c->slack.ca_file,
                               .people = &c->people };
    if (!c->slack.there)
        return true;
    if (!b->renders_only) {
        o.app_token = config_files_secret(c, c->slack.app_token_file, err);
        o.bot_token = o.app_token ? config_files_secret(c, c->slack.bot_token_file, err) : NULL;
    }
    if (!o.bot_token && !b->renders_only) {
        secret_free(o.app_token);
        return err_wrap(err, "[slack]");
    }
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    o.cursor = b->store ? store_get(b->store, "cursor.slack", &arena) : NULL;
    b->slack = slack_new(b->loop, b->http, inbox, &o);
    arena_done(&arena);
    return true;
}

/* Made once for each store: what the homeserver remembers of an older store under the same keys
   must not be taken for ours. */
static const char *transaction_salt(struct bot *b, struct arena *arena, struct err *err)
{
    unsigned char bytes[12];
    const char *kept = b->store ? store_get(b->store, "salt.matrix", arena) : NULL;
    if (kept)
        return kept;
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, 64);
    clock_random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        buf_addf(&text, "%02x", bytes[i]);
    if (b->store &&
        (!store_put(b->store, "salt.matrix", buf_text(&text), err) || !store_commit(b->store, err)))
        return NULL;
    return arena_copy(arena, buf_text(&text));
}

bool bot_make_matrix(struct bot *b, struct inbox *inbox, struct err *err)
{
    const struct config *c = b->config;
    struct matrix_options o = { .homeserver = c->matrix.homeserver,
                                .token_file = b->renders_only ? NULL : c->matrix.access_token_file,
                                .user = c->matrix.user,
                                .room = c->matrix.room,
                                .prefix = c->matrix.prefix,
                                .ca_file = c->matrix.ca_file,
                                .people = &c->people,
                                .policy = &c->policy,
                                .look_only = b->store == NULL,
                                .rate_limited = c->matrix.rate_limited };
    if (!c->matrix.there)
        return true;
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    o.salt = transaction_salt(b, &arena, err);
    o.cursor = b->store ? store_get(b->store, "cursor.matrix", &arena) : NULL;
    b->matrix = o.salt ? matrix_new(b->loop, b->http, inbox, &o, err) : NULL;
    arena_done(&arena);
    return b->matrix || err_wrap(err, "[matrix]");
}

/* The chats are only rendered for, which takes no token: what there is to say waits in the store
   for the next daemon. */
void bot_add_silent_chats(struct bot *b)
{
    struct err err = { "" };
    b->renders_only = true;
    if (bot_make_slack(b, &b->engine.inbox, &err) && b->slack)
        engine_add_silent(&b->engine, b->slack);
    if (bot_make_matrix(b, &b->engine.inbox, &err) && b->matrix)
        engine_add_silent(&b->engine, b->matrix);
    if (err.text[0])
        print_problem("reguard: the Matrix room will not be told: %s\n", err.text);
}

bool bot_make_mail(struct bot *b, struct inbox *inbox, struct err *err)
{
    const struct config *c = b->config;
    struct mail_options o = { .smtp_url = c->mail.smtp_url,
                              .from = c->mail.from,
                              .username = c->mail.username };
    if (!c->mail.there)
        return true;
    if (c->mail.password_file[0] &&
        !(o.password = config_files_secret(c, c->mail.password_file, err)))
        return err_wrap(err, "[mail]");
    b->mail = mail_new(b->loop, inbox, &o, err);
    return b->mail != NULL;
}

bool bot_make_engine(struct bot *b, struct err *err)
{
    if (!engine_init(&b->engine, b->loop, b->store, &b->config->policy, &b->config->people, err))
        return false;
    engine_use_commands(&b->engine, command_table, command_table_count);
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
    struct adapter *const adapters[] = { b->slack, b->matrix, b->stax, b->mail };
    httpd_free(b->httpd);
    for (size_t i = 0; i < COUNT(adapters); i++)
        if (adapters[i])
            adapters[i]->ops->stop(adapters[i]);
    http_free(b->http);
    if (b->engine.desk)
        engine_done(&b->engine);
    loop_timer_cancel(&b->settle_timer);
    loop_timer_cancel(&b->watchdog_timer);
    loop_free(b->loop);
    store_close(b->store);
    free(b->config);
}
