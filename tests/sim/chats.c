/* SPDX-License-Identifier: Apache-2.0 */
/* Chats that are made up, at the port that every adapter fills. Each holds its messages, who said
   and pressed what in it, and the connection to the process, which may be away, lose, repeat and
   delay in both directions. */
#include "tests/sim/chats.h"
#include "tests/sim/homeserver.h"
#include "core/fact.h"
#include "core/rich.h"
#include "port/adapter.h"
#include "port/inbox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES_MOST = 100000, SAYINGS_MOST = 4096 };

/* A process's connection. */
struct chat_link {
    struct adapter adapter; /* first: what the engine is lent */
    struct chat_world *chat;
    uint64_t cursor, looking_id;
    struct doing *unacknowledged[64];
    bool up, has_cursor;
    struct adapter *real; /* Matrix's own, which hears; NULL: what happens is handed over */
};

struct chat_world {
    struct chat_link links[PROCESSES];
    int number;
    struct chat_message *messages;
    size_t message_count, message_room;
    struct doing *said[SAYINGS_MOST]; /* kept, to be found by looking back */
    size_t said_count;
    uint64_t place;
    unsigned panels; /* shown */
    ms_t down_until_ms, storm_until_ms, closed_until_ms;
};

/* Of the process whose turn it is. */
static struct chat_link *link_of(struct chat_world *c) { return &c->links[sim.me->no]; }

static struct chat_world *chat_of(const struct adapter *a)
{
    return ((const struct chat_link *)a)->chat;
}

static const char *const NAMES[CHATS] = { "slack", "matrix" };

const char *chat_name(const struct chat_world *c) { return NAMES[c->number]; }

size_t chat_messages(const struct chat_world *c, const struct chat_message **ret)
{
    *ret = c->messages;
    return c->message_count;
}

/* Polling for a year takes too long. */
static bool is_polled(const struct chat_world *c)
{
    return c->number == 1 && sim.kind != STORY_OF_YEARS;
}

static bool storms(const struct chat_world *c)
{
    return !sim.calm && sim.now_ms < c->storm_until_ms;
}

bool chat_storm_strikes(const struct chat_world *c, enum dial d, unsigned percent)
{
    return storms(c) && strikes(d, percent);
}

bool chat_is_reachable(const struct chat_world *c)
{
    return sim.calm || sim.now_ms >= c->down_until_ms;
}

static bool is_closed(const struct chat_world *c)
{
    return !sim.calm && sim.now_ms < c->closed_until_ms;
}

static ms_t travel(const struct chat_world *c, ms_t usual)
{
    return chance_between(&sim.world, usual / 4, usual) +
           (chat_storm_strikes(c, DIAL_CALL_LATE, 10) ? chance_between(&sim.world, MS_SECOND, 20000)
                                                      : 0);
}

/* ---- what a message looks like: a line for each part ---- */

struct delivery {
    struct chat_world *chat;
    unsigned epoch;
    uint64_t effect_id;
    enum message_kind kind;
    char *body;
    char edit_id[24], thread_id[24], card_id[24], person_id[40], key[96], error[64];
    bool is_edit, needs_thread, look_first, answer_is_lost, direct;
    enum event_kind outcome;
    struct event_delivery result;
    char remote_id[24];
    char store[17]; /* whose message it is, "" when it does not say */
};

static const char *kind_name(enum message_kind kind)
{
    switch (kind) {
    case MESSAGE_CARD: return "card";
    case MESSAGE_POST: return "post";
    case MESSAGE_THREAD: return "thread";
    case MESSAGE_DIRECT: return "direct";
    }
    return "";
}

static bool chat_render(const struct adapter *a, const struct message *m, struct buf *out,
                        struct err *err)
{
    (void)err;
    point("render");
    if (chat_of(a)->number == 0) {
        in_slack_render(m, process_people(), out);
        return true;
    }
    in_matrix_render(m, out);
    return true;
}

static void take_part(const char *line, const char *name, char *to, size_t to_bytes)
{
    char value[160] = "";
    size_t bytes = strlen(name);
    if (strncmp(line, name, bytes) != 0 || line[bytes] != '=')
        return;
    snprintf(value, sizeof value, "%.*s", (int)strcspn(line + bytes + 1, "\n"), line + bytes + 1);
    str_copy(to, to_bytes, value);
}

static void read_body(struct chat_message *m)
{
    m->votes = m->alarm = false;
    m->button_count = 0;
    m->question[0] = m->state[0] = '\0';
    m->sighting = (struct sighting){ 0 };
    for (const char *line = m->body; *line; line += strcspn(line, "\n") + 1) {
        take_part(line, "kind", m->kind, sizeof m->kind);
        take_part(line, "key", m->key, sizeof m->key);
        take_part(line, "case", m->case_id, sizeof m->case_id);
        take_part(line, "state", m->state, sizeof m->state);
        take_part(line, "question", m->question, sizeof m->question);
        take_part(line, "to", m->to, sizeof m->to);
        m->votes |= strncmp(line, "votes=1", 7) == 0;
        m->alarm |= strncmp(line, "alarm=1", 7) == 0;
        if (strncmp(line, "button=", 7) == 0 && m->button_count < COUNT(m->buttons)) {
            sscanf(line, "button=%15s %47s", m->buttons[m->button_count].action,
                   m->buttons[m->button_count].handle);
            m->button_count++;
        }
        sscanf(line,
               "witness=%19" SCNu64 " %64s %16s %18" SCNd64 " %18" SCNd64 " %18" SCNd64
               " %18" SCNd64 " %18" SCNd64,
               &m->sighting.record, m->sighting.hash, m->sighting.store, &m->sighting.since_ms,
               &m->sighting.said_ms, &m->sighting.born_ms, &m->sighting.again_ms,
               &m->sighting.until_ms);
    }
    m->sighting.case_no = case_id_read(m->case_id);
    STR_SET(m->sighting.state, m->state);
}

static int number_of(const struct chat_world *c, const char *id);

static const char *taken(const struct chat_world *c, struct chat_message *m,
                         const struct delivery *d)
{
    static struct buf lines;
    int root = number_of(c, d->thread_id);
    if (!lines.ceiling)
        buf_init(&lines, 256 * 1024);
    buf_clear(&lines);
    m->related |= !d->is_edit && d->needs_thread;
    in_matrix_take(d->body, kind_name(d->kind),
                   &(struct matrix_place){ .edits = d->edit_id,
                                           .thread = d->is_edit ? "" : d->thread_id,
                                           .card = d->direct ? d->card_id : "",
                                           .person = d->person_id,
                                           .root_is_related = root >= 0 &&
                                                              c->messages[root].related },
                   &lines);
    return buf_text(&lines);
}

static void set_body(const struct chat_world *c, struct chat_message *m, const struct delivery *d)
{
    free(m->body);
    m->body = strdup(c->number ? taken(c, m, d) : d->body);
    if (!m->body)
        abort();
    if (c->number == 0) {
        STR_SET(m->kind, kind_name(d->kind));
        STR_SET(m->to, d->person_id);
        in_slack_read(m);
    } else {
        read_body(m);
    }
}

static const char *content_of(const char *body)
{
    const char *at = strstr(body, "\ncontent=");
    return at ? at + 1 : body + strlen(body);
}

static const char *shown(const struct chat_world *c, const struct chat_message *m)
{
    static struct buf lines;
    if (!lines.ceiling)
        buf_init(&lines, 64 * 1024);
    buf_clear(&lines);
    if (c->number == 0)
        in_slack_show(m, &lines);
    else
        buf_add_bytes(&lines, m->body, (size_t)(content_of(m->body) - m->body));
    return one_line(buf_text(&lines));
}

/* ---- deliveries ---- */

/* "SECONDS.NUMBER", like a message's ts in Slack; the number is that of the message. */
static void id_of(const struct chat_world *c, int n, char ret_id[24])
{
    snprintf(ret_id, 24, "%010u.%06u", (unsigned)(c->messages[n].at_ms / 1000), (unsigned)n);
}

static int number_of(const struct chat_world *c, const char *id)
{
    const char *dot = id ? strchr(id, '.') : NULL;
    int n = dot ? (int)strtol(dot + 1, NULL, 10) : -1;
    return n >= 0 && n < (int)c->message_count ? n : -1;
}

static void delivery_free(struct delivery *d)
{
    free(d->body);
    free(d);
}

static void delivery_told(void *arg)
{
    struct delivery *d = arg;
    struct inbox *inbox = process_inbox();
    struct arena *arena = inbox_arena(inbox);
    struct event *e = inbox_new(inbox, d->outcome, chat_name(d->chat));
    e->effect_id = d->effect_id;
    e->error = d->error[0] ? arena_copy(arena, d->error) : NULL;
    e->delivery = d->result;
    e->delivery.key = arena_copy(arena, d->key);
    e->delivery.remote_id = arena_copy(arena, d->remote_id);
    inbox_put(inbox, e);
    delivery_free(d);
}

static void tell_process(struct delivery *d, ms_t after_ms)
{
    later(sim.now_ms + after_ms, d->epoch, delivery_told, d);
}

static void refuse(struct delivery *d, const char *error)
{
    d->outcome = EVENT_DELIVERY_FAILED;
    STR_SET(d->error, error);
}

static size_t next_message(struct chat_world *c)
{
    if (c->message_count == c->message_room) {
        c->message_room = c->message_room ? 2 * c->message_room : 256;
        c->messages = realloc(c->messages, c->message_room * sizeof *c->messages);
        if (!c->messages)
            abort();
    }
    return c->message_count++;
}

static void write_down(struct delivery *d)
{
    struct chat_world *c = d->chat;
    int n = number_of(c, d->edit_id);
    if (d->is_edit) {
        if (n < 0 || c->messages[n].deleted) {
            d->result.target_gone = true;
            refuse(d, "message_not_found");
            return;
        }
        set_body(c, &c->messages[n], d);
        tell("E", "%s\tm%d\t%s", chat_name(c), n, shown(c, &c->messages[n]));
    } else if (c->message_count == MESSAGES_MOST) {
        refuse(d, "the chat is full");
        return;
    } else {
        n = (int)next_message(c);
        struct chat_message *m = &c->messages[n];
        *m = (struct chat_message){ .at_ms = sim.now_ms };
        set_body(c, m, d);
        memcpy(m->first_buttons, m->buttons, sizeof m->buttons);
        m->first_count = m->button_count;
        tell("M", "%s\tm%d\t%s\t%s", chat_name(c), n, d->direct ? d->person_id : "channel",
             shown(c, m));
    }
    d->outcome = EVENT_DELIVERED;
    id_of(c, n, d->remote_id);
    if (is_polled(c) && !d->direct)
        homeserver_posted(d->remote_id, d->is_edit ? d->remote_id : NULL,
                          content_of(c->messages[n].body) + strlen("content="));
}

static bool was_found(struct delivery *d)
{
    struct chat_world *c = d->chat;
    for (int n = (int)c->message_count - 1; d->look_first && n >= 0; n--)
        if (str_equal(c->messages[n].key, d->key) && !c->messages[n].deleted &&
            (!d->store[0] || str_equal(c->messages[n].sighting.store, d->store))) {
            d->outcome = EVENT_DELIVERED;
            d->result.as_first_sent = true;
            id_of(c, n, d->remote_id);
            return true;
        }
    return false;
}

static void delivery_arrives(void *arg)
{
    struct delivery *d = arg;
    struct chat_world *c = d->chat;
    int thread = number_of(c, d->thread_id);
    if (is_closed(c) && !d->direct) {
        d->result.channel_closed = true;
        refuse(d, "is_archived");
    } else if (chat_storm_strikes(c, DIAL_CALL_REFUSED, 10)) {
        d->result.retry_after_ms = chance_between(&sim.world, MS_SECOND, 30 * MS_SECOND);
        refuse(d, "ratelimited");
    } else if (d->needs_thread && (thread < 0 || c->messages[thread].deleted)) {
        d->result.target_gone = true;
        refuse(d, "thread_not_found");
    } else if (!was_found(d)) {
        write_down(d);
    }
    if (d->answer_is_lost) {
        d->outcome = EVENT_DELIVERY_UNKNOWN;
        STR_SET(d->error, "no answer came in time");
        d->result = (struct event_delivery){ 0 };
        tell_process(d, 10 * MS_SECOND);
    } else {
        tell_process(d, travel(c, 150));
    }
}

/* False: a file that was put back beside another one's journal may have bodies of two messages in
   one row, which the adapter does not send. */
static bool read_store(struct delivery *d)
{
    struct chat_message m = { .body = d->body };
    if (d->chat->number)
        return in_matrix_store(d->body, d->store, sizeof d->store);
    if (!in_slack_is_whole(d->body))
        return false;
    in_slack_read(&m);
    return STR_SET(d->store, m.sighting.store);
}

static bool deliver(struct chat_world *c, const struct effect *e, struct err *err)
{
    struct delivery *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    *d = (struct delivery){ .chat = c,
                            .epoch = sim.me->epoch,
                            .effect_id = e->id,
                            .kind = e->deliver.kind,
                            .body = strdup(e->deliver.body),
                            .is_edit = e->deliver.edit_id != NULL,
                            .needs_thread = e->deliver.thread_id != NULL,
                            .look_first = e->deliver.look_first,
                            .direct = e->deliver.person_id != NULL };
    STR_SET(d->edit_id, e->deliver.edit_id);
    STR_SET(d->thread_id, e->deliver.thread_id);
    STR_SET(d->card_id, e->deliver.card_id);
    STR_SET(d->person_id, e->deliver.person_id);
    STR_SET(d->key, e->deliver.key);
    if (!read_store(d)) {
        free(d->body);
        free(d);
        return err_set(err, "the message cannot be read");
    }
    if (!chat_is_reachable(c) || chat_storm_strikes(c, DIAL_CALL_LOST, 10)) {
        refuse(d, "the connection was refused");
        tell_process(d, MS_SECOND);
        return true;
    }
    d->answer_is_lost = chat_storm_strikes(c, DIAL_ANSWER_LOST, 12);
    later(sim.now_ms + travel(c, 200), 0, delivery_arrives, d);
    return true;
}

/* ---- the connection ---- */

static void chat_event(struct chat_world *c, enum event_kind kind, const char *error)
{
    struct inbox *inbox = process_inbox();
    struct event *e = inbox_new(inbox, kind, chat_name(c));
    e->error = arena_copy(inbox_arena(inbox), error);
    inbox_put(inbox, e);
}

static void connect_again(void *arg);

static void connect_later(struct chat_world *c, ms_t after_ms)
{
    struct chat_world **arg = malloc(sizeof *arg);
    if (!arg)
        abort();
    *arg = c;
    later(sim.now_ms + after_ms, sim.me->epoch, connect_again, arg);
}

static void connect_again(void *arg)
{
    struct chat_world *c = *(struct chat_world **)arg;
    free(arg);
    if (link_of(c)->up)
        return;
    if (!chat_is_reachable(c)) {
        connect_later(c, ms_max(c->down_until_ms - sim.now_ms, 0) + 2 * MS_SECOND);
        return;
    }
    link_of(c)->up = true;
    tell("N", "%s\tconnected", chat_name(c));
    chat_event(c, EVENT_CHAT_UP, NULL);
}

static void connection_breaks(void *arg)
{
    struct chat_world *c = *(struct chat_world **)arg;
    free(arg);
    if (!link_of(c)->up)
        return;
    link_of(c)->up = false;
    chat_event(c, EVENT_CHAT_DOWN, "the connection ended");
    connect_later(c, MS_SECOND);
}

static void back_up(void *arg)
{
    struct chat_world *c = *(struct chat_world **)arg;
    free(arg);
    if (sim.now_ms >= c->down_until_ms)
        tell("N", "%s\tup", chat_name(c));
    if (sim.now_ms >= c->storm_until_ms)
        tell("K", "%s\tcalm", chat_name(c));
    if (sim.now_ms >= c->closed_until_ms)
        tell("N", "%s\topen", chat_name(c));
}

static void look_again_at(struct chat_world *c, ms_t at_ms)
{
    struct chat_world **arg = malloc(sizeof *arg);
    if (!arg)
        abort();
    *arg = c;
    later(at_ms, 0, back_up, arg);
}

void chat_down(struct chat_world *c, ms_t for_ms)
{
    if (!sim.dials[DIAL_CHAT_DOWN] || sim.calm)
        return;
    hit(DIAL_CHAT_DOWN);
    c->down_until_ms = ms_max(c->down_until_ms, sim.now_ms + for_ms);
    tell("N", "%s\tdown", chat_name(c));
    look_again_at(c, c->down_until_ms);
    if (is_polled(c)) {
        homeserver_breaks();
        return;
    }
    for (int i = 0; i < PROCESSES; i++) {
        sim.me = &sim.processes[i];
        if (!sim.me->epoch)
            continue;
        struct chat_world **arg = malloc(sizeof *arg);
        if (!arg)
            abort();
        *arg = c;
        later(sim.now_ms + chance_between(&sim.world, 0, 6 * MS_SECOND), sim.me->epoch,
              connection_breaks, arg);
    }
    sim.me = &sim.processes[0];
}

void chat_storm(struct chat_world *c, ms_t for_ms)
{
    c->storm_until_ms = ms_max(c->storm_until_ms, sim.now_ms + for_ms);
    tell("K", "%s\tstorm", chat_name(c));
    look_again_at(c, c->storm_until_ms);
}

void chat_close_channel(struct chat_world *c, ms_t for_ms)
{
    if (!sim.dials[DIAL_CHANNEL_CLOSED] || sim.calm)
        return;
    hit(DIAL_CHANNEL_CLOSED);
    c->closed_until_ms = ms_max(c->closed_until_ms, sim.now_ms + for_ms);
    tell("N", "%s\tclosed", chat_name(c));
    look_again_at(c, c->closed_until_ms);
}

void chat_calm(struct chat_world *c)
{
    c->down_until_ms = c->storm_until_ms = c->closed_until_ms = sim.now_ms;
    look_again_at(c, sim.now_ms);
}

/* The room keeps what was taken back without its content, and shows it so to whoever comes late. */
static bool vote_is_gone(const struct chat_world *c, const char *id)
{
    for (size_t m = 0; m < c->message_count; m++)
        for (size_t i = 0; i < c->messages[m].vote_count; i++)
            if (str_equal(c->messages[m].vote[i].id, id))
                return false;
    return true;
}

static void put_doing(struct doing *d)
{
    struct inbox *inbox = process_inbox();
    d->gone = d->kind == EVENT_REACTED && vote_is_gone(d->chat, d->id);
    struct event *e = d->chat->number ? in_matrix_event(d, inbox) : in_slack_event(d, inbox);
    if (!e)
        return;
    if (d->caught_up) {
        e->caught_up = true;
        e->said_ms = d->at_ms;
    }
    STR_SET(d->bot_id, e->id);
    sim.events++;
    if (sim.me->dies_with_doing) {
        sim.me->dies_in = sim.me->dies_with_doing;
        sim.me->dies_with_doing = 0;
    }
    inbox_put(inbox, e);
}

static void doing_arrives(void *arg);

static void send_doing(const struct doing *d, ms_t after_ms)
{
    struct doing *copy = malloc(sizeof *copy);
    if (!copy)
        abort();
    *copy = *d;
    later(sim.now_ms + after_ms, sim.me->epoch, doing_arrives, copy);
}

/* The service sends again what is not acknowledged, three times. */
static void doing_arrives(void *arg)
{
    struct doing *d = arg;
    struct chat_world *c = d->chat;
    if (!link_of(c)->up || !chat_is_reachable(c)) {
        free(d);
        return;
    }
    put_doing(d);
    size_t slot = d->place % COUNT(link_of(c)->unacknowledged);
    free(link_of(c)->unacknowledged[slot]);
    link_of(c)->unacknowledged[slot] = d;
}

static void watch_acknowledgement(void *arg)
{
    struct doing *d = arg;
    struct chat_world *c = d->chat;
    struct doing *there = link_of(c)->unacknowledged[d->place % COUNT(link_of(c)->unacknowledged)];
    bool unheard = there && str_equal(there->id, d->id) && !there->acknowledged;
    if (unheard && link_of(c)->up && d->sent < 3) {
        d->sent++;
        put_doing(d);
        later(sim.now_ms + 3 * MS_SECOND, sim.me->epoch, watch_acknowledgement, d);
        return;
    }
    free(d);
}

/* Numbers of doings are above those of messages. */
static void next_id(const struct chat_world *c, char ret_id[24])
{
    snprintf(ret_id, 24, "%010u.%06u", (unsigned)(sim.now_ms / 1000), 500001 + (unsigned)c->place);
}

/* What happened is on its way to the process whose turn it is. */
static void hand_over(struct chat_world *c, const struct doing *d)
{
    if (!sim.me->epoch || !link_of(c)->up || !chat_is_reachable(c) ||
        chat_storm_strikes(c, DIAL_EVENT_LOST, 10))
        return;
    ms_t after = chance_between(&sim.world, 20, 400) + (chat_storm_strikes(c, DIAL_EVENT_LATE, 20)
                                                            ? chance_between(&sim.world, 0, 90000)
                                                            : 0);
    send_doing(d, after);
    if (chat_storm_strikes(c, DIAL_EVENT_TWICE, 20))
        send_doing(d, after + chance_between(&sim.world, 0, 10 * MS_MINUTE));
    struct doing *watch = malloc(sizeof *watch);
    if (!watch)
        abort();
    *watch = *d;
    later(sim.now_ms + after + 3 * MS_SECOND, sim.me->epoch, watch_acknowledgement, watch);
}

static void happen(struct chat_world *c, struct doing *d)
{
    d->chat = c;
    d->at_ms = sim.now_ms;
    d->place = c->place + 1;
    next_id(c, d->id);
    c->place++;
    if (d->kind == EVENT_SAID && !d->slash && !d->direct && c->said_count < SAYINGS_MOST) {
        struct doing *kept = malloc(sizeof *kept);
        if (!kept)
            abort();
        *kept = *d;
        c->said[c->said_count++] = kept;
    }
    if (is_polled(c)) {
        homeserver_did(d);
        return;
    }
    /* Slack hands each thing to one connection, whichever; in Matrix each sees all. */
    int one = sim.processes[1].epoch && c->number == 0 ? (int)chance_below(&sim.world, 2) : -1;
    if (one >= 0 && !c->links[one].up)
        one = 1 - one;
    for (int i = 0; i < PROCESSES; i++) {
        sim.me = &sim.processes[i];
        if (one < 0 || one == i)
            hand_over(c, d);
    }
    sim.me = &sim.processes[0];
}

void chat_says(struct chat_world *c, struct human *h, const char *text)
{
    struct doing d = { .kind = EVENT_SAID };
    STR_SET(d.person, h->ids[c->number]);
    STR_SET(d.text, text);
    next_id(c, d.id);
    STR_SET(d.message_id, d.id);
    d.slash = c->number == 0 && chance_percent(&sim.world, 50);
    d.direct = c->number == 0 && !d.slash && sim.dials[DIAL_PRIVATE] &&
               chance_percent(&sim.world, 25);
    tell("S", "%s\t%s\t%s\t%s", chat_name(c), d.person, d.id, one_line(text));
    happen(c, &d);
}

/* Where there are no buttons the word is said. */
static void says_the_word(struct chat_world *c, struct human *h, const char *action,
                          const char *case_id)
{
    static const struct {
        const char *action, *word, *more;
    } words[] = { { "approve", "approve", "" },
                  { "decline", "decline", " because no" },
                  { "done", "done", "" },
                  { "restore", "done", "" },
                  { "put_back", "put-back", "" },
                  { "withdraw", "withdraw", "" },
                  { "extend", "extend", " 20m because slow" },
                  { "snooze", "snooze", " 20m" } };
    char said[96];
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_equal(action, words[i].action)) {
            snprintf(said, sizeof said, "%s %s%s", words[i].word, case_id, words[i].more);
            chat_says(c, h, said);
        }
}

void chat_clicks(struct chat_world *c, struct human *h, int message, const char *action,
                 const char *handle)
{
    if (c->number) {
        says_the_word(c, h, action, c->messages[message].case_id);
        return;
    }
    struct doing d = { .kind = EVENT_CLICKED };
    STR_SET(d.person, h->ids[c->number]);
    STR_SET(d.action, action);
    STR_SET(d.handle, handle);
    id_of(c, message, d.message_id);
    next_id(c, d.id);
    tell("L", "%s\t%s\t%s\tm%d\t%s\t%s", chat_name(c), d.person, d.id, message, action, handle);
    happen(c, &d);
    if (strikes(DIAL_CLICK_TWICE, 10)) {
        next_id(c, d.id);
        tell("L", "%s\t%s\t%s\tm%d\t%s\t%s", chat_name(c), d.person, d.id, message, action, handle);
        happen(c, &d);
    }
}

void chat_reacts(struct chat_world *c, struct human *h, int message, const char *reaction, bool on)
{
    struct doing d = { .kind = on ? EVENT_REACTED : EVENT_UNREACTED };
    struct chat_message *m = &c->messages[message];
    int person = (int)(h - sim.people);
    size_t at = 0;
    if (str_equal(m->kind, "direct"))
        return; /* it stands in no channel, and what is put on it there counts for nothing */
    while (at < m->vote_count &&
           !(m->vote[at].person == person && str_equal(m->vote[at].reaction, reaction)))
        at++;
    if (on == (at < m->vote_count) || (on && m->vote_count == COUNT(m->vote)))
        return;
    if (on) {
        m->vote[m->vote_count].person = person;
        next_id(c, m->vote[m->vote_count].id);
        STR_SET(d.id, m->vote[m->vote_count].id);
        STR_SET(m->vote[m->vote_count++].reaction, reaction);
    } else {
        next_id(c, d.id);
        STR_SET(d.redacts, m->vote[at].id);
        m->vote[at] = m->vote[--m->vote_count];
    }
    STR_SET(d.person, h->ids[c->number]);
    STR_SET(d.reaction, reaction);
    id_of(c, message, d.message_id);
    tell(on ? "X" : "Y", "%s\t%s\t%s\tm%d\t%s", chat_name(c), d.person, d.id, message, reaction);
    happen(c, &d);
}

void chat_submits(struct chat_world *c, struct human *h, const char *form, const char *handle,
                  const char *account, const char *duration, const char *reason)
{
    if (c->number)
        return;
    struct doing d = { .kind = EVENT_SUBMITTED };
    STR_SET(d.person, h->ids[c->number]);
    STR_SET(d.action, form);
    STR_SET(d.handle, handle);
    STR_SET(d.account, account);
    STR_SET(d.duration, duration);
    STR_SET(d.reason, reason);
    next_id(c, d.id);
    tell("F", "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", chat_name(c), d.person, d.id, form, handle, account,
         duration, reason);
    happen(c, &d);
}

void chat_opens_home(struct chat_world *c, struct human *h)
{
    struct doing d = { .kind = EVENT_OPENED };
    STR_SET(d.person, h->ids[c->number]);
    next_id(c, d.id);
    happen(c, &d);
}

void chat_presses(struct chat_world *c, struct human *h, const struct shown_panel *p, size_t button)
{
    struct doing d = { .kind = EVENT_CLICKED, .panel = true, .home = p->home };
    const char *value = p->buttons[button].value, *behind = strchr(value, ':');
    STR_SET(d.person, h->ids[c->number]);
    STR_SET(d.action, p->buttons[button].action);
    STR_SET(d.handle, value);
    snprintf(d.message_id, sizeof d.message_id, "p%u", p->no);
    next_id(c, d.id);
    tell("L", "%s\t%s\t%s\tp%u\t%s\t%s", chat_name(c), d.person, d.id, p->no, d.action,
         one_line(behind ? behind + 1 : value));
    happen(c, &d);
}

void chat_delete(struct chat_world *c, int message)
{
    if (!sim.dials[DIAL_POST_DELETED] || c->messages[message].deleted)
        return;
    hit(DIAL_POST_DELETED);
    c->messages[message].deleted = true;
    tell("Q", "%s\tm%d", chat_name(c), message);
    char id[24];
    id_of(c, message, id);
    if (is_polled(c))
        homeserver_deleted(id);
}

/* ---- what the process asks ---- */

struct question_asked {
    struct chat_world *chat;
    enum effect_kind kind;
    uint64_t effect_id;
    char who[40];
    size_t message_count;
    char messages[LIMIT_CASES][16];
    ms_t since_ms;
    bool fails;
};

static struct event *answer_to(const struct question_asked *q, enum event_kind kind)
{
    struct inbox *inbox = process_inbox();
    struct event *e = inbox_new(inbox, kind, chat_name(q->chat));
    e->effect_id = q->effect_id;
    e->error = q->fails ? "the chat did not answer" : NULL;
    return e;
}

static void identify(const struct question_asked *q)
{
    struct event *e = answer_to(q, EVENT_IDENTIFIED);
    e->identified_flags = IDENTITY_UNREAD;
    for (size_t i = 0; i < sim.people_count; i++)
        if (str_equal(sim.people[i].ids[q->chat->number], q->who))
            e->identified_flags = q->chat->number ? sim.people[i].flags[q->chat->number]
                                                  : in_slack_identity(&sim.people[i]);
    inbox_put(process_inbox(), e);
}

static void look_back(const struct question_asked *q)
{
    enum { NEWEST = 60, NEWEST_OF_YEARS = 10 };
    size_t most = sim.kind == STORY_OF_YEARS ? NEWEST_OF_YEARS : NEWEST;
    struct chat_world *c = q->chat;
    struct event *e = answer_to(q, EVENT_LOOKED_BACK);
    struct sighting *seen = arena_take(inbox_arena(process_inbox()), NEWEST * sizeof *seen);
    size_t count = 0;
    for (size_t n = c->message_count; n-- > 0 && count < most;)
        if (!c->messages[n].deleted && !str_equal(c->messages[n].kind, "direct"))
            seen[count++] = c->messages[n].sighting;
    if (!q->fails)
        e->looked = (struct event_looked){ .seen = seen, .count = count };
    inbox_put(process_inbox(), e);
}

static void put_standing(struct chat_world *c, const char *id)
{
    struct inbox *inbox = process_inbox();
    struct arena *arena = inbox_arena(inbox);
    int n = number_of(c, id);
    if (n < 0 || c->messages[n].deleted)
        return;
    const struct chat_message *m = &c->messages[n];
    struct standing_vote *votes = arena_take(arena, (m->vote_count + 1) * sizeof *votes);
    for (size_t i = 0; i < m->vote_count; i++)
        votes[i] = (struct standing_vote){ arena_copy(arena,
                                                      sim.people[m->vote[i].person].ids[c->number]),
                                           arena_copy(arena, m->vote[i].reaction) };
    struct event *e = inbox_new(inbox, EVENT_STANDING, chat_name(c));
    e->message_id = arena_copy(arena, id);
    e->standing = (struct event_standing){ votes, m->vote_count, true };
    inbox_put(inbox, e);
}

/* What was said since the mark, the votes, and then the mark; the rest comes once that is on disk.
 */
static void catch_up(const struct question_asked *q)
{
    struct chat_world *c = q->chat;
    struct inbox *inbox = process_inbox();
    if (q->fails) {
        inbox_put(inbox, answer_to(q, EVENT_CAUGHT_UP));
        return;
    }
    for (size_t i = 0; i < c->said_count; i++)
        if (link_of(c)->has_cursor ? c->said[i]->place > link_of(c)->cursor
                                   : q->since_ms && c->said[i]->at_ms >= q->since_ms) {
            struct doing d = *c->said[i];
            d.caught_up = true;
            put_doing(&d);
        }
    for (size_t i = 0; i < q->message_count; i++)
        put_standing(c, q->messages[i]);
    link_of(c)->cursor = c->place;
    link_of(c)->has_cursor = true;
    link_of(c)->looking_id = q->effect_id;
    struct event *mark = inbox_new(inbox, EVENT_MARK, chat_name(c));
    mark->mark = arena_printf(inbox_arena(inbox), "%" PRIu64, link_of(c)->cursor);
    inbox_put(inbox, mark);
}

static void question_answered(void *arg)
{
    struct question_asked q = *(struct question_asked *)arg;
    free(arg);
    point("a chat answers");
    if (q.kind == EFFECT_IDENTIFY)
        identify(&q);
    else if (q.kind == EFFECT_LOOK_BACK)
        look_back(&q);
    else
        catch_up(&q);
}

static bool ask(struct chat_world *c, const struct effect *e)
{
    struct question_asked *q = calloc(1, sizeof *q);
    if (!q)
        abort();
    *q = (struct question_asked){ .chat = c, .kind = e->kind, .effect_id = e->id };
    q->fails = !chat_is_reachable(c) || chat_storm_strikes(c, DIAL_UNREADABLE, 15);
    if (e->kind == EFFECT_IDENTIFY)
        STR_SET(q->who, e->identify);
    if (e->kind == EFFECT_CATCH_UP)
        q->since_ms = e->catch_up.since_ms;
    if (e->kind == EFFECT_CATCH_UP)
        for (size_t i = 0; i < e->catch_up.message_count && i < LIMIT_CASES; i++)
            STR_SET(q->messages[q->message_count++], e->catch_up.message_ids[i]);
    later(sim.now_ms + travel(c, 200), sim.me->epoch, question_answered, q);
    return true;
}

static void open_form(struct chat_world *c, const struct effect_form *f)
{
    for (size_t i = 0; i < sim.people_count; i++)
        if (str_equal(sim.people[i].ids[c->number], f->otherwise.person_id)) {
            STR_SET(sim.people[i].form, f->form);
            STR_SET(sim.people[i].form_handle, f->handle);
            sim.people[i].form_chat = c->number;
        }
    tell("H", "%s\t%s\t%s\t%s", chat_name(c), str_or_empty(f->otherwise.person_id), f->form,
         str_or_empty(f->handle));
}

/* Oldest last: what was shown before can still be pressed. */
static void show_alone(struct chat_world *c, const struct effect *e, const char *person_id)
{
    CLEANUP(buf_done) struct buf lines;
    buf_init(&lines, 128 * 1024);
    for (size_t i = 0; i < sim.people_count; i++) {
        struct human *h = &sim.people[i];
        if (c->number || !str_equal(h->ids[0], person_id))
            continue;
        struct shown_panel *p = &h->panels[h->panels_shown++ % PANELS_KEPT];
        buf_clear(&lines);
        in_slack_show_panel(e, process_people(), p, &lines);
        p->no = ++c->panels;
        tell("p", "%s\tp%u\t%s\t%s", chat_name(c), p->no, person_id, one_line(buf_text(&lines)));
    }
}

static bool is_real_for(const struct chat_link *l, const struct effect *e)
{
    return l->real && e->kind == EFFECT_CATCH_UP;
}

/* The answer is on record, its question acknowledged, and it has not gone out. From a stream of its
   own. */
static void may_die_unanswered(const struct effect *e)
{
    struct chance mine;
    if ((e->kind != EFFECT_ANSWER && e->kind != EFFECT_FORM) || !sim.dials[DIAL_UNANSWERED] ||
        sim.calm || !sim.in_bot || sim.me->dies_in)
        return;
    chance_seed(&mine, sim.seed, (uint64_t)sim.now_ms ^ 7);
    if (!chance_percent(&mine, 4))
        return;
    hit(DIAL_UNANSWERED);
    sim.me->dies_in = 1;
    sim.me->down_for_ms = chance_percent(&mine, 70) ? chance_between(&mine, 100, 20 * MS_SECOND)
                                                    : chance_between(&mine, MS_MINUTE, MS_HOUR);
    if (sim.now_ms + sim.me->down_for_ms > sim.faults_end_ms)
        sim.me->down_for_ms = MS_SECOND;
}

static bool chat_perform(struct adapter *a, const struct effect *e, struct err *err)
{
    struct chat_world *c = chat_of(a);
    may_die_unanswered(e);
    point("before an effect");
    bool done = true;
    switch ((int)e->kind) {
    case EFFECT_DELIVER: done = deliver(c, e, err); break;
    case EFFECT_IDENTIFY:
    case EFFECT_LOOK_BACK:
    case EFFECT_CATCH_UP:
        done = is_real_for(link_of(c), e) ? link_of(c)->real->ops->perform(link_of(c)->real, e, err)
                                          : ask(c, e);
        break;
    case EFFECT_ANSWER:
        tell("A", "%s\t%s\t%s", chat_name(c), str_or_empty(e->answer.person_id),
             one_line(e->answer.text));
        if (e->answer.panel)
            show_alone(c, e, e->answer.person_id);
        inbox_answered(process_inbox(), e->id);
        break;
    case EFFECT_HOME: show_alone(c, e, e->home.person_id); break;
    case EFFECT_FORM:
        open_form(c, &e->form);
        inbox_answered(process_inbox(), e->id);
        break;
    default: done = err_set(err, "a chat cannot do that");
    }
    point("after an effect");
    return done;
}

static bool chat_start(struct adapter *a, struct err *err)
{
    struct chat_world *c = chat_of(a);
    if (link_of(c)->real)
        return link_of(c)->real->ops->start(link_of(c)->real, err);
    connect_later(c, chance_between(&sim.world, 100, 900));
    return true;
}

static void chat_acknowledge(struct adapter *a, const struct event *e)
{
    struct chat_world *c = chat_of(a);
    point("acknowledge");
    if (link_of(c)->real) {
        if (e->kind == EVENT_MARK)
            homeserver_marked(e->mark);
        homeserver_heard(e->id);
        link_of(c)->real->ops->acknowledge(link_of(c)->real, e);
        return;
    }
    if (e->kind == EVENT_MARK) {
        struct inbox *inbox = process_inbox();
        struct event *done = inbox_new(inbox, EVENT_CAUGHT_UP, chat_name(c));
        done->effect_id = link_of(c)->looking_id;
        done->heard.again_ms = sim.kind == STORY_OF_YEARS ? 6 * MS_HOUR : 5 * MS_MINUTE;
        inbox_put(inbox, done);
    }
    for (size_t i = 0; e->id && i < COUNT(link_of(c)->unacknowledged); i++)
        if (link_of(c)->unacknowledged[i] &&
            str_equal(link_of(c)->unacknowledged[i]->bot_id, e->id)) {
            link_of(c)->unacknowledged[i]->acknowledged = true;
            tell("a", "%s\t%s", chat_name(c), link_of(c)->unacknowledged[i]->id);
        }
}

static void chat_renew(struct adapter *a, struct adapter_credentials *c) { (void)a, (void)c; }

static void chat_stop(struct adapter *a) { (void)a; }

static const struct adapter_ops OPS[CHATS] = {
    { "slack", ADAPTER_CHAT, chat_start, chat_perform, chat_acknowledge, chat_render, chat_renew,
      chat_stop, true, false },
    { "matrix", ADAPTER_CHAT, chat_start, chat_perform, chat_acknowledge, chat_render, chat_renew,
      chat_stop, false, false },
};

void chats_use_rules(void)
{
    if (sim.chat_count > 1)
        in_matrix_begin(process_people(), process_policy());
    homeserver_use_rules();
}

struct adapter *chat_adapter(struct chat_world *c, const char *cursor)
{
    struct chat_link *l = link_of(c);
    l->chat = c;
    l->adapter.ops = &OPS[c->number];
    if (c->number)
        in_matrix_begin(process_people(), process_policy());
    if (is_polled(c))
        l->real = homeserver_adapter(cursor);
    l->up = false;
    l->has_cursor = cursor != NULL;
    l->cursor = cursor ? strtoull(cursor, NULL, 10) : 0;
    return &l->adapter;
}

void chat_process_gone(struct chat_world *c)
{
    struct chat_link *l = link_of(c);
    l->up = false;
    if (l->real)
        homeserver_process_gone();
    l->real = NULL;
    for (size_t i = 0; i < COUNT(l->unacknowledged); i++) {
        free(l->unacknowledged[i]);
        l->unacknowledged[i] = NULL;
    }
}

struct chat_world *chat_new(int number)
{
    struct chat_world *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->number = number;
    if (is_polled(c))
        homeserver_new(c);
    return c;
}

void chat_free(struct chat_world *c)
{
    chat_process_gone(c);
    if (is_polled(c))
        homeserver_free();
    for (size_t i = 0; i < c->message_count; i++)
        free(c->messages[i].body);
    for (size_t i = 0; i < c->said_count; i++)
        free(c->said[i]);
    free(c->messages);
    free(c);
}
