/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for a Matrix room, whatever people wrote: no tag but ours, no mention but ours, and
   sizes that a homeserver takes (an event has 65,536 bytes at most; Synapse and the scripted
   homeserver refuse more with M_TOO_LARGE, which nothing would repair). */
#include "tests/unit/unit.h"

#include "adapters/matrix/codec_out.h"
#include "core/limits.h"
#include "core/inert.h"
#include "core/utf8.h"
#include "host/json.h"

#include <time.h>

static struct arena arena;
static struct people people = {
    .count = 2,
    .rows = { { .key = "ada@example.com",
                .ids = { { "slack", "U0ADA" }, { "matrix", "@ada:example.org" } },
                .id_count = 2 },
              { .key = "slacker@example.com",
                .ids = { { "slack", "@slacker:example.org" } },
                .id_count = 1 } }
};
static struct policy policy = { .approve_reaction = "white_check_mark",
                                .decline_reaction = "x",
                                .approve_with = APPROVE_BY_REACTION | APPROVE_BY_COMMAND,
                                .command_word = "/reguard" };
static const struct matrix_style style = { .people = &people,
                                           .policy = &policy,
                                           .prefix = "!reguard" };

static int set_up(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* ---- what a client would show ---- */

struct seen {
    size_t links, codes, strongs;
};

static const char *const tags[] = { "p", "ul", "li", "em", "strong", "code" };
static const char own_link[] =
    "<a href=\"https://matrix.to/#/@ada:example.org\">@ada:example.org</a>";

/* The entity at p, which is an ampersand; 0 when it is none of the five. */
static size_t entity_bytes(const char *p)
{
    static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
    for (size_t i = 0; i < COUNT(entities); i++)
        if (strncmp(p, entities[i], strlen(entities[i])) == 0)
            return strlen(entities[i]);
    return 0;
}

struct open_tags {
    size_t open[16], count;
};

/* One of our tags at p, opened or closed in its turn; its bytes, 0 for anything else. */
static size_t tag_bytes(const char *p, struct open_tags *t, struct seen *seen)
{
    bool closes = p[1] == '/';
    for (size_t i = 0; i < COUNT(tags); i++) {
        size_t bytes = strlen(tags[i]);
        const char *name = p + 1 + closes;
        if (strncmp(name, tags[i], bytes) != 0 || name[bytes] != '>')
            continue;
        if (closes ? t->count == 0 || t->open[--t->count] != i : t->count == COUNT(t->open))
            return 0;
        if (!closes)
            t->open[t->count++] = i;
        seen->codes += !closes && str_equal(tags[i], "code");
        seen->strongs += !closes && str_equal(tags[i], "strong");
        return bytes + 2 + closes;
    }
    return 0;
}

static size_t markup_bytes(const char *p, struct open_tags *t, struct seen *seen)
{
    if (*p == '&')
        return entity_bytes(p);
    if (strncmp(p, own_link, strlen(own_link)) == 0) {
        seen->links++;
        return strlen(own_link);
    }
    return strncmp(p, "<br>", 4) == 0 ? 4 : tag_bytes(p, t, seen);
}

/* Only our tags, each closed in its turn, and nothing else that HTML gives a meaning. */
static struct seen look_at(const char *html)
{
    struct open_tags t = { .count = 0 };
    struct seen seen = { 0 };
    for (const char *p = html; *p;) {
        size_t bytes = strchr("<>&\"'", *p) ? markup_bytes(p, &t, &seen) : 1;
        if (!bytes)
            fail_msg("live markup: %.60s", p);
        p += bytes;
    }
    assert_int_equal(t.count, 0);
    return seen;
}

/* ---- hostile text ---- */

static const char *hostile(uint64_t *random)
{
    static const char *const pieces[] = {
        "<script>",
        "</p>",
        "</code>",
        "<b",
        ">",
        "<",
        "&",
        "&amp",
        "&lt;",
        "&#60;",
        "\"",
        "'",
        "\" onclick=\"",
        "<img src=x onerror=alert(1)>",
        "<a href=\"https://evil.example.com\">bank</a>",
        "<mx-reply>",
        "<font data-mx-color>",
        "<!--",
        "-->",
        "<![CDATA[",
        "javascript:",
        "@room",
        "@ada:example.org",
        "https://matrix.to/#/@ada:example.org",
        own_link,
        "[x](https://evil.example.com)",
        "*b*",
        "`",
        "```",
        "`/reguard done`",
        "||spoiler||",
        "\\",
        "\n",
        "\r\n",
        "\x01"
        "e@room\x02",
        "\x01p"
        "ada@example.com\x03x\x02",
        "\x01"
        "bx\x02",
        "\x01t1\x02",
        "\x01",
        "\x02",
        "\x03",
        "\xFF",
        "\xC3",
        "é",
        "\xE2\x80\xAE",
        "\xF0\x9F\x91\x8D",
        "text ",
    };
    CLEANUP(buf_done) struct buf raw, said;
    buf_init(&raw, 4096);
    buf_init(&said, 8192);
    for (size_t n = unit_below(random, 12); n > 0; n--)
        buf_add(&raw, pieces[unit_below(random, COUNT(pieces))]);
    inert_add(&said, buf_text(&raw), 80);
    return arena_copy(&arena, buf_text(&said));
}

struct own {
    size_t links, codes, strongs;
    bool room;
};

/* People's text between marks of ours. */
static const char *mixed(uint64_t *random, struct own *own)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 16 * 1024);
    for (size_t n = unit_below(random, 4); n > 0; n--) {
        const char *text = hostile(random);
        buf_add(&b, text);
        switch (unit_below(random, 6)) {
        case 0:
            rich_add_mention(&b, "ada@example.com", text);
            own->links++;
            break;
        case 1: rich_add_mention(&b, "eve@example.com", text); break;     /* nobody whom we know */
        case 2: rich_add_mention(&b, "slacker@example.com", text); break; /* nobody in this chat */
        case 3:
            rich_add_strong(&b, text);
            own->strongs++;
            break;
        case 4:
            rich_add_code(&b, text);
            own->codes++;
            break;
        default: rich_add_escalation(&b, "@room"); own->room = true;
        }
    }
    return arena_copy(&arena, buf_text(&b));
}

static void check_mentions(const json_t *content, size_t links, bool room)
{
    const json_t *mentions = json_object_get(content, "m.mentions"),
                 *ids = json_object_get(mentions, "user_ids");
    assert_true(json_is_object(mentions)); /* absent, old clients would search the text for names */
    assert_int_equal(json_is_true(json_object_get(mentions, "room")), room);
    assert_int_equal(json_array_size(ids), links ? 1 : 0);
    if (links)
        assert_string_equal(json_string_value(json_array_get(ids, 0)), "@ada:example.org");
    assert_int_equal(json_object_size(mentions), (size_t)room + (links ? 1 : 0));
}

static void only_our_marks_are_live(void **state)
{
    (void)state;
    uint64_t random = 4711;
    size_t with_html = 0;
    for (int round = 0; round < 4000; round++) {
        struct own shown = { 0 }, said = { 0 };
        struct message m = { .case_id = "G-0001",
                             .state = "waiting",
                             .key = "k",
                             .headline = mixed(&random, &shown),
                             .body = mixed(&random, &shown),
                             .fields = { { "Label", mixed(&random, &shown) },
                                         { "Other", mixed(&random, &shown) } },
                             .field_count = 2,
                             .question = "",
                             .footer = mixed(&random, &shown),
                             .text = mixed(&random, &said) };
        JSON_AUTO *json = matrix_message_json(&m, &style);
        assert_non_null(json);
        bool mentions = json_object_size(json_object_get(json, "m.mentions")) > 0;
        assert_string_equal(json_text(json, "msgtype"), mentions ? "m.text" : "m.notice");
        check_mentions(json, shown.links + said.links, shown.room || said.room);
        const char *html = json_text(json, "formatted_body");
        if (html) {
            struct seen seen = look_at(html);
            if (seen.links != shown.links || seen.codes != shown.codes ||
                seen.strongs != shown.strongs + m.field_count)
                fail_msg("%zu links, %zu codes, %zu strong where %zu, %zu, %zu were made: %s",
                         seen.links, seen.codes, seen.strongs, shown.links, shown.codes,
                         shown.strongs + m.field_count, html);
            with_html++;
        }
        arena_reset(&arena);
    }
    assert_true(with_html > 3000);
}

static void answers_mention_only_who_asked(void **state)
{
    (void)state;
    uint64_t random = 99;
    for (int round = 0; round < 2000; round++) {
        struct own own = { 0 };
        JSON_AUTO *json =
            matrix_answer_json(&(struct effect_answer){ .person_id = "@ada:example.org",
                                                        .text = mixed(&random, &own) },
                               &style);
        check_mentions(json, 1, false);
        struct seen seen = look_at(json_text(json, "formatted_body"));
        assert_int_equal(seen.links, own.links + 1);
        arena_reset(&arena);
    }
}

/* Ids outside the grammar come from homeservers that took them long ago; who has one may be
   answered, and the answer is inert. */
static void a_strange_id_gives_no_markup(void **state)
{
    (void)state;
    static const char *const ids[] = { "@\"><script>:example.org",
                                       "@'onclick=':example.org",
                                       "@&lt;:example.org",
                                       "@a b:example.org",
                                       "",
                                       "@:",
                                       ("@\xD0\xB0"
                                        "da:example.org") };
    for (size_t i = 0; i < COUNT(ids); i++) {
        JSON_AUTO *json = matrix_answer_json(
            &(struct effect_answer){ .person_id = ids[i], .text = "no" }, &style);
        const char *html = json_text(json, "formatted_body"),
                   *link = "<a href=\"https://matrix.to/#/";
        assert_int_equal(strncmp(html, link, strlen(link)), 0);
        const char *id = html + strlen(link), *end = strstr(id, "\">");
        assert_non_null(end);
        look_at(arena_copy_bytes(&arena, id, (size_t)(end - id)));
        CLEANUP(buf_done) struct buf shown;
        buf_init(&shown, 1024);
        matrix_escape(&shown, ids[i], strlen(ids[i]));
        assert_string_equal(end + 2, arena_printf(&arena, "%s</a>: no", buf_text(&shown)));
    }
}

/* ---- sizes ---- */

static const char *repeated(const char *piece, size_t times)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024 * 1024);
    for (size_t i = 0; i < times; i++)
        buf_add(&b, piece);
    return arena_copy(&arena, buf_text(&b));
}

static size_t dumped_bytes(const json_t *json) { return json_dumpb(json, NULL, 0, JSON_COMPACT); }

static struct message filled_with(const char *text)
{
    struct message m = {
        .case_id = "G-0001",
        .state = "waiting",
        .key = "G-0001-card-matrix",
        .headline = text,
        .body = text,
        .question = "c0ffee",
        .footer = text,
        .text = text,
        .votes = true,
        .field_count = MESSAGE_FIELDS,
        .buttons = { { .action = "approve" }, { .action = "decline" }, { .action = "withdraw" } },
        .button_count = 3
    };
    for (size_t i = 0; i < MESSAGE_FIELDS; i++)
        m.fields[i] = (struct message_field){ "Label", text };
    return m;
}

/* The text is there, or as much of it as goes into a message, with a mark that it goes on. */
static void check_body(const char *body, const char *text)
{
    size_t whole = strlen(text), same = 0;
    assert_non_null(body);
    while (same < whole && body[same] == text[same])
        same++;
    if (same == whole)
        return;
    same = utf8_cut(text, same);
    if (same < 5000 || !str_equal(body + same, "…"))
        fail_msg("%zu bytes of %zu, then “%.20s”", same, whole, body + same);
}

static void every_message_fits_and_says_what_it_can(void **state)
{
    (void)state;
    static const char *const pieces[] = { "x", "&", "<", "\"", "\\", "\n", "é", "€", "😀", "a " };
    static const size_t times[] = { 1,    100,  400,  600,  1000, 1499,  1500,
                                    1999, 2000, 2999, 3000, 5000, 5900,  5990,
                                    5997, 5998, 5999, 6000, 6001, 20000, 100000 };
    for (size_t p = 0; p < COUNT(pieces); p++)
        for (size_t t = 0; t < COUNT(times); t++) {
            const char *text = repeated(pieces[p], times[t]);
            struct message m = filled_with(text);
            JSON_AUTO *json = matrix_message_json(&m, &style);
            assert_non_null(json);
            check_body(json_text(json, "body"), text);
            if (json_text(json, "formatted_body"))
                look_at(json_text(json, "formatted_body"));
            assert_true(dumped_bytes(json) < LIMIT_MESSAGE_BYTES); /* what the outbox keeps */
            JSON_AUTO *edit = matrix_edit_json(json_incref(json), "$card");
            assert_int_equal(strncmp(json_text(edit, "body"), "* ", 2), 0);
            check_body(json_text(edit, "body") + 2, text);
            assert_true(dumped_bytes(edit) <
                        65536 / 2); /* half an event: hashes, signatures and ids come to it */
            arena_reset(&arena);
        }
}

/* Backslashes and quotes grow once more as JSON: the HTML form goes first, the text stays whole. */
static void what_json_escapes_fits_too(void **state)
{
    (void)state;
    for (size_t times = 3000; times < 6000; times += 50) {
        const char *text = repeated("\\", times);
        struct message m = {
            .case_id = "", .state = "", .key = "k", .text = text, .body = text, .question = ""
        };
        JSON_AUTO *json = matrix_message_json(&m, &style);
        assert_string_equal(json_text(json, "body"), text);
        assert_true(dumped_bytes(json) < LIMIT_MESSAGE_BYTES);
        assert_int_equal(json_text(json, "formatted_body") != NULL, times <= 4050);
        assert_int_equal(json_text(json, "format") != NULL, times <= 4050);
        arena_reset(&arena);
    }
}

static void words_for_buttons_are_left_out(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b, plain, html;
    buf_init(&b, 256);
    buf_init(&plain, 256);
    buf_init(&html, 256);
    buf_add(&b, "Confirm it");
    rich_add_for_buttons(&b, " on the card, or");
    buf_add(&b, " with `/reguard confirm`.");
    matrix_plain(&plain, buf_text(&b), &style);
    matrix_html(&html, buf_text(&b), &style);
    assert_string_equal(buf_text(&plain), "Confirm it with `!reguard confirm`.");
    assert_string_equal(buf_text(&html), "Confirm it with <code>!reguard confirm</code>.");
}

static void marks_are_never_cut(void **state)
{
    (void)state;
    for (size_t before = 5900; before < 6010; before++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 64 * 1024);
        buf_add(&b, repeated("x", before));
        rich_add_mention(&b, "ada@example.com", "Ada");
        rich_add_code(&b, "😀😀😀");
        buf_add(&b, "`/reguard done`");
        rich_add_time(&b, 1795526055000);
        rich_add_escalation(&b, "@room");
        struct message m = { .case_id = "",
                             .state = "",
                             .key = "k",
                             .text = buf_text(&b),
                             .body = buf_text(&b),
                             .question = "" };
        JSON_AUTO *json = matrix_message_json(&m, &style);
        assert_non_null(json); /* half a character would be no UTF-8, and the message lost */
        check_mentions(json, 1, true);
        assert_int_equal(strspn(json_text(json, "body"), "x"), before < 5999 ? before : 5999);
        if (json_text(json, "formatted_body"))
            look_at(json_text(json, "formatted_body"));
        arena_reset(&arena);
    }
}

/* ---- who is mentioned ---- */

static void a_crowd_is_mentioned_once_each_and_has_an_end(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64 * 1024);
    for (int i = 0; i < 200; i++)
        buf_addf(&b, "@p%d:example.org @p%d:example.org ", i, i);
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, 64 * 1024);
    rich_add_escalation(&text, buf_text(&b));
    struct message m = {
        .case_id = "", .state = "", .key = "k", .text = buf_text(&text), .question = ""
    };
    JSON_AUTO *json = matrix_message_json(&m, &style);
    const json_t *ids = json_path(json_object_get(json, "m.mentions"), "user_ids");
    assert_int_equal(json_array_size(ids), 64);
    for (size_t i = 0; i < 64; i++)
        assert_string_equal(json_string_value(json_array_get(ids, i)),
                            arena_printf(&arena, "@p%zu:example.org", i));
}

static void a_mention_in_any_part_notifies(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 256);
    rich_add_mention(&b, "ADA@example.com", "Ada");
    const char *who = buf_text(&b);
    struct message parts[] = { { .headline = who },
                               { .body = who },
                               { .footer = who },
                               { .text = who },
                               { .fields = { { "Label", who } }, .field_count = 1 } },
                   none = { .text = "Ada @ada:example.org", .fields = { { who, "" } } };
    for (size_t i = 0; i < COUNT(parts); i++) {
        JSON_AUTO *json = matrix_message_json(&parts[i], &style);
        check_mentions(json, 1, false);
    }
    JSON_AUTO *json = matrix_message_json(&none, &style);
    check_mentions(json, 0, false);
}

/* ---- our private part, and relations ---- */

static void the_marker_is_found_again(void **state)
{
    (void)state;
    struct message m = { .case_id = NULL, .state = NULL, .key = NULL, .text = "x", .votes = false },
                   votes = { .case_id = "G-0002",
                             .state = "waiting",
                             .key = "a \"key\" <b>",
                             .text = "x",
                             .votes = true };
    JSON_AUTO *empty = matrix_message_json(&m, &style), *full = matrix_message_json(&votes, &style);
    assert_string_equal(json_print(&arena, json_object_get(empty, MATRIX_OURS)),
                        "{\"case\":\"\",\"key\":\"\",\"state\":\"\"}");
    assert_string_equal(
        json_print(&arena, json_object_get(full, MATRIX_OURS)),
        "{\"case\":\"G-0002\",\"key\":\"a \\\"key\\\" <b>\",\"state\":\"waiting\",\"votes\":true}");
    /* The search looks at the content of every event of ours, edits among them. */
    JSON_AUTO *edit = matrix_edit_json(json_incref(full), "$card");
    assert_true(json_equal(json_object_get(edit, MATRIX_OURS), json_object_get(full, MATRIX_OURS)));
    assert_true(json_equal(json_object_get(edit, "m.new_content"), full));
    assert_null(json_object_get(full, "m.relates_to"));
    assert_null(json_text(edit, "formatted_body"));
    check_mentions(edit, 0, false);
}

static void what_is_no_utf8_is_told(void **state)
{
    (void)state;
    struct message m = { .text = "\xFF" }, in_key = { .text = "x", .key = "\xC3" },
                   only_html = { .text = "x", .body = "\xFF" };
    assert_null(matrix_message_json(&m, &style));
    assert_null(matrix_message_json(&in_key, &style));
    JSON_AUTO *json = matrix_message_json(&only_html, &style);
    assert_string_equal(json_text(json, "body"), "x");
}

static void relations_are_what_the_specification_says(void **state)
{
    (void)state;
    JSON_AUTO *content = json_pack("{s:s}", "body", "x");
    matrix_put_reply(content, "$asked");
    assert_string_equal(
        json_print(&arena, content),
        "{\"body\":\"x\",\"m.relates_to\":{\"m.in_reply_to\":{\"event_id\":\"$asked\"}}}");
    matrix_put_thread(content, "$root", "$last");
    assert_string_equal(
        json_print(&arena, content),
        "{\"body\":\"x\",\"m.relates_to\":{\"event_id\":\"$root\",\"is_falling_back\":true,\"m.in_"
        "reply_to\":{\"event_id\":\"$last\"},\"rel_type\":\"m.thread\"}}");
    JSON_AUTO *reaction = matrix_reaction_json("$card", "✅");
    assert_string_equal(
        json_print(&arena, reaction),
        "{\"m.relates_to\":{\"event_id\":\"$card\",\"key\":\"✅\",\"rel_type\":\"m.annotation\"}}");
}

/* By its name, where the zone database has it; UTC stands beside it. */
static void a_time_is_shown_by_the_readers_own_clock(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *shown;
    } rows[] = {
        { NULL, "2026-03-02 09:00 UTC" },
        { "", "2026-03-02 09:00 UTC" },
        { "UTC", "2026-03-02 09:00 UTC" },
        { "Mars/Olympus", "2026-03-02 09:00 UTC" },
        { "Africa/Lagos", "2026-03-02 10:00 Africa/Lagos (2026-03-02 09:00 UTC)" },
        { "America/New_York", "2026-03-02 04:00 America/New_York (2026-03-02 09:00 UTC)" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buf_done) struct buf rich, plain, html;
        struct matrix_style theirs = style;
        buf_init(&rich, 100);
        buf_init(&plain, 200);
        buf_init(&html, 200);
        rich_add_time(&rich, 1772442000000);
        theirs.zone = rows[i].zone;
        matrix_plain(&plain, buf_text(&rich), &theirs);
        matrix_html(&html, buf_text(&rich), &theirs);
        assert_string_equal(buf_text(&plain), rows[i].shown);
        assert_string_equal(buf_text(&html), rows[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_shown_by_the_readers_own_clock),
        cmocka_unit_test(only_our_marks_are_live),
        cmocka_unit_test(answers_mention_only_who_asked),
        cmocka_unit_test(a_strange_id_gives_no_markup),
        cmocka_unit_test(every_message_fits_and_says_what_it_can),
        cmocka_unit_test(what_json_escapes_fits_too),
        cmocka_unit_test(words_for_buttons_are_left_out),
        cmocka_unit_test(marks_are_never_cut),
        cmocka_unit_test(a_crowd_is_mentioned_once_each_and_has_an_end),
        cmocka_unit_test(a_mention_in_any_part_notifies),
        cmocka_unit_test(the_marker_is_found_again),
        cmocka_unit_test(what_is_no_utf8_is_told),
        cmocka_unit_test(relations_are_what_the_specification_says),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
