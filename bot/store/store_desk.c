/* SPDX-License-Identifier: Apache-2.0 */
/* What the records come to, kept beside them. It is believed only as far as the chain is: a record
   names its digest, so that another one is as hard to put there as another record. */
#include "host/secret.h"
#include "store/audit.h"
#include "store/deskjson.h"
#include "store/factjson.h"
#include "store/store_sql.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char KEPT[] = "desk"; /* "RECORD TEXT" */

bool store_keep_desk(struct store *s, const char *text, ms_t at_ms, struct arena *arena,
                     struct err *err)
{
    char digest[65], form[DESKJSON_FORM_BYTES], hash[STORE_HASH_BYTES];
    secret_sha256_hex(text, strlen(text), digest);
    deskjson_form(form);
    struct fact f = { .kind = FACT_DESK_KEPT,
                      .at_ms = at_ms,
                      .actor = { "", "", "", "reguard", "" },
                      .digest = digest,
                      .text = form };
    return store_append(s, &f, arena, err) &&
           store_put(s, KEPT, arena_printf(arena, "%" PRIu64 " %s", store_head(s, hash), text),
                     err);
}

struct naming {
    uint64_t record;
    struct arena *arena;
    const char *digest, *form; /* NULL: that record names none */
};

/* The first record that is asked for is the one. */
static bool read_naming(void *arg, const struct journal_record *r, struct err *err)
{
    struct naming *n = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    if (r->seq == n->record && audit_is_itself(r, n->arena) &&
        factjson_read(&columns, r->at_ms, n->arena, &f, err) && f.kind == FACT_DESK_KEPT) {
        n->digest = arena_copy(n->arena, str_or_empty(f.digest));
        n->form = arena_copy(n->arena, str_or_empty(f.text));
    }
    return false;
}

enum store_desk_state store_kept_desk(struct store *s, struct arena *arena, struct store_desk *ret,
                                      struct err *err)
{
    char digest[65], form[DESKJSON_FORM_BYTES], *end = NULL;
    struct err ignored = { "" };
    const char *value = store_get(s, KEPT, arena);
    if (!value)
        return STORE_DESK_NONE;
    struct naming n = { .record = strtoull(value, &end, 10), .arena = arena };
    bool fine = end > value && *end == ' ' && n.record > 0 && n.record <= s->seq &&
                strnlen(end + 1, DESKJSON_BYTES + 1) <= DESKJSON_BYTES;
    *ret = (struct store_desk){ .record = n.record, .text = fine ? end + 1 : "" };
    if (fine)
        store_each_record(s, n.record - 1, NULL, read_naming, &n, &ignored);
    secret_sha256_hex(ret->text, strlen(ret->text), digest);
    deskjson_form(form);
    if (!fine || !n.digest || !str_equal(n.digest, digest)) {
        err_set(err, "the desk that is kept is not the one that record %" PRIu64 " names",
                n.record);
        return STORE_DESK_WRONG;
    }
    if (str_equal(n.form, form))
        return STORE_DESK_THERE;
    err_set(err, "the desk that is kept was kept by another build");
    return STORE_DESK_OTHER;
}
