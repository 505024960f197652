/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rules.h"
#include "core/alarm.h"
#include "core/desk.h"
#include "core/rich.h"

#include <inttypes.h>

enum { LINES_SHOWN = 10 };

/* ---- deciding ---- */

static void decide_read(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct event_rules *r = &e->rules;
    if (str_equal(r->digest, r->digest_before)) {
        if (desk->rules.refused[0])
            verdict_fact(v, FACT_RULES_TAKEN, 0)->text = r->file;
        return;
    }
    v->actor = (struct fact_actor){
        .user = "", .chat = "file", .id = r->owner_id, .name = r->owner, .key = ""
    };
    for (size_t i = 0; i < r->count && i < LIMIT_RULE_CHANGES; i++) {
        struct fact *f = verdict_fact(v, FACT_RULE_CHANGED, 0);
        f->setting = r->changes[i].setting;
        f->was = r->changes[i].was;
        f->now = r->changes[i].now;
    }
    struct fact *f = verdict_fact(v, FACT_RULES_READ, 0);
    f->digest = r->digest;
    f->text = r->file;
    f->since_ms = r->written_ms;
    f->count = (int64_t)(r->count + r->left_out);
    f->on = r->at_start;
    f->anyway = r->unknown_before;
}

void rules_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (e->kind == EVENT_RULES_READ) {
        decide_read(desk, e, v);
    } else if (!str_equal(desk->rules.refused, e->rules.problem)) {
        struct fact *f = verdict_fact(v, FACT_RULES_REFUSED, 0);
        f->text = e->rules.problem;
        f->count = (int64_t)e->rules.left_out;
    }
}

void rules_apply(struct desk *desk, const struct fact *f)
{
    switch ((int)f->kind) {
    case FACT_RULES_REFUSED: STR_SET(desk->rules.refused, f->text); return;
    case FACT_RULES_READ:
    case FACT_RULES_TAKEN: desk->rules.refused[0] = '\0'; return;
    }
    fact_stray(f, "rules");
}

/* ---- what the chats hear ---- */

static void add_change(struct buf *b, const struct fact *f)
{
    bool was = str_or_empty(f->was)[0], now = str_or_empty(f->now)[0];
    buf_add(b, "\n• ");
    rich_add_code(b, str_or_empty(f->setting));
    if (was && now)
        buf_addf(b, ": %s, was %s", f->now, f->was);
    else if (now)
        buf_addf(b, ": new, %s", f->now);
    else
        buf_addf(b, ": gone, was %s", str_or_empty(f->was));
}

static void add_read(const struct fact *f, const struct verdict *v, struct buf *b)
{
    int64_t shown = 0;
    buf_add(b, "⚙️ ");
    rich_add_strong(b, f->on ? "My settings are not those of my last run"
                             : "My settings have changed: the configuration was read again");
    buf_add(b, f->anyway ? ". What they were before I cannot tell: the copy beside my records does "
                           "not fit them."
                         : ".");
    for (size_t i = 0; i < v->fact_count && shown < LINES_SHOWN; i++)
        if (v->facts[i].kind == FACT_RULE_CHANGED) {
            add_change(b, &v->facts[i]);
            shown++;
        }
    if (f->count > shown)
        buf_addf(b, "\nand %" PRId64 " more: `reguard audit explain rules` on my host has them.",
                 f->count - shown);
    buf_add(b, "\nThe file is ");
    rich_add_code(b, str_or_empty(f->text));
    buf_addf(b, ", it belongs to %s and was written ", f->actor.name);
    rich_add_time(b, f->since_ms);
    buf_add(b,
            ". If nobody of you knows of it, somebody else can write on my host: look there now.");
}

static void add_refused(const struct fact *f, struct buf *b)
{
    buf_add(b, "⚠️ ");
    rich_add_strong(b, "My configuration was read again and is not taken over");
    buf_addf(b, ": %s", f->text);
    if (f->count > 0)
        buf_addf(b, ", and %" PRId64 " more error%s", f->count, f->count == 1 ? "" : "s");
    buf_add(b, ". All the old rules and secrets stay in force. Whoever runs me: `reguard check` on "
               "my host tells each error; mend them and reload me again.");
}

void rules_tell(const struct fact *f, struct verdict *v)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES / 2);
    if (f->kind == FACT_RULES_REFUSED)
        add_refused(f, &b);
    else if (f->kind == FACT_RULES_TAKEN)
        buf_add(&b, "✅ My configuration could be read again, without an error. Rules and people "
                    "are what they were.");
    else if (f->count || f->anyway)
        add_read(f, v, &b);
    if (b.bytes)
        alarm_say(&b, v);
}
