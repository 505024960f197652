/* SPDX-License-Identifier: Apache-2.0 */
/* The turn's clock and its rounds. Thousands of small stories out of random things that happen;
   between two of them the desk is asked again and again whether something follows, and nothing may
   before the instant that it has announced: a rule that waits for an instant and does not say so
   would act late, or never. And in no round may a rule do two things of which one makes the other
   wrong (tests/transcript/rounds.h). */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/doubt.h"
#include "core/question.h"
#include "core/turn.h"
#include "core/twin.h"
#include "tests/transcript/rounds.h"
#include "tests/transcript/world.h"

enum { STORIES = 10000, STORIES_QUICK = 1000, HAPPENINGS = 24, LOOKS = 6, STEPS = 600 };
static const ms_t BEGIN_MS = 1772409600 * MS_SECOND;

static struct {
    uint64_t seed, random;
    struct policy policy;
    struct people people;
    struct world world;
    ms_t now_ms;
    int numbers;     /* of events, for their ids */
    bool mute;       /* nothing that is read back comes */
    bool late;       /* it is looked at the desk when several things are due already */
    size_t troubled; /* one happening in so many is trouble; 0: none is */
    size_t steps;
    size_t told[FACT_KIND_COUNT]; /* in all stories */
} story;
static struct desk desk;
static struct desk *untouched;
static struct world *world_at_first;
static struct verdict out, scratch;
static struct arena arena;
static const unsigned char entropy[ENTROPY_BYTES] = { [ENTROPY_JITTER] = 0x7f };

static size_t below(size_t most) { return unit_below(&story.random, most); }
static bool once_in(size_t times) { return below(times) == 0; }
static ms_t between(ms_t least, ms_t most)
{
    return least + (ms_t)(unit_random(&story.random) % (uint64_t)(most - least + 1));
}

/* ---- one event, and what it asks of the world ---- */

static void ask_world(const struct effect *e)
{
    struct world *w = &story.world;
    ms_t at = story.now_ms + between(50, once_in(6) ? 20 * MS_SECOND : 900);
    if (once_in(story.troubled ? 25 : 400) || (story.mute && e->kind == EFFECT_LOOK_BACK))
        return; /* never answered */
    if (e->kind == EFFECT_SURVEY) {
        struct answer *a = world_answer(w, at, EVENT_SURVEYED, e->id);
        a->parts = e->survey.parts;
        STR_SET(a->account, e->survey.account);
        STR_SET(a->task_id, e->survey.task_id);
    } else if (e->kind == EFFECT_IDENTIFY) {
        STR_SET(world_answer(w, at, EVENT_IDENTIFIED, e->id)->chat_id, e->identify);
    } else if (e->kind == EFFECT_LOOK_BACK || e->kind == EFFECT_CATCH_UP) {
        enum event_kind kind = e->kind == EFFECT_CATCH_UP ? EVENT_CAUGHT_UP : EVENT_LOOKED_BACK;
        STR_SET(world_answer(w, at, kind, e->id)->chat_id, e->chat);
    } else if (e->kind == EFFECT_CHANGE) {
        world_change(w, e, story.now_ms);
    }
}

static void feed(struct event *e)
{
    static char id[32];
    snprintf(id, sizeof id, "Ev%d", ++story.numbers);
    e->id = id;
    e->chat = str_or_empty(e->chat);
    e->at_ms = story.now_ms;
    arena_reset(&arena);
    verdict_init(&out, &arena, (struct turn){ .now_ms = story.now_ms, .entropy = entropy }, 0);
    world_move(&story.world, story.now_ms);
    desk_handle(&desk, e, &out, &scratch);
    assert_false(out.overflow);
    const char *race = rounds_race();
    if (race[0])
        fail_msg("story %d: %s", (int)story.seed, race);
    for (size_t i = 0; i < out.fact_count; i++)
        story.told[out.facts[i].kind]++;
    for (size_t i = 0; i < out.effect_count; i++)
        ask_world(&out.effects[i]);
}

static void show_twin(struct event_looked *looked)
{
    struct world_twin *t = &story.world.twin;
    if (!t->there)
        return;
    t->shown.said_ms = t->lives ? story.now_ms : t->shown.said_ms;
    looked->seen = &t->shown;
    looked->count = 1;
    if (doubt_is_accepted(&desk, t->shown.store, t->shown.record) ||
        twin_is_news(&desk, "slack", &t->shown))
        return;
    looked->why = "the channel has messages of other records";
    looked->hash = "";
    looked->strangers = "00112233445566aa:1";
}

static void answer(void)
{
    struct world *w = &story.world;
    struct answer a = w->answers[0];
    memmove(w->answers, w->answers + 1, --w->answer_count * sizeof a);
    world_move(w, story.now_ms);
    struct event e = { .kind = a.kind,
                       .chat = "stax",
                       .effect_id = a.effect_id,
                       .error = a.error[0] ? a.error : NULL };
    bool of_a_chat = a.kind == EVENT_LOOKED_BACK || a.kind == EVENT_CAUGHT_UP;
    if (of_a_chat) {
        e.chat = str_equal(a.chat_id, "slack") ? "slack" : "matrix";
        e.error = w->history_unread ? "no answer" : NULL;
        if (a.kind == EVENT_LOOKED_BACK)
            show_twin(&e.looked);
        else
            e.heard.again_ms = once_in(3) ? 10 * MS_MINUTE : 0;
    } else if (a.kind == EVENT_SURVEYED) {
        world_survey(w, &a, &e.survey);
    } else if (a.kind == EVENT_IDENTIFIED) {
        e.chat = "slack";
        e.error = w->identities_unread ? "no answer" : NULL;
        e.identified_flags = story.troubled && once_in(60) ? IDENTITY_GUEST : 0;
    } else {
        e.change = a.change;
        e.change.task_id = a.task_id;
        e.change.flags = a.flags[0] ? a.flags : NULL;
    }
    feed(&e);
}

/* ---- what happens ---- */

static const struct casefile *any_case(void)
{
    return desk.case_count ? &desk.cases[below(desk.case_count)] : NULL;
}

static const char *somebody(void) { return story.world.people[below(4)].chat_id; }

static void say_as(const char *who, const char *words)
{
    struct event e = {
        .kind = EVENT_SAID, .chat = "slack", .actor = { .id = who }, .said = { .text = words }
    };
    feed(&e);
}

static void say(void)
{
    static const char *const words[] = {
        "lift bakery for 30m task other because month end invoices",
        "lift mill for 10m task other because month end invoices",
        "approve",
        "decline because not now",
        "withdraw",
        "extend 20m because more to do",
        "done",
        "snooze 10m",
        "put-back",
        "adopt bakery for 20m because mine",
        "status",
        "whoami",
        "confirm",
        "cleaned yes",
    };
    say_as(somebody(), words[below(COUNT(words))]);
}

static void lift(void)
{
    say_as(somebody(), once_in(2) ? "lift bakery for 20m task other because month end invoices"
                                  : "lift mill for 5m task other because month end invoices");
}

/* form: a verb, a place for the case, and more. An adoption names none. */
static void say_of(const char *who, uint32_t no, const char *form)
{
    char words[128], id[CASE_ID_BYTES];
    case_id_text(no, id);
    if (strncmp(form, "adopt", 5) == 0)
        id[0] = '\0';
    snprintf(words, sizeof words, "%.*s %s%s", (int)strcspn(form, " "), form, id,
             strstr(form, "%s") + 2);
    say_as(who, words);
}

/* As people do who mean well: the next step of some case. */
static void go_on(void)
{
    const struct casefile *c = any_case();
    const char *verb = NULL;
    if (!c || !case_is_open(c)) {
        lift();
        return;
    }
    if (c->state == CASE_LIFTED)
        verb = once_in(2) && case_is_overdue(c, story.now_ms) ? "snooze %s 5m"
               : once_in(2)                                   ? "done %s"
                                                              : "extend %s 10m because of more";
    if (c->state == CASE_OUTSIDE)
        verb = once_in(3) ? "put-back %s" : "adopt %s bakery for 20m because mine";
    if (!verb || (c->question.pending && !once_in(4)))
        verb = once_in(6) ? "confirm %s" : once_in(8) ? "decline %s because no" : "approve %s";
    say_of(somebody(), c->no, verb);
}

static void vote(void)
{
    const struct casefile *c = any_case();
    if (!c)
        return;
    struct event e = { .kind = once_in(5) ? EVENT_UNREACTED : EVENT_REACTED,
                       .chat = "slack",
                       .actor = { .id = somebody() },
                       .case_of_message = c->no,
                       .question_of_message = c->question.handle,
                       .reacted = { .reaction = once_in(8) ? "x" : "white_check_mark" } };
    feed(&e);
}

static void press(void)
{
    static const char *const actions[] = { "approve", "done",     "restore", "snooze",
                                           "approve", "put_back", "mailbox", "withdraw" };
    const struct casefile *c = any_case();
    if (!c)
        return;
    const char *action = actions[below(COUNT(actions))];
    bool answers = str_equal(action, "approve");
    struct event e = { .kind = EVENT_CLICKED,
                       .chat = "slack",
                       .actor = { .id = somebody() },
                       .case_of_message = c->no,
                       .question_of_message = c->question.handle,
                       .clicked = { .action = action,
                                    .handle = answers ? c->question.handle : c->handle } };
    feed(&e);
}

static void chat(void)
{
    static const enum event_kind kinds[] = { EVENT_CHAT_UP, EVENT_CHAT_UP, EVENT_CHAT_DOWN,
                                             EVENT_CHAT_REFUSED };
    struct event e = { .kind = kinds[below(COUNT(kinds))],
                       .chat = once_in(3) ? "matrix" : "slack",
                       .error = "no connection" };
    if (e.kind == EVENT_CHAT_REFUSED)
        e.still = (unsigned)below(8);
    feed(&e);
}

static void delivery(void)
{
    struct event e = { .kind = once_in(2) ? EVENT_DELIVERED : EVENT_DELIVERY_FAILED,
                       .chat = once_in(3) ? "matrix" : "slack",
                       .error = "the channel is archived",
                       .delivery = { .key = "G-0001-1", .remote_id = "1", .to = "" } };
    e.delivery.channel_closed = e.kind == EVENT_DELIVERY_FAILED;
    e.delivery.found = e.kind == EVENT_DELIVERED && once_in(2);
    e.delivery.of_channel = once_in(2);
    feed(&e);
}

static void records(void)
{
    static const enum event_kind kinds[] = { EVENT_STORE_DOUBTED, EVENT_STORE_ACCEPTED,
                                             EVENT_STORE_LOST, EVENT_STORE_BACK,
                                             EVENT_RESTORE_ORDERED };
    struct event e = { .kind = kinds[below(COUNT(kinds))] };
    if (e.kind == EVENT_STORE_DOUBTED || e.kind == EVENT_STORE_LOST)
        e.doubt = (struct event_doubt){ .why = "record 7 was changed", .hash = "" };
    else if (e.kind != EVENT_STORE_BACK)
        e.order_reason = "seen to";
    feed(&e);
}

static void stax(void)
{
    struct world *w = &story.world;
    switch (below(7)) {
    case 0: w->down = !w->down; break;
    case 1: w->unread = w->unread ? 0 : (unsigned)below(64); break;
    case 2: world_console(w, once_in(2) ? "off" : "on", "dan"); break;
    case 3: w->status = w->status == SERVICE_ACTIVE ? SERVICE_ERROR : SERVICE_ACTIVE; break;
    case 4:
        STR_SET(w->people[below(4)].role, once_in(2) ? "customer_user" : "customer_admin");
        break;
    default:
        if (w->plan_count < WORLD_PLANS)
            w->plans[w->plan_count++] = (enum plan)below(PLAN_TASK_VANISHES + 1);
        break;
    }
}

static void other(void)
{
    struct world *w = &story.world;
    switch (below(6)) {
    case 0: w->identities_unread = !w->identities_unread; break;
    case 1: w->history_unread = !w->history_unread; break;
    case 2: w->twin.lives = !w->twin.lives; break;
    case 3: story.mute = !story.mute; break;
    default:
        w->twin.there = true;
        w->twin.lives = true;
        w->twin.shown = (struct sighting){ .record = 1, .born_ms = once_in(2) ? 1 : BEGIN_MS };
        STR_SET(w->twin.shown.store, world_stranger);
        if (once_in(2)) {
            w->twin.shown.case_no = 7;
            w->twin.shown.until_ms = story.now_ms + between(MS_SECOND, 30 * MS_MINUTE);
            world_console(w, "off", "dan");
        }
        break;
    }
}

static void happen(void)
{
    static void (*const people[])(void) = { go_on, go_on, go_on, go_on, vote, vote, press, say };
    static void (*const trouble[])(void) = { chat, chat, delivery, delivery, records,
                                             stax, stax, stax,     other,    other };
    if (story.troubled && once_in(story.troubled))
        trouble[below(COUNT(trouble))]();
    else
        people[below(COUNT(people))]();
}

/* ---- time ---- */

static ms_t follows_ms; /* when something did, in a look; for the failure's words */

/* Nothing follows before the announced instant: looked at each second, and right before it. Of a
   long wait only some seconds are tried. */
static bool is_silent_until(ms_t until_ms)
{
    ms_t seconds = (until_ms - 1 - story.now_ms) / MS_SECOND;
    for (int i = 0; i <= LOOKS; i++) {
        ms_t second = seconds <= LOOKS ? i + 1 : between(1, seconds);
        ms_t at = i == LOOKS ? until_ms - 1 : story.now_ms + second * MS_SECOND;
        if (at >= until_ms || at <= story.now_ms)
            continue;
        verdict_init(&scratch, &arena, (struct turn){ .now_ms = at, .entropy = entropy }, 0);
        desk_settle(&desk, &scratch);
        follows_ms = at;
        if (scratch.fact_count || scratch.effect_count)
            return false;
    }
    return true;
}

/* As a machine that was stopped or has much to do. */
static ms_t looked_at_ms(ms_t due)
{
    bool late = story.late && due < MS_NEVER && !once_in(4);
    return late ? ms_max(due, story.now_ms) + between(0, once_in(4) ? MS_HOUR : MS_MINUTE) : due;
}

/* Lets everything happen that is due up to and at that instant. */
static void run_until(ms_t until_ms)
{
    struct world *w = &story.world;
    int in_a_row = 0;
    while (story.steps++ < STEPS) {
        ms_t due = desk_due_ms(&desk), looks = looked_at_ms(due);
        ms_t answers = w->answer_count ? ms_max(w->answers[0].at_ms, story.now_ms) : MS_NEVER;
        ms_t next = ms_min(ms_min(looks, answers), until_ms);
        in_a_row = due <= story.now_ms + 1 ? in_a_row + 1 : 0;
        if (in_a_row > 50)
            fail_msg("story %d: the desk does not come to rest", (int)story.seed);
        if (!is_silent_until(ms_min(due, next)))
            fail_msg("story %d: %s follows %d ms after the last event, and was announced for %d ms "
                     "after it",
                     (int)story.seed,
                     scratch.fact_count ? fact_names[scratch.facts[0].kind] : "an effect",
                     (int)(follows_ms - story.now_ms), (int)(ms_min(due, until_ms) - story.now_ms));
        if (ms_min(looks, answers) > until_ms)
            break;
        story.now_ms = ms_max(next, story.now_ms);
        struct event e = { .kind = EVENT_DUE };
        if (answers <= looks)
            answer();
        else
            feed(&e);
    }
    story.now_ms = ms_max(story.now_ms, until_ms);
}

/* ---- more time, granted right before the end ---- */

/* The window's end or its warning comes while everybody is read once more. */
static ms_t right_before_an_end_ms(const struct casefile *c)
{
    ms_t warned_ms = ms_min(story.policy.warn_before, (c->deadline_ms - c->lifted_ms) / 2);
    return c->deadline_ms - (once_in(2) ? warned_ms : 0) - between(0, 2 * MS_SECOND);
}

static void give_more_time(void)
{
    const struct casefile *c = any_case();
    if (!c || c->state != CASE_LIFTED)
        return;
    uint32_t no = c->no;
    say_of(somebody(), no, "extend %s 10m because of more");
    run_until(story.now_ms + between(MS_SECOND, 30 * MS_SECOND));
    c = desk_case(&desk, no);
    if (!c || !question_is_open(c))
        return;
    run_until(ms_max(right_before_an_end_ms(c), story.now_ms));
    for (size_t i = 0; i < 3; i++)
        say_of(story.world.people[i].chat_id, no, "approve %s");
}

/* ---- the stories ---- */

static void set_durations(struct durations *d, size_t most)
{
    ms_t at = 0;
    d->count = below(most + 1);
    for (size_t i = 0; i < d->count; i++)
        d->steps[i] = at += between(i ? MS_SECOND : 0, 10 * MS_MINUTE);
}

static void set_policy(struct policy *p)
{
    *p = (struct policy){ .provider = &stax_provider,
                          .admin_role_count = 1,
                          .approvals = once_in(4) ? 2 : 1,
                          .acts_per_day = 200,
                          .approve_with = 7,
                          .min_window = 5 * MS_MINUTE,
                          .default_window = 30 * MS_MINUTE,
                          .max_window = between(1, 4) * MS_HOUR,
                          .request_expires = between(5, 90) * MS_MINUTE,
                          .ownership = OWNERSHIP_DIRECT,
                          .mailbox_proof = once_in(4) ? MAILBOX_CONFIRM : MAILBOX_OFF,
                          .on_deadline = once_in(2) ? DEADLINE_REMIND : DEADLINE_RESTORE,
                          .warn_before = between(0, 10) * MS_MINUTE,
                          .watch_after = between(1, 60) * MS_MINUTE,
                          .poll_lifted = between(5, 60) * MS_SECOND,
                          .poll_idle = between(20, 600) * MS_SECOND,
                          .poll_task = between(1, 5) * MS_SECOND,
                          .verify_gap = between(1, 10) * MS_SECOND,
                          .lift_gives_up = between(3, 30) * MS_MINUTE };
    set_durations(&p->remind_pending, 3);
    set_durations(&p->remind_overdue, 4);
    STR_SET(p->admin_roles[0], "customer_admin");
    STR_SET(p->organisation, world_organisation);
    STR_SET(p->approve_reaction, "white_check_mark");
    STR_SET(p->decline_reaction, "x");
    STR_SET(p->command_word, "/reguard");
}

static void set_desk(void)
{
    desk_copy(&desk, untouched);
    memset(desk.talkers, 0, sizeof desk.talkers);
    memset(desk.people_talking, 0, sizeof desk.people_talking);
    memset(desk.in_vain, 0, sizeof desk.in_vain);
    memset(desk.quotas, 0, sizeof desk.quotas);
    desk.policy = &story.policy;
    desk.people = &story.people;
    desk.commands = command_table;
    desk.command_count = command_table_count;
    desk.born_ms = WORLD_BORN_MS;
    STR_SET(desk.doubt.store, world_store);
}

static void tell_story(uint64_t seed)
{
    story.seed = story.random = seed;
    story.now_ms = BEGIN_MS;
    story.steps = 0;
    story.world = *world_at_first;
    for (int i = 0; i < 3; i++)
        unit_random(&story.random); /* small seeds are much alike */
    story.troubled = below(2) ? 2 + below(6) : 0;
    story.mute = story.troubled && once_in(8);
    story.late = once_in(3);
    set_policy(&story.policy);
    set_desk();
    struct event started = { .kind = EVENT_STARTED },
                 up = { .kind = EVENT_CHAT_UP, .chat = "slack" };
    feed(&started);
    feed(&up);
    if (story.troubled && once_in(8))
        world_console(&story.world, "off", "dan");
    run_until(story.now_ms + 20 * MS_SECOND);
    for (size_t i = 2 + below(HAPPENINGS); i-- && story.steps < STEPS;) {
        happen();
        run_until(story.now_ms +
                  (once_in(4) ? between(0, 40 * MS_MINUTE) : between(0, 30 * MS_SECOND)));
        if (once_in(2))
            give_more_time();
    }
    run_until(story.now_ms + MS_HOUR);
}

/* Else the stories would be about nothing. */
static const enum fact_kind of_a_case[] = {
    FACT_ASKED,    FACT_APPROVED,        FACT_LIFT_BEGUN, FACT_CHANGE_BEGUN, FACT_LIFTED,
    FACT_EXTENDED, FACT_EXTENSION_ASKED, FACT_ENDED,      FACT_RESTORED,     FACT_FAILED,
    FACT_DECLINED, FACT_OUTSIDE_FOUND,   FACT_REMINDED,   FACT_WARNED,       FACT_EXPIRED,
    FACT_FILED,    FACT_TWIN_FOUND,
};

static void nothing_follows_before_its_announced_instant(void **state)
{
    (void)state;
    const char *only = getenv("STORY");
    uint64_t count = getenv("TRANSCRIPT_QUICK") ? STORIES_QUICK : STORIES;
    for (uint64_t seed = 1; seed <= count && !only; seed++)
        tell_story(seed);
    if (only)
        tell_story(strtoull(only, NULL, 10));
    for (size_t i = 0; i < COUNT(of_a_case) && !only; i++)
        if (story.told[of_a_case[i]] < count / 100)
            fail_msg("only %zu of the stories tell %s", story.told[of_a_case[i]],
                     fact_names[of_a_case[i]]);
    assert_true(only || rounds_looked_at() > 0);
}

/* ---- a full desk ---- */

/* Those that closed first, and no more than new ones need. */
static void closed_cases_give_way_one_by_one(void **state)
{
    (void)state;
    enum { KEPT = LIMIT_CASES - 8, MORE = 3 };
    struct event due = { .kind = EVENT_DUE };
    story.now_ms = BEGIN_MS;
    set_desk();
    story.policy = (struct policy){ .watch_after = MS_DAY };
    for (uint32_t i = 0; i < KEPT + MORE; i++)
        desk.cases[i] = (struct casefile){ .no = i + 1,
                                           .state = CASE_RESTORED,
                                           .closed_ms = BEGIN_MS - (i + 1) * MS_SECOND };
    desk.case_count = desk.last_case = KEPT + MORE;
    feed(&due);
    assert_int_equal(desk.case_count, KEPT);
    assert_int_equal(desk.cases[KEPT - 1].no, KEPT);
}

/* ---- facts ---- */

/* Whoever FACT_KINDS names knows the fact: handed one that is none of its own, a rule ends the
   process. The desk has what they look for first. */
static void every_fact_is_known_to_those_whom_it_names(void **state)
{
    (void)state;
    size_t nobodys = 0;
    for (int kind = 0; kind < FACT_KIND_COUNT; kind++) {
        struct fact asked = { .kind = FACT_ASKED, .at_ms = BEGIN_MS, .case_no = 1 },
                    up = { .kind = FACT_CHAT, .at_ms = BEGIN_MS, .verb = "slack", .on = true },
                    inquired = { .kind = FACT_INQUIRED, .at_ms = BEGIN_MS, .ref = 1 };
        set_desk();
        desk_apply(&desk, &asked);
        desk_apply(&desk, &up);
        desk_apply(&desk, &inquired);
        struct fact f = { .kind = (enum fact_kind)kind,
                          .at_ms = BEGIN_MS,
                          .case_no = 1,
                          .ref = 1,
                          .verb = "slack",
                          .people = world_stranger };
        desk_apply(&desk, &f);
        nobodys += fact_owner(f.kind) == RULE_NOBODY;
    }
    assert_int_equal(nobodys, 4); /* drifted, undelivered, rule_changed, desk_kept: on record */
}

static int set_up(void **state)
{
    static const char *const people[] = { "ana=Admin", "ben=Admin", "cleo=Admin", "dan=User" };
    struct world *w = calloc(1, sizeof *w);
    struct desk *d = calloc(1, sizeof *d);
    (void)state;
    (void)world_drop_key, (void)world_name_of; /* of the stories that are written down */
    world_init(w, &stax_provider);
    story.people.count = 0; /* of the test before */
    for (size_t i = 0; i < COUNT(people); i++) {
        char text[32];
        STR_SET(text, people[i]);
        assert_true(world_add_person(w, text));
        struct person *p = &story.people.rows[story.people.count++];
        STR_SET(p->key, w->people[i].email);
        STR_SET(p->ids[0].chat, "slack");
        STR_SET(p->ids[0].id, w->people[i].chat_id);
        p->id_count = 1;
    }
    desk_init(d);
    untouched = d;
    world_at_first = w;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    free(world_at_first);
    free(untouched);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fact_is_known_to_those_whom_it_names, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(closed_cases_give_way_one_by_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_follows_before_its_announced_instant, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
