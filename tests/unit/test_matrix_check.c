/* SPDX-License-Identifier: Apache-2.0 */
/* What the Matrix adapter's row says of it: to `check`, which looks and does nothing, to /readyz
   and to /metrics. */
#include "tests/unit/unit_homeserver.h"

#include "adapters/matrix/settings.h"

static struct matrix_settings settings;

static void makes(bool looks_only)
{
    struct err err = { "" };
    STR_SET(settings.homeserver, "https://hs.example.org/");
    STR_SET(settings.access_token_file, hs.token_file);
    STR_SET(settings.user, OUR_USER);
    STR_SET(settings.room, OUR_ROOM);
    STR_SET(settings.prefix, "!reguard");
    peer.adapter = matrix_kind.make(&(struct adapter_world){ .inbox = &peer.inbox,
                                                             .settings = &settings,
                                                             .policy = &peer.policy,
                                                             .people = &peer.people,
                                                             .secrets = { secret_from("unused") },
                                                             .salt = "5a17",
                                                             .look_only = looks_only },
                                    &err);
    if (!peer.adapter)
        fail_msg("%s", err.text);
    assert_true(peer.adapter && peer.adapter->ops->start(peer.adapter, &err));
    passes(MS_SECOND);
}

static void add_line(void *arg, bool fine, const char *text)
{
    buf_addf(arg, "%s%s\n", fine ? "" : "BAD ", text);
}

static void assert_describes(const char *line, bool wanted)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 16 * 1024);
    matrix_kind.describe(peer.adapter, add_line, &b);
    if (!strstr(buf_text(&b), line) == wanted)
        fail_msg("“%s” is %s in: %s", line, wanted ? "not" : "wrongly", buf_text(&b));
}

/* Nothing that looks changes anything. */
static void assert_only_looked(void)
{
    for (size_t i = 0; i < peer.ask_count; i++)
        assert_string_equal(peer.asks[i].method, "GET");
}

static void a_room_that_is_well_is_described(void **state)
{
    (void)state;
    says("GET /joined_members", 200,
         "{\"joined\":{\"@ana:example.org\":{},\"" OUR_USER "\":{},\"@x:else.example\":{}}}");
    makes(true);
    assert_describes("room " OUR_ROOM ": version 11, join rule invite, no federation, not "
                     "encrypted\n",
                     true);
    assert_describes("note: 1 members have no say here", true);
    assert_describes("0 of 2 people have a direct room", true);
    assert_describes("risk: whoever administers the homeserver", true);
    assert_describes("BAD", false);
    assert_describes("could not be counted", false);
    assert_only_looked();
}

static void what_is_open_is_a_risk(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *line;
    } rules[] = { { "{\"join_rule\":\"public\"}", "risk: the room is public" },
                  { "{\"join_rule\":\"knock\"}", "risk: people can enter the room without an" },
                  { "{}", "join rule unknown" } };
    says("GET /state/m.room.create", 200, "{}");
    says("GET /joined_members", 200, "{\"joined\":\"?\"}");
    for (size_t i = 0; i < COUNT(rules); i++) {
        says("GET /state/m.room.join_rules", 200, rules[i].rule);
        makes(true);
        assert_describes(rules[i].line, true);
        assert_describes("version 1, ", true);
        assert_describes("risk: federation is on", true);
        assert_describes("note: the room's members could not be counted", true);
        stops();
    }
}

static void what_does_not_work_is_bad(void **state)
{
    (void)state;
    says("GET /account/whoami", 200, "{\"user_id\":\"" OUR_USER "\"}");
    says("GET /state/m.room.encryption", 200, "{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");
    says("GET /account_data/dev.reguard.direct", 200, "{\"refused\":\"no more rooms\"}");
    peer.policy.approve_with = APPROVE_BY_BUTTON;
    makes(true);
    assert_describes("BAD room " OUR_ROOM, true);
    assert_describes("ENCRYPTED", true);
    assert_describes("BAD the access token belongs to no device", true);
    assert_describes("BAD nobody can approve here", true);
    assert_describes("BAD people cannot be written to alone, as alarms are: the homeserver makes "
                     "no room for it (no more rooms)",
                     true);
    assert_only_looked();
}

static void of_a_room_we_are_not_in_nothing_is_described(void **state)
{
    (void)state;
    says("GET /joined_rooms", 200, "{\"joined_rooms\":[\"!other:example.org\"]}");
    says("GET /sync?", 200, "{\"next_batch\":\"s1\"}");
    makes(true);
    assert_describes("room", false);
    assert_told(EVENT_CHAT_REFUSED, "is not in the room; invite it");
    stops();
    says("GET /sync?", 200, "{\"next_batch\":\"s1\",\"rooms\":{\"invite\":{\"" OUR_ROOM "\":{}}}}");
    makes(true);
    assert_told(EVENT_CHAT_REFUSED, "is invited to the room and has not come in");
    assert_only_looked();
}

static void a_tombstone_without_a_replacement_is_told(void **state)
{
    (void)state;
    says("GET /state/m.room.tombstone", 200, "{\"body\":\"over\"}");
    makes(true);
    assert_told(EVENT_CHAT_REFUSED, "the room was closed (tombstone)");
    assert_describes("BAD room", true);
}

static void assert_trouble(const char *wanted)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    matrix_kind.trouble(peer.adapter, &b);
    assert_string_equal(buf_text(&b), wanted);
}

static void that_nobody_can_be_written_to_alone_is_a_trouble(void **state)
{
    (void)state;
    says("GET /account_data/dev.reguard.direct", 200, "{\"refused\":\"no more rooms\"}");
    says("POST /createRoom", 403, "{\"errcode\":\"M_FORBIDDEN\",\"error\":\"no more rooms\"}");
    makes(false);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
    assert_trouble("matrix: people cannot be written to alone, the homeserver makes no room for "
                   "it: no more rooms");
    /* It is tried with each look at the room, until it goes. */
    says("POST /createRoom", 200, "{\"room_id\":\"!ana:example.org\"}");
    passes(6 * MS_MINUTE);
    assert_trouble("");
    assert_true(strstr(ask_of("PUT /account_data/dev.reguard.direct")->body, "\"\""));
}

struct figures {
    uint64_t cleaned, left_out;
    size_t count;
};

static void take_figure(void *arg, const char *name, const char *help, uint64_t value)
{
    struct figures *f = arg;
    assert_true(help[0]);
    f->count++;
    if (str_equal(name, "matrix_answers_cleaned_total"))
        f->cleaned = value;
    if (str_equal(name, "matrix_events_left_out_total"))
        f->left_out = value;
}

static void assert_figures(uint64_t cleaned, uint64_t left_out)
{
    struct figures f = { 0 };
    matrix_kind.counters(peer.adapter, take_figure, &f);
    assert_int_equal(f.count, 2);
    assert_int_equal(f.cleaned, cleaned);
    assert_int_equal(f.left_out, left_out);
}

/* Two events of three cannot be read; the answer counts once. */
static void what_had_to_be_cleaned_is_counted(void **state)
{
    (void)state;
    makes(false);
    assert_figures(0, 0);
    says_once("GET &since=s1", 200,
              "{\"next_batch\":\"s2\",\"rooms\":{\"join\":{\"" OUR_ROOM
              "\":{\"timeline\":{\"events\":[{\"a\":1,\"a\":2},{\"type\":\"m.room.message\","
              "\"event_id\":\"$1\",\"sender\":\"@ana:example.org\",\"content\":{\"msgtype\":"
              "\"m.text\",\"body\":\"!reguard status\"}},{\"b\":1,\"b\":2}]}}}}}");
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_SAID), 1);
    assert_figures(1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_room_that_is_well_is_described),
        TEST(what_is_open_is_a_risk),
        TEST(what_does_not_work_is_bad),
        TEST(of_a_room_we_are_not_in_nothing_is_described),
        TEST(a_tombstone_without_a_replacement_is_told),
        TEST(that_nobody_can_be_written_to_alone_is_a_trouble),
        TEST(what_had_to_be_cleaned_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
