#include "config/config_changes.h"
#include "core/duration.h"
#include "config/config_rows.h"

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
    for (size_t i = 0; !row->choices && i < p->admin_role_count; i++) {
        buf_addf(b, "%s%s", between, p->admin_roles[i]);
        between = " ";
    }
    for (const struct config_choice *way = row->choices; way && way->name; way++)
        if (p->approve_with & (unsigned)way->value) {
            buf_addf(b, "%s%s", between, way->name);
            between = " ";
        }
}

static void add_choice(struct buf *b, const struct config_row *row, const void *at)
{
    int value = row->bytes == sizeof(bool) ? *(const bool *)at : *(const int *)at;
    for (const struct config_choice *c = row->choices; c->name; c++)
        if (c->value == value)
            buf_add(b, c->name);
}

static void add_value(struct buf *b, const struct config *c, const struct config_row *row)
{
    const void *at = (const char *)c + row->offset;
    switch (row->kind) {
    case CONFIG_TEXT:
    case CONFIG_ADDRESS:
    case CONFIG_MAIL_ADDRESS:
    case CONFIG_PATH: buf_add(b, at); break;
    case CONFIG_DURATION: duration_add_typed(b, *(const ms_t *)at); break;
    case CONFIG_DURATIONS: add_durations(b, at); break;
    case CONFIG_NUMBER: buf_addf(b, "%d", *(const int *)at); break;
    case CONFIG_WORDS: add_words(b, c, row); break;
    case CONFIG_CHOICE: add_choice(b, row, at); break;
    }
}

static void add_person(struct buf *b, const struct person *person)
{
    for (size_t i = 0; i < person->id_count; i++)
        buf_addf(b, "%s%s:%s", i ? " " : "", person->ids[i].chat, person->ids[i].id);
}

/* ---- what a process does with it ---- */

static bool is_rule(const struct config_row *row)
{
    return row->offset >= offsetof(struct config, policy) &&
           row->offset < offsetof(struct config, policy) + sizeof(struct policy);
}

/* What is in the store belongs to one organisation. */
static enum config_when when_of(const struct config_row *row)
{
    if (row->kind == CONFIG_PATH)
        return CONFIG_NEXT_TIME;
    bool log = str_equal(row->key, "log_level") || str_equal(row->key, "log_format") ||
               str_equal(row->key, "timezone");
    bool organisation = str_equal(row->key, "organisation");
    return log || (is_rule(row) && !organisation) ? CONFIG_AT_ONCE : CONFIG_RESTART;
}

static const struct {
    const char *name;
    size_t there, offset, bytes;
} sections[] = {
#define SECTION(name)                                                              \
    {                                                                              \
#name, offsetof(struct config, name.there), offsetof(struct config, name), \
            sizeof(((struct config *)0)->name)                                     \
    }
    SECTION(slack), SECTION(matrix), SECTION(mail)
#undef SECTION
};

static bool is_there(const struct config *c, size_t i)
{
    return *(const bool *)((const char *)c + sections[i].there);
}

/* Sections come and go as a whole. */
static bool is_told_as_section(const struct config *a, const struct config *b,
                               const struct config_row *row)
{
    for (size_t i = 0; i < COUNT(sections); i++)
        if (str_equal(sections[i].name, row->section) && !is_rule(row))
            return !is_there(a, i) || !is_there(b, i);
    return false;
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
    for (size_t i = 0; i < COUNT(sections); i++) {
        buf_addf(&x.setting, "[%s]", sections[i].name);
        buf_add(&x.was, is_there(running, i) ? "there" : "");
        buf_add(&x.now, is_there(fresh, i) ? "there" : "");
        tell(&x, CONFIG_RESTART);
    }
    for (size_t i = 0; i < CONFIG_ROWS; i++) {
        const struct config_row *row = &config_rows[i];
        if (is_told_as_section(running, fresh, row))
            continue;
        buf_addf(&x.setting, "[%s] %s", row->section, row->key);
        add_value(&x.was, running, row);
        add_value(&x.now, fresh, row);
        tell(&x, when_of(row));
    }
    compare_people(&x, &running->people, &fresh->people);
    done(&x);
}

void config_keep_started(const struct config *running, struct config *fresh)
{
    for (size_t i = 0; i < CONFIG_ROWS; i++) {
        const struct config_row *row = &config_rows[i];
        if (when_of(row) == CONFIG_RESTART)
            memcpy((char *)fresh + row->offset, (const char *)running + row->offset, row->bytes);
    }
    for (size_t i = 0; i < COUNT(sections); i++)
        if (is_there(running, i) != is_there(fresh, i))
            memcpy((char *)fresh + sections[i].offset, (const char *)running + sections[i].offset,
                   sections[i].bytes);
}

/* ---- rules as text ---- */

/* The rules, and whom is spoken with: who could change an address could say that all is well. Not
   how this process runs ([bot]), nor where files are. */
static bool is_on_record(const struct config *c, const struct config_row *row)
{
    bool own = str_equal(row->section, "bot") || row->kind == CONFIG_PATH;
    return !own && (is_rule(row) || !is_told_as_section(c, c, row));
}

void config_rules_text(const struct config *c, struct buf *b)
{
    for (size_t i = 0; i < CONFIG_ROWS; i++) {
        if (!is_on_record(c, &config_rows[i]))
            continue;
        buf_addf(b, "[%s] %s = ", config_rows[i].section, config_rows[i].key);
        add_value(b, c, &config_rows[i]);
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
