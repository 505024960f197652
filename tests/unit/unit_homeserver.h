/* SPDX-License-Identifier: Apache-2.0 */
/* A homeserver that answers by a script, and the whole Matrix adapter in front of it. */
#ifndef REGUARD_TESTS_UNIT_HOMESERVER_H
#define REGUARD_TESTS_UNIT_HOMESERVER_H

#include "tests/unit/unit_peer.h"

#include "adapters/matrix/kind.h"
#include "adapters/matrix/matrix.h"

#include <sys/stat.h>
#include <unistd.h>

#define OUR_ROOM "!room:example.org"
#define OUR_USER "@reguard:example.org"

static struct {
    char folder[32], token_file[64];
    char *kept; /* what the shared records have of the token */
    bool keeps_nothing;
} hs;

/* ---- the adapter ---- */

static inline bool keep_it(void *arg, const char *text, struct err *err)
{
    (void)arg;
    if (hs.keeps_nothing)
        return err_set(err, "the records take nothing now");
    free(hs.kept);
    hs.kept = xstrdup(text);
    return true;
}

static inline void writes_token(const char *text)
{
    unlink(hs.token_file);
    unit_write(hs.token_file, text, strlen(text));
    assert_int_equal(chmod(hs.token_file, 0600), 0);
}

/* A room that is well, and a homeserver that knows us. */
static inline void script_what_is_usual(void)
{
    says("GET /versions", 200, "{\"versions\":[]}");
    says("GET /account/whoami", 200, "{\"user_id\":\"" OUR_USER "\",\"device_id\":\"D\"}");
    says("GET /account_data/", 404, "{\"errcode\":\"M_NOT_FOUND\"}");
    says("PUT /account_data/", 200, "{}");
    says("GET /joined_rooms", 200, "{\"joined_rooms\":[\"" OUR_ROOM "\"]}");
    says("GET /joined_members", 200, "{\"joined\":{}}");
    says("GET /state/", 404, "{\"errcode\":\"M_NOT_FOUND\"}");
    says("GET /state/m.room.member", 200, "{\"membership\":\"join\"}");
    says("GET /state/m.room.create", 200, "{\"room_version\":\"11\",\"m.federate\":false}");
    says("GET /state/m.room.join_rules", 200, "{\"join_rule\":\"invite\"}");
    says("GET /sync?set_presence=offline&timeout=0&", 200, "{\"next_batch\":\"s1\"}");
}

static inline struct matrix_options usual_options(void)
{
    return (struct matrix_options){ .homeserver = "https://hs.example.org",
                                    .user = OUR_USER,
                                    .room = OUR_ROOM,
                                    .prefix = "!reguard",
                                    .ca_file = "",
                                    .salt = "5a17",
                                    .token_file = hs.token_file,
                                    .people = &peer.people,
                                    .policy = &peer.policy };
}

static inline void starts(struct matrix_options o)
{
    struct err err = { "" };
    peer.adapter = matrix_new(NULL, NULL, &peer.inbox, &o, &err);
    if (!peer.adapter)
        fail_msg("%s", err.text);
    assert_true(peer.adapter && peer.adapter->ops->start(peer.adapter, &err));
}

/* Connected, with its first answer on disk. */
static inline void is_up(void)
{
    starts(usual_options());
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

/* ---- what it is asked to do ---- */

#define BODY                                                                            \
    "{\"msgtype\":\"m.text\",\"body\":\"hello\",\"format\":\"org.matrix.custom.html\"," \
    "\"formatted_body\":\"<b>hello</"                                                   \
    "b>\",\"dev.reguard\":{\"key\":\"7-matrix\",\"store\":\"5a17\"}}"
#define FORBIDDEN "{\"errcode\":\"M_FORBIDDEN\",\"error\":\"not here\"}"
#define TAKEN "{\"event_id\":\"$ours\"}"

static inline void delivers(struct effect_deliver d)
{
    struct err err = { "" };
    d.key = "7-matrix";
    d.body = d.body ? d.body : BODY;
    if (!performs(
            (struct effect){
                .kind = EFFECT_DELIVER, .urgency = URGENCY_GUARDS, .id = 7, .deliver = d },
            &err))
        fail_msg("%s", err.text);
    passes(MS_SECOND);
}

static inline void delivers_to_ana(void)
{
    delivers((struct effect_deliver){ .kind = MESSAGE_DIRECT, .person_id = "@ana:example.org" });
}

static inline int homeserver_set_up(void **state)
{
    (void)state;
    memset(&hs, 0, sizeof hs);
    peer_begin();
    peer.people = (struct people){
        .count = 2,
        .rows = { { .key = "ana", .ids = { { "matrix", "@ana:example.org" } }, .id_count = 1 },
                  { .key = "ben", .ids = { { "matrix", "@ben:example.org" } }, .id_count = 1 } }
    };
    peer.policy = (struct policy){ .approvals = 1,
                                   .approve_reaction = "white_check_mark",
                                   .decline_reaction = "x",
                                   .approve_with = APPROVE_BY_REACTION | APPROVE_BY_COMMAND,
                                   .command_word = "/reguard" };
    STR_SET(hs.folder, "/tmp/reguard-hs-XXXXXX");
    assert_non_null(mkdtemp(hs.folder));
    STR_SET(hs.token_file, unit_path(hs.folder, "token"));
    writes_token("syt_first");
    script_what_is_usual();
    return 0;
}

static inline int homeserver_tear_down(void **state)
{
    (void)state;
    peer_end();
    free(hs.kept);
    unlink(hs.token_file);
    rmdir(hs.folder);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, homeserver_set_up, homeserver_tear_down)

#endif
