/* SPDX-License-Identifier: Apache-2.0 */
/* The example that is shipped and the reference of settings name every key, with its default where
   it has one, and no other. */
#include "core/base.h"
#include "core/duration.h"
#include "cli/kinds.h"
#include "config/config.h"
#include "config/config_changes.h"
#include "config/config_rows.h"

#include "tests/unit/unit.h"

#include <unistd.h>

enum { LINES_MOST = 400, LINE_BYTES = 512 };
static const char settings[] = "deploy/docs/settings.md";

/* "key = value" of a line, also behind "#"; false for everything else: a comment is a sentence. */
static bool setting_of(char *line, char **ret_key, char **ret_value)
{
    line += line[0] == '#';
    size_t bytes = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789_");
    char *equals = line + bytes;
    if (bytes == 0 || strncmp(equals, " =", 2) != 0)
        return false;
    *ret_value = equals + 2 + strspn(equals + 2, " ");
    (*ret_value)[strcspn(*ret_value, "\n")] = '\0';
    *equals = '\0';
    *ret_key = line;
    return true;
}

static bool section_of(const char *line, char ret[LINE_BYTES])
{
    return sscanf(line + (line[0] == '#'), "[%63[a-z]]", ret) == 1;
}

static void the_example_names_every_key_with_its_default(void **state)
{
    (void)state;
    FILE *f = fopen("deploy/reguard.conf", "r");
    char line[LINE_BYTES], section[LINE_BYTES] = "", *key, *value;
    int seen[CONFIG_ROWS] = { 0 }, lines = 0;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) && lines++ < LINES_MOST) {
        size_t at;
        if (section_of(line, section) || str_equal(section, "people") ||
            !setting_of(line, &key, &value))
            continue;
        struct config_row row;
        at = config_row_named(adapter_kinds, section, key);
        if (!config_row_at(adapter_kinds, at, &row))
            fail_msg("[%s] %s is no key", section, key);
        const char *fallback = str_or_empty(row.setting->fallback);
        if (fallback[0] && !str_equal(fallback, value))
            fail_msg("[%s] %s stands there as “%s”, its default is “%s”", section, key, value,
                     fallback);
        seen[at]++;
    }
    fclose(f);
    assert_true(lines < LINES_MOST);
    struct config_row row;
    for (size_t i = 0; config_row_at(adapter_kinds, i, &row); i++)
        if (seen[i] != 1)
            fail_msg("[%s] %s stands there %d times", row.section->name, row.setting->key, seen[i]);
}

/* The section of a provider that is not this one; all are, for NULL and what stands open. */
static bool is_of_another(const char *section, const struct adapter_kind *provider)
{
    for (size_t i = 0; provider && adapter_kinds[i]; i++)
        if (adapter_kinds[i]->role == ADAPTER_PROVIDER && adapter_kinds[i] != provider &&
            str_equal(adapter_kinds[i]->section->name, section))
            return true;
    return false;
}

/* The example, for a provider with everything that stands behind "#" and without the sections of
   the others. */
static void read_example(const struct adapter_kind *provider, struct buf *text)
{
    char line[LINE_BYTES], copy[LINE_BYTES], section[LINE_BYTES] = "", *key, *value;
    FILE *f = fopen("deploy/reguard.conf", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        str_copy(copy, sizeof copy, line);
        bool counts = section_of(line, section) || setting_of(copy, &key, &value);
        if (!counts || !is_of_another(section, provider))
            buf_add(text, line + (provider && counts && line[0] == '#'));
    }
    fclose(f);
}

static void example_is_taken(const char *file, const struct adapter_kind *provider)
{
    static struct config config;
    CLEANUP(buf_done) struct buf text, errors;
    buf_init(&text, 64 * 1024);
    buf_init(&errors, 64 * 1024);
    read_example(provider, &text);
    unit_write(file, buf_text(&text), text.bytes);
    if (!config_read(file, adapter_kinds, &config, &errors))
        fail_msg("%s", buf_text(&errors));
    if (provider)
        assert_ptr_equal(config.policy.provider, provider->provider);
}

/* As it stands, and with every section and setting that stands there behind "#", for each provider
   in turn: whoever takes the sign away gets what the line says. */
static void the_example_is_taken(void **state)
{
    (void)state;
    static char folder[] = "/tmp/reguard-shipped-XXXXXX";
    char file[64];
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/reguard.conf", folder);
    example_is_taken(file, NULL);
    for (size_t i = 0; adapter_kinds[i]; i++)
        if (adapter_kinds[i]->role == ADAPTER_PROVIDER)
            example_is_taken(file, adapter_kinds[i]);
    unlink(file);
    rmdir(folder);
}

/* ---- the reference ---- */

static void add_default(struct buf *b, const struct config_row *row)
{
    const char *fallback = row->setting->fallback;
    if (str_or_empty(fallback)[0])
        buf_addf(b, "`%s`", fallback);
    else
        buf_add(b, fallback ? "empty" : row->kind ? "must be given" : "the provider's");
}

static void add_choices(struct buf *b, const struct setting *s, const char *last)
{
    for (size_t i = 0; s->choices[i].name; i++)
        buf_addf(b, "%s%s", !i ? "" : s->choices[i + 1].name ? ", " : last, s->choices[i].name);
}

static void add_range(struct buf *b, const struct setting *s)
{
    const char *empty = s->least > 0 || !s->fallback ? "" : " or empty";
    switch (s->kind) {
    case SETTING_TEXT:
    case SETTING_UNSHOWN: buf_addf(b, "text%s", empty); return;
    case SETTING_ADDRESS: buf_addf(b, "https address%s", empty); return;
    case SETTING_MAIL_ADDRESS: buf_addf(b, "smtp or smtps address%s", empty); return;
    case SETTING_SECRET: buf_addf(b, "file with a secret%s", empty); return;
    case SETTING_ANCHOR: buf_addf(b, "file with certificates%s", empty); return;
    case SETTING_DURATION:
        if (s->least)
            duration_add_typed(b, s->least);
        buf_addf(b, "%s to ", s->least ? "" : "0s");
        duration_add_typed(b, s->most);
        return;
    case SETTING_DURATIONS:
        buf_addf(b, "at most %d, each later than the one before, up to ",
                 (int)LIMIT_REMINDER_STEPS);
        duration_add_typed(b, s->most);
        return;
    case SETTING_NUMBER: buf_addf(b, "%d to %d", (int)s->least, (int)s->most); return;
    case SETTING_WORDS:
        buf_add(b, s->choices ? "one or more of " : "");
        if (s->choices)
            add_choices(b, s, ", ");
        else
            buf_addf(b, "1 to %d words", (int)LIMIT_ROLES);
        return;
    case SETTING_CHOICE: add_choices(b, s, " or "); return;
    }
}

static void add_heading(struct buf *b, const struct config_row *row)
{
    buf_addf(b, "## [%s]", row->section->name);
    if (row->kind)
        buf_addf(b, ", of the adapter %s", row->kind->venue->name);
}

/* Up to the sentence. */
static void add_row(struct buf *b, const struct config_row *row)
{
    const struct setting *s = row->setting;
    buf_addf(b, "| `%s` | ", s->key);
    add_default(b, row);
    buf_add(b, " | ");
    add_range(b, s);
    buf_addf(b, " | %s | ", config_counts(row) == CONFIG_RESTART ? "a restart" : "a reload");
}

/* The next heading or row of a setting. */
static bool next_line(FILE *f, char line[LINE_BYTES])
{
    while (fgets(line, LINE_BYTES, f))
        if ((strncmp(line, "## [", 4) == 0 && strncmp(line, "## [people]", 11) != 0) ||
            strncmp(line, "| `", 3) == 0)
            return true;
    return false;
}

static void expect_heading(FILE *f, const struct config_row *row, char line[LINE_BYTES])
{
    CLEANUP(buf_done) struct buf wanted;
    buf_init(&wanted, LINE_BYTES);
    add_heading(&wanted, row);
    if (!next_line(f, line))
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (!str_equal(line, buf_text(&wanted)))
        fail_msg("%s: next comes “%s” there, and here “%s”", settings, line, buf_text(&wanted));
}

static void expect_row(FILE *f, const struct config_row *row, char line[LINE_BYTES])
{
    CLEANUP(buf_done) struct buf wanted;
    buf_init(&wanted, LINE_BYTES);
    add_row(&wanted, row);
    if (!next_line(f, line))
        line[0] = '\0';
    if (strncmp(line, buf_text(&wanted), wanted.bytes) != 0)
        fail_msg("%s, [%s]: next comes “%s…” and a sentence; there stands: %s", settings,
                 row->section->name, buf_text(&wanted), line);
    const char *sentence = line + wanted.bytes;
    if (strlen(sentence) < 10 || !str_equal(sentence + strlen(sentence) - 4, ". |\n"))
        fail_msg("%s, [%s] %s: it has no sentence", settings, row->section->name,
                 row->setting->key);
}

/* As the rows have it, in their order. */
static void the_reference_has_every_row(void **state)
{
    (void)state;
    FILE *f = fopen(settings, "r");
    char line[LINE_BYTES];
    assert_non_null(f);
    struct config_row row;
    const struct setting_section *section = NULL;
    for (size_t i = 0; config_row_at(adapter_kinds, i, &row); i++) {
        if (row.section != section)
            expect_heading(f, &row, line);
        section = row.section;
        expect_row(f, &row, line);
    }
    if (next_line(f, line))
        fail_msg("%s: behind the last setting there stands: %s", settings, line);
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_has_every_row),
        cmocka_unit_test(the_example_names_every_key_with_its_default),
        cmocka_unit_test(the_example_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
