/* SPDX-License-Identifier: Apache-2.0 */
/* Block Kit as Slack checks it (docs.slack.dev, "Blocks", "Block elements", "Composition objects"):
   limits, required and unknown fields. */
#include "tests/sandbox/slack/schema.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where we are, and where complaints go. */
enum { POINTER = 256 };
struct check {
    char pointer[POINTER];
    json_t *messages;
};

__attribute__((format(printf, 2, 3))) static void complain(const struct check *c,
                                                           const char *format, ...)
{
    char what[256];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    json_t *message = json_sprintf("[ERROR] %s [json-pointer:%s]", what, c->pointer);
    if (message && json_array_size(c->messages) < 20)
        json_array_append_new(c->messages, message);
    else
        json_decref(message);
}

static struct check below(const struct check *c, const char *name)
{
    struct check here = { .messages = c->messages };
    snprintf(here.pointer, sizeof here.pointer, "%.200s/%.40s", c->pointer, name);
    return here;
}

static struct check item(const struct check *c, size_t at)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", at);
    return below(c, number);
}

/* ---- pieces ---- */

static void check_string(const struct check *c, json_t *object, const char *key, size_t most,
                         bool required)
{
    json_t *value = json_object_get(object, key);
    struct check here = below(c, key);
    if (!value) {
        if (required)
            complain(c, "missing required field: %s", key);
    } else if (!json_is_string(value)) {
        complain(&here, "must be a string");
    } else if (slackd_characters(json_string_value(value)) > most) {
        complain(&here, "must be less than %zu characters", most + 1);
    } else if (required && json_string_length(value) == 0) {
        complain(&here, "must be more than 0 characters");
    }
}

static void check_known(const struct check *c, json_t *object, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            complain(c, "invalid additional property: %s", key);
    }
}

enum text_kind { PLAIN, ANY };

static void check_text(const struct check *c, json_t *object, const char *key, enum text_kind kind,
                       size_t most)
{
    static const char *const plain_fields[] = { "type", "text", "emoji", NULL },
                             *const mrkdwn_fields[] = { "type", "text", "verbatim", NULL };
    json_t *text = json_object_get(object, key);
    struct check here = below(c, key);
    if (!json_is_object(text)) {
        complain(&here, "must provide an object");
        return;
    }
    bool plain = sandbox_same(sandbox_text(text, "type"), "plain_text"),
         mrkdwn = sandbox_same(sandbox_text(text, "type"), "mrkdwn");
    if (!plain && (kind == PLAIN || !mrkdwn)) {
        complain(&here,
                 kind == PLAIN ? "must be a plain_text object" : "must be plain_text or mrkdwn");
        return;
    }
    check_known(&here, text, plain ? plain_fields : mrkdwn_fields);
    check_string(&here, text, "text", most, true);
}

static void check_optional_text(const struct check *c, json_t *object, const char *key,
                                enum text_kind kind, size_t most)
{
    if (json_object_get(object, key))
        check_text(c, object, key, kind, most);
}

static void check_style(const struct check *c, json_t *object)
{
    json_t *style = json_object_get(object, "style");
    const char *name = json_string_value(style);
    if (style && !sandbox_same(name, "primary") && !sandbox_same(name, "danger"))
        complain(c, "style must be primary or danger");
}

static void check_confirm(const struct check *c, json_t *element)
{
    static const char *const known[] = { "title", "text", "confirm", "deny", "style", NULL };
    json_t *confirm = json_object_get(element, "confirm");
    struct check here = below(c, "confirm");
    if (!confirm)
        return;
    check_known(&here, confirm, known);
    check_text(&here, confirm, "title", PLAIN, 100);
    check_text(&here, confirm, "text", ANY, 300);
    check_text(&here, confirm, "confirm", PLAIN, 30);
    check_text(&here, confirm, "deny", PLAIN, 30);
    check_style(&here, confirm);
}

/* ---- elements ---- */

static void check_button(const struct check *c, json_t *e)
{
    static const char *const known[] = { "type",  "text",    "action_id",           "url", "value",
                                         "style", "confirm", "accessibility_label", NULL };
    check_known(c, e, known);
    check_text(c, e, "text", PLAIN, 75);
    check_string(c, e, "value", 2000, false);
    check_string(c, e, "url", 3000, false);
    check_string(c, e, "accessibility_label", 75, false);
    check_style(c, e);
    check_confirm(c, e);
}

static bool has_value(json_t *options, const char *value)
{
    size_t i;
    json_t *option;
    json_array_foreach(options, i,
                       option) if (sandbox_same(sandbox_text(option, "value"), value)) return true;
    return false;
}

static void check_list(const struct check *c, json_t *options, size_t most)
{
    static const char *const known[] = { "text", "value", "description", "url", NULL };
    if (json_array_size(options) == 0 || json_array_size(options) > most)
        complain(c,
                 json_array_size(options) ? "no more than %zu items allowed"
                                          : "must have between 1 and %zu items",
                 most);
    size_t i;
    json_t *option, *seen = json_object();
    json_array_foreach(options, i, option)
    {
        struct check one = item(c, i);
        check_known(&one, option, known);
        check_text(&one, option, "text", ANY, 75);
        check_optional_text(&one, option, "description", ANY, 75);
        check_string(&one, option, "value", 150, true);
        if (json_object_get(seen, sandbox_text(option, "value")))
            complain(&one, "values must be unique");
        json_object_set_new(seen, sandbox_text(option, "value"), json_true());
    }
    json_decref(seen);
}

static void check_groups(const struct check *c, json_t *groups)
{
    static const char *const known[] = { "label", "options", NULL };
    size_t i;
    json_t *group;
    if (json_array_size(groups) == 0 || json_array_size(groups) > 100)
        complain(c, "must have between 1 and 100 items");
    json_array_foreach(groups, i, group)
    {
        struct check one = item(c, i), options = below(&one, "options");
        check_known(&one, group, known);
        check_text(&one, group, "label", PLAIN, 75);
        check_list(&options, json_object_get(group, "options"), 100);
    }
}

/* Whether what is chosen at first is among what there is, in groups or not. */
static bool offers(json_t *e, json_t *initial)
{
    size_t i;
    json_t *group;
    bool there = has_value(json_object_get(e, "options"), sandbox_text(initial, "value"));
    json_array_foreach(json_object_get(e, "option_groups"), i, group)
        there |= has_value(json_object_get(group, "options"), sandbox_text(initial, "value"));
    return there;
}

static void check_options(const struct check *c, json_t *e, size_t most)
{
    json_t *initial = json_object_get(e, "initial_option"),
           *ticked = json_object_get(e, "initial_options"), *each;
    struct check options = below(c, "options"), groups = below(c, "option_groups");
    size_t i;
    check_optional_text(c, e, "placeholder", PLAIN, 150);
    if (json_object_get(e, "option_groups") && json_object_get(e, "options"))
        complain(c, "must have either options or option_groups");
    if (json_object_get(e, "option_groups"))
        check_groups(&groups, json_object_get(e, "option_groups"));
    else
        check_list(&options, json_object_get(e, "options"), most);
    if (initial && !offers(e, initial))
        complain(c, "initial_option must be one of the options");
    if (ticked && json_array_size(ticked) == 0)
        complain(c, "initial_options must have at least 1 item");
    json_array_foreach(ticked, i, each) if (!offers(e, each))
        complain(c, "initial_options must be among the options");
}

/* Its options are plain text, and nothing but the question names it. */
static void check_overflow(const struct check *c, json_t *e)
{
    static const char *const known[] = { "type", "action_id", "options", "confirm", NULL };
    struct check options = below(c, "options");
    size_t i;
    json_t *option;
    check_known(c, e, known);
    check_list(&options, json_object_get(e, "options"), 5);
    json_array_foreach(json_object_get(e, "options"), i, option)
    {
        struct check one = item(&options, i);
        check_text(&one, option, "text", PLAIN, 75);
    }
    check_confirm(c, e);
}

static void check_external(const struct check *c, json_t *e)
{
    static const char *const known[] = {
        "type",          "action_id", "placeholder", "initial_option", "min_query_length",
        "focus_on_load", "confirm",   NULL
    };
    json_t *initial = json_object_get(e, "initial_option");
    struct check first = below(c, "initial_option");
    check_known(c, e, known);
    check_optional_text(c, e, "placeholder", PLAIN, 150);
    if (!initial)
        return;
    check_text(&first, initial, "text", PLAIN, 75);
    check_string(&first, initial, "value", 150, true);
}

void slackd_check_offer(json_t *payload, json_t *messages)
{
    struct check c = { "/options", messages };
    json_t *options = json_object_get(payload, "options");
    if (!json_is_array(options))
        complain(&c, "must be an array");
    else if (json_array_size(options))
        check_list(&c, options, 100);
}

static void check_input_text(const struct check *c, json_t *e)
{
    static const char *const known[] = {
        "type",        "action_id",  "initial_value",          "multiline",
        "min_length",  "max_length", "dispatch_action_config", "focus_on_load",
        "placeholder", NULL
    };
    check_known(c, e, known);
    check_string(c, e, "initial_value", 3000, false);
    check_optional_text(c, e, "placeholder", PLAIN, 150);
    if (sandbox_number(e, "max_length", 1) < 1 || sandbox_number(e, "max_length", 1) > 3000 ||
        sandbox_number(e, "min_length", 0) > 3000)
        complain(c, "min_length and max_length must be at most 3000");
}

static void check_element(const struct check *c, json_t *e)
{
    const char *type = sandbox_text(e, "type");
    check_string(c, e, "action_id", 255, false);
    if (sandbox_same(type, "button"))
        check_button(c, e);
    else if (sandbox_same(type, "static_select"))
        check_options(c, e, 100);
    else if (sandbox_same(type, "external_select"))
        check_external(c, e);
    else if (sandbox_same(type, "radio_buttons") || sandbox_same(type, "checkboxes"))
        check_options(c, e, 10);
    else if (sandbox_same(type, "overflow"))
        check_overflow(c, e);
    else if (sandbox_same(type, "plain_text_input"))
        check_input_text(c, e);
    else if (!*type)
        complain(c, "missing required field: type");
}

/* ---- blocks ---- */

static void check_unique(const struct check *c, json_t *seen, json_t *object, const char *key)
{
    const char *id = json_string_value(json_object_get(object, key));
    if (id && json_object_get(seen, id))
        complain(c, "`%s` %.100s already exists", key, id);
    if (id)
        json_object_set_new(seen, id, json_true());
}

static void check_section(const struct check *c, json_t *b)
{
    static const char *const known[] = { "type",      "block_id", "text", "fields",
                                         "accessory", "expand",   NULL };
    json_t *fields = json_object_get(b, "fields"), *accessory = json_object_get(b, "accessory");
    check_known(c, b, known);
    if (!json_object_get(b, "text") && !fields)
        complain(c, "must define either `text` or `fields`");
    check_optional_text(c, b, "text", ANY, 3000);
    if (fields && (json_array_size(fields) < 1 || json_array_size(fields) > 10))
        complain(c, "fields must have between 1 and 10 items");
    struct check here = below(c, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        json_t *field = json_pack("{s:O}", "field", json_array_get(fields, i));
        struct check one = item(&here, i);
        check_text(&one, field, "field", ANY, 2000);
        json_decref(field);
    }
    here = below(c, "accessory");
    if (accessory)
        check_element(&here, accessory);
}

static void check_actions(const struct check *c, json_t *b)
{
    static const char *const known[] = { "type", "block_id", "elements", NULL };
    json_t *elements = json_object_get(b, "elements");
    struct check here = below(c, "elements");
    json_t *seen = json_object(), *element;
    size_t i;
    check_known(c, b, known);
    if (json_array_size(elements) < 1 || json_array_size(elements) > 25)
        complain(&here, "must have between 1 and 25 items");
    json_array_foreach(elements, i, element)
    {
        struct check one = item(&here, i);
        check_element(&one, element);
        check_unique(&one, seen, element, "action_id");
    }
    json_decref(seen);
}

static void check_context(const struct check *c, json_t *b)
{
    static const char *const known[] = { "type", "block_id", "elements", NULL };
    json_t *elements = json_object_get(b, "elements");
    struct check here = below(c, "elements");
    check_known(c, b, known);
    if (json_array_size(elements) < 1 || json_array_size(elements) > 10)
        complain(&here, "must have between 1 and 10 items");
    for (size_t i = 0; i < json_array_size(elements); i++) {
        json_t *wrapped = json_pack("{s:O}", "element", json_array_get(elements, i));
        if (!sandbox_same(sandbox_text(json_array_get(elements, i), "type"), "image"))
            check_text(&here, wrapped, "element", ANY, 3000);
        json_decref(wrapped);
    }
}

static void check_input(const struct check *c, json_t *b)
{
    static const char *const known[] = { "type", "block_id", "label",           "element",
                                         "hint", "optional", "dispatch_action", NULL };
    struct check here = below(c, "element");
    check_known(c, b, known);
    check_text(c, b, "label", PLAIN, 2000);
    check_optional_text(c, b, "hint", PLAIN, 2000);
    if (!json_is_object(json_object_get(b, "element")) ||
        sandbox_same(sandbox_text(json_object_get(b, "element"), "type"), "button"))
        complain(&here, "must be an input element");
    else
        check_element(&here, json_object_get(b, "element"));
}

static void check_block(const struct check *c, json_t *b)
{
    static const char *const others[] = { "divider", "image", "rich_text", "markdown",
                                          "video",   "file",  "table" };
    const char *type = sandbox_text(b, "type");
    check_string(c, b, "block_id", 255, false);
    if (sandbox_same(type, "section"))
        check_section(c, b);
    else if (sandbox_same(type, "actions"))
        check_actions(c, b);
    else if (sandbox_same(type, "context"))
        check_context(c, b);
    else if (sandbox_same(type, "input"))
        check_input(c, b);
    else if (sandbox_same(type, "header"))
        check_text(c, b, "text", PLAIN, 150);
    else if (sandbox_same(type, "markdown"))
        check_string(c, b, "text", 12000, true);
    else if (sandbox_same(type, "image"))
        check_string(c, b, "alt_text", 2000, true);
    else {
        size_t i = 0;
        while (i < sizeof others / sizeof *others && !sandbox_same(others[i], type))
            i++;
        if (i == sizeof others / sizeof *others)
            complain(c, "unsupported type: %.60s", type);
    }
}

void slackd_check_blocks(json_t *blocks, const char *pointer, size_t most, json_t *messages)
{
    struct check whole = { .messages = messages };
    snprintf(whole.pointer, sizeof whole.pointer, "%s", pointer);
    json_t *seen = json_object(), *block;
    size_t i;
    if (json_array_size(blocks) > most)
        complain(&whole, "no more than %zu items allowed", most);
    json_array_foreach(blocks, i, block)
    {
        struct check one = item(&whole, i);
        if (!json_is_object(block)) {
            complain(&one, "must be a valid block");
            continue;
        }
        check_block(&one, block);
        check_unique(&one, seen, block, "block_id");
    }
    json_decref(seen);
}

static bool has_input(json_t *blocks)
{
    size_t i;
    json_t *block;
    json_array_foreach(blocks, i,
                       block) if (sandbox_same(sandbox_text(block, "type"), "input")) return true;
    return false;
}

/* A page of the app's home: blocks alone, no title and no submit. */
void slackd_check_home(json_t *view, json_t *messages)
{
    static const char *const known[] = { "type",        "blocks", "callback_id", "private_metadata",
                                         "external_id", NULL };
    struct check c = { "/view", messages };
    if (!sandbox_same(sandbox_text(view, "type"), "home"))
        complain(&c, "type must be home");
    check_known(&c, view, known);
    check_string(&c, view, "callback_id", 255, false);
    check_string(&c, view, "private_metadata", 3000, false);
    if (!json_is_array(json_object_get(view, "blocks")))
        complain(&c, "missing required field: blocks");
    else
        slackd_check_blocks(json_object_get(view, "blocks"), "/view/blocks", 100, messages);
    if (json_dumpb(view, NULL, 0, JSON_COMPACT) > 250 * 1024)
        complain(&c, "view is too large");
}

void slackd_check_view(json_t *view, json_t *messages)
{
    static const char *const known[] = {
        "type",           "title",           "blocks",           "submit",
        "close",          "callback_id",     "private_metadata", "external_id",
        "clear_on_close", "notify_on_close", "submit_disabled",  NULL
    };
    struct check c = { "/view", messages };
    json_t *blocks = json_object_get(view, "blocks");
    if (!sandbox_same(sandbox_text(view, "type"), "modal"))
        complain(&c, "type must be modal");
    check_known(&c, view, known);
    check_text(&c, view, "title", PLAIN, 24);
    check_optional_text(&c, view, "submit", PLAIN, 24);
    check_optional_text(&c, view, "close", PLAIN, 24);
    check_string(&c, view, "callback_id", 255, false);
    check_string(&c, view, "external_id", 255, false);
    check_string(&c, view, "private_metadata", 3000, false);
    if (!json_is_array(blocks))
        complain(&c, "missing required field: blocks");
    else
        slackd_check_blocks(blocks, "/view/blocks", 100, messages);
    if (has_input(blocks) && !json_object_get(view, "submit"))
        complain(&c, "must define `submit` to use an `input` block in modals");
    if (json_dumpb(view, NULL, 0, JSON_COMPACT) > 250 * 1024)
        complain(&c, "view is too large");
}

/* ---- ids that Slack makes up ---- */

static void complete(json_t *object, const char *key)
{
    char id[8];
    sandbox_random(id, 5);
    if (json_is_object(object) && !*sandbox_text(object, key))
        json_object_set_new(object, key, json_string(id));
}

void slackd_complete_blocks(json_t *blocks)
{
    size_t i, j;
    json_t *block, *element;
    json_array_foreach(blocks, i, block)
    {
        complete(block, "block_id");
        if (sandbox_same(sandbox_text(block, "type"), "actions"))
            json_array_foreach(json_object_get(block, "elements"), j, element)
                complete(element, "action_id");
        complete(json_object_get(block, "element"), "action_id");
    }
}
