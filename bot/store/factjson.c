/* SPDX-License-Identifier: Apache-2.0 */
#include "store/factjson.h"
#include "core/limits.h"
#include "core/outside.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/secret.h"
#include "store/flat.h"

#include <inttypes.h>
#include <stdio.h>
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

enum { COLUMN_BYTES = LIMIT_MESSAGE_BYTES * 16 };

static bool parse(const char *text, struct arena *arena, struct flat *ret, struct err *err)
{
    if (strnlen(text, COLUMN_BYTES + 1) > COLUMN_BYTES)
        return err_set(err, "the record is too long");
    return flat_read(text, arena, ret) || err_set(err, "the record is not in its canonical form");
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

static bool read_number(const struct flat *data, const char *name, int64_t *ret, struct err *err)
{
    const struct flat_member *m = flat_get(data, name);
    *ret = m ? m->number : 0;
    if (!m || (!m->text && *ret >= 0 && *ret <= most_of(name)))
        return true;
    return err_set(err, "“%s” of the record is out of range", name);
}

static bool read_data(const struct flat *data, struct fact *f, struct err *err)
{
#define TEXT(name) f->name = flat_text(data, #name);
    FACT_TEXTS(TEXT)
#undef TEXT
    if (!f->account_ref)
        f->account_ref = flat_text(data, ACCOUNT_OLD);
    bool fine = true;
#define NUMBER(name) fine = fine && read_number(data, #name, &f->name, err);
    FACT_NUMBERS(NUMBER)
#undef NUMBER
    return fine;
}

static bool read_user(const struct flat *actor, const char **ret, struct err *err)
{
    const char *user = flat_text(actor, "user"), *old = flat_text(actor, ACTOR_OLD);
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
    struct flat actor, source, data;
    if (!parse(columns->actor, arena, &actor, err) ||
        !parse(columns->source, arena, &source, err) || !parse(columns->data, arena, &data, err))
        return false;
    struct fact f = { .kind = fact_kind_named(columns->kind), .at_ms = at_ms };
    if (f.kind == FACT_KIND_COUNT)
        return err_set(err, "unknown kind of record “%s”", columns->kind);
    f.actor = (struct fact_actor){ .chat = flat_text(&actor, "chat"),
                                   .id = flat_text(&actor, "id"),
                                   .name = flat_text(&actor, "name"),
                                   .key = flat_text(&actor, "key") };
    f.source = (struct fact_source){ .chat = flat_text(&source, "chat"),
                                     .event_id = flat_text(&source, "event_id") };
    if (!read_user(&actor, &f.actor.user, err) || !read_case(columns->case_id, &f.case_no, err) ||
        !read_data(&data, &f, err))
        return false;
    outside_fact(arena, &f);
    *ret = f;
    return true;
}

static char *chained(const char *prev, const struct fact_columns *columns, uint64_t seq, ms_t at_ms,
                     struct arena *arena)
{
    char at[CLOCK_ISO_BYTES], number[24];
    clock_iso(at_ms, at);
    snprintf(number, sizeof number, "%" PRIu64, seq);
    /* The columns are canonical themselves, and these keys are in order. */
    const char *const parts[] = { prev,
                                  "{\"actor\":",
                                  columns->actor,
                                  ",\"at\":\"",
                                  at,
                                  "\",\"case\":\"",
                                  columns->case_id,
                                  "\",\"data\":",
                                  columns->data,
                                  ",\"kind\":\"",
                                  columns->kind,
                                  "\",\"seq\":",
                                  number,
                                  ",\"source\":",
                                  columns->source,
                                  "}" };
    return arena_join(arena, parts, COUNT(parts));
}

char *factjson_canonical(const struct fact_columns *columns, uint64_t seq, ms_t at_ms,
                         struct arena *arena)
{
    return chained("", columns, seq, at_ms, arena);
}

void factjson_hash(const char *prev, const struct fact_columns *columns, uint64_t seq, ms_t at_ms,
                   struct arena *arena, char ret_hash[FACTJSON_HASH_BYTES])
{
    const char *text = chained(prev, columns, seq, at_ms, arena);
    secret_sha256_hex(text, strlen(text), ret_hash);
}
