#include "config/config.h"
#include "core/duration.h"
#include "net/address.h"
#include "config/config_files.h"
#include "config/config_lines.h"
#include "config/config_rows.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const sections[] = {
    "bot", "slack", "matrix", "stax", "policy", "mail", "people"
};

/* What goes along while the file is read. libinih's handler is not told line numbers, but its
   reader is ours and counts them. */
struct reading {
    struct config *config;
    struct buf *errors;
    size_t error_count;
    struct config_lines lines;
    int line;
    int set_at[CONFIG_ROWS]; /* line, 0: not given */
    bool there[COUNT(sections)];
};

static void complain(struct reading *r, int line, const char *section, const char *key,
                     const char *format, ...) PRINTF_LIKE(5, 6);
static void complain(struct reading *r, int line, const char *section, const char *key,
                     const char *format, ...)
{
    if (++r->error_count > LIMIT_CONFIG_ERRORS)
        return;
    buf_add(r->errors, r->config->file);
    if (line)
        buf_addf(r->errors, ":%d", line);
    buf_add(r->errors, ": ");
    if (section[0])
        buf_addf(r->errors, "[%s]%s", section, key[0] ? " " : ": ");
    if (key[0])
        buf_addf(r->errors, "%s: ", key);
    va_list args;
    va_start(args, format);
    buf_addv(r->errors, format, args);
    va_end(args);
    buf_add_char(r->errors, '\n');
}

/* ---- values ---- */

static void choices_text(const struct config_choice *choices, char *text, size_t bytes)
{
    text[0] = '\0';
    for (; choices->name; choices++) {
        size_t used = strlen(text);
        snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", choices->name);
    }
}

static bool choose(const struct config_choice *choices, const char *word, int *ret)
{
    for (; choices->name; choices++)
        if (str_equal(choices->name, word)) {
            *ret = choices->value;
            return true;
        }
    return false;
}

static void set_choice(struct reading *r, const struct config_row *row, const char *value, void *to)
{
    int chosen = 0;
    char allowed[128];
    if (!choose(row->choices, value, &chosen)) {
        choices_text(row->choices, allowed, sizeof allowed);
        complain(r, r->line, row->section, row->key, "found “%s”; allowed: %s", value, allowed);
    } else if (row->bytes == sizeof(bool)) {
        *(bool *)to = chosen;
    } else {
        *(int *)to = chosen;
    }
}

static void add_typed(struct buf *b, ms_t ms) { duration_add_typed(b, ms); }

static bool read_duration(struct reading *r, const struct config_row *row, const char *word,
                          ms_t *ret)
{
    ms_t ms = 0;
    CLEANUP(buf_done) struct buf bounds;
    buf_init(&bounds, 128);
    add_typed(&bounds, row->least);
    buf_add(&bounds, " to ");
    add_typed(&bounds, row->most);
    if (duration_read(word, &ms) && ms >= row->least && ms <= row->most) {
        *ret = ms;
        return true;
    }
    complain(r, r->line, row->section, row->key,
             "found “%s”; allowed: a duration such as 90s or 45m, from %s", word,
             buf_text(&bounds));
    return false;
}

static void set_number(struct reading *r, const struct config_row *row, const char *value, int *to)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno || end == value || *end || number < row->least || number > row->most)
        complain(r, r->line, row->section, row->key,
                 "found “%s”; allowed: a number from %lld to %lld", value, (long long)row->least,
                 (long long)row->most);
    else
        *to = (int)number;
}

enum { LIST_WORDS = 16, WORD_BYTES = 136 };
_Static_assert(LIST_WORDS >= (int)LIMIT_ROLES && LIST_WORDS >= (int)LIMIT_REMINDER_STEPS &&
                   LIST_WORDS >= (int)PERSON_CHAT_IDS,
               "every list fits");
struct list {
    char words[LIST_WORDS][WORD_BYTES];
    size_t count;
    const char *problem;
};

/* Splits at blanks. */
static void split(const char *value, size_t most, struct list *ret)
{
    *ret = (struct list){ .problem = "" };
    while (*(value += strspn(value, " \t"))) {
        size_t bytes = strcspn(value, " \t");
        if (ret->count == most || bytes >= WORD_BYTES) {
            ret->problem = bytes >= WORD_BYTES ? "a word is too long" : "too many words";
            return;
        }
        memcpy(ret->words[ret->count++], value, bytes);
        value += bytes;
    }
}

static void set_durations(struct reading *r, const struct config_row *row, const char *value,
                          struct durations *to)
{
    struct list list;
    struct durations read = { .count = 0 };
    split(value, LIMIT_REMINDER_STEPS, &list);
    if (list.problem[0]) {
        complain(r, r->line, row->section, row->key, "%s; allowed: at most %d durations",
                 list.problem, (int)LIMIT_REMINDER_STEPS);
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        if (!read_duration(r, row, list.words[i], &read.steps[i]))
            return;
        if (i > 0 && read.steps[i] <= read.steps[i - 1])
            complain(r, r->line, row->section, row->key,
                     "found “%s” after “%s”; each step must be later than the one before",
                     list.words[i], list.words[i - 1]);
    }
    read.count = list.count;
    *to = read;
}

static void set_roles(struct reading *r, const struct config_row *row, const struct list *list)
{
    struct policy *policy = &r->config->policy;
    policy->admin_role_count = list->count;
    for (size_t i = 0; i < list->count; i++)
        if (!STR_SET(policy->admin_roles[i], list->words[i]))
            complain(r, r->line, row->section, row->key, "found “%s”; a role's name is shorter",
                     list->words[i]);
}

static void set_words(struct reading *r, const struct config_row *row, const char *value)
{
    struct list list;
    split(value, LIMIT_ROLES, &list);
    if (list.count == 0 || list.problem[0]) {
        complain(r, r->line, row->section, row->key,
                 "found “%s”; allowed: 1 to %d words separated by blanks", value, (int)LIMIT_ROLES);
        return;
    }
    if (!row->choices) {
        set_roles(r, row, &list);
        return;
    }
    unsigned *to = &r->config->policy.approve_with;
    *to = 0;
    for (size_t i = 0; i < list.count; i++) {
        int way = 0;
        if (choose(row->choices, list.words[i], &way))
            *to |= (unsigned)way;
        else
            complain(r, r->line, row->section, row->key,
                     "found “%s”; allowed: reaction, button, command", list.words[i]);
    }
}

static void set_path(struct reading *r, const struct config_row *row, const char *value, char *to)
{
    struct config *c = r->config;
    if (!config_files_place(c->file, value, to, row->bytes)) {
        complain(r, r->line, row->section, row->key, "the path is too long");
        return;
    }
    if (!value[0] || c->file_count == CONFIG_FILES)
        return;
    struct config_file *file = &c->files[c->file_count++];
    *file = (struct config_file){ .section = row->section,
                                  .key = row->key,
                                  .line = r->line,
                                  .is_secret = !str_equal(row->key, "ca_file"),
                                  .path = to };
    STR_SET(file->given, value);
}

/* Here, and not when it is used: an address that cannot be used is an error of its line. */
static void set_address(struct reading *r, const struct config_row *row, const char *value,
                        char *to)
{
    struct address address;
    struct err err = { "" };
    bool mail = row->kind == CONFIG_MAIL_ADDRESS;
    bool fits = str_copy(to, row->bytes, value);
    if (!value[0])
        return;
    if (!fits)
        err_set(&err, "it is longer than %zu bytes", row->bytes - 1);
    else if (mail ? address_read_mail(value, &address, &err) : address_read(value, &address, &err))
        err_set(&err, mail || strncasecmp(value, "http", 4) == 0
                          ? ""
                          : "the address is no https:// address");
    if (!err.text[0])
        return;
    to[0] = '\0';
    /* The value itself is not shown: a password may stand in it. */
    complain(r, r->line, row->section, row->key, "%s; allowed: %s", err.text,
             mail ? "smtps://HOST, smtp://HOST with STARTTLS"
                  : "https://HOST, with a port and a path, without user and password");
}

static void set_value(struct reading *r, const struct config_row *row, const char *value)
{
    void *to = (char *)r->config + row->offset;
    bool text = row->kind == CONFIG_TEXT || row->kind == CONFIG_PATH ||
                row->kind == CONFIG_ADDRESS || row->kind == CONFIG_MAIL_ADDRESS;
    if (text && row->least && !value[0]) {
        complain(r, r->line, row->section, row->key, "must not be empty");
        return;
    }
    switch (row->kind) {
    case CONFIG_TEXT:
        if (!str_copy(to, row->bytes, value))
            complain(r, r->line, row->section, row->key, "the value is longer than %zu bytes",
                     row->bytes - 1);
        break;
    case CONFIG_ADDRESS:
    case CONFIG_MAIL_ADDRESS: set_address(r, row, value, to); break;
    case CONFIG_PATH: set_path(r, row, value, to); break;
    case CONFIG_DURATION: read_duration(r, row, value, to); break;
    case CONFIG_DURATIONS: set_durations(r, row, value, to); break;
    case CONFIG_NUMBER: set_number(r, row, value, to); break;
    case CONFIG_WORDS: set_words(r, row, value); break;
    case CONFIG_CHOICE: set_choice(r, row, value, to); break;
    }
}

/* ---- people ---- */

static void add_identity(struct reading *r, struct person *person, const char *word)
{
    const char *colon = strchr(word, ':');
    size_t chat_bytes = colon ? (size_t)(colon - word) : 0;
    bool known = chat_bytes &&
                 (strncmp(word, "slack:", 6) == 0 || strncmp(word, "matrix:", 7) == 0);
    if (!known || !colon[1]) {
        complain(r, r->line, "people", person->key, "found “%s”; allowed: slack:ID or matrix:ID",
                 word);
        return;
    }
    memcpy(person->ids[person->id_count].chat, word, chat_bytes);
    if (!STR_SET(person->ids[person->id_count++].id, colon + 1))
        complain(r, r->line, "people", person->key, "found “%s”; a chat's id is shorter", word);
}

static void add_person(struct reading *r, const char *key, const char *value)
{
    struct people *people = &r->config->people;
    struct list list;
    if (people_by_key(people, key)) {
        complain(r, r->line, "people", key, "given twice");
        return;
    }
    if (people->count == LIMIT_PEOPLE || !key[0] || strlen(key) >= sizeof people->rows[0].key ||
        strpbrk(key, " \t")) {
        complain(r, r->line, "people", key,
                 people->count == LIMIT_PEOPLE ? "more than 256 people"
                                               : "that is no e-mail address or Stax user id");
        return;
    }
    struct person *person = &people->rows[people->count++];
    STR_SET(person->key, key);
    split(value, PERSON_CHAT_IDS, &list);
    if (list.count == 0 || list.problem[0])
        complain(r, r->line, "people", key, "%s; allowed: 1 to %d of slack:ID and matrix:ID",
                 list.problem[0] ? list.problem : "no chat identity", (int)PERSON_CHAT_IDS);
    for (size_t i = 0; i < list.count; i++)
        add_identity(r, person, list.words[i]);
}

/* ---- reading ---- */

static const char SECTIONS[] = "bot, slack, matrix, stax, policy, mail, people";

static bool mark_section(struct reading *r, const char *section)
{
    for (size_t i = 0; i < COUNT(sections); i++)
        if (str_equal(sections[i], section))
            return r->there[i] = true;
    return false;
}

/* libinih's reader: one line into its buffer. */
static char *next_line(char *text, int bytes, void *arg)
{
    struct reading *r = arg;
    struct config_line line;
    if (!config_lines_next(&r->lines, text, (size_t)bytes, &line))
        return NULL;
    r->line = r->lines.line;
    if (line.problem[0])
        complain(r, r->line, "", "", "%s", line.problem);
    else if (line.heading[0] && !mark_section(r, line.heading))
        complain(r, r->line, line.heading, "", "unknown section; allowed: %s", SECTIONS);
    return text;
}

static const struct config_row *row_named(const char *section, const char *key)
{
    for (size_t i = 0; i < CONFIG_ROWS; i++)
        if (str_equal(config_rows[i].section, section) && str_equal(config_rows[i].key, key))
            return &config_rows[i];
    return NULL;
}

static int on_pair(void *arg, const char *section, const char *key, const char *value)
{
    struct reading *r = arg;
    const struct config_row *row = row_named(section, key);
    if (!section[0]) {
        complain(r, r->line, section, key, "stands before any section; allowed: %s", SECTIONS);
    } else if (!mark_section(r, section)) {
        /* Its heading has been complained about. */
    } else if (str_equal(section, "people")) {
        add_person(r, key, str_or_empty(value));
    } else if (!row) {
        complain(r, r->line, section, key, "unknown key");
    } else if (r->set_at[row - config_rows]) {
        complain(r, r->line, section, key, "given twice; first in line %d",
                 r->set_at[row - config_rows]);
    } else {
        r->set_at[row - config_rows] = r->line;
        set_value(r, row, str_or_empty(value));
    }
    return 1;
}

/* ---- the whole ---- */

static bool section_there(const struct reading *r, const char *section)
{
    for (size_t i = 0; i < COUNT(sections); i++)
        if (str_equal(sections[i], section))
            return r->there[i];
    return false;
}

static void set_fallbacks(struct reading *r)
{
    for (size_t i = 0; i < CONFIG_ROWS; i++)
        if (config_rows[i].fallback)
            set_value(r, &config_rows[i], config_rows[i].fallback);
}

static void check_required(struct reading *r)
{
    for (size_t i = 0; i < CONFIG_ROWS; i++) {
        bool wanted = section_there(r, config_rows[i].section) ||
                      str_equal(config_rows[i].section, "stax");
        if (wanted && !config_rows[i].fallback && !r->set_at[i])
            complain(r, 0, config_rows[i].section, config_rows[i].key, "missing");
    }
}

/* A literal loopback address with a port, or a socket's path. A name would be looked up, and could
   be anywhere. */
static bool is_local(const char *listen)
{
    char host[64];
    struct in_addr address;
    const char *colon = strrchr(listen, ':');
    if (strncmp(listen, "unix:", 5) == 0)
        return listen[5] == '/';
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (digits == 0 || digits > 5 || colon[1 + digits] || strtol(colon + 1, NULL, 10) > 65535 ||
        (size_t)(colon - listen) >= sizeof host)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)(colon - listen), listen);
    return str_equal(host, "[::1]") ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

/* A name of the zone database (tzdata), as TZ takes it. */
static bool is_zone(const char *name)
{
    char path[128];
    bool plain = name[0] != '/' && !strstr(name, "..") &&
                 strspn(name,
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") ==
                     strlen(name);
    int bytes = snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    return plain && bytes < (int)sizeof path && (str_equal(name, "UTC") || access(path, R_OK) == 0);
}

static int line_of(const struct reading *r, const char *section, const char *key)
{
    return r->set_at[row_named(section, key) - config_rows];
}

static void check_together(struct reading *r)
{
    struct config *c = r->config;
    const struct policy *p = &c->policy;
    c->slack.there = section_there(r, "slack");
    c->matrix.there = section_there(r, "matrix");
    c->mail.there = section_there(r, "mail");
    if (!c->slack.there && !c->matrix.there)
        complain(r, 0, "slack", "", "at least one of [slack] and [matrix] is needed");
    if (p->min_window > p->max_window)
        complain(r, line_of(r, "policy", "min_window"), "policy", "min_window",
                 "is longer than max_window");
    if (p->default_window < p->min_window || p->default_window > p->max_window)
        complain(r, line_of(r, "policy", "default_window"), "policy", "default_window",
                 "is not between min_window and max_window");
    if (p->mailbox_proof == MAILBOX_CODE && !c->mail.there)
        complain(r, 0, "mail", "", "mailbox_proof = code needs [mail]");
    if (!p->remind_overdue.count)
        complain(r, line_of(r, "policy", "remind_overdue"), "policy", "remind_overdue",
                 "at least one step is needed: an overdue guardrail is never silent");
    if (c->people.count == 0)
        complain(r, 0, "people", "", "nobody is listed, so nobody could ask or approve");
    if (c->bot.listen[0] && !is_local(c->bot.listen))
        complain(r, line_of(r, "bot", "listen"), "bot", "listen",
                 "found “%s”; only loopback (127.0.0.1:PORT, [::1]:PORT) or unix:PATH is accepted",
                 c->bot.listen);
    if (!is_zone(c->bot.timezone))
        complain(r, line_of(r, "bot", "timezone"), "bot", "timezone",
                 "found “%s”; allowed: UTC or an IANA name like Australia/Sydney (needs the "
                 "package tzdata)",
                 c->bot.timezone);
}

/* False when the file cannot be read at all; *ret_wrong: something in it is. */
static bool read_file(const char *file, struct config *ret, struct buf *errors, bool *ret_wrong)
{
    *ret = (struct config){ 0 };
    STR_SET(ret->file, file);
    struct reading r = { .config = ret, .errors = errors };
    struct err err = { "" };
    *ret_wrong = true;
    if (!config_lines_open(&r.lines, file, &err)) {
        buf_addf(errors, "%s\n", err.text);
        config_lines_done(&r.lines);
        return false;
    }
    set_fallbacks(&r);
    int bad_line = ini_parse_stream(next_line, &r, on_pair, &r);
    config_lines_done(&r.lines);
    if (bad_line != 0)
        buf_addf(errors,
                 bad_line > 0 ? "%s:%d: this line is not understood\n"
                              : "%s: could not be read (%d)\n",
                 file, bad_line);
    check_required(&r);
    check_together(&r);
    if (r.error_count > LIMIT_CONFIG_ERRORS)
        buf_addf(errors, "%s: and %zu more\n", file, r.error_count - LIMIT_CONFIG_ERRORS);
    config_hide_secrets(errors);
    *ret_wrong = r.error_count > 0 || bad_line != 0;
    return true;
}

bool config_read(const char *file, struct config *ret, struct buf *errors)
{
    bool wrong;
    return read_file(file, ret, errors, &wrong) && !wrong;
}

bool config_read_for_restore(const char *file, struct config *ret, struct buf *errors)
{
    bool wrong;
    if (!read_file(file, ret, errors, &wrong))
        return false;
    return !wrong || (ret->stax.api_url[0] && ret->stax.access_key_file[0] &&
                      ret->stax.secret_key_file[0] && ret->policy.organisation[0]);
}
