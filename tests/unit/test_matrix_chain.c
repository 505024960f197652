/* SPDX-License-Identifier: Apache-2.0 */
/* The Matrix adapter's way to what is said in the room, when the homeserver does not go along:
   refuses, breaks off, sends too much, or tells something else than yesterday. */
#include "tests/unit/unit_homeserver.h"

#define SYNC "GET /sync?"
#define PAGE "GET /messages?dir=f"

static const char LIMITED[] = "{\"next_batch\":\"s2\",\"rooms\":{\"join\":{\"" OUR_ROOM
                              "\":{\"timeline\":{\"limited\":true,\"prev_batch\":\"p9\","
                              "\"events\":[{\"type\":\"m.room.message\",\"event_id\":\"$last\","
                              "\"sender\":\"@ana:example.org\",\"origin_server_ts\":1795526055000,"
                              "\"content\":{\"msgtype\":\"m.text\",\"body\":\"!reguard last\"}}]}"
                              "}}}}";

/* A page of one command, and where the next one begins; end "": it is the last. */
static const char *page(const char *id, const char *end)
{
    static char pages[32][512];
    static size_t at;
    char *text = pages[at++ % COUNT(pages)];
    snprintf(text, sizeof pages[0],
             "{\"chunk\":[{\"type\":\"m.room.message\",\"event_id\":\"$%s\",\"sender\":\"@ana:"
             "example.org\",\"origin_server_ts\":1795526054000,\"content\":{\"msgtype\":\"m.text\","
             "\"body\":\"!reguard %s\"}}]%s%s%s}",
             id, id, end[0] ? ",\"end\":\"" : "", end, end[0] ? "\"" : "");
    return text;
}

/* "one two": what was said, in the order in which the engine heard it. */
static void assert_said(const char *words)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64 * 1024);
    for (size_t i = 0; i < peer.heard_count; i++)
        if (peer.heard[i].kind == EVENT_SAID)
            buf_addf(&b, "%s%s", b.bytes ? " " : "",
                     peer.heard[i].text + strspn(peer.heard[i].text, " "));
    assert_string_equal(buf_text(&b), words);
}

/* Since when something is missing, as the newest mark keeps it; "0": nothing is. */
static bool mark_misses_nothing(void)
{
    const char *mark = last_heard(EVENT_MARK)->mark, *since = strrchr(mark, '\n');
    assert_non_null(since);
    return str_equal(since, "\n0");
}

/* ---- polls ---- */

static bool asked_for(int events)
{
    char part[64];
    snprintf(part, sizeof part, "timeline%%22%%3A%%7B%%22limit%%22%%3A%d%%2C", events);
    return strstr(ask_of(SYNC)->url, part);
}

static void of_an_answer_that_is_too_long_less_is_asked_for(void **state)
{
    (void)state;
    is_up();
    assert_true(asked_for(50));
    says_too_much(SYNC "set_presence=offline&timeout=30000", 1);
    passes(MS_SECOND);
    assert_true(asked_for(25));
    assert_int_equal(heard(EVENT_CHAT_DOWN), 0);
    says_too_much(SYNC, -1);
    passes(5 * MS_MINUTE);
    assert_true(asked_for(1));
    assert_told(EVENT_CHAT_DOWN, "too long");
    /* Down, and not given up. */
    hangs(SYNC);
    says(SYNC "set_presence=offline&timeout=0&", 200, "{\"next_batch\":\"s3\"}");
    passes(MS_MINUTE);
    assert_int_equal(heard(EVENT_CHAT_UP), 2);
}

static void a_place_that_is_not_known_any_more_is_a_loss(void **state)
{
    (void)state;
    is_up();
    assert_true(mark_misses_nothing());
    says_once("GET &since=s1", 400, "{\"errcode\":\"M_UNKNOWN\",\"error\":\"no such place\"}");
    passes(MS_SECOND);
    assert_told(EVENT_CHAT_DOWN, "does not know our place");
    assert_int_equal(heard(EVENT_CHAT_UP), 2);
    assert_false(mark_misses_nothing());
}

/* An answer without a place to go on from brings nothing, whatever is in it. */
static void an_answer_without_its_place_is_none(void **state)
{
    (void)state;
    is_up();
    char text[2048];
    snprintf(text, sizeof text, "{\"rooms\":%s", strchr(strstr(LIMITED, "rooms"), '{'));
    says(SYNC, 200, text);
    passes(10 * MS_SECOND);
    assert_said("");
    assert_told(EVENT_CHAT_DOWN, "next_batch");
}

/* ---- whether it is our room ---- */

static void a_room_that_tells_nothing_is_followed_all_the_same(void **state)
{
    (void)state;
    breaks("GET /state/m.room.create", -1);
    starts(usual_options());
    passes(20 * MS_SECOND);
    assert_told(EVENT_CHAT_REFUSED, "the state of the room cannot be read (the line broke)");
    assert_int_equal(last_heard(EVENT_CHAT_REFUSED)->still, CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS);
    assert_int_equal(heard(EVENT_CHAT_UP), 0);
    says("GET /state/m.room.create", 200, "{\"room_version\":\"11\"}");
    passes(10 * MS_SECOND);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

static void what_it_refuses_to_tell_is_said_by_its_code(void **state)
{
    (void)state;
    says("GET /state/m.room.join_rules", 403, "{\"errcode\":\"M_FORBIDDEN\"}");
    starts(usual_options());
    passes(20 * MS_SECOND);
    assert_told(EVENT_CHAT_REFUSED, "cannot be read (M_FORBIDDEN)");
    says("GET /joined_rooms", 200, "{}");
    passes(20 * MS_SECOND);
    assert_told(EVENT_CHAT_REFUSED, "cannot be read (the room could not be read)");
}

/* What the polls tell while the state is being read is newer than it. */
static void a_state_that_changes_while_it_is_read_is_read_anew(void **state)
{
    (void)state;
    is_up();
    hangs("GET /state/m.room.encryption");
    passes(5 * MS_MINUTE);
    size_t before = asked("GET /state/m.room.tombstone");
    says_once("GET &since=s1", 200,
              "{\"next_batch\":\"s2\",\"rooms\":{\"join\":{\"" OUR_ROOM
              "\":{\"timeline\":{\"events\":[{\"type\":\"m.room.tombstone\",\"state_key\":\"\","
              "\"event_id\":\"$t\",\"sender\":\"@ana:example.org\","
              "\"content\":{\"replacement_room\":\"!new:example.org\"}}]}}}}}");
    passes(MS_SECOND);
    assert_told(EVENT_CHAT_REFUSED, "its replacement is !new:example.org");
    says("GET /state/m.room.tombstone", 200, "{\"replacement_room\":\"!new:example.org\"}");
    says("GET /state/m.room.encryption", 404, "{\"errcode\":\"M_NOT_FOUND\"}");
    passes(10 * MS_SECOND);
    assert_int_equal(asked("GET /state/m.room.tombstone"), before + 1);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

static void it_comes_in_when_it_is_invited(void **state)
{
    (void)state;
    says("GET /joined_rooms", 200, "{\"joined_rooms\":[]}");
    says("POST /join", 403, "{\"errcode\":\"M_FORBIDDEN\",\"error\":\"not invited\"}");
    starts(usual_options());
    passes(10 * MS_SECOND);
    assert_told(EVENT_CHAT_REFUSED, "account is not in the room; invite it");
    says("POST /join", 200, "{}");
    says_once("GET &since=s1", 200,
              "{\"next_batch\":\"s2\",\"rooms\":{\"invite\":{\"" OUR_ROOM "\":{}}}}");
    passes(5 * MS_SECOND);
    assert_int_equal(asked("POST /join"), 2);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
    /* And sent out again. */
    says("GET /joined_rooms", 200, "{\"joined_rooms\":[]}");
    says("POST /join", 403, "{\"errcode\":\"M_FORBIDDEN\",\"error\":\"not invited\"}");
    says_once("GET &since=s2", 200,
              "{\"next_batch\":\"s3\",\"rooms\":{\"leave\":{\"" OUR_ROOM "\":{}}}}");
    passes(5 * MS_SECOND);
    assert_told(EVENT_CHAT_REFUSED, "account is not in the room");
}

static void a_join_that_breaks_is_tried_again(void **state)
{
    (void)state;
    says("GET /joined_rooms", 200, "{\"joined_rooms\":[]}");
    breaks("POST /join", 2);
    starts(usual_options());
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_CHAT_REFUSED) + heard(EVENT_CHAT_UP), 0);
    says("POST /join", 200, "{}");
    passes(10 * MS_SECOND);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

/* ---- what the homeserver left out ---- */

static void a_gap_is_heard_before_what_came_behind_it(void **state)
{
    (void)state;
    is_up();
    says_once("GET /messages?dir=f&limit=100&from=a1&to=p9", 200, page("two", ""));
    says_once("GET /messages?dir=f&limit=100&from=s1&to=p9", 200, page("one", "a1"));
    says_once("GET &since=s1", 200, LIMITED);
    passes(MS_SECOND);
    assert_said("one two last");
    assert_true(mark_misses_nothing());
    assert_int_equal(heard(EVENT_CHAT_DOWN), 0);
}

static void of_a_page_that_is_too_long_half_is_asked_for(void **state)
{
    (void)state;
    is_up();
    says_too_much("GET &limit=100&", -1);
    says_too_much("GET &limit=50&", -1);
    says_once("GET /messages?dir=f&limit=25&from=s1", 200, page("one", ""));
    says_once("GET &since=s1", 200, LIMITED);
    passes(10 * MS_SECOND);
    assert_said("one last");
    assert_true(mark_misses_nothing());
    assert_int_equal(asked("GET &limit=100&"), 1); /* it would be as long once more */
    assert_int_equal(asked("GET &limit=50&"), 1);
}

/* Eight pages that fit, and it dares to ask for more again. */
static void pages_grow_again_slowly(void **state)
{
    (void)state;
    is_up();
    says(PAGE, 200, page("more", "on"));
    says(PAGE "&limit=100&from=on", 200, page("end", ""));
    says_too_much(PAGE "&limit=100&from=s1", -1);
    for (int i = 0; i < 12; i++) {
        static char next[12][64], at[12][96];
        snprintf(next[i], sizeof next[i], "b%d", i + 1);
        snprintf(at[i], sizeof at[i], PAGE "&limit=50&from=%s", i ? next[i - 1] : "s1");
        says(at[i], 200, page("on", next[i]));
    }
    says(PAGE "&limit=100&from=b", 200, page("end", ""));
    says_once("GET &since=s1", 200, LIMITED);
    passes(10 * MS_SECOND);
    assert_said("on on on on on on on end last");
}

/* What cannot be read to its end is a loss: people are told, and it is looked for by its time. */
static void assert_gap_is_a_loss(const char *said)
{
    says_once("GET &since=s1", 200, LIMITED);
    passes(10 * MS_SECOND);
    assert_said(said);
    assert_told(EVENT_CHAT_DOWN, "messages may have been missed");
    assert_false(mark_misses_nothing());
    assert_int_equal(heard(EVENT_CHAT_UP), 2);
}

static void a_gap_with_one_event_too_long_is_a_loss(void **state)
{
    (void)state;
    is_up();
    says_too_much(PAGE, -1);
    assert_gap_is_a_loss("last");
    assert_true(strstr(ask_of(PAGE)->url, "limit=1&"));
}

static void a_gap_that_may_not_be_read_is_a_loss(void **state)
{
    (void)state;
    is_up();
    says(PAGE, 403, "{\"errcode\":\"M_FORBIDDEN\"}");
    assert_gap_is_a_loss("last");
}

static void a_gap_without_end_is_a_loss(void **state)
{
    (void)state;
    is_up();
    says(PAGE "&limit=100&from=odd", 200, page("on", "even"));
    says(PAGE "&limit=100&from=even", 200, page("on", "odd"));
    says(PAGE "&limit=100&from=s1", 200, page("on", "odd"));
    says_once("GET &since=s1", 200, LIMITED);
    passes(10 * MS_SECOND);
    assert_int_equal(asked(PAGE), LIMIT_MATRIX_GAP_PAGES);
    assert_told(EVENT_CHAT_DOWN, "messages may have been missed");
    assert_false(mark_misses_nothing());
}

/* Nothing of the answer counts until its gap is read: it is asked for again from the same place. */
static void a_gap_that_breaks_off_is_read_again(void **state)
{
    (void)state;
    is_up();
    says("GET &since=s1", 200, LIMITED);
    breaks(PAGE, LIMIT_READ_ATTEMPTS);
    passes(MS_SECOND / 2);
    assert_said("");
    assert_int_equal(heard(EVENT_MARK), 1);
    says_once(PAGE, 200, page("one", ""));
    passes(MS_SECOND);
    assert_said("one last");
    assert_true(mark_misses_nothing());
}

static void a_page_without_its_list_is_no_page(void **state)
{
    (void)state;
    is_up();
    says("GET &since=s1", 200, LIMITED);
    says(PAGE, 200, "{\"end\":\"a1\"}");
    passes(MS_SECOND);
    assert_said("");
    says(PAGE, 200, page("one", ""));
    passes(10 * MS_SECOND);
    assert_said("one last");
}

/* ---- an engine that is slow ---- */

static void no_more_is_put_than_may_be_unacknowledged(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024 * 1024);
    buf_add(&b, "{\"chunk\":[");
    for (int i = 0; i < LIMIT_MATRIX_FED + 100; i++)
        buf_addf(&b,
                 "%s{\"type\":\"m.room.message\",\"event_id\":\"$%d\",\"sender\":\"@ana:example."
                 "org\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"!reguard x\"}}",
                 i ? "," : "", i);
    buf_add(&b, "]}");
    is_up();
    says(PAGE, 200, buf_text(&b));
    says_once("GET &since=s1", 200, LIMITED);
    peer.engine_is_slow = true;
    passes(10 * MS_SECOND);
    assert_int_equal(heard(EVENT_SAID), LIMIT_MATRIX_FED);
    assert_int_equal(heard(EVENT_MARK), 1);
    peer.engine_is_slow = false;
    struct event on_disk = { .kind = EVENT_SAID, .id = "$" };
    for (int i = 0; i < LIMIT_MATRIX_FED; i++)
        peer.adapter->ops->acknowledge(peer.adapter, &on_disk);
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_SAID), LIMIT_MATRIX_FED + 101);
    assert_int_equal(heard(EVENT_MARK), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_an_answer_that_is_too_long_less_is_asked_for),
        TEST(a_place_that_is_not_known_any_more_is_a_loss),
        TEST(an_answer_without_its_place_is_none),
        TEST(a_room_that_tells_nothing_is_followed_all_the_same),
        TEST(what_it_refuses_to_tell_is_said_by_its_code),
        TEST(a_state_that_changes_while_it_is_read_is_read_anew),
        TEST(it_comes_in_when_it_is_invited),
        TEST(a_join_that_breaks_is_tried_again),
        TEST(a_gap_is_heard_before_what_came_behind_it),
        TEST(of_a_page_that_is_too_long_half_is_asked_for),
        TEST(pages_grow_again_slowly),
        TEST(a_gap_with_one_event_too_long_is_a_loss),
        TEST(a_gap_that_may_not_be_read_is_a_loss),
        TEST(a_gap_without_end_is_a_loss),
        TEST(a_gap_that_breaks_off_is_read_again),
        TEST(a_page_without_its_list_is_no_page),
        TEST(no_more_is_put_than_may_be_unacknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
