/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/script.h"
#include "core/dialogue.h"
#include "core/rootwalk.h"
#include "core/vigil.h"

/* ---- texts ---- */

/* \uXXXX is a character, \xXX a byte, \*COUNT{text} repeats, {code} is the code mailed last. */
static void script_unescape(const struct run *r, const char *text, struct buf *b)
{
    for (const char *p = text; *p;) {
        char *end = NULL;
        if (strncmp(p, "\\u", 2) == 0) {
            char hex[5] = { 0 };
            STR_SET(hex, p + 2);
            utf8_add(b, (uint32_t)strtoul(hex, NULL, 16));
            p += 6;
        } else if (strncmp(p, "\\x", 2) == 0) {
            char hex[3] = { p[2], p[3], '\0' };
            buf_add_char(b, (char)strtoul(hex, NULL, 16));
            p += 4;
        } else if (strncmp(p, "\\*", 2) == 0) {
            unsigned long count = strtoul(p + 2, &end, 10);
            size_t bytes = strcspn(end + 1, "}");
            while (count-- > 0)
                buf_add_bytes(b, end + 1, bytes);
            p = end + 1 + bytes + 1;
        } else if (strncmp(p, "{code}", 6) == 0) {
            buf_add(b, r->world.code);
            p += 6;
        } else {
            buf_add_char(b, *p++);
        }
    }
}

static const char *script_text(struct run *r, const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, SCRIPT_TEXT);
    script_unescape(r, text, &b);
    return arena_copy(&r->kept, buf_text(&b));
}

static bool script_starts(const char **line, const char *words)
{
    size_t bytes = strlen(words);
    if (strncmp(*line, words, bytes) != 0 || ((*line)[bytes] && (*line)[bytes] != ' '))
        return false;
    *line += bytes + strspn(*line + bytes, " ");
    return true;
}

/* ---- people ---- */

static const char *script_event_id(struct run *r)
{
    return arena_printf(&r->kept, "Ev%lld", (long long)r->events);
}

static void script_actor(struct run *r, const struct being *b, struct event *e)
{
    const unsigned in_event = IDENTITY_BOT | IDENTITY_STRANGER | IDENTITY_MALFORMED;
    e->chat = "slack";
    e->id = script_event_id(r);
    e->actor = (struct event_actor){ .id = b->chat_id,
                                     .flags = (b->flags & in_event) |
                                              (e->kind == EVENT_REACTED ? IDENTITY_UNREAD : 0) };
    e->place = PLACE_CHANNEL;
}

/* NAME [(how)]: what they type */
static bool script_said(struct run *r, const struct being *b, const char *line)
{
    struct event e = { .kind = EVENT_SAID };
    script_actor(r, b, &e);
    e.trigger = "trigger";
    if (line[0] == '(') {
        e.said.edited = strncmp(line, "(edited)", 8) == 0;
        if (strncmp(line, "(late", 5) == 0) {
            ms_t late = 0;
            char how[16] = "";
            sscanf(line, "(late %15[^)])", how);
            if (!duration_read(how, &late))
                return false;
            e.said_ms = r->now_ms - late;
            e.caught_up = true;
        }
        bool aside = strncmp(line, "(aside)", 7) == 0;
        e.place = strncmp(line, "(direct)", 8) == 0 || aside ? PLACE_DIRECT
                  : strncmp(line, "(elsewhere)", 11) == 0    ? PLACE_ELSEWHERE
                                                             : PLACE_CHANNEL;
        e.trigger = NULL;
        e.home = e.place == PLACE_ELSEWHERE || aside ? "C01" : NULL;
        line += strcspn(line, ":");
    }
    if (*line != ':')
        return false;
    e.said.text = script_text(r, line + 1);
    run_feed(r, &e, NULL);
    return true;
}

/* Which question of the case is meant, and in which of its messages something is done: "G-0001" the
   latest question's own, "G-0001/1" that of its first one, "G-0001!" a message that puts none. */
static const char *script_question(const struct run *r, const char *id)
{
    uint32_t no = 0;
    char plain[16];
    STR_SET(plain, id);
    plain[strcspn(plain, "/!+")] = '\0';
    no = case_id_read(plain);
    const char *slash = strchr(id, '/'), *found = "";
    size_t wanted = slash ? strtoul(slash + 1, NULL, 10) : 0, seen = 0;
    for (size_t i = 0; i < r->question_count && !strchr(id, '!'); i++)
        if (r->questions[i].no == no && (++seen == wanted || !wanted))
            found = r->questions[i].handle;
    return found;
}

static uint32_t script_case(const char *id)
{
    char plain[16];
    STR_SET(plain, id);
    plain[strcspn(plain, "/!+")] = '\0';
    return case_id_read(plain);
}

/* "G-0001+G-0002": a message about both, the first one's own. */
static void script_also(const char *id, struct event *e)
{
    for (size_t i = 0; i < COUNT(e->also_of_message) && (id = strchr(id, '+')); i++)
        e->also_of_message[i] = script_case(++id);
}

/* clicks ACTION G-0001 [for G-0002]: what is pressed in a message about several */
static bool script_clicked(struct run *r, const struct being *b, const char *line)
{
    char action[32] = "", id[64] = "";
    if (sscanf(line, "%31s %63s", action, id) != 2)
        return false;
    struct event e = { .kind = EVENT_CLICKED };
    script_actor(r, b, &e);
    e.trigger = "trigger";
    e.message_id = "message";
    e.case_of_message = script_case(id);
    e.question_of_message = script_question(r, id);
    script_also(id, &e);
    const char *pressed = strstr(line, " for ");
    const struct casefile *c = desk_case_const(r->desk, pressed ? script_case(pressed + 5)
                                                                : e.case_of_message);
    e.clicked.action = action;
    if (dialogue_needs_filed(r->desk, &e) && !strstr(line, " unread"))
        c = e.filed = run_filed(r, e.case_of_message);
    bool answers = str_equal(action, "approve") || str_equal(action, "approve_recovery") ||
                   str_equal(action, "decline");
    e.clicked = (struct event_clicked){
        .action = action,
        .handle = answers ? c && strchr(id, '!') ? arena_copy(&r->kept, c->question.handle)
                                                 : e.question_of_message
                  : c     ? arena_copy(&r->kept, c->handle)
                          : "gone"
    };
    if (strstr(line, " in panel")) { /* which this person alone sees */
        const char *said = strstr(line, " said "), *words = strstr(line, " carrying ");
        e.clicked.text = said ? arena_copy(&r->kept, said + 6) : NULL;
        e.clicked.words = words ? arena_copy(&r->kept, words + 10) : NULL;
        e.clicked.panel = true;
        e.clicked.case_no = script_case(id);
        e.clicked.page = strstr(line, " on page");
        e.clicked.foreign = strstr(line, " in panel of ") != NULL;
        e.clicked.handle = !c        ? ""
                           : answers ? arena_copy(&r->kept, c->question.handle)
                                     : arena_copy(&r->kept, c->handle);
        e.message_id = NULL;
        e.case_of_message = 0;
        e.question_of_message = "";
        e.place = PLACE_DIRECT;
    }
    run_feed(r, &e, NULL);
    return true;
}

static bool script_reacted(struct run *r, const struct being *b, enum event_kind kind,
                           const char *line)
{
    char reaction[32] = "", id[64] = "";
    if (sscanf(line, "%31s %63s", reaction, id) != 2)
        return false;
    struct event e = { .kind = kind,
                       .message_id = "message",
                       .case_of_message = script_case(id),
                       .question_of_message = script_question(r, id),
                       .reacted = { .reaction = reaction } };
    script_also(id, &e);
    script_actor(r, b, &e);
    run_feed(r, &e, NULL);
    return true;
}

/* fills FORM …, the same before it is sent; submits FORM [G-0001] | account=…; duration=…; … or, in
   place of FORM, "the-open-form": the one opened last, with what it carries. */
static bool script_form(struct run *r, const struct being *b, const char *line,
                        enum event_kind kind)
{
    char head[64], *values = arena_copy(&r->kept, line);
    char *form = world_piece(&values, '|'), *id = head;
    STR_SET(head, form);
    form = world_piece(&id, ' ');
    struct event e = { .kind = kind };
    script_actor(r, b, &e);
    const char *which = id ? world_piece(&id, ' ') : NULL;
    const struct casefile *c = desk_case_const(r->desk, script_case(str_or_empty(which)));
    e.submitted = (struct event_submitted){ .form = form,
                                            .handle = str_equal(form, "decline")
                                                          ? script_question(r, str_or_empty(which))
                                                      : c ? arena_copy(&r->kept, c->handle)
                                                          : "" };
    if (str_equal(form, "run")) /* of a task */
        e.submitted.handle = str_or_empty(which);
    if (str_equal(form, "the-open-form")) {
        e.submitted.form = arena_copy(&r->kept, r->world.open_form);
        e.submitted.handle = arena_copy(&r->kept, r->world.open_handle);
    }
    const char *anyway = NULL, *mailbox = NULL;
    const struct {
        const char *name;
        const char **value;
    } fields[] = { { "account", &e.submitted.account },
                   { "duration", &e.submitted.duration },
                   { "task", &e.submitted.task },
                   { "ticket", &e.submitted.ticket },
                   { "reason", &e.submitted.reason },
                   { "target", &e.submitted.target },
                   { "view", &e.submitted.view },
                   { "edition", &e.submitted.edition },
                   { "account_text", &e.submitted.account_text },
                   { "anyway", &anyway },
                   { "mailbox", &mailbox } };
    for (char *pair; (pair = world_piece(&values, ';')) != NULL;) {
        pair += strspn(pair, " ");
        char *value = strchr(pair, '=');
        if (!value)
            return false;
        *value++ = '\0';
        for (size_t i = 0; i < COUNT(fields); i++)
            if (str_equal(fields[i].name, pair))
                *fields[i].value = script_text(r, value);
    }
    e.submitted.anyway = anyway != NULL;
    e.submitted.mailbox = mailbox != NULL;
    run_feed(r, &e, NULL);
    return true;
}

/* types | TEXT: into the account's field. */
static bool script_typed(struct run *r, const struct being *b, const char *line)
{
    struct event e = { .kind = EVENT_TYPED };
    script_actor(r, b, &e);
    e.typed.text = script_text(r, line + strspn(line, " |"));
    run_feed(r, &e, NULL);
    return true;
}

static bool script_person(struct run *r, const char *line)
{
    char name[32] = "";
    STR_SET(name, line);
    name[strcspn(name, " :(")] = '\0';
    const struct being *b = world_person(&r->world, name);
    if (!b)
        return false;
    line += strlen(name);
    line += strspn(line, " ");
    if (script_starts(&line, "clicks"))
        return script_clicked(r, b, line);
    if (script_starts(&line, "reacts"))
        return script_reacted(r, b, EVENT_REACTED, line);
    if (script_starts(&line, "unreacts"))
        return script_reacted(r, b, EVENT_UNREACTED, line);
    if (script_starts(&line, "submits"))
        return script_form(r, b, line, EVENT_SUBMITTED);
    if (script_starts(&line, "opens home")) {
        struct event e = { .kind = EVENT_OPENED };
        script_actor(r, b, &e);
        e.place = PLACE_DIRECT;
        run_feed(r, &e, NULL);
        return true;
    }
    if (script_starts(&line, "types"))
        return script_typed(r, b, line);
    if (script_starts(&line, "fills"))
        return script_form(r, b, line, EVENT_FILLED);
    return script_said(r, b, line);
}

/* ---- Stax ---- */

static bool script_plan(struct world *w, const char *what)
{
    static const struct {
        const char *words;
        enum plan plan;
    } plans[] = {
        { "is answered 409", PLAN_BUSY },
        { "is to be asked again in a day", PLAN_SLOW_DOWN },
        { "is refused", PLAN_REFUSE },
        { "takes effect but is refused", PLAN_REFUSE_DONE },
        { "finds another document", PLAN_MOVED },
        { "takes effect but the answer is lost", PLAN_LOST_DONE },
        { "is lost", PLAN_LOST_UNDONE },
        { "takes effect and nothing is ever answered", PLAN_SILENT },
        { "is accepted without a task", PLAN_NO_TASK },
        { "is accepted and its task fails", PLAN_TASK_FAILS },
        { "is accepted and its task hangs", PLAN_TASK_HANGS },
        { "is accepted and its task vanishes", PLAN_TASK_VANISHES },
        { "is accepted", PLAN_ACCEPT },
    };
    for (size_t i = 0; i < COUNT(plans); i++)
        if (str_equal(plans[i].words, what) && w->plan_count < WORLD_PLANS) {
            w->plans[w->plan_count++] = plans[i].plan;
            return true;
        }
    return false;
}

static bool script_unread(struct world *w, const char *part)
{
    static const struct {
        const char *word;
        unsigned part;
    } parts[] = { { "users", SURVEY_ROSTER },
                  { "accounts", SURVEY_ACCOUNT },
                  { "organisation", SURVEY_ORGANISATION },
                  { "guardrail", SURVEY_GUARDRAIL },
                  { "task", SURVEY_TASK },
                  { "feed", SURVEY_FEED } };
    for (size_t i = 0; i < COUNT(parts); i++)
        if (str_equal(parts[i].word, part)) {
            w->unread |= parts[i].part;
            return true;
        }
    w->unread = 0;
    return str_equal(part, "nothing");
}

static bool script_user(struct run *r, const char *line)
{
    struct world *w = &r->world;
    char name[32] = "", what[16] = "", value[160] = "";
    if (sscanf(line, "%31s %15s %159s", name, what, value) < 2 || !world_person(w, name))
        return false;
    struct being *b = world_person(w, name);
    if (str_equal(what, "removed"))
        b->known = false;
    else if (str_equal(what, "name"))
        STR_SET(b->shown, script_text(r, strstr(line, "name ") + strlen("name ")));
    else if (str_equal(what, "role"))
        STR_SET(b->role, script_text(r, value));
    else if (str_equal(what, "status"))
        STR_SET(b->status, value);
    else
        return false;
    return true;
}

/* enabled yes|no · excludes WHOM · part NAME=VALUE · no part */
static bool script_beside_the_flags(struct world *w, const char *line)
{
    if (script_starts(&line, "enabled"))
        return (w->disabled = str_equal(line, "no")) || str_equal(line, "yes");
    if (script_starts(&line, "excludes"))
        return STR_SET(w->exclusions, str_equal(line, "nobody") ? "" : line);
    bool some = script_starts(&line, "part");
    if (!some && !str_equal(line, "no part"))
        return false;
    snprintf(w->part, sizeof w->part, "%.100s%s", some ? line : "", some ? "\n" : "");
    return true;
}

/* guardrail on|off by NAME · flag KEY VALUE · no flag KEY · service WORD */
static bool script_document(struct world *w, const char *line)
{
    char first[64] = "", second[64] = "", third[64] = "";
    sscanf(line, "%63s %63s %*s %63s", first, second, third);
    static const struct {
        const char *word;
        enum service_status status;
    } statuses[] = { { "active", SERVICE_ACTIVE },
                     { "configuring", SERVICE_CONFIGURING },
                     { "error", SERVICE_ERROR } };
    if (str_equal(first, "guardrail")) {
        world_console(w, second, third);
        return true;
    }
    if (str_equal(first, "organisation"))
        return STR_SET(w->organisation, str_equal(second, "ours") ? world_organisation : second);
    for (size_t i = 0; str_equal(first, "service") && i < COUNT(statuses); i++)
        if (str_equal(second, statuses[i].word)) {
            w->status = statuses[i].status;
            return true;
        }
    char key[64] = "", value[8] = "";
    w->modified_ms = w->now_ms;
    if (sscanf(line, "flag %63s %7s", key, value) == 2)
        world_set_key(w, key, value);
    else if (sscanf(line, "no flag %63s", key) == 1)
        world_drop_key(w, key);
    else
        return false;
    return true;
}

/* KEY VALUE by NAME [and turns it back at once] */
static bool script_meets(struct world *w, const char *line)
{
    char rest[64] = "";
    w->meets.key[0] = '\0';
    int got = sscanf(line, "%63s %7s by %31s %63[^\n]", w->meets.key, w->meets.value, w->meets.by,
                     rest);
    w->meets.at_once = str_equal(rest, "and turns it back at once");
    return got == 3 || w->meets.at_once;
}

static bool script_pace(struct world *w, const char *line)
{
    static const char *const words[] = { "answers reads after", "answers changes after",
                                         "tasks take" };
    ms_t *const pace[] = { &w->survey_ms, &w->change_ms, &w->task_takes_ms };
    for (size_t i = 0; i < COUNT(words); i++)
        if (script_starts(&line, words[i]))
            return duration_read(line, pace[i]);
    return false;
}

static bool script_stax(struct run *r, const char *line)
{
    struct world *w = &r->world;
    const char *rest = line;
    if (str_equal(line, "down") || str_equal(line, "up")) {
        w->down = line[0] == 'd';
        return true;
    }
    if (sscanf(line, "has %9zu accounts called many", &w->many) == 1)
        return true;
    if (str_equal(line, "ends the hanging task")) {
        w->task.hangs = false;
        return true;
    }
    if (script_starts(&rest, "cannot read"))
        return script_unread(w, rest);
    if (script_starts(&rest, "next change meets"))
        return script_meets(w, rest);
    if (script_starts(&rest, "next change"))
        return script_plan(w, rest);
    if (script_starts(&rest, "user"))
        return script_user(r, rest);
    return script_pace(w, line) || script_beside_the_flags(w, line) || script_document(w, line);
}

/* ---- chats and ourselves ---- */

/* user NAME TRAIT, or "back": what the chat says of the account from now on. */
static bool script_account(struct world *w, const char *line)
{
    char name[32] = "", trait[32] = "";
    if (sscanf(line, "%31s %31s", name, trait) != 2 || !world_person(w, name))
        return false;
    if (str_equal(trait, "back")) {
        world_person(w, name)->flags = 0;
        return true;
    }
    return world_trait(world_person(w, name), trait);
}

/* It cannot be served, but takes posts all the same, or at least what is said to people alone. */
static bool script_refuses_requests(struct run *r, const char *why, unsigned still)
{
    struct event e = {
        .kind = EVENT_CHAT_REFUSED, .chat = "slack", .error = script_text(r, why), .still = still
    };
    r->world.chat_up = true;
    run_feed(r, &e, NULL);
    return true;
}

/* G-0001 ana: WHY. What was to be said to her alone will never arrive. */
static bool script_undelivered(struct run *r, const char *line)
{
    char id[16] = "", name[32] = "";
    int bytes = 0;
    if (sscanf(line, "%15s %31[^:]: %n", id, name, &bytes) != 2 || !bytes ||
        !world_person(&r->world, name))
        return false;
    struct event e = { .kind = EVENT_DELIVERY_FAILED,
                       .chat = "slack",
                       .error = script_text(r, line + bytes),
                       .delivery = { .key = "key",
                                     .remote_id = "",
                                     .for_ever = true,
                                     .given_up = true,
                                     .kind = MESSAGE_DIRECT,
                                     .case_no = script_case(id),
                                     .to = arena_printf(&r->kept, "%s@example.com", name) } };
    run_feed(r, &e, NULL);
    return true;
}

static bool script_crowd(struct run *r, const char *line)
{
    struct event e = { .kind = EVENT_CROWDED, .chat = "slack", .crowded.ours = 1 };
    if (sscanf(line, "%18" SCNd64, &e.crowded.registered) != 1)
        return false;
    run_feed(r, &e, NULL);
    return true;
}

/* Messages that the chat would show later: "because WHY", "again"; how far ahead it takes them. */
static bool script_words(struct run *r, const char *line)
{
    if (str_equal(line, "are all called alike"))
        return r->world.later_alike = true;
    if (str_equal(line, "are left again")) {
        r->world.later_fails[0] = '\0';
        return true;
    }
    if (str_equal(line, "are left by a sleeper")) { /* one more of the newest */
        struct world *w = &r->world;
        if (w->later_count && w->later_count < COUNT(w->later)) {
            w->later[w->later_count] = w->later[w->later_count - 1];
            STR_SET(w->later[w->later_count++].id, "Q-late");
        }
        return true;
    }
    if (str_equal(line, "are gone")) {
        r->world.later_count = 0;
        return true;
    }
    if (script_starts(&line, "are taken"))
        return duration_read(line, &r->world.later_holds_ms);
    if (str_equal(line, "can begin anew"))
        return r->world.later_moves = true;
    return script_starts(&line, "cannot be left because") && STR_SET(r->world.later_fails, line);
}

static bool script_slack(struct run *r, const char *line)
{
    if (script_starts(&line, "words"))
        return script_words(r, line);
    if (script_starts(&line, "refuses requests"))
        return script_refuses_requests(r, line, CHAT_POSTS | CHAT_DIRECTS);
    if (script_starts(&line, "refuses posts:"))
        return script_refuses_requests(r, line, CHAT_TRIES | CHAT_DIRECTS);
    if (script_starts(&line, "never delivers"))
        return script_undelivered(r, line);
    if (script_starts(&line, "counts connections:"))
        return script_crowd(r, line);
    bool up = script_starts(&line, "up"), down = !up && script_starts(&line, "down"),
         refused = !up && !down && script_starts(&line, "refused");
    if (up || down || refused) {
        r->world.chat_up = up;
        run_plain_event(r,
                        up     ? EVENT_CHAT_UP
                        : down ? EVENT_CHAT_DOWN
                               : EVENT_CHAT_REFUSED,
                        "slack", script_text(r, line), NULL);
        return true;
    }
    if (str_equal(line, "cannot be read back") || str_equal(line, "can be read back again")) {
        r->world.history_unread = line[3] == 'n';
        return true;
    }
    if (script_starts(&line, "shows records of another store up to")) {
        r->world.looked = (struct event_looked){
            .why = "the channel has messages of other records",
            .record = WORLD_STRANGER_RECORD,
            .hash = "0123456789abcdef",
            .strangers = arena_printf(&r->kept, "%s:%d", world_stranger, WORLD_STRANGER_RECORD),
            .last_case = case_id_read(line)
        };
        return true;
    }
    if (script_starts(&line, "shows that the witness put back")) {
        struct sighting *s = arena_take(&r->kept, sizeof *s);
        *s = (struct sighting){ .case_no = case_id_read(line), .said_ms = r->now_ms };
        STR_SET(s->vigil, VIGIL_RESTORED);
        r->world.looked = (struct event_looked){ .seen = s, .count = 1 };
        return true;
    }
    if (str_equal(line, "tells nothing of people") || str_equal(line, "tells of people again")) {
        r->world.identities_unread = line[6] == 'n';
        return true;
    }
    if (script_starts(&line, "channel refuses posts") || str_equal(line, "channel takes posts")) {
        bool takes = str_equal(line, "channel takes posts");
        struct event e = { .kind = takes ? EVENT_DELIVERED : EVENT_DELIVERY_FAILED,
                           .chat = "slack",
                           .error = takes ? NULL : script_text(r, line),
                           .delivery = { .channel_closed = !takes, .of_channel = true } };
        run_feed(r, &e, NULL);
        return true;
    }
    if (script_starts(&line, "user"))
        return script_account(&r->world, line);
    if (script_starts(&line, "history fails because"))
        return STR_SET(r->world.catch_up_fails, line);
    if (str_equal(line, "history is there again")) {
        r->world.catch_up_fails[0] = '\0';
        return true;
    }
    if (script_starts(&line, "history is read every"))
        return duration_read(line, &r->world.catch_up_again_ms);
    if (script_starts(&line, "history takes"))
        return duration_read(line, &r->world.catch_up_ms);
    if (script_starts(&line, "history leaves out"))
        return sscanf(line, "%9zu", &r->world.catch_up_leaves_out) == 1;
    return script_starts(&line, "tells of people after") &&
           duration_read(line, &r->world.identify_ms);
}

/* "another reguard with older records", "… lives", "… is silent", "… speaks", "… has lifted G-0007
   for 30m", "… has closed G-0007". */
static bool script_twin(struct run *r, const char *line)
{
    struct world_twin *t = &r->world.twin;
    ms_t window_ms = 0;
    char id[16], length[16];
    if (str_equal(line, "with older records") || str_equal(line, "with newer records")) {
        t->there = true;
        t->shown = (struct sighting){ .store = "00aa11bb22cc33dd",
                                      .record = 1,
                                      .born_ms = WORLD_BORN_MS + (line[5] == 'o' ? -1 : 1),
                                      .said_ms = r->now_ms };
        return true;
    }
    /* Once, and knows nothing of us: it promises nothing. */
    if (str_equal(line, "speaks")) {
        t->shown.said_ms = r->now_ms;
        t->shown.again_ms = 0;
        return true;
    }
    if (str_equal(line, "lives"))
        t->shown.again_ms = 2 * r->desk->policy->poll_lifted;
    t->lives = str_equal(line, "lives") || (t->lives && !str_equal(line, "is silent"));
    if (str_equal(line, "lives") || str_equal(line, "is silent"))
        return true;
    if (sscanf(line, "has lifted %15s for %15s", id, length) == 2 &&
        duration_read(length, &window_ms))
        t->shown.until_ms = r->now_ms + window_ms;
    else if (sscanf(line, "has closed %15s", id) == 1)
        t->shown.until_ms = 0;
    else
        return false;
    t->shown.case_no = case_id_read(id);
    t->shown.said_ms = r->now_ms;
    return true;
}

/* "[policy] approvals: 1 > 2; [people] zoe@example.com: > slack:U0ZOE" */
static size_t script_rule_changes(struct run *r, const char *line, struct rule_change *to,
                                  size_t most)
{
    size_t count = 0;
    while (*line && count < most) {
        char one[256];
        size_t bytes = strcspn(line, ";");
        snprintf(one, sizeof one, "%.*s", (int)bytes, line);
        line += bytes + (line[bytes] == ';');
        line += strspn(line, " ");
        char *colon = strstr(one, ": "), *more = colon ? strrchr(colon, '>') : NULL;
        if (!more)
            return 0;
        *colon = '\0';
        char *end = more;
        while (end > colon + 2 && end[-1] == ' ')
            end--;
        *end = '\0';
        more += 1 + (more[1] == ' ');
        to[count++] = (struct rule_change){ .setting = script_text(r, one),
                                            .was = script_text(r, colon + 2),
                                            .now = script_text(r, more) };
    }
    return count;
}

static bool script_rules(struct run *r, const char *line)
{
    struct rule_change changes[LIMIT_RULE_CHANGES];
    struct event e = { .kind = EVENT_RULES_READ,
                       .chat = "",
                       .rules = { .digest = "02",
                                  .digest_before = "01",
                                  .file = "/etc/reguard/reguard.conf",
                                  .owner = "root (uid 0)",
                                  .owner_id = "0",
                                  .changes = changes,
                                  .written_ms = r->now_ms - MS_MINUTE } };
    int more = 0, bytes = 0;
    if (script_starts(&line, "refused:")) {
        e.kind = EVENT_RULES_REFUSED;
        if (sscanf(line, "and %9d more: %n", &more, &bytes) == 1 && bytes)
            line += bytes;
        e.rules.problem = script_text(r, line);
        e.rules.left_out = (size_t)more;
        run_feed(r, &e, NULL);
        return true;
    }
    e.rules.at_start = script_starts(&line, "at start,");
    if (str_equal(line, "for the first time"))
        e.rules.digest_before = "";
    else if (str_equal(line, "the same"))
        e.rules.digest_before = "02";
    else if (str_equal(line, "nobody knows of before"))
        e.rules.unknown_before = true;
    else if (!(e.rules.count = script_rule_changes(r, line, changes, COUNT(changes))))
        return false;
    run_feed(r, &e, NULL);
    return true;
}

/* "25 times ana clicks extend G-0001": at the same instant. */
static bool script_repeated(struct run *r, const char *line)
{
    int times = 0, bytes = 0;
    if (sscanf(line, "%9d times %n", &times, &bytes) != 1 || bytes == 0)
        return false;
    for (int i = 0; i < times; i++)
        if (!script_act(r, line + bytes))
            return false;
    return true;
}

/* "of 222222222222: ConsoleLogin 5m ago from 203.0.113.5, with MFA, refused"; "-" is no name */
static bool script_root(struct run *r, const char *line)
{
    char account[16], name[64], ago[16], address[64];
    ms_t ago_ms = 0;
    if (sscanf(line, "%15[0-9]: %63s %15s ago from %63[^,]", account, name, ago, address) != 4 ||
        !duration_read(ago, &ago_ms))
        return false;
    struct event e = { .kind = EVENT_ROOT_USED, .chat = "aws" };
    e.id = script_event_id(r);
    e.root = (struct event_root){ .account = arena_copy(&r->kept, account),
                                  .name = str_equal(name, "-") ? "" : arena_copy(&r->kept, name),
                                  .address = arena_copy(&r->kept, address),
                                  .mfa = strstr(line, ", with MFA")      ? ROOT_WITH_MFA
                                         : strstr(line, ", without MFA") ? ROOT_WITHOUT_MFA
                                                                         : ROOT_MFA_UNKNOWN,
                                  .denied = strstr(line, ", refused") != NULL,
                                  .happened_ms = r->now_ms - ago_ms };
    run_feed(r, &e, NULL);
    return true;
}

/* What stands at the one bucket, and how AWS takes what is asked in a root user's session. */
static bool script_bucket(struct run *r, const char *line)
{
    struct world *w = &r->world;
    if (script_starts(&line, "has the policy"))
        return STR_SET(w->policy, line);
    if (str_equal(line, "has no policy"))
        return STR_SET(w->policy, "");
    if (script_starts(&line, "refuses tasks with"))
        return STR_SET(w->task_fails, line);
    if (script_starts(&line, "deletes the first and stops with"))
        return STR_SET(w->task_part, line);
    if (script_starts(&line, "answers tasks after"))
        return duration_read(line, &w->task_ms);
    if (str_equal(line, "does tasks"))
        return STR_SET(w->task_fails, "") && STR_SET(w->task_part, "") &&
               !(w->task_silent = w->task_lies = w->task_lost = false);
    if (str_equal(line, "keeps what it deletes"))
        return (w->task_lies = true);
    if (str_equal(line, "loses what it deletes"))
        return (w->task_lost = true);
    return str_equal(line, "never answers tasks") && (w->task_silent = true);
}

/* "password, 2 keys, 1 certificates, 1 usable, mfa, made 5m ago"; "nothing" */
static bool script_root_has(struct run *r, const char *line)
{
    struct event_root_found *has = &r->world.root;
    char text[256], *rest = text, *word;
    STR_SET(text, line);
    *has = (struct event_root_found){ 0 };
    r->world.root_fails[0] = '\0';
    r->world.root_silent = false;
    while ((word = world_piece(&rest, ','))) {
        char ago[16], what[16];
        int n = 0;
        ms_t ago_ms = 0;
        word += strspn(word, " ");
        if (sscanf(word, "made %15s ago", ago) == 1 && duration_read(ago, &ago_ms))
            has->made_ms = r->now_ms - ago_ms;
        else if (sscanf(word, "%3d %15s", &n, what) == 2)
            *(str_equal(what, "keys")           ? &has->keys
              : str_equal(what, "certificates") ? &has->certificates
                                                : &has->usable) = n;
        else if (str_equal(word, "password"))
            has->password = true;
        else if (str_equal(word, "mfa"))
            has->mfa_devices = 1;
        else if (!str_equal(word, "nothing"))
            return false;
    }
    return true;
}

/* "222222222222 bakery: password, 2 keys, 1 certificates, 1 off, mfa, since 400d, used 30d, found
   10m", "333333333333 mill: refused WHY", "58 others" */
static bool script_root_row(struct run *r, const char *line, struct root_row *row)
{
    struct root_user *u = &row->user;
    char account[16] = "", name[64] = "", text[256], *rest = text, *word;
    *row = (struct root_row){ .at_ms = r->now_ms, .name = "other" };
    if (sscanf(line, "%15s %63[^:]:", account, name) != 2)
        return false;
    row->name = arena_copy(&r->kept, str_equal(name, "-") ? "" : name);
    STR_SET(row->account, account);
    STR_SET(text, strchr(line, ':') ? strchr(line, ':') + 1 : "");
    while ((word = world_piece(&rest, ','))) {
        char what[16] = "", how[16] = "";
        unsigned n = 0;
        ms_t ago_ms = 0;
        word += strspn(word, " ");
        if (strncmp(word, "refused ", 8) == 0) {
            row->at_ms = 0;
            row->why = arena_copy(&r->kept, word + 8);
        } else if (sscanf(word, "%3u %15s", &n, what) == 2) {
            u->keys += str_equal(what, "certificates") ? 0 : n;
            u->certificates += str_equal(what, "certificates") ? n : 0;
            u->keys_active += str_equal(what, "keys") ? n : 0;
            u->certificates_active = u->certificates;
        } else if (sscanf(word, "%15s %15s", what, how) == 2 && duration_read(how, &ago_ms)) {
            *(str_equal(what, "since")  ? &u->since_ms
              : str_equal(what, "used") ? &u->used_ms
                                        : &row->at_ms) = r->now_ms - ago_ms;
        } else {
            u->has_password |= str_equal(word, "password");
            u->mfa_devices |= str_equal(word, "mfa");
        }
    }
    return true;
}

/* "25 of 61 root users", "root users: ROW; ROW; … [; and 2 beside]" */
static bool script_looked(struct run *r, const char *line)
{
    struct root_rows all = { .rows = arena_take(&r->kept, RUN_ROOTS * sizeof *all.rows) };
    struct event e = { .kind = EVENT_ROOT_USERS,
                       .chat = "aws",
                       .effect_id = r->desk->rootusers.effect_id };
    const char *rows = strstr(line, "root users: ");
    char *rest = rows ? arena_copy(&r->kept, rows + 12) : NULL, *word;
    unsigned done = 0, others = 0, count = 0;
    while ((word = world_piece(&rest, ';'))) {
        word += strspn(word, " ");
        if (sscanf(word, "and %4u beside", &others) == 1) {
            all.found = others;
        } else if (sscanf(word, "%4u others", &others) == 1 && others && strlen(word) < 12) {
            for (; others && all.count < RUN_ROOTS; others--)
                all.rows[all.count++] = (struct root_row){ .at_ms = r->now_ms, .name = "other" };
        } else if (all.count == RUN_ROOTS || !script_root_row(r, word, &all.rows[all.count++])) {
            return false;
        }
    }
    all.found += all.count;
    e.roots = (struct event_roots){ .all = &all, .over = rows != NULL };
    if (sscanf(line, "%4u of %4u root users", &done, &count) == 2) {
        for (all.count = 0; all.count < count && all.count < RUN_ROOTS; all.count++)
            all.rows[all.count] = (struct root_row){ .at_ms = all.count < done ? r->now_ms : 0 };
        all.rows[0].user.has_password = true;
        all.done = done;
    }
    run_feed(r, &e, NULL);
    return true;
}

static bool script_not_looked(struct run *r, const char *line)
{
    struct event e = { .kind = EVENT_ROOT_USERS,
                       .chat = "aws",
                       .effect_id = r->desk->rootusers.effect_id,
                       .error = script_text(r, line) };
    run_feed(r, &e, NULL);
    return true;
}

static bool script_aws(struct run *r, const char *line)
{
    if (script_starts(&line, "has looked at"))
        return script_looked(r, script_text(r, line));
    if (script_starts(&line, "cannot look at root users because"))
        return script_not_looked(r, line);
    if (script_starts(&line, "has root users with"))
        return script_root_has(r, line);
    if (script_starts(&line, "refuses looks with"))
        return STR_SET(r->world.root_fails, line);
    if (str_equal(line, "never answers looks"))
        return (r->world.root_silent = true);
    if (script_starts(&line, "tells of root of"))
        return script_root(r, line);
    if (script_bucket(r, line))
        return true;
    struct event e = { .kind = EVENT_ROOT_WATCH, .chat = "aws" };
    if (script_starts(&line, "tells what cannot be read:")) {
        e.kind = EVENT_ROOT_USED;
        e.id = script_event_id(r);
        e.error = script_text(r, line);
    } else if (script_starts(&line, "cannot be heard because")) {
        e.error = script_text(r, line);
    } else if (!str_equal(line, "is heard")) {
        return false;
    }
    run_feed(r, &e, NULL);
    return true;
}

bool script_act(struct run *r, const char *line)
{
    if (line[0] >= '0' && line[0] <= '9')
        return script_repeated(r, line);
    if (script_starts(&line, "stax"))
        return script_stax(r, line);
    if (script_starts(&line, "slack invites")) {
        struct event e = { .kind = EVENT_JOINED, .chat = "slack", .id = "joined" };
        e.actor.id = "UBOT";
        run_feed(r, &e, NULL);
        return true;
    }
    if (script_starts(&line, "slack"))
        return script_slack(r, line);
    if (str_equal(line, "the code key is lost")) {
        secret_free(r->code_key);
        r->code_key = secret_from("another key");
        r->desk->code_key = r->code_key;
        return true;
    }
    if (script_starts(&line, "another reguard"))
        return script_twin(r, line);
    if (script_starts(&line, "mail server"))
        return (r->world.mail_fails = str_equal(line, "down")) || str_equal(line, "up");
    if (str_equal(line, "restart")) {
        run_restart(r);
        return true;
    }
    if (script_starts(&line, "AWS"))
        return script_aws(r, line);
    if (script_starts(&line, "operator restores because")) {
        struct event e = { .kind = EVENT_RESTORE_ORDERED, .chat = "", .order_reason = line };
        run_feed(r, &e, NULL);
        return true;
    }
    if (script_starts(&line, "operator accepts because")) {
        struct event e = { .kind = EVENT_STORE_ACCEPTED, .chat = "", .order_reason = line };
        run_feed(r, &e, NULL);
        return true;
    }
    if (script_starts(&line, "store lost because")) {
        struct event e = { .kind = EVENT_STORE_LOST, .chat = "", .doubt = { .why = line } };
        run_feed(r, &e, NULL);
        return true;
    }
    if (script_starts(&line, "store back") || script_starts(&line, "store back,")) {
        struct event e = { .kind = EVENT_STORE_BACK, .chat = "", .doubt.record = line[0] != '\0' };
        run_feed(r, &e, NULL);
        return true;
    }
    if (script_starts(&line, "rules"))
        return script_rules(r, line);
    if (script_starts(&line, "store doubted because")) {
        struct event e = { .kind = EVENT_STORE_DOUBTED, .chat = "", .doubt = { .why = line } };
        run_feed(r, &e, NULL);
        return true;
    }
    return str_equal(line, "end") || script_person(r, line);
}
