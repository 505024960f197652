/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"
#include "core/duration.h"
#include "core/ticket.h"
#include "host/zone.h"
#include "net/address.h"
#include "config/config_files.h"
#include "config/config_lines.h"
#include "config/config_rows.h"

#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What goes along while the file is read. libinih's handler is not told line numbers, but its
   reader is ours and counts them. */
struct reading {
    struct config *config;
    struct buf *errors;
    size_t error_count;
    struct config_lines lines;
    int line;
    int set_at[CONFIG_ROWS];      /* line, 0: not given */
    bool deaf;                    /* what is for hearing alone may be left out */
    bool there[CONFIG_KINDS + 4]; /* by the number of the section; the people's is the last */
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

static void choices_text(const struct setting_choice *choices, char *text, size_t bytes)
{
    text[0] = '\0';
    for (; choices->name; choices++) {
        size_t used = strlen(text);
        snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", choices->name);
    }
}

static bool choose(const struct setting_choice *choices, const char *word, int *ret)
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
    if (!choose(row->setting->choices, value, &chosen)) {
        choices_text(row->setting->choices, allowed, sizeof allowed);
        complain(r, r->line, row->section->name, row->setting->key, "found “%s”; allowed: %s",
                 value, allowed);
    } else if (row->setting->bytes == sizeof(bool)) {
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
    add_typed(&bounds, row->setting->least);
    buf_add(&bounds, " to ");
    add_typed(&bounds, row->setting->most);
    if (duration_read(word, &ms) && ms >= row->setting->least && ms <= row->setting->most) {
        *ret = ms;
        return true;
    }
    complain(r, r->line, row->section->name, row->setting->key,
             "found “%s”; allowed: a duration such as 90s or 45m, from %s", word,
             buf_text(&bounds));
    return false;
}

static void set_number(struct reading *r, const struct config_row *row, const char *value, int *to)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno || end == value || *end || number < row->setting->least ||
        number > row->setting->most)
        complain(r, r->line, row->section->name, row->setting->key,
                 "found “%s”; allowed: a number from %lld to %lld", value,
                 (long long)row->setting->least, (long long)row->setting->most);
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
        complain(r, r->line, row->section->name, row->setting->key,
                 "%s; allowed: at most %d durations", list.problem, (int)LIMIT_REMINDER_STEPS);
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        if (!read_duration(r, row, list.words[i], &read.steps[i]))
            return;
        if (i > 0 && read.steps[i] <= read.steps[i - 1])
            complain(r, r->line, row->section->name, row->setting->key,
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
            complain(r, r->line, row->section->name, row->setting->key,
                     "found “%s”; a role's name is shorter", list->words[i]);
}

static void set_words(struct reading *r, const struct config_row *row, const char *value)
{
    struct list list;
    split(value, LIMIT_ROLES, &list);
    if (list.count == 0 || list.problem[0]) {
        complain(r, r->line, row->section->name, row->setting->key,
                 "found “%s”; allowed: 1 to %d words separated by blanks", value, (int)LIMIT_ROLES);
        return;
    }
    if (!row->setting->choices) {
        set_roles(r, row, &list);
        return;
    }
    unsigned *to = &r->config->policy.approve_with;
    *to = 0;
    for (size_t i = 0; i < list.count; i++) {
        int way = 0;
        if (choose(row->setting->choices, list.words[i], &way))
            *to |= (unsigned)way;
        else
            complain(r, r->line, row->section->name, row->setting->key,
                     "found “%s”; allowed: reaction, button, command", list.words[i]);
    }
}

static void set_path(struct reading *r, const struct config_row *row, const char *value, char *to)
{
    struct config *c = r->config;
    if (!config_files_place(c->file, value, to, row->setting->bytes)) {
        complain(r, r->line, row->section->name, row->setting->key, "the path is too long");
        return;
    }
    if (!value[0] || c->file_count == CONFIG_FILES)
        return;
    struct config_file *file = &c->files[c->file_count++];
    *file = (struct config_file){ .section = row->section->name,
                                  .key = row->setting->key,
                                  .advice = row->setting->advice,
                                  .line = r->line,
                                  .is_secret = row->setting->kind == SETTING_SECRET,
                                  .path = to };
    STR_SET(file->given, value);
}

/* Here, and not when it is used: an address that cannot be used is an error of its line. */
static void set_address(struct reading *r, const struct config_row *row, const char *value,
                        char *to)
{
    struct address address;
    struct err err = { "" };
    bool mail = row->setting->kind == SETTING_MAIL_ADDRESS;
    bool fits = str_copy(to, row->setting->bytes, value);
    if (!value[0])
        return;
    if (!fits)
        err_set(&err, "it is longer than %zu bytes", row->setting->bytes - 1);
    else if (mail ? address_read_mail(value, &address, &err) : address_read(value, &address, &err))
        err_set(&err, mail || strncasecmp(value, "http", 4) == 0
                          ? ""
                          : "the address is no https:// address");
    if (!err.text[0])
        return;
    to[0] = '\0';
    /* The value itself is not shown: a password may stand in it. */
    complain(r, r->line, row->section->name, row->setting->key, "%s; allowed: %s", err.text,
             mail ? "smtps://HOST, smtp://HOST with STARTTLS"
                  : "https://HOST, with a port and a path, without user and password");
}

static void set_value(struct reading *r, const struct config_row *row, const char *value)
{
    void *to = config_value_to_set(r->config, row);
    bool text = row->setting->kind <= SETTING_ANCHOR;
    if (text && row->setting->least && !value[0]) {
        complain(r, r->line, row->section->name, row->setting->key, "must not be empty");
        return;
    }
    switch (row->setting->kind) {
    case SETTING_TEXT:
    case SETTING_UNSHOWN:
        if (!str_copy(to, row->setting->bytes, value))
            complain(r, r->line, row->section->name, row->setting->key,
                     "the value is longer than %zu bytes", row->setting->bytes - 1);
        break;
    case SETTING_ADDRESS:
    case SETTING_MAIL_ADDRESS: set_address(r, row, value, to); break;
    case SETTING_SECRET:
    case SETTING_ANCHOR: set_path(r, row, value, to); break;
    case SETTING_DURATION: read_duration(r, row, value, to); break;
    case SETTING_DURATIONS: set_durations(r, row, value, to); break;
    case SETTING_NUMBER: set_number(r, row, value, to); break;
    case SETTING_WORDS: set_words(r, row, value); break;
    case SETTING_CHOICE: set_choice(r, row, value, to); break;
    }
}

/* ---- people ---- */

/* "slack:ID or matrix:ID" */
static void add_examples(const struct reading *r, const char *between, struct buf *b)
{
    const char *before = "";
    for (size_t i = 0; r->config->kinds[i]; i++)
        if (r->config->kinds[i]->role == ADAPTER_CHAT) {
            buf_addf(b, "%s%s:ID", before, r->config->kinds[i]->venue->name);
            before = between;
        }
}

static void add_identity(struct reading *r, struct person *person, const char *word)
{
    const char *colon = strchr(word, ':');
    char chat[sizeof person->ids[0].chat] = "";
    if (colon && (size_t)(colon - word) < sizeof chat)
        memcpy(chat, word, (size_t)(colon - word));
    if (!colon || !config_chat(r->config, chat) || !colon[1]) {
        CLEANUP(buf_done) struct buf allowed;
        buf_init(&allowed, 256);
        add_examples(r, " or ", &allowed);
        complain(r, r->line, "people", person->key, "found “%s”; allowed: %s", word,
                 buf_text(&allowed));
        return;
    }
    size_t place = person->id_count++;
    STR_SET(person->ids[place].chat, chat);
    if (!STR_SET(person->ids[place].id, colon + 1))
        complain(r, r->line, "people", person->key, "found “%s”; a chat's id is shorter", word);
}

static const char *provider_title(const struct reading *r)
{
    size_t i = 0;
    while (r->config->kinds[i] && r->config->kinds[i]->role != ADAPTER_PROVIDER)
        i++;
    return r->config->kinds[i] ? r->config->kinds[i]->venue->title : "the provider's";
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
        if (people->count == LIMIT_PEOPLE)
            complain(r, r->line, "people", key, "more than %d people", (int)LIMIT_PEOPLE);
        else
            complain(r, r->line, "people", key, "that is no e-mail address or %s user id",
                     provider_title(r));
        return;
    }
    struct person *person = &people->rows[people->count++];
    STR_SET(person->key, key);
    split(value, PERSON_CHAT_IDS, &list);
    if (list.count == 0 || list.problem[0]) {
        CLEANUP(buf_done) struct buf allowed;
        buf_init(&allowed, 256);
        add_examples(r, " and ", &allowed);
        complain(r, r->line, "people", key, "%s; allowed: 1 to %d of %s",
                 list.problem[0] ? list.problem : "no chat identity", (int)PERSON_CHAT_IDS,
                 buf_text(&allowed));
    }
    for (size_t i = 0; i < list.count; i++)
        add_identity(r, person, list.words[i]);
}

/* ---- reading ---- */

/* Their names, and one for the people. */
static const char *section_name(const struct reading *r, size_t n)
{
    const char *name = config_section_name(r->config->kinds, n);
    bool last = !name && (n == 0 || config_section_name(r->config->kinds, n - 1));
    return last ? "people" : name;
}

static void complain_of_section(struct reading *r, const char *section, const char *key,
                                const char *what)
{
    CLEANUP(buf_done) struct buf allowed;
    buf_init(&allowed, 512);
    for (size_t i = 0; section_name(r, i); i++)
        buf_addf(&allowed, "%s%s", i ? ", " : "", section_name(r, i));
    complain(r, r->line, section, key, "%s; allowed: %s", what, buf_text(&allowed));
}

/* Two providers have rules of the same names: those of the one that is there. */
static void set_rules_of(struct reading *r, const char *section)
{
    struct config_row row;
    for (size_t i = 0; config_row_at(r->config->kinds, i, &row); i++)
        if (row.kind && row.kind->role == ADAPTER_PROVIDER && row.setting->fallback &&
            row.setting->home != SETTING_OWN && str_equal(row.section->name, section))
            set_value(r, &row, row.setting->fallback);
}

static bool mark_section(struct reading *r, const char *section)
{
    for (size_t i = 0; section_name(r, i); i++)
        if (str_equal(section_name(r, i), section)) {
            if (!r->there[i])
                set_rules_of(r, section);
            return r->there[i] = true;
        }
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
        complain_of_section(r, line.heading, "", "unknown section");
    return text;
}

static int on_pair(void *arg, const char *section, const char *key, const char *value)
{
    struct reading *r = arg;
    size_t at = config_row_named(r->config->kinds, section, key);
    struct config_row row;
    if (!section[0]) {
        complain_of_section(r, section, key, "stands before any section");
    } else if (!mark_section(r, section)) {
        /* Its heading has been complained about. */
    } else if (str_equal(section, "people")) {
        add_person(r, key, str_or_empty(value));
    } else if (at == CONFIG_ROWS) {
        complain(r, r->line, section, key, "unknown key");
    } else if (r->set_at[at]) {
        complain(r, r->line, section, key, "given twice; first in line %d", r->set_at[at]);
    } else if (config_row_at(r->config->kinds, at, &row)) {
        r->set_at[at] = r->line;
        set_value(r, &row, str_or_empty(value));
    }
    return 1;
}

/* ---- the whole ---- */

static bool section_there(const struct reading *r, const char *section)
{
    for (size_t i = 0; section_name(r, i); i++)
        if (str_equal(section_name(r, i), section))
            return r->there[i];
    return false;
}

static void set_fallbacks(struct reading *r)
{
    struct config_row row;
    for (size_t i = 0; config_row_at(r->config->kinds, i, &row); i++)
        if (row.setting->fallback)
            set_value(r, &row, row.setting->fallback);
}

static void take_provider(struct policy *p, const struct provider *provider)
{
    p->provider = provider;
    if (p->admin_role_count == 0 && STR_SET(p->admin_roles[0], provider->admin_role))
        p->admin_role_count = 1;
}

/* There is always one provider: the first that there is, when none is named. */
static void mark_there(struct reading *r)
{
    struct config *c = r->config;
    size_t first = SIZE_MAX, providers = 0;
    for (size_t i = 0; c->kinds[i]; i++) {
        bool provider = c->kinds[i]->role == ADAPTER_PROVIDER;
        c->there[i] = section_there(r, c->kinds[i]->section->name);
        first = provider && first == SIZE_MAX ? i : first;
        providers += provider && c->there[i];
    }
    if (providers == 0 && first != SIZE_MAX)
        c->there[first] = true;
    size_t there = config_kind_there(c, ADAPTER_PROVIDER);
    if (there != SIZE_MAX)
        take_provider(&c->policy, c->kinds[there]->provider);
    if (providers > 1)
        complain(r, 0, c->kinds[config_kind_there(c, ADAPTER_PROVIDER)]->section->name, "",
                 "one provider at a time, and another one's section is there, too");
}

static void check_required(struct reading *r)
{
    struct config_row row;
    for (size_t i = 0; config_row_at(r->config->kinds, i, &row); i++)
        if (row.kind && r->config->there[row.kind_no] && !row.setting->fallback && !r->set_at[i] &&
            !(r->deaf && str_equal(row.section->ears, row.setting->key)))
            complain(r, 0, row.section->name, row.setting->key, "missing");
}

static int line_of(const struct reading *r, const char *section, const char *key)
{
    return r->set_at[config_row_named(r->config->kinds, section, key)];
}

static void check_chats(struct reading *r)
{
    CLEANUP(buf_done) struct buf names;
    const char *first = "";
    buf_init(&names, 512);
    for (size_t i = 0; r->config->kinds[i]; i++)
        if (r->config->kinds[i]->role == ADAPTER_CHAT) {
            const char *name = r->config->kinds[i]->section->name;
            buf_addf(&names, "%s[%s]", first[0] ? " and " : "", name);
            first = first[0] ? first : name;
        }
    if (config_kind_there(r->config, ADAPTER_CHAT) == SIZE_MAX)
        complain(r, 0, first, "", "at least one of %s is needed", buf_text(&names));
}

static void check_sections(struct reading *r)
{
    for (size_t i = 0; r->config->kinds[i]; i++) {
        const struct setting_section *section = r->config->kinds[i]->section;
        const char *key = "";
        struct err err = { "" };
        if (r->config->there[i] && section->fits && !section->fits(&r->config->own[i], &key, &err))
            complain(r, line_of(r, section->name, key), section->name, key, "%s", err.text);
    }
}

static void check_together(struct reading *r)
{
    struct config *c = r->config;
    const struct policy *p = &c->policy;
    check_chats(r);
    check_sections(r);
    if (!ticket_url_is_fine(p->ticket_url))
        complain(r, line_of(r, "policy", "ticket_url"), "policy", "ticket_url",
                 "allowed: an https address with a path and at most one {ticket} behind the host, "
                 "like https://tickets.example.com/browse/{ticket}");
    if (p->min_window > p->max_window)
        complain(r, line_of(r, "policy", "min_window"), "policy", "min_window",
                 "is longer than max_window");
    if (p->default_window < p->min_window || p->default_window > p->max_window)
        complain(r, line_of(r, "policy", "default_window"), "policy", "default_window",
                 "is not between min_window and max_window");
    if (p->mailbox_proof == MAILBOX_CODE && config_kind_there(c, ADAPTER_MAIL) == SIZE_MAX)
        complain(r, 0, "mail", "", "mailbox_proof = code needs [mail]");
    if (p->alarm_mail[0] && config_kind_there(c, ADAPTER_MAIL) == SIZE_MAX)
        complain(r, line_of(r, "alarm", "mail"), "alarm", "mail",
                 "needs [mail]: by which server mail goes out");
    if (config_kind_there(c, ADAPTER_ALARM) != SIZE_MAX && !p->alarm_mail[0] &&
        !p->alarm_command[0])
        complain(r, 0, "alarm", "", "neither mail nor command is there: nobody would hear of it");
    if (!p->remind_overdue.count)
        complain(r, line_of(r, "policy", "remind_overdue"), "policy", "remind_overdue",
                 "at least one step is needed: an overdue window is never silent");
    if (c->people.count == 0)
        complain(r, 0, "people", "", "nobody is listed, so nobody could ask or approve");
    struct address_listen listen;
    if (c->bot.listen[0] && !address_read_listen(c->bot.listen, &listen))
        complain(r, line_of(r, "bot", "listen"), "bot", "listen",
                 "found “%s”; only loopback (127.0.0.1:PORT, [::1]:PORT) or unix:PATH is accepted",
                 c->bot.listen);
    if (!zone_is_named(c->bot.timezone))
        complain(r, line_of(r, "bot", "timezone"), "bot", "timezone",
                 "found “%s”; allowed: UTC or an IANA name like Australia/Sydney (needs the "
                 "package tzdata)",
                 c->bot.timezone);
}

/* False when the file cannot be read at all; *ret_wrong: something in it is. */
static bool read_file(const char *file, bool deaf, struct config *ret, struct buf *errors,
                      bool *ret_wrong)
{
    STR_SET(ret->file, file);
    struct reading r = { .config = ret, .errors = errors, .deaf = deaf };
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
    mark_there(&r);
    check_required(&r);
    check_together(&r);
    if (r.error_count > LIMIT_CONFIG_ERRORS)
        buf_addf(errors, "%s: and %zu more\n", file, r.error_count - LIMIT_CONFIG_ERRORS);
    config_hide_secrets(errors);
    *ret_wrong = r.error_count > 0 || bad_line != 0;
    return true;
}

static void begin(struct config *c, const struct adapter_kind *const *kinds)
{
    *c = (struct config){ .kinds = kinds, .policy.provider = &provider_none };
    for (size_t i = 0; kinds[i]; i++)
        if (i >= CONFIG_KINDS || kinds[i]->section->bytes > CONFIG_OWN_BYTES ||
            (kinds[i]->role == ADAPTER_PROVIDER && !kinds[i]->provider))
            abort(); /* the table of adapters is wrong, whatever the file says */
}

bool config_read(const char *file, const struct adapter_kind *const *kinds, struct config *ret,
                 struct buf *errors)
{
    bool wrong;
    begin(ret, kinds);
    return read_file(file, false, ret, errors, &wrong) && !wrong;
}

bool config_read_without_ears(const char *file, const struct adapter_kind *const *kinds,
                              struct config *ret, struct buf *errors)
{
    bool wrong;
    begin(ret, kinds);
    return read_file(file, true, ret, errors, &wrong) && !wrong;
}

/* Every text that the provider cannot be without. */
static bool can_restore(const struct config *c)
{
    size_t provider = config_kind_there(c, ADAPTER_PROVIDER);
    struct config_row row;
    for (size_t i = 0; config_row_at(c->kinds, i, &row); i++)
        if (row.kind && row.kind_no == provider && row.setting->kind <= SETTING_ANCHOR &&
            row.setting->least && !((const char *)config_value(c, &row))[0])
            return false;
    return provider != SIZE_MAX;
}

bool config_read_for_restore(const char *file, const struct adapter_kind *const *kinds,
                             struct config *ret, struct buf *errors)
{
    bool wrong;
    begin(ret, kinds);
    return read_file(file, false, ret, errors, &wrong) && (!wrong || can_restore(ret));
}

/* ---- who is in it ---- */

const struct adapter_kind *config_chat(const struct config *c, const char *name)
{
    for (size_t i = 0; c->kinds[i]; i++)
        if (c->kinds[i]->role == ADAPTER_CHAT && str_equal(c->kinds[i]->venue->name, name))
            return c->kinds[i];
    return NULL;
}

size_t config_kind_there(const struct config *c, enum adapter_role role)
{
    for (size_t i = 0; c->kinds[i]; i++)
        if (c->kinds[i]->role == role && c->there[i])
            return i;
    return SIZE_MAX;
}

bool config_serves(const struct config *c, const char *chat)
{
    for (size_t i = 0; c->kinds[i]; i++)
        if (c->kinds[i]->role == ADAPTER_CHAT && str_equal(c->kinds[i]->venue->name, chat))
            return c->there[i];
    return false;
}
