/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/matrix.h"
#include "core/xalloc.h"
#include "adapters/matrix/codec_out.h"
#include "adapters/matrix/internal.h"
#include "core/encode.h"
#include "host/clock.h"
#include "host/json.h"

#include <stdlib.h>
#include <string.h>

static bool start(struct adapter *adapter, struct err *err)
{
    (void)err;
    matrix_sync_start((struct matrix *)adapter);
    return true;
}

static bool perform(struct adapter *adapter, const struct effect *effect, struct err *err)
{
    struct matrix *m = (struct matrix *)adapter;
    switch (effect->kind) {
    case EFFECT_DELIVER: return matrix_deliver(m, effect, err);
    case EFFECT_IDENTIFY: return matrix_identify(m, effect, err);
    case EFFECT_ANSWER:
        matrix_answer(m, effect);
        matrix_send_file(m, &effect->answer);
        return true;
    case EFFECT_CATCH_UP: matrix_catch_up(m, effect); return true;
    case EFFECT_LOOK_BACK: matrix_look_back(m, effect); return true;
    case EFFECT_LEAVE_WORD: matrix_leave_word(m, effect); return true;
    case EFFECT_TAKE_WORD: matrix_take_word(m, effect); return true;
    case EFFECT_READ_WORDS: matrix_read_words(m, effect); return true;
    case EFFECT_FORM:
    case EFFECT_SURVEY:
    case EFFECT_CHANGE:
    case EFFECT_SAY:
    case EFFECT_MAIL:
    case EFFECT_RUN:
    case EFFECT_ERRAND:
    case EFFECT_ROOT_LOOK:
    case EFFECT_ROOT_USERS:
    case EFFECT_RECALL:
    case EFFECT_REPLY:
    case EFFECT_OFFER:
    case EFFECT_HOME:
    case EFFECT_KIND_COUNT: break;
    }
    return err_set(err, "Matrix cannot do “%s”", effect_names[effect->kind]);
}

static void acknowledge(struct adapter *adapter, const struct event *event)
{
    matrix_acknowledged((struct matrix *)adapter, event);
}

static bool render(const struct adapter *adapter, const struct message *message, struct buf *out,
                   struct err *err)
{
    const struct matrix *m = (const struct matrix *)adapter;
    struct matrix_style style = m->style;
    if (message->kind == MESSAGE_DIRECT)
        style.zone = matrix_zone_of(m, person_chat_id(people_by_key(style.people, message->to),
                                                      "matrix"));
    return json_put(matrix_message_json(message, &style), out, err);
}

static void renew(struct adapter *adapter, struct adapter_credentials *c)
{
    struct matrix *m = (struct matrix *)adapter;
    STR_SET(m->ca_file, c->ca_file);
    c->is_new[0] = matrix_token_renew(m, c->secrets[0], c->file);
    if (c->is_new[0] || c->new_anchor)
        matrix_sync_anew(m);
}

static void stop(struct adapter *adapter)
{
    struct matrix *m = (struct matrix *)adapter;
    matrix_step(m, MATRIX_STOP);
    matrix_api_stop(m); /* tells everybody who waits; nobody begins anything new any more */
    matrix_sync_stop(m);
    matrix_deliver_stop(m);
    matrix_files_stop(m);
    matrix_answer_stop(m);
    matrix_seed_stop(m);
    matrix_catch_up_stop(m);
    matrix_direct_stop(m);
    secret_free(m->token);
    secret_free(m->refresh_token);
    secret_free(m->file);
    free(m->kept);
    free(m);
}

void matrix_set_rules(struct adapter *adapter, const struct people *people,
                      const struct policy *policy)
{
    struct matrix *m = (struct matrix *)adapter;
    m->codec.people = m->style.people = people;
    m->codec.policy = m->style.policy = policy;
    matrix_directs_know(m);
}

void matrix_counts(const struct adapter *adapter, uint64_t *ret_cleaned, uint64_t *ret_quarantined)
{
    const struct matrix *m = (const struct matrix *)adapter;
    *ret_cleaned = m->cleaned;
    *ret_quarantined = m->quarantined;
}

/* The place, and on lines of their own the times that belong to it; older stores have the place
   alone. */
static void read_cursor(struct matrix *m, const char *cursor)
{
    size_t place = strcspn(cursor, "\n");
    const char *times = cursor[place] ? cursor + place + 1 : "";
    char *end = NULL;
    m->since = place ? xstrndup(cursor, place) : NULL;
    m->put_ms = m->marked_ms = ms_max(strtoll(times, &end, 10), 0);
    m->lost_since_ms = *end ? ms_max(strtoll(end, NULL, 10), 0) : 0;
}

static void name_process(struct matrix *m)
{
    unsigned char bytes[sizeof m->process / 2];
    clock_random(bytes, sizeof bytes);
    encode_hex(bytes, sizeof bytes, m->process);
}

struct adapter *matrix_new(struct loop *loop, struct http *http, struct inbox *inbox,
                           const struct matrix_options *o, struct err *err)
{
    static const struct adapter_ops ops = { "matrix",    ADAPTER_CHAT, start, perform,
                                            acknowledge, render,       renew, .stop = stop };
    struct matrix *m = xcalloc(1, sizeof *m);
    m->adapter.ops = &ops;
    m->loop = loop;
    m->http = http;
    m->inbox = inbox;
    STR_SET(m->homeserver, o->homeserver);
    for (size_t end = strlen(m->homeserver); end && m->homeserver[end - 1] == '/'; end--)
        m->homeserver[end - 1] = '\0';
    STR_SET(m->token_file, str_or_empty(o->token_file));
    STR_SET(m->ca_file, o->ca_file);
    STR_SET(m->salt, o->salt);
    name_process(m);
    m->kept = o->kept ? xstrdup(o->kept) : NULL;
    m->keep = o->keep;
    m->keep_arg = o->keep_arg;
    m->look_only = o->look_only;
    m->borrowed = o->borrowed;
    m->witness = o->witness;
    m->standing.told.kind = EVENT_STARTED;
    m->unlimited = !o->rate_limited;
    STR_SET(m->codec.user, o->user);
    STR_SET(m->codec.room, o->room);
    STR_SET(m->codec.prefix, o->prefix);
    m->style.prefix = m->codec.prefix;
    m->replies.most = LIMIT_MATRIX_ANSWERS;
    read_cursor(m, str_or_empty(o->cursor));
    matrix_set_rules(&m->adapter, o->people, o->policy);
    if (!o->token_file || matrix_token_read(m, err))
        return &m->adapter;
    secret_free(m->file);
    free(m->kept);
    free(m->since);
    free(m);
    return NULL;
}
