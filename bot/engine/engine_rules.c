/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and people: do they differ from those on record? The journal has a digest of all of them,
   and the meta table a copy, which is believed when it fits the digest. */
#include "config/config_changes.h"
#include "engine/engine.h"
#include "core/xalloc.h"
#include "engine/engine_parts.h"
#include "host/json.h"
#include "host/secret.h"

#include <stdlib.h>
#include <string.h>

static const char KEPT[] = "rules";

void engine_put_rules(struct engine *e, const struct engine_rules *rules)
{
    char *text = xstrdup(rules->text);
    free(e->rules.text);
    e->rules = *rules;
    e->rules.text = text;
    engine_put_rules_again(e);
}

void engine_put_rules_again(struct engine *e)
{
    if (e->rules.text)
        inbox_put(&e->inbox, inbox_new(&e->inbox, EVENT_RULES_READ, ""));
}

void engine_refuse_rules(struct engine *e, const char *problem, size_t others)
{
    struct event *ev = inbox_new(&e->inbox, EVENT_RULES_REFUSED, "");
    ev->rules.problem = arena_copy(inbox_arena(&e->inbox), problem);
    ev->rules.left_out = others;
    inbox_put(&e->inbox, ev);
}

/* ---- against the record ---- */

static const char *digest_on_record(struct engine *e, struct arena *arena)
{
    const char *data = store_newest_rules(e->store, arena);
    JSON_AUTO *json = data ? json_read(data, strlen(data), LIMIT_MESSAGE_BYTES * 16, NULL) : NULL;
    return arena_copy(arena, json_text_or_empty(json, "digest"));
}

struct collecting {
    struct arena *arena;
    struct rule_change *changes;
    size_t count, left_out;
};

static void collect(void *arg, enum config_when when, const char *setting, const char *was,
                    const char *now)
{
    struct collecting *c = arg;
    (void)when;
    if (c->count == LIMIT_RULE_CHANGES) {
        c->left_out++;
        return;
    }
    c->changes[c->count++] = (struct rule_change){ .setting = arena_copy(c->arena, setting),
                                                   .was = arena_copy(c->arena, was),
                                                   .now = arena_copy(c->arena, now) };
}

static void compare(struct engine *e, struct event *ev, struct arena *arena)
{
    const char *kept = store_get(e->store, KEPT, arena);
    char digest[65];
    kept = str_or_empty(kept);
    secret_sha256_hex(kept, strlen(kept), digest);
    ev->rules.unknown_before = !str_equal(digest, ev->rules.digest_before);
    if (ev->rules.unknown_before)
        return;
    struct collecting c = { .arena = arena,
                            .changes = arena_take(arena, LIMIT_RULE_CHANGES *
                                                             sizeof(struct rule_change)) };
    config_compare_rules(kept, e->rules.text, collect, &c);
    ev->rules.changes = c.changes;
    ev->rules.count = c.count;
    ev->rules.left_out = c.left_out;
}

void engine_judge_rules(struct engine *e, struct event *ev, struct arena *arena)
{
    char digest[65];
    secret_sha256_hex(e->rules.text, strlen(e->rules.text), digest);
    ev->rules = (struct event_rules){ .digest = arena_copy(arena, digest),
                                      .at_start = e->rules.at_start,
                                      .file = e->rules.file,
                                      .owner = e->rules.owner,
                                      .owner_id = e->rules.owner_id,
                                      .written_ms = e->rules.written_ms };
    /* The records are not at hand now; once they are it is judged again. */
    ev->rules.digest_before = engine_is_away(e) ? ev->rules.digest : digest_on_record(e, arena);
    if (ev->rules.digest_before[0] && !str_equal(ev->rules.digest_before, ev->rules.digest))
        compare(e, ev, arena);
}

bool engine_keep_rules(struct engine *e, const struct fact *f, struct err *err)
{
    return f->kind != FACT_RULES_READ || store_put(e->store, KEPT, e->rules.text, err);
}
