/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/codec_out.h"
#include "adapters/slack/codec_in.h"
#include "adapters/slack/markup.h"
#include "core/action.h"
#include "core/duration.h"
#include "core/limits.h"
#include "core/tasks.h"
#include "host/json.h"
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
    YES_BYTES = 30,
    FAULT_BYTES = 300,
    HOME_BLOCKS = 100,
    PANEL_BYTES = 100 * 1024 /* Slack takes 250 */
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

/* Read aloud alone, out of its place: the act and which case it is about. The label stands in it
   whole, for whoever says what they see. */
static json_t *spoken_label(const char *label, const char *case_id)
{
    CLEANUP(buf_done) struct buf whole, shown;
    buf_init(&whole, LIMIT_MESSAGE_BYTES);
    buf_init(&shown, LIMIT_MESSAGE_BYTES);
    buf_addf(&whole, "%s%s%s", label, case_id[0] ? " " : "", case_id);
    slack_plain(&shown, buf_text(&whole), LABEL_BYTES);
    return json_string(buf_text(&shown));
}

/* Shown to one person alone it carries who that is. owner NULL: everybody sees it. */
static json_t *button_value(const struct message_button *b, const char *owner)
{
    return owner ? json_sprintf("%s:%s", owner, b->handle) : json_string(b->handle);
}

static json_t *confirm_json(const struct message_button *b)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "title", plain(b->confirm_title, TITLE_BYTES), "text",
                     plain(b->confirm_text, CONFIRM_BYTES), "confirm",
                     plain(b->confirm_yes, YES_BYTES), "deny", plain("Cancel", YES_BYTES));
}

/* A menu takes no label to be read aloud (docs.slack.dev, "Overflow menu element"): that it asks
   once more says which case is meant. */
static json_t *menu_json(const struct message_button *b, const char *owner)
{
    json_t *json = json_pack("{s:s, s:s, s:[{s:o, s:o}]}", "type", "overflow", "action_id",
                             b->action, "options", "text", plain(b->label, LABEL_BYTES), "value",
                             button_value(b, owner));
    if (b->confirm_title)
        json_object_set_new(json, "confirm", confirm_json(b));
    return json;
}

/* Ids of the buttons in one block differ (docs.slack.dev, "Actions block"). */
static void name_case(json_t *json, const struct message_button *b)
{
    json_object_set_new(json, "action_id", json_sprintf("%s:%s", b->action, b->case_id));
    json_t *text = json_pack("{s:s, s:o, s:b}", "type", "plain_text", "text",
                             spoken_label(b->label, b->case_id), "emoji", 1);
    json_object_set_new(json, "text", text);
}

/* What carries no handle is about no case. */
static json_t *button_json(const struct message_button *b, const char *case_id, const char *owner)
{
    static const char *const styles[] = { NULL, "primary", "danger" };
    json_t *json = json_pack("{s:s, s:s, s:o, s:o}", "type", "button", "action_id", b->action,
                             "value", button_value(b, owner), "text", plain(b->label, LABEL_BYTES));
    if (b->case_id) /* one of several: seen, too, and an id that no other button has */
        name_case(json, b);
    json_object_set_new(json, "accessibility_label",
                        spoken_label(b->label, b->case_id     ? b->case_id
                                               : b->handle[0] ? str_or_empty(case_id)
                                                              : ""));
    if (styles[b->style])
        json_object_set_new(json, "style", json_string(styles[b->style]));
    if (b->confirm_title)
        json_object_set_new(json, "confirm", confirm_json(b));
    return json;
}

static void add_buttons(json_t *blocks, const struct message *m, const char *owner)
{
    json_t *elements = json_array();
    for (size_t i = 0; i < m->button_count; i++)
        if (!m->buttons[i].words_only)
            json_array_append_new(elements, m->buttons[i].in_menu
                                                ? menu_json(&m->buttons[i], owner)
                                                : button_json(&m->buttons[i], m->case_id, owner));
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

/* One row: at most six blocks and a line. */
static void add_row(json_t *blocks, const struct message *m, const char *owner,
                    const struct people *people)
{
    add_section(blocks, m->headline, people);
    add_section(blocks, m->body, people);
    add_fields(blocks, m, people, FIELD_BYTES);
    add_buttons(blocks, m, owner);
    add_footer(blocks, m->footer, people);
}

json_t *slack_panel_json(const struct panel *p, const char *person_id, const struct people *people,
                         size_t most)
{
    json_t *blocks = json_array();
    for (size_t i = 0; i < p->count; i++) {
        size_t before = json_array_size(blocks);
        if (i)
            json_array_append_new(blocks, json_pack("{s:s}", "type", "divider"));
        add_row(blocks, &p->rows[i], person_id, people);
        /* What does not fit whole is not shown at all: no button stands without its question. */
        if (json_array_size(blocks) > most ||
            json_dumpb(blocks, NULL, 0, JSON_COMPACT) > PANEL_BYTES) {
            while (json_array_size(blocks) > before)
                json_array_remove(blocks, json_array_size(blocks) - 1);
            break;
        }
    }
    return blocks;
}

json_t *slack_home_json(const struct panel *p, const char *person_id, const char *otherwise,
                        const struct people *people)
{
    json_t *blocks = p ? slack_panel_json(p, person_id, people, HOME_BLOCKS) : json_array();
    if (!p)
        add_section(blocks, otherwise, people);
    return json_pack("{s:s, s:s, s:o}", "type", "home", "callback_id", "reguard:home", "blocks",
                     blocks);
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
    add_buttons(blocks, m, NULL);
    add_footer(blocks, m->footer, people);
    slack_markup(&text, m->text, people, TEXT_BYTES);
    json_t *payload = json_pack("{s:s, s:s, s:s}", "case", m->case_id, "state", m->state, "key",
                                m->key);
    if (m->receipt)
        json_object_set_new(payload, "receipt", json_true());
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

/* "https://TEAM.slack.com/archives/CHANNEL/pTS", as chat.getPermalink gives it (docs.slack.dev);
   both ids are letters and digits. Anything else is no link. */
bool slack_add_permalink(struct buf *b, const struct slack_codec *codec, const char *ts)
{
    static const char digits[] = "0123456789", safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
                                                        "pqrstuvwxyz0123456789-._:/";
    size_t whole = strspn(ts, digits);
    bool fine = whole && ts[whole] == '.' &&
                strspn(ts + whole + 1, digits) == strlen(ts + whole + 1);
    if (!fine || strncmp(codec->web, "https://", 8) != 0 ||
        strspn(codec->web, safe) != strlen(codec->web) ||
        strspn(codec->channel, safe) != strlen(codec->channel))
        return false;
    buf_addf(b, "%s%sarchives/%s/p%.*s%s", codec->web,
             codec->web[strlen(codec->web) - 1] == '/' ? "" : "/", codec->channel, (int)whole, ts,
             ts + whole + 1);
    return !b->overflow;
}

void slack_link_card(json_t *message, const struct slack_codec *codec, const char *ts)
{
    CLEANUP(buf_done) struct buf url = { 0 };
    json_t *blocks = json_object_get(message, "blocks");
    buf_init(&url, 600);
    if (!json_is_array(blocks) || !slack_add_permalink(&url, codec, ts))
        return;
    json_t *elements = json_array();
    json_array_append_new(elements,
                          json_pack("{s:s, s:o}", "type", "mrkdwn", "text",
                                    json_sprintf("<%s|Show it in the channel>", buf_text(&url))));
    json_array_append_new(blocks, json_pack("{s:s, s:o}", "type", "context", "elements", elements));
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

static json_t *option_json(const char *text, const char *value)
{
    return json_pack("{s:o, s:s}", "text", plain(text, LABEL_BYTES), "value", value);
}

static json_t *input_block(const char *id, const char *label, json_t *element_new, bool optional)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:b}", "type", "input", "block_id", id, "label",
                     plain(label, 100), "element", element_new, "optional", optional);
}

/* Two groups: what needs a window, and what does not. */
static json_t *task_input(const char *initial)
{
    json_t *groups[] = { json_array(), json_array() }, *chosen = NULL;
    for (const struct task *t = task_table(); t->name; t++) {
        json_t *option = option_json(t->title, t->name);
        if (str_equal_nocase(t->name, initial))
            chosen = option;
        json_array_append_new(groups[task_why_no_window(t) != NULL], option);
    }
    json_t *element = json_pack("{s:s, s:s, s:o, s:[{s:o, s:o}, {s:o, s:o}]}", "type",
                                "static_select", "action_id", "task", "placeholder",
                                plain("What for?", 100), "option_groups", "label",
                                plain("Needs the root user", LABEL_BYTES), "options", groups[0],
                                "label", plain("No window needed", LABEL_BYTES), "options",
                                groups[1]);
    if (chosen)
        json_object_set(element, "initial_option", chosen);
    json_t *block = input_block("task", "Task", element, false);
    json_object_set_new(block, "dispatch_action", json_true()); /* the guide follows the choice */
    return block;
}

static json_t *tick_input(const char *id, const char *label, const char *words, bool ticked)
{
    json_t *option = option_json(words, id),
           *element = json_pack("{s:s, s:s, s:[O]}", "type", "checkboxes", "action_id", id,
                                "options", option);
    if (ticked)
        json_object_set_new(element, "initial_options", json_pack("[O]", option));
    json_decref(option);
    return input_block(id, label, element, true);
}

/* Typed, and chosen from what is offered. What was given already need not be among that. */
static json_t *account_input(const struct effect_form *f)
{
    json_t *element = json_pack("{s:s, s:s, s:i, s:o}", "type", "external_select", "action_id",
                                "account", "min_query_length", 0, "placeholder",
                                plain("Type a name or a number", 150));
    const char *text = str_or_empty(f->account_text)[0] ? f->account_text : f->account;
    if (str_or_empty(f->account)[0])
        json_object_set_new(element, "initial_option", option_json(text, f->account));
    json_t *block = input_block("account", "AWS account", element, false);
    if (f->account_hint)
        json_object_set_new(block, "hint", plain(f->account_hint, 200));
    return block;
}

/* One of the usual lengths, or one in words. What was given and is none of them stands in the
   second field. */
static void add_lengths(json_t *blocks, const struct effect_form *f, bool usual)
{
    json_t *options = json_array(), *chosen = NULL;
    ms_t wanted;
    bool known = duration_read(f->duration, &wanted);
    for (size_t i = 0; i < f->length_count; i++) {
        CLEANUP(buf_done) struct buf text, value;
        buf_init(&text, 64);
        buf_init(&value, 64);
        duration_add(&text, f->lengths[i]);
        duration_add_typed(&value, f->lengths[i]);
        json_t *option = option_json(buf_text(&text), buf_text(&value));
        if (known && wanted == f->lengths[i])
            chosen = option;
        json_array_append_new(options, option);
    }
    if (f->length_count) {
        json_t *element = json_pack("{s:s, s:s, s:O}", "type", "static_select", "action_id",
                                    "length", "options", options);
        if (chosen)
            json_object_set(element, "initial_option", chosen);
        json_array_append_new(blocks, input_block("length", "For how long", element, true));
    }
    json_array_append_new(
        blocks,
        text_input("duration", f->length_count ? "Or another length" : "For how long",
                   chosen ? NULL : f->duration,
                   f->length_count
                       ? "like 45m, 1.5 hours or until 17:30; this one counts when both are given"
                       : "like 45m, 1.5 hours or until 17:30",
                   usual || f->length_count));
    json_decref(options);
}

/* What it is done to; and whether a window is wanted all the same. */
static void add_chosen(json_t *blocks, const struct effect_form *f)
{
    add_section(blocks, f->guide, NULL);
    if (f->target_label)
        json_array_append_new(blocks, text_input("target", f->target_label, f->target,
                                                 f->target_hint, false));
    if (!f->no_window)
        return;
    json_t *tick = tick_input("anyway", "A window all the same", "Ask anyway", f->anyway);
    if (f->runs) /* another form follows it */
        json_object_set_new(tick, "dispatch_action", json_true());
    json_array_append_new(blocks, tick);
}

static void add_asked(json_t *blocks, const struct effect_form *f, const struct action_row *row)
{
    if (row->fields & FORM_ACCOUNT)
        json_array_append_new(blocks, account_input(f));
    if (row->fields & FORM_TASK) {
        json_array_append_new(blocks, task_input(f->task));
        add_chosen(blocks, f);
    }
    if (row->fields & FORM_DURATION)
        add_lengths(blocks, f, row->fields & FORM_ACCOUNT);
    if (row->fields & FORM_TICKET)
        json_array_append_new(blocks,
                              text_input("ticket", "Ticket", f->ticket, NULL, !f->ticket_required));
    if (row->fields & FORM_REASON)
        json_array_append_new(blocks, text_input("reason", "Reason", f->reason, NULL, false));
    if (f->mailbox_asked)
        json_array_append_new(blocks,
                              tick_input("mailbox", "Root mailbox",
                                         "I can read that account's root mailbox", f->mailbox));
}

/* What was given before and has no field in this form comes back with it, so that it is not typed
   again when another form follows: beside the handle, as JSON. */
static const char *metadata(const struct effect_form *f, const struct action_row *row,
                            struct buf *b)
{
    bool length = row && !(row->fields & FORM_DURATION) && str_or_empty(f->duration)[0],
         target = row && !f->target_label && str_or_empty(f->target)[0];
    if (!length && !target)
        return str_or_empty(f->handle);
    json_t *all = json_pack("{s:s, s:s, s:s}", "handle", str_or_empty(f->handle), "duration",
                            length ? f->duration : "", "target", target ? f->target : "");
    struct err ignored = { "" };
    return json_put(all, b, &ignored) ? buf_text(b) : str_or_empty(f->handle);
}

json_t *slack_form_json(const struct effect_form *f)
{
    const struct action_row *row = action_form(f->form);
    json_t *blocks = json_array();
    CLEANUP(buf_done) struct buf callback, carried;
    buf_init(&callback, 64);
    buf_init(&carried, METADATA_BYTES);
    buf_addf(&callback, "reguard:%s", f->form);
    add_section(blocks, f->stage == FORM_CHECKS ? "⏳ Checking…" : f->problem, NULL);
    if (f->stage == FORM_ASKS && row)
        add_asked(blocks, f, row);
    json_t *view = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "type", "modal", "callback_id",
                             buf_text(&callback), "private_metadata", metadata(f, row, &carried),
                             "title", plain(row ? row->title : "reguard", 24), "close",
                             plain(f->stage == FORM_ASKS ? "Cancel" : "Close", 24), "blocks",
                             blocks);
    if (f->stage == FORM_ASKS)
        json_object_set_new(view, "submit", plain(row ? row->submit : "Send", 24));
    return view;
}

/* What is at fault in which block. */
static json_t *faults_json(const struct effect_form *f)
{
    static const struct {
        unsigned field;
        const char *block;
    } blocks[] = { { FORM_ACCOUNT, "account" }, { FORM_DURATION, "duration" },
                   { FORM_TASK, "task" },       { FORM_TICKET, "ticket" },
                   { FORM_REASON, "reason" },   { FORM_TARGET, "target" } };
    json_t *errors = json_object();
    for (size_t i = 0; i < f->fault_count; i++)
        for (size_t k = 0; k < COUNT(blocks); k++) {
            CLEANUP(buf_done) struct buf text;
            buf_init(&text, LIMIT_MESSAGE_BYTES);
            slack_plain(&text, f->faults[i].text, FAULT_BYTES);
            if (blocks[k].field == f->faults[i].field)
                json_object_set_new(errors, blocks[k].block, json_string(buf_text(&text)));
        }
    return errors;
}

json_t *slack_reply_json(const struct effect_form *f)
{
    return f->fault_count
               ? json_pack("{s:s, s:o}", "response_action", "errors", "errors", faults_json(f))
               : json_pack("{s:s, s:o}", "response_action", "update", "view", slack_form_json(f));
}

json_t *slack_choices_json(const struct choice *choices, size_t count)
{
    json_t *options = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(options, option_json(choices[i].text, choices[i].value));
    return json_pack("{s:o}", "options", options);
}
