/* Chats that are made up, at the port that every adapter fills. Each holds its messages, who said
   and pressed what in it, and the connection to the process, which may be away, lose, repeat and
   delay in both directions. */
#include "tests/sim/chats.h"
#include "core/fact.h"
#include "core/rich.h"
#include "port/adapter.h"
#include "port/inbox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES_MOST = 4096, SAYINGS_MOST = 4096 };

struct chat_world {
    struct adapter adapter; /* first: what the engine is lent */
    int number;
    struct chat_message messages[MESSAGES_MOST];
    size_t message_count;
    struct doing *said[SAYINGS_MOST]; /* kept, to be found by looking back */
    size_t said_count;
    uint64_t place, cursor, looking_id;
    struct doing *unacknowledged[64];
    bool up, has_cursor; /* for the process that runs */
    ms_t down_until_ms, storm_until_ms, closed_until_ms;
    unsigned started; /* epoch of the process that wants a connection */
};

static const char *const NAMES[CHATS] = { "slack", "matrix" };

const char *chat_name(const struct chat_world *c) { return NAMES[c->number]; }

size_t chat_messages(const struct chat_world *c, const struct chat_message **ret)
{
    *ret = c->messages;
    return c->message_count;
}

static bool storms(const struct chat_world *c)
{
    return !sim.calm && sim.now_ms < c->storm_until_ms;
}

static bool storm_strikes(const struct chat_world *c, enum dial d, unsigned percent)
{
    return storms(c) && strikes(d, percent);
}

static bool reachable(const struct chat_world *c)
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
           (storm_strikes(c, DIAL_CALL_LATE, 10) ? chance_between(&sim.world, MS_SECOND, 20000)
                                                 : 0);
}

/* ---- what a message looks like: a line for each part ---- */

struct delivery {
    struct chat_world *chat;
    unsigned epoch;
    uint64_t effect_id;
    enum message_kind kind;
    char *body;
    char edit_id[24], thread_id[24], person_id[40], key[96], error[64];
    bool is_edit, needs_thread, look_first, answer_is_lost, direct;
    enum event_kind outcome;
    struct event_delivery result;
    char remote_id[24];
};

static void add_plain(struct buf *out, const char *rich)
{
    const char *at = str_or_empty(rich);
    for (;;) {
        struct rich_piece p = rich_next(&at);
        switch (p.kind) {
        case RICH_END: return;
        case RICH_MENTION: buf_addf(out, "<@%s>", p.person_key); break;
        case RICH_TIME: buf_addf(out, "<t:%" PRId64 ">", p.at_ms); break;
        case RICH_ESCALATION: buf_add(out, "<!here>"); break;
        case RICH_TEXT:
        case RICH_STRONG:
        case RICH_CODE:
        case RICH_CHANNEL:
        case RICH_FOR_BUTTONS:
            for (size_t i = 0; i < p.text_bytes; i++)
                buf_add_char(out, p.text[i] == '\n' ? ' ' : p.text[i]);
            break;
        }
    }
}

static void add_part(struct buf *out, const char *name, const char *rich)
{
    if (!rich || !rich[0])
        return;
    buf_addf(out, "%s=", name);
    add_plain(out, rich);
    buf_add(out, "\n");
}

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
    if (((const struct chat_world *)a)->number == 0) {
        in_slack_render(m, process_people(), out);
        return true;
    }
    buf_addf(out, "kind=%s\n", kind_name(m->kind));
    add_part(out, "key", m->key);
    add_part(out, "case", m->case_id);
    add_part(out, "state", m->state);
    add_part(out, "question", m->question);
    add_part(out, "to", m->to);
    if (m->alarm)
        buf_add(out, "alarm=1\n");
    if (m->votes)
        buf_add(out, "votes=1\n");
    add_part(out, "headline", m->headline);
    add_part(out, "body", m->body);
    for (size_t i = 0; i < m->field_count; i++) {
        buf_addf(out, "field=%s: ", m->fields[i].label);
        add_plain(out, m->fields[i].value);
        buf_add(out, "\n");
    }
    for (size_t i = 0; i < m->button_count; i++)
        buf_addf(out, "button=%s %s\n", m->buttons[i].action, str_or_empty(m->buttons[i].handle));
    add_part(out, "footer", m->footer);
    add_part(out, "text", m->text);
    if (m->witness.store)
        buf_addf(out, "witness=%" PRIu64 " %s %s %" PRId64 "\n", m->witness.record, m->witness.hash,
                 m->witness.store, m->witness.since_ms);
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
        sscanf(line, "witness=%" SCNu64 " %64s %16s %" SCNd64, &m->sighting.record,
               m->sighting.hash, m->sighting.store, &m->sighting.since_ms);
    }
    m->sighting.case_no = case_id_read(m->case_id);
    STR_SET(m->sighting.state, m->state);
}

static void set_body(const struct chat_world *c, struct chat_message *m, const struct delivery *d)
{
    free(m->body);
    m->body = strdup(d->body);
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

static const char *shown(const struct chat_world *c, const struct chat_message *m)
{
    static struct buf lines;
    if (c->number != 0)
        return one_line(m->body);
    if (!lines.ceiling)
        buf_init(&lines, 64 * 1024);
    buf_clear(&lines);
    in_slack_show(m, &lines);
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
        n = (int)c->message_count++;
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
}

static bool was_found(struct delivery *d)
{
    struct chat_world *c = d->chat;
    for (int n = (int)c->message_count - 1; d->look_first && n >= 0; n--)
        if (str_equal(c->messages[n].key, d->key) && !c->messages[n].deleted) {
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
    } else if (storm_strikes(c, DIAL_CALL_REFUSED, 10)) {
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

static bool deliver(struct chat_world *c, const struct effect *e)
{
    struct delivery *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    *d = (struct delivery){ .chat = c,
                            .epoch = sim.epoch,
                            .effect_id = e->id,
                            .kind = e->deliver.kind,
                            .body = strdup(e->deliver.body),
                            .is_edit = e->deliver.edit_id != NULL,
                            .needs_thread = e->deliver.thread_id != NULL,
                            .look_first = e->deliver.look_first,
                            .direct = e->deliver.person_id != NULL };
    STR_SET(d->edit_id, e->deliver.edit_id);
    STR_SET(d->thread_id, e->deliver.thread_id);
    STR_SET(d->person_id, e->deliver.person_id);
    STR_SET(d->key, e->deliver.key);
    if (!reachable(c) || storm_strikes(c, DIAL_CALL_LOST, 10)) {
        refuse(d, "the connection was refused");
        tell_process(d, MS_SECOND);
        return true;
    }
    d->answer_is_lost = storm_strikes(c, DIAL_ANSWER_LOST, 12);
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
    later(sim.now_ms + after_ms, sim.epoch, connect_again, arg);
}

static void connect_again(void *arg)
{
    struct chat_world *c = *(struct chat_world **)arg;
    free(arg);
    if (c->up)
        return;
    if (!reachable(c)) {
        connect_later(c, 2 * MS_SECOND);
        return;
    }
    c->up = true;
    tell("N", "%s\tconnected", chat_name(c));
    chat_event(c, EVENT_CHAT_UP, NULL);
}

static void connection_breaks(void *arg)
{
    struct chat_world *c = *(struct chat_world **)arg;
    free(arg);
    if (!c->up)
        return;
    c->up = false;
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
    if (!sim.epoch)
        return;
    struct chat_world **arg = malloc(sizeof *arg);
    if (!arg)
        abort();
    *arg = c;
    later(sim.now_ms + chance_between(&sim.world, 0, 6 * MS_SECOND), sim.epoch, connection_breaks,
          arg);
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

/* ---- what people do there ---- */

static struct event *plain_event(const struct doing *d, struct inbox *inbox)
{
    struct arena *arena = inbox_arena(inbox);
    struct event *e = inbox_new(inbox, d->kind, chat_name(d->chat));
    e->id = arena_copy(arena, d->id);
    e->actor.id = arena_copy(arena, d->person);
    e->actor.flags = d->kind == EVENT_REACTED ? IDENTITY_UNREAD : 0;
    e->place = PLACE_CHANNEL;
    e->message_id = arena_copy(arena, d->message_id);
    e->trigger = d->caught_up ? NULL : "trigger";
    e->caught_up = d->caught_up;
    e->said_ms = d->caught_up ? d->at_ms : 0;
    switch ((int)d->kind) {
    case EVENT_SAID: e->said.text = arena_copy(arena, d->text); break;
    case EVENT_CLICKED:
        e->clicked = (struct event_clicked){ arena_copy(arena, d->action),
                                             arena_copy(arena, d->handle) };
        break;
    case EVENT_SUBMITTED:
        e->submitted = (struct event_submitted){ .form = arena_copy(arena, d->action),
                                                 .handle = arena_copy(arena, d->handle),
                                                 .account = arena_copy(arena, d->account),
                                                 .duration = arena_copy(arena, d->duration),
                                                 .task = "",
                                                 .ticket = "",
                                                 .reason = arena_copy(arena, d->reason) };
        break;
    default:
        e->reacted = (struct event_reacted){ arena_copy(arena, d->reaction),
                                             arena_printf(arena, "%012" PRIu64, d->place) };
    }
    return e;
}

static void put_doing(struct doing *d)
{
    struct inbox *inbox = process_inbox();
    struct event *e = d->chat->number ? plain_event(d, inbox) : in_slack_event(d, inbox);
    if (!e)
        return;
    if (d->caught_up) {
        e->caught_up = true;
        e->said_ms = d->at_ms;
    }
    STR_SET(d->bot_id, e->id);
    sim.events++;
    if (sim.dies_with_doing) {
        sim.dies_in = sim.dies_with_doing;
        sim.dies_with_doing = 0;
    }
    inbox_put(inbox, e);
}

static void doing_arrives(void *arg);

static void send_doing(struct doing *d, ms_t after_ms)
{
    struct doing *copy = malloc(sizeof *copy);
    if (!copy)
        abort();
    *copy = *d;
    later(sim.now_ms + after_ms, sim.epoch, doing_arrives, copy);
}

/* The service sends again what is not acknowledged, three times. */
static void doing_arrives(void *arg)
{
    struct doing *d = arg;
    struct chat_world *c = d->chat;
    if (!c->up || !reachable(c)) {
        free(d);
        return;
    }
    put_doing(d);
    size_t slot = d->place % COUNT(c->unacknowledged);
    free(c->unacknowledged[slot]);
    c->unacknowledged[slot] = d;
}

static void watch_acknowledgement(void *arg)
{
    struct doing *d = arg;
    struct chat_world *c = d->chat;
    struct doing *there = c->unacknowledged[d->place % COUNT(c->unacknowledged)];
    bool unheard = there && str_equal(there->id, d->id) && !there->acknowledged;
    if (unheard && c->up && d->sent < 3) {
        d->sent++;
        put_doing(d);
        later(sim.now_ms + 3 * MS_SECOND, sim.epoch, watch_acknowledgement, d);
        return;
    }
    free(d);
}

/* Numbers of doings are above those of messages. */
static void next_id(const struct chat_world *c, char ret_id[24])
{
    snprintf(ret_id, 24, "%010u.%06u", (unsigned)(sim.now_ms / 1000), 500001 + (unsigned)c->place);
}

static void happen(struct chat_world *c, struct doing *d)
{
    d->chat = c;
    d->at_ms = sim.now_ms;
    d->place = c->place + 1;
    next_id(c, d->id);
    c->place++;
    if (d->kind == EVENT_SAID && !d->slash && c->said_count < SAYINGS_MOST) {
        struct doing *kept = malloc(sizeof *kept);
        if (!kept)
            abort();
        *kept = *d;
        c->said[c->said_count++] = kept;
    }
    if (!sim.epoch || !c->up || !reachable(c) || storm_strikes(c, DIAL_EVENT_LOST, 10))
        return;
    ms_t after = chance_between(&sim.world, 20, 400) +
                 (storm_strikes(c, DIAL_EVENT_LATE, 20) ? chance_between(&sim.world, 0, 90000) : 0);
    send_doing(d, after);
    if (storm_strikes(c, DIAL_EVENT_TWICE, 20))
        send_doing(d, after + chance_between(&sim.world, 0, 10 * MS_MINUTE));
    struct doing *watch = malloc(sizeof *watch);
    if (!watch)
        abort();
    *watch = *d;
    later(sim.now_ms + after + 3 * MS_SECOND, sim.epoch, watch_acknowledgement, watch);
}

void chat_says(struct chat_world *c, struct human *h, const char *text)
{
    struct doing d = { .kind = EVENT_SAID };
    STR_SET(d.person, h->ids[c->number]);
    STR_SET(d.text, text);
    next_id(c, d.id);
    STR_SET(d.message_id, d.id);
    d.slash = c->number == 0 && chance_percent(&sim.world, 50);
    tell("S", "%s\t%s\t%s\t%s", chat_name(c), d.person, d.id, one_line(text));
    happen(c, &d);
}

void chat_clicks(struct chat_world *c, struct human *h, int message, const char *action,
                 const char *handle)
{
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
    while (at < m->vote_count &&
           !(m->vote[at].person == person && str_equal(m->vote[at].reaction, reaction)))
        at++;
    if (on == (at < m->vote_count) || (on && m->vote_count == COUNT(m->vote)))
        return;
    if (on) {
        m->vote[m->vote_count].person = person;
        STR_SET(m->vote[m->vote_count++].reaction, reaction);
    } else {
        m->vote[at] = m->vote[--m->vote_count];
    }
    STR_SET(d.person, h->ids[c->number]);
    STR_SET(d.reaction, reaction);
    id_of(c, message, d.message_id);
    next_id(c, d.id);
    tell(on ? "X" : "Y", "%s\t%s\t%s\tm%d\t%s", chat_name(c), d.person, d.id, message, reaction);
    happen(c, &d);
}

void chat_submits(struct chat_world *c, struct human *h, const char *form, const char *handle,
                  const char *account, const char *duration, const char *reason)
{
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

void chat_delete(struct chat_world *c, int message)
{
    if (!sim.dials[DIAL_POST_DELETED] || c->messages[message].deleted)
        return;
    hit(DIAL_POST_DELETED);
    c->messages[message].deleted = true;
    tell("Q", "%s\tm%d", chat_name(c), message);
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
    enum { NEWEST = 60 };
    struct chat_world *c = q->chat;
    struct event *e = answer_to(q, EVENT_LOOKED_BACK);
    struct sighting *seen = arena_take(inbox_arena(process_inbox()), NEWEST * sizeof *seen);
    size_t count = 0;
    for (size_t n = c->message_count; n-- > 0 && count < NEWEST;)
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
        if (c->has_cursor ? c->said[i]->place > c->cursor
                          : q->since_ms && c->said[i]->at_ms >= q->since_ms) {
            struct doing d = *c->said[i];
            d.caught_up = true;
            put_doing(&d);
        }
    for (size_t i = 0; i < q->message_count; i++)
        put_standing(c, q->messages[i]);
    c->cursor = c->place;
    c->has_cursor = true;
    c->looking_id = q->effect_id;
    struct event *mark = inbox_new(inbox, EVENT_MARK, chat_name(c));
    mark->mark = arena_printf(inbox_arena(inbox), "%" PRIu64, c->cursor);
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
    q->fails = !reachable(c) || storm_strikes(c, DIAL_UNREADABLE, 15);
    if (e->kind == EFFECT_IDENTIFY)
        STR_SET(q->who, e->identify);
    if (e->kind == EFFECT_CATCH_UP)
        q->since_ms = e->catch_up.since_ms;
    if (e->kind == EFFECT_CATCH_UP)
        for (size_t i = 0; i < e->catch_up.message_count && i < LIMIT_CASES; i++)
            STR_SET(q->messages[q->message_count++], e->catch_up.message_ids[i]);
    later(sim.now_ms + travel(c, 200), sim.epoch, question_answered, q);
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

static bool chat_perform(struct adapter *a, const struct effect *e, struct err *err)
{
    struct chat_world *c = (struct chat_world *)a;
    point("before an effect");
    bool done = true;
    switch ((int)e->kind) {
    case EFFECT_DELIVER: done = deliver(c, e); break;
    case EFFECT_IDENTIFY:
    case EFFECT_LOOK_BACK:
    case EFFECT_CATCH_UP: done = ask(c, e); break;
    case EFFECT_ANSWER:
        tell("A", "%s\t%s\t%s", chat_name(c), str_or_empty(e->answer.person_id),
             one_line(e->answer.text));
        break;
    case EFFECT_FORM: open_form(c, &e->form); break;
    default: done = err_set(err, "a chat cannot do that");
    }
    point("after an effect");
    return done;
}

static bool chat_start(struct adapter *a, struct err *err)
{
    struct chat_world *c = (struct chat_world *)a;
    (void)err;
    connect_later(c, chance_between(&sim.world, 100, 900));
    return true;
}

static void chat_acknowledge(struct adapter *a, const struct event *e)
{
    struct chat_world *c = (struct chat_world *)a;
    point("acknowledge");
    if (e->kind == EVENT_MARK) {
        struct inbox *inbox = process_inbox();
        struct event *done = inbox_new(inbox, EVENT_CAUGHT_UP, chat_name(c));
        done->effect_id = c->looking_id;
        done->heard.again_ms = 5 * MS_MINUTE;
        inbox_put(inbox, done);
    }
    for (size_t i = 0; e->id && i < COUNT(c->unacknowledged); i++)
        if (c->unacknowledged[i] && str_equal(c->unacknowledged[i]->bot_id, e->id)) {
            c->unacknowledged[i]->acknowledged = true;
            tell("a", "%s\t%s", chat_name(c), c->unacknowledged[i]->id);
        }
}

static void chat_renew(struct adapter *a, struct adapter_credentials *c) { (void)a, (void)c; }

static void chat_stop(struct adapter *a) { (void)a; }

static const struct adapter_ops OPS[CHATS] = {
    { "slack", ADAPTER_CHAT, chat_start, chat_perform, chat_acknowledge, chat_render, chat_renew,
      chat_stop, true },
    { "matrix", ADAPTER_CHAT, chat_start, chat_perform, chat_acknowledge, chat_render, chat_renew,
      chat_stop, false },
};

struct adapter *chat_adapter(struct chat_world *c, const char *cursor)
{
    c->adapter.ops = &OPS[c->number];
    c->up = false;
    c->has_cursor = cursor != NULL;
    c->cursor = cursor ? strtoull(cursor, NULL, 10) : 0;
    return &c->adapter;
}

void chat_process_gone(struct chat_world *c)
{
    c->up = false;
    for (size_t i = 0; i < COUNT(c->unacknowledged); i++) {
        free(c->unacknowledged[i]);
        c->unacknowledged[i] = NULL;
    }
}

struct chat_world *chat_new(int number)
{
    struct chat_world *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->number = number;
    return c;
}

void chat_free(struct chat_world *c)
{
    chat_process_gone(c);
    for (size_t i = 0; i < c->message_count; i++)
        free(c->messages[i].body);
    for (size_t i = 0; i < c->said_count; i++)
        free(c->said[i]);
    free(c);
}
