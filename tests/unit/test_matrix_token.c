/* SPDX-License-Identifier: Apache-2.0 */
/* The access token: whose it is, when it ends, where its successor is kept, and what a reload does
   to it. */
#include "tests/unit/unit_homeserver.h"

#define SYNC "GET /sync?"

/* ---- who we are ---- */

static void with_a_token_of_another_user_nothing_is_heard(void **state)
{
    (void)state;
    says("GET /account/whoami", 200, "{\"user_id\":\"@eve:example.org\",\"device_id\":\"E\"}");
    starts(usual_options());
    passes(2 * MS_MINUTE);
    assert_told(EVENT_CHAT_REFUSED, "that of @eve:example.org, not of the configured user");
    assert_int_equal(last_heard(EVENT_CHAT_REFUSED)->still, 0);
    assert_int_equal(asked("GET /joined_rooms") + asked(SYNC), 0);
    /* The file is read again by itself, and the right one ends it. */
    writes_token("syt_second");
    says("GET /account/whoami", 200, "{\"user_id\":\"" OUR_USER "\",\"device_id\":\"D\"}");
    passes(MS_MINUTE);
    assert_string_equal(ask_of("GET /account/whoami")->bearer, "Bearer syt_second");
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

static void until_it_says_who_we_are_nothing_else_is_asked(void **state)
{
    (void)state;
    breaks("GET /account/whoami", 4);
    starts(usual_options());
    passes(100);
    assert_int_equal(asked("GET /joined_rooms") + asked(SYNC), 0);
    passes(MS_MINUTE);
    assert_int_equal(asked("GET /account/whoami"), 5);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

/* ---- the token ---- */

static const char PAIR[] = "{\"access_token\":\"syt_first\",\"refresh_token\":\"syr_first\"}",
                  RENEWED[] = "{\"access_token\":\"syt_next\",\"refresh_token\":\"syr_next\"}",
                  ENDED[] = "{\"errcode\":\"M_UNKNOWN_TOKEN\",\"error\":\"it has ended\"}";

static void a_token_that_ends_for_good_waits_for_another(void **state)
{
    (void)state;
    is_up();
    says(SYNC, 401, ENDED);
    says("GET /account/whoami", 401, ENDED);
    passes(MS_MINUTE);
    assert_told(EVENT_CHAT_REFUSED, "does not accept the access token (it has ended)");
    assert_int_equal(last_heard(EVENT_CHAT_REFUSED)->still, 0);
    writes_token("syt_second");
    script_what_is_usual();
    passes(MS_MINUTE);
    assert_string_equal(ask_of(SYNC)->bearer, "Bearer syt_second");
    assert_int_equal(heard(EVENT_CHAT_UP), 2);
}

static void assert_file_is(const char *text)
{
    struct err err = { "" };
    CLEANUP(secret_cleanup) struct secret *file = secret_read(hs.token_file, &err);
    assert_non_null(file);
    assert_string_equal(secret_reveal(file), text);
}

static void a_renewed_pair_is_in_the_file_before_it_is_used(void **state)
{
    (void)state;
    writes_token(PAIR);
    is_up();
    says_once("GET &since=s1", 401, ENDED);
    says_once("POST /refresh", 200, RENEWED);
    passes(MS_SECOND);
    assert_string_equal(ask_of("POST /refresh")->bearer, "");
    assert_true(strstr(ask_of("POST /refresh")->body, "syr_first"));
    assert_file_is(RENEWED);
    assert_string_equal(ask_of(SYNC)->bearer, "Bearer syt_next");
    assert_int_equal(heard(EVENT_CHAT_REFUSED), 0);
}

/* The first use of a pair ends the one before: one that is kept nowhere is not used. */
static void a_pair_that_cannot_be_kept_is_not_used(void **state)
{
    (void)state;
    writes_token(PAIR);
    struct matrix_options o = usual_options();
    o.keep = keep_it;
    hs.keeps_nothing = true;
    starts(o);
    passes(MS_SECOND);
    says("GET &since=s1", 401, ENDED);
    says("POST /refresh", 200, RENEWED);
    passes(10 * MS_SECOND);
    assert_true(asked("POST /refresh") > 1);
    for (size_t i = 0; i < peer.ask_count; i++)
        assert_null(strstr(peer.asks[i].bearer, "syt_next"));
    hs.keeps_nothing = false;
    passes(10 * MS_SECOND);
    assert_non_null(hs.kept);
    assert_null(strstr(hs.kept, "syt_next"));
    assert_file_is(PAIR);
    assert_string_equal(ask_of(SYNC)->bearer, "Bearer syt_next");
}

static struct matrix_options renewed_into_the_records(void)
{
    writes_token(PAIR);
    struct matrix_options o = usual_options();
    o.keep = keep_it;
    starts(o);
    passes(MS_SECOND);
    says_once("GET &since=s1", 401, ENDED);
    says("POST /refresh", 200, RENEWED);
    passes(MS_SECOND);
    return o;
}

static void add_line(void *arg, bool fine, const char *text)
{
    (void)fine;
    buf_addf(arg, "%s\n", text);
}

static bool describes(const char *words)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 16 * 1024);
    matrix_describe(peer.adapter, add_line, &b);
    return strstr(buf_text(&b), words) != NULL;
}

/* Another instance goes on with it: the file on each host is as it was. */
static void what_the_records_keep_counts_with_the_file_it_is_of(void **state)
{
    (void)state;
    struct matrix_options o = renewed_into_the_records();
    assert_false(describes("from the records"));
    stops();
    o.kept = hs.kept;
    starts(o);
    passes(MS_SECOND);
    assert_string_equal(ask_of("GET /account/whoami")->bearer, "Bearer syt_next");
    assert_true(describes("the one that reguard renewed last, from the records"));
    stops();
    writes_token("syt_of_another_login");
    starts(o);
    passes(MS_SECOND);
    assert_string_equal(ask_of("GET /account/whoami")->bearer, "Bearer syt_of_another_login");
    assert_true(describes("risk: the records hold a token that was renewed from another"));
}

/* Whoever looks on beside the process that serves the room: what it would renew it would end. */
static void a_borrowed_pair_is_not_renewed(void **state)
{
    (void)state;
    writes_token(PAIR);
    struct matrix_options o = usual_options();
    o.borrowed = true;
    says("GET /account/whoami", 401, ENDED);
    says("POST /refresh", 200, RENEWED);
    starts(o);
    passes(MS_MINUTE);
    assert_int_equal(asked("POST /refresh"), 0);
    assert_file_is(PAIR);
    assert_told(EVENT_CHAT_REFUSED, "renewed by the reguard that serves the room and not here");
}

static void a_borrowed_token_alone_wants_another(void **state)
{
    (void)state;
    struct matrix_options o = usual_options();
    o.borrowed = true;
    says("GET /account/whoami", 401, ENDED);
    starts(o);
    passes(MS_SECOND);
    assert_told(EVENT_CHAT_REFUSED, "put a new one into the token file");
}

#define WITNESS_PAIR \
    "{\"access_token\":\"syt_first\",\"refresh_token\":\"syr_first\",\"owner\":\"witness\"}"

static void a_witness_renews_its_own_pair_alone(void **state)
{
    (void)state;
    struct matrix_options o = usual_options();
    o.witness = true;
    writes_token(PAIR);
    says("GET /account/whoami", 401, ENDED);
    says("POST /refresh", 200, RENEWED);
    starts(o);
    passes(MS_MINUTE);
    assert_int_equal(asked("POST /refresh"), 0);
    assert_told(EVENT_CHAT_REFUSED, "renewed by the reguard that serves the room and not here");
    stops();
    writes_token(WITNESS_PAIR);
    starts(o);
    passes(MS_MINUTE);
    assert_true(asked("POST /refresh") > 0);
    assert_file_is("{\"access_token\":\"syt_next\",\"refresh_token\":\"syr_next\",\"owner\":"
                   "\"witness\"}");
}

static void a_pair_of_the_witness_is_none_of_ours(void **state)
{
    (void)state;
    struct err why = { "" };
    CLEANUP(secret_cleanup)
    struct secret *ours = secret_from(PAIR), *other = secret_from(WITNESS_PAIR);
    assert_false(matrix_token_is_of_witness(ours));
    assert_true(matrix_token_is_of_witness(other) && matrix_token_is_pair(other));
    assert_true(matrix_token_fits(ours, "token", &why));
    assert_false(matrix_token_fits(other, "token", &why));
    assert_non_null(strstr(why.text, "it is the witness's"));
}

static void a_pair_is_told_from_a_token(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool pair;
    } files[] = { { PAIR, true },
                  { "syt_first", false },
                  { "{\"access_token\":\"syt_first\"}", false },
                  { "{\"access_token\":\"syt_first\",\"refresh_token\":\"\"}", false },
                  { "{\"refresh_token\":7}", false },
                  { "{", false } };
    for (size_t i = 0; i < COUNT(files); i++) {
        CLEANUP(secret_cleanup) struct secret *file = secret_from(files[i].text);
        assert_int_equal(matrix_token_is_pair(file), files[i].pair);
    }
}

static void a_renewal_that_breaks_off_is_tried_again(void **state)
{
    (void)state;
    writes_token(PAIR);
    is_up();
    says("GET &since=s1", 401, ENDED);
    breaks("POST /refresh", 2);
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_CHAT_REFUSED), 0);
    says("POST /refresh", 200, RENEWED);
    says("GET &since=s1", 200, "{\"next_batch\":\"s1\"}");
    passes(10 * MS_SECOND);
    assert_file_is(RENEWED);
}

static void a_renewal_that_is_refused_is_told(void **state)
{
    (void)state;
    writes_token(PAIR);
    is_up();
    says(SYNC, 401, ENDED);
    says("POST /refresh", 401, ENDED);
    passes(10 * MS_SECOND);
    assert_told(EVENT_CHAT_REFUSED, "does not accept the access token");
    assert_file_is(PAIR);
}

/* ---- a reload ---- */

static bool reloads(const char *text)
{
    struct err err = { "" };
    writes_token(text);
    struct adapter_credentials c = { .secrets = { secret_read(hs.token_file, &err) },
                                     .file = hs.token_file,
                                     .ca_file = "" };
    assert_non_null(c.secrets[0]);
    peer.adapter->ops->renew(peer.adapter, &c);
    return c.is_new[0];
}

static void a_reload_with_another_token_asks_who_we_are(void **state)
{
    (void)state;
    is_up();
    size_t before = asked("GET /account/whoami");
    assert_false(reloads("syt_first"));
    passes(MS_SECOND);
    assert_int_equal(asked("GET /account/whoami"), before);
    says("GET /account/whoami", 200, "{\"user_id\":\"@eve:example.org\",\"device_id\":\"E\"}");
    assert_true(reloads("syt_second"));
    passes(MS_SECOND);
    assert_string_equal(ask_of("GET /account/whoami")->bearer, "Bearer syt_second");
    assert_told(EVENT_CHAT_REFUSED, "that of @eve:example.org");
}

static void a_reload_with_no_token_keeps_the_one_there_is(void **state)
{
    (void)state;
    is_up();
    assert_false(reloads("{\"refresh_token\":\"syr_only\"}"));
    assert_false(reloads("{\"access_token\":"));
    says_once("GET &since=s1", 200, "{\"next_batch\":\"s2\"}");
    passes(MS_SECOND);
    assert_string_equal(ask_of("GET &since=s2")->bearer, "Bearer syt_first");
    assert_int_equal(heard(EVENT_CHAT_DOWN) + heard(EVENT_CHAT_REFUSED), 0);
}

/* The file holds what was there before: a reload of it does not undo a renewal. */
static void a_reload_of_the_same_file_keeps_what_was_renewed(void **state)
{
    (void)state;
    renewed_into_the_records();
    assert_false(reloads(PAIR));
    says_once("GET &since=s1", 200, "{\"next_batch\":\"s2\"}");
    passes(MS_SECOND);
    assert_string_equal(ask_of("GET &since=s2")->bearer, "Bearer syt_next");
}

static void without_its_file_it_is_not_made(void **state)
{
    (void)state;
    struct err err = { "" };
    struct matrix_options o = usual_options();
    o.cursor = "s7\n1\n0";
    o.kept = "sealed";
    writes_token("{\"refresh_token\":\"syr_only\"}");
    assert_null(matrix_new(NULL, NULL, &peer.inbox, &o, &err));
    assert_true(strstr(err.text, "there is no access_token in it"));
    unlink(hs.token_file);
    assert_null(matrix_new(NULL, NULL, &peer.inbox, &o, &err));
    assert_true(strstr(err.text, hs.token_file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(with_a_token_of_another_user_nothing_is_heard),
        TEST(until_it_says_who_we_are_nothing_else_is_asked),
        TEST(a_token_that_ends_for_good_waits_for_another),
        TEST(a_renewed_pair_is_in_the_file_before_it_is_used),
        TEST(a_pair_that_cannot_be_kept_is_not_used),
        TEST(what_the_records_keep_counts_with_the_file_it_is_of),
        TEST(a_borrowed_pair_is_not_renewed),
        TEST(a_borrowed_token_alone_wants_another),
        TEST(a_witness_renews_its_own_pair_alone),
        TEST(a_pair_of_the_witness_is_none_of_ours),
        TEST(a_pair_is_told_from_a_token),
        TEST(a_renewal_that_breaks_off_is_tried_again),
        TEST(a_renewal_that_is_refused_is_told),
        TEST(a_reload_with_another_token_asks_who_we_are),
        TEST(a_reload_with_no_token_keeps_the_one_there_is),
        TEST(a_reload_of_the_same_file_keeps_what_was_renewed),
        TEST(without_its_file_it_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
