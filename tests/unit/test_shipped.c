/* The example that is shipped names every key, with its default where it has one, and no other. */
#include "core/base.h"
#include "cli/kinds.h"
#include "config/config.h"
#include "config/config_rows.h"

#include "tests/unit/unit.h"

#include <unistd.h>

enum { LINES_MOST = 400, LINE_BYTES = 512 };

/* "key = value" of a line, also behind "#"; false for everything else: a comment is a sentence. */
static bool setting_of(char *line, char **ret_key, char **ret_value)
{
    line += line[0] == '#';
    size_t bytes = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
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

/* Also with every section and setting that stands there behind "#": whoever takes the sign away
   gets what the line says. */
static void the_example_is_taken(void **state)
{
    (void)state;
    static char folder[] = "/tmp/reguard-shipped-XXXXXX";
    static struct config config;
    char file[64], line[LINE_BYTES], copy[LINE_BYTES], *key, *value;
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/reguard.conf", folder);
    for (int whole = 0; whole <= 1; whole++) {
        CLEANUP(buf_done) struct buf text, errors;
        buf_init(&text, 64 * 1024);
        buf_init(&errors, 64 * 1024);
        FILE *f = fopen("deploy/reguard.conf", "r");
        assert_non_null(f);
        while (fgets(line, sizeof line, f)) {
            char section[LINE_BYTES];
            str_copy(copy, sizeof copy, line);
            bool hidden = line[0] == '#' &&
                          (section_of(line, section) || setting_of(copy, &key, &value));
            buf_add(&text, line + (whole && hidden));
        }
        fclose(f);
        unit_write(file, buf_text(&text), text.bytes);
        if (!config_read(file, adapter_kinds, &config, &errors))
            fail_msg("%s", buf_text(&errors));
    }
    unlink(file);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_names_every_key_with_its_default),
        cmocka_unit_test(the_example_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
