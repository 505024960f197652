/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rootwalk.h"
#include "core/limits.h"

#include <string.h>

/* In a row that had no answer in time: then the others are not asked any more. */
enum { SILENT_MOST = 5, DIGITS = 12 };

bool root_is_account(const char *id)
{
    return strlen(id) == DIGITS && strspn(id, "0123456789") == DIGITS;
}

/* ---- the list ---- */

void rootwalk_list(struct root_rows *all, const struct survey *s, const char *late,
                   struct arena *arena)
{
    *all = (struct root_rows){ .rows = arena_take(arena, s->account_count * sizeof *all->rows + 1),
                               .count = s->account_count,
                               .found = s->accounts_found,
                               .late = late };
    for (size_t i = 0; i < s->account_count; i++) {
        struct root_row *r = &all->rows[i];
        const char *id = str_or_empty(s->accounts[i].aws_id);
        *r = (struct root_row){ .name = arena_copy(arena, str_or_empty(s->accounts[i].name)) };
        if (root_is_account(id))
            STR_SET(r->account, id);
        else
            r->why = "it has no AWS account id yet";
    }
}

void rootwalk_take(struct root_rows *all, const struct root_row *found)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_equal(all->rows[i].account, found->account)) {
            all->rows[i].user = found->user;
            all->rows[i].at_ms = found->at_ms;
        }
}

/* ---- account by account ---- */

struct root_row *rootwalk_next(struct root_rows *all, size_t at_once)
{
    while (all->next < all->count && all->under_way < at_once) {
        struct root_row *r = &all->rows[all->next++];
        if (!r->at_ms && r->account[0] && all->silent < SILENT_MOST) {
            all->under_way++;
            return r;
        }
        if (!r->at_ms && !r->why)
            r->why = all->late;
        all->done++;
    }
    return NULL;
}

void rootwalk_heard(struct root_rows *all, struct root_row *r, const struct root_user *found,
                    const char *why, bool passes, ms_t at_ms)
{
    if (found) {
        r->user = *found;
        r->at_ms = at_ms;
    } else {
        r->why = why;
    }
    all->silent = passes ? all->silent + 1 : 0;
    all->under_way--;
    all->done++;
}

/* ---- what it comes to ---- */

struct root_sum rootwalk_sum(const struct root_rows *all)
{
    struct root_sum sum = { .count = all->count,
                            .beside = all->found > all->count ? all->found - all->count : 0,
                            .cut = all->count == LIMIT_ACCOUNTS_LISTED };
    for (size_t i = 0; i < all->count; i++) {
        const struct root_row *r = &all->rows[i];
        bool can = r->at_ms && root_user_is_usable(&r->user);
        sum.usable += can;
        sum.unasked += !r->at_ms;
        sum.left += r->at_ms && !can && (r->user.keys || r->user.certificates);
        if (r->at_ms && (!sum.from_ms || r->at_ms < sum.from_ms))
            sum.from_ms = r->at_ms;
    }
    sum.none = sum.count - sum.usable - sum.unasked;
    return sum;
}

static void add_some(struct buf *b, unsigned count, bool first, const char *what)
{
    if (count)
        buf_addf(b, "%s%u %s%s", first ? "" : ", ", count, what, count == 1 ? "" : "s");
}

void rootwalk_add_usable(struct buf *b, const struct root_user *u)
{
    if (u->has_password)
        buf_add(b, u->mfa_devices ? "password with MFA" : "password without MFA");
    add_some(b, u->keys_active, !u->has_password, "access key");
    add_some(b, u->certificates_active, !u->has_password && !u->keys_active, "signing certificate");
}
