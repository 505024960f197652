/* SPDX-License-Identifier: Apache-2.0 */
/* Messages out: new ones under a transaction id that is the outbox key, edits, and the look for a
   message whose first attempt has an unknown outcome. And who is in the room. */
#include "adapters/matrix/codec_out.h"
#include "core/xalloc.h"
#include "adapters/matrix/internal.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"
#include "host/zone.h"
#include "port/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_t BLIND_ENDS_MS = 2 * MS_MINUTE, LOOK_FROM_MS = MS_MINUTE;

/* One DELIVER or IDENTIFY under way. */
struct matrix_task {
    struct matrix *matrix;
    struct matrix_task *next;
    uint64_t effect_id;
    enum urgency urgency;
    char *key, *body, *from; /* from: the page that is looked at */
    char edit_id[LIMIT_ID_BYTES], thread_id[LIMIT_ID_BYTES], person[LIMIT_ID_BYTES],
        room[LIMIT_ID_BYTES], card_id[LIMIT_ID_BYTES];
    char store[STORE_ID_BYTES]; /* whose message it is, "" when it bears no witness */
    bool look_first, tried, votes, zone;
    unsigned flags; /* who they are, while their clock is asked for */
    enum message_kind kind;
    enum matrix_form form;
    char refusal[128]; /* of an edit, while its target is looked for */
    ms_t first_attempt_ms, retry_within_ms;
    int pages;
};

static struct matrix_task *task_new(struct matrix *m, const struct effect *e)
{
    struct matrix_task *t = xcalloc(1, sizeof *t);
    t->matrix = m;
    t->effect_id = e->id;
    t->urgency = e->urgency;
    t->next = m->tasks;
    m->tasks = t;
    return t;
}

static void task_free(struct matrix_task *t)
{
    for (struct matrix_task **at = &t->matrix->tasks; *at; at = &(*at)->next)
        if (*at == t) {
            *at = t->next;
            break;
        }
    free(t->key);
    free(t->from);
    free(t->body);
    free(t);
}

static bool is_direct(const struct matrix_task *t) { return t->kind == MESSAGE_DIRECT; }

/* ---- outcomes ---- */

static struct event *outcome(struct matrix_task *t, enum event_kind kind)
{
    struct event *e = inbox_new(t->matrix->inbox, kind, "matrix");
    e->effect_id = t->effect_id;
    e->delivery.key = arena_copy(inbox_arena(t->matrix->inbox), t->key);
    e->delivery.remote_id = "";
    return e;
}

static void delivered(struct matrix_task *t, const char *event_id, bool as_first_sent)
{
    struct matrix *m = t->matrix;
    struct event *e = outcome(t, EVENT_DELIVERED);
    e->delivery.remote_id = arena_copy(inbox_arena(m->inbox),
                                       t->edit_id[0] ? t->edit_id : event_id);
    e->delivery.as_first_sent = as_first_sent;
    e->delivery.plainer = t->form != MATRIX_FORM_FULL;
    inbox_put(m->inbox, e);
    if (e->delivery.remote_id[0] && (t->votes || t->edit_id[0]))
        matrix_seed(m, e->delivery.remote_id, t->votes);
    task_free(t);
}

static struct event *failed(struct matrix_task *t, enum event_kind kind,
                            const struct matrix_result *r)
{
    struct event *e = outcome(t, kind);
    e->error = arena_copy(inbox_arena(t->matrix->inbox), matrix_why(r));
    e->delivery.retry_within_ms = t->retry_within_ms;
    e->delivery.retry_after_ms = r->retry_after_ms;
    return e;
}

/* What it says of the chat comes first: how soon it is tried again depends on that. */
static void not_delivered(struct matrix_task *t, const struct matrix_result *r)
{
    struct matrix *m = t->matrix;
    bool unknown = r->outcome == MATRIX_UNKNOWN;
    if (matrix_refusal_of(r->errcode) != MATRIX_NO_CREDENTIAL && !is_direct(t))
        matrix_post_failed(m, matrix_why(r), r->retry_after_ms);
    inbox_put(m->inbox, failed(t, unknown ? EVENT_DELIVERY_UNKNOWN : EVENT_DELIVERY_FAILED, r));
    task_free(t);
}

/* Refused, and in no other form either. known: the room is the reason. It stays due. */
static void refused(struct matrix_task *t, const struct matrix_result *r, bool known)
{
    struct matrix *m = t->matrix;
    struct event *e = failed(t, EVENT_DELIVERY_FAILED, r);
    e->delivery.channel_closed = known && !is_direct(t);
    inbox_put(m->inbox, e);
    if (is_direct(t))
        matrix_direct_refused(m, t->room);
    else if (!matrix_is_stopped(m))
        matrix_post_refused(m, matrix_why(r), known);
    task_free(t);
}

static size_t anew_at(const struct matrix *m, const char *key)
{
    size_t at = 0;
    while (at < LIMIT_MATRIX_ANEW && !str_equal(m->anew[at].key, key))
        at++;
    return at;
}

/* Under the transaction id of the first one the homeserver would only name that one again. */
static void send_anew(struct matrix *m, const char *key)
{
    size_t at = anew_at(m, key);
    at = at < LIMIT_MATRIX_ANEW ? at : m->next_anew++ % LIMIT_MATRIX_ANEW;
    STR_SET(m->anew[at].key, key);
    m->anew[at].number = (uint64_t)clock_wall_ms();
}

/* The card to edit is not there any more, as far as the homeserver knows: it comes anew. */
static void target_gone(struct matrix_task *t, const struct matrix_result *r)
{
    struct event *e = failed(t, EVENT_DELIVERY_FAILED, r);
    e->delivery.target_gone = true;
    inbox_put(t->matrix->inbox, e);
    send_anew(t->matrix, t->key);
    task_free(t);
}

/* The edit was refused without a reason that is known. */
static void on_target(void *arg, const struct matrix_result *r)
{
    struct matrix_task *t = arg;
    if (r->outcome == MATRIX_REFUSED && str_equal(r->errcode, "M_NOT_FOUND"))
        target_gone(t, r);
    else
        refused(t,
                &(struct matrix_result){
                    .outcome = MATRIX_REFUSED, .errcode = "", .error = t->refusal },
                false);
}

static void look_for_target(struct matrix_task *t, const struct matrix_result *r)
{
    CLEANUP(buf_done) struct buf path;
    STR_SET(t->refusal, matrix_why(r));
    buf_init(&path, 2048);
    matrix_path(&path, "v3/rooms/*/event/*",
                (const char *const[]){ t->matrix->codec.room, t->edit_id });
    matrix_call(t->matrix,
                &(struct matrix_ask){
                    .method = "GET", .path = buf_text(&path), .urgency = t->urgency },
                on_target, t);
}

static void send_message(struct matrix_task *t);

static bool plainer(struct matrix_task *t, const struct matrix_result *r)
{
    if (t->form + 1 >= MATRIX_FORMS || matrix_is_stopped(t->matrix))
        return false;
    t->form++;
    LOG(t->matrix->standing.troubles[MATRIX_OF_POSTS][0] ? LOG_DEBUG : LOG_WARN, "matrix.plainer",
        LS("key", str_or_empty(t->key)), LS("errcode", r->errcode), LS("error", r->error),
        LI("form", t->form));
    send_message(t);
    return true;
}

/* What is refused is tried in another form where the form may be the reason. */
static void on_refused(struct matrix_task *t, const struct matrix_result *r)
{
    enum matrix_refusal why = matrix_refusal_of(r->errcode);
    if (why == MATRIX_NO_ROOM)
        refused(t, r, true);
    else if (plainer(t, r))
        return;
    else if (why == MATRIX_NO_REASON && t->edit_id[0] && !matrix_is_stopped(t->matrix))
        look_for_target(t, r);
    else
        refused(t, r, why == MATRIX_NO_POSTING);
}

static void on_sent(void *arg, const struct matrix_result *r)
{
    struct matrix_task *t = arg;
    const char *id = json_text(r->json, "event_id");
    if (r->outcome == MATRIX_REFUSED) {
        on_refused(t, r);
    } else if (r->outcome == MATRIX_OK && id) {
        if (is_direct(t))
            matrix_direct_taken(t->matrix, t->room);
        else
            matrix_post_taken(t->matrix);
        /* Under one transaction id a homeserver keeps to what it stored first. */
        delivered(t, id, t->tried);
    } else if (r->outcome == MATRIX_OK) {
        not_delivered(t, &(struct matrix_result){ .outcome = MATRIX_UNKNOWN,
                                                  .errcode = "",
                                                  .error = "no event_id in the answer" });
    } else {
        not_delivered(t, r);
    }
}

/* A new message keeps its transaction id for ever, so that the homeserver recognises a second
   attempt; each edit has its own, because the same picture may come back. */
static void add_transaction(struct matrix_task *t, struct buf *b)
{
    const struct matrix *m = t->matrix;
    size_t at = anew_at(m, t->key);
    if (t->edit_id[0])
        matrix_transaction(t->matrix, b);
    else
        buf_addf(b, "%s-%s", m->salt, t->key);
    if (!t->edit_id[0] && at < LIMIT_MATRIX_ANEW)
        buf_addf(b, "-%" PRIu64, m->anew[at].number);
}

static void send_message(struct matrix_task *t)
{
    CLEANUP(buf_done) struct buf path, transaction;
    json_t *content = json_read(t->body, strlen(t->body), LIMIT_MESSAGE_BYTES * 2, NULL);
    if (!content)
        content = json_object();
    if (t->card_id[0])
        matrix_link_card(content, t->matrix->codec.room, t->card_id, t->matrix->codec.user);
    matrix_make_plainer(content, t->form);
    buf_init(&path, 2048);
    buf_init(&transaction, 512);
    add_transaction(t, &transaction);
    if (t->edit_id[0])
        content = matrix_edit_json(content, t->edit_id);
    else if (t->thread_id[0] && t->form != MATRIX_FORM_BARE)
        matrix_put_thread(content, t->thread_id, t->thread_id);
    matrix_path(&path, "v3/rooms/*/send/m.room.message/*",
                (const char *const[]){ t->room, buf_text(&transaction) });
    matrix_call(t->matrix,
                &(struct matrix_ask){ .method = "PUT",
                                      .path = buf_text(&path),
                                      .body_new = content,
                                      .spends = true,
                                      .urgency = t->urgency },
                on_sent, t);
}

/* ---- looking for it first ---- */

/* *ret_older: the page goes back beyond the first attempt. */
static const char *find_key(const json_t *chunk, const struct matrix_task *t, bool *ret_older)
{
    size_t i;
    json_t *event;
    *ret_older = json_array_size(chunk) == 0;
    json_array_foreach(chunk, i, event)
    {
        const json_t *content = json_object_get(event, "content"),
                     *ours = json_object_get(content, MATRIX_OURS);
        bool edit = str_equal(json_text(json_object_get(content, "m.relates_to"), "rel_type"),
                              "m.replace");
        if (!edit && str_equal(json_text(event, "sender"), t->matrix->codec.user) &&
            str_equal(json_text(ours, "key"), t->key) && witness_same_store(ours, t->store))
            return json_text(event, "event_id");
        *ret_older |= json_number(event, "origin_server_ts", 0) <
                      t->first_attempt_ms - LOOK_FROM_MS;
    }
    return NULL;
}

static void look(struct matrix_task *t, const char *from);

/* How long the room could not be looked through. */
static ms_t blind_for_ms(struct matrix *m)
{
    ms_t now = clock_monotonic_ms();
    if (!m->blind_since_ms || now - m->blind_last_ms >= BLIND_ENDS_MS)
        m->blind_since_ms = now;
    m->blind_last_ms = now;
    return now - m->blind_since_ms;
}

/* Where nothing can be read, twice is better than never; and sent without having looked it has the
   same transaction id as before, which the homeserver knows as long as it remembers. */
static void not_looked(struct matrix_task *t, const struct matrix_result *r)
{
    ms_t left = (t->kind == MESSAGE_POST ? LOOK_ENDS_POST_MS : LOOK_ENDS_MS) -
                blind_for_ms(t->matrix);
    bool readable = r->outcome != MATRIX_REFUSED || matrix_is_stopped(t->matrix);
    if (readable && (left > 0 || matrix_is_stopped(t->matrix))) {
        t->retry_within_ms = ms_max(left, 1);
        not_delivered(t, &(struct matrix_result){ .outcome = MATRIX_LATER,
                                                  .errcode = "",
                                                  .error = r->error,
                                                  .retry_after_ms = r->retry_after_ms });
        return;
    }
    LOG(LOG_WARN, "matrix.not_looked", LS("key", str_or_empty(t->key)), LS("error", r->error),
        LS("next", "sent without having looked whether it is there already"));
    send_message(t);
}

static void on_looked(void *arg, const struct matrix_result *r)
{
    struct matrix_task *t = arg;
    bool older = false;
    if (r->too_long && matrix_page_too_long(t->matrix)) {
        look(t, t->from);
        return;
    }
    if (r->outcome != MATRIX_OK) {
        not_looked(t, r);
        return;
    }
    const char *id = find_key(json_object_get(r->json, "chunk"), t, &older),
               *end = json_text(r->json, "end");
    t->matrix->blind_since_ms = 0;
    if (id)
        delivered(t, id, true);
    else if (!older && end && ++t->pages < LIMIT_MATRIX_LOOK_PAGES)
        look(t, end);
    else
        send_message(t);
}

static void look(struct matrix_task *t, const char *from)
{
    char *copy = from ? xstrdup(from) : NULL;
    free(t->from);
    t->from = copy;
    matrix_ask_page(t->matrix, &(struct matrix_page){ .from = t->from, .urgency = t->urgency },
                    on_looked, t);
}

/* ---- to one person alone ---- */

static void on_opened(void *arg, const char *room, const struct matrix_result *r)
{
    struct matrix_task *t = arg;
    if (!room || matrix_is_stopped(t->matrix)) {
        not_delivered(t, r);
        return;
    }
    STR_SET(t->room, room);
    send_message(t);
}

static void open_direct(struct matrix_task *t, const json_t *content)
{
    matrix_direct_open(t->matrix,
                       &(struct matrix_direct_ask){ .person = t->person,
                                                    .ring = str_or_empty(json_string_value(
                                                        json_object_get(content, "body"))),
                                                    .urgency = t->urgency },
                       on_opened, t);
}

/* Alarms, and what stands nowhere else. What else concerns one person stands in the room and
   mentions them there, as long as the room takes it. */
static bool is_said_alone(const struct matrix *m, const struct effect *e, const json_t *content)
{
    return e->urgency == URGENCY_GUARDS || !matrix_posts_go(m) ||
           json_flag(json_object_get(content, MATRIX_OURS), "alone", false);
}

bool matrix_deliver(struct matrix *m, const struct effect *e, struct err *err)
{
    const struct effect_deliver *d = &e->deliver;
    struct err bad = { "" };
    if (d->kind == MESSAGE_DIRECT && !d->person_id)
        return err_set(err, "the person has no Matrix id");
    JSON_AUTO *content = json_read(d->body, strlen(d->body), LIMIT_MESSAGE_BYTES * 2, &bad);
    if (!content)
        return err_set(err, "%s", bad.text);
    struct matrix_task *t = task_new(m, e);
    t->key = xstrdup(d->key);
    t->body = xstrdup(d->body);
    t->kind = d->kind;
    STR_SET(t->store, json_text(json_object_get(content, MATRIX_OURS), "store"));
    t->look_first = d->look_first;
    t->tried = d->tried;
    t->first_attempt_ms = d->first_attempt_ms;
    t->votes = json_flag(json_object_get(content, MATRIX_OURS), "votes", false);
    STR_SET(t->edit_id, d->edit_id);
    STR_SET(t->thread_id, d->thread_id);
    bool receipt = json_flag(json_object_get(content, MATRIX_OURS), "receipt", false);
    STR_SET(t->card_id, receipt ? d->thread_id : d->card_id);
    STR_SET(t->person, d->person_id);
    STR_SET(t->room, m->codec.room);
    if (is_direct(t))
        matrix_ask_zone(m, t->person);
    if (is_direct(t) && !is_said_alone(m, e, content))
        delivered(t, "", false);
    else if (is_direct(t))
        open_direct(t, content);
    else if (t->look_first && !t->edit_id[0])
        look(t, NULL);
    else
        send_message(t);
    return true;
}

/* ---- who is that ---- */

static unsigned member_flags(const char *membership)
{
    if (str_equal(membership, "join"))
        return 0;
    if (str_equal(membership, "invite") || str_equal(membership, "knock"))
        return IDENTITY_INVITED;
    return membership ? IDENTITY_GONE : IDENTITY_UNREAD;
}

static void tell_who(struct matrix_task *t, struct event *e)
{
    e->effect_id = t->effect_id;
    inbox_put(t->matrix->inbox, e);
    task_free(t);
}

static bool zone_of(const json_t *profile, struct zone *ret)
{
    const char *name = matrix_profile_zone(profile);
    return name && zone_clock(name, clock_wall_ms(), ret);
}

/* Who they are is known by then; without a profile their clock is not. */
static void on_profile(void *arg, const struct matrix_result *r)
{
    struct matrix_task *t = arg;
    struct event *e = inbox_new(t->matrix->inbox, EVENT_IDENTIFIED, "matrix");
    e->identified_flags = t->flags;
    e->zone_known = r->outcome == MATRIX_OK && zone_of(r->json, &e->zone);
    tell_who(t, e);
}

static void ask_profile(struct matrix_task *t)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 2048);
    matrix_path(&path, "v3/profile/*", (const char *const[]){ t->person });
    matrix_call(t->matrix,
                &(struct matrix_ask){
                    .method = "GET", .path = buf_text(&path), .urgency = t->urgency },
                on_profile, t);
}

static void on_member(void *arg, const struct matrix_result *r)
{
    struct matrix_task *t = arg;
    struct matrix *m = t->matrix;
    bool gone = r->outcome == MATRIX_REFUSED && r->status == 404;
    t->flags = matrix_id_flags(&m->codec, t->person);
    if (r->outcome == MATRIX_OK)
        t->flags |= member_flags(json_text(r->json, "membership"));
    else if (gone)
        t->flags |= IDENTITY_GONE;
    if (t->zone && r->outcome == MATRIX_OK && !identity_refusal(t->flags)) {
        ask_profile(t);
        return;
    }
    struct event *e = inbox_new(m->inbox, EVENT_IDENTIFIED, "matrix");
    e->identified_flags = t->flags;
    if (r->outcome != MATRIX_OK && !gone)
        e->error = arena_printf(
            inbox_arena(m->inbox),
            "the Matrix homeserver could not tell whether you are in the room (%s)", r->error);
    tell_who(t, e);
}

bool matrix_identify(struct matrix *m, const struct effect *e, struct err *err)
{
    if (!e->identify || !e->identify[0])
        return err_set(err, "there is no Matrix id");
    struct matrix_task *t = task_new(m, e);
    CLEANUP(buf_done) struct buf path;
    STR_SET(t->person, e->identify);
    t->zone = e->zone;
    buf_init(&path, 2048);
    matrix_path(&path, "v3/rooms/*/state/m.room.member/*",
                (const char *const[]){ m->codec.room, t->person });
    matrix_call(m,
                &(struct matrix_ask){ .method = "GET",
                                      .path = buf_text(&path),
                                      .repeated = true,
                                      .urgency = t->urgency },
                on_member, t);
    return true;
}

void matrix_deliver_stop(struct matrix *m)
{
    while (m->tasks)
        task_free(m->tasks);
}
