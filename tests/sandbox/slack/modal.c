/* SPDX-License-Identifier: Apache-2.0 */
/* Modals: views.open and views.update, and a person who fills one and submits it (docs.slack.dev,
   "Modals"). */
#include "tests/sandbox/slack/modal.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/hook.h"
#include "tests/sandbox/slack/interaction.h"
#include "tests/sandbox/slack/schema.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <string.h>

/* ---- views ---- */

static void set_default(json_t *view, const char *key, json_t *value_new)
{
    if (json_object_get(view, key))
        json_decref(value_new);
    else
        json_object_set_new(view, key, value_new);
}

/* The view as Slack keeps it, with what it adds. New reference. */
static json_t *kept_view(struct slackd *s, const json_t *given, const char *id)
{
    char ts[32], secret[12];
    json_t *view = json_deep_copy(given);
    slackd_next_ts(s, ts);
    sandbox_random(secret, 8);
    slackd_complete_blocks(json_object_get(view, "blocks"));
    json_object_set_new(view, "id", json_string(id));
    json_object_set_new(view, "root_view_id", json_string(id));
    json_object_set_new(view, "previous_view_id", json_null());
    json_object_set_new(view, "hash", json_sprintf("%.*s.%s", (int)strcspn(ts, "."), ts, secret));
    json_object_set_new(view, "team_id", json_string(SLACKD_TEAM));
    json_object_set_new(view, "app_id", json_string(SLACKD_APP));
    json_object_set_new(view, "app_installed_team_id", json_string(SLACKD_TEAM));
    json_object_set_new(view, "bot_id", json_string(SLACKD_BOT));
    json_object_set_new(view, "state", json_pack("{s:{}}", "values"));
    set_default(view, "private_metadata", json_string(""));
    set_default(view, "callback_id", json_string(""));
    set_default(view, "external_id", json_string(""));
    set_default(view, "clear_on_close", json_false());
    set_default(view, "notify_on_close", json_false());
    set_default(view, "close", json_null());
    set_default(view, "submit", json_null());
    return view;
}

static void show(struct slackd_person *p, json_t *view_new)
{
    if (!view_new || !sandbox_same(sandbox_text(p->modal, "id"), sandbox_text(view_new, "id")))
        json_array_clear(p->offered);
    json_decref(p->modal);
    p->modal = view_new;
    sandbox_changed();
}

/* NULL, or the refusal. */
static json_t *view_error(json_t *view)
{
    json_t *messages = json_array();
    slackd_check_view(view, messages);
    if (json_array_size(messages) > 0)
        return slackd_error_because("invalid_arguments", messages);
    json_decref(messages);
    return NULL;
}

static json_t *read_view(struct slackd_call *call, json_t **ret_error)
{
    bool bad;
    json_t *view = slackd_arg_json(call, "view", &bad);
    *ret_error = !json_is_object(view) ? slackd_missing("view") : view_error(view);
    return *ret_error ? NULL : view;
}

json_t *slackd_views_open(struct slackd_call *call)
{
    json_t *error = NULL;
    const char *why_not = NULL, *trigger = slackd_arg(call, "trigger_id");
    char id[16] = "V0";
    const json_t *view = trigger ? read_view(call, &error) : NULL;
    if (!view)
        return trigger ? error : slackd_missing("trigger_id");
    const struct slackd_trigger *t = slackd_trigger_use(call->slack, trigger, &why_not);
    if (!t)
        return slackd_error(why_not);
    sandbox_random(id + 2, 9);
    show(t->person, kept_view(call->slack, view, id));
    snprintf(call->note, sizeof call->note, "for %s", t->person->name);
    return json_pack("{s:b, s:o}", "ok", 1, "view", json_deep_copy(t->person->modal));
}

json_t *slackd_views_publish(struct slackd_call *call)
{
    bool bad;
    const char *user = slackd_arg(call, "user_id"), *hash = slackd_arg(call, "hash");
    json_t *view = slackd_arg_json(call, "view", &bad), *messages = json_array();
    struct slackd_person *p = NULL;
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        if (sandbox_same(call->slack->people[i].id, user))
            p = &call->slack->people[i];
    if (json_is_object(view))
        slackd_check_home(view, messages);
    if (json_array_size(messages))
        return slackd_error_because("invalid_arguments", messages);
    json_decref(messages);
    if (!user || !json_is_object(view))
        return slackd_missing(user ? "view" : "user_id");
    if (!p)
        return slackd_error("user_not_found");
    if (hash && !sandbox_same(hash, sandbox_text(p->home, "hash")))
        return slackd_error("hash_conflict");
    char id[16] = "V0";
    if (p->home)
        snprintf(id, sizeof id, "%s", sandbox_text(p->home, "id"));
    else
        sandbox_random(id + 2, 9);
    json_decref(p->home);
    p->home = kept_view(call->slack, view, id);
    sandbox_changed();
    snprintf(call->note, sizeof call->note, "for %s", p->name);
    return json_pack("{s:b, s:O}", "ok", 1, "view", p->home);
}

void slackd_open_home(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                      const json_t *body, struct web_reply *reply)
{
    char ts[32];
    (void)request;
    const char *tab = sandbox_text(body, "tab");
    slackd_next_ts(s, ts);
    json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "app_home_opened", "user", p->id,
                              "channel", p->dm, "tab", *tab ? tab : "home", "event_ts", ts);
    if (p->home)
        json_object_set(event, "view", p->home);
    slackd_raise_event(s, p, event);
    web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
}

static struct slackd_person *viewer(struct slackd_call *call)
{
    const char *id = slackd_arg(call, "view_id"), *external = slackd_arg(call, "external_id");
    for (size_t i = 0; i < SLACKD_PEOPLE; i++) {
        struct slackd_person *p = &call->slack->people[i];
        if (p->modal && (sandbox_same(sandbox_text(p->modal, "id"), id) ||
                         (external && *external &&
                          sandbox_same(sandbox_text(p->modal, "external_id"), external))))
            return p;
    }
    return NULL;
}

json_t *slackd_views_update(struct slackd_call *call)
{
    json_t *error = NULL;
    const char *hash = slackd_arg(call, "hash");
    const json_t *view = read_view(call, &error);
    if (!view)
        return error;
    struct slackd_person *p = viewer(call);
    if (!p)
        return slackd_error("not_found");
    if (hash && !sandbox_same(hash, sandbox_text(p->modal, "hash")))
        return slackd_error("hash_conflict");
    char id[32];
    snprintf(id, sizeof id, "%s", sandbox_text(p->modal, "id"));
    show(p, kept_view(call->slack, view, id));
    return json_pack("{s:b, s:o}", "ok", 1, "view", json_deep_copy(p->modal));
}

/* ---- filling it in ---- */

static json_t *option_among(const json_t *options, const char *value)
{
    size_t i;
    json_t *option;
    json_array_foreach(options, i, option) if (sandbox_same(sandbox_text(option, "value"),
                                                            value)) return option;
    return NULL;
}

static json_t *option_named(const json_t *element, const char *value)
{
    json_t *found = option_among(json_object_get(element, "options"), value), *group;
    size_t i;
    json_array_foreach(json_object_get(element, "option_groups"), i, group)
    {
        if (!found)
            found = option_among(json_object_get(group, "options"), value);
    }
    return found;
}

/* The state of a text field; NULL and *why_not when the client would not let the person submit
   it. */
static json_t *text_state(const json_t *element, const char *value, const char **why_not)
{
    if (!value)
        value = *sandbox_text(element, "initial_value") ? sandbox_text(element, "initial_value")
                                                        : NULL;
    int64_t most = sandbox_number(element, "max_length", 3000),
            least = sandbox_number(element, "min_length", 0);
    if (value && *value &&
        ((int64_t)slackd_characters(value) > most || (int64_t)slackd_characters(value) < least))
        *why_not = "is too long or too short";
    return json_pack("{s:s, s:s?}", "type", sandbox_text(element, "type"), "value",
                     value && *value ? value : NULL);
}

/* Of a field that asks the app: among what it has offered this person in this view. */
static json_t *option_offered(const struct slackd_person *p, const json_t *element,
                              const char *value)
{
    json_t *initial = json_object_get(element, "initial_option");
    if (!sandbox_same(sandbox_text(element, "type"), "external_select"))
        return option_named(element, value);
    return sandbox_same(sandbox_text(initial, "value"), value) ? initial
                                                               : option_among(p->offered, value);
}

static json_t *choice_state(const struct slackd_person *p, const json_t *element, const char *value,
                            const char **why_not)
{
    json_t *option = value && *value ? option_offered(p, element, value)
                     : value         ? NULL
                                     : json_object_get(element, "initial_option");
    if (value && *value && !option)
        *why_not = "has no such option";
    return json_pack("{s:s, s:O?}", "type", sandbox_text(element, "type"), "selected_option",
                     option);
}

/* Ticked boxes: the values that are given with commas between, or those that are ticked at first.
 */
static json_t *boxes_state(const json_t *element, const char *value, const char **why_not)
{
    json_t *ticked = json_array();
    char copy[512], *rest = copy;
    snprintf(copy, sizeof copy, "%s", value ? value : "");
    if (!value)
        json_array_extend(ticked, json_object_get(element, "initial_options"));
    for (char *one; (one = strtok_r(rest, ",", &rest)) != NULL;) {
        json_t *option = option_named(element, one);
        if (!option)
            *why_not = "has no such option";
        json_array_append(ticked, option);
    }
    return json_pack("{s:s, s:o}", "type", "checkboxes", "selected_options", ticked);
}

/* What the field holds when the person submits. New reference. */
static json_t *field_state(const struct slackd_person *p, const json_t *block, const json_t *values,
                           const char **why_not)
{
    const json_t *element = json_object_get(block, "element");
    const char *type = sandbox_text(element, "type"),
               *value = json_string_value(
                   json_object_get(values, sandbox_text(element, "action_id")));
    bool choice = sandbox_same(type, "static_select") || sandbox_same(type, "radio_buttons") ||
                  sandbox_same(type, "external_select");
    if (sandbox_same(type, "checkboxes"))
        return boxes_state(element, value, why_not);
    json_t *state = choice ? choice_state(p, element, value, why_not)
                           : text_state(element, value, why_not);
    const json_t *held = json_object_get(state, choice ? "selected_option" : "value");
    if (!*why_not && json_is_null(held) && !json_is_true(json_object_get(block, "optional")))
        *why_not = "must be filled in";
    return state;
}

/* state.values of the whole view, or NULL and the sentence that the client would show. */
static json_t *fill(const struct slackd_person *p, const json_t *values, bool partly,
                    char sentence[256])
{
    const json_t *view = p->modal;
    json_t *filled = json_object(), *block;
    size_t i, used = 0;
    json_array_foreach(json_object_get(view, "blocks"), i, block)
    {
        const char *why_not = NULL,
                   *action = sandbox_text(json_object_get(block, "element"), "action_id");
        if (!sandbox_same(sandbox_text(block, "type"), "input"))
            continue;
        used += json_object_get(values, action) != NULL;
        json_object_set_new(filled, sandbox_text(block, "block_id"),
                            json_pack("{s:o}", action, field_state(p, block, values, &why_not)));
        if (why_not && !partly)
            snprintf(sentence, 256, "\"%.100s\" %s.", action, why_not);
    }
    if (!sentence[0] && used != json_object_size(values))
        snprintf(sentence, 256, "The modal has no field for some of the values.");
    if (!sentence[0])
        return filled;
    json_decref(filled);
    return NULL;
}

static void submit_view(struct slackd *s, struct slackd_person *p,
                        const struct web_request *request, json_t *values_new,
                        struct web_reply *reply)
{
    char trigger[80];
    json_object_set_new(json_object_get(p->modal, "state"), "values", values_new);
    json_t *payload = slackd_interaction(s, "view_submission", p, trigger);
    json_object_set_new(payload, "view", json_deep_copy(p->modal));
    json_object_set_new(payload, "response_urls", json_array());
    reply->later = slackd_raise(s, SLACKD_INTERACTIVE, payload, p, request, NULL);
    if (!reply->later)
        web_reply_json(reply, 200,
                       json_pack("{s:b, s:s}", "acked", 0, "error", "No socket is open."));
}

void slackd_submit(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                   const json_t *body, struct web_reply *reply)
{
    char sentence[256] = "";
    if (!p->modal) {
        slackd_refuse(reply, 404, "No modal is open for that person.");
        return;
    }
    if (json_is_true(json_object_get(body, "close"))) {
        show(p, NULL);
        web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
        return;
    }
    json_t *values = fill(p, json_object_get(body, "values"), false, sentence);
    if (values)
        submit_view(s, p, request, values, reply);
    else
        slackd_refuse(reply, 400, sentence);
}

/* The input block of the open view whose element has that action_id; NULL: none. */
static const json_t *block_of(const json_t *view, const char *action)
{
    size_t i;
    json_t *block;
    json_array_foreach(json_object_get(view, "blocks"), i,
                       block) if (sandbox_same(sandbox_text(json_object_get(block, "element"),
                                                            "action_id"),
                                               action)) return block;
    return NULL;
}

void slackd_choose(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                   const json_t *body, struct web_reply *reply)
{
    const char *action = sandbox_text(body, "field");
    const json_t *block = p->modal ? block_of(p->modal, action) : NULL;
    char sentence[256] = "", trigger[80];
    if (!block) {
        slackd_refuse(reply, 404, "No modal with that field is open for that person.");
        return;
    }
    json_t *values = fill(p, json_object_get(body, "values"), true, sentence);
    if (!values) {
        slackd_refuse(reply, 400, sentence);
        return;
    }
    json_object_set_new(json_object_get(p->modal, "state"), "values", values);
    if (!json_is_true(json_object_get(block, "dispatch_action"))) {
        web_reply_json(reply, 200, json_pack("{s:b}", "told", 0));
        return;
    }
    const char *block_id = sandbox_text(block, "block_id");
    json_t *payload = slackd_interaction(s, "block_actions", p, trigger),
           *did = json_deep_copy(json_object_get(json_object_get(values, block_id), action));
    json_object_set_new(did, "action_id", json_string(action));
    json_object_set_new(did, "block_id", json_string(block_id));
    json_object_set_new(payload, "container",
                        json_pack("{s:s, s:s}", "type", "view", "view_id",
                                  sandbox_text(p->modal, "id")));
    json_object_set_new(payload, "view", json_deep_copy(p->modal));
    json_object_set_new(payload, "actions", json_pack("[o]", did));
    reply->later = slackd_raise(s, SLACKD_INTERACTIVE, payload, p, request, NULL);
    if (!reply->later)
        web_reply_json(reply, 200,
                       json_pack("{s:b, s:s}", "acked", 0, "error", "No socket is open."));
}

/* Typing into a field that asks the app: its options, or the client's message when there are
   none in time (docs.slack.dev, "block_suggestion"). */
void slackd_type(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                 const json_t *body, struct web_reply *reply)
{
    const char *action = sandbox_text(body, "field"), *text = sandbox_text(body, "text");
    const json_t *block = p->modal ? block_of(p->modal, action) : NULL,
                 *element = json_object_get(block, "element");
    char trigger[80];
    if (!sandbox_same(sandbox_text(element, "type"), "external_select")) {
        slackd_refuse(reply, 404, "No modal with such a field is open for that person.");
        return;
    }
    if ((int64_t)slackd_characters(text) < sandbox_number(element, "min_query_length", 3)) {
        web_reply_json(reply, 200, json_pack("{s:b}", "told", 0));
        return;
    }
    json_t *payload = slackd_interaction(s, "block_suggestion", p, trigger);
    json_object_del(payload, "trigger_id"); /* it has none */
    json_object_set_new(payload, "container",
                        json_pack("{s:s, s:s}", "type", "view", "view_id",
                                  sandbox_text(p->modal, "id")));
    json_object_set_new(payload, "action_id", json_string(action));
    json_object_set_new(payload, "block_id", json_string(sandbox_text(block, "block_id")));
    json_object_set_new(payload, "value", json_string(text));
    json_object_set_new(payload, "view", json_deep_copy(p->modal));
    reply->later = slackd_raise(s, SLACKD_INTERACTIVE, payload, p, request, NULL);
    if (!reply->later)
        web_reply_json(reply, 200,
                       json_pack("{s:b, s:s}", "acked", 0, "error", "No socket is open."));
}

void slackd_offered(struct slackd_person *p, json_t *payload, json_t *answer)
{
    json_t *wrong = json_array(), *options = json_object_get(payload, "options"), *option;
    size_t i;
    slackd_check_offer(payload, wrong);
    json_object_set_new(answer, "options", json_array());
    if (json_array_size(wrong)) {
        json_object_set(answer, "error", wrong);
    } else {
        json_object_set(answer, "options", options);
        json_array_foreach(options, i, option) json_array_append(p->offered, option);
    }
    json_decref(wrong);
}

/* Slack shows an error only at an input of the view, and else the person a failure. */
static json_t *misplaced(const json_t *view, json_t *errors)
{
    const char *block_id;
    json_t *text, *block;
    json_object_foreach(errors, block_id, text)
    {
        size_t i;
        bool there = false;
        json_array_foreach(json_object_get(view, "blocks"), i, block)
            there |= sandbox_same(sandbox_text(block, "type"), "input") &&
                     sandbox_same(sandbox_text(block, "block_id"), block_id);
        if (!there || !json_is_string(text))
            return json_pack("{s:s}", "ok", "invalid response_action errors");
    }
    return NULL;
}

void slackd_submitted(struct slackd *s, struct slackd_person *p, const json_t *payload,
                      json_t *answer)
{
    const char *action = sandbox_text(payload, "response_action");
    json_t *view = json_object_get(payload, "view"), *errors = json_object_get(payload, "errors");
    if (sandbox_same(action, "errors") && json_object_size(errors) > 0) {
        json_t *wrong = misplaced(p->modal, errors);
        json_object_set(answer, wrong ? "error" : "errors", wrong ? wrong : errors);
        json_decref(wrong);
        return; /* the modal stays open */
    }
    json_t *refused = view ? view_error(view) : NULL;
    if (refused)
        json_object_set_new(answer, "errors", refused);
    else if (view && (sandbox_same(action, "update") || sandbox_same(action, "push")))
        show(p, kept_view(s, view, sandbox_text(p->modal, "id")));
    else
        show(p, NULL);
}

/* Cancelled. The app would hear of it only for a view with notify_on_close, and none has that. */
void slackd_close(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                  const json_t *body, struct web_reply *reply)
{
    (void)s, (void)request, (void)body;
    if (!p->modal) {
        slackd_refuse(reply, 404, "No modal is open for that person.");
        return;
    }
    show(p, NULL);
    web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
}
