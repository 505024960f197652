/* SPDX-License-Identifier: Apache-2.0 */
/* What a homeserver sends: an answer, read whole and in slices, and each event in it as one of the
   room, of a direct room, and of the room's state. */
#include "tests/fuzz/fuzz.h"

#include "adapters/matrix/codec_in.h"
#include "adapters/matrix/refusal.h"
#include "adapters/matrix/sanitise.h"
#include "core/outside.h"
#include "host/json.h"
#include "host/json_clean.h"
#include "port/witness.h"

#include <stdlib.h>
#include <string.h>

static void nobody_waits(void *arg) { (void)arg; }

static void codec_init(struct matrix_codec *c)
{
    *c = (struct matrix_codec){ .user = "@reguard:example.org",
                                .room = "!room",
                                .display_name = "Guard Bot",
                                .prefix = "!reguard",
                                .people = fuzz_people(),
                                .policy = fuzz_policy() };
}

static void put(struct inbox *inbox, struct event *e)
{
    if (!e)
        return;
    FUZZ_PROMISE(e->kind < EVENT_KIND_COUNT, "an event is of a kind that there is", "");
    outside_event(inbox_arena(inbox), e);
    inbox_put(inbox, e);
}

static void read_event(struct matrix_codec *c, struct matrix_room *room, const json_t *event,
                       struct inbox *inbox)
{
    struct sighting seen;
    put(inbox, matrix_read_event(c, event, inbox));
    put(inbox, matrix_read_aside(c, event, "@ada:example.org", inbox));
    matrix_note_state(c, room, event);
    matrix_is_own_join(c, event);
    witness_read(json_object_get(json_object_get(event, "content"), "dev.reguard"), &seen);
}

static void read_all(struct matrix_codec *c, struct matrix_room *room, json_t *json,
                     struct inbox *inbox, int depth)
{
    const char *key;
    json_t *value;
    size_t i;
    if (json_object_get(json, "type"))
        read_event(c, room, json, inbox);
    json_object_foreach(json, key, value) if (depth) read_all(c, room, value, inbox, depth - 1);
    json_array_foreach(json, i, value) if (depth) read_all(c, room, value, inbox, depth - 1);
}

/* Whatever the slices, the same. */
static void compare(const json_t *whole, const char *text, size_t bytes, size_t slice)
{
    struct matrix_parsed parsed;
    struct matrix_parser *parser = matrix_parser_new(text, bytes);
    while (!matrix_parser_read(parser, slice)) {
    }
    JSON_AUTO *json = matrix_parser_end(parser, &parsed);
    FUZZ_PROMISE(!json == !whole && (!json || json_equal(json, whole)),
                 "in slices it is the same as at once", "");
}

static void clean(const char *text, size_t bytes)
{
    CLEANUP(buf_done) struct buf once, twice;
    buf_init(&once, LIMIT_HTTP_BODY_BYTES);
    buf_init(&twice, LIMIT_HTTP_BODY_BYTES);
    json_clean(&once, text, bytes, LIMIT_JSON_DEPTH);
    JSON_AUTO *strict = json_read(text, bytes, LIMIT_HTTP_BODY_BYTES, NULL);
    JSON_AUTO *cleaned = json_read(buf_text(&once), once.bytes, LIMIT_HTTP_BODY_BYTES, NULL);
    FUZZ_PROMISE(!strict || (cleaned && json_equal(strict, cleaned)),
                 "what can be read as it is, says the same cleaned", buf_text(&once));
    json_clean(&twice, buf_text(&once), once.bytes, LIMIT_JSON_DEPTH);
    FUZZ_PROMISE(str_equal(buf_text(&once), buf_text(&twice)), "cleaning again changes nothing",
                 buf_text(&once));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static struct matrix_codec codec;
    struct matrix_room room = { 0 };
    struct matrix_parsed parsed;
    struct inbox inbox;
    char *text = malloc(count + 1);
    if (!text)
        abort();
    if (count)
        memcpy(text, bytes, count);
    text[count] = '\0';
    codec_init(&codec);
    inbox_init(&inbox, nobody_waits, NULL);
    JSON_AUTO *json = matrix_parse(text, count, &parsed);
    const char *mxc = matrix_read_upload(json);
    FUZZ_PROMISE(!mxc || strncmp(mxc, "mxc://", 6) == 0, "a file's address is one", mxc);
    compare(json, text, count, 1 + (count ? bytes[count / 2] : 0));
    read_all(&codec, &room, json, &inbox, 8);
    matrix_foreign_members(&codec, json_object_get(json, "joined"));
    matrix_refusal_of(str_or_empty(json_text(json, "errcode")));
    clean(text, count);
    inbox_done(&inbox);
    free(text);
    return 0;
}
