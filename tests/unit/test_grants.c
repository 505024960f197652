/* SPDX-License-Identifier: Apache-2.0 */
/* Who may approve what: every combination of who the approver is in the chat, which role they have
   in Stax, when that stops being so, in which chat, for which question, by which way and in which
   message, played against the real core and compared with a verdict that knows nothing of it. */
#include "unit.h"

#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/turn.h"
#include "core/desk.h"
#include "core/flags.h"
#include "core/question.h"
#include "host/secret.h"

#include <stdlib.h>

enum { ANSWERS = 64 };
static const ms_t DAY_MS = 1772409600 * MS_SECOND;

/* ---- the table's dimensions ---- */

enum identity {
    FLAGGED,    /* the chat says something of the account; with no flag at all it is fine */
    UNREADABLE, /* the chat does not answer */
    UNMAPPED,
    TWICE,
    MOVED,          /* the account stands in the entry of another Admin, who had none before */
    SECOND_ACCOUNT, /* another chat account of whoever asked */
    THE_ASKER,
    IDENTITIES
};
enum { FLAG_SETS = 1 << 7 }; /* IDENTITY_GUEST to IDENTITY_MALFORMED */
enum role { ADMIN, USER, DISABLED, UNKNOWN, ROSTER_UNREADABLE, ROLES };
enum timing { BEFORE, BETWEEN, AFTER, TIMINGS }; /* the answer; answer and effect; the effect */
enum whose { APPROVER, ASKER, WHOSE };
enum way { BUTTON, REACTION, WORD, WAYS };
/* The message or moment of the answer: of that question; of an earlier one that is gone; the
   question is swapped for a greater one while the answer is looked into; a post of the case that
   puts no question. */
enum hand { OWN, OLD, SWAPPED, ELSEWHERE, HANDS };

struct story {
    enum identity identity;
    unsigned flags;
    enum role role;
    enum timing timing;
    enum whose whose;
    enum question_kind question;
    enum way way;
    enum hand hand;
    bool matrix, way_allowed;
};

/* The rule in one sentence: somebody else, who is and stays an active Admin in good standing until
   the effect, answers this very question in a way that is allowed; and so is and stays whoever
   asked. */
static bool may_be_granted(const struct story *s)
{
    bool good = s->identity == FLAGGED && s->flags == 0 && s->role == ADMIN;
    /* Who answers with an account that has moved before is the other Admin, whatever has become of
       the first one. */
    if (s->identity == MOVED && s->whose == APPROVER && s->timing == BEFORE)
        good = s->role != ROSTER_UNREADABLE;
    return s->way_allowed && s->hand == OWN && (good || s->timing == AFTER);
}

/* ---- the world ---- */

struct due {
    ms_t at_ms;
    struct event event;
    unsigned parts;
    char who[64];
    bool used;
};

struct actor {
    const char *key, *stax, *slack, *matrix;
    enum identity identity;
    unsigned flags;
    enum role role;
};

static struct desk desk;
static struct verdict out, scratch;
static struct arena arena, kept;
static struct policy policy;
static struct people people;
static struct due due[ANSWERS];
static struct actor ana, ben, cleo;
static const struct actor dora = { .key = "dora@example.com", .stax = "u-dora", .role = ADMIN };
static ms_t now_ms, ben_reads_ms;
static bool guardrail_on, roster_unreadable;
static ms_t flips_ms;
static bool flips_to;
static int lowered, events;
static const char *chat;
static struct story story;

static const char *id_of(const struct actor *a)
{
    return str_equal(chat, "slack") ? a->slack : a->matrix;
}

static const char *second_id(void)
{
    return str_equal(chat, "slack") ? "U0ANA2" : "@ana2:example.org";
}

static void add_person(const struct actor *a, bool mapped)
{
    struct person *p = &people.rows[people.count];
    if (!mapped)
        return;
    people.count++;
    *p = (struct person){ .id_count = 2 };
    STR_SET(p->key, a->identity == MOVED ? dora.key : a->key);
    STR_SET(p->ids[0].chat, "slack");
    STR_SET(p->ids[0].id, a->slack);
    STR_SET(p->ids[1].chat, "matrix");
    STR_SET(p->ids[1].id, a->matrix);
}

static void map_people(void)
{
    const struct actor *const all[] = { &ana, &ben, &cleo };
    people.count = 0;
    for (size_t i = 0; i < COUNT(all); i++)
        add_person(all[i], all[i]->identity != UNMAPPED);
    if (ana.identity != UNMAPPED) {
        struct person *p = &people.rows[0];
        STR_SET(p->ids[p->id_count].chat, chat);
        STR_SET(p->ids[p->id_count++].id, second_id());
    }
    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i]->identity == TWICE) {
            add_person(all[i], true);
            STR_SET(people.rows[people.count - 1].key, "shared@example.com");
        }
}

static const struct actor *actor_named(const char *id)
{
    return str_equal(id, id_of(&ben)) ? &ben : str_equal(id, id_of(&cleo)) ? &cleo : &ana;
}

static struct due *later(ms_t after_ms, enum event_kind kind, uint64_t effect_id)
{
    for (size_t i = 0; i < ANSWERS; i++)
        if (!due[i].used) {
            due[i] = (struct due){ .at_ms = now_ms + after_ms,
                                   .event = { .kind = kind, .chat = "", .effect_id = effect_id },
                                   .used = true };
            return &due[i];
        }
    fail_msg("too many answers on their way");
    return NULL;
}

static void perform(const struct effect *e)
{
    if (e->kind == EFFECT_SURVEY)
        later(300, EVENT_SURVEYED, e->id)->parts = e->survey.parts;
    if (e->kind == EFFECT_IDENTIFY) {
        const struct actor *a = actor_named(e->identify);
        struct due *d = later(a == &ben ? ben_reads_ms : 100, EVENT_IDENTIFIED, e->id);
        STR_SET(d->who, e->identify);
    }
    if (e->kind == EFFECT_LOOK_BACK)
        later(100, EVENT_LOOKED_BACK, e->id);
    if (e->kind == EFFECT_CATCH_UP)
        later(100, EVENT_CAUGHT_UP, e->id)->event.chat = chat;
    if (e->kind == EFFECT_CHANGE) {
        later(200, EVENT_CHANGE_ACCEPTED, e->id)->event.change.task_id = "";
        flips_ms = now_ms + 200;
        flips_to = e->change.on;
        lowered += !e->change.on;
    }
}

static void feed(struct event *e)
{
    char seed[40], hex[65];
    snprintf(seed, sizeof seed, "%d", ++events);
    secret_sha256_hex(seed, strlen(seed), hex);
    memcpy(e->entropy, hex, ENTROPY_BYTES);
    e->at_ms = now_ms;
    if (!e->question_of_message)
        e->question_of_message = "";
    verdict_init(&out, &arena, (struct turn){ .now_ms = now_ms, .entropy = e->entropy }, 0);
    out.source = (struct fact_source){ .chat = e->chat, .event_id = e->id };
    desk_handle(&desk, e, &out, &scratch);
    assert_false(out.overflow);
    for (size_t i = 0; i < out.effect_count; i++)
        perform(&out.effects[i]);
    arena_reset(&arena);
}

static size_t fill_users(struct roster_user users[4])
{
    const struct actor *const all[] = { &ana, &ben, &cleo, &dora };
    size_t n = 0;
    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i]->role != UNKNOWN)
            users[n++] = (struct roster_user){
                .id = all[i]->stax,
                .email = all[i]->key,
                .name = all[i]->stax,
                .role = all[i]->role == USER ? "customer_user" : "customer_admin",
                .status = all[i]->role == DISABLED ? "DISABLED" : "ACTIVE"
            };
    return n;
}

static void answer(struct due *d)
{
    static const struct account bakery = { "acc",    "222222222222", "bakery", "aws@example.com",
                                           "MEMBER", "ACTIVE",       NULL,     ACCOUNT_MEMBER };
    struct roster_user users[4];
    struct event e = d->event;
    d->used = false;
    if (e.kind == EVENT_SURVEYED) {
        unsigned read = roster_unreadable ? d->parts & ~(unsigned)SURVEY_ROSTER : d->parts;
        e.survey = (struct survey){ .asked = d->parts,
                                    .read = read,
                                    .failure = "answered 503",
                                    .users = users,
                                    .user_count = fill_users(users),
                                    .accounts = &bakery,
                                    .account_count = 1,
                                    .member_count = 9,
                                    .organisation_id = policy.organisation,
                                    .document_organisation_id = policy.organisation,
                                    .enabled = true,
                                    .exclusions = "",
                                    .task_log = "" };
        e.survey.flags = guardrail_on ? "SCP." STAX_ROOT_KEY "=on\n"
                                      : "SCP." STAX_ROOT_KEY "=off\n";
    } else if (e.kind == EVENT_IDENTIFIED) {
        const struct actor *a = actor_named(d->who);
        e.chat = chat;
        e.identified_flags = a->flags;
        e.error = a->identity == UNREADABLE ? "no answer" : NULL;
    }
    feed(&e);
}

static void run_for(ms_t ms)
{
    ms_t end = now_ms + ms;
    for (;;) {
        struct due *first = NULL;
        for (size_t i = 0; i < ANSWERS; i++)
            if (due[i].used && (!first || due[i].at_ms < first->at_ms))
                first = &due[i];
        ms_t alarm = ms_max(desk_due_ms(&desk), now_ms + 1);
        ms_t next = ms_min(alarm, first ? ms_max(first->at_ms, now_ms) : MS_NEVER);
        if (next > end)
            break;
        now_ms = next;
        if (flips_ms && now_ms >= flips_ms) {
            guardrail_on = flips_to;
            flips_ms = 0;
        }
        if (first && first->at_ms <= next)
            answer(first);
        else
            feed(&(struct event){ .kind = EVENT_DUE, .chat = "" });
    }
    now_ms = end;
}

/* ---- what people do ---- */

static const char *event_id(void) { return arena_printf(&kept, "Ev%d", events); }

static void say(const struct actor *a, const char *text)
{
    feed(&(struct event){ .kind = EVENT_SAID,
                          .chat = chat,
                          .id = event_id(),
                          .actor = { .id = id_of(a) },
                          .place = PLACE_CHANNEL,
                          .said = { .text = text } });
}

static const char *open_handle(void)
{
    return arena_copy(&kept, desk.case_count ? desk.cases[0].question.handle : "");
}

static void ask(const char *length)
{
    if (story.question == QUESTION_WINDOW)
        say(&ana, arena_printf(&kept, "lift bakery for %s task other because month end", length));
    else if (story.question == QUESTION_MORE_TIME)
        say(&ana, arena_printf(&kept, "extend %s because it takes long", length));
    else
        say(&ana, arena_printf(&kept, "adopt bakery for %s because month end", length));
    run_for(4 * MS_SECOND); /* it can be read */
}

static void take_back_question(void)
{
    say(&ana, story.question == QUESTION_WINDOW ? "withdraw" : "decline G-0001 because more");
    run_for(500);
}

/* Cleo approves the window that more time is asked for. */
static void lift_first(void)
{
    enum question_kind wanted = story.question;
    story.question = QUESTION_WINDOW;
    ask("20m");
    say(&cleo, "approve G-0001");
    run_for(30 * MS_SECOND);
    assert_int_equal(desk.cases[0].state, CASE_LIFTED);
    lowered = 0;
    story.question = wanted;
}

static const struct casefile *newest(void) { return &desk.cases[desk.case_count - 1]; }

static void approve(const char *handle, const char *message_of)
{
    struct event e = { .chat = chat,
                       .id = event_id(),
                       .place = PLACE_CHANNEL,
                       .message_id = "message",
                       .case_of_message = 1,
                       .question_of_message = message_of };
    const unsigned in_event = IDENTITY_BOT | IDENTITY_STRANGER | IDENTITY_MALFORMED;
    const struct actor *a = ben.identity == THE_ASKER ? &ana : &ben;
    e.actor.id = ben.identity == SECOND_ACCOUNT ? second_id() : id_of(a);
    e.actor.flags = ben.flags & in_event;
    if (story.way == BUTTON) {
        e.kind = EVENT_CLICKED;
        e.clicked.action = "approve";
        e.clicked.handle = handle;
    } else if (story.way == REACTION) {
        e.kind = EVENT_REACTED;
        e.reacted.reaction = policy.approve_reaction;
    } else {
        e.kind = EVENT_SAID;
        e.said.text = "approve";
        e.message_id = NULL;
        e.case_of_message = 0;
        e.question_of_message = "";
    }
    feed(&e);
}

/* ---- one story ---- */

static void turn_bad(void)
{
    struct actor *a = story.whose == APPROVER ? &ben : &ana;
    a->identity = story.identity;
    a->flags = story.flags;
    a->role = story.role;
    roster_unreadable = story.role == ROSTER_UNREADABLE;
    map_people();
}

static void begin(void)
{
    ana = (struct actor){
        "ana@example.com", "u-ana", "U0ANA", "@ana:example.org", FLAGGED, 0, ADMIN
    };
    ben = (struct actor){
        "ben@example.com", "u-ben", "U0BEN", "@ben:example.org", FLAGGED, 0, ADMIN
    };
    cleo = (struct actor){
        "cleo@example.com", "u-cl", "U0CLEO", "@cleo:example.org", FLAGGED, 0, ADMIN
    };
    chat = story.matrix ? "matrix" : "slack";
    policy = (struct policy){ .admin_role_count = 1,
                              .approvals = 1,
                              .acts_per_day = 1000,
                              .approve_with = APPROVE_BY_REACTION | APPROVE_BY_BUTTON |
                                              APPROVE_BY_COMMAND,
                              .min_window = MS_MINUTE,
                              .default_window = MS_HOUR,
                              .max_window = 4 * MS_HOUR,
                              .request_expires = 30 * MS_MINUTE,
                              .mailbox_proof = MAILBOX_OFF,
                              .remind_overdue = { { 0, MS_HOUR }, 2 },
                              .warn_before = MS_MINUTE,
                              .watch_after = MS_HOUR,
                              .poll_lifted = 10 * MS_SECOND,
                              .poll_idle = MS_MINUTE,
                              .poll_task = MS_SECOND,
                              .verify_gap = MS_SECOND,
                              .lift_gives_up = 30 * MS_MINUTE };
    STR_SET(policy.admin_roles[0], "customer_admin");
    STR_SET(policy.organisation, "ours");
    STR_SET(policy.approve_reaction, "white_check_mark");
    STR_SET(policy.decline_reaction, "x");
    STR_SET(policy.command_word, "/reguard");
    policy.provider = &stax_provider;
    static const unsigned ways[WAYS] = { APPROVE_BY_BUTTON, APPROVE_BY_REACTION,
                                         APPROVE_BY_COMMAND };
    desk_init(&desk);
    desk.policy = &policy;
    desk.people = &people;
    desk.commands = command_table;
    desk.command_count = command_table_count;
    memset(due, 0, sizeof due);
    now_ms = DAY_MS;
    ben_reads_ms = 100;
    guardrail_on = story.question != QUESTION_ADOPTION;
    roster_unreadable = false;
    flips_ms = 0;
    lowered = 0;
    map_people();
    feed(&(struct event){ .kind = EVENT_STARTED, .chat = "" });
    feed(&(struct event){ .kind = EVENT_CHAT_UP, .chat = chat });
    run_for(30 * MS_SECOND);
    if (story.question == QUESTION_MORE_TIME)
        lift_first();
    if (!story.way_allowed)
        policy.approve_with &= ~ways[story.way];
}

static void answer_it(void)
{
    const char *first = open_handle(), *own = first;
    if (story.hand == OLD) {
        take_back_question();
        ask("3h");
        own = arena_copy(&kept, newest()->question.handle);
    }
    if (story.hand == SWAPPED)
        ben_reads_ms = 3 * MS_SECOND;
    if (story.hand == ELSEWHERE)
        approve(own, "");
    else
        approve(first, first);
    if (story.hand == SWAPPED) {
        run_for(500);
        take_back_question();
        ask("3h");
        run_for(3 * MS_SECOND);
        ben_reads_ms = 100;
    }
}

static bool was_granted(ms_t deadline_before)
{
    switch (story.question) {
    case QUESTION_WINDOW: return lowered > 0;
    case QUESTION_MORE_TIME: return desk.cases[0].deadline_ms != deadline_before;
    case QUESTION_ADOPTION: return desk.cases[0].state == CASE_LIFTED;
    case QUESTION_ERRAND: break; /* test_errand.c */
    }
    return false;
}

static bool play(void)
{
    begin();
    ask("30m");
    ms_t deadline_before = desk.cases[0].deadline_ms;
    if (story.timing == BEFORE)
        turn_bad();
    answer_it();
    if (story.timing == BETWEEN) {
        run_for(450); /* the approval counts, and everybody is being read again */
        turn_bad();
    }
    if (story.timing == AFTER) {
        run_for(MS_SECOND);
        turn_bad();
    }
    run_for(3 * MS_MINUTE);
    bool granted = was_granted(deadline_before);
    arena_reset(&kept);
    return granted;
}

static bool is_one_flag(unsigned flags) { return (flags & (flags - 1)) == 0; }

/* Combinations that cannot be. */
static bool can_be(const struct story *s)
{
    bool same_person = s->identity == SECOND_ACCOUNT || s->identity == THE_ASKER;
    bool alike = s->identity == FLAGGED && !s->flags && s->role == ADMIN;
    if (s->identity != FLAGGED && s->flags)
        return false;
    if (alike && (s->timing != BEFORE || s->whose != APPROVER))
        return false; /* nothing turns bad, so that it does not matter whose and when */
    if (s->way == WORD && (s->hand == OLD || s->hand == ELSEWHERE))
        return false; /* a word stands under no message */
    return !same_person || (s->whose == APPROVER && s->timing == BEFORE);
}

/* Where several things are wrong at once is left to the run over all: GRANTS_ALL=1. */
static bool is_worth_it(const struct story *s)
{
    bool alike = s->identity == FLAGGED && !s->flags && s->role == ADMIN;
    if (!alike && (s->hand != OWN || !s->way_allowed))
        return false;
    return is_one_flag(s->flags) || (s->role == ADMIN && s->way == BUTTON);
}

static unsigned long played, granted_count, wrong;

static void play_one(void)
{
    if (!can_be(&story) || (!getenv("GRANTS_ALL") && !is_worth_it(&story)))
        return;
    bool expected = may_be_granted(&story), got = play();
    played++;
    granted_count += got;
    if (got == expected)
        return;
    wrong++;
    if (wrong <= 20)
        fprintf(stderr,
                "%s, but should %s: identity %d flags %u role %d timing %d whose %d question %d "
                "way %d hand "
                "%d %s%s\n",
                got ? "granted" : "not granted", expected ? "be" : "not", (int)story.identity,
                story.flags, (int)story.role, (int)story.timing, (int)story.whose,
                (int)story.question, (int)story.way, (int)story.hand, chat,
                story.way_allowed ? "" : ", way off");
}

static void every_combination_is_as_the_table_says(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    arena_init(&kept, LIMIT_ARENA_BYTES);
    static const int sizes[] = {
        FLAG_SETS + IDENTITIES - 1, ROLES, TIMINGS, WHOSE, 3, WAYS, HANDS, 2, 2
    };
    unsigned long all = 1;
    for (size_t i = 0; i < COUNT(sizes); i++)
        all *= (unsigned long)sizes[i];
    for (unsigned long n = 0; n < all; n++) {
        unsigned long rest = n;
        int at[COUNT(sizes)];
        for (size_t i = 0; i < COUNT(sizes); i++) {
            at[i] = (int)(rest % (unsigned long)sizes[i]);
            rest /= (unsigned long)sizes[i];
        }
        bool flagged = at[0] < FLAG_SETS;
        story = (struct story){ .identity = flagged ? FLAGGED
                                                    : (enum identity)(at[0] - FLAG_SETS + 1),
                                .flags = flagged ? (unsigned)at[0] : 0,
                                .role = (enum role)at[1],
                                .timing = (enum timing)at[2],
                                .whose = (enum whose)at[3],
                                .question = (enum question_kind)at[4],
                                .way = (enum way)at[5],
                                .hand = (enum hand)at[6],
                                .matrix = at[7],
                                .way_allowed = at[8] };
        play_one();
    }
    printf("%lu combinations played, %lu granted, %lu wrong\n", played, granted_count, wrong);
    arena_done(&arena);
    arena_done(&kept);
    assert_true(played > 1000 && granted_count > 100);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_combination_is_as_the_table_says) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
