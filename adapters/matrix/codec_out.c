/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/codec_out.h"
#include "adapters/matrix/codec_in.h"
#include "core/action.h"
#include "core/encode.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "host/json.h"
#include "port/witness.h"

#include <string.h>

enum { BODY_BYTES = 6000, HTML_BYTES = 9000, BARE_BYTES = 3100, MENTIONS_MOST = 64 };

/* ---- who is notified ---- */

static void add_user(json_t *mentions, const char *id)
{
    json_t *ids = json_object_get(mentions, "user_ids");
    if (!ids)
        json_object_set_new(mentions, "user_ids", ids = json_array());
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (str_equal(json_string_value(json_array_get(ids, i)), id))
            return;
    if (json_array_size(ids) < MENTIONS_MOST)
        json_array_append_new(ids, json_string(id));
}

static void add_escalated(json_t *mentions, const char *text, size_t bytes)
{
    for (size_t at = 0; at < bytes;) {
        char word[LIMIT_ID_BYTES];
        size_t length = 0;
        while (at + length < bytes && text[at + length] != ' ')
            length++;
        if (matrix_means_room(text + at, length))
            json_object_set_new(mentions, "room", json_true());
        else if (length > 1 && length < sizeof word && text[at] == '@' &&
                 memchr(text + at, ':', length)) {
            memcpy(word, text + at, length);
            word[length] = '\0';
            add_user(mentions, word);
        }
        at += length + 1;
    }
}

static void collect_mentions(json_t *mentions, const char *rich, const struct matrix_style *style)
{
    for (const char *cursor = str_or_empty(rich);;) {
        struct rich_piece piece = rich_next(&cursor);
        if (piece.kind == RICH_END)
            return;
        const char *id = piece.kind == RICH_MENTION
                             ? person_chat_id(people_by_key(style->people, piece.person_key),
                                              "matrix")
                             : NULL;
        if (id)
            add_user(mentions, id);
        if (piece.kind == RICH_ESCALATION)
            add_escalated(mentions, piece.text, piece.text_bytes);
    }
}

/* Chat id of the one whose own matter the message is; NULL: nobody's. */
static const char *addressee(const struct message *m, const struct matrix_style *style)
{
    return m->to ? person_chat_id(people_by_key(style->people, m->to), "matrix") : NULL;
}

static json_t *mentions_of(const struct message *m, const struct matrix_style *style)
{
    json_t *mentions = json_object();
    const char *const parts[] = { m->headline, m->body, m->footer, m->text };
    for (size_t i = 0; i < COUNT(parts); i++)
        collect_mentions(mentions, parts[i], style);
    for (size_t i = 0; i < m->field_count; i++)
        collect_mentions(mentions, m->fields[i].value, style);
    if (addressee(m, style))
        add_user(mentions, addressee(m, style));
    return mentions;
}

/* ---- what a button would have done, in words ---- */

static bool votes_count(const struct message *m, const struct matrix_style *style)
{
    return m->votes && (style->policy->approve_with & APPROVE_BY_REACTION);
}

static void add_command(struct buf *b, const struct message *m, const struct message_button *button,
                        const struct matrix_style *style)
{
    if (!action_button_is_typed(button, m->kind == MESSAGE_DIRECT, style->policy))
        return;
    buf_add(b, b->bytes ? " · " : "");
    action_add_button_typed(b, style->prefix, m, button);
}

/* A lock means the same there. In a direct room reactions are not heard. */
static bool takes_lock(const struct message *m)
{
    bool of_case = m->kind != MESSAGE_DIRECT && str_or_empty(m->case_id)[0];
    for (size_t i = 0; of_case && i < m->button_count; i++) {
        enum action action = action_named(m->buttons[i].action);
        if (action == ACTION_DONE || action == ACTION_RESTORE || action == ACTION_PUT_BACK)
            return true;
    }
    return false;
}

static bool is_over(const struct message *m)
{
    return m->button_count == 1 && action_row(action_named(m->buttons[0].action))->anew;
}

/* How to act on the message where there are no buttons; rich. */
static void add_how(struct buf *b, const struct message *m, const struct matrix_style *style)
{
    CLEANUP(buf_done) struct buf typed;
    buf_init(&typed, LIMIT_ANSWER_BYTES);
    for (size_t i = 0; i < m->button_count; i++)
        add_command(&typed, m, &m->buttons[i], style);
    if (votes_count(m, style))
        buf_addf(b, "React with %s to approve or %s to decline%s",
                 matrix_emoji(style->policy->approve_reaction),
                 matrix_emoji(style->policy->decline_reaction),
                 typed.bytes ? ", or type one of " : ".");
    else if (takes_lock(m))
        buf_addf(b, "React with %s to restore%s, or type ", matrix_emoji("lock"),
                 m->also ? " all of these" : "");
    else
        buf_add(b, !typed.bytes ? "" : is_over(m) ? "To ask again, type " : "Type ");
    buf_add(b, buf_text(&typed));
}

/* ---- the two forms ---- */

static void add_paragraph(struct buf *html, const char *rich, const struct matrix_style *style)
{
    if (!rich || !rich[0])
        return;
    buf_add(html, "<p>");
    matrix_html(html, rich, style);
    buf_add(html, "</p>");
}

static void add_fields(struct buf *html, const struct message *m, const struct matrix_style *style)
{
    if (m->field_count)
        buf_add(html, "<ul>");
    for (size_t i = 0; i < m->field_count; i++) {
        buf_add(html, "<li><strong>");
        matrix_html(html, m->fields[i].label, style);
        buf_add(html, "</strong> ");
        matrix_html(html, m->fields[i].value, style);
        buf_add(html, "</li>");
    }
    if (m->field_count)
        buf_add(html, "</ul>");
}

/* called: whom it calls, behind what they are called for; or NULL. */
static void add_html(struct buf *html, const struct message *m, const char *how, const char *called,
                     const struct matrix_style *style)
{
    add_paragraph(html, m->headline, style);
    add_paragraph(html, m->body, style);
    if (called) {
        buf_add(html, "<p>");
        matrix_add_person(html, called);
        buf_add(html, "</p>");
    }
    add_fields(html, m, style);
    add_paragraph(html, how, style);
    if (!m->footer || !m->footer[0])
        return;
    buf_add(html, "<p><em>");
    matrix_html(html, m->footer, style);
    buf_add(html, "</em></p>");
}

static json_t *body_of(const struct buf *plain)
{
    return plain->overflow ? json_sprintf("%s…", buf_text(plain)) : json_string(buf_text(plain));
}

/* Notices never notify anybody: push rule .m.rule.suppress_notices comes before the ones for
   mentions (client-server API, "Predefined rules"). So whatever mentions somebody is a text. */
static const char *type_of(const json_t *mentions)
{
    return json_object_size(mentions) ? "m.text" : "m.notice";
}

/* The HTML form is left out rather than cut. */
static json_t *content_of(const struct buf *plain, const struct buf *html, json_t *mentions_taken)
{
    json_t *content = json_pack("{s:s, s:o}", "msgtype", type_of(mentions_taken), "m.mentions",
                                mentions_taken);
    json_object_set_new(content, "body", body_of(plain));
    if (html->bytes && !html->overflow) {
        json_object_set_new(content, "format", json_string("org.matrix.custom.html"));
        json_object_set_new(content, "formatted_body", json_string(buf_text(html)));
    }
    return content;
}

/* One a line, for clients that show text alone, and where there is no HTML form. */
static void add_plain_fields(struct buf *plain, const struct message *m,
                             const struct matrix_style *style)
{
    for (size_t i = 0; i < m->field_count; i++) {
        buf_addf(plain, "\n%s: ", m->fields[i].label);
        matrix_plain(plain, m->fields[i].value, style);
    }
}

/* What is escaped once more grows; the plain form alone always fits what is kept of a
   message. */
static void drop_html_when_long(json_t *content)
{
    if (json_dumpb(content, NULL, 0, JSON_COMPACT) < LIMIT_MESSAGE_BYTES)
        return;
    json_object_del(content, "format");
    json_object_del(content, "formatted_body");
}

json_t *matrix_message_json(const struct message *m, const struct matrix_style *style)
{
    CLEANUP(buf_done) struct buf plain, html, how;
    buf_init(&plain, BODY_BYTES);
    buf_init(&html, HTML_BYTES);
    buf_init(&how, LIMIT_ANSWER_BYTES);
    const char *called = m->kind == MESSAGE_DIRECT ? NULL : addressee(m, style);
    add_how(&how, m, style);
    matrix_plain(&plain, m->text, style);
    if (called)
        buf_addf(&plain, " %s", called);
    add_plain_fields(&plain, m, style);
    if (how.bytes) {
        buf_add_char(&plain, '\n');
        matrix_plain(&plain, buf_text(&how), style);
    }
    if (str_or_empty(m->footer)[0]) {
        buf_add_char(&plain, '\n');
        matrix_plain(&plain, m->footer, style);
    }
    add_html(&html, m, buf_text(&how), called, style);
    json_t *content = content_of(&plain, &html, mentions_of(m, style));
    json_t *ours = json_pack("{s:s, s:s, s:s}", "key", str_or_empty(m->key), "case",
                             str_or_empty(m->case_id), "state", str_or_empty(m->state));
    if (ours)
        witness_add(ours, &m->witness);
    if (ours && votes_count(m, style))
        json_object_set_new(ours, "votes", json_true());
    if (ours && m->receipt)
        json_object_set_new(ours, "receipt", json_true());
    if (ours && m->alone)
        json_object_set_new(ours, "alone", json_true());
    json_object_set_new(content, MATRIX_OURS, ours);
    drop_html_when_long(content);
    if (json_object_get(content, "body") && ours)
        return content;
    json_decref(content);
    return NULL;
}

static void shorten(json_t *content)
{
    const char *body = str_or_empty(json_string_value(json_object_get(content, "body")));
    size_t bytes = 0;
    for (uint32_t code; body[bytes];) {
        size_t length = utf8_decode(body + bytes, &code);
        if (bytes + length > BARE_BYTES)
            break;
        bytes += length ? length : 1;
    }
    if (body[bytes])
        json_object_set_new(content, "body", json_sprintf("%.*s…", (int)bytes, body));
}

/* "https://matrix.to/#/ROOM/EVENT?via=SERVER" (Matrix specification, "matrix.to navigation"); the
   server of the bot, which is in the room. */
void matrix_add_address(struct buf *b, const char *room, const char *event_id, const char *user)
{
    const char *server = strchr(user, ':');
    buf_add(b, "https://matrix.to/#/");
    encode_percent(b, room, ENCODE_UNRESERVED);
    buf_add_char(b, '/');
    encode_percent(b, event_id, ENCODE_UNRESERVED);
    if (!server)
        return;
    buf_add(b, "?via=");
    encode_percent(b, server + 1, ENCODE_UNRESERVED);
}

void matrix_link_card(json_t *content, const char *room, const char *event_id, const char *user)
{
    static const char words[] = "Show it in the room";
    CLEANUP(buf_done) struct buf address;
    const char *body = json_text_or_empty(content, "body"),
               *html = json_text(content, "formatted_body");
    buf_init(&address, 8 * LIMIT_ID_BYTES);
    matrix_add_address(&address, room, event_id, user);
    if (address.overflow)
        return;
    json_t *linked = html ? json_sprintf("%s<p><a href=\"%s\">%s</a></p>", html, buf_text(&address),
                                         words)
                          : NULL;
    json_object_set_new(content, "body",
                        json_sprintf("%s\n%s: %s", body, words, buf_text(&address)));
    if (linked)
        json_object_set_new(content, "formatted_body", linked);
}

void matrix_make_plainer(json_t *content, enum matrix_form form)
{
    if (form == MATRIX_FORM_FULL)
        return;
    json_object_del(content, "format");
    json_object_del(content, "formatted_body");
    if (form == MATRIX_FORM_TEXT)
        return;
    json_object_del(json_object_get(content, "m.mentions"), "room");
    json_object_del(content, MATRIX_OURS);
    shorten(content);
}

json_t *matrix_answer_json(const struct effect_answer *a, const struct matrix_style *style)
{
    CLEANUP(buf_done) struct buf plain, html, how;
    buf_init(&plain, BODY_BYTES);
    buf_init(&html, HTML_BYTES);
    buf_init(&how, LIMIT_ANSWER_BYTES);
    if (a->panel)
        action_add_panel_typed(&how, style->prefix, a->panel, a->direct, style->policy);
    buf_addf(&plain, "%s: ", a->person_id);
    matrix_add_person(&html, a->person_id);
    buf_add(&html, ": ");
    const char *const parts[] = { a->text, buf_text(&how) };
    for (size_t i = 0; i < COUNT(parts); i++) {
        matrix_plain(&plain, parts[i], style);
        matrix_html(&html, parts[i], style);
    }
    json_t *mentions = json_object();
    add_user(mentions, a->person_id);
    return content_of(&plain, &html, mentions);
}

json_t *matrix_file_json(const struct effect_file *file, const char *mxc)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:I}, s:{}}", "msgtype", "m.file", "body",
                     file->name, "filename", file->name, "url", mxc, "info", "mimetype",
                     "text/plain", "size", (json_int_t)strlen(file->text), "m.mentions");
}

json_t *matrix_word_json(const char *rich, const struct matrix_style *style)
{
    CLEANUP(buf_done) struct buf plain, html;
    json_t *mentions = json_object();
    buf_init(&plain, BODY_BYTES);
    buf_init(&html, HTML_BYTES);
    collect_mentions(mentions, rich, style);
    matrix_plain(&plain, rich, style);
    matrix_html(&html, rich, style);
    json_t *content = content_of(&plain, &html, mentions);
    drop_html_when_long(content);
    return content;
}

/* ---- relations ---- */

json_t *matrix_edit_json(json_t *content_taken, const char *event_id)
{
    json_t *edit = json_copy(content_taken);
    CLEANUP(buf_done) struct buf body;
    buf_init(&body, BODY_BYTES + 8);
    buf_addf(&body, "* %s",
             str_or_empty(json_string_value(json_object_get(content_taken, "body"))));
    json_object_set_new(edit, "body", json_string(buf_text(&body)));
    json_object_del(edit, "format");
    json_object_del(edit, "formatted_body");
    /* An edit notifies nobody anew. */
    json_object_set_new(edit, "m.mentions", json_object());
    json_object_set_new(edit, "msgtype", json_string("m.notice"));
    json_object_set_new(edit, "m.new_content", content_taken);
    json_object_set_new(edit, "m.relates_to",
                        json_pack("{s:s, s:s}", "rel_type", "m.replace", "event_id", event_id));
    return edit;
}

void matrix_put_thread(json_t *content, const char *root, const char *reply_to)
{
    json_object_set_new(content, "m.relates_to",
                        json_pack("{s:s, s:s, s:b, s:{s:s}}", "rel_type", "m.thread", "event_id",
                                  root, "is_falling_back", 1, "m.in_reply_to", "event_id",
                                  reply_to));
}

void matrix_put_reply(json_t *content, const char *reply_to)
{
    json_object_set_new(content, "m.relates_to",
                        json_pack("{s:{s:s}}", "m.in_reply_to", "event_id", reply_to));
}

json_t *matrix_reaction_json(const char *event_id, const char *key)
{
    return json_pack("{s:{s:s, s:s, s:s}}", "m.relates_to", "rel_type", "m.annotation", "event_id",
                     event_id, "key", key);
}
