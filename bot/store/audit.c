/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"
#include "core/xalloc.h"
#include "core/desk.h"
#include "core/turn.h"
#include "store/deskjson.h"
#include "store/factjson.h"
#include "host/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HASH_DIGITS_LEAST = 8,
    RECENT = 16 /* cases whose rows are at hand; the others are kept as a digest */
};

/* What a case came to, as short as can be: there may be a hundred thousand. */
struct case_mark {
    uint32_t no;
    ms_t overdue_ms;
    char digest[STORE_HASH_BYTES]; /* of all else in its row */
};

struct audit_walk {
    struct store *store;
    uint64_t next;
    char prev[STORE_HASH_BYTES];
    struct desk *desk;
    uint64_t quiet; /* up to here the daemon does not read, because nothing was open then */
    uint64_t kept;  /* the record that names the desk that is kept; 0: none that can be compared */
    char kept_digest[STORE_HASH_BYTES];
    struct case_mark *marks; /* of each case, by number */
    size_t mark_count, mark_room;
    struct case_row recent[RECENT]; /* the cases that the newest records name; "": none */
    uint32_t recent_no[RECENT];
    size_t next_recent;
    struct arena arena;
    size_t left; /* records that this slice still takes */

    struct err broken; /* the first that is wrong and not accepted; "" for nothing */
    uint64_t broken_record;
    struct err accepted;     /* the first that was wrong and is accepted, and where */
    uint32_t accepted_cases; /* the cases up to this one are not compared: they may hold it */
};

/* Without when it is overdue, which an older reguard did not write. */
static void digest_row(const struct case_row *row, struct arena *arena,
                       char ret_digest[STORE_HASH_BYTES])
{
    const char *all =
        arena_printf(arena, "%s\n%s\n%s\n%s\n%s\n%s\n%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
                     row->case_id, row->state, row->account, row->account_name, row->requester,
                     row->reason, row->asked_ms, row->lifted_ms, row->deadline_ms, row->closed_ms);
    secret_sha256_hex(all, strlen(all), ret_digest);
}

/* The mark of that case, or the place where it belongs. */
static size_t place_of(const struct audit_walk *v, uint32_t no)
{
    size_t low = 0, high = v->mark_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->marks[middle].no < no)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Records name the newest cases, so that a new mark nearly always comes last. */
static struct case_mark *mark_of(struct audit_walk *v, uint32_t no)
{
    size_t at = place_of(v, no);
    if (at < v->mark_count && v->marks[at].no == no)
        return &v->marks[at];
    if (v->mark_count == v->mark_room) {
        v->mark_room = v->mark_room ? v->mark_room * 2 : 256;
        v->marks = xrealloc(v->marks, v->mark_room * sizeof *v->marks);
    }
    memmove(&v->marks[at + 1], &v->marks[at], (v->mark_count - at) * sizeof *v->marks);
    v->mark_count++;
    v->marks[at] = (struct case_mark){ .no = no };
    return &v->marks[at];
}

static void put_away(struct audit_walk *v, size_t i)
{
    if (v->recent_no[i] == 0)
        return;
    struct case_mark *mark = mark_of(v, v->recent_no[i]);
    mark->overdue_ms = v->recent[i].overdue_ms;
    digest_row(&v->recent[i], &v->arena, mark->digest);
    v->recent_no[i] = 0;
}

static void put_all_away(struct audit_walk *v)
{
    for (size_t i = 0; i < RECENT; i++)
        put_away(v, i);
}

static void forget_rows(struct audit_walk *v)
{
    v->mark_count = 0;
    memset(v->recent_no, 0, sizeof v->recent_no);
}

static void keep_row(struct audit_walk *v, const struct casefile *c)
{
    size_t i = 0;
    while (i < RECENT && v->recent_no[i] != c->no)
        i++;
    if (i == RECENT) {
        i = v->next_recent++ % RECENT;
        put_away(v, i);
    }
    v->recent_no[i] = c->no;
    case_row_of(c, &v->recent[i]);
}

bool audit_is_itself(const struct journal_record *r, struct arena *arena)
{
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    char hash[STORE_HASH_BYTES];
    factjson_hash(r->prev, &columns, r->seq, r->at_ms, arena, hash);
    return str_equal(hash, r->hash);
}

static bool is_in_place(const struct audit_walk *v, const struct journal_record *r, struct err *err)
{
    if (r->wrong)
        return err_set(err, "%s", r->wrong);
    if (r->seq != v->next)
        return err_set(err, "record %" PRIu64 " is missing: %" PRIu64 " follows", v->next, r->seq);
    return str_equal(r->prev, v->prev) ||
           err_set(err, "record %" PRIu64 " does not follow the one before it", r->seq);
}

static bool read_record(struct audit_walk *v, const struct journal_record *r, struct fact *f,
                        struct err *err)
{
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    if (!audit_is_itself(r, &v->arena))
        return err_set(err, "record %" PRIu64 " was changed: its hash does not match", r->seq);
    return factjson_read(&columns, r->at_ms, &v->arena, f, err) ||
           err_wrap(err, "record %" PRIu64, r->seq);
}

/* From here on the operator goes on from what there is, and says so on record. */
static void accept(struct audit_walk *v, uint64_t seq, const struct fact *f)
{
    if (!v->broken.text[0])
        return;
    if (!v->accepted.text[0])
        err_set(&v->accepted, "%s; accepted by the operator with record %" PRIu64 ": %s",
                v->broken.text, seq, str_or_empty(f->reason));
    v->broken = (struct err){ "" };
    v->accepted_cases = v->desk->last_case;
    forget_rows(v);
}

static bool settled_at(const struct audit_walk *v, uint64_t seq, struct err *err)
{
    return seq != v->quiet || v->accepted.text[0] || desk_is_settled(v->desk) ||
           err_set(err,
                   "something is open at record %" PRIu64
                   ", which the store calls the end of what is settled",
                   seq);
}

static void digest_desk(const char *text, char ret_digest[STORE_HASH_BYTES])
{
    secret_sha256_hex(str_or_empty(text), strlen(str_or_empty(text)), ret_digest);
}

/* A start goes on from it without having read what is before. */
static bool kept_at(struct audit_walk *v, uint64_t seq, struct err *err)
{
    char digest[STORE_HASH_BYTES];
    if (seq != v->kept || v->broken.text[0] || v->accepted.text[0])
        return true;
    digest_desk(deskjson_write(v->desk, &v->arena), digest);
    return str_equal(digest, v->kept_digest) ||
           err_set(err,
                   "the desk that is kept with record %" PRIu64
                   " is not what the records before it come to",
                   seq);
}

static void note_broken(struct audit_walk *v, uint64_t seq, const struct err *err)
{
    if (v->broken.text[0])
        return;
    v->broken = *err;
    v->broken_record = seq;
}

/* Goes on behind a bad record: an acceptance may follow. */
static bool walk_record(void *arg, const struct journal_record *r, struct err *err)
{
    (void)err;
    struct audit_walk *v = arg;
    struct fact f;
    struct err wrong = { "" };
    arena_reset(&v->arena);
    bool in_place = is_in_place(v, r, &wrong), read = !r->wrong && read_record(v, r, &f, &wrong);
    if (read)
        desk_apply(v->desk, &f);
    if (!in_place || !read || !settled_at(v, r->seq, &wrong) || !kept_at(v, r->seq, &wrong))
        note_broken(v, r->seq, &wrong);
    else if (f.kind == FACT_STORE_ACCEPTED)
        accept(v, r->seq, &f);
    v->next = r->seq + 1;
    STR_SET(v->prev, r->hash);
    const struct casefile *c = read ? desk_case_const(v->desk, f.case_no) : NULL;
    if (c && c->no > v->accepted_cases)
        keep_row(v, c);
    return --v->left > 0;
}

/* The end of the chain as it was written with the last record: a cut end shows here. */
static bool verify_head(const struct audit_walk *v, struct err *err)
{
    uint64_t seq = 0;
    char hash[STORE_HASH_BYTES] = "";
    bool known = store_read_head(v->store, &seq, hash);
    bool fine = known ? seq == v->next - 1 && str_equal(hash, v->prev) : v->next == 1;
    return fine || err_set(err, "record %" PRIu64 " is missing: the journal was cut", v->next);
}

/* kept: perhaps by an older reguard. */
static bool same_row(struct audit_walk *v, const struct case_row *kept,
                     const struct case_mark *mark)
{
    char digest[STORE_HASH_BYTES];
    arena_reset(&v->arena);
    digest_row(kept, &v->arena, digest);
    return str_equal(digest, mark->digest) &&
           (kept->overdue_ms == CASE_ROW_NO_DUE || kept->overdue_ms == mark->overdue_ms);
}

static bool verify_cases(struct audit_walk *v, struct err *err)
{
    char id[CASE_ID_BYTES];
    for (size_t i = 0; i < v->mark_count; i++) {
        struct case_row kept;
        case_id_text(v->marks[i].no, id);
        if (store_cases(v->store, false, id, &kept, 1) != 1)
            return err_set(err, "case %s is in the journal but not among the cases", id);
        if (!same_row(v, &kept, &v->marks[i]))
            return err_set(err, "case %s is not what the journal says", kept.case_id);
    }
    return store_last_case(v->store) <= v->desk->last_case ||
           err_set(err, "there is a case that the journal does not know");
}

/* ---- in slices ---- */

struct audit_walk *audit_begin(struct store *store)
{
    struct audit_walk *v = xcalloc(1, sizeof *v);
    struct err err = { "" };
    v->desk = xcalloc(1, sizeof *v->desk);
    v->store = store;
    v->next = 1;
    STR_SET(v->prev, STORE_FIRST_HASH);
    arena_init(&v->arena, LIMIT_ARENA_BYTES);
    desk_init(v->desk);
    if (!store_quiet(store, &v->quiet, &err))
        note_broken(v, 0, &err);
    struct store_desk kept;
    if (store_kept_desk(store, &v->arena, &kept, &err) == STORE_DESK_THERE) {
        v->kept = kept.record;
        digest_desk(kept.text, v->kept_digest);
    }
    return v;
}

static enum audit_state conclude(struct audit_walk *v, uint64_t *ret_record, struct err *err)
{
    struct err wrong = { "" };
    put_all_away(v);
    if (!v->broken.text[0] && (!verify_head(v, &wrong) || !verify_cases(v, &wrong)))
        note_broken(v, 0, &wrong);
    *ret_record = v->broken_record;
    if (!v->broken.text[0])
        return AUDIT_WHOLE;
    err_set(err, "%s", v->broken.text);
    return AUDIT_BROKEN;
}

enum audit_state audit_go_on(struct audit_walk *v, size_t records, uint64_t *ret_record,
                             struct err *err)
{
    struct err stopped = { "" };
    v->left = records;
    bool at_end = store_each_row(v->store, v->next - 1, walk_record, v, &stopped);
    if (!at_end && !stopped.text[0])
        return AUDIT_GOING;
    if (!at_end)
        note_broken(v, v->next, &stopped);
    return conclude(v, ret_record, err);
}

uint64_t audit_records(const struct audit_walk *v) { return v->next - 1; }

const struct desk *audit_desk(const struct audit_walk *v)
{
    return v->broken.text[0] || v->accepted.text[0] ? NULL : v->desk;
}

void audit_end(struct audit_walk *v)
{
    if (!v)
        return;
    arena_done(&v->arena);
    free(v->marks);
    free(v->desk);
    free(v);
}

/* ---- the whole ---- */

static enum audit_state walk_all(struct audit_walk *v, void (*told)(uint64_t done, uint64_t all),
                                 struct err *err)
{
    enum audit_state state;
    uint64_t record, all;
    char hash[STORE_HASH_BYTES];
    while ((state = audit_go_on(v, AUDIT_TOLD_EVERY, &record, err)) == AUDIT_GOING) {
        all = store_head(v->store, hash);
        if (told && audit_records(v) < all)
            told(audit_records(v), all);
    }
    if (told && audit_records(v) > AUDIT_TOLD_EVERY)
        told(audit_records(v), audit_records(v));
    return state;
}

bool audit_verify(struct store *store, void (*told)(uint64_t done, uint64_t all),
                  struct audit_summary *ret, struct err *err)
{
    struct audit_walk *v = audit_begin(store);
    struct store_desk kept;
    bool fine = store_check_pages(store, NULL, err) && walk_all(v, told, err) == AUDIT_WHOLE &&
                (!v->accepted.text[0] || err_set(err, "%s", v->accepted.text)) &&
                store_kept_desk(store, &v->arena, &kept, err) != STORE_DESK_WRONG;
    if (fine) {
        *ret = (struct audit_summary){ .records = v->next - 1, .cases = v->mark_count };
        STR_SET(ret->head, v->prev);
    }
    audit_end(v);
    return fine;
}

bool audit_has(struct store *store, const char *head, struct err *err)
{
    char *end = NULL, hash[STORE_HASH_BYTES], ours[STORE_HASH_BYTES];
    uint64_t seq = strtoull(head, &end, 10);
    size_t digits = *end == ':' ? strlen(end + 1) : 0;
    if (seq == 0 || head[0] < '0' || head[0] > '9' || digits < HASH_DIGITS_LEAST ||
        strspn(end + 1, "0123456789abcdef") != digits || !STR_SET(hash, end + 1))
        return err_set(err,
                       "“%.100s” is no record: write its number, a colon and its hash as "
                       "they stand on a card, like 23:0123456789abcdef",
                       head);
    if (!store_hash_of(store, seq, ours))
        return err_set(err,
                       "record %" PRIu64 " was seen, but is not in the journal, whose newest is "
                       "%" PRIu64,
                       seq, store_head(store, hash));
    return strncmp(ours, hash, digits) == 0 ||
           err_set(err, "record %" PRIu64 " was seen with the hash %s, but has %.16s here", seq,
                   hash, ours);
}
