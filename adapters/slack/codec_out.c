#include "adapters/slack/codec_out.h"
#include "adapters/slack/markup.h"
#include "core/action.h"
#include "core/limits.h"
#include "core/tasks.h"
#include "port/witness.h"

#include <string.h>

/* Bytes are counted where Slack counts characters: never too long, at worst cut a little early. */
enum {
    SECTION_BYTES = 3000,
    FIELD_BYTES = 2000,
    SHORT_FIELD_BYTES = 400, /* where the whole would be longer than what is kept of a message */
    SECTION_FIELDS = 10,
    TEXT_BYTES = 3900,
    CONTEXT_BYTES = 2000,
    LABEL_BYTES = 75,
    TITLE_BYTES = 100,
    CONFIRM_BYTES = 300,
    YES_BYTES = 30
};

static json_t *mrkdwn(const char *rich, const struct people *people, size_t most)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    slack_markup(&b, rich, people, most);
    return json_pack("{s:s, s:s, s:b}", "type", "mrkdwn", "text", b.bytes ? buf_text(&b) : " ",
                     "verbatim", 1);
}

static json_t *plain(const char *text, size_t most)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    slack_plain(&b, text, most);
    return json_pack("{s:s, s:s, s:b}", "type", "plain_text", "text", b.bytes ? buf_text(&b) : " ",
                     "emoji", 1);
}

static void add_section(json_t *blocks, const char *rich, const struct people *people)
{
    if (rich && rich[0])
        json_array_append_new(blocks, json_pack("{s:s, s:o}", "type", "section", "text",
                                                mrkdwn(rich, people, SECTION_BYTES)));
}

/* A section holds at most ten fields; the rest stands in the next one. */
static void add_fields(json_t *blocks, const struct message *m, const struct people *people,
                       size_t most)
{
    json_t *fields = NULL;
    for (size_t i = 0; i < m->field_count; i++) {
        if (i % SECTION_FIELDS == 0) {
            fields = json_array();
            json_array_append_new(blocks,
                                  json_pack("{s:s, s:o}", "type", "section", "fields", fields));
        }
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, LIMIT_MESSAGE_BYTES);
        rich_add_strong(&b, m->fields[i].label);
        buf_addf(&b, "\n%s", m->fields[i].value);
        json_array_append_new(fields, mrkdwn(buf_text(&b), people, most));
    }
}

static json_t *button_json(const struct message_button *b)
{
    static const char *const styles[] = { NULL, "primary", "danger" };
    json_t *json = json_pack("{s:s, s:s, s:s, s:o}", "type", "button", "action_id", b->action,
                             "value", b->handle, "text", plain(b->label, LABEL_BYTES));
    if (styles[b->style])
        json_object_set_new(json, "style", json_string(styles[b->style]));
    if (b->confirm_title)
        json_object_set_new(
            json, "confirm",
            json_pack("{s:o, s:o, s:o, s:o}", "title", plain(b->confirm_title, TITLE_BYTES), "text",
                      plain(b->confirm_text, CONFIRM_BYTES), "confirm",
                      plain(b->confirm_yes, YES_BYTES), "deny", plain("Cancel", YES_BYTES)));
    return json;
}

static void add_buttons(json_t *blocks, const struct message *m)
{
    json_t *elements = json_array();
    for (size_t i = 0; i < m->button_count; i++)
        if (!m->buttons[i].words_only)
            json_array_append_new(elements, button_json(&m->buttons[i]));
    if (json_array_size(elements))
        json_array_append_new(blocks,
                              json_pack("{s:s, s:O}", "type", "actions", "elements", elements));
    json_decref(elements);
}

static void add_footer(json_t *blocks, const char *rich, const struct people *people)
{
    if (!rich || !rich[0])
        return;
    json_t *elements = json_array();
    json_array_append_new(elements, mrkdwn(rich, people, CONTEXT_BYTES));
    json_array_append_new(blocks, json_pack("{s:s, s:o}", "type", "context", "elements", elements));
}

static json_t *with_fields(const struct message *m, const struct people *people,
                           size_t most_in_a_field)
{
    json_t *blocks = json_array();
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_MESSAGE_BYTES);
    add_section(blocks, m->headline, people);
    add_section(blocks, m->body, people);
    add_fields(blocks, m, people, most_in_a_field);
    add_buttons(blocks, m);
    add_footer(blocks, m->footer, people);
    slack_markup(&text, m->text, people, TEXT_BYTES);
    json_t *payload = json_pack("{s:s, s:s, s:s}", "case", m->case_id, "state", m->state, "key",
                                m->key);
    witness_add(payload, &m->witness);
    return json_pack("{s:s, s:o, s:{s:s, s:o}, s:b, s:b, s:b, s:s}", "text", buf_text(&text),
                     "blocks", blocks, "metadata", "event_type", "reguard", "event_payload",
                     payload, "unfurl_links", 0, "unfurl_media", 0, "link_names", 0, "parse",
                     "none");
}

json_t *slack_message_json(const struct message *m, const struct people *people)
{
    json_t *json = with_fields(m, people, FIELD_BYTES);
    if (json_dumpb(json, NULL, 0, JSON_COMPACT) < LIMIT_MESSAGE_BYTES)
        return json;
    json_decref(json);
    return with_fields(m, people, SHORT_FIELD_BYTES);
}

/* ---- plainer forms ---- */

/* "<!here>" becomes "@here", "<!subteam^S…>" "@S…": words that notify nobody. */
static void add_unspecial(struct buf *b, const char *text)
{
    static const char subteam[] = "subteam^";
    while (*text) {
        size_t bytes = strncmp(text, "<!", 2) == 0 ? strcspn(text, ">|") : 0;
        bool date = strncmp(text, "<!date", 6) == 0;
        if (bytes == 0 || date || text[bytes] != '>') {
            buf_add_char(b, *text++);
            continue;
        }
        size_t from = 2 + (strncmp(text + 2, subteam, sizeof subteam - 1) == 0 ? sizeof subteam - 1
                                                                               : 0);
        buf_add_char(b, '@');
        buf_add_bytes(b, text + from, bytes - from);
        text += bytes + 1;
    }
}

void slack_make_plainer(json_t *message, enum slack_form form)
{
    if (form == SLACK_FORM_FULL)
        return;
    json_object_del(message, "blocks");
    if (form == SLACK_FORM_TEXT)
        return;
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_MESSAGE_BYTES);
    add_unspecial(&text, str_or_empty(json_string_value(json_object_get(message, "text"))));
    json_object_set_new(message, "text", json_string(buf_text(&text)));
    json_object_del(message, "metadata");
}

/* ---- forms ---- */

static json_t *text_input(const char *id, const char *label, const char *initial, const char *hint,
                          bool optional)
{
    json_t *element = json_pack("{s:s, s:s}", "type", "plain_text_input", "action_id", id);
    if (initial && initial[0])
        json_object_set_new(element, "initial_value", json_string(initial));
    if (str_equal(id, "reason"))
        json_object_set_new(element, "multiline", json_true());
    json_t *block = json_pack("{s:s, s:s, s:o, s:o, s:b}", "type", "input", "block_id", id, "label",
                              plain(label, 100), "element", element, "optional", optional);
    if (hint)
        json_object_set_new(block, "hint", plain(hint, 200));
    return block;
}

static json_t *task_input(const char *initial)
{
    json_t *options = json_array(), *chosen = NULL;
    for (const struct task *t = task_table(); t->name; t++) {
        json_t *option = json_pack("{s:o, s:s}", "text", plain(t->title, LABEL_BYTES), "value",
                                   t->name);
        if (str_equal_nocase(t->name, initial))
            chosen = option;
        json_array_append_new(options, option);
    }
    json_t *element = json_pack("{s:s, s:s, s:o}", "type", "static_select", "action_id", "task",
                                "options", options);
    if (chosen)
        json_object_set(element, "initial_option", chosen);
    return json_pack("{s:s, s:s, s:o, s:o, s:b}", "type", "input", "block_id", "task", "label",
                     plain("Task", 100), "element", element, "optional", 1);
}

json_t *slack_form_json(const struct effect_form *f)
{
    const struct action_row *row = action_form(f->form);
    json_t *blocks = json_array();
    if (f->problem && f->problem[0])
        add_section(blocks, f->problem, NULL);
    if (row->fields & FORM_ACCOUNT)
        json_array_append_new(blocks, text_input("account", "AWS account", f->account,
                                                 f->account_hint, false));
    if (row->fields & FORM_DURATION)
        json_array_append_new(blocks, text_input("duration", "For how long", f->duration,
                                                 "like 45m or 2h", row->fields & FORM_ACCOUNT));
    if (row->fields & FORM_TASK)
        json_array_append_new(blocks, task_input(f->task));
    if (row->fields & FORM_TICKET)
        json_array_append_new(blocks,
                              text_input("ticket", "Ticket", f->ticket, NULL, !f->ticket_required));
    if (row->fields & FORM_REASON)
        json_array_append_new(blocks, text_input("reason", "Reason", f->reason, NULL, false));
    CLEANUP(buf_done) struct buf callback;
    buf_init(&callback, 64);
    buf_addf(&callback, "reguard:%s", f->form);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "type", "modal", "callback_id",
                     buf_text(&callback), "private_metadata", str_or_empty(f->handle), "title",
                     plain(row->title, 24), "submit", plain(row->submit, 24), "close",
                     plain("Cancel", 24), "blocks", blocks);
}
