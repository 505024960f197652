/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a Matrix room as ours, by recorded pairs: tests/codec/matrix/NAME.json holds an event,
   what it means, and variants of both. "before" is an event that came earlier. Of these, the
   scripted homeserver in tests/sandbox lets through what Synapse refuses from its own members, but
   passes on from other homeservers: bodies and kinds that are no text, and an edit of somebody
   else's message. */
#include "tests/unit/unit.h"

#include "adapters/matrix/codec_in.h"
#include "host/json.h"

#include <glob.h>

static struct arena arena;
static struct inbox inbox;
static struct policy policy = { .approve_reaction = "white_check_mark",
                                .decline_reaction = "x",
                                .approve_with = APPROVE_BY_REACTION | APPROVE_BY_COMMAND };
static struct people people = {
    .count = 2,
    .rows = { { .key = "ada@example.com",
                .ids = { { "matrix", "@ada:example.org" } },
                .id_count = 1 },
              { .key = "eve@example.com",
                .ids = { { "slack", "U0EVE" }, { "matrix", "@eve:partner.example" } },
                .id_count = 2 } }
};
static struct matrix_codec codec;

static void nobody_waits(void *arg) { (void)arg; }

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    inbox_init(&inbox, nobody_waits, NULL);
    codec = (struct matrix_codec){ .user = "@reguard:example.org",
                                   .room = "!room",
                                   .display_name = "Guard Bot",
                                   .prefix = "!reguard",
                                   .people = &people,
                                   .policy = &policy };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    inbox_done(&inbox);
    arena_done(&arena);
    return 0;
}

/* ---- events as JSON ---- */

static void put(json_t *o, const char *key, const char *text)
{
    if (text)
        json_object_set_new(o, key, json_string(text));
}

static json_t *event_json(const struct event *e)
{
    json_t *o = json_object();
    put(o, "kind", event_names[e->kind]);
    put(o, "id", e->id);
    put(o, "actor", e->actor.id);
    put(o, "flags",
        e->actor.flags == IDENTITY_MALFORMED  ? "malformed"
        : e->actor.flags == IDENTITY_STRANGER ? "stranger"
        : e->actor.flags                      ? "others"
                                              : "");
    put(o, "message", e->message_id);
    put(o, "thread", e->thread_id);
    if (e->kind == EVENT_SAID) {
        put(o, "text", e->said.text);
        if (e->said.edited)
            json_object_set_new(o, "edited", json_true());
    } else {
        put(o, "reaction", e->reacted.reaction);
    }
    return o;
}

static bool is_vote(const char *reaction)
{
    return str_equal(reaction, policy.approve_reaction) ||
           str_equal(reaction, policy.decline_reaction) || str_equal(reaction, "lock");
}

/* ---- variants ---- */

static const char *const dotted[] = { "m.relates_to", "m.new_content", "m.mentions" };

/* Bytes of the path's first key. */
static size_t key_bytes(const char *path)
{
    for (size_t i = 0; i < COUNT(dotted); i++)
        if (strncmp(path, dotted[i], strlen(dotted[i])) == 0)
            return strlen(dotted[i]);
    return strcspn(path, ".");
}

static void set_at(json_t *at, const char *path, json_t *value)
{
    size_t bytes = key_bytes(path);
    while (path[bytes] == '.') {
        const char *key = arena_copy_bytes(&arena, path, bytes);
        at = json_object_get(at, key);
        path += bytes + 1;
        bytes = key_bytes(path);
    }
    assert_true(json_is_object(at));
    if (value)
        json_object_set(at, path, value);
    else
        assert_int_equal(json_object_del(at, path), 0);
}

static json_t *variant_event(const json_t *event, const json_t *variant)
{
    json_t *copy = json_deep_copy(event), *value;
    const char *path;
    size_t i;
    json_object_foreach(json_object_get(variant, "set"), path, value) set_at(copy, path, value);
    json_array_foreach(json_object_get(variant, "remove"), i, value)
        set_at(copy, json_string_value(value), NULL);
    return copy;
}

static void check(const json_t *event, const json_t *wanted, const char *what)
{
    struct event *e = matrix_read_event(&codec, event, &inbox);
    if (!wanted) {
        if (e)
            fail_msg("%s: means nothing, but got %s", what, event_names[e->kind]);
        return;
    }
    if (!e)
        fail_msg("%s: got nothing", what);
    JSON_AUTO *got = event_json(e);
    assert_true(e->caught_up && e->place == PLACE_CHANNEL);
    if (!json_equal(got, wanted))
        fail_msg("%s:\n got    %s\n wanted %s", what, json_print(&arena, got),
                 json_print(&arena, wanted));
}

static void check_variant(const json_t *pair, const json_t *variant, const char *path)
{
    JSON_AUTO *event = variant_event(json_object_get(pair, "event"), variant);
    JSON_AUTO *wanted = json_deep_copy(json_object_get(pair, "wanted"));
    json_object_update(wanted, json_object_get(variant, "wanted"));
    check(event, json_is_true(json_object_get(variant, "ignored")) ? NULL : wanted,
          arena_printf(&arena, "%s, %s", path, json_text_or_empty(variant, "why")));
}

static void check_pair(const char *path)
{
    json_error_t error;
    JSON_AUTO *pair = json_load_file(path, 0, &error);
    size_t i;
    json_t *variant;
    if (!pair)
        fail_msg("%s: %s in line %d", path, error.text, error.line);
    if (json_object_get(pair, "before"))
        assert_non_null(matrix_read_event(&codec, json_object_get(pair, "before"), &inbox));
    check(json_object_get(pair, "event"), json_object_get(pair, "wanted"), path);
    json_array_foreach(json_object_get(pair, "variants"), i, variant)
        check_variant(pair, variant, path);
}

static void each_file(void (*each)(const char *path))
{
    glob_t found;
    assert_int_equal(glob("tests/codec/matrix/*.json", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 4);
    for (size_t i = 0; i < found.gl_pathc; i++)
        each(found.gl_pathv[i]);
    globfree(&found);
}

static void recorded_events_mean_ours(void **state)
{
    (void)state;
    each_file(check_pair);
}

/* ---- alone with somebody ---- */

static json_t *said_alone(const char *sender, const char *body)
{
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "type", "m.room.message", "event_id", "$1",
                     "sender", sender, "content", "msgtype", "m.text", "body", body);
}

static void words_alone_are_for_us(void **state)
{
    (void)state;
    static const char *const pairs[][2] = { { "done G-0001", "done G-0001" },
                                            { "  !reguard done", " done" },
                                            { "!reguarded", "!reguarded" },
                                            { "", "" } };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        JSON_AUTO *json = said_alone("@ada:example.org", pairs[i][0]);
        struct event *e = matrix_read_aside(&codec, json, "@ada:example.org", &inbox);
        assert_non_null(e);
        assert_string_equal(e->said.text, pairs[i][1]);
        assert_true(e->place == PLACE_DIRECT && e->caught_up && !e->said.edited);
        assert_string_equal(e->home, "!room");
        assert_string_equal(e->actor.id, "@ada:example.org");
    }
}

/* What else begins with a stroke is for the client, or for another bot. */
static void our_name_behind_a_stroke_calls_us(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "/reguard done G-0001", " done G-0001" },
        { "//reguard done", " done" },
        { "**/Reguard: done**", "** done**" },
        { "/reguard", "" },
        { "/reguards done", NULL },
        { "///reguard done", NULL },
        { "/ reguard done", NULL },
        { "/!reguard done", NULL },
        { "/done G-0001", NULL },
        { "//done", NULL },
        { "/", NULL },
        { "/me reguard done", NULL },
        { "reguard done", NULL },
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        JSON_AUTO *json = said_alone("@ada:example.org", pairs[i][0]);
        struct event *e = matrix_read_event(&codec, json, &inbox);
        assert_int_equal(e != NULL, pairs[i][1] != NULL);
        if (e)
            assert_string_equal(e->said.text, pairs[i][1]);
    }
    struct matrix_codec signs = codec;
    STR_SET(signs.prefix, "!");
    JSON_AUTO *json = said_alone("@ada:example.org", "/ done");
    assert_null(matrix_read_event(&signs, json, &inbox));
}

static void alone_only_that_persons_own_texts_count(void **state)
{
    (void)state;
    static const char *const others[] = { "@eve:partner.example", "@reguard:example.org", "@ada" };
    for (size_t i = 0; i < COUNT(others); i++) {
        JSON_AUTO *json = said_alone(others[i], "done");
        assert_null(matrix_read_aside(&codec, json, "@ada:example.org", &inbox));
    }
    static const char *const removed[] = { "type", "event_id", "sender", "content" };
    for (size_t i = 0; i < COUNT(removed); i++) {
        JSON_AUTO *json = said_alone("@ada:example.org", "done");
        json_object_del(json, removed[i]);
        assert_null(matrix_read_aside(&codec, json, "@ada:example.org", &inbox));
    }
    JSON_AUTO *notice = said_alone("@ada:example.org", "done");
    json_object_set_new(json_object_get(notice, "content"), "msgtype", json_string("m.notice"));
    assert_null(matrix_read_aside(&codec, notice, "@ada:example.org", &inbox));
    JSON_AUTO *edit = said_alone("@ada:example.org", "* done");
    json_object_update_new(json_object_get(edit, "content"),
                           json_pack("{s:{s:s, s:s}, s:{s:s, s:s}}", "m.new_content", "msgtype",
                                     "m.text", "body", "done", "m.relates_to", "rel_type",
                                     "m.replace", "event_id", "$0"));
    struct event *e = matrix_read_aside(&codec, edit, "@ada:example.org", &inbox);
    assert_true(e && e->said.edited);
}

/* ---- any member missing or of another type ---- */

/* Whatever came: what we make of it is whole, recognisable and somebody's. */
static void assert_sound(const json_t *event)
{
    struct event *e = matrix_read_event(&codec, event, &inbox);
    if (e) {
        assert_true(e->id && e->actor.id && e->message_id && e->thread_id);
        assert_string_not_equal(e->actor.id, codec.user);
        assert_true((e->actor.id[0] == '@' && strchr(e->actor.id, ':')) ||
                    (e->actor.flags & IDENTITY_MALFORMED));
        assert_true(e->kind == EVENT_SAID ? e->said.text != NULL : is_vote(e->reacted.reaction));
    }
    struct matrix_room room = { 0 };
    matrix_note_state(&codec, &room, event);
    matrix_is_own_join(&codec, event);
    inbox_release(&inbox, &inbox.batches[inbox.filling]);
}

static void spoil_member(const json_t *event, json_t *at, const char *name)
{
    json_t *kept = json_incref(json_object_get(at, name));
    json_t *const others[] = { json_null(),    json_true(),     json_integer(-1),
                               json_real(0.5), json_string(""), json_string("\xEF\xBF\xBD <b> é"),
                               json_array(),   json_object(),   NULL };
    for (size_t i = 0; i < COUNT(others); i++) {
        if (others[i])
            json_object_set_new(at, name, others[i]);
        else
            json_object_del(at, name);
        assert_sound(event);
    }
    json_object_set_new(at, name, kept);
}

/* The names are noted first: what is put back goes to the end of the object. */
static void spoil(const json_t *event, json_t *at)
{
    const char *key, *names[16];
    json_t *value;
    size_t count = 0;
    assert_true(json_object_size(at) <= COUNT(names));
    json_object_foreach(at, key, value) names[count++] = arena_copy(&arena, key);
    for (size_t i = 0; i < count; i++) {
        spoil_member(event, at, names[i]);
        spoil(event, json_object_get(at, names[i]));
    }
}

static void spoil_pair(const char *path)
{
    JSON_AUTO *pair = json_load_file(path, 0, NULL);
    size_t i;
    json_t *variant, *event = json_object_get(pair, "event");
    assert_non_null(event);
    json_array_foreach(json_object_get(pair, "variants"), i, variant)
    {
        JSON_AUTO *varied = variant_event(event, variant);
        spoil(varied, varied);
    }
    spoil(event, event);
}

static void any_member_may_be_missing_or_wrong(void **state)
{
    (void)state;
    each_file(spoil_pair);
    assert_string_equal(codec.user, "@reguard:example.org");
}

/* ---- ids ---- */

static void ids_outside_the_grammar_have_no_say(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        unsigned flags;
    } cases[] = {
        { "@ada:example.org", 0 },
        { "@a.b_c=d-e/f+0:example.org", 0 },
        { "@x:partner.example", 0 },
        { "@ada:example.org:8448", IDENTITY_STRANGER },
        { "@ada:[::1]", IDENTITY_STRANGER },
        { "", IDENTITY_MALFORMED },
        { "ada:example.org", IDENTITY_MALFORMED },
        { "@:example.org", IDENTITY_MALFORMED },
        { "@ada", IDENTITY_MALFORMED },
        { "@ada:", IDENTITY_MALFORMED },
        { "@ada:exa mple", IDENTITY_MALFORMED },
        { "@ada\t:example.org", IDENTITY_MALFORMED },
        { "@ADA:example.org", IDENTITY_MALFORMED },
        { "@ada:example.org\n", IDENTITY_MALFORMED },
        { "@ad\xC3\xA4:example.org", IDENTITY_MALFORMED },
        { NULL, IDENTITY_MALFORMED },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (matrix_id_flags(&codec, cases[i].id) != cases[i].flags)
            fail_msg("%s: flags %x", str_or_empty(cases[i].id),
                     matrix_id_flags(&codec, cases[i].id));
}

static void an_endless_id_is_nobody(void **state)
{
    (void)state;
    char id[400];
    memset(id, 'a', sizeof id);
    id[0] = '@';
    memcpy(id + 300, ":example.org", sizeof ":example.org");
    assert_int_equal(matrix_id_flags(&codec, id), IDENTITY_MALFORMED);
}

/* ---- reactions ---- */

static void reactions_have_one_name(void **state)
{
    (void)state;
    static const struct {
        const char *key, *name;
    } cases[] = {
        { "✅", "white_check_mark" },
        { "✅\xEF\xB8\x8F", "white_check_mark" },
        { "👍", "+1" },
        { "👍🏽", "+1" },
        { "👍\xEF\xB8\x8F", "+1" },
        { "👎🏿", "-1" },
        { "❌", "x" },
        { "🎉", "🎉" },
        { "", "" },
        { "x", "" },
        { "+1", "" },
        { "yes", "yes" },
        { "\xEF\xB8\x8F", "" },
        { "\xff\xfe✅", "white_check_mark" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char name[64];
        matrix_normalise_reaction(cases[i].key, name, sizeof name);
        assert_string_equal(name, cases[i].name);
    }
    assert_string_equal(matrix_emoji("white_check_mark"), "✅");
    assert_string_equal(matrix_emoji("no-such-name"), "no-such-name");
}

static void a_key_too_long_is_none(void **state)
{
    (void)state;
    char key[600], name[32];
    memset(key, 'y', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    matrix_normalise_reaction(key, name, sizeof name);
    assert_string_equal(name, "");
}

/* ---- the room ---- */

static bool note(struct matrix_room *room, const char *text)
{
    JSON_AUTO *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return matrix_note_state(&codec, room, json);
}

static void members_without_a_say_are_counted(void **state)
{
    (void)state;
    JSON_AUTO *joined = json_pack("{s:{}, s:{}, s:{}, s:{}}", "@reguard:example.org",
                                  "@x:elsewhere.example", "@ada:example.org", "no id at all");
    assert_int_equal(matrix_foreign_members(&codec, joined), 2);
    assert_int_equal(matrix_foreign_members(&codec, NULL), 0);
}

static void the_room_is_what_its_state_says(void **state)
{
    (void)state;
    struct matrix_room room = { 0 };
    assert_true(note(&room, "{\"type\":\"m.room.create\",\"state_key\":\"\",\"content\":{\"room_"
                            "version\":\"12\",\"m.federate\":false}}"));
    assert_true(note(&room, "{\"type\":\"m.room.join_rules\",\"state_key\":\"\",\"content\":{"
                            "\"join_rule\":\"invite\"}}"));
    assert_true(note(&room, "{\"type\":\"m.room.member\",\"state_key\":\"@reguard:example.org\","
                            "\"content\":{\"membership\":\"join\",\"displayname\":\"Guard\"}}"));
    assert_true(room.joined && room.local_only && !room.encrypted && !room.closed);
    assert_string_equal(room.version, "12");
    assert_string_equal(codec.display_name, "Guard");
    assert_false(note(&room, "{\"type\":\"m.room.member\",\"state_key\":\"@x:elsewhere.example\","
                             "\"content\":{\"membership\":\"join\"}}"));
    assert_true(note(&room, "{\"type\":\"m.room.tombstone\",\"state_key\":\"\",\"content\":{"
                            "\"replacement_room\":\"!new\"}}"));
    assert_true(room.closed);
    assert_true(note(&room, "{\"type\":\"m.room.encryption\",\"state_key\":\"\",\"content\":{}}"));
    assert_true(note(&room, "{\"type\":\"m.room.member\",\"state_key\":\"@reguard:example.org\","
                            "\"content\":{\"membership\":\"ban\"}}"));
    assert_true(room.encrypted && !room.joined);
    STR_SET(codec.display_name, "Guard Bot");
}

static void what_only_looks_like_state_is_none(void **state)
{
    (void)state;
    struct matrix_room room = { 0 };
    static const char *const others[] = {
        "{\"type\":\"m.room.encryption\",\"content\":{}}",
        "{\"type\":\"m.room.encryption\",\"state_key\":1,\"content\":{}}",
        "{\"type\":\"m.room.encryption\",\"state_key\":\"\",\"content\":[]}",
        "{\"type\":\"m.room.encryption\",\"state_key\":\"x\",\"content\":{}}",
        ("{\"type\":\"m.room.join_rules\",\"state_key\":\"@ada:example.org\",\"content\":{\"join_"
         "rule\":\"public\"}}"),
        "{\"type\":\"m.room.create\",\"state_key\":\" \",\"content\":{\"m.federate\":false}}",
        "{\"type\":\"m.room.tombstone\",\"state_key\":\"x\",\"content\":{\"body\":\"gone\"}}",
        "{\"state_key\":\"\",\"content\":{}}",
        "{\"type\":\"m.room.name\",\"state_key\":\"\",\"content\":{}}",
        "{}",
        "[]",
    };
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(note(&room, others[i]));
    assert_false(room.encrypted || room.closed || room.local_only || room.joined);
    assert_string_equal(room.join_rule, "");
}

/* Nothing about a content may be assumed; what is not said counts against the room. */
static void state_of_a_wrong_shape_is_not_believed(void **state)
{
    (void)state;
    struct matrix_room room = { .joined = true };
    assert_true(note(&room, "{\"type\":\"m.room.create\",\"state_key\":\"\",\"content\":{\"m."
                            "federate\":\"false\",\"room_version\":12}}"));
    assert_false(room.local_only);
    assert_string_equal(room.version, "");
    assert_true(note(&room, "{\"type\":\"m.room.join_rules\",\"state_key\":\"\",\"content\":{"
                            "\"join_rule\":[\"invite\"]}}"));
    assert_string_equal(room.join_rule, "");
    assert_true(note(&room, arena_printf(&arena,
                                         "{\"type\":\"m.room.join_rules\",\"state_key\":\"\","
                                         "\"content\":{\"join_rule\":\"%0500d\"}}",
                                         1)));
    assert_true(strlen(room.join_rule) < sizeof room.join_rule);
    static const char *const memberships[] = { "\"leave\"", "\"ban\"",    "\"invite\"",
                                               "\"knock\"", "\"JOIN\"",   "\"join \"",
                                               "true",      "[\"join\"]", "null" };
    for (size_t i = 0; i < COUNT(memberships); i++) {
        room.joined = true;
        assert_true(note(&room, arena_printf(&arena,
                                             "{\"type\":\"m.room.member\",\"state_key\":\"@reguard:"
                                             "example.org\",\"content\":{\"membership\":%s}}",
                                             memberships[i])));
        assert_false(room.joined);
    }
    assert_true(note(
        &room,
        "{\"type\":\"m.room.tombstone\",\"state_key\":\"\",\"content\":{\"replacement_room\":7}}"));
    assert_true(room.closed); /* wherever it leads */
    assert_true(note(&room, "{\"type\":\"m.room.tombstone\",\"state_key\":\"\",\"content\":{}}"));
    assert_false(room.closed); /* redacted */
    assert_true(note(&room, "{\"type\":\"m.room.encryption\",\"state_key\":\"\",\"content\":{"
                            "\"algorithm\":\"m.megolm.v1.aes-sha2\"}}"));
    assert_true(note(&room, "{\"type\":\"m.room.encryption\",\"state_key\":\"\",\"content\":{}}"));
    assert_true(room.encrypted);
    STR_SET(codec.display_name, "Guard Bot");
}

static void only_our_own_coming_is_ours(void **state)
{
    (void)state;
    static const struct {
        const char *event;
        bool ours;
    } cases[] = {
        { "{\"type\":\"m.room.member\",\"state_key\":\"@reguard:example.org\",\"content\":{"
          "\"membership\":\"join\"}}",
          true },
        { "{\"type\":\"m.room.member\",\"state_key\":\"@reguard:example.org\",\"content\":{"
          "\"membership\":\"invite\"}}",
          false },
        { "{\"type\":\"m.room.member\",\"state_key\":\"@reguard:example.net\",\"content\":{"
          "\"membership\":\"join\"}}",
          false },
        { "{\"type\":\"m.room.member\",\"sender\":\"@reguard:example.org\",\"content\":{"
          "\"membership\":\"join\"}}",
          false },
        { "{\"type\":\"m.room.message\",\"state_key\":\"@reguard:example.org\",\"content\":{"
          "\"membership\":\"join\"}}",
          false },
        { "{}", false },
        { "[]", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        JSON_AUTO *json = json_loads(cases[i].event, 0, NULL);
        assert_int_equal(matrix_is_own_join(&codec, json), cases[i].ours);
    }
}

static void an_address_of_a_file_is_read_with_care(void **state)
{
    static const struct {
        const char *uri;
        bool taken;
    } rows[] = {
        { "mxc://example.org/AbC_-9", true },
        { "mxc://example.org:8448/A", true },
        { "mxc://[::1]:80/A", true },
        { "mxc://example.org/", false },
        { "mxc:///A", false },
        { "mxc://example.org", false },
        { "mxc://example.org/A/B", false },
        { "mxc://example.org/A?b", false },
        { "mxc://exa mple/A", false },
        { "mxc://example.org/\u202e", false },
        { "https://example.org/A", false },
        { "MXC://example.org/A", false },
        { "", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        JSON_AUTO *json = json_pack("{s:s}", "content_uri", rows[i].uri);
        const char *read = matrix_read_upload(json);
        assert_int_equal(read != NULL, rows[i].taken);
        if (read)
            assert_string_equal(read, rows[i].uri);
    }
    JSON_AUTO *none = json_pack("{s:i}", "content_uri", 7);
    assert_null(matrix_read_upload(none));
    assert_null(matrix_read_upload(NULL));
    char longest[LIMIT_ID_BYTES + 1];
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "mxc://a/", 8);
    longest[sizeof longest - 1] = '\0';
    JSON_AUTO *json = json_pack("{s:s}", "content_uri", longest);
    assert_null(matrix_read_upload(json));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_events_mean_ours),
        cmocka_unit_test(words_alone_are_for_us),
        cmocka_unit_test(our_name_behind_a_stroke_calls_us),
        cmocka_unit_test(alone_only_that_persons_own_texts_count),
        cmocka_unit_test(any_member_may_be_missing_or_wrong),
        cmocka_unit_test(ids_outside_the_grammar_have_no_say),
        cmocka_unit_test(an_endless_id_is_nobody),
        cmocka_unit_test(reactions_have_one_name),
        cmocka_unit_test(a_key_too_long_is_none),
        cmocka_unit_test(members_without_a_say_are_counted),
        cmocka_unit_test(the_room_is_what_its_state_says),
        cmocka_unit_test(what_only_looks_like_state_is_none),
        cmocka_unit_test(state_of_a_wrong_shape_is_not_believed),
        cmocka_unit_test(only_our_own_coming_is_ours),
        cmocka_unit_test(an_address_of_a_file_is_read_with_care),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
