/* SPDX-License-Identifier: Apache-2.0 */
/* Reactions, what takes them back, and who an id is: exhaustively where the grammar allows it. What
   a homeserver does with them beforehand: - Synapse, and the scripted one in tests/sandbox with it,
   takes a thumb with a skin tone or a variation selector for another reaction than the bare one, so
   one person may send every variant of a key; all of them have to mean the same here. - Both empty
   the content of a reaction that is redacted: only our memory tells what it was. Both name the
   target in both places; homeservers of rooms up to version 10 only in the old one, and there the
   content may hold what the sender of the redaction liked. */
#include "tests/unit/unit.h"

#include "adapters/matrix/codec_in.h"
#include "host/json.h"

static struct arena arena;
static struct inbox inbox;
static struct policy policy = { .approve_reaction = "+1",
                                .decline_reaction = "-1",
                                .approve_with = APPROVE_BY_REACTION };
static struct people people = {
    .count = 2,
    .rows = { { .key = "ada@example.com",
                .ids = { { "matrix", "@ada:Partner.example:8448" } },
                .id_count = 1 },
              { .key = "eve@example.com",
                .ids = { { "slack", "@eve:slack.example" }, { "matrix", "@Eve:odd.example" } },
                .id_count = 2 } }
};
static struct matrix_codec codec;

static void nobody_waits(void *arg) { (void)arg; }

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    inbox_init(&inbox, nobody_waits, NULL);
    codec = (struct matrix_codec){
        .user = "@reguard:example.org", .prefix = "!reguard", .people = &people, .policy = &policy
    };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    inbox_done(&inbox);
    arena_done(&arena);
    return 0;
}

/* ---- ids ---- */

/* The specification's words, written anew here: the part before the first colon of these characters
   only. */
static bool may_be_local(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr("._=-/+", c));
}

static bool may_be_server(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr(".-:[]", c));
}

static unsigned flags_with(const char *before, int c, const char *behind)
{
    return matrix_id_flags(&codec, arena_printf(&arena, "%s%c%s", before, c, behind));
}

static void every_byte_is_judged_by_the_grammar(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        /* A colon ends the local part: what is behind it is a server then, though none that we
           know. */
        unsigned local = c == ':' ? IDENTITY_STRANGER : may_be_local(c) ? 0 : IDENTITY_MALFORMED;
        unsigned server = may_be_server(c) ? IDENTITY_STRANGER : IDENTITY_MALFORMED;
        if (flags_with("@a", c, "b:example.org") != local ||
            flags_with("@ab", c, ":example.org") != local)
            fail_msg("byte %02x inside or at the end of the local part", (unsigned)c);
        if (flags_with("@", c, "ab:example.org") != (c == ':' ? IDENTITY_MALFORMED : local))
            fail_msg("byte %02x before the local part", (unsigned)c);
        if (flags_with("@ab:example.org", c, "") != server ||
            flags_with("@ab:exa", c, "mple.org") != server ||
            flags_with("@ab:", c, "example.org") != server)
            fail_msg("byte %02x in the server's name", (unsigned)c);
        if (flags_with("", c, "ab:example.org") != (c == '@' ? 0u : IDENTITY_MALFORMED))
            fail_msg("byte %02x in the place of the sign", (unsigned)c);
    }
}

static void ids_have_255_bytes_at_most(void **state)
{
    (void)state;
    for (int local = 1; local < 300; local++) {
        const char *id = arena_printf(&arena, "@%0*d:example.org", local, 7);
        assert_int_equal(matrix_id_flags(&codec, id), strlen(id) <= 255 ? 0 : IDENTITY_MALFORMED);
    }
}

static void only_named_servers_have_a_say(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        unsigned flags;
    } cases[] = {
        { "@x:example.org", 0 },
        { "@x:Partner.example:8448", 0 },
        { "@x:partner.example:8448", IDENTITY_STRANGER }, /* names are compared byte by byte */
        { "@x:Partner.example", IDENTITY_STRANGER },
        { "@x:Partner.example:443", IDENTITY_STRANGER },
        { "@x:example.org.", IDENTITY_STRANGER },
        { "@x:EXAMPLE.ORG", IDENTITY_STRANGER },
        { "@x:example.org:443", IDENTITY_STRANGER },
        { "@x:example.organic", IDENTITY_STRANGER },
        { "@x:sub.example.org", IDENTITY_STRANGER },
        { "@x:example.or", IDENTITY_STRANGER },
        { "@x:y:example.org",
          IDENTITY_STRANGER }, /* the first colon counts: a server that is called y:example.org */
        { "@x::example.org", IDENTITY_STRANGER },
        { "@x:slack.example", IDENTITY_STRANGER }, /* named for the other chat */
        { "@x:odd.example", IDENTITY_STRANGER },   /* configured with an id that nobody can have */
        { "@x:[2001:db8::1]:8448", IDENTITY_STRANGER },
        { "@x:192.0.2.1", IDENTITY_STRANGER },
        { "@x:xn--exmple-cua.org", IDENTITY_STRANGER },
        { "@x:ex\xD0\xB0mple.org", IDENTITY_MALFORMED },
        { "@x:example.org/", IDENTITY_MALFORMED },
        { "@x:example.org#f", IDENTITY_MALFORMED },
        { "@x:example_org", IDENTITY_MALFORMED },
        { "@x:example.org\xE2\x80\x8B", IDENTITY_MALFORMED },
        { "\xE2\x80\xAE@x:example.org", IDENTITY_MALFORMED },
        { "!x:example.org", IDENTITY_MALFORMED },
        { "#x:example.org", IDENTITY_MALFORMED },
        { "@@x:example.org", IDENTITY_MALFORMED },
        { "@", IDENTITY_MALFORMED },
        { "@:", IDENTITY_MALFORMED },
        { "@\xEF\xBF\xBD:example.org", IDENTITY_MALFORMED },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (matrix_id_flags(&codec, cases[i].id) != cases[i].flags)
            fail_msg("%s: flags %x", cases[i].id, matrix_id_flags(&codec, cases[i].id));
}

static void without_an_id_of_our_own_our_server_is_nobodys(void **state)
{
    (void)state;
    struct matrix_codec early = { .people = &people, .policy = &policy };
    assert_int_equal(matrix_id_flags(&early, "@x:example.org"), IDENTITY_STRANGER);
    assert_int_equal(matrix_id_flags(&early, "@x:Partner.example:8448"), 0);
}

/* ---- keys ---- */

static const char *name_of(const char *key)
{
    char name[64];
    matrix_normalise_reaction(key, name, sizeof name);
    return arena_copy(&arena, name);
}

/* Every selector and skin tone that Unicode has, alone and in pairs, before and behind the sign. */
static const uint32_t variants[] = {
    0, 0xFE0E, 0xFE0F, 0x1F3FB, 0x1F3FC, 0x1F3FD, 0x1F3FE, 0x1F3FF
};

static const char *varied(uint32_t before, const char *sign, uint32_t one, uint32_t two)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 128);
    if (before)
        utf8_add(&b, before);
    buf_add(&b, sign);
    if (one)
        utf8_add(&b, one);
    if (two)
        utf8_add(&b, two);
    return arena_copy(&arena, buf_text(&b));
}

static void every_variant_is_the_same_vote(void **state)
{
    (void)state;
    static const struct {
        const char *sign, *name;
    } signs[] = { { "👍", "+1" },
                  { "👎", "-1" },
                  { "✅", "white_check_mark" },
                  { "❌", "x" },
                  { "✔", "heavy_check_mark" },
                  { "☑", "ballot_box_with_check" },
                  { "✖", "heavy_multiplication_x" },
                  { "🙅", "no_good" } };
    for (size_t s = 0; s < COUNT(signs); s++)
        for (size_t i = 0; i < COUNT(variants); i++)
            for (size_t k = 0; k < COUNT(variants); k++) {
                assert_string_equal(name_of(varied(0, signs[s].sign, variants[i], variants[k])),
                                    signs[s].name);
                assert_string_equal(name_of(varied(variants[i], signs[s].sign, variants[k], 0)),
                                    signs[s].name);
            }
}

/* What people or programs may take for the sign, and what is around it; none of it is a vote. */
static void look_alikes_are_no_votes(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "",
        " ",
        "👍 ",
        " 👍",
        "👍\n",
        "👍👍",
        "👍👎",
        "👍\u200d",
        "\u200d👍",
        "\u200b👍",
        "\u2060👍",
        "\ufeff👍",
        "👍\u0301",
        "👍\u20e3",
        "👍\u200d♂\ufe0f",
        "👍\ufffd",
        "👍\U000e0067",
        "👍\ufe0d",
        "👍\U0001f3fa",
        "👍\U0001f400",
        "🖒",
        "🖓",
        "👌",
        "✊",
        "☝",
        "🫰",
        "🤙",
        "+1",
        "+1\ufe0f",
        ":+1:",
        ":thumbsup:",
        "thumbsup",
        "thumbs up",
        "thumbs_up",
        "-1",
        "1",
        "+",
        "&#128077;",
        "\\ud83d\\udc4d",
        "U+1F44D",
        "mxc://example.org/thumb",
        "\ufe0f",
        "\U0001f3fd",
    };
    for (size_t i = 0; i < COUNT(keys); i++) {
        const char *name = name_of(keys[i]);
        if (str_equal(name, policy.approve_reaction) || str_equal(name, policy.decline_reaction))
            fail_msg("“%s” counts as %s", keys[i], name);
    }
}

static void every_name_has_its_key_and_every_key_its_name(void **state)
{
    (void)state;
    static const char *const names[] = { "white_check_mark",
                                         "x",
                                         "+1",
                                         "-1",
                                         "heavy_check_mark",
                                         "ballot_box_with_check",
                                         "ok_hand",
                                         "ok",
                                         "no_entry",
                                         "no_entry_sign",
                                         "heavy_multiplication_x",
                                         "negative_squared_cross_mark",
                                         "no_good",
                                         "rocket",
                                         "large_green_circle",
                                         "red_circle" };
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_not_equal(matrix_emoji(names[i]), names[i]);
        assert_string_equal(name_of(matrix_emoji(names[i])), names[i]);
        assert_string_equal(name_of(names[i]), "");
        assert_string_equal(name_of(arena_printf(&arena, "%s\ufe0f", names[i])), "");
    }
    /* A name that is no emoji of ours is offered as it is, and counts as it is. */
    assert_string_equal(name_of(matrix_emoji("yes")), "yes");
    assert_string_equal(name_of("YES"), "YES");
}

/* The name that does not fit is none: cut short it could be another one. */
static void no_key_is_cut_into_a_vote(void **state)
{
    (void)state;
    char name[8];
    for (size_t bytes = 1; bytes < 600; bytes++) {
        char *key = arena_take(&arena, bytes + 8);
        memset(key, 'y', bytes);
        matrix_normalise_reaction(key, name, sizeof name);
        assert_string_equal(name, bytes < sizeof name ? key : "");
    }
}

/* ---- votes and what takes them back ---- */

static struct event *read_text(const char *text)
{
    json_error_t error;
    JSON_AUTO *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s: %s", error.text, text);
    return matrix_read_event(&codec, json, &inbox);
}

static struct event *vote(const char *id, const char *sender, const char *message, const char *key)
{
    return read_text(arena_printf(
        &arena,
        "{\"type\":\"m.reaction\",\"sender\":\"%s\",\"event_id\":\"%s\",\"content\":{\"m.relates_"
        "to\":{\"rel_type\":\"m.annotation\",\"event_id\":\"%s\",\"key\":\"%s\"}}}",
        sender, id, message, key));
}

/* The places are left out where they are NULL. */
static struct event *redaction(const char *in_content, const char *beside)
{
    const char *inner = in_content ? arena_printf(&arena, "\"redacts\":\"%s\"", in_content) : "",
               *outer = beside ? arena_printf(&arena, ",\"redacts\":\"%s\"", beside) : "";
    return read_text(arena_printf(&arena,
                                  "{\"type\":\"m.room.redaction\",\"sender\":\"@mod:example.org\","
                                  "\"event_id\":\"$redaction\",\"content\":{%s}%s}",
                                  inner, outer));
}

static void a_redaction_takes_the_vote_of_the_voter(void **state)
{
    (void)state;
    assert_int_equal(vote("$v1", "@ben:example.org", "$card", "👍")->kind, EVENT_REACTED);
    assert_int_equal(vote("$v2", "@carl:elsewhere.example", "$other", "👎🏿")->kind,
                     EVENT_REACTED);
    struct event *e = redaction("$v2", NULL);
    assert_int_equal(e->kind, EVENT_UNREACTED);
    assert_string_equal(e->id, "$redaction");
    assert_string_equal(e->actor.id, "@carl:elsewhere.example");
    assert_int_equal(e->actor.flags, IDENTITY_STRANGER);
    assert_string_equal(e->message_id, "$other");
    assert_string_equal(e->reacted.reaction, "-1");
    /* Twice is no harm: the vote does not stand, and did not before. */
    assert_non_null(redaction("$v2", NULL));
    assert_string_equal(redaction("$v1", NULL)->actor.id, "@ben:example.org");
}

/* Up to room version 10 the place beside the content is the true one, and a homeserver takes any
   content; later the content is. Towards a vote that does not stand is the safe side. */
static void either_place_takes_a_vote_back(void **state)
{
    (void)state;
    assert_non_null(vote("$v", "@ben:example.org", "$card", "👍"));
    assert_non_null(redaction("$v", NULL));
    assert_non_null(redaction(NULL, "$v"));
    assert_non_null(redaction("$v", "$v"));
    assert_non_null(redaction("$v", "$message"));
    assert_non_null(redaction("$message", "$v"));
    assert_null(redaction("$message", "$other"));
    assert_null(redaction(NULL, NULL));
    assert_null(redaction("", ""));
}

static void what_is_no_vote_is_not_remembered(void **state)
{
    (void)state;
    assert_null(vote("$party", "@ben:example.org", "$card", "🎉"));
    assert_null(redaction("$party", NULL));
    assert_null(vote("$ours", codec.user, "$card", "👍"));
    assert_null(redaction("$ours", NULL));
    assert_null(read_text("{\"type\":\"m.reaction\",\"sender\":\"@ben:example.org\",\"event_id\":"
                          "\"$state\",\"state_key\":\"\",\"content\":{\"m.relates_to\":{\"rel_"
                          "type\":\"m.annotation\",\"event_id\":\"$card\","
                          "\"key\":\"👍\"}}}"));
    assert_null(redaction("$state", NULL));
}

/* No homeserver makes ids of that length; an event with one is nobody's vote, whoever is behind
   it. */
static void long_ids_are_no_votes_and_no_memory(void **state)
{
    (void)state;
    const char *fits = arena_printf(&arena, "$%0*d", MATRIX_VOTE_BYTES - 2, 1),
               *longer = arena_printf(&arena, "$%0*d", MATRIX_VOTE_BYTES - 1, 1);
    assert_non_null(vote("$v", "@ben:example.org", fits, "👍"));
    assert_null(vote("$v", "@ben:example.org", longer, "👍"));
    assert_null(
        vote("$v", arena_printf(&arena, "@%0*d:example.org", MATRIX_VOTE_BYTES, 1), "$card", "👍"));
    assert_non_null(vote(fits, "@ben:example.org", "$card", "👍"));
    assert_non_null(redaction(fits, NULL));
    /* The vote counts, and is told apart by its own id; it is only the way back that is not
       known. */
    assert_non_null(vote(longer, "@ben:example.org", "$card", "👍"));
    assert_null(redaction(longer, NULL));
    assert_null(redaction(arena_printf(&arena, "$%0*d", MATRIX_VOTE_BYTES - 2, 0),
                          NULL)); /* what it would be when cut */
    assert_null(vote(arena_printf(&arena, "$%0300d", 1), "@ben:example.org", "$card", "👍"));
}

static void the_newest_votes_are_remembered(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * LIMIT_MATRIX_VOTES; i++)
        assert_non_null(vote(arena_printf(&arena, "$n%d", i), "@ben:example.org", "$card", "👍"));
    for (int i = 0; i < 3 * LIMIT_MATRIX_VOTES; i++)
        assert_int_equal(redaction(arena_printf(&arena, "$n%d", i), NULL) != NULL,
                         i >= 2 * LIMIT_MATRIX_VOTES);
}

/* The same event comes by a poll, by a look back and by /relations: it may not push others out. */
static void a_vote_seen_again_takes_no_second_place(void **state)
{
    (void)state;
    assert_non_null(vote("$early", "@ben:example.org", "$card", "👍"));
    for (int i = 0; i < 2 * LIMIT_MATRIX_VOTES; i++)
        assert_non_null(vote("$again", "@carl:example.org", "$card", "👍"));
    assert_string_equal(redaction("$early", NULL)->actor.id, "@ben:example.org");
    assert_string_equal(redaction("$again", NULL)->actor.id, "@carl:example.org");
}

static void a_vote_that_is_gone_is_told_as_taken_back(void **state)
{
    (void)state;
    struct event *e = matrix_vote_gone(&codec, "$card", "@ben:example.org", "gone:1", &inbox);
    assert_int_equal(e->kind, EVENT_UNREACTED);
    assert_string_equal(e->id, "gone:1");
    assert_string_equal(e->actor.id, "@ben:example.org");
    assert_int_equal(e->actor.flags, 0);
    assert_string_equal(e->message_id, "$card");
    assert_string_equal(e->reacted.reaction, policy.approve_reaction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_judged_by_the_grammar),
        cmocka_unit_test(ids_have_255_bytes_at_most),
        cmocka_unit_test(only_named_servers_have_a_say),
        cmocka_unit_test(without_an_id_of_our_own_our_server_is_nobodys),
        cmocka_unit_test(every_variant_is_the_same_vote),
        cmocka_unit_test(look_alikes_are_no_votes),
        cmocka_unit_test(every_name_has_its_key_and_every_key_its_name),
        cmocka_unit_test(no_key_is_cut_into_a_vote),
        cmocka_unit_test(a_redaction_takes_the_vote_of_the_voter),
        cmocka_unit_test(either_place_takes_a_vote_back),
        cmocka_unit_test(what_is_no_vote_is_not_remembered),
        cmocka_unit_test(long_ids_are_no_votes_and_no_memory),
        cmocka_unit_test(the_newest_votes_are_remembered),
        cmocka_unit_test(a_vote_seen_again_takes_no_second_place),
        cmocka_unit_test(a_vote_that_is_gone_is_told_as_taken_back),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
