/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/looks.h"
#include "adapters/aws/deeds.h"
#include "adapters/aws/root.h"
#include "core/limits.h"
#include "core/xalloc.h"

#include <stdlib.h>
#include <string.h>

/* One for each case that there can be. */
enum { WAITING = LIMIT_CASES };

struct look {
    struct aws_looks *looks;
    uint64_t effect_id; /* 0: none */
    char account[16];
};

struct aws_looks {
    const struct aws_settings *settings;
    struct aws_audit *audit;
    struct inbox *inbox;
    struct look under_way[ROOT_USERS_AT_ONCE];
    struct look waiting[WAITING];
    size_t waiting_count;
    bool beginning;
};

static void begin_next(struct aws_looks *l);

static void on_found(void *arg, const struct root_answer *r)
{
    struct look *look = arg;
    struct aws_looks *l = look->looks;
    struct event *e = inbox_new(l->inbox, EVENT_ROOT_FOUND, "aws");
    e->effect_id = look->effect_id;
    look->effect_id = 0;
    if (r->found) {
        const struct root_user *u = r->found;
        e->found = (struct event_root_found){ .password = u->has_password,
                                              .keys = u->keys,
                                              .certificates = u->certificates,
                                              .usable = u->keys_active + u->certificates_active,
                                              .usable_keys = u->keys_active,
                                              .since_ms = u->since_ms,
                                              .used_ms = u->used_ms,
                                              .mfa_devices = u->mfa_devices,
                                              .made_ms = u->made_ms };
        char digest[65];
        aws_deed_no_password(digest);
        e->found.digest = u->has_password ? "" : arena_copy(inbox_arena(l->inbox), digest);
    } else {
        e->error = arena_copy(inbox_arena(l->inbox), r->why);
        e->found = (struct event_root_found){ .passes = r->passes };
    }
    inbox_put(l->inbox, e);
    begin_next(l);
}

static struct look *idle_of(struct aws_looks *l)
{
    for (size_t i = 0; i < COUNT(l->under_way); i++)
        if (!l->under_way[i].effect_id)
            return &l->under_way[i];
    return NULL;
}

/* An answer may come at once, inside: then the loop out here goes on. */
static void begin_next(struct aws_looks *l)
{
    struct look *idle;
    if (l->beginning)
        return;
    l->beginning = true;
    while (l->waiting_count && (idle = idle_of(l))) {
        *idle = l->waiting[0];
        memmove(l->waiting, l->waiting + 1, --l->waiting_count * sizeof l->waiting[0]);
        aws_audit_ask(l->audit, idle->account, on_found, idle);
    }
    l->beginning = false;
}

bool aws_looks_begin(struct aws_looks *l, const struct effect *effect, struct err *err)
{
    if (!aws_root_is_answered(l->settings, err))
        return false;
    if (!root_is_account(effect->root_of))
        return err_set(err, "that is no account whose root user I can look at");
    if (l->waiting_count == WAITING)
        return err_set(err, "%d looks at root users wait for AWS already", WAITING);
    struct look *look = &l->waiting[l->waiting_count++];
    *look = (struct look){ .looks = l, .effect_id = effect->id };
    STR_SET(look->account, effect->root_of);
    begin_next(l);
    return true;
}

struct aws_looks *aws_looks_new(const struct aws_settings *settings, struct aws_audit *audit,
                                struct inbox *inbox)
{
    struct aws_looks *l = xcalloc(1, sizeof *l);
    *l = (struct aws_looks){ .settings = settings, .audit = audit, .inbox = inbox };
    return l;
}

void aws_looks_free(struct aws_looks *l) { free(l); }
