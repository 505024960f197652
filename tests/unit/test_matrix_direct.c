/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to one person alone: the room for it, who is asked into it and how, and what happens
   where the homeserver does not take that. */
#include "tests/unit/unit_homeserver.h"

#define TO_ANA "PUT /rooms/%21ana%3Aexample.org/send/"
#define ANA_INVITED "PUT /rooms/%21ana%3Aexample.org/state/m.room.member/"
#define ANA_ASKED_IN "POST /rooms/%21ana%3Aexample.org/invite"
#define ANA_THERE "GET /rooms/%21ana%3Aexample.org/state/m.room.member/"

static void has_anas_room(void)
{
    says("GET /account_data/m.direct", 200,
         "{\"@ana:example.org\":[\"!old:example.org\",\"!ana:example.org\"],"
         "\"@eve:else.example\":[\"!eve:else.example\"]}");
    says(ANA_THERE, 200, "{\"membership\":\"leave\"}");
    says(TO_ANA, 200, TAKEN);
    is_up();
}

static void the_first_message_makes_the_room(void **state)
{
    (void)state;
    is_up();
    says("GET /account_data/m.direct", 404, "{\"errcode\":\"M_NOT_FOUND\"}");
    says("POST /createRoom", 200, "{\"room_id\":\"!ana:example.org\"}");
    says(TO_ANA, 200, TAKEN);
    delivers_to_ana();
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    assert_true(strstr(ask_of("POST /createRoom")->body, "\"m.federate\":false"));
    assert_true(strstr(ask_of("PUT /account_data/m.direct")->body,
                       "\"@ana:example.org\":[\"!ana:example.org\"]"));
    assert_true(strstr(ask_of("GET /sync?")->url, "%21ana%3Aexample.org"));
}

static void whoever_is_there_is_not_invited(void **state)
{
    (void)state;
    has_anas_room();
    says(ANA_THERE, 200, "{\"membership\":\"join\"}");
    delivers_to_ana();
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    assert_int_equal(asked(ANA_INVITED) + asked(ANA_ASKED_IN) + asked("POST /createRoom"), 0);
}

/* The invitation says what it is about: it is all that notifies them. */
static void whoever_is_not_there_is_invited_with_the_message(void **state)
{
    (void)state;
    has_anas_room();
    says(ANA_INVITED, 200, "{\"event_id\":\"$i\"}");
    delivers_to_ana();
    assert_true(strstr(ask_of(ANA_INVITED)->body, "\"reason\":\"hello\""));
    assert_int_equal(asked(ANA_ASKED_IN), 0);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
}

static void where_the_state_is_refused_the_call_invites(void **state)
{
    (void)state;
    has_anas_room();
    says(ANA_INVITED, 403, FORBIDDEN);
    says(ANA_ASKED_IN, 200, "{}");
    delivers_to_ana();
    assert_true(strstr(ask_of(ANA_ASKED_IN)->body, "\"reason\":\"hello\""));
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    assert_int_equal(asked("POST /createRoom"), 0);
}

/* An invitation that stands is enough to speak there; without one nobody would see it. */
static void who_cannot_be_invited_again_gets_another_room(void **state)
{
    (void)state;
    has_anas_room();
    says(ANA_INVITED, 403, FORBIDDEN);
    says(ANA_ASKED_IN, 403, FORBIDDEN);
    says(ANA_THERE, 200, "{\"membership\":\"invite\"}");
    delivers_to_ana();
    assert_int_equal(asked(TO_ANA), 1);
    assert_int_equal(asked("POST /createRoom"), 0);
    says(ANA_THERE, 200, "{\"membership\":\"ban\"}");
    says("POST /createRoom", 200, "{\"room_id\":\"!new:example.org\"}");
    says("PUT /rooms/%21new%3Aexample.org/send/", 200, TAKEN);
    delivers_to_ana();
    assert_int_equal(asked(TO_ANA), 1);
    assert_int_equal(asked("PUT /rooms/%21new%3Aexample.org/send/"), 1);
    assert_int_equal(heard(EVENT_DELIVERED), 2);
    /* What other programs remember there stays. */
    assert_true(strstr(ask_of("PUT /account_data/m.direct")->body, "!eve:else.example"));
}

static void a_room_that_is_gone_is_made_anew(void **state)
{
    (void)state;
    has_anas_room();
    says(ANA_THERE, 403, FORBIDDEN);
    says("POST /createRoom", 200, "{\"room_id\":\"!new:example.org\"}");
    says("PUT /rooms/%21new%3Aexample.org/send/", 200, TAKEN);
    delivers_to_ana();
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    says("GET /rooms/%21new%3Aexample.org/state/m.room.member/", 200, "{\"membership\":\"join\"}");
    says("PUT /rooms/%21new%3Aexample.org/send/", 403, FORBIDDEN);
    delivers_to_ana();
    assert_int_equal(heard(EVENT_DELIVERY_FAILED), 1);
    assert_false(last_heard(EVENT_DELIVERY_FAILED)->delivery.channel_closed);
    assert_int_equal(heard(EVENT_CHAT_REFUSED), 0);
    says("POST /createRoom", 200, "{\"room_id\":\"!third:example.org\"}");
    says("PUT /rooms/%21third%3Aexample.org/send/", 200, TAKEN);
    passes(MS_MINUTE);
    delivers_to_ana();
    assert_int_equal(heard(EVENT_DELIVERED), 2);
}

/* Whether they are in it cannot be told: said there it may be read, not said it cannot. */
static void what_cannot_be_asked_keeps_no_message(void **state)
{
    (void)state;
    has_anas_room();
    breaks(ANA_THERE, -1);
    delivers_to_ana();
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    says(ANA_THERE, 200, "{\"membership\":\"leave\"}");
    breaks(ANA_INVITED, -1);
    delivers_to_ana();
    assert_int_equal(heard(EVENT_DELIVERED), 2);
    assert_int_equal(asked("POST /createRoom"), 0);
}

/* An answer that was lost may have made one: not another one at once. */
static void rooms_are_not_made_one_after_the_other(void **state)
{
    (void)state;
    is_up();
    says("POST /createRoom", 200, "{\"room_id\":\"no room\"}");
    delivers_to_ana();
    assert_string_equal(last_heard(EVENT_DELIVERY_UNKNOWN)->error,
                        "no usable room_id in the answer");
    delivers_to_ana();
    assert_true(strstr(last_heard(EVENT_DELIVERY_FAILED)->error, "was just now"));
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.retry_after_ms > 0);
    assert_int_equal(asked("POST /createRoom"), 1);
    says("POST /createRoom", 403, FORBIDDEN);
    passes(MS_MINUTE);
    delivers_to_ana();
    assert_string_equal(last_heard(EVENT_DELIVERY_FAILED)->error, "not here");
    delivers_to_ana();
    assert_string_equal(last_heard(EVENT_DELIVERY_FAILED)->error, "not here");
    assert_int_equal(asked("POST /createRoom"), 2);
    assert_true(strstr(ask_of("PUT /account_data/dev.reguard.direct")->body, "not here"));
}

/* The room is served all the same. */
static void a_memory_that_cannot_be_read_holds_nothing_up_for_long(void **state)
{
    (void)state;
    breaks("GET /account_data/m.direct", -1);
    starts(usual_options());
    passes(10 * MS_SECOND);
    assert_true(asked("GET /account_data/m.direct") > 1);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

/* ---- what is said there ---- */

/* Of an answer: what came about in Ana's room, and whether something before it was left out. */
static const char *in_anas_room(const char *events, bool limited)
{
    static char answers[8][1024];
    static size_t at;
    char *text = answers[at++ % COUNT(answers)];
    snprintf(text, sizeof answers[0],
             "{\"next_batch\":\"s%zu\",\"rooms\":{\"join\":{\"!ana:example.org\":{\"timeline\":{"
             "\"limited\":%s,\"events\":[%s]}}}}}",
             at + 1, limited ? "true" : "false", events);
    return text;
}

#define FROM(sender, type)                                            \
    "{\"type\":\"" type "\",\"event_id\":\"$1\",\"sender\":\"" sender \
    "\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"done\"}}"

static void only_whom_it_is_made_for_is_heard_there(void **state)
{
    (void)state;
    has_anas_room();
    says_once("GET &timeout=30000&", 200,
              in_anas_room(FROM("@ben:example.org", "m.room.message"), false));
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_SAID), 0);
    assert_true(strstr(ask_of(TO_ANA)->body, "from one person alone"));
    says_once("GET &timeout=30000&", 200,
              in_anas_room(FROM("@ana:example.org", "m.room.encrypted"), false));
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_SAID), 0);
    assert_true(strstr(ask_of(TO_ANA)->body, "cannot read encrypted messages"));
    says_once("GET &timeout=30000&", 200,
              in_anas_room(FROM("@ana:example.org", "m.room.message") "," FROM(OUR_USER,
                                                                               "m.room.message"),
                           false));
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_SAID), 1);
    assert_int_equal(asked(TO_ANA), 2);
}

/* Nobody looks there for what was left out: whoever wrote it is asked to say it again. */
static void what_was_left_out_there_is_asked_for_again(void **state)
{
    (void)state;
    has_anas_room();
    says_once("GET &timeout=30000&", 200,
              in_anas_room("{\"type\":\"m.room.member\",\"event_id\":\"$j\",\"sender\":\"" OUR_USER
                           "\",\"state_key\":\"" OUR_USER
                           "\",\"content\":{\"membership\":\"join\"}}",
                           true));
    passes(MS_SECOND);
    assert_int_equal(asked(TO_ANA), 0); /* before we came nothing was for us */
    says_once("GET &timeout=30000&", 200,
              in_anas_room(FROM("@ana:example.org", "m.room.message"), true));
    passes(MS_SECOND);
    assert_true(strstr(ask_of(TO_ANA)->body, "I may have missed something"));
    assert_int_equal(heard(EVENT_SAID), 1);
    /* The same where our place is lost, and then nothing that is old is acted on. */
    says("GET &timeout=0&", 200, in_anas_room(FROM("@ana:example.org", "m.room.message"), false));
    says_once("GET &timeout=30000&", 400, "{\"errcode\":\"M_UNKNOWN\"}");
    passes(MS_SECOND);
    assert_int_equal(asked(TO_ANA), 2);
    assert_true(strstr(ask_of(TO_ANA)->body, "I may have missed something"));
    assert_int_equal(heard(EVENT_SAID), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_message_makes_the_room),
        TEST(whoever_is_there_is_not_invited),
        TEST(whoever_is_not_there_is_invited_with_the_message),
        TEST(where_the_state_is_refused_the_call_invites),
        TEST(who_cannot_be_invited_again_gets_another_room),
        TEST(a_room_that_is_gone_is_made_anew),
        TEST(what_cannot_be_asked_keeps_no_message),
        TEST(rooms_are_not_made_one_after_the_other),
        TEST(a_memory_that_cannot_be_read_holds_nothing_up_for_long),
        TEST(only_whom_it_is_made_for_is_heard_there),
        TEST(what_was_left_out_there_is_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
