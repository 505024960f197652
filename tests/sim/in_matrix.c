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

/* Notices never notify anybody (push rule .m.rule.suppress_notices). */
static void add_mentions(struct buf *out, const json_t *content)
{
    const json_t *ids = json_object_get(content, "m.mentions"), *id;
    size_t i;
    if (!str_equal(json_text(content, "msgtype"), "m.text"))
        return;
    json_array_foreach(json_object_get(ids, "user_ids"), i, id)
    {
        buf_addf(out, "mention=<@%s>\n", str_or_empty(json_string_value(id)));
    }
}

static char *text_of(json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    if (!text)
        abort();
    return text;
}

/* The last line is what the room is to hold; what stands before it is in no room: which question is
   put, and what whoever reads it can say. */
void in_matrix_render(const struct message *m, struct buf *out)
{
    struct matrix_style style = { codec.people, codec.policy, codec.prefix, NULL };
    json_t *content = matrix_message_json(m, &style);
    char *text = text_of(content);
    add_line(out, "question", m->question);
    for (size_t i = 0; i < m->button_count; i++)
        buf_addf(out, "button=%s %s\n", m->buttons[i].action, str_or_empty(m->buttons[i].handle));
    buf_addf(out, "content=%s\n", text);
    free(text);
    json_decref(content);
}

/* NULL: what was rendered is damaged. */
static json_t *content_in(const char *rendered)
{
    const char *at = strncmp(rendered, "content=", 8) == 0 ? rendered
                                                           : strstr(rendered, "\ncontent=");
    return at ? json_loads(strchr(at, '=') + 1, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
}

bool in_matrix_store(const char *rendered, char *ret_store, size_t bytes)
{
    json_t *content = content_in(rendered);
    struct sighting seen = { 0 };
    bool whole = content != NULL;
    witness_read(json_object_get(content, MATRIX_OURS), &seen);
    str_copy(ret_store, bytes, seen.store);
    json_decref(content);
    return whole;
}

/* ---- what a homeserver takes ---- */

/* "Canonical JSON": whole numbers alone, of 53 bits. */
static bool has_odd_number(const json_t *json)
{
    static const json_int_t MOST = ((json_int_t)1 << 53) - 1;
    size_t i;
    const char *name;
    json_t *part;
    bool odd = json_is_real(json) || (json_is_integer(json) && (json_integer_value(json) > MOST ||
                                                                json_integer_value(json) < -MOST));
    json_array_foreach(json, i, part) { odd |= has_odd_number(part); }
    json_object_foreach((json_t *)(uintptr_t)json, name, part) { odd |= has_odd_number(part); }
    return odd;
}

static bool are_mentions(const json_t *mentions)
{
    const json_t *ids = json_object_get(mentions, "user_ids"), *id,
                 *room = json_object_get(mentions, "room");
    size_t i;
    bool right = json_is_object(mentions) && (!room || json_is_true(room)) &&
                 (!ids || json_is_array(ids)) &&
                 json_object_size(mentions) == (ids ? 1u : 0u) + (room ? 1u : 0u);
    json_array_foreach(ids, i, id)
    {
        const char *user = json_string_value(id);
        right &= user && user[0] == '@' && strchr(user, ':') && strlen(user) < 256;
    }
    return right;
}

/* What mentions somebody is no notice: it would notify nobody. */
static bool is_message(const json_t *content)
{
    const json_t *mentions = json_object_get(content, "m.mentions");
    const char *type = json_text(content, "msgtype"), *format = json_text(content, "format");
    bool html = json_text(content, "formatted_body") != NULL;
    return (str_equal(type, "m.text") || str_equal(type, "m.notice")) &&
           json_text_or_empty(content, "body")[0] && html == (format != NULL) &&
           (!format || str_equal(format, "org.matrix.custom.html")) && are_mentions(mentions) &&
           (!json_object_size(mentions) || str_equal(type, "m.text"));
}

/* What is wrong with it; NULL: it is taken. */
static const char *fault_of(const json_t *content, const struct matrix_place *at)
{
    enum { EVENT_BYTES = 65536, OTHERS_BYTES = 1024 };
    const json_t *relation = json_object_get(content, "m.relates_to"),
                 *newer = json_object_get(content, "m.new_content");
    const char *type = json_text(relation, "rel_type"), *about = json_text(relation, "event_id"),
               *reply = json_text(json_object_get(relation, "m.in_reply_to"), "event_id");
    if (json_dumpb(content, NULL, 0, JSON_COMPACT) > EVENT_BYTES - OTHERS_BYTES)
        return "it is too large";
    if (has_odd_number(content))
        return "a number that is not whole, or too large";
    if (!is_message(content) || (newer && !is_message(newer)))
        return "it is no message";
    if (at->edits[0] && (!newer || !str_equal(type, "m.replace") || !str_equal(about, at->edits)))
        return "it replaces nothing";
    if (at->thread[0] && (!str_equal(type, "m.thread") || !str_equal(about, at->thread) || !reply ||
                          !json_is_true(json_object_get(relation, "is_falling_back"))))
        return "it is in no thread";
    if (at->thread[0] && at->root_is_related)
        return "no thread begins at an event with a relation";
    return NULL;
}

static json_t *sent(const char *rendered, const struct matrix_place *at)
{
    json_t *content = content_in(rendered);
    if (at->card[0])
        matrix_link_card(content, codec.room, at->card, codec.user);
    if (at->edits[0])
        content = matrix_edit_json(content, at->edits);
    else if (at->thread[0])
        matrix_put_thread(content, at->thread, at->thread);
    return content;
}

void in_matrix_take(const char *rendered, const char *kind, const struct matrix_place *at,
                    struct buf *out)
{
    json_t *content = sent(rendered, at), *newer = json_object_get(content, "m.new_content");
    const json_t *shown = newer ? newer : content, *ours = json_object_get(shown, MATRIX_OURS);
    const char *fault = fault_of(content, at), *side = strstr(rendered, "content=");
    struct sighting seen = { 0 };
    char *text = text_of(content);
    if (fault) {
        fprintf(stderr, "sim: a homeserver would not take this (%s): %s\n", fault, text);
        abort();
    }
    add_line(out, "kind", kind);
    add_line(out, "key", json_text(ours, "key"));
    add_line(out, "case", json_text(ours, "case"));
    add_line(out, "state", json_text(ours, "state"));
    add_line(out, "to", at->person);
    if (strstr(json_text_or_empty(shown, "body"), "🚨"))
        buf_add(out, "alarm=1\n");
    if (json_is_true(json_object_get(ours, "votes")))
        buf_add(out, "votes=1\n");
    add_line(out, "body", json_text(shown, "body"));
    add_line(out, "html", json_text(shown, "formatted_body"));
    add_mentions(out, content);
    buf_add_bytes(out, rendered, (size_t)(side - rendered));
    witness_read(ours, &seen);
    if (seen.store[0])
        buf_addf(out,
                 "witness=%" PRIu64 " %s %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
                 " %" PRId64 "\n",
                 seen.record, seen.hash, seen.store, seen.since_ms, seen.said_ms, seen.born_ms,
                 seen.again_ms, seen.until_ms);
    buf_addf(out, "content=%s\n", text);
    free(text);
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
