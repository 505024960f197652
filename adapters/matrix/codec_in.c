/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/codec_in.h"
#include "core/action.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "host/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const json_t *member(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

/* ---- ids ---- */

static const char LOCAL[] = "abcdefghijklmnopqrstuvwxyz0123456789._=-/+";
static const char SERVER[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]";

/* Behind the first colon of "@local:server"; NULL outside the strict grammar ("User
   identifiers"). */
static const char *server_of(const char *id)
{
    size_t bytes = strlen(str_or_empty(id)),
           local = bytes > 1 && id[0] == '@' ? strspn(id + 1, LOCAL) : 0;
    if (local == 0 || bytes >= LIMIT_ID_BYTES || id[1 + local] != ':')
        return NULL;
    const char *server = id + 1 + local + 1;
    return server[0] && server[strspn(server, SERVER)] == '\0' ? server : NULL;
}

/* Our own server, and those of the people whom the configuration names. */
static bool is_allowed_server(const struct matrix_codec *c, const char *server)
{
    if (str_equal(server, server_of(c->user)))
        return true;
    for (size_t i = 0; i < c->people->count; i++)
        for (size_t k = 0; k < c->people->rows[i].id_count; k++)
            if (str_equal(c->people->rows[i].ids[k].chat, "matrix") &&
                str_equal(server_of(c->people->rows[i].ids[k].id), server))
                return true;
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Servers whose people have a say here, in order: for whoever looks at thousands of ids. Lent from
   the codec's people and user. */
struct servers {
    const char *names[LIMIT_PEOPLE * PERSON_CHAT_IDS + 1];
    size_t count;
};

static void list_servers(const struct matrix_codec *c, struct servers *ret)
{
    ret->count = 0;
    ret->names[ret->count++] = str_or_empty(server_of(c->user));
    for (size_t i = 0; i < c->people->count; i++)
        for (size_t k = 0; k < c->people->rows[i].id_count; k++) {
            const char *server = str_equal(c->people->rows[i].ids[k].chat, "matrix")
                                     ? server_of(c->people->rows[i].ids[k].id)
                                     : NULL;
            if (server)
                ret->names[ret->count++] = server;
        }
    qsort(ret->names, ret->count, sizeof *ret->names, by_name);
}

size_t matrix_foreign_members(const struct matrix_codec *c, const json_t *joined)
{
    struct servers servers;
    size_t foreign = 0;
    const char *id;
    json_t *member;
    list_servers(c, &servers);
    json_object_foreach(json_lent(joined), id, member)
    {
        const char *server = server_of(id);
        foreign += !server ||
                   !bsearch(&server, servers.names, servers.count, sizeof *servers.names, by_name);
    }
    return foreign;
}

bool matrix_is_local(const struct matrix_codec *c, const char *user_id)
{
    return str_equal(server_of(user_id), server_of(c->user));
}

unsigned matrix_id_flags(const struct matrix_codec *c, const char *user_id)
{
    const char *server = server_of(user_id);
    if (!server)
        return IDENTITY_MALFORMED;
    return is_allowed_server(c, server) ? 0 : IDENTITY_STRANGER;
}

/* ---- reactions ---- */

static const struct {
    const char *name, *key;
} emoji[] = {
    { "white_check_mark", "✅" },
    { "x", "❌" },
    { "lock", "🔒" },
    { "+1", "👍" },
    { "-1", "👎" },
    { "thumbsup", "👍" },
    { "thumbsdown", "👎" },
    { "heavy_check_mark", "✔" },
    { "ballot_box_with_check", "☑" },
    { "ok_hand", "👌" },
    { "ok", "🆗" },
    { "no_entry", "⛔" },
    { "no_entry_sign", "🚫" },
    { "heavy_multiplication_x", "✖" },
    { "negative_squared_cross_mark", "❎" },
    { "no_good", "🙅" },
    { "rocket", "🚀" },
    { "large_green_circle", "🟢" },
    { "red_circle", "🔴" },
};

static bool is_variant(uint32_t code)
{
    return code == 0xFE0E || code == 0xFE0F || (code >= 0x1F3FB && code <= 0x1F3FF);
}

void matrix_normalise_reaction(const char *key, char *to, size_t bytes)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, bytes);
    while (*key && !b.overflow) {
        uint32_t code;
        size_t length = utf8_decode(key, &code);
        if (length && !is_variant(code))
            buf_add_bytes(&b, key, length);
        key += length ? length : 1;
    }
    const char *name = b.overflow ? "" : buf_text(&b);
    for (size_t i = 0; i < COUNT(emoji); i++)
        if (str_equal(emoji[i].key, name)) {
            str_copy(to, bytes, emoji[i].name);
            return;
        }
    /* The name written out is no emoji. */
    str_copy(to, bytes, str_equal(matrix_emoji(name), name) ? name : "");
}

const char *matrix_emoji(const char *name)
{
    for (size_t i = 0; i < COUNT(emoji); i++)
        if (str_equal(emoji[i].name, name))
            return emoji[i].key;
    return name;
}

static const struct matrix_vote *remembered(const struct matrix_codec *c, const char *id)
{
    for (size_t i = 0; id && i < LIMIT_MATRIX_VOTES; i++)
        if (c->votes[i].id[0] && str_equal(c->votes[i].id, id))
            return &c->votes[i];
    return NULL;
}

/* Ids longer than any that homeservers make are not remembered. An event that comes again takes no
   place from another one. */
static void remember(struct matrix_codec *c, const struct matrix_vote *vote, const char *id)
{
    if (remembered(c, id))
        return;
    struct matrix_vote *v = &c->votes[c->next_vote++ % LIMIT_MATRIX_VOTES];
    *v = *vote;
    if (!STR_SET(v->id, id))
        v->id[0] = '\0';
}

/* An event of the room has one id for ever: when it comes again, the homeserver repeats itself, and
   everybody could read the answer. */
static struct event *new_event(enum event_kind kind, struct inbox *inbox)
{
    struct event *e = inbox_new(inbox, kind, "matrix");
    e->caught_up = true;
    e->place = PLACE_CHANNEL;
    return e;
}

static struct event *new_vote(const struct matrix_codec *c, enum event_kind kind,
                              const struct matrix_vote *v, const char *id, struct inbox *inbox)
{
    struct event *e = new_event(kind, inbox);
    struct arena *arena = inbox_arena(inbox);
    e->id = arena_copy(arena, id);
    e->actor = (struct event_actor){ .id = arena_copy(arena, v->person),
                                     .flags = matrix_id_flags(c, v->person) };
    e->message_id = e->thread_id =
        arena_copy(arena, v->message); /* what there is to answer stands under the card */
    e->reacted.reaction = arena_copy(arena, v->reaction);
    return e;
}

struct event *matrix_vote_gone(const struct matrix_codec *c, const char *message_id,
                               const char *person_id, const char *event_id, struct inbox *inbox)
{
    struct matrix_vote v = { 0 };
    STR_SET(v.message, message_id);
    STR_SET(v.person, person_id);
    STR_SET(v.reaction, c->policy->approve_reaction);
    return new_vote(c, EVENT_UNREACTED, &v, event_id, inbox);
}

static struct event *read_reaction(struct matrix_codec *c, const json_t *event, struct inbox *inbox)
{
    const json_t *to = member(member(event, "content"), "m.relates_to");
    const char *key = json_text(to, "key"), *message = json_text(to, "event_id"),
               *id = json_text(event, "event_id");
    struct matrix_vote v = { 0 };
    if (member(event, "state_key") || !str_equal(json_text(to, "rel_type"), "m.annotation") ||
        !key || !message || !STR_SET(v.message, message) ||
        !STR_SET(v.person, json_text(event, "sender")))
        return NULL;
    matrix_normalise_reaction(key, v.reaction, sizeof v.reaction);
    enum action meant = action_of_reaction(c->policy, v.reaction);
    if (meant == ACTION_NONE)
        return NULL;
    if (meant != ACTION_RESTORE) /* that means nothing more when it is taken away */
        remember(c, &v, id);
    return new_vote(c, EVENT_REACTED, &v, id, inbox);
}

/* Whoever redacts it, the vote does not stand any more. Rooms up to version 10 name the target
   beside the content, and there the content is what the sender liked; later ones name it in the
   content. A vote that either place names does not stand: that is the safe side. */
static struct event *read_redaction(const struct matrix_codec *c, const json_t *event,
                                    struct inbox *inbox)
{
    const struct matrix_vote *v = remembered(c, json_text(member(event, "content"), "redacts"));
    if (!v)
        v = remembered(c, json_text(event, "redacts"));
    return v ? new_vote(c, EVENT_UNREACTED, v, json_text(event, "event_id"), inbox) : NULL;
}

/* ---- what is said ---- */

static bool is_invisible(uint32_t code)
{
    return code == 0xA0 || (code >= 0x200B && code <= 0x200D) || code == 0x2060 || code == 0xFEFF;
}

static const char *skip_blanks(const char *text)
{
    for (uint32_t code; *text;) {
        size_t bytes = utf8_decode(text, &code);
        if (!strchr(" \t\r\n", *text) && !(bytes && is_invisible(code)))
            break;
        text += bytes;
    }
    return text;
}

static bool goes_on(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; }

/* Behind the word, when the text begins with it as a whole word; else NULL. */
static const char *behind(const char *text, const char *word)
{
    size_t bytes = strlen(word);
    bool there = bytes && strncasecmp(text, word, bytes) == 0 && !goes_on(text[bytes]);
    return there ? text + bytes : NULL;
}

/* Behind our name with one stroke or two before it, as people of other chats write it: Element
   sends "//x" as "/x", and what else begins with a stroke is for the client. */
static const char *behind_stroke(const struct matrix_codec *c, const char *text)
{
    size_t strokes = strspn(text, "/");
    const char *name = c->prefix;
    while (*name && (unsigned char)*name < 0x80 && !goes_on(*name))
        name++;
    return strokes == 1 || strokes == 2 ? behind(text + strokes, name) : NULL;
}

static bool mentions_us(const struct matrix_codec *c, const json_t *content)
{
    const json_t *ids = member(member(content, "m.mentions"), "user_ids");
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (str_equal(json_string_value(json_array_get(ids, i)), c->user))
            return true;
    return false;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Behind the id, which may be percent-encoded; NULL: another one stands there. */
static const char *behind_id(const char *text, const char *id)
{
    for (; *id; id++) {
        int high = *text == '%' ? hex_digit(text[1]) : -1, low = high < 0 ? -1 : hex_digit(text[2]);
        char is = low < 0 ? *text : (char)(high * 16 + low);
        if (is != *id)
            return NULL;
        text += low < 0 ? 1 : 3;
    }
    return text;
}

/* "[Name](https://matrix.to/#/@id:server)", as clients that write Markdown leave a mention in the
   plain form, or "[Name](matrix:u/id:server)" (spec, "Matrix URI scheme"); the id may be encoded,
   and "?via=…" may follow. NULL: it does not begin so. */
static const char *behind_link(const struct matrix_codec *c, const char *text)
{
    static const char *const links[] = { "https://matrix.to/#/", "matrix:u/" };
    const char *at = *text == '[' ? strstr(text, "](") : NULL;
    for (size_t i = 0; at && i < COUNT(links); i++) {
        bool named = strncmp(at + 2, links[i], strlen(links[i])) == 0;
        const char *rest = named ? behind_id(at + 2 + strlen(links[i]), c->user + i) : NULL;
        if (rest && *rest == '?')
            rest += strcspn(rest, ") ");
        if (rest && *rest == ')')
            return rest + 1;
    }
    return NULL;
}

/* Clients write our id, our display name, with a sign before it or not, or the first part of the id
   where the mention stands. */
static const char *behind_mention(const struct matrix_codec *c, const char *text)
{
    char local[LIMIT_ID_BYTES], signed_name[sizeof c->display_name + 1];
    str_copy(local, sizeof local, c->user);
    local[strcspn(local, ":")] = '\0';
    snprintf(signed_name, sizeof signed_name, "@%s", c->display_name);
    const char *const names[] = { c->user, c->display_name, c->display_name[0] ? signed_name : "",
                                  local, local + 1 };
    const char *rest = behind_link(c, text);
    for (size_t i = 0; i < COUNT(names) && !rest; i++)
        rest = behind(text, names[i]);
    if (rest)
        return rest + (*rest == ':' || *rest == ',');
    const char *inside = strstr(text, c->user);
    return inside ? inside + strlen(c->user) : text;
}

/* Old clients quote what they answer to: lines that begin with "> ", then an empty one. */
static const char *without_quote(const json_t *content, const char *body)
{
    if (!member(member(content, "m.relates_to"), "m.in_reply_to"))
        return body;
    const char *at = body;
    while (at[0] == '>' && at[1] == ' ') {
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return at == body ? body : at + (*at == '\n');
}

/* Clients leave in the plain form what makes text bold, code, a list or a quotation: words.h undoes
   it, and here it only must not hide whom the line is for. */
static const char *skip_marks(const char *text)
{
    static const char *const marks[] = { "`", "*", "_", "~", ">", "\"", "'",
                                         "“", "„", "«", "‘", "•", "- " };
    for (size_t i = 0; i < COUNT(marks);) {
        text = skip_blanks(text);
        bool here = strncmp(text, marks[i], strlen(marks[i])) == 0;
        text += here ? strlen(marks[i]) : 0;
        i = here ? 0 : i + 1;
    }
    return text;
}

/* What somebody says below a quotation is about it; only a quotation and nothing else is what they
   say. */
static bool comments_on_quote(const char *text)
{
    bool quoted = false, own = false;
    for (const char *line = text; *line; line += *line == '\n') {
        line = line + strspn(line, " \t");
        quoted |= *line == '>';
        own |= !strchr(">\r\n", *line);
        line += strcspn(line, "\n");
    }
    return quoted && own;
}

/* What a person says: words, "/me", or what they wrote to a file they send, which is beside its
   name then (spec, "Media captions"). Notices are for bots. */
static const char *said_in(const json_t *content)
{
    static const char *const words[] = { "m.text", "m.emote" }, *const files[] = {
        "m.image", "m.file", "m.video", "m.audio"
    };
    const char *type = json_text(content, "msgtype"), *body = json_text(content, "body"),
               *name = json_text(content, "filename");
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_equal(type, words[i]))
            return body;
    for (size_t i = 0; i < COUNT(files); i++)
        if (str_equal(type, files[i]) && name && !str_equal(name, body))
            return body;
    return NULL;
}

/* The command in what was said, NULL when it is not meant for us. What is formatted may say
   something else and is not looked at. Marks before our name stay, so that what is around all of it
   is still around it. */
static const char *command_in(const struct matrix_codec *c, const json_t *content,
                              struct arena *arena)
{
    const char *body = said_in(content);
    if (!body)
        return NULL;
    const char *said = skip_blanks(without_quote(content, body)), *text = skip_marks(said),
               *rest = behind(text, c->prefix);
    if (!rest)
        rest = behind_stroke(c, text);
    if (rest)
        rest += *rest == ':' || *rest == ',';
    else if (mentions_us(c, content))
        rest = behind_mention(c, text);
    if (!rest || (*said == '>' && comments_on_quote(said)))
        return NULL;
    return arena_printf(arena, "%.*s%s", (int)(text - said), said, rest);
}

/* In a direct room every text is meant for us, with the prefix or without. */
static const char *words_in(const struct matrix_codec *c, const json_t *content,
                            struct arena *arena)
{
    const char *command = command_in(c, content, arena), *body = said_in(content);
    return command ? command : body ? skip_blanks(without_quote(content, body)) : NULL;
}

static struct event *read_message(const struct matrix_codec *c, const json_t *event,
                                  struct inbox *inbox)
{
    const json_t *content = member(event, "content"), *relation = member(content, "m.relates_to");
    const char *rel_type = json_text(relation, "rel_type"),
               *related = json_text(relation, "event_id");
    bool edited = str_equal(rel_type, "m.replace");
    const char *text = command_in(c, edited ? member(content, "m.new_content") : content,
                                  inbox_arena(inbox));
    if (!text || member(event, "state_key"))
        return NULL;
    struct event *e = new_event(EVENT_SAID, inbox);
    struct arena *arena = inbox_arena(inbox);
    bool elsewhere = related && strlen(related) < LIMIT_ID_BYTES &&
                     (edited || str_equal(rel_type, "m.thread"));
    e->id = e->message_id = arena_copy(arena, json_text(event, "event_id"));
    e->actor = (struct event_actor){ .id = arena_copy(arena, json_text(event, "sender")),
                                     .flags = matrix_id_flags(c, json_text(event, "sender")) };
    e->thread_id = elsewhere ? arena_copy(arena, related)
                             : e->id; /* an answer opens a thread under the command */
    e->said = (struct event_said){ .text = arena_copy(arena, text), .edited = edited };
    return e;
}

static bool is_id(const char *text) { return text && text[0] && strlen(text) < LIMIT_ID_BYTES; }

struct event *matrix_read_aside(const struct matrix_codec *c, const json_t *event,
                                const char *person_id, struct inbox *inbox)
{
    const char *id = json_text(event, "event_id"), *sender = json_text(event, "sender");
    const json_t *content = member(event, "content");
    bool edited = str_equal(json_text(member(content, "m.relates_to"), "rel_type"), "m.replace");
    bool said = str_equal(json_text(event, "type"), "m.room.message") && is_id(id) &&
                str_equal(sender, person_id) && !member(event, "state_key");
    const char *text = said ? words_in(c, edited ? member(content, "m.new_content") : content,
                                       inbox_arena(inbox))
                            : NULL;
    if (!text)
        return NULL;
    struct event *e = new_event(EVENT_SAID, inbox);
    struct arena *arena = inbox_arena(inbox);
    e->place = PLACE_DIRECT;
    e->home = arena_copy(arena, c->room);
    e->id = e->message_id = e->thread_id = arena_copy(arena, id);
    e->actor = (struct event_actor){ .id = arena_copy(arena, sender),
                                     .flags = matrix_id_flags(c, sender) };
    e->said = (struct event_said){ .text = arena_copy(arena, text), .edited = edited };
    return e;
}

struct event *matrix_read_event(struct matrix_codec *c, const json_t *event, struct inbox *inbox)
{
    const char *type = json_text(event, "type"), *sender = json_text(event, "sender"),
               *id = json_text(event, "event_id");
    if (!type || !is_id(sender) || !is_id(id) || str_equal(sender, c->user) ||
        !json_is_object(member(event, "content")))
        return NULL;
    if (str_equal(type, "m.room.message"))
        return read_message(c, event, inbox);
    if (str_equal(type, "m.reaction"))
        return read_reaction(c, event, inbox);
    return str_equal(type, "m.room.redaction") ? read_redaction(c, event, inbox) : NULL;
}

/* ---- the room ---- */

bool matrix_is_own_join(const struct matrix_codec *c, const json_t *event)
{
    return str_equal(json_text(event, "type"), "m.room.member") &&
           str_equal(json_text(event, "state_key"), c->user) &&
           str_equal(json_text(member(event, "content"), "membership"), "join");
}

static bool note_member(struct matrix_codec *c, struct matrix_room *room, const json_t *event,
                        const json_t *content)
{
    const char *who = json_text(event, "state_key");
    if (!str_equal(who, c->user))
        return false;
    room->joined = str_equal(json_text(content, "membership"), "join");
    STR_SET(c->display_name, json_text(content, "displayname"));
    return true;
}

bool matrix_note_state(struct matrix_codec *c, struct matrix_room *room, const json_t *event)
{
    const char *type = json_text(event, "type"), *key = json_text(event, "state_key");
    const json_t *content = member(event, "content");
    if (!type || !key || !json_is_object(content))
        return false;
    if (str_equal(type, "m.room.member"))
        return note_member(c, room, event, content);
    if (key[0])
        return false; /* the room's own state has the empty key; homeservers take any other and
                         attach no meaning to it */
    if (str_equal(type, "m.room.encryption")) {
        room->encrypted = true; /* never off again */
    } else if (str_equal(type, "m.room.tombstone")) {
        room->closed = json_object_size(content) > 0;
        STR_SET(room->replacement, json_text(content, "replacement_room"));
    } else if (str_equal(type, "m.room.join_rules")) {
        STR_SET(room->join_rule, json_text(content, "join_rule"));
    } else if (str_equal(type, "m.room.create")) {
        STR_SET(room->version, json_text(content, "room_version"));
        room->local_only = !json_flag(content, "m.federate", true);
    } else {
        return false;
    }
    return true;
}

/* ---- the media repository ---- */

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

const char *matrix_read_upload(const json_t *answer)
{
    static const char scheme[] = "mxc://";
    const char *uri = json_text(answer, "content_uri");
    if (!uri || strlen(uri) >= LIMIT_ID_BYTES || strncmp(uri, scheme, sizeof scheme - 1) != 0)
        return NULL;
    const char *server = uri + sizeof scheme - 1;
    size_t bytes = strspn(server, LETTERS_AND_DIGITS ".-:[]");
    const char *id = server[bytes] == '/' ? server + bytes + 1 : "";
    bool whole = bytes && id[0] && strspn(id, LETTERS_AND_DIGITS "_-") == strlen(id);
    return whole ? uri : NULL;
}
