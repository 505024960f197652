/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's frames as events, by recorded pairs: tests/codec/slack/NAME.json holds a frame, the event
   it means, and variants of both. */
#include "tests/unit/unit.h"

#include "adapters/slack/codec_in.h"
#include "host/json.h"

#include <glob.h>

static struct arena arena;
static struct inbox inbox;
static struct slack_codec codec = { .team = "T0TEAM",
                                    .channel = "C0HOME",
                                    .command = "/reguard",
                                    .api_url = "https://api.test:8443/api/",
                                    .bot_user = "U0BOT",
                                    .bot_id = "B0BOT",
                                    .app_id = "A0APP" };

static void nobody_waits(void *arg) { (void)arg; }

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    inbox_init(&inbox, nobody_waits, NULL);
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

static void put_true(json_t *o, const char *key, bool value)
{
    if (value)
        json_object_set_new(o, key, json_true());
}

static const char *flag_names(unsigned flags)
{
    static const char *const names[] = { "guest",   "stranger", "bot",      "gone",
                                         "invited", "unread",   "malformed" };
    const char *all = "";
    for (size_t i = 0; i < COUNT(names); i++)
        if (flags & 1u << i)
            all = arena_printf(&arena, "%s%s%s", all, all[0] ? " " : "", names[i]);
    return all;
}

static void put_details(json_t *o, const struct event *e)
{
    if (e->kind == EVENT_SAID) {
        put(o, "text", e->said.text);
        put_true(o, "edited", e->said.edited);
        put_true(o, "form", e->said.can_open_form);
    } else if (e->kind == EVENT_CLICKED) {
        put(o, "action", e->clicked.action);
        put(o, "handle", e->clicked.handle);
        put(o, "text", e->clicked.text);
        put(o, "words", e->clicked.words);
        put_true(o, "panel", e->clicked.panel);
        put_true(o, "foreign", e->clicked.foreign);
    } else if (e->kind == EVENT_REACTED || e->kind == EVENT_UNREACTED) {
        put(o, "reaction", e->reacted.reaction);
    } else if (e->kind == EVENT_TYPED) {
        put(o, "text", e->typed.text);
    } else if (e->kind == EVENT_SUBMITTED || e->kind == EVENT_FILLED) {
        const struct event_submitted *s = &e->submitted;
        const char *const fields[][2] = {
            { "form", s->form },       { "handle", s->handle },
            { "account", s->account }, { "duration", s->duration },
            { "task", s->task },       { "ticket", s->ticket },
            { "reason", s->reason },   { "target", s->target },
            { "view", s->view },       { "account_text", s->account_text },
            { "edition", s->edition }
        };
        put_true(o, "anyway", s->anyway);
        for (size_t i = 0; i < COUNT(fields); i++)
            put(o, fields[i][0], fields[i][1]);
    }
}

static json_t *event_json(const struct event *e, bool channel_changed)
{
    static const char *const places[] = { "channel", "direct", "elsewhere" };
    json_t *o = json_object();
    put(o, "kind", event_names[e->kind]);
    put(o, "id", e->id);
    put(o, "actor", e->actor.id);
    put(o, "flags", flag_names(e->actor.flags));
    put(o, "place", e->kind == EVENT_IGNORED ? NULL : places[e->place]);
    put(o, "home", e->home);
    put(o, "message", e->message_id);
    put(o, "thread", e->thread_id);
    put(o, "reply_url", e->reply_url);
    put(o, "trigger", e->trigger);
    put_true(o, "channel_changed", channel_changed);
    put_details(o, e);
    return o;
}

/* ---- variants ---- */

static json_t *step_to(json_t *at, const char *key, size_t bytes)
{
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)bytes, key);
    return json_is_array(at) ? json_array_get(at, (size_t)strtoul(name, NULL, 10))
                             : json_object_get(at, name);
}

/* Sets the member at a dotted path; value NULL removes it. */
static void set_at(json_t *at, const char *path, json_t *value)
{
    const char *dot;
    for (; (dot = strchr(path, '.')); path = dot + 1)
        at = step_to(at, path, (size_t)(dot - path));
    assert_true(json_is_object(at));
    if (value)
        json_object_set(at, path, value);
    else
        assert_int_equal(json_object_del(at, path), 0);
}

static json_t *variant_frame(const json_t *frame, const json_t *variant)
{
    json_t *copy = json_deep_copy(frame), *value;
    const char *path;
    size_t i;
    json_object_foreach(json_object_get(variant, "set"), path, value) set_at(copy, path, value);
    json_array_foreach(json_object_get(variant, "remove"), i, value)
        set_at(copy, json_string_value(value), NULL);
    return copy;
}

static json_t *variant_wanted(const json_t *wanted, const json_t *variant, const json_t *frame)
{
    if (json_is_true(json_object_get(variant, "ignored")))
        return json_pack("{s:s, s:O, s:s}", "kind", "ignored", "id",
                         json_object_get(frame, "envelope_id"), "flags", "");
    json_t *copy = json_deep_copy(wanted), *value;
    const char *key;
    json_object_foreach(json_object_get(variant, "wanted"), key, value)
    {
        if (json_is_null(value))
            json_object_del(copy, key);
        else
            json_object_set(copy, key, value);
    }
    return copy;
}

static struct slack_frame read_json(const json_t *frame)
{
    struct slack_frame read;
    const char *text = json_print(&arena, frame);
    slack_read_frame(&codec, text, strlen(text), &inbox, &read);
    return read;
}

static void check(const char *file, const json_t *frame, const json_t *wanted, const char *why)
{
    struct slack_frame read = read_json(frame);
    assert_int_equal(read.kind, SLACK_ENVELOPE);
    assert_string_equal(read.envelope_id, json_text(frame, "envelope_id"));
    assert_non_null(read.event);
    JSON_AUTO *got = event_json(read.event, read.channel_changed);
    if (!json_equal(got, wanted))
        fail_msg("%s, %s:\n  got    %s\n  wanted %s", file, why, json_print(&arena, got),
                 json_print(&arena, wanted));
    inbox_release(&inbox, &inbox.batches[inbox.filling]);
}

static void each_pair(void (*each)(const char *file, const json_t *pair))
{
    glob_t files = { 0 };
    assert_int_equal(glob("tests/codec/slack/*.json", 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= 7);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        json_error_t error;
        JSON_AUTO *pair = json_load_file(files.gl_pathv[i], JSON_REJECT_DUPLICATES, &error);
        if (!pair)
            fail_msg("%s:%d: %s", files.gl_pathv[i], error.line, error.text);
        each(files.gl_pathv[i], pair);
        arena_reset(&arena);
    }
    globfree(&files);
}

static void check_pair(const char *file, const json_t *pair)
{
    const json_t *frame = json_object_get(pair, "frame"), *wanted = json_object_get(pair, "wanted");
    check(file, frame, wanted, "as it is");
    size_t i;
    json_t *variant;
    json_array_foreach(json_object_get(pair, "variants"), i, variant)
    {
        JSON_AUTO *varied = variant_frame(frame, variant),
                  *varied_wanted = variant_wanted(wanted, variant, frame);
        check(file, varied, varied_wanted, json_text(variant, "why"));
    }
}

static void recorded_frames_mean_their_events(void **state)
{
    (void)state;
    each_pair(check_pair);
}

/* ---- any member missing or of another type ---- */

/* Whatever came: an event is somebody's, recognisable, and of the place where it happened; or it is
   ignored. */
static void assert_sound(const struct slack_frame *read)
{
    if (read->kind != SLACK_ENVELOPE)
        return;
    const struct event *e = read->event;
    assert_non_null(e);
    assert_non_null(e->id);
    if (e->kind == EVENT_IGNORED)
        return;
    assert_non_null(e->actor.id);
    bool well_formed = strspn(e->actor.id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
                           strlen(e->actor.id) &&
                       strlen(e->actor.id) >= 2;
    assert_true(well_formed || (e->actor.flags & IDENTITY_MALFORMED));
    if (e->kind == EVENT_SAID)
        assert_non_null(e->said.text);
    if (e->kind == EVENT_CLICKED)
        assert_true((e->message_id || e->clicked.panel) && e->clicked.action && e->clicked.handle);
    if (e->kind == EVENT_REACTED || e->kind == EVENT_UNREACTED)
        assert_true(e->message_id && e->reacted.reaction);
    if (e->kind == EVENT_SUBMITTED || e->kind == EVENT_FILLED)
        assert_true(e->submitted.account && e->submitted.duration && e->submitted.task &&
                    e->submitted.ticket && e->submitted.reason && e->submitted.handle);
}

static void read_and_judge(const json_t *frame)
{
    struct slack_frame read = read_json(frame);
    assert_sound(&read);
    inbox_release(&inbox, &inbox.batches[inbox.filling]);
    arena_reset(&arena);
}

/* The member is taken away and replaced by values of every type. */
static void spoil_member(const json_t *frame, json_t *at, const char *name)
{
    json_t *kept = json_incref(json_object_get(at, name));
    json_t *const others[] = { json_null(),      json_true(),     json_integer(-1),
                               json_real(1e300), json_string(""), json_string("\x7F <!here> é"),
                               json_array(),     json_object(),   NULL };
    for (size_t i = 0; i < COUNT(others); i++) {
        if (others[i])
            json_object_set_new(at, name, others[i]);
        else
            json_object_del(at, name);
        read_and_judge(frame);
    }
    json_object_set_new(at, name, kept);
}

/* The names are noted first: what is put back goes to the end of the object. */
static void spoil_members(const json_t *frame, json_t *at)
{
    char names[32][64];
    size_t count = 0;
    const char *key;
    json_t *value;
    assert_true(json_object_size(at) <= COUNT(names));
    json_object_foreach(at, key, value) STR_SET(names[count++], key);
    for (size_t i = 0; i < count; i++)
        spoil_member(frame, at, names[i]);
}

static void spoil(const json_t *frame, json_t *at)
{
    const char *key;
    size_t i;
    json_t *value;
    if (json_is_object(at))
        spoil_members(frame, at);
    json_object_foreach(at, key, value) spoil(frame, value);
    json_array_foreach(at, i, value) spoil(frame, value);
}

static void spoil_pair(const char *file, const json_t *pair)
{
    (void)file;
    JSON_AUTO *frame = json_deep_copy(json_object_get(pair, "frame"));
    spoil(frame, frame);
}

static void any_member_may_be_missing_or_wrong(void **state)
{
    (void)state;
    each_pair(spoil_pair);
}

/* ---- frames that are not envelopes ---- */

static struct slack_frame read_text(const char *text)
{
    struct slack_frame read;
    size_t bytes = strlen(text);
    char *exact = malloc(bytes ? bytes : 1);
    assert_non_null(exact);
    memcpy(exact, text, bytes);
    slack_read_frame(&codec, exact, bytes, &inbox, &read);
    free(exact);
    return read;
}

static void hello_and_disconnect_are_told(void **state)
{
    (void)state;
    struct slack_frame read = read_text(
        "{\"type\":\"hello\",\"num_connections\":3,\"connection_info\":{\"app_id\":\"A0APP\"},"
        "\"debug_info\":{\"approximate_connection_time\":18060}}");
    assert_int_equal(read.kind, SLACK_HELLO);
    assert_int_equal(read.connections, 3);
    assert_null(read.event);
    read = read_text("{\"type\":\"hello\",\"num_connections\":\"3\"}");
    assert_int_equal(read.kind, SLACK_HELLO);
    assert_int_equal(read.connections, 0);
    static const char *const reasons[] = { "warning", "refresh_requested", "too_many_websockets",
                                           "link_disabled", "something new" };
    for (size_t i = 0; i < COUNT(reasons); i++) {
        read = read_text(arena_printf(
            &arena, "{\"type\":\"disconnect\",\"reason\":\"%s\",\"debug_info\":{\"host\":\"h\"}}",
            reasons[i]));
        assert_int_equal(read.kind, SLACK_DISCONNECT);
        assert_string_equal(read.reason, reasons[i]);
    }
    read = read_text("{\"type\":\"disconnect\",\"reason\":{}}");
    assert_int_equal(read.kind, SLACK_DISCONNECT);
    assert_string_equal(read.reason, "");
    read = read_text(arena_printf(&arena, "{\"type\":\"disconnect\",\"reason\":\"%0500d\"}", 1));
    assert_int_equal(read.kind, SLACK_DISCONNECT);
    assert_true(strlen(read.reason) < sizeof read.reason);
}

static void junk_is_junk(void **state)
{
    (void)state;
    static const char *const frames[] = {
        "",
        "\n",
        "  \r\n",
        "UNAUTHENTICATED: cache_error",
        "Ping from applink-2",
        "null",
        "true",
        "7",
        "\"hello\"",
        "[]",
        "[{\"type\":\"hello\"}]",
        "{}",
        "{",
        "{\"type\":\"hello\"",
        "{\"type\":\"hello\"}x",
        "{\"type\":\"hello\",\"type\":\"disconnect\"}",
        "{type:hello}",
        "{\"type\":7}",
        "{\"type\":[\"hello\"]}",
        "{\"type\":\"events_api\"}",
        "{\"type\":\"events_api\",\"envelope_id\":7,\"payload\":{}}",
        "{\"type\":\"events_api\",\"envelope_id\":null}",
        "{\"type\":\"hel\\u0000lo\"}",
        "{\"type\":\"\xFF\"}",
        ("{\"type\":\"events_api\",\"envelope_id\":"
         "\"0123456789012345678901234567890123456789012345678901234567890123\",\"payload\":{}}"),
    };
    for (size_t i = 0; i < COUNT(frames); i++) {
        struct slack_frame read = read_text(frames[i]);
        if (read.kind != SLACK_JUNK || read.event)
            fail_msg("“%s” was not dropped", frames[i]);
    }
}

static const char *nested(int depth)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_WS_MESSAGE_BYTES);
    buf_add(&b, "{\"type\":\"events_api\",\"envelope_id\":\"e\",\"payload\":{\"x\":");
    for (int i = 2; i < depth; i++)
        buf_add_char(&b, '[');
    for (int i = 2; i < depth; i++)
        buf_add_char(&b, ']');
    buf_add(&b, "}}");
    return arena_copy(&arena,
                      depth > 2 ? buf_text(&b)
                                : "{\"type\":\"events_api\",\"envelope_id\":\"e\",\"payload\":{}}");
}

static void depth_and_size_have_ceilings(void **state)
{
    (void)state;
    assert_false(read_text(nested(LIMIT_JSON_DEPTH)).poisoned);
    assert_true(read_text(nested(LIMIT_JSON_DEPTH + 1)).cleaned);
    assert_true(read_text(nested(400000)).cleaned);
    char *large = arena_take(&arena, LIMIT_WS_MESSAGE_BYTES + 2);
    memset(large, ' ', LIMIT_WS_MESSAGE_BYTES + 1);
    memcpy(large, "{\"type\":\"hello\"}", 16);
    struct slack_frame read;
    slack_read_frame(&codec, large, LIMIT_WS_MESSAGE_BYTES, &inbox, &read);
    assert_int_equal(read.kind, SLACK_HELLO);
    slack_read_frame(&codec, large, LIMIT_WS_MESSAGE_BYTES + 1, &inbox, &read);
    assert_int_equal(read.kind, SLACK_JUNK);
}

static void an_endless_command_is_cut(void **state)
{
    (void)state;
    const char *text = arena_printf(
        &arena,
        "{\"type\":\"slash_commands\",\"envelope_id\":\"e\",\"payload\":{\"command\":\"/"
        "reguard\",\"team_id\":\"T0TEAM\",\"user_id\":\"U0ADA\",\"text\":\"%0100000d\"}}",
        1);
    struct slack_frame read = read_text(text);
    assert_int_equal(read.event->kind, EVENT_SAID);
    assert_true(strlen(read.event->said.text) < LIMIT_COMMAND_BYTES);
}

/* ---- what was said while we were away ---- */

static struct event *history(const char *message)
{
    JSON_AUTO *json = json_loads(message, 0, NULL);
    assert_non_null(json);
    size_t bytes;
    JSON_AUTO *picked = slack_pick(&codec, json, &bytes);
    return picked ? slack_read_history(&codec, picked, &inbox) : NULL;
}

static void history_is_read_as_it_would_have_come(void **state)
{
    (void)state;
    struct event *e = history("{\"type\":\"message\",\"user\":\"U0ADA\",\"text\":\"<@U0BOT> "
                              "status\",\"ts\":\"1.1\",\"thread_ts\":\"1.0\"}");
    assert_non_null(e);
    /* The same id as the event that may still come. */
    assert_string_equal(e->id, "msg:C0HOME:1.1");
    assert_string_equal(e->said.text, " status");
    assert_string_equal(e->thread_id, "1.0");
    assert_int_equal(e->place, PLACE_CHANNEL);
    static const char *const others[] = {
        "{\"user\":\"U0ADA\",\"text\":\"status\",\"ts\":\"1.1\"}",
        "{\"user\":\"U0BOT\",\"text\":\"<@U0BOT> status\",\"ts\":\"1.1\"}",
        "{\"text\":\"<@U0BOT> status\",\"ts\":\"1.1\"}",
        "{\"bot_id\":\"B0BOT\",\"user\":\"U0ADA\",\"text\":\"<@U0BOT> status\",\"ts\":\"1.1\"}",
        "{\"user\":\"U0ADA\",\"text\":\"<@U0BOT> status\"}",
        "{}",
        "[]",
        "{\"user\":\"U0ADA\",\"text\":[\"<@U0BOT>\"],\"ts\":\"1.1\"}",
    };
    for (size_t i = 0; i < COUNT(others); i++)
        assert_null(history(others[i]));
    assert_int_equal(history("{\"user\":\"U0ADA\",\"bot_id\":\"B0ELSE\",\"text\":\"<@U0BOT> "
                             "status\",\"ts\":\"1.1\"}")
                         ->actor.flags,
                     IDENTITY_BOT);
}

static void before_we_know_ourselves_nobody_is_us(void **state)
{
    (void)state;
    struct slack_codec kept = codec;
    codec.bot_user[0] = codec.bot_id[0] = codec.app_id[0] = '\0';
    assert_null(history("{\"user\":\"U0ADA\",\"text\":\"<@ status\",\"ts\":\"1.1\"}"));
    struct slack_frame read = read_text(
        "{\"type\":\"events_api\",\"envelope_id\":\"e\",\"payload\":{\"api_app_id\":\"A1\","
        "\"event\":{\"type\":\"app_mention\",\"user\":\"U0ADA\",\"text\":\"<@U0BOT> "
        "hi\",\"ts\":\"1\",\"channel\":\"C0HOME\"}}}");
    assert_int_equal(read.event->kind, EVENT_SAID);
    assert_string_equal(read.event->said.text, "<@U0BOT> hi");
    codec = kept;
}

static void reactions_have_one_name(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } cases[] = {
        { "white_check_mark", "white_check_mark" },
        { "+1", "+1" },
        { "+1::skin-tone-2", "+1" },
        { "thumbsup", "+1" },
        { "thumbsup::skin-tone-6", "+1" },
        { "thumbsdown", "-1" },
        { "", "" },
        { "::", "" },
        { "thumbsup_all", "thumbsup_all" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char to[64];
        slack_normalise_reaction(cases[i].from, to, sizeof to);
        assert_string_equal(to, cases[i].to);
    }
}

/* Every combination of what users.info may say, each field true, false or absent: only a full,
   known, present member passes. */
static void only_a_full_member_of_the_team_passes(void **state)
{
    (void)state;
    static const char *const fields[] = { "deleted",         "is_bot",
                                          "is_restricted",   "is_ultra_restricted",
                                          "is_stranger",     "is_invited_user",
                                          "is_workflow_bot", "is_connector_bot" };
    enum { NEEDED = 4, VALUES = 3 };
    size_t combinations = 1;
    for (size_t i = 0; i < COUNT(fields); i++)
        combinations *= VALUES;
    for (size_t n = 0; n < combinations; n++) {
        JSON_AUTO *user = json_pack("{s:s, s:s}", "id", "U0ADA", "team_id", "T0TEAM");
        bool fine = true;
        size_t rest = n;
        for (size_t i = 0; i < COUNT(fields); i++, rest /= VALUES) {
            size_t value = rest % VALUES; /* 0 false, 1 true, 2 absent */
            if (value < 2)
                json_object_set_new(user, fields[i], json_boolean(value == 1));
            fine &= value != 1 && (value != 2 || i >= NEEDED);
        }
        assert_int_equal(slack_identity_flags(&codec, user) == 0, fine);
    }
}

static void a_clock_is_told_by_a_whole_offset_on_earth(void **state)
{
    (void)state;
    static const struct {
        const char *user;
        bool known;
        ms_t ahead_ms;
    } cases[] = {
        { "{\"tz\":\"Europe/Berlin\",\"tz_offset\":3600}", true, MS_HOUR },
        { "{\"tz_offset\":-25200}", true, -7 * MS_HOUR },
        { "{\"tz_offset\":20700}", true, 5 * MS_HOUR + 45 * MS_MINUTE },
        { "{\"tz_offset\":50400}", true, 14 * MS_HOUR },
        { "{\"tz_offset\":0}", true, 0 },
        { "{\"tz_offset\":50460}", false, 0 },
        { "{\"tz_offset\":-50460}", false, 0 },
        { "{\"tz_offset\":9223372036854775807}", false, 0 },
        { "{\"tz_offset\":3601}", false, 0 },
        { "{\"tz_offset\":\"3600\"}", false, 0 },
        { "{\"tz_offset\":3600.0}", false, 0 },
        { "{\"tz\":\"Europe/Berlin\"}", false, 0 },
        { "{\"tz_offset\":null}", false, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        JSON_AUTO *user = json_read(cases[i].user, strlen(cases[i].user), 4096, NULL);
        ms_t ahead_ms = 0;
        if (slack_zone(user, &ahead_ms) != cases[i].known || ahead_ms != cases[i].ahead_ms)
            fail_msg("%s", cases[i].user);
    }
    ms_t untouched = 5;
    assert_false(slack_zone(NULL, &untouched));
    assert_int_equal(untouched, 5);
}

static void identity_needs_an_id_of_our_team(void **state)
{
    (void)state;
    static const char *const users[] = {
        "{\"id\":\"U0ADA\",\"team_id\":\"T0OTHER\",\"deleted\":false,\"is_bot\":false,\"is_"
        "restricted\":false,\"is_ultra_restricted\":false}",
        "{\"id\":\"U0ADA\",\"deleted\":false,\"is_bot\":false,\"is_restricted\":false,\"is_ultra_"
        "restricted\":false}",
        "{\"team_id\":\"T0TEAM\",\"deleted\":false,\"is_bot\":false,\"is_restricted\":false,\"is_"
        "ultra_restricted\":false}",
        "{\"id\":\"USLACKBOT\",\"team_id\":\"T0TEAM\",\"deleted\":false,\"is_bot\":false,\"is_"
        "restricted\":false,\"is_ultra_restricted\":false}",
        "{\"id\":\"U0ADA\",\"team_id\":\"T0TEAM\",\"deleted\":\"false\",\"is_bot\":false,\"is_"
        "restricted\":false,\"is_ultra_restricted\":false}",
        "{\"id\":\"U0ADA\",\"team_id\":\"T0TEAM\",\"deleted\":true}",
        "{}",
    };
    for (size_t i = 0; i < COUNT(users); i++) {
        JSON_AUTO *user = json_read(users[i], strlen(users[i]), 4096, NULL);
        assert_non_null(user);
        assert_int_not_equal(slack_identity_flags(&codec, user), 0);
    }
}

/* In an Enterprise Grid organisation team_id names the home workspace, or is absent; what counts is
   whether our workspace is among theirs. */
static void member_of_our_workspace_may_be_at_home_in_another(void **state)
{
    (void)state;
    static const struct {
        const char *organisation, *user;
        unsigned flags;
    } cases[] = {
        { "E0CORP",
          "\"team_id\":\"T0HOME\",\"enterprise_user\":{\"enterprise_id\":\"E0CORP\","
          "\"teams\":[\"T0HOME\",\"T0TEAM\"]}",
          0 },
        { "",
          "\"team_id\":\"T0HOME\",\"enterprise_user\":{\"enterprise_id\":\"E0CORP\","
          "\"teams\":[\"T0HOME\",\"T0TEAM\"]}",
          0 },
        { "E0CORP", "\"enterprise_user\":{\"enterprise_id\":\"E0CORP\",\"teams\":[\"T0TEAM\"]}",
          0 },
        { "E0CORP",
          "\"team_id\":\"T0HOME\",\"enterprise_user\":{\"enterprise_id\":\"E0CORP\","
          "\"teams\":[\"T0HOME\"]}",
          IDENTITY_STRANGER },
        { "E0CORP", "\"enterprise_user\":{\"enterprise_id\":\"E0CORP\",\"teams\":[]}",
          IDENTITY_STRANGER },
        { "E0CORP", "\"enterprise_user\":{\"enterprise_id\":\"E0CORP\"}", IDENTITY_UNREAD },
        { "E0CORP",
          "\"team_id\":\"T0THEIRS\",\"enterprise_user\":{\"enterprise_id\":"
          "\"E0THEIRS\",\"teams\":[\"T0TEAM\"]}",
          IDENTITY_STRANGER },
        { "E0CORP", "\"team_id\":\"T0HOME\",\"enterprise_user\":{\"teams\":[\"T0TEAM\"]}",
          IDENTITY_STRANGER },
        { "E0CORP",
          "\"team_id\":\"T0HOME\",\"is_stranger\":true,\"enterprise_user\":{"
          "\"enterprise_id\":\"E0CORP\",\"teams\":[\"T0TEAM\"]}",
          IDENTITY_STRANGER },
        { "E0CORP",
          "\"team_id\":\"T0HOME\",\"enterprise_user\":{\"enterprise_id\":7,\"teams\":"
          "\"T0TEAM\"}",
          IDENTITY_STRANGER },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slack_codec grid = codec;
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 1024);
        STR_SET(grid.enterprise, cases[i].organisation);
        buf_addf(&b,
                 "{\"id\":\"U0ADA\",\"deleted\":false,\"is_bot\":false,\"is_restricted\":false,"
                 "\"is_ultra_restricted\":false,%s}",
                 cases[i].user);
        JSON_AUTO *user = json_read(buf_text(&b), b.bytes, 4096, NULL);
        assert_non_null(user);
        if (slack_identity_flags(&grid, user) != cases[i].flags)
            fail_msg("%u: %s", slack_identity_flags(&grid, user), cases[i].user);
    }
}

/* There an event tells the home workspace only, and users.info decides. */
static void home_workspace_in_an_event_is_no_verdict_in_an_organisation(void **state)
{
    (void)state;
    static const char frame[] =
        "{\"envelope_id\":\"e\",\"type\":\"interactive\",\"payload\":{\"type\":\"block_actions\","
        "\"user\":{\"id\":\"U0ADA\",\"team_id\":\"T0HOME\"},\"container\":{\"channel_id\":"
        "\"C0HOME\",\"message_ts\":\"1.1\"},\"actions\":[{\"action_id\":\"approve\"}]}}";
    struct slack_codec usual = codec;
    assert_int_equal(read_text(frame).event->actor.flags, IDENTITY_STRANGER);
    STR_SET(codec.enterprise, "E0CORP");
    unsigned flags = read_text(frame).event->actor.flags;
    codec = usual;
    assert_int_equal(flags, 0);
}

/* A person's word stays one, whatever stands beside it or in it. */
static void what_no_parser_takes_is_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *text, *more, *said;
    } cases[] = {
        { "help \\ud800 me", "", "help \xef\xbf\xbd me" },
        { "help \\u0000", "", "help \xef\xbf\xbd" },
        { "help \\udc00\\ud800", "", "help \xef\xbf\xbd\xef\xbf\xbd" },
        { "help", ",\"n\":123456789012345678901234567890,\"m\":1e999", "help" },
        { "help",
          ",\"deep\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
          "]]]]]]]]]]]]",
          "help" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 4096);
        buf_addf(
            &b,
            "{\"envelope_id\":\"e-1\",\"type\":\"slash_commands\",\"payload\":{\"command\":"
            "\"/reguard\",\"team_id\":\"T0TEAM\",\"channel_id\":\"C0HOME\",\"user_id\":\"U0ADA\","
            "\"text\":\"%s\"%s}}",
            cases[i].text, cases[i].more);
        struct slack_frame read = read_text(buf_text(&b));
        if (read.kind != SLACK_ENVELOPE || read.poisoned || !read.cleaned ||
            read.event->kind != EVENT_SAID)
            fail_msg("%s", buf_text(&b));
        assert_string_equal(read.event->said.text, cases[i].said);
        assert_string_equal(read.event->actor.id, "U0ADA");
    }
}

/* What cannot be read is acknowledged all the same, or Slack would send it again; what is around it
   says whose it was. */
static void a_poisoned_payload_is_acknowledged_and_left_out(void **state)
{
    (void)state;
    static const char *const payloads[] = { "{\"a\":1,\"a\":2}", "tru" };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_WS_MESSAGE_BYTES);
    for (size_t i = 0; i <= COUNT(payloads); i++) {
        buf_clear(&b);
        buf_add(&b, "{\"envelope_id\":\"e-1\",\"payload\":");
        if (i < COUNT(payloads))
            buf_add(&b, payloads[i]);
        else
            for (int n = 0; n <= LIMIT_JSON_VALUES / 4; n++)
                buf_add(&b, n ? ",{}" : "[{}");
        buf_add(&b,
                i < COUNT(payloads) ? ",\"type\":\"events_api\"}" : "],\"type\":\"events_api\"}");
        struct slack_frame read = read_text(buf_text(&b));
        if (read.kind != SLACK_ENVELOPE || !read.poisoned || read.event->kind != EVENT_IGNORED)
            fail_msg("%.60s", buf_text(&b));
        assert_string_equal(read.envelope_id, "e-1");
    }
    struct slack_frame hello = read_text("{\"type\":\"hello\",\"payload\":tru}");
    assert_int_equal(hello.kind, SLACK_JUNK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_frames_mean_their_events),
        cmocka_unit_test(any_member_may_be_missing_or_wrong),
        cmocka_unit_test(hello_and_disconnect_are_told),
        cmocka_unit_test(junk_is_junk),
        cmocka_unit_test(depth_and_size_have_ceilings),
        cmocka_unit_test(an_endless_command_is_cut),
        cmocka_unit_test(history_is_read_as_it_would_have_come),
        cmocka_unit_test(before_we_know_ourselves_nobody_is_us),
        cmocka_unit_test(reactions_have_one_name),
        cmocka_unit_test(only_a_full_member_of_the_team_passes),
        cmocka_unit_test(a_clock_is_told_by_a_whole_offset_on_earth),
        cmocka_unit_test(identity_needs_an_id_of_our_team),
        cmocka_unit_test(member_of_our_workspace_may_be_at_home_in_another),
        cmocka_unit_test(home_workspace_in_an_event_is_no_verdict_in_an_organisation),
        cmocka_unit_test(what_no_parser_takes_is_replaced),
        cmocka_unit_test(a_poisoned_payload_is_acknowledged_and_left_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
