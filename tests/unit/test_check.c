/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard check` where answers do not come: one clear line for each that is waited for, and the
   end of it. */
#include "tests/unit/unit_homeserver.h"

#include "cli/bot.h"

#include <fcntl.h>

/* ---- a configuration, and what check says of it ---- */

static const char SLACK[] = "[slack]\napp_token_file = %s/app\nbot_token_file = %s/bot\n"
                            "team = T1\nchannel = C1\napi_url = https://slack.example.org/api/\n",
                  MATRIX[] = "[matrix]\nhomeserver = https://hs.example.org\nuser = " OUR_USER
                             "\nroom = " OUR_ROOM
                             "\naccess_token_file = %s/token\nprefix = !reguard\n";

static char said[16384];

static void write_config(const char *path, const char *chat, const char *people)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "[bot]\nstate_dir = %s\n", hs.folder);
    for (const char *at = chat; *at; at++)
        if (at[0] == '%' && at[1] == 's')
            fputs(hs.folder, f), at++;
        else
            fputc(*at, f);
    fprintf(f, "[stax]\naccess_key_file = %s/token\nsecret_key_file = %s/token\n", hs.folder,
            hs.folder);
    fprintf(f, "organisation = 5a170000-0000-4000-8000-000000000001\n[people]\n%s", people);
    assert_int_equal(fclose(f), 0);
}

static void write_secret(const char *name, const char *text)
{
    const char *path = unit_path(hs.folder, name);
    unit_write(path, text, strlen(text));
    assert_int_equal(chmod(path, 0600), 0);
}

/* True when all was fine. */
static bool checks(const char *chat, const char *people)
{
    const char *config = unit_path(hs.folder, "conf"), *out = unit_path(hs.folder, "out");
    struct arena arena;
    size_t bytes;
    write_config(config, chat, people);
    write_secret("app", "xapp-1");
    write_secret("bot", "xoxb-1");
    fflush(stdout);
    int kept = dup(1), fd = open(out, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(kept >= 0 && fd >= 0 && dup2(fd, 1) == 1);
    int status = cli_check(config, false);
    fflush(stdout);
    assert_int_equal(dup2(kept, 1), 1);
    close(fd);
    close(kept);
    arena_init(&arena, sizeof said);
    STR_SET(said, unit_read(&arena, out, &bytes));
    arena_done(&arena);
    unlink(config);
    unlink(out);
    unlink(unit_path(hs.folder, "app"));
    unlink(unit_path(hs.folder, "bot"));
    return status == 0;
}

static size_t times_said(const char *what)
{
    size_t count = 0;
    for (const char *at = said; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

static void assert_said_once(const char *what)
{
    if (times_said(what) != 1)
        fail_msg("“%s” is said %zu times in: %s", what, times_said(what), said);
}

#define NO_SLACK "Slack: no connection in time"
#define NO_HOMESERVER "[matrix] homeserver: no answer of the homeserver in time"
#define NO_STAX "[stax] api_url: no answer in time; compare api_url"
#define WHO "no chat told in time who they are"

/* ---- tests ---- */

static void each_that_does_not_answer_has_its_line(void **state)
{
    (void)state;
    assert_false(checks(SLACK, "ada@example.com = slack:UADA1\n"));
    assert_said_once(NO_SLACK);
    assert_said_once(NO_STAX);
    assert_int_equal(times_said(WHO), 0); /* nobody was asked for yet */
}

static void so_has_a_homeserver(void **state)
{
    (void)state;
    hangs("GET /");
    assert_false(checks(MATRIX, "ada@example.com = matrix:@ada:example.org\n"));
    assert_said_once(NO_HOMESERVER);
    assert_said_once(NO_STAX);
}

/* Slack has answered: of it that is said, and of the other that it did not. */
static void who_refuses_is_not_late(void **state)
{
    (void)state;
    says("POST auth.test", 200, "{\"ok\":false,\"error\":\"invalid_auth\"}");
    assert_false(checks(SLACK, "ada@example.com = slack:UADA1\n"));
    assert_said_once("Slack refuses the bot token (invalid_auth)");
    assert_int_equal(times_said(NO_SLACK), 0);
    assert_said_once(NO_STAX);
}

static void people_of_whom_nothing_is_told_are_counted(void **state)
{
    (void)state;
    hangs("GET /state/m.room.member/%40ada");
    hangs("GET /state/m.room.member/%40ben");
    breaks("GET staxapp.cloud", -1); /* that it cannot be reached is an answer */
    assert_false(checks(MATRIX, "ada@example.com = matrix:@ada:example.org\n"
                                "ben@example.com = matrix:@ben:example.org\n"));
    assert_said_once("of 2 in [people] " WHO);
    assert_int_equal(times_said(NO_STAX) + times_said(NO_HOMESERVER), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_that_does_not_answer_has_its_line),
        TEST(so_has_a_homeserver),
        TEST(who_refuses_is_not_late),
        TEST(people_of_whom_nothing_is_told_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
