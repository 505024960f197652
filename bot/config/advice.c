/* SPDX-License-Identifier: Apache-2.0 */
#include "config/advice.h"
#include "config/config_files.h"
#include "config/config_lines.h"
#include "config/config_rows.h"
#include "core/duration.h"

#include <string.h>

enum { LINE_BYTES = 4096 };

/* ---- where it stands ---- */

static bool is_key(const char *line, const char *key)
{
    size_t bytes = strlen(key);
    if (strncmp(line, key, bytes) != 0)
        return false;
    line += bytes;
    line += strspn(line, " \t");
    return *line == '=' || *line == ':';
}

int advice_line(const struct config *config, const char *section, const char *key)
{
    struct config_lines lines;
    struct config_line line;
    struct err err = { "" };
    char text[LINE_BYTES];
    bool inside = false;
    int found = 0;
    if (config_lines_open(&lines, config->file, &err))
        while (!found && config_lines_next(&lines, text, sizeof text, &line)) {
            inside = line.heading[0] ? str_equal(line.heading, section) : inside;
            if (inside && !line.heading[0] && is_key(text, key))
                found = lines.line;
        }
    config_lines_done(&lines);
    return found;
}

bool advice_is_chat_id(const struct config *config, const char *chat, const char *id)
{
    const struct adapter_kind *kind = config_chat(config, chat);
    return kind && kind->is_id(id);
}

/* ---- what is said ---- */

struct giving {
    const struct config *config;
    advice_taker take;
    void *arg;
};

static void give(const struct giving *g, const char *section, const char *key, const char *format,
                 ...) PRINTF_LIKE(4, 5);
static void give(const struct giving *g, const char *section, const char *key, const char *format,
                 ...)
{
    struct advice a = { .section = section,
                        .key = key,
                        .line = advice_line(g->config, section, key) };
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, sizeof a.text);
    va_list args;
    va_start(args, format);
    buf_addv(&text, format, args);
    va_end(args);
    STR_SET(a.text, buf_text(&text));
    g->take(g->arg, &a);
}

static void look_at_values(const struct giving *g)
{
    const struct config *c = g->config;
    struct config_row row;
    for (size_t i = 0; config_row_at(c->kinds, i, &row); i++) {
        const char *value = config_value(c, &row), *why = NULL;
        bool unshown = row.setting->kind == SETTING_UNSHOWN;
        if ((unshown || row.setting->kind == SETTING_TEXT) && row.setting->advice && value[0] &&
            (!row.kind || c->there[row.kind_no]))
            why = row.setting->advice(value, &c->policy);
        if (why && unshown)
            give(g, row.section->name, row.setting->key, "%s", why);
        else if (why)
            give(g, row.section->name, row.setting->key, "found “%s”; %s", value, why);
    }
}

/* It is written in the notation of a chat. */
static void look_at_escalation(const struct giving *g)
{
    const struct config *c = g->config;
    for (size_t i = 0; c->kinds[i]; i++) {
        const char *why = c->there[i] && c->kinds[i]->escalate_advice
                              ? c->kinds[i]->escalate_advice(c->policy.escalate)
                              : NULL;
        if (why)
            give(g, "policy", "escalate", "found “%s”; %s", c->policy.escalate, why);
    }
}

/* A step may be a week, which is right for the last ones of a request, and silence here. */
static void look_at_reminders(const struct giving *g)
{
    static const ms_t FIRST_MOST_MS = MS_HOUR, PAUSE_MOST_MS = MS_DAY;
    const struct durations *d = &g->config->policy.remind_overdue;
    ms_t first = d->count ? d->steps[0] : 0, pause = d->count ? d->steps[d->count - 1] : 0;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64);
    duration_add(&b, first > FIRST_MOST_MS ? first : pause);
    if (first > FIRST_MOST_MS)
        give(g, "policy", "remind_overdue",
             "%s would pass before anybody hears that a window is over and root protection still "
             "OFF: begin with 0s",
             buf_text(&b));
    else if (pause > PAUSE_MOST_MS)
        give(g, "policy", "remind_overdue",
             "a window that stays open would be spoken of once in %s only: let the last step, "
             "which repeats, be a day at most",
             buf_text(&b));
}

/* ---- secrets ---- */

/* What the secret is is never told, only its kind. */
static void look_at_secret(const struct giving *g, const struct config_file *file)
{
    struct err err = { "" };
    struct secret *secret = config_files_secret(g->config, file->path, &err);
    const char *text = secret_reveal(secret);
    const char *why = text[0] && file->advice ? file->advice(text, &g->config->policy) : NULL;
    if (text[0] && strchr("\"'`", text[0]))
        give(g, file->section, file->key,
             "the secret stands in quotes, which would be taken for a part of it: take them away");
    else if (why)
        give(g, file->section, file->key, "%s", why);
    secret_free(secret);
}

static void look_at_secrets(const struct giving *g)
{
    for (size_t i = 0; i < g->config->file_count; i++)
        if (g->config->files[i].is_secret)
            look_at_secret(g, &g->config->files[i]);
}

/* ---- people ---- */

/* Whose id it is already, in an earlier line. */
static const struct person *earlier(const struct people *people, size_t before, const char *chat,
                                    const char *id)
{
    for (size_t i = 0; i < before; i++)
        for (size_t k = 0; k < people->rows[i].id_count; k++)
            if (str_equal(people->rows[i].ids[k].chat, chat) &&
                str_equal(people->rows[i].ids[k].id, id))
                return &people->rows[i];
    return NULL;
}

static void look_at_person(const struct giving *g, size_t at)
{
    const struct people *people = &g->config->people;
    const struct person *p = &people->rows[at];
    bool served = false;
    for (size_t k = 0; k < p->id_count; k++) {
        const char *chat = p->ids[k].chat, *id = p->ids[k].id;
        const struct person *other = earlier(people, at, chat, id);
        served |= config_serves(g->config, chat);
        if (!advice_is_chat_id(g->config, chat, id))
            give(g, "people", p->key, "found “%s:%s”; that is no %s", chat, id,
                 config_chat(g->config, chat)->id_advice);
        else if (other)
            give(g, "people", p->key,
                 "%s:%s stands for %s, too, and one account for two people counts for neither: "
                 "give each their own",
                 chat, id, other->key);
    }
    size_t chat = config_kind_there(g->config, ADAPTER_CHAT);
    if (!served && chat != SIZE_MAX)
        give(g, "people", p->key,
             "has no account in a chat that is served, and can neither ask nor approve: add %s:%s",
             g->config->kinds[chat]->venue->name, g->config->kinds[chat]->id_example);
}

void advice_give(const struct config *config, advice_taker take, void *arg)
{
    const struct giving g = { config, take, arg };
    look_at_values(&g);
    look_at_escalation(&g);
    look_at_reminders(&g);
    look_at_secrets(&g);
    for (size_t i = 0; i < config->people.count; i++)
        look_at_person(&g, i);
}
