/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/world.h"
#include "core/duration.h"
#include "core/tasks.h"
#include "host/secret.h"

const char *const world_stranger = "00112233445566aa";
const char *const world_store = "ffeeddccbbaa9988";
const char *const world_organisation = "5c1d0000-0000-4000-8000-000000000000";

/* ---- people ---- */

struct being *world_person(struct world *w, const char *name)
{
    for (size_t i = 0; i < w->people_count; i++)
        if (str_equal(w->people[i].name, name))
            return &w->people[i];
    return NULL;
}

const char *world_name_of(const struct world *w, const char *chat_id)
{
    for (size_t i = 0; i < w->people_count; i++)
        if (str_equal(w->people[i].chat_id, chat_id))
            return w->people[i].name;
    return "nobody";
}

char *world_piece(char **rest, char separator)
{
    char *piece = *rest;
    if (!piece || !*piece)
        return NULL;
    char *end = strchr(piece, separator);
    *rest = end ? end + 1 : NULL;
    if (end)
        *end = '\0';
    return piece;
}

bool world_trait(struct being *b, const char *word)
{
    static const struct {
        const char *word;
        unsigned flag;
    } flags[] = {
        { "guest", IDENTITY_GUEST },
        { "stranger", IDENTITY_STRANGER },
        { "bot", IDENTITY_BOT },
        { "gone", IDENTITY_GONE },
        { "invited", IDENTITY_INVITED },
        { "unread", IDENTITY_UNREAD },
        { "malformed", IDENTITY_MALFORMED },
    };
    for (size_t i = 0; i < COUNT(flags); i++)
        if (str_equal(flags[i].word, word)) {
            b->flags |= flags[i].flag;
            return true;
        }
    if (str_equal(word, "unmapped"))
        b->mapped = false;
    else if (str_equal(word, "twice"))
        b->twice = true;
    else if (strncmp(word, "ahead:", 6) == 0 && duration_read(word + 6, &b->zone.ahead_ms))
        b->zone_known = true;
    else if (strncmp(word, "turned:", 7) == 0 && duration_read(word + 7, &b->zone.then_ms))
        b->zone.turn_ms = 9 * MS_HOUR + 30 * MS_MINUTE;
    else if (strncmp(word, "of:", 3) == 0)
        STR_SET(b->alias_of, word + 3);
    else if (str_equal(word, "Admin") || str_equal(word, "User") || str_equal(word, "None"))
        STR_SET(b->role, word[0] == 'A' ? "customer_admin" : "customer_user");
    else
        return false;
    if (str_equal(word, "None"))
        b->known = false;
    return true;
}

bool world_add_person(struct world *w, char *text)
{
    char *traits = strchr(text, '=');
    if (!traits || w->people_count == WORLD_PEOPLE)
        return false;
    *traits++ = '\0';
    struct being *b = &w->people[w->people_count++];
    *b = (struct being){ .mapped = true, .known = true };
    STR_SET(b->name, text);
    STR_SET(b->status, "ACTIVE");
    snprintf(b->email, sizeof b->email, "%.20s@example.com", text);
    snprintf(b->stax_id, sizeof b->stax_id, "user-%.20s", text);
    snprintf(b->chat_id, sizeof b->chat_id, "U0%.20s", text);
    for (char *p = b->chat_id; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    STR_SET(b->shown, b->name);
    b->shown[0] = (char)toupper((unsigned char)b->shown[0]);
    for (char *word; (word = world_piece(&traits, ',')) != NULL;)
        if (!world_trait(b, word))
            return false;
    return true;
}

/* ---- the beginning ---- */

void world_set_key(struct world *w, const char *name, const char *value)
{
    size_t i = 0;
    while (i < w->key_count && !str_equal(w->keys[i].name, name))
        i++;
    if (i == w->key_count && w->key_count < WORLD_KEYS)
        w->key_count++;
    STR_SET(w->keys[i].name, name);
    STR_SET(w->keys[i].value, value);
}

void world_drop_key(struct world *w, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->key_count; i++)
        if (!str_equal(w->keys[i].name, name))
            w->keys[kept++] = w->keys[i];
    w->key_count = kept;
}

/* Why a mailbox is not in the list of accounts: the template may tell it. */
static const char of_template[] = "the account's root e-mail address is not known, and the "
                                  "organisation's template could not be read",
                  unknown[] = "the account's root e-mail address is not known: Stax has none, and "
                              "did not create the account";

void world_init(struct world *w, const struct provider *provider)
{
    static const struct account accounts[] = {
        { "acc-boss", "111111111111", "boss", "aws+boss@example.com", "MANAGEMENT", "ACTIVE", NULL,
          ACCOUNT_MANAGEMENT },
        { "acc-bakery", "222222222222", "bakery", "aws+bakery@example.com", "MEMBER", "ACTIVE",
          NULL, ACCOUNT_MEMBER },
        { "acc-mill", "333333333333", "mill", "aws+mill@example.com", "MEMBER", "ACTIVE", NULL,
          ACCOUNT_MEMBER },
        { "acc-vault", "444444444444", "vault", "aws+vault@example.com", "SECURITY", "ACTIVE", NULL,
          ACCOUNT_SECURITY },
        { "acc-oven", "555555555555", "oven", "", "MEMBER", "ACTIVE", of_template, ACCOUNT_MEMBER },
        { "acc-attic", "666666666666", "attic", "", "MEMBER", "ACTIVE", unknown, ACCOUNT_MEMBER },
        { "acc-closed", "777777777777", "closed", "aws+closed@example.com", "MEMBER", "SUSPENDED",
          NULL, ACCOUNT_MEMBER },
        { "acc-twin-1", "888888888881", "twin", "aws+twin1@example.com", "MEMBER", "ACTIVE", NULL,
          ACCOUNT_MEMBER },
        { "acc-twin-2", "888888888882", "twin", "aws+twin2@example.com", "MEMBER", "ACTIVE", NULL,
          ACCOUNT_MEMBER },
        { "acc-odd", "999999999999", "odd", "aws+odd@example.com", "SANDBOX", "ACTIVE", NULL,
          ACCOUNT_OTHER },
    };
    *w = (struct world){ .provider = provider,
                         .status = SERVICE_ACTIVE,
                         .modified_ms = MS_DAY,
                         .look_ms = 200,
                         .survey_ms = 300,
                         .change_ms = 500,
                         .identify_ms = 100,
                         .task_ms = 400,
                         .catch_up_ms = 200,
                         .later_holds_ms = 100 * MS_DAY,
                         .task_takes_ms = 20 * MS_SECOND };
    memcpy(w->accounts, accounts, sizeof accounts);
    w->account_count = COUNT(accounts);
    STR_SET(w->organisation, world_organisation);
    world_set_key(w, "EC2_REQUIRE_IMDSV2", "off");
    world_set_key(w, w->provider->key_name, "on");
    world_set_key(w, "MACIE_BLOCK_SERVICE", "off");
}

static void world_tell(struct world *w, const char *user, const char *task)
{
    w->feed_count = w->feed_count == LIMIT_FEED ? LIMIT_FEED : w->feed_count + 1;
    memmove(w->feed + 1, w->feed, (w->feed_count - 1) * sizeof w->feed[0]);
    STR_SET(w->feed[0].user, user);
    STR_SET(w->feed[0].task, task);
    w->feed[0].at_ms = w->now_ms;
    w->modified_ms = w->now_ms;
}

/* The whole document as it was sent, but for the one flag, which its task moves. */
static void world_overwrite(struct world *w)
{
    for (const char *line = w->submitted; *line; line += strcspn(line, "\n") + 1) {
        char key[64] = "", value[8] = "";
        if (sscanf(line, "SCP.%63[^=]=%7s", key, value) == 2 &&
            !str_equal(key, w->provider->key_name))
            world_set_key(w, key, value);
    }
}

/* ---- time ---- */

void world_move(struct world *w, ms_t now_ms)
{
    w->now_ms = now_ms;
    if (!w->task.running || w->task.hangs || now_ms < w->task.ends_ms)
        return;
    w->task.running = false;
    w->status = SERVICE_ACTIVE;
    w->task.status = w->task.fails ? TASK_FAILED : TASK_SUCCEEDED;
    STR_SET(w->task.log, w->task.fails ? "SCP could not be attached" : "");
    w->modified_ms = now_ms;
    if (!w->task.fails)
        world_set_key(w, w->provider->key_name, w->task.on ? "on" : "off");
    if (!w->task.fails && w->meets.key[0]) {
        world_overwrite(w);
        w->meets.key[0] = '\0';
    }
}

struct answer *world_answer(struct world *w, ms_t at_ms, enum event_kind kind, uint64_t effect_id)
{
    size_t at = w->answer_count;
    while (at > 0 && w->answers[at - 1].at_ms > at_ms)
        at--;
    if (w->answer_count == WORLD_ANSWERS)
        at = --w->answer_count;
    memmove(&w->answers[at + 1], &w->answers[at], (w->answer_count - at) * sizeof w->answers[0]);
    w->answer_count++;
    w->answers[at] = (struct answer){ .at_ms = at_ms, .kind = kind, .effect_id = effect_id };
    return &w->answers[at];
}

/* ---- reading ---- */

static void world_fill_flags(struct world *w)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, sizeof w->flags);
    for (size_t i = 0; i < w->key_count; i++)
        if (str_equal(w->keys[i].name, w->provider->key_name))
            buf_addf(&b, "%s=%s\n", w->provider->key, w->keys[i].value);
        else
            buf_addf(&b, "SCP.%s=%s\n", w->keys[i].name, w->keys[i].value);
    buf_add(&b, w->part);
    STR_SET(w->flags, buf_text(&b));
}

static void world_fill_users(struct world *w, struct survey *s)
{
    for (size_t i = 0; i < w->people_count; i++) {
        const struct being *b = &w->people[i];
        if (b->known && !b->alias_of[0])
            w->users[s->user_count++] = (struct roster_user){ b->stax_id, b->email, b->shown,
                                                              b->role, b->status };
    }
    s->users = w->users;
}

static void world_fill_accounts(struct world *w, const char *wanted, struct survey *s)
{
    for (size_t i = 0; i < w->account_count; i++) {
        const struct account *a = &w->accounts[i];
        if (str_equal(a->aws_id, wanted) || str_equal(a->id, wanted) ||
            str_equal_nocase(a->name, wanted))
            w->matches[s->account_count++] = *a, s->accounts_found++;
    }
    for (size_t i = 0; i < s->account_count && (s->read & SURVEY_ORGANISATION); i++)
        if (str_equal(w->matches[i].why_no_email, of_template))
            w->matches[i].email = "aws+crumb-acc-oven@example.com";
    static char numbers[WORLD_ACCOUNTS][40];
    for (size_t i = 0; str_equal(wanted, "many") && i < w->many; i++) {
        s->accounts_found++;
        if (s->account_count == LIMIT_ACCOUNTS_NAMED)
            continue;
        snprintf(numbers[i], sizeof numbers[i], "1010101010%02zu", i);
        w->matches[s->account_count++] =
            (struct account){ "acc-many", numbers[i],
                              "many",     i % 2 ? "" : "aws+many@example.com",
                              "MEMBER",   i ? "ACTIVE" : "SUSPENDED",
                              NULL,       ACCOUNT_MEMBER };
    }
    s->accounts = w->matches;
    s->member_count = 61;
}

void world_survey(struct world *w, const struct answer *a, struct survey *s)
{
    unsigned read = w->down ? 0 : a->parts & ~w->unread;
    *s = (struct survey){ .asked = a->parts,
                          .read = read,
                          .failure = w->down            ? "Stax: timed out after 15 s"
                                     : read != a->parts ? "Stax: answered 503"
                                                        : NULL };
    if (read & SURVEY_ROSTER)
        world_fill_users(w, s);
    if (read & SURVEY_ACCOUNT)
        world_fill_accounts(w, a->account, s);
    s->organisation_id = w->organisation;
    s->organisation_alias = "crumb";
    world_fill_flags(w);
    s->flags = w->flags;
    s->document_organisation_id = w->organisation;
    s->service_status = w->status;
    s->enabled = !w->disabled;
    s->exclusions = w->exclusions;
    bool mine = str_equal(a->task_id, w->task.id);
    s->task_status = !mine || w->task.vanished ? TASK_GONE : w->task.status;
    s->task_log = mine ? w->task.log : "";
    s->modified_ms = w->modified_ms;
    s->feed = w->feed_told;
    s->feed_count = w->feed_count;
    for (size_t i = 0; i < w->feed_count; i++)
        w->feed_told[i] = (struct feed_entry){ w->feed[i].user, w->feed[i].task, w->feed[i].at_ms };
}

/* ---- changing ---- */

static enum plan world_next_plan(struct world *w)
{
    if (w->plan_count == 0)
        return PLAN_ACCEPT;
    enum plan plan = w->plans[0];
    memmove(w->plans, w->plans + 1, --w->plan_count * sizeof w->plans[0]);
    return plan;
}

static void world_begin_task(struct world *w, const struct effect *e, enum plan plan, ms_t now_ms)
{
    snprintf(w->task.id, sizeof w->task.id, "task-%d", ++w->task_count);
    w->task.running = true;
    w->task.on = e->change.on;
    w->task.status = TASK_RUNNING;
    w->task.log[0] = '\0';
    w->task.hangs = plan == PLAN_TASK_HANGS;
    w->task.fails = plan == PLAN_TASK_FAILS;
    w->task.vanished = plan == PLAN_TASK_VANISHES;
    w->task.ends_ms = now_ms + w->task_takes_ms;
    w->status = SERVICE_CONFIGURING;
    *(e->change.on ? &w->changes_on : &w->changes_off) += 1;
    world_tell(w, "token", w->task.id);
}

/* Between the last read and the change somebody else sets a flag, which the change overwrites. */
static void world_meet(struct world *w)
{
    if (!w->meets.key[0])
        return;
    const struct being *b = world_person(w, w->meets.by);
    world_set_key(w, w->meets.key, w->meets.value);
    world_tell(w, b ? b->stax_id : w->meets.by, "task-by-hand");
    if (w->meets.at_once)
        world_overwrite(w);
}

static void world_refuse(struct world *w, const struct effect *e, enum plan plan, ms_t now_ms)
{
    struct answer *a = world_answer(w, now_ms + w->change_ms, EVENT_CHANGE_REFUSED, e->id);
    a->change = (struct event_change){ .busy = plan == PLAN_BUSY || plan == PLAN_SLOW_DOWN,
                                       .moved = plan == PLAN_MOVED,
                                       .retry_after_ms = plan == PLAN_SLOW_DOWN ? MS_DAY : 0,
                                       .http_status = plan == PLAN_BUSY        ? 409
                                                      : plan == PLAN_SLOW_DOWN ? 429
                                                      : plan == PLAN_REFUSE    ? 400
                                                                               : 0 };
    STR_SET(a->error, plan == PLAN_BUSY        ? "409: another change runs"
                      : plan == PLAN_SLOW_DOWN ? "429: slow down"
                      : plan == PLAN_REFUSE    ? "400: bad request"
                                               : "the document was changed meanwhile");
}

void world_change(struct world *w, const struct effect *e, ms_t now_ms)
{
    enum plan plan = world_next_plan(w);
    w->now_ms = now_ms;
    world_fill_flags(w);
    STR_SET(w->submitted, w->flags);
    ms_t modified_ms = w->modified_ms;
    if (plan == PLAN_ACCEPT && w->task.running && !w->task.hangs)
        plan = PLAN_BUSY;
    if (plan == PLAN_ACCEPT && e->change.decided_on && !str_equal(e->change.decided_on, w->flags))
        plan = PLAN_MOVED;
    if (plan == PLAN_BUSY || plan == PLAN_SLOW_DOWN || plan == PLAN_REFUSE || plan == PLAN_MOVED) {
        world_refuse(w, e, plan, now_ms);
        return;
    }
    if (plan == PLAN_REFUSE_DONE) {
        world_refuse(w, e, PLAN_REFUSE, now_ms);
        world_begin_task(w, e, PLAN_ACCEPT, now_ms);
        return;
    }
    if (w->down || plan == PLAN_LOST_UNDONE || plan == PLAN_LOST_DONE) {
        STR_SET(world_answer(w, now_ms + w->change_ms, EVENT_CHANGE_UNKNOWN, e->id)->error,
                "504: no answer in time");
        if (w->down || plan == PLAN_LOST_UNDONE)
            return;
    }
    world_meet(w);
    world_begin_task(w, e, plan, now_ms);
    if (plan == PLAN_SILENT || plan == PLAN_LOST_DONE)
        return;
    struct answer *a = world_answer(w, now_ms + w->change_ms, EVENT_CHANGE_ACCEPTED, e->id);
    STR_SET(a->task_id, plan == PLAN_NO_TASK ? "" : w->task.id);
    STR_SET(a->flags, w->submitted);
    a->change.modified_ms = modified_ms;
}

void world_console(struct world *w, const char *value, const char *by)
{
    world_set_key(w, w->provider->key_name, value);
    struct being *b = world_person(w, by);
    world_tell(w, b ? b->stax_id : by, "task-by-hand");
}

/* ---- in a root user's session ---- */

static const char no_password[] = "no password, so that none can be recovered";

static void world_digest(const char *policy, char ret_digest[65])
{
    ret_digest[0] = '\0';
    if (policy[0])
        secret_sha256_hex(policy, strlen(policy), ret_digest);
}

void world_errand(struct world *w, const struct effect *e, ms_t now_ms)
{
    char digest[65];
    world_digest(w->policy, digest);
    bool deletes = e->errand.digest && str_equal(e->errand.digest, digest) && !w->task_fails[0];
    w->deletions += deletes;
    char *rest = w->task_part[0] ? strstr(w->policy, "; ") : NULL;
    if (deletes && rest)
        memmove(w->policy, rest + 2, strlen(rest + 2) + 1);
    else if (deletes && !w->task_lies && !w->task_lost)
        w->policy[0] = '\0';
    w->root.password |= deletes && !w->policy[0] && str_equal(e->errand.task, TASK_RECOVERY);
    if (w->task_silent)
        return;
    struct answer *a = world_answer(w, now_ms + w->task_ms, EVENT_ERRAND_TOLD, e->id);
    STR_SET(a->error, deletes && rest           ? w->task_part
                      : deletes && w->task_lost ? "AWS did not answer"
                                                : w->task_fails);
    a->errand = (struct event_errand){ .known = !w->task_fails[0],
                                       .left = deletes,
                                       .refused = strstr(w->task_fails, "AccessDenied") != NULL,
                                       .bytes = (int64_t)strlen(w->policy) };
    STR_SET(a->policy, w->policy);
    world_digest(w->policy, a->digest);
}

void world_root_look(struct world *w, const struct effect *e, ms_t now_ms)
{
    if (w->root_silent)
        return;
    struct answer *a = world_answer(w, now_ms + w->task_ms, EVENT_ROOT_FOUND, e->id);
    STR_SET(a->error, w->root_fails);
    a->found = w->root;
    a->found.passes = strstr(w->root_fails, "AccessDenied") == NULL;
    world_digest(w->root.password ? "" : no_password, a->digest);
}
