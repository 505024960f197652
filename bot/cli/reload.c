/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/reload.h"
#include "cli/notify.h"
#include "port/adapter.h"
#include "config/config_changes.h"
#include "config/config_files.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { RULES_BYTES = 512 * 1024, PASSWD_LINES = 10000, PLACE_BYTES = 200 };

/* ---- what the files hold now ---- */

static const char *anchor_of(const struct config *c, size_t at)
{
    const struct setting_section *section = c->kinds[at]->section;
    return setting_text(section, &c->own[at], section->anchor);
}

void reload_note_anchors(struct bot *b)
{
    for (size_t i = 0; b->config->kinds[i]; i++)
        b->anchors[i] = trust_version_of(anchor_of(b->config, i));
}

static void forget(struct adapter_credentials found[CONFIG_KINDS])
{
    for (size_t i = 0; i < CONFIG_KINDS; i++)
        for (size_t k = 0; k < ADAPTER_SECRETS; k++) {
            secret_free(found[i].secrets[k]);
            found[i].secrets[k] = NULL;
        }
}

static bool find(const struct config *c, size_t at, struct adapter_credentials *ret,
                 struct err *err)
{
    const struct adapter_kind *kind = c->kinds[at];
    const struct setting_section *section = kind->section;
    ret->file = setting_text(section, &c->own[at], section->secrets[0]);
    ret->ca_file = anchor_of(c, at);
    for (size_t k = 0; k < ADAPTER_SECRETS; k++) {
        const char *path = setting_text(section, &c->own[at], section->secrets[k]);
        if (path[0] && !(ret->secrets[k] = config_files_secret(c, path, err)))
            return err_wrap(err, "[%s] %s", section->name, section->secrets[k]);
    }
    return !kind->secret_fits || kind->secret_fits(ret->secrets[0], ret->file, err) ||
           err_wrap(err, "[%s] %s", section->name, section->secrets[0]);
}

/* All of them, before any is used. */
static bool find_all(const struct bot *b, const struct config *fresh,
                     struct adapter_credentials ret[CONFIG_KINDS], struct buf *errors)
{
    bool fine = true;
    for (size_t i = 0; fresh->kinds[i]; i++) {
        struct err err = { "" };
        if (!b->adapters[i] || find(fresh, i, &ret[i], &err))
            continue;
        buf_addf(errors, "%s: %s\n", fresh->file, err.text);
        fine = false;
    }
    return fine;
}

/* ---- rules and people, on record ---- */

/* Looked up in the file, because others (LDAP) may let the loop wait. */
static void name_owner(uid_t uid, char *to, size_t bytes)
{
    FILE *file = fopen("/etc/passwd", "re");
    const struct passwd *entry = NULL;
    snprintf(to, bytes, "uid %u", (unsigned)uid);
    for (size_t i = 0; file && i < PASSWD_LINES && (entry = fgetpwent(file)) != NULL; i++)
        if (entry->pw_uid == uid) {
            snprintf(to, bytes, "%.64s (uid %u)", entry->pw_name, (unsigned)uid);
            break;
        }
    if (file)
        (void)fclose(file);
}

void reload_tell_rules(struct bot *b, bool at_start)
{
    struct engine_rules rules = { .at_start = at_start };
    CLEANUP(buf_done) struct buf text;
    struct stat st;
    buf_init(&text, RULES_BYTES);
    config_rules_text(b->config, &text);
    if (text.bytes)
        rules.text = text.text;
    STR_SET(rules.file, b->config->file);
    STR_SET(rules.owner, "somebody unknown");
    if (stat(b->config->file, &st) == 0) {
        name_owner(st.st_uid, rules.owner, sizeof rules.owner);
        snprintf(rules.owner_id, sizeof rules.owner_id, "%u", (unsigned)st.st_uid);
        rules.written_ms = (ms_t)st.st_mtim.tv_sec * MS_SECOND;
    }
    if (rules.text)
        engine_put_rules(&b->engine, &rules);
}

/* ---- telling what is new ---- */

static void tell_change(void *arg, enum config_when when, const char *setting, const char *was,
                        const char *now)
{
    size_t *restart = arg;
    CLEANUP(buf_done) struct buf old, fresh;
    buf_init(&old, LIMIT_MESSAGE_BYTES);
    buf_init(&fresh, LIMIT_MESSAGE_BYTES);
    buf_add(&old, was);
    buf_add(&fresh, now);
    config_hide_secrets(&old);
    config_hide_secrets(&fresh);
    *restart += when == CONFIG_RESTART;
    LOG(when == CONFIG_RESTART ? LOG_WARN : LOG_INFO,
        when == CONFIG_RESTART ? "config.needs_restart" : "config.changed", LS("setting", setting),
        LS("old", buf_text(&old)), LS("new", buf_text(&fresh)));
}

static void tell_new(const struct setting_section *section, const char *key, const char *what)
{
    char setting[64];
    snprintf(setting, sizeof setting, "[%s] %s", section->name, key);
    LOG(LOG_INFO, "config.changed", LS("setting", setting), LS("new", what));
}

/* systemd makes its copies when it starts the unit (systemd.exec(5), LoadCredential=). */
static void tell_of_copies(const struct config *c)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t bytes = folder ? strlen(folder) : 0;
    for (size_t i = 0; bytes && i < c->file_count; i++)
        if (c->files[i].is_secret && strncmp(c->files[i].path, folder, bytes) == 0) {
            LOG(LOG_INFO, "config.copies", LS("folder", folder),
                LS("next", "these secrets are systemd's copies from the start of the unit; a new "
                           "one comes with a restart"));
            return;
        }
}

/* ---- putting it to use ---- */

static size_t renew_one(struct bot *b, size_t at, struct adapter_credentials *found)
{
    const struct setting_section *section = b->config->kinds[at]->section;
    size_t news = found->new_anchor;
    b->adapters[at]->ops->renew(b->adapters[at], found);
    for (size_t k = 0; k < ADAPTER_SECRETS; k++) {
        found->secrets[k] = NULL; /* taken over */
        news += found->is_new[k];
        if (found->is_new[k])
            tell_new(section, section->secrets[k], "a new secret");
    }
    if (found->new_anchor)
        tell_new(section, section->anchor, "a new trust anchor");
    return news;
}

static size_t renew(struct bot *b, struct adapter_credentials found[CONFIG_KINDS])
{
    size_t news = 0;
    trust_look_again();
    for (size_t i = 0; b->config->kinds[i]; i++) {
        struct trust_version now = trust_version_of(anchor_of(b->config, i));
        found[i].new_anchor = !trust_version_equal(&now, &b->anchors[i]);
        b->anchors[i] = now;
        if (found[i].new_anchor)
            http_renew(b->http);
    }
    for (size_t i = 0; b->config->kinds[i]; i++)
        news += b->adapters[i] ? renew_one(b, i, &found[i]) : 0;
    return news;
}

static void use(struct bot *b, struct config *fresh, struct adapter_credentials found[CONFIG_KINDS])
{
    size_t restart = 0;
    config_compare(b->config, fresh, tell_change, &restart);
    config_keep_started(b->config, fresh);
    bot_use(fresh);
    engine_reconfigure(&b->engine, &fresh->policy, &fresh->people);
    for (size_t i = 0; fresh->kinds[i]; i++)
        if (b->adapters[i] && fresh->kinds[i]->use)
            fresh->kinds[i]->use(b->adapters[i], &fresh->people, &fresh->policy);
    free(b->config);
    b->config = fresh;
    bot_keep_code_key(b);
    reload_tell_rules(b, false);
    size_t news = renew(b, found);
    bot_log_useless(fresh);
    tell_of_copies(fresh);
    LOG(LOG_INFO, "config.reloaded", LS("file", fresh->file), LI("people", fresh->people.count),
        LI("new_secrets", news), LI("need_restart", restart));
}

/* Where the error is, and not what stands there: that may be a secret in the wrong place. */
static void place_of(const struct bot *b, const char *line, char *to, size_t bytes)
{
    size_t file = strlen(b->config->file), length;
    const char *at = line, *section;
    if (strncmp(line, b->config->file, file) == 0)
        at += file;
    int number = at[0] == ':' ? (int)strtol(at + 1, NULL, 10) : 0;
    section = strchr(at, '[');
    length = section ? strcspn(section, ":") : 0;
    if (!section || length > PLACE_BYTES)
        section = "", length = 0;
    if (number > 0)
        snprintf(to, bytes, "line %d%s%.*s", number, length ? ", " : "", (int)length, section);
    else
        snprintf(to, bytes, "%.*s", (int)length, section);
    if (!to[0])
        snprintf(to, bytes, "it cannot be read; my log says why");
}

static void refuse(struct bot *b, char *errors)
{
    char place[PLACE_BYTES + 64] = "";
    size_t count = 0;
    if (errors)
        place_of(b, errors, place, sizeof place);
    for (char *next, *line = errors; line && *line; line = next) {
        size_t bytes = strcspn(line, "\n");
        next = line + bytes + (line[bytes] == '\n');
        line[bytes] = '\0';
        LOG(LOG_ERROR, "config.error", LS("problem", line));
        count++;
    }
    engine_refuse_rules(&b->engine, place, count ? count - 1 : 0);
    LOG(LOG_ERROR, "config.refused", LS("file", b->config->file),
        LS("next", "the old configuration stays in force, as a whole; the errors are above"));
}

void reload(struct bot *b)
{
    struct adapter_credentials found[CONFIG_KINDS] = { 0 };
    CLEANUP(buf_done) struct buf errors;
    buf_init(&errors, BOT_ERRORS_BYTES);
    notify_reloading();
    struct config *fresh = bot_read_config(b->config->file, &errors);
    if (fresh && config_files_check(fresh, NULL, &errors) && find_all(b, fresh, found, &errors)) {
        use(b, fresh, found);
    } else {
        refuse(b, errors.text);
        free(fresh);
    }
    forget(found);
    notify("READY=1");
}
