/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_changes.h"
#include "core/duration.h"
#include "config/config_rows.h"
#include "host/secret.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SETTING_BYTES = 320, VALUE_BYTES = 2048, RULES_BYTES = 512 * 1024 };

/* ---- a value as it may stand in the file ---- */

static void add_durations(struct buf *b, const struct durations *d)
{
    for (size_t i = 0; i < d->count; i++) {
        buf_add(b, i ? " " : "");
        duration_add_typed(b, d->steps[i]);
    }
}

static void add_words(struct buf *b, const struct config *c, const struct config_row *row)
{
    const struct policy *p = &c->policy;
    const char *between = "";
    for (size_t i = 0; !row->setting->choices && i < p->admin_role_count; i++) {
        buf_addf(b, "%s%s", between, p->admin_roles[i]);
        between = " ";
    }
    for (const struct setting_choice *way = row->setting->choices; way && way->name; way++)
        if (p->approve_with & (unsigned)way->value) {
            buf_addf(b, "%s%s", between, way->name);
            between = " ";
        }
}

static void add_choice(struct buf *b, const struct config_row *row, const void *at)
{
    int value = row->setting->bytes == sizeof(bool) ? *(const bool *)at : *(const int *)at;
    for (const struct setting_choice *c = row->setting->choices; c->name; c++)
        if (c->value == value)
            buf_add(b, c->name);
}

/* Whether it has changed, and not what it is. */
static void add_unshown(struct buf *b, const char *value)
{
    char hash[65];
    secret_sha256_hex(value, strlen(value), hash);
    buf_addf(b, "(not shown, of hash %.8s)", hash);
}

static void add_value(struct buf *b, const struct config *c, const struct config_row *row)
{
    const void *at = config_value(c, row);
    switch (row->setting->kind) {
    case SETTING_UNSHOWN: add_unshown(b, at); break;
    case SETTING_TEXT:
    case SETTING_ADDRESS:
    case SETTING_MAIL_ADDRESS:
    case SETTING_SECRET:
    case SETTING_ANCHOR: buf_add(b, at); break;
    case SETTING_DURATION: duration_add_typed(b, *(const ms_t *)at); break;
    case SETTING_DURATIONS: add_durations(b, at); break;
    case SETTING_NUMBER: buf_addf(b, "%d", *(const int *)at); break;
    case SETTING_WORDS: add_words(b, c, row); break;
    case SETTING_CHOICE: add_choice(b, row, at); break;
    }
}

static void add_person(struct buf *b, const struct person *person)
{
    for (size_t i = 0; i < person->id_count; i++)
        buf_addf(b, "%s%s:%s", i ? " " : "", person->ids[i].chat, person->ids[i].id);
}

/* ---- what a process does with it ---- */

static bool is_rule(const struct config_row *row) { return row->setting->home != SETTING_OWN; }

static bool is_path(const struct config_row *row)
{
    return row->setting->kind == SETTING_SECRET || row->setting->kind == SETTING_ANCHOR;
}

/* What is in the store belongs to one organisation. */
enum config_when config_counts(const struct config_row *row)
{
    const char *key = row->setting->key;
    if (is_path(row))
        return CONFIG_NEXT_TIME;
    bool log = !row->kind && (str_equal(key, "log_level") || str_equal(key, "log_format") ||
                              str_equal(key, "timezone"));
    return log || row->setting->home == SETTING_RULE ? CONFIG_AT_ONCE : CONFIG_RESTART;
}

/* Sections come and go as a whole. */
static bool is_told_as_section(const struct config *a, const struct config *b,
                               const struct config_row *row)
{
    return row->kind && !is_rule(row) && (!a->there[row->kind_no] || !b->there[row->kind_no]);
}

/* Rules of a provider that is not there are nobody's: another one's may have the same names. */
static bool is_nobodys(const struct config *c, const struct config_row *row)
{
    return row->kind && row->kind->role == ADAPTER_PROVIDER && !c->there[row->kind_no];
}

/* ---- comparing ---- */

struct comparing {
    struct buf setting, was, now;
    config_change change;
    void *arg;
};

static void begin(struct comparing *x, config_change change, void *arg)
{
    *x = (struct comparing){ .change = change, .arg = arg };
    buf_init(&x->setting, SETTING_BYTES);
    buf_init(&x->was, VALUE_BYTES);
    buf_init(&x->now, VALUE_BYTES);
}

static void done(struct comparing *x)
{
    buf_done(&x->setting);
    buf_done(&x->was);
    buf_done(&x->now);
}

/* Tells what stands in the buffers, if it differs, and empties them. */
static void tell(struct comparing *x, enum config_when when)
{
    if (!str_equal(buf_text(&x->was), buf_text(&x->now)))
        x->change(x->arg, when, buf_text(&x->setting), buf_text(&x->was), buf_text(&x->now));
    buf_clear(&x->setting);
    buf_clear(&x->was);
    buf_clear(&x->now);
}

static void compare_people(struct comparing *x, const struct people *was, const struct people *now)
{
    for (size_t i = 0; i < was->count; i++) {
        const struct person *person = people_by_key(now, was->rows[i].key);
        buf_addf(&x->setting, "[people] %s", was->rows[i].key);
        add_person(&x->was, &was->rows[i]);
        if (person)
            add_person(&x->now, person);
        tell(x, CONFIG_AT_ONCE);
    }
    for (size_t i = 0; i < now->count; i++) {
        if (people_by_key(was, now->rows[i].key))
            continue;
        buf_addf(&x->setting, "[people] %s", now->rows[i].key);
        add_person(&x->now, &now->rows[i]);
        tell(x, CONFIG_AT_ONCE);
    }
}

void config_compare(const struct config *running, const struct config *fresh, config_change change,
                    void *arg)
{
    struct comparing x;
    begin(&x, change, arg);
    struct config_row row;
    for (size_t i = 0; running->kinds[i]; i++) {
        buf_addf(&x.setting, "[%s]", running->kinds[i]->section->name);
        buf_add(&x.was, running->there[i] ? "there" : "");
        buf_add(&x.now, fresh->there[i] ? "there" : "");
        tell(&x, CONFIG_RESTART);
    }
    for (size_t i = 0; config_row_at(running->kinds, i, &row); i++) {
        if (is_told_as_section(running, fresh, &row) || is_nobodys(fresh, &row))
            continue;
        buf_addf(&x.setting, "[%s] %s", row.section->name, row.setting->key);
        add_value(&x.was, running, &row);
        add_value(&x.now, fresh, &row);
        tell(&x, config_counts(&row));
    }
    compare_people(&x, &running->people, &fresh->people);
    done(&x);
}

void config_keep_started(const struct config *running, struct config *fresh)
{
    struct config_row row;
    for (size_t i = 0; config_row_at(running->kinds, i, &row); i++)
        if (config_counts(&row) == CONFIG_RESTART)
            memcpy(config_value_to_set(fresh, &row), config_value(running, &row),
                   row.setting->bytes);
    for (size_t i = 0; running->kinds[i]; i++)
        if (running->there[i] != fresh->there[i]) {
            fresh->there[i] = running->there[i];
            fresh->own[i] = running->own[i];
        }
}

/* ---- rules as text ---- */

/* The rules, and whom is spoken with: who could change an address could say that all is well. Not
   how this process runs ([bot]), nor where files are. */
static bool is_on_record(const struct config *c, const struct config_row *row)
{
    bool own = (!row->kind && !is_rule(row)) || is_path(row);
    return !own && !is_nobodys(c, row) && (is_rule(row) || !is_told_as_section(c, c, row));
}

void config_rules_text(const struct config *c, struct buf *b)
{
    struct config_row row;
    for (size_t i = 0; config_row_at(c->kinds, i, &row); i++) {
        if (!is_on_record(c, &row))
            continue;
        buf_addf(b, "[%s] %s = ", row.section->name, row.setting->key);
        add_value(b, c, &row);
        buf_add_char(b, '\n');
    }
    for (size_t i = 0; i < c->people.count; i++) {
        buf_addf(b, "[people] %s = ", c->people.rows[i].key);
        add_person(b, &c->people.rows[i]);
        buf_add_char(b, '\n');
    }
}

struct line {
    const char *setting, *value; /* NULL: no more */
    size_t setting_bytes, value_bytes;
};

static struct line next_line(const char **text)
{
    const char *line = *text, *middle;
    size_t bytes = strcspn(line, "\n");
    *text += bytes + (line[bytes] == '\n');
    for (middle = line; middle < line + bytes && strncmp(middle, " = ", 3) != 0; middle++)
        ;
    if (middle >= line + bytes)
        return (struct line){ .setting = NULL };
    return (struct line){ .setting = line,
                          .setting_bytes = (size_t)(middle - line),
                          .value = middle + 3,
                          .value_bytes = (size_t)(line + bytes - middle - 3) };
}

static struct line line_of(const char *text, const struct line *wanted)
{
    while (*text) {
        struct line line = next_line(&text);
        if (line.setting && line.setting_bytes == wanted->setting_bytes &&
            memcmp(line.setting, wanted->setting, line.setting_bytes) == 0)
            return line;
    }
    return (struct line){ .setting = NULL };
}

void config_compare_rules(const char *was, const char *now, config_change change, void *arg)
{
    struct comparing x;
    begin(&x, change, arg);
    for (const char *at = was; *at;) {
        struct line before = next_line(&at);
        if (!before.setting)
            continue;
        struct line after = line_of(now, &before);
        buf_add_bytes(&x.setting, before.setting, before.setting_bytes);
        buf_add_bytes(&x.was, before.value, before.value_bytes);
        buf_add_bytes(&x.now, str_or_empty(after.value), after.value_bytes);
        tell(&x, CONFIG_AT_ONCE);
    }
    for (const char *at = now; *at;) {
        struct line after = next_line(&at);
        if (!after.setting || line_of(was, &after).setting)
            continue;
        buf_add_bytes(&x.setting, after.setting, after.setting_bytes);
        buf_add_bytes(&x.now, after.value, after.value_bytes);
        tell(&x, CONFIG_AT_ONCE);
    }
    done(&x);
}
