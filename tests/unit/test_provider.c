/* SPDX-License-Identifier: Apache-2.0 */
/* A provider that nothing of the bot was written for: it is chosen in the configuration, a case is
   lifted and restored with it, and whatever people read speaks of it and of no other. */
#include "tests/unit/unit.h"

#include "adapters/slack/kind.h"
#include "adapters/mail/kind.h"
#include "adapters/stax/kind.h"
#include "config/config.h"
#include "port/setting.h"
#include "tests/transcript/run.h"
#include "tests/transcript/script.h"

#include <unistd.h>

/* ---- the other provider ---- */

struct toy_settings {
    char api_url[SETTING_URL_BYTES];
};

/* clang-format off */
static const struct setting rows[] = {
    { "api_url", SETTING_ADDRESS, SETTING_OWN, SETTING_AT(toy_settings, api_url), "https://toy.example.com", 1, 0, NULL, NULL },
    SETTING_OF_PROVIDER(NULL),
};
/* clang-format on */
static const struct setting_section toy_section = {
    .name = "toy", .rows = rows, .count = COUNT(rows), .bytes = sizeof(struct toy_settings)
};
static const struct venue toy_venue = { .name = "toy", .title = "Toy", .place = "the Toy box" };

static void add_reach(struct buf *b, int64_t accounts, const char *account)
{
    (void)accounts;
    buf_addf(b, "%s alone", account[0] ? account : "one account");
}

static const struct provider toy_provider = {
    .title = "Toy",
    .console = "the Toy box",
    .switch_at = "in the Toy box, on its lid",
    .feed = "diary",
    .account = "its name",
    .guardrail = "Nobody is root",
    .key = "LID.Closed",
    .key_name = "Closed",
    .admin_role = "grown-up",
    .leaves_rest = true,
    .add_reach = add_reach,
};

static const struct adapter_kind toy_kind = {
    .role = ADAPTER_PROVIDER,
    .venue = &toy_venue,
    .provider = &toy_provider,
    .section = &toy_section,
};
static const struct adapter_kind *const kinds[] = { &slack_kind, &stax_kind, &toy_kind, &mail_kind,
                                                    NULL };

/* ---- the story ---- */

static const struct config *configured(const char *provider)
{
    static struct config config;
    CLEANUP(buf_done) struct buf ini, errors;
    buf_init(&ini, 4096);
    buf_init(&errors, 4096);
    buf_addf(&ini,
             "[slack]\napp_token_file = /a\nbot_token_file = /b\nteam = T01\nchannel = C01\n%s"
             "organisation = 5c1d0000-0000-4000-8000-000000000000\n"
             "[policy]\nmailbox_proof = off\ndead_man = wanted\n"
             "[people]\nana@example.com = slack:U0ANA\nben@example.com = slack:U0BEN\n",
             provider);
    char path[] = "/tmp/provider-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, ini.text, ini.bytes) == (ssize_t)ini.bytes);
    close(file);
    bool good = config_read(path, kinds, &config, &errors);
    unlink(path);
    if (!good)
        fail_msg("%s", buf_text(&errors));
    STR_SET(config.policy.command_word, "/reguard");
    return &config;
}

static void at(struct run *r, int minute, const char *line)
{
    run_until(r, RUN_DAY_MS + 9 * MS_HOUR + minute * MS_MINUTE);
    assert_true(script_act(r, line));
}

/* What a form says of how an account is named; the effects are those of the event before. */
static const char *hint;

static void look_for_form(struct run *r, struct event *e)
{
    (void)e;
    for (size_t i = 0; i < r->out->effect_count; i++)
        if (r->out->effects[i].kind == EFFECT_FORM)
            hint = r->out->effects[i].form.account_hint;
}

/* The question, the lift, an edit of somebody else's, one who may not, and the end. */
static void play(struct run *r, const struct config *config)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    world_init(w, config->policy.provider);
    w->chat_up = true;
    char ana[] = "ana=Admin", ben[] = "ben=Admin", dan[] = "dan=User";
    assert_true(world_add_person(w, ana) && world_add_person(w, ben) && world_add_person(w, dan));
    for (size_t i = 0; i < w->people_count; i++)
        STR_SET(w->people[i].role, config->policy.admin_roles[0]);
    run_init(r, config, w);
    free(w);
    r->before = look_for_form;
    hint = "";
    r->now_ms = RUN_DAY_MS + 9 * MS_HOUR - MS_MINUTE;
    run_start(r);
    at(r, 0, "ana: lift bakery");
    at(r, 0, "ana: lift bakery for 30m task other because MFA device is broken");
    at(r, 1, "dan: approve G-0001");
    at(r, 2, "stax next change meets EC2_REQUIRE_IMDSV2 on by dan");
    at(r, 2, "ben: approve G-0001");
    at(r, 5, "stax flag NOBODY_KNOWS_THIS on");
    at(r, 10, "ana: done");
    at(r, 20, "stax guardrail off by dan");
    at(r, 40, "end");
    run_until(r, RUN_DAY_MS + 10 * MS_HOUR);
    assert_string_equal(r->failure, "");
}

static bool says(struct run *r, const char *text)
{
    return strstr(buf_text(&r->log), text) != NULL;
}

static void a_case_is_lifted_and_restored_with_another_provider(void **state)
{
    (void)state;
    static const char *const own[] = { "Nobody is root", "bakery (222222222222) alone", "Toy",
                                       "on its lid", "diary" };
    struct run r;
    play(&r, configured("[toy]\n"));
    for (size_t i = 0; i < COUNT(own); i++)
        if (!says(&r, own[i]))
            fail_msg("nobody hears “%s”:\n%s", own[i], buf_text(&r.log));
    assert_string_equal(hint, toy_provider.account);
    assert_true(says(&r, "Verified OFF") && says(&r, "Root protection is back ON"));
    run_done(&r);
}

static void nobody_hears_of_the_other_one(void **state)
{
    (void)state;
    static const char *const others[] = { "Stax", "member accounts", "IAM_BLOCK",
                                          "centralized root", "activity feed" };
    struct run r;
    play(&r, configured("[toy]\n"));
    for (size_t i = 0; i < COUNT(others); i++)
        if (says(&r, others[i]))
            fail_msg("somebody hears “%s”:\n%s", others[i], buf_text(&r.log));
    run_done(&r);
}

/* Stax takes the whole document or nothing; the other one's change leaves the rest. */
static void only_a_change_of_the_whole_is_looked_over(void **state)
{
    (void)state;
    static const char *const sections[] = { "[stax]\naccess_key_file = /c\nsecret_key_file = /d\n",
                                            "[toy]\n" };
    for (size_t i = 0; i < COUNT(sections); i++) {
        struct run r;
        play(&r, configured(sections[i]));
        assert_int_equal(says(&r, "has turned back what somebody else had just set"), i == 0);
        assert_false(says(&r, "may have turned back"));
        run_done(&r);
    }
}

/* Each of them finds its own line in the document, and asks for its own role. */
static void the_section_that_is_there_chooses(void **state)
{
    (void)state;
    const struct config *c = configured("[toy]\n");
    assert_ptr_equal(c->policy.provider, &toy_provider);
    assert_string_equal(c->policy.admin_roles[0], "grown-up");
    c = configured("[stax]\naccess_key_file = /c\nsecret_key_file = /d\n");
    assert_ptr_equal(c->policy.provider, stax_kind.provider);
    assert_string_equal(c->policy.admin_roles[0], "customer_admin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_section_that_is_there_chooses),
        cmocka_unit_test(a_case_is_lifted_and_restored_with_another_provider),
        cmocka_unit_test(only_a_change_of_the_whole_is_looked_over),
        cmocka_unit_test(nobody_hears_of_the_other_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
