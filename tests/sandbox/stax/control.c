/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/stax: what tests and the demo change behind the bot's back. One row per word. */
#include "tests/sandbox/stax/control.h"
#include "tests/sandbox/control/call.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/stax/data.h"
#include "tests/sandbox/stax/guardrail.h"
#include "tests/sandbox/stax/login.h"
#include "tests/sandbox/stax/srp.h"
#include "tests/sandbox/stax/task.h"
#include "tests/sandbox/stax/tools.h"
#include "tests/sandbox/net/values.h"

#include <string.h>

static bool set_guardrail(struct staxd *s, const json_t *v)
{
    return staxd_guardrail_set(&s->guardrail, v);
}
static bool set_user(struct staxd *s, const json_t *v) { return staxd_data_set_user(s->data, v); }
static bool set_account(struct staxd *s, const json_t *v)
{
    return staxd_data_set_account(s->data, v);
}

/* So many accounts more. */
static bool add_members(struct staxd *s, const json_t *v)
{
    enum { MOST = 10000 };
    json_int_t count = json_integer_value(v);
    if (count < 1 || count > MOST)
        return false;
    staxd_data_add_members(s->data, (unsigned)count);
    return true;
}

static bool set_status(struct staxd *s, const json_t *v)
{
    bool known = json_is_string(v) &&
                 staxd_listed("ACTIVE,INACTIVE,CONFIGURING,ERROR", json_string_value(v));
    if (known)
        staxd_guardrail_set_status(&s->guardrail, json_string_value(v));
    return known;
}

static bool remove_key(struct staxd *s, const json_t *v)
{
    return json_is_string(v) && json_object_del(s->guardrail.flags, json_string_value(v)) == 0;
}

static bool add_key(struct staxd *s, const json_t *v)
{
    bool complete = sandbox_text(v, "key")[0] && json_is_boolean(json_object_get(v, "value"));
    if (complete)
        staxd_guardrail_add_key(&s->guardrail, v);
    return complete;
}

static bool set_part(struct staxd *s, const json_t *v)
{
    return staxd_guardrail_set_part(&s->guardrail, v);
}

static bool set_before_put(struct staxd *s, const json_t *v)
{
    json_decref(s->guardrail.before_put);
    s->guardrail.before_put = json_is_object(v) ? json_deep_copy(v) : NULL;
    return json_is_object(v) || json_is_null(v);
}

static bool set_enabled(struct staxd *s, const json_t *v)
{
    s->guardrail.disabled = json_is_false(v);
    return json_is_boolean(v);
}

static bool set_exclusions(struct staxd *s, const json_t *v)
{
    bool good = json_is_array(v) || json_is_null(v);
    if (good) {
        json_decref(s->guardrail.exclusions);
        s->guardrail.exclusions = json_deep_copy(v);
    }
    return good;
}

/* Another word than these changes nothing. */
static bool one_of_two(const json_t *value, const char *off, const char *on, bool *to)
{
    const char *word = json_string_value(value);
    if (!word || (strcmp(word, off) != 0 && strcmp(word, on) != 0))
        return false;
    *to = strcmp(word, on) == 0;
    return true;
}

static bool set_mode(struct staxd *s, const json_t *v)
{
    return one_of_two(v, "merge", "replace", &s->guardrail.replace);
}

static bool set_ms(const json_t *v, int64_t *to)
{
    bool good = json_is_integer(v) && json_integer_value(v) >= 0;
    *to = good ? json_integer_value(v) : *to;
    return good;
}

static bool set_task_ms(struct staxd *s, const json_t *v)
{
    return set_ms(v, &s->guardrail.task_ms);
}
static bool set_hidden_ms(struct staxd *s, const json_t *v)
{
    return set_ms(v, &s->guardrail.hidden_ms);
}

static bool set_clock_ms(struct staxd *s, const json_t *v)
{
    (void)s;
    if (json_is_integer(v))
        staxd_clock_set(json_integer_value(v));
    return json_is_integer(v);
}

static bool set_task(struct staxd *s, const json_t *v)
{
    return json_is_string(v) && staxd_task_control(&s->guardrail, json_string_value(v));
}

static bool set_organisation(struct staxd *s, const json_t *v)
{
    staxd_data_set_organisation(s->data, v);
    return json_is_string(v) || json_is_object(v);
}

static bool set_config(struct staxd *s, const json_t *v)
{
    return one_of_two(v, "json", "base64", &s->base64_config);
}

static bool expire_credentials(struct staxd *s, const json_t *v)
{
    if (json_is_true(v))
        staxd_login_expire(s->login);
    return json_is_boolean(v);
}

static bool set_credentials_ms(struct staxd *s, const json_t *v)
{
    int64_t ms = 0;
    bool good = set_ms(v, &ms);
    if (good)
        staxd_login_set_life(s->login, ms);
    return good;
}

static bool set_resold(struct staxd *s, const json_t *v)
{
    staxd_data_set_resold(s->data, json_is_true(v));
    return json_is_boolean(v);
}

static bool set_secret_key(struct staxd *s, const json_t *v)
{
    (void)s;
    return json_is_string(v) && staxd_srp_set_secret(json_string_value(v));
}

static const struct control {
    const char *name;
    bool (*set)(struct staxd *, const json_t *value);
} CONTROLS[] = {
    { "user", set_user },
    { "account", set_account },
    { "members", add_members },
    { "organisation", set_organisation },
    { "resold", set_resold },
    { "guardrail", set_guardrail },
    { "status", set_status },
    { "remove_key", remove_key },
    { "add_key", add_key },
    { "part", set_part },
    { "before_put", set_before_put },
    { "enabled", set_enabled },
    { "exclusions", set_exclusions },
    { "mode", set_mode },
    { "task", set_task },
    { "task_ms", set_task_ms },
    { "hidden_ms", set_hidden_ms },
    { "clock_ms", set_clock_ms },
    { "config", set_config },
    { "expire_credentials", expire_credentials },
    { "credentials_ms", set_credentials_ms },
    { "secret_key", set_secret_key },
};

static bool set_one(struct staxd *s, const char *name, const json_t *value)
{
    for (size_t i = 0; i < sizeof CONTROLS / sizeof *CONTROLS; i++)
        if (strcmp(CONTROLS[i].name, name) == 0)
            return CONTROLS[i].set(s, value);
    return false;
}

/* The answer names every word that was not understood or fitting under "error"; the others have
   been done. */
static void change(void *self, const struct control_call *call)
{
    json_t *wrong = json_array(), *value;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)call->body, name, value)
    {
        if (!set_one(self, name, value))
            json_array_append_new(wrong, json_string(name));
    }
    sandbox_changed();
    bool ok = json_array_size(wrong) == 0;
    web_reply_json(call->reply, ok ? 200 : 400,
                   ok ? json_pack("{s:b}", "ok", true) : json_pack("{s:O}", "error", wrong));
    json_decref(wrong);
}

const struct control_row staxd_calls[] = {
    { "POST", "stax", change },
    { NULL, NULL, NULL },
};

static json_t *guardrail_state(const struct staxd_guardrail *g)
{
    return json_pack("{s:O, s:o, s:b, s:s, s:o, s:o, s:s, s:i, s:i, s:i, s:s}", "parts", g->parts,
                     "guardrails", json_copy(g->flags), "root",
                     json_is_true(json_object_get(g->flags, STAXD_ROOT_KEY)), "status", g->status,
                     "task", staxd_task_state(g), "tasks", staxd_task_list(g), "next_task",
                     staxd_task_next(g), "changes", g->changes, "lowered", g->lowered, "raised",
                     g->raised, "mode", g->replace ? "replace" : "merge");
}

json_t *staxd_state(void *self)
{
    const struct staxd *s = self;
    json_t *state = guardrail_state(&s->guardrail);
    json_object_set_new(state, "users", staxd_data_state(s->data));
    return state;
}
