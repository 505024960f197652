/* SPDX-License-Identifier: Apache-2.0 */
/* What passes between Matrix and the process, as the room has it (client-server specification 1.19,
   "Instant messaging", "Event annotations and reactions", "Redactions"), read and written by the
   adapter's own codec. There are no buttons and no forms: people say what they want in words. */
#include "tests/sim/chats.h"
#include "adapters/matrix/codec_in.h"
#include "adapters/matrix/codec_out.h"
#include "host/json.h"
#include "port/witness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = "!reguard";
static struct matrix_codec codec; /* of the process that runs */

void in_matrix_begin(const struct people *people, const struct policy *policy)
{
    codec = (struct matrix_codec){ .people = people, .policy = policy };
    STR_SET(codec.user, "@reguard:example.org");
    STR_SET(codec.room, "!room:example.org");
    STR_SET(codec.display_name, "reguard");
    STR_SET(codec.prefix, PREFIX);
}

/* ---- out ---- */

static void add_line(struct buf *out, const char *name, const char *text)
{
    if (!text || !text[0])
        return;
    buf_addf(out, "%s=", name);
    for (; *text; text++)
        buf_add_char(out, *text == '\n' ? ' ' : *text);
    buf_add(out, "\n");
}

static void add_mentions(struct buf *out, const json_t *content)
{
    const json_t *ids = json_object_get(content, "m.mentions"), *id;
    size_t i;
    json_array_foreach(json_object_get(ids, "user_ids"), i, id)
    {
        buf_addf(out, "mention=<@%s>\n", str_or_empty(json_string_value(id)));
    }
}

/* The last line, which nobody sees: what the room's event holds. */
static void add_content(struct buf *out, json_t *content)
{
    char *text = sim.kind == STORY_OF_YEARS ? NULL : json_dumps(content, JSON_COMPACT);
    if (text)
        buf_addf(out, "content=%s\n", text);
    free(text);
}

/* Lines of what the room's people see, and of our part in it that they do not. */
void in_matrix_render(const struct message *m, const char *kind, struct buf *out)
{
    struct matrix_style style = { codec.people, codec.policy, codec.prefix };
    json_t *content = matrix_message_json(m, &style);
    const json_t *ours = json_object_get(content, MATRIX_OURS);
    struct sighting seen = { 0 };
    if (!content)
        abort();
    add_line(out, "kind", kind);
    add_line(out, "key", json_text(ours, "key"));
    add_line(out, "case", json_text(ours, "case"));
    add_line(out, "state", json_text(ours, "state"));
    add_line(out, "question", m->question);
    add_line(out, "to", m->to);
    if (m->alarm)
        buf_add(out, "alarm=1\n");
    if (json_is_true(json_object_get(ours, "votes")))
        buf_add(out, "votes=1\n");
    add_line(out, "body", json_text(content, "body"));
    add_line(out, "html", json_text(content, "formatted_body"));
    add_mentions(out, json_object_get(content, "m.mentions") ? content : NULL);
    for (size_t i = 0; i < m->button_count; i++)
        buf_addf(out, "button=%s %s\n", m->buttons[i].action, str_or_empty(m->buttons[i].handle));
    witness_read(ours, &seen);
    if (seen.store[0])
        buf_addf(out,
                 "witness=%" PRIu64 " %s %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
                 " %" PRId64 "\n",
                 seen.record, seen.hash, seen.store, seen.since_ms, seen.said_ms, seen.born_ms,
                 seen.again_ms, seen.until_ms);
    add_content(out, content);
    json_decref(content);
}

/* ---- in ---- */

static json_t *said(const struct doing *d)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:{s:s, s:o}}", "type", "m.room.message", "event_id",
                     d->id, "sender", d->person, "origin_server_ts", (json_int_t)d->at_ms,
                     "content", "msgtype", "m.text", "body",
                     json_sprintf("%s %s", PREFIX, d->text));
}

static json_t *reacted(const struct doing *d)
{
    if (d->gone)
        return json_pack("{s:s, s:s, s:s, s:I, s:{}}", "type", "m.reaction", "event_id", d->id,
                         "sender", d->person, "origin_server_ts", (json_int_t)d->at_ms, "content");
    return json_pack("{s:s, s:s, s:s, s:I, s:{s:{s:s, s:s, s:s}}}", "type", "m.reaction",
                     "event_id", d->id, "sender", d->person, "origin_server_ts",
                     (json_int_t)d->at_ms, "content", "m.relates_to", "rel_type", "m.annotation",
                     "event_id", d->message_id, "key", matrix_emoji(d->reaction));
}

static json_t *redacted(const struct doing *d)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:{s:s}}", "type", "m.room.redaction", "event_id", d->id,
                     "sender", d->person, "origin_server_ts", (json_int_t)d->at_ms, "content",
                     "redacts", d->redacts);
}

static json_t *event_json(const struct doing *d)
{
    json_t *json = d->kind == EVENT_SAID      ? said(d)
                   : d->kind == EVENT_REACTED ? reacted(d)
                                              : redacted(d);
    if (!json)
        abort();
    return json;
}

char *in_matrix_json(const struct doing *d)
{
    json_t *json = event_json(d);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (!text)
        abort();
    return text;
}

struct event *in_matrix_event(const struct doing *d, struct inbox *inbox)
{
    json_t *json = event_json(d);
    struct event *e = matrix_read_event(&codec, json, inbox);
    json_decref(json);
    /* A vote from before this process: the adapter asks the room who votes still. */
    if (!e && d->kind == EVENT_UNREACTED && str_equal(d->reaction, codec.policy->approve_reaction))
        e = matrix_vote_gone(&codec, d->message_id, d->person, d->id, inbox);
    return e;
}
