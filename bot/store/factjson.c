/* SPDX-License-Identifier: Apache-2.0 */
#include "store/factjson.h"
#include "core/limits.h"
#include "core/outside.h"
#include "host/clock.h"
#include "host/json.h"

#include <string.h>

static void set_text(json_t *object, const char *key, const char *text)
{
    if (!text || !text[0])
        return;
    json_t *value = json_string(text);
    /* Text that is not UTF-8 cannot come this far; a mark in its place beats a lost record. */
    json_object_set_new(object, key, value ? value : json_string("(not UTF-8)"));
}

/* How records before schema 6 spell it. Who reads the export knows an actor's user by the old key,
   so that new records have it, too, and it says the same. */
static const char ACTOR_OLD[] = "stax", ACCOUNT_OLD[] = "stax_account";

static json_t *actor_json(const struct fact_actor *a)
{
    json_t *o = json_object();
    json_object_set_new(o, "user", json_string(str_or_empty(a->user)));
    json_object_set_new(o, ACTOR_OLD, json_string(str_or_empty(a->user)));
    json_object_set_new(o, "chat", json_string(str_or_empty(a->chat)));
    json_object_set_new(o, "id", json_string(str_or_empty(a->id)));
    set_text(o, "name", a->name);
    set_text(o, "key", a->key);
    return o;
}

static json_t *data_json(const struct fact *f)
{
    json_t *o = json_object();
#define TEXT(name) set_text(o, #name, f->name);
    FACT_TEXTS(TEXT)
#undef TEXT
#define NUMBER(name) \
    if (f->name)     \
        json_object_set_new(o, #name, json_integer(f->name));
    FACT_NUMBERS(NUMBER)
#undef NUMBER
    return o;
}

void factjson_write(const struct fact *f, struct arena *arena, struct fact_columns *ret)
{
    JSON_AUTO *actor = actor_json(&f->actor), *data = data_json(f), *source = json_object();
    json_object_set_new(source, "chat", json_string(str_or_empty(f->source.chat)));
    json_object_set_new(source, "event_id", json_string(str_or_empty(f->source.event_id)));
    char id[CASE_ID_BYTES];
    case_id_text(f->case_no, id);
    *ret = (struct fact_columns){ .case_id = arena_copy(arena, id),
                                  .kind = fact_names[f->kind],
                                  .actor = json_print(arena, actor),
                                  .source = json_print(arena, source),
                                  .data = json_print(arena, data) };
}

/* An object exactly as json_print writes it: another form of the same values has another hash, and
   line feeds in it would look like records of their own. */
static json_t *parse(const char *text, struct arena *arena, struct err *err)
{
    json_t *json = json_read(text, strlen(text), LIMIT_MESSAGE_BYTES * 16, err);
    if (json && json_is_object(json) && str_equal(json_print(arena, json), text))
        return json;
    if (json)
        err_set(err, "the record is not in its canonical form");
    json_decref(json);
    return NULL;
}

/* No number of a fact is negative. Larger ones than these are none of ours, and sums of two such
   still fit. */
static int64_t most_of(const char *name)
{
    static const struct {
        const char *name;
        int64_t most;
    } bounds[] = { { "window_ms", LIMIT_WINDOW_MS },
                   { "until_ms", LIMIT_INSTANT_MS },
                   { "since_ms", LIMIT_INSTANT_MS },
                   { "count", INT32_MAX },
                   { "on", 1 },
                   { "anyway", 1 },
                   { "direct", 1 } };
    for (size_t i = 0; i < COUNT(bounds); i++)
        if (str_equal(bounds[i].name, name))
            return bounds[i].most;
    return INT64_MAX / 4;
}

static bool read_number(const json_t *data, const char *name, int64_t *ret, struct err *err)
{
    const json_t *value = json_object_get(data, name);
    *ret = json_integer_value(value);
    if (!value || (json_is_integer(value) && *ret >= 0 && *ret <= most_of(name)))
        return true;
    return err_set(err, "“%s” of the record is out of range", name);
}

static bool read_data(const json_t *data, struct arena *arena, struct fact *f, struct err *err)
{
#define TEXT(name) f->name = json_arena_text(arena, data, #name);
    FACT_TEXTS(TEXT)
#undef TEXT
    if (!f->account_ref)
        f->account_ref = json_arena_text(arena, data, ACCOUNT_OLD);
    bool fine = true;
#define NUMBER(name) fine = fine && read_number(data, #name, &f->name, err);
    FACT_NUMBERS(NUMBER)
#undef NUMBER
    return fine;
}

static bool read_user(const json_t *actor, struct arena *arena, const char **ret, struct err *err)
{
    const char *user = json_arena_text(arena, actor, "user"),
               *old = json_arena_text(arena, actor, ACTOR_OLD);
    *ret = user ? user : old;
    return !user || !old || str_equal(user, old) ||
           err_set(err, "the record's actor is two people, “%s” and “%s”", user, old);
}

static bool read_case(const char *text, uint32_t *ret, struct err *err)
{
    char again[CASE_ID_BYTES];
    *ret = case_id_read(text);
    case_id_text(*ret, again);
    return str_equal(again, text) || err_set(err, "“%s” is no case id", text);
}

bool factjson_read(const struct fact_columns *columns, ms_t at_ms, struct arena *arena,
                   struct fact *ret, struct err *err)
{
    JSON_AUTO *actor = parse(columns->actor, arena, err),
              *source = parse(columns->source, arena, err),
              *data = parse(columns->data, arena, err);
    if (!actor || !source || !data)
        return false;
    struct fact f = { .kind = fact_kind_named(columns->kind), .at_ms = at_ms };
    if (f.kind == FACT_KIND_COUNT)
        return err_set(err, "unknown kind of record “%s”", columns->kind);
    f.actor = (struct fact_actor){ .chat = json_arena_text(arena, actor, "chat"),
                                   .id = json_arena_text(arena, actor, "id"),
                                   .name = json_arena_text(arena, actor, "name"),
                                   .key = json_arena_text(arena, actor, "key") };
    f.source = (struct fact_source){ .chat = json_arena_text(arena, source, "chat"),
                                     .event_id = json_arena_text(arena, source, "event_id") };
    if (!read_user(actor, arena, &f.actor.user, err) ||
        !read_case(columns->case_id, &f.case_no, err) || !read_data(data, arena, &f, err))
        return false;
    outside_fact(arena, &f);
    *ret = f;
    return true;
}

char *factjson_canonical(const struct fact_columns *columns, uint64_t seq, ms_t at_ms,
                         struct arena *arena)
{
    char at[CLOCK_ISO_BYTES];
    clock_iso(at_ms, at);
    /* The columns are canonical themselves, and these keys are in order. */
    return arena_printf(arena,
                        "{\"actor\":%s,\"at\":\"%s\",\"case\":\"%s\",\"data\":%s,\"kind\":\"%s\","
                        "\"seq\":%llu,\"source\":%s}",
                        columns->actor, at, columns->case_id, columns->data, columns->kind,
                        (unsigned long long)seq, columns->source);
}
