/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of ours on their way to a homeserver that refuses, breaks off, or cannot be looked
   through. */
#include "core/rich.h"
#include "host/clock.h"
#include "tests/unit/unit_homeserver.h"

#define SEND "PUT /send/m.room.message/"
#define LOOK "GET /messages?dir=b"

static void delivers_again(enum message_kind kind)
{
    delivers((struct effect_deliver){
        .kind = kind, .look_first = true, .tried = true, .first_attempt_ms = 1795526055000 });
}

/* A page with one event: of whom, with which key, of which store, how long after the first
   attempt. */
static const char *seen(const char *sender, const char *key, const char *store, int after_ms)
{
    static char pages[8][512];
    static size_t at;
    char *text = pages[at++ % COUNT(pages)];
    snprintf(text, sizeof pages[0],
             "{\"end\":\"e1\",\"chunk\":[{\"type\":\"m.room.message\",\"event_id\":\"$seen\","
             "\"sender\":\"%s\",\"origin_server_ts\":%lld,\"content\":{\"dev.reguard\":{\"key\":"
             "\"%s\",\"store\":\"%s\"}}}]}",
             sender, 1795526055000LL + after_ms, key, store);
    return text;
}

/* ---- is it there already? ---- */

static void what_is_there_already_is_not_sent_again(void **state)
{
    (void)state;
    is_up();
    says(LOOK, 200, seen(OUR_USER, "7-matrix", "5a17", 10));
    delivers_again(MESSAGE_POST);
    assert_int_equal(asked(SEND), 0);
    assert_string_equal(last_heard(EVENT_DELIVERED)->remote_id, "$seen");
    assert_true(last_heard(EVENT_DELIVERED)->delivery.as_first_sent);
}

/* Anybody may write such a key, and another store's reguard may have one that is the same. */
static void only_our_own_message_counts_as_there(void **state)
{
    (void)state;
    const char *others[] = { seen("@eve:example.org", "7-matrix", "5a17", -MS_HOUR),
                             seen(OUR_USER, "8-matrix", "5a17", -MS_HOUR),
                             seen(OUR_USER, "7-matrix", "0ther", -MS_HOUR) };
    is_up();
    says(SEND, 200, TAKEN);
    for (size_t i = 0; i < COUNT(others); i++) {
        says(LOOK, 200, others[i]);
        delivers_again(MESSAGE_POST);
        assert_int_equal(asked(SEND), i + 1);
        assert_string_equal(last_heard(EVENT_DELIVERED)->remote_id, "$ours");
    }
}

static void it_is_looked_for_back_to_the_first_attempt(void **state)
{
    (void)state;
    is_up();
    says(LOOK, 200, seen("@ana:example.org", "", "", 1000));
    says(LOOK "&limit=100&from=e1", 200, seen(OUR_USER, "7-matrix", "5a17", 10));
    delivers_again(MESSAGE_POST);
    assert_int_equal(asked(LOOK), 2);
    assert_int_equal(asked(SEND), 0);
    /* A room in which too much is said since: it is sent rather than looked for without end. */
    says(LOOK, 200, seen("@ana:example.org", "", "", 1000));
    says(SEND, 200, TAKEN);
    delivers_again(MESSAGE_POST);
    assert_int_equal(asked(LOOK), 2 + LIMIT_MATRIX_LOOK_PAGES);
    assert_int_equal(asked(SEND), 1);
}

static void of_a_page_too_long_half_is_looked_at(void **state)
{
    (void)state;
    is_up();
    says(LOOK, 200, seen(OUR_USER, "7-matrix", "5a17", 10));
    says_too_much(LOOK "&limit=100", -1);
    delivers_again(MESSAGE_POST);
    passes(MS_SECOND);
    assert_int_equal(asked(LOOK "&limit=50"), 1);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    assert_int_equal(asked(SEND), 0);
}

/* Twice is better than never, but not at once. */
static void assert_sent_blindly_after(enum message_kind kind, ms_t after_ms)
{
    is_up();
    breaks(LOOK, -1);
    says(SEND, 200, TAKEN);
    for (ms_t at = 0; at < after_ms; at += 10 * MS_SECOND) {
        delivers_again(kind);
        assert_int_equal(asked(SEND), 0);
        assert_string_equal(last_heard(EVENT_DELIVERY_FAILED)->error, "the line broke");
        assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.retry_within_ms > 0);
        assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.retry_within_ms <= after_ms - at);
        passes(9 * MS_SECOND);
    }
    delivers_again(kind);
    assert_int_equal(asked(SEND), 1);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
}

static void an_alarm_waits_half_a_minute_for_a_look(void **state)
{
    (void)state;
    assert_sent_blindly_after(MESSAGE_POST, 30 * MS_SECOND);
}

static void a_card_waits_two_minutes_for_a_look(void **state)
{
    (void)state;
    assert_sent_blindly_after(MESSAGE_CARD, 2 * MS_MINUTE);
}

/* The time counts anew when it could be looked through in between. */
static void one_look_that_works_begins_the_wait_anew(void **state)
{
    (void)state;
    is_up();
    breaks(LOOK, -1);
    delivers_again(MESSAGE_POST);
    passes(20 * MS_SECOND);
    says(LOOK, 200, seen(OUR_USER, "7-matrix", "5a17", 10));
    delivers_again(MESSAGE_POST);
    breaks(LOOK, -1);
    passes(20 * MS_SECOND);
    delivers_again(MESSAGE_POST);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    assert_int_equal(heard(EVENT_DELIVERY_FAILED), 2);
    assert_int_equal(asked(SEND), 0);
}

static void a_look_that_is_refused_is_not_waited_for(void **state)
{
    (void)state;
    is_up();
    says(LOOK, 403, FORBIDDEN);
    says(SEND, 200, TAKEN);
    delivers_again(MESSAGE_POST);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    assert_int_equal(asked(SEND), 1);
}

/* ---- what becomes of it ---- */

static void an_answer_without_an_id_leaves_it_unknown(void **state)
{
    (void)state;
    is_up();
    says(SEND, 200, "{}");
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_string_equal(last_heard(EVENT_DELIVERY_UNKNOWN)->error, "no event_id in the answer");
    breaks(SEND, -1);
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_int_equal(heard(EVENT_DELIVERY_UNKNOWN), 2);
}

static void what_is_refused_goes_in_a_plainer_form(void **state)
{
    (void)state;
    is_up();
    says(SEND, 200, TAKEN);
    says_once(SEND, 413, "{\"errcode\":\"M_TOO_LARGE\",\"error\":\"too large\"}");
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_int_equal(asked(SEND), 2);
    assert_null(strstr(ask_of(SEND)->body, "formatted_body"));
    assert_true(last_heard(EVENT_DELIVERED)->delivery.plainer);
}

static void a_room_that_takes_no_posts_keeps_them_due(void **state)
{
    (void)state;
    is_up();
    says(SEND, 403, FORBIDDEN);
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.channel_closed);
    assert_true(strstr(last_heard(EVENT_CHAT_REFUSED)->error, "messages to the room are refused"));
    says(SEND, 200, TAKEN);
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    assert_int_equal(heard(EVENT_CHAT_UP), 2);
    says(SEND, 404, "{\"errcode\":\"M_NOT_FOUND\"}");
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_int_equal(asked(SEND), 5); /* in no plainer form: it is not the message */
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.channel_closed);
}

static void a_card_that_is_gone_comes_anew_under_another_number(void **state)
{
    (void)state;
    struct effect_deliver edit = { .kind = MESSAGE_CARD, .edit_id = "$card" };
    is_up();
    says(SEND, 200, TAKEN);
    delivers((struct effect_deliver){ .kind = MESSAGE_CARD });
    char first[256];
    STR_SET(first, ask_of(SEND)->url);
    says(SEND, 400, "{\"errcode\":\"M_UNKNOWN\",\"error\":\"no\"}");
    says("GET /event/%24card", 200, "{\"event_id\":\"$card\"}");
    delivers(edit);
    assert_string_equal(last_heard(EVENT_DELIVERY_FAILED)->error, "no");
    assert_false(last_heard(EVENT_DELIVERY_FAILED)->delivery.target_gone);
    says("GET /event/%24card", 404, "{\"errcode\":\"M_NOT_FOUND\"}");
    delivers(edit);
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.target_gone);
    says(SEND, 200, TAKEN);
    delivers((struct effect_deliver){ .kind = MESSAGE_CARD });
    assert_string_not_equal(ask_of(SEND)->url, first);
    assert_int_equal(strncmp(ask_of(SEND)->url, first, strlen(first)), 0);
}

static void what_is_on_its_way_at_the_end_stays_due(void **state)
{
    (void)state;
    is_up();
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    delivers_again(MESSAGE_POST);
    delivers_to_ana();
    stops();
    assert_int_equal(heard(EVENT_DELIVERED), 0);
    assert_int_equal(heard(EVENT_DELIVERY_FAILED) + heard(EVENT_DELIVERY_UNKNOWN), 3);
}

static void asks_for_file(const char *person)
{
    static const struct effect_file paper = { "reguard-G-0001.txt", "Receipt\n", "G-0001", "$card",
                                              "receipt" };
    struct err err = { "" };
    assert_true(performs(
        (struct effect){ .kind = EFFECT_ANSWER,
                         .answer = { .person_id = person, .text = "Receipt", .file = &paper } },
        &err));
}

/* As text into the media repository, and what it is called there into the room, once. */
static void a_file_goes_up_and_is_named_in_the_room(void **state)
{
    (void)state;
    is_up();
    says(SEND, 200, TAKEN);
    says("POST /_matrix/media/v3/upload", 200, "{\"content_uri\":\"mxc://example.org/A1\"}");
    asks_for_file("@ana:example.org");
    passes(MS_MINUTE);
    assert_int_equal(asked("POST /_matrix/media/v3/upload?filename=reguard-G-0001.txt"), 1);
    static const char begins[] = "Receipt\n\nIts card: https://matrix.to/#/";
    const char *paper = ask_of("POST /upload")->body;
    assert_memory_equal(paper, begins, sizeof begins - 1);
    assert_non_null(strstr(paper, "/%24card?via=example.org\n"));
    assert_int_equal(asked("PUT /send/m.room.message/ mxc://example.org/A1"), 1);
    assert_int_equal(asked("PUT /send/m.room.message/ m.file"), 1);
}

static void files_are_few_and_sent_once(void **state)
{
    static const char *const people[] = { "@a:example.org", "@b:example.org", "@c:example.org",
                                          "@d:example.org", "@e:example.org" };
    (void)state;
    is_up();
    says(SEND, 200, TAKEN);
    breaks("POST /upload", 1);
    asks_for_file(people[0]);
    passes(10 * MS_MINUTE);
    assert_int_equal(asked("POST /upload"), 1);
    assert_int_equal(asked("PUT /send/m.room.message/ did not come as a file"), 1);
    hangs("POST /upload");
    asks_for_file(people[0]);
    for (size_t i = 0; i < COUNT(people); i++)
        asks_for_file(people[i]);
    passes(10 * MS_MINUTE);
    assert_int_equal(asked("POST /upload"), 1 + LIMIT_FILES_UNDER_WAY);
    assert_int_equal(asked("PUT /send/m.room.message/ others are on their way"), 2);
    stops();
    assert_int_equal(asked("PUT /send/m.room.message/ m.file"), 0);
}

static void what_is_not_matrix_is_refused(void **state)
{
    (void)state;
    static const struct {
        struct effect effect;
        const char *why;
    } cases[] = {
        { { .kind = EFFECT_MAIL }, "Matrix cannot do “mail”" },
        { { .kind = EFFECT_DELIVER,
            .deliver = { .kind = MESSAGE_DIRECT, .key = "k", .body = BODY } },
          "the person has no Matrix id" },
        { { .kind = EFFECT_DELIVER, .deliver = { .kind = MESSAGE_POST, .key = "k", .body = "{" } },
          "" },
        { { .kind = EFFECT_IDENTIFY }, "there is no Matrix id" },
    };
    is_up();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = { "" };
        assert_false(performs(cases[i].effect, &err));
        if (!err.text[0] || !strstr(err.text, cases[i].why))
            fail_msg("“%s” is not “%s”", err.text, cases[i].why);
    }
    passes(MS_SECOND);
    assert_int_equal(asked(SEND), 0);
}

/* What it does not tell is no leave to lower anything. */
static void who_is_in_the_room_is_told_or_unread(void **state)
{
    (void)state;
    static const struct {
        long status;
        const char *body;
        unsigned flags;
        bool error;
    } cases[] = {
        { 200, "{\"membership\":\"join\"}", 0, false },
        { 200, "{\"membership\":\"invite\"}", IDENTITY_INVITED, false },
        { 200, "{\"membership\":\"ban\"}", IDENTITY_GONE, false },
        { 200, "{}", IDENTITY_UNREAD, false },
        { 404, "{\"errcode\":\"M_NOT_FOUND\"}", IDENTITY_GONE, false },
        { 403, "{\"errcode\":\"M_FORBIDDEN\",\"error\":\"not here\"}", 0, true },
        { 502, "<html>", 0, true },
    };
    is_up();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = { "" };
        says("GET /state/m.room.member/%40ana", cases[i].status, cases[i].body);
        assert_true(performs(
            (struct effect){ .kind = EFFECT_IDENTIFY, .id = 9, .identify = "@ana:example.org" },
            &err));
        passes(5 * MS_SECOND);
        assert_int_equal(heard(EVENT_IDENTIFIED), i + 1);
        assert_int_equal(last_heard(EVENT_IDENTIFIED)->flags, cases[i].flags);
        assert_int_equal(last_heard(EVENT_IDENTIFIED)->error[0] != '\0', cases[i].error);
    }
}

/* Their clock is asked for where that is wanted, of those who may act, and of nobody else. */
static void a_clock_is_told_by_the_zone_of_the_profile(void **state)
{
    (void)state;
    static const struct {
        long status;
        const char *profile;
        bool known;
    } cases[] = {
        { 200, "{\"m.tz\":\"Africa/Lagos\"}", true },
        { 200, "{\"displayname\":\"Ana\",\"us.cloke.msc4175.tz\":\"Africa/Lagos\"}", true },
        { 200, "{\"m.tz\":\"Mars/Olympus\"}", false },
        { 200, "{\"m.tz\":\"../../../etc/passwd\"}", false },
        { 200, "{\"m.tz\":3600}", false },
        { 200, "{}", false },
        { 404, "{\"errcode\":\"M_NOT_FOUND\"}", false },
        { 403, "{\"errcode\":\"M_FORBIDDEN\"}", false },
        { 502, "<html>", false },
    };
    struct effect who = { .kind = EFFECT_IDENTIFY, .id = 9, .identify = "@ana:example.org" };
    struct err err = { "" };
    is_up();
    says("GET /state/m.room.member/%40ana", 200, "{\"membership\":\"join\"}");
    size_t first = (size_t)asked("GET /profile/%40ana");
    assert_true(performs(who, &err));
    passes(5 * MS_SECOND);
    assert_int_equal(asked("GET /profile/%40ana"), first);
    who.zone = true;
    for (size_t i = 0; i < COUNT(cases); i++) {
        says("GET /profile/%40ana", cases[i].status, cases[i].profile);
        assert_true(performs(who, &err));
        passes(5 * MS_SECOND);
        assert_int_equal(heard(EVENT_IDENTIFIED), i + 2);
        const struct heard *h = last_heard(EVENT_IDENTIFIED);
        assert_string_equal(h->error, "");
        if (h->flags || h->zone_known != cases[i].known ||
            h->zone.ahead_ms != cases[i].known * MS_HOUR)
            fail_msg("%s", cases[i].profile);
    }
    static const ms_t SPRING = 1806195600000; /* 2027-03-28 01:00 UTC */
    peer.later_ms = SPRING - 12 * MS_HOUR - clock_wall_ms();
    says("GET /profile/%40ana", 200, "{\"m.tz\":\"Europe/Berlin\"}");
    assert_true(performs(who, &err));
    passes(5 * MS_SECOND);
    const struct zone turned = last_heard(EVENT_IDENTIFIED)->zone;
    assert_true(turned.ahead_ms == MS_HOUR && turned.turn_ms == SPRING &&
                turned.then_ms == 2 * MS_HOUR);
    says("GET /state/m.room.member/%40ana", 200, "{\"membership\":\"ban\"}");
    size_t before = (size_t)asked("GET /profile/%40ana");
    assert_true(performs(who, &err));
    passes(5 * MS_SECOND);
    assert_int_equal(asked("GET /profile/%40ana"), before);
}

/* "at 2026-03-02 09:00 UTC", to that person alone. */
static const char *told_at(const char *person)
{
    CLEANUP(buf_done) struct buf b;
    struct err err = { "" };
    buf_init(&b, 100);
    buf_add(&b, "at ");
    rich_add_time(&b, 1772442000000);
    assert_true(performs((struct effect){ .kind = EFFECT_ANSWER,
                                          .answer = { .person_id = person, .text = buf_text(&b) } },
                         &err));
    passes(MS_SECOND);
    return ask_of(SEND)->body;
}

/* Their profile is read once the room is followed, so that the first thing that is said to them has
   their times; nothing waits for that. */
static void what_is_said_to_one_has_the_times_of_their_clock(void **state)
{
    (void)state;
    says("GET /profile/%40ana", 200, "{\"m.tz\":\"Africa/Lagos\"}");
    says("GET /profile/%40ben", 404, "{\"errcode\":\"M_NOT_FOUND\"}");
    is_up();
    passes(MS_SECOND);
    assert_int_equal(asked("GET /profile/%40ben"), 1);
    says(SEND, 200, TAKEN);
    assert_non_null(strstr(told_at("@ana:example.org"),
                           "at 2026-03-02 10:00 Africa/Lagos (2026-03-02 09:00 UTC)"));
    assert_int_equal(asked("GET /profile/%40ana"), 1);
    for (int i = 0; i < 2; i++)
        assert_non_null(strstr(told_at("@ben:example.org"), "at 2026-03-02 09:00 UTC"));
    assert_int_equal(asked("GET /profile/%40ben"), 1);
    told_at("@eve:example.org");
    assert_int_equal(asked("GET /profile/%40eve"), 0);
    /* A message to one person alone has them, too, and none that others read has. */
    struct err err = { "" };
    CLEANUP(buf_done) struct buf b, rendered;
    buf_init(&b, 100);
    rich_add_time(&b, 1772442000000);
    struct message m = message_saying(MESSAGE_DIRECT, buf_text(&b));
    m.to = "ana";
    for (int alone = 1; alone >= 0; alone--) {
        m.kind = alone ? MESSAGE_DIRECT : MESSAGE_POST;
        buf_init(&rendered, LIMIT_MESSAGE_BYTES);
        assert_true(peer.adapter->ops->render(peer.adapter, &m, &rendered, &err));
        assert_int_equal(strstr(buf_text(&rendered), "10:00 Africa/Lagos") != NULL, alone);
        buf_done(&rendered);
    }
}

/* ---- answers ---- */

/* A poll's answer of two megabytes: hours of talk, and one command at the end. */
static void add_long_answer(struct buf *b)
{
    buf_add(b, "{\"next_batch\":\"s2\",\"rooms\":{\"join\":{\"" OUR_ROOM
               "\":{\"timeline\":{\"events\":[");
    for (int i = 0; i < 100; i++)
        buf_addf(b,
                 "{\"type\":\"m.room.message\",\"event_id\":\"$t%d\",\"sender\":\"@ana:example.org"
                 "\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"%020000d\"}},",
                 i, i);
    buf_add(b, "{\"type\":\"m.room.message\",\"event_id\":\"$1\",\"sender\":\"@ana:example.org\","
               "\"content\":{\"msgtype\":\"m.text\",\"body\":\"!reguard status\"}}]}}}}}");
}

/* While it is read, what else has come is not kept waiting. */
static void a_long_answer_is_read_beside_the_others(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4 * 1024 * 1024);
    add_long_answer(&b);
    is_up();
    says_once("GET &since=s1", 200, buf_text(&b));
    says(SEND, 200, TAKEN);
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    size_t said = 0, delivered = 0;
    for (size_t i = 0; i < peer.heard_count; i++) {
        said = peer.heard[i].kind == EVENT_SAID ? i : said;
        delivered = peer.heard[i].kind == EVENT_DELIVERED ? i : delivered;
    }
    assert_true(delivered && said > delivered);
    /* It is stopped in the middle of one. */
    says_once("GET &since=s2", 200, buf_text(&b));
    assert_true(answer_one());
    stops();
    assert_int_equal(heard(EVENT_SAID), 1);
}

/* A read goes on with the next token, which is on its way. */
static void a_read_waits_for_the_token_that_is_renewed(void **state)
{
    (void)state;
    static const char ENDED[] = "{\"errcode\":\"M_UNKNOWN_TOKEN\",\"error\":\"it has ended\"}";
    writes_token("{\"access_token\":\"syt_first\",\"refresh_token\":\"syr_first\"}");
    is_up();
    says_once("GET /state/m.room.member/%40ana", 401, ENDED);
    struct err err = { "" };
    assert_true(performs(
        (struct effect){ .kind = EFFECT_IDENTIFY, .id = 9, .identify = "@ana:example.org" }, &err));
    passes(MS_SECOND);
    assert_int_equal(asked("POST /refresh"), 1);
    assert_int_equal(asked("GET /state/m.room.member/%40ana"), 1);
    says("POST /refresh", 200, "{\"access_token\":\"syt_next\"}");
    passes(MS_SECOND);
    assert_string_equal(ask_of("GET /state/m.room.member/%40ana")->bearer, "Bearer syt_next");
    assert_int_equal(last_heard(EVENT_IDENTIFIED)->error[0], '\0');
}

/* As long as it says, by header or in the answer; nothing is sent before. */
static void a_homeserver_that_asks_to_slow_down_is_obeyed(void **state)
{
    (void)state;
    is_up();
    says(SEND, 429, "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"retry_after_ms\":20000}");
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_int_equal(last_heard(EVENT_DELIVERY_FAILED)->delivery.retry_after_ms, 20000);
    says(SEND, 200, TAKEN);
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_int_equal(asked(SEND), 1);
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.retry_after_ms > 0);
    passes(20 * MS_SECOND);
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_int_equal(asked(SEND), 2);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    /* An alarm waits a minute at the most. */
    script(SEND, (struct http_result){ .status = 429, .retry_after_ms = MS_HOUR }, -1);
    delivers((struct effect_deliver){ .kind = MESSAGE_POST });
    assert_int_equal(last_heard(EVENT_DELIVERY_FAILED)->delivery.retry_after_ms, MS_MINUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_there_already_is_not_sent_again),
        TEST(only_our_own_message_counts_as_there),
        TEST(it_is_looked_for_back_to_the_first_attempt),
        TEST(of_a_page_too_long_half_is_looked_at),
        TEST(an_alarm_waits_half_a_minute_for_a_look),
        TEST(a_card_waits_two_minutes_for_a_look),
        TEST(one_look_that_works_begins_the_wait_anew),
        TEST(a_look_that_is_refused_is_not_waited_for),
        TEST(an_answer_without_an_id_leaves_it_unknown),
        TEST(what_is_refused_goes_in_a_plainer_form),
        TEST(a_room_that_takes_no_posts_keeps_them_due),
        TEST(a_card_that_is_gone_comes_anew_under_another_number),
        TEST(what_is_on_its_way_at_the_end_stays_due),
        TEST(a_file_goes_up_and_is_named_in_the_room),
        TEST(files_are_few_and_sent_once),
        TEST(what_is_not_matrix_is_refused),
        TEST(who_is_in_the_room_is_told_or_unread),
        TEST(a_clock_is_told_by_the_zone_of_the_profile),
        TEST(what_is_said_to_one_has_the_times_of_their_clock),
        TEST(a_long_answer_is_read_beside_the_others),
        TEST(a_read_waits_for_the_token_that_is_renewed),
        TEST(a_homeserver_that_asks_to_slow_down_is_obeyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
