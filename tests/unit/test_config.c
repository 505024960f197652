/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: every rule of its format, every error with its line, all of them at
   once. */
#include "tests/unit/unit.h"

#include "adapters/mail/settings.h"
#include "adapters/matrix/settings.h"
#include "adapters/slack/settings.h"
#include "adapters/stax/settings.h"
#include "cli/kinds.h"
#include "config/config.h"
#include "config/config_changes.h"
#include "config/config_files.h"
#include "config/config_rows.h"
#include "host/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whole and valid; what a case adds begins in line 13. */
static const char BASE[] = "[slack]\n"
                           "app_token_file = app\n"
                           "bot_token_file = bot\n"
                           "team = T0123456789\n"
                           "channel = C0123456789\n"
                           "[stax]\n"
                           "access_key_file = access\n"
                           "secret_key_file = secret\n"
                           "organisation = 5c1d0000-0000-4000-8000-000000000000\n"
                           "[people]\n"
                           "ada@example.com = slack:U0AAA matrix:@ada:example.com\n"
                           "ben@example.com = slack:U0BBB\n";

static char folder[] = "/tmp/reguard-config-XXXXXX";
static char file[64];
static struct config *config;
static struct buf errors;

static size_t at(const char *section)
{
    size_t i = 0;
    while (!str_equal(adapter_kinds[i]->section->name, section))
        i++;
    return i;
}

static bool is_there(const char *section) { return config->there[at(section)]; }

#define SETTINGS(name) ((const struct name##_settings *)(const void *)&config->own[at(#name)])

static int set_up(void **state)
{
    (void)state;
    config = calloc(1, sizeof *config);
    buf_init(&errors, 256 * 1024);
    unsetenv("CREDENTIALS_DIRECTORY");
    if (!config || !mkdtemp(folder))
        return -1;
    snprintf(file, sizeof file, "%s/reguard.conf", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(file);
    rmdir(folder);
    free(config);
    buf_done(&errors);
    return 0;
}

static bool read_bytes(const void *bytes, size_t count)
{
    unit_write(file, bytes, count);
    buf_clear(&errors);
    return config_read(file, adapter_kinds, config, &errors);
}

static bool read_text(const char *text) { return read_bytes(text, strlen(text)); }

static bool read_base_and(const char *more)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64 * 1024);
    buf_addf(&b, "%s%s", BASE, more);
    return read_text(buf_text(&b));
}

static void assert_fine(bool fine)
{
    assert_string_equal(buf_text(&errors), "");
    assert_true(fine);
}

/* wanted: lines that begin where the file's name ends. */
static void assert_errors(bool fine, const char *wanted)
{
    CLEANUP(buf_done) struct buf all;
    buf_init(&all, 64 * 1024);
    for (const char *line = wanted; *line;) {
        size_t bytes = strcspn(line, "\n");
        buf_addf(&all, "%s%.*s\n", file, (int)bytes, line);
        line += bytes + (line[bytes] == '\n');
    }
    assert_string_equal(buf_text(&errors), buf_text(&all));
    assert_false(fine);
}

/* ---- what is read ---- */

static void defaults_are_those_of_the_handbook(void **state)
{
    (void)state;
    assert_fine(read_text(BASE));
    const struct policy *p = &config->policy;
    assert_string_equal(config->bot.state_dir, "/var/lib/reguard");
    assert_string_equal(config->bot.listen, "127.0.0.1:9464");
    assert_int_equal(config->bot.log_level, LOG_INFO);
    assert_int_equal(config->bot.log_format, LOG_TEXT);
    assert_string_equal(config->bot.timezone, "UTC");
    assert_true(is_there("slack") && !is_there("matrix") && !is_there("mail"));
    assert_string_equal(SETTINGS(slack)->command, "/reguard");
    assert_string_equal(SETTINGS(slack)->api_url, "https://slack.com/api/");
    assert_string_equal(SETTINGS(slack)->ca_file, "");
    assert_string_equal(SETTINGS(stax)->api_url, "https://api.au1.staxapp.cloud");
    assert_string_equal(SETTINGS(stax)->login_url, "");
    assert_int_equal(SETTINGS(stax)->request_timeout, 15 * MS_SECOND);
    assert_int_equal(p->poll_lifted, MS_MINUTE);
    assert_int_equal(p->poll_idle, 10 * MS_MINUTE);
    assert_int_equal(p->poll_task, 5 * MS_SECOND);
    assert_int_equal(p->verify_gap, 10 * MS_SECOND);
    assert_int_equal(p->lift_gives_up, 30 * MS_MINUTE);
    assert_int_equal(p->admin_role_count, 1);
    assert_string_equal(p->admin_roles[0], "customer_admin");
    assert_int_equal(p->approvals, 1);
    assert_int_equal(p->acts_per_day, 200);
    assert_int_equal(p->approve_with, APPROVE_BY_REACTION | APPROVE_BY_BUTTON | APPROVE_BY_COMMAND);
    assert_int_equal(p->min_window, 5 * MS_MINUTE);
    assert_int_equal(p->default_window, MS_HOUR);
    assert_int_equal(p->max_window, 4 * MS_HOUR);
    assert_int_equal(p->request_expires, 30 * MS_MINUTE);
    assert_false(p->require_ticket);
    assert_int_equal(p->ownership, OWNERSHIP_DIRECT);
    assert_int_equal(p->mailbox_proof, MAILBOX_CONFIRM);
    assert_int_equal(p->on_deadline, DEADLINE_REMIND);
    assert_int_equal(p->remind_pending.count, 3);
    assert_int_equal(p->remind_overdue.count, 5);
    assert_int_equal(p->remind_overdue.steps[0], 0);
    assert_int_equal(p->remind_overdue.steps[4], MS_HOUR);
    assert_int_equal(p->warn_before, 5 * MS_MINUTE);
    assert_int_equal(p->watch_after, MS_DAY);
    assert_string_equal(p->escalate, "<!here>");
    assert_string_equal(p->approve_reaction, "white_check_mark");
    assert_string_equal(p->decline_reaction, "x");
    assert_int_equal(config->people.count, 2);
    assert_string_equal(config->people.rows[0].ids[1].id, "@ada:example.com");
}

static void every_key_can_be_given(void **state)
{
    (void)state;
    assert_fine(read_text(
        "[bot]\nstate_dir = /srv/reguard\nlisten =\nlog_level = debug\nlog_format = json\ntimezone "
        "= Australia/Sydney\n"
        "[slack]\napp_token_file = /a\nbot_token_file = b\nteam = T1\nchannel = C1\ncommand = "
        "/rg\napi_url = https://slack-gov.com/api/\nca_file = ca\n"
        "approve_reaction = +1\ndecline_reaction = -1\n"
        "[matrix]\nhomeserver = https://m.example.com\naccess_token_file = m\nuser = "
        "@r:example.com\nroom = !a:example.com\nprefix = !rg\nca_file = /mca\n"
        "[stax]\napi_url = https://localhost:1\naccess_key_file = x\nsecret_key_file = "
        "y\norganisation = o\nlogin_url = https://l/\nidentity_url = https://i/\nca_file = z\n"
        "poll_lifted = 100ms\npoll_idle = 1d\npoll_task = 10m\nverify_gap = 100ms\nrequest_timeout "
        "= 2m\nlift_gives_up = 1s\n"
        "[policy]\nadmin_roles = customer_admin customer_root\napprovals = 2\nacts_per_day = "
        "20\napprove_with = "
        "button\nmin_window = 1s\ndefault_window = 2s\nmax_window = 1d\n"
        "request_expires = 7d\nrequire_ticket = yes\nticket_url = "
        "https://t.example.com/browse/\nownership = resold\nmailbox_proof = "
        "code\non_deadline = restore\nremind_pending =\nwarn_before = 0s\n"
        "remind_overdue = 0s 1h30m\nwatch_after = 30d\nescalate =\n"
        "[mail]\nsmtp_url = smtps://mail\nfrom = r@example.com\nusername = r\npassword_file = p\n"
        "[people]\n7c0e0000-0000-4000-8000-000000000001 = matrix:@a:example.com\n"));
    const struct policy *p = &config->policy;
    assert_true(is_there("slack") && is_there("matrix") && is_there("mail"));
    assert_string_equal(config->bot.listen, "");
    assert_int_equal(config->bot.log_format, LOG_JSON);
    assert_string_equal(SETTINGS(slack)->app_token_file, "/a");
    assert_string_equal(SETTINGS(matrix)->ca_file, "/mca");
    assert_string_equal(p->admin_roles[1], "customer_root");
    assert_int_equal(p->approve_with, APPROVE_BY_BUTTON);
    assert_true(p->require_ticket);
    assert_string_equal(p->ticket_url, "https://t.example.com/browse/");
    assert_int_equal(p->ownership, OWNERSHIP_RESOLD);
    assert_int_equal(p->mailbox_proof, MAILBOX_CODE);
    assert_int_equal(p->on_deadline, DEADLINE_RESTORE);
    assert_int_equal(p->remind_pending.count, 0);
    assert_int_equal(p->remind_overdue.steps[1], 90 * MS_MINUTE);
    assert_string_equal(p->escalate, "");
    assert_string_equal(SETTINGS(mail)->from, "r@example.com");
}

static void paths_are_absolute_or_beside_or_credentials(void **state)
{
    (void)state;
    char wanted[128];
    assert_fine(
        read_base_and("[matrix]\nhomeserver = https://h\naccess_token_file = /etc/m\nuser = "
                      "u\nroom = r\nca_file = sub/ca.pem\n"));
    snprintf(wanted, sizeof wanted, "%s/app", folder);
    assert_string_equal(SETTINGS(slack)->app_token_file, wanted);
    assert_string_equal(SETTINGS(matrix)->access_token_file, "/etc/m");
    snprintf(wanted, sizeof wanted, "%s/sub/ca.pem", folder);
    assert_string_equal(SETTINGS(matrix)->ca_file, wanted);
    assert_string_equal(SETTINGS(stax)->ca_file, "");
    setenv("CREDENTIALS_DIRECTORY", "/run/credentials/reguard.service", 1);
    bool fine = read_base_and(
        "[matrix]\nhomeserver = https://h\naccess_token_file = /etc/m\nuser = u\nroom = r\n");
    setenv("CREDENTIALS_DIRECTORY", "", 1);
    assert_fine(fine);
    assert_string_equal(SETTINGS(slack)->app_token_file, "/run/credentials/reguard.service/app");
    assert_string_equal(SETTINGS(matrix)->access_token_file, "/etc/m");
    assert_string_equal(SETTINGS(slack)->ca_file, "");
    assert_fine(read_text(BASE));
    snprintf(wanted, sizeof wanted, "%s/access", folder);
    assert_string_equal(SETTINGS(stax)->access_key_file, wanted);
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void a_file_in_the_working_folder_keeps_relative_paths(void **state)
{
    (void)state;
    char before[512];
    assert_non_null(getcwd(before, sizeof before));
    unit_write(file, BASE, strlen(BASE));
    assert_int_equal(chdir(folder), 0);
    buf_clear(&errors);
    bool fine = config_read("reguard.conf", adapter_kinds, config, &errors);
    assert_int_equal(chdir(before), 0);
    assert_fine(fine);
    assert_string_equal(SETTINGS(slack)->app_token_file, "app");
}

static void form_is_forgiving_where_meaning_is_clear(void **state)
{
    (void)state;
    static const char *const more[] = {
        "; comment\n# comment\n\n   ; indented comment\n",
        "[policy]\napprovals = 2      ; inline comment\n",
        "[policy]\napprovals=2\n",
        "[policy]\napprovals : 2\n",
        "[policy]\n  approvals = 2\n\tmin_window = 6m\n",
        "[policy]\n[bot]\n[policy]\napprovals = 2\n",
        "[policy]\r\napprovals = 2\r\n\r\n",
        "[policy]\napprovals = 2",
        "[slack]\nca_file =\n[people]\ncid@example.com = slack:U0CCC\n",
    };
    for (size_t i = 0; i < COUNT(more); i++)
        assert_fine(read_base_and(more[i]));
    assert_int_equal(config->people.count, 3);
    assert_true(is_there("slack"));
    CLEANUP(buf_done) struct buf marked;
    buf_init(&marked, 8192);
    buf_addf(&marked, "\xEF\xBB\xBF%s", BASE);
    assert_fine(read_text(buf_text(&marked)));
}

static void all_line_ends_may_be_those_of_windows(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 8192);
    for (const char *p = BASE; *p; p++)
        buf_add(&b, *p == '\n' ? "\r\n" : (char[]){ *p, '\0' });
    assert_fine(read_text(buf_text(&b)));
    assert_string_equal(SETTINGS(slack)->channel, "C0123456789");
    assert_string_equal(config->people.rows[1].ids[0].id, "U0BBB");
}

/* ---- what is refused ---- */

struct refusal {
    const char *more, *errors;
};

static void refuse(const struct refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_errors(read_base_and(cases[i].more), cases[i].errors);
}

static void unknown_and_repeated_names_are_refused(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { "[slak]\n", ":13: [slak]: unknown section; allowed: bot, store, slack, matrix, stax, "
                      "aws, policy, mail, alarm, people" },
        { "[slak]\nteam = T1\nchannel = C1\n",
          ":13: [slak]: unknown section; allowed: bot, store, "
          "slack, matrix, stax, aws, policy, mail, alarm, people" },
        { "[Slack]\n",
          ":13: [Slack]: unknown section; allowed: bot, store, slack, matrix, stax, aws, policy, "
          "mail, alarm, people" },
        { "[bot]\nstate_dirs = /x\n", ":14: [bot] state_dirs: unknown key" },
        { "[bot]\nteam = T1\n", ":14: [bot] team: unknown key" },
        { "[bot]\nState_dir = /x\n", ":14: [bot] State_dir: unknown key" },
        { "[slack]\nteam = T2\n", ":14: [slack] team: given twice; first in line 4" },
        { "[policy]\napprovals = 1\n\napprovals = 1\n",
          ":16: [policy] approvals: given twice; first in line 14" },
        { "ADA@example.com = slack:U0CCC\n", ":13: [people] ADA@example.com: given twice" },
    };
    refuse(cases, COUNT(cases));
    assert_errors(read_text("team = T1\n"),
                  ":1: team: stands before any section; allowed: bot, store, slack, matrix, stax, "
                  "aws, policy, "
                  "mail, alarm, people\n"
                  ": [stax] access_key_file: missing\n: [stax] secret_key_file: missing\n: [stax] "
                  "organisation: missing\n"
                  ": [slack]: at least one of [slack] and [matrix] is needed\n"
                  ": [people]: nobody is listed, so nobody could ask or approve");
}

static void malformed_lines_are_refused_each(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { "[policy]\nnonsense\napprovals = 2\nmore nonsense ; a = b\n",
          ":14: this line is neither a section, a comment, nor key = value\n"
          ":16: this line is neither a section, a comment, nor key = value" },
        { "[policy\napprovals = 2\n",
          ":13: the section's name has no closing bracket\n:14: [people] approvals: found “2”; "
          "allowed: slack:ID or matrix:ID" },
        { "[policy]\nescalate = \x01\n",
          ":14: the line holds a NUL byte or another control character" },
        { "[policy]\nescalate = a\rb\n",
          ":14: the line holds a NUL byte or another control character" },
        { "[policy]\nescalate = \xC3\x28\n", ":14: the line is not UTF-8" },
        { "[policy]\n= 2\n", ":14: [policy] : unknown key" },
    };
    for (size_t i = 0; i + 1 < COUNT(cases); i++)
        assert_errors(read_base_and(cases[i].more), cases[i].errors);
    assert_false(read_base_and(cases[COUNT(cases) - 1].more));
}

static void nul_bytes_hide_nothing(void **state)
{
    (void)state;
    char text[2048];
    size_t bytes = (size_t)snprintf(text, sizeof text,
                                    "%s[policy]\napprovals = 2#hidden\nrequire_ticket = yes\n",
                                    BASE);
    *strchr(text, '#') = '\0';
    assert_errors(read_bytes(text, bytes),
                  ":14: the line holds a NUL byte or another control character");
    assert_true(config->policy.require_ticket);
}

static void long_lines_and_files_are_refused(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 2 * 1024 * 1024);
    buf_addf(&b, "[policy]\nescalate = %0*d\napprovals = 0\n", 5000, 0);
    assert_errors(read_base_and(buf_text(&b)),
                  ":14: the line is too long\n:15: [policy] approvals: found “0”; allowed: a "
                  "number from 1 to 8");
    buf_clear(&b);
    buf_add(&b, BASE);
    while (b.bytes < 1024 * 1024)
        buf_add(&b, "; filling\n");
    assert_errors(read_text(buf_text(&b)), ": longer than 262144 bytes");
    b.text[LIMIT_CONFIG_BYTES] = '\0';
    b.text[LIMIT_CONFIG_BYTES - 1] = '\n';
    assert_fine(read_text(b.text));
}

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *section, *key, *least, *most, *below, *above;
    } rows[] = {
        { "stax", "poll_lifted", "100ms", "1h", "99ms", "1h1s" },
        { "stax", "poll_idle", "100ms", "1d", "0s", "25h" },
        { "stax", "poll_task", "100ms", "10m", "99ms", "11m" },
        { "stax", "verify_gap", "100ms", "10m", "99ms", "11m" },
        { "stax", "request_timeout", "100ms", "2m", "99ms", "3m" },
        { "aws", "request_timeout", "100ms", "2m", "99ms", "3m" },
        { "aws", "session_duration", "15m", "12h", "14m", "13h" },
        { "stax", "lift_gives_up", "1s", "1d", "999ms", "2d" },
        { "policy", "request_expires", "1s", "7d", "999ms", "8d" },
        { "policy", "warn_before", "0s", "1d", NULL, "2d" },
        { "policy", "watch_after", "0s", "30d", NULL, "31d" },
        { "policy", "approvals", "1", "8", "0", "9" },
        { "policy", "acts_per_day", "1", "2000", "0", "2001" },
        { "policy", "remind_pending", "0s", "7d", NULL, "8d" },
        { "policy", "remind_overdue", "0s", "7d", NULL, "8d" },
    };
    struct config_row row;
    for (size_t i = 0, at = 0; config_row_at(adapter_kinds, i, &row); i++, at = 0) {
        enum setting_kind kind = row.setting->kind;
        /* The three windows bind one another, and are tried together. */
        bool ranged = (kind == SETTING_NUMBER || kind == SETTING_DURATION ||
                       kind == SETTING_DURATIONS) &&
                      !strstr(row.setting->key, "_window");
        /* Rules that every provider has are tried in the section of one. */
        bool shared = row.kind && row.setting->home == SETTING_RULE;
        while (at < COUNT(rows) && !(str_equal(rows[at].key, row.setting->key) &&
                                     (shared || str_equal(rows[at].section, row.section->name))))
            at++;
        if (ranged && at == COUNT(rows))
            fail_msg("[%s] %s: what is its range?", row.section->name, row.setting->key);
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const values[] = { rows[i].least, rows[i].most, rows[i].below,
                                       rows[i].above, "-1s",        "soon",
                                       "1.5m",        "1h1h",       "" };
        for (size_t v = 0; v < COUNT(values); v++) {
            const char *rest = str_equal(rows[i].section, "aws")
                                   ? "region = eu-central-1\naccess_key_id = A\n"
                                     "secret_access_key_file = s\n"
                                   : "";
            char more[256], at[64];
            if (!values[v] || (!values[v][0] && strncmp(rows[i].key, "remind", 6) == 0))
                continue;
            snprintf(more, sizeof more, "[%s]\n%s = %s\n%s", rows[i].section, rows[i].key,
                     values[v], rest);
            snprintf(at, sizeof at, ":14: [%s] %s: found “%s”; allowed: ", rows[i].section,
                     rows[i].key, values[v]);
            bool fine = read_base_and(more);
            assert_int_equal(fine, v < 2);
            assert_int_equal(strstr(buf_text(&errors), at) != NULL, v >= 2);
        }
    }
}

static void choices_and_lists_name_what_is_allowed(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { "[bot]\nlog_level = loud\n",
          ":14: [bot] log_level: found “loud”; allowed: error, warn, info, debug" },
        { "[bot]\nlog_format = xml\n", ":14: [bot] log_format: found “xml”; allowed: text, json" },
        { "[policy]\nrequire_ticket = true\n",
          ":14: [policy] require_ticket: found “true”; allowed: no, yes" },
        { "[policy]\nownership = rented\n",
          ":14: [policy] ownership: found “rented”; allowed: direct, resold" },
        { "[policy]\nmailbox_proof =\n",
          ":14: [policy] mailbox_proof: found “”; allowed: off, confirm, code" },
        { "[policy]\non_deadline = Remind\n",
          ":14: [policy] on_deadline: found “Remind”; allowed: remind, restore" },
        { "[policy]\napprove_with = button shouting\n",
          ":14: [policy] approve_with: found “shouting”; allowed: reaction, button, command" },
        { "[policy]\napprove_with =\n",
          ":14: [policy] approve_with: found “”; allowed: 1 to 16 words separated by blanks" },
        { "[policy]\nadmin_roles =\n",
          ":14: [policy] admin_roles: found “”; allowed: 1 to 16 words separated by blanks" },
        { "[policy]\nadmin_roles = a b c d e f g h i j k l m n o p q\n",
          ":14: [policy] admin_roles: found “a b c d e f g h i j k l m n o p q”; allowed: 1 to 16 "
          "words separated by blanks" },
        { "[policy]\nadmin_roles = "
          "a123456789b123456789c123456789d123456789e123456789f123456789g123\n",
          ":14: [policy] admin_roles: found "
          "“a123456789b123456789c123456789d123456789e123456789f123456789g123”; a role's name is "
          "shorter" },
        { "[policy]\napprovals = 1x\n",
          ":14: [policy] approvals: found “1x”; allowed: a number from 1 to 8" },
        { "[policy]\napprovals = 99999999999999999999\n",
          ":14: [policy] approvals: found “99999999999999999999”; allowed: a number from 1 to 8" },
        { "[policy]\nremind_pending = 5m 5m\n",
          ":14: [policy] remind_pending: found “5m” after “5m”; each step must be later than the "
          "one before" },
        { "[policy]\nremind_overdue = 5m 1m 2h\n",
          ":14: [policy] remind_overdue: found “1m” after “5m”; each step must be later than the "
          "one before" },
        { "[policy]\nremind_overdue = 1s 2s 3s 4s 5s 6s 7s 8s 9s 10s 11s 12s 13s 14s 15s 16s 17s\n",
          ":14: [policy] remind_overdue: too many words; allowed: at most 16 durations" },
        { "[policy]\nremind_overdue =\n", ":14: [policy] remind_overdue: at least one step is "
                                          "needed: an overdue window is never silent" },
    };
    refuse(cases, COUNT(cases));
}

static void an_address_is_looked_at_with_its_line(void **state)
{
    (void)state;
#define ALLOWED "; allowed: https://HOST, with a port and a path, without user and password"
#define MAIL_ALLOWED "; allowed: smtps://HOST, smtp://HOST with STARTTLS"
#define UNLIKE "the address is not in the plain form that is taken here"
    static const struct refusal cases[] = {
        { "[stax]\napi_url = http://stax.example.com\n",
          ":14: [stax] api_url: without TLS only loopback is allowed" ALLOWED },
        { "[stax]\napi_url = https://me:hunter2@stax.example.com\n",
          ":14: [stax] api_url: " UNLIKE ALLOWED },
        { "[stax]\nlogin_url = cognito\nidentity_url = https://\n",
          ":14: [stax] login_url: the address is none of the kinds that are taken here" ALLOWED
          "\n:15: [stax] identity_url: the address has no usable host name" ALLOWED },
        { "[slack]\napi_url = wss://slack.com/api/\n",
          ":14: [slack] api_url: the address is no https:// address" ALLOWED },
        { "[matrix]\nhomeserver = m.example.com\naccess_token_file = t\nuser = u\nroom = r\n",
          ":14: [matrix] homeserver: the address is none of the kinds that are taken "
          "here" ALLOWED },
        { "[mail]\nsmtp_url = https://mail.example.com\nfrom = r@example.com\n",
          ":14: [mail] smtp_url: the address is no smtp:// address" MAIL_ALLOWED },
        { "[mail]\nsmtp_url = smtps://me:hunter2@mail.example.com\nfrom = r@example.com\n",
          ":14: [mail] smtp_url: " UNLIKE MAIL_ALLOWED },
    };
    refuse(cases, COUNT(cases));
    assert_null(strstr(buf_text(&errors), "hunter2"));
}

static void a_token_in_the_wrong_place_is_not_shown(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { "[policy]\napprovals = xoxb-111111111111-secret\n",
          ":14: [policy] approvals: found “(a secret)”; allowed: a number from 1 to 8" },
        { "[policy]\non_deadline = syt_bot_abcdefgh now eyJhbGciOi.J9.e30\n",
          ":14: [policy] on_deadline: found “(a secret) now (a secret)”; allowed: remind, "
          "restore" },
        { "[policy]\non_deadline = xoxo\n",
          ":14: [policy] on_deadline: found “xoxo”; allowed: remind, restore" },
    };
    refuse(cases, COUNT(cases));
    assert_fine(read_base_and("[slack]\nca_file = xapp-1-A0000-secret\n"));
    assert_false(config_files_check(config, "slack", &errors));
    assert_non_null(strstr(buf_text(&errors), "/(a secret)"));
    assert_null(strstr(buf_text(&errors), "A0000"));
}

static void what_must_be_said_is_not_left_empty(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { "[bot]\nstate_dir =\n", ":14: [bot] state_dir: must not be empty" },
        { "[slack]\ncommand =\n", ":14: [slack] command: must not be empty" },
        { "[slack]\napi_url = ; none\n", ":14: [slack] api_url: must not be empty" },
        { "[mail]\nsmtp_url =\nfrom =\n",
          ":14: [mail] smtp_url: must not be empty\n:15: [mail] from: must not be empty" },
        { "[mail]\n", ": [mail] smtp_url: missing\n: [mail] from: missing" },
        { "[matrix]\nprefix = !x\n",
          ": [matrix] homeserver: missing\n: [matrix] access_token_file: missing\n: [matrix] user: "
          "missing\n: [matrix] room: missing" },
        { "cid@example.com =\n", ":13: [people] cid@example.com: no chat identity; allowed: 1 to 4 "
                                 "of slack:ID and matrix:ID" },
    };
    refuse(cases, COUNT(cases));
    assert_errors(read_text("[slack]\n[stax]\norganisation =\n[people]\na@b = slack:U1\n"),
                  ":3: [stax] organisation: must not be empty\n: [slack] app_token_file: "
                  "missing\n: [slack] bot_token_file: missing\n: [slack] team: missing\n"
                  ": [slack] channel: missing\n: [stax] access_key_file: missing\n: [stax] "
                  "secret_key_file: missing");
}

static void people_are_chat_ids_of_known_chats(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { "cid@example.com = irc:cid\n",
          ":13: [people] cid@example.com: found “irc:cid”; allowed: slack:ID or matrix:ID" },
        { "cid@example.com = U0CCC\n",
          ":13: [people] cid@example.com: found “U0CCC”; allowed: slack:ID or matrix:ID" },
        { "cid@example.com = slack: matrix:@c:x\n",
          ":13: [people] cid@example.com: found “slack:”; allowed: slack:ID or matrix:ID" },
        { "cid@example.com = Slack:U1\n",
          ":13: [people] cid@example.com: found “Slack:U1”; allowed: slack:ID or matrix:ID" },
        { "cid@example.com = slack:U1 slack:U2 slack:U3 slack:U4 slack:U5\n",
          ":13: [people] cid@example.com: too many words; allowed: 1 to 4 of slack:ID and "
          "matrix:ID" },
        { "cid example.com = slack:U1\n",
          ":13: [people] cid example.com: that is no e-mail address or Stax user id" },
    };
    refuse(cases, COUNT(cases));
    char more[256], id[140];
    snprintf(id, sizeof id, "@%0120d:m.org", 7);
    snprintf(more, sizeof more, "cid@example.com = matrix:%s\n", id);
    assert_fine(read_base_and(more));
    assert_string_equal(config->people.rows[2].ids[0].id, id);
    snprintf(id, sizeof id, "@%0122d:m.org", 7);
    snprintf(more, sizeof more, "cid@example.com = matrix:%s\n", id);
    assert_false(read_base_and(more));
}

static void no_more_people_than_fit(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64 * 1024);
    for (int i = 0; i < LIMIT_PEOPLE - 2; i++)
        buf_addf(&b, "p%d@example.com = slack:U%d\n", i, i);
    assert_fine(read_base_and(buf_text(&b)));
    assert_int_equal(config->people.count, LIMIT_PEOPLE);
    buf_add(&b, "one@example.com = slack:U9\n");
    assert_errors(read_base_and(buf_text(&b)),
                  ":267: [people] one@example.com: more than 256 people");
}

static void only_loopback_is_listened_on(void **state)
{
    (void)state;
    static const struct {
        const char *listen;
        bool fine;
    } cases[] = {
        { "127.0.0.1:9464", true },
        { "127.8.9.10:1", true },
        { "127.0.0.1:0", false },
        { "127.0.0.1:65535", true },
        { "[::1]:9464", true },
        { "unix:/run/reguard/health.sock", true },
        { "", true },
        { "0.0.0.0:9464", false },
        { "192.0.2.1:9464", false },
        { "localhost:9464", false },
        { "127.0.0.1", false },
        { "127.0.0.1:", false },
        { "127.0.0.1:65536", false },
        { "127.0.0.1:http", false },
        { "127.0.0.1:99999999999999999999", false },
        { "127.example.com:9464", false },
        { "127.0.0.1.example.com:80", false },
        { "[::]:9464", false },
        { "::1:9464", false },
        { "[::1]", false },
        { "unix:", false },
        { "unix:relative", false },
        { ":9464", false },
        { "9464", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char more[128];
        snprintf(more, sizeof more, "[bot]\nlisten = %s\n", cases[i].listen);
        if (read_base_and(more) != cases[i].fine)
            fail_msg("listen = %s: %s", cases[i].listen, buf_text(&errors));
    }
}

static void settings_must_fit_together(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { "[policy]\nmin_window = 5h\n",
          ":14: [policy] min_window: is longer than max_window\n: [policy] default_window: is not "
          "between min_window and max_window" },
        { "[policy]\nmax_window = 30m\n",
          ": [policy] default_window: is not between min_window and max_window" },
        { "[bot]\ntimezone = Mars/Olympus\n",
          ":14: [bot] timezone: found “Mars/Olympus”; allowed: UTC or an IANA name like "
          "Australia/Sydney (needs the package tzdata)" },
        { "[bot]\ntimezone = ../../etc/passwd\n",
          ":14: [bot] timezone: found “../../etc/passwd”; allowed: UTC or an IANA name like "
          "Australia/Sydney (needs the package tzdata)" },
        { "[policy]\ndefault_window = 4m\n",
          ":14: [policy] default_window: is not between min_window and max_window" },
        { "[policy]\nticket_url = http://t.example.com/\n",
          ":14: [policy] ticket_url: allowed: an https address with a path and at most one "
          "{ticket} behind the host, like https://tickets.example.com/browse/{ticket}" },
        { "[policy]\nmailbox_proof = code\n", ": [mail]: mailbox_proof = code needs [mail]" },
        { "[alarm]\nmail = a@example.com\n",
          ":14: [alarm] mail: needs [mail]: by which server mail goes out" },
        { "[alarm]\nmail =\n",
          ": [alarm]: neither mail nor command is there: nobody would hear of it" },
    };
    refuse(cases, COUNT(cases));
    assert_fine(read_base_and("[policy]\nmin_window = 1h\ndefault_window = 1h\nmax_window = 1h\n"));
}

static void all_errors_come_at_once(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf more;
    buf_init(&more, 64 * 1024);
    assert_errors(
        read_base_and("[policy]\napprovals = many\nfoo = bar\nmin_window = 9d\n[nope]\nx = "
                      "y\n[bot]\nnonsense\nlisten = 0.0.0.0:80\n"),
        ":14: [policy] approvals: found “many”; allowed: a number from 1 to 8\n:15: [policy] foo: "
        "unknown key\n"
        ":16: [policy] min_window: found “9d”; allowed: a duration such as 90s or 45m, from 1s to "
        "1d\n"
        ":17: [nope]: unknown section; allowed: bot, store, slack, matrix, stax, aws, policy, "
        "mail, "
        "alarm, "
        "people\n"
        ":20: this line is neither a section, a comment, nor key = value\n"
        ":21: [bot] listen: found “0.0.0.0:80”; only loopback (127.0.0.1:PORT, [::1]:PORT) or "
        "unix:PATH is accepted");
    for (int i = 0; i < LIMIT_CONFIG_ERRORS + 5; i++)
        buf_add(&more, "nonsense\n");
    assert_false(read_base_and(buf_text(&more)));
    assert_non_null(strstr(buf_text(&errors), "and 5 more\n"));
    assert_non_null(strstr(buf_text(&errors), ":76: "));
    assert_null(strstr(buf_text(&errors), ":77: "));
}

static void a_file_that_cannot_be_read_says_why(void **state)
{
    (void)state;
    unlink(file);
    buf_clear(&errors);
    assert_errors(config_read(file, adapter_kinds, config, &errors), ": No such file or directory");
    buf_clear(&errors);
    assert_false(config_read(folder, adapter_kinds, config, &errors));
    assert_non_null(strstr(buf_text(&errors), "Is a directory"));
    assert_false(read_text(""));
    assert_non_null(strstr(buf_text(&errors), "at least one of [slack] and [matrix]"));
}

/* Any bytes: an answer, no crash, and nothing accepted that is not whole. */
static void any_bytes_are_survived(void **state)
{
    (void)state;
    static const char letters[] = "[]=:;#\n\n\r \tabpolicyslackstax09\"\\\x01\xC3\xA9\xFF";
    uint64_t seed = 5;
    for (int round = 0; round < 3000; round++) {
        char text[300];
        size_t bytes = unit_below(&seed, sizeof text);
        for (size_t i = 0; i < bytes; i++)
            text[i] = letters[unit_below(&seed, sizeof letters)];
        assert_false(read_bytes(text, bytes));
        assert_true(errors.bytes > 0);
    }
}

/* ---- secret files ---- */

static void refuse_secret(const char *why)
{
    struct err err = { "" };
    assert_null(secret_read(file, &err));
    if (!strstr(err.text, why) || !strstr(err.text, file) || strstr(err.text, "hunter2"))
        fail_msg("“%s” does not say “%s”", err.text, why);
}

static void secrets_are_ours_alone(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        bool fine;
    } modes[] = {
        { 0600, true },  { 0400, true },  { 0700, true },  { 0640, false }, { 0604, false },
        { 0610, false }, { 0620, false }, { 0601, false }, { 0644, false }, { 0777, false },
    };
    unit_write(file, "hunter2\r\n", 9);
    for (size_t i = 0; i < COUNT(modes); i++) {
        assert_int_equal(chmod(file, modes[i].mode), 0);
        if (!modes[i].fine) {
            refuse_secret("read by group or others");
            continue;
        }
        struct err err = { "" };
        struct secret *s = secret_read(file, &err);
        assert_non_null(s);
        assert_string_equal(secret_reveal(s), "hunter2");
        assert_true(secret_equal(s, "hunter2"));
        assert_false(secret_equal(s, "hunter3"));
        assert_false(secret_equal(s, "hunter"));
        secret_free(s);
    }
    chmod(file, 0600);
}

static void secrets_are_one_word_of_plain_characters(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
        const char *why;
    } cases[] = {
        { "", 0, "is empty" },
        { "\n\n", 2, "is empty" },
        { "hunter2 two", 11, "blank or control" },
        { "hunter2\nsecond", 14, "blank or control" },
        { " hunter2", 8, "blank or control" },
        { "hunter2\0", 8, "blank or control" },
        { "hunter2\xC3\xA9", 9, "blank or control" },
        { "hunter2\x7F", 8, "blank or control" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        unit_write(file, cases[i].bytes, cases[i].count);
        chmod(file, 0600);
        refuse_secret(cases[i].why);
    }
    char large[LIMIT_SECRET_BYTES + 1];
    memset(large, 'x', sizeof large);
    unit_write(file, large, sizeof large);
    refuse_secret("too long");
    unit_write(file, large, sizeof large - 1);
    struct err err = { "" };
    struct secret *s = secret_read(file, &err);
    assert_non_null(s);
    secret_free(s);
    secret_free(NULL);
    unlink(file);
    refuse_secret("No such file");
    assert_int_equal(mkfifo(file, 0600), 0);
    int pipe_fd = open(file, O_RDWR | O_CLOEXEC); /* somebody has written to it */
    assert_int_equal(write(pipe_fd, "hunter2", 7), 7);
    refuse_secret("not a regular file");
    close(pipe_fd);
    unlink(file);
}

/* ---- what a restore needs ---- */

static bool is_enough(const char *text)
{
    unit_write(file, text, strlen(text));
    buf_clear(&errors);
    return config_read_for_restore(file, adapter_kinds, config, &errors);
}

static void a_restore_does_without_most_of_it(void **state)
{
    (void)state;
    static const char needed[] = "[stax]\naccess_key_file = access\nsecret_key_file = secret\n"
                                 "organisation = o\n";
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    assert_true(is_enough(needed));
    assert_true(errors.bytes > 0); /* no chat, nobody listed: told, and no matter */
    buf_addf(
        &b,
        "%spoll_lifted = never\nremind = no\n[policy]\nremind_overdue =\nremind_pending = 9 8\n"
        "max_window = 1s\n[zoo]\n",
        needed);
    assert_true(is_enough(buf_text(&b)));
    assert_int_equal(config->policy.poll_lifted, MS_MINUTE);
    assert_int_equal(config->policy.remind_pending.count, 3);
    assert_non_null(strstr(buf_text(&errors), "poll_lifted"));
    assert_false(is_enough("[stax]\naccess_key_file = access\nsecret_key_file = secret\n"));
    assert_false(is_enough("[stax]\naccess_key_file = access\norganisation = o\n"));
    assert_false(is_enough("[stax]\napi_url = http://stax.example.com\naccess_key_file = a\n"
                           "secret_key_file = s\norganisation = o\n"));
    assert_false(
        is_enough("[stax]\napi_url =\naccess_key_file = a\nsecret_key_file = s\norganisation ="));
    unlink(file);
    assert_false(config_read_for_restore(file, adapter_kinds, config, &errors));
}

/* ---- two readings ---- */

static struct buf changes;

static void note_change(void *arg, enum config_when when, const char *setting, const char *was,
                        const char *now)
{
    static const char *const whens[] = { "at once", "next time", "restart" };
    (void)arg;
    buf_addf(&changes, "%s: %s: “%s” “%s”\n", whens[when], setting, was, now);
}

static struct config *copy_of_config(void)
{
    struct config *copy = calloc(1, sizeof *copy);
    assert_non_null(copy);
    *copy = *config;
    return copy;
}

static void what_differs_is_told_with_both_values(void **state)
{
    (void)state;
    assert_fine(read_base_and("[policy]\nremind_overdue = 0s 5m\n"));
    struct config *running = copy_of_config();
    buf_init(&changes, 64 * 1024);
    assert_fine(read_base_and("[policy]\napprovals = 2\nadmin_roles = a b\n"
                              "approve_with = button command\nrequire_ticket = yes\n"
                              "max_window = 1h30m\n[bot]\nlisten =\nlog_level = warn\n"
                              "[slack]\nca_file = /ca\ncommand = /rg\n"
                              "[mail]\nsmtp_url = smtps://m\nfrom = r@example.com\n"
                              "[people]\ncid@example.com = slack:U0CCC\n"));
    config->people.rows[1] = config->people.rows[2]; /* ben is gone */
    config->people.rows[0].id_count = 1;
    config->people.count = 2;
    config_compare(running, config, note_change, NULL);
    assert_string_equal(
        buf_text(&changes),
        "restart: [mail]: “” “there”\n"
        "restart: [bot] listen: “127.0.0.1:9464” “”\n"
        "at once: [bot] log_level: “info” “warn”\n"
        "restart: [slack] command: “/reguard” “/rg”\n"
        "next time: [slack] ca_file: “” “/ca”\n"
        "at once: [policy] admin_roles: “customer_admin” “a b”\n"
        "at once: [policy] approvals: “1” “2”\n"
        "at once: [policy] approve_with: “reaction button command” “button command”\n"
        "at once: [policy] max_window: “4h” “1h30m”\n"
        "at once: [policy] require_ticket: “no” “yes”\n"
        "at once: [policy] remind_overdue: “0s 5m” “0s 5m 15m 30m 1h”\n"
        "at once: [people] ada@example.com: “slack:U0AAA matrix:@ada:example.com” “slack:U0AAA”\n"
        "at once: [people] ben@example.com: “slack:U0BBB” “”\n"
        "at once: [people] cid@example.com: “” “slack:U0CCC”\n");
    buf_done(&changes);
    free(running);
}

static void what_needs_a_restart_stays_as_it_is(void **state)
{
    (void)state;
    assert_fine(read_text(BASE));
    struct config *running = copy_of_config();
    assert_fine(read_base_and("[bot]\nstate_dir = /elsewhere\n[policy]\napprovals = 2\n"
                              "[mail]\nsmtp_url = smtps://m\nfrom = r@example.com\n"
                              "[slack]\ncommand = /rg\nca_file = /ca\n"));
    config_keep_started(running, config);
    assert_string_equal(config->bot.state_dir, "/var/lib/reguard");
    assert_string_equal(SETTINGS(slack)->command, "/reguard");
    assert_string_equal(SETTINGS(slack)->ca_file, "/ca");
    assert_false(is_there("mail"));
    assert_int_equal(config->policy.approvals, 2);
    free(running);
}

static void rules_are_compared_as_text(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf was, now;
    buf_init(&was, 64 * 1024);
    buf_init(&now, 64 * 1024);
    buf_init(&changes, 64 * 1024);
    assert_fine(read_text(BASE));
    config_rules_text(config, &was);
    config_compare_rules(buf_text(&was), buf_text(&was), note_change, NULL);
    assert_string_equal(buf_text(&changes), "");
    assert_fine(read_base_and("eve@example.com = slack:U0EEE\n[policy]\napprovals = 2\n"
                              "[stax]\npoll_idle = 1h\n[bot]\nlisten =\n"
                              "[matrix]\nhomeserver = https://m\naccess_token_file = /t\n"
                              "user = u\nroom = r\n"));
    config_rules_text(config, &now);
    config_compare_rules(buf_text(&was), buf_text(&now), note_change, NULL);
    config_compare_rules("half a line\n[policy] gone = 1", "", note_change, NULL);
    assert_string_equal(buf_text(&changes), "at once: [stax] poll_idle: “10m” “1h”\n"
                                            "at once: [policy] approvals: “1” “2”\n"
                                            "at once: [matrix] homeserver: “” “https://m”\n"
                                            "at once: [matrix] user: “” “u”\n"
                                            "at once: [matrix] room: “” “r”\n"
                                            "at once: [matrix] prefix: “” “!reguard”\n"
                                            "at once: [matrix] rate_limited: “” “yes”\n"
                                            "at once: [people] eve@example.com: “” “slack:U0EEE”\n"
                                            "at once: [policy] gone: “1” “”\n");
    buf_done(&changes);
}

/* ---- where the files are ---- */

static void put_file(const char *name, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unit_write(path, "hunter2\n", 8);
    assert_int_equal(chmod(path, mode), 0);
}

static void put_folder(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void remove_at(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(remove(path), 0);
}

static void set_credentials_folder(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    setenv("CREDENTIALS_DIRECTORY", path, 1);
}

static void assert_app_is(const char *name)
{
    char wanted[128];
    snprintf(wanted, sizeof wanted, "%s/%s", folder, name);
    assert_fine(read_text(BASE));
    assert_string_equal(SETTINGS(slack)->app_token_file, wanted);
}

/* Each place counts only when those before it have no such file. */
static void a_relative_file_is_looked_for_in_every_place(void **state)
{
    (void)state;
    put_folder("secrets");
    put_folder("run");
    set_credentials_folder("run");
    put_file("secrets/app", 0600);
    assert_app_is("secrets/app");
    put_file("app", 0600);
    assert_app_is("app");
    put_file("run/secrets_app", 0600);
    assert_app_is("run/secrets_app");
    put_file("run/app", 0600);
    assert_app_is("run/app");
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_app_is("app");
    static const char *const all[] = { "run/app", "run/secrets_app", "app", "secrets/app",
                                       "run",     "secrets" };
    for (size_t i = 0; i < COUNT(all); i++)
        remove_at(all[i]);
}

static void what_is_nowhere_names_every_place(void **state)
{
    (void)state;
    char wanted[1024];
    set_credentials_folder("run");
    assert_fine(read_text(BASE));
    assert_false(config_files_check(config, "stax", &errors));
    unsetenv("CREDENTIALS_DIRECTORY");
    const char *d = folder;
    snprintf(wanted, sizeof wanted,
             ":7: [stax] access_key_file: there is no %s/run/access, %s/run/secrets_access, "
             "%s/access nor %s/secrets/access\n"
             ":8: [stax] secret_key_file: there is no %s/run/secret, %s/run/secrets_secret, "
             "%s/secret nor %s/secrets/secret\n",
             d, d, d, d, d, d, d, d);
    assert_errors(false, wanted);
}

static void every_file_is_looked_at(void **state)
{
    (void)state;
    static const char *const names[] = { "app", "bot", "access", "secret" };
    char wanted[512];
    for (size_t i = 0; i < COUNT(names); i++)
        put_file(names[i], 0600);
    assert_fine(read_base_and("[stax]\nca_file = app\n"));
    assert_false(config_files_check(config, NULL, &errors));
    snprintf(wanted, sizeof wanted, ":14: [stax] ca_file: %s/app holds no certificate (PEM)\n",
             folder);
    assert_errors(false, wanted);
    put_file("bot", 0640);
    assert_fine(read_text(BASE));
    assert_true(config_files_check(config, "stax", &errors));
    assert_false(config_files_check(config, NULL, &errors));
    snprintf(wanted, sizeof wanted,
             ":3: [slack] bot_token_file: %s/bot can be read by group or others; a secret file "
             "must have mode 0600 or 0400\n",
             folder);
    assert_errors(false, wanted);
    for (size_t i = 0; i < COUNT(names); i++)
        remove_at(names[i]);
}

/* Where systemd cannot mount a folder for them, an ACL lets the unit's user in, and its mask stands
   in the group's bits. */
static void a_credential_may_have_an_acl(void **state)
{
    (void)state;
    struct err err = { "" };
    unlink(file);
    unit_write(file, "hunter2", 7);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    chmod(file, 0440);
    struct secret *s = secret_read(file, &err);
    assert_non_null(s);
    secret_free(s);
    chmod(file, 0444);
    refuse_secret("read by group or others");
    setenv("CREDENTIALS_DIRECTORY", "/tmp/reguard-config", 1);
    chmod(file, 0440);
    refuse_secret("read by group or others");
    unsetenv("CREDENTIALS_DIRECTORY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_handbook),
        cmocka_unit_test(every_key_can_be_given),
        cmocka_unit_test(paths_are_absolute_or_beside_or_credentials),
        cmocka_unit_test(a_file_in_the_working_folder_keeps_relative_paths),
        cmocka_unit_test(form_is_forgiving_where_meaning_is_clear),
        cmocka_unit_test(all_line_ends_may_be_those_of_windows),
        cmocka_unit_test(unknown_and_repeated_names_are_refused),
        cmocka_unit_test(malformed_lines_are_refused_each),
        cmocka_unit_test(nul_bytes_hide_nothing),
        cmocka_unit_test(long_lines_and_files_are_refused),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(choices_and_lists_name_what_is_allowed),
        cmocka_unit_test(what_must_be_said_is_not_left_empty),
        cmocka_unit_test(people_are_chat_ids_of_known_chats),
        cmocka_unit_test(no_more_people_than_fit),
        cmocka_unit_test(only_loopback_is_listened_on),
        cmocka_unit_test(settings_must_fit_together),
        cmocka_unit_test(all_errors_come_at_once),
        cmocka_unit_test(a_file_that_cannot_be_read_says_why),
        cmocka_unit_test(any_bytes_are_survived),
        cmocka_unit_test(secrets_are_ours_alone),
        cmocka_unit_test(secrets_are_one_word_of_plain_characters),
        cmocka_unit_test(an_address_is_looked_at_with_its_line),
        cmocka_unit_test(a_token_in_the_wrong_place_is_not_shown),
        cmocka_unit_test(a_restore_does_without_most_of_it),
        cmocka_unit_test(what_differs_is_told_with_both_values),
        cmocka_unit_test(what_needs_a_restart_stays_as_it_is),
        cmocka_unit_test(rules_are_compared_as_text),
        cmocka_unit_test(a_relative_file_is_looked_for_in_every_place),
        cmocka_unit_test(what_is_nowhere_names_every_place),
        cmocka_unit_test(every_file_is_looked_at),
        cmocka_unit_test(a_credential_may_have_an_acl),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
